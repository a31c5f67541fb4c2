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
from django.db.models.functions import Coalesce

from billing.consortium import late_fees, taken_back
from billing.consortium.sharing import (
    HOURS,
    TAKINGS,
    AllowanceUse,
    Cost,
    Facts,
    Rule,
    Stretch,
    Taking,
    Waived,
    stretches,
)
from billing.consortium.taken_back import APART
from billing.models import Budget, CostItem, Draw, Entry, Order, OrderLine, SplitRule
from billing.papers.registers import cents, within
from billing.prices.tariffs import PriceList
from booking.models import Booking, Item
from core.errors import DoesNotSquare, Reason
from core.money import ZERO, Money
from core.periods import next_month
from core.words import Words
from people.consortium import shares_of
from people.models import Agreement, Consortium, Partner
from spaces.models import Resource

NO_AGREEMENT = Words("il {day} non vale nessun accordo", "no agreement is in force on {day}")
NO_LEAD = Words("manca la mandataria", "there is no lead partner")
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
    # What was sold without a booking, and given back without a credit note (docs/adr/0107).
    bare = Entry.objects.filter(kind=SALE, payment=OuterRef("payment"), booking=None)
    other = Subquery(bare.order_by("on").values("on")[:1], output_field=DateField())
    dated = entries.annotate(sold_on=Coalesce(day, F("document__corrects__issued_on"), other, F("on")))
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
    closed = late_fees.closed_until(consortium.pk, first_on)
    late = late_fees.late(first_on, closed, terms.on, [p.pk for p in partners])
    itself = next((c for c in closed if c.first_on == first_on), None)
    taken = taken_back.taken_back(consortium.pk, first_on, terms.on, itself)
    # What is given or taken back of a month before goes back by what counted then.
    undone = [*(t for t in takings if t.late), *(t for one in taken for t in one.sales)]
    before = {t.sold.from_on: t.sold for t in undone if t.sold.from_on < first_on}
    asked = [*month, *before.values(), *(f.stretch for f in late)]
    hours = _hours(consortium, list({s.from_on: s for s in asked if _asks_for(s, HOURS)}.values()))
    produced = {day: _produced(consortium, s) for day, s in before.items() if _asks_for(s, TAKINGS)}
    # Whoever has left, or only owns something here, has its part all the same.
    named = {p.pk for p in partners} | {t.earner for t in takings} | {c.paid_by for c in costs}
    named |= {c.owed_by for c in costs if c.owed_by} | {p for used in hours.values() for p in used}
    named |= {f.collector for f in late} | {p for f in late for p in f.earned}
    named |= {p for sums in produced.values() for p in sums}
    named |= {
        p for one in taken for p in (one.holder, one.collector, *one.own, *(t.earner for t in one.sales))
    }
    once = [*(f.stretch for f in late), *(one.terms for one in taken)]
    for stretch in [*month, *(t.sold for t in undone), *once]:
        named |= {*stretch.shares, *(p for rule in stretch.rules for p in rule.amounts)}
    facts = Facts(
        sorted(named), lead, first_on, until_on, month, takings, costs, hours=hours, produced=produced
    )
    return replace(
        facts,
        fees=_fees(facts, named, itself),
        late_fees=late,
        taken_back=taken,
        waived=_waived(consortium, first_on),
        allowances=_allowances(consortium, first_on, named),
    )


def of_days(rows: QuerySet[Entry], kind: str, start: date, end: date) -> QuerySet[Entry]:
    """The entries of a kind that these days' terms divide: sales by the day they were entered (what moved to another
    thing, on that day), what is given back by the day it was sold."""
    rows = rows.filter(kind=kind)
    return sold(rows, gte=start, lt=end) if kind == REFUND else rows.filter(on__gte=start, on__lt=end)


def _sales(consortium: UUID, first_on: date, terms: Terms) -> list[Taking]:
    rows = entries_of(consortium, first_on)
    return [
        _taking(row, stretch)
        for stretch in terms.of_month(first_on)
        for row in _summed(of_days(rows, SALE, stretch.from_on, stretch.until_on), SUMMED_BY)
    ]


def _refunds(consortium: UUID, first_on: date, terms: Terms) -> list[Taking]:
    rows = entries_of(consortium, first_on)
    found = [
        _taking(row, stretch, credit=True)
        for stretch in terms.of_month(first_on)
        for row in _summed(of_days(rows, REFUND, stretch.from_on, stretch.until_on), SUMMED_BY)
    ]
    # What is given back of a month before names its booking, and goes back the way it came.
    named = (*SUMMED_BY, "sold_on", "booking__code", "document__number")
    for row in _summed(sold(rows.filter(kind=REFUND), lt=first_on), named):
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


def _fees(
    facts: Facts, partners: Iterable[UUID], closed: late_fees.Closed | None
) -> list[tuple[Stretch, UUID, Money]]:
    """What payments cost whoever collected them, by the day they were collected; of a closed month as it was closed."""
    if closed is not None:
        return [(facts.stretch_on(day), who, fee) for (day, who), fee in sorted(closed.fees().items())]
    return [(facts.stretch_on(day), who, fee) for day, who, fee in late_fees.borne(facts.first_on, partners)]


def _used(consortium: Consortium, start: date, end: date) -> QuerySet[Item]:
    """What was booked at the consortium's venues and began on these days."""
    # By their ids, so that the index is read thing by thing: joined, all bookings there ever were may be looked through.
    things = Resource.objects.filter(venue__partner__consortium=consortium).values_list("pk", flat=True)
    return Item.objects.filter(
        within("period__startswith", start, end),
        resource__in=list(things),
        booking__state=Booking.State.CONFIRMED,
    )


def _asks_for(stretch: Stretch, kind: str) -> bool:
    return any(rule.kind == kind for rule in stretch.rules)


def _produced(consortium: Consortium, stretch: Stretch) -> dict[UUID, int]:
    """Net cents that each partner had of the takings of days before the month, as that month's ledger has them."""
    rows = entries_of(consortium.pk, stretch.from_on.replace(day=1))
    found: dict[UUID, int] = defaultdict(int)
    for kind in (SALE, REFUND):
        of_kind = of_days(rows, kind, stretch.from_on, stretch.until_on)
        for partner, net in of_kind.values_list("partner_id").annotate(n=Sum("net")).order_by():
            found[partner] += cents(net).cents
    return dict(found)


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
