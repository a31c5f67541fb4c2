"""A statement in plain values, names and all: what is shown, shared, hashed and drawn from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from billing.consortium.dividing import Line
from billing.consortium.settlement_facts import facts_of, ledger_sums
from billing.consortium.sharing import Cost, Facts, Stretch, TakenBack
from billing.consortium.statements import Statement, faults, state
from billing.models import Issuer
from core.ids import encode
from core.money import total
from people.models import Consortium, Partner
from spaces.models import Resource

Content = dict[str, Any]


def content_of(consortium: Consortium, first_on: Any) -> Content:
    """The month as the books have it now. Raises DoesNotSquare without a lead partner or an agreement."""
    facts = facts_of(consortium, first_on)
    return told(consortium, facts, state(facts))


def digest(content: Content) -> str:
    """SHA-256 of the content, whatever the order in which it was made."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def same_books(one: Content, other: Content) -> bool:
    """Whether both say the same figures of the same things, whatever these are called by now."""
    return _unnamed(one) == _unnamed(other)


def _unnamed(content: Content) -> Content:
    said = ("id", "is_lead", "columns", "balance")
    return content | {
        "consortium": content["consortium"]["id"],
        "partners": {p["id"]: {name: p[name] for name in said} for p in content["partners"]},
        "lines": [
            line | {"resource": line["resource"] and line["resource"]["id"]} for line in content["lines"]
        ],
    }


def told(consortium: Consortium, facts: Facts, made: Statement, *, checked: bool = True) -> Content:
    """The statement with the names of that day; amounts are cents, partners public ids, days ISO."""
    partners = _partners(facts)
    resources = dict(
        Resource.objects.filter(pk__in={line.resource for line in made.lines if line.resource}).values_list(
            "pk", "name"
        )
    )
    wrong = faults(facts, made, ledger_sums(consortium.pk, facts.first_on)) if checked else []
    sold = [line for line in made.lines if line.issuer is not None]
    return {
        "consortium": {"id": encode("con", consortium.pk), "name": consortium.name},
        "month": f"{facts.first_on:%Y-%m}",
        "stretches": [_stretch(s) for s in facts.stretches],
        "partners": [
            partners[pk]
            | {
                "columns": {name: money.cents for name, money in made.columns[pk].items()},
                "balance": made.balance(pk).cents,
            }
            for pk in sorted(facts.partners, key=lambda pk: (pk != facts.lead, partners[pk]["name"]))
        ],
        "lines": [_line(line, resources) for line in made.lines],
        "papers": [
            {
                "seller": _prt(p.seller),
                "buyer": _prt(p.buyer),
                "kind": "credit_note" if p.net.cents < 0 else "invoice",
                "rate": str(p.rate),
                "natura": p.natura,
                "reasons": {reason: money.cents for reason, money in p.reasons.items()},
                "net": p.net.cents,
                "vat": p.vat.cents,
                "gross": (p.net + p.vat).cents,
            }
            for p in made.papers
        ],
        "transfers": [
            {"payer": _prt(payer), "payee": _prt(payee), "cents": money.cents}
            for payer, payee, money in made.transfers
        ],
        "total": {
            name: total(getattr(line, name) for line in sold).cents for name in ("net", "vat", "gross")
        },
        "faults": [
            {"what": what, "ours": ours.cents, "ledger": theirs.cents} for what, ours, theirs in wrong
        ],
    }


def _prt(pk: UUID | None) -> str | None:
    return None if pk is None else encode("prt", pk)


def _partners(facts: Facts) -> dict[UUID, dict[str, Any]]:
    ibans = dict(Issuer.objects.filter(partner__in=facts.partners).values_list("partner_id", "iban"))
    return {
        p.pk: {
            "id": encode("prt", p.pk),
            "name": p.short_name,
            "body": p.organisation.name,
            "vat_number": p.organisation.vat_number,
            "tax_code": p.organisation.tax_code,
            "iban": ibans.get(p.pk, ""),
            "is_lead": p.pk == facts.lead,
        }
        for p in Partner.objects.filter(pk__in=facts.partners).select_related("organisation")
    }


