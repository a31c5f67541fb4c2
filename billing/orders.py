"""Orders made, made anew and dropped: their lines never change, so what is owed otherwise is another order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing import draws
from billing.models import Checkout, Order, OrderLine
from billing.quotes import Priced, terms_of
from booking.models import Booking, Change
from core import outbox
from core.ids import uuid7
from core.locks import Order as Locks
from core.locks import lock_rows
from core.money import total
from people.models import Organisation, Person

STAND = (Booking.State.REQUESTED, Booking.State.CONFIRMED)


def new_order(
    person: Person,
    organisation: Organisation | None,
    bookings: Sequence[Booking],
    lines: Sequence[Priced],
    change: Change | None = None,
) -> Order:
    """What these lines promise, under the cancellation terms of today."""
    order = Order.objects.create(
        person=person,
        organisation=organisation,
        total=total(line.gross for line in lines),
        terms=terms_of(bookings),
        draws=draws_of(lines),
        change=change,
    )
    write_lines(order, lines)
    return order


def draws_of(lines: Iterable[Priced]) -> list[dict[str, Any]]:
    """What budgets pay of these lines, as an order keeps it."""
    return [
        row
        for line in lines
        if line.booking is not None and line.item is not None
        for row in draws.as_rows(line.booking.pk, line.item.pk, line.draws)
    ]


def write_lines(order: Order, lines: Sequence[Priced], after: int = 0) -> None:
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=position,
            booking=line.booking,
            item=line.item,
            pass_kind=line.pass_kind,
            plan=line.plan,
            issuer_id=line.issuer,
            partner_id=line.partner,
            description=line.description,
            quantity=1,
            unit="",
            unit_price=Decimal(line.gross.cents) / 100,
            gross=line.gross,
            vat_rate_id=line.vat_rate,
            steps=line.plain()["steps"],
        )
        for position, line in enumerate(lines, after + 1)
    )


def lock_orders(*bookings: Booking, besides: Iterable[UUID] = ()) -> None:
    """The orders of these bookings, and these besides, are ours until commit. Those that were dropped are locked too:
    by the first that ever named a booking everybody queues who would write it another."""
    mine = OrderLine.objects.filter(booking__in=bookings).values_list("order_id", flat=True)
    lock_rows(Locks.ORDERS, Order, {*mine, *besides})


def make_anew(order: Order, bookings: Sequence[Booking], lines: Sequence[Priced], by: Person) -> Order:
    """Inside an act that locked it: an unpaid order gives way to another that says these lines for these bookings, and
    for all others what it said before; with the same day to pay by."""
    others = list(order.lines.exclude(booking__in=bookings).order_by("position"))
    made = _instead_of(order, others, by, lines)
    drop([order.pk])
    if not made.total and made.state == Order.State.OWED:
        made.state = Order.State.PAID
        made.save(update_fields=["state"])
    if made.state == Order.State.OWED:
        outbox.put("billing.payment_request", {"order": str(made.pk)}, key=f"owed:{made.pk}")
    return made


def without_asked(order: Order, by: Person) -> Order:
    """Inside an act that locked it: the promise of what stands of this one. What staff have still to decide on stays
    promised by an order of its own, so that nobody owes or pays for a date that may yet be refused."""
    lines = list(order.lines.order_by("position"))
    asked = Booking.objects.filter(order_lines__order=order, state=Booking.State.REQUESTED)
    waiting = set(asked.values_list("pk", flat=True))
    if order.state != Order.State.PROMISED or not waiting:
        return order
    stands = [line for line in lines if line.booking_id not in waiting]
    _instead_of(order, [line for line in lines if line.booking_id in waiting], by)
    made = _instead_of(order, stands, by)
    drop([order.pk])
    return made


def _instead_of(order: Order, kept: Sequence[OrderLine], by: Person, lines: Sequence[Priced] = ()) -> Order:
    """A new order with these lines of an old one and these besides, in its state and under its terms."""
    made = Order.objects.create(
        person=order.person,
        organisation=order.organisation,
        state=order.state,
        total=total([*(line.gross for line in kept), *(line.gross for line in lines)]),
        terms=order.terms,
        due_at=order.due_at,
    )
    for position, line in enumerate(kept, 1):
        line.pk, line.order, line.position = uuid7(), made, position
        line._state.adding = True
    OrderLine.objects.bulk_create(kept)
    write_lines(made, lines, after=len(kept))
    old = Checkout.objects.filter(order=order).first()
    Checkout.objects.create(
        order=made,
        made_by=by,
        method=old.method if old is not None else "none",
        state=Checkout.State.DONE,
    )
    return made


def drop(ids: Iterable[UUID], why: str = "") -> None:
    """Nothing is owed by these orders any more, and their open pages can no longer be paid."""
    for order in Order.objects.filter(pk__in=ids, state__in=[Order.State.PROMISED, Order.State.OWED]):
        order.state = Order.State.DROPPED
        order.save(update_fields=["state"])
        Checkout.objects.filter(order=order, state=Checkout.State.AWAITING_PAYMENT).update(
            state=Checkout.State.LAPSED, why=why or "hold-lapsed"
        )
        outbox.put("billing.close_session", {"order": str(order.pk)})


def take_out(order: Order, bookings: Sequence[Booking], by: Person) -> None:
    """Inside an act that locked it: nothing is owed for these bookings any more; its order's others, and what else it
    sold, are owed or promised as before, but for what is only held: that is asked for anew."""
    gone = [booking.pk for booking in bookings]
    others = Booking.objects.filter(order_lines__order=order, state__in=STAND).exclude(pk__in=gone)
    owed_besides = order.state == Order.State.OWED and order.lines.filter(booking=None).exists()
    if owed_besides or others.exists():
        make_anew(order, bookings, [], by)
    else:
        drop([order.pk])


def drop_promised(bookings: Sequence[Booking], but: Order | None = None) -> None:
    """Inside an act that locked their orders: what was promised for any of these bookings, and not paid, is no more,
    but for this one order."""
    promised = Order.objects.filter(lines__booking__in=bookings, change=None, state=Order.State.PROMISED)
    drop(set(promised.values_list("pk", flat=True)) - {but.pk if but is not None else None})


def drop_of_change(change_ids: Iterable[Any]) -> None:
    """Changes that are over take their unpaid orders with them."""
    promised = Order.objects.filter(change__in=list(change_ids), state=Order.State.PROMISED)
    drop(list(promised.values_list("pk", flat=True)))
