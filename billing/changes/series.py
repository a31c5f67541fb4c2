"""The money of an edited series: what each date cost and will cost, what comes back, and which debts are written anew.

A date that is paid gives back, by the terms of its order, what it no longer costs; one that is owed or asked for owes
what it costs now. One that would cost more than was paid stays as it is: its difference has to be paid first, which is
done for that date by itself. New dates are held, and paid as any held booking is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import Sum

from billing.budgets import draws
from billing.changes.differences import PARTS, kept_by_terms, less_kept, no_more, sale_of
from billing.models import Entry, GivenBack, Order, OrderLine, Payment
from billing.papers.ledger import Sale
from billing.paying import orders, refunds
from billing.paying.credit_limits import heed_limit
from billing.prices.cancellation import percent_back
from billing.prices.priced import Priced
from billing.prices.tariffs import PriceList
from billing.quoting.quotes import heed_allowances, priced
from booking.changing.moves import for_people
from booking.claims import Ask
from booking.judging.reasons import reason
from booking.models import Booking, Series
from booking.repeating.date_changes import GOES, MOVES, Edit, Worth, asks_of, by_itself
from booking.repeating.editing import Prepare, Write
from booking.repeating.plans import Dated
from booking.visible import is_house
from core import terms
from core.errors import Reason
from core.locks import Again, lock_rows, patient_act
from core.locks import Order as Locks
from core.money import ZERO, Money, total
from people.models import Organisation, Person
from people.roles import standing

S = Order.State
UNPAID = (S.PROMISED, S.OWED)


class Books:
    """What is promised, paid and still there of some bookings; five statements for any number of them, and a closer
    look at each of which a part came back before."""

    def __init__(self, bookings: Sequence[Booking]) -> None:
        self.lines: dict[UUID, list[OrderLine]] = defaultdict(list)
        self.payments: dict[UUID, list[UUID]] = defaultdict(list)  # the latest first
        self.sold: dict[UUID, dict[Sale, Money]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        self.spoken: dict[UUID, Money] = defaultdict(lambda: ZERO)
        self.kept: dict[UUID, dict[Sale, Money]] = {}
        self.drawn: draws.Stand = draws.standing(bookings) if bookings else {}
        self.drawn_of = {drawn.booking for drawn in self.drawn.values()}
        if bookings:
            self._read(bookings)

    def _read(self, bookings: Sequence[Booking]) -> None:
        rows = OrderLine.objects.filter(booking__in=bookings).exclude(order__state=S.DROPPED)
        payers = ("order__person", "order__organisation")
        for line in rows.select_related(*payers).order_by("-order__made_at", "position"):
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

    def waits_for_money(self, booking: Booking) -> bool:
        """Whether somebody is about to pay for it, or for a part of it."""
        return bool(self.unpaid(booking)) and (self.is_paid(booking) or booking.state == Booking.State.HELD)

    def payer_of(self, booking: Booking) -> tuple[Person, Organisation | None]:
        """By whose prices it is sold: of what is owed who owes it; else who has it."""
        if owed := self.unpaid(booking):
            return owed[0].order.person, owed[0].order.organisation
        return booking.person, booking.organisation

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
) -> dict[date | UUID, Worth]:
    """What each of these dates costs now, will cost, and gives back; a fixed number of statements, but for a look at the
    agreement of the day where partners share what was paid."""
    bookings = [dated.booking for dated in dates if dated.booking is not None]
    books = Books(bookings)
    asks = [ask for dated in dates for ask in dated.asks]
    asks += [ask for booking in bookings for ask in asks_of(booking)]
    prices = Prices(asks, person, organisation)
    anew = sold_anew(dates, books)
    found: dict[date | UUID, Worth] = {}
    for dated in dates:
        if dated.booking is None:
            found[dated.key] = Worth(after=prices.of(dated.asks, people))
            continue
        found[dated.key] = _worth_of(books, prices, dated, dated.booking, anew.get(dated.booking.pk, Anew()))
    return found


class Prices:
    """What asks cost who asks, together."""

    def __init__(self, asks: Sequence[Ask], person: Person, organisation: Organisation | None) -> None:
        self.list = PriceList({a.resource.pk: a.resource for a in asks}.values(), person, organisation)

    def of(self, asks: Iterable[Ask], heads: int | None) -> Money:
        return total(
            self.list.price(ask.resource, ask.period, quantity=ask.quantity, people=heads).gross
            for ask in asks
        )


class Anew(NamedTuple):
    """A date's lines less what budgets pay of it: as it would be; and, where it is paid, as it is."""

    then: tuple[Priced, ...] = ()
    now: tuple[Priced, ...] = ()


