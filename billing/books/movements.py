"""A customer's account with an issuer: every document, payment and refund in order, with what is owed after each.

Told from rows that only grow, like the books: what a document has to be paid, less what came in for it. The same
customer's account of the same days is the same whenever it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import QuerySet, Value
from django.template.loader import render_to_string
from django.utils.translation import override

from billing.books import without_note
from billing.models import CustomerCredit, DeskPayment, Dispute, Document, Issuer, Match, Refund
from billing.papers.freeze import ITALY
from billing.papers.pdf import LABELS, money, render
from billing.papers.pdf import day as said_day
from billing.papers.references import reference
from billing.papers.registers import in_force
from billing.papers.snapshots import seller_of
from billing.paying.debts import held_by
from billing.paying.given_twice import given_twice
from core.clock import now
from core.money import ZERO, Money
from core.periods import local_date
from core.tables import Column, Kind, Table
from core.words import Words
from people.models import Organisation, Person

K = Document.Kind
WHAT = {
    "invoice": Words("Fattura", "Invoice"),
    "receipt": Words("Ricevuta", "Receipt"),
    "credit_note": Words("Nota di credito", "Credit note"),
    "payment": Words("Pagamento", "Payment"),
    "transfer": Words("Bonifico", "Bank transfer"),
    "returned": Words("Insoluto", "Payment returned"),
    "refund": Words("Rimborso", "Refund"),
    "without_note": Words("Rimborso senza nota di credito", "Refund without a credit note"),
    "credit": Words("Versato in più", "Paid beyond what was owed"),
    "credit_used": Words("Uso del credito", "Credit used"),
    "credit_given_back": Words("Credito restituito", "Credit given back"),
    "given_twice": Words("Non richiesto di nuovo", "Not asked for again"),
}
ORDER = list(WHAT)


@dataclass(frozen=True, slots=True)
class Movement:
    """What made the customer owe more, or (with minus) less; `label` is the document it is about, where there is one."""

    on: date
    kind: str
    label: str
    document: UUID | None
    amount: Money
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """The movements of a customer between two days (`until` excluded), with the balance before, after each, and at the end."""

    issuer: Issuer
    payer: Person | Organisation
    first: date
    until: date
    opening: Money
    rows: Sequence[tuple[Movement, Money]]

    @property
    def closing(self) -> Money:
        return self.rows[-1][1] if self.rows else self.opening


def account(issuer: Issuer, payer: Person | Organisation, first: date, until: date) -> Account:
    """The customer's account; a dozen statements at most for any number of movements."""
    opening, rows = ZERO, list[tuple[Movement, Money]]()
    for movement in sorted(_movements(issuer, payer), key=_place):
        if movement.on < first:
            opening += movement.amount
        elif movement.on < until:
            balance = (rows[-1][1] if rows else opening) + movement.amount
            rows.append((movement, balance))
    return Account(issuer, payer, first, until, opening, rows)


def _place(movement: Movement) -> tuple[date, int, str]:
    return movement.on, ORDER.index(movement.kind), movement.label


def _movements(issuer: Issuer, payer: Person | Organisation) -> Iterator[Movement]:
    documents = {d.pk: d for d in of_payer(in_force(Document.objects.filter(issuer=issuer)), payer)}
    yield from _documents(documents.values())
    refunds = {d.refund_id: d for d in documents.values() if d.refund_id is not None}
    for refund in Refund.objects.filter(pk__in=refunds, state=Refund.State.DONE, done_at__isnull=False):
        d = refunds[refund.pk]
        assert refund.done_at is not None
        yield Movement(local_date(refund.done_at, ITALY), "refund", d.number, d.pk, d.due)
    for match in Match.objects.filter(document__in=documents):
        assert match.document_id is not None
        d = documents[match.document_id]
        yield Movement(match.posted_on, "transfer", d.number, d.pk, -match.amount)
    for paid in DeskPayment.objects.filter(document__in=documents):
        assert paid.document_id is not None
        d = documents[paid.document_id]
        yield Movement(local_date(paid.taken_at, ITALY), "payment", d.number, d.pk, -paid.amount)
    yield from _returned(issuer, documents.values())
    yield from _without_note(issuer, documents.values())
    yield from _credits(issuer, payer)


def _credits(issuer: Issuer, payer: Person | Organisation) -> Iterator[Movement]:
    """What was paid beyond what was owed is the customer's, until it pays something, which is told apart, or goes back."""
    whose = {"organisation" if isinstance(payer, Organisation) else "person": payer}
    credits = CustomerCredit.objects.filter(issuer=issuer, **whose)
    for credit in credits.filter(
        document=None
    ):  # of a document's the account is in the customer's favour already
        yield Movement(credit.posted_on, "credit", reference(credit.pk), None, -credit.amount)
    for match in Match.objects.filter(credit__in=credits):
        kind = "credit_used" if match.movement_id is None else "credit_given_back"
        yield Movement(match.posted_on, kind, reference(match.credit_id or match.pk), None, match.amount)


def _without_note(issuer: Issuer, documents: Iterable[Document]) -> Iterator[Movement]:
    """What was given back and never credited is the house's cost from the day it was made, and left when it was given."""
    paid = {d.payment_id: d for d in documents if d.payment_id is not None and d.kind != K.CREDIT_NOTE}
    for part in without_note.of_payments(issuer, paid.keys()):
        d = paid[part.payment]
        yield Movement(part.on, "without_note", d.number, d.pk, -part.amount)
        if part.given_on is not None:
            yield Movement(part.given_on, "refund", d.number, d.pk, part.amount)


