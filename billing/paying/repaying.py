"""What goes back by hand: out of the drawer, by the card machine, or by a list of transfers for the bank.

It is due until somebody says that it was given, on which day; only then has it left bank or drawer. What the gateway
refused for good takes one of these ways too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from billing import states
from billing.models import Dispute, Document, Issuer, Movement, Payment, Refund
from billing.papers.freeze import ITALY, instant_of, open_day_of
from billing.papers.references import reference
from billing.papers.registers import cents, in_force
from billing.paying import sepa
from billing.paying.debts import with_left
from billing.paying.given_twice import given_twice
from billing.paying.refunds import BY_HAND, taken_back
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Invalid, MatchTooLarge, Missing, Pointer, RefundTooLarge
from core.ids import uuid7
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act
from core.money import ZERO, Money, total
from core.periods import local_date
from core.words import Words
from people.fiscal import is_iban
from people.models import Person

S = Refund.State
OPEN = (S.DUE, S.SENT, S.FAILED)
GIVEN = Words("già restituito", "given back already")
ON_A_LIST = Words("in una lista di bonifici", "on a list of transfers")
CLOSED = Words("il mese è chiuso", "its month is closed")
ABOUT = "Rimborso"


def by_hand(rows: QuerySet[Refund]) -> QuerySet[Refund]:
    """Those of them that wait for somebody, with whom they are of."""
    found = rows.filter(method__in=BY_HAND) | rows.filter(state=S.FAILED)
    return found.select_related(
        "payment__order__person",
        "payment__order__organisation",
        "payment__collected_by__issuer__partner__organisation",
    )


def _locked(refund_id: UUID) -> Refund:
    """Inside an act: the refund, ours until commit. It queues with its payment's others."""
    payment = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
    lock_rows(Locks.PAYMENTS, Payment, [payment])
    return Refund.objects.select_related(
        "payment__order__person", "payment__order__organisation", "payment__collected_by__issuer"
    ).get(pk=refund_id)


def _refuse(refund: Refund) -> IllegalMove:
    said = {S.DONE: GIVEN, S.SENT: ON_A_LIST}.get(S(refund.state))
    return IllegalMove(state=said.say() if said else refund.get_state_display(), data={"state": refund.state})


def is_waiting(refund: Refund) -> bool:
    """Whether it is for somebody to give back, and on no list yet."""
    return refund.state == S.FAILED or (refund.state == S.DUE and refund.method in BY_HAND)


def _is_there(refund: Refund) -> None:
    """Nothing happens if the payment still has it, besides what was given of it and what its customer's bank took back
    for good, unless that was paid again. Raises RefundTooLarge."""
    payment = refund.payment
    gone = payment.refunds.filter(state__in=[S.SENT, S.DONE]).exclude(pk=refund.pk)
    left = payment.amount - total(gone.values_list("amount", flat=True)) - taken_back(payment)
    if refund.amount > left:
        left += _paid_beyond(payment)
    if refund.amount > left:
        most = max(left, ZERO)
        raise RefundTooLarge(left=str(most), data={"left": most})


def _paid_beyond(payment: Payment) -> Money:
    """What came in again for its documents beyond what is to be paid of them, and what nobody is asked for."""
    documents = with_left(in_force(Document.objects.filter(payment=payment))).select_related("issuer")
    beyond = total(max(-cents(d.left), ZERO) for d in documents)
    twice = [t for d in documents for t in given_twice(d.issuer) if t.payment == payment.pk]
    return beyond + total(t.amount for t in twice)


@patient_act
def change(by: Person, refund_id: UUID, method: str, iban: str) -> Refund:
    """It goes back like this, by hand, to this account. Raises Invalid for another way (what the gateway refused it is
    never asked again) and for a number that is no IBAN, IllegalMove once it has left."""
    refund = _locked(refund_id)
    if not is_waiting(refund):
        raise _refuse(refund)
    if method not in BY_HAND:
        raise Invalid(pointers=[Pointer("/method", "required", "")])
    plain = iban.replace(" ", "").upper()
    if plain and not is_iban(plain):
        raise Invalid(pointers=[Pointer("/iban", "iban", "")])
    if refund.state == S.FAILED:
        states.move(refund, S.DUE)
    had = refund.iban
    refund.method, refund.iban = method, plain if method == "transfer" else ""
    refund.save(update_fields=["state", "method", "iban"])
    record(by, "refund-change", refund, method=method, iban=refund.iban[-4:], instead_of=had[-4:])
    return refund


@patient_act
def give(by: Person, refund_id: UUID, method: str, on: date) -> Refund:
    """It was given back like this on that day, and has left the drawer or the bank. Once; told to whoever has it.

    Dated in the first open month, if that day's is closed. Raises IllegalMove, Invalid for a day before it was due or
    to come, RefundTooLarge if the customer's bank took the money back already.
    """
    refund = _locked(refund_id)
    if not (is_waiting(refund) or (refund.state == S.SENT and method == "transfer")):
        raise _refuse(refund)
    if not local_date(refund.made_at, ITALY) <= on <= local_date(now(), ITALY):
        raise Invalid(pointers=[Pointer("/on", "out-of-range", "")])
    if refund.state != S.SENT:
        _is_there(refund)
    if refund.state == S.FAILED:
        states.move(refund, S.DUE)
    refund.method = method
    finish(refund, on, by)
    return refund


