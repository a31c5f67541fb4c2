"""Another time or another resource for a booking: may it leave what it has, may it have what it wants.

*May I leave* asks the rules the booking was made under; *may I have* asks those in force for the new time
(foundations §5). Nothing is written here but what is said besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from booking.changing.accepting import note_accepted
from booking.claims import Ask, NewClaim, Placed
from booking.judging.clauses import NOTHING, Given, needs_approval
from booking.judging.facts import Facts
from booking.judging.gathering import gather
from booking.judging.judge import Verdict, judge, state_of
from booking.judging.limits import limit_reasons
from booking.judging.reasons import reason
from booking.models import Booking, Change, Claim, Item
from booking.models.change import period_in
from core.clock import now
from core.errors import Invalid, Missing, Pointer, Reason
from core.periods import MINUTE, Period, hull, local_date
from core.words import so_long
from people.models import Person
from spaces.layout import Take, takes
from spaces.models import Resource
from spaces.policy import as_written, rows_of

DAY = timedelta(days=1)
S = Booking.State
GONE = (Booking.Attendance.LEFT, Booking.Attendance.NO_SHOW)
# What holds of the start alone no longer matters when the start stays; and a move takes no further hold.
OF_THE_START = {"past", "too-soon", "too-soon-days", "not-on-step"}
NEVER = {"too-many-holds"}
# What was said and accepted for a booking holds for more of the same.
SAID = {"people-needed", "too-few-people", "terms-to-accept", "question-unanswered"}
# Who gives part of their time up is asked only whether what stays is a booking.
OF_THE_LENGTH = {"slot-taken", "too-short", "length-not-on-step", "not-a-preset", "not-on-step"}


class Way(StrEnum):
    """How the new time lies to the old."""

    SHORTEN = "shorten"
    EXTEND = "extend"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Where:
    """The new time of a booking, and the resource that takes the place of one of its items."""

    period: Period
    resource: Resource | None = None
    item: UUID | None = None


def items_of(booking: Booking) -> list[Item]:
    """The booking's items with their resources, in the order in which they were booked."""
    return list(booking.items.select_related("resource__venue", "resource__owner").order_by("pk"))


def way_of(booking: Booking, where: Where) -> Way:
    """How the booking would change: moved, extended or shortened."""
    return way_between(booking.period, where.period, elsewhere=where.resource is not None)


def way_between(old: Period, new: Period, *, elsewhere: bool = False) -> Way:
    """How one time comes from another: shortened where it lies in it, extended where it covers it, else moved. Pure."""
    if elsewhere:
        return Way.MOVE
    if old.start <= new.start and new.end <= old.end:
        return Way.SHORTEN
    return Way.EXTEND if new.start <= old.start and old.end <= new.end else Way.MOVE


def asks_for(booking: Booking, where: Where, items: Sequence[Item] | None = None) -> list[Ask]:
    """What the booking would ask for there, item by item in the order of `items_of`: each start and each end shifts
    as the booking's own does. Raises Invalid if nothing would be left of an item, Missing for an item not its own."""
    found = items if items is not None else items_of(booking)
    if where.resource is not None and where.item is None and len(found) > 1:
        raise Invalid(pointers=[Pointer("/item_id", "required", "")])
    if where.item is not None and where.item not in {item.pk for item in found}:
        raise Missing
    earlier, later = where.period.start - booking.period.start, where.period.end - booking.period.end
    asks = []
    for item in found:
        start, end = item.period.start + earlier, item.period.end + later
        if start >= end:
            raise Invalid(pointers=[Pointer("/period", "empty", "")])
        chosen = where.resource if where.resource is not None and where.item in (None, item.pk) else None
        asks.append(Ask(chosen or item.resource, Period(start, end), item.quantity))
    return asks


# -- may I leave -----------------------------------------------------------------------------------------


def notices(bookings: Sequence[tuple[Booking, Sequence[Item]]]) -> dict[UUID, int]:
    """Until how many minutes before its start each of these (with its items) may leave it, by the rules as they were
    written when it was made, or last moved; two statements for any number."""
    moved = Change.objects.filter(
        booking__in=[booking.pk for booking, _ in bookings],
        kind__in=[Change.Kind.MOVE, Change.Kind.PROPOSAL],
        state=Change.State.SETTLED,
    )
    last = dict(moved.values("booking").annotate(last=Max("ended_at")).values_list("booking", "last"))
    resources = list({i.resource_id: i.resource for _, items in bookings for i in items}.values())
    rows = rows_of(resources)
    found = {}
    for booking, items in bookings:
        rules = as_written(resources, last.get(booking.pk) or booking.made_at, rows)
        days = [(i.resource_id, local_date(i.period.start, i.resource.venue.zone)) for i in items]
        found[booking.pk] = max((rules[pk].on(day).policy.notice for pk, day in days), default=0)
    return found


def too_late_to_leave(booking: Booking, notice: int) -> list[Reason]:
    """Why the booking may not leave its start any more, by its rules' notice."""
    if now() + notice * MINUTE <= booking.period.start:
        return []
    return [reason("too-late-to-leave", ahead=so_long(notice))]


