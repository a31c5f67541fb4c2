"""A booking takes another time: at once, or as a change that holds only the difference until it is settled.

The inner steps run inside an act that has locked the booking (`locking.lock_bookings`) with its person and the
domains of old and new time; whoever knows prices decides which of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from booking import claims
from booking.changing.moves import (
    Judged,
    Where,
    asks_for,
    beyond_limits,
    claims_in,
    facts_for,
    items_of,
    own_claims,
    pending_of,
    people_in,
    planned,
    resources_in,
    still_there,
    where_in,
)
from booking.claims import NewClaim
from booking.events import Freed, booking_changed, time_freed
from booking.holding import lapsing, pending
from booking.holding.locking import lock_bookings
from booking.judging.judge import Verdict, place
from booking.models import Booking, Change, Claim, Item
from booking.models.change import period_in
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import OfferLapsed, SlotTaken
from core.locks import act
from core.periods import Period, hull, without
from people.models import Person

S = Booking.State
KIND, WAITS = Change.Kind, Change.WaitsFor


def lock_for(booking_id: UUID, *, resources: Sequence[UUID] = (), people: Sequence[UUID] = ()) -> Booking:
    """The booking, locked with whose limits count and everything it has or is about to have; what was dead of it has
    lapsed."""
    seen = Booking.objects.get(pk=booking_id)
    waiting = seen.changes.filter(state=Change.State.PENDING).first()
    (booking,) = lock_bookings(
        [booking_id],
        people=[seen.person_id, *people],
        organisations=[seen.organisation_id] if seen.organisation_id else [],
        resources=[*resources, *resources_in(waiting)],
        limited=True,
    )
    if booking.changes.filter(state=Change.State.PENDING, until__lte=now()).exists():
        lapsing.lapse_bookings([booking_id])
        booking.refresh_from_db()
    return booking


# -- at once ---------------------------------------------------------------------------------------------


def take_new_time(
    booking: Booking,
    where: Where,
    items: Sequence[Item],
    verdict: Verdict,
    by: Person | None,
    *,
    people: int | None = None,
    kind: str = KIND.MOVE,
    why: str = "moved",
) -> Change:
    """The booking has the time it was judged for, instead of all it had, and so many come as was said for it; the change
    is kept as its history."""
    made = Change.objects.create(
        booking=booking,
        kind=kind,
        plan=planned(where, items, verdict.placed, people),
        sequence=booking.sequence,
        asked_by=by,
        state=Change.State.SETTLED,
        until=now(),
        ended_at=now(),
    )
    _rewrite(booking, made, by, verdict.moves, why)
    return made


def settle(change: Change, booking: Booking, by: Person | None, *, why: str = "moved") -> None:
    """The change's new time is the booking's: old and held claims give way to the new ones together.

    Its units are found anew where they had lapsed, or where a room was divided or joined meanwhile. Raises SlotTaken,
    before anything is written, if there are none.
    """
    holds = change.state == Change.State.PENDING and still_there(change.plan)
    moves = {} if holds else _place_anew(change, booking)
    change.state, change.ended_at, change.waits_for = Change.State.SETTLED, now(), ""
    change.save(update_fields=["state", "ended_at", "waits_for", "plan"])
    _rewrite(booking, change, by, moves, why)


def _place_anew(change: Change, booking: Booking) -> dict[int, UUID]:
    where, items = where_in(change), items_of(booking)
    asks = asks_for(booking, where, items)
    placed, moves = place(facts_for(booking, asks), asks, locked=True)
    if placed is None:
        raise SlotTaken
    change.plan = planned(where, items, placed, people_in(change, booking))
    return moves


def _rewrite(booking: Booking, change: Change, by: Person | None, moves: dict[int, UUID], why: str) -> None:
    plan = change.plan
    before = booking.period
    kind, until = ("requested", booking.held_until) if booking.state == S.REQUESTED else ("booked", None)
    new = claims_in(plan, kind, until)
    # Whatever else still waited is overtaken, and what it held goes with it.
    _, held = pending.end_pending([booking.pk])
    freed = claims.replace([booking.pk], new, moves)
    freed += claims.remaining(held, [Freed(claim.unit, claim.during) for claim in new])
    for part in plan["items"]:
        Item.objects.filter(pk=part["item"]).update(
            resource=part["resource"],
            period=period_in(part["period"]),
            set_up_minutes=part["set_up"],
            clean_up_minutes=part["clean_up"],
            rules=part["rules"],
        )
        if part["units"]:
            Item.objects.filter(pk=part["item"], seat__isnull=False).exclude(seat__in=part["units"]).update(
                seat=None
            )
    booking.period = hull(period_in(part["period"]) for part in plan["items"])
    booking.earliest_start = min(booking.earliest_start, booking.period.start)
    booking.people = people_in(change, booking)
    booking.sequence += 1
    booking.save(update_fields=["period", "earliest_start", "people", "sequence"])
    record(by, "move", booking, was=[before.start.isoformat(), before.end.isoformat()], change=str(change.pk))
    booking_changed.announce([booking], booking.state, why)
    time_freed.announce(freed)


# -- later -----------------------------------------------------------------------------------------------


def hold_difference(
    booking: Booking,
    where: Where,
    items: Sequence[Item],
    found: Judged,
    by: Person,
    waits_for: str,
    until: datetime,
    *,
    kind: str = KIND.MOVE,
    message: str = "",
) -> Change:
    """The booking keeps its time, and what the new one takes besides is held until then; what somebody has to say yes to
    no longer than until it begins. Raises SlotTaken if others would have to be seated in the time it keeps."""
    if waits_for != WAITS.PAYMENT:
        until = _before_it_begins(where.period, until)
    plan = planned(where, items, found.verdict.placed, found.people)
    own: dict[UUID, list[Period]] = defaultdict(list)
    for claim in own_claims(booking):
        own[claim.unit_id].append(claim.during)
    for moved in Claim.objects.filter(pk__in=found.verdict.moves):
        if any(moved.during.overlaps(mine) for mine in own[found.verdict.moves[moved.pk]]):
            raise SlotTaken
    given_up = claims.drop(_rescue_in_the_way(booking, plan))
    difference = [
        NewClaim(claim.unit, piece, "held", "change", until, item=claim.item)
        for claim in claims_in(plan, "held")
        for piece in without([claim.during], own[claim.unit])
    ]
    claims.insert(difference, found.verdict.moves)
    made = Change.objects.create(
        booking=booking,
        kind=kind,
        waits_for=waits_for,
        plan=plan,
        sequence=booking.sequence,
        asked_by=by,
        until=until,
        message=message,
    )
    record(by, kind, booking, change=str(made.pk), waits_for=waits_for)
    plan_lapse(made)
    time_freed.announce(claims.remaining(given_up, [Freed(c.unit, c.during) for c in difference]))
    return made


def _before_it_begins(period: Period, until: datetime) -> datetime:
    return min(until, period.start if period.start > now() else period.end)


def _rescue_in_the_way(booking: Booking, plan: dict[str, Any]) -> QuerySet[Claim]:
    """What a rescue holds for the booking where the change wants to be: the change holds it now, as long as it waits."""
    held = Claim.objects.filter(item__booking=booking, reason=Claim.Reason.RESCUE)
    wanted = claims_in(plan, "held")
    meeting = [
        claim.pk
        for claim in held
        if any(claim.unit_id == w.unit and claim.during.overlaps(w.during) for w in wanted)
    ]
    return held.filter(pk__in=meeting)


def plan_lapse(change: Change) -> None:
    """Inside an act: somebody looks when the change's time is up, so that what it holds is free on the minute."""
    outbox.put("booking.lapse_change", {"change": str(change.pk)}, due_at=change.until)


