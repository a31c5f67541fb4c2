"""A change of a booking as checkout and settlement see it: who pays which lines, and what happens when they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from billing.changes import handing, moves
from billing.changes.differences import Difference, difference, instead_of, promised_of
from billing.models import Order
from billing.papers import documents
from billing.paying import refunds
from billing.paying.refunds import Back
from billing.prices.priced import Priced
from booking.changing.moves import (
    Where,
    asks_for,
    for_people,
    items_of,
    pending_of,
    people_in,
    where_in,
)
from booking.models import Booking, Change, Item
from core import terms
from core.errors import HoldLapsed
from core.money import Money, total
from people.models import Organisation, Person

KIND = Change.Kind
REASON: dict[str, str] = {KIND.MOVE: "moved", KIND.HAND_OVER: "handed-over"}


def to_pay(booking: Booking) -> Change:
    """The change of this booking that waits for money. Raises HoldLapsed."""
    change = pending_of(booking)
    if change is None or change.waits_for != Change.WaitsFor.PAYMENT:
        raise HoldLapsed
    return change


def lines_of(booking: Booking, change: Change) -> list[Priced]:
    """What the change costs now, line by line."""
    if change.kind == KIND.HAND_OVER:
        return handing.price_for(booking, change).more
    return moves.of_change(booking, change).more


def draws_of(booking: Booking, change: Change) -> list[dict[str, Any]]:
    """What budgets pay of the booking as the change makes it."""
    if change.kind == KIND.HAND_OVER:
        return handing.price_for(booking, change).draws
    return moves.of_change(booking, change).draws


def payer_of(booking: Booking, change: Change) -> tuple[Person, Organisation | None]:
    """Who pays for what the change adds: whoever takes the booking over, else its own person or body."""
    if change.kind == KIND.HAND_OVER and change.to_person is not None:
        return change.to_person, None
    return booking.person, booking.organisation


def stand(change: Change, booking: Booking) -> bool:
    """Inside an act: the change is done; or nothing is changed and the answer is no."""
    if change.kind == KIND.HAND_OVER:
        return handing.stand(change, booking)
    return moves.stand(change, booking)


def backs_of(order: Order, bookings: Sequence[Booking]) -> list[Back]:
    """What the change that this order pays gives back at once: to the giver of a hand-over, or where a move makes one
    partner's sale smaller and another's larger. To be asked before it stands."""
    change = order.change
    if change is None or order.state == Order.State.OWED or change.state == Change.State.SETTLED:
        return []
    (booking,) = bookings
    if change.kind == KIND.HAND_OVER:
        return handing.givers_back(booking, order.total)
    return refunds.part_by_terms(booking, moves.of_change(booking, change).less)


def desk_of(order: Order, backs: Sequence[Back]) -> documents.Desk | None:
    """One desk for the order's documents and the credit notes of these refunds, whose payments are locked; None if there
    are none."""
    if not backs:
        return None
    return refunds.desk_for(documents.kinds_of(order), backs)


# -- what booking shows and does not know -------------------------------------------------------------------


@terms.perform("booking.price-of-move")
def price_of_move(booking: Booking, where: Where, items: Sequence[Item]) -> Money:
    """What another time would cost besides, or minus what it would give back; a debt that would be less is so much less."""
    gap = difference(booking, instead_of(items, asks_for(booking, where, items)))
    return to_pay_besides(booking, gap) - total(b.amount for b in refunds.part_by_terms(booking, gap.less))


def to_pay_besides(booking: Booking, gap: Difference) -> Money:
    """What the difference adds to what is promised or owed for the booking already: less than nothing where it takes of it."""
    return gap.due - promised_of(booking)


@terms.perform("booking.price-for")
def price_for(booking: Booking, person: Person) -> Money:
    """What the booking would cost this person."""
    return difference(booking, person=person).price


@terms.include("bkg", "change_price")
def change_price(bookings: Sequence[Booking], person: Any) -> dict[UUID, Any]:
    """For each booking with a change that takes another time or person: what it costs."""
    found: dict[UUID, Any] = {}
    for booking in bookings:
        change = pending_of(booking)
        if change is None:
            continue
        if change.kind == KIND.HAND_OVER:
            found[booking.pk] = (
                difference(booking, person=change.to_person).price if change.to_person else None
            )
        else:
            told = for_people(booking, people_in(change, booking))
            found[booking.pk] = price_of_move(told, where_in(change), items_of(booking))
    return found
