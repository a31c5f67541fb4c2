"""The takings by partner: what each sale was, and what was given back, entered once and never changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from billing.models import Document, Entry, Instalment, Order, OrderLine, Payment, PlanPeriod, Refund
from billing.papers.freeze import ITALY
from billing.papers.vat import RateKey, Summary, spread, summaries
from booking.models import Booking, Item
from core.clock import now
from core.money import ZERO, Money, total
from core.periods import local_date

Key = tuple[Any, RateKey]


class Sale(NamedTuple):
    """In whose name something is sold, whose the takings are, and at which rate."""

    issuer: UUID
    partner: UUID
    rate: Decimal
    natura: str


class Taking(NamedTuple):
    """Whose takings, at which rate, for what: a refund goes back the way the sale came."""

    issuer: UUID
    rate: Decimal
    natura: str
    partner: UUID
    resource: UUID | None
    plan: UUID | None = None

    @property
    def sale(self) -> Sale:
        return Sale(self.issuer, self.partner, self.rate, self.natura)


def _parts(lines: Sequence[OrderLine]) -> list[tuple[OrderLine, RateKey, Money, Money]]:
    """(line, rate, net, VAT) of every line: VAT once per issuer and rate, spread so that it adds up."""
    by_key: dict[Key, list[OrderLine]] = defaultdict(list)
    for line in lines:
        vat = line.vat_rate
        by_key[line.issuer_id, RateKey(vat.percent, vat.natura, vat.legal_text)].append(line)
    found = []
    for (_, rate), group in by_key.items():
        summary = summaries((rate, line.gross) for line in group)[0]
        for line, (net, vat_part) in zip(group, spread(summary, [line.gross for line in group]), strict=True):
            found.append((line, rate, net, vat_part))
    return found


def _day(document: Document | None, payment: Payment | None = None) -> date:
    if document is not None:
        return document.issued_on
    paid_at = payment.captured_at if payment is not None else None
    return local_date(paid_at or now(), ITALY)


def enter_sale(order: Order, payment: Payment | None, issued: Sequence[Document]) -> None:
    """Inside an act: every line of the order is somebody's takings."""
    by_issuer = {document.issuer_id: document for document in issued}
    lines = list(order.lines.select_related("vat_rate", "item").order_by("position"))
    plans = _plans_of(lines)
    Entry.objects.bulk_create(
        Entry(
            kind=Entry.Kind.SALE,
            on=_day(by_issuer.get(line.issuer_id), payment),
            issuer_id=line.issuer_id,
            partner_id=line.partner_id,
            resource_id=line.item.resource_id if line.item else None,
            booking_id=line.booking_id,
            plan_id=plans.get(line.pk),
            order=order,
            payment=payment,
            document=by_issuer.get(line.issuer_id),
            rate=rate.rate,
            natura=rate.natura,
            net=net,
            vat=vat,
            gross=line.gross,
        )
        for line, rate, net, vat in _parts(lines)
    )


def _plans_of(lines: Sequence[OrderLine]) -> dict[UUID, UUID]:
    """The plans that lines pay for: the one they bought, or whose next period or instalment their order is for."""
    found = {line.pk: line.plan for line in lines if line.plan is not None}
    bare = [line for line in lines if not (line.plan or line.pass_kind or line.booking_id)]
    if bare:
        orders = [line.order_id for line in bare]
        periods = PlanPeriod.objects.filter(order__in=orders)
        latest = periods.order_by("-from_on", "-pk").values_list("order_id", "plan_id")
        parts = Instalment.objects.filter(order__in=orders).values_list("order_id", "period__plan_id")
        first = dict(parts) | dict(latest)  # the earliest comes last, and stays
        found |= {line.pk: first[line.order_id] for line in bare if line.order_id in first}
    return found


def enter_bill(document: Document, lines: Sequence[OrderLine]) -> None:
    """Inside an act: what a monthly bill, or a credit note in its place, says of these lines is their partners'
    takings; the rows say what the document says, to the cent."""
    sign = -1 if document.kind == Document.Kind.CREDIT_NOTE else 1
    by_rate: dict[RateKey, list[OrderLine]] = defaultdict(list)
    for line in lines:
        by_rate[RateKey(line.vat_rate.percent, line.vat_rate.natura)].append(line)
    resources = dict(Item.objects.filter(order_lines__in=lines).values_list("pk", "resource_id"))
    plans = _plans_of(lines)
    rows = []
    for rate, group in by_rate.items():
        grosses = [line.gross.times(sign) for line in group]
        for line, (net, vat) in zip(group, spread(_summary(document, rate, grosses), grosses), strict=True):
            rows.append(
                Entry(
                    kind=Entry.Kind.REFUND if line.gross.cents < 0 else Entry.Kind.SALE,
                    on=document.issued_on,
                    issuer_id=line.issuer_id,
                    partner_id=line.partner_id,
                    resource_id=resources.get(line.item_id) if line.item_id else None,
                    booking_id=line.booking_id,
                    plan_id=plans.get(line.pk),
                    order_id=line.order_id,
                    document=document,
                    rate=rate.rate,
                    natura=rate.natura,
                    net=net.times(sign),
                    vat=vat.times(sign),
                    gross=line.gross,
                )
            )
    Entry.objects.bulk_create(rows)


