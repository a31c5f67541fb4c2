"""What the office may ask of a document that it writes itself, and what it means by it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from billing.models import Document, Issuer, NumberSeries
from billing.models.tariff import ON_A_RECEIPT
from billing.papers.amounts import Discount, Fund, Line, Withholding
from billing.papers.snapshots import METHODS, Asked, Paper
from billing.papers.vat import RateKey
from billing.papers.visible import documents_for, issuers_for
from billing.papers.wish import Wish
from core.errors import Invalid, Missing, Pointer
from core.shapes import IdField, StrictSerializer
from people.models import Organisation, Person
from people.roles import Standing

K = Document.Kind
TYPES = {
    K.INVOICE: ("TD01", "TD02", "TD03", "TD05", "TD06", "TD24"),
    K.CREDIT_NOTE: ("TD04",),  # and none, of a receipt
    K.RECEIPT: ("",),
}
NATURES = (
    "N1", "N2.1", "N2.2", "N3.1", "N3.2", "N3.3", "N3.4", "N3.5", "N3.6", "N4", "N5",
    "N6.1", "N6.2", "N6.3", "N6.4", "N6.5", "N6.6", "N6.7", "N6.8", "N6.9", "N7",
)  # fmt: skip
STAMPS = ("none", "borne", "recharged")
MOST_LINES = 200
MOST_DESCRIPTION = 5000
MOST_RELATED = 50


def exact(digits: int, places: int, **limits: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=digits, decimal_places=places, **limits)


class RateWish(StrictSerializer):
    """A percentage of VAT; with 0 the natura, and the law that says so."""

    rate = exact(5, 2, min_value=0, max_value=100)
    natura = serializers.ChoiceField(NATURES, required=False, allow_blank=True, default="")
    legal_text = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if bool(data["rate"]) == bool(data["natura"]):
            raise serializers.ValidationError({"natura": "a rate, or with 0 its natura"})
        return data

    @staticmethod
    def key(data: dict[str, Any]) -> RateKey:
        return RateKey(data["rate"], data["natura"], data["legal_text"])


class DiscountWish(StrictSerializer):
    """Off the unit price: a percentage of what is left of it, or an amount."""

    percent = exact(5, 2, min_value=-100, max_value=100, required=False, allow_null=True)
    amount = exact(16, 8, required=False, allow_null=True)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if (data.get("percent") is None) == (data.get("amount") is None):
            raise serializers.ValidationError({"percent": "a percentage or an amount"})
        return data


class LineWish(RateWish):
    description = serializers.CharField(max_length=MOST_DESCRIPTION)
    quantity = exact(14, 6, min_value=0, default=Decimal(1))
    unit = serializers.CharField(max_length=10, required=False, allow_blank=True, default="")
    unit_price = exact(18, 8, min_value=Decimal(-10_000_000), max_value=Decimal(10_000_000))
    discounts = DiscountWish(many=True, required=False, default=list)
    withheld = serializers.BooleanField(default=False)
    first_on = serializers.DateField(required=False, allow_null=True, default=None)
    last_on = serializers.DateField(required=False, allow_null=True, default=None, help_text="included")


class FundWish(RateWish):
    kind = serializers.RegexField(r"^TC(0[1-9]|1\d|2[0-2])$")
    percent = exact(5, 2, min_value=0, max_value=100)
    withheld = serializers.BooleanField(default=False)


class WithholdingWish(StrictSerializer):
    kind = serializers.RegexField(r"^RT0[1-6]$")
    percent = exact(5, 2, min_value=0, max_value=100)
    reason = serializers.RegexField(r"^[A-Z][A-Z0-9]?$")


class AskedWish(StrictSerializer):
    """The public body's order, and its codes."""

    id = serializers.CharField(max_length=20)
    cig = serializers.RegexField(r"^[A-Z0-9]{10}$", required=False, allow_blank=True, default="")
    cup = serializers.RegexField(r"^[A-Z0-9]{15}$", required=False, allow_blank=True, default="")


