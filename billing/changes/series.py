"""The money of an edited series: what each date cost and will cost, what comes back, and which debts are written anew.

A date that is paid gives back, by the terms of its order, what it no longer costs; one that is owed or asked for owes
what it costs now. One that would cost more than was paid stays as it is: its difference has to be paid first, which is
done for that date by itself. New dates are held, and paid as any held booking is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from billing.budgets import draws
from billing.changes.differences import PARTS, kept_by_terms, less_kept
from billing.models import Checkout, Entry, GivenBack, Order, OrderLine, Payment
from billing.papers.ledger import Sale
from billing.paying import refunds
from billing.paying.credit_limits import heed_limit
from billing.paying.orders import draws_of, line_of
from billing.prices.cancellation import percent_back
from billing.prices.priced import Priced, issuers_by_partner, parts_of
from billing.prices.pricing import Price
from billing.prices.tariffs import PriceList
from billing.quoting.quotes import heed_allowances, priced
from booking.claims import Ask
from booking.judging.reasons import reason
from booking.models import Booking, Series
from booking.repeating.date_changes import GOES, MOVES, Edit, Worth, asks_of, by_itself
from booking.repeating.editing import Prepare, Write
from booking.repeating.plans import Dated
from booking.visible import is_house
from core import outbox, terms
from core.errors import Reason
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act
from core.money import ZERO, Money, total
from people.models import Organisation, Person
from people.roles import standing

S = Order.State
UNPAID = (S.PROMISED, S.OWED)


class Books:
    """What is promised, paid and still there of some bookings; four statements for any number of them, and a closer
    look at each of which a part came back before."""

    def __init__(self, bookings: Sequence[Booking]) -> None:
        self.lines: dict[UUID, list[OrderLine]] = defaultdict(list)
        self.payments: dict[UUID, list[UUID]] = defaultdict(list)  # the latest first
        self.sold: dict[UUID, dict[Sale, Money]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        self.spoken: dict[UUID, Money] = defaultdict(lambda: ZERO)
        self.kept: dict[UUID, dict[Sale, Money]] = {}
        if bookings:
            self._read(bookings)

    def _read(self, bookings: Sequence[Booking]) -> None:
        rows = OrderLine.objects.filter(booking__in=bookings).exclude(order__state=S.DROPPED)
        for line in rows.select_related("order").order_by("-order__made_at", "position"):
            if line.booking_id is not None:
                self.lines[line.booking_id].append(line)
        entries = Entry.objects.filter(booking__in=bookings, payment__isnull=False)
        sums = entries.values_list(
            "booking_id", "payment_id", "issuer_id", "partner_id", "rate", "natura"
        ).annotate(sum=Sum("gross"))
        for booking, payment, issuer, partner, rate, natura, left in sums.order_by("-payment__made_at"):
            money = left if isinstance(left, Money) else Money(int(left or 0))
            if money.cents > 0 and booking is not None and payment is not None:
                if payment not in self.payments[booking]:
                    self.payments[booking].append(payment)
                self.sold[booking][Sale(issuer, partner, rate, natura)] += money
        parts = set(entries.filter(refund__reason__in=PARTS).values_list("booking_id", flat=True))
        given = GivenBack.objects.filter(booking__in=bookings, closed_at=None).values_list(
            "booking_id", "kept"
        )
        for booking, kept in given:
            self.spoken[booking] += kept
        self.kept = {b.pk: kept_by_terms(b) for b in bookings if b.pk in parts}

    def unpaid(self, booking: Booking) -> list[OrderLine]:
        return [line for line in self.lines[booking.pk] if line.order.state in UNPAID]

    def is_paid(self, booking: Booking) -> bool:
        return any(line.order.state == S.PAID for line in self.lines[booking.pk])

    def paid(self, booking: Booking) -> Money:
        """What was paid for it and has not come back."""
        return total(self.sold[booking.pk].values())

    def still_theirs(self, booking: Booking) -> dict[Sale, Money]:
        """Of that, by sale, what the terms have not kept already of parts given up before."""
        kept = self.kept.get(booking.pk, {})
        return {sale: money - kept.get(sale, ZERO) for sale, money in self.sold[booking.pk].items()}

    def percent(self, booking: Booking) -> int:
        """What cancelling gives back now, by the terms of the day when it was promised."""
        lines = self.lines[booking.pk]
        return percent_back(lines[-1].order.terms, booking) if lines else 100


@terms.perform("series.worth")
def worth(
    dates: Sequence[Dated], person: Person, organisation: Organisation | None, people: int | None
) -> dict[date, Worth]:
    """What each of these dates costs now, will cost, and gives back; a fixed number of statements, but for a look at the
    agreement of the day where partners share what was paid."""
    bookings = [dated.booking for dated in dates if dated.booking is not None]
    books = Books(bookings)
    asks = [ask for dated in dates for ask in dated.asks]
    asks += [ask for booking in bookings for ask in asks_of(booking)]
    prices = Prices(asks, person, organisation)
    found: dict[date, Worth] = {}
    for dated in dates:
        if dated.booking is None:
            found[dated.on] = Worth(after=prices.of(dated.asks, people))
            continue
        # A date that goes may have the day of one that is new elsewhere: goes are found by their booking.
        found[dated.on] = _worth_of(books, prices, dated, dated.booking)
    return found


class Prices:
    """What asks cost who asks: together, and by whose sale it would be."""

    def __init__(self, asks: Sequence[Ask], person: Person, organisation: Organisation | None) -> None:
        self.list = PriceList({a.resource.pk: a.resource for a in asks}.values(), person, organisation)
        self.issuers = issuers_by_partner()

    def _one(self, ask: Ask, heads: int | None) -> Price:
        return self.list.price(ask.resource, ask.period, quantity=ask.quantity, people=heads)

    def of(self, asks: Iterable[Ask], heads: int | None) -> Money:
        return total(self._one(ask, heads).gross for ask in asks)

    def by_sale(self, asks: Iterable[Ask], heads: int | None) -> dict[Sale, Money]:
        found: dict[Sale, Money] = defaultdict(lambda: ZERO)
        for ask in asks:
            price = self._one(ask, heads)
            if price.vat_rate_id is None:
                continue
            for side, part in parts_of(ask.resource, price.gross, ask.period):
                vat = price.vat
                found[Sale(self.issuers[side.issuing], side.earning, vat.rate, vat.natura)] += part
        return found


def _worth_of(books: Books, prices: Prices, dated: Dated, booking: Booking) -> Worth:
    heads = booking.people
    to_come = dated.given.people if dated.given is not None else heads
    unpaid, is_paid = books.unpaid(booking), books.is_paid(booking)
    # Giving everything up heeds no reason: what was paid comes back all the same.
    under_way = unpaid and (is_paid or booking.state == Booking.State.HELD)
    if under_way:
        against = reason("payment-under-way", way_out=by_itself(booking))
        theirs = books.still_theirs(booking) if dated.change == GOES else {}
        return _gives_back(books, booking, theirs, against)
    part = Decimal(books.percent(booking)) / 100
    if is_paid:
        paid = books.paid(booking)
        if dated.change == GOES:
            return _gives_back(books, booking, books.still_theirs(booking))
        present = prices.by_sale(asks_of(booking), heads)
        asked = prices.by_sale(dated.asks, to_come)
        free = less_kept(dict(books.sold[booking.pk]), books.spoken[booking.pk])
        # Sale by sale (docs/adr/0011): what one partner has too much pays nothing of what another has yet to get.
        if any(cost > free.get(sale, ZERO) for sale, cost in asked.items()):
            against = reason("dearer-than-paid", way_out=by_itself(booking))
            return Worth(paid, total(asked.values()), reason=against)
        # What the terms kept of a part given up before is not given up again: only what the price falls by.
        fall = {
            sale: min(left - asked.get(sale, ZERO), present.get(sale, ZERO) - asked.get(sale, ZERO))
            for sale, left in free.items()
        }
        return _gives_back(books, booking, {sale: money for sale, money in fall.items() if money > ZERO})
    asked_now = prices.of(dated.asks, to_come)
    if unpaid:
        promised = total(line.gross for line in unpaid)
        if dated.change != GOES:
            return Worth(promised, asked_now)
        owed = any(line.order.state == S.OWED for line in unpaid)
        return Worth(promised, promised - promised.times(part) if owed else ZERO)
    return Worth(prices.of(asks_of(booking), heads), ZERO if dated.change == GOES else asked_now)


def _gives_back(
    books: Books, booking: Booking, given_up: Mapping[Sale, Money], against: Reason | None = None
) -> Worth:
    """Of what is given up by sale the terms give back their part: rounded once, as that of a booking by itself is."""
    paid, all_of_it = books.paid(booking), total(given_up.values())
    back = all_of_it.times(Decimal(books.percent(booking)) / 100)
    parts = back.split([money.cents for money in given_up.values()]) if back else []
    return Worth(paid, paid - back, back, against, tuple(zip(given_up, parts, strict=False)))


# -- the act -----------------------------------------------------------------------------------------------


@terms.perform("series.edit")
@patient_act
def edit(by: Person, prepare: Prepare, write: Write) -> Series:
    """The series is edited and its money follows, in one transaction. Raises CreditSpent."""
    found = prepare()
    changed = [d for d in found.dates if d.chosen and d.booking is not None and d.change in (GOES, MOVES)]
    books = Books([d.booking for d in changed if d.booking is not None])
    made = write(found)
    orders = {line.order_id for lines in books.lines.values() for line in lines}
    lock_rows(Locks.ORDERS, Order, orders)
    lock_rows(Locks.PAYMENTS, Payment, {pk for found in books.payments.values() for pk in found})
    _rewrite_debts(by, changed, books)
    _pay_back(by, found, changed, books)
    return made


def _pay_back(by: Person, found: Edit, changed: Sequence[Dated], books: Books) -> None:
    """What comes back of each date, from its latest payment first; all credit notes are issued at one desk."""
    due: list[tuple[Booking, refunds.Back]] = []
    payments = Payment.objects.in_bulk([pk for found in books.payments.values() for pk in found])
    for dated in changed:
        booking, parts = dated.booking, dict(found.worth[dated.on].parts)
        if booking is not None and parts:
            mine = [payments[pk] for pk in books.payments[booking.pk]]
            due += [(booking, back) for back in refunds.part_of(booking, parts, mine)]
    desk = refunds.desk_for([], [back for _, back in due])
    for booking, back in due:
        refunds.give_all_back(by, booking, [back], "series-changed", desk)


def _rewrite_debts(by: Person, changed: Sequence[Dated], books: Books) -> None:
    """What was promised and not paid is promised anew, at what it costs now; an order's lines never change."""
    touched = {d.booking.pk: d for d in changed if d.booking is not None and books.unpaid(d.booking)}
    orders = {line.order_id for pk in touched for line in books.lines[pk] if line.order.state in UNPAID}
    drawn: list[Priced] = []
    has = standing(by)
    for order in (
        Order.objects.filter(pk__in=orders, state__in=UNPAID)
        .select_related("person", "organisation")
        .order_by("pk")
    ):
        moved = [d.booking for d in touched.values() if d.change == MOVES and d.booking is not None]
        fresh: dict[UUID, list[Priced]] = defaultdict(list)
        anew = priced(moved, order.person, order.organisation)
        heed_allowances(anew, order.organisation)
        if order.organisation is not None and not all(is_house(has, booking) for booking in moved):
            mine = set(order.lines.values_list("booking_id", flat=True))
            owed_anew = [line for line in anew if line.booking is not None and line.booking.pk in mine]
            heed_limit(by, owed_anew, order.organisation, _given_up_of(order, touched, books))
        for line in anew:
            if line.booking is not None:
                fresh[line.booking.pk].append(line)
                drawn.append(line)
        _replace(by, order, touched, fresh, books)
    for pk in {line.booking.pk for line in drawn if line.booking is not None}:
        booking = next(line.booking for line in drawn if line.booking is not None and line.booking.pk == pk)
        draws.change(booking, draws_of([line for line in drawn if line.booking == booking]))


