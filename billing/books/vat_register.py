"""The registers of sales, receipts and stamp duty of an issuer: a row a document (and rate), sums of the documents.

Law: DPR 633/72 art. 23 (register of invoices), DPR 642/72 tariff art. 13 (stamp duty above 77.47), D.M. 17/06/2014
(stamp duty by quarter), D.Lgs. 117/2017 art. 82 (exemption of the third sector). VAT is the sum of the documents,
never a rate of their base. What the SdI rejected was never issued, and is left out until it is out again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When

from billing.models import Document, DocumentRate, Issuer, Revision
from billing.papers.activities import ACTIVITIES
from billing.papers.registers import cents, in_force, issued_within
from billing.papers.sdi import standings_of
from core.money import ZERO, Money
from core.tables import Column, Kind, Table
from core.words import Words

K = Document.Kind
MINUS = Case(When(document__kind=K.CREDIT_NOTE, then=Value(-1)), default=Value(1))
BATCH = 1000
STAMPED = ("N2.1", "N2.2", "N3.5", "N3.6", "N4")
THRESHOLD = Money(7747)
SDI = {
    "none": Words("–", "–"),
    "to_send": Words("da inviare o in attesa", "to send, or awaited"),
    "sent": Words("inviata, in attesa di risposta", "sent, awaiting an answer"),
    "to_write": Words("file da scrivere", "file to be written"),
    "to_mend": Words("da correggere prima di inviarla", "to correct before it is sent"),
    "refused_by_sdi": Words("scartata", "rejected"),
    "refused_by_customer": Words("rifiutata dal cliente", "refused by the customer"),
    "accepted": Words("accettata", "accepted"),
    "closed_by_time": Words("decorrenza dei termini", "closed by time"),
    "delivered": Words("consegnata", "delivered"),
    "undeliverable": Words("impossibile recapito", "undeliverable"),
    "not_delivered": Words("non consegnata, a disposizione", "not delivered, available"),
}


# Receipts and what reverses them, which no tax office reads; the rest is registered for VAT.
REVERSED = Q(kind=K.CREDIT_NOTE, corrects__kind=K.RECEIPT)
OF_RECEIPTS = Q(kind=K.RECEIPT) | REVERSED


def _between(issuer: Issuer, first: date, until: date) -> QuerySet[Document]:
    return in_force(issued_within(issuer, first, until))


def _invoices(issuer: Issuer, first: date, until: date) -> QuerySet[Document]:
    # Not `exclude`: what corrects nothing has no kind to compare, and would be excluded with the rest.
    of_invoice = Q(kind=K.CREDIT_NOTE) & ~Q(corrects__kind=K.RECEIPT)
    return _between(issuer, first, until).filter(Q(kind=K.INVOICE) | of_invoice)


def _of_receipts(issuer: Issuer, first: date, until: date) -> QuerySet[Document]:
    return _between(issuer, first, until).filter(OF_RECEIPTS)


def _frozen(what: str) -> Subquery:
    """What each document's last revision says, as it was frozen."""
    last = Revision.objects.filter(document=OuterRef("pk")).order_by("-version")
    return Subquery(last.values(f"snapshot__{what}")[:1])


# -- VAT on sales ----------------------------------------------------------------------------------------

SALES = (
    Column(Words("Data", "Date"), Kind.DAY),
    Column(Words("Numero", "Number")),
    Column(Words("Sezionale", "Series")),
    Column(Words("Tipo", "Type")),
    Column(Words("Cliente", "Customer")),
    Column(Words("Partita IVA", "VAT number")),
    Column(Words("Codice fiscale", "Tax code")),
    Column(Words("Paese", "Country")),
    Column(Words("Aliquota", "Rate"), Kind.NUMBER),
    Column(Words("Natura", "Natura")),
    Column(Words("Esigibilità", "Due by")),
    Column(Words("Imponibile", "Net"), Kind.MONEY, summed=True),
    Column(Words("IVA", "VAT"), Kind.MONEY, summed=True),
    Column(Words("Totale", "Gross"), Kind.MONEY, summed=True),
    Column(Words("File SdI", "SdI file")),
    Column(Words("Identificativo SdI", "SdI number")),
    Column(Words("Stato SdI", "SdI state")),
    Column(Words("Corregge", "Corrects")),
)


