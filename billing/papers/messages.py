"""The words about money, sent once to whoever paid, owes or gets back."""

from __future__ import annotations

from datetime import date
from typing import Any

from billing.models import Deposit, Document, File, Instalment, Order, Payment, Refund
from billing.papers.freeze import ITALY
from billing.papers.pdf import KIND, money
from billing.papers.references import reference
from core import mail, outbox
from core.clock import now
from core.ids import encode
from core.money import ZERO, total
from core.periods import local_date
from core.words import Words
from people.countries import spoken_in
from people.models import Membership, Organisation, Person, Role


def reader(person: Person) -> mail.Reader:
    return mail.Reader(person.pk, person.email, person.language)


def readers_of(body: Organisation) -> list[mail.Reader]:
    """Who reads what an organisation is written: its own address, or else those who spend for it."""
    delegates = Membership.objects.on(local_date(now(), ITALY)).filter(
        organisation=body, is_delegate=True, person__is_active=True
    )
    people = [row.person for row in delegates.select_related("person").order_by("from_on", "pk")]
    if body.email:
        return [mail.Reader(None, body.email, people[0].language if people else spoken_in(body.country))]
    return [reader(person) for person in people]


@mail.attacher("document")
def attach(ref: dict[str, Any]) -> mail.Attachment | None:
    file = (
        File.objects.filter(revision__document=ref["id"], kind=KIND)
        .select_related("revision__document")
        .first()
    )
    if file is None:
        return None
    number = file.revision.document.number.replace("/", "-")
    return f"{number}.pdf", bytes(file.content), "application/pdf"


RECEIVED = (
    Words("Pagamento ricevuto: {amount}", "Payment received: {amount}"),
    Words(
        "Ciao {name}, abbiamo ricevuto il tuo pagamento di {amount}.",
        "Hello {name}, we have received your payment of {amount}.",
    ),
)
KEPT = (
    Words("Trattenuti dalla cauzione: {amount}", "Taken of the deposit: {amount}"),
    Words(
        "Ciao {name}, abbiamo trattenuto {amount} dalla tua cauzione: {reason}. Il resto è di nuovo libero.",
        "Hello {name}, we have taken {amount} of your deposit: {reason}. The rest is free again.",
    ),
)


@outbox.handler("billing.receipt_mail")
def receipt(payload: dict[str, Any]) -> None:
    """Whoever paid has the document by mail, once its PDF is there."""
    payment = Payment.objects.select_related("order__person").get(pk=payload["payment"])
    papers = list(Document.objects.filter(payment=payment).exclude(kind=Document.Kind.CREDIT_NOTE))
    if any(not File.objects.filter(revision__document=p, kind=KIND).exists() for p in papers):
        raise outbox.NotYet
    person = payment.order.person
    kept = Deposit.objects.filter(order=payment.order_id).first()
    subject, what = RECEIVED if kept is None else KEPT
    mail.write(
        reader(person),
        subject,
        [
            what,
            Words(
                "Trovi i documenti allegati e nella tua area.",
                "The documents are attached, and on your page.",
            ),
        ],
        link=(Words("Le tue prenotazioni", "Your bookings"), "/me"),
        attachments=[{"kind": "document", "id": str(p.pk)} for p in papers],
        key=f"receipt:{payment.pk}",
        name=person.name,
        amount=money(payment.amount.cents, person.language),
        reason=kept.reason if kept is not None else "",
    )


BY_THE_TERMS = Words(
    "È il rimborso previsto dalle condizioni di disdetta.",
    "It is the refund that the cancellation terms provide for.",
)
WHY_BACK = {
    "goodwill": Words("Motivo: {note}.", "Reason: {note}."),
    "excused": Words(
        "Il tuo ricorso è stato accolto: ti restituiamo quello che avevi pagato.",
        "Your appeal was granted: you get back what you had paid.",
    ),
    "slot-gone": Words(
        "Quando il pagamento è arrivato, l'orario era già di altri: ti restituiamo tutto.",
        "When the payment arrived, the slot was somebody else's: you get everything back.",
    ),
    "used-less": Words(
        "Paghi il tempo che usi: hai usato meno di quanto avevi prenotato.",
        "You pay for the time you use: you used less than you had booked.",
    ),
    "outage": Words(
        "Non abbiamo potuto tenere la tua prenotazione: ti restituiamo tutto.",
        "We could not keep your booking: you get everything back.",
    ),
}


