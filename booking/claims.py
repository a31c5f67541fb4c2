"""The heart: time is claimed here and nowhere else.

The exclusion constraint decides who has a unit; locks only queue, and looking first is courtesy. Whoever takes
time judges without locks, locks, looks again, and inserts plainly, all units in one statement in their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from psycopg.types.range import TimestamptzRange

from booking import states
from booking.events import Freed, booking_changed, time_freed
from booking.models import Booking, Claim, Item
from booking.seats import Sitting
from core.clock import now
from core.locks import Order, lock_rows, lock_venue
from core.periods import Period, without
from people.models import Group, Organisation, Person
from spaces.layout import domains_of, takes, unit_divided
from spaces.models import LockDomain, Resource, Unit


class Ask(NamedTuple):
    """What somebody would like: so many of a resource, for a period (UTC)."""

    resource: Resource
    period: Period
    quantity: int = 1

    @classmethod
    def of(cls, item: Item) -> Ask:
        """What the item has."""
        return cls(item.resource, item.period, item.quantity)


@dataclass(frozen=True, slots=True)
class Placed:
    """An ask that has its units, with the padding and the version of the rules it was given under."""

    ask: Ask
    padded: Period
    units: list[UUID]
    set_up: int
    clean_up: int
    rules: UUID | None


# -- reading ---------------------------------------------------------------------------------------------

# Claims of one unit never overlap, so besides those that begin inside the window only the last one that begins
# before it can touch it: two probes of the btree for each unit. GiST is for the guard.
# What is wanted of them is said by `columns`, from what is `read`.
TOUCHING = """
SELECT {columns}
FROM unnest(%(units)s::uuid[]) WITH ORDINALITY u(id, place) CROSS JOIN LATERAL (
    SELECT {read} FROM booking_claim b
    WHERE b.unit_id = u.id AND lower(b.during) >= %(start)s AND lower(b.during) < %(end)s
    UNION ALL
    SELECT * FROM (
        SELECT {read} FROM booking_claim b WHERE b.unit_id = u.id AND lower(b.during) < %(start)s
        ORDER BY lower(b.during) DESC LIMIT 1
    ) before WHERE upper(before.during) > %(start)s
) c
WHERE true
"""
# What a list reads past, and an act does not; each is said only where it is asked for, for it costs time to plan.
LIVE = "AND (c.until IS NULL OR c.until > %(now)s)\n"
NOT_OFFERED_TO = """AND (c.kind <> 'offered' OR NOT EXISTS (
    SELECT 1 FROM booking_item i JOIN booking_booking k ON k.id = i.booking_id
    WHERE i.id = c.item_id AND k.person_id = %(reader)s))
"""
NOT_OF = """AND (c.item_id IS NULL OR NOT EXISTS (
    SELECT 1 FROM booking_item i WHERE i.id = c.item_id AND i.booking_id = ANY(%(leaving)s)))
"""
# Instants as numbers and units as places in the list asked for: a list reads many thousands of them.
PLACED = "u.place, date_part('epoch', lower(c.during)), date_part('epoch', upper(c.during))"
IN_THE_INDEX = "b.during, b.until, b.kind, b.item_id"  # with the unit: no row of the table is read for it
WHEN = TOUCHING.format(columns=PLACED, read=IN_THE_INDEX)
WHOLE = TOUCHING.format(columns=f"c.id, {PLACED}, c.item_id", read=f"b.id, {IN_THE_INDEX}")


class Found(NamedTuple):
    """A claim as it was read."""

    id: int
    unit: UUID
    start: datetime
    end: datetime
    item: UUID | None


def touching(
    units: Iterable[UUID],
    window: Period,
    *,
    past_the_dead: bool = False,
    reader: Person | None = None,
    leaving: Collection[UUID] = (),
) -> list[Found]:
    """The claims on these units that touch the window. Inside an act every row counts; a list reads past the dead,
    and past what is offered to its reader. The time of bookings about to change (`leaving`) is free to them."""
    places = list(units)
    at = datetime.fromtimestamp
    with connection.cursor() as cursor:
        dead = now() if past_the_dead else None
        said = _said(places, window, dead, reader if past_the_dead else None, leaving)
        cursor.execute(WHOLE + said.where + "ORDER BY c.id", said.parameters)
        return [
            Found(pk, places[place - 1], at(start, UTC), at(end, UTC), item)
            for pk, place, start, end, item in cursor.fetchall()
        ]


def taken(
    units: Iterable[UUID], window: Period, reader: Person | None, leaving: Collection[UUID] = ()
) -> Iterator[tuple[UUID, datetime, datetime]]:
    """When each of these units is taken, as a list reads it: of the same claims only that."""
    places = list(units)
    with connection.cursor() as cursor:
        said = _said(places, window, now(), reader, leaving)
        cursor.execute(WHEN + said.where, said.parameters)
        for place, start, end in cursor.fetchall():
            yield places[place - 1], datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)


class _Said(NamedTuple):
    where: str
    parameters: dict[str, Any]


def _said(
    units: list[UUID],
    window: Period,
    live_at: datetime | None,
    reader: Person | None,
    leaving: Collection[UUID],
) -> _Said:
    """Which claims are meant, of those that touch the window."""
    where = LIVE * (live_at is not None) + NOT_OFFERED_TO * (reader is not None) + NOT_OF * bool(leaving)
    parameters: dict[str, Any] = {"units": units, "start": window.start, "end": window.end, "now": live_at}
    parameters |= {"reader": reader.pk if reader is not None else None, "leaving": list(leaving)}
    return _Said(where, parameters)


def sittings(found: Sequence[Found]) -> list[Sitting]:
    """The claims as `seats` wants them, with where each may be moved to: two statements."""
    items = {c.item for c in found if c.item is not None}
    rows = Item.objects.filter(pk__in=items, seat=None, booking__period__startswith__gt=now()).exclude(
        booking__changes__state="pending"
    )
    resources = dict(rows.values_list("pk", "resource_id"))
    trees = takes(set(resources.values())) if resources else {}
    return [Sitting(c.id, c.unit, c.start, c.end, _choices(c, resources, trees)) for c in found]


def _choices(claim: Found, resources: dict[UUID, UUID], trees: dict[UUID, list]) -> tuple[UUID, ...]:  # type: ignore[type-arg]
    resource = resources.get(claim.item) if claim.item else None
    if resource is None:
        return ()
    return next((take.choices for take in trees[resource] if take.is_pool and claim.unit in take.choices), ())


def everywhere_of(units: Iterable[UUID]) -> dict[UUID, int]:
    """The units of these units' domains, each with its domain."""
    return dict(Unit.objects.filter(domain_id__in=domains_of(units)).values_list("pk", "domain_id"))


