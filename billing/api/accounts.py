"""An account as its holder reads it: what has run up, what is open, and every movement with its balance."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.bills import BillLineShape, LeftOutShape, left_out_shape, line_shape
from billing.api.registers import between
from billing.books import monthly_bill, movements
from billing.books.movements import WHAT, of_payer
from billing.models import Issuer
from billing.papers.freeze import ITALY
from billing.papers.references import reference
from billing.papers.registers import MONTH
from billing.papers.visible import issuers_for
from billing.paying.credit_limits import Room, room_of
from billing.paying.customer_credit import credit_of, left_with
from billing.paying.debts import held_by, of_document, open_documents
from billing.paying.delivered import worth
from core import audit
from core.clock import now
from core.errors import Missing
from core.files import sent_as
from core.ids import decode, encode
from core.lists import read
from core.money import total
from core.openapi import json_or_table
from core.periods import local_date
from core.shapes import IdField, ListShape, MoneyShape, RefShape, StrictSerializer, ref
from core.tables import download
from core.views import View
from core.words import language
from people.models import Organisation, Person
from people.roles import Standing, signed_in, standing


class OpenShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField()
    issued_on = serializers.DateField()
    due_on = serializers.DateField()
    open = MoneyShape()
    days_late = serializers.IntegerField()
    reference = serializers.CharField(help_text="the reason to write on a bank transfer")

    class Meta:
        ref_name = "OpenBill"


class RoomShape(serializers.Serializer[Any]):
    limit = MoneyShape()
    used = MoneyShape()
    left = MoneyShape()

    class Meta:
        ref_name = "CreditRoom"


class OwnAccountShape(serializers.Serializer[Any]):
    issuer = RefShape()
    iban = serializers.CharField(allow_blank=True)
    running = MoneyShape(help_text="what the next bill holds so far")
    lines = BillLineShape(many=True)
    to_come = LeftOutShape(many=True, help_text="what is on no bill yet, and why")
    open = OpenShape(many=True)
    balance = MoneyShape(help_text="what is open of all documents")
    credit = MoneyShape(help_text="what it has left of its credit: paid beyond what was owed")
    room = RoomShape(allow_null=True, help_text="none: there is no limit")

    class Meta:
        ref_name = "OwnAccount"


class OwnAccountsShape(ListShape):
    data = OwnAccountShape(many=True)
    organisation = RefShape()
    month = serializers.CharField()


class MovementShape(serializers.Serializer[Any]):
    on = serializers.DateField()
    kind = serializers.ChoiceField(list(WHAT))
    what = serializers.CharField()
    document_id = serializers.CharField(allow_null=True, help_text="null where it is of a credit")
    number = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    amount = MoneyShape(help_text="with minus what made the balance less")
    balance = MoneyShape()

    class Meta:
        ref_name = "AccountMovement"


class StatementShape(ListShape):
    data = MovementShape(many=True)
    customer = serializers.CharField()
    issuer = RefShape()
    on_from = serializers.DateField()
    on_to = serializers.DateField(help_text="excluded")
    opening = MoneyShape()
    closing = MoneyShape()

    class Meta:
        ref_name = "StatementOfAccount"


class StatementQuery(StrictSerializer):
    issuer_id = IdField(Issuer)
    person_id = IdField(Person, required=False)
    organisation_id = IdField(Organisation, required=False)
    month = serializers.RegexField(MONTH, required=False)
    on_from = serializers.DateField(required=False)
    on_to = serializers.DateField(required=False, help_text="excluded")
    output = serializers.ChoiceField(["json", "csv", "xlsx", "pdf"], required=False, default="json")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if ("person_id" in data) == ("organisation_id" in data):
            raise serializers.ValidationError({"person_id": "a person or an organisation"})
        return data


def _payer(has: Standing, asked: dict[str, Any]) -> tuple[Issuer, Person | Organisation]:
    """The issuer and its customer, for its office or the customer themselves. Raises Missing."""
    issuer = Issuer.objects.select_related("partner__organisation").filter(pk=asked["issuer_id"]).first()
    body = asked.get("organisation_id")
    sold = Q(documents__issuer=issuer) | Q(orders__lines__issuer=issuer)
    known: Person | Organisation | None
    if body is not None:
        known = Organisation.objects.filter(sold, pk=body).distinct().first()
    else:
        known = Person.objects.filter(sold, pk=asked["person_id"]).distinct().first()
    if issuer is None or known is None:
        raise Missing
    own = body in has.delegate_of if body is not None else known is not None and known.pk == has.person
    if not own and not issuers_for(has).filter(pk=issuer.pk).exists():
        raise Missing
    return issuer, known


class Statements(View):
    @extend_schema(
        operation_id="read_statement_of_account",
        parameters=[StatementQuery],
        responses={**json_or_table(StatementShape), (200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> Response | HttpResponseBase:
        who = signed_in(request.user)
        asked = read(StatementQuery, request)
        issuer, payer = _payer(standing(who), asked)
        found = movements.account(issuer, payer, *between(asked))
        whose = payer.pk if isinstance(payer, Person) else None
        if whose != who.pk and asked.get("organisation_id") not in standing(who).delegate_of:
            audit.saw(who, "debts", [audit.Sight(encode(payer.prefix, payer.pk), issuer.partner_id, whose)])
        if asked["output"] == "pdf":
            return _pdf(movements.draw(found, language()), payer)
        if asked["output"] != "json":
            return download(movements.table(found), asked["output"])
        return Response(_statement_shape(found))


def _pdf(content: bytes, payer: Person | Organisation) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    name = "estratto-conto" if language() == "it" else "statement-of-account"
    answer["Content-Disposition"] = sent_as(f"{name}-{encode(payer.prefix, payer.pk)[-6:]}.pdf", inline=True)
    return answer


def _statement_shape(found: movements.Account) -> dict[str, Any]:
    return {
        "data": [
            {
                "on": m.on,
                "kind": m.kind,
                "what": WHAT[m.kind].say(),
                "document_id": encode("doc", m.document) if m.document else None,
                "number": m.label,
                "due_on": m.due_on,
                "amount": m.amount,
                "balance": balance,
            }
            for m, balance in found.rows
        ],
        "customer": found.payer.name,
        "issuer": {"id": encode("iss", found.issuer.pk), "name": str(found.issuer)},
        "on_from": found.first,
        "on_to": found.until,
        "opening": found.opening,
        "closing": found.closing,
    }


class OwnCreditShape(serializers.Serializer[Any]):
    issuer = RefShape()
    holder = RefShape()
    left = MoneyShape()

    class Meta:
        ref_name = "OwnCredit"


class OwnCreditsShape(ListShape):
    data = OwnCreditShape(many=True)


class OwnCredits(View):
    @extend_schema(operation_id="list_own_credits", responses=OwnCreditsShape)
    def get(self, request: Request) -> Response:
        """What the caller, and the bodies for which they may act, have left of their credits, by issuer."""
        who = signed_in(request.user)
        found = left_with(Q(person=who) | Q(organisation__in=standing(who).delegate_of))
        return Response(
            {
                "data": [
                    {
                        "issuer": ref(issuer),
                        "holder": ref(holder),
                        "left": left,
                    }
                    for issuer, holder, left in found
                ]
            }
        )


class OwnAccount(View):
    @extend_schema(operation_id="read_organisation_account", responses=OwnAccountsShape)
    def get(self, request: Request, organisation_id: str) -> Response:
        has = standing(signed_in(request.user))
        try:
            pk = decode("org", organisation_id)
        except ValueError as error:
            raise Missing from error
        body = Organisation.objects.filter(pk=pk, pk__in=has.delegate_of).first()
        if body is None:
            raise Missing
        month = local_date(now(), ITALY).replace(day=1)
        sold = Q(documents__organisation=body) | Q(order_lines__order__organisation=body)
        issuers = Issuer.objects.filter(sold).select_related("partner__organisation").distinct()
        return Response(
            {
                "data": [_own(issuer, body, month) for issuer in issuers.order_by("pk")],
                "organisation": ref(body),
                "month": f"{month:%Y-%m}",
            }
        )


def _own(issuer: Issuer, body: Organisation, month: date) -> dict[str, Any]:
    bill = monthly_bill.one(issuer, month, body)
    rows = [*bill.on_bill, *bill.apart]
    open_ = [of_document(d) for d in of_payer(open_documents(issuer), body).order_by("due_on", "pk")]
    today = local_date(now(), ITALY)
    return {
        "issuer": {"id": encode("iss", issuer.pk), "name": str(issuer)},
        "iban": issuer.iban,
        "running": worth(rows),
        "lines": [line_shape(row) for row in rows],
        "to_come": [left_out_shape(row) for row in bill.left_out],
        "open": [
            {
                "id": debt.public,
                "number": debt.label,
                "issued_on": debt.document.issued_on if debt.document else today,
                "due_on": debt.due_on,
                "open": debt.open,
                "days_late": debt.late(today),
                "reference": reference(debt.thing),
            }
            for debt in open_
        ],
        "balance": total(debt.open for debt in open_),
        "credit": total(credit_of(issuer, held_by(body)).values()),
        "room": _room_shape(room_of(issuer.pk, body.pk)),
    }


def _room_shape(room: Room | None) -> dict[str, Any] | None:
    return {"limit": room.limit, "used": room.used, "left": room.left} if room is not None else None
