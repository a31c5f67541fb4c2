"""What a customer's bank takes back: kept, moved on as the gateway decides it, and told to the office in time to answer.

The booking and the document stay as they are: a dispute is about money, and may be won. One that is lost, as what a
bank returns of a SEPA debit is at once, leaves its document to be paid again (`debts.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from billing import gateways, states
from billing.gateways.statement import ToldDispute
from billing.models import Dispute, DisputeAnswer, Payment
from billing.papers.freeze import ITALY
from billing.papers.messages import office_of, reader
from billing.papers.pdf import money
from billing.reconciling.holder import holder
from core import mail, outbox
from core.audit import record
from core.clock import now
from core.locks import patient_act
from core.periods import local_date
from core.words import Words

WHY = {
    "fraudulent": Words("Dice di non aver pagato", "Says it was not them who paid"),
    "duplicate": Words("Dice di aver pagato due volte", "Says they paid twice"),
    "product_not_received": Words(
        "Dice di non aver avuto il servizio", "Says they did not get what they paid for"
    ),
    "product_unacceptable": Words(
        "Dice che il servizio non era come promesso", "Says it was not as promised"
    ),
    "subscription_canceled": Words("Dice di aver disdetto", "Says they had cancelled"),
    "credit_not_processed": Words("Aspetta un rimborso", "Waits for a refund"),
    "unrecognized": Words("Non riconosce la spesa", "Does not recognise the payment"),
}
# How the gateway calls where a dispute is; an inquiry is one for which no money was taken (yet).
STATES: dict[str, str] = {
    "warning_needs_response": Dispute.State.OPEN,
    "needs_response": Dispute.State.OPEN,
    "warning_under_review": Dispute.State.ANSWERED,
    "under_review": Dispute.State.ANSWERED,
    "won": Dispute.State.WON,
    "lost": Dispute.State.LOST,
    "warning_closed": Dispute.State.DROPPED,
    "prevented": Dispute.State.DROPPED,
}
OTHER = Words("Altro motivo", "Another reason")


def look_again(ref: str) -> None:
    """The dispute is kept as the gateway tells it now, however late or often its message came."""
    gateway = gateways.current()
    note(gateway.name, gateway.read_dispute(ref))


@patient_act
def note(gateway: str, told: ToldDispute) -> None:
    """The dispute is there, once, and as far on as it is told; it never goes back. The office hears of a new one."""
    payment = Payment.objects.filter(payment_ref=told.payment_ref).first() if told.payment_ref else None
    issuer = payment.collected_by.issuer if payment and payment.collected_by else holder()
    # What this version does not know is still to be answered.
    state = STATES.get(told.state, Dispute.State.OPEN)
    if issuer is None:
        return
    facts = {
        "issuer": issuer,
        "payment": payment,
        "payment_ref": told.payment_ref,
        "amount": told.amount,
        "reason": told.reason[:60],
        "opened_at": told.opened_at,
        "answer_by": told.answer_by,
    }
    found, fresh = Dispute.objects.select_for_update().get_or_create(
        gateway=gateway, ref=told.ref, defaults=facts
    )
    if fresh:
        record(None, "dispute", found, payment=str(payment.pk) if payment else None)
    if states.may(found, state):
        found.state = state
        found.closed_at = None if state in states.LIVE else now()
        record(None, f"dispute-{state}", found)
    if found.state in states.LIVE:
        found.answer_by = told.answer_by
    found.save(update_fields=["state", "closed_at", "answer_by"])
    if fresh and found.state in (Dispute.State.OPEN, Dispute.State.LOST):
        _tell_office(found)
        if found.state == Dispute.State.OPEN:
            _plan_reminders(found)


def _tell_office(dispute: Dispute) -> None:
    taken = Words(
        "La banca di un cliente si è ripresa {amount}. {why}.", "A customer's bank took {amount} back. {why}."
    )
    new = Words("Pagamento contestato: {amount}", "Payment disputed: {amount}")
    how = LOST if dispute.state == Dispute.State.LOST else BY if dispute.answer_by else SOON
    tell(dispute, new, [taken, how], f"dispute:{dispute.pk}")


BY = Words(
    "Si può rispondere una volta sola, fino al {day}; la prenotazione e il documento restano.",
    "It can be answered once, until {day}; booking and document stay.",
)
SOON = Words(
    "Rispondi presto: si può una volta sola; la prenotazione e il documento restano.",
    "Answer soon: it can be done once; booking and document stay.",
)
LOST = Words(
    "Non si può contestare: il documento è di nuovo da incassare.",
    "It cannot be answered: the document is to be paid again.",
)


# -- answered in time ------------------------------------------------------------------------------------

REMIND = "billing.remind_dispute"
BEFORE = (timedelta(days=3), timedelta(days=1))
NEAR = Words(
    "Da rispondere entro il {day}: contestazione di {amount}",
    "To be answered by {day}: a dispute of {amount}",
)
NEAR_BODY = Words(
    "Nessuno ha ancora risposto alla contestazione di {amount}. Dopo il {day} è persa.",
    "Nobody has answered the dispute of {amount} yet. After {day} it is lost.",
)


def _plan_reminders(dispute: Dispute) -> None:
    if dispute.answer_by is None:
        return
    for before in BEFORE:
        if (due := dispute.answer_by - before) > now():
            told = {"dispute": str(dispute.pk), "days": before.days}
            outbox.put(REMIND, told, due_at=due, key=f"{REMIND}:{dispute.pk}:{before.days}")


@outbox.handler(REMIND)
def remind(payload: dict[str, Any]) -> None:
    """Whoever answers for the money is reminded, unless somebody has answered, or it is decided."""
    dispute = Dispute.objects.select_related("issuer").get(pk=payload["dispute"])
    if dispute.state == Dispute.State.OPEN and not DisputeAnswer.objects.filter(dispute=dispute).exists():
        tell(dispute, NEAR, [NEAR_BODY], f"dispute-near:{dispute.pk}:{payload['days']}")


def tell(dispute: Dispute, subject: Words, body: Sequence[Words], key: str) -> None:
    """Whoever answers for the money of its issuer reads this, once per key, with the way to the dispute."""
    for person in office_of(dispute.issuer.partner_id):
        mail.write(
            reader(person),
            subject,
            body,
            link=(Words("Apri le contestazioni", "Open the disputes"), "/manage/books?view=disputes"),
            key=f"{key}:{person.pk}",
            amount=money(dispute.amount.cents, person.language),
            why=WHY.get(dispute.reason, OTHER),
            day=f"{local_date(dispute.answer_by, ITALY):%d/%m/%Y}" if dispute.answer_by else "",
        )
