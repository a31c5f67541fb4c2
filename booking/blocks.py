"""Staff take time with a reason: the same claims as everyone, without padding and without rules."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from booking import claims
from booking.claims import NewClaim
from booking.events import time_freed
from booking.models import Block, Booking, Claim
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, SlotTaken
from core.locks import Again, act
from core.periods import Period
from people.models import Person
from spaces.layout import domains_of, takes, units_of
from spaces.models import Resource


def block(by: Person, resource: Resource, period: Period, kind: str, reason: str) -> Block:
    """All units of the resource are blocked for exactly this period.

    Raises SlotTaken, whose data lists the bookings in the way.
    """
    units = units_of(takes([resource.pk]))
    claims.lapse_dead(units)
    try:
        return _take(by, resource, period, kind, reason)
    except SlotTaken as error:
        error.data = {"affected": affected(units, period)}
        raise


@act
def _take(by: Person, resource: Resource, period: Period, kind: str, reason: str) -> Block:
    seen = units_of(takes([resource.pk]))
    claims.lock(resource.venue_id, [], domains_of(seen))
    if seen != (units := units_of(takes([resource.pk]))):
        raise Again  # a room was divided between the look and the lock
    if claims.touching(units, period):
        raise SlotTaken
    made = Block.objects.create(resource=resource, period=period, kind=kind, reason=reason, made_by=by)
    claims.insert([NewClaim(unit, period, "block", block=made.pk) for unit in units])
    record(by, "block", made, resource=str(resource.pk))
    return made


def affected(units: set[UUID], period: Period) -> list[dict[str, Any]]:
    """The bookings that touch these units in the period, as staff may see them."""
    items = [c.item for c in claims.touching(units, period, past_the_dead=True) if c.item]
    rows = Booking.objects.filter(items__in=items).distinct().order_by("period")
    return [{"code": b.code, "period": b.period} for b in rows]


@act
def lift(by: Person, block_id: Any) -> Block:
    """The blocked time is free again. Raises IllegalMove if it was already lifted."""
    seen = Block.objects.select_related("resource").get(pk=block_id)
    units = Claim.objects.filter(block=seen).values_list("unit_id", flat=True)
    claims.lock(seen.resource.venue_id, [], domains_of(units))
    found = (
        Block.objects.select_related("resource__venue", "made_by")
        .select_for_update(of=("self",))
        .get(pk=block_id)
    )
    if found.lifted_at is not None:
        raise IllegalMove(state="lifted")
    freed = claims.drop(Claim.objects.filter(block=found))
    found.lifted_at = now()
    found.save(update_fields=["lifted_at"])
    record(by, "lift", found)
    time_freed.announce(freed)
    return found