def whole_lengths(
    units: Iterable[UUID], window: Period, leaving: Collection[UUID] = ()
) -> tuple[dict[UUID, int], list[Sitting]]:
    """The units of these units' domains, each with its domain; and everybody there whom a re-seating in the window
    could meet, in their whole length."""
    everywhere = everywhere_of(units)
    near = sittings(touching(everywhere, window, leaving=leaving))
    movable = [s for s in near if s.choices and s.touches(window)]
    if not movable:
        return everywhere, near
    wide = Period(
        min([window.start, *(s.start for s in movable)]), max([window.end, *(s.end for s in movable)])
    )
    return everywhere, sittings(touching(everywhere, wide, leaving=leaving))


# -- locking ---------------------------------------------------------------------------------------------


def lock(
    venue: UUID,
    people: Iterable[UUID],
    domains: Iterable[int],
    organisation: Organisation | None = None,
    groups: Iterable[str] = (),
) -> None:
    """The venue shared, then who, then where: the first three steps of the one order."""
    lock_venue(venue)
    lock_rows(Order.WHO, Person, people)
    if organisation is not None:
        lock_rows(Order.WHO, Organisation, [organisation.pk])
    lock_rows(Order.WHO, Group, groups)
    lock_rows(Order.WHERE, LockDomain, domains)


# -- writing ---------------------------------------------------------------------------------------------

INSERT = """
INSERT INTO booking_claim (unit_id, during, kind, reason, until, item_id, block_id, outage_id, outside_id)
SELECT * FROM unnest(%s::uuid[], %s::tstzrange[], %s::text[], %s::text[], %s::timestamptz[], %s::uuid[], %s::uuid[],
                     %s::uuid[], %s::uuid[])
"""


class NewClaim(NamedTuple):
    unit: UUID
    during: Period
    kind: str
    reason: str | None = None
    until: datetime | None = None
    item: UUID | None = None
    block: UUID | None = None
    outage: UUID | None = None
    outside: UUID | None = None


def insert(claims: Sequence[NewClaim], moves: dict[int, UUID] | None = None) -> None:
    """All claims go in with one statement, ordered by unit; moved ones are lifted and set again with them."""
    everything = list(claims)
    if moves:
        for moved in Claim.objects.filter(pk__in=moves):
            everything.append(
                NewClaim(
                    moves[moved.pk],
                    moved.during,
                    moved.kind,
                    moved.reason,
                    moved.until,
                    moved.item_id,
                    moved.block_id,
                )
            )
        Claim.objects.filter(pk__in=moves).delete()
    if not everything:
        return
    everything.sort(key=lambda c: (c.unit, c.during.start))
    ranges = [TimestamptzRange(c.during.start, c.during.end, "[)") for c in everything]
    columns: list[Any] = [
        [c.unit for c in everything],
        ranges,
        [c.kind for c in everything],
        [c.reason for c in everything],
        [c.until for c in everything],
        [c.item for c in everything],
        [c.block for c in everything],
        [c.outage for c in everything],
        [c.outside for c in everything],
    ]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, columns)


