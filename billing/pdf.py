"""The page that a document is: drawn by WeasyPrint from the frozen snapshot alone, the same bytes every time."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from billing import sdi
from billing.models import File, Revision
from booking.rule_words import MONTH_NAMES
from core import outbox
from core.words import ENGLISH, Words

FONTS = Path(__file__).parent / "fonts"
BASE = FONTS.as_uri() + "/"
OURS = {BASE + font.name for font in FONTS.glob("*.ttf")}
LOGO = BASE + "logo.svg"  # no file: the issuer's logo, out of the snapshot
KIND = "pdf"
WHEN = datetime(2000, 1, 1, tzinfo=UTC)  # of what is attached: the hour of drawing would change the bytes
TITLES = {
    "invoice": Words("Fattura", "Invoice"),
    "credit_note": Words("Nota di credito", "Credit note"),
    "receipt": Words("Ricevuta", "Receipt"),
}
LABELS = {
    "seller": Words("Emittente", "Issuer"),
    "buyer": Words("Cliente", "Customer"),
    "date": Words("Data", "Date"),
    "description": Words("Descrizione", "Description"),
    "rate": Words("IVA", "VAT"),
    "amount": Words("Importo", "Amount"),
    "net": Words("Imponibile", "Net"),
    "vat": Words("Imposta", "VAT"),
    "total": Words("Totale", "Total"),
    "corrects": Words("A rettifica del documento", "Correcting document"),
    "of": Words("del", "of"),
    "vat_number": Words("P. IVA", "VAT no."),
    "tax_code": Words("C.F.", "Tax code"),
    "paid": Words("Pagamento", "Payment"),
    "without_vat": Words("Importi IVA esclusa", "Amounts without VAT"),
    "fund": Words("Contributo previdenziale", "Social-security fund"),
    "withheld": Words("Ritenuta d'acconto", "Withholding tax"),
    "split": Words("IVA versata dal cliente (art. 17-ter)", "VAT paid by the customer (art. 17-ter)"),
    "due": Words("Da pagare", "To pay"),
    "stamp": Words("Imposta di bollo assolta in modo virtuale", "Stamp duty paid electronically"),
    "by": Words("Emesso in nome e per conto da", "Issued in the name and on behalf by"),
}


METHODS = {
    "card": Words("carta", "card"),
    "sepa": Words("addebito SEPA", "SEPA debit"),
    "transfer": Words("bonifico", "bank transfer"),
    "account": Words("in conto", "on account"),
    "cash": Words("contanti", "cash"),
    "pos": Words("POS", "card at the desk"),
}


def day(iso: str, language: str) -> str:
    """2026-11-30 as 30/11/2026 or 30 November 2026."""
    year, month, number = iso.split("-")
    return (
        f"{int(number)} {MONTH_NAMES[int(month) - 1].say(ENGLISH)} {year}"
        if language == ENGLISH
        else f"{number}/{month}/{year}"
    )


def percent(rate: dict[str, Any], language: str) -> str:
    """22.00 as 22%, 4.50 as 4,5% or 4.5%; with the natura if there is one."""
    number = rate["rate"].rstrip("0").rstrip(".") if "." in rate["rate"] else rate["rate"]
    shown = number if language == ENGLISH else number.replace(".", ",")
    return f"{shown}% {rate['natura']}".strip()


def money(cents: int, language: str) -> str:
    """1234567 as 12.345,67 € or €12,345.67."""
    sign = "-" if cents < 0 else ""
    text = f"{abs(cents) // 100:,}.{abs(cents) % 100:02}"
    if language == ENGLISH:
        return f"{sign}€{text}"
    return f"{sign}{text.replace(',', ' ').replace('.', ',').replace(' ', '.')} €"


def apart(snapshot: dict[str, Any], language: str) -> list[tuple[str, str]]:
    """What stands between a document's total and what is to be paid, line by line; nothing if they are the same."""
    told = snapshot.get("electronic", {})
    kept = told.get("withholding") or {}
    rows = [("withheld", -kept.get("amount", 0)), ("split", -snapshot["vat"] if told.get("split") else 0)]
    found = [(LABELS[name].say(language), money(cents, language)) for name, cents in rows if cents]
    return [*found, (LABELS["due"].say(language), money(told["due"], language))] if found else []


