"""What a guest shows at the desk or the door: a booking's id, signed for the person it belongs to.

Nobody can make one up, and handing the booking over makes the old one worthless. The code of six letters is only
for reading aloud: staff may type it, and it is no right.
"""

from __future__ import annotations

from django.core import signing

from booking.models import Booking
from core.ids import decode, encode

LONGEST = 200


def _signer(booking: Booking) -> signing.Signer:
    return signing.Signer(salt=f"booking.pass:{booking.person_id}", sep=".")


def of(booking: Booking) -> str:
    """The booking's pass, as text."""
    return _signer(booking).sign(encode(Booking.prefix, booking.pk))


def read(text: str) -> Booking | None:
    """The booking of this pass, with venue, person and organisation; None if it was not signed so, or no longer is."""
    try:
        pk = decode(Booking.prefix, text[:LONGEST].partition(".")[0])
    except ValueError:
        return None
    found = Booking.objects.select_related("venue", "person", "organisation").filter(pk=pk).first()
    if found is None:
        return None
    try:
        _signer(found).unsign(text)
    except signing.BadSignature:
        return None
    return found
