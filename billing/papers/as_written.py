"""What a frozen document says, in the words by which one is written: where its credit note or its mending begins."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from billing.papers.amounts import STAMP, STAMP_TEXT


def as_written(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Its lines as whoever wrote them would write them again, without the stamp duty that was added; the law of each
    summary, the public body's order, the reasons, and what is of professionals. Decimals are text, days ISO. Pure.

    Where prices include VAT each line has its own, discounts taken off; so has one with several discounts: the credit of
    a whole line is what it cost.
    """
    told = snapshot["electronic"]
    laws = {(rate["rate"], rate["natura"]): rate["legal_text"] for rate in reversed(snapshot["rates"])}
    pairs = zip(snapshot["lines"], told["lines"], strict=True)
    lines = [
        {
            "description": line["description"],
            "quantity": line["quantity"],
            "unit": line["unit"],
            **_price(line, priced["gross"] if told["with_vat"] else line["total"], told["with_vat"]),
            "rate": line["rate"],
            "natura": line["natura"],
            "legal_text": laws.get((line["rate"], line["natura"]), ""),
            "withheld": line["withheld"],
            "first_on": line["first_on"],
            "last_on": line["last_on"],
        }
        for priced, line in pairs
    ]
    if told["stamp"] and told["lines"] and _is_stamp(told["lines"][-1]):
        lines.pop()
    return {
        "with_vat": told["with_vat"],
        "lines": lines,
        "rates": [
            {name: rate[name] for name in ("rate", "natura", "legal_text")} for rate in snapshot["rates"]
        ],
        "asked": told.get("order"),
        "reasons": told["reasons"],
        "fund": told.get("fund"),
        "withholding": told.get("withholding"),
    }


def _price(line: dict[str, Any], cents: int, with_vat: bool) -> dict[str, Any]:
    if not with_vat and len(line["discounts"]) < 2:
        return {"unit_price": line["unit_price"], "discounts": line["discounts"]}
    each = Decimal(cents) / 100 / (Decimal(line["quantity"]) or 1)
    return {"unit_price": f"{each:.8f}", "discounts": []}


def _is_stamp(line: dict[str, Any]) -> bool:
    return bool(line["description"] == STAMP_TEXT and line["total"] == STAMP.cents)
