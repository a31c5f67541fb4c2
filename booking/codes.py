"""A booking's code: six signs to read aloud, never a right."""

import secrets

from booking.models import Booking

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without 0 O 1 I L U


def new_code() -> str:
    """A code that no booking has."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(6))
        if not Booking.objects.filter(code=code).exists():
            return code
