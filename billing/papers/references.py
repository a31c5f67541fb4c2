"""By what a transfer says what it is for: a creditor reference with check digits, which survives being typed.

ISO 11649: `RF`, two check digits (mod 97-10), then up to 21 letters and digits.
"""

from __future__ import annotations

import re
from uuid import UUID

from stdnum import iso11649

SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LENGTH = 12
FOUND = re.compile(r"RF\d\d[0-9A-Z]{12}")


def reference(thing: UUID) -> str:
    """The reference of an order or document: of the last, random bits of its id, so that no column keeps it."""
    number, signs = thing.int & ((1 << 62) - 1), ""
    while number:
        number, rest = divmod(number, 36)
        signs = SIGNS[rest] + signs
    body = signs.rjust(LENGTH, "0")
    digits = "".join(str(int(sign, 36)) for sign in f"{body}RF00")
    return f"RF{98 - int(digits) % 97:02}{body}"


def references_in(text: str) -> set[str]:
    """The valid references that a transfer's reason names, however they are spaced."""
    squeezed = re.sub(r"[^0-9A-Z]", "", text.upper())
    # Whatever stands before or after, every place where one could begin is looked at.
    found = (squeezed[m.start() : m.start() + 16] for m in re.finditer("RF", squeezed))
    return {code for code in found if FOUND.fullmatch(code) and iso11649.is_valid(code)}
