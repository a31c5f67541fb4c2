"""Staff take time with a reason, once or again and again: the same claims as everyone, without padding and without rules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from booking import claims
from booking.claims import Found, NewClaim
from booking.events import time_freed
from booking.holding import lapsing
from booking.models import Block, Booking, Claim
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, SlotTaken
from core.locks import Again, act
from core.periods import Period, hull
from people.models import Person
from spaces.layout import domains_of, takes, units_of
from spaces.models import Resource


def block(by: Person, resource: Resource, period: Period, kind: str, reason: str) -> Block:
    """All units of the resource are blocked for exactly this period.

    Raises SlotTaken, whose data lists the bookings in the way.
    """
    return block_all(by, resource, [period], kind, reason)


def block_all(by: Person, resource: Resource, periods: Sequence[Period], kind: str, reason: str) -> Block:
    """All units of the resource are blocked in all of these periods, in order and apart from each other, or in none;
    the first block is returned, and the others are known by what they were made together with.

    Raises SlotTaken, whose data lists the bookings in the way.
    """
    units = units_of(takes([resource.pk]))
    lapsing.lapse_dead(units)
    try:
        return _take(by, resource, periods, kind, reason)
    except SlotTaken as error:
        error.data = {"affected": affected(units, periods)}
        raise


@act
def _take(by: Person, resource: Resource, periods: Sequence[Period], kind: str, reason: str) -> Block:
    seen = units_of(takes([resource.pk]))
    claims.lock(resource.venue_id, [], domains_of(seen))
    if seen != (units := units_of(takes([resource.pk]))):
        raise Again  # a room was divided between the look and the lock
    if meeting(claims.touching(units, hull(periods)), periods):
        raise SlotTaken
    together = uuid4() if len(periods) > 1 else None
    made = Block.objects.bulk_create(
        Block(resource=resource, period=period, kind=kind, reason=reason, made_by=by, together=together)
        for period in periods
    )
    claims.insert([NewClaim(unit, one.period, "block", block=one.pk) for one in made for unit in units])
    record(by, "block", made[0], resource=str(resource.pk), times=len(made))
    return made[0]


def meeting(found: Sequence[Found], periods: Sequence[Period]) -> list[Found]:
    """Those of the claims that touch one of the periods, which are in order and apart. Pure."""
    ends = [period.end for period in periods]

    def touches(claim: Found) -> bool:
        next_to_end = bisect_right(ends, claim.start)
        return next_to_end < len(periods) and periods[next_to_end].start < claim.end

    return [claim for claim in found if touches(claim)]


def affected(units: set[UUID], periods: Sequence[Period]) -> list[dict[str, Any]]:
    """The bookings that touch these units in the periods, as staff may see them."""
    found = meeting(claims.touching(units, hull(periods), past_the_dead=True), periods)
    rows = Booking.objects.filter(items__in=[c.item for c in found if c.item]).distinct().order_by("period")
    return [{"code": b.code, "period": b.period} for b in rows]


@act
def lift(by: Person, block_id: Any, *, following: bool = False) -> Block:
    """The blocked time is free again, and with `following` that of all made together with it that come after. Raises
    IllegalMove if it was already lifted."""
    seen = Block.objects.select_related("resource").get(pk=block_id)
    wanted = Block.objects.filter(pk=block_id)
    if following and seen.together is not None:
        wanted |= Block.objects.filter(
            together=seen.together, period__startswith__gt=seen.period.start, lifted_at=None
        )
    units = Claim.objects.filter(block__in=wanted).values_list("unit_id", flat=True)
    claims.lock(seen.resource.venue_id, [], domains_of(units))
    rows = wanted.select_related("resource__venue", "made_by").select_for_update(of=("self",))
    found = {one.pk: one for one in rows.order_by("pk")}
    if found[seen.pk].lifted_at is not None:
        raise IllegalMove(state="lifted")
    freed = claims.drop(Claim.objects.filter(block__in=found))
    for one in found.values():
        one.lifted_at = now()
    Block.objects.bulk_update(found.values(), ["lifted_at"])
    record(by, "lift", found[seen.pk], times=len(found))
    time_freed.announce(freed)
    return found[seen.pk]
