"""One function for each arrow in `states.py`: request, confirm, approve, refuse, cancel.

`confirm` and `request` are inner steps: billing calls them inside its own act, with the booking locked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery

from booking import claims, states
from booking.claims import Ask
from booking.events import booking_changed, time_freed
from booking.holding import pending
from booking.holding.holds import end, end_all, locked
from booking.judging.gathering import gather
from booking.judging.judge import place
from booking.models import Booking, Claim, Item
from core.audit import record, record_all
from core.clock import now
from core.errors import IllegalMove, SlotTaken
from core.locks import act
from core.periods import Period, hull, local_date
from people.models import Person
from spaces.models import Resource
from spaces.policy import BookingPolicy, Policies, policies

S = Booking.State
DAY = timedelta(days=1)


def request(booking: Booking, by: Person | None) -> None:
    """Inside an act: staff will decide until the request's own deadline; the time stays taken."""
    request_all([booking], by)


def request_all(bookings: Sequence[Booking], by: Person | None) -> None:
    """Inside an act: staff will decide on these, each until its own deadline. As many statements as for one."""
    before: dict[str, list[Booking]] = defaultdict(list)
    deadlines = request_deadlines(bookings)
    for booking in bookings:
        before[booking.state].append(booking)
        states.move(booking, S.REQUESTED)
        booking.held_until = deadlines[booking.pk]
    Booking.objects.bulk_update(bookings, ["state", "held_until"])
    own = Booking.objects.filter(items=OuterRef("item")).values("held_until")[:1]
    Claim.objects.filter(item__booking__in=bookings).update(
        kind="requested", reason=None, until=Subquery(own)
    )
    record_all(by, "request", bookings)
    for state, group in before.items():
        booking_changed.announce(group, state, "requested")


def request_deadline(booking: Booking) -> datetime:
    """The policy's days from now, but never later than the notice before the start."""
    return request_deadlines([booking])[booking.pk]


def request_deadlines(bookings: Sequence[Booking]) -> dict[UUID, datetime]:
    """For each the policy's days from now, but never later than the notice before its start; two statements."""
    items: dict[UUID, list[Item]] = defaultdict(list)
    for item in Item.objects.filter(booking__in=bookings).select_related("resource__venue"):
        items[item.booking_id].append(item)
    resources = {i.resource_id: i.resource for group in items.values() for i in group}
    rules = policies(list(resources.values()))
    return {
        booking.pk: _decided_by(
            booking.period.start, [_rules_of(rules, i.resource, i.period) for i in items[booking.pk]]
        )
        for booking in bookings
    }


def change_deadline(old: Period, asks: Sequence[Ask]) -> datetime:
    """Until when staff decide on a booking that would have these asks instead of its old time: as for a request of the
    new time; where it begins as it did, until the old end, from which on there is more of it."""
    rules = policies([ask.resource for ask in asks])
    own = [_rules_of(rules, ask.resource, ask.period) for ask in asks]
    new = hull(ask.period for ask in asks)
    if new.start == old.start and old.end < new.end:
        return _decided_by(old.end, own, by_notice=False)
    return _decided_by(new.start, own)


def _rules_of(rules: Mapping[UUID, Policies], resource: Resource, period: Period) -> BookingPolicy:
    return rules[resource.pk].on(local_date(period.start, resource.venue.zone)).policy


def _decided_by(begins: datetime, own: Sequence[BookingPolicy], *, by_notice: bool = True) -> datetime:
    notice = max((p.notice for p in own), default=0) if by_notice else 0
    by_days = now() + timedelta(days=min((p.request_days for p in own), default=5))
    return max(min(by_days, begins - timedelta(minutes=notice)), now() + timedelta(minutes=1))


def confirm(booking: Booking, by: Person | None, why: str = "confirmed") -> None:
    """Inside an act: the booking stands, and its claims no longer die."""
    confirm_all([booking], by, why)


def confirm_all(bookings: Sequence[Booking], by: Person | None, why: str = "confirmed") -> None:
    """Inside an act: these bookings stand; those that stand already are left alone. As many statements as for one."""
    before: dict[str, list[Booking]] = defaultdict(list)
    for booking in bookings:
        if booking.state != S.CONFIRMED:
            before[booking.state].append(booking)
            states.move(booking, S.CONFIRMED)
            booking.held_until, booking.ended_at = None, None
    made = [booking for group in before.values() for booking in group]
    Booking.objects.bulk_update(made, ["state", "held_until", "ended_at"])
    _, freed = pending.end_pending([booking.pk for booking in made])
    claims.keep_all(made, "booked")
    record_all(by, "confirm", made)
    for state, group in before.items():
        booking_changed.announce(group, state, why)
    time_freed.announce(freed)


def take_again(booking: Booking) -> None:
    """Inside an act, for money that came after the hold lapsed: its time is claimed anew, or SlotTaken.

    Its domains must be locked. The rules are not asked again: they said yes when it was held.
    """
    if Claim.objects.filter(item__booking=booking).exists():
        return
    items = list(booking.items.select_related("resource__venue").order_by("pk"))
    asks = [Ask.of(item) for item in items]
    facts = gather(
        {a.resource for a in asks}, booking.period.padded(DAY, DAY), booking.person, booking.organisation
    )
    placed, moves = place(facts, asks, locked=True)
    if placed is None:
        raise SlotTaken
    claims.insert(
        [
            claims.NewClaim(unit, p.padded, "booked", item=item.pk)
            for item, p in zip(items, placed, strict=True)
            for unit in p.units
        ],
        moves,
    )


@act
def approve(by: Person, booking_id: Any) -> Booking:
    """A request stands as a booking. Raises IllegalMove."""
    booking = locked(booking_id)
    if booking.state != S.REQUESTED:
        raise IllegalMove(state=booking.get_state_display(), data={"state": booking.state})
    confirm(booking, by, "approved")
    return booking


def refuse_all(bookings: Sequence[Booking], by: Person, reason: str, why: str = "refused") -> None:
    """Inside an act: these requests are refused with a reason, their time free. As many statements as for one. Raises
    IllegalMove."""
    for booking in bookings:
        states.move(booking, S.REFUSED)
        booking.reason = reason
    end_all(bookings, lambda: booking_changed.announce(bookings, S.REQUESTED, why))
    record_all(by, "refuse", bookings)


@act
def refuse(by: Person, booking_id: Any, reason: str) -> Booking:
    """A request is refused with a reason, its time free. Raises IllegalMove."""
    booking = locked(booking_id)
    refuse_all([booking], by, reason)
    return booking


def cancel_inside(booking: Booking, by: Person) -> None:
    """Inside an act: the booking is cancelled, its time free."""
    before = booking.state
    states.move(booking, S.CANCELLED)
    end(booking, lambda: booking_changed.announce([booking], before, "cancelled"))
    record(by, "cancel", booking)


@act
def cancel(by: Person, booking_id: Any) -> Booking:
    """The booking is cancelled. Raises IllegalMove."""
    booking = locked(booking_id)
    cancel_inside(booking, by)
    return booking
