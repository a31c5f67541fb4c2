"""The month's bills of organisations on account: looked at, issued one by one or all that are ready."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.issuing import PreviewShape, preview_shape
from billing.api.jobs import JobShape, job_shape, own_job
from billing.api.registers import office_issuer
from billing.books import bills, monthly_bill
from billing.books.monthly_bill import Bill
from billing.models import Document, Issuer, OnAccount
from billing.papers import issuing
from billing.papers.registers import MONTH, month_of
from billing.paying.delivered import WHY, Delivered, worth
from core import audit
from core.errors import Missing
from core.idempotency import idempotent
from core.ids import encode
from core.lists import read
from core.money import Money, total
from core.shapes import IdField, ListShape, MoneyShape, RefShape, StrictSerializer, ref
from core.views import View
from people.models import Organisation
from people.roles import allow_somewhere, signed_in

STATES = ("ready", "missing", "nothing", "billed")


class BillsQuery(StrictSerializer):
    issuer_id = IdField(Issuer)
    month = serializers.RegexField(MONTH)
    state = serializers.ChoiceField(STATES, required=False)
    q = serializers.CharField(max_length=80, required=False, allow_blank=True)


class IssuedShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(Document.Kind.choices)
    gross = MoneyShape()
    due_on = serializers.DateField(allow_null=True)

    class Meta:
        ref_name = "IssuedBill"


class BillRow(serializers.Serializer[Any]):
    organisation = RefShape()
    state = serializers.ChoiceField(STATES)
    lines = serializers.IntegerField()
    total = MoneyShape()
    left_out = serializers.IntegerField()
    left_out_total = MoneyShape()
    missing = serializers.ListField(child=serializers.CharField())
    issued = IssuedShape(many=True, help_text="bills of the month that are out already")


class CountShape(serializers.Serializer[Any]):
    state = serializers.ChoiceField(STATES)
    bills = serializers.IntegerField()
    total = MoneyShape()

    class Meta:
        ref_name = "BillsCount"


class BillsShape(ListShape):
    data = BillRow(many=True)
    counts = CountShape(many=True, help_text="of all states, whatever the filter")
    job = JobShape(allow_null=True, help_text="the last time that all were issued")

    class Meta:
        ref_name = "Bills"


class BillLineShape(serializers.Serializer[Any]):
    booking_id = serializers.CharField(allow_null=True)
    code = serializers.CharField(allow_null=True)
    person = serializers.CharField()
    description = serializers.CharField()
    first_on = serializers.DateField()
    last_on = serializers.DateField(help_text="included")
    gross = MoneyShape()
    rate = serializers.CharField()
    natura = serializers.CharField(allow_blank=True)


class LeftOutShape(BillLineShape):
    why = serializers.ChoiceField(list(WHY))
    detail = serializers.CharField()


class OnAccountShape(serializers.Serializer[Any]):
    days = serializers.IntegerField()
    month_end = serializers.BooleanField(help_text="counted from the end of the bill's month")
    split = serializers.BooleanField(help_text="the payer keeps the VAT (split payment)")
    order_ref = serializers.CharField(allow_blank=True)
    cig = serializers.CharField(allow_blank=True)
    cup = serializers.CharField(allow_blank=True)
    limit = MoneyShape(help_text="nothing: none")

    class Meta:
        ref_name = "OnAccount"


class BillShape(serializers.Serializer[Any]):
    organisation = RefShape()
    month = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    type = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    lines = BillLineShape(many=True)
    apart = BillLineShape(many=True, help_text="credited by a credit note: they are more than the bill")
    left_out = LeftOutShape(many=True)
    figures = PreviewShape(allow_null=True)
    missing = serializers.ListField(child=serializers.CharField())
    fingerprint = serializers.CharField()
    terms = OnAccountShape()
    issued = IssuedShape(many=True)

    class Meta:
        ref_name = "Bill"


class NewBill(StrictSerializer):
    issuer_id = IdField(Issuer)
    organisation_id = IdField(Organisation)
    month = serializers.RegexField(MONTH)
    fingerprint = serializers.CharField(max_length=64, help_text="of the bill that was looked at")


class AllBills(StrictSerializer):
    issuer_id = IdField(Issuer)
    month = serializers.RegexField(MONTH)


class OneBillQuery(AllBills):
    organisation_id = IdField(Organisation)


class TermsWish(StrictSerializer):
    issuer_id = IdField(Issuer)
    organisation_id = IdField(Organisation)
    days = serializers.IntegerField(min_value=0, max_value=365)
    month_end = serializers.BooleanField(default=False)
    split = serializers.BooleanField(default=False)
    order_ref = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    cig = serializers.CharField(max_length=15, required=False, allow_blank=True, default="")
    cup = serializers.CharField(max_length=15, required=False, allow_blank=True, default="")
    limit_cents = serializers.IntegerField(min_value=0, max_value=100_000_000, default=0)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if (data["cig"] or data["cup"]) and not data["order_ref"]:
            raise serializers.ValidationError({"order_ref": "the codes are of an order"})
        return data


# -- shapes ----------------------------------------------------------------------------------------------


def _issued(rows: Sequence[Document]) -> list[dict[str, Any]]:
    return [
        {
            "id": encode("doc", d.pk),
            "number": d.number,
            "kind": d.kind,
            "gross": d.gross,
            "due_on": d.due_on,
        }
        for d in rows
    ]


def _issued_by(issuer: Issuer, month: date) -> dict[Organisation, list[Document]]:
    rows = Document.objects.filter(issuer=issuer, bills_month=month, organisation__isnull=False)
    found: dict[Organisation, list[Document]] = defaultdict(list)
    for document in rows.select_related("organisation").order_by("issued_at", "pk"):
        assert document.organisation is not None
        found[document.organisation].append(document)
    return found


def _rows(issuer: Issuer, month: date) -> list[dict[str, Any]]:
    """Every organisation with something on account, or with a bill of the month; by name."""
    issued, rows = _issued_by(issuer, month), []
    open_ = {bill.organisation: bill for bill in monthly_bill.bills(issuer, month)}
    for body in sorted({*open_, *issued}, key=lambda body: (body.name, str(body.pk))):
        bill, papers = open_.get(body), issued.get(body, [])
        state = bill.state if bill is not None else "nothing"
        left_out = bill.left_out if bill is not None else []
        rows.append(
            {
                "organisation": ref(body),
                "state": "billed" if state == "nothing" and papers else state,
                "lines": len([*bill.on_bill, *bill.apart]) if bill is not None else 0,
                "total": bill.total if bill is not None else Money(0),
                "left_out": len(left_out),
                "left_out_total": worth(left_out),
                "missing": list(bill.missing) if bill is not None else [],
                "issued": _issued(papers),
            }
        )
    return rows


def _count(rows: Sequence[dict[str, Any]], state: str) -> dict[str, Any]:
    own = [row for row in rows if row["state"] == state]
    amounts = [
        d["gross"] if d["kind"] != Document.Kind.CREDIT_NOTE else -d["gross"]
        for row in own
        for d in row["issued"]
    ]
    return {
        "state": state,
        "bills": len(own),
        "total": total(amounts) if state == "billed" else total(row["total"] for row in own),
    }


def line_shape(row: Delivered) -> dict[str, Any]:
    booking = row.booking
    return {
        "booking_id": encode("bkg", booking.pk) if booking else None,
        "code": booking.code if booking else None,
        "person": row.order.person.name,
        "description": row.line.description,
        "first_on": row.first_on,
        "last_on": row.last_on,
        "gross": row.line.gross,
        "rate": str(row.line.vat_rate.percent),
        "natura": row.line.vat_rate.natura,
    }


def left_out_shape(row: Delivered) -> dict[str, Any]:
    return line_shape(row) | {"why": row.why, "detail": WHY[row.why].say()}


def terms_shape(terms: OnAccount) -> dict[str, Any]:
    return {
        name: getattr(terms, name)
        for name in ("days", "month_end", "split", "order_ref", "cig", "cup", "limit")
    }


def bill_shape(bill: Bill) -> dict[str, Any]:
    papers = Document.objects.filter(
        issuer=bill.issuer, bills_month=bill.month, organisation=bill.organisation
    )
    issued = list(papers.order_by("issued_at", "pk"))
    state = "billed" if bill.state == "nothing" and issued else bill.state
    return {
        "organisation": ref(bill.organisation),
        "month": f"{bill.month:%Y-%m}",
        "state": state,
        "type": bill.paper.type,
        "due_on": bill.paper.due_on,
        "lines": [line_shape(row) for row in bill.on_bill],
        "apart": [line_shape(row) for row in bill.apart],
        "left_out": [left_out_shape(row) for row in bill.left_out],
        "figures": preview_shape(issuing.preview(monthly_bill.wish_of(bill))) if bill.on_bill else None,
        "missing": list(bill.missing),
        "fingerprint": bill.fingerprint,
        "terms": terms_shape(bill.terms),
        "issued": _issued(issued),
    }


# -- views -----------------------------------------------------------------------------------------------


def customer(issuer: Issuer, pk: UUID) -> Organisation:
    """An organisation that the issuer has sold something to; the office sees no others' names here. Raises Missing."""
    found = Organisation.objects.filter(pk=pk)
    sold = found.filter(documents__issuer=issuer) | found.filter(orders__lines__issuer=issuer)
    body = sold.distinct().first()
    if body is None:
        raise Missing
    return body


