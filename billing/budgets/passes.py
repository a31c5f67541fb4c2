"""Passes: bought like anything else, granted or corrected by staff with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from billing.budgets.draws import enter
from billing.models import Budget, Draw, Order, OrderLine, PassKind
from billing.papers.vat import RateKey
from billing.prices.priced import Priced, issuers_by_partner
from billing.prices.pricing import Price
from billing.prices.steps import Step
from core.audit import record
from core.clock import now
from core.errors import Invalid, Missing, Pointer
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.periods import local_date, local_day
from people.models import Organisation, Person


def lines_of(kinds: Sequence[UUID]) -> list[Priced]:
    """A line for each pass bought. Raises Missing for a kind that is not on sale."""
    if not kinds:
        return []
    known = PassKind.objects.select_related("venue", "vat_rate").in_bulk(list(kinds))
    issuers = issuers_by_partner()
    lines = []
    for pk in kinds:
        kind = known.get(pk)
        if kind is None or not kind.on_sale:
            raise Missing
        vat, partner = kind.vat_rate, kind.venue.partner_id
        steps = (Step("pass", amount=kind.price, name=kind.name),)
        price = Price(kind.price, RateKey(Decimal(vat.percent), vat.natura, vat.legal_text), vat.pk, steps)
        lines.append(
            Priced(
                None, None, issuers[partner], partner, kind.name, kind.price, price, vat.pk, pass_kind=kind.pk
            )
        )
    return lines


def deliver(order: Order) -> None:
    """Inside an act: the passes of an order that is paid, or owed on account, are there to be used."""
    lines = list(order.lines.filter(pass_kind__isnull=False).order_by("position"))
    kinds = PassKind.objects.select_related("venue").in_bulk([line.pass_kind for line in lines])
    for line in lines:
        if line.pass_kind is not None:
            make(kinds[line.pass_kind], order.person, order.organisation, None, "", line)


@act
def grant(by: Person, kind: PassKind, person: Person, reason: str) -> Budget:
    """The person has a pass of this kind for nothing; the reason is kept."""
    made = make(kind, person, None, by, reason)
    record(by, "grant", made, reason=reason)
    return made


def make(
    kind: PassKind,
    person: Person,
    organisation: Organisation | None,
    by: Person | None,
    reason: str,
    line: OrderLine | None = None,
) -> Budget:
    """Inside a transaction: the pass is there, valid to the end of its last local day."""
    zone = kind.venue.zone
    last = local_date(now(), zone) + timedelta(days=kind.valid_days + 1)
    made = Budget.objects.create(
        kind=Budget.Kind.PASS,
        venue=kind.venue,
        name=kind.name,
        person=person,
        organisation=organisation,
        unit=kind.unit,
        kinds=kind.kinds,
        resources=kind.resources,
        given=kind.amount,
        left=kind.amount,
        until_at=local_day(last, zone).start,
        pass_kind=kind,
        line=line,
    )
    why = "bought" if line is not None else "granted"
    Draw.objects.create(budget=made, units=-kind.amount, why=why, reason=reason, by=by)
    return made


@act
def correct(by: Person, budget_id: UUID, units: int, reason: str) -> Budget:
    """The pass has so many units more (or less, with minus). Raises Invalid where it would have less than none."""
    lock_rows(Locks.PASSES, Budget, [budget_id])
    found = Budget.objects.select_related("venue").get(pk=budget_id)
    if found.left + units < 0:
        raise Invalid(pointers=[Pointer("/units", "more-than-left", str(found.left))])
    enter([Draw(budget=found, units=-units, why="corrected", reason=reason, by=by)])
    found.refresh_from_db()
    record(by, "correct", found, units=str(units), reason=reason)
    return found
