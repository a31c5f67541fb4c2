"""A hand-over and its money: the receiver pays today's price for them, and the giver has back what the house earns
anew; the rest of what the giver paid by the terms. Both are written together."""

from __future__ import annotations

from uuid import UUID

from billing.changes.differences import Difference, difference, pay_otherwise, unpaid_order
from billing.papers import ledger
from billing.paying import orders, refunds
from billing.paying.refunds import Back, share_of
from billing.prices.cancellation import percent_back
from booking.changing import changes, handing
from booking.changing.changes import WAITS, lock_for
from booking.holding import lapsing
from booking.holding.holds import refuse
from booking.models import Booking, Change, Item
from booking.telling.messages import tell_staff
from core.locks import patient_act
from core.money import Money, total
from people.models import Person
from spaces.layout import takes, units_of


@patient_act
def _accept(by: Person, booking_id: UUID, terms: frozenset[str]) -> Booking:
    booking = lock_for(booking_id, people=[by.pk])
    change = handing.awaited(booking, by)
    orders.lock_orders(booking)
    verdict, asks_staff = handing.judged_for(booking, by, terms, locked=True)
    if verdict.reasons:
        refuse(verdict)
    handing.agree(change, by, terms)
    if asks_staff:
        handing.accepted(change, by, WAITS.APPROVAL)
        tell_staff(booking)
    else:
        go_on(by, booking, change)
    return booking


def accept(by: Person, booking_id: UUID, terms: frozenset[str]) -> Booking:
    """The booking is the receiver's, or waits for their money or for staff. Raises OfferLapsed, Refused, SlotTaken."""
    resources = Item.objects.filter(booking=booking_id).values_list("resource_id", flat=True)
    lapsing.lapse_dead(units_of(takes(resources)))
    return _accept(by, booking_id, terms)


def go_on(by: Person, booking: Booking, change: Change) -> None:
    """Inside an act that locked booking and orders: nobody has to be asked any more; only money may be due."""
    gap = price_for(booking, change)
    if gap.due:
        handing.accepted(change, change.to_person or by, WAITS.PAYMENT)
        return
    backs = givers_back(booking, gap.due)
    pass_on(booking, change, by)
    # What the receiver's budgets pay, the house earns anew: the giver's have theirs back; else by the terms.
    pay_otherwise(by, booking, gap.draws, backs, "handed-over", 100 if gap.draws else None)


def price_for(booking: Booking, change: Change) -> Difference:
    """What the booking costs whoever takes it over."""
    return difference(booking, person=change.to_person)


def givers_back(booking: Booking, earned: Money) -> list[Back]:
    """What the giver has back: as much as the receiver pays, and of what is left over the terms' part."""
    found = []
    for payment in refunds.payments_of(booking):
        takings = ledger.left_of(booking, payment)
        left = total(takings.values())
        whole = min(left, earned)
        earned -= whole
        rest = (left - whole).split([percent := percent_back(payment.order.terms, booking), 100 - percent])
        found.append(share_of(payment, takings, whole + rest[0]))
    return [back for back in found if back.amount]


def pass_on(booking: Booking, change: Change, by: Person | None) -> None:
    """Inside an act: the booking is the receiver's, and the giver owes nothing for it any more."""
    unpaid = unpaid_order(booking)
    if unpaid is not None:
        orders.take_out(unpaid, [booking], booking.person)  # what else it says stays the giver's alone
    handing.pass_on(change, booking, by)


def stand(change: Change, booking: Booking) -> bool:
    """Inside an act, the receiver's money in hand: the booking passes, if nobody thought better of it; else no."""
    if booking.state != Booking.State.CONFIRMED or change.to_person is None:
        return False
    if not changes.may_stand(change, booking):
        return False
    pass_on(booking, change, None)
    return True
