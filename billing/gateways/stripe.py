"""The only file that knows Stripe. Our ids are its idempotency keys, so that nothing is asked twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import stripe
from django.conf import settings

from billing.gateways import statement
from billing.gateways.base import BadSignature, Event, Intent, Kept, Session
from billing.gateways.statement import Told, ToldDispute, ToldPayout
from core.errors import GatewayDown, PaymentRefused
from core.money import Money

TOLERANCE_SECONDS = 300


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise GatewayDown from error
    except stripe.CardError as error:
        raise PaymentRefused(data={"decline": error.code}) from error
    except stripe.APIError as error:
        raise GatewayDown from error


def _session(found: Any) -> Session:
    return Session(
        ref=found.id,
        url=found.url or "",
        expires_at=datetime.fromtimestamp(found.expires_at, UTC),
        paid=found.payment_status == "paid",
        expired=found.status == "expired",
        payment_ref=str(found.payment_intent or ""),
        complete=found.status == "complete",
    )


STATES = {
    "requires_capture": "held",
    "succeeded": "paid",
    "processing": "processing",
    "requires_action": "needs_action",
    "canceled": "cancelled",
}
WHOLE = ["latest_charge", "payment_method"]


def _last_day(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _intent(found: Any) -> Intent:
    """What Stripe's PaymentIntent, with its charge and method, says in our words."""
    charge, method, error = found.latest_charge, found.payment_method, found.last_payment_error
    card = getattr(charge.payment_method_details, "card", None) if charge else None
    until = getattr(card, "capture_before", None)
    why = str(error.code or "") if error else str(found.cancellation_reason or "")
    refused = "needs_action" if why == "authentication_required" else "declined"
    return Intent(
        ref=found.id,
        state=STATES.get(found.status, refused),
        capture_before=datetime.fromtimestamp(until, UTC) if until else None,
        customer_ref=str(found.customer or ""),
        method_ref=method.id if method else "",
        method_kind=method.type if method else "",
        why=why,
    )


