"""What is owed, as the desk sees it, and paid there."""

from __future__ import annotations

from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.day_close import desk_issuer
from billing.api.debt_shapes import DebtShape, debt_shape
from billing.models import DeskPayment, Document, Issuer, Order, Payment
from billing.paying import desk_payments
from billing.paying.day_close import METHODS
from billing.paying.debts import debts
from core.audit import Sight, saw
from core.errors import Missing
from core.idempotency import idempotent
from core.ids import encode
from core.lists import read
from core.lookup import pk_of
from core.money import Money
from core.shapes import IdField, ListShape, MoneyShape, StrictSerializer
from core.views import View
from people.roles import allow_somewhere, signed_in

MOST = 50


class DebtsShape(ListShape):
    data = DebtShape(many=True)


class DebtsQuery(StrictSerializer):
    issuer_id = IdField(Issuer)
    q = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=80, help_text="a customer's name"
    )


class NewDeskPayment(StrictSerializer):
    issuer_id = IdField(Issuer)
    debt_id = serializers.RegexField(r"^(doc|ord)_[0-9a-z]{26}$")
    method = serializers.ChoiceField(METHODS)
    amount_cents = serializers.IntegerField(min_value=1, max_value=10**10, help_text="an order's whole sum")


class DeskPaymentShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    method = serializers.ChoiceField(METHODS)
    amount = MoneyShape()
    document_ids = serializers.ListField(child=serializers.CharField())

    class Meta:
        ref_name = "DeskPayment"


class Debts(View):
    """The oldest first, not more than a desk reads."""

    @extend_schema(operation_id="list_debts", parameters=[DebtsQuery], responses=DebtsShape)
    def get(self, request: Request) -> Response:
        allow_somewhere(request.user, "day.close")
        asked = read(DebtsQuery, request)
        issuer = desk_issuer(request, asked["issuer_id"])
        named = asked["q"].strip()
        whose = Q(person__name__icontains=named) | Q(organisation__name__icontains=named) if named else None
        found = list(islice(debts(issuer, whose), MOST))
        seen = [Sight(d.public, issuer.partner_id, d.person.pk if d.person else None) for d in found]
        saw(signed_in(request.user), "debts", seen)
        return Response({"data": [debt_shape(debt) for debt in found]})


class DeskPayments(View):
    @extend_schema(operation_id="pay_at_the_desk", request=NewDeskPayment, responses={201: DeskPaymentShape})
    @idempotent
    def post(self, request: Request) -> Response:
        allow_somewhere(request.user, "day.close")
        body = NewDeskPayment(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        issuer = desk_issuer(request, told["issuer_id"])
        kind, _, _ = told["debt_id"].partition("_")
        pk, by, amount = pk_of(kind, told["debt_id"]), signed_in(request.user), Money(told["amount_cents"])
        if kind == "doc":
            document = Document.objects.filter(pk=pk, issuer=issuer).first()
            if document is None:
                raise Missing
            return self._shown(desk_payments.pay_document(by, issuer, document, told["method"], amount))
        order = Order.objects.filter(pk=pk, lines__issuer=issuer, lines__position=1).first()
        if order is None:
            raise Missing
        return self._shown(desk_payments.pay_order(by, issuer, order.pk, told["method"], amount))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        made = DeskPayment.objects if kind == "dpy" else Payment.objects
        return self._shown(made.get(pk=thing))

    def _shown(self, made: DeskPayment | Payment) -> Response:
        papers = (
            Document.objects.filter(desk_payments=made.pk)
            if isinstance(made, DeskPayment)
            else made.documents
        )
        ids = papers.order_by("issued_at", "pk").values_list("pk", flat=True)
        shape = {
            "id": encode(made.prefix, made.pk),
            "method": made.method,
            "amount": made.amount,
            "document_ids": [encode("doc", pk) for pk in ids],
        }
        return Response(shape, status=201)
