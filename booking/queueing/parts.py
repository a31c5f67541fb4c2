"""Which part of what the waiting list offers its person may take, where the whole is more than they want."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from booking.changing.moves import items_of
from booking.finding.availability import Frame, look
from booking.finding.bundles import Choice, lengths_of_all, together
from booking.judging.clauses import Given
from booking.models import Waiting
from core.periods import local_date


def parts_of(waiting: Waiting) -> Mapping[datetime, Sequence[datetime]]:
    """Every start inside an open offer, in order, with the ends at which it may be accepted, the whole among them; what
    is still to be said or accepted for it left aside."""
    booking = waiting.booking
    assert booking is not None
    whole, items = booking.period, items_of(booking)
    resources = [item.resource for item in items]
    seen = look(resources, whole, booking.person, booking.organisation, leaving=[booking.pk])
    seen.given = Given(people=waiting.people)
    seen.frames = {r.venue.time_zone: [Frame(whole.start, whole.end, whole.end)] for r in resources}
    choices = [Choice([item.resource], item.quantity) for item in items]
    found: dict[datetime, list[datetime]] = defaultdict(list)
    zone = waiting.venue.zone
    for day in sorted({local_date(at, zone) for at in (whole.start, whole.end - timedelta.resolution)}):
        for minutes in sorted(lengths_of_all(seen.facts, choices, day, 1, whole.minutes)):
            for asks in together(seen, choices, minutes):
                period = asks[0].period
                if local_date(period.start, zone) == day:
                    found[period.start].append(period.end)
    return dict(sorted(found.items()))
