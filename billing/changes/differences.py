"""What a change of a booking costs or gives back: the price of the new against what the booking stands at.

Compared sale by sale (issuer, partner, rate), for a difference has to end on somebody's document. What somebody has
paid and not been given back counts for them, whatever it was paid for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from billing.budgets import draws
from billing.models import Entry, GivenBack, Order, OrderLine, Payment
from billing.papers import ledger
from billing.papers.ledger import Sale
from billing.paying import refunds
from billing.paying.orders import draws_of
from billing.paying.refunds import Back
from billing.prices.cancellation import percent_back, percent_now
from billing.prices.drawing import AtMost, Bound
from billing.prices.priced import Priced
from billing.prices.steps import Step
from billing.quoting.quotes import Use, priced
from booking.claims import Ask
from booking.models import Booking, Item
from core.locks import Order as Locks
from core.locks import lock_rows
from core.money import ZERO, Money, total
from core.words import Words
from people.models import Organisation, Person

# Why money came back for a part of a booking that then stood for the rest.
PARTS = ("moved", "given-back", "series-changed")
WITHOUT_END = Money(10**9)
MORE = Words("Differenza: {what}", "Difference: {what}")


@dataclass(frozen=True, slots=True)
class Difference:
    """The lines still to pay, and by sale what has been paid too much."""

    price: Money
    more: list[Priced]
    less: dict[Sale, Money]
    draws: list[dict[str, Any]]  # what budgets pay of all of it, as an order keeps it

    @property
    def due(self) -> Money:
        return total(line.gross for line in self.more)

    @property
    def spare(self) -> Money:
        return total(self.less.values())


def paid_by_sale(booking: Booking) -> dict[Sale, Money]:
    """What whoever has the booking has paid for it and not been given back, or a monthly bill says."""
    found: dict[Sale, Money] = defaultdict(lambda: ZERO)
    billed = Entry.objects.filter(booking=booking, payment=None, order__state=Order.State.BILLED)
    for entry in billed.filter(order__person=booking.person_id):
        found[_sale_of(entry)] += entry.gross
    for payment in refunds.payments_of(booking):
        for taking, money in ledger.left_of(booking, payment).items():
            found[taking.sale] += money
    return found


def kept_by_terms(booking: Booking) -> dict[Sale, Money]:
    """What the terms kept of parts given up before, by sale, as far as the booking has not grown into it again. It was
    theirs to give up once: no later act gives a part of it back."""
    most: dict[Sale, Money] = defaultdict(lambda: ZERO)
    rows = Entry.objects.filter(
        booking=booking, refund__reason__in=PARTS, payment__in=refunds.payments_of(booking)
    )
    for entry in rows.select_related("order", "refund"):
        if entry.order is None or entry.refund is None:
            continue
        percent = percent_back(entry.order.terms, booking, entry.refund.made_at)
        whole = entry.gross.times(Decimal(-100) / percent) if percent else WITHOUT_END
        most[_sale_of(entry)] += whole + entry.gross
    if not most:
        return {}
    paid = paid_by_sale(booking)
    theirs = no_more(draws.standing([booking]))
    present = _by_sale(priced([booking], booking.person, booking.organisation, None, theirs))
    found = {}
    for sale, kept in most.items():
        price = total(line.gross for line in present.get(sale, []))
        if (still := min(kept, paid.get(sale, ZERO) - price)) > ZERO:
            found[sale] = still
    return found


def backs_of_all(booking: Booking, at: datetime | None = None) -> list[refunds.Back]:
    """What cancelling gives back by the terms (at an instant; default: now), of what it is still paid for."""
    kept = kept_by_terms(booking)
    given_up = {sale: money - kept.get(sale, ZERO) for sale, money in paid_by_sale(booking).items()}
    return refunds.part_by_terms(booking, given_up, at)


def _sale_of(entry: Entry) -> Sale:
    return Sale(entry.issuer_id, entry.partner_id, entry.rate, entry.natura)


def difference(
    booking: Booking,
    instead: Mapping[UUID, Ask] | None = None,
    *,
    person: Person | None = None,
    organisation: Organisation | None = None,
    use: Use | None = None,
) -> Difference:
    """What the booking would still cost, or has been paid too much, as it is, with other asks `instead`, or by its `use`.

    For another `person` (to whom it may be handed over) nothing has been paid.
    """
    if person is not None:
        lines = priced([booking], person, organisation, instead)
        return Difference(total(line.gross for line in lines), lines, {}, draws_of(lines))
    paid = _free_to_use(booking, paid_by_sale(booking))
    # A pass bought since is not drawn by a move, nor hours that it has had back, nor the money given back.
    has = draws.standing([booking]) if paid else {}
    theirs = no_more(has, _lengths(booking, instead, use)) if paid else None
    lines = priced([booking], booking.person, booking.organisation, instead, theirs, use)
    price = total(line.gross for line in lines)
    if not paid:
        return Difference(price, [line for line in lines if line.gross], {}, draws_of(lines))
    coming = _by_sale(lines)
    present = coming
    if instead or use is not None:
        before = replace(use, periods={}) if use is not None else None
        own = no_more(has)
        present = _by_sale(priced([booking], booking.person, booking.organisation, None, own, before))
    more, less = [], {}
    for sale in sorted({*coming, *paid}, key=str):
        found = coming.get(sale, [])
        cost = total(line.gross for line in found)
        gap = cost - paid.get(sale, ZERO)
        # What the terms kept of a part given up before is not given up again: only what the price falls by.
        fall = total(line.gross for line in present.get(sale, [])) - cost
        if gap > ZERO:
            more.append(_of_the_difference(found[0], gap))
        elif (given_up := min(-gap, fall)) > ZERO:
            less[sale] = given_up
    return Difference(price, more, less, draws_of(lines))


def no_more(has: draws.Stand, lengths: Mapping[UUID, tuple[int, int]] | None = None) -> AtMost:
    """At most what budgets pay where money has paid as well, and pays no second time: what they have (`has`) paid, and of
    what is added, by the `lengths` of items before and after, as much as of what they pay."""
    found = {}
    for (budget, item), drawn in has.items():
        before, after = (lengths or {}).get(item, (0, 0))
        if not before or not drawn.minutes or not drawn.listed:
            found[budget, item] = Bound(drawn.units)
            continue
        more = ceil(Fraction(drawn.units * max(after - before, 0), drawn.minutes))
        price = Money(ceil(Fraction(drawn.listed.cents * before, drawn.minutes)))
        found[budget, item] = Bound(drawn.units, more, price, Fraction(drawn.units, drawn.listed.cents))
    return found


def _lengths(
    booking: Booking, instead: Mapping[UUID, Ask] | None, use: Use | None
) -> dict[UUID, tuple[int, int]]:
    """How many minutes, times how many of it, each item has and would have."""
    found = {}
    for item in booking.items.all() if instead or use is not None else ():
        ask = (instead or {}).get(item.pk, item)
        period = use.periods.get(item.pk, ask.period) if use is not None else ask.period
        found[item.pk] = item.period.minutes * item.quantity, period.minutes * ask.quantity
    return found


def spoken_for(booking: Booking) -> Money:
    """What is kept for time given back, as long as others may still pay for it: it may yet be credited."""
    rows = GivenBack.objects.filter(booking=booking, person=booking.person_id, closed_at=None)
    return total(given.kept for given in rows)


def _free_to_use(booking: Booking, paid: dict[Sale, Money]) -> dict[Sale, Money]:
    return less_kept(paid, spoken_for(booking))


def less_kept(paid: dict[Sale, Money], kept: Money) -> dict[Sale, Money]:
    """What was paid by sale, without so much that is kept of all of it."""
    kept = min(kept, total(paid.values()))
    if not kept:
        return paid
    parts = kept.split([money.cents for money in paid.values()])
    return {sale: money - part for (sale, money), part in zip(paid.items(), parts, strict=True)}


def _by_sale(lines: Sequence[Priced]) -> dict[Sale, list[Priced]]:
    found: dict[Sale, list[Priced]] = defaultdict(list)
    for line in lines:
        found[sale_of(line)].append(line)
    return found


def sale_of(line: Priced) -> Sale:
    """Whose sale a priced line is, and at which VAT: differences are told sale by sale (docs/adr/0011)."""
    return Sale(line.issuer, line.partner, line.price.vat.rate, line.price.vat.natura)


def _of_the_difference(line: Priced, gap: Money) -> Priced:
    """One line for all that a sale grows by; its steps would explain another amount."""
    price = replace(line.price, gross=gap, steps=(Step("difference", amount=gap),))
    return replace(line, gross=gap, description=MORE.say(what=line.description), price=price, draws=())


def instead_of(items: Sequence[Item], asks: Sequence[Ask]) -> dict[UUID, Ask]:
    """What each item would have, by the item's id; both in one order."""
    return {item.pk: ask for item, ask in zip(items, asks, strict=True)}


