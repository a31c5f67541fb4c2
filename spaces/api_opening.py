"""Opening hours by season, closures and public holidays, as managers see and write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.clock import now
from core.errors import Missing
from core.idempotency import idempotent
from core.ids import encode
from core.lists import read
from core.lookup import pk_of
from core.periods import local_date
from core.shapes import IdField, ListShape, PeriodShape, StrictSerializer
from core.views import View
from spaces import hours
from spaces.api_rules import SCOPES_OF, STATES
from spaces.api_scope import OfScope, ScopeShape, allowed, asked_scope, editor, scope_for
from spaces.clauses import spoken, wall_time
from spaces.holidays import holidays_of
from spaces.hours import Hours, Season, Wanted
from spaces.models import Closure, OpeningRule, Venue
from spaces.scope import Scope, scope_of
from spaces.wording import WallTime, some_weekdays

EDITION = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="the edition that the editor saw"
)


def seen(request: Request) -> str | None:
    return request.headers.get("If-Match") or None


class HoursShape(StrictSerializer):
    weekdays = some_weekdays()
    start = WallTime()
    end = WallTime()

    class Meta:
        ref_name = "SeasonHours"


class SeasonShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    of = serializers.ChoiceField(SCOPES_OF)
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    from_on = serializers.DateField()
    until_on = serializers.DateField(allow_null=True)
    state = serializers.ChoiceField(STATES)
    hours = HoursShape(many=True)

    class Meta:
        ref_name = "Season"


class OpeningShape(ListShape):
    scope = ScopeShape()
    edition = serializers.CharField(help_text="to be sent as If-Match with what is written")
    data = SeasonShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)

    class Meta:
        ref_name = "OpeningRules"


class WantedSeason(OfScope):
    """Hours for each weekday (none named: every day), by the venue's clock, between two days."""

    label = serializers.CharField(max_length=80, allow_blank=True, default="")  # type: ignore[assignment]
    from_on = serializers.DateField()
    until_on = serializers.DateField(allow_null=True, default=None)
    hours = serializers.ListField(child=HoursShape(), max_length=100)
    replaces_id = IdField(OpeningRule, allow_null=True, default=None)


def wanted_season(scope: Scope, data: dict[str, Any]) -> Wanted:
    return hours.checked(
        scope,
        Wanted(
            data["label"],
            data["from_on"],
            data["until_on"],
            [
                Hours(
                    tuple(sorted(h.get("weekdays", ()))),
                    wall_time(h["start"]) or time(0),
                    wall_time(h["end"]),
                )
                for h in data["hours"]
            ],
        ),
    )


def season_shapes(seasons: Sequence[Season], today: date) -> list[dict[str, Any]]:
    return [
        {
            "id": encode("opn", season.id),
            "of": "venue" if season.of_venue else "resource",
            "label": season.label,
            "from_on": season.first_on,
            "until_on": season.until_on,
            "state": _state(season.first_on, season.until_on, today),
            "hours": [
                {"weekdays": list(h.weekdays), "start": spoken(h.start), "end": spoken(h.end)}
                for h in sorted(season.hours, key=lambda h: (h.weekdays, h.start))
            ],
        }
        for season in seasons
    ]


def _state(first: date, until: date | None, today: date) -> str:
    if until is not None and until <= today:
        return "past"
    return "in_force" if first <= today else "to_come"


