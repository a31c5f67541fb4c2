"""A word the day before, of a booking to its person and of a request that would lapse to staff: planned when it stands,
looked at again when its hour comes, dropped when late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from booking.events import booking_changed
from booking.models import Booking, MailPreference
from booking.telling.messages import tell_of, tell_staff_again
from booking.telling.preferences import wants
from core import outbox
from core.clock import now

KIND = "booking.remind"
DECIDE = "booking.remind_staff"
BEFORE = timedelta(hours=24)
LATE = timedelta(hours=6)  # "tomorrow" said later than this would be read when it is no longer news


@booking_changed.hear
def on_booking_changed(bookings: Sequence[Booking], before: str | None, why: str) -> None:
    """What stands is reminded of; staff of what was just asked for."""
    plan([booking for booking in bookings if booking.state == Booking.State.CONFIRMED])
    if why == "requested":
        plan_deciding(bookings)


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
    start = datetime.fromisoformat(payload["start"])
    rows = Booking.objects.select_related("venue", "person", "organisation")
    booking = rows.filter(pk=payload["booking"], state=Booking.State.CONFIRMED).first()
    until = start - BEFORE + LATE
    if booking is None or booking.period.start != start or now() > until:
        return
    if wants(booking.person, MailPreference.Kind.REMINDER):
        with transaction.atomic():
            tell_of(booking, "reminder", until=until)


def plan_deciding(bookings: Sequence[Booking]) -> None:
    """Inside an act: staff are reminded a day before these requests would lapse, if they have had them for a day by then;
    once for those that would lapse at one instant."""
    lapsing: dict[datetime, list[str]] = defaultdict(list)
    for booking in bookings:
        until = booking.held_until
        if until is not None and until - BEFORE > now() + BEFORE:
            lapsing[until].append(str(booking.pk))
    for until, ids in lapsing.items():
        asked = {"bookings": ids, "until": until.isoformat()}
        outbox.put(DECIDE, asked, due_at=until - BEFORE, key=f"{DECIDE}:{ids[0]}:{until.isoformat()}")


@outbox.handler(DECIDE)
def remind_staff(payload: dict[str, Any]) -> None:
    """The reminder is written of those on which nobody has decided, unless it is late."""
    until = datetime.fromisoformat(payload["until"])
    rows = Booking.objects.select_related("venue", "person", "organisation").order_by("period")
    found = list(rows.filter(pk__in=payload["bookings"], state=Booking.State.REQUESTED, held_until=until))
    if found and now() < until - BEFORE + LATE:
        with transaction.atomic():
            tell_staff_again(found)