def _given_up(line: OrderLine, dated: Dated, books: Books) -> Money:
    """What is not owed any more of a line of a date that moves, for it is priced anew, or that goes."""
    if dated.change != GOES or dated.booking is None or line.order.state != S.OWED:
        return line.gross
    return line.gross.times(Decimal(books.percent(dated.booking)) / 100)


def _given_up_of(order: Order, touched: Mapping[UUID, Dated], books: Books) -> list[OrderLine]:
    rows = order.lines.filter(booking__in=touched).select_related("order")
    return [_copy(line, _given_up(line, touched[line.booking_id], books)) for line in rows if line.booking_id]


def _replace(
    by: Person,
    order: Order,
    touched: Mapping[UUID, Dated],
    fresh: Mapping[UUID, Sequence[Priced]],
    books: Books,
) -> None:
    lines: list[OrderLine] = []
    written: set[UUID] = set()
    for line in order.lines.select_related("order").order_by("position"):
        dated = touched.get(line.booking_id) if line.booking_id else None
        if dated is None or dated.booking is None:
            lines.append(_copy(line, line.gross))
        elif dated.change == GOES:
            if kept := line.gross - _given_up(line, dated, books):
                lines.append(_copy(line, kept))
        elif dated.booking.pk not in written:
            written.add(dated.booking.pk)
            lines += [line_of(found) for found in fresh[dated.booking.pk]]
    state = order.state
    order.state = S.DROPPED
    order.save(update_fields=["state"])
    outbox.put("billing.close_session", {"order": str(order.pk)})
    if not lines:
        return
    amount = total(line.gross for line in lines)
    new = Order.objects.create(
        person=order.person,
        organisation=order.organisation,
        total=amount,
        terms=order.terms,
        due_at=order.due_at,
        state=state if amount or state == S.PROMISED else S.PAID,
    )
    for position, line in enumerate(lines, 1):
        line.order, line.position = new, position
    OrderLine.objects.bulk_create(lines)
    before = Checkout.objects.filter(order=order).first()
    Checkout.objects.create(
        order=new, made_by=by, method=before.method if before else "none", state=Checkout.State.DONE
    )
    if new.state == S.OWED:
        outbox.put("billing.payment_request", {"order": str(new.pk)}, key=f"owed:{new.pk}")


def _copy(line: OrderLine, gross: Money) -> OrderLine:
    return OrderLine(
        booking_id=line.booking_id,
        item_id=line.item_id,
        issuer_id=line.issuer_id,
        partner_id=line.partner_id,
        description=line.description,
        quantity=1,
        unit="",
        unit_price=Decimal(gross.cents) / 100,
        gross=gross,
        vat_rate_id=line.vat_rate_id,
        steps=line.steps,
    )
