"""A month of a consortium with ten thousand documents, and its settlement against the plainest sum over the ledger."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import psycopg

from core.money import Money

DOCUMENTS = 10_000
MONTH = date(2026, 1, 1)
NUMBERED = """
CREATE TEMP TABLE slot AS
SELECT n, gen_random_uuid() AS paper, gen_random_uuid() AS entry FROM generate_series(2, %s) n
"""
# By issuer, earner, resource, rate and day: what any division needs to know, and nothing else.
FLOOR = """
SELECT sum(net)::bigint, sum(vat)::bigint, sum(gross)::bigint FROM (
    SELECT "on", issuer_id, partner_id, resource_id, rate, natura, sum(net) net, sum(vat) vat, sum(gross) gross
    FROM billing_entry WHERE issuer_id = %(issuer)s AND "on" >= %(first)s AND "on" < %(last)s
    GROUP BY 1, 2, 3, 4, 5, 6) every
"""


def fill_month(superuser: str, rooms: list[Any]) -> Any:
    """The consortium, its month filled past the triggers that would check each row; one issuer sells for two partners."""
    from bench.town import copies
    from billing.models import Document, Entry, Issuer, NumberSeries, SplitRule
    from people.models import Agreement, Consortium, Organisation, Partner, Share

    consortium = Consortium.objects.create(name="Bench")
    lead, member = (
        Partner.objects.create(
            organisation=Organisation.objects.create(name=f"Bench {name}", kind="company"),
            consortium=consortium,
            is_lead=name == "lead",
            short_name=name,
        )
        for name in ("lead", "member")
    )
    agreement = Agreement.objects.create(consortium=consortium, version=1, from_on=date(2025, 1, 1))
    for partner, percent in ((lead, "66.6667"), (member, "33.3333")):
        Share.objects.create(agreement=agreement, partner=partner, percent=Decimal(percent))
    SplitRule.objects.create(consortium=consortium, of="takings", kind="shares", from_on=date(2025, 1, 1))
    issuer = Issuer.objects.create(partner=lead)
    series = NumberSeries.objects.create(issuer=issuer, code="FE", kinds=["invoice"])
    amounts = {"net": Money(1500), "vat": Money(330), "gross": Money(1830)}
    paper = Document.objects.create(
        issuer=issuer, kind="invoice", series=series, year=2026, ordinal=1, number="FE-1", issued_on=MONTH, customer_name="-",
        **amounts,
    )  # fmt: skip
    entry = Entry.objects.create(
        kind="sale",
        on=MONTH,
        issuer=issuer,
        partner=lead,
        resource=rooms[0],
        document=paper,
        rate=Decimal(22),
        **amounts,
    )
    days = "'2026-01-01'::date + (slot.n % 31)"
    of_papers = {"id": "slot.paper", "ordinal": "slot.n", "number": "'FE-' || slot.n", "issued_on": days}
    some = ", ".join(f"'{room.pk}'::uuid" for room in rooms[:60])
    room = f"(ARRAY[{some}])[1 + slot.n % 60]"
    earner = f"CASE slot.n % 3 WHEN 0 THEN '{member.pk}'::uuid ELSE row.partner_id END"
    of_entries = {
        "id": "slot.entry",
        "document_id": "slot.paper",
        "on": days,
        "resource_id": room,
        "partner_id": earner,
    }
    with psycopg.connect(superuser, autocommit=True) as db:
        db.execute("SET session_replication_role = replica")
        db.execute(NUMBERED, [DOCUMENTS])
        for statement in (copies(Document, paper, of_papers), copies(Entry, entry, of_entries)):
            db.execute(statement.encode())
        db.execute("ANALYZE billing_entry, billing_document")
    return consortium


def settled(consortium: Any) -> list[tuple[int, int, int]]:
    """The whole statement, and what it comes to."""
    from billing.consortium.settlement_content import content_of

    total = content_of(consortium, MONTH)["total"]
    return [(total["net"], total["vat"], total["gross"])]


def asked(consortium: Any) -> dict[str, Any]:
    issuer = consortium.partners.get(is_lead=True).issuer
    return {"issuer": issuer.pk, "first": MONTH, "last": date(2026, 2, 1)}