def _returned(issuer: Issuer, documents: Iterable[Document]) -> Iterator[Movement]:
    """What banks took back for good of the payments of these documents and is owed again, each document's part of it."""
    paid = {d.payment_id: d for d in documents if d.payment_id is not None and d.kind != K.CREDIT_NOTE}
    rows = Dispute.objects.owed_again().filter(payment__in=paid, closed_at__isnull=False)
    lost = list(rows.with_own(Value(issuer.pk)))
    for dispute in lost:
        assert dispute.closed_at is not None
        d = paid[dispute.payment_id]
        yield Movement(local_date(dispute.closed_at, ITALY), "returned", d.number, d.pk, dispute.own)
    for twice in given_twice(issuer) if lost else ():
        if (owed := paid.get(twice.payment)) is not None:
            yield Movement(local_date(twice.at, ITALY), "given_twice", owed.number, owed.pk, -twice.amount)


def of_payer(documents: QuerySet[Document], payer: Person | Organisation) -> QuerySet[Document]:
    """The documents that this customer has to pay: a person's own, or a body's."""
    return documents.filter(held_by(payer)).select_related("payment")


def _documents(documents: Iterable[Document]) -> Iterator[Movement]:
    for d in documents:
        credit = d.kind == K.CREDIT_NOTE
        yield Movement(
            d.issued_on, d.kind, d.number, d.pk, -d.due if credit else d.due, None if credit else d.due_on
        )
        if d.payment is not None and d.payment.captured_at is not None and not credit:
            yield Movement(local_date(d.payment.captured_at, ITALY), "payment", d.number, d.pk, -d.due)


# -- as a table, and on paper ----------------------------------------------------------------------------

COLUMNS = (
    Column(Words("Data", "Date"), Kind.DAY),
    Column(Words("Movimento", "Movement")),
    Column(Words("Documento", "Document")),
    Column(Words("Scadenza", "Due on"), Kind.DAY),
    Column(Words("Dare", "Debit"), Kind.MONEY, summed=True),
    Column(Words("Avere", "Credit"), Kind.MONEY, summed=True),
    Column(Words("Saldo", "Balance"), Kind.MONEY),
)
OPENING, CLOSING = Words("Saldo iniziale", "Opening balance"), Words("Saldo finale", "Closing balance")
TITLE = Words("Estratto conto", "Statement of account")
BETWEEN = Words("Dal {first} al {last}", "From {first} to {last}")
MADE = Words("Stampato il {day}", "Printed on {day}")
NOTHING = Words("In questi giorni non c'è alcun movimento.", "There is no movement in these days.")
OWES = Words("Da pagare a {seller}", "To be paid to {seller}")
HAS = Words("A credito del cliente", "In the customer's favour")


def _sides(amount: Money) -> tuple[Money | None, Money | None]:
    return (amount, None) if amount.cents >= 0 else (None, -amount)


def table(found: Account) -> Table:
    """The account as rows, the balances first and last."""
    rows = [
        (m.on, WHAT[m.kind].say(), m.label, m.due_on, *_sides(m.amount), balance) for m, balance in found.rows
    ]
    opening = (found.first, OPENING.say(), None, None, None, None, found.opening)
    return Table("estratto-conto", COLUMNS, [opening, *rows])


def page(found: Account, language: str) -> str:
    """The account as HTML, in the reader's language."""
    with override(language):
        last = found.until - timedelta(days=1)
        seller = seller_of(found.issuer)
        closing = found.closing
        return render_to_string(
            "billing/account.html",
            {
                "language": language,
                "title": TITLE.say(language),
                "say": {name: words.say(language) for name, words in LABELS.items()},
                "between": BETWEEN.say(
                    language,
                    first=said_day(found.first.isoformat(), language),
                    last=said_day(last.isoformat(), language),
                ),
                "made": MADE.say(language, day=said_day(local_date(now(), ITALY).isoformat(), language)),
                "seller": seller,
                "buyer": {"name": found.payer.name, **_identity(found.payer)},
                "heads": [column.title.say(language) for column in COLUMNS],
                "opening": (OPENING.say(language), money(found.opening.cents, language)),
                "closing": (CLOSING.say(language), money(closing.cents, language)),
                "verdict": (HAS if closing.cents < 0 else OWES).say(language, seller=seller["name"]),
                "nothing": NOTHING.say(language),
                "rows": [
                    [
                        said_day(m.on.isoformat(), language),
                        WHAT[m.kind].say(language),
                        m.label,
                        said_day(m.due_on.isoformat(), language) if m.due_on else "",
                        *(
                            money(side.cents, language) if side is not None else ""
                            for side in _sides(m.amount)
                        ),
                        money(balance.cents, language),
                    ]
                    for m, balance in found.rows
                ],
                "footer": seller[f"footer_{language}"],
            },
        )


def _identity(payer: Person | Organisation) -> dict[str, str]:
    names = ("tax_code", "vat_number", "street", "postcode", "city", "province", "country")
    return {name: getattr(payer, name) for name in names}


def draw(found: Account, language: str) -> bytes:
    """The account as a tagged PDF; the same account of the same day gives the same bytes."""
    html = page(found, language)
    return render(html, hashlib.sha256(html.encode()).hexdigest(), found.issuer.logo)
