"""What a plan's next period costs is asked of the card or account that its holder saved, with nobody there.

One try at a time, each a payment of its own whose id is the key; what the bank says moves it forward and never back. A
refusal is tried again after some days, and then is a debt like any other (docs/adr/0066).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from billing import gateways
from billing.gateways.base import Intent
from billing.models import Order, Payment, SavedMethod, Subscription
from billing.papers.freeze import ITALY
from billing.papers.references import reference
from billing.paying import payments
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import GatewayDown
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act
from core.periods import local_date

S = Payment.State
AGAIN_AFTER = (timedelta(days=3), timedelta(days=4))
METHODS = {SavedMethod.Kind.CARD: "card", SavedMethod.Kind.DEBIT: "sepa"}


def ask(order: Order, subscription: Subscription) -> bool:
    """Inside an act: what the order owes will be asked of what was saved for the subscription; whether there is any."""
    if subscription.method is None or subscription.method.state != SavedMethod.State.USABLE:
        return False
    outbox.put("billing.collect", {"order": str(order.pk)}, key=f"collect:{order.pk}:0")
    return True


@outbox.handler("billing.collect")
def on_due(payload: dict[str, Any]) -> None:
    collect(UUID(payload["order"]))


def collect(order_id: UUID) -> None:
    """What is owed is asked of what was saved. Outside any transaction."""
    tried = _begin(order_id)
    if tried is None or tried.saved is None:
        return
    came = gateways.current().charge(
        str(tried.pk),
        tried.amount,
        reference(order_id),
        tried.saved.customer_ref,
        tried.saved.method_ref,
        kind=tried.saved.kind,
    )
    hear(tried.pk, came)


@patient_act
def _begin(order_id: UUID) -> Payment | None:
    """The try that was cut short, or a new one; none while another is under way, or if it is not owed any more."""
    lock_rows(Locks.ORDERS, Order, [order_id])
    order = Order.objects.get(pk=order_id)
    if order.state != Order.State.OWED:
        return None
    tries = order.payments.filter(saved__isnull=False)
    cut_short = tries.filter(state=S.CREATED).select_related("saved").first()
    if cut_short is not None or tries.filter(state=S.AWAITING).exists():
        return cut_short
    if order.payments.filter(state__in=[S.CREATED, S.AWAITING], session_until__gt=now()).exists():
        raise outbox.NotYet  # somebody is on the page to pay it, or it is just being opened
    asked = Q(subscriptions__periods__order=order) | Q(subscriptions__periods__instalments__order=order)
    saved = SavedMethod.objects.filter(asked, state=SavedMethod.State.USABLE).first()
    if saved is None:
        _request(order)
        return None
    made = payments.new_payment(order, METHODS[SavedMethod.Kind(saved.kind)], gateway=saved.gateway)
    made.saved = saved
    made.save(update_fields=["saved"])
    return made


def hear(payment_id: UUID, came: Intent) -> None:
    """What the bank says of a try: paid, on its way, or refused. Any order, any number of times."""
    if came.state == "paid":
        payments.settle(payment_id, came.ref, gateways.current().fee_of(came.ref))
    else:
        _heard(payment_id, came)


@patient_act
def _heard(payment_id: UUID, came: Intent) -> None:
    order_id = Payment.objects.values_list("order_id", flat=True).get(pk=payment_id)
    lock_rows(Locks.ORDERS, Order, [order_id])
    lock_rows(Locks.PAYMENTS, Payment, [payment_id])
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    if payment.state not in (S.CREATED, S.AWAITING):
        return
    payment.payment_ref = came.ref
    if came.state == "processing":
        payment.state = S.AWAITING
        payment.save(update_fields=["state", "payment_ref"])
        return
    payment.state, payment.why = S.FAILED, came.state if came.state == "needs_action" else came.why[:40]
    payment.save(update_fields=["state", "payment_ref", "why"])
    record(None, "refused", payment)
    if payment.order.state == Order.State.OWED:
        _after_refusal(payment, came)


def _after_refusal(payment: Payment, came: Intent) -> None:
    """Inside an act: its holder is asked for their yes, or it is tried again, or it is a debt like any other."""
    refused = payment.order.payments.filter(saved__isnull=False, state=S.FAILED).count()
    if came.state == "needs_action":
        outbox.put("billing.refusal_mail", {"payment": str(payment.pk)}, key=f"refusal:{payment.pk}")
    elif refused <= len(AGAIN_AFTER):
        again = now() + AGAIN_AFTER[refused - 1]
        told = {"payment": str(payment.pk), "again": local_date(again, ITALY).isoformat()}
        outbox.put("billing.refusal_mail", told, key=f"refusal:{payment.pk}")
        outbox.put(
            "billing.collect",
            {"order": str(payment.order_id)},
            due_at=again,
            key=f"collect:{payment.order_id}:{refused}",
        )
    else:
        _request(payment.order)


def _request(order: Order) -> None:
    outbox.put("billing.payment_request", {"order": str(order.pk)}, key=f"owed:{order.pk}")


def on_its_way() -> Q:
    """The payments whose money may still come with nobody doing anything: a try on what was saved, or a page that was
    opened, however long ago, since a debit that was filled in there takes days. A page that ends unpaid is told so."""
    return Q(state=S.AWAITING) | Q(state=S.CREATED, saved__isnull=False)


def under_way(order: Order) -> bool:
    """Whether money for it is on its way from what was saved."""
    return order.payments.filter(saved__isnull=False, state__in=[S.CREATED, S.AWAITING]).exists()


def look_at(payment_ref: str) -> None:
    """The try that the bank speaks of is what it now says, if it is one of ours."""
    tried = Payment.objects.filter(payment_ref=payment_ref, saved__isnull=False).first()
    if tried is not None and tried.state in (S.CREATED, S.AWAITING):
        hear(tried.pk, gateways.current().read_intent(payment_ref))


@outbox.every(timedelta(hours=1), "billing.collections")
def sweep() -> None:
    """What is on its way is looked at, what was cut short is asked again under its key."""
    before = now() - timedelta(seconds=settings.SWEEP_GRACE_SECONDS)
    tries = Payment.objects.filter(saved__isnull=False, made_at__lt=before).order_by("made_at")
    for one in tries.filter(state=S.CREATED)[:200]:
        outbox.put(
            "billing.collect", {"order": str(one.order_id)}, key=f"collect:{one.pk}:{now():%Y-%m-%dT%H}"
        )
    try:
        for one in tries.filter(state=S.AWAITING)[:200]:
            look_at(one.payment_ref)
    except GatewayDown:
        return
