"""What is broken: it takes what is free around the bookings that are there, which keep their time until rescued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from booking import claims
from booking.claims import touching, whole_lengths
from booking.events import Freed, time_freed
from booking.holding import lapsing
from booking.models import Claim, Outage
from booking.obstructing import standing
from booking.obstructing.standing import Stands
from booking.seats import Sitting, seat
from core import outbox, terms
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Invalid, Pointer
from core.locks import Again, act, patient_act
from core.periods import Period, instant, merged
from equipment import faults
from equipment.models import Fault
from people.models import Person
from spaces.layout import Take, domains_of, takes, units_of
from spaces.models import Resource


@dataclass(frozen=True, slots=True)
class Declared:
    """What staff say: of which resource (and units of it), from when, until when, and why."""

    resource: Resource
    from_at: datetime
    until_at: datetime | None = None
    severity: str = Fault.Severity.UNUSABLE
    reason: str = ""
    units: tuple[UUID, ...] = ()
    fault: Fault | None = None


def declare(by: Person, said: Declared) -> Outage:
    """From then on nobody can take it; who is there already keeps their time and is affected.

    In a pool, bookings that have not begun are first re-seated to units that work. Raises Invalid for units that
    are not the resource's.
    """
    lapsing.lapse_dead(units_of(takes([said.resource.pk])))
    return _declare(by, said)


@act
def _declare(by: Person, said: Declared) -> Outage:
    resource = said.resource
    trees = takes([resource.pk])
    made = outage_of(by, said, trees)
    claims.lock(resource.venue_id, [], domains_of(units_of(trees)))
    if trees != takes([resource.pk]):
        raise Again  # a room was divided between the look and the lock
    made.save(force_insert=True)
    if said.fault is not None and said.fault.state == Fault.State.REPORTED:
        faults.become(by, said.fault.pk, Fault.State.CONFIRMED)
    if made.severity == Fault.Severity.UNUSABLE:
        stands = standing.of_outages([made])
        moves = seats_that_work(trees[resource.pk], stands[0]) if made.units else {}
        _lift_and_set(made, stands, moves)
    record(by, "declare-outage", made, resource=str(resource.pk))
    return made


def outage_of(by: Person, said: Declared, trees: Mapping[UUID, Sequence[Take]]) -> Outage:
    """What is declared, not saved. Raises Invalid for units that are not the resource's."""
    everything = units_of(trees)
    if not set(said.units) <= everything:
        raise Invalid(pointers=[Pointer("/unit_ids", "unknown", "")])
    return Outage(
        resource=said.resource,
        units=[] if set(said.units) == everything else sorted(said.units),
        from_at=said.from_at,
        until_at=said.until_at,
        severity=said.severity,
        reason=said.reason,
        fault=said.fault,
        made_by=by,
    )


def seats_that_work(trees: Sequence[Take], stand: Stands) -> dict[int, UUID]:
    """For claims of a pool on units that are out: which other unit each moves to, as far as there are any."""
    everywhere, _ = whole_lengths(stand.units, stand.during)
    sitting = claims.sittings(touching(everywhere, stand.during))
    out = [Sitting(0, unit, stand.during.start, stand.during.end) for unit in stand.units]
    moves: dict[int, UUID] = {}
    for one in sorted((s for s in sitting if s.unit in stand.units and s.choices), key=lambda s: s.start):
        # Read anew in its whole length, for it may reach beyond the window.
        around = Period(one.start, one.end)
        others = [
            Sitting(s.claim, moves.get(s.claim, s.unit), s.start, s.end)
            for s in claims.sittings(touching(everywhere, around))
            if s.claim != one.claim
        ]
        choices = next((t.choices for t in trees if one.unit in t.choices), one.choices)
        given = seat([Take(choices, 1)], around, [*others, *out])
        if given is not None:
            moves[one.claim] = given.units[0]
    return moves


def _lift_and_set(outage: Outage, stands: Sequence[Stands], moves: dict[int, UUID]) -> None:
    """Inside an act: the outage has all that is free in its window and to come, in as few claims as can be."""
    at = now()
    mine = Claim.objects.filter(outage=outage, during__endswith__gt=at)
    had = [Freed(*row) for row in mine.values_list("unit_id", "during")]
    mine.delete()
    claims.insert([], moves)
    new = standing.free_around(stands)
    by_unit: dict[UUID, list[Period]] = {}
    for claim in new:
        by_unit.setdefault(claim.unit, []).append(claim.during)
    begun = {f.unit: f.during.start for f in had if f.during.start < at}
    rows = []
    for unit, periods in by_unit.items():
        pieces = merged(periods)
        if unit in begun and pieces[0].start == at and begun[unit] >= stands[0].during.start:
            pieces[0] = Period(begun[unit], pieces[0].end)
        rows += [stands[0].claim(unit, piece) for piece in pieces]
    claims.insert(rows)


