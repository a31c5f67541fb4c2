"""Hosted pages: opened, looked at, closed, paid."""

from __future__ import annotations

import secrets

from billing.gateways.sandbox import charges
from billing.gateways.sandbox.ledger import Ledger, Refusal, Thing


def open_page(ledger: Ledger, own: str, form: dict[str, str]) -> Thing:
    amount = form.get("line_items[0][price_data][unit_amount]", "")
    if not amount.isdigit() or int(amount) < 50:
        raise Refusal(400, "invalid_request_error", "The amount must be at least €0.50.", "amount_too_small")
    expires = int(form["expires_at"])
    # Whole seconds, as both sides count them.
    if not 1800 <= expires - int(ledger.now()) <= 86_400:
        raise Refusal(
            400, "invalid_request_error", "expires_at must be between 30 minutes and 24 hours from now."
        )
    ref = f"cs_test_{secrets.token_hex(16)}"
    return ledger.put(
        {
            "id": ref,
            "object": "checkout.session",
            "url": f"{own}/pay/{ref}",
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "amount_total": int(amount),
            "currency": form.get("line_items[0][price_data][currency]", "eur"),
            "client_reference_id": form.get("client_reference_id"),
            "expires_at": expires,
            "success_url": form["success_url"],
            "cancel_url": form["cancel_url"],
            "livemode": False,
            "description": form.get("line_items[0][price_data][product_data][name]", ""),
            "payment": form.get("payment_intent_data[metadata][payment]", ""),
        }
    )


def aged(ledger: Ledger, session: Thing) -> Thing:
    if session["status"] == "open" and session["expires_at"] <= ledger.now():
        session |= {"status": "expired", "url": None}
        ledger.put(session)
        ledger.announce("checkout.session.expired", session)
    return session


def expire(ledger: Ledger, ref: str) -> Thing:
    session = aged(ledger, ledger.get(ref))
    if session["status"] != "open":
        raise Refusal(
            400,
            "invalid_request_error",
            f"Only Checkout Sessions with a status of open can be expired, not {session['status']}.",
        )
    session |= {"status": "expired", "url": None}
    ledger.put(session)
    ledger.announce("checkout.session.expired", session)
    return session


def pay(ledger: Ledger, ref: str) -> Thing:
    """What the customer does on the hosted page."""
    with ledger.lock:
        session = aged(ledger, ledger.get(ref))
        if session["status"] != "open":
            return session
        intent = charges.take(
            ledger, session["amount_total"], session["currency"], {"payment": session["payment"]}
        )
        session |= {
            "status": "complete",
            "payment_status": "paid",
            "payment_intent": intent["id"],
            "url": None,
        }
        ledger.put(session)
        ledger.announce("checkout.session.completed", session)
        return session
