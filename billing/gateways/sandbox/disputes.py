"""Charges that a customer's bank takes back, and how that ends."""

from __future__ import annotations

import hashlib
import secrets

from billing.gateways.sandbox import balance
from billing.gateways.sandbox.ledger import Ledger, Refusal, Thing

FEE = 2000
DAYS_TO_ANSWER = 7
DAYS_TO_DECIDE = 20
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
            "evidence": {},
            "evidence_details": {"due_by": moment + DAYS_TO_ANSWER * balance.DAY, "has_evidence": False},
            "balance_transactions": [balance.shown(booked)],
        }
    )
    ledger.announce("charge.dispute.created", made)
    ledger.announce("charge.dispute.funds_withdrawn", made)
    return made


def answer(ledger: Ledger, ref: str, form: dict[str, str]) -> Thing:
    """Evidence is kept with the dispute; once it is submitted, the bank is reading it, and decides in its own time."""
    found = aged(ledger, ledger.get(ref))
    if found["status"] != "needs_response":
        raise Refusal(400, "invalid_request_error", f"This dispute is {found['status']}.", "dispute_closed")
    said = {
        name[len("evidence[") : -1]: value for name, value in form.items() if name.startswith("evidence[")
    }
    if "receipt" in said and ledger.get(said["receipt"])["purpose"] != "dispute_evidence":
        raise Refusal(400, "invalid_request_error", "This file is no evidence.", "file_not_evidence")
    found["evidence"] = found["evidence"] | said
    found["evidence_details"]["has_evidence"] = True
    found["metadata"] = found["metadata"] | {"answer": form.get("metadata[answer]", "")}
    if form.get("submit") == "true":
        found["decides_at"] = int(ledger.now()) + DAYS_TO_DECIDE * balance.DAY
    ledger.put(found)
    return move(ledger, ref, "under_review") if form.get("submit") == "true" else found


def close(ledger: Ledger, ref: str) -> Thing:
    """It is accepted: lost, for good."""
    found = aged(ledger, ledger.get(ref))
    if found["status"] != "needs_response":
        raise Refusal(400, "invalid_request_error", f"This dispute is {found['status']}.", "dispute_closed")
    return move(ledger, ref, "lost")


def aged(ledger: Ledger, found: Thing) -> Thing:
    """As it is now: unanswered in time it is lost; answered, the bank believes whoever sent the receipt."""
    moment = int(ledger.now())
    if found["status"] == "needs_response" and found["evidence_details"]["due_by"] < moment:
        return move(ledger, found["id"], "lost")
    if found["status"] == "under_review" and found.get("decides_at", moment + 1) <= moment:
        return move(ledger, found["id"], "won" if found["evidence"].get("receipt") else "lost")
    return found


def upload(ledger: Ledger, form: dict[str, str]) -> Thing:
    """A file that can be named as evidence; of its bytes only how many, and their hash, are kept."""
    content = form["file"].encode("latin-1")
    return ledger.put(
        {
            "id": f"file_{secrets.token_hex(12)}",
            "object": "file",
            "created": int(ledger.now()),
            "purpose": form["purpose"],
            "size": len(content),
            "metadata": {"sha256": hashlib.sha256(content).hexdigest()},
        }
    )


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