def leaves_its_start(old: Period, new: Period, *, elsewhere: bool) -> bool:
    """Whether the new time gives up the beginning of the old one: another place, a later start, or all of it earlier."""
    return elsewhere or new.start > old.start or (new.start < old.start and new.end < old.end)


def unmovable(booking: Booking, *, house: bool) -> list[Reason]:
    """Why the booking cannot change at all, whatever the new time."""
    state = state_of(booking)
    if state not in (S.CONFIRMED, S.REQUESTED):
        return [reason("wrong-state", state=S(state).label)]
    if booking.attendance in GONE:
        return [reason("wrong-state", state=booking.get_attendance_display())]
    if now() >= booking.period.end and not house:
        return [reason("over")]
    return [reason("change-pending")] if pending_of(booking) is not None else []


def leaving_reasons(
    booking: Booking, where: Where, items: Sequence[Item], *, house: bool, giving_back: bool = False
) -> list[Reason]:
    """Why the booking may not leave the time it has for this one. Time is given back (for what others pay for it) also
    when it is too late to leave it by oneself."""
    if found := unmovable(booking, house=house):
        return found
    at = now()
    if (where.period, where.resource) == (booking.period, None):
        return [reason("nothing-changes")]
    if at >= booking.period.start:
        if where.period.start != booking.period.start or where.resource is not None:
            return [reason("already-started")]
        return [reason("past")] if where.period.end <= at else []
    elsewhere = where.resource is not None
    if house or giving_back or not leaves_its_start(booking.period, where.period, elsewhere=elsewhere):
        return []
    return too_late_to_leave(booking, notices([(booking, items)])[booking.pk])


