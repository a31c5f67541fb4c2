"""Checkouts: from a quote to its money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.quoting import credit_for, payable, sold_by
from billing.models import Checkout, Document, Quote
from billing.paying import checkout
from billing.quoting.quotes import outcome_of
from booking.claims import Ask
from booking.finding.nearby import alternatives
from booking.holding.holds import spoken as spoken_alternatives
from booking.models import Booking, Item
from booking.repeating.plans import MOST_DATES
from core.clock import now
from core.errors import Forbidden, IllegalMove, Invalid, Missing, Pointer
from core.idempotency import idempotent
from core.ids import decode, encode
from core.shapes import IdField, MoneyShape, PeriodShape, StrictSerializer
from core.views import View
from people.models import Person
from people.roles import signed_in, standing

METHODS = ["card", "account", "transfer", "cash", "pos", "credit", "none"]


class AlternativeShape(serializers.Serializer[Any]):
    resource_id = serializers.CharField()
    period = PeriodShape()
    price = MoneyShape(allow_null=True)
    why = serializers.CharField()


class CheckoutShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(Checkout.State.choices)
    method = serializers.CharField()
    redirect_url = serializers.CharField(allow_blank=True)
    total = MoneyShape()
    why = serializers.CharField(allow_blank=True)
    booking_ids = serializers.ListField(child=serializers.CharField())
    document_ids = serializers.ListField(child=serializers.CharField())
    owed = serializers.BooleanField()
    alternatives = AlternativeShape(many=True)

    class Meta:
        ref_name = "Checkout"


class NewCheckout(StrictSerializer):
    quote_id = IdField(Quote)
    booking_ids = serializers.ListField(child=IdField(Booking), max_length=MOST_DATES)
    method = serializers.ChoiceField(METHODS)


class Retry(StrictSerializer):
    """What is paid at the desk is no page: `POST /desk-payments`."""

    method = serializers.ChoiceField(["card"], default="card")


def checkout_shape(made: Checkout, person: Person) -> dict[str, Any]:
    bookings = sorted(set(made.order.lines.values_list("booking_id", flat=True)), key=str)
    if not bookings and made.quote is not None:
        bookings = sorted(made.quote.bookings.values_list("pk", flat=True), key=str)
    papers = Document.objects.filter(order=made.order).order_by("issued_at").values_list("pk", flat=True)
    gone = made.state in (Checkout.State.LAPSED, Checkout.State.REFUNDED)
    return {
        "id": encode("cho", made.pk),
        "state": made.state,
        "method": made.method,
        "redirect_url": made.redirect_url if made.state == Checkout.State.AWAITING_PAYMENT else "",
        "total": made.order.total,
        "why": made.why,
        "booking_ids": [encode("bkg", pk) for pk in bookings if pk],
        "document_ids": [encode("doc", pk) for pk in papers],
        "owed": made.order.state == "owed",
        "alternatives": near(bookings, person) if gone else [],
    }


def near(bookings: list[Any], person: Person) -> list[dict[str, Any]]:
    """What could be had instead of what is lost."""
    items = Item.objects.filter(booking__in=bookings, period__startswith__gt=now()).select_related(
        "resource__venue"
    )
    asks = [Ask.of(item) for item in items[:1]]
    return spoken_alternatives(alternatives(asks, person), person, None) if asks else []


def own_checkout(checkout_id: str, person: Person) -> Checkout:
    try:
        found = Checkout.objects.select_related("order__person", "order__organisation", "quote").get(
            pk=decode("cho", checkout_id)
        )
    except (ValueError, Checkout.DoesNotExist) as error:
        raise Missing from error
    has = standing(person)
    mine = found.made_by_id == person.pk or found.order.person_id == person.pk
    if not mine and found.order.organisation_id not in has.delegate_of and not has.administrator:
        raise Missing
    return found


def may_check_out(person: Person, offered: Quote, bookings: Sequence[Booking], method: str) -> None:
    """Nothing happens if the quote may be ordered and paid in this way. Raises Forbidden, Invalid, and
    IllegalMove where a credit does not pay it."""
    if method in checkout.AT_THE_DESK and not sold_by(offered, list(bookings), standing(person)):
        raise Forbidden
    if method in checkout.ON_ACCOUNT and offered.organisation is None:
        raise Invalid(pointers=[Pointer("/method", "organisations-only", "")])
    if method == "credit":
        found = credit_for(offered, bookings, person)
        if found is None:
            raise Forbidden
        if found.reasons:
            raise IllegalMove(reasons=found.reasons, state=found.reasons[0].detail)
    if (
        method == "none"
        and offered.total
        and (offered.change or outcome_of(bookings, offered.total) == "pay")
    ):
        raise Invalid(pointers=[Pointer("/method", "required", "")])


class Checkouts(View):
    @extend_schema(operation_id="check_out", request=NewCheckout, responses={201: CheckoutShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewCheckout(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        offered = Quote.objects.select_related("change").filter(pk=data["quote_id"]).first()
        if offered is None or (not data["booking_ids"] and offered.person_id != person.pk):
            raise Missing
        bookings = payable(data["booking_ids"], offered, person) if data["booking_ids"] else []
        if {b.pk for b in bookings} != set(offered.bookings.values_list("pk", flat=True)):
            raise Missing
        may_check_out(person, offered, bookings, data["method"])
        made = checkout.checkout(person, data["quote_id"], data["method"])
        return Response(checkout_shape(own_checkout(encode("cho", made.pk), person), person), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        return Response(checkout_shape(own_checkout(encode(kind, thing), person), person), status=201)


class OneCheckout(View):
    @extend_schema(operation_id="read_checkout", responses=CheckoutShape)
    def get(self, request: Request, checkout_id: str) -> Response:
        person = signed_in(request.user)
        return Response(checkout_shape(own_checkout(checkout_id, person), person))


class RetryCheckout(View):
    @extend_schema(operation_id="retry_checkout", request=Retry, responses=CheckoutShape)
    @idempotent
    def post(self, request: Request, checkout_id: str) -> Response:
        person = signed_in(request.user)
        found = own_checkout(checkout_id, person)
        Retry(data=request.data).is_valid(raise_exception=True)
        checkout.retry(person, found.pk)
        return Response(checkout_shape(own_checkout(checkout_id, person), person))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        return Response(checkout_shape(own_checkout(kwargs["checkout_id"], person), person))


class AbandonCheckout(View):
    @extend_schema(operation_id="abandon_checkout", request=None, responses=CheckoutShape)
    @idempotent
    def post(self, request: Request, checkout_id: str) -> Response:
        person = signed_in(request.user)
        found = own_checkout(checkout_id, person)
        checkout.abandon(person, found.pk)
        return Response(checkout_shape(own_checkout(checkout_id, person), person))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        return Response(checkout_shape(own_checkout(kwargs["checkout_id"], person), person))
