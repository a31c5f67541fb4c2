"""All that a document says, in plain values: its PDF and its XML are drawn from this alone, whenever that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import Document, Issuer
from billing.papers.amounts import Discount, Fund, Line, Reckoned, Withholding
from core.ids import encode
from core.money import Money
from people.models import FiscalIdentity, Organisation, Person

IDENTITY = (
    "tax_code",
    "vat_number",
    "recipient_code",
    "certified_email",
    "street",
    "postcode",
    "city",
    "province",
    "country",
)
# How it was or will be paid (2.4.2.2 ModalitaPagamento); what is not here says nothing of it.
METHODS = {
    "cash": "MP01",
    "transfer": "MP05",
    "account": "MP05",
    "card": "MP08",
    "pos": "MP08",
    "sepa": "MP19",
    "withheld": "MP22",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A public body's order that a document answers: its id, and the codes of tender (CIG) and project (CUP)."""

    id: str
    cig: str = ""
    cup: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """What a document says besides its figures."""

    type: str
    corrects: Sequence[tuple[str, date]] = ()
    reasons: Sequence[str] = ()
    method: str = ""
    due_on: date | None = None
    asked: Asked | None = None
    on_behalf: Issuer | None = None
    fund: Fund | None = None
    withholding: Withholding | None = None
    with_vat: bool = True
    related: Sequence[tuple[str, date]] = ()  # what it goes on from without taking any of it back
    activity: str = ""  # of which it is, where somebody says it


def identity_of(thing: FiscalIdentity, name: str) -> dict[str, Any]:
    """What a document says of somebody, as it is frozen."""
    found: dict[str, Any] = {"name": name} | {column: getattr(thing, column) for column in IDENTITY}
    return found | {"is_person": isinstance(thing, Person)}


def seller_of(issuer: Issuer) -> dict[str, Any]:
    body = issuer.partner.organisation
    return identity_of(body, body.name) | {
        "regime": issuer.regime,
        "iban": issuer.iban,
        "rea": issuer.rea,
        "capital": issuer.capital.cents,
        "in_liquidation": issuer.in_liquidation,
        "colour": issuer.colour,
        "logo": issuer.logo,
        "footer_it": issuer.footer_it,
        "footer_en": issuer.footer_en,
    }


def snapshot_of(
    document: Document, payer: Person | Organisation, came: Reckoned, paper: Paper
) -> dict[str, Any]:
    """The document's content; amounts are cents, other numbers decimal text, days ISO."""
    issuer = document.issuer
    corrected = _named(paper.corrects)
    return {
        "kind": document.kind,
        "number": document.number,
        "issued_on": document.issued_on.isoformat(),
        "language": document.language,
        "currency": document.gross.currency,
        "seller": seller_of(issuer),
        "buyer": identity_of(payer, payer.name),
        "corrects": corrected[0] if corrected else None,
        "order": encode("ord", document.order_id) if document.order_id else None,
        "lines": [
            {
                "description": line.description,
                "gross": gross.cents,
                "worth": line.worth.cents,
                "rate": str(line.rate.rate),
                "natura": line.rate.natura,
            }
            for line, gross in zip(came.lines, came.grosses, strict=True)
        ],
        "rates": [
            {
                "rate": str(s.key.rate),
                "natura": s.key.natura,
                "legal_text": s.key.legal_text,
                "net": s.net.cents,
                "vat": s.vat.cents,
                "gross": s.gross.cents,
            }
            for s in came.summaries
        ],
        "net": document.net.cents,
        "vat": document.vat.cents,
        "gross": document.gross.cents,
        "method": paper.method,
        "electronic": _electronic(issuer, came, paper, corrected),
    } | ({"activity": document.activity} if document.activity else {})


def _named(documents: Sequence[tuple[str, date]]) -> list[dict[str, str]]:
    return [{"number": number, "issued_on": day.isoformat()} for number, day in documents]


def _electronic(
    issuer: Issuer, came: Reckoned, paper: Paper, corrected: list[dict[str, str]]
) -> dict[str, Any]:
    """What the XML says and the page need not."""
    code = METHODS.get(paper.method)
    return {
        "type": paper.type,
        "with_vat": paper.with_vat,
        "lines": [_line(line, net, paper.with_vat) for line, net in zip(came.lines, came.nets, strict=True)],
        "stamp": came.stamp.cents,
        "stamp_recharged": came.stamp_recharged,
        "exempt_from_stamp": issuer.third_sector,
        "fund": paper.fund and _fund(paper.fund, came),
        "withholding": paper.withholding
        and {
            "kind": paper.withholding.kind,
            "percent": str(paper.withholding.percent),
            "reason": paper.withholding.reason,
            "amount": came.withheld.cents,
        },
        "split": bool(came.split),
        "due": came.due.cents,
        "due_on": paper.due_on.isoformat() if paper.due_on else None,
        "payment": {
            "method": code,
            "due_on": paper.due_on.isoformat() if paper.due_on else None,
            "iban": issuer.iban,
        }
        if code and not corrected
        else None,
        "corrects": corrected,
        "related": _named(paper.related),
        "order": paper.asked and {"id": paper.asked.id, "cig": paper.asked.cig, "cup": paper.asked.cup},
        "reasons": list(paper.reasons),
        "on_behalf": paper.on_behalf
        and identity_of(paper.on_behalf.partner.organisation, paper.on_behalf.partner.organisation.name),
    }


def _line(line: Line, net: Money, with_vat: bool) -> dict[str, Any]:
    # Out of a price with VAT the net unit price is what makes the net total, its discounts being in it already.
    unit = Decimal(net.cents) / 100 / line.quantity if with_vat and line.quantity else line.unit_price
    return {
        "description": line.description,
        "quantity": str(line.quantity),
        "unit": line.unit,
        "unit_price": f"{unit:.8f}",
        "discounts": [] if with_vat else [_discount(discount) for discount in line.discounts],
        "total": net.cents,
        "rate": str(line.rate.rate),
        "natura": line.rate.natura,
        "legal_text": line.rate.legal_text,
        "withheld": line.withheld,
        "first_on": line.first_on.isoformat() if line.first_on else None,
        "last_on": line.last_on.isoformat() if line.last_on else None,
    }


def _discount(discount: Discount) -> dict[str, str]:
    if discount.amount is not None:
        return {"amount": str(discount.amount)}
    return {"percent": str(discount.percent)}


def _fund(fund: Fund, came: Reckoned) -> dict[str, Any]:
    return {
        "kind": fund.kind,
        "percent": str(fund.percent),
        "amount": came.fund.cents,
        "base": came.fund_base.cents,
        "rate": str(fund.rate.rate),
        "natura": fund.rate.natura,
        "withheld": fund.withheld,
    }
