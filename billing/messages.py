"""The words about money, sent once to whoever paid, owes or gets back."""

from __future__ import annotations

from datetime import date
from typing import Any

from billing.models import Deposit, Document, File, Order, Payment, Refund
from billing.pdf import KIND, money
from billing.references import reference
from core import mail, outbox
from core.ids import encode
from core.words import Words
from people.models import Person


def reader(person: Person) -> mail.Reader:
    return mail.Reader(person.pk, person.email, person.language)


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
    papers = list(Document.objects.filter(payment=payment, kind=Document.Kind.INVOICE))
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
            Words(
                "Ciao {name}, ti stiamo restituendo {amount}.",
                "Hello {name}, {amount} is on its way back to you.",
            ),
            why,
        ],
        link=(Words("Le tue prenotazioni", "Your bookings"), "/me"),
        attachments=[{"kind": "document", "id": str(p.pk)} for p in papers],
        key=f"refund:{refund.pk}",
        name=person.name,
        amount=money(refund.amount.cents, person.language),
    )


@outbox.handler("billing.payment_request")
def payment_request(payload: dict[str, Any]) -> None:
    """Whoever owes knows how much, until when, and where to pay."""
    order = Order.objects.select_related("person", "checkout").get(pk=payload["order"])
    if order.state != Order.State.OWED or order.due_at is None:
        return
    mail.write(
        reader(order.person),
        Words("Da pagare: {amount}", "To pay: {amount}"),
        [
            Words(
                "Ciao {name}, la tua prenotazione è confermata. Restano da pagare {amount} entro il {day}.",
                "Hello {name}, your booking is confirmed. {amount} is to be paid by {day}.",
            ),
            Words(
                "Con bonifico scrivi nella causale solo {reference}: così lo riconosciamo subito.",
                "By bank transfer write only {reference} as its reason, so that we know it at once.",
            ),
        ],
        link=(Words("Paga ora", "Pay now"), f"/checkout/{encode('cho', order.checkout.pk)}"),
        key=f"owed:{order.pk}",
        name=order.person.name,
        amount=money(order.total.cents, order.person.language),
        reference=reference(order.pk),
        day=f"{order.due_at:%d/%m/%Y}",
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
