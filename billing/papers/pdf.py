"""The page that a document is: drawn by WeasyPrint from the frozen snapshot alone, the same bytes every time."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from billing.models import File, Revision
from billing.papers import sdi
from billing.papers.activities import ACTIVITIES
from billing.papers.regimes import ON_PAYMENT
from booking.judging.rule_words import MONTH_NAMES
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
    "reversal": Words("Storno di ricevuta", "Reversal of a receipt"),
    "quotation": Words("Preventivo", "Quotation"),
    "pro_forma": Words("Pro-forma", "Pro-forma"),
}
# What a quotation or a pro-forma says of itself, always in both languages.
NO_INVOICE = Words(
    "Questo documento non è una fattura e non vale ai fini fiscali: la fattura sarà emessa a parte.",
    "This paper is no invoice and has no value for tax: the invoice will be issued apart.",
)
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
    "split": Words("IVA versata dal cliente (art. 17-ter)", "VAT paid by the customer (art. 17-ter)"),
    "due": Words("Da pagare", "To pay"),
    "stamp": Words("Imposta di bollo assolta in modo virtuale", "Stamp duty paid electronically"),
    "exempt": Words(
        "Esente da imposta di bollo (art. 82 c. 5 D.Lgs. 117/2017)",
        "Exempt from stamp duty (D.Lgs. 117/2017 art. 82 c. 5)",
    ),
    "due_on": Words("Scadenza", "Due date"),
    "valid_until": Words("Valido fino al", "Valid until"),
    "order": Words("Ordine", "Order"),
    "capital": Words("Capitale sociale", "Share capital"),
    "in_liquidation": Words("in liquidazione", "in liquidation"),
    "copy": Words(
        "Copia di cortesia priva di valore fiscale ai fini IVA: l'originale è il file XML che passa dallo SdI, "
        "nell'area riservata dell'Agenzia delle Entrate.",
        "Courtesy copy without value for VAT: the original is the XML file that goes through the SdI, in the reserved "
        "area of the Italian tax office.",
    ),
    "reduction": Words(
        "Nota di variazione in diminuzione, art. 26 DPR 633/72", "Reduction note, art. 26 DPR 633/72"
    ),
    "by": Words("Emesso in nome e per conto da", "Issued in the name and on behalf by"),
}


LESS, MORE = Words("sconto {what}", "less {what}"), Words("maggiorazione {what}", "plus {what}")
RELATED = Words("Fa seguito a {number} del {day}", "Following {number} of {day}")
FINEST = Decimal("0.0001")  # of a price that a line's worth comes to
# What the customer keeps, by its kind (2.1.1.5.1 TipoRitenuta): a tax in advance, or a contribution to a fund.
WITHHELD = {
    "RT01": Words("Ritenuta d'acconto", "Withholding tax"),
    "RT02": Words("Ritenuta d'acconto", "Withholding tax"),
    "RT03": Words("Contributo INPS trattenuto", "INPS contribution withheld"),
    "RT04": Words("Contributo ENASARCO trattenuto", "ENASARCO contribution withheld"),
    "RT05": Words("Contributo ENPAM trattenuto", "ENPAM contribution withheld"),
    "RT06": Words("Contributo previdenziale trattenuto", "Social-security contribution withheld"),
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
    return euro(Decimal(cents) / 100, language)


def euro(amount: Decimal, language: str) -> str:
    """The same of an amount that may have parts of a cent: 0.0387 as 0,0387 €."""
    sign = "-" if amount < 0 else ""
    whole, _, parts = f"{abs(amount):,.8f}".partition(".")
    text = f"{whole}.{parts.rstrip('0').ljust(2, '0')}"
    if language == ENGLISH:
        return f"{sign}€{text}"
    return f"{sign}{text.replace(',', ' ').replace('.', ',').replace(' ', '.')} €"


def apart(snapshot: dict[str, Any], language: str) -> list[tuple[str, str]]:
    """What stands between a document's total and what is to be paid, line by line; nothing if they are the same."""
    told = snapshot.get("electronic", {})
    kept = told.get("withholding") or {}
    rows = [
        (WITHHELD[kept.get("kind", "RT01")], -kept.get("amount", 0)),
        (LABELS["split"], -snapshot["vat"] if told.get("split") else 0),
    ]
    found = [(words.say(language), money(cents, language)) for words, cents in rows if cents]
    return [*found, (LABELS["due"].say(language), money(told["due"], language))] if found else []


