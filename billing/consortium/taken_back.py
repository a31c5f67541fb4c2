"""What banks took back for good of what partners had collected, and what was paid of it again: of a month, as its
statement is told it (docs/adr/0123)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Func, OuterRef

from billing.consortium.late_fees import Closed
from billing.consortium.sharing import Stretch, TakenBack, Taking
from billing.models import ClosedStatement, DeskPayment, Dispute, Document, Entry, Match, Settlement
from billing.papers.freeze import ITALY
from billing.papers.registers import cents
from core.fields import MoneyField
from core.ids import decode
from core.money import ZERO, Money, total
from core.periods import local_date, local_day, next_month
from spaces.models import Resource

KINDS = ("dispute", "recovered")
LOST = Dispute.State.LOST
APART = {Resource.Issuing.OWNER, Resource.Issuing.SHARE}
Terms = Callable[[date], Stretch]


@dataclass(frozen=True, slots=True)
class Again:
    """What was paid again of a payment's documents: to which partner, on which day, how much."""

    payment: UUID
    partner: UUID
    on: date
    amount: Money


def taken_back(consortium: UUID, first_on: date, on: Terms, closed: Closed | None) -> list[TakenBack]:
    """Each dispute that was lost in the month, and what was paid in it of those that a settlement tells; of a closed
    month only what it was closed with. Nine statements or so. Raises DoesNotSquare where no agreement was in force."""
    month = (first_on, next_month(first_on))
    lost = _lost(consortium, month)
    again = [*_again(consortium, month), *_untold(consortium, month, {d.payment_id for d in lost})]
    before = _told_before(consortium, month, {one.payment for one in again} - {d.payment_id for d in lost})
    everything = [*lost, *before]
    own, sales, documents = _own(everything), _sales(everything, on), _documents(everything)
    found = [
        TakenBack("dispute", d.pk, _day(d), on(_day(d)), d.holder, d.holder, d.amount, own[d.pk], sales[d.pk], documents[d.payment_id])
        for d in lost
    ]  # fmt: skip
    first: dict[UUID, Any] = {}
    for d in sorted(everything, key=lambda d: (d.closed_at, d.pk)):
        first.setdefault(d.payment_id, d)
    for one in _by_stretch(again, on):
        if (d := first.get(one.payment)) is not None:
            back = -one.amount
            found.append(
                TakenBack("recovered", d.pk, one.on, on(_day(d)), one.partner, d.holder, back, {one.partner: back},
                          sales[d.pk], documents[d.payment_id])
            )  # fmt: skip
    return found if closed is None else [t for t in found if (t.kind, t.dispute) in _told(closed.lines)]


def _day(dispute: Any) -> date:
    return local_date(dispute.closed_at, ITALY)


def _disputes() -> Any:
    return Dispute.objects.filter(state=LOST, closed_at__isnull=False).annotate(
        holder=F("payment__collected_by")
    )


def _lost(consortium: UUID, month: tuple[date, date]) -> list[Any]:
    start, end = (local_day(day, ITALY).start for day in month)
    rows = _disputes().filter(payment__collected_by__consortium=consortium)
    return list(rows.filter(closed_at__gte=start, closed_at__lt=end).order_by("closed_at", "pk"))


def _again(consortium: UUID, month: tuple[date, date]) -> list[Again]:
    """What came in, by the bank or at the desk, for documents whose payment a bank had taken back."""
    start, end = (local_day(day, ITALY).start for day in month)
    lost = Exists(Dispute.objects.filter(state=LOST, payment=OuterRef("document__payment")))
    whose = ("document__payment", "document__issuer__partner", "amount")
    mine = {"document__issuer__partner__consortium": consortium}
    brought = Match.objects.filter(lost, **mine, posted_on__gte=month[0], posted_on__lt=month[1])
    at_desk = DeskPayment.objects.filter(lost, **mine, taken_at__gte=start, taken_at__lt=end)
    found = [Again(p, to, on, cents(n)) for p, to, n, on in brought.values_list(*whose, "posted_on")]
    for payment, to, amount, at in at_desk.values_list(*whose, "taken_at"):
        found.append(Again(payment, to, local_date(at, ITALY), cents(amount)))
    return found


