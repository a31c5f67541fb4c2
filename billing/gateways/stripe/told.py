"""What Stripe's objects say, in our words, and Stripe's words for what we ask by name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from billing.gateways import statement
from billing.gateways.base import Intent, Session
from billing.gateways.statement import Told, ToldDispute, ToldPayout
from core.money import Money


def session(found: Any) -> Session:
    """What Stripe says of a page to pay on."""
    return Session(
        ref=found.id,
        url=found.url or "",
        expires_at=datetime.fromtimestamp(found.expires_at, UTC),
        paid=found.payment_status == "paid",
        expired=found.status == "expired",
        payment_ref=str(found.payment_intent or ""),
        complete=found.status == "complete",
    )


STATES = {
    "requires_capture": "held",
    "succeeded": "paid",
    "processing": "processing",
    "requires_action": "needs_action",
    "canceled": "cancelled",
}
WHOLE = ["latest_charge", "payment_method"]


def last_day(year: int, month: int) -> date:
    """The last day on which a card is good."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def intent(found: Any) -> Intent:
    """What Stripe's PaymentIntent, with its charge and method, says in our words."""
    charge, method, error = found.latest_charge, found.payment_method, found.last_payment_error
    card = getattr(charge.payment_method_details, "card", None) if charge else None
    until = getattr(card, "capture_before", None)
    why = str(error.code or "") if error else str(found.cancellation_reason or "")
    refused = "needs_action" if why == "authentication_required" else "declined"
    return Intent(
        ref=found.id,
        state=STATES.get(found.status, refused),
        capture_before=datetime.fromtimestamp(until, UTC) if until else None,
        customer_ref=str(found.customer or ""),
        method_ref=method.id if method else "",
        method_kind=method.type if method else "",
        why=why,
    )


# Stripe's own categories for accounting (https://docs.stripe.com/reports/reporting-categories); what is not here
# moved the balance for a reason that an accountant should look at.
CATEGORIES = {
    "charge": statement.CHARGE,
    "charge_failure": statement.CHARGE,
    "refund": statement.REFUND,
    "refund_failure": statement.REFUND,
    "dispute": statement.DISPUTE,
    "dispute_reversal": statement.DISPUTE,
    "fee": statement.FEE,
    "network_cost": statement.FEE,
    "tax": statement.FEE,
    "payout": statement.PAYOUT,
    "payout_reversal": statement.PAYOUT,
}
# Stripe's names for what a dispute is answered with (https://docs.stripe.com/api/disputes/evidence_object); what has
# none of its own goes into its free text.
FIELDS = {
    "customer": "customer_name",
    "email": "customer_email_address",
    "service": "product_description",
    "service_on": "service_date",
    "used": "access_activity_log",
    "cancellation": "cancellation_policy_disclosure",
}


def instant(seconds: int) -> datetime:
    """Stripe counts seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def transaction(found: Any) -> Told:
    # An expanded source is an object; one that is not, its id; some movements have none.
    """What Stripe says of a movement of the balance, and which of our rows its source names."""
    whole = found.source and not isinstance(found.source, str)
    source: dict[str, Any] = found.source.to_dict() if whole else {}
    named = source.get("metadata") or {}
    return Told(
        ref=found.id,
        kind=CATEGORIES.get(found.reporting_category, statement.ADJUSTMENT),
        amount=Money(found.amount),
        fee=Money(found.fee),
        at=instant(found.created),
        source_ref=source.get("id", "") or (found.source if isinstance(found.source, str) else ""),
        payment_ref=str(source.get("payment_intent") or ""),
        our_id=str(named.get("refund") or named.get("payment") or ""),
        about=found.description or "",
    )


def payout(found: Any) -> ToldPayout:
    # An arrival is a day, told as its midnight in UTC.
    """What Stripe says of a payout."""
    arrives = instant(found.arrival_date).date()
    return ToldPayout(found.id, Money(found.amount), found.status, instant(found.created), arrives)


def dispute(found: Any) -> ToldDispute:
    """What Stripe says of a dispute, and until when it may be answered."""
    by = found.evidence_details.due_by if found.evidence_details else None
    return ToldDispute(
        ref=found.id,
        payment_ref=str(found.payment_intent or ""),
        amount=Money(found.amount),
        reason=found.reason,
        state=found.status,
        opened_at=instant(found.created),
        answer_by=instant(by) if by else None,
    )
