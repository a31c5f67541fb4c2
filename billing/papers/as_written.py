"""What a frozen document says, in the words by which one is written: where its credit note or its mending begins."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from billing.papers.amounts import STAMP, STAMP_TEXT


def as_written(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Its lines as whoever wrote them would write them again, each with its law, without the stamp duty that was added; whether
    that was recharged, borne or not owed; the law of each summary, the public body's order, the reasons, and what is of professionals. Decimals are text, days ISO. Pure.

    Where prices include VAT each line has its own, discounts taken off; so has one with several discounts: the credit of
    a whole line is what it cost.
    """
    told = snapshot["electronic"]
    # What was frozen before 2026-11-27 does not say which of two laws is a line's.
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
            "legal_text": line.get("legal_text", laws.get((line["rate"], line["natura"]), "")),
            "withheld": line["withheld"],
            "first_on": line["first_on"],
            "last_on": line["last_on"],
        }
        for priced, line in pairs
    ]
    if stamp_is_there := recharged(told):
        lines.pop()
    return {
        "with_vat": told["with_vat"],
        "lines": lines,
        "stamp": "recharged" if stamp_is_there else "borne" if told["stamp"] else "none",
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


def recharged(told: dict[str, Any]) -> bool:
    """Whether its last line is the stamp duty, in whatever words; what was frozen before that was kept tells it by them."""
    if not told["stamp"] or not told["lines"]:
        return False
    last = told["lines"][-1]
    by_words = last["description"] == STAMP_TEXT and last["total"] == STAMP.cents
    return bool(told.get("stamp_recharged", by_words))
