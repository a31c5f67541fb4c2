"""What staff do about a difference between the gateway's books and ours: give back, send again, take the fee, explain."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Sum

from billing import gateways
from billing.findings import EXPLAIN, GIVE_BACK, SEND_AGAIN, Finding
from billing.models import Explained, GatewayTransaction, Issuer, Payment, Refund
from billing.papers.registers import cents
from billing.reconciling import at_the_gateway, reading
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Invalid, Missing, Pointer
from core.ids import decode
from core.locks import Order as Locks
from core.locks import act, lock_rows, patient_act
from core.money import Money
from people.models import Person


def mend(by: Person, issuer: Issuer, first: date, until: date, told: dict[str, str]) -> None:
    """What is told (`code`, `thing_id`, `how`, `why`) of a finding of these days is done, or on its way.

    Raises Missing if there is no such finding (any more), IllegalMove if it is not mended like that, Invalid for an
    explanation without words.
    """
    rows = at_the_gateway.findings(issuer, first, until)
    finding = next((f for f in rows if f.code == told["code"] and f.thing == told["thing_id"]), None)
    if finding is None or finding.thing is None:
        raise Missing
    if told["how"] not in finding.mends:
        raise IllegalMove(state=finding.sentence.say(), data={"state": finding.code})
    kind, _, _ = finding.thing.partition("_")
    pk = decode(kind, finding.thing)
    how = told["how"]
    if how == EXPLAIN:
        _explain(by, finding, told.get("why", "").strip())
    elif how == GIVE_BACK:
        _give_back(by, pk, finding.off or Money(0))
    elif how == SEND_AGAIN:
        _send_again(by, pk)
    else:
        _take_fee(by, pk)


@act
def _explain(by: Person, finding: Finding, why: str) -> None:
    if not why:
        raise Invalid(pointers=[Pointer("/why", "required", "")])
    made, fresh = Explained.objects.get_or_create(
        code=finding.code, thing=finding.thing, defaults={"why": why, "made_by": by}
    )
    if fresh:
        record(by, "explain", made)


# -- charged without us ----------------------------------------------------------------------------------


@act
def _give_back(by: Person, transaction_id: UUID, amount: Money) -> None:
    """The charge that nobody of ours asked for is on its way back, once."""
    row = GatewayTransaction.objects.get(pk=transaction_id)
    told = {"transaction": str(row.pk), "cents": amount.cents}
    outbox.put("billing.give_back_charge", told, key=f"give-back-charge:{row.pk}")
    record(by, "give-back-charge", row, cents=amount.cents)


@outbox.handler("billing.give_back_charge")
def give_back_charge(payload: dict[str, Any]) -> None:
    """The gateway gives the charge back, once however often it is asked, and is read again."""
    row = GatewayTransaction.objects.get(pk=payload["transaction"])
    gateways.current().refund(str(row.pk), row.payment_ref, Money(payload["cents"]))
    reading.read(now() - timedelta(hours=1), now())


# -- our refund that the gateway lost --------------------------------------------------------------------


@patient_act
def _send_again(by: Person, refund_id: UUID) -> None:
    """The refund is due once more, under a key that names the one that was lost."""
    seen = Refund.objects.get(pk=refund_id)
    lock_rows(Locks.PAYMENTS, Payment, [seen.payment_id])
    refund = Refund.objects.get(pk=refund_id)
    if refund.state != Refund.State.DONE or not refund.refund_ref:
        return
    lost = refund.refund_ref
    refund.state, refund.refund_ref, refund.done_at = Refund.State.DUE, "", None
    refund.save(update_fields=["state", "refund_ref", "done_at"])
    told = {"refund": str(refund.pk), "instead_of": lost}
    outbox.put("billing.refund", told, key=f"refund:{refund.pk}:{lost}")
    record(by, "refund-again", refund)


@patient_act
def _take_fee(by: Person, payment_id: UUID) -> None:
    """The payment cost what the gateway says it cost."""
    lock_rows(Locks.PAYMENTS, Payment, [payment_id])
    payment = Payment.objects.get(pk=payment_id)
    rows = GatewayTransaction.objects.filter(
        kind=GatewayTransaction.Kind.CHARGE, payment_ref=payment.payment_ref
    )
    before, payment.fee = payment.fee, cents(rows.aggregate(s=Sum("fee"))["s"])
    payment.save(update_fields=["fee"])
    record(by, "take-fee", payment, before=before.cents, cents=payment.fee.cents)
