"""A seller's papers: one document with its PDF, a month's zip of a thousand, a VAT register of a hundred thousand.

Held against what nobody can do without: WeasyPrint alone on the same page, the same bytes put in an archive, and the
register's columns in one statement.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg

IN_A_ZIP, IN_THE_REGISTER = 1_000, 100_000
ZIPPED, REGISTERED, AFTER = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)
# The first thousand with their files in January, all the others with a rate in February.
NUMBERED = """
CREATE TEMP TABLE slot AS
SELECT n, gen_random_uuid() AS paper, gen_random_uuid() AS revision, gen_random_uuid() AS rate, gen_random_uuid() AS pdf,
       gen_random_uuid() AS xml, gen_random_uuid() AS sent, n <= %(zipped)s AS zipped
FROM generate_series(1, %(zipped)s + %(registered)s) n
"""
REGISTER = """
SELECT d.issued_on, d.number, s.code, d.type, d.customer_name, v.snapshot->'buyer'->>'vat_number',
       v.snapshot->'buyer'->>'tax_code', v.snapshot->'buyer'->>'country', r.rate, r.natura, d.split, r.net, r.vat, r.gross,
       (SELECT max(p.kind) FROM billing_receipt p JOIN billing_transmission t ON t.id = p.transmission_id
        WHERE t.revision_id = v.id)
FROM billing_document d JOIN billing_numberseries s ON s.id = d.series_id
JOIN billing_documentrate r ON r.document_id = d.id
JOIN LATERAL (SELECT id, snapshot FROM billing_revision v WHERE v.document_id = d.id ORDER BY version DESC LIMIT 1) v ON true
WHERE d.issuer_id = %(issuer)s AND d.issued_on >= %(first)s AND d.issued_on < %(until)s AND d.kind <> 'receipt'
ORDER BY d.issued_on, s.code, d.ordinal
"""
FILES = """
SELECT f.content FROM billing_file f JOIN billing_revision v ON v.id = f.revision_id JOIN billing_document d ON d.id = v.document_id
WHERE d.issuer_id = %(issuer)s AND d.issued_on >= %(first)s AND d.issued_on < %(until)s ORDER BY d.ordinal, f.kind
"""
ADDRESS = {"street": "Via Egeo 16", "postcode": "10134", "city": "Torino", "province": "TO"}


@dataclass(frozen=True)
class Paper:
    """What is measured, how its answer and the floor's are read to be compared, and how often it is asked."""

    name: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    rounds: int


def fill(superuser: str) -> Any:
    """An issuer with one document issued, drawn and written as always, and all others copied from it."""
    from bench.town import copies
    from billing.models import DocumentRate, File, Revision, Transmission
    from billing.papers import sdi
    from billing.papers.pdf import file_of

    document = issued(seller())
    revision = Revision.objects.get(document=document)
    file_of(revision)
    sdi.file_of(revision)
    files = {kind: File.objects.get(revision=revision, kind=kind) for kind in ("pdf", "xml")}
    sent = Transmission.objects.get(revision=revision)
    rate = DocumentRate.objects.get(document=document)
    of_papers = {
        "id": "slot.paper",
        "ordinal": "slot.n + 1",
        "number": "'FE-2025/' || slot.n",
        "year": "2025",
        "issued_on": f"CASE WHEN slot.zipped THEN '{ZIPPED}'::date ELSE '{REGISTERED}'::date END + slot.n % 28",
    }
    of_files = {"revision_id": "slot.revision"}
    statements = [
        copies(type(document), document, of_papers),
        copies(Revision, revision, {"id": "slot.revision", "document_id": "slot.paper"}),
        copies(DocumentRate, rate, {"id": "slot.rate", "document_id": "slot.paper"}),
        *(
            copies(File, file, of_files | {"id": f"slot.{kind}"}) + " AND slot.zipped"
            for kind, file in files.items()
        ),
        copies(Transmission, sent, of_files | {"id": "slot.sent", "file_name": "'IT_' || slot.n || '.xml'"})
        + " AND slot.zipped",
    ]
    with psycopg.connect(superuser, autocommit=True) as db:
        db.execute("SET session_replication_role = replica")
        db.execute(NUMBERED, {"zipped": IN_A_ZIP, "registered": IN_THE_REGISTER})
        for statement in statements:
            db.execute(statement.encode())
        db.execute(
            "ANALYZE billing_document, billing_documentrate, billing_revision, billing_file, billing_transmission"
        )
    return document.issuer


