"""The only package that knows Stripe, and in it the only file that calls it. Our ids are its idempotency keys, so that nothing is asked twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from typing import Any

import stripe
from django.conf import settings

from billing.gateways.base import EVIDENCE, BadSignature, Event, Intent, Kept, Session
from billing.gateways.statement import Told, ToldDispute, ToldPayout
from billing.gateways.stripe import told
from core.errors import GatewayDown, PaymentRefused
from core.money import Money

TOLERANCE_SECONDS = 300
DELAYED = ["sepa_debit", "customer_balance", "multibanco", "sofort", "pay_by_bank"]


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


A_PAGE = 100
MOST_TEXT = 20_000  # what the free text of a dispute's evidence takes, in signs


def _created(since: datetime, until: datetime) -> Any:
    return {"created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())}, "limit": A_PAGE}


class StripeGateway:
    """Checkout Sessions on Stripe's own page: no card ever touches us (SAQ A)."""

    name = "stripe"

    def __init__(self) -> None:
        own = settings.STRIPE_API_BASE
        base: Any = {"api": own, "files": own} if own else {}
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
        if card != "hold":
            # A slot is promised while its page is open: what is known only days later cannot pay for it.
            how["excluded_payment_method_types"] = DELAYED
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
        return told.session(found)

    def read_session(self, ref: str) -> Session:
        with _in_our_words():
            return told.session(self.client.v1.checkout.sessions.retrieve(ref))

    def close_session(self, ref: str) -> Session:
        with _in_our_words():
            try:
                return told.session(self.client.v1.checkout.sessions.expire(ref))
            except stripe.InvalidRequestError:
                # It was paid or had expired already: reading says which.
                return told.session(self.client.v1.checkout.sessions.retrieve(ref))

    def fee_of(self, payment_ref: str) -> Money:
        with _in_our_words():
            intent: Any = self.client.v1.payment_intents.retrieve(
                payment_ref, {"expand": ["latest_charge.balance_transaction"]}
            )
        charge = intent.latest_charge
        return Money(charge.balance_transaction.fee if charge and charge.balance_transaction else 0)

    def refund(self, key: str, payment_ref: str, amount: Money) -> str:
        with _in_our_words():
            try:
                found = self.client.v1.refunds.create(
                    {"payment_intent": payment_ref, "amount": amount.cents, "metadata": {"refund": key}},
                    {"idempotency_key": key},
                )
            except stripe.InvalidRequestError as refused:
                # It can never be asked like this: the charge is disputed, or too old.
                raise PaymentRefused(data={"decline": refused.code or "refused"}) from refused
        return str(found.id)

    def failure_of(self, refund_ref: str) -> str:
        with _in_our_words():
            found: Any = self.client.v1.refunds.retrieve(refund_ref)
        if found.status not in ("failed", "canceled"):
            return ""
        return str(getattr(found, "failure_reason", None) or found.status)

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
                        "expand": told.WHOLE,
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
        return told.intent(found)

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
        return told.session(found)

    def read_kept(self, session_ref: str) -> Kept:
        with _in_our_words():
            found: Any = self.client.v1.checkout.sessions.retrieve(
                session_ref, {"expand": ["setup_intent.payment_method"]}
            )
        method = found.setup_intent.payment_method
        said = method[method.type]
        return Kept(
            customer_ref=str(found.customer or method.customer),
            method_ref=method.id,
            kind=method.type,
            brand=str(getattr(said, "brand", "") or ""),
            last4=str(said.last4 or ""),
            expires_on=told.last_day(said.exp_year, said.exp_month) if method.type == "card" else None,
        )

    def forget(self, method_ref: str) -> None:
        with _in_our_words():
            try:
                self.client.v1.payment_methods.detach(method_ref)
            except stripe.InvalidRequestError:
                return  # it was forgotten before

    def read_intent(self, ref: str) -> Intent:
        with _in_our_words():
            return told.intent(self.client.v1.payment_intents.retrieve(ref, {"expand": told.WHOLE}))

    def capture(self, key: str, ref: str, amount: Money) -> Intent:
        with _in_our_words():
            try:
                found = self.client.v1.payment_intents.capture(
                    ref, {"amount_to_capture": amount.cents, "expand": told.WHOLE}, {"idempotency_key": key}
                )
            except stripe.InvalidRequestError:
                # It was let go, or taken already: reading says which.
                return self.read_intent(ref)
        return told.intent(found)

    def release(self, key: str, ref: str) -> Intent:
        with _in_our_words():
            try:
                found = self.client.v1.payment_intents.cancel(
                    ref, {"expand": told.WHOLE}, {"idempotency_key": f"release:{key}"}
                )
            except stripe.InvalidRequestError:
                return self.read_intent(ref)
        return told.intent(found)

    def contest(
        self, key: str, dispute_ref: str, evidence: Mapping[str, str], receipt: tuple[str, bytes] | None
    ) -> ToldDispute:
        said: Any = {name: evidence[ours] for ours, name in told.FIELDS.items() if evidence.get(ours)}
        rest = [evidence[ours] for ours in EVIDENCE if ours not in told.FIELDS and evidence.get(ours)]
        if rest:
            said["uncategorized_text"] = "\n\n".join(rest)[:MOST_TEXT]
        with _in_our_words():
            try:
                if receipt is not None:
                    said["receipt"] = self._upload(f"{key}:receipt", *receipt)
                found = self.client.v1.disputes.update(
                    dispute_ref,
                    {"evidence": said, "submit": True, "metadata": {"answer": key}},
                    {"idempotency_key": key},
                )
            except stripe.InvalidRequestError as refused:
                raise PaymentRefused(data={"decline": refused.code or "refused"}) from refused
        return told.dispute(found)

    def _upload(self, key: str, name: str, content: bytes) -> str:
        file = BytesIO(content)
        file.name = name
        asked: Any = {"purpose": "dispute_evidence", "file": file}
        return str(self.client.v1.files.create(asked, {"idempotency_key": key}).id)

    def accept_dispute(self, key: str, dispute_ref: str) -> ToldDispute:
        with _in_our_words():
            try:
                found = self.client.v1.disputes.close(dispute_ref, {}, {"idempotency_key": key})
            except stripe.InvalidRequestError as refused:
                raise PaymentRefused(data={"decline": refused.code or "refused"}) from refused
        return told.dispute(found)

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
                yield told.transaction(found)

    def payouts(self, since: datetime, until: datetime) -> Iterator[ToldPayout]:
        with _in_our_words():
            for found in self.client.v1.payouts.list(_created(since, until)).auto_paging_iter():
                yield told.payout(found)

    def read_payout(self, ref: str) -> ToldPayout:
        with _in_our_words():
            return told.payout(self.client.v1.payouts.retrieve(ref))

    def disputes(self, since: datetime, until: datetime) -> Iterator[ToldDispute]:
        with _in_our_words():
            for found in self.client.v1.disputes.list(_created(since, until)).auto_paging_iter():
                yield told.dispute(found)

    def read_dispute(self, ref: str) -> ToldDispute:
        with _in_our_words():
            return told.dispute(self.client.v1.disputes.retrieve(ref))
