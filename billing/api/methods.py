"""Saved cards and accounts: seen, added on the gateway's page, removed, and chosen for a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.deposits import CardPage
from billing.api.plans import SubscriptionShape, own_subscription, subscription_answer
from billing.api.quoting import own_organisation
from billing.models import SavedMethod
from billing.paying import methods
from core.clock import now
from core.ids import encode
from core.lookup import one_in
from core.shapes import IdField, ListShape, StrictSerializer
from core.views import View
from people.models import Organisation, Person
from people.roles import Standing, allow, signed_in, standing

S = SavedMethod.State


class MethodShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField([S.AWAITING, S.USABLE])
    kind = serializers.ChoiceField(SavedMethod.Kind.choices, allow_blank=True)
    brand = serializers.CharField(allow_blank=True)
    last4 = serializers.CharField(allow_blank=True)
    expires_on = serializers.DateField(allow_null=True)
    organisation_id = serializers.CharField(allow_null=True)
    holder = serializers.CharField()

    class Meta:
        ref_name = "SavedMethod"


class Methods(ListShape):
    data = MethodShape(many=True)

    class Meta:
        ref_name = "SavedMethods"


class NewMethod(StrictSerializer):
    organisation_id = IdField(Organisation, required=False, allow_null=True)


class ChosenMethod(StrictSerializer):
    method_id = IdField(SavedMethod, allow_null=True)


def methods_for(has: Standing) -> QuerySet[SavedMethod]:
    """One's own and those of the bodies one may act for; while its page is open, one that is being added."""
    rows = SavedMethod.objects.select_related("person", "organisation")
    mine = Q(person=has.person, organisation=None) | Q(organisation__in=has.delegate_of)
    return rows.filter(mine).filter(Q(state=S.USABLE) | Q(state=S.AWAITING, session_until__gt=now()))


def method_shapes(found: Sequence[SavedMethod]) -> list[dict[str, Any]]:
    return [
        {
            "id": encode("pmt", m.pk),
            "state": m.state,
            "kind": m.kind,
            "brand": m.brand,
            "last4": m.last4,
            "expires_on": m.expires_on,
            "organisation_id": encode("org", m.organisation_id) if m.organisation_id else None,
            "holder": m.organisation.name if m.organisation else m.person.name,
        }
        for m in found
    ]


class PaymentMethods(View):
    @extend_schema(operation_id="list_payment_methods", responses=Methods)
    def get(self, request: Request) -> Response:
        found = methods_for(standing(signed_in(request.user))).order_by("made_at", "pk")
        return Response({"data": method_shapes(list(found))})

    @extend_schema(operation_id="add_payment_method", request=NewMethod, responses={201: CardPage})
    def post(self, request: Request) -> Response:
        """Where it is saved: the same page, for as long as it is open."""
        person = signed_in(request.user)
        body = NewMethod(data=request.data or {})
        body.is_valid(raise_exception=True)
        organisation = own_organisation(body.validated_data.get("organisation_id"), standing(person))
        return Response({"redirect_url": methods.open_page(person, organisation)}, status=201)


class OnePaymentMethod(View):
    @extend_schema(operation_id="remove_payment_method", responses={204: None})
    def delete(self, request: Request, method_id: str) -> Response:
        person = signed_in(request.user)
        methods.remove(person, _one(method_id, person).pk)
        return Response(status=204)


def _one(public: str, person: Person) -> SavedMethod:
    return one_in(methods_for(standing(person)).filter(state=S.USABLE), "pmt", public)


class SubscriptionMethod(View):
    """What a plan's next periods are asked of; with none, they are owed and paid by hand."""

    @extend_schema(operation_id="choose_method", request=ChosenMethod, responses=SubscriptionShape)
    def post(self, request: Request, subscription_id: str) -> Response:
        person = signed_in(request.user)
        found = own_subscription(subscription_id, person)
        allow(person, "subscription.pay", found, seen_by="pass.see")
        body = ChosenMethod(data=request.data)
        body.is_valid(raise_exception=True)
        methods.choose(person, found.pk, body.validated_data["method_id"])
        return subscription_answer(subscription_id, person)