def seller() -> Any:
    from billing.models import Issuer, NumberSeries
    from people.models import Consortium, Organisation, Partner

    body = Organisation.objects.create(
        name="Bench papers", kind="company", vat_number="12345670017", tax_code="12345670017", **ADDRESS
    )
    consortium = Consortium.objects.create(name="Papers")
    partner = Partner.objects.create(
        organisation=body, consortium=consortium, is_lead=True, short_name="Papers"
    )
    issuer = Issuer.objects.create(partner=partner)
    NumberSeries.objects.create(issuer=issuer, code="FE", kinds=["invoice"])
    issuer.refresh_from_db()  # amounts are money only as they are read
    return issuer


def issued(issuer: Any) -> Any:
    """One more invoice, as the office issues it."""
    from billing.papers.amounts import Line
    from billing.papers.issuing import issue
    from billing.papers.snapshots import Paper as Said
    from billing.papers.vat import RateKey
    from billing.papers.wish import Wish
    from people.models import Organisation, Person

    by = Person.objects.get(email="bench@example.org")
    buyer, _ = Organisation.objects.get_or_create(
        name="Buyer", defaults={"kind": "association", "tax_code": "97654320015"} | ADDRESS
    )
    lines = [Line(f"Sala Po, {n} ore", Decimal(15 * n), RateKey(Decimal(22))) for n in (1, 2, 3)]
    return issue(by, Wish(issuer, "invoice", buyer, lines, Said("TD01", with_vat=False)))


def asked(issuer: Any, db: psycopg.Connection[Any]) -> list[Paper]:
    """The three, ready to be measured. Raises SystemExit if ours and the floor's differ."""
    from billing.books import exports, vat_register
    from billing.models import Revision
    from billing.papers.pdf import BASE, file_of, page_of
    from core.models import JobFile
    from people.models import Person

    by = Person.objects.get(email="bench@example.org")
    month = {"issuer": issuer.pk, "first": ZIPPED, "until": REGISTERED}
    register = {"issuer": issuer.pk, "first": REGISTERED, "until": AFTER}
    page = page_of(Revision.objects.filter(document__issuer=issuer).order_by("pk").last().snapshot)

    def document() -> Any:
        return file_of(Revision.objects.get(document=issued(issuer)))

    def drawn() -> bytes:
        from weasyprint import HTML

        content: bytes = HTML(string=page, base_url=BASE).write_pdf()
        return content

    def month_zip() -> Any:
        job = exports.start(by, issuer, f"{ZIPPED:%Y-%m}")
        exports.make({"job": str(job.pk)})
        return JobFile.objects.get(job=job)

    def archive() -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
            for n, (content,) in enumerate(db.execute(FILES, month).fetchall()):
                made.writestr(str(n), content)
        return out.getvalue()

    def rows() -> list[Any]:
        return list(vat_register.sales(issuer, REGISTERED, AFTER).rows)

    def selected() -> list[Any]:
        return db.execute(REGISTER, register).fetchall()

    told = [(row[1], row[11].cents, row[12].cents, row[13].cents) for row in rows()]
    if told != [(row[1], row[11], row[12], row[13]) for row in selected()]:
        raise SystemExit("the register: the answers differ")
    if not len(db.execute(FILES, month).fetchall()) == IN_A_ZIP * 2:
        raise SystemExit("the month's zip: files are missing")
    return [
        Paper("a document issued, with XML and PDF", document, drawn, 25),
        Paper("month zip of 1,000 documents", month_zip, archive, 5),
        Paper("VAT register of 100,000 documents", rows, selected, 3),
    ]