def enter_document(document: Document) -> None:
    """Inside an act: what a document without a sale comes to is its issuer's, rate by rate; a credit with minus."""
    is_credit = document.kind == Document.Kind.CREDIT_NOTE
    sign = -1 if is_credit else 1
    Entry.objects.bulk_create(
        Entry(
            kind=Entry.Kind.REFUND if is_credit else Entry.Kind.SALE,
            on=document.issued_on,
            issuer_id=document.issuer_id,
            partner_id=document.issuer.partner_id,
            document=document,
            rate=rate.rate,
            natura=rate.natura,
            net=rate.net.times(sign),
            vat=rate.vat.times(sign),
            gross=rate.gross.times(sign),
        )
        for rate in document.rates.order_by("pk")
    )


def left_of(booking: Booking | None, payment: Payment) -> dict[Taking, Money]:
    """What is still there of a booking's takings (or of what was sold without one), by whose and at which rate; those given back whole left out."""
    found: dict[Taking, Money] = defaultdict(lambda: ZERO)
    for entry in Entry.objects.filter(booking=booking, payment=payment).order_by("pk"):
        taking = Taking(
            entry.issuer_id, entry.rate, entry.natura, entry.partner_id, entry.resource_id, entry.plan_id
        )
        found[taking] += entry.gross
    return {taking: money for taking, money in found.items() if money}


class Undone(Protocol):
    """So much of a taking of a booking, or of what was sold without one."""

    @property
    def booking(self) -> Booking | None: ...
    @property
    def taking(self) -> Taking: ...
    @property
    def amount(self) -> Money: ...


def enter_refund(refund: Refund, undone: Sequence[Undone], credited: Mapping[UUID, Document]) -> None:
    """Inside an act: these parts of the takings are undone; the rows say what the credit notes say, to the cent. Of what
    is never credited the VAT stays owed: all of it is the takings' loss (docs/adr/0107)."""
    groups: dict[tuple[UUID, RateKey], list[Undone]] = defaultdict(list)
    for part in undone:
        groups[part.taking.issuer, RateKey(part.taking.rate, part.taking.natura)].append(part)
    rows = []
    for (issuer, rate), group in groups.items():
        document = credited.get(issuer)
        grosses = [part.amount for part in group]
        shares = spread(_summary(document, rate, grosses), grosses)
        if refund.without_note:
            shares = [(gross, ZERO) for gross in grosses]
        for part, (net, vat) in zip(group, shares, strict=True):
            rows.append(
                Entry(
                    kind=Entry.Kind.REFUND,
                    on=_day(document),
                    issuer_id=issuer,
                    partner_id=part.taking.partner,
                    resource_id=part.taking.resource,
                    plan_id=part.taking.plan,
                    booking=part.booking,
                    order_id=refund.payment.order_id,
                    payment=refund.payment,
                    refund=refund,
                    document=document,
                    rate=part.taking.rate,
                    natura=part.taking.natura,
                    net=-net,
                    vat=-vat,
                    gross=-part.amount,
                )
            )
    Entry.objects.bulk_create(rows)


def enter_move(booking: Booking, payment: Payment, old: UUID | None, new: UUID | None) -> None:
    """Inside an act: what is left of the takings of one resource is another's from today on; nobody's sum changes."""
    left: dict[Taking, list[Money]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    for entry in Entry.objects.filter(booking=booking, payment=payment, resource=old).order_by("pk"):
        taking = Taking(entry.issuer_id, entry.rate, entry.natura, entry.partner_id, entry.resource_id)
        sums = (entry.net, entry.vat, entry.gross)
        left[taking] = [had + more for had, more in zip(left[taking], sums, strict=True)]
    Entry.objects.bulk_create(
        Entry(
            kind=Entry.Kind.SALE,
            on=local_date(now(), ITALY),
            issuer_id=taking.issuer,
            partner_id=taking.partner,
            resource_id=resource,
            booking=booking,
            order_id=payment.order_id,
            payment=payment,
            rate=taking.rate,
            natura=taking.natura,
            net=net.times(sign),
            vat=vat.times(sign),
            gross=gross.times(sign),
        )
        for taking, (net, vat, gross) in left.items()
        if gross
        for resource, sign in ((old, -1), (new, 1))
    )


def _summary(document: Document | None, rate: RateKey, grosses: Sequence[Money]) -> Summary:
    if document is None:
        return summaries((rate, gross) for gross in grosses)[0]
    same = list(document.rates.filter(rate=rate.rate, natura=rate.natura))
    return Summary(rate, *(total(getattr(r, name) for r in same) for name in ("net", "vat", "gross")))