ON_ITS_WAY = Words(
    "Ciao {name}, ti stiamo restituendo {amount}.", "Hello {name}, {amount} is on its way back to you."
)
GIVEN = {
    "cash": Words(
        "Ciao {name}, il {day} ti abbiamo restituito {amount} in contanti.",
        "Hello {name}, on {day} we gave you {amount} back in cash.",
    ),
    "pos": Words(
        "Ciao {name}, il {day} ti abbiamo restituito {amount} sulla carta.",
        "Hello {name}, on {day} we gave you {amount} back on your card.",
    ),
    "transfer": Words(
        "Ciao {name}, il {day} ti abbiamo restituito {amount} con un bonifico.",
        "Hello {name}, on {day} we gave you {amount} back by bank transfer.",
    ),
}
WAITS = {
    "cash": Words(
        "Ciao {name}, {amount} ti aspettano alla cassa di {seller}: passa quando vuoi.",
        "Hello {name}, {amount} is waiting for you at the desk of {seller}: come by when you like.",
    ),
    "pos": Words(
        "Ciao {name}, ti restituiamo {amount} alla cassa di {seller}: porta la carta con cui hai pagato.",
        "Hello {name}, we give you {amount} back at the desk of {seller}: bring the card you paid with.",
    ),
    "transfer": Words(
        "Ciao {name}, ti dobbiamo {amount}. Per il bonifico scrivi alla segreteria di {seller} il tuo IBAN.",
        "Hello {name}, we owe you {amount}. To have it sent, tell the office of {seller} your IBAN.",
    ),
}


@outbox.handler("billing.refund_mail")
def refunded(payload: dict[str, Any]) -> None:
    """Whoever gets money back knows how much and why."""
    refund = Refund.objects.select_related("payment__order__person").get(pk=payload["refund"])
    person = refund.payment.order.person
    papers = list(Document.objects.filter(refund=refund))
    why = WHY_BACK.get(refund.reason, BY_THE_TERMS)
    mail.write(
        reader(person),
        Words("Rimborso di {amount}", "Refund of {amount}"),
        [
            GIVEN.get(refund.method, ON_ITS_WAY),
            why,
        ],
        link=(Words("Le tue prenotazioni", "Your bookings"), "/me"),
        attachments=[{"kind": "document", "id": str(p.pk)} for p in papers],
        key=f"refund:{refund.pk}:{refund.method}",
        name=person.name,
        amount=money(refund.amount.cents, person.language),
        day=f"{local_date(refund.done_at or now(), ITALY):%d/%m/%Y}",
        note=refund.note,
    )


@outbox.handler("billing.refund_waits_mail")
def refund_waits(payload: dict[str, Any]) -> None:
    """Whoever gets money back by hand knows how: nothing has left yet."""
    refund = Refund.objects.select_related(
        "payment__order__person", "payment__collected_by__organisation"
    ).get(pk=payload["refund"])
    if refund.state != Refund.State.DUE or refund.method not in WAITS:
        return
    person, house = refund.payment.order.person, refund.payment.collected_by
    mail.write(
        reader(person),
        Words("Da restituirti: {amount}", "To be given back to you: {amount}"),
        [WAITS[refund.method], WHY_BACK.get(refund.reason, BY_THE_TERMS)],
        link=(Words("Le tue prenotazioni", "Your bookings"), "/me"),
        attachments=[{"kind": "document", "id": str(p.pk)} for p in Document.objects.filter(refund=refund)],
        key=f"refund-waits:{refund.pk}",
        name=person.name,
        amount=money(refund.amount.cents, person.language),
        seller=house.organisation.name if house else "",
        note=refund.note,
    )


@outbox.handler("billing.refund_refused_mail")
def refund_refused(payload: dict[str, Any]) -> None:
    """The office knows that a refund came to nothing at the gateway, and gives it back in another way."""
    refund = Refund.objects.select_related("payment__order__person", "payment__order__organisation").get(
        pk=payload["refund"]
    )
    if refund.state != Refund.State.FAILED:
        return
    order = refund.payment.order
    for person in office_of(refund.payment.collected_by_id):
        mail.write(
            reader(person),
            Words("Rimborso rifiutato: {amount}", "Refund refused: {amount}"),
            [
                Words(
                    "Il gestore dei pagamenti non restituisce {amount} a {customer} ({why}).",
                    "The payment provider does not give {amount} back to {customer} ({why}).",
                ),
                Words(
                    "Va restituito in un altro modo: con un bonifico o alla cassa.",
                    "It has to go back in another way: by bank transfer, or at the desk.",
                ),
            ],
            link=(Words("Apri i rimborsi", "Open the refunds"), "/manage/books?view=refunds"),
            key=f"refund-refused:{refund.pk}:{person.pk}",
            amount=money(refund.amount.cents, person.language),
            customer=order.payer.name,
            why=refund.why,
        )


def office_of(partner: Any) -> list[Person]:
    """Who answers for a partner's money: its managers and accountants."""
    roles = Role.objects.filter(
        kind__in=[Role.Kind.MANAGER, Role.Kind.ACCOUNTANT], partner=partner, person__is_active=True
    )
    return list(Person.objects.filter(roles__in=roles).distinct().order_by("pk"))