def unpaid_order(booking: Booking) -> Order | None:
    """The order by which the booking is promised or owed, if it is not paid; also what a change left owed."""
    return unpaid_orders([booking]).get(booking.pk)


def unpaid_orders(bookings: Sequence[Booking]) -> dict[UUID, Order]:
    """The same for each of these bookings that has one; one statement."""
    promised = Q(order__state=Order.State.PROMISED, order__change=None)
    lines = OrderLine.objects.filter(
        promised | Q(order__state=Order.State.OWED, order__corrects=None),
        booking__in=bookings,
        order__person=F("booking__person"),
    )
    found: dict[UUID, Order] = {}
    for line in lines.select_related("order").order_by("order__made_at"):
        if line.booking_id is not None:
            found[line.booking_id] = line.order
    return found


def promised_of(booking: Booking) -> Money:
    """What is promised or owed for the booking and not paid."""
    unpaid = unpaid_order(booking)
    return total(line.gross for line in unpaid.lines.filter(booking=booking)) if unpaid is not None else ZERO


def pay_otherwise(
    by: Person | None,
    booking: Booking,
    rows: Iterable[Mapping[str, Any]],
    backs: Sequence[Back],
    why: str,
    percent: int | None = None,
) -> None:
    """Inside an act that locked booking and orders: budgets pay these of it from now on, what is less comes back to
    them by the terms (or `percent`), and these refunds are due. Raises BudgetSpent."""
    lock_rows(Locks.PAYMENTS, Payment, [back.payment.pk for back in backs])
    draws.change(booking, rows, percent_now(booking) if percent is None else percent)
    refunds.give_all_back(by, booking, backs, why, refunds.desk_for([], backs))
