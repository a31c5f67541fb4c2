"""A word the day before: planned when a booking stands, looked at again when its hour comes, dropped when late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from booking.models import Booking, MailPreference
from booking.preferences import wants
from core import outbox
from core.clock import now

KIND = "booking.remind"
BEFORE = timedelta(hours=24)
LATE = timedelta(hours=6)  # "tomorrow" said later than this would be read when it is no longer news


def plan(bookings: Sequence[Booking]) -> None:
    """Inside an act: for each a reminder will leave 24 hours before the start, if that is still to come."""
    rows = []
    for booking in bookings:
        due, start = booking.period.start - BEFORE, booking.period.start.isoformat()
        if due > now():
            rows.append(({"booking": str(booking.pk), "start": start}, due, f"{KIND}:{booking.pk}:{start}"))
    if rows:
        outbox.put_all(KIND, rows)


@outbox.handler(KIND)
def remind(payload: dict[str, Any]) -> None:
    """The reminder is written, unless the booking moved or ended, its person declined, or it is late."""
    from booking.messages import tell_of

    start = datetime.fromisoformat(payload["start"])
    rows = Booking.objects.select_related("venue", "person", "organisation")
    booking = rows.filter(pk=payload["booking"], state=Booking.State.CONFIRMED).first()
    until = start - BEFORE + LATE
    if booking is None or booking.period.start != start or now() > until:
        return
    if wants(booking.person, MailPreference.Kind.REMINDER):
        with transaction.atomic():
            tell_of(booking, "reminder", until=until)