WHOLE = Words(
    "Con bonifico scrivi nella causale solo {reference}: così lo riconosciamo subito.",
    "By bank transfer write only {reference} as its reason, so that we know it at once.",
)
THE_REST = Words(
    "Con bonifico a {seller}{iban}, scrivi nella causale solo {reference}: così lo riconosciamo subito.",
    "By bank transfer to {seller}{iban}, write only {reference} as its reason, so that we know it at once.",
)


@outbox.handler("billing.payment_request")
def payment_request(payload: dict[str, Any]) -> None:
    """Whoever owes knows how much, until when, and where to pay."""
    order = Order.objects.select_related("person", "organisation", "checkout").get(pk=payload["order"])
    # What the bank or a credit paid of the order that this one was made in the stead of, it was paid of this one.
    paid = total(match.amount for match in order.matches.all())
    if order.state != Order.State.OWED or order.due_at is None or paid >= order.total > ZERO:
        return
    # A membership is on no month's bill, nor is what was paid in part.
    membership = order.plan_periods.exists() or Instalment.objects.filter(order=order).exists()
    if order.organisation is not None and order.checkout.method == "account" and not membership and not paid:
        mail.write(
            reader(order.person),
            Words("In conto: {amount}", "On account: {amount}"),
            [
                Words(
                    "Ciao {name}, la tua prenotazione è confermata. {body} troverà {amount} sul conto del mese.",
                    "Hello {name}, your booking is confirmed. {body} will find {amount} on the month's bill.",
                )
            ],
            link=(
                Words("Il conto dell'organizzazione", "The organisation's account"),
                f"/account?organisation={encode('org', order.organisation.pk)}",
            ),
            key=f"owed:{order.pk}",
            name=order.person.name,
            body=order.organisation.name,
            amount=money(order.total.cents, order.person.language),
        )
        return
    collector = order.lines.order_by("position").select_related("issuer__partner__organisation")[0].issuer
    mail.write(
        reader(order.person),
        Words("Da pagare: {amount}", "To pay: {amount}"),
        [
            Words(
                "Ciao {name}, la tua prenotazione è confermata. Restano da pagare {amount} entro il {day}.",
                "Hello {name}, your booking is confirmed. {amount} is to be paid by {day}.",
            ),
            THE_REST if paid else WHOLE,
        ],
        # That page asks for the whole.
        link=None
        if paid
        else (Words("Paga ora", "Pay now"), f"/checkout/{encode('cho', order.checkout.pk)}"),
        key=f"owed:{order.pk}",
        name=order.person.name,
        amount=money((order.total - paid).cents, order.person.language),
        reference=reference(order.pk),
        day=f"{order.due_at:%d/%m/%Y}",
        seller=str(collector),
        iban=f" ({collector.iban})" if collector.iban else "",
    )


NEEDS_YES = Words(
    "la banca chiede la tua conferma prima di addebitare {amount} per {what}: apri la pagina e conferma.",
    "the bank wants your yes before it is charged {amount} for {what}: open the page and confirm.",
)
REFUSED = Words(
    "non siamo riusciti ad addebitare {amount} per {what}: {method} è stata rifiutata. Riproviamo il {again}.",
    "we could not charge {amount} for {what}: {method} was refused. We try again on {again}.",
)
OR_NOW = Words("Puoi anche pagare subito in un altro modo.", "You can also pay at once in another way.")


@outbox.handler("billing.refusal_mail")
def charge_refused(payload: dict[str, Any]) -> None:
    """Whose saved card or account was refused knows why nothing is paid yet, and where to mend it."""
    payment = Payment.objects.select_related("order__person", "order__checkout", "saved").get(
        pk=payload["payment"]
    )
    order, person = payment.order, payment.order.person
    if order.state != Order.State.OWED or payment.saved is None:
        return
    again = payload.get("again")
    words = REFUSED if again else NEEDS_YES
    mail.write(
        reader(person),
        Words("Serve la tua conferma: {amount}", "Your yes is needed: {amount}")
        if not again
        else Words("Addebito non riuscito: {amount}", "Could not be charged: {amount}"),
        [Words("Ciao {name},", "Hello {name},"), words, OR_NOW],
        link=(
            Words("Vai al pagamento", "Go to the payment"),
            f"/checkout/{encode('cho', order.checkout.pk)}",
        ),
        key=f"refused:{payment.pk}",
        name=person.name,
        amount=money(payment.amount.cents, person.language),
        what=order.lines.order_by("position")[0].description,
        method=str(payment.saved),
        again=f"{date.fromisoformat(again):%d/%m/%Y}" if again else "",
    )
