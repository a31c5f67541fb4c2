"""Quotes and checkouts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing import checkout, quotes
from billing.models import Checkout, Document, Quote
from billing.quotes import outcome_of, vat_of
from booking.claims import Ask
from booking.holds import spoken as spoken_alternatives
from booking.models import Booking, Item
from booking.nearby import alternatives
from booking.plans import MOST_DATES
from booking.visible import bookings_for
from core.clock import now
from core.errors import Forbidden, Invalid, Missing, Pointer
from core.idempotency import idempotent
from core.ids import decode, encode
from core.shapes import IdField, MoneyShape, PeriodShape, StrictSerializer
from core.views import View
from people import fiscal
from people.models import Membership, Organisation, Person
from people.roles import OfPartner, Standing, allow, signed_in, standing


def own_organisation(pk: UUID | None, has: Standing) -> Organisation | None:
    """The organisation for which the person may act. Raises Missing for any other."""
    if pk is None:
        return None
    found = Organisation.objects.filter(pk=pk, pk__in=has.delegate_of).first()
    if found is None:
        raise Missing
    return found


class StepShape(serializers.Serializer[Any]):
    code = serializers.ChoiceField(["hour", "flat", "day", "half_day", "head"])
    rate = serializers.CharField(allow_blank=True)
    minutes = serializers.IntegerField()
    unit_price = MoneyShape()
    amount = MoneyShape()


class QuoteLine(serializers.Serializer[Any]):
    booking_id = serializers.CharField()
    item_id = serializers.CharField()
    issuer_id = serializers.CharField()
    description = serializers.CharField()
    gross = MoneyShape()
    vat_rate = serializers.CharField()
    natura = serializers.CharField(allow_blank=True)
    steps = StepShape(many=True)


class VatShape(serializers.Serializer[Any]):
    rate = serializers.CharField()
    natura = serializers.CharField(allow_null=True)
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()


class TermsShape(serializers.Serializer[Any]):
    hours_before = serializers.IntegerField()
    percent_back = serializers.IntegerField()
    text = serializers.CharField()


class PayerShape(serializers.Serializer[Any]):
    id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    complete = serializers.BooleanField()
    missing = serializers.ListField(child=serializers.CharField())


class QuoteShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    lines = QuoteLine(many=True)
    total = MoneyShape()
    vat = VatShape(many=True)
    terms = TermsShape(many=True)
    expires_at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(["pay", "book", "request"])
    payer = PayerShape()
    payers = PayerShape(many=True)
    methods = serializers.ListField(child=serializers.CharField())

    class Meta:
        ref_name = "Quote"


class NewQuote(StrictSerializer):
    booking_ids = serializers.ListField(child=IdField(Booking), min_length=1, max_length=MOST_DATES)
    organisation_id = IdField(Organisation, required=False, allow_null=True)


class Quotes(View):
    @extend_schema(operation_id="quote", request=NewQuote, responses={201: QuoteShape})
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewQuote(data=request.data)
        body.is_valid(raise_exception=True)
        has = standing(person)
        bookings = own_bookings(body.validated_data["booking_ids"], person)
        chosen = body.validated_data.get("organisation_id")
        organisation = own_organisation(chosen, has) if chosen else bookings[0].organisation
        payer = bookings[0].person
        made = quotes.quote(payer, bookings, organisation)
        return Response(quote_shape(made, bookings, person), status=201)


def own_bookings(ids: list[UUID], person: Person) -> list[Booking]:
    """These bookings, all of which the person may pay for; Missing otherwise."""
    found = list(bookings_for(standing(person)).filter(pk__in=ids).order_by("pk"))
    if len(found) < len(set(ids)) or len({(b.person_id, b.organisation_id) for b in found}) > 1:
        raise Missing
    for booking in found:
        allow(person, "booking.pay", booking, seen_by="booking.see")
    return found


def quote_shape(made: Quote, bookings: list[Booking], person: Person) -> dict[str, Any]:
    has = standing(person)
    staff = has.allows("booking.attend", OfPartner(bookings[0].venue.partner_id))
    today = now().date()
    bodies = (
        Membership.objects.on(today)
        .filter(person=made.person, is_delegate=True)
        .select_related("organisation")
    )
    payers = [payer_shape(made.person), *(payer_shape(m.organisation) for m in bodies)]
    outcome = outcome_of(bookings, made.total)
    methods = (
        ["none"]
        if outcome != "pay"
        else ["card", *(["account"] if made.organisation else []), *(["cash", "pos"] if staff else [])]
    )
    return {
        "id": encode("quo", made.pk),
        "lines": made.lines,
        "total": made.total,
        "vat": vat_of(made.lines),
        "terms": quotes.terms_of(bookings),
        "expires_at": made.expires_at,
        "outcome": outcome,
        "payer": payer_shape(made.organisation or made.person),
        "payers": payers,
        "methods": methods,
    }


def payer_shape(payer: Person | Organisation) -> dict[str, Any]:
    lacking = fiscal.missing(payer)
    public = encode("org", payer.pk) if isinstance(payer, Organisation) else None
    return {"id": public, "name": payer.name, "complete": not lacking, "missing": lacking}


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
    booking_ids = serializers.ListField(child=IdField(Booking), min_length=1, max_length=MOST_DATES)
    method = serializers.ChoiceField(["card", "account", "transfer", "cash", "pos", "none"])


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
    asks = [Ask(item.resource, item.period, item.quantity) for item in items[:1]]
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


class Checkouts(View):
    @extend_schema(operation_id="check_out", request=NewCheckout, responses={201: CheckoutShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewCheckout(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        bookings = own_bookings(data["booking_ids"], person)
        offered = Quote.objects.filter(pk=data["quote_id"]).first()
        if offered is None or {b.pk for b in bookings} != set(offered.bookings.values_list("pk", flat=True)):
            raise Missing
        staff = standing(person).allows("booking.attend", OfPartner(bookings[0].venue.partner_id))
        if data["method"] in checkout.AT_THE_DESK and not staff:
            raise Forbidden
        if data["method"] in checkout.ON_ACCOUNT and offered.organisation is None:
            raise Invalid(pointers=[Pointer("/method", "organisations-only", "")])
        if data["method"] == "none" and outcome_of(bookings, offered.total) == "pay":
            raise Invalid(pointers=[Pointer("/method", "required", "")])
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
    @extend_schema(operation_id="retry_checkout", request=None, responses=CheckoutShape)
    @idempotent
    def post(self, request: Request, checkout_id: str) -> Response:
        person = signed_in(request.user)
        found = own_checkout(checkout_id, person)
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
