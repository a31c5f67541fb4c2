"""What was kept of a customer: cards charged with nobody there, amounts held and let go, debits that settle late."""

from __future__ import annotations

import secrets
from typing import Any

from billing.gateways.sandbox import charges
from billing.gateways.sandbox.ledger import Ledger, Refusal, Thing

DAY = 86_400
HELD_ON_PAGE = 7 * DAY
HELD_ALONE = 4 * DAY + 18 * 3600  # a card's, when its holder is not there
DEBIT_DAYS = 5
# What a kept method does when it is charged with nobody there.
BEHAVIOURS = ("ok", "requires_action", "declines")


def keep(ledger: Ledger, kind: str, behaves: str, customer: str | None) -> Thing:
    """A card or an account, kept for a customer."""
    told: Thing = (
        {"card": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2031}}
        if kind == "card"
        else {"sepa_debit": {"last4": "3000", "bank_code": "19043", "country": "IT"}}
    )
    return ledger.put(
        {
            "id": f"pm_{secrets.token_hex(12)}",
            "object": "payment_method",
            "type": kind,
            "customer": customer or f"cus_{secrets.token_hex(8)}",
            "behaves": behaves,
            **told,
        }
    )


def behave(ledger: Ledger, behaves: str) -> None:
    """Everything that is kept behaves like this from now on."""
    for method in ledger.all("payment_method"):
        ledger.put(method | {"behaves": behaves})


def forget(ledger: Ledger, ref: str) -> Thing:
    return ledger.put(ledger.get(ref) | {"customer": None})


def new_intent(ledger: Ledger, form: Thing, method: Thing, **more: Any) -> Thing:
    return ledger.put(
        {
            "id": f"pi_{secrets.token_hex(12)}",
            "object": "payment_intent",
            "status": "requires_payment_method",
            "amount": form["amount"],
            "amount_received": 0,
            "currency": form["currency"],
            "capture_method": form["capture_method"],
            "customer": method["customer"],
            "payment_method": method["id"],
            "latest_charge": None,
            "last_payment_error": None,
            "cancellation_reason": None,
            "metadata": form["metadata"],
            **more,
        }
    )


def on_page(ledger: Ledger, session: Thing, behaves: str) -> Thing:
    """What a page comes to that keeps the card, or only holds the amount; its customer is there and says yes."""
    method = keep(ledger, "card", behaves, session["customer"])
    asked = {
        "amount": session["amount_total"],
        "currency": session["currency"],
        "capture_method": session["capture_method"],
        "metadata": {"payment": session["payment"]},
    }
    return _go(ledger, new_intent(ledger, asked, method), method, HELD_ON_PAGE)


def set_up(ledger: Ledger, session: Thing, behaves: str, kind: str) -> Thing:
    """A card or an account that is kept for later, without any money."""
    method = keep(ledger, kind, behaves, session["customer"])
    return ledger.put(
        {
            "id": f"seti_{secrets.token_hex(12)}",
            "object": "setup_intent",
            "status": "succeeded",
            "customer": method["customer"],
            "payment_method": method["id"],
        }
    )


def charge(ledger: Ledger, form: dict[str, str]) -> Thing:
    """The money is asked of what was kept, with nobody there."""
    method = ledger.get(form["payment_method"])
    if method["customer"] is None or method["customer"] != form["customer"]:
        raise Refusal(
            400,
            "invalid_request_error",
            "The provided PaymentMethod cannot be attached to the customer.",
            "payment_method_unexpected_state",
        )
    asked = {
        "amount": int(form["amount"]),
        "currency": form["currency"],
        "capture_method": form.get("capture_method", "automatic"),
        "metadata": {"payment": form.get("metadata[payment]", "")},
    }
    intent = new_intent(ledger, asked, method)
    code = {"requires_action": "authentication_required", "declines": "card_declined"}.get(method["behaves"])
    if code is not None and method["type"] == "card":
        error: Thing = {"type": "card_error", "code": code, "message": "Your card was declined."}
        intent = ledger.put(intent | {"last_payment_error": error})
        ledger.announce("payment_intent.payment_failed", intent)
        refused = Refusal(402, "card_error", "Your card was declined.", code)
        refused.body = {"error": error | {"payment_intent": intent}}
        raise refused
    return _go(ledger, intent, method, HELD_ALONE)


