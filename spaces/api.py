"""The public catalogue: venues, and what can be booked in them, with rules a person can read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import terms
from core.clock import now
from core.errors import Missing
from core.ids import decode, encode
from core.lists import ListQuery, page, read
from core.periods import local_date, local_day, merged
from core.qr import svg
from core.shapes import IdField, ListShape, MoneyShape, PeriodShape, RefShape, ref
from core.views import View
from core.words import ENGLISH, Words, language
from spaces import opening
from spaces.catalogue import ACCESS, find, offered_now
from spaces.clauses import spoken
from spaces.layout import quantity_of, takes
from spaces.models import OpenSpan, Resource, Venue
from spaces.policy import policies
from spaces.sentences import sentences


class OpenToday(serializers.Serializer[Any]):
    open = PeriodShape(many=True)


class VenueShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    city = serializers.CharField()
    street = serializers.CharField()
    time_zone = serializers.CharField()
    currency = serializers.CharField()
    partner = RefShape()
    consortium = RefShape(allow_null=True)
    today = OpenToday()

    class Meta:
        ref_name = "Venue"


class VenuePage(ListShape):
    data = VenueShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class VenueOf(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    time_zone = serializers.CharField()


class ResourceBrief(serializers.Serializer[Any]):
    id = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Resource.Kind.choices)
    description = serializers.CharField(allow_blank=True)
    capacity = serializers.IntegerField(allow_null=True)
    features = serializers.ListField(child=serializers.CharField())
    photo = serializers.CharField(allow_blank=True)
    venue = VenueOf()


class RuleSentence(serializers.Serializer[Any]):
    code = serializers.CharField()
    text = serializers.CharField()


class Hours(serializers.Serializer[Any]):
    start = serializers.CharField()
    end = serializers.CharField()


class WeekdayHours(serializers.Serializer[Any]):
    weekday = serializers.IntegerField(min_value=1, max_value=7)
    hours = Hours(many=True)


class SkillNeeded(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    held = serializers.BooleanField()


class PriceSentence(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    price = MoneyShape()
    per = serializers.CharField()


class QuestionShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    text = serializers.CharField()
    mandatory = serializers.BooleanField()
    choices = serializers.ListField(child=serializers.CharField())


class PresetShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    start = serializers.CharField()
    end = serializers.CharField()


class ConditionShape(serializers.Serializer[Any]):
    """Whether it can be used now or at the next time that is known."""

    state = serializers.ChoiceField(["working", "with_care", "out_of_order"])
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    serviced_on = serializers.DateField(allow_null=True)


class ResourceShape(ResourceBrief):
    quantity = serializers.IntegerField()
    step_minutes = serializers.IntegerField()
    least_minutes = serializers.IntegerField()
    most_minutes = serializers.IntegerField(allow_null=True)
    needs_approval = serializers.BooleanField()
    people_needed = serializers.BooleanField()
    terms = serializers.CharField(help_text="the version that has to be accepted; empty: none")
    questions = QuestionShape(many=True)
    presets = PresetShape(many=True)
    rules = RuleSentence(many=True)
    week = WeekdayHours(many=True)
    skills = SkillNeeded(many=True)
    prices = PriceSentence(many=True)
    condition = ConditionShape(allow_null=True)

    class Meta:
        ref_name = "Resource"


class ResourcePage(ListShape):
    data = ResourceBrief(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class CatalogueQuery(ListQuery):
    venue_id = IdField(Venue, required=False)
    kind = serializers.ListField(child=serializers.ChoiceField(Resource.Kind.choices), required=False)
    capacity_from = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    features = serializers.ListField(child=serializers.SlugField(), required=False)
    access = serializers.ListField(child=serializers.ChoiceField(ACCESS), required=False)
    q = serializers.CharField(max_length=80, required=False)


def described(thing: Venue | Resource) -> str:
    return thing.description_en if language() == ENGLISH else thing.description_it


def brief(resource: Resource) -> dict[str, Any]:
    """What every list shows of a resource (with its venue loaded)."""
    venue = resource.venue
    return {
        "id": encode("res", resource.pk),
        "slug": resource.slug,
        "name": resource.name,
        "kind": resource.kind,
        "description": described(resource),
        "capacity": resource.capacity,
        "features": resource.features,
        "photo": resource.photo,
        "venue": {**(ref(venue) or {}), "slug": venue.slug, "time_zone": venue.time_zone},
    }


def venue_shapes(venues: Sequence[Venue]) -> list[dict[str, Any]]:
    """Venues with when they are open today: the union of their resources' hours; one statement for all."""
    spans: dict[Any, set[Any]] = {}
    days = {v.pk: local_day(local_date(now(), v.zone), v.zone) for v in venues}
    for venue in venues:
        rows = OpenSpan.objects.filter(resource__venue=venue, during__overlap=days[venue.pk])
        spans[venue.pk] = {span.during for span in rows}
    return [
        {
            "id": encode("ven", v.pk),
            "slug": v.slug,
            "name": v.name,
            "description": described(v),
            "city": v.city,
            "street": v.street,
            "time_zone": v.time_zone,
            "currency": v.currency,
            "partner": ref(v.partner),
            "consortium": ref(v.partner.consortium),
            "today": {"open": merged(spans[v.pk])},
        }
        for v in venues
    ]


