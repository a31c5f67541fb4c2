"""Identifiers: UUIDv7 inside (RFC 9562, sorted by time), TypeID outside (`bkg_01h2xcejqtf2nbrexx3vqjhp41`)."""

import os
import time
from threading import Lock
from uuid import UUID

ALPHABET = (
    "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case, as the TypeID specification has it
)
VALUES = {sign: value for value, sign in enumerate(ALPHABET)}
SUFFIX = 26
MOST, STRIDE = (1 << 74) - 1, (1 << 32) - 1


_alone = Lock()
_last = (0, 0)  # the millisecond and the 74 bits of the newest identifier of this process


def uuid7() -> UUID:
    """A new identifier: 48 bits of Unix milliseconds, then 74 bits (RFC 9562 §5.7).

    Within one millisecond each is greater than the one before (§6.2, method 2), so that what one process writes at
    the same instant sorts in the order in which it was written.
    """
    global _last
    with _alone:
        moment = time.time_ns() // 1_000_000
        chance = int.from_bytes(os.urandom(10), "big") & MOST
        if moment == _last[0]:
            chance = _last[1] + 1 + (chance & STRIDE)
            if chance > MOST:
                moment, chance = moment + 1, chance & MOST
        _last = (moment, chance)
    value = (
        (moment & (1 << 48) - 1) << 80
        | 0x7 << 76
        | (chance >> 62) << 64
        | 0b10 << 62
        | chance & (1 << 62) - 1
    )
    return UUID(int=value)


def encode(prefix: str, identifier: UUID) -> str:
    """The public name of an identifier: its kind's prefix and 26 signs."""
    number, signs = identifier.int, []
    for _ in range(SUFFIX):
        signs.append(ALPHABET[number & 31])
        number >>= 5
    return f"{prefix}_{''.join(reversed(signs))}"


def decode(prefix: str, text: str) -> UUID:
    """The identifier that a public name of this kind stands for; ValueError if it is not one."""
    head, _, suffix = text.rpartition("_")
    if head != prefix or len(suffix) != SUFFIX or suffix[0] > "7":
        raise ValueError(f"not an id of kind {prefix}")
    number = 0
    for sign in suffix:
        if sign not in VALUES:
            raise ValueError(f"not an id of kind {prefix}")
        number = number << 5 | VALUES[sign]
    return UUID(int=number)
