"""A person's name in two, as electronic invoices ask for it."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

OF_A_PERSON = re.compile(r"[A-Z]{6}[A-Z0-9]{2}[A-Z][A-Z0-9]{2}[A-Z][A-Z0-9]{3}[A-Z]")


class Named(NamedTuple):
    given: str
    family: str


def is_of_a_person(tax_code: str) -> bool:
    """Whether this is the tax code of a person and not of a body."""
    return bool(OF_A_PERSON.fullmatch(tax_code.upper()))


def in_two(name: str, tax_code: str = "") -> Named:
    """Given and family name. The tax code, if any, tells where one ends: it begins with the family name's consonants.

    Law: DM 23/12/1976 art. 2 (the first three signs of a tax code). Without it, the last word is the family name.
    """
    words = name.split()
    if len(words) < 2:
        return Named(name.strip() or "-", name.strip() or "-")
    code = tax_code[:3].upper() if is_of_a_person(tax_code) else ""
    for cut in range(len(words) - 1, 0, -1):
        if code and _three(words[cut:]) == code:
            return Named(" ".join(words[:cut]), " ".join(words[cut:]))
    for cut in range(1, len(words)):
        if code and _three(words[:cut]) == code:
            return Named(" ".join(words[cut:]), " ".join(words[:cut]))
    return Named(" ".join(words[:-1]), words[-1])


def _three(words: list[str]) -> str:
    plain = unicodedata.normalize("NFKD", "".join(words)).upper()
    letters = [sign for sign in plain if "A" <= sign <= "Z"]
    consonants = [sign for sign in letters if sign not in "AEIOU"]
    vowels = [sign for sign in letters if sign in "AEIOU"]
    return "".join([*consonants, *vowels, "XXX"])[:3]
