"""The account at the payment gateway as it was read night after night: each card payment, its refunds, a payout a week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from billing.models import Dispute, GatewayReading, GatewayTransaction, Issuer, Payment, Payout, Refund
from billing.papers.freeze import ITALY
from billing.reconciling.holder import holder
from core.money import ZERO, Money, total
from core.periods import local_date, local_day

K = GatewayTransaction.Kind
DISPUTE_FEE = Money(2000)


def plant_gateway(moment: datetime) -> None:
    """What the gateway would say of the past is there, and squares; one payment of it was disputed, and lost."""
    account = holder()
    if account is None:
        return
    issuers: dict[UUID | None, Issuer] = {issuer.partner_id: issuer for issuer in Issuer.objects.all()}
    rows = list(_moved(issuers, moment))
    if not rows:
        return
    rows += _disputed(issuers, moment)
    rows.sort(key=lambda row: (row.at, row.ref))
    payouts, out = [], []
    monday = local_date(moment, ITALY) - timedelta(days=local_date(moment, ITALY).weekday())
    for week, group in groupby(rows, key=lambda row: _monday_after(row.at)):
        parts = list(group)
        net = total(part.amount - part.fee for part in parts)
        if week + timedelta(days=2) > monday or net <= ZERO:
            continue
        at = local_day(week, ITALY).start
        payout = Payout(
            issuer=account, gateway="stripe", ref=f"po_past_{week:%Y%m%d}", amount=net, state=Payout.State.PAID,
            made_at=at, arrives_on=week + timedelta(days=2), parts_read_at=at,
        )  # fmt: skip
        for part in parts:
            part.payout = payout
        payouts.append(payout)
        out.append(_row(account, K.PAYOUT, f"txn_{payout.ref}", -net, at, source_ref=payout.ref))
    Payout.objects.bulk_create(payouts, batch_size=2000)
    GatewayTransaction.objects.bulk_create([*rows, *out], batch_size=2000)
    GatewayReading.objects.create(gateway="stripe", since=rows[0].at, until=moment, transactions=len(rows))


def _monday_after(at: datetime) -> date:
    day = local_date(at, ITALY)
    return day + timedelta(days=7 - day.weekday())


def _row(
    issuer: Issuer, kind: str, ref: str, amount: Money, at: datetime, fee: Money = ZERO, **more: str
) -> GatewayTransaction:
    return GatewayTransaction(
        issuer=issuer, gateway="stripe", kind=kind, ref=ref, amount=amount, fee=fee, at=at, **more
    )


def _moved(issuers: dict[UUID | None, Issuer], moment: datetime) -> Iterator[GatewayTransaction]:
    payments = Payment.objects.filter(gateway="stripe", captured_at__lte=moment).exclude(payment_ref="")
    for p in payments.order_by("captured_at", "pk").iterator(chunk_size=2000):
        if p.captured_at is not None:
            yield _row(
                issuers[p.collected_by_id], K.CHARGE, f"txn_{p.payment_ref}", p.amount, p.captured_at, fee=p.fee,
                source_ref=f"ch_{p.payment_ref}", payment_ref=p.payment_ref, our_id=str(p.pk),
            )  # fmt: skip
    refunds = Refund.objects.filter(payment__gateway="stripe", done_at__lte=moment).exclude(refund_ref="")
    for r in refunds.select_related("payment").order_by("done_at", "pk").iterator(chunk_size=2000):
        if r.done_at is not None:
            yield _row(
                issuers[r.payment.collected_by_id], K.REFUND, f"txn_{r.refund_ref}", -r.amount, r.done_at,
                source_ref=r.refund_ref, payment_ref=r.payment.payment_ref, our_id=str(r.pk),
            )  # fmt: skip


def _disputed(issuers: dict[UUID | None, Issuer], moment: datetime) -> Iterator[GatewayTransaction]:
    """A payment of three weeks ago was taken back; the house did not answer."""
    old = Payment.objects.filter(gateway="stripe", captured_at__lt=moment - timedelta(days=21), refunded=0)
    payment = old.filter(amount__gte=2500).order_by("-captured_at").first()
    if payment is None or payment.captured_at is None:
        return
    issuer, opened = issuers[payment.collected_by_id], payment.captured_at + timedelta(days=9)
    Dispute.objects.create(
        issuer=issuer, payment=payment, gateway="stripe", ref="dp_past_1", payment_ref=payment.payment_ref, amount=payment.amount,
        reason="fraudulent", state=Dispute.State.LOST, opened_at=opened, answer_by=opened + timedelta(days=7),
        closed_at=opened + timedelta(days=8),
    )  # fmt: skip
    yield _row(
        issuer, K.DISPUTE, "txn_dp_past_1", -payment.amount, opened, fee=DISPUTE_FEE, source_ref="dp_past_1",
        payment_ref=payment.payment_ref,
    )  # fmt: skip
