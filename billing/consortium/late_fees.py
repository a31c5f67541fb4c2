"""Payment fees of months that are closed: as they were closed, and what was learnt of them since.

A gateway may tell a fee weeks after the payment. What a closed month says never changes, so what is now known besides
(or less) is a late line of the next open month, divided by the terms and takings of the month that it is of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Sum
from django.db.models.functions import TruncDate

from billing.consortium.sharing import LateFee, Stretch
from billing.models import ClosedStatement, GatewayTransaction, Payment
from billing.papers.freeze import ITALY
from billing.papers.registers import cents, within
from core.ids import decode
from core.money import ZERO, Money
from core.periods import next_month

Lines = Sequence[dict[str, Any]]
Fees = dict[tuple[date, UUID], Money]  # by the first day of a stretch, and who bore them
EARNED = ("takings", "credit", "levelling")


@dataclass(frozen=True, slots=True)
class Closed:
    """What a closed month says: its lines, and which month it is."""

    first_on: date
    lines: Lines

    def fees(self) -> Fees:
        """Its own fees."""
        return _sum(line for line in self.lines if line["kind"] == "fees" and not line["late"])

    def late(self) -> dict[str, Fees]:
        """What it took up of months before, by month."""
        months = {line["late"]["month"] for line in self.lines if line["kind"] == "fees" and line["late"]}
        return {
            month: _sum(
                line
                for line in self.lines
                if line["kind"] == "fees" and line["late"] and line["late"]["month"] == month
            )
            for month in months
        }

    def earned(self, stretch: date) -> dict[UUID, Money]:
        """Each partner's part of the takings of a stretch."""
        found: dict[UUID, Money] = defaultdict(lambda: ZERO)
        for line in self.lines:
            if line["kind"] in EARNED and line["from_on"] == stretch.isoformat():
                for public, part in line["parts"].items():
                    found[decode("prt", public)] += Money(part)
        return dict(found)


def closed_until(consortium: UUID, first_on: date) -> list[Closed]:
    """The closed months that a month follows without a gap, and itself where it is closed; one statement.

    Of the last twelve: later than that no gateway tells a fee.
    """
    earliest = date(first_on.year - 1, first_on.month, 1)
    rows = ClosedStatement.objects.filter(
        settlement__consortium=consortium,
        settlement__first_on__gte=earliest,
        settlement__first_on__lte=first_on,
    )
    found = dict(rows.values_list("settlement__first_on", "content__lines"))
    chain = [first_on] if first_on in found else []
    month = _before(first_on)
    while month in found:
        chain.insert(0, month)
        month = _before(month)
    return [Closed(on, found[on]) for on in chain]


def late(
    first_on: date, closed: Sequence[Closed], on: Callable[[date], Stretch], partners: Iterable[UUID]
) -> list[LateFee]:
    """The late fees that belong into a month: as it was closed, or what became known since the months before it were."""
    before = {one.first_on: one for one in closed if one.first_on < first_on}
    itself = next((one for one in closed if one.first_on == first_on), None)
    if itself is not None:
        known = {date.fromisoformat(f"{month}-01"): fees for month, fees in itself.late().items()}
    else:
        known = {month: _since(one, closed, on, partners) for month, one in before.items()}
    return [
        LateFee(on(day), who, fee, f"{month:%Y-%m}", before[month].earned(day) if month in before else {})
        for month, fees in sorted(known.items())
        for (day, who), fee in sorted(fees.items())
        if fee
    ]


def _since(
    month: Closed, closed: Sequence[Closed], on: Callable[[date], Stretch], partners: Iterable[UUID]
) -> Fees:
    """What the fees of a closed month are now, less what it and those after it have settled of them."""
    told = f"{month.first_on:%Y-%m}"
    settled = [month.fees(), *(one.late().get(told, {}) for one in closed)]
    whose = {*partners, *(who for fees in settled for _, who in fees)}
    found: Fees = defaultdict(lambda: ZERO)
    for day, who, fee in borne(month.first_on, whose):
        found[on(day).from_on, who] += fee
    for fees in settled:
        for key, fee in fees.items():
            found[key] -= fee
    return dict(found)


def borne(first_on: date, partners: Iterable[UUID]) -> list[tuple[date, UUID, Money]]:
    """What payments cost whoever collected them, as it is known now, by the day they were collected; and what the gateway
    kept for their disputes (less what it gave back of that), by the day it did (docs/adr/0108)."""
    paid = (
        Payment.objects.filter(
            within("captured_at", first_on, next_month(first_on)),
            collected_by__in=list(partners),
            fee__gt=0,
        )
        .values(who=F("collected_by"), day=TruncDate("captured_at", tzinfo=ITALY))
        .annotate(sum=Sum("fee"))
    )
    disputed = (
        GatewayTransaction.objects.filter(
            within("at", first_on, next_month(first_on)),
            kind=GatewayTransaction.Kind.DISPUTE,
            issuer__partner__in=list(partners),
        )
        .exclude(fee=0)
        .values(who=F("issuer__partner"), day=TruncDate("at", tzinfo=ITALY))
        .annotate(sum=Sum("fee"))
    )
    found: dict[tuple[date, UUID], Money] = defaultdict(lambda: ZERO)
    for row in [*paid.order_by(), *disputed.order_by()]:
        found[row["day"], row["who"]] += cents(row["sum"])
    return [(day, who, fee) for (day, who), fee in sorted(found.items()) if fee]


def _sum(lines: Iterable[Mapping[str, Any]]) -> Fees:
    found: Fees = defaultdict(lambda: ZERO)
    for line in lines:
        found[date.fromisoformat(line["from_on"]), decode("prt", line["payer"])] += Money(line["net"])
    return dict(found)


def _before(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