def measured(snapshot: dict[str, Any], position: int, language: str) -> str:
    """3 ore × 25,00 €; empty where it is one thing at its price."""
    lines = snapshot.get("electronic", {}).get("lines", [])
    if position >= len(lines) or Decimal(lines[position]["quantity"]) == 1:
        return ""
    quantity = f"{Decimal(lines[position]['quantity']).normalize():f}"
    worth = Decimal(snapshot["lines"][position]["worth"]) / Decimal(lines[position]["quantity"] or 1)
    shown = quantity if language == ENGLISH else quantity.replace(".", ",")
    return f"{shown} {lines[position]['unit']} × {money(int(worth), language)}".replace("  ", " ")


def page_of(snapshot: dict[str, Any]) -> str:
    """The document as HTML, in its own language."""
    language = snapshot["language"]
    say = {name: words.say(language) for name, words in LABELS.items()}
    return render_to_string(
        "billing/document.html",
        {
            "d": snapshot,
            "title": TITLES[snapshot["kind"]].say(language),
            "say": say,
            "issued": day(snapshot["issued_on"], language),
            "corrected": day(snapshot["corrects"]["issued_on"], language) if snapshot["corrects"] else "",
            "method": METHODS[snapshot["method"]].say(language) if snapshot["method"] in METHODS else "",
            "lines": [
                line
                | {
                    "rate_shown": percent(line, language),
                    "shown": money(line.get("worth", line["gross"]), language),
                    "measured": measured(snapshot, position, language),
                }
                for position, line in enumerate(snapshot["lines"])
            ],
            "told": snapshot.get("electronic", {}),
            "fund": money(fund["amount"], language) if (fund := _fund(snapshot)) else "",
            "apart": apart(snapshot, language),
            "stamp": money(snapshot["electronic"]["stamp"], language) if _stamp(snapshot) else "",
            "rates": [
                rate
                | {
                    "rate_shown": percent(rate, language),
                    "net_shown": money(rate["net"], language),
                    "vat_shown": money(rate["vat"], language),
                }
                for rate in snapshot["rates"]
            ],
            "total_shown": money(snapshot["gross"], language),
            "footer": snapshot["seller"][f"footer_{language}"],
        },
    )


def _fund(snapshot: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = snapshot.get("electronic", {}).get("fund")
    return found


def _stamp(snapshot: dict[str, Any]) -> int:
    return int(snapshot.get("electronic", {}).get("stamp", 0))


def draw(snapshot: dict[str, Any], digest: str, attached: tuple[str, bytes] | None = None) -> bytes:
    """The document's page as `render` makes it, its XML (name, bytes) inside it."""
    return render(page_of(snapshot), digest, snapshot["seller"]["logo"], attached)


def render(page: str, digest: str, logo: str = "", attached: tuple[str, bytes] | None = None) -> bytes:
    """A tagged PDF/A-3 of an HTML page. Nothing is fetched but our fonts and `logo` (SVG), under the name `logo.svg`;
    `digest` makes the bytes repeatable."""
    # The import is slow and needs Pango: only the worker that draws pays for it.
    from weasyprint import HTML, Attachment
    from weasyprint.urls import URLFetcher, URLFetcherResponse, URLFetchingError

    class OnlyOurFonts(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            # Whole addresses are compared: a prefix lets through what climbs out of the folder (%2e%2e).
            if url in OURS:
                return super().fetch(url, headers)
            if url == LOGO and logo:
                return URLFetcherResponse(url, logo.encode(), {"Content-Type": "image/svg+xml"})
            raise URLFetchingError(f"documents fetch nothing: {url}")

    # Subsetted fonts would carry the hour of drawing; with this, drawing again gives the same bytes.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    html = HTML(string=page, base_url=BASE, url_fetcher=OnlyOurFonts())
    content: bytes = html.write_pdf(
        pdf_variant="pdf/a-3a",
        pdf_identifier=digest[:32].encode(),
        pdf_tags=True,
        attachments=[
            Attachment(string=content, name=name, relationship="Source", created=WHEN, modified=WHEN)
            for name, content in ([attached] if attached else [])
        ],
    )
    return content


def file_of(revision: Revision) -> File:
    """The revision's PDF: stored once, drawn now if nobody has yet; whoever comes second reads the first's."""
    kept = revision.files.filter(kind=KIND).first()
    if kept is not None:
        return kept
    content = draw(revision.snapshot, revision.sha256, sdi.attached(revision))
    digest = hashlib.sha256(content).hexdigest()
    made = File(revision=revision, kind=KIND, content=content, size=len(content), sha256=digest)
    File.objects.bulk_create([made], ignore_conflicts=True)
    return revision.files.get(kind=KIND)


@outbox.handler("billing.pdf")
def make(payload: dict[str, Any]) -> None:
    """The revision has its PDF, made before anybody waits for it."""
    file_of(Revision.objects.get(pk=payload["revision"]))
