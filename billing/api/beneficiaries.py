"""Who takes part in a programme: invited by those who manage it, asking, approved or refused by the venue's staff, and what
came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.programmes import programme_of
from billing.budgets import programmes
from billing.models import Beneficiary, Programme
from core.audit import Sight, saw
from core.errors import Missing
from core.idempotency import idempotent
from core.ids import decode, encode
from core.lists import ListQuery, page, read
from core.shapes import ListShape, StrictSerializer
from core.views import View
from people.models import Person
from people.roles import allow, signed_in


class BeneficiaryShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    email = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(Beneficiary.State.choices)
    message = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    outcome = serializers.CharField(allow_blank=True)

    class Meta:
        ref_name = "Beneficiary"


class BeneficiaryPage(ListShape):
    data = BeneficiaryShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class NewBeneficiaries(StrictSerializer):
    emails = serializers.ListField(child=serializers.EmailField(), min_length=1, max_length=500)


class OutcomeShape(StrictSerializer):
    outcome = serializers.CharField(max_length=1000, allow_blank=True)


class RefusalShape(StrictSerializer):
    reason = serializers.CharField(max_length=200)


def beneficiary_shapes(found: Sequence[Beneficiary]) -> list[dict[str, Any]]:
    return [
        {
            "id": encode("ben", one.pk),
            "email": one.email,
            "name": one.person.name if one.person else "",
            "state": one.state,
            "message": one.message,
            "reason": one.reason,
            "outcome": one.outcome,
        }
        for one in found
    ]


def _admitting(request: Request, programme_id: str, act: str = "programme.admit") -> tuple[Person, Programme]:
    """Who takes part is for the staff of its venue; the sponsor has the report."""
    person = signed_in(request.user)
    found = programme_of(programme_id, person)
    allow(person, act, found, seen_by="programme.see")
    return person, found


def _place(request: Request, programme_id: str, beneficiary_id: str) -> tuple[Person, Beneficiary]:
    person, found = _admitting(request, programme_id)
    try:
        one = found.beneficiaries.select_related("person").get(pk=decode("ben", beneficiary_id))
    except (ValueError, Beneficiary.DoesNotExist) as error:
        raise Missing from error
    return person, one


class Beneficiaries(View):
    @extend_schema(operation_id="list_beneficiaries", parameters=[ListQuery], responses=BeneficiaryPage)
    def get(self, request: Request, programme_id: str) -> Response:
        person, found = _admitting(request, programme_id)
        rows = found.beneficiaries.select_related("person")

        def shapes(some: Sequence[Beneficiary]) -> list[dict[str, Any]]:
            partner = found.venue.partner_id
            sights = [
                Sight(encode("ben", one.pk), partner, one.person_id)
                for one in some
                if one.person_id != person.pk
            ]
            saw(person, "beneficiaries", sights)
            return beneficiary_shapes(some)

        return Response(page(rows, read(ListQuery, request), shapes))

    @extend_schema(
        operation_id="add_beneficiaries", request=NewBeneficiaries, responses={201: BeneficiaryPage}
    )
    @idempotent
    def post(self, request: Request, programme_id: str) -> Response:
        person, found = _admitting(request, programme_id, "programme.edit")
        body = NewBeneficiaries(data=request.data)
        body.is_valid(raise_exception=True)
        emails = [email.lower() for email in body.validated_data["emails"]]
        made = programmes.invite(person, found, emails)
        return Response({"data": beneficiary_shapes(made), "next_cursor": None}, status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        _, found = _admitting(request, kwargs["programme_id"])
        rows = list(found.beneficiaries.select_related("person").order_by("-pk")[:500])
        return Response({"data": beneficiary_shapes(rows), "next_cursor": None}, status=201)


class OneBeneficiary(View):
    @extend_schema(operation_id="note_outcome", request=OutcomeShape, responses=BeneficiaryShape)
    def patch(self, request: Request, programme_id: str, beneficiary_id: str) -> Response:
        _, one = _place(request, programme_id, beneficiary_id)
        body = OutcomeShape(data=request.data)
        body.is_valid(raise_exception=True)
        one.outcome = body.validated_data["outcome"]
        one.save(update_fields=["outcome"])
        return Response(beneficiary_shapes([one])[0])


class ApproveBeneficiary(View):
    @extend_schema(operation_id="approve_beneficiary", request=None, responses=BeneficiaryShape)
    @idempotent
    def post(self, request: Request, programme_id: str, beneficiary_id: str) -> Response:
        person, one = _place(request, programme_id, beneficiary_id)
        programmes.decide(person, one.pk, Beneficiary.State.APPROVED)
        return _decided(request, programme_id, beneficiary_id)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return _decided(request, kwargs["programme_id"], kwargs["beneficiary_id"])


class RefuseBeneficiary(View):
    @extend_schema(operation_id="refuse_beneficiary", request=RefusalShape, responses=BeneficiaryShape)
    @idempotent
    def post(self, request: Request, programme_id: str, beneficiary_id: str) -> Response:
        person, one = _place(request, programme_id, beneficiary_id)
        body = RefusalShape(data=request.data)
        body.is_valid(raise_exception=True)
        programmes.decide(person, one.pk, Beneficiary.State.REFUSED, body.validated_data["reason"])
        return _decided(request, programme_id, beneficiary_id)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return _decided(request, kwargs["programme_id"], kwargs["beneficiary_id"])


def _decided(request: Request, programme_id: str, beneficiary_id: str) -> Response:
    return Response(beneficiary_shapes([_place(request, programme_id, beneficiary_id)[1]])[0])