class Venues(View):
    @extend_schema(operation_id="list_venues", parameters=[ListQuery], responses=VenuePage)
    def get(self, request: Request) -> Response:
        rows = Venue.objects.select_related("partner__consortium")
        return Response(page(rows, read(ListQuery, request), venue_shapes, newest_first=False))


class OneVenue(View):
    @extend_schema(operation_id="read_venue", responses=VenueShape)
    def get(self, request: Request, venue_id: str) -> Response:
        rows = Venue.objects.select_related("partner__consortium")
        return Response(venue_shapes([_named(rows, "ven", venue_id)])[0])


def _named(rows: Any, prefix: str, name: str) -> Any:
    """The row of this public id, or of this slug where slugs are unique."""
    try:
        found = rows.filter(pk=decode(prefix, name)).first()
    except ValueError:
        found = rows.filter(slug=name[:80]).first() if prefix == "ven" and "\x00" not in name else None
    if found is None:
        raise Missing
    return found


class Resources(View):
    @extend_schema(operation_id="list_resources", parameters=[CatalogueQuery], responses=ResourcePage)
    def get(self, request: Request) -> Response:
        asked = read(CatalogueQuery, request)
        return Response(page(find(asked), asked, lambda found: [brief(r) for r in found], newest_first=False))


class OneResource(View):
    @extend_schema(operation_id="read_resource", responses=ResourceShape)
    def get(self, request: Request, resource_id: str) -> Response:
        resource: Resource = _named(
            Resource.objects.filter(offered_now()).select_related("venue"), "res", resource_id
        )
        policy = policies([resource])[resource.pk].on(local_date(now(), resource.venue.zone)).policy
        parts = terms.included("res", ["prices", "skills", "condition"], [resource], request.user)
        week = opening.week_of(resource)
        return Response(
            brief(resource)
            | {
                "quantity": quantity_of(takes([resource.pk])[resource.pk]),
                "step_minutes": policy.step,
                "least_minutes": policy.least,
                "most_minutes": policy.most,
                "needs_approval": policy.approval,
                "people_needed": policy.people_needed or policy.least_people is not None,
                "terms": policy.terms,
                "questions": [
                    {"code": q.code, "text": q.words.say(), "mandatory": q.required, "choices": q.choices}
                    for q in policy.questions
                ],
                "presets": [
                    {"name": Words(p.it, p.en).say(), "start": spoken(p.start), "end": spoken(p.end)}
                    for p in policy.presets
                ],
                "rules": sentences(policy, resource.venue),
                "week": [
                    {"weekday": day, "hours": [{"start": _clock(a), "end": _clock(b)} for a, b in hours]}
                    for day, hours in week.items()
                ],
                "skills": parts.get("skills", {}).get(resource.pk, []),
                "prices": parts.get("prices", {}).get(resource.pk, []),
                "condition": parts.get("condition", {}).get(resource.pk),
            }
        )


def _clock(at: time | None) -> str:
    return "24:00" if at is None else f"{at:%H:%M}"


@terms.perform("session.venues")
def venues_for_session() -> list[dict[str, Any]]:
    """The venues, as the shell's switcher needs them."""
    return [
        {
            "id": encode("ven", v.pk),
            "slug": v.slug,
            "name": v.name,
            "city": v.city,
            "time_zone": v.time_zone,
            "partner_id": encode("prt", v.partner_id),
            "consortium_id": encode("con", v.partner.consortium_id) if v.partner.consortium_id else None,
        }
        for v in Venue.objects.select_related("partner")
    ]


class ResourceQr(View):
    @extend_schema(operation_id="resource_qr", responses={(200, "image/svg+xml"): OpenApiTypes.STR})
    def get(self, request: Request, resource_id: str) -> HttpResponse:
        """The address of the resource's page, to hang on the thing or to show at its door."""
        resource: Resource = _named(Resource.objects.filter(offered_now()), "res", resource_id)
        return HttpResponse(svg(page_of(resource)), content_type="image/svg+xml")


def page_of(resource: Resource) -> str:
    """Where it is looked at and booked."""
    return f"{settings.SITE_URL}/resources/{encode('res', resource.pk)}"
