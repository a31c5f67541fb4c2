"""Tariffs: everybody reads what is published; the office drafts, tries on last month's bookings, and publishes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.wares import Cents, own_venue, own_venues
from billing.models import Rate, Tariff, VatRate
from billing.prices.tariff_faults import faults
from billing.quoting import effects, publishing
from billing.quoting.effects import Effect, Foretold
from core.clock import now
from core.errors import Invalid, Missing, Pointer
from core.idempotency import idempotent
from core.ids import decode, encode
from core.lists import ListQuery, page, read
from core.money import ZERO, Money
from core.periods import local_date
from core.shapes import IdField, ListShape, MoneyShape, RefShape, StrictSerializer, ref
from core.views import View
from people.models import Group, Organisation, Person
from people.roles import OfPartner, allow, allow_somewhere, signed_in, standing
from spaces.models import Resource, Venue

MOST_RATES = 500
STATES = ["draft", "coming", "in_force", "past"]


class TariffLine(serializers.Serializer[Any]):
    id = serializers.CharField()
    venue = RefShape()
    name = serializers.CharField()
    from_on = serializers.DateField()
    until_on = serializers.DateField(allow_null=True, help_text="excluded")
    published_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(STATES)

    class Meta:
        ref_name = "TariffLine"


class TariffPage(ListShape):
    data = TariffLine(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class RateShape(StrictSerializer):
    """A rate as it is written and read; what is left out is not restricted."""

    per = serializers.ChoiceField(Rate.Per.choices)
    price = Cents(required=False)
    resource_id = IdField(Resource, required=False, allow_null=True)
    kind = serializers.ChoiceField(Resource.Kind.choices, required=False, allow_blank=True)
    group_id = IdField(Group, required=False, allow_null=True)
    organisation_id = IdField(Organisation, required=False, allow_null=True)
    minutes = serializers.IntegerField(min_value=0, max_value=44_640, required=False)
    percent = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False
    )
    meter = serializers.CharField(max_length=24, allow_blank=True, required=False)
    name = serializers.CharField(max_length=60, allow_blank=True, required=False)
    charge_by = serializers.ChoiceField(Rate.ChargeBy.choices, required=False)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7), max_length=7, required=False
    )
    from_time = serializers.TimeField(required=False, allow_null=True)
    until_time = serializers.TimeField(required=False, allow_null=True)
    season_from = serializers.DateField(required=False, allow_null=True)
    season_until = serializers.DateField(required=False, allow_null=True, help_text="excluded")
    yearly = serializers.BooleanField(required=False)
    vat_rate_id = IdField(VatRate, required=False, allow_null=True)

    class Meta:
        ref_name = "Rate"


class Named(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()

    class Meta:
        ref_name = "Named"


class Choices(serializers.Serializer[Any]):
    """What a rate of this venue may be for."""

    resources = Named(many=True)
    groups = Named(many=True)
    vat_rates = Named(many=True)


class TariffShape(TariffLine):
    rates = RateShape(many=True)
    choices = Choices(allow_null=True, help_text="for whoever may edit")

    class Meta:
        ref_name = "Tariff"


class EditTariff(StrictSerializer):
    name = serializers.CharField(max_length=80)
    from_on = serializers.DateField()
    until_on = serializers.DateField(allow_null=True, required=False)
    rates = serializers.ListField(child=RateShape(), max_length=MOST_RATES, required=False)


class NewTariff(StrictSerializer):
    venue_id = IdField(Venue)
    name = serializers.CharField(max_length=80)
    from_on = serializers.DateField()
    copy_of = IdField(Tariff, required=False, allow_null=True)


class TariffQuery(ListQuery):
    venue_id = IdField(Venue, required=False)


class EffectShape(serializers.Serializer[Any]):
    bookings = serializers.IntegerField()
    dearer = serializers.IntegerField()
    cheaper = serializers.IntegerField()
    before = MoneyShape()
    after = MoneyShape()

    class Meta:
        ref_name = "Effect"


class ResourceEffect(EffectShape):
    resource = RefShape()

    class Meta:
        ref_name = "ResourceEffect"


class PreviewShape(serializers.Serializer[Any]):
    first_on = serializers.DateField()
    last_on = serializers.DateField()
    whole = EffectShape()
    resources = ResourceEffect(many=True)
    faults = serializers.ListField(child=serializers.CharField(), help_text="why it could not be published")

    class Meta:
        ref_name = "TariffPreview"


def tariff_lines(rows: Sequence[Tariff]) -> list[dict[str, Any]]:
    """The tariffs with how each stands today; one statement more for any number."""
    venues = {row.venue_id for row in rows}
    published = list(Tariff.objects.filter(venue__in=venues, published_at__lte=now()))
    published.sort(key=lambda t: (t.from_on, t.published_at), reverse=True)
    found = []
    for row in rows:
        today = local_date(now(), row.venue.zone)
        ruling = next((t for t in published if t.venue_id == row.venue_id and t.rules_on(today)), None)
        found.append(
            {
                "id": encode("trf", row.pk),
                "venue": ref(row.venue),
                "name": row.name,
                "from_on": row.from_on,
                "until_on": row.until_on,
                "published_at": row.published_at,
                "state": "draft"
                if row.published_at is None
                else "coming"
                if row.from_on > today
                else "in_force"
                if ruling is not None and ruling.pk == row.pk
                else "past",
            }
        )
    return found


def rate_shape(rate: Rate) -> dict[str, Any]:
    return {
        "per": rate.per,
        "price": {"cents": rate.price.cents, "currency": rate.price.currency},
        "resource_id": rate.resource_id,
        "kind": rate.kind,
        "group_id": rate.group_id,
        "organisation_id": rate.organisation_id,
        "minutes": rate.minutes,
        "percent": rate.percent,
        "meter": rate.meter,
        "name": rate.name,
        "charge_by": rate.charge_by,
        "weekdays": rate.weekdays,
        "from_time": rate.from_time,
        "until_time": rate.until_time,
        "season_from": rate.season_from,
        "season_until": rate.season_until,
        "yearly": rate.yearly,
        "vat_rate_id": rate.vat_rate_id,
    }


def groups_of(venue: Venue) -> Any:
    """The groups that a rate of this venue may be for: its partner's, and those of partners in its consortium."""
    partner = venue.partner
    together = Q(partner=partner)
    if partner.consortium_id is not None:
        together |= Q(partner__consortium=partner.consortium_id)
    return Group.objects.filter(together).order_by("name", "pk")


