"""Venues and resources as their managers edit them, and what a resource is made of."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid, Missing, Pointer
from core.idempotency import idempotent
from core.ids import encode
from core.lookup import pk_of
from core.shapes import IdField, InstantField, RefShape, StrictSerializer, instant_of, ref
from core.views import View
from people.models import Person
from spaces import api, places, relayout
from spaces.api_scope import allowed, editor, scope_for
from spaces.holidays import is_a_place
from spaces.layout import quantity_of, takes
from spaces.models import Resource, Unit, Venue


class VenueFacts(StrictSerializer):
    """What of a venue a manager may change; only what is sent changes."""

    name = serializers.CharField(max_length=80, required=False)
    description_it = serializers.CharField(max_length=4000, allow_blank=True, required=False)
    description_en = serializers.CharField(max_length=4000, allow_blank=True, required=False)
    street = serializers.CharField(max_length=120, required=False)
    city = serializers.CharField(max_length=60, required=False)
    holidays_of = serializers.CharField(max_length=8, allow_blank=True, required=False)
    open_holidays = serializers.ListField(
        child=serializers.CharField(max_length=80),
        max_length=60,
        required=False,
        help_text="keys of GET /holidays",
    )
    patron_saint = serializers.CharField(max_length=80, allow_blank=True, required=False)
    patron_day = serializers.CharField(max_length=5, allow_blank=True, required=False, help_text="MM-DD")
    school_region = serializers.CharField(max_length=40, allow_blank=True, required=False)

    def validate_holidays_of(self, place: str) -> str:
        if not is_a_place(place):
            raise serializers.ValidationError("IT, IT-TO, …", "unknown-place")
        return place

    def validate_patron_day(self, day: str) -> str:
        try:
            if day:
                date.fromisoformat(f"2028-{day}")  # a leap year
        except ValueError as error:
            raise serializers.ValidationError("MM-DD", "no-day") from error
        return day


BY_ITS_CLOCK = "without offset it is the venue's wall clock"


class ResourceFacts(StrictSerializer):
    """What of a resource a manager may change; only what is sent changes."""

    name = serializers.CharField(max_length=80, required=False)
    kind = serializers.ChoiceField(Resource.Kind.choices, required=False)
    description_it = serializers.CharField(max_length=4000, allow_blank=True, required=False)
    description_en = serializers.CharField(max_length=4000, allow_blank=True, required=False)
    capacity = serializers.IntegerField(min_value=1, max_value=10_000, allow_null=True, required=False)
    features = serializers.ListField(child=serializers.SlugField(), max_length=60, required=False)
    is_active = serializers.BooleanField(required=False)
    published_from = InstantField(allow_null=True, required=False, help_text=BY_ITS_CLOCK)
    published_until = InstantField(allow_null=True, required=False, help_text=BY_ITS_CLOCK)
    open_on_holidays = serializers.BooleanField(required=False)


class NewResource(ResourceFacts):
    venue_id = IdField(Venue)
    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(Resource.Kind.choices)
    size = serializers.IntegerField(min_value=1, max_value=500, default=1)


class LayoutShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Resource.Kind.choices)
    description_it = serializers.CharField(allow_blank=True)
    description_en = serializers.CharField(allow_blank=True)
    capacity = serializers.IntegerField(allow_null=True)
    features = serializers.ListField(child=serializers.CharField())
    is_active = serializers.BooleanField()
    published_from = serializers.DateTimeField(allow_null=True)
    published_until = serializers.DateTimeField(allow_null=True)
    open_on_holidays = serializers.BooleanField()
    made_of = serializers.ChoiceField(["whole", "pool", "parts", "nothing"])
    size = serializers.IntegerField(help_text="how many can be had at once")
    parts = RefShape(many=True, help_text="the resources that take a part of it")
    units = serializers.ListField(child=serializers.CharField())

    class Meta:
        ref_name = "ResourceLayout"


class WantedLayout(StrictSerializer):
    """One of the three."""

    divide = serializers.ListField(
        child=serializers.CharField(max_length=80), min_length=2, max_length=12, required=False
    )
    join = serializers.BooleanField(required=False)
    size = serializers.IntegerField(min_value=1, max_value=500, required=False)


def facts_of(data: dict[str, Any], venue: Venue) -> dict[str, Any]:
    """The facts that were sent, with their instants. Raises Invalid for hours that the venue's clock skips or shows twice."""
    return {
        name: instant_of(value, venue.zone, f"/{name}") if name in OFFERED and value is not None else value
        for name, value in data.items()
    }


