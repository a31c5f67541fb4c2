"""What a customer's bank takes back: kept, moved on as the gateway decides it, and told to the office in time to answer.

The booking and the document stay as they are: a dispute is about money, and may be won.
"""

from __future__ import annotations

from billing import gateways, states
from billing.gateways.statement import ToldDispute
from billing.holder import holder
from billing.messages import reader
from billing.models import Dispute, Payment
from billing.pdf import money
from core import mail
from core.audit import record
from core.clock import now
from core.locks import patient_act
from core.words import Words
from people.models import Person, Role

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
    if fresh and found.state == Dispute.State.OPEN:
        _tell_office(found)


def _tell_office(dispute: Dispute) -> None:
    roles = Role.objects.filter(
        kind__in=[Role.Kind.MANAGER, Role.Kind.ACCOUNTANT],
        partner=dispute.issuer.partner_id,
        person__is_active=True,
    )
    for person in Person.objects.filter(roles__in=roles).distinct().order_by("pk"):
        mail.write(
            reader(person),
            Words("Pagamento contestato: {amount}", "Payment disputed: {amount}"),
            [
                Words(
                    "La banca di un cliente si è ripresa {amount}. {why}.",
                    "A customer's bank took {amount} back. {why}.",
                ),
                BY if dispute.answer_by else SOON,
            ],
            link=(Words("Apri i registri", "Open the books"), "/manage/books?view=disputes"),
            key=f"dispute:{dispute.pk}:{person.pk}",
            amount=money(dispute.amount.cents, person.language),
            why=WHY.get(dispute.reason, OTHER),
            day=f"{dispute.answer_by:%d/%m/%Y}" if dispute.answer_by else "",
        )


BY = Words(
    "Si può rispondere al gestore dei pagamenti fino al {day}; la prenotazione e il documento restano.",
    "It can be answered at the payment provider until {day}; booking and document stay.",
)
SOON = Words(
    "Rispondi presto al gestore dei pagamenti; la prenotazione e il documento restano.",
    "Answer soon at the payment provider; booking and document stay.",
)