def sales(issuer: Issuer, first: date, until: date) -> Table:
    """The VAT register of sales between two days (`until` excluded): a row a document and rate."""
    return Table("registro-iva-vendite", SALES, _sales(issuer, first, until))


def _sales(issuer: Issuer, first: date, until: date) -> Iterator[tuple[Any, ...]]:
    rows = (
        _invoices(issuer, first, until)
        .annotate(buyer=_frozen("buyer"))
        .order_by("issued_on", "series__code", "ordinal")
        # Bare values: a hundred thousand documents as objects take three times as long.
        .values_list(
            "pk", "kind", "type", "issued_on", "number", "series__code", "customer_name", "split", "on_payment", "corrects__number",
            "buyer", named=True,
        )
    )  # fmt: skip
    for batch in _batches(rows):
        rates = _rates_of([d.pk for d in batch])
        sent = standings_of({d.pk: bool(d.type) for d in batch})
        for d in batch:
            sign = -1 if d.kind == K.CREDIT_NOTE else 1
            standing = sent[d.pk]
            for rate, natura, net, vat, gross in rates.get(d.pk, []):
                yield (
                    d.issued_on,
                    d.number,
                    d.series__code,
                    d.type,
                    d.customer_name,
                    d.buyer.get("vat_number"),
                    d.buyer.get("tax_code"),
                    d.buyer.get("country"),
                    rate,
                    natura or None,
                    _due_by(d.split, d.on_payment, rate),
                    net.times(sign),
                    vat.times(sign),
                    gross.times(sign),
                    standing.file or None,
                    standing.sdi_id or None,
                    SDI[standing.state].say(),
                    d.corrects__number,
                )


def _due_by(split: bool, on_payment: bool, rate: Any) -> str:
    """When VAT is due: at once (I), once it is paid (D), by the payer (S)."""
    return "I" if not rate else "S" if split else "D" if on_payment else "I"


def _rates_of(documents: list[Any]) -> dict[Any, list[tuple[Any, ...]]]:
    found: dict[Any, list[tuple[Any, ...]]] = {}
    of = DocumentRate.objects.filter(document__in=documents).order_by("-rate", "natura")
    grouped = of.values_list("document_id", "rate", "natura").annotate(Sum("net"), Sum("vat"), Sum("gross"))
    for document, rate, natura, *sums in grouped:
        found.setdefault(document, []).append((rate, natura, *map(cents, sums)))
    # Of a natura that was mended nothing is left.
    return {document: [row for row in rows if any(row[2:])] or rows for document, rows in found.items()}


