"""The days without school of a region: read by anybody, written by who manages a venue there; all venues there share them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid, Missing, Pointer
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import pk_of
from core.shapes import IdField, ListShape, StrictSerializer
from core.views import View
from people.models import Person
from people.roles import OfPartner, standing
from spaces import school
from spaces.api_scope import allowed, editor
from spaces.models import SchoolHoliday, Venue


class SchoolHolidayShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    region = serializers.CharField()
    name_it = serializers.CharField()
    name_en = serializers.CharField()
    first_on = serializers.DateField()
    last_on = serializers.DateField(help_text="included")

    class Meta:
        ref_name = "SchoolHoliday"


class SchoolHolidayPage(ListShape):
    region = serializers.CharField(allow_blank=True, help_text="whose calendar the venue keeps; empty: none")
    data = SchoolHolidayShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class SchoolHolidaysQuery(ListQuery):
    venue_id = IdField(Venue)
    year = serializers.IntegerField(min_value=2000, max_value=2099, required=False)


class SchoolHolidayFacts(StrictSerializer):
    name_it = serializers.CharField(max_length=80)
    name_en = serializers.CharField(max_length=80)
    first_on = serializers.DateField()
    last_on = serializers.DateField()


class NewSchoolHoliday(SchoolHolidayFacts):
    venue_id = IdField(Venue)


def shape(row: SchoolHoliday) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in ("region", "name_it", "name_en", "first_on", "last_on")}
    return {"id": encode("sho", row.pk), **facts}


class SchoolHolidays(View):
    @extend_schema(
        operation_id="list_school_holidays", parameters=[SchoolHolidaysQuery], responses=SchoolHolidayPage
    )
    def get(self, request: Request) -> Response:
        """Those of the venue's region; none where it names none."""
        asked = read(SchoolHolidaysQuery, request)
        venue = Venue.objects.filter(pk=asked["venue_id"]).first()
        if venue is None:
            raise Missing
        rows = SchoolHoliday.objects.filter(region__iexact=venue.school_region).exclude(region="")
        if "year" in asked:
            rows = rows.filter(first_on__year__lte=asked["year"], last_on__year__gte=asked["year"])
        found = page(rows.order_by("pk"), asked, lambda found: [shape(row) for row in found])
        return Response({"region": venue.school_region, **found})

    @extend_schema(
        operation_id="add_school_holiday", request=NewSchoolHoliday, responses={201: SchoolHolidayShape}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        by = editor(request)
        body = NewSchoolHoliday(data=request.data)
        body.is_valid(raise_exception=True)
        facts = dict(body.validated_data)
        scope = allowed(by, Venue.objects.filter(pk=facts.pop("venue_id")).first(), None)
        if not scope.venue.school_region:
            raise Invalid(pointers=[Pointer("/venue_id", "no-region", "")])
        return Response(shape(school.add(by, scope.venue.school_region, facts)), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(shape(_own(editor(request), encode("sho", thing))), status=201)


class OneSchoolHoliday(View):
    @extend_schema(
        operation_id="change_school_holiday", request=SchoolHolidayFacts, responses=SchoolHolidayShape
    )
    def patch(self, request: Request, holiday_id: str) -> Response:
        by = editor(request)
        found = _own(by, holiday_id)
        body = SchoolHolidayFacts(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        return Response(shape(school.change(by, found.pk, body.validated_data)))

    @extend_schema(operation_id="remove_school_holiday", responses={204: None})
    def delete(self, request: Request, holiday_id: str) -> Response:
        by = editor(request)
        school.remove(by, _own(by, holiday_id).pk)
        return Response(status=204)


def _own(by: Person, public: str) -> SchoolHoliday:
    """The holiday, if the person manages a venue of its region; else Missing."""
    found = SchoolHoliday.objects.filter(pk=pk_of("sho", public)).first()
    has = standing(by)
    there = Venue.objects.filter(school_region__iexact=found.region) if found is not None else ()
    if found is None or not (
        has.administrator or any(has.allows("rules.edit", OfPartner(venue.partner_id)) for venue in there)
    ):
        raise Missing
    return found