def sold_anew(dates: Sequence[Dated], books: Books) -> dict[UUID, Anew]:
    """By what lines each date that moves and is owed or paid would be sold, by its booking, less what budgets pay: priced
    together with the others of its payer, as an order of them is, for what is left of a budget pays once; what one has of it
    is its own first. Those that are not to move have nothing of what those have that are; of what is paid budgets pay no
    more than they do."""
    groups: dict[tuple[Person, Organisation | None, bool, bool], list[Dated]] = defaultdict(list)
    for dated in dates:
        booking = dated.booking
        if booking is None or dated.change != MOVES or not dated.asks or books.waits_for_money(booking):
            continue
        if (is_paid := books.is_paid(booking)) or books.unpaid(booking):
            groups[*books.payer_of(booking), is_paid, dated.chosen].append(dated)
    found: dict[UUID, Anew] = {}
    for (person, organisation, is_paid, _), those in groups.items():
        had = [dated.booking for dated in those if dated.booking is not None]
        told = [for_people(d.booking, _people_of(d)) for d in those if d.booking is not None]
        instead = {
            item: ask
            for dated, booking in zip(those, had, strict=True)
            for item, ask in zip(sorted(i.pk for i in booking.items.all()), dated.asks, strict=True)
        }
        theirs = no_more(books.drawn) if is_paid else None
        back = None if is_paid else {booking.pk: books.percent(booking) for booking in had}
        then = _by_booking(priced(told, person, organisation, instead, theirs, back=back))
        now = _by_booking(priced(had, person, organisation, None, theirs)) if is_paid else {}
        for booking in had:
            found[booking.pk] = Anew(tuple(then.get(booking.pk, ())), tuple(now.get(booking.pk, ())))
    return found


def _people_of(dated: Dated) -> int | None:
    """How many come, once it is moved."""
    if dated.given is not None:
        return dated.given.people
    return dated.booking.people if dated.booking is not None else None


def _by_booking(lines: Sequence[Priced]) -> dict[UUID, list[Priced]]:
    found: dict[UUID, list[Priced]] = defaultdict(list)
    for line in lines:
        if line.booking is not None:
            found[line.booking.pk].append(line)
    return found


def _by_sale(lines: Sequence[Priced]) -> dict[Sale, Money]:
    found: dict[Sale, Money] = defaultdict(lambda: ZERO)
    for line in lines:
        found[sale_of(line)] += line.gross
    return found


def _worth_of(books: Books, prices: Prices, dated: Dated, booking: Booking, anew: Anew) -> Worth:
    unpaid, is_paid = books.unpaid(booking), books.is_paid(booking)
    # Giving everything up heeds no reason: what was paid comes back all the same.
    if books.waits_for_money(booking):
        against = reason("payment-under-way", way_out=by_itself(booking))
        theirs = books.still_theirs(booking) if dated.change == GOES else {}
        return _gives_back(books, booking, theirs, against)
    part = Decimal(books.percent(booking)) / 100
    if is_paid:
        paid = books.paid(booking)
        if dated.change == GOES:
            return _gives_back(books, booking, books.still_theirs(booking))
        present, asked = _by_sale(anew.now), _by_sale(anew.then)
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
        found = _gives_back(books, booking, {sale: money for sale, money in fall.items() if money > ZERO})
        return found._replace(lines=anew.then)
    if unpaid:
        promised = total(line.gross for line in unpaid)
        if dated.change != GOES:
            return Worth(promised, total(line.gross for line in anew.then), lines=anew.then)
        owed = any(line.order.state == S.OWED for line in unpaid)
        return Worth(promised, promised - promised.times(part) if owed else ZERO)
    after = ZERO if dated.change == GOES else prices.of(dated.asks, _people_of(dated))
    return Worth(prices.of(asks_of(booking), booking.people), after)


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
    back = {d.booking.pk: books.percent(d.booking) for d in changed if d.booking is not None}  # as it was
    made = write(found)
    lock_rows(Locks.ORDERS, Order, {line.order_id for lines in books.lines.values() for line in lines})
    lock_rows(Locks.PAYMENTS, Payment, {pk for found in books.payments.values() for pk in found})
    _rewrite_debts(by, found, changed, books)
    _draw_anew(found, changed, books, back)
    _pay_back(by, found, changed, books)
    return made


