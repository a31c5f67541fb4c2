"""Text as an electronic invoice may carry it: Basic Latin and Latin-1, of a limited length."""

from __future__ import annotations

import re
import sys
import unicodedata

from anyascii import anyascii

LAST_OF_LATIN_1 = 0xFF
WHOLE = sys.maxsize  # of no limited length
NOT_SPOKEN = {"So", "Sk", "Cn", "Co", "Cs", "Cc", "Cf", "Mn", "Me"}  # pictures, controls, loose accents


def latin(text: str, most: int) -> str:
    """The text in Latin-1, other letters written with ours, what has none left out; never longer than `most`.

    The schema's pattern (control 00200) knows no euro sign, no curly quotes, no letters from elsewhere.
    """
    composed = unicodedata.normalize("NFC", text)
    spoken = "".join(_one(sign) for sign in composed)
    return re.sub(r"\s+", " ", spoken).strip()[:most].rstrip()


def basic(text: str, most: int) -> str:
    """The text in Basic Latin alone, as numbers and units of measure are written."""
    return latin(anyascii(latin(text, most)), most)


def pieces(text: str, each: int) -> list[str]:
    """A long text as several, broken at a space where there is one; no word of it is lost."""
    found, rest = [], latin(text, WHOLE)
    while len(rest) > each:
        cut = rest.rfind(" ", 1, each + 1)
        cut = cut if cut > 0 else each
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*found, rest] if rest else found


def _one(sign: str) -> str:
    if ord(sign) <= LAST_OF_LATIN_1:
        return sign if sign.isprintable() or sign == "\xa0" else " "
    if unicodedata.category(sign) in NOT_SPOKEN:
        return ""
    return anyascii(sign)
