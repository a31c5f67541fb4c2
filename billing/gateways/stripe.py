"""The only file that knows Stripe. Our ids are its idempotency keys, so that nothing is asked twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import stripe
from django.conf import settings

from billing.gateways.base import BadSignature, Event, Session
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
        self, key: str, amount: Money, description: str, email: str, back_to: str, expires_at: datetime
    ) -> Session:
        with _in_our_words():
            found = self.client.v1.checkout.sessions.create(
                {
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
                    "payment_intent_data": {"metadata": {"payment": key}},
                },
                {"idempotency_key": key},
            )
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
