"""Outside calendars that block a resource, for the managers of its venue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.inviting import sources
from booking.models import Booking, CalendarSource
from core.clock import now
from core.errors import Invalid, Missing, Pointer
from core.fetching import FetchFailed, host_of
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import pk_of
from core.shapes import IdField, ListShape, PeriodShape, RefShape, StrictSerializer, ref
from core.views import View
from core.words import Words
from people.models import Person
from people.roles import MAY, OfPartner, allow, allow_somewhere, signed_in, standing
from spaces.models import Resource

NOT_PUBLIC = Words(
    "Serve un indirizzo https pubblico, senza nome utente né porta.",
    "It has to be a public https address, without user name or port.",
)
MOST_AFFECTED = 200


class AffectedShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    code = serializers.CharField()
    period = PeriodShape()
    person = RefShape()
    organisation = RefShape(allow_null=True)


class SourceShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    resource = RefShape()
    url = serializers.CharField()
    made_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)
    failing_since = serializers.DateTimeField(allow_null=True)
    fault = serializers.CharField(
        allow_blank=True, help_text="address · unreachable · status · too-large · too-slow · unreadable"
    )
    events = serializers.IntegerField(help_text="busy times still to come")

    class Meta:
        ref_name = "CalendarSource"


class SourceInFull(SourceShape):
    affected = AffectedShape(many=True)

    class Meta:
        ref_name = "CalendarSourceInFull"


class SourcePage(ListShape):
    data = SourceShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class Address(StrictSerializer):
    url = serializers.CharField(max_length=1000)

    def validate_url(self, value: str) -> str:
        try:
            host_of(value)
        except FetchFailed as error:
            raise serializers.ValidationError(NOT_PUBLIC.say(), "not-public") from error
        return value


class NewSource(Address):
    resource_id = IdField(Resource)


class SourcesQuery(ListQuery):
    venue_id = IdField("ven", required=False)
    resource_id = IdField("res", required=False)


def rows_for(person: Person) -> QuerySet[CalendarSource]:
    """The sources of venues that the person manages."""
    has = standing(person)
    rows = CalendarSource.objects.select_related("resource__venue").annotate(
        coming=Count("events", filter=Q(events__during__endswith__gt=now()))
    )
    if has.administrator:
        return rows
    return rows.filter(resource__venue__partner__in=has.partners(*MAY["source.edit"]))


def shapes(found: Sequence[CalendarSource]) -> list[dict[str, Any]]:
    return [
        {
            "id": encode(CalendarSource.prefix, source.pk),
            "resource": ref(source.resource),
            "url": source.url,
            "made_at": source.made_at,
            "read_at": source.read_at,
            "failing_since": source.failing_since,
            "fault": source.fault,
            "events": getattr(source, "coming", 0),
        }
        for source in found
    ]


def in_full(source: CalendarSource) -> dict[str, Any]:
    met = list(sources.affected(source)[:MOST_AFFECTED])
    return shapes([source])[0] | {
        "affected": [
            {
                "id": encode(Booking.prefix, b.pk),
                "code": b.code,
                "period": b.period,
                "person": ref(b.person),
                "organisation": ref(b.organisation),
            }
            for b in met
        ]
    }


def one(person: Person, pk: UUID) -> CalendarSource:
    found = rows_for(person).filter(pk=pk).first()
    if found is None:
        raise Missing
    return found


def named(person: Person, source_id: str) -> CalendarSource:
    return one(person, pk_of(CalendarSource.prefix, source_id))


def refuse_twice(resource: Resource, url: str) -> None:
    if CalendarSource.objects.filter(resource=resource, url=url).exists():
        raise Invalid(pointers=[Pointer("/url", "repeated", "")])


class Sources(View):
    @extend_schema(operation_id="list_calendar_sources", parameters=[SourcesQuery], responses=SourcePage)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        allow_somewhere(person, "source.edit")
        asked = read(SourcesQuery, request)
        rows = rows_for(person)
        if "venue_id" in asked:
            rows = rows.filter(resource__venue=asked["venue_id"])
        if "resource_id" in asked:
            rows = rows.filter(resource=asked["resource_id"])
        return Response(page(rows, asked, shapes))

    @extend_schema(operation_id="add_calendar_source", request=NewSource, responses={201: SourceInFull})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewSource(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        resource = Resource.objects.select_related("venue").filter(pk=data["resource_id"]).first()
        if resource is None:
            raise Missing
        allow(person, "source.edit", OfPartner(resource.venue.partner_id))
        refuse_twice(resource, data["url"])
        made = sources.add(person, resource, data["url"])
        return Response(in_full(one(person, made.pk)), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(in_full(one(signed_in(request.user), thing)), status=201)


class OneSource(View):
    @extend_schema(operation_id="read_calendar_source", responses=SourceInFull)
    def get(self, request: Request, source_id: str) -> Response:
        return Response(in_full(named(signed_in(request.user), source_id)))

    @extend_schema(operation_id="edit_calendar_source", request=Address, responses=SourceInFull)
    def patch(self, request: Request, source_id: str) -> Response:
        person = signed_in(request.user)
        found = named(person, source_id)
        body = Address(data=request.data)
        body.is_valid(raise_exception=True)
        url = body.validated_data["url"]
        if url != found.url:
            refuse_twice(found.resource, url)
            sources.change(person, found, url)
        return Response(in_full(one(person, found.pk)))

    @extend_schema(operation_id="remove_calendar_source", request=None, responses={204: None})
    def delete(self, request: Request, source_id: str) -> Response:
        person = signed_in(request.user)
        sources.remove(person, named(person, source_id))
        return Response(status=204)