def _pay_back(by: Person, found: Edit, changed: Sequence[Dated], books: Books) -> None:
    """What comes back of each date, from its latest payment first; all credit notes are issued at one desk."""
    due: list[tuple[Booking, refunds.Back]] = []
    payments = Payment.objects.in_bulk([pk for found in books.payments.values() for pk in found])
    for dated in changed:
        booking, parts = dated.booking, dict(found.worth[dated.key].parts)
        if booking is not None and parts:
            mine = [payments[pk] for pk in books.payments[booking.pk]]
            backs = refunds.part_of(booking, parts, mine)
            if total(back.amount for back in backs) != total(parts.values()):
                raise Again  # the natura of some was mended between the look and the lock
            due += [(booking, back) for back in backs]
    desk = refunds.desk_for([], [back for _, back in due])
    for booking, back in due:
        refunds.give_all_back(by, booking, [back], "series-changed", desk)


def _rewrite_debts(by: Person, found: Edit, changed: Sequence[Dated], books: Books) -> None:
    """What was promised and not paid is promised anew, by the lines that the edit said; an order's lines never change."""
    touched = {d.booking.pk: d for d in changed if d.booking is not None and books.unpaid(d.booking)}
    ids = {line.order_id for pk in touched for line in books.lines[pk] if line.order.state in UNPAID}
    rows = Order.objects.filter(pk__in=ids, state__in=UNPAID).select_related("person", "organisation")
    has = standing(by)
    for order in rows.order_by("pk"):
        owed = {
            pk: own
            for pk, dated in touched.items()
            if (own := [line for line in books.lines[pk] if line.order_id == order.pk])
        }
        moved = [touched[pk] for pk in owed if touched[pk].change == MOVES]
        anew = [line for dated in moved for line in found.worth[dated.key].lines or ()]
        heed_allowances(anew, order.organisation)
        given_up, kept = [], []
        for pk, own in owed.items():
            for line, part in zip(own, _given_up(own, touched[pk], books), strict=True):
                given_up.append(_copy(line, part))
                kept += [_copy(line, line.gross - part)] if line.gross != part else []
        if order.organisation is not None and not all(
            is_house(has, d.booking) for d in moved if d.booking is not None
        ):
            heed_limit(by, anew, order.organisation, given_up)
        gone = [dated.booking for pk, dated in touched.items() if pk in owed and dated.booking is not None]
        if anew or kept or order.lines.exclude(booking__in=gone).exists():
            orders.make_anew(order, gone, anew, by, kept)
        else:
            orders.drop([order.pk])


def _given_up(own: Sequence[OrderLine], dated: Dated, books: Books) -> list[Money]:
    """What is not owed any more of each of a date's lines: all where it moves, for it is priced anew; where it goes, of all
    of them the part that the terms give back, rounded once."""
    grosses = [line.gross for line in own]
    if dated.change != GOES or dated.booking is None or own[0].order.state != S.OWED:
        return grosses
    back = total(grosses).times(Decimal(books.percent(dated.booking)) / 100)
    return back.split([gross.cents for gross in grosses]) if back else [ZERO for _ in grosses]


def _copy(line: OrderLine, gross: Money) -> OrderLine:
    """The same line for so much of it, not saved."""
    found = copy(line)
    found.gross, found.unit_price = gross, Decimal(gross.cents) / 100
    return found


def _draw_anew(found: Edit, changed: Sequence[Dated], books: Books, back: Mapping[UUID, int]) -> None:
    """Budgets pay of the dates that have moved what the edit said; of what is less, as many percent come back to them."""
    moved = [
        (dated.booking, orders.draws_of(lines))
        for dated in changed
        if dated.change == MOVES and dated.booking is not None
        if (lines := found.worth[dated.key].lines) is not None
    ]
    drawn = [(booking, rows) for booking, rows in moved if rows or booking.pk in books.drawn_of]
    if drawn:
        draws.change_all([(booking, rows, back[booking.pk]) for booking, rows in drawn])