class OpeningRules(View):
    @extend_schema(operation_id="list_opening_rules", parameters=[OfScope], responses=OpeningShape)
    def get(self, request: Request) -> Response:
        scope = asked_scope(request)
        today = local_date(now(), scope.venue.zone)
        return Response(
            {
                "scope": scope.shape(),
                "edition": hours.edition(scope),
                "data": season_shapes(hours.seasons(scope.either), today),
                "next_cursor": None,
            }
        )

    @extend_schema(
        operation_id="open_season", parameters=[EDITION], request=WantedSeason, responses={201: SeasonShape}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        by = editor(request)
        body = WantedSeason(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        scope = scope_for(by, data)
        made = hours.open_season(by, scope, wanted_season(scope, data), data["replaces_id"], seen(request))
        return Response(_season(made.pk), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        scope, _ = hours.one(thing)
        allowed(request.user, scope.venue, scope.resource)
        return Response(_season(thing), status=201)


def _season(pk: UUID) -> dict[str, Any]:
    scope, season = hours.one(pk)
    return season_shapes([season], local_date(now(), scope.venue.zone))[0]


class OneOpeningRule(View):
    @extend_schema(operation_id="read_season", responses=SeasonShape)
    def get(self, request: Request, rule_id: str) -> Response:
        scope, season = _seen_by(request, rule_id)
        return Response(season_shapes([season], local_date(now(), scope.venue.zone))[0])

    @extend_schema(operation_id="end_season", parameters=[EDITION], responses={204: None})
    def delete(self, request: Request, rule_id: str) -> Response:
        _, season = _seen_by(request, rule_id)
        hours.end_season(editor(request), season.id, seen(request))
        return Response(status=204)


def _seen_by(request: Request, rule_id: str) -> tuple[Scope, Season]:
    by = editor(request)
    scope, season = hours.one(pk_of("opn", rule_id))
    allowed(by, scope.venue, scope.resource)
    return scope, season


# -- closures --------------------------------------------------------------------------------------------


class ClosureShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    of = serializers.ChoiceField(SCOPES_OF)
    period = PeriodShape()
    kind = serializers.ChoiceField(Closure.Kind.choices)
    reason_it = serializers.CharField()
    reason_en = serializers.CharField()
    counts_as_open = serializers.BooleanField()

    class Meta:
        ref_name = "Closure"


class ClosuresShape(ListShape):
    scope = ScopeShape()
    edition = serializers.CharField(help_text="to be sent as If-Match with what is written")
    data = ClosureShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)

    class Meta:
        ref_name = "Closures"


class WantedClosure(OfScope):
    """A period taken out of the opening hours; without offset it is the venue's wall clock."""

    period = PeriodShape()
    kind = serializers.ChoiceField(Closure.Kind.choices, default=Closure.Kind.CLOSED)
    reason_it = serializers.CharField(max_length=120)
    reason_en = serializers.CharField(max_length=120)
    counts_as_open = serializers.BooleanField(default=False)


def unsaved_closure(scope: Scope, data: dict[str, Any]) -> Closure:
    return Closure(
        **scope.own,
        during=PeriodShape.resolve(data["period"], scope.venue.zone),
        **{name: data[name] for name in ("kind", "reason_it", "reason_en", "counts_as_open")},
    )


class ClosureChange(StrictSerializer):
    period = PeriodShape(required=False)
    reason_it = serializers.CharField(max_length=120, required=False)
    reason_en = serializers.CharField(max_length=120, required=False)
    counts_as_open = serializers.BooleanField(required=False)


def closure_shape(closure: Closure) -> dict[str, Any]:
    return {
        "id": encode("clo", closure.pk),
        "of": "venue" if closure.venue_id else "resource",
        "period": closure.during,
        "kind": closure.kind,
        "reason_it": closure.reason_it,
        "reason_en": closure.reason_en,
        "counts_as_open": closure.counts_as_open,
    }


class Closures(View):
    @extend_schema(operation_id="list_closures", parameters=[OfScope], responses=ClosuresShape)
    def get(self, request: Request) -> Response:
        """The closures that are not over."""
        scope = asked_scope(request)
        rows = [
            row
            for own in scope.either
            for row in Closure.objects.filter(**own, during__endswith__gt=now()).order_by("during")
        ]
        return Response(
            {
                "scope": scope.shape(),
                "edition": hours.edition(scope),
                "data": [closure_shape(row) for row in sorted(rows, key=lambda row: row.during)],
                "next_cursor": None,
            }
        )

    @extend_schema(
        operation_id="close", parameters=[EDITION], request=WantedClosure, responses={201: ClosureShape}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        by = editor(request)
        body = WantedClosure(data=request.data)
        body.is_valid(raise_exception=True)
        scope = scope_for(by, body.validated_data)
        made = hours.close(by, scope, unsaved_closure(scope, body.validated_data), seen(request))
        return Response(closure_shape(made), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(closure_shape(_closure(request, encode("clo", thing))), status=201)


class OneClosure(View):
    @extend_schema(operation_id="read_closure", responses=ClosureShape)
    def get(self, request: Request, closure_id: str) -> Response:
        return Response(closure_shape(_closure(request, closure_id)))

    @extend_schema(
        operation_id="change_closure", parameters=[EDITION], request=ClosureChange, responses=ClosureShape
    )
    def patch(self, request: Request, closure_id: str) -> Response:
        closure = _closure(request, closure_id)
        body = ClosureChange(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        if "period" in said:
            said["during"] = PeriodShape.resolve(said.pop("period"), scope_of(closure).venue.zone)
        changed = hours.change_closure(editor(request), closure.pk, said, seen(request))
        return Response(closure_shape(changed))

    @extend_schema(operation_id="reopen", parameters=[EDITION], responses={204: None})
    def delete(self, request: Request, closure_id: str) -> Response:
        hours.reopen(editor(request), _closure(request, closure_id).pk, seen(request))
        return Response(status=204)


def _closure(request: Request, public: str) -> Closure:
    by = editor(request)
    rows = Closure.objects.select_related("venue", "resource__venue")
    found = rows.filter(pk=pk_of("clo", public)).first()
    if found is None:
        raise Missing
    scope = scope_of(found)
    allowed(by, scope.venue, scope.resource)
    return found


# -- holidays --------------------------------------------------------------------------------------------


class HolidayShape(serializers.Serializer[Any]):
    on = serializers.DateField()
    key = serializers.CharField(help_text="the same every year")
    name = serializers.CharField()
    closed = serializers.BooleanField()

    class Meta:
        ref_name = "Holiday"


class HolidaysShape(ListShape):
    venue_id = serializers.CharField()
    place = serializers.CharField(allow_blank=True, help_text="country and region, as IT-TO; empty: none")
    patron_saint = serializers.CharField(allow_blank=True)
    patron_day = serializers.CharField(allow_blank=True, help_text="MM-DD")
    data = HolidayShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)

    class Meta:
        ref_name = "Holidays"


class HolidaysQuery(StrictSerializer):
    venue_id = IdField(Venue)
    year = serializers.IntegerField(min_value=2000, max_value=2099, required=False)


def holidays_shape(venue: Venue, year: int | None = None) -> dict[str, Any]:
    year = year or local_date(now(), venue.zone).year
    return {
        "venue_id": encode("ven", venue.pk),
        "place": venue.holidays_of,
        "patron_saint": venue.patron_saint,
        "patron_day": venue.patron_day,
        "data": [
            {"on": h.on, "key": h.key, "name": h.name, "closed": h.closed} for h in holidays_of(venue, [year])
        ],
        "next_cursor": None,
    }


class HolidaysView(View):
    @extend_schema(operation_id="list_holidays", parameters=[HolidaysQuery], responses=HolidaysShape)
    def get(self, request: Request) -> Response:
        asked = read(HolidaysQuery, request)
        venue = Venue.objects.filter(pk=asked["venue_id"]).first()
        if venue is None:
            raise Missing
        return Response(holidays_shape(venue, asked.get("year")))
