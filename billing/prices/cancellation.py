"""What cancelling gives back: by the terms of the day on which it was promised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from billing.models import CancellationTerms, OrderLine
from booking.models import Booking, Item
from core.clock import now
from core.words import Words

BACK = Words(
    "Fino a {hours} ore prima: rimborso del {percent}%.", "Up to {hours} hours before: {percent}% back."
)


def terms_of(bookings: Sequence[Booking]) -> list[dict[str, Any]]:
    """The cancellation terms of the day, strictest resource first within a venue, most hours first."""
    venues = {b.venue_id for b in bookings}
    resources = set(Item.objects.filter(booking__in=bookings).values_list("resource_id", flat=True))
    rows = list(CancellationTerms.objects.filter(venue__in=venues).order_by("-hours_before"))
    own = [row for row in rows if row.resource_id in resources]
    general = [row for row in rows if row.resource_id is None]
    return [
        {
            "hours_before": row.hours_before,
            "percent_back": row.percent_back,
            "text": BACK.say(hours=row.hours_before, percent=row.percent_back),
        }
        for row in own or general
    ]


def percent_back(terms: list[dict[str, Any]], booking: Booking, at: datetime | None = None) -> int:
    """What the terms give back now (or gave back at an instant), counted from the earliest start the booking ever
    had; nothing once it began."""
    left = booking.earliest_start - (at or now())
    fitting = [t["percent_back"] for t in terms if left >= timedelta(hours=t["hours_before"])]
    return max(fitting, default=0)


def percent_now(booking: Booking) -> int:
    """What the terms of the order that promised it give back, counted to when it ended (or now)."""
    line = (
        OrderLine.objects.filter(booking=booking).select_related("order").order_by("order__made_at").first()
    )
    return percent_back(line.order.terms, booking, booking.ended_at) if line is not None else 100