def registered(seller: dict[str, Any], language: str) -> str:
    """REA TO-1234567 · Capitale sociale 10.000,00 € · in liquidazione; what a company says of itself (c.c. art. 2250)."""
    told = [
        f"REA {seller['rea']}" if seller.get("rea") else "",
        f"{LABELS['capital'].say(language)} {money(seller['capital'], language)}"
        if seller.get("capital")
        else "",
        LABELS["in_liquidation"].say(language) if seller.get("in_liquidation") else "",
    ]
    return " · ".join(part for part in told if part)


def measured(snapshot: dict[str, Any], position: int, language: str) -> str:
    """18/10/2026 · 3 ore × 25,00 € · sconto 10%; empty where it is one thing at its price, of no day."""
    lines = snapshot.get("electronic", {}).get("lines", [])
    if position >= len(lines):
        return ""
    line = lines[position]
    told = [_when(line, language), _times(line, snapshot["lines"][position]["worth"], language)]
    return " · ".join(
        part for part in [*told, *(_off(one, language) for one in line.get("discounts", []))] if part
    )


def _when(line: dict[str, Any], language: str) -> str:
    days = dict.fromkeys(iso for iso in (line.get("first_on"), line.get("last_on")) if iso)
    return "–".join(day(iso, language) for iso in days)


def _times(line: dict[str, Any], worth: int, language: str) -> str:
    """3 ore × 25,00 €. The price is the one that was asked: before its discounts, where the line tells them."""
    quantity = Decimal(line["quantity"])
    if quantity == 1 and not line.get("discounts", []):
        return ""
    if line.get("discounts", []):
        each = Decimal(line["unit_price"])
    else:
        each = (Decimal(worth) / 100 / quantity).quantize(FINEST) if quantity else Decimal(0)
    return f"{_number(quantity, language)} {line['unit']} × {euro(each, language)}".replace("  ", " ")


def _off(discount: dict[str, str], language: str) -> str:
    value = Decimal(discount.get("percent") or discount["amount"])
    what = f"{_number(abs(value), language)}%" if "percent" in discount else euro(abs(value), language)
    return (LESS if value >= 0 else MORE).say(language, what=what)


def _number(value: Decimal, language: str) -> str:
    text = f"{value.normalize():f}"
    return text if language == ENGLISH else text.replace(".", ",")


def notes(snapshot: dict[str, Any], language: str) -> list[str]:
    """What it goes on from, and by which rule its VAT is due later: as the file says it, in Italian."""
    told = snapshot.get("electronic", {})
    found = [
        RELATED.say(language, number=other["number"], day=day(other["issued_on"], language))
        for other in told.get("related", ())
    ]
    later = ON_PAYMENT.get(snapshot["seller"]["regime"], "")
    return (
        [*found, later] if later and snapshot["vat"] and not told.get("split") and told.get("type") else found
    )


def page_of(snapshot: dict[str, Any]) -> str:
    """The document as HTML, in its own language."""
    language, told = snapshot["language"], snapshot.get("electronic", {})
    say = {name: words.say(language) for name, words in LABELS.items()}
    return render_to_string(
        "billing/document.html",
        {
            "d": snapshot,
            "title": TITLES[_titled(snapshot)].say(language),
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
            "told": told,
            "registered": registered(snapshot["seller"], language),
            "due_on": day(told["due_on"], language) if told.get("due_on") else "",
            "valid_until": day(snapshot["valid_until"], language) if snapshot.get("valid_until") else "",
            "no_invoice": [("it", NO_INVOICE.it), ("en", NO_INVOICE.en)] if "valid_until" in snapshot else [],
            "fund": money(fund["amount"], language) if (fund := _fund(snapshot)) else "",
            "apart": apart(snapshot, language),
            "stamp": money(snapshot["electronic"]["stamp"], language) if _stamp(snapshot) else "",
            "activity": _activity(snapshot, language),
            "exempt": snapshot["kind"] == "receipt" and snapshot["electronic"].get("exempt_from_stamp"),
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
            "notes": notes(snapshot, language),
            "footer": snapshot["seller"][f"footer_{language}"],
        },
    )


def _activity(snapshot: dict[str, Any], language: str) -> str:
    """Of which activity a receipt says that it is; an invoice says it to the books alone."""
    said = ACTIVITIES.get(snapshot.get("activity", "")) if snapshot["kind"] == "receipt" else None
    return said.say(language) if said else ""


def _titled(snapshot: dict[str, Any]) -> str:
    kind = str(snapshot["kind"])
    told = snapshot.get("electronic", {})
    return "reversal" if kind == "credit_note" and told.get("type") == "" else kind


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
