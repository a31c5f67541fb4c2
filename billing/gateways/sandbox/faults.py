"""What must never happen at a gateway and does: a refund lost, a charge made twice, a fee changed afterwards."""

from __future__ import annotations

from billing.gateways.sandbox import balance, charges
from billing.gateways.sandbox.ledger import Ledger, Thing


def lose_refund(ledger: Ledger, ref: str) -> None:
    """As if the refund had never been made."""
    lost = ledger.get(ref)
    charge = ledger.get(ledger.get(lost["payment_intent"])["latest_charge"])
    ledger.put(charge | {"amount_refunded": charge["amount_refunded"] - lost["amount"]})
    for transaction in ledger.all("balance_transaction"):
        if transaction["source"] == ref:
            ledger.drop(transaction["id"])
    ledger.drop(ref)


def fail_refund(ledger: Ledger, ref: str, why: str = "lost_or_stolen_card") -> None:
    """The customer's bank sent the refund back: its money is in the balance again."""
    refund = ledger.get(ref)
    balance.book(ledger, "refund_failure", refund["amount"], ref)
    ledger.announce("refund.failed", ledger.put(refund | {"status": "failed", "failure_reason": why}))


def charge_again(ledger: Ledger, payment_intent: str) -> Thing:
    """The same payment is taken once more, with nobody told."""
    first = ledger.get(payment_intent)
    return charges.take(ledger, first["amount"], first["currency"], first["metadata"])


def change_fee(ledger: Ledger, payment_intent: str, fee: int) -> None:
    """More or less was kept of the charge than was said when it was made."""
    charge = ledger.get(ledger.get(payment_intent)["latest_charge"])
    told = ledger.get(charge["balance_transaction"])
    ledger.put(told | {"fee": fee, "net": told["amount"] - fee})


def keep_a_fee(ledger: Ledger, amount: int, said: str) -> Thing:
    """A fee that is no payment's: of a product of the gateway's, once a month."""
    return balance.book(ledger, "stripe_fee", -amount, "", category="fee", said=said)
