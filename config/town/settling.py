"""The months that the partners divide: the last one closed, this one in draft, with their costs and rules."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from billing.consortium.settlement_content import content_of, digest
from billing.models import Approval, ClosedStatement, CostItem, Objection, Settlement, SplitRule
from config.town.people import Crowd
from config.town.town import START, Town
from core.money import Money
from people.models import Agreement, Partner

COSTS = [
    (5, "energia", "Iren Luce e Gas", "bolletta", 184_320, "brodolini"),
    (12, "pulizie", "Pulito Torino soc. coop.", "pulizie del mese", 92_000, "brodolini"),
    (20, "connettività", "TOP-IX", "fibra", 24_400, "focus"),
]


def settle_months(town: Town, crowd: Crowd, today: date) -> None:
    """Rules, costs, a closed settlement and a draft are there; the ledger is as it was planted."""
    lead = town.partners["brodolini"]
    consortium = lead.consortium
    if consortium is None:
        return
    Agreement.objects.filter(consortium=consortium).update(
        mandate_on=date(2023, 11, 14), mandate_ref="Notaio Bo, rep. 4.812", mandate_fee=Decimal(3)
    )
    for resource in town.resources.values():
        if resource.venue.slug == "open-incet" and not resource.slug.startswith("salone"):
            SplitRule.objects.create(
                consortium=consortium, of="takings", kind="shares", resource=resource, from_on=START
            )
    SplitRule.objects.create(
        consortium=consortium, of="costs", kind="hours", category="energia", from_on=START
    )
    this = today.replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    by = crowd.cast["dario"]
    for first_on in (last, this):
        for day, category, supplier, description, cents, payer in COSTS:
            CostItem.objects.create(
                consortium=consortium, kind="common", on=first_on.replace(day=day), category=category, supplier=supplier,
                description=description, document=f"{first_on:%m}/{day}", document_on=first_on.replace(day=day), net=Money(cents),
                paid_by=town.partners[payer], made_by=by,
            )  # fmt: skip
    Settlement.objects.create(consortium=consortium, first_on=this)
    content = content_of(consortium, last)
    closed = Settlement.objects.create(
        consortium=consortium,
        first_on=last,
        state=Settlement.State.CLOSED,
        content=content,
        sha256=digest(content),
        objections_until=this.replace(day=15),
    )
    for partner in Partner.objects.filter(consortium=consortium):
        who = crowd.cast["elena"] if partner == town.partners["make"] else by
        Approval.objects.create(settlement=closed, partner=partner, sha256=closed.sha256, made_by=who)
    Objection.objects.create(
        settlement=closed,
        partner=town.partners["make"],
        line=next((row["key"] for row in content["lines"] if row["kind"] == "common"), ""),
        text="La bolletta comprende anche il cortile?",
        made_by=crowd.cast["elena"],
        answer="Sì, il contatore è uno: il cortile è nelle ore d'uso.",
        answered_at=closed.made_at,
    )
    ClosedStatement.objects.create(settlement=closed, content=content, sha256=closed.sha256, closed_by=by)