def _batches(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    every = rows.iterator(chunk_size=BATCH)
    while batch := list(islice(every, BATCH)):
        yield batch


BY_RATE = (
    Column(Words("Aliquota", "Rate"), Kind.NUMBER),
    Column(Words("Natura", "Natura")),
    Column(Words("Esigibilità", "Due by")),
    Column(Words("Documenti", "Documents"), Kind.COUNT),
    Column(Words("Imponibile", "Net"), Kind.MONEY, summed=True),
    Column(Words("IVA", "VAT"), Kind.MONEY, summed=True),
    Column(Words("IVA da versare", "VAT to pay"), Kind.MONEY, summed=True),
)


def by_rate(issuer: Issuer, first: date, until: date) -> Table:
    """What the register comes to by rate and natura, split payment and VAT due on payment apart; two statements.

    Of what is due on payment, only what was paid with its sale is to be paid with the month; the rest follows its money.
    """
    of = DocumentRate.objects.filter(document__in=_invoices(issuer, first, until).order_by().values("pk"))
    key = "rate", "natura", "document__split", "document__on_payment"
    found = (
        of.values(*key)
        .annotate(
            n=Sum(F("net") * MINUS),
            v=Sum(F("vat") * MINUS),
            paid=Sum(F("vat") * MINUS, filter=Q(document__payment__isnull=False)),
            documents=Count("document", distinct=True),
        )
        .order_by("-rate", *key[1:])
    )
    together: dict[tuple[Any, str, str], list[Any]] = {}
    for row in found:
        by = _due_by(row["document__split"], row["document__on_payment"], row["rate"])
        had = together.setdefault((row["rate"], row["natura"], by), [0, ZERO, ZERO, ZERO])
        due = {"I": row["v"], "D": row["paid"], "S": 0}[by]
        had[0] += row["documents"]
        for place, amount in enumerate((row["n"], row["v"], due), 1):
            had[place] += cents(amount)
    for rate, natura, split, on_payment in _taken_back(of, *key):
        together[rate, natura, _due_by(split, on_payment, rate)][0] -= 1
    rows = [(rate, natura or None, by, *sums) for (rate, natura, by), sums in together.items() if sums[0]]
    return Table("liquidazione-iva", BY_RATE, rows)


def _taken_back(rows: QuerySet[DocumentRate], *by: str) -> Iterator[tuple[Any, ...]]:
    """One row, told `by` these, for each document that has nothing left at a rate and natura, which was mended."""
    mended = DocumentRate.objects.filter(version__gt=1).values("document")
    sums = rows.filter(document__in=mended).values("document", *by).annotate(n=Sum("net"), g=Sum("gross"))
    yield from sums.filter(n=0, g=0).order_by().values_list(*by)


# -- receipts --------------------------------------------------------------------------------------------

RECEIPTS = (
    Column(Words("Data", "Date"), Kind.DAY),
    Column(Words("Numero", "Number")),
    Column(Words("Intestatario", "Given to")),
    Column(Words("Codice fiscale", "Tax code")),
    Column(Words("Causale", "For")),
    Column(Words("Metodo", "Method")),
    Column(Words("Aliquota", "Rate"), Kind.NUMBER),
    Column(Words("Natura", "Natura")),
    Column(Words("Bollo", "Stamp duty"), Kind.MONEY, summed=True),
    Column(Words("Importo", "Amount"), Kind.MONEY, summed=True),
    Column(Words("Storna", "Reverses")),
    Column(Words("Attività", "Activity")),
)
METHODS = {
    "cash": Words("contanti", "cash"),
    "pos": Words("POS", "card at the desk"),
    "card": Words("carta", "card"),
    "transfer": Words("bonifico", "bank transfer"),
    "account": Words("a conto", "on account"),
    "sepa": Words("addebito SEPA", "SEPA debit"),
    "withheld": Words("trattenuto", "withheld"),
}


def receipts(issuer: Issuer, first: date, until: date) -> Table:
    """The register of receipts, which do not go to the SdI: a row a receipt and rate, reversals with a minus."""
    return Table("registro-ricevute", RECEIPTS, _receipts(issuer, first, until))


def _receipts(issuer: Issuer, first: date, until: date) -> Iterator[tuple[Any, ...]]:
    rows = (
        _of_receipts(issuer, first, until)
        .annotate(buyer=_frozen("buyer"), method=_frozen("method"))
        .order_by("issued_on", "series__code", "ordinal")
        .values_list(
            "pk", "kind", "issued_on", "number", "customer_name", "stamp", "corrects__number", "activity", "buyer", "method",
            named=True,
        )
    )  # fmt: skip
    for batch in _batches(rows):
        said: dict[Any, list[str]] = {}
        lines = Document.objects.filter(pk__in=[d.pk for d in batch]).order_by("lines__position")
        for pk, text in lines.values_list("pk", "lines__description"):
            said.setdefault(pk, []).append(text)
        rates = _rates_of([d.pk for d in batch])
        for d in batch:
            method = METHODS.get(d.method or "")
            sign = -1 if d.kind == K.CREDIT_NOTE else 1
            for position, (rate, natura, _, _, gross) in enumerate(rates.get(d.pk, [])):
                yield (
                    d.issued_on,
                    d.number,
                    d.customer_name,
                    d.buyer.get("tax_code"),
                    "; ".join(said.get(d.pk, []))[:300],
                    method.say() if method else None,
                    rate,
                    natura or None,
                    ZERO if position else d.stamp,  # the document's, once
                    gross.times(sign),
                    d.corrects__number,
                    ACTIVITIES[d.activity].say() if d.activity else None,
                )


RECEIPTS_BY_RATE = (
    Column(Words("Aliquota", "Rate"), Kind.NUMBER),
    Column(Words("Natura", "Natura")),
    Column(Words("Documenti", "Documents"), Kind.COUNT),
    Column(Words("Importo", "Amount"), Kind.MONEY, summed=True),
)


def receipts_by_rate(issuer: Issuer, first: date, until: date) -> Table:
    """What the register of receipts comes to by rate and natura."""
    found = (
        DocumentRate.objects.filter(document__in=_of_receipts(issuer, first, until).order_by().values("pk"))
        .values("rate", "natura")
        .annotate(amount=Sum(F("gross") * MINUS), documents=Count("document", distinct=True))
        .order_by("-rate", "natura")
    )
    rows = [(row["rate"], row["natura"] or None, row["documents"], cents(row["amount"])) for row in found]
    return Table("ricevute-per-natura", RECEIPTS_BY_RATE, rows)


# -- stamp duty ------------------------------------------------------------------------------------------

STAMPS = (
    Column(Words("Trimestre", "Quarter")),
    Column(Words("Data", "Date"), Kind.DAY),
    Column(Words("Numero", "Number")),
    Column(Words("Cliente", "Customer")),
    Column(Words("Base", "Basis"), Kind.MONEY, summed=True),
    Column(Words("Bollo", "Stamp duty"), Kind.MONEY, summed=True),
    Column(Words("Nota", "Note")),
)
EXEMPT = Words("esente, ente del Terzo settore (art. 82 c. 5 D.Lgs. 117/2017)", "exempt: third sector body")
LISTED = Words(
    "non dovuto; l'Agenzia può proporlo nell'elenco B: da togliere",
    "not due; the tax office may list it in its list B: strike it out",
)
NOT_PUT = Words("sopra 77,47 e senza bollo: da verificare", "above 77.47 without stamp duty: look at it")


def quarter(day: date) -> str:
    """`2026 T4`."""
    return f"{day.year} T{(day.month + 2) // 3}"


def stamps(issuer: Issuer, first: date, until: date) -> Table:
    """Every document that owes stamp duty, or would but for a reason, which is said."""
    return Table("bollo", STAMPS, _stamps(issuer, first, until))


def _stamps(issuer: Issuer, first: date, until: date) -> Iterator[tuple[Any, ...]]:
    rows = (
        # What reverses a receipt owes none, whatever it comes to: the duty is on a receipt for money had.
        _between(issuer, first, until)
        .exclude(REVERSED)
        .annotate(basis=Sum("rates__net", filter=Q(rates__natura__in=STAMPED)))
        .filter(Q(basis__gt=0) | Q(stamp__gt=0))
        .order_by("issued_on", "series__code", "ordinal")
    )
    for d in rows.iterator(chunk_size=BATCH):
        basis = cents(getattr(d, "basis", 0))
        note = None
        if not d.stamp:
            if issuer.third_sector and basis > THRESHOLD:
                note = EXEMPT
            elif basis > THRESHOLD:
                note = NOT_PUT
            elif d.net > THRESHOLD and d.is_electronic:
                note = LISTED
            else:
                continue
        yield (
            quarter(d.issued_on),
            d.issued_on,
            d.number,
            d.customer_name,
            basis,
            d.stamp,
            note.say() if note else None,
        )
