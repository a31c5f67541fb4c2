"""What the books say of a consortium's month: read in a dozen statements, however many documents there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import (
    DateField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce, TruncDate

from billing.freeze import ITALY
from billing.models import Budget, CostItem, Draw, Entry, Order, OrderLine, Payment, SplitRule
from billing.registers import cents
from billing.sharing import AllowanceUse, Cost, Facts, Rule, Stretch, Taking, Waived, stretches
from billing.tariffs import PriceList
from booking.models import Booking, Item
from core.errors import DoesNotSquare, Reason
from core.money import ZERO, Money
from core.periods import local_day, next_month
from core.words import Words
from people.consortium import shares_of
from people.models import Agreement, Consortium, Partner
from spaces.models import Resource

NO_AGREEMENT = Words("il {day} non vale nessun accordo", "no agreement is in force on {day}")
NO_LEAD = Words("manca la mandataria", "there is no lead partner")
APART = {Resource.Issuing.OWNER, Resource.Issuing.SHARE}
SALE, REFUND = Entry.Kind.SALE, Entry.Kind.REFUND


class Terms:
    """The versions of the agreement and the rules, read once; stretches of days are made of them.

    With drafts, as if those had been written for `first_on`, and nothing for the same after them.
    """

    def __init__(
        self, consortium: Consortium, drafts: Sequence[Rule] = (), first_on: date = date.max
    ) -> None:
        self.drafts, self.drafted_from = drafts, first_on
        self.agreements = list(Agreement.objects.filter(consortium=consortium).order_by("from_on"))
        self.shares = {a.pk: shares_of(a) for a in self.agreements}
        self.rules = list(SplitRule.objects.filter(consortium=consortium).order_by("-from_on", "pk"))
        self._known: dict[tuple[date, date], Stretch] = {}
        self._months: dict[date, list[Stretch]] = {}

    @property
    def changes(self) -> list[date]:
        return [a.from_on for a in self.agreements] + [r.from_on for r in self.rules]

    def stretch(self, start: date, end: date) -> Stretch:
        """The terms on these days. Raises DoesNotSquare where no agreement is in force."""
        if (start, end) not in self._known:
            agreement = next((a for a in reversed(self.agreements) if a.from_on <= start), None)
            if agreement is None:
                raise _not_square(NO_AGREEMENT, day=start.isoformat())
            self._known[start, end] = Stretch(
                start,
                end,
                agreement.version,
                self.shares[agreement.pk],
                agreement.mandate_fee,
                agreement.between_rate,
                agreement.between_natura,
                self._rules_on(start),
            )
        return self._known[start, end]

    def _rules_on(self, day: date) -> tuple[Rule, ...]:
        drafts = self.drafts if day >= self.drafted_from else ()
        found: dict[tuple[str, UUID | None, str], Rule] = {(r.of, r.resource, r.category): r for r in drafts}
        for r in self.rules:
            if r.from_on <= day:
                amounts = {UUID(pk): Money(n) for pk, n in r.amounts.items()}
                found.setdefault(
                    (r.of, r.resource_id, r.category), Rule(r.of, r.kind, r.resource_id, r.category, amounts)
                )
        return tuple(found[key] for key in sorted(found, key=str))

    def of_month(self, first_on: date) -> list[Stretch]:
        if first_on not in self._months:
            found = stretches(first_on, next_month(first_on), self.changes, self.stretch)
            self._months[first_on] = found
        return self._months[first_on]

    def on(self, day: date) -> Stretch:
        """The stretch of a day of any month."""
        first_on = day.replace(day=1)
        return next(s for s in self.of_month(first_on) if s.from_on <= day < s.until_on)


def _not_square(words: Words, **data: Any) -> DoesNotSquare:
    why = Reason(DoesNotSquare.code, words, data, fixable_by="organisation")
    return DoesNotSquare(what=words.say(**data), reasons=[why])


def entries_of(consortium: UUID, first_on: date) -> QuerySet[Entry]:
    """The ledger of the consortium's issuers in a month."""
    return Entry.objects.filter(
        issuer__partner__consortium=consortium, on__gte=first_on, on__lt=next_month(first_on)
    )


def ledger_sums(consortium: UUID, first_on: date) -> tuple[Money, Money, Money]:
    """Net, VAT and gross of the month, as one sum over the ledger: what a statement is held against."""
    found = entries_of(consortium, first_on).aggregate(n=Sum("net"), v=Sum("vat"), g=Sum("gross"))
    return cents(found["n"]), cents(found["v"]), cents(found["g"])


