"""What is written about monthly bills: the proposal to the office on the first days of a month, and the bill to whoever pays it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from billing.books import bills, monthly_bill
from billing.books.monthly_report import IN_TIME, last_month
from billing.models import Document, Issuer
from billing.papers.messages import reader, readers_of
from billing.papers.pdf import money
from billing.papers.references import reference
from billing.paying.delivered import on_account
from booking.judging.rule_words import MONTH_NAMES
from core import mail, outbox
from core.clock import ITALY, now
from core.errors import DomainError
from core.ids import encode
from core.money import total
from core.periods import local_date
from core.words import Words
from people.models import Person, Role

PROPOSED = Words("I conti di {month}: {n} da emettere", "The bills of {month}: {n} to issue")
PROPOSAL = [
    Words(
        "Ciao {name}, per {month} ci sono {n} conti pronti, in tutto {amount}.",
        "Hello {name}, for {month} there are {n} bills ready, {amount} in all.",
    ),
    Words(
        "Nessuno è stato emesso: guardali e decidi quali.",
        "None has been issued: look at them and decide which.",
    ),
]
LEFT = Words(
    "Per {month} ci sono {n} conti che non si possono emettere da soli: mancano dei dati, o lo SdI li rifiuterebbe.",
    "For {month} there are {n} bills that cannot be issued by themselves: data are missing, or the SdI would refuse them.",
)
LOOK = Words("Guarda i conti", "Look at the bills")
BILL = Words("Fattura {number}: {amount}", "Invoice {number}: {amount}")
CREDIT = Words("Nota di credito {number}: {amount}", "Credit note {number}: {amount}")
SAYS = Words(
    "In allegato la fattura {number} di {seller} per {month}: {amount}.",
    "Attached is invoice {number} of {seller} for {month}: {amount}.",
)
CREDITS = Words(
    "In allegato la nota di credito {number} di {seller}: {amount} a vostro favore.",
    "Attached is credit note {number} of {seller}: {amount} in your favour.",
)
HOW = Words(
    "Da pagare entro il {day} con bonifico{iban}; nella causale scrivete solo {reference}.",
    "To be paid by {day} by bank transfer{iban}; write only {reference} as its reason.",
)
ACCOUNT = Words("Il vostro conto", "Your account")


@outbox.every(timedelta(hours=1), "billing.month_bills")
def sweep() -> None:
    """In the first week of a month each issuer's bills of the one before are proposed to its office, or issued if it
    wants them to be; once."""
    if local_date(now(), ITALY).day > IN_TIME:
        return
    month = last_month().isoformat()
    for issuer in Issuer.objects.order_by("pk"):
        if on_account(issuer).exists():
            outbox.put(
                "billing.propose_bills",
                {"issuer": str(issuer.pk), "month": month},
                key=f"bills:{issuer.pk}:{month}",
            )


@outbox.handler("billing.propose_bills")
def _propose(payload: dict[str, Any]) -> None:
    propose(UUID(payload["issuer"]), date.fromisoformat(payload["month"]))


def propose(issuer_id: UUID, month: date) -> None:
    """The office of the issuer knows which bills are ready; if they are to be issued by themselves, those that cannot
    be. May run twice."""
    issuer = Issuer.objects.select_related("partner").get(pk=issuer_id)
    found = [bill for bill in monthly_bill.bills(issuer, month) if bill.state != "nothing"]
    if issuer.bills_by_itself:
        found = [bill for bill in found if not _issued(bill)]
    if not found:
        return
    ready = [bill for bill in found if bill.state == "ready"]
    office = Role.objects.filter(
        partner=issuer.partner_id,
        kind__in=[Role.Kind.MANAGER, Role.Kind.ACCOUNTANT],
        person__is_active=True,
    )
    for person in Person.objects.filter(pk__in=office.values("person")).order_by("pk"):
        mail.write(
            reader(person),
            PROPOSED,
            [LEFT] if issuer.bills_by_itself else PROPOSAL,
            link=(LOOK, f"/manage/bills?issuer={encode('iss', issuer.pk)}&month={month:%Y-%m}"),
            key=f"bills:{issuer.pk}:{month}:{person.pk}",
            name=person.name,
            month=_said(month, person.language),
            n=len(found if issuer.bills_by_itself else ready),
            amount=money(total(bill.total for bill in ready).cents, person.language),
        )


def _issued(found: monthly_bill.Bill) -> bool:
    """Whether the bill could be issued with nobody there."""
    if found.state != "ready":
        return False
    try:
        bills.bill(None, found.issuer, found.organisation, found.month)
    except DomainError:
        return False  # whoever reads the letter sees why on the page
    return True


def _said(month: date, language: str) -> str:
    return f"{MONTH_NAMES[month.month - 1].say(language)} {month.year}"


@outbox.handler("billing.bill_mail")
def bill_mail(payload: dict[str, Any]) -> None:
    """Whoever pays has the bill, with its PDF; until when, and how."""
    document = Document.objects.select_related("issuer__partner__organisation", "organisation").get(
        pk=payload["document"]
    )
    body, month = document.organisation, document.bills_month
    if body is None or month is None:
        return
    credit = document.kind == Document.Kind.CREDIT_NOTE
    iban = document.issuer.iban
    for to in readers_of(body):
        mail.write(
            to,
            CREDIT if credit else BILL,
            [CREDITS] if credit else [SAYS, HOW],
            link=(ACCOUNT, f"/account?organisation={encode('org', body.pk)}"),
            attachments=[{"kind": "document", "id": str(document.pk)}],
            key=f"bill:{document.pk}:{to.email}",
            number=document.number,
            seller=str(document.issuer),
            month=_said(month, to.language),
            amount=money(document.due.cents, to.language),
            day=f"{document.due_on:%d/%m/%Y}" if document.due_on else "",
            iban=f" ({iban})" if iban else "",
            reference=reference(document.pk),
        )
