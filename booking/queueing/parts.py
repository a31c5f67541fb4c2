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
from core.periods import days_between, local_date, local_day

MOST_LENGTHS = 60  # told for one start: of fourteen hours every quarter of an hour


def parts_of(waiting: Waiting) -> Mapping[datetime, Sequence[datetime]]:
    """Every start inside an open offer, in order, with the ends at which it may be accepted, the whole among them; of
    very many lengths some. What is still to be said or accepted for it is left aside."""
    booking = waiting.booking
    assert booking is not None
    whole, items = booking.period, items_of(booking)
    resources = [item.resource for item in items]
    seen = look(resources, whole, booking.person, booking.organisation, leaving=[booking.pk])
    seen.given = Given(people=waiting.people)
    choices = [Choice([item.resource], item.quantity) for item in items]
    found: dict[datetime, list[datetime]] = defaultdict(list)
    zone = waiting.venue.zone
    first, last = (local_date(at, zone) for at in (whole.start, whole.end - timedelta.resolution))
    for day in days_between(first, last + timedelta(days=1)):
        begins = local_day(day, zone).clip(whole)
        assert begins is not None
        seen.frames = {waiting.venue.time_zone: [Frame(begins.start, begins.end, whole.end)]}
        for minutes in _some(sorted(lengths_of_all(seen.facts, choices, day, 1, whole.minutes))):
            for asks in together(seen, choices, minutes):
                found[asks[0].period.start].append(asks[0].period.end)
    return dict(sorted(found.items()))


def _some(lengths: Sequence[int]) -> Sequence[int]:
    """Of these the shortest, the longest, and so many between them that they are not too many to be told."""
    apart = -(-len(lengths) // MOST_LENGTHS)
    return sorted({*lengths[:1], *lengths[:: -apart or -1]})
