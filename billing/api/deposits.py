"""Deposits: seen by whoever leaves one and by the house, reserved by the one, taken or released by the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import states
from billing.api.wares import Cents
from billing.models import Authorisation, Deposit, Document
from billing.paying import deposits, reserving
from booking.judging.reasons import reason
from booking.models import Booking
from core import audit
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in
from core.money import Money
from core.shapes import (
    ActionShape,
    IdField,
    ListShape,
    MoneyShape,
    PeriodShape,
    RefShape,
    StrictSerializer,
    action,
    ref,
)
from core.views import View
from people.models import Person
from people.roles import MAY, As, Standing, allow, signed_in, standing
from spaces.models import Venue

D = Deposit.State


class DepositShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    booking_id = serializers.CharField()
    code = serializers.CharField()
    venue = RefShape()
    resource = RefShape()
    period = PeriodShape(help_text="of the booking")
    person = RefShape()
    state = serializers.ChoiceField(D.choices)
    amount = MoneyShape()
    taken = MoneyShape(help_text="of it, by staff")
    reason = serializers.CharField(allow_blank=True)
    release_at = serializers.DateTimeField(help_text="released then, if nothing is taken")
    capture_before = serializers.DateTimeField(
        allow_null=True, help_text="the bank lets go of it then, if it is not renewed"
    )
    document_ids = serializers.ListField(child=serializers.CharField())
    actions = serializers.DictField(child=ActionShape())

    class Meta:
        ref_name = "Deposit"


class DepositPage(ListShape):
    data = DepositShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class DepositQuery(ListQuery):
    booking_id = IdField(Booking, required=False)
    venue_id = IdField(Venue, required=False)
    state = serializers.ListField(child=serializers.ChoiceField(D.choices), required=False)


class Capture(StrictSerializer):
    amount = Cents()
    reason = serializers.CharField(max_length=300)


class Release(StrictSerializer):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class CardPage(serializers.Serializer[Any]):
    redirect_url = serializers.CharField()


def deposits_for(has: Standing) -> QuerySet[Deposit]:
    rows = Deposit.objects.select_related("booking__venue", "person", "resource").prefetch_related(
        Prefetch("authorisations", Authorisation.objects.filter(state=Authorisation.State.HELD)),
        Prefetch("order__documents", Document.objects.order_by("issued_at", "pk")),
    )
    if has.administrator:
        return rows
    seeing = [As(role) for role in MAY["deposit.see"] if role not in (As.OWNER, As.DELEGATE)]
    return rows.filter(Q(person=has.person) | Q(booking__venue__partner__in=has.partners(*seeing)))


def deposit_shapes(found: Sequence[Deposit], person: Person) -> list[dict[str, Any]]:
    """Deposits as somebody may see them; whose were shown is logged, one's own are no news."""
    others = [d for d in found if d.person_id != person.pk]
    sights = [audit.Sight(encode("dep", d.pk), d.booking.venue.partner_id, d.person_id) for d in others]
    audit.saw(person, "deposits", sights)
    has = standing(person)
    return [_shape(deposit, has) for deposit in found]


def _shape(deposit: Deposit, has: Standing) -> dict[str, Any]:
    wrong = [reason("wrong-state", state=deposit.get_state_display())]
    held = [one.capture_before for one in deposit.authorisations.all() if one.capture_before]
    acts: dict[str, Any] = {}
    if has.allows("deposit.reserve", deposit):
        acts["reserve"] = action([] if deposit.state == D.NEEDED else wrong)
    if has.allows("deposit.take", deposit):
        acts["capture"] = action([] if states.may(deposit, D.TAKING) else wrong)
        acts["release"] = action([] if states.may(deposit, D.RELEASED) else wrong)
    return {
        "id": encode("dep", deposit.pk),
        "booking_id": encode("bkg", deposit.booking_id),
        "code": deposit.booking.code,
        "venue": ref(deposit.booking.venue),
        "resource": ref(deposit.resource),
        "period": deposit.booking.period,
        "person": ref(deposit.person),
        "state": deposit.state,
        "amount": deposit.amount,
        "taken": deposit.taken,
        "reason": deposit.reason,
        "release_at": deposit.release_at,
        "capture_before": max(held, default=None),
        "document_ids": [encode("doc", d.pk) for d in deposit.order.documents.all()] if deposit.order else [],
        "actions": acts,
    }


def _one(public: str, person: Person) -> Deposit:
    return one_in(deposits_for(standing(person)), "dep", public)


def _answer(public: str, person: Person) -> Response:
    return Response(deposit_shapes([_one(public, person)], person)[0])


class Deposits(View):
    @extend_schema(operation_id="list_deposits", parameters=[DepositQuery], responses=DepositPage)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        has = standing(person)
        asked = read(DepositQuery, request)
        rows = deposits_for(has)
        if "booking_id" in asked:
            rows = rows.filter(booking=asked["booking_id"])
        if "venue_id" in asked:
            rows = rows.filter(booking__venue=asked["venue_id"])
        if asked.get("state"):
            rows = rows.filter(state__in=asked["state"])
        return Response(page(rows, asked, lambda found: deposit_shapes(found, person)))


class OneDeposit(View):
    @extend_schema(operation_id="read_deposit", responses=DepositShape)
    def get(self, request: Request, deposit_id: str) -> Response:
        return _answer(deposit_id, signed_in(request.user))


class ReserveDeposit(View):
    """Where its person reserves it on a card: the same page, for as long as it is open."""

    @extend_schema(operation_id="reserve_deposit", request=None, responses=CardPage)
    def post(self, request: Request, deposit_id: str) -> Response:
        person = signed_in(request.user)
        found = _one(deposit_id, person)
        allow(person, "deposit.reserve", found, seen_by="deposit.see")
        return Response({"redirect_url": reserving.open_page(person, found.pk)})


class CaptureDeposit(View):
    @extend_schema(operation_id="capture_deposit", request=Capture, responses=DepositShape)
    @idempotent
    def post(self, request: Request, deposit_id: str) -> Response:
        person = signed_in(request.user)
        found = _one(deposit_id, person)
        allow(person, "deposit.take", found, seen_by="deposit.see")
        body = Capture(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        deposits.take(person, found.pk, Money(wanted["amount"]["cents"]), wanted["reason"])
        return _answer(deposit_id, person)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return _answer(kwargs["deposit_id"], signed_in(request.user))


class ReleaseDeposit(View):
    @extend_schema(operation_id="release_deposit", request=Release, responses=DepositShape)
    @idempotent
    def post(self, request: Request, deposit_id: str) -> Response:
        person = signed_in(request.user)
        found = _one(deposit_id, person)
        allow(person, "deposit.take", found, seen_by="deposit.see")
        body = Release(data=request.data or {})
        body.is_valid(raise_exception=True)
        deposits.release(person, found.pk, body.validated_data["reason"])
        return _answer(deposit_id, person)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return _answer(kwargs["deposit_id"], signed_in(request.user))
