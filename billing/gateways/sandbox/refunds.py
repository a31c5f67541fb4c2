"""Money back: never more than was captured."""

from __future__ import annotations

import secrets

from billing.gateways.sandbox import balance
from billing.gateways.sandbox.ledger import Ledger, Refusal, Thing


def refund(ledger: Ledger, form: dict[str, str]) -> Thing:
    intent = ledger.get(form["payment_intent"])
    charge = ledger.get(intent["latest_charge"])
    if charge["disputed"]:
        raise Refusal(
            400, "invalid_request_error", f"Charge {charge['id']} has been charged back.", "charge_disputed"
        )
    left = charge["amount"] - charge["amount_refunded"]
    asked = form.get("amount", str(left))
    if asked != str(left) and not (asked.isdigit() and int(asked) >= 1):
        raise Refusal(
            400, "invalid_request_error", "Invalid positive integer: amount", "parameter_invalid_integer"
        )
    amount = int(asked)
    if amount > left or not left:
        raise Refusal(
            400,
            "invalid_request_error",
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            "charge_already_refunded" if not left else "amount_too_large",
        )
    charge["amount_refunded"] += amount
    ledger.put(charge)
    ref = f"re_{secrets.token_hex(12)}"
    refund = ledger.put(
        {
            "id": ref,
            "object": "refund",
            "created": int(ledger.now()),
            "amount": amount,
            "currency": intent["currency"],
            "charge": charge["id"],
            "payment_intent": intent["id"],
            "balance_transaction": balance.book(ledger, "refund", -amount, ref)["id"],
            "status": "succeeded",
            "metadata": {"refund": form.get("metadata[refund]", "")},
        }
    )
    ledger.announce("charge.refunded", charge)
    return refund
