"""Extras and coupons: kept by the office of their venue; extras chosen by whoever has the booking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import ChosenExtra, Coupon, Extra, VatRate
from billing.quoting import extras
from booking.api.acting import one
from booking.models import Booking
from core.audit import record
from core.errors import Invalid, Missing, Pointer
from core.idempotency import idempotent
from core.ids import decode, encode
from core.lists import ListQuery, page, read
from core.locks import act
from core.money import Money
from core.shapes import IdField, ListShape, MoneyShape, RefShape, StrictSerializer, ref
from core.views import View
from people.models import Person
from people.roles import MAY, OfPartner, Standing, allow, allow_somewhere, signed_in, standing
from spaces.models import Resource, Venue

KINDS = serializers.ListField(child=serializers.ChoiceField(Resource.Kind.choices), required=False)


class Cents(serializers.Serializer[Any]):
    """Money that somebody writes."""

    cents = serializers.IntegerField(min_value=0, max_value=100_000_000)
    currency = serializers.ChoiceField(["EUR"], default="EUR")

    class Meta:
        ref_name = "Cents"


class ExtraShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    venue = RefShape()
    name = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    price = MoneyShape()
    vat_rate_id = serializers.CharField()
    stock = serializers.IntegerField(allow_null=True, help_text="how many are left; null: it never runs out")
    most = serializers.IntegerField()
    kinds = serializers.ListField(child=serializers.CharField())
    is_offered = serializers.BooleanField()
    chosen = serializers.IntegerField(help_text="of the booking that is asked about")

    class Meta:
        ref_name = "Extra"


class ExtraPage(ListShape):
    data = ExtraShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class EditExtra(StrictSerializer):
    name = serializers.CharField(max_length=80)
    unit = serializers.CharField(max_length=20, allow_blank=True, required=False)
    price = Cents()
    vat_rate_id = IdField(VatRate)
    stock = serializers.IntegerField(min_value=0, max_value=10_000_000, allow_null=True, required=False)
    most = serializers.IntegerField(min_value=1, max_value=100_000, required=False)
    kinds = KINDS
    is_offered = serializers.BooleanField(required=False)


class NewExtra(EditExtra):
    venue_id = IdField(Venue)


class ExtraQuery(ListQuery):
    venue_id = IdField(Venue, required=False)


def extra_shape(rows: Sequence[Extra], chosen: dict[Any, int] | None = None) -> list[dict[str, Any]]:
    return [
        {
            "id": encode("ext", row.pk),
            "venue": ref(row.venue),
            "name": row.name,
            "unit": row.unit,
            "price": row.price,
            "vat_rate_id": encode("vat", row.vat_rate_id),
            "stock": row.stock,
            "most": row.most,
            "kinds": row.kinds,
            "is_offered": row.is_offered,
            "chosen": (chosen or {}).get(row.pk, 0),
        }
        for row in rows
    ]


def own_venue(pk: Any, person: Person) -> Venue:
    """A venue whose prices the person may edit. Raises Missing."""
    found = Venue.objects.filter(pk=pk).first()
    if found is None:
        raise Missing
    allow(person, "tariff.edit", OfPartner(found.partner_id))
    return found


def own_venues(has: Standing) -> Any:
    """The venues whose prices the person may edit."""
    rows = Venue.objects.all()
    return rows if has.administrator else rows.filter(partner__in=has.partners(*MAY["tariff.edit"]))


@act
def save(by: Person, thing: Any, data: dict[str, Any]) -> Any:
    """The thing is as `data` says. Raises Invalid where two would have the same code."""
    for name, value in data.items():
        setattr(thing, name, Money(value["cents"]) if isinstance(value, dict) else value)
    try:
        # Of what exists only what was said is written: its stock or its uses may be moving.
        thing.save(update_fields=None if thing._state.adding else list(data))
    except IntegrityError as error:
        if "code" not in str(error):
            raise
        raise Invalid(pointers=[Pointer("/code", "taken", "")]) from error
    record(by, "edit", thing)
    return thing


def checked(shape: type[StrictSerializer], request: Request, *, partial: bool = False) -> dict[str, Any]:
    body = shape(data=request.data, partial=partial)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


class Extras(View):
    """What can be had with a booking, for everybody; whoever may edit sees what is not offered too."""

    @extend_schema(operation_id="list_extras", parameters=[ExtraQuery], responses=ExtraPage)
    def get(self, request: Request) -> Response:
        asked = read(ExtraQuery, request)
        has = standing(request.user)
        rows = Extra.objects.select_related("venue")
        hidden = rows.filter(is_offered=False, venue__in=own_venues(has))
        rows = rows.filter(is_offered=True) | hidden
        if "venue_id" in asked:
            rows = rows.filter(venue=asked["venue_id"])
        return Response(page(rows, asked, extra_shape, by="pk", newest_first=False))

    @extend_schema(operation_id="make_extra", request=NewExtra, responses={201: ExtraShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        allow_somewhere(person, "tariff.edit")
        data = checked(NewExtra, request)
        made = Extra(venue=own_venue(data.pop("venue_id"), person))
        save(person, made, data)
        return Response(extra_shape([made])[0], status=201)


class OneExtra(View):
    @extend_schema(operation_id="edit_extra", request=EditExtra(partial=True), responses=ExtraShape)
    def patch(self, request: Request, extra_id: str) -> Response:
        person = signed_in(request.user)
        found = _own(Extra, extra_id, person)
        data = checked(EditExtra, request, partial=True)
        save(person, found, data)
        return Response(extra_shape([found])[0])


def _own(kind: Any, public: str, person: Person) -> Any:
    allow_somewhere(person, "tariff.edit")
    try:
        found = kind.objects.select_related("venue").get(pk=decode(kind.prefix, public))
    except (ValueError, kind.DoesNotExist) as error:
        raise Missing from error
    allow(person, "tariff.edit", OfPartner(found.venue.partner_id))
    return found


class ChosenShape(StrictSerializer):
    extra_id = IdField(Extra)
    quantity = serializers.IntegerField(min_value=0, max_value=100_000)

    class Meta:
        ref_name = "ChosenExtra"


class ChooseExtras(StrictSerializer):
    extras = ChosenShape(many=True)


class BookingExtras(View):
    """What may go with a booking, and how many of each do."""

    @extend_schema(operation_id="booking_extras", responses=ExtraPage)
    def get(self, request: Request, booking_id: str) -> Response:
        booking = self._seen(request, booking_id)
        return Response({"data": self._rows(booking), "next_cursor": None})

    @extend_schema(operation_id="choose_extras", request=ChooseExtras, responses=ExtraPage)
    def put(self, request: Request, booking_id: str) -> Response:
        booking = self._seen(request, booking_id)
        wanted = {one["extra_id"]: one["quantity"] for one in checked(ChooseExtras, request)["extras"]}
        extras.choose(signed_in(request.user), booking.pk, {pk: n for pk, n in wanted.items() if n})
        return Response({"data": self._rows(booking), "next_cursor": None})

    def _seen(self, request: Request, booking_id: str) -> Booking:
        person = signed_in(request.user)
        booking = one(booking_id, person)
        allow(person, "booking.pay", booking, seen_by="booking.see")
        return booking

    def _rows(self, booking: Booking) -> list[dict[str, Any]]:
        rows = ChosenExtra.objects.filter(booking=booking, given_back_at=None)
        chosen = dict(rows.values_list("extra_id", "quantity"))
        return extra_shape(list(extras.for_booking(booking).select_related("venue")), chosen)


class CouponShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    venue = RefShape()
    code = serializers.CharField()
    name = serializers.CharField()
    percent = serializers.DecimalField(max_digits=5, decimal_places=2)
    amount = MoneyShape()
    from_on = serializers.DateField()
    until_on = serializers.DateField(allow_null=True)
    kinds = serializers.ListField(child=serializers.CharField())
    most_uses = serializers.IntegerField(allow_null=True)
    most_each = serializers.IntegerField(allow_null=True)
    used = serializers.IntegerField()

    class Meta:
        ref_name = "Coupon"


class CouponPage(ListShape):
    data = CouponShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class EditCoupon(StrictSerializer):
    """What of a coupon may change once people have it: until when, and how often."""

    name = serializers.CharField(max_length=80)
    until_on = serializers.DateField(allow_null=True, required=False)
    most_uses = serializers.IntegerField(min_value=0, max_value=1_000_000, allow_null=True, required=False)
    most_each = serializers.IntegerField(min_value=1, max_value=1_000_000, allow_null=True, required=False)


class NewCoupon(EditCoupon):
    venue_id = IdField(Venue)
    code = serializers.RegexField(r"^[A-Za-z0-9-]{3,24}$")
    percent = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False
    )
    amount = Cents(required=False)
    from_on = serializers.DateField()
    kinds = KINDS

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if bool(data.get("percent")) == bool(data.get("amount", {}).get("cents")):
            raise serializers.ValidationError({"percent": [serializers.ErrorDetail("", "one-of-two")]})
        return data


class CouponQuery(ListQuery):
    venue_id = IdField(Venue, required=False)


def coupon_shape(rows: Sequence[Coupon]) -> list[dict[str, Any]]:
    return [
        {
            "id": encode("cpn", row.pk),
            "venue": ref(row.venue),
            "code": row.code,
            "name": row.name,
            "percent": row.percent,
            "amount": row.amount,
            "from_on": row.from_on,
            "until_on": row.until_on,
            "kinds": row.kinds,
            "most_uses": row.most_uses,
            "most_each": row.most_each,
            "used": row.used,
        }
        for row in rows
    ]


class Coupons(View):
    @extend_schema(operation_id="list_coupons", parameters=[CouponQuery], responses=CouponPage)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "tariff.edit")
        asked = read(CouponQuery, request)
        rows = Coupon.objects.filter(venue__in=own_venues(has)).select_related("venue")
        if "venue_id" in asked:
            rows = rows.filter(venue=asked["venue_id"])
        return Response(page(rows, asked, coupon_shape))

    @extend_schema(operation_id="make_coupon", request=NewCoupon, responses={201: CouponShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        allow_somewhere(person, "tariff.edit")
        data = checked(NewCoupon, request)
        made = Coupon(venue=own_venue(data.pop("venue_id"), person))
        data["code"] = data["code"].upper()
        made = save(person, made, data)
        made.refresh_from_db()
        return Response(coupon_shape([made])[0], status=201)


class OneCoupon(View):
    @extend_schema(operation_id="edit_coupon", request=EditCoupon(partial=True), responses=CouponShape)
    def patch(self, request: Request, coupon_id: str) -> Response:
        person = signed_in(request.user)
        found = _own(Coupon, coupon_id, person)
        data = checked(EditCoupon, request, partial=True)
        if data.get("most_uses") is not None and data["most_uses"] < found.used:
            raise Invalid(pointers=[Pointer("/most_uses", "already-used", str(found.used))])
        save(person, found, data)
        return Response(coupon_shape([found])[0])
