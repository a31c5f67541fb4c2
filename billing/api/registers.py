"""The accountant's registers: one endpoint for all, since each is a table and, of some, its summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.seen import read_debts, read_register
from billing.books import activities, ageing, journal, squaring, vat_register
from billing.books.balances import balances
from billing.findings import MENDS, Finding, W, place
from billing.models import Account, Issuer
from billing.papers.registers import MONTH, month_of
from billing.papers.visible import issuers_for
from billing.reconciling import gateway_registers, mending
from core.errors import Invalid, Missing, Pointer, WindowTooWide
from core.lists import ListQuery, part, read
from core.openapi import json_or_table
from core.shapes import IdField, ListShape, MoneyShape, StrictSerializer
from core.tables import Kind, Table, download
from core.views import View
from people.roles import allow_somewhere, signed_in

LONGEST_DAYS = 3 * 366
MOST_ROWS = 500
Between = Callable[[Issuer, date, date], Table]


class Register(NamedTuple):
    """How a register is told, and what it comes to; where it is `numbered` its rows tell the documents they are of."""

    table: Between
    summary: Between | None = None
    numbered: bool = False


REGISTERS = {
    "vat": Register(vat_register.sales, vat_register.by_rate, numbered=True),
    "receipts": Register(vat_register.receipts, vat_register.receipts_by_rate, numbered=True),
    "activities": Register(activities.by_activity, activities.of_year),
    "stamp-duty": Register(vat_register.stamps, numbered=True),
    "ageing": Register(
        lambda issuer, first, until: ageing.ageing(issuer),
        lambda issuer, first, until: ageing.by_bucket(issuer),
    ),
    "payments": Register(journal.payments),
    "fees": Register(gateway_registers.fees),
    "td17": Register(gateway_registers.td17),
    "payouts": Register(gateway_registers.payouts),
    "payout-parts": Register(gateway_registers.parts),
    "disputes": Register(gateway_registers.disputes),
    "journal": Register(journal.journal, balances, numbered=True),
}


class ColumnShape(serializers.Serializer[Any]):
    title = serializers.CharField()
    kind = serializers.ChoiceField([kind.value for kind in Kind])
    summed = serializers.BooleanField()


class TableShape(serializers.Serializer[Any]):
    """Columns, and rows of as many cells: text, days, instants, amounts, numbers, or null."""

    columns = ColumnShape(many=True)
    rows = serializers.ListField(child=serializers.ListField(child=serializers.JSONField(allow_null=True)))

    class Meta:
        ref_name = "Table"


class RegisterShape(TableShape):
    summary = TableShape(allow_null=True)
    next_offset = serializers.IntegerField(allow_null=True)

    class Meta:
        ref_name = "Register"


class RegisterQuery(StrictSerializer):
    issuer_id = IdField(Issuer)
    month = serializers.RegexField(MONTH, required=False)
    on_from = serializers.DateField(required=False)
    on_to = serializers.DateField(required=False, help_text="excluded")
    offset = serializers.IntegerField(required=False, min_value=0, default=0)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ROWS, default=100)
    output = serializers.ChoiceField(["json", "csv", "xlsx"], required=False, default="json")


def office_issuer(request: Request, pk: UUID, act: str = "document.export") -> Issuer:
    """An issuer whose books the caller may see. Raises Unknown, Forbidden, Missing."""
    has = allow_somewhere(request.user, act)
    found = issuers_for(has).filter(pk=pk).first()
    if found is None:
        raise Missing
    return found


def between(asked: dict[str, Any]) -> tuple[date, date]:
    """The days that are asked for, by month or by both ends. Raises Invalid, WindowTooWide."""
    if "month" in asked:
        return month_of(asked["month"])
    if "on_from" not in asked or "on_to" not in asked:
        raise Invalid(pointers=[Pointer("?month", "required", "")])
    first: date = asked["on_from"]
    until: date = asked["on_to"]
    if first >= until:
        raise Invalid(pointers=[Pointer("?on_to", "empty", "")])
    if (until - first).days > LONGEST_DAYS:
        raise WindowTooWide(most=LONGEST_DAYS)
    return first, until


def table_shape(table: Table, rows: list[Any] | None = None) -> dict[str, Any]:
    return {
        "columns": [
            {"title": c.title.say(), "kind": c.kind.value, "summed": c.summed} for c in table.columns
        ],
        "rows": [[_cell(value) for value in row] for row in (table.rows if rows is None else rows)],
    }


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, int | str) or hasattr(value, "cents") else str(value)


class Registers(View):
    @extend_schema(
        operation_id="read_register", parameters=[RegisterQuery], responses=json_or_table(RegisterShape)
    )
    def get(self, request: Request, name: str) -> Response | HttpResponseBase:
        allow_somewhere(request.user, "document.export")
        register = REGISTERS.get(name)
        if register is None:
            raise Missing
        asked = read(RegisterQuery, request)
        issuer = office_issuer(request, asked["issuer_id"])
        first, until = (date.min, date.max) if name == "ageing" else between(asked)
        table = register.table(issuer, first, until)
        person = signed_in(request.user)
        if name == "ageing":
            read_debts(person, issuer)
        # A page that goes on says it no more, and a CSV is one table.
        wanted = asked["output"] == "xlsx" or (asked["output"] == "json" and not asked["offset"])
        summary = register.summary(issuer, first, until) if register.summary and wanted else None
        if asked["output"] != "json":
            if name != "ageing":
                read_register(person, issuer, first, until)
            return download(table, asked["output"], beside=summary)
        offset, limit = asked["offset"], asked["limit"]
        rows = list(islice(iter(table.rows), offset, offset + limit + 1))
        if name != "ageing":
            read_register(person, issuer, first, until, rows[:limit] if register.numbered else None)
        return Response(
            table_shape(table, rows[:limit])
            | {
                "summary": table_shape(summary) if summary is not None else None,
                "next_offset": offset + limit if len(rows) > limit else None,
            }
        )


# -- what does not square --------------------------------------------------------------------------------


class FindingShape(serializers.Serializer[Any]):
    code = serializers.ChoiceField(sorted(W))
    detail = serializers.CharField()
    about = serializers.CharField()
    thing_id = serializers.CharField(allow_null=True)
    off = MoneyShape(allow_null=True)
    stops = serializers.BooleanField(help_text="the month cannot close with it")
    mends = serializers.ListField(
        child=serializers.ChoiceField(MENDS), help_text="what may be done about it from here"
    )


class AlikeShape(serializers.Serializer[Any]):
    code = serializers.ChoiceField(sorted(W))
    detail = serializers.CharField()
    stops = serializers.BooleanField()
    count = serializers.IntegerField()

    class Meta:
        ref_name = "AlikeFindings"


class SquareShape(serializers.Serializer[Any]):
    squares = serializers.BooleanField()
    stopping = serializers.IntegerField(help_text="how many things keep the month from closing")
    alike = AlikeShape(many=True, help_text="all that was found, by what it is, whatever is asked for")
    findings = FindingShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)

    class Meta:
        ref_name = "Reconciliation"


class FindingsQuery(ListQuery):
    issuer_id = IdField(Issuer)
    month = serializers.RegexField(MONTH)
    code = serializers.ListField(child=serializers.ChoiceField(sorted(W)), required=False)


def finding_shape(found: Finding) -> dict[str, Any]:
    return {
        "code": found.code,
        "detail": found.sentence.say(),
        "about": found.label,
        "thing_id": found.thing,
        "off": found.off,
        "stops": found.stops,
        "mends": list(found.mends),
    }


def square_shape(issuer: Issuer, month: str, asked: dict[str, Any]) -> dict[str, Any]:
    found = squaring.findings(issuer, *month_of(month))
    stopping = sum(f.stops for f in found)
    alike = Counter((f.code, f.stops) for f in sorted(found, key=place))
    wanted = [f for f in found if f.code in asked["code"]] if asked.get("code") else found
    here, following = part(wanted, asked, place)
    return {
        "squares": not stopping,
        "stopping": stopping,
        "alike": [
            {"code": code, "detail": W[code].say(), "stops": stops, "count": count}
            for (code, stops), count in alike.items()
        ],
        "findings": [finding_shape(f) for f in here],
        "next_cursor": following,
    }


class Reconciliation(View):
    @extend_schema(operation_id="read_reconciliation", parameters=[FindingsQuery], responses=SquareShape)
    def get(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.export")
        asked = read(FindingsQuery, request)
        issuer = office_issuer(request, asked["issuer_id"])
        return Response(square_shape(issuer, asked["month"], asked))


class Mend(StrictSerializer):
    issuer_id = IdField(Issuer)
    month = serializers.RegexField(MONTH)
    code = serializers.ChoiceField(sorted(W))
    thing_id = serializers.CharField(max_length=40)
    how = serializers.ChoiceField(MENDS)
    why = serializers.CharField(max_length=200, required=False, allow_blank=True)


class Mending(View):
    """Safe to repeat: each way of mending does its work once."""

    @extend_schema(operation_id="mend_difference", request=Mend, responses=SquareShape)
    def post(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.issue")
        body = Mend(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        issuer = office_issuer(request, told["issuer_id"], "document.issue")
        mending.mend(signed_in(request.user), issuer, *month_of(told["month"]), told)
        return Response(square_shape(issuer, told["month"], {}))


# -- accounts --------------------------------------------------------------------------------------------


class AccountShape(serializers.Serializer[Any]):
    account = serializers.ChoiceField(Account.Role.choices)
    code = serializers.CharField()
    name = serializers.CharField()

    class Meta:
        ref_name = "Account"


class AccountsShape(ListShape):
    data = AccountShape(many=True)


class AccountsQuery(StrictSerializer):
    issuer_id = IdField(Issuer)


class AccountEdit(StrictSerializer):
    issuer_id = IdField(Issuer)
    account = serializers.ChoiceField(Account.Role.choices)
    code = serializers.CharField(max_length=20)
    name = serializers.CharField(max_length=80)


def accounts_shape(issuer: Issuer) -> dict[str, Any]:
    found = journal.accounts_of(issuer)
    return {"data": [{"account": role, "code": code, "name": name} for role, (code, name) in found.items()]}


class Accounts(View):
    @extend_schema(operation_id="list_accounts", parameters=[AccountsQuery], responses=AccountsShape)
    def get(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.export")
        return Response(accounts_shape(office_issuer(request, read(AccountsQuery, request)["issuer_id"])))

    @extend_schema(operation_id="edit_account", request=AccountEdit, responses=AccountsShape)
    def patch(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.issue")
        body = AccountEdit(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        issuer = office_issuer(request, told["issuer_id"], "document.issue")
        journal.rename(issuer, told["account"], told["code"], told["name"])
        return Response(accounts_shape(issuer))
