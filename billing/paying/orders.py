"""Orders made, made anew and dropped: their lines never change, so what is owed otherwise is another order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.budgets import draws
from billing.models import Checkout, Match, NoShowFee, Order, OrderLine, PlanPeriod
from billing.prices.cancellation import terms_of
from billing.prices.priced import Priced
from booking.models import Booking, Change
from core import outbox
from core.ids import uuid7
from core.locks import Order as Locks
from core.locks import lock_rows
from core.money import total
from core.words import Words
from people.models import Organisation, Person

CREDITED = Words("Storno: {what}", "Credited: {what}")
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
    """The order has these lines, numbered after so many that it has."""
    rows = [line_of(line) for line in lines]
    for position, row in enumerate(rows, after + 1):
        row.order, row.position = order, position
    OrderLine.objects.bulk_create(rows)


def line_of(found: Priced) -> OrderLine:
    """The line of an order that this is sold by; of which order, and where in it, is not said yet."""
    return OrderLine(
        booking=found.booking,
        item=found.item,
        pass_kind=found.pass_kind,
        plan=found.plan,
        issuer_id=found.issuer,
        partner_id=found.partner,
        description=found.description,
        quantity=1,
        unit="",
        unit_price=Decimal(found.gross.cents) / 100,
        gross=found.gross,
        vat_rate_id=found.vat_rate,
        steps=found.plain()["steps"],
    )


def lock_orders(*bookings: Booking, besides: Iterable[UUID] = ()) -> None:
    """The orders of these bookings, and these besides, are ours until commit. Those that were dropped are locked too:
    by the first that ever named a booking everybody queues who would write it another."""
    mine = OrderLine.objects.filter(booking__in=bookings).values_list("order_id", flat=True)
    lock_rows(Locks.ORDERS, Order, {*mine, *besides})


def make_anew(
    order: Order,
    bookings: Sequence[Booking],
    lines: Sequence[Priced],
    by: Person,
    kept: Sequence[OrderLine] = (),
) -> Order:
    """Inside an act that locked it: an unpaid order gives way to another that says these lines for these bookings (with
    what is `kept` of those that they had), and for all others what it said before; with the same day to pay by. What was
    paid of it in part is paid of the other."""
    others = list(order.lines.exclude(booking__in=bookings).order_by("position"))
    made = _instead_of(order, [*others, *kept], by, lines)
    if made.total and collector_of(made) == collector_of(order):
        Match.objects.filter(order=order, payment=None).update(order=made)
        square_paid([made.pk])
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


def part(order: Order, lines: Sequence[OrderLine], by: Person | None) -> None:
    """Inside an act that locked it: these lines of an order, and no others, are an order's; what else it had is owed by
    another. The lines are moved to it in place."""
    rest = list(order.lines.exclude(pk__in=[line.pk for line in lines]).order_by("position"))
    if not rest:
        return
    fee = NoShowFee.objects.filter(order=order).first()
    others = _instead_of(order, rest, by or order.person)
    made = _instead_of(order, lines, by or order.person)
    # What was agreed then is agreed still: by it a fee or a pass has its month.
    Order.objects.filter(pk__in=[others.pk, made.pk]).update(made_at=order.made_at)
    if fee is not None:
        NoShowFee.objects.filter(pk=fee.pk).update(order=made)
        NoShowFee.objects.create(consequence_id=fee.consequence_id, order=others)
    drop([order.pk])


def credit(order: Order) -> Order | None:
    """Inside an act that locked it: the next monthly bill gives back all that a billed order came to. Once."""
    if order.state != Order.State.BILLED or Order.objects.filter(corrects=order).exclude(
        state=Order.State.DROPPED
    ):
        return None
    made = Order.objects.create(
        person=order.person,
        organisation=order.organisation,
        state=Order.State.OWED,
        total=-order.total,
        corrects=order,
    )
    lines = list(order.lines.order_by("position"))
    for line in lines:
        line.pk, line.order, line._state.adding = uuid7(), made, True
        line.gross, line.unit_price = -line.gross, -line.unit_price
        line.description = CREDITED.say(order.person.language, what=line.description)[:400]
    OrderLine.objects.bulk_create(lines)
    Checkout.objects.create(order=made, made_by=order.person, method="account", state=Checkout.State.DONE)
    return made


def _instead_of(order: Order, kept: Sequence[OrderLine], by: Person, lines: Sequence[Priced] = ()) -> Order:
    """A new order with these lines of an old one and these besides, in its state and under its terms; a plan that is
    among them has begun by it."""
    made = Order.objects.create(
        person=order.person,
        organisation=order.organisation,
        state=order.state,
        total=total([*(line.gross for line in kept), *(line.gross for line in lines)]),
        terms=order.terms,
        due_at=order.due_at,
        corrects=order.corrects,
    )
    for position, line in enumerate(kept, 1):
        line.pk, line.order, line.position = uuid7(), made, position
        line._state.adding = True
    OrderLine.objects.bulk_create(kept)
    if any(line.plan is not None for line in kept):
        # What was sold goes on: by its order is known what is left of it, and that more of it is to be asked for.
        PlanPeriod.objects.filter(order=order).update(order=made)
    write_lines(made, lines, after=len(kept))
    old = Checkout.objects.filter(order=order).first()
    Checkout.objects.create(
        order=made,
        made_by=by,
        method=old.method if old is not None else "none",
        state=Checkout.State.DONE,
    )
    return made


def collector_of(order: Order) -> UUID | None:
    """To whose account it is paid: the issuer of its first line."""
    return order.lines.order_by("position").values_list("issuer_id", flat=True).first()


def square_paid(ids: Iterable[UUID]) -> None:
    """Inside an act that locked these orders: what the bank or a credit paid of them settles them, or is the customer's,
    as far as it is more than is owed."""
    for order in (
        Match.objects.filter(order__in=ids, payment=None).values_list("order_id", flat=True).distinct()
    ):
        outbox.put("billing.paid_in_part", {"order": str(order)})


def drop(ids: Iterable[UUID], why: str = "") -> None:
    """Nothing is owed by these orders any more, and their open pages can no longer be paid; what was paid of them in part
    is the customer's."""
    owed = Order.objects.filter(pk__in=ids, state=Order.State.OWED)
    square_paid(list(owed.values_list("pk", flat=True)))
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