@act
def change(by: Person, outage_id: Any, *, until_at: datetime | None, reason: str) -> Outage:
    """It lasts until then (None: until further notice); what is no longer in it is free. Raises IllegalMove, Invalid."""
    outage = _locked(outage_id)
    if until_at is not None and until_at <= max(now(), outage.from_at):
        raise Invalid(pointers=[Pointer("/until_at", "past", "")])
    before = [Freed(*row) for row in _coming(outage).values_list("unit_id", "during")]
    outage.until_at, outage.reason = until_at, reason
    outage.save(update_fields=["until_at", "reason"])
    if outage.severity == Fault.Severity.UNUSABLE:
        _lift_and_set(outage, standing.of_outages([outage]), {})
    after = [Freed(*row) for row in _coming(outage).values_list("unit_id", "during")]
    record(by, "change-outage", outage)
    outbox.put("booking.end_rescues", {"outage": str(outage.pk)})
    time_freed.announce(claims.remaining(before, after))
    return outage


@act
def lift(by: Person, outage_id: Any, mended: bool = True) -> Outage:
    """It can be used again: what it took is free, whoever is in it keeps what they have. Raises IllegalMove."""
    outage = _locked(outage_id)
    outage.ended_at = now()
    outage.save(update_fields=["ended_at"])
    freed = claims.drop(_coming(outage))
    if mended and outage.fault is not None and outage.fault.state in faults.OPEN:
        faults.become(by, outage.fault.pk, Fault.State.MENDED)
    record(by, "lift-outage", outage)
    outbox.put("booking.end_rescues", {"outage": str(outage.pk)})
    time_freed.announce(freed)
    return outage


def _coming(outage: Outage) -> QuerySet[Claim]:
    return Claim.objects.filter(outage=outage, during__endswith__gt=now())


def _locked(outage_id: Any) -> Outage:
    """The outage, still in force, with the domains it is about. Raises IllegalMove."""
    seen = Outage.objects.select_related("resource").get(pk=outage_id)
    units = standing.units_out([seen])[seen.pk]
    claims.lock(seen.resource.venue_id, [], domains_of(units))
    found = (
        Outage.objects.select_for_update(no_key=True, of=("self",))
        .select_related("resource__venue", "made_by", "fault")
        .get(pk=outage_id)
    )
    if found.ended_at is not None:
        raise IllegalMove(state="lifted", data={"state": "lifted"})
    return found


# -- as time goes on -------------------------------------------------------------------------------------


def extend_all() -> None:
    """Every night: an outage without an end reaches as far as can be booked by now."""
    for pk in Outage.objects.filter(
        ended_at=None, until_at=None, severity=Fault.Severity.UNUSABLE
    ).values_list("pk", flat=True):
        _extend(pk)


@patient_act
def _extend(outage_id: UUID) -> None:
    try:
        outage = _locked(outage_id)
    except IllegalMove:
        return  # lifted meanwhile
    _lift_and_set(outage, standing.of_outages([outage]), {})


USED = """
SELECT i.resource_id, sum(extract(epoch FROM upper(i.period) - lower(i.period)) * i.quantity / 60)::bigint
FROM unnest(%(resources)s::uuid[], %(since)s::timestamptz[]) s(resource, since)
JOIN booking_item i ON i.resource_id = s.resource AND lower(i.period) >= s.since AND upper(i.period) <= %(now)s
JOIN booking_booking b ON b.id = i.booking_id
WHERE b.state = 'confirmed' AND b.attendance <> 'no_show'
GROUP BY 1
"""


@terms.perform("resources.used-since")
def used_since(since: dict[UUID, date | None]) -> dict[UUID, int]:
    """For each resource how many minutes it was used since a day of its venue (None: ever); two statements."""
    zones = {r.pk: r.venue.zone for r in Resource.objects.filter(pk__in=since).select_related("venue")}
    ever = date(2000, 1, 1)
    starts = [instant(day or ever, time(0), zones[pk]) for pk, day in since.items()]
    with connection.cursor() as cursor:
        cursor.execute(USED, {"resources": list(since), "since": starts, "now": now()})
        return {pk: int(minutes) for pk, minutes in cursor.fetchall()}
