"""Terms that were accepted for a booking once it was made: by whom and when is in the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from booking.models import Booking
from core.audit import record_all
from core.models import LogEntry
from people.models import Person

ACCEPTED = "accept-terms"


def note_accepted(by: Person, accepted: Iterable[tuple[Booking, Collection[str]]]) -> None:
    """The log says for each of these bookings which terms `by` has accepted for it now; nothing where there are none."""
    found: dict[tuple[str, ...], list[Booking]] = defaultdict(list)
    for booking, terms in accepted:
        if terms:
            found[tuple(sorted(terms))].append(booking)
    for terms, bookings in found.items():
        record_all(by, ACCEPTED, bookings, terms=terms)


def accepted_since(bookings: Sequence[Booking]) -> dict[UUID, dict[str, datetime]]:
    """For each booking the terms that were accepted after it was made, with when; one statement."""
    found: dict[UUID, dict[str, datetime]] = defaultdict(dict)
    rows = LogEntry.objects.filter(
        act=ACCEPTED, thing_kind=Booking.prefix, thing_id__in=[booking.pk for booking in bookings]
    )
    for pk, data, at in rows.order_by("at").values_list("thing_id", "data", "at"):
        if pk is not None:
            found[pk] |= dict.fromkeys(data["terms"], at)
    return found