def sold(entries: QuerySet[Entry], **when: date) -> QuerySet[Entry]:
    """The entries (with `sold_on`) of what was sold then: on their own day, or the day of the sale that is given back."""
    sales = Entry.objects.filter(kind=SALE, payment=OuterRef("payment"), booking=OuterRef("booking"))
    day = Subquery(sales.order_by("on").values("on")[:1], output_field=DateField())
    dated = entries.annotate(sold_on=Coalesce(day, F("document__corrects__issued_on"), F("on")))
    return dated.filter(**{f"sold_on__{name}": value for name, value in when.items()})


SUMMED_BY = (
    "resource_id", "resource__issuing", "issuer__partner_id", "partner_id", "rate", "natura", "payment__collected_by_id",
)  # fmt: skip


def facts_of(consortium: Consortium, first_on: date, terms: Terms | None = None) -> Facts:
    """All that the month's statement is made of. Raises DoesNotSquare without a lead partner or an agreement."""
    terms = terms or Terms(consortium)
    month = terms.of_month(first_on)
    until_on = next_month(first_on)
    partners = list(Partner.objects.filter(consortium=consortium).order_by("pk"))
    lead = next((p.pk for p in partners if p.is_lead), None)
    if lead is None:
        raise _not_square(NO_LEAD)
    takings = [*_sales(consortium.pk, first_on, terms), *_refunds(consortium.pk, first_on, terms)]
    costs = _costs(consortium, first_on)
    hours = _hours(consortium, month) if _asks_for_hours(month) else {}
    # Whoever has left, or only owns something here, has its part all the same.
    named = {p.pk for p in partners} | {t.earner for t in takings} | {c.paid_by for c in costs}
    named |= {c.owed_by for c in costs if c.owed_by} | {p for used in hours.values() for p in used}
    for stretch in [*month, *(t.sold for t in takings if t.late)]:
        named |= {*stretch.shares, *(p for rule in stretch.rules for p in rule.amounts)}
    facts = Facts(sorted(named), lead, first_on, until_on, month, takings, costs, hours=hours)
    return replace(
        facts,
        fees=_fees(facts, named),
        waived=_waived(consortium, first_on),
        allowances=_allowances(consortium, first_on, named),
    )


def _sales(consortium: UUID, first_on: date, terms: Terms) -> list[Taking]:
    rows = entries_of(consortium, first_on).filter(kind=SALE)
    return [
        _taking(row, stretch)
        for stretch in terms.of_month(first_on)
        for row in _summed(rows.filter(on__gte=stretch.from_on, on__lt=stretch.until_on), SUMMED_BY)
    ]


def _refunds(consortium: UUID, first_on: date, terms: Terms) -> list[Taking]:
    rows = entries_of(consortium, first_on).filter(kind=REFUND)
    found = [
        _taking(row, stretch, credit=True)
        for stretch in terms.of_month(first_on)
        for row in _summed(sold(rows, gte=stretch.from_on, lt=stretch.until_on), SUMMED_BY)
    ]
    # What is given back of a month before names its booking, and goes back the way it came.
    named = (*SUMMED_BY, "sold_on", "booking__code", "document__number")
    for row in _summed(sold(rows, lt=first_on), named):
        late = (row["booking__code"] or row["document__number"] or "", f"{row['sold_on']:%Y-%m}")
        found.append(_taking(row, terms.on(row["sold_on"]), credit=True, late=late))
    return found


def _summed(rows: QuerySet[Entry], group: Sequence[str]) -> Any:
    return rows.values(*group).annotate(n=Sum("net"), v=Sum("vat"), g=Sum("gross")).order_by()


def _taking(row: Any, sold: Stretch, **more: Any) -> Taking:
    return Taking(
        sold,
        row["issuer__partner_id"],
        row["partner_id"],
        cents(row["n"]),
        cents(row["v"]),
        cents(row["g"]),
        row["rate"],
        row["natura"],
        row["resource_id"],
        row["payment__collected_by_id"],
        row["resource__issuing"] in APART,
        **more,
    )


def _costs(consortium: Consortium, first_on: date) -> list[Cost]:
    rows = CostItem.objects.filter(consortium=consortium, on__gte=first_on, on__lt=next_month(first_on))
    return [
        Cost(
            c.pk, c.kind, c.on, c.net, c.paid_by_id, c.owed_by_id, c.category, c.resource_id, c.supplier, c.description,
            c.document, c.document_on,
        )
        for c in rows.order_by("on", "pk")
    ]  # fmt: skip


def _fees(facts: Facts, partners: Iterable[UUID]) -> list[tuple[Stretch, UUID, Money]]:
    """What payments cost whoever collected them, by the day they were collected."""
    rows = (
        Payment.objects.filter(
            collected_by__in=list(partners),
            captured_at__gte=local_day(facts.first_on, ITALY).start,
            captured_at__lt=local_day(facts.until_on, ITALY).start,
            fee__gt=0,
        )
        .values("collected_by_id", day=TruncDate("captured_at", tzinfo=ITALY))
        .annotate(sum=Sum("fee"))
        .order_by("day", "collected_by_id")
    )
    return [
        (facts.stretch_on(row["day"]), row["collected_by_id"], cents(row["sum"]))
        for row in rows
        if row["collected_by_id"] is not None
    ]


