"""Documents and their files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.refunding import houses_to_refund
from billing.api.seen import looked_at, took_along
from billing.models import Dispatch, Document, Issuer, OrderLine, Revision
from billing.papers import dispatch, issuing, sdi
from billing.papers.control_words import explained
from billing.papers.fault_places import place_of
from billing.papers.freeze import ITALY
from billing.papers.pdf import file_of
from billing.papers.registers import MONTH, facets, filtered, table, totals, with_state
from billing.papers.visible import documents_for, office_partners
from billing.paying import goodwill
from core.clock import now
from core.errors import Missing
from core.files import sent_as
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in
from core.openapi import json_or_table
from core.periods import local_date
from core.shapes import ActionShape, IdField, ListShape, MoneyShape, RefShape, action, ref
from core.tables import download
from core.views import View
from people.roles import Standing, signed_in, standing


class FileShape(serializers.Serializer[Any]):
    kind = serializers.CharField()
    href = serializers.CharField()
    ready = serializers.BooleanField()


class CorrectedShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class SdiErrorShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField(allow_blank=True)
    place = serializers.CharField(allow_blank=True, help_text="the field to mend, as a JSON pointer")


class SdiShape(serializers.Serializer[Any]):
    """Where the document is with the SdI, and why it was refused."""

    state = serializers.ChoiceField(sdi.SDI_STATES)
    faults = SdiErrorShape(many=True)
    again_by = serializers.DateField(
        allow_null=True,
        help_text="of what the SdI rejected: until when, included, it goes out again as itself",
    )
    too_late = serializers.BooleanField(help_text="that day has passed")

    class Meta:
        ref_name = "SdiStanding"


class DispatchShape(serializers.Serializer[Any]):
    """How the document's file leaves for the SdI."""

    channel = serializers.ChoiceField(Issuer.Channel.choices)
    state = serializers.ChoiceField(["none", *Dispatch.State.values])
    to = serializers.CharField(allow_blank=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    fault = serializers.CharField(allow_blank=True)
    actions = serializers.DictField(child=ActionShape())

    class Meta:
        ref_name = "Dispatch"


class DocumentShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(Document.Kind.choices)
    activity = serializers.ChoiceField(
        Document.Activity.choices, allow_null=True, help_text="null: issued before anybody said it"
    )
    issued_on = serializers.DateField()
    issuer = RefShape()
    customer = serializers.CharField()
    customer_id = serializers.CharField(allow_null=True, help_text="a person's or an organisation's")
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()
    payment_state = serializers.ChoiceField(["paid", "due", "refunded"])
    booking_codes = serializers.ListField(child=serializers.CharField())
    corrects = CorrectedShape(allow_null=True)
    files = FileShape(many=True)
    type = serializers.CharField(allow_blank=True)
    sdi = SdiShape()
    dispatch = DispatchShape(allow_null=True, help_text="for the office, of those that leave by a channel")
    actions = serializers.DictField(
        child=ActionShape(),
        help_text="for the office: credit, by a credit note written by hand; refund, of its payment (terms: payment_id); for others nothing",
    )

    class Meta:
        ref_name = "Document"


class RateTotal(serializers.Serializer[Any]):
    rate = serializers.CharField()
    natura = serializers.CharField(allow_null=True)
    legal_text = serializers.CharField(allow_null=True)
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()


class TotalsShape(serializers.Serializer[Any]):
    documents = serializers.IntegerField()
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()
    by_rate = RateTotal(many=True)


class DocumentPage(ListShape):
    data = DocumentShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    totals = TotalsShape(required=False)
    facets = serializers.DictField(required=False)


class DocumentsQuery(ListQuery):
    issuer_id = IdField(Issuer, required=False)
    kind = serializers.ListField(child=serializers.ChoiceField(Document.Kind.choices), required=False)
    activity = serializers.ChoiceField(Document.Activity.choices, required=False)
    month = serializers.RegexField(MONTH, required=False)
    issued_from = serializers.DateField(required=False)
    issued_to = serializers.DateField(required=False, help_text="excluded")
    organisation_id = IdField("org", required=False)
    person_id = IdField("per", required=False, help_text="what is their own, and no organisation's")
    booking_id = IdField("bkg", required=False)
    payment_state = serializers.ChoiceField(["paid", "due", "refunded"], required=False)
    q = serializers.CharField(max_length=80, required=False)
    include = serializers.ListField(
        child=serializers.ChoiceField(["totals", "facets"]), required=False, default=list
    )
    output = serializers.ChoiceField(["json", "csv", "xlsx"], required=False, default="json")


def document_shapes(documents: Sequence[Document], has: Standing) -> list[dict[str, Any]]:
    """Documents as the API shows them to somebody; ten more statements at most, for any number of them."""
    ids = [d.pk for d in documents]
    states = dict(with_state(Document.objects.filter(pk__in=ids)).values_list("pk", "payment_state"))
    codes: dict[UUID, list[str]] = defaultdict(list)
    lines = OrderLine.objects.filter(order__in={d.order_id for d in documents}, booking__isnull=False)
    for order, code in lines.values_list("order_id", "booking__code").distinct().order_by("booking__code"):
        codes[order].append(code)
    sent = sdi.standings(documents)
    office = None if has.administrator else office_partners(has)
    ours = [d for d in documents if office is None or d.issuer.partner_id in office]
    ways = (
        dispatch.ways(ours, {pk for pk, found in sent.items() if found.state in sdi.ANSWERED}) if ours else {}
    )
    against = issuing.against_crediting(ours) if ours else {}
    back = _refunds(ours, houses_to_refund(has, office))
    return [
        _shape(
            d,
            states[d.pk],
            codes[d.order_id] if d.order_id else [],
            sent[d.pk],
            ways.get(d.pk),
        )
        | {"actions": ({"credit": action(against[d.pk])} if d.pk in against else {}) | back.get(d.pk, {})}
        for d in documents
    ]


def _refunds(documents: Sequence[Document], houses: set[UUID] | None) -> dict[UUID, dict[str, Any]]:
    """Of each that was sold against a payment which these collected (None: whoever did): whether it is given back."""
    return {
        d.pk: {"refund": action(goodwill.against(d.payment), payment_id=encode("pay", d.payment.pk))}
        for d in documents
        if d.payment is not None
        and d.kind != Document.Kind.CREDIT_NOTE
        and (houses is None or d.payment.collected_by_id in houses)
    }


def _shape(
    d: Document, state: str, codes: list[str], sent: sdi.Standing, way: dispatch.Way | None
) -> dict[str, Any]:
    public = encode("doc", d.pk)
    return {
        "id": public,
        "number": d.number,
        "kind": d.kind,
        "activity": d.activity or None,
        "issued_on": d.issued_on,
        "issuer": {"id": encode("iss", d.issuer_id), "name": d.issuer.partner.organisation.name},
        "customer": d.customer_name,
        "customer_id": _customer(d),
        "net": d.net,
        "vat": d.vat,
        "gross": d.gross,
        "payment_state": state,
        "booking_codes": codes,
        "corrects": ref(d.corrects),
        "files": [
            {"kind": kind, "href": f"/api/v1/documents/{public}/files/{kind}", "ready": ready}
            for kind, ready in _files(d, sent)
        ],
        "type": d.type,
        "sdi": {
            "state": sent.state,
            "faults": [
                {"code": code, "detail": explained(code), "place": place_of(code)} for code in sent.errors
            ],
            "again_by": sent.again_by,
            "too_late": sent.again_by is not None and sent.again_by < local_date(now(), ITALY),
        },
        "dispatch": way and _way(way),
    }


def _customer(d: Document) -> str | None:
    if d.organisation_id:
        return encode("org", d.organisation_id)
    return encode("per", d.person_id) if d.person_id else None


def _way(way: dispatch.Way) -> dict[str, Any]:
    found = way.found
    return {
        "channel": way.channel,
        "state": found.state if found else "none",
        "to": found.to if found else "",
        "sent_at": found.sent_at if found else None,
        "fault": found.fault if found else "",
        "actions": {"send": action([*way.send]), "had_left": action([*way.had_left])},
    }


def _files(d: Document, sent: sdi.Standing) -> list[tuple[str, bool]]:
    return [("pdf", True), ("xml", sent.state != sdi.TO_MEND)] if d.is_electronic else [("pdf", True)]


class Documents(View):
    @extend_schema(
        operation_id="list_documents", parameters=[DocumentsQuery], responses=json_or_table(DocumentPage)
    )
    def get(self, request: Request) -> Response | HttpResponseBase:
        person = signed_in(request.user)
        has, asked = standing(person), read(DocumentsQuery, request)
        rows = filtered(documents_for(has), asked)
        if asked["output"] != "json":
            took_along(person, rows)
            return download(table(rows), asked["output"])
        shown: list[Document] = []

        def shapes(found: Sequence[Document]) -> list[dict[str, Any]]:
            shown.extend(found)
            return document_shapes(found, has)

        body = page(rows, asked, shapes, by="issued_on")
        looked_at(person, shown)
        if "totals" in asked["include"]:
            body["totals"] = totals(rows)
        if "facets" in asked["include"]:
            body["facets"] = facets(
                filtered(documents_for(has), {k: v for k, v in asked.items() if k != "kind"})
            )
        return Response(body)


def one_document(document_id: str, request: Request) -> Document:
    return one_in(documents_for(standing(signed_in(request.user))), "doc", document_id)


class OneDocument(View):
    @extend_schema(operation_id="read_document", responses=DocumentShape)
    def get(self, request: Request, document_id: str) -> Response:
        found = one_document(document_id, request)
        looked_at(signed_in(request.user), [found])
        return Response(document_shapes([found], standing(signed_in(request.user)))[0])


class DocumentPdf(View):
    @extend_schema(operation_id="document_pdf", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, document_id: str) -> HttpResponse:
        document = one_document(document_id, request)
        looked_at(signed_in(request.user), [document])
        file = file_of(Revision.objects.filter(document=document).latest("version"))
        answer = HttpResponse(bytes(file.content), content_type="application/pdf")
        answer["Content-Disposition"] = sent_as(f"{document.number}.pdf", inline=True)
        answer["X-Content-SHA256"] = file.sha256
        return answer


class DocumentXml(View):
    @extend_schema(operation_id="document_xml", responses={(200, "application/xml"): OpenApiTypes.BINARY})
    def get(self, request: Request, document_id: str) -> HttpResponse:
        document = one_document(document_id, request)
        if not document.is_electronic:
            raise Missing
        looked_at(signed_in(request.user), [document])
        revision = Revision.objects.filter(document=document).latest("version")
        file = sdi.file_of(revision)
        answer = HttpResponse(bytes(file.content), content_type="application/xml")
        name = revision.transmissions.values_list("file_name", flat=True).get()
        answer["Content-Disposition"] = sent_as(name)
        answer["X-Content-SHA256"] = file.sha256
        return answer