def tariff_shape(tariff: Tariff, *, edits: bool) -> dict[str, Any]:
    rates = list(tariff.rates.order_by("pk"))
    choices = None
    if edits:
        choices = {
            "resources": [
                {"id": encode("res", r.pk), "name": r.name}
                for r in Resource.objects.filter(venue=tariff.venue_id).order_by("position", "name")
            ],
            "groups": [{"id": encode("grp", g.pk), "name": g.name} for g in groups_of(tariff.venue)],
            "vat_rates": [
                {"id": encode("vat", v.pk), "name": v.name}
                for v in VatRate.objects.order_by("-percent", "name")
            ],
        }
    return tariff_lines([tariff])[0] | {
        # For whom an organisation's own price is, is nobody else's business.
        "rates": [RateShape(rate_shape(r)).data for r in rates if edits or r.organisation_id is None],
        "choices": choices,
    }


def _may_edit(person: Any, tariff: Tariff) -> bool:
    return standing(person).allows("tariff.edit", OfPartner(tariff.venue.partner_id))


def _read(public: str) -> Tariff:
    try:
        return Tariff.objects.select_related("venue__partner").get(pk=decode("trf", public))
    except (ValueError, Tariff.DoesNotExist) as error:
        raise Missing from error


def _own(public: str, person: Person) -> Tariff:
    """A tariff that the person may edit. Raises Forbidden, Missing."""
    allow_somewhere(person, "tariff.edit")
    found = _read(public)
    allow(person, "tariff.edit", OfPartner(found.venue.partner_id))
    return found