# Stripe's own categories for accounting (https://docs.stripe.com/reports/reporting-categories); what is not here
# moved the balance for a reason that an accountant should look at.
CATEGORIES = {
    "charge": statement.CHARGE,
    "charge_failure": statement.CHARGE,
    "refund": statement.REFUND,
    "refund_failure": statement.REFUND,
    "dispute": statement.DISPUTE,
    "dispute_reversal": statement.DISPUTE,
    "fee": statement.FEE,
    "network_cost": statement.FEE,
    "tax": statement.FEE,
    "payout": statement.PAYOUT,
    "payout_reversal": statement.PAYOUT,
}
A_PAGE = 100


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _created(since: datetime, until: datetime) -> Any:
    return {"created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())}, "limit": A_PAGE}


def _told(found: Any) -> Told:
    source: dict[str, Any] = found.source.to_dict() if isinstance(found.source, stripe.StripeObject) else {}
    named = source.get("metadata") or {}
    return Told(
        ref=found.id,
        kind=CATEGORIES.get(found.reporting_category, statement.ADJUSTMENT),
        amount=Money(found.amount),
        fee=Money(found.fee),
        at=_instant(found.created),
        source_ref=source.get("id", "") or (found.source if isinstance(found.source, str) else ""),
        payment_ref=str(source.get("payment_intent") or ""),
        our_id=str(named.get("refund") or named.get("payment") or ""),
        about=found.description or "",
    )


def _payout(found: Any) -> ToldPayout:
    # An arrival is a day, told as its midnight in UTC.
    arrives = _instant(found.arrival_date).date()
    return ToldPayout(found.id, Money(found.amount), found.status, _instant(found.created), arrives)


def _dispute(found: Any) -> ToldDispute:
    by = found.evidence_details.due_by if found.evidence_details else None
    return ToldDispute(
        ref=found.id,
        payment_ref=str(found.payment_intent or ""),
        amount=Money(found.amount),
        reason=found.reason,
        state=found.status,
        opened_at=_instant(found.created),
        answer_by=_instant(by) if by else None,
    )


class StripeGateway:
    """Checkout Sessions on Stripe's own page: no card ever touches us (SAQ A)."""

    name = "stripe"

    def __init__(self) -> None:
        base: Any = {"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else {}
        self.client = stripe.StripeClient(
            settings.STRIPE_SECRET_KEY,
            base_addresses=base,
            max_network_retries=1,
            http_client=stripe.RequestsClient(timeout=8),
            stripe_account=settings.STRIPE_ACCOUNT or None,
        )

    def open_session(
        self,
        key: str,
        amount: Money,
        description: str,
        email: str,
        back_to: str,
        expires_at: datetime,
        card: str = "",
    ) -> Session:
        how: Any = {"payment_intent_data": {"metadata": {"payment": key}}}
        if card:
            how["customer_creation"] = "always"
        if card == "keep":
            # Who pays in another way still may: only a card is kept.
            how["payment_method_options"] = {"card": {"setup_future_usage": "off_session"}}
        if card == "hold":
            how["allowed_payment_method_types"] = ["card"]
            how["payment_intent_data"] |= {"capture_method": "manual", "setup_future_usage": "off_session"}
        asked: Any = {
            "mode": "payment",
            "client_reference_id": key,
            "customer_email": email,
            "success_url": back_to,
            "cancel_url": back_to,
            "expires_at": int(expires_at.timestamp()),
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": amount.currency.lower(),
                        "unit_amount": amount.cents,
                        "product_data": {"name": description},
                    },
                }
            ],
        }
        with _in_our_words():
            found = self.client.v1.checkout.sessions.create(asked | how, {"idempotency_key": key})
        return _session(found)

    def read_session(self, ref: str) -> Session:
        with _in_our_words():
            return _session(self.client.v1.checkout.sessions.retrieve(ref))

    def close_session(self, ref: str) -> Session:
        with _in_our_words():
            try:
                return _session(self.client.v1.checkout.sessions.expire(ref))
            except stripe.InvalidRequestError:
                # It was paid or had expired already: reading says which.
                return _session(self.client.v1.checkout.sessions.retrieve(ref))

    def fee_of(self, payment_ref: str) -> Money:
        with _in_our_words():
            intent: Any = self.client.v1.payment_intents.retrieve(
                payment_ref, {"expand": ["latest_charge.balance_transaction"]}
            )
        charge = intent.latest_charge
        return Money(charge.balance_transaction.fee if charge and charge.balance_transaction else 0)

    def refund(self, key: str, payment_ref: str, amount: Money) -> str:
        with _in_our_words():
            found = self.client.v1.refunds.create(
                {"payment_intent": payment_ref, "amount": amount.cents, "metadata": {"refund": key}},
                {"idempotency_key": key},
            )
        return str(found.id)

    def charge(
        self,
        key: str,
        amount: Money,
        description: str,
        customer_ref: str,
        method_ref: str,
        *,
        kind: str = "card",
        hold: bool = False,
    ) -> Intent:
        with _in_our_words():
            try:
                found = self.client.v1.payment_intents.create(
                    {
                        "amount": amount.cents,
                        "currency": amount.currency.lower(),
                        "customer": customer_ref,
                        "payment_method": method_ref,
                        "allowed_payment_method_types": [kind],
                        "capture_method": "manual" if hold else "automatic",
                        "confirm": True,
                        "off_session": True,
                        "description": description,
                        "metadata": {"payment": key},
                        "expand": WHOLE,
                    },
                    {"idempotency_key": key},
                )
            except stripe.CardError as refused:
                asked: Any = refused.error and refused.error.payment_intent
                if asked is None:
                    raise
                return self.read_intent(str(asked.id))
            except stripe.InvalidRequestError as refused:
                # It can never be asked like this: a card that was detached, an amount too small.
                why = str(refused.code or "refused")
                return Intent("", "declined", None, customer_ref, method_ref, kind, why)
        return _intent(found)

    def open_setup(
        self, key: str, email: str, customer_ref: str, back_to: str, expires_at: datetime
    ) -> Session:
        whose: Any = (
            {"customer": customer_ref}
            if customer_ref
            else {"customer_email": email, "customer_creation": "always"}
        )
        asked: Any = {
            "mode": "setup",
            "currency": "eur",
            "allowed_payment_method_types": ["card", "sepa_debit"],
            "client_reference_id": key,
            "success_url": back_to,
            "cancel_url": back_to,
            "expires_at": int(expires_at.timestamp()),
        }
        with _in_our_words():
            found = self.client.v1.checkout.sessions.create(asked | whose, {"idempotency_key": key})
        return _session(found)

    def read_kept(self, session_ref: str) -> Kept:
        with _in_our_words():
            found: Any = self.client.v1.checkout.sessions.retrieve(
                session_ref, {"expand": ["setup_intent.payment_method"]}
            )
        method = found.setup_intent.payment_method
        told = method[method.type]
        return Kept(
            customer_ref=str(found.customer or method.customer),
            method_ref=method.id,
            kind=method.type,
            brand=str(getattr(told, "brand", "") or ""),
            last4=str(told.last4 or ""),
            expires_on=_last_day(told.exp_year, told.exp_month) if method.type == "card" else None,
        )

    def forget(self, method_ref: str) -> None:
        with _in_our_words():
            try:
                self.client.v1.payment_methods.detach(method_ref)
            except stripe.InvalidRequestError:
                return  # it was forgotten before

    def read_intent(self, ref: str) -> Intent:
        with _in_our_words():
            return _intent(self.client.v1.payment_intents.retrieve(ref, {"expand": WHOLE}))

    def capture(self, key: str, ref: str, amount: Money) -> Intent:
        with _in_our_words():
            try:
                found = self.client.v1.payment_intents.capture(
                    ref, {"amount_to_capture": amount.cents, "expand": WHOLE}, {"idempotency_key": key}
                )
            except stripe.InvalidRequestError:
                # It was let go, or taken already: reading says which.
                return self.read_intent(ref)
        return _intent(found)

    def release(self, key: str, ref: str) -> Intent:
        with _in_our_words():
            try:
                found = self.client.v1.payment_intents.cancel(
                    ref, {"expand": WHOLE}, {"idempotency_key": f"release:{key}"}
                )
            except stripe.InvalidRequestError:
                return self.read_intent(ref)
        return _intent(found)

    def read_event(self, body: bytes, signature: str) -> Event:
        for secret in settings.STRIPE_WEBHOOK_SECRETS:
            try:
                event: Any = self.client.construct_event(body, signature, secret, TOLERANCE_SECONDS)
            except (stripe.SignatureVerificationError, ValueError):
                continue
            live = settings.STRIPE_SECRET_KEY.startswith("sk_live")
            if bool(event.livemode) != live:
                raise BadSignature("test and live do not mix")
            payload = event.to_dict()
            return Event(event.id, event.type, str(payload["data"]["object"].get("id", "")), payload)
        raise BadSignature("signed by nobody we know")

    # -- what is read at night ---------------------------------------------------------------------------

    def transactions(self, since: datetime, until: datetime) -> Iterator[Told]:
        return self._transactions(_created(since, until))

    def parts_of(self, payout_ref: str) -> Iterator[Told]:
        found = self._transactions({"payout": payout_ref, "limit": A_PAGE})
        return (part for part in found if part.source_ref != payout_ref)

    def _transactions(self, asked: Any) -> Iterator[Told]:
        with _in_our_words():
            rows = self.client.v1.balance_transactions.list(asked | {"expand": ["data.source"]})
            for found in rows.auto_paging_iter():
                yield _told(found)

    def payouts(self, since: datetime, until: datetime) -> Iterator[ToldPayout]:
        with _in_our_words():
            for found in self.client.v1.payouts.list(_created(since, until)).auto_paging_iter():
                yield _payout(found)

    def read_payout(self, ref: str) -> ToldPayout:
        with _in_our_words():
            return _payout(self.client.v1.payouts.retrieve(ref))

    def disputes(self, since: datetime, until: datetime) -> Iterator[ToldDispute]:
        with _in_our_words():
            for found in self.client.v1.disputes.list(_created(since, until)).auto_paging_iter():
                yield _dispute(found)

    def read_dispute(self, ref: str) -> ToldDispute:
        with _in_our_words():
            return _dispute(self.client.v1.disputes.retrieve(ref))
