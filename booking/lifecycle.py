"""One function for each arrow in `states.py`: request, confirm, approve, refuse, cancel.

`confirm` and `request` are inner steps: billing calls them inside its own act, with the booking locked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from booking import claims, pending, states
from booking.events import booking_changed, time_freed
from booking.holds import end, locked
from booking.judge import gather, place
from booking.models import Booking, Change, Claim
from core.audit import record
from core.clock import now
from core.errors import SlotTaken
from core.locks import act
from people.models import Person
from spaces.policy import policies

S = Booking.State
DAY = timedelta(days=1)


def request(booking: Booking, by: Person | None) -> None:
    """Inside an act: staff will decide until the request's own deadline; the time stays taken."""
    before = booking.state
    states.move(booking, S.REQUESTED)
    until = request_deadline(booking)
    booking.held_until = until
    booking.save(update_fields=["state", "held_until"])
    claims.keep(booking, "requested", until=until)
    record(by, "request", booking)
    booking_changed.announce([booking], before, "requested")


def request_deadline(booking: Booking) -> datetime:
    """The policy's days from now, but never later than the notice before the start."""
    items = list(booking.items.select_related("resource__venue"))
    rules = policies([item.resource for item in items])
    found = [rules[i.resource_id].on(i.period.start.date()).policy for i in items]
    by_notice = booking.period.start - timedelta(minutes=max((p.notice for p in found), default=0))
    by_days = now() + timedelta(days=min((p.request_days for p in found), default=5))
    return max(min(by_days, by_notice), now() + timedelta(minutes=1))


def confirm(booking: Booking, by: Person | None, why: str = "confirmed") -> None:
    """Inside an act: the booking stands, and its claims no longer die."""
    before = booking.state
    states.move(booking, S.CONFIRMED)
    booking.held_until, booking.ended_at = None, None
    booking.save(update_fields=["state", "held_until", "ended_at"])
    _, freed = pending.end_pending([booking.pk], Change.State.WITHDRAWN)
    claims.keep(booking, "booked")
    record(by, "confirm", booking)
    booking_changed.announce([booking], before, why)
    time_freed.announce(freed)


def take_again(booking: Booking) -> None:
    """Inside an act, for money that came after the hold lapsed: its time is claimed anew, or SlotTaken.

    Its domains must be locked. The rules are not asked again: they said yes when it was held.
    """
    if Claim.objects.filter(item__booking=booking).exists():
        return
    items = list(booking.items.select_related("resource__venue").order_by("pk"))
    asks = [claims.Ask(item.resource, item.period, item.quantity) for item in items]
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
        states.move(booking, S.REQUESTED)
    confirm(booking, by, "approved")
    return booking


@act
def refuse(by: Person, booking_id: Any, reason: str) -> Booking:
    """A request is refused with a reason, its time free. Raises IllegalMove."""
    booking = locked(booking_id)
    before = booking.state
    states.move(booking, S.REFUSED)
    booking.reason = reason
    end(booking, lambda: booking_changed.announce([booking], before, "refused"))
    record(by, "refuse", booking)
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