def _stretch(s: Stretch) -> dict[str, Any]:
    return {
        "from_on": s.from_on.isoformat(),
        "until_on": s.until_on.isoformat(),
        "version": s.version,
        "mandate_fee": str(s.mandate_fee),
        "shares": {encode("prt", pk): str(percent) for pk, percent in sorted(s.shares.items())},
    }


def _line(line: Line, resources: Mapping[UUID, str]) -> dict[str, Any]:
    said: dict[str, Any] = {"minutes": line.minutes} if line.minutes else {}
    if line.taken_back:
        said["dispute"] = _dispute(line.taken_back)
    return said | {
        "key": line.key,
        "kind": line.kind,
        "from_on": line.stretch.from_on.isoformat(),
        "until_on": line.stretch.until_on.isoformat(),
        "version": line.stretch.version,
        "rule": line.rule,
        "instead_of": line.instead_of,
        "net": line.net.cents,
        "vat": line.vat.cents,
        "gross": line.gross.cents,
        "rate": None if line.rate is None else str(line.rate),
        "natura": line.natura,
        "issuer": _prt(line.issuer),
        "earner": _prt(line.earner),
        "payer": _prt(line.payer),
        "resource": {"id": encode("res", line.resource), "name": resources[line.resource]}
        if line.resource
        else None,
        "cost": _cost(line.cost) if line.cost else None,
        "late": {"booking": line.late[0], "month": line.late[1]} if line.late else None,
        "bookings": line.bookings,
        "parts": {encode("prt", pk): part.cents for pk, part in line.parts.items()},
    }


def _dispute(taken: TakenBack) -> dict[str, Any]:
    return {
        "id": encode("dsp", taken.dispute),
        "on": taken.on.isoformat(),
        "documents": taken.documents,
    }


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "id": encode("cst", cost.id),
        "on": cost.on.isoformat(),
        "category": cost.category,
        "supplier": cost.supplier,
        "description": cost.description,
        "document": cost.document,
        "document_on": cost.document_on.isoformat() if cost.document_on else None,
    }


# -- what a partner may see -----------------------------------------------------------------------------------------------


def for_eyes(content: Content, own: Sequence[str] | None) -> Content:
    """The content as these partners may see it: their own detail, and of the others their takings as one sum.

    None: all of it. Bank details are shown of oneself and of the lead, whom one pays.
    """
    if own is None:
        return content
    mine = set(own)
    lines = [_line_for(line, mine) for line in content["lines"] if concerns(line, mine)]
    return content | {
        "partners": [p if p["id"] in mine else _closed(p) for p in content["partners"]],
        "lines": lines,
        "papers": [p for p in content["papers"] if mine & {p["seller"], p["buyer"]}],
        "transfers": [t for t in content["transfers"] if mine & {t["payer"], t["payee"]}],
        "faults": [],
    }


def concerns(line: dict[str, Any], mine: set[str]) -> bool:
    """Whether a line is somebody's business: a part of it, its document or its payment is theirs."""
    touched = {pk for pk, part in line["parts"].items() if part}
    earned = {line["earner"]} if line["kind"] in ("waived", "allowance") else set()
    return bool(mine & (touched | earned | {line["issuer"], line["payer"]}))


def _line_for(line: dict[str, Any], mine: set[str]) -> dict[str, Any]:
    return line | {"parts": {pk: part for pk, part in line["parts"].items() if pk in mine}}


def _closed(partner: dict[str, Any]) -> dict[str, Any]:
    columns = partner["columns"]
    return partner | {
        "iban": partner["iban"] if partner["is_lead"] else "",
        "vat_number": "",
        "tax_code": "",
        "columns": None,
        "takings": columns["takings"] + columns["late"],
        "balance": None,
    }