def _untold(consortium: UUID, month: tuple[date, date], lost: set[UUID]) -> list[Again]:
    """What was paid again, in later months that are closed, of what was lost in this one, where they do not tell it, for
    this had not been begun: it is of this month's last day."""
    if not lost:
        return []
    closed = ClosedStatement.objects.filter(
        settlement__consortium=consortium, settlement__first_on__gte=month[1]
    )
    found = []
    for first_on, lines in closed.values_list("settlement__first_on", "content__lines"):
        told = [dispute for kind, dispute in _told(lines) if kind == "recovered"]
        divided = set(Dispute.objects.filter(pk__in=told).values_list("payment", flat=True))
        later = _again(consortium, (first_on, next_month(first_on)))
        found += [
            replace(one, on=month[1] - timedelta(days=1)) for one in later if one.payment in lost - divided
        ]
    return found


def _by_stretch(again: Iterable[Again], on: Terms) -> list[Again]:
    """Summed by payment, partner and the terms of the day: one line each, dated by the first."""
    groups: dict[tuple[UUID, UUID, date], list[Again]] = defaultdict(list)
    for one in sorted(again, key=lambda one: one.on):
        groups[one.payment, one.partner, on(one.on).from_on].append(one)
    return [
        Again(payment, partner, group[0].on, total(one.amount for one in group))
        for (payment, partner, _), group in groups.items()
    ]


def _told_before(consortium: UUID, month: tuple[date, date], payments: set[UUID]) -> list[Any]:
    """The disputes of these payments that a settlement before this tells, or will: what partners have not divided is
    not given back to them."""
    rows = list(_disputes().filter(payment__in=payments, closed_at__lt=local_day(month[0], ITALY).start))
    months = {_day(d).replace(day=1) for d in rows}
    settlements = Settlement.objects.filter(consortium=consortium, first_on__in=months)
    told = {
        s.first_on: s.closed
        for s in settlements.select_related("closed")
        if s.state == Settlement.State.CLOSED
    }
    begun = {s.first_on for s in settlements} - told.keys()
    names = {dispute for one in told.values() for _, dispute in _told(one.content["lines"])}
    return [d for d in rows if d.pk in names or _day(d).replace(day=1) in begun]


def _told(lines: Sequence[dict[str, Any]]) -> set[tuple[str, UUID]]:
    return {(row["kind"], decode("dsp", row["dispute"]["id"])) for row in lines if row["kind"] in KINDS}


def _own(disputes: Sequence[Any]) -> dict[UUID, dict[UUID, Money]]:
    """Each issuer's part of each dispute, by partner; what no sale explains is the collector's (docs/adr/0091)."""
    part = Func(
        F("payment__disputes"), F("issuer"), function="billing_dispute_part", output_field=MoneyField()
    )
    rows = Entry.objects.filter(kind=Entry.Kind.SALE, payment__disputes__in=disputes).annotate(own=part)
    found: dict[UUID, dict[UUID, Money]] = defaultdict(dict)
    for dispute, partner, own in rows.values_list("payment__disputes", "issuer__partner", "own").distinct():
        found[dispute][partner] = cents(own)
    for d in disputes:
        if rest := d.amount - total(found[d.pk].values()):
            found[d.pk][d.holder] = found[d.pk].get(d.holder, ZERO) + rest
    return found


def _sales(disputes: Sequence[Any], on: Terms) -> dict[UUID, list[Taking]]:
    """What each dispute's payment had paid for and was left of it when the bank took it back."""
    named = ("issuer__partner", "partner", "resource", "resource__issuing")
    rows = Entry.objects.filter(payment__in={d.payment_id for d in disputes})
    entries: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows.order_by("on", "pk").values("payment", "kind", "on", "written_at", "net", *named):
        entries[row["payment"]].append(row)
    found: dict[UUID, list[Taking]] = {}
    for d in disputes:
        groups: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
        for row in entries[d.payment_id]:
            if row["kind"] == Entry.Kind.SALE or row["written_at"] <= d.opened_at:
                groups[tuple(row[name] for name in named)].append(row)
        found[d.pk] = [
            Taking(on(group[0]["on"]), issuer, earner, total(cents(row["net"]) for row in group), ZERO, ZERO,
                   resource=resource, apart=issuing in APART)
            for (issuer, earner, resource, issuing), group in groups.items()
        ]  # fmt: skip
    return found


def _documents(disputes: Sequence[Any]) -> dict[UUID, str]:
    """The numbers of what was made out for each payment."""
    rows = Document.objects.filter(payment__in={d.payment_id for d in disputes})
    found: dict[UUID, list[str]] = defaultdict(list)
    for payment, number in (
        rows.exclude(kind=Document.Kind.CREDIT_NOTE).order_by("number").values_list("payment", "number")
    ):
        found[payment].append(number)
    return defaultdict(str, {payment: ", ".join(numbers) for payment, numbers in found.items()})