# -- may I have ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """What the new time would be: every reason against it, or its units; whether staff have to agree; and how many would
    come, if that has been said."""

    verdict: Verdict
    asks: list[Ask]
    needs_approval: bool
    people: int | None

    @property
    def reasons(self) -> list[Reason]:
        return self.verdict.reasons


def judged(
    booking: Booking,
    where: Where,
    items: Sequence[Item],
    *,
    house: bool = False,
    override: str = "",
    said: Given = NOTHING,
    giving_back: bool = False,
    locked: bool = False,
) -> Judged:
    """Whether the booking may leave its time and have the new one; its own time is free to it. What was said and accepted
    when it was made counts, and what is `said` now besides, which is judged whatever the booking keeps."""
    said = heard(booking, where, said)
    asks = asks_for(booking, where, items)
    leaving = leaving_reasons(booking, where, items, house=house, giving_back=giving_back)
    facts = facts_for(booking, asks)
    given = said_of(booking, said)
    found = judge(facts, asks, given, overridden=bool(override), locked=locked)
    elsewhere, anew = where.resource is not None, said != NOTHING
    kept = [
        r
        for r in found.reasons
        if matters(r.code, booking.period, where.period, elsewhere=elsewhere, said_anew=anew)
    ]
    asked = (
        way_of(booking, where) is not Way.SHORTEN
        and not house
        and any(needs_approval(facts, ask.resource, ask.period) for ask in asks)
    )
    return Judged(replace(found, reasons=[*leaving, *kept]), asks, asked, given.people)


def heard(booking: Booking, where: Where, said: Given) -> Given:
    """What counts of what is said for a new time: nothing where time is only given up, for which nothing is asked, and
    so nothing would be judged."""
    return NOTHING if way_of(booking, where) is Way.SHORTEN else said


def said_of(booking: Booking, besides: Given) -> Given:
    """What whoever has the booking has said and accepted, with what they say besides; how many come is said once."""
    people = besides.people if booking.people is None else booking.people
    accepted = besides.accepted.union(booking.accepted_terms)
    return Given(people, accepted, booking.answers | besides.answers)


def say(by: Person, booking: Booking, where: Where, said: Given) -> None:
    """Inside an act that has locked the booking and judged what is said for its new time: terms and answers are on record,
    whenever the new time is had; how many come is when it is had, for the price goes by that."""
    besides = heard(booking, where, said)
    if besides == NOTHING:
        return
    given = said_of(booking, besides)
    note_accepted(by, [(booking, given.accepted.difference(booking.accepted_terms))])
    booking.accepted_terms, booking.answers = sorted(given.accepted), given.answers
    booking.save(update_fields=["accepted_terms", "answers"])


def for_people(booking: Booking, people: int | None) -> Booking:
    """The booking as if so many came, to be priced: it is not written down before the time is had for which it was said."""
    told = copy(booking)
    told.people = people
    return told


def matters(code: str, old: Period, new: Period, *, elsewhere: bool = False, said_anew: bool = False) -> bool:
    """Whether a reason against the new time counts for whoever has the old one: what they keep is not asked for again,
    but what they say anew is heard as it would be for any booking."""
    kept = OF_THE_START if said_anew else OF_THE_START | SAID
    if code in NEVER or (new.start == old.start and code in kept and not elsewhere):
        return False
    return way_between(old, new, elsewhere=elsewhere) is not Way.SHORTEN or code in OF_THE_LENGTH


def facts_for(booking: Booking, asks: Sequence[Ask]) -> Facts:
    """The facts for whoever has the booking, who is about to leave its time. Its own units are tried first; who has
    begun keeps them."""
    window = hull([booking.period, *(a.period for a in asks)]).padded(DAY, DAY)
    facts = gather(
        {a.resource for a in asks}, window, booking.person, booking.organisation, leaving=[booking.pk]
    )
    own = set(own_claims(booking).values_list("unit_id", flat=True))
    begun = now() >= booking.period.start
    facts.trees = {
        pk: [_own_first(take, own, begun=begun) for take in found] for pk, found in facts.trees.items()
    }
    return facts


def beyond_limits(booking: Booking, asks: Sequence[Ask], receiver: Person | None = None) -> list[Reason]:
    """Why this would be more than whoever has the booking, or would take it over, may have."""
    window = hull(a.period for a in asks).padded(DAY, DAY)
    person, organisation = (receiver, None) if receiver else (booking.person, booking.organisation)
    facts = gather({a.resource for a in asks}, window, person, organisation, leaving=[booking.pk])
    return [r for ask in asks for r in limit_reasons(facts, ask.resource, ask.period)]


def _own_first(take: Take, own: set[UUID], *, begun: bool) -> Take:
    mine = tuple(unit for unit in take.choices if unit in own)
    if not take.is_pool or not mine:
        return take
    return Take(mine if begun else (*mine, *(u for u in take.choices if u not in own)), take.n)


def own_claims(booking: Booking) -> Any:
    """The claims of the time that the booking has, without what a pending change or a rescue holds besides."""
    besides = Q(reason=Claim.Reason.CHANGE) | Q(reason=Claim.Reason.RESCUE)
    return Claim.objects.filter(item__booking=booking).exclude(besides)


def pending_of(booking: Booking) -> Change | None:
    """The change that the booking waits for; one whose time is up is none."""
    waiting = getattr(booking, "_waiting", None)  # read in batches by whoever shows many
    if waiting is None:
        waiting = booking.changes.filter(state=Change.State.PENDING)
    found = (c for c in waiting if c.kind != Change.Kind.CANCEL and c.until > now())
    return next(found, None)


# -- a plan as it is kept --------------------------------------------------------------------------------


def planned(
    where: Where, items: Sequence[Item], placed: Sequence[Placed], people: int | None
) -> dict[str, Any]:
    """The new time as a change keeps it: for every item all that settling it will write, and how many will come."""
    return {
        "people": people,
        "period": _plain(where.period),
        "resource": str(where.resource.pk) if where.resource else None,
        "item": str(where.item) if where.item else None,
        "items": [
            {
                "item": str(item.pk),
                "resource": str(p.ask.resource.pk),
                "period": _plain(p.ask.period),
                "around": _plain(p.padded),
                "units": [str(unit) for unit in p.units],
                "set_up": p.set_up,
                "clean_up": p.clean_up,
                "rules": str(p.rules) if p.rules else None,
            }
            for item, p in zip(items, placed, strict=True)
        ],
    }


def _plain(period: Period) -> list[str]:
    return [period.start.isoformat(), period.end.isoformat()]


def where_in(change: Change) -> Where:
    """What was asked for."""
    plan = change.plan
    resource = (
        Resource.objects.select_related("venue", "owner").get(pk=plan["resource"])
        if plan["resource"]
        else None
    )
    return Where(period_in(plan["period"]), resource, UUID(plan["item"]) if plan["item"] else None)


def people_in(change: Change, booking: Booking) -> int | None:
    """How many come once the change is settled, if it was said."""
    return change.plan.get("people") if booking.people is None else booking.people


def resources_in(change: Change | None) -> list[UUID]:
    """The resources that a kept plan takes; none for a change of another kind."""
    return [part.resource for part in change.parts] if change is not None else []


def still_there(plan: dict[str, Any]) -> bool:
    """Whether every resource of a kept plan still takes the units it names: none was divided or joined meanwhile."""
    trees = takes({UUID(part["resource"]) for part in plan["items"]})
    return all(
        _covers({UUID(unit) for unit in part["units"]}, trees[UUID(part["resource"])])
        for part in plan["items"]
    )


def _covers(units: set[UUID], trees: Sequence[Take]) -> bool:
    enough = all(len(units.intersection(take.choices)) >= take.n for take in trees)
    return enough and units <= {unit for take in trees for unit in take.choices}


def claims_in(plan: dict[str, Any], kind: str, until: datetime | None = None) -> list[NewClaim]:
    """The claims of a kept plan, as the booking has them once it is settled."""
    return [
        NewClaim(UUID(unit), period_in(part["around"]), kind, None, until, item=UUID(part["item"]))
        for part in plan["items"]
        for unit in part["units"]
    ]
