"""Terms that were accepted for a booking once it was made: by whom and when is in the log, or with the hand-over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from booking.models import Booking, Change
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
    """For each booking the terms that whoever has it now accepted after it was made, with when; two statements."""
    found: dict[UUID, dict[str, datetime]] = defaultdict(dict)
    handed: dict[UUID, datetime] = {}
    passed = Change.objects.filter(
        booking__in=bookings, kind=Change.Kind.HAND_OVER, state=Change.State.SETTLED
    )
    for pk, plan, at in passed.order_by("ended_at").values_list("booking", "plan", "ended_at"):
        if at is None:
            continue
        accepted_at = datetime.fromisoformat(plan["accepted_at"]) if "accepted_at" in plan else at
        terms: dict[str, datetime] = dict.fromkeys(plan.get("accepted_terms", ()), accepted_at)
        found[pk], handed[pk] = terms, at
    rows = LogEntry.objects.filter(
        act=ACCEPTED, thing_kind=Booking.prefix, thing_id__in=[booking.pk for booking in bookings]
    )
    for thing, data, at in rows.order_by("at").values_list("thing_id", "data", "at"):
        if thing is not None and at >= handed.get(thing, at):
            found[thing] |= dict.fromkeys(data["terms"], at)
    return found
