"""Money taken: an intent, its charge, and what the charge leaves in the balance."""

from __future__ import annotations

import secrets

from billing.gateways.sandbox import balance
from billing.gateways.sandbox.ledger import Ledger, Thing

FEE_PERCENT, FEE_FIXED = 1.5, 25


def charged(ledger: Ledger, intent: str, amount: int, currency: str, metadata: dict[str, str]) -> Thing:
    """The charge of an intent, its fee kept."""
    charge = f"ch_{secrets.token_hex(12)}"
    fee = round(amount * FEE_PERCENT / 100) + FEE_FIXED
    return ledger.put(
        {
            "id": charge,
            "object": "charge",
            "created": int(ledger.now()),
            "amount": amount,
            "amount_refunded": 0,
            "currency": currency,
            "payment_intent": intent,
            "metadata": metadata,
            "disputed": False,
            "payment_method_details": {"type": "card", "card": {}},
            "balance_transaction": balance.book(ledger, "charge", amount, charge, fee=fee)["id"],
        }
    )


def take(ledger: Ledger, amount: int, currency: str, metadata: dict[str, str]) -> Thing:
    """An intent that succeeded, charged once, its fee kept."""
    intent = f"pi_{secrets.token_hex(12)}"
    return ledger.put(
        {
            "id": intent,
            "object": "payment_intent",
            "status": "succeeded",
            "amount": amount,
            "amount_received": amount,
            "currency": currency,
            "customer": None,
            "payment_method": None,
            "last_payment_error": None,
            "cancellation_reason": None,
            "latest_charge": charged(ledger, intent, amount, currency, metadata)["id"],
            "metadata": metadata,
        }
    )


def expanded(ledger: Ledger, intent: Thing, wanted: list[str]) -> Thing:
    """As Stripe answers: what was not asked for is named by its id only."""
    if intent["latest_charge"] is None or not any(path.startswith("latest_charge") for path in wanted):
        return intent
    charge = ledger.get(intent["latest_charge"])
    if "latest_charge.balance_transaction" in wanted:
        charge["balance_transaction"] = balance.shown(ledger.get(charge["balance_transaction"]))
    return intent | {"latest_charge": charge}
