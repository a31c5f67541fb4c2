"""Debts, and what was brought for them, as the office reads them: a document, an order, a payout, a refund, a credit."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from billing.models import CustomerCredit, Match, Refund
from billing.papers.freeze import ITALY
from billing.papers.references import reference
from billing.paying import repaying, unmatching
from billing.paying.customer_credit import Payer, left_of
from billing.paying.debts import Debt
from core.ids import encode
from core.periods import local_date
from core.shapes import ActionShape, MoneyShape, action
from people.models import Organisation


class DebtShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField(
        help_text="a document's number, an order's or refund's reference, or the gateway's of a payout"
    )
    customer = serializers.CharField()
    due_on = serializers.DateField()
    open = MoneyShape()


class MatchShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    amount = MoneyShape()
    settled = serializers.BooleanField(help_text="an order's; it can no longer be undone")
    actions = serializers.DictField(
        child=ActionShape(), help_text="undo: its movement or credit has this part again"
    )


class CustomerShape(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="a person or an organisation")
    name = serializers.CharField()

    class Meta:
        ref_name = "BankCustomer"


def debt_shape(debt: Debt | Refund | CustomerCredit) -> dict[str, Any]:
    if isinstance(debt, CustomerCredit):
        return {
            "id": encode("ccr", debt.pk),
            "name": reference(debt.pk),
            "customer": debt.payer.name,
            "due_on": debt.posted_on,
            "open": left_of(debt),
        }
    if isinstance(debt, Refund):
        return {
            "id": encode("rfd", debt.pk),
            "name": reference(debt.pk),
            "customer": repaying.name_of(debt),
            "due_on": local_date(debt.made_at, ITALY),
            "open": debt.amount,
        }
    return {
        "id": debt.public,
        "name": debt.label,
        "customer": debt.name,
        "due_on": debt.due_on,
        "open": debt.open,
    }


def customer_shape(payer: Payer) -> dict[str, Any]:
    return {"id": encode("org" if isinstance(payer, Organisation) else "per", payer.pk), "name": payer.name}


def match_shape(match: Any) -> dict[str, Any]:
    """A match with its standing (`unmatching.with_standing`)."""
    return {
        "id": encode("mtc", match.pk),
        "name": _named(match),
        "amount": match.amount,
        "settled": match.payment_id is not None,
        "actions": {"undo": action(unmatching.against(match))},
    }


def _named(match: Match) -> str:
    if match.document is not None:
        return match.document.number
    return (
        match.payout.ref
        if match.payout is not None
        else reference(match.order_id or match.refund_id or match.credit_id or match.pk)
    )
