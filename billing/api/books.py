"""The accountant's books: sales that wait for a document, and months that close."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.jobs import saved
from billing.api.seen import took_along
from billing.books import exports, months
from billing.books.months import Square
from billing.models import AccountingMonth, Incomplete, Issuer
from billing.papers import completion
from billing.papers.registers import MONTH, month_of
from billing.papers.visible import issuers_for
from core.audit import Sight, saw
from core.clock import now
from core.errors import FiscalDataMissing, Missing, Reason
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in
from core.money import Money
from core.shapes import ActionShape, IdField, ListShape, MoneyShape, RefShape, StrictSerializer, action
from core.views import View
from people.models import Person
from people.roles import allow_somewhere, signed_in


class IncompleteShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    issuer = RefShape()
    customer = serializers.CharField()
    booking_codes = serializers.ListField(child=serializers.CharField())
    gross = MoneyShape()
    since = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    faults = serializers.ListField(child=serializers.CharField())
    done_at = serializers.DateTimeField(allow_null=True)
    actions = serializers.DictField(child=ActionShape())

    class Meta:
        ref_name = "IncompleteSale"


class IncompletePage(ListShape):
    data = IncompleteShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class MonthShape(serializers.Serializer[Any]):
    month = serializers.CharField()
    closed_at = serializers.DateTimeField(allow_null=True)
    documents = serializers.IntegerField()
    documented = MoneyShape()
    entered = MoneyShape()
    waiting = serializers.IntegerField(help_text="sales without their document")
    squares = serializers.BooleanField()
    sha256 = serializers.CharField(allow_blank=True, help_text="of a closed month's fingerprints")
    archive = serializers.CharField(allow_null=True, help_text="where a closed month's archive is")
    actions = serializers.DictField(child=ActionShape())

    class Meta:
        ref_name = "AccountingMonth"


class MonthsShape(ListShape):
    data = MonthShape(many=True)


class MonthsQuery(StrictSerializer):
    issuer_id = IdField(Issuer)


class CloseMonth(StrictSerializer):
    issuer_id = IdField(Issuer)
    month = serializers.RegexField(MONTH)


def incomplete_shapes(sales: Sequence[Incomplete], by: Person) -> list[dict[str, Any]]:
    """Whose they are is logged; four statements for any number of sales."""
    shaped = []
    saw(
        by,
        "customers",
        [
            Sight(encode("inc", sale.pk), sale.issuer.partner_id, sale.order.person_id)
            for sale in sales
            if sale.order.person_id != by.pk
        ],
    )
    for sale in sales:
        lines = [line for line in sale.order.lines.all() if line.issuer_id == sale.issuer_id]
        faults = completion.faults_of(sale) if sale.done_at is None else []
        why = [Reason(FiscalDataMissing.code, FiscalDataMissing.sentence, fixable_by="you")] if faults else []
        shaped.append(
            {
                "id": encode("inc", sale.pk),
                "issuer": {"id": encode("iss", sale.issuer_id), "name": str(sale.issuer)},
                "customer": sale.order.payer.name,
                "booking_codes": sorted({line.booking.code for line in lines if line.booking}),
                "gross": sum((line.gross for line in lines), Money(0)),
                "since": sale.since_at,
                "due_at": completion.due_at(sale),
                "faults": faults,
                "done_at": sale.done_at,
                "actions": {"complete": action(why)},
            }
        )
    return shaped


def month_shape(issuer: Issuer, square: Square) -> dict[str, Any]:
    why = months.wrong_with(square, now())
    return {
        "month": square.first_on.strftime("%Y-%m"),
        "closed_at": square.closed_at,
        "documents": square.documents,
        "documented": Money(square.documented),
        "entered": Money(square.entered),
        "waiting": square.waiting,
        "squares": square.squares,
        "sha256": square.sha256,
        "archive": _archive_of(issuer, square.first_on) if square.closed_at else None,
        "actions": {"close": action([why] if why else [])},
    }


def _archive_of(issuer: Issuer, first: date) -> str:
    return f"/api/v1/accounting-months/archive?issuer_id={encode('iss', issuer.pk)}&month={first:%Y-%m}"


def _issuer(request: Request, pk: UUID) -> Issuer:
    has = allow_somewhere(request.user, "document.export")
    found = issuers_for(has).filter(pk=pk).first()
    if found is None:
        raise Missing
    return found


def _sales(request: Request) -> QuerySet[Incomplete]:
    has = allow_somewhere(request.user, "document.export")
    return (
        Incomplete.objects.filter(issuer__in=issuers_for(has))
        .select_related("order__person", "order__organisation", "issuer__partner__organisation")
        .prefetch_related("order__lines__booking")
    )


class IncompleteSales(View):
    @extend_schema(operation_id="list_incomplete_sales", parameters=[ListQuery], responses=IncompletePage)
    def get(self, request: Request) -> Response:
        rows, by = _sales(request).filter(done_at=None), signed_in(request.user)
        return Response(page(rows, read(ListQuery, request), lambda found: incomplete_shapes(found, by)))


class CompleteSale(View):
    @extend_schema(operation_id="complete_sale", request=None, responses=IncompleteShape)
    @idempotent
    def post(self, request: Request, sale_id: str) -> Response:
        return self._shown(
            request, completion.complete(signed_in(request.user), self._one(request, sale_id).pk).pk
        )

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return self._shown(request, thing)

    def _shown(self, request: Request, pk: UUID) -> Response:
        sale, by = _sales(request).get(pk=pk), signed_in(request.user)
        return Response(incomplete_shapes([sale], by)[0])

    def _one(self, request: Request, sale_id: str) -> Incomplete:
        return one_in(_sales(request), "inc", sale_id)


class AccountingMonths(View):
    @extend_schema(operation_id="list_accounting_months", parameters=[MonthsQuery], responses=MonthsShape)
    def get(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.export")
        issuer = _issuer(request, read(MonthsQuery, request)["issuer_id"])
        return Response({"data": [month_shape(issuer, square) for square in months.months_of(issuer)]})


class ClosedMonths(View):
    @extend_schema(operation_id="close_accounting_month", request=CloseMonth, responses=MonthShape)
    @idempotent
    def post(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.export")
        body = CloseMonth(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        issuer = _issuer(request, asked["issuer_id"])
        first = date.fromisoformat(f"{asked['month']}-01")
        months.close(signed_in(request.user), issuer.pk, first)
        return self._shown(issuer, first)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        closed = AccountingMonth.objects.select_related("issuer").get(pk=thing)
        return self._shown(closed.issuer, closed.first_on)

    def _shown(self, issuer: Issuer, first: date) -> Response:
        return Response(month_shape(issuer, next(s for s in months.months_of(issuer) if s.first_on == first)))


class ArchiveQuery(StrictSerializer):
    issuer_id = IdField(Issuer)
    month = serializers.RegexField(MONTH)


class MonthArchive(View):
    """What was made when the month closed, the same bytes ever after; not there yet: 404."""

    @extend_schema(
        operation_id="download_month_archive",
        parameters=[ArchiveQuery],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> HttpResponseBase:
        allow_somewhere(request.user, "document.export")
        asked = read(ArchiveQuery, request)
        issuer = _issuer(request, asked["issuer_id"])
        file = exports.archive_of(issuer, asked["month"])
        if file is None:
            raise Missing
        took_along(signed_in(request.user), exports.documents_of(issuer, *month_of(asked["month"])))
        return saved(file)