def _go(ledger: Ledger, intent: Thing, method: Thing, held_for: int) -> Thing:
    """The bank says yes: held, on its way, or taken."""
    if method["type"] == "sepa_debit":
        intent |= {"status": "processing", "settles_at": int(ledger.now()) + DEBIT_DAYS * DAY}
        ledger.put(intent)
        ledger.announce("payment_intent.processing", intent)
        return intent
    if intent["capture_method"] != "manual":
        return _take(ledger, intent, intent["amount"])
    until = int(ledger.now()) + held_for
    held = ledger.put(
        {
            "id": f"ch_{secrets.token_hex(12)}",
            "object": "charge",
            "created": int(ledger.now()),
            "amount": intent["amount"],
            "amount_refunded": 0,
            "captured": False,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "metadata": intent["metadata"],
            "disputed": False,
            "balance_transaction": None,
            "payment_method_details": {"type": "card", "card": {"capture_before": until}},
        }
    )
    intent |= {"status": "requires_capture", "latest_charge": held["id"], "capture_before": until}
    ledger.put(intent)
    ledger.announce("payment_intent.amount_capturable_updated", intent)
    return intent


def _take(ledger: Ledger, intent: Thing, amount: int) -> Thing:
    taken = charges.charged(ledger, intent["id"], amount, intent["currency"], intent["metadata"])
    intent |= {"status": "succeeded", "amount_received": amount, "latest_charge": taken["id"]}
    ledger.put(intent)
    ledger.announce("payment_intent.succeeded", intent)
    return intent


def aged(ledger: Ledger, intent: Thing) -> Thing:
    """As it is by the sandbox's clock: a hold that the bank let go of, a debit that settled or came back."""
    at = ledger.now()
    if intent["status"] == "requires_capture" and intent["capture_before"] <= at:
        return _cancelled(ledger, intent, "automatic")
    if intent["status"] == "processing" and intent["settles_at"] <= at:
        if ledger.get(intent["payment_method"])["behaves"] != "declines":
            return _take(ledger, intent, intent["amount"])
        error = {
            "type": "invalid_request_error",
            "code": "insufficient_funds",
            "message": "The debit failed.",
        }
        intent |= {"status": "requires_payment_method", "last_payment_error": error}
        ledger.put(intent)
        ledger.announce("payment_intent.payment_failed", intent)
    return intent


def _cancelled(ledger: Ledger, intent: Thing, why: str | None) -> Thing:
    intent |= {"status": "canceled", "cancellation_reason": why}
    ledger.put(intent)
    ledger.announce("payment_intent.canceled", intent)
    return intent


def capture(ledger: Ledger, ref: str, form: dict[str, str]) -> Thing:
    intent = aged(ledger, ledger.get(ref))
    amount = int(form.get("amount_to_capture") or intent["amount"])
    if intent["status"] != "requires_capture":
        raise _unexpected(intent, "captured")
    if not 1 <= amount <= intent["amount"]:
        raise Refusal(
            400,
            "invalid_request_error",
            "The amount to capture is more than what is held.",
            "amount_too_large",
        )
    return _take(ledger, intent, amount)


def cancel(ledger: Ledger, ref: str) -> Thing:
    intent = aged(ledger, ledger.get(ref))
    if intent["status"] in ("succeeded", "processing", "canceled"):
        raise _unexpected(intent, "canceled")
    return _cancelled(ledger, intent, None)


def _unexpected(intent: Thing, what: str) -> Refusal:
    said = f"This PaymentIntent could not be {what} because it has a status of {intent['status']}."
    return Refusal(400, "invalid_request_error", said, "payment_intent_unexpected_state")


def expanded(ledger: Ledger, thing: Thing, wanted: list[str]) -> Thing:
    """As Stripe answers: the method, and what set it up, whole where they were asked for."""
    if "payment_method" in wanted and thing.get("payment_method"):
        return thing | {"payment_method": ledger.get(thing["payment_method"])}
    if "setup_intent.payment_method" in wanted and thing.get("setup_intent"):
        saved = ledger.get(thing["setup_intent"])
        return thing | {"setup_intent": expanded(ledger, saved, ["payment_method"])}
    return thing
