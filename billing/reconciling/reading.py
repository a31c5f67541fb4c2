"""The gateway's own account is read and kept: every movement of the balance, every payout with its parts, every dispute.

Read at night from where the last reading ended, and when a message says that something is new. What is read twice is
the same row. The network is asked outside any transaction; each page that came is kept in one of its own. What differs
from our books is told from these rows when it is asked for (docs/adr/0060), so what is mended is not told any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, Max, Sum

from billing import gateways, states
from billing.gateways.statement import CHARGE, Told, ToldPayout
from billing.models import Dispute, GatewayReading, GatewayTransaction, Issuer, Payment, Payout
from billing.papers.registers import cents
from billing.reconciling import disputes
from billing.reconciling.holder import holder
from core import outbox
from core.clock import now
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act

PAGE = 500
OVERLAP = timedelta(days=3)
FIRST = timedelta(days=92)
PAYOUTS_FROM = timedelta(days=14)  # a payout is on its way for some days, and may come back


def nightly() -> None:
    """Everything since the last reading, and a little before it, is kept. Raises GatewayDown: then it is tried again."""
    if not settings.STRIPE_SECRET_KEY or holder() is None:
        return
    gateway = gateways.current().name
    last = GatewayReading.objects.filter(gateway=gateway).aggregate(m=Max("until"))["m"]
    read(last - OVERLAP if last else now() - FIRST, now())


def read(since: datetime, until: datetime) -> GatewayReading:
    """All that the gateway says of a stretch of time is kept; read again, it is kept once."""
    gateway = gateways.current()
    # The gateway counts whole seconds, the last one included.
    until = min(until, now()).replace(microsecond=0) + timedelta(seconds=1)
    kept = 0
    for page in pages(gateway.transactions(since, until)):
        keep(gateway.name, page)
        kept += len(page)
    for payout in gateway.payouts(since - PAYOUTS_FROM, until):
        keep_payout(gateway.name, payout)
    for dispute in gateway.disputes(since, until):
        disputes.note(gateway.name, dispute)
    _look_again_at_the_open(gateway.name)
    return GatewayReading.objects.create(gateway=gateway.name, since=since, until=until, transactions=kept)


def _look_again_at_the_open(gateway: str) -> None:
    """Disputes and payouts that are older than what was read, and may have ended since."""
    for ref in Dispute.objects.filter(gateway=gateway, state__in=states.LIVE).values_list("ref", flat=True):
        disputes.note(gateway, gateways.current().read_dispute(ref))
    for ref in Payout.objects.filter(gateway=gateway, state__in=states.PAYOUT_OPEN).values_list(
        "ref", flat=True
    ):
        look_at_payout(ref)


def look_at_payout(ref: str) -> None:
    """The payout and its parts are kept as the gateway tells them now."""
    gateway = gateways.current()
    keep_payout(gateway.name, gateway.read_payout(ref))


def pages(told: Iterator[Told]) -> Iterator[list[Told]]:
    """What is told, so many at a time as one transaction keeps."""
    while page := list(islice(told, PAGE)):
        yield page


# -- kept ------------------------------------------------------------------------------------------------

FACTS = ["issuer", "kind", "amount", "fee", "at", "source_ref", "payment_ref", "our_id", "about"]


@patient_act
def keep(gateway: str, told: Sequence[Told]) -> None:
    """These transactions are kept as they are told, each once; a fee nobody knew is the payment's."""
    account = holder()
    if account is None:
        return
    whose = _collectors(told)
    rows = [
        GatewayTransaction(
            issuer=whose.get(t.payment_ref, account), gateway=gateway, ref=t.ref, kind=t.kind, amount=t.amount, fee=t.fee,
            at=t.at, source_ref=t.source_ref, payment_ref=t.payment_ref, our_id=t.our_id[:255], about=t.about[:300],
        )
        for t in sorted(told, key=lambda t: t.ref)
    ]  # fmt: skip
    GatewayTransaction.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["gateway", "ref"], update_fields=FACTS
    )
    _learn_fees(told)


def _collectors(told: Iterable[Told]) -> dict[str, Issuer]:
    """Whose money each payment is, by the gateway's reference."""
    refs = {t.payment_ref for t in told if t.payment_ref}
    rows = Payment.objects.filter(payment_ref__in=refs, collected_by__issuer__isnull=False)
    return {
        p.payment_ref: p.collected_by.issuer
        for p in rows.select_related("collected_by__issuer")
        if p.collected_by
    }


def _learn_fees(told: Iterable[Told]) -> None:
    """What is debited late has its fee late: a payment that was settled before its fee was known has it now."""
    fees = {t.payment_ref: t.fee for t in told if t.kind == CHARGE and t.fee and t.amount.cents > 0}
    unknown = list(Payment.objects.filter(payment_ref__in=fees, fee=0, state=Payment.State.CAPTURED))
    lock_rows(Locks.PAYMENTS, Payment, [payment.pk for payment in unknown])
    for payment in unknown:
        Payment.objects.filter(pk=payment.pk, fee=0).update(fee=fees[payment.payment_ref])


def keep_payout(gateway: str, told: ToldPayout) -> None:
    """The payout is kept, its state never going back, with the parts that it is the sum of."""
    payout = _note(gateway, told)
    if payout is None or squares(payout):
        return
    refs = []
    for page in pages(gateways.current().parts_of(told.ref)):
        keep(gateway, page)
        refs += [part.ref for part in page]
    _assign(payout.pk, gateway, refs)


def squares(payout: Payout) -> bool:
    """Whether its parts were read and come to what it is."""
    if payout.parts_read_at is None:
        return False
    net = payout.parts.aggregate(s=Sum(F("amount") - F("fee")))["s"]
    return cents(net) == payout.amount


@patient_act
def _note(gateway: str, told: ToldPayout) -> Payout | None:
    account = holder()
    if account is None:
        return None
    facts: dict[str, Any] = {"amount": told.amount, "made_at": told.at, "arrives_on": told.arrives_on}
    made, fresh = Payout.objects.select_for_update().get_or_create(
        gateway=gateway, ref=told.ref, defaults=facts | {"issuer": account, "state": told.state}
    )
    if not fresh and states.may(made, told.state):
        made.state, made.arrives_on = told.state, told.arrives_on
        made.save(update_fields=["state", "arrives_on"])
    return made


@patient_act
def _assign(payout_id: UUID, gateway: str, refs: Sequence[str]) -> None:
    GatewayTransaction.objects.filter(gateway=gateway, ref__in=refs).update(payout=payout_id)
    Payout.objects.filter(pk=payout_id).update(parts_read_at=now())


outbox.every(timedelta(days=1), "billing.read_gateway")(nightly)
