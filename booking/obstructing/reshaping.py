"""What bookings have of a place when the place changes: parts joined again, seats taken out, hours opened anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from django.db.models import Max

from booking.events import Freed, time_freed
from booking.models import Claim, Waiting
from core import terms
from core.clock import now
from core.errors import OrphansClaims
from core.locks import Order, lock_rows
from core.periods import Period
from spaces.hours import opened_more
from spaces.layout import domains_of, takes, units_of
from spaces.models import LockDomain, Unit, Venue
from spaces.relayout import units_joined


@units_joined.hear
def fold_pieces(unit: Unit, pieces: Sequence[Unit]) -> None:
    """Who has pieces from now on has the whole unit for that time; OrphansClaims if two would meet on it."""
    whole = list(Claim.objects.filter(unit=unit, during__endswith__gt=now()))
    had = list(Claim.objects.filter(unit__in=pieces, during__endswith__gt=now()).order_by("pk"))
    known = {(_owner(claim), claim.during) for claim in whole}
    folded: dict[tuple[object, Period], Claim] = {}
    for claim in had:
        if (key := (_owner(claim), claim.during)) not in known:
            folded.setdefault(key, claim)
    stretches = sorted([claim.during for claim in whole] + [during for _, during in folded])
    if any(b.start < a.end for a, b in pairwise(stretches)):
        raise OrphansClaims
    Claim.objects.filter(pk__in=[c.pk for c in had if c.pk not in {f.pk for f in folded.values()}]).delete()
    Claim.objects.filter(pk__in=[claim.pk for claim in folded.values()]).update(unit=unit)


def _owner(claim: Claim) -> object:
    return (claim.item_id, claim.block_id, claim.outside_id, claim.outage_id)


@terms.perform("spaces.free-units")
def free_units(units: set[UUID]) -> set[UUID]:
    """The units of which nobody has anything from now on."""
    had = Claim.objects.filter(unit__in=units, during__endswith__gt=now())
    return units - set(had.values_list("unit_id", flat=True))


@terms.perform("spaces.waited-until")
def waited_until(venue: Venue) -> datetime | None:
    """Until when somebody waits for time at this venue."""
    waiting = Waiting.objects.filter(state=Waiting.State.WAITING, venue=venue)
    found: datetime | None = waiting.aggregate(end=Max("window__endswith"))["end"]
    return found


@opened_more.hear
def offer_what_opened(opened: Mapping[UUID, Sequence[Period]], new: Collection[UUID] | None) -> None:
    """Hours that open anew, and new places in all of theirs, go first to who waits for them."""
    trees = takes(opened)
    lock_rows(Order.WHERE, LockDomain, domains_of(units_of(trees)))
    time_freed.announce(
        [
            Freed(unit, during)
            for pk, periods in opened.items()
            for unit in (units_of({pk: trees[pk]}) if new is None else new)
            for during in periods
        ]
    )