def _rates_of(venue: Venue, said: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rates as columns. Raises Invalid for what is not the venue's to price."""
    resources = set(Resource.objects.filter(venue=venue).values_list("pk", flat=True))
    groups = set(groups_of(venue).values_list("pk", flat=True))
    bodies = _existing(Organisation, [r.get("organisation_id") for r in said])
    vats = _existing(VatRate, [r.get("vat_rate_id") for r in said])
    wrong = [
        Pointer(f"/rates/{n}/{word}", "not-found", "")
        for n, rate in enumerate(said)
        for word, known in (
            ("resource_id", resources), ("group_id", groups), ("organisation_id", bodies), ("vat_rate_id", vats)
        )
        if rate.get(word) is not None and rate[word] not in known
    ]  # fmt: skip
    if wrong:
        raise Invalid(pointers=wrong)
    return [{**rate, "price": Money(rate["price"]["cents"]) if rate.get("price") else ZERO} for rate in said]


def _existing(model: Any, ids: Sequence[UUID | None]) -> set[UUID]:
    wanted = {pk for pk in ids if pk is not None}
    return set(model.objects.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()


class Tariffs(View):
    @extend_schema(operation_id="list_tariffs", parameters=[TariffQuery], responses=TariffPage)
    def get(self, request: Request) -> Response:
        asked = read(TariffQuery, request)
        own = own_venues(standing(request.user))
        rows = Tariff.objects.filter(Q(published_at__isnull=False) | Q(venue__in=own))
        if "venue_id" in asked:
            rows = rows.filter(venue=asked["venue_id"])
        return Response(page(rows.select_related("venue"), asked, tariff_lines, by="from_on"))

    @extend_schema(operation_id="draft_tariff", request=NewTariff, responses={201: TariffShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        allow_somewhere(person, "tariff.edit")
        body = NewTariff(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        venue = own_venue(data.pop("venue_id"), person)
        pattern = data.pop("copy_of", None)
        copied = Tariff.objects.filter(pk=pattern, venue=venue).first() if pattern else None
        if pattern and copied is None:
            raise Missing
        made = publishing.draft(person, venue, data, copied)
        return Response(tariff_shape(_read(encode("trf", made.pk)), edits=True), status=201)


class OneTariff(View):
    @extend_schema(operation_id="read_tariff", responses=TariffShape)
    def get(self, request: Request, tariff_id: str) -> Response:
        found = _read(tariff_id)
        edits = _may_edit(request.user, found)
        if found.published_at is None and not edits:
            raise Missing
        return Response(tariff_shape(found, edits=edits))

    @extend_schema(operation_id="edit_tariff", request=EditTariff, responses=TariffShape)
    def put(self, request: Request, tariff_id: str) -> Response:
        person = signed_in(request.user)
        found = _own(tariff_id, person)
        body = EditTariff(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        said = data.pop("rates", None)
        rates = _rates_of(found.venue, said) if said is not None else None
        publishing.edit(person, found.pk, data, rates)
        return Response(tariff_shape(_read(tariff_id), edits=True))

    @extend_schema(operation_id="discard_tariff", responses={204: None})
    def delete(self, request: Request, tariff_id: str) -> Response:
        person = signed_in(request.user)
        publishing.discard(person, _own(tariff_id, person).pk)
        return Response(status=204)


class PreviewTariff(View):
    @extend_schema(operation_id="preview_tariff", request=None, responses=PreviewShape)
    def post(self, request: Request, tariff_id: str) -> Response:
        person = signed_in(request.user)
        found = _own(tariff_id, person)
        wrong = [f.said for f in faults(list(found.rates.order_by("pk")))]
        return Response(preview_shape(effects.foretell(found)) | {"faults": wrong})


def preview_shape(found: Foretold) -> dict[str, Any]:
    most_moved = sorted(
        found.by_resource.items(), key=lambda r: (-abs((r[1].after - r[1].before).cents), r[0].name)
    )
    return {
        "first_on": found.first_on,
        "last_on": found.last_on,
        "whole": _effect(found.whole),
        "resources": [{"resource": ref(resource)} | _effect(effect) for resource, effect in most_moved],
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "bookings": effect.bookings,
        "dearer": effect.dearer,
        "cheaper": effect.cheaper,
        "before": effect.before,
        "after": effect.after,
    }


class PublishTariff(View):
    @extend_schema(operation_id="publish_tariff", request=None, responses=TariffShape)
    @idempotent
    def post(self, request: Request, tariff_id: str) -> Response:
        person = signed_in(request.user)
        publishing.publish(person, _own(tariff_id, person).pk)
        return Response(tariff_shape(_read(tariff_id), edits=True))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(tariff_shape(_read(encode(kind, thing)), edits=True))
