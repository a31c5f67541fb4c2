"""Hosted pages: opened, looked at, closed, paid."""

from __future__ import annotations

import secrets

from billing.gateways.sandbox import cards, charges
from billing.gateways.sandbox.ledger import Ledger, Refusal, Thing

KEEPS = {
    "payment_intent_data[setup_future_usage]",
    "payment_method_options[card][setup_future_usage]",
}


def open_page(ledger: Ledger, own: str, form: dict[str, str]) -> Thing:
    saves = form.get("mode") == "setup"
    amount = "0" if saves else form.get("line_items[0][price_data][unit_amount]", "")
    if not amount.isdigit() or (int(amount) < 50 and not saves):
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
            "mode": form.get("mode", "payment"),
            "setup_intent": None,
            "customer": form.get("customer"),
            "capture_method": form.get("payment_intent_data[capture_method]", "automatic"),
            "keeps": saves or KEEPS & form.keys() != set(),
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


def pay(ledger: Ledger, ref: str, card: str = "ok", kind: str = "card") -> Thing:
    """What the customer does on the hosted page; `card` is how it behaves later, if it is kept (`cards.BEHAVIOURS`)."""
    with ledger.lock:
        session = aged(ledger, ledger.get(ref))
        if session["status"] != "open":
            return session
        session |= {"status": "complete", "url": None}
        if session["mode"] == "setup":
            saved = cards.set_up(ledger, session, card, kind)
            session |= {"payment_status": "no_payment_required", "setup_intent": saved["id"]}
            session["customer"] = saved["customer"]
        else:
            intent = _paid(ledger, session, card)
            session["payment_intent"] = intent["id"]
            session["customer"] = intent.get("customer")
            session["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"
        ledger.put(session)
        ledger.announce("checkout.session.completed", session)
        return session


def _paid(ledger: Ledger, session: Thing, card: str) -> Thing:
    if session["keeps"]:
        return cards.on_page(ledger, session, card)
    return charges.take(ledger, session["amount_total"], session["currency"], {"payment": session["payment"]})
