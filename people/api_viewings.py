"""Viewings of personal data: for those who answer for a partner, and for the person they are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import audit
from core.lists import ListQuery, page, read
from core.models import LogEntry
from core.shapes import IdField, ListShape, RefShape, ref
from core.views import View
from people.models import Partner, Person
from people.roles import allow_somewhere, signed_in
from people.viewings import WHAT, about, between, viewings_for, viewings_of

NAMED = 20


class ViewingShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    at = serializers.DateTimeField()
    by = RefShape()
    partner = RefShape(allow_null=True, help_text="of whose data; null for an administrator's look at people")
    what = serializers.ChoiceField(WHAT)
    things = serializers.IntegerField(help_text="how many were shown at once")

    class Meta:
        ref_name = "Viewing"


class ViewingOfOthers(ViewingShape):
    people = serializers.IntegerField(help_text="how many people they are about")
    whose = RefShape(many=True, help_text=f"{NAMED} of them at most")

    class Meta:
        ref_name = "ViewingOfOthers"


class ViewingPage(ListShape):
    data = ViewingOfOthers(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class OwnViewingPage(ListShape):
    data = ViewingShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class OwnViewingsQuery(ListQuery):
    from_on = serializers.DateField(required=False)
    until_on = serializers.DateField(required=False, help_text="excluded")


class ViewingsQuery(OwnViewingsQuery):
    by_id = IdField(Person, required=False, help_text="who looked")
    person_id = IdField(Person, required=False, help_text="whose data")
    what = serializers.ChoiceField(WHAT, required=False)


def viewing_shapes(rows: Sequence[LogEntry]) -> list[dict[str, Any]]:
    """Viewings without whose data they showed. Two statements."""
    return _shapes(rows, Person.objects.in_bulk({row.by_id for row in rows if row.by_id}))


def _shapes(rows: Sequence[LogEntry], people: dict[Any, Person]) -> list[dict[str, Any]]:
    partners = Partner.objects.in_bulk({row.thing_id for row in rows if row.thing_id})
    return [
        {
            "id": str(row.pk),
            "at": row.at,
            "by": ref(people.get(row.by_id)),
            "partner": ref(partners.get(row.thing_id)),
            "what": row.act.removeprefix(audit.SEEING),
            "things": row.data.get("n", len(row.data.get("ids", ()))),
        }
        for row in rows
    ]


def shapes_with_names(rows: Sequence[LogEntry], by: Person) -> list[dict[str, Any]]:
    """Viewings with whose data they showed, which is logged in its turn. Two statements, and one for the log."""
    named = {row.pk: [UUID(pk) for pk in row.data.get("whose", ())] for row in rows}
    whose = {pk for some in named.values() for pk in some[:NAMED]}
    people = Person.objects.in_bulk(whose | {row.by_id for row in rows if row.by_id})
    audit.saw(
        by,
        "viewings",
        [audit.Sight(str(row.pk), row.thing_id, pk) for row in rows for pk in named[row.pk][:NAMED]],
    )
    return [
        shape
        | {
            "people": len(named[row.pk]),
            "whose": [ref(people[pk]) for pk in named[row.pk][:NAMED] if pk in people],
        }
        for row, shape in zip(rows, _shapes(rows, people), strict=True)
    ]


class Viewings(View):
    @extend_schema(operation_id="list_viewings", parameters=[ViewingsQuery], responses=ViewingPage)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "viewing.see")
        asked = read(ViewingsQuery, request)
        rows = between(viewings_for(has), asked.get("from_on"), asked.get("until_on"))
        if "by_id" in asked:
            rows = rows.filter(by_id=asked["by_id"])
        if "person_id" in asked:
            rows = about(rows, asked["person_id"])
        if "what" in asked:
            rows = rows.filter(act=f"{audit.SEEING}{asked['what']}")
        by = signed_in(request.user)
        return Response(page(rows, asked, lambda found: shapes_with_names(found, by)))


class OwnViewings(View):
    @extend_schema(operation_id="list_my_viewings", parameters=[OwnViewingsQuery], responses=OwnViewingPage)
    def get(self, request: Request) -> Response:
        """Who was shown what of one's own data; one's own looks are no news."""
        person = signed_in(request.user)
        asked = read(OwnViewingsQuery, request)
        rows = between(viewings_of(person), asked.get("from_on"), asked.get("until_on"))
        return Response(page(rows, asked, viewing_shapes))
