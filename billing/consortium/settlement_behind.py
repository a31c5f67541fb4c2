"""What is behind a line of a settlement: the ledger's entries it is the sum of."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from billing.consortium.settlement_facts import entries_of, of_days
from billing.models import Entry, Settlement
from core.ids import decode

KINDS = {"takings": Entry.Kind.SALE, "credit": Entry.Kind.REFUND, "late": Entry.Kind.REFUND}


def behind(settlement: Settlement, line: dict[str, Any]) -> QuerySet[Entry]:
    """The entries that a line of takings sums up; none for what is no sale (a cost names its document itself)."""
    rows = entries_of(settlement.consortium_id, settlement.first_on)
    if line["kind"] not in KINDS:
        return rows.none()
    days = date.fromisoformat(line["from_on"]), date.fromisoformat(line["until_on"])
    rows = of_days(rows, KINDS[line["kind"]], *days).filter(
        issuer__partner=decode("prt", line["issuer"]),
        partner=decode("prt", line["earner"]),
        resource=decode("res", line["resource"]["id"]) if line["resource"] else None,
        rate=Decimal(line["rate"]),
        natura=line["natura"],
    )
    if late := line["late"]:
        name = late["booking"]
        named = Q(booking__code=name) | Q(booking=None, document__number=name)
        rows = rows.filter(named if name else Q(booking=None, document=None))
    return rows.select_related("booking__venue", "document", "issuer__partner__organisation")
