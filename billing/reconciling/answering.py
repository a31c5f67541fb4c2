"""A dispute is answered once: contested with what the house can show, or accepted.

What leaves is written down, word by word, in the transaction that decides it; the gateway hears of it afterwards, under
the answer's own id, so that an answer which is lost is only asked for again (docs/adr/0099).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from billing import gateways, states
from billing.gateways.statement import ToldDispute
from billing.models import Dispute, DisputeAnswer
from billing.reconciling import disputes
from billing.reconciling.evidence import assemble, pdf_of
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import ChangedMeanwhile, IllegalMove, PaymentRefused, Reason
from core.locks import Order as Locks
from core.locks import act, lock_rows, patient_act
from core.words import Words
from people.models import Person

C, S = DisputeAnswer.Choice, DisputeAnswer.State
KIND = "billing.answer_dispute"

ON_ITS_WAY = Words("la risposta è già in viaggio", "the answer is on its way already")
GIVEN = Words(
    "la risposta è già stata data, e se ne dà una sola", "it was answered already, and only once it may be"
)
DECIDED = Words("è già stata decisa", "it is decided already")
OVERDUE = Words("il termine per rispondere è passato", "the time to answer it has passed")


def against(dispute: Dispute, moment: datetime) -> Reason | None:
    """Why this dispute cannot be answered now, by either choice; None if it can."""
    answer = DisputeAnswer.objects.filter(dispute=dispute).first()
    return why_not(dispute, answer, moment)


def why_not(dispute: Dispute, answer: DisputeAnswer | None, moment: datetime) -> Reason | None:
    """As `against`, for one whose answer is known."""
    words = None
    if answer is not None and answer.state == S.WAITING:
        words = ON_ITS_WAY
    elif answer is not None or dispute.state == Dispute.State.ANSWERED:
        words = GIVEN
    elif dispute.state not in states.LIVE:
        words = DECIDED
    elif dispute.answer_by is not None and dispute.answer_by <= moment:
        words = OVERDUE
    return Reason("illegal-move", words) if words else None


NOT_TAKEN = Words("Risposta alla contestazione non accettata", "The answer to the dispute was not taken")
NOT_TAKEN_BODY = Words(
    "Il gestore dei pagamenti non ha accettato la risposta alla contestazione di {amount}.",
    "The payment provider did not take the answer to the dispute of {amount}.",
)


@act
def contest(by: Person, dispute_id: UUID, words: str, shown: str) -> Dispute:
    """What was shown (its fingerprint) and the office's words are on their way to the customer's bank, once.

    Raises IllegalMove; ChangedMeanwhile if by now something else would leave than was looked at.
    """
    dispute = _open(dispute_id)
    found = assemble(dispute)
    if found.fingerprint != shown:
        raise ChangedMeanwhile
    said = found.with_words(words)
    return _decide(by, dispute, DisputeAnswer(choice=C.CONTEST, evidence=said, document=found.paper))


@act
def accept(by: Person, dispute_id: UUID) -> Dispute:
    """The customer will keep the money: the gateway is told so, once. Raises IllegalMove."""
    return _decide(by, _open(dispute_id), DisputeAnswer(choice=C.ACCEPT))


def _open(dispute_id: UUID) -> Dispute:
    lock_rows(Locks.PAYMENTS, Dispute, [dispute_id])
    dispute = Dispute.objects.select_related("payment__order__person", "payment__order__organisation").get(
        pk=dispute_id
    )
    if (why := against(dispute, now())) is not None:
        raise IllegalMove(state=why.detail)
    return dispute


def _decide(by: Person, dispute: Dispute, answer: DisputeAnswer) -> Dispute:
    answer.dispute, answer.made_by = dispute, by
    answer.save(force_insert=True)
    outbox.put(KIND, {"answer": str(answer.pk)}, key=f"answer-dispute:{answer.pk}")
    # Whose data left, and which: the words themselves stand in the answer.
    whose = str(dispute.payment.order.person_id) if dispute.payment else None
    paper = str(answer.document_id) if answer.document_id else None
    record(by, f"dispute-{answer.choice}", dispute, whose=whose, told=sorted(answer.evidence), document=paper)
    return dispute


@outbox.handler(KIND)
def send(payload: dict[str, Any]) -> None:
    """The gateway has the answer. May be called twice: the key is the answer's id. Raises GatewayDown: tried again."""
    rows = DisputeAnswer.objects.select_related("dispute", "document")
    answer = rows.get(pk=payload["answer"])
    if answer.state != S.WAITING:
        return
    gateway, key, ref = gateways.current(), str(answer.pk), answer.dispute.ref
    told: ToldDispute | None = None
    why = ""
    try:
        if answer.choice == C.ACCEPT:
            told = gateway.accept_dispute(key, ref)
        else:
            receipt = pdf_of(answer.document) if answer.document else None
            told = gateway.contest(key, ref, answer.evidence, receipt)
    except PaymentRefused as refused:
        why = str(refused.data.get("decline") or refused.code)
        disputes.look_again(ref)
    if told is not None:
        disputes.note(gateway.name, told)
    _end(answer.pk, S.REFUSED if why else S.SENT, why)


@patient_act
def _end(pk: UUID, to: str, why: str) -> None:
    lock_rows(Locks.PAYMENTS, DisputeAnswer, [pk])
    answer = DisputeAnswer.objects.select_related("dispute__issuer").get(pk=pk)
    if not states.may(answer, to):
        return  # another worker was there first
    states.move(answer, to)
    answer.why, answer.ended_at = why[:200], now()
    answer.save(update_fields=["state", "why", "ended_at"])
    record(None, f"dispute-answer-{to}", answer.dispute)
    if to == S.REFUSED:
        disputes.tell(answer.dispute, NOT_TAKEN, [NOT_TAKEN_BODY], f"dispute-refused:{answer.pk}")