def finish(refund: Refund, on: date, by: Person) -> None:
    """Inside an act that locked its payment: it was given back on that day."""
    day = open_day_of(refund.payment, on)
    states.move(refund, S.DONE)
    refund.done_at, refund.given_by = instant_of(day), by
    refund.save(update_fields=["state", "method", "done_at", "given_by"])
    record(by, "refund-given", refund, method=refund.method, on=day.isoformat())
    outbox.put("billing.refund_mail", {"refund": str(refund.pk)}, key=f"refunded:{refund.pk}:{refund.method}")


# -- by a list for the bank ------------------------------------------------------------------------------


@patient_act
def list_transfers(by: Person, issuer: Issuer, ids: Iterable[UUID]) -> Refund:
    """These refunds are on one list of transfers, and on no other; returns the first, with the list's name.

    Raises Missing for what is not the issuer's, IllegalMove for what is on a list or given, Invalid without an IBAN,
    RefundTooLarge for what its customer's bank took back already.
    """
    wanted = sorted(set(ids), key=str)
    mine = Refund.objects.filter(pk__in=wanted, payment__collected_by=issuer.partner_id)
    lock_rows(Locks.PAYMENTS, Payment, mine.values_list("payment_id", flat=True))
    found = list(mine.order_by("pk"))
    if not found or len(found) != len(wanted):
        raise Missing
    if not is_iban(issuer.iban):
        raise Invalid(pointers=[Pointer("/issuer_id", "iban", "")])
    for refund in found:
        if refund.state != S.DUE or refund.method != "transfer":
            raise _refuse(refund)
        if not is_iban(refund.iban):
            raise Invalid(pointers=[Pointer("/refund_ids", "iban", reference(refund.pk))])
    batch, moment = f"R{local_date(now(), ITALY):%Y%m%d}-{uuid7().hex[-10:]}", now()
    lost = Dispute.objects.filter(payment__refunds__in=found, state=Dispute.State.LOST)
    disputed = set(lost.values_list("payment_id", flat=True))
    for refund in found:
        if refund.payment_id in disputed:
            _is_there(refund)
        states.move(refund, S.SENT)
        refund.batch, refund.sent_at = batch, moment
        refund.save(update_fields=["state", "batch", "sent_at"])
        record(by, "refund-listed", refund, batch=batch)
    return found[0]


@patient_act
def recall(by: Person, refund_id: UUID) -> Refund:
    """The bank did not take it: it is on no list any more. Raises IllegalMove if it is on none."""
    refund = _locked(refund_id)
    if refund.state != S.SENT:
        raise _refuse(refund)
    states.move(refund, S.DUE)
    refund.batch, refund.sent_at = "", None
    refund.save(update_fields=["state", "batch", "sent_at"])
    record(by, "refund-recalled", refund)
    return refund


def file_of(issuer: Issuer, batch: str) -> bytes:
    """The list as the bank takes it (pain.001), of what is still on it. Raises Missing."""
    rows = Refund.objects.filter(payment__collected_by=issuer.partner_id, batch=batch).exclude(batch="")
    found = list(rows.select_related("payment__order__person", "payment__order__organisation").order_by("pk"))
    if not found or found[0].sent_at is None:
        raise Missing
    day = local_date(found[0].sent_at, ITALY)
    return sepa.pain001(
        batch,
        found[0].sent_at,
        day,
        sepa.Account(str(issuer), issuer.iban),
        [
            sepa.Transfer(
                sepa.Account(name_of(refund), refund.iban),
                refund.amount,
                reference(refund.pk),
                f"{ABOUT} {reference(refund.pk)}",
            )
            for refund in found
        ],
    )


def name_of(refund: Refund) -> str:
    """Whose money it is."""
    return refund.payment.order.payer.name


# -- as the bank shows it --------------------------------------------------------------------------------


def awaited(issuer: Issuer) -> QuerySet[Refund]:
    """Refunds by transfer that no movement of the bank is for yet."""
    rows = Refund.objects.filter(
        payment__collected_by=issuer.partner_id,
        method="transfer",
        state__in=[S.DUE, S.SENT, S.DONE],
        match=None,
    )
    return rows.select_related("payment__order__person", "payment__order__organisation")


def seen_leaving(by: Person, refund: Refund, movement: Movement) -> None:
    """Inside an act that locked both: the movement is this refund, given back on its day if nobody had said so.

    Raises MatchTooLarge where the sums differ.
    """
    if refund.amount != -movement.amount:
        raise MatchTooLarge(left=str(refund.amount), data={"left": refund.amount})
    if refund.state != S.DONE:
        finish(refund, movement.booked_on, by)


def not_seen_leaving(by: Person, refund: Refund) -> None:
    """Inside an act that locked its payment: the movement by which it was given was not this refund, which waits again,
    on its list if it was on one. Raises IllegalMove if it was given in a month that is closed."""
    if refund.state != S.DONE or refund.done_at is None:
        return
    day = local_date(refund.done_at, ITALY)
    if open_day_of(refund.payment, day) != day:
        raise IllegalMove(state=CLOSED.say(), data={"state": "month-closed"})
    states.move(refund, S.DUE)
    if refund.batch:
        states.move(refund, S.SENT)
    refund.done_at, refund.given_by = None, None
    refund.save(update_fields=["state", "done_at", "given_by"])
    record(by, "refund-not-given", refund)