def _saw(request: Request, issuer: Issuer, bodies: Sequence[str]) -> None:
    audit.saw(
        signed_in(request.user), "debts", [audit.Sight(public, issuer.partner_id, None) for public in bodies]
    )


def _saw_who_booked(request: Request, issuer: Issuer, bill: Bill) -> None:
    """A bill's lines name who booked for the body."""
    by, rows = signed_in(request.user), [*bill.on_bill, *bill.apart, *bill.left_out]
    whose = {row.order.pk: row.order.person_id for row in rows if row.order.person_id != by.pk}
    sights = [audit.Sight(encode("ord", order), issuer.partner_id, person) for order, person in whose.items()]
    audit.saw(by, "customers", sights)


class Bills(View):
    @extend_schema(operation_id="list_bills", parameters=[BillsQuery], responses=BillsShape)
    def get(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.export")
        asked = read(BillsQuery, request)
        issuer = office_issuer(request, asked["issuer_id"])
        month, _ = month_of(asked["month"])
        rows = _rows(issuer, month)
        words = asked.get("q", "").casefold()
        shown = [
            row
            for row in rows
            if asked.get("state") in (None, row["state"]) and words in row["organisation"]["name"].casefold()
        ]
        _saw(request, issuer, [row["organisation"]["id"] for row in shown])
        job = bills.last_run(signed_in(request.user), issuer, month)
        return Response(
            {
                "data": shown,
                "counts": [_count(rows, state) for state in STATES],
                "job": job_shape(job) if job else None,
            }
        )

    @extend_schema(operation_id="issue_bill", request=NewBill, responses={201: IssuedShape(many=True)})
    @idempotent
    def post(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.issue")
        body = NewBill(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        issuer = office_issuer(request, told["issuer_id"], "document.issue")
        month, _ = month_of(told["month"])
        made = bills.bill(
            signed_in(request.user),
            issuer,
            customer(issuer, told["organisation_id"]),
            month,
            told["fingerprint"],
        )
        return Response(_issued(made), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(_issued(bills.issued_with(signed_in(request.user), thing)), status=201)


class BillPreview(View):
    @extend_schema(operation_id="preview_bill", parameters=[OneBillQuery], responses=BillShape)
    def get(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.export")
        asked = read(OneBillQuery, request)
        issuer = office_issuer(request, asked["issuer_id"])
        found = monthly_bill.one(
            issuer, month_of(asked["month"])[0], customer(issuer, asked["organisation_id"])
        )
        _saw(request, issuer, [encode("org", found.organisation.pk)])
        _saw_who_booked(request, issuer, found)
        return Response(bill_shape(found))


class IssueAllBills(View):
    @extend_schema(operation_id="issue_all_bills", request=AllBills, responses={202: JobShape})
    @idempotent
    def post(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.issue")
        body = AllBills(data=request.data)
        body.is_valid(raise_exception=True)
        issuer = office_issuer(request, body.validated_data["issuer_id"], "document.issue")
        month, _ = month_of(body.validated_data["month"])
        return Response(job_shape(bills.start(signed_in(request.user), issuer, month)), status=202)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(job_shape(own_job(encode(kind, thing), request)), status=202)


class OnAccountTerms(View):
    @extend_schema(operation_id="write_on_account", request=TermsWish, responses=OnAccountShape)
    def put(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.issue")
        body = TermsWish(data=request.data)
        body.is_valid(raise_exception=True)
        told = dict(body.validated_data)
        issuer = office_issuer(request, told.pop("issuer_id"), "document.issue")
        organisation = customer(issuer, told.pop("organisation_id"))
        told["limit"] = Money(told.pop("limit_cents"))
        return Response(terms_shape(bills.agree(signed_in(request.user), issuer, organisation, told)))