def keep(booking: Booking, kind: str, *, reason: str | None = None, until: datetime | None = None) -> None:
    """The booking's claims are of this kind now, and die at `until`; what a rescue holds for it stays held."""
    keep_all([booking], kind, reason=reason, until=until)


def keep_all(
    bookings: Sequence[Booking], kind: str, *, reason: str | None = None, until: datetime | None = None
) -> None:
    """The same for all these bookings, with one statement."""
    own = Claim.objects.filter(item__booking__in=bookings).exclude(reason=Claim.Reason.RESCUE)
    own.update(kind=kind, reason=reason, until=until)


def let_go(booking: Booking) -> list[Freed]:
    """The booking's time is free; the act announces it once the rest is written."""
    return drop(Claim.objects.filter(item__booking=booking))


def drop(rows: QuerySet[Claim]) -> list[Freed]:
    """These claims are gone; what they held is returned."""
    freed = [Freed(*row) for row in rows.values_list("unit_id", "during")]
    rows.delete()
    return freed


def cut(booking: Booking, at: datetime, *, cleaning: bool) -> list[Freed]:
    """The booking's claims end now, or after the clean-up that was promised behind it; the rest of them is returned.

    A claim only ever becomes shorter, so it cannot meet another.
    """
    freed: list[Freed] = []
    rows = Claim.objects.filter(item__booking=booking, during__endswith__gt=at).select_related("item")
    for claim in rows.order_by("unit_id"):
        assert claim.item is not None
        end = at + timedelta(minutes=claim.item.clean_up_minutes) if cleaning else at
        if end >= claim.during.end:
            continue
        start = max(claim.during.start, end)
        freed.append(Freed(claim.unit_id, Period(start, claim.during.end)))
        if start > claim.during.start:
            Claim.objects.filter(pk=claim.pk).update(during=Period(claim.during.start, start))
        else:
            claim.delete()
    return freed


def replace(
    leaving: Collection[UUID], claims: Sequence[NewClaim], moves: dict[int, UUID] | None = None
) -> list[Freed]:
    """Lift and set: these bookings have the new claims instead of all they had, never neither, never both.

    Under the locks of all the domains concerned. What is free afterwards is returned, to be announced at the
    act's end; time that one of them leaves and another takes was never free.
    """
    lifted = drop(Claim.objects.filter(item__booking__in=list(leaving)))
    taken = [Freed(claim.unit, claim.during) for claim in claims]
    for moved in Claim.objects.filter(pk__in=moves or {}):
        taken.append(Freed((moves or {})[moved.pk], moved.during))
    insert(claims, moves)
    return remaining(lifted, taken)


def remaining(freed: Sequence[Freed], taken: Sequence[Freed]) -> list[Freed]:
    """What is left of freed time when some of it has been taken again. Pure."""
    by_unit: dict[UUID, list[Period]] = defaultdict(list)
    for piece in taken:
        by_unit[piece.unit].append(piece.during)
    return [
        Freed(piece.unit, left)
        for piece in freed
        for left in without([piece.during], [t for t in by_unit[piece.unit] if t.overlaps(piece.during)])
    ]


def lift_own_offers(
    person: UUID, units: Iterable[UUID], told: Sequence[Placed]
) -> list[tuple[Booking, list[Freed]]]:
    """Under their locks: what is offered to this person of these units, where they were told that it is free, is so;
    `spend_offers` says it is used. One statement where nothing is offered to them."""
    own = Claim.objects.filter(kind="offered", unit__in=list(units), item__booking__person=person)
    wanted = {
        booking
        for booking, during in own.values_list("item__booking_id", "during")
        if any(during.overlaps(placed.padded) for placed in told)
    }
    if not wanted:
        return []
    lock_rows(Order.BOOKINGS, Booking, wanted)
    return [(b, let_go(b)) for b in Booking.objects.filter(pk__in=wanted, state=Booking.State.OFFERED)]


def spend_offers(lifted: Sequence[tuple[Booking, list[Freed]]]) -> None:
    """The offers have been used for something else; what it left of them is free for the next."""
    for booking, _ in lifted:
        states.move(booking, Booking.State.CANCELLED)
        booking.held_until, booking.ended_at = None, now()
        booking.save(update_fields=["state", "held_until", "ended_at"])
        booking_changed.announce([booking], Booking.State.OFFERED, "used")
    time_freed.announce([piece for _, freed in lifted for piece in freed])


@unit_divided.hear
def cover_pieces(unit: Unit, pieces: Sequence[Unit]) -> None:
    """Inside the division: who has the unit now or later has every piece of it."""
    standing = list(Claim.objects.filter(unit=unit, during__endswith__gt=now()))
    for piece in pieces:
        for claim in standing:
            claim.pk, claim.unit = None, piece
        Claim.objects.bulk_create(standing)
