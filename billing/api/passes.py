"""Passes: the kinds on sale, one's own with what is left, and what staff grant and correct."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.budgets import passes
from billing.models import Budget, Draw, Measure, PassKind, VatRate
from core import audit
from core.clock import now
from core.errors import Missing
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in
from core.money import Money
from core.shapes import IdField, ListShape, MoneyShape, RefShape, StrictSerializer
from core.views import View
from people.models import Person
from people.roles import As, OfPartner, Standing, allow, signed_in, standing
from spaces.models import Resource, Venue


class PassKindShape(serializers.Serializer[Any]):
    """`amount` is in minutes where it counts hours."""

    id = serializers.CharField()
    venue = RefShape()
    name = serializers.CharField()
    unit = serializers.ChoiceField(Measure.choices)
    amount = serializers.IntegerField()
    kinds = serializers.ListField(child=serializers.CharField())
    resources = RefShape(many=True)
    valid_days = serializers.IntegerField()
    price = MoneyShape()
    vat_rate = RefShape()
    on_sale = serializers.BooleanField()
    can_edit = serializers.BooleanField()

    class Meta:
        ref_name = "PassKind"


class PassKindsShape(ListShape):
    data = PassKindShape(many=True)
    vat_rates = RefShape(many=True, help_text="for those who define kinds")


class PassKindsQuery(StrictSerializer):
    venue_id = IdField(Venue, required=False)


class PassKindFields(StrictSerializer):
    name = serializers.CharField(max_length=80)
    kinds = serializers.ListField(child=serializers.ChoiceField(Resource.Kind.choices), required=False)
    resource_ids = serializers.ListField(child=IdField(Resource), required=False, max_length=100)
    valid_days = serializers.IntegerField(min_value=1, max_value=3650, default=365)
    price_cents = serializers.IntegerField(min_value=0, max_value=100_000_000)
    on_sale = serializers.BooleanField(default=True)


class NewPassKind(PassKindFields):
    venue_id = IdField(Venue)
    unit = serializers.ChoiceField(Measure.choices)
    amount = serializers.IntegerField(min_value=1, max_value=1_000_000)
    vat_rate_id = IdField(VatRate)

    def validate_unit(self, unit: str) -> str:
        if unit == Measure.CENTS:
            raise serializers.ValidationError("", "counts-time")
        return unit


class MoveShape(serializers.Serializer[Any]):
    """A move of a budget: units drawn, or with minus given to it."""

    at = serializers.DateTimeField()
    why = serializers.CharField()
    units = serializers.IntegerField()
    worth = MoneyShape()
    reason = serializers.CharField(allow_blank=True)
    booking = RefShape(allow_null=True)


class PassShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    venue = RefShape()
    holder = serializers.CharField()
    unit = serializers.ChoiceField(Measure.choices)
    kinds = serializers.ListField(child=serializers.CharField())
    given = serializers.IntegerField()
    left = serializers.IntegerField()
    until = serializers.DateTimeField(help_text="the first instant at which it is no longer valid")
    expired = serializers.BooleanField()
    can_correct = serializers.BooleanField()
    moves = MoveShape(many=True, help_text="the latest ten")

    class Meta:
        ref_name = "Pass"


class PassPage(ListShape):
    data = PassShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class PassesQuery(ListQuery):
    person_id = IdField(Person, required=False)


class NewPass(StrictSerializer):
    pass_kind_id = IdField(PassKind)
    person_id = IdField(Person)
    reason = serializers.CharField(max_length=200)


class Correction(StrictSerializer):
    units = serializers.IntegerField(min_value=-1_000_000, max_value=1_000_000)
    reason = serializers.CharField(max_length=200)


def kind_shapes(kinds: Sequence[PassKind], has: Standing) -> list[dict[str, Any]]:
    wanted = {pk for kind in kinds for pk in kind.resources}
    names = dict(Resource.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return [
        {
            "id": encode("pkd", kind.pk),
            "venue": {"id": encode("ven", kind.venue_id), "name": kind.venue.name},
            "name": kind.name,
            "unit": kind.unit,
            "amount": kind.amount,
            "kinds": kind.kinds,
            "resources": [
                {"id": encode("res", pk), "name": names[pk]} for pk in kind.resources if pk in names
            ],
            "valid_days": kind.valid_days,
            "price": kind.price,
            "vat_rate": {"id": encode("vat", kind.vat_rate_id), "name": kind.vat_rate.name},
            "on_sale": kind.on_sale,
            "can_edit": has.allows("pass-kind.edit", kind),
        }
        for kind in kinds
    ]


def pass_shapes(found: Sequence[Budget], has: Standing) -> list[dict[str, Any]]:
    """One statement for any number of passes."""
    moves: dict[UUID, list[Draw]] = {}
    rows = Draw.objects.filter(budget__in=found).select_related("booking").order_by("-at", "-pk")
    for move in rows:
        moves.setdefault(move.budget_id, []).append(move)
    return [
        {
            "id": encode("bud", b.pk),
            "name": b.name,
            "venue": {"id": encode("ven", b.venue_id), "name": b.venue.name},
            "holder": b.organisation.name if b.organisation else b.person.name if b.person else "",
            "unit": b.unit,
            "kinds": b.kinds,
            "given": b.given,
            "left": b.left,
            "until": b.until_at,
            "expired": b.until_at <= now(),
            "can_correct": has.allows("pass.grant", b),
            "moves": [
                {
                    "at": m.at,
                    "why": m.why,
                    "units": m.units,
                    "worth": m.worth,
                    "reason": m.reason,
                    "booking": {"id": encode("bkg", m.booking.pk), "name": m.booking.code}
                    if m.booking is not None
                    else None,
                }
                for m in moves.get(b.pk, [])[:10]
            ],
        }
        for b in found
    ]


def looked_at(person: Person, found: Sequence[Budget]) -> None:
    """The log says whose passes were shown; one's own, and one's organisations', are no news."""
    own = standing(person).delegate_of
    others = [b for b in found if b.person_id != person.pk and b.organisation_id not in own]
    audit.saw(
        person, "passes", [audit.Sight(encode("bud", b.pk), b.venue.partner_id, b.person_id) for b in others]
    )


