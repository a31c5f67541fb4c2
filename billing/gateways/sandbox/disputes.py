"""Charges that a customer's bank takes back, and how that ends."""

from __future__ import annotations

import secrets

from billing.gateways.sandbox import balance
from billing.gateways.sandbox.ledger import Ledger, Refusal, Thing

FEE = 2000
DAYS_TO_ANSWER = 7
OPEN = ("needs_response", "under_review")


def dispute(
    ledger: Ledger, payment_intent: str, amount: int | None = None, reason: str = "fraudulent"
) -> Thing:
    """The customer's bank took the charge (or so much of it) back; until when it may be answered is said."""
    charge = ledger.get(ledger.get(payment_intent)["latest_charge"])
    ref, moment = f"dp_{secrets.token_hex(12)}", int(ledger.now())
    taken = amount or charge["amount"] - charge["amount_refunded"]
    booked = balance.book(ledger, "adjustment", -taken, ref, fee=FEE, category="dispute")
    ledger.put(charge | {"disputed": True})
    made = ledger.put(
        {
            "id": ref,
            "object": "dispute",
            "created": moment,
            "amount": taken,
            "currency": charge["currency"],
            "charge": charge["id"],
            "payment_intent": payment_intent,
            "reason": reason,
            "status": "needs_response",
            "metadata": {},
            "evidence_details": {"due_by": moment + DAYS_TO_ANSWER * balance.DAY, "has_evidence": False},
            "balance_transactions": [balance.shown(booked)],
        }
    )
    ledger.announce("charge.dispute.created", made)
    ledger.announce("charge.dispute.funds_withdrawn", made)
    return made


def move(ledger: Ledger, ref: str, status: str) -> Thing:
    """The dispute goes on to `under_review`, `won` (its money is back) or `lost`; never back."""
    found = ledger.get(ref)
    if found["status"] not in OPEN or status not in ("under_review", "won", "lost"):
        raise Refusal(400, "invalid_request_error", f"This dispute is {found['status']}.")
    found["status"] = status
    if status == "won":
        back = balance.book(ledger, "adjustment", found["amount"], ref, category="dispute_reversal")
        found["balance_transactions"].append(balance.shown(back))
    ledger.put(found)
    if status == "won":
        ledger.announce("charge.dispute.funds_reinstated", found)
    ledger.announce(f"charge.dispute.{'updated' if status == 'under_review' else 'closed'}", found)
    return found