def may_stand(change: Change, booking: Booking) -> bool:
    """Whether the change waits, or has lapsed and nothing has happened to its booking since, nor is about to, nor has
    anybody reached a limit meanwhile, for which only what waits is counted."""
    if change.state == Change.State.PENDING:
        return True
    later = booking.changes.filter(made_at__gt=change.made_at).exists()
    if change.state != Change.State.LAPSED or change.sequence != booking.sequence or later:
        return False
    asks = asks_for(booking, where_in(change) if change.parts else Where(booking.period))
    return not beyond_limits(booking, asks, change.to_person)


def wait_longer(change: Change, until: datetime, waits_for: str | None = None) -> None:
    """Inside an act: the change, and what it holds, last until then."""
    change.until = until
    change.waits_for = waits_for or change.waits_for
    change.save(update_fields=["until", "waits_for"])
    held = Claim.objects.filter(item__booking=change.booking_id, kind="held", reason=Claim.Reason.CHANGE)
    held.update(until=until)
    plan_lapse(change)


def drop(booking: Booking, by: Person | None, why: str, reason: str = "") -> None:
    """The pending change is taken back, declined or refused; the booking keeps what it has."""
    ended, freed = pending.end_pending([booking.pk], why)
    if not ended:
        return
    record(by, why, booking, change=str(ended[0].pk))
    booking.reason = reason or booking.reason
    booking_changed.announce([booking], booking.state, why)
    time_freed.announce(freed)


@act
def withdraw(by: Person, booking_id: UUID) -> Booking:
    """Whoever asked for the pending change takes it back. Raises OfferLapsed."""
    booking = lock_for(booking_id)
    change = pending_of(booking)
    if change is None:
        raise OfferLapsed
    drop(booking, by, f"{_called(change)}-withdrawn")
    return booking


@act
def decline(by: Person, booking_id: UUID) -> Booking:
    """Whoever was asked says no: to another time that staff proposed, to a booking handed over. Raises OfferLapsed."""
    booking = lock_for(booking_id)
    change = pending_of(booking)
    if change is None or change.kind not in (KIND.PROPOSAL, KIND.HAND_OVER):
        raise OfferLapsed
    drop(booking, by, f"{_called(change)}-declined")
    return booking


def _called(change: Change) -> str:
    return "hand-over" if change.kind == KIND.HAND_OVER else "change"


# -- lapsing ---------------------------------------------------------------------------------------------


@act
def lapse(booking_id: UUID) -> None:
    """A change of this booking whose time is up has lapsed; a cancellation that nobody undid is final."""
    lock_for(booking_id)


@outbox.handler("booking.lapse_change")
def on_time_up(payload: dict[str, Any]) -> None:
    dead = Change.objects.filter(pk=payload["change"], state=Change.State.PENDING, until__lte=now()).first()
    if dead is not None:
        lapse(dead.booking_id)


def sweep() -> None:
    """Every minute: changes that died and nobody touched have lapsed."""
    for booking in Change.objects.filter(state=Change.State.PENDING, until__lte=now()).values_list(
        "booking_id", flat=True
    )[:500]:
        lapse(booking)
