"""What the gateway tells us: checked, stored once, answered at once; the work is done later, from the object itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from billing import gateways
from billing.gateways.base import BadSignature, Session
from billing.models import GatewayEvent, Order, Payment, Refund
from billing.paying import collecting, methods, payments, refunds, reserving
from billing.reconciling import disputes, reading
from booking.models import Booking
from core import outbox
from core.clock import now
from core.errors import GatewayDown

BIGGEST = 1024 * 1024
PATIENT = timedelta(days=1)


@method_decorator(csrf_exempt, name="dispatch")
class Webhook(View):
    """`POST /webhooks/stripe`: 200 once the event's row is there; 400 for what is not the gateway's."""

    def post(self, request: HttpRequest) -> HttpResponse:
        if int(request.headers.get("Content-Length") or 0) > BIGGEST:
            return HttpResponse(status=413)
        gateway = gateways.current()
        try:
            event = gateway.read_event(request.body, request.headers.get("Stripe-Signature", ""))
        except BadSignature:
            return HttpResponse(status=400)
        with transaction.atomic():
            row = GatewayEvent(
                id=event.id,
                gateway=gateway.name,
                kind=event.kind,
                object_ref=event.object_ref,
                payload=event.payload,
            )
            GatewayEvent.objects.bulk_create([row], ignore_conflicts=True)
            outbox.put("billing.event", {"event": event.id}, key=f"event:{event.id}")
        return HttpResponse(status=200)


@outbox.handler("billing.event")
def work(payload: dict[str, Any]) -> None:
    """The event is worked off: only a hint, its object is read again, so order and repetition do not matter."""
    event = GatewayEvent.objects.get(pk=payload["event"])
    if event.done_at is not None:
        return
    if event.kind.startswith("checkout.session."):
        look_again(event.object_ref, event.payload["data"]["object"].get("client_reference_id"))
    elif event.kind.startswith("payment_intent."):
        reserving.look_at(event.object_ref)
        collecting.look_at(event.object_ref)
    elif event.kind.startswith("charge.dispute."):
        disputes.look_again(event.object_ref)
    elif event.kind.startswith("refund."):
        refunds.look_again(event.object_ref)
    elif event.kind.startswith("payout."):
        reading.look_at_payout(event.object_ref)
    GatewayEvent.objects.filter(pk=event.pk).update(done_at=now())


def look_again(session_ref: str, our_reference: str | None = None) -> None:
    """The payment of this session is what the gateway now says it is."""
    payment = Payment.objects.filter(session_ref=session_ref).first()
    if payment is None and (
        reserving.look_again(session_ref, our_reference) or methods.look_again(session_ref, our_reference)
    ):
        return
    if payment is None and our_reference:
        # The gateway was quicker than the row that notes its session.
        payment = Payment.objects.filter(pk=UUID(our_reference)).first()
    if payment is not None:
        apply(payment, gateways.current().read_session(session_ref))


def apply(payment: Payment, session: Session) -> None:
    """What the gateway's page says of a payment is done: settled if it was paid, expired if it can be paid no more."""
    if session.paid:
        if payment.state != Payment.State.CAPTURED:
            payments.settle(payment.pk, session.payment_ref, gateways.current().fee_of(session.payment_ref))
    elif session.expired or (session.complete and _came_to_nothing(session)):
        payments.expire(payment.pk)


def _came_to_nothing(session: Session) -> bool:
    """Whether what was filled in and takes days (a debit, a transfer) was refused in the end."""
    if not session.payment_ref:
        return False
    return gateways.current().read_intent(session.payment_ref).state in ("declined", "cancelled")


@outbox.handler("billing.close_session")
def close_session(payload: dict[str, Any]) -> None:
    """The order's open page can no longer be paid; if it was paid just before, the money is dealt with."""
    pages = Payment.objects.filter(order=payload["order"], state=Payment.State.AWAITING)
    for payment in pages.exclude(session_ref=""):
        apply(payment, gateways.current().close_session(payment.session_ref))


@outbox.handler("billing.refund")
def send_refund(payload: dict[str, Any]) -> None:
    refunds.send(UUID(payload["refund"]), payload.get("instead_of", ""))


def sweep() -> None:
    """Every minute: what a lost message, a crash or a missed commit left open is found by its row."""
    before = now() - timedelta(seconds=settings.SWEEP_GRACE_SECONDS)
    pages = Payment.objects.filter(state=Payment.State.AWAITING, made_at__lt=before).exclude(session_ref="")
    # What takes days is looked at once an hour, or it would crowd out what is being paid now.
    for payment in pages.filter(session_until__gte=before - PATIENT).order_by("made_at")[:200]:
        try:
            apply(payment, gateways.current().read_session(payment.session_ref))
        except GatewayDown:
            return
    # Nobody was ever sent to a page whose address was not stored, so such a payment can only have ended.
    forgotten = Payment.objects.filter(state=Payment.State.CREATED, session_until__lt=before)
    for payment in forgotten[:200]:
        payments.expire(payment.pk)
    due = Refund.objects.filter(state=Refund.State.DUE, made_at__lt=before).exclude(
        method__in=refunds.BY_HAND
    )
    for refund in due[:200]:
        outbox.put("billing.refund", {"refund": str(refund.pk)}, key=f"refund:{refund.pk}")
    for event in GatewayEvent.objects.filter(done_at=None, received_at__lt=before)[:200]:
        outbox.put("billing.event", {"event": event.pk}, key=f"event:{event.pk}")


def sweep_slow() -> None:
    """Every hour: pages that ended long ago and are neither paid nor over."""
    ended = Payment.objects.filter(state=Payment.State.AWAITING, session_until__lt=now() - PATIENT)
    for payment in ended.exclude(session_ref="").order_by("made_at")[:1000]:
        try:
            apply(payment, gateways.current().read_session(payment.session_ref))
        except GatewayDown:
            return


def unsquared() -> dict[str, list[Any]]:
    """What does not square after a sweep: captured money without booking or refund, bookings without money or debt."""
    captured = Payment.objects.filter(state=Payment.State.CAPTURED, settled_at__isnull=True)
    paid = Order.objects.filter(state=Order.State.PAID, total__gt=0)
    standing = Booking.objects.filter(state=Booking.State.CONFIRMED, order_lines__gross__gt=0)
    return {
        "captured, neither settled nor refunded": list(captured.values_list("pk", flat=True)),
        "paid without document": list(
            paid.filter(documents=None, incomplete=None).values_list("pk", flat=True)
        ),
        "confirmed without payment or debt": list(
            standing.exclude(order_lines__order__state__in=["paid", "owed", "billed"]).values_list(
                "pk", flat=True
            )
        ),
    }


def register() -> None:
    """The outbox sweeps every minute, and every hour what is slow."""
    outbox.every(timedelta(minutes=1), "billing.sweep")(sweep)
    outbox.every(timedelta(hours=1), "billing.sweep_slow")(sweep_slow)