def _used(consortium: Consortium, start: date, end: date) -> QuerySet[Item]:
    """What was booked at the consortium's venues and began on these days."""
    # By their ids, so that the index is read thing by thing: joined, all bookings there ever were may be looked through.
    things = Resource.objects.filter(venue__partner__consortium=consortium).values_list("pk", flat=True)
    return Item.objects.filter(
        resource__in=list(things),
        booking__state=Booking.State.CONFIRMED,
        period__startswith__gte=local_day(start, ITALY).start,
        period__startswith__lt=local_day(end, ITALY).start,
    )


def _asks_for_hours(month: Sequence[Stretch]) -> bool:
    return any(rule.kind == "hours" for stretch in month for rule in stretch.rules)


def _hours(consortium: Consortium, month: Sequence[Stretch]) -> dict[date, dict[UUID, int]]:
    """Minutes booked of what is each partner's (its own resources, or those of its venues that are nobody else's)."""
    found: dict[date, dict[UUID, int]] = {}
    for stretch in month:
        rows = (
            _used(consortium, stretch.from_on, stretch.until_on)
            .annotate(
                whose=Coalesce("resource__owner_id", "resource__venue__partner_id"),
                lasts=ExpressionWrapper(
                    (F("period__endswith") - F("period__startswith")) * F("quantity"),
                    output_field=DurationField(),
                ),
            )
            .values("whose")
            .annotate(sum=Sum("lasts"))
            .order_by()
        )
        found[stretch.from_on] = {row["whose"]: int(row["sum"].total_seconds() // 60) for row in rows}
    return found


def _waived(consortium: Consortium, first_on: date) -> list[Waived]:
    """Confirmed bookings of the month for which nothing was asked, at the price that a stranger would have paid; not
    those that a pass, a plan or a programme paid for."""
    asked = OrderLine.objects.filter(item=OuterRef("pk"), gross__gt=0).exclude(
        order__state=Order.State.DROPPED
    )
    drawn = (
        Draw.objects.filter(item=OuterRef("pk")).values("item").annotate(all=Sum("units")).filter(all__gt=0)
    )
    items = list(
        _used(consortium, first_on, next_month(first_on))
        .exclude(Exists(asked))
        .exclude(Exists(drawn))
        .select_related("resource__venue", "booking")
        .order_by("pk")
    )
    prices = PriceList({i.resource_id: i.resource for i in items}.values(), None)
    sums: dict[tuple[UUID, UUID], list[Any]] = defaultdict(lambda: [set(), ZERO])
    for item in items:
        listed = prices.price(
            item.resource, item.period, quantity=item.quantity, people=item.booking.people
        ).gross
        if listed:
            whose = item.resource.owner_id or item.resource.venue.partner_id
            row = sums[whose, item.resource_id]
            row[0].add(item.booking_id)
            row[1] += listed
    return [Waived(p, r, len(bookings), gross) for (p, r), (bookings, gross) in sums.items()]


def _allowances(consortium: Consortium, first_on: date, partners: set[UUID]) -> list[AllowanceUse]:
    """What partners had in the month by their own hours, where their agreement wants it told: at the price that a
    stranger would have paid for as much of it as was drawn."""
    drawn = (
        Draw.objects.filter(
            budget__kind=Budget.Kind.ALLOWANCE,
            budget__allowance__told=True,
            budget__allowance__partner__in=partners,
            item__in=_used(consortium, first_on, next_month(first_on)),
        )
        .values_list("item_id", "budget__allowance__partner_id")
        .annotate(units=Sum("units"))
        .filter(units__gt=0)
        .order_by("item_id")
    )
    rows = list(drawn)
    items = Item.objects.select_related("resource__venue", "booking").in_bulk([pk for pk, _, _ in rows])
    prices = PriceList({i.resource_id: i.resource for i in items.values()}.values(), None)
    sums: dict[tuple[UUID, UUID, UUID], list[Any]] = defaultdict(lambda: [set(), 0, ZERO])
    for pk, partner, units in rows:
        item = items[pk]
        listed = prices.price(
            item.resource, item.period, quantity=item.quantity, people=item.booking.people
        ).gross
        whose = item.resource.owner_id or item.resource.venue.partner_id
        row = sums[partner, whose, item.resource_id]
        row[0].add(item.booking_id)
        row[1] += units
        row[2] += listed.times(Fraction(units, item.period.minutes * item.quantity))
    return [
        AllowanceUse(*key, len(bookings), minutes, gross) for key, (bookings, minutes, gross) in sums.items()
    ]
