"""Identifiers: UUIDv7 inside (RFC 9562, sorted by time), TypeID outside (`bkg_01h2xcejqtf2nbrexx3vqjhp41`)."""

import os
import time
from uuid import UUID

ALPHABET = (
    "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case, as the TypeID specification has it
)
VALUES = {sign: value for value, sign in enumerate(ALPHABET)}
SUFFIX = 26


def uuid7() -> UUID:
    """A new identifier: 48 bits of Unix milliseconds, then 74 random bits (RFC 9562 §5.7)."""
    moment = time.time_ns() // 1_000_000
    chance = int.from_bytes(os.urandom(10), "big")
    value = (
        (moment & (1 << 48) - 1) << 80
        | 0x7 << 76
        | (chance >> 68) << 64
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
