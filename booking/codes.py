"""A booking's code: six signs to read aloud, never a right."""

import secrets

from booking.models import Booking

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without 0 O 1 I L U


def new_code() -> str:
    """A code that no booking has."""
    return new_codes(1)[0]


def new_codes(many: int) -> list[str]:
    """So many codes that no booking has, each another; one statement, for they hardly ever meet."""
    found: set[str] = set()
    while len(found) < many:
        found |= {"".join(secrets.choice(ALPHABET) for _ in range(6)) for _ in range(many - len(found))}
        found -= set(Booking.objects.filter(code__in=found).values_list("code", flat=True))
    return sorted(found, key=lambda _: secrets.randbits(32))
