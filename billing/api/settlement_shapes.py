"""How settlements are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from billing.consortium import settlement as acts
from billing.consortium.settlement_content import for_eyes
from billing.consortium.settlement_files import leaving
from billing.consortium.statements import COLUMNS, DISPUTED
from billing.models import Entry, Settlement
from billing.papers.visible import documents_for
from billing.states import SETTLEMENT_ACTS
from core import audit
from core.errors import Forbidden, IllegalMove, Reason
from core.ids import encode
from core.money import Money
from core.shapes import ActionShape, ListShape, MoneyShape, RefShape, action, ref
from people.api_consortium import may_lead
from people.models import Partner
from people.roles import As, Standing, signed_in, standing
from people.words import ONLY_THE_LEAD


class StretchShape(serializers.Serializer[Any]):
    from_on = serializers.DateField()
    until_on = serializers.DateField(help_text="excluded")
    version = serializers.IntegerField()
    mandate_fee = serializers.CharField()
    shares = serializers.DictField(child=serializers.CharField(), help_text="percent by partner")


class PartnerRow(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    body = serializers.CharField()
    iban = serializers.CharField(allow_blank=True)
    is_lead = serializers.BooleanField()
    is_mine = serializers.BooleanField()
    takings = MoneyShape()
    columns = serializers.DictField(
        child=MoneyShape(),
        allow_null=True,
        help_text=f"null for another partner's; {', '.join((*COLUMNS, *DISPUTED))}",
    )
    balance = MoneyShape(allow_null=True)


class PartShape(serializers.Serializer[Any]):
    partner_id = serializers.CharField()
    amount = MoneyShape()


class CostBrief(serializers.Serializer[Any]):
    id = serializers.CharField()
    on = serializers.DateField()
    category = serializers.CharField(allow_blank=True)
    supplier = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    document = serializers.CharField(allow_blank=True)
    document_on = serializers.DateField(allow_null=True)


class DisputeBrief(serializers.Serializer[Any]):
    id = serializers.CharField()
    on = serializers.DateField(help_text="when it was lost, or paid again")
    documents = serializers.CharField(allow_blank=True, help_text="what it was paid for with")


class LateShape(serializers.Serializer[Any]):
    booking = serializers.CharField()
    month = serializers.CharField()


class LineShape(serializers.Serializer[Any]):
    key = serializers.CharField()
    kind = serializers.CharField()
    from_on = serializers.DateField()
    until_on = serializers.DateField()
    version = serializers.IntegerField()
    rule = serializers.CharField(allow_blank=True)
    instead_of = serializers.CharField(allow_blank=True)
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()
    rate = serializers.CharField(allow_null=True)
    natura = serializers.CharField(allow_blank=True)
    issuer_id = serializers.CharField(allow_null=True)
    payer_id = serializers.CharField(allow_null=True)
    resource = RefShape(allow_null=True)
    cost = CostBrief(allow_null=True)
    late = LateShape(allow_null=True)
    dispute = DisputeBrief(allow_null=True)
    bookings = serializers.IntegerField()
    minutes = serializers.IntegerField(help_text="of a partner's allowance")
    parts = PartShape(many=True)

    class Meta:
        ref_name = "SettlementLine"


class PaperShape(serializers.Serializer[Any]):
    seller_id = serializers.CharField()
    buyer_id = serializers.CharField()
    kind = serializers.ChoiceField(["invoice", "credit_note"])
    rate = serializers.CharField()
    natura = serializers.CharField(allow_blank=True)
    reasons = serializers.DictField(child=MoneyShape())
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()

    class Meta:
        ref_name = "SettlementPaper"


class TransferShape(serializers.Serializer[Any]):
    payer_id = serializers.CharField()
    payee_id = serializers.CharField()
    amount = MoneyShape()


class ObjectionShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    partner = RefShape()
    line = serializers.CharField()
    text = serializers.CharField()
    made_at = serializers.DateTimeField()
    answer = serializers.CharField(allow_blank=True)
    answered_at = serializers.DateTimeField(allow_null=True)


class ApprovalShape(serializers.Serializer[Any]):
    partner = RefShape()
    at = serializers.DateTimeField(allow_null=True, help_text="null: not yet")
    document = serializers.CharField(
        allow_blank=True, help_text="by which it was signed, where it has no manager"
    )
    signed_on = serializers.DateField(allow_null=True)
    by_paper = serializers.BooleanField(help_text="who looks may write down a signed approval for it")


class FaultShape(serializers.Serializer[Any]):
    what = serializers.CharField()
    ours = MoneyShape()
    ledger = MoneyShape()

    class Meta:
        ref_name = "SettlementFault"


class FileShape(serializers.Serializer[Any]):
    kind = serializers.CharField()
    href = serializers.CharField()

    class Meta:
        ref_name = "SettlementFile"


class SettlementTotal(serializers.Serializer[Any]):
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()


class SettlementBrief(serializers.Serializer[Any]):
    id = serializers.CharField()
    consortium = RefShape()
    month = serializers.CharField()
    state = serializers.ChoiceField(Settlement.State.choices)
    objections_until = serializers.DateField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    sha256 = serializers.CharField(allow_blank=True)


class SettlementPage(ListShape):
    data = SettlementBrief(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class SettlementFigures(serializers.Serializer[Any]):
    stretches = StretchShape(many=True)
    partners = PartnerRow(many=True)
    lines = LineShape(many=True)
    papers = PaperShape(many=True)
    transfers = TransferShape(many=True)
    total = SettlementTotal()
    faults = FaultShape(many=True)


class SettlementShape(SettlementBrief):
    figures = SettlementFigures()
    objections = ObjectionShape(many=True)
    approvals = ApprovalShape(many=True)
    files = FileShape(many=True)
    actions = serializers.DictField(child=ActionShape())

    class Meta:
        ref_name = "Settlement"


class BehindDocument(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class BehindShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    on = serializers.DateField()
    booking = serializers.CharField(allow_null=True, help_text="its code; null where one may not see it")
    document = BehindDocument(allow_null=True, help_text="null where one may not see it")
    customer = serializers.CharField(allow_null=True)
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()

    class Meta:
        ref_name = "SettlementEntry"


class BehindPage(ListShape):
    data = BehindShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


FILES = ("pdf", "xlsx", "csv", "pain001")


def brief(settlement: Settlement) -> dict[str, Any]:
    closed = settlement.closed if settlement.state == Settlement.State.CLOSED else None
    return {
        "id": encode("stl", settlement.pk),
        "consortium": ref(settlement.consortium),
        "month": f"{settlement.first_on:%Y-%m}",
        "state": settlement.state,
        "objections_until": settlement.objections_until,
        "closed_at": closed.closed_at if closed else None,
        "sha256": settlement.sha256,
    }


def brief_shapes(settlements: Sequence[Settlement]) -> list[dict[str, Any]]:
    return [brief(settlement) for settlement in settlements]


def figures(content: dict[str, Any], own: Sequence[str] | None, mine: set[str]) -> dict[str, Any]:
    """The content as somebody may see it, amounts as money."""
    seen = for_eyes(content, own)
    return {
        "stretches": seen["stretches"],
        "partners": [_partner(p, mine) for p in seen["partners"]],
        "lines": [_line(line) for line in seen["lines"]],
        "papers": [
            {
                "seller_id": p["seller"],
                "buyer_id": p["buyer"],
                **{name: p[name] for name in ("kind", "rate", "natura")},
                "reasons": _money(p["reasons"]),
                **_money({name: p[name] for name in ("net", "vat", "gross")}),
            }
            for p in seen["papers"]
        ],
        "transfers": [
            {"payer_id": t["payer"], "payee_id": t["payee"], "amount": Money(t["cents"])}
            for t in seen["transfers"]
        ],
        "total": _money(seen["total"]),
        "faults": [
            {"what": f["what"], "ours": Money(f["ours"]), "ledger": Money(f["ledger"])}
            for f in seen["faults"]
        ],
    }


def _money(cents: dict[str, int]) -> dict[str, Money]:
    return {name: Money(value) for name, value in cents.items()}


def _partner(p: dict[str, Any], mine: set[str]) -> dict[str, Any]:
    columns = p["columns"]
    takings = p["takings"] if columns is None else columns["takings"] + columns["late"]
    return {name: p[name] for name in ("id", "name", "body", "iban", "is_lead")} | {
        "is_mine": p["id"] in mine,
        "takings": Money(takings),
        "columns": None if columns is None else _money(columns),
        "balance": None if p["balance"] is None else Money(p["balance"]),
    }


def _line(line: dict[str, Any]) -> dict[str, Any]:
    same = (
        "key", "kind", "from_on", "until_on", "version", "rule", "instead_of", "rate", "natura", "resource", "cost", "late",
        "bookings",
    )  # fmt: skip
    return (
        {name: line[name] for name in same}
        | _money({name: line[name] for name in ("net", "vat", "gross")})
        | {
            "issuer_id": line["issuer"],
            "payer_id": line["payer"],
            "minutes": line.get("minutes", 0),
            "dispute": line.get("dispute"),
            "parts": [{"partner_id": pk, "amount": Money(part)} for pk, part in line["parts"].items()],
        }
    )


def full_shape(settlement: Settlement, has: Standing, own: Sequence[str] | None) -> dict[str, Any]:
    """The settlement with everything that this standing may see of it, and may do with it."""
    managed = has.partners(As.MANAGER)
    partners = list(
        Partner.objects.filter(consortium=settlement.consortium_id).order_by("-is_lead", "short_name")
    )
    mine = {encode("prt", p.pk) for p in partners if p.pk in has.partners(As.MANAGER, As.ACCOUNTANT)}
    objections = settlement.objections.select_related("partner").order_by("pk")
    if own is not None:
        objections = objections.filter(partner__in=[p.pk for p in partners if encode("prt", p.pk) in own])
    given = settlement.approvals.filter(sha256=settlement.sha256)
    approved = {one.partner_id: one for one in given}
    mute = set()
    if has.administrator and settlement.state == Settlement.State.SHARED:
        mute = set(acts.without_manager(settlement.consortium_id).values_list("pk", flat=True)) - set(
            approved
        )
    public = encode("stl", settlement.pk)
    content = acts.content(settlement)
    pays = settlement.state == Settlement.State.CLOSED and any(leaving(content, own))
    return brief(settlement) | {
        "figures": figures(content, own, mine),
        "objections": [
            {
                "id": encode("obj", o.pk),
                "partner": ref(o.partner),
                **{name: getattr(o, name) for name in ("line", "text", "made_at", "answer", "answered_at")},
            }
            for o in objections
        ],
        "approvals": [
            {
                "partner": ref(p),
                "at": one.made_at if one else None,
                "document": one.document if one else "",
                "signed_on": one.signed_on if one else None,
                "by_paper": p.pk in mute,
            }
            for p in partners
            for one in [approved.get(p.pk)]
        ],
        "files": [
            {"kind": kind, "href": f"/api/v1/settlements/{public}/files/{kind}"}
            for kind in FILES
            if kind != "pain001" or pays
        ],
        "actions": _actions(settlement, has, any(p.pk in managed for p in partners)),
    }


def _actions(settlement: Settlement, has: Standing, manages: bool) -> dict[str, Any]:
    leads = may_lead(has, settlement.consortium, "settlement.lead")
    found = {}
    for name in SETTLEMENT_ACTS:
        for_partner = name in ("object", "approve")
        if for_partner and not manages:
            why = [Reason(Forbidden.code, Forbidden.sentence)]
        elif not for_partner and not leads:
            why = [Reason(Forbidden.code, ONLY_THE_LEAD, fixable_by="organisation")]
        else:
            why = acts.wrong_with(name, settlement)
        if name == "close" and settlement.state == Settlement.State.CLOSED:
            why = why or [Reason(IllegalMove.code, acts.STATES[Settlement.State.CLOSED])]
        found[name] = action(why)
    return found


def behind_shapes(entries: Sequence[Entry], request: Request) -> list[dict[str, Any]]:
    """Entries with the customer where one may see the document, and the booking's code, which opens the door, where one
    has or runs it; whose names were shown is logged. Two statements."""
    has = standing(signed_in(request.user))
    wanted = {e.document_id for e in entries if e.document_id}
    open_ = set(documents_for(has).filter(pk__in=wanted).values_list("pk", flat=True))
    sights = [
        audit.Sight(encode("doc", e.document.pk), e.issuer.partner_id, e.document.person_id)
        for e in entries
        if e.document and e.document.pk in open_
    ]
    audit.saw(signed_in(request.user), "customers", sights)
    return [
        {
            "id": encode("ent", e.pk),
            "on": e.on,
            "booking": e.booking.code if e.booking and has.allows("booking.see", e.booking) else None,
            "document": {"id": encode("doc", seen.pk), "name": seen.number} if seen else None,
            "customer": seen.customer_name if seen else None,
            "net": e.net,
            "vat": e.vat,
            "gross": e.gross,
        }
        for e in entries
        for seen in [e.document if e.document and e.document.pk in open_ else None]
    ]
