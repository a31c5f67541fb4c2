"""Views of the figures by name, each with an address of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.insight import COMPARE
from booking.measuring import saved_views
from booking.measuring.saved_views import Office
from booking.models import SavedView
from core.errors import Forbidden, Invalid, Missing, Pointer
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in
from core.shapes import IdField, ListShape, RefShape, StrictSerializer, ref
from core.views import View
from people.models import Person
from people.roles import allow_somewhere, signed_in
from spaces.models import Resource, Venue

MAPS = ("booked", "attended", "no_shows", "maintenance", "outage", "unmet")
CUTS = ("resource", "kind", "venue", "partner", "plan", "programme", "weekday", "hour", "month")


class Narrowed(StrictSerializer):
    """What the figures are narrowed to; without days, the last three months of whenever it is opened."""

    venue = serializers.RegexField(r"^ven_[0-9a-z]{26}$", required=False)
    kind = serializers.ChoiceField(Resource.Kind.choices, required=False)
    to = serializers.DateField(required=False, help_text="excluded")
    compare = serializers.ChoiceField(COMPARE, required=False)
    by = serializers.ChoiceField(CUTS, required=False)
    measure = serializers.ChoiceField(MAPS, required=False, help_text="that the map of the week shows")

    class Meta:
        ref_name = "Narrowed"

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            **super().get_fields(),
            "from": serializers.DateField(required=False),
        }  # a word of the language


class SavedViewShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    venue = RefShape(allow_null=True, help_text="whose it is; null: one's own")
    made_by = RefShape(allow_null=True)
    said = Narrowed()
    can_remove = serializers.BooleanField()

    class Meta:
        ref_name = "SavedView"


class SavedViewPage(ListShape):
    data = SavedViewShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    may_share = RefShape(many=True, help_text="the venues for which one may keep a view")


class NewView(StrictSerializer):
    name = serializers.CharField(max_length=40)
    said = Narrowed()
    venue_id = IdField(Venue, required=False, allow_null=True, help_text="shared with its offices")
    instead_of = IdField(
        SavedView, required=False, allow_null=True, help_text="the view of this name that is to be replaced"
    )


def view_shapes(rows: Sequence[SavedView], office: Office) -> list[dict[str, Any]]:
    return [
        {
            "id": encode("viw", row.pk),
            "name": row.name,
            "venue": ref(row.venue),
            "made_by": ref(row.made_by),
            "said": row.said,
            "can_remove": office.removes(row),
        }
        for row in rows
    ]


def one_view(request: Request, view_id: str) -> tuple[Office, SavedView]:
    """A view that one may see. Raises Missing."""
    has = allow_somewhere(request.user, "report.see")
    found = one_in(saved_views.views_for(has), "viw", view_id)
    return Office.of(has), found


class SavedViews(View):
    @extend_schema(operation_id="list_saved_views", parameters=[ListQuery], responses=SavedViewPage)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "report.see")
        rows, office = saved_views.views_for(has), Office.of(has)
        shown = page(
            rows,
            read(ListQuery, request),
            lambda found: view_shapes(found, office),
            by="name",
            newest_first=False,
        )
        venues = [v for v in Venue.objects.order_by("position", "name") if office.shares(v)]
        return Response(shown | {"may_share": [ref(v) for v in venues]})

    @extend_schema(operation_id="save_view", request=NewView, responses={201: SavedViewShape})
    @idempotent
    def post(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "report.see")
        body = NewView(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        office, venue = Office.of(has), None
        if asked.get("venue_id") is not None:
            venue = Venue.objects.filter(pk=asked["venue_id"]).first()
            if venue is None:
                raise Invalid(pointers=[Pointer("/venue_id", "unknown", "")])
            if not office.shares(venue):
                raise Forbidden
        said = Narrowed(asked["said"]).data
        person: Person = signed_in(request.user)
        kept = saved_views.keep(person, asked["name"], said, venue, asked.get("instead_of"))
        return self._shown(kept.pk, office)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return self._shown(thing, Office.of(allow_somewhere(request.user, "report.see")))

    def _shown(self, pk: UUID, office: Office) -> Response:
        found = SavedView.objects.select_related("venue", "made_by").filter(pk=pk).first()
        if found is None:
            raise Missing
        return Response(view_shapes([found], office)[0], status=201)


class OneSavedView(View):
    @extend_schema(operation_id="read_saved_view", responses=SavedViewShape)
    def get(self, request: Request, view_id: str) -> Response:
        office, found = one_view(request, view_id)
        return Response(view_shapes([found], office)[0])

    @extend_schema(operation_id="remove_saved_view", responses={204: None})
    def delete(self, request: Request, view_id: str) -> Response:
        office, found = one_view(request, view_id)
        saved_views.remove(signed_in(request.user), office, found)
        return Response(status=204)
