"""Who issues: its numbers, its tax regime, its logo, colour and account, and by which way its invoices leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.registers import office_issuer
from billing.models import Document, Issuer, NumberSeries
from billing.papers import channels, issuers, numbering
from billing.papers.regimes import REGIMES
from billing.papers.visible import issuers_for
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import pk_of
from core.money import Money
from core.shapes import ActionShape, IdField, ListShape, MoneyShape, RefShape, StrictSerializer, action, ref
from core.views import View
from people.fiscal import is_iban
from people.roles import allow_somewhere, signed_in


class IssuerShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    partner = RefShape()
    vat_number = serializers.CharField(allow_blank=True)


class IssuerPage(ListShape):
    data = IssuerShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class SeriesShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    code = serializers.CharField()
    kinds = serializers.ListField(child=serializers.ChoiceField(Document.Kind.choices))
    last = serializers.IntegerField(help_text="the last number drawn this year")
    numbered = serializers.BooleanField(help_text="it has documents: its code and numbers stay")

    class Meta:
        ref_name = "IssuerSeries"


class NumberingShape(serializers.Serializer[Any]):
    """In which series a kind is numbered where nobody chooses another for a document."""

    kind = serializers.ChoiceField(Document.Kind.choices)
    usual = RefShape()
    public = RefShape(
        allow_null=True, help_text="for public offices (files FPA12); null: as usual, or not sent to the SdI"
    )
    among = RefShape(many=True)

    class Meta:
        ref_name = "IssuerNumbering"


class RegimeShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()

    class Meta:
        ref_name = "TaxRegime"


class ChannelShape(serializers.Serializer[Any]):
    name = serializers.ChoiceField(Issuer.Channel.choices)
    choose = ActionShape()

    class Meta:
        ref_name = "IssuerChannel"


class IssuerDetail(IssuerShape):
    regime = serializers.CharField()
    iban = serializers.CharField(allow_blank=True)
    rea = serializers.CharField(allow_blank=True)
    capital = MoneyShape()
    in_liquidation = serializers.BooleanField()
    third_sector = serializers.BooleanField()
    colour = serializers.CharField()
    logo = serializers.CharField(allow_blank=True, help_text="SVG")
    footer_it = serializers.CharField(allow_blank=True)
    footer_en = serializers.CharField(allow_blank=True)
    channel = serializers.ChoiceField(Issuer.Channel.choices)
    pec_mailbox = serializers.CharField(allow_blank=True)
    pec_to = serializers.CharField()
    bill_type = serializers.ChoiceField(Issuer.BillType.choices)
    bills_by_itself = serializers.BooleanField(help_text="monthly bills are issued without being looked at")
    asks_vies = serializers.BooleanField(
        help_text="VIES is asked, in its name, about the VAT numbers of everybody in the house from other countries of the "
        "Union, customers of other issuers too"
    )
    mailboxes = serializers.ListField(child=serializers.CharField(), help_text="whose servers are configured")
    series = SeriesShape(many=True)
    numbering = NumberingShape(many=True)
    last_file = serializers.CharField(allow_blank=True, help_text="the last progressive in its files' names")
    has_sent = serializers.BooleanField(help_text="its files have names: their progressive stays")
    regimes = RegimeShape(many=True)
    channels = ChannelShape(many=True)


class SeriesEdit(StrictSerializer):
    id = IdField(NumberSeries)
    code = serializers.RegexField(issuers.CODE)
    last = serializers.IntegerField(min_value=0, max_value=9_999_999)


class NumberingEdit(StrictSerializer):
    kind = serializers.ChoiceField(Document.Kind.choices)
    usual_id = IdField(NumberSeries)
    public_id = IdField(
        NumberSeries, required=False, allow_null=True, default=None, help_text="null: as usual"
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["kind"] == Document.Kind.RECEIPT and data["public_id"] is not None:
            raise serializers.ValidationError({"public_id": "a receipt is not sent to public offices"})
        return data


class NewSeries(StrictSerializer):
    code = serializers.RegexField(issuers.CODE)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(Document.Kind.choices), min_length=1, max_length=3
    )
    last = serializers.IntegerField(
        min_value=0,
        max_value=9_999_999,
        default=0,
        help_text="the last number that another system drew this year",
    )

    class Meta:
        ref_name = "NewNumberSeries"


class IssuerEdit(StrictSerializer):
    regime = serializers.ChoiceField([code for code, _ in REGIMES], required=False)
    iban = serializers.CharField(max_length=42, required=False, allow_blank=True)
    iban_seen = serializers.CharField(
        max_length=42,
        required=False,
        allow_blank=True,
        help_text="the IBAN that goes, where another takes its place",
    )
    rea = serializers.CharField(max_length=24, required=False, allow_blank=True)
    capital_cents = serializers.IntegerField(min_value=0, max_value=10**13, required=False)
    in_liquidation = serializers.BooleanField(required=False)
    third_sector = serializers.BooleanField(required=False)
    colour = serializers.RegexField(r"^#[0-9a-fA-F]{6}$", required=False)
    logo = serializers.CharField(required=False, allow_blank=True, max_length=issuers.MOST_LOGO)
    footer_it = serializers.CharField(max_length=300, required=False, allow_blank=True)
    footer_en = serializers.CharField(max_length=300, required=False, allow_blank=True)
    channel = serializers.ChoiceField(Issuer.Channel.choices, required=False)
    pec_mailbox = serializers.EmailField(required=False, allow_blank=True)
    pec_to = serializers.EmailField(required=False)
    bill_type = serializers.ChoiceField(Issuer.BillType.choices, required=False)
    bills_by_itself = serializers.BooleanField(required=False)
    asks_vies = serializers.BooleanField(required=False)
    series = SeriesEdit(many=True, required=False)
    numbering = NumberingEdit(many=True, required=False)
    last_file = serializers.RegexField(
        r"^[0-9A-Za-z]{0,5}$", required=False, allow_blank=True, help_text="that another system has used"
    )

    def validate_iban(self, value: str) -> str:
        compact = value.replace(" ", "").upper()
        if compact and not is_iban(compact):
            raise serializers.ValidationError("not an IBAN", "iban-wrong")
        return compact


def series_ref(series: NumberSeries) -> dict[str, str]:
    return {"id": encode("nse", series.pk), "name": series.code}


def _numbering(rows: Sequence[NumberSeries]) -> list[dict[str, Any]]:
    found = [(kind, numbering.chosen(rows, kind)) for kind in Document.Kind.values]
    return [
        {
            "kind": kind,
            "usual": series_ref(of.usual),
            "public": series_ref(of.public) if kind in of.public.public_for else None,
            "among": [series_ref(s) for s in of.among],
        }
        for kind, of in found
        if of is not None
    ]


def issuer_shapes(found: Sequence[Issuer]) -> list[dict[str, Any]]:
    return [
        {
            "id": encode("iss", i.pk),
            "name": i.partner.organisation.name,
            "partner": ref(i.partner),
            "vat_number": i.partner.organisation.vat_number,
        }
        for i in found
    ]


COLUMNS = (
    "regime", "iban", "rea", "capital", "in_liquidation", "third_sector", "colour", "logo", "footer_it", "footer_en", "channel",
    "pec_mailbox", "pec_to", "bill_type", "bills_by_itself", "asks_vies",
)  # fmt: skip


def detail_shape(issuer: Issuer) -> dict[str, Any]:
    rows = list(issuers.series_of(issuer))
    last = issuers.last_numbers(rows)
    against = [(name, channels.against(issuer, name)) for name in Issuer.Channel.values]
    return (
        issuer_shapes([issuer])[0]
        | {name: getattr(issuer, name) for name in COLUMNS}
        | {
            "mailboxes": sorted(settings.PEC_SERVERS),
            "series": [
                {
                    "id": encode("nse", s.pk),
                    "code": s.code,
                    "kinds": s.kinds,
                    "last": last.get(s.pk, 0),
                    "numbered": s.numbered,
                }
                for s in rows
            ],
            "numbering": _numbering(rows),
            "last_file": issuers.last_file(issuer),
            "has_sent": issuers.has_sent(issuer),
            "regimes": [{"code": code, "name": words.say()} for code, words in REGIMES],
            "channels": [{"name": name, "choose": action([why] if why else [])} for name, why in against],
        }
    )


class Issuers(View):
    @extend_schema(operation_id="list_issuers", parameters=[ListQuery], responses=IssuerPage)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "document.export")
        return Response(page(issuers_for(has), read(ListQuery, request), issuer_shapes, newest_first=False))


class OneIssuer(View):
    @extend_schema(operation_id="read_issuer", responses=IssuerDetail)
    def get(self, request: Request, issuer_id: str) -> Response:
        allow_somewhere(request.user, "document.export")
        return Response(detail_shape(office_issuer(request, pk_of("iss", issuer_id))))

    @extend_schema(operation_id="edit_issuer", request=IssuerEdit, responses=IssuerDetail)
    def patch(self, request: Request, issuer_id: str) -> Response:
        allow_somewhere(request.user, "document.issue")
        issuer = office_issuer(request, pk_of("iss", issuer_id), "document.issue")
        body = IssuerEdit(data=request.data)
        body.is_valid(raise_exception=True)
        told = dict(body.validated_data)
        series, seen = told.pop("series", []), told.pop("iban_seen", None)
        last_file, numbered = told.pop("last_file", None), told.pop("numbering", [])
        if "capital_cents" in told:
            told["capital"] = Money(told.pop("capital_cents"))
        issuers.edit(signed_in(request.user), issuer.pk, told, series, seen, last_file, numbered)
        return Response(detail_shape(office_issuer(request, issuer.pk)))


class IssuerSeries(View):
    @extend_schema(operation_id="add_number_series", request=NewSeries, responses={201: IssuerDetail})
    @idempotent
    def post(self, request: Request, issuer_id: str) -> Response:
        allow_somewhere(request.user, "document.issue")
        issuer = office_issuer(request, pk_of("iss", issuer_id), "document.issue")
        body = NewSeries(data=request.data)
        body.is_valid(raise_exception=True)
        made = issuers.add_series(signed_in(request.user), issuer.pk, **body.validated_data)
        return self.again(request, "nse", made.pk, issuer_id=issuer_id)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        issuer = office_issuer(request, pk_of("iss", kwargs["issuer_id"]))
        return Response(detail_shape(issuer), status=201)
