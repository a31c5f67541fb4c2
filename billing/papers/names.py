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


def spelled(name: str, tax_code: str) -> Named | None:
    """Given and family name where the tax code spells both; None where it is no person's, or another name stands here."""
    if not is_of_a_person(tax_code):
        return None
    words, code = name.split(), tax_code.upper()
    for cut in range(1, len(words)):
        for given, family in ((words[:cut], words[cut:]), (words[cut:], words[:cut])):
            if _three(family) == code[:3] and _three_given(given) == code[3:6]:
                return Named(" ".join(given), " ".join(family))
    return None


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
    consonants, vowels = _letters(words)
    return "".join([*consonants, *vowels, "XXX"])[:3]


def _three_given(words: list[str]) -> str:
    """Of a given name with four consonants or more the second is left out (art. 3)."""
    consonants, vowels = _letters(words)
    if len(consonants) >= 4:
        del consonants[1]
    return "".join([*consonants, *vowels, "XXX"])[:3]


def _letters(words: list[str]) -> tuple[list[str], list[str]]:
    """Consonants and vowels, without accents."""
    plain = unicodedata.normalize("NFKD", "".join(words)).upper()
    letters = [sign for sign in plain if "A" <= sign <= "Z"]
    return [sign for sign in letters if sign not in "AEIOU"], [sign for sign in letters if sign in "AEIOU"]