def passes_for(has: Standing) -> QuerySet[Budget]:
    """The passes that somebody may see: their own, those of bodies they act for, those of their house."""
    rows = Budget.objects.filter(kind=Budget.Kind.PASS).select_related("venue", "person", "organisation")
    if has.administrator:
        return rows
    if has.person is None:
        return rows.none()
    mine = Q(person=has.person, organisation=None) | Q(organisation__in=has.delegate_of)
    house = has.partners(As.STAFF, As.MANAGER, As.ACCOUNTANT)
    return rows.filter(mine | Q(venue__partner__in=house))


def kinds_for(has: Standing) -> QuerySet[PassKind]:
    rows = PassKind.objects.select_related("venue", "vat_rate")
    if has.administrator:
        return rows
    return rows.filter(Q(on_sale=True) | Q(venue__partner__in=has.partners(As.MANAGER)))


class PassKinds(View):
    @extend_schema(operation_id="list_pass_kinds", parameters=[PassKindsQuery], responses=PassKindsShape)
    def get(self, request: Request) -> Response:
        has = standing(request.user)
        asked = read(PassKindsQuery, request)
        rows = kinds_for(has).order_by("venue__name", "price", "pk")
        if "venue_id" in asked:
            rows = rows.filter(venue=asked["venue_id"])
        rates = VatRate.objects.order_by("-percent", "name") if has.anywhere("pass-kind.edit") else []
        return Response(
            {
                "data": kind_shapes(list(rows[:200]), has),
                "vat_rates": [{"id": encode("vat", rate.pk), "name": rate.name} for rate in rates],
            }
        )

    @extend_schema(operation_id="add_pass_kind", request=NewPassKind, responses={201: PassKindShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewPassKind(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        venue = Venue.objects.filter(pk=data["venue_id"]).first()
        vat = VatRate.objects.filter(pk=data["vat_rate_id"]).first()
        if venue is None or vat is None:
            raise Missing
        allow(person, "pass-kind.edit", OfPartner(venue.partner_id))
        made = PassKind(venue=venue, vat_rate=vat, unit=data["unit"], amount=data["amount"])
        _fill(made, data)
        return Response(kind_shapes([made], standing(person))[0], status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(kind_shapes([_kind(encode("pkd", thing), request)], standing(request.user))[0], 201)


def _fill(kind: PassKind, data: dict[str, Any]) -> None:
    """What may change of a kind: never what a pass already sold holds."""
    for name in ("name", "kinds", "valid_days", "on_sale"):
        if name in data:
            setattr(kind, name, data[name])
    if "resource_ids" in data:
        theirs = Resource.objects.filter(venue=kind.venue_id, pk__in=data["resource_ids"])
        if theirs.count() < len(set(data["resource_ids"])):
            raise Missing
        kind.resources = data["resource_ids"]
    if "price_cents" in data:
        kind.price = Money(data["price_cents"])
    kind.save()


def _kind(public: str, request: Request) -> PassKind:
    return one_in(kinds_for(standing(request.user)), "pkd", public)


class OnePassKind(View):
    @extend_schema(operation_id="read_pass_kind", responses=PassKindShape)
    def get(self, request: Request, kind_id: str) -> Response:
        return Response(kind_shapes([_kind(kind_id, request)], standing(request.user))[0])

    @extend_schema(operation_id="edit_pass_kind", request=PassKindFields, responses=PassKindShape)
    def patch(self, request: Request, kind_id: str) -> Response:
        person = signed_in(request.user)
        kind = _kind(kind_id, request)
        allow(person, "pass-kind.edit", kind)
        body = PassKindFields(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        _fill(kind, body.validated_data)
        return Response(kind_shapes([kind], standing(person))[0])


class Passes(View):
    @extend_schema(operation_id="list_passes", parameters=[PassesQuery], responses=PassPage)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        asked = read(PassesQuery, request)
        has = standing(person)
        rows = passes_for(has).filter(person=asked.get("person_id", person.pk))

        def shapes(found: Sequence[Budget]) -> list[dict[str, Any]]:
            looked_at(person, found)
            return pass_shapes(found, has)

        return Response(page(rows, asked, shapes))

    @extend_schema(operation_id="grant_pass", request=NewPass, responses={201: PassShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewPass(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        kind = PassKind.objects.select_related("venue").filter(pk=data["pass_kind_id"]).first()
        whose = Person.objects.filter(pk=data["person_id"], is_active=True).first()
        if kind is None or whose is None:
            raise Missing
        allow(person, "pass.grant", kind)
        made = passes.grant(person, kind, whose, data["reason"])
        return Response(_shape(made.pk, person), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(_shape(thing, signed_in(request.user)), status=201)


def _shape(pk: UUID, person: Person) -> dict[str, Any]:
    has = standing(person)
    return pass_shapes([passes_for(has).get(pk=pk)], has)[0]


def _pass(public: str, person: Person) -> Budget:
    return one_in(passes_for(standing(person)), "bud", public)


class OnePass(View):
    @extend_schema(operation_id="read_pass", responses=PassShape)
    def get(self, request: Request, pass_id: str) -> Response:
        person = signed_in(request.user)
        found = _pass(pass_id, person)
        looked_at(person, [found])
        return Response(_shape(found.pk, person))


class CorrectPass(View):
    @extend_schema(operation_id="correct_pass", request=Correction, responses=PassShape)
    @idempotent
    def post(self, request: Request, pass_id: str) -> Response:
        person = signed_in(request.user)
        found = _pass(pass_id, person)
        allow(person, "pass.grant", found, seen_by="pass.see")
        body = Correction(data=request.data)
        body.is_valid(raise_exception=True)
        passes.correct(person, found.pk, body.validated_data["units"], body.validated_data["reason"])
        return Response(_shape(found.pk, person))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(_shape(thing, signed_in(request.user)))