class NewDocument(StrictSerializer):
    issuer_id = IdField(Issuer)
    person_id = IdField(Person, required=False, allow_null=True)
    organisation_id = IdField(Organisation, required=False, allow_null=True)
    kind = serializers.ChoiceField(K.choices, default=K.INVOICE)
    type = serializers.CharField(max_length=4, required=False, allow_blank=True, default="")
    activity = serializers.ChoiceField(
        Document.Activity.choices,
        required=False,
        allow_null=True,
        default=None,
        help_text="null: institutional of a receipt, commercial of an invoice; a credit has that of its document",
    )
    with_vat = serializers.BooleanField(default=False, help_text="unit prices include VAT")
    lines = serializers.ListField(child=LineWish(), min_length=1, max_length=MOST_LINES)
    stamp = serializers.ChoiceField(STAMPS, default="recharged")
    split = serializers.BooleanField(default=False, help_text="the payer keeps the VAT (split payment)")
    method = serializers.ChoiceField(sorted(METHODS), required=False, allow_null=True, default=None)
    due_on = serializers.DateField(required=False, allow_null=True, default=None)
    operation_on = serializers.DateField(
        required=False,
        allow_null=True,
        default=None,
        help_text="the day of what it is for, if not today: as long as it is in time the document is dated by it",
    )
    late = serializers.CharField(
        max_length=300,
        required=False,
        allow_blank=True,
        default="",
        help_text="why it is issued later than that; kept in the log, not on the document",
    )
    reasons = serializers.ListField(
        child=serializers.CharField(max_length=1000), required=False, default=list, max_length=10
    )
    asked = AskedWish(required=False, allow_null=True, default=None)
    fund = FundWish(required=False, allow_null=True, default=None)
    withholding = WithholdingWish(required=False, allow_null=True, default=None)
    corrects_id = IdField(
        Document,
        required=False,
        allow_null=True,
        help_text="of a receipt: it is reversed in the receipts' series",
    )
    related_ids = serializers.ListField(
        child=IdField(Document),
        required=False,
        default=list,
        max_length=MOST_RELATED,
        help_text="what it goes on from and takes nothing back of: the advance of a balance, what a debit note adds to",
    )
    issued_by_id = IdField(
        Issuer, required=False, allow_null=True, help_text="who issues it in the issuer's name"
    )
    series_id = IdField(
        NumberSeries,
        required=False,
        allow_null=True,
        default=None,
        help_text="in which of the issuer's series of this kind it is numbered; null: as usual, or as for public offices",
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if (data.get("person_id") is None) == (data.get("organisation_id") is None):
            raise serializers.ValidationError({"person_id": "a person or an organisation"})
        data["type"] = data["type"] or TYPES[data["kind"]][0]
        if data["type"] not in TYPES[data["kind"]]:
            raise serializers.ValidationError({"type": "not a type of this kind"})
        if (data["kind"] == K.CREDIT_NOTE) != (data.get("corrects_id") is not None):
            raise serializers.ValidationError(
                {"corrects_id": "what a credit note corrects, and nothing else"}
            )
        if data["kind"] == K.RECEIPT and any(line["natura"] not in ON_A_RECEIPT for line in data["lines"]):
            raise serializers.ValidationError(
                {"lines": "a receipt is for what has no VAT: " + ", ".join(ON_A_RECEIPT)}
            )
        if data["kind"] == K.RECEIPT and (data["split"] or data["fund"] or data["withholding"]):
            raise serializers.ValidationError(
                {"kind": "a split, a fund or a withholding goes with an invoice"}
            )
        if data["with_vat"] and (data["fund"] or data["withholding"]):
            raise serializers.ValidationError({"with_vat": "a fund or a withholding goes with net prices"})
        return data


def wish_of(data: dict[str, Any], has: Standing) -> Wish:
    """What the body means, of issuers and documents that the caller may work with. Raises Missing, Invalid."""
    issuers = issuers_for(has)
    issuer = issuers.filter(pk=data["issuer_id"]).first()
    payer = (
        Organisation.objects.filter(pk=data["organisation_id"]).first()
        if data.get("organisation_id")
        else Person.objects.filter(pk=data["person_id"]).first()
    )
    if issuer is None or payer is None:
        raise Missing
    corrects = _corrected(data, has, issuer, payer)
    on_behalf = None
    if data.get("issued_by_id"):
        on_behalf = issuers.filter(pk=data["issued_by_id"]).first()
        if on_behalf is None:
            raise Missing
    fund, held, asked = data["fund"], data["withholding"], data["asked"]
    fund = fund and Fund(fund["kind"], fund["percent"], RateWish.key(fund), fund["withheld"])
    held = held and Withholding(held["kind"], held["percent"], held["reason"])
    paper = Paper(
        "" if corrects and corrects.kind == K.RECEIPT else data["type"],
        [(corrects.number, corrects.issued_on)] if corrects else [],
        data["reasons"],
        data["method"] or "",
        data["due_on"],
        asked and Asked(**asked),
        on_behalf,
        fund,
        held,
        data["with_vat"],
        _related(data, has, issuer, payer),
        data["activity"] or "",
    )
    lines = [_line(told) for told in data["lines"]]
    return Wish(
        issuer,
        data["kind"],
        payer,
        lines,
        paper,
        data["stamp"],
        data["split"],
        fund,
        held,
        corrects,
        data["operation_on"],
        data["late"],
        _series(data, issuer),
    )


def _series(data: dict[str, Any], issuer: Issuer) -> NumberSeries | None:
    if data["series_id"] is None:
        return None
    found = issuer.number_series.filter(pk=data["series_id"]).first()
    if found is None:
        raise Invalid(pointers=[Pointer("/series_id", "another-issuer", "")])
    return found


def _line(told: dict[str, Any]) -> Line:
    return Line(
        told["description"],
        told["unit_price"],
        RateWish.key(told),
        told["quantity"],
        told["unit"],
        tuple(Discount(d.get("percent"), d.get("amount")) for d in told["discounts"]),
        told["withheld"],
        told["first_on"],
        told["last_on"],
    )


def _corrected(
    data: dict[str, Any], has: Standing, issuer: Issuer, payer: Person | Organisation
) -> Document | None:
    if not data.get("corrects_id"):
        return None
    rows = documents_for(has).filter(issuer=issuer, kind__in=[K.INVOICE, K.RECEIPT])
    found = rows.filter(pk=data["corrects_id"]).first()
    if found is None:
        raise Missing
    _of_the_same(found, payer, "/corrects_id")
    return found


def _related(
    data: dict[str, Any], has: Standing, issuer: Issuer, payer: Person | Organisation
) -> list[tuple[str, date]]:
    """What the document refers to, in the order in which it was named. Raises Missing, Invalid."""
    rows = documents_for(has).filter(pk__in=data["related_ids"], issuer=issuer).exclude(kind=K.RECEIPT)
    known = {document.pk: document for document in rows}
    found = []
    for position, pk in enumerate(dict.fromkeys(data["related_ids"])):
        if pk not in known:
            raise Missing
        _of_the_same(known[pk], payer, f"/related_ids/{position}")
        found.append((known[pk].number, known[pk].issued_on))
    return found


def _of_the_same(found: Document, payer: Person | Organisation, where: str) -> None:
    if (found.organisation_id or found.person_id) != payer.pk:
        raise Invalid(pointers=[Pointer(where, "another-customer", "")])