OFFERED = ("published_from", "published_until")


def layout_shape(resource: Resource) -> dict[str, Any]:
    everything = takes(Resource.objects.filter(venue=resource.venue_id).values_list("pk", flat=True))
    trees = everything[resource.pk]
    units = {u for take in trees for u in take.choices}
    inside = [
        pk
        for pk, other in everything.items()
        if pk != resource.pk and other and {u for take in other for u in take.choices} < units
    ]
    if not trees:
        made_of = "nothing"
    elif any(take.is_pool for take in trees):
        made_of = "pool"
    else:
        made_of = "parts" if len(units) > 1 else "whole"
    facts = {str(name): getattr(resource, str(name)) for name in ResourceFacts().fields}
    return facts | {
        "id": encode("res", resource.pk),
        "made_of": made_of,
        "size": quantity_of(trees) if trees else 0,
        "parts": [
            ref(part) for part in Resource.objects.filter(pk__in=inside, is_active=True).order_by("name")
        ],
        "units": list(Unit.objects.filter(pk__in=units).order_by("pk").values_list("name", flat=True)),
    }


class OneVenue(api.OneVenue):
    @extend_schema(operation_id="edit_venue", request=VenueFacts, responses=api.VenueShape)
    def patch(self, request: Request, venue_id: str) -> Response:
        by = editor(request)
        venue = Venue.objects.filter(pk=pk_of("ven", venue_id)).first()
        allowed(by, venue, None, "place.edit")
        body = VenueFacts(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        edited = places.edit_venue(by, pk_of("ven", venue_id), body.validated_data)
        return Response(api.venue_shapes([edited])[0])


class Resources(api.Resources):
    @extend_schema(operation_id="add_resource", request=NewResource, responses={201: LayoutShape})
    @idempotent
    def post(self, request: Request) -> Response:
        by = editor(request)
        body = NewResource(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        scope = scope_for(by, {"venue_id": data.pop("venue_id")}, "place.edit")
        facts = facts_of(data, scope.venue)
        made = places.add_resource(by, scope.venue, facts, facts.pop("size"))
        return Response(layout_shape(made), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(layout_shape(_resource(editor(request), encode("res", thing))), status=201)


class OneResource(api.OneResource):
    @extend_schema(operation_id="edit_resource", request=ResourceFacts, responses=LayoutShape)
    def patch(self, request: Request, resource_id: str) -> Response:
        by = editor(request)
        resource = _resource(by, resource_id)
        body = ResourceFacts(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        facts = facts_of(body.validated_data, resource.venue)
        return Response(layout_shape(places.edit_resource(by, resource.pk, facts)))


class Layout(View):
    @extend_schema(operation_id="read_layout", responses=LayoutShape)
    def get(self, request: Request, resource_id: str) -> Response:
        return Response(layout_shape(_resource(editor(request), resource_id)))

    @extend_schema(operation_id="change_layout", request=WantedLayout, responses=LayoutShape)
    @idempotent
    def post(self, request: Request, resource_id: str) -> Response:
        by = editor(request)
        resource = _resource(by, resource_id)
        body = WantedLayout(data=request.data)
        body.is_valid(raise_exception=True)
        match body.validated_data:
            case {"divide": names} if len(body.validated_data) == 1:
                changed = relayout.divide(by, resource.pk, names)
            case {"join": True} if len(body.validated_data) == 1:
                changed = relayout.join(by, resource.pk)
            case {"size": size} if len(body.validated_data) == 1:
                changed = relayout.resize(by, resource.pk, size)
            case _:
                raise Invalid(pointers=[Pointer("/", "one-of-three", "")])
        return Response(layout_shape(changed))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(layout_shape(_resource(editor(request), encode("res", thing))))


def _resource(by: Person, public: str) -> Resource:
    found = Resource.objects.select_related("venue").filter(pk=pk_of("res", public)).first()
    if found is None:
        raise Missing
    allowed(by, found.venue, found, "place.edit")
    return found
