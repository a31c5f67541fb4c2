"""A series as it is being planned: its rule, every date with its verdict and price, and which are chosen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking import series as acts
from booking.api.bookings import MOST_ITEMS, ItemWish
from booking.models import SeriesPlan
from booking.plans import MOST_DATES, Dated
from core import terms
from core.clock import now
from core.errors import Invalid, Missing, Pointer
from core.ids import decode, encode
from core.money import Money
from core.problems import reason_shape
from core.shapes import IdField, MoneyShape, PeriodShape, ReasonShape, RefShape, StrictSerializer, ref
from core.views import View
from people.models import Organisation, Person
from people.roles import signed_in, standing
from spaces.models import Resource

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"


class HoursField(StrictSerializer):
    start = serializers.RegexField(CLOCK)
    end = serializers.RegexField(r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")


class RuleShape(StrictSerializer):
    """What repeats; `first_on` and `last_on` are both included."""

    repeat = serializers.ChoiceField(["daily", "weekly", "monthly_by_day", "monthly_by_weekday", "dates"])
    every = serializers.IntegerField(min_value=1, max_value=52, default=1)
    weekdays = serializers.ListField(child=serializers.ChoiceField(WEEKDAYS), required=False, default=list)
    position = serializers.IntegerField(
        min_value=-1, max_value=31, required=False, allow_null=True, default=None,
        help_text="of the weekday in its month (1 to 4, -1 the last), or the day of the month",
    )  # fmt: skip
    dates = serializers.ListField(
        child=serializers.DateField(), required=False, default=list, max_length=MOST_DATES
    )
    hours = HoursField()
    first_on = serializers.DateField(required=False)
    last_on = serializers.DateField(required=False)
    skip = serializers.ListField(
        child=serializers.ChoiceField(["public_holidays", "school_holidays"]), required=False, default=list
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["repeat"] == "dates":
            if not attrs["dates"]:
                raise Invalid(pointers=[Pointer("/rule/dates", "required", "")])
            attrs["first_on"], attrs["last_on"] = min(attrs["dates"]), max(attrs["dates"])
        for name in ("first_on", "last_on"):
            if name not in attrs:
                raise Invalid(pointers=[Pointer(f"/rule/{name}", "required", "")])
        if attrs["first_on"] > attrs["last_on"] or attrs["last_on"].year > 2099:
            raise Invalid(pointers=[Pointer("/rule/last_on", "empty", "")])
        if attrs["repeat"] in ("weekly", "monthly_by_weekday") and not attrs["weekdays"]:
            raise Invalid(pointers=[Pointer("/rule/weekdays", "required", "")])
        if attrs["repeat"] == "monthly_by_weekday" and attrs["position"] not in (1, 2, 3, 4, -1):
            raise Invalid(pointers=[Pointer("/rule/position", "required", "")])
        return attrs


class NewPlan(StrictSerializer):
    items = serializers.ListField(child=ItemWish(), min_length=1, max_length=MOST_ITEMS)
    rule = RuleShape()
    organisation_id = IdField(Organisation, required=False, allow_null=True)
    people = serializers.IntegerField(min_value=1, max_value=10_000, required=False, allow_null=True)
    title = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    accepted_terms = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, default=list, max_length=20
    )
    answers = serializers.DictField(
        child=serializers.CharField(max_length=500, allow_blank=True), required=False, default=dict
    )


class Choices(StrictSerializer):
    choices = serializers.DictField(help_text="by date: true, false, or the id of one of its alternatives")


class OtherTime(serializers.Serializer[Any]):
    id = serializers.CharField()
    period = PeriodShape()


class PlannedDate(serializers.Serializer[Any]):
    on = serializers.DateField()
    period = PeriodShape(allow_null=True)
    verdict = serializers.ChoiceField(["free", "taken", "closed", "refused", "skipped"])
    reasons = ReasonShape(many=True)
    price = MoneyShape(allow_null=True)
    alternatives = OtherTime(many=True)
    chosen = serializers.BooleanField()
    moved = serializers.BooleanField()
    shorter_by_clock_change = serializers.BooleanField()


class PlanTotals(serializers.Serializer[Any]):
    dates = serializers.IntegerField()
    chosen = serializers.IntegerField()
    price = MoneyShape()


class PlanShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    venue = RefShape()
    time_zone = serializers.CharField()
    expires_at = serializers.DateTimeField()
    dates = PlannedDate(many=True)
    totals = PlanTotals()

    class Meta:
        ref_name = "SeriesPlan"


def asked_of(data: dict[str, Any]) -> dict[str, Any]:
    """The plan's words as they are stored."""
    rule = data["rule"]
    return {
        "items": [{"resource": str(i["resource_id"]), "quantity": i["quantity"]} for i in data["items"]],
        "rule": {
            "repeat": rule["repeat"],
            "every": rule["every"],
            "weekdays": [WEEKDAYS.index(day) + 1 for day in rule["weekdays"]],
            "position": rule["position"],
            "dates": [day.isoformat() for day in rule["dates"]],
            "start": rule["hours"]["start"],
            "end": rule["hours"]["end"],
            "first_on": rule["first_on"].isoformat(),
            "last_on": rule["last_on"].isoformat(),
            "skip": rule["skip"],
        },
        "people": data.get("people"),
        "title": data["title"],
        "accepted_terms": data["accepted_terms"],
        "answers": data["answers"],
    }


def plan_shape(made: SeriesPlan) -> dict[str, Any]:
    """The plan as it is now, priced."""
    dates = acts.dates_of(made)
    acts.show(made, acts.chosen_of(dates))
    prices = _prices(dates, made)
    chosen = [prices[dated.on] for dated in dates if dated.chosen]
    return {
        "id": encode("pln", made.pk),
        "venue": ref(made.venue),
        "time_zone": made.venue.time_zone,
        "expires_at": made.expires_at,
        "dates": [_date_shape(dated, prices.get(dated.on)) for dated in dates],
        "totals": {
            "dates": len(dates),
            "chosen": len(chosen),
            "price": sum((price for price in chosen if price is not None), Money(0)),
        },
    }


def _prices(dates: list[Dated], made: SeriesPlan) -> dict[Any, Money | None]:
    free = [dated for dated in dates if dated.verdict == "free"]
    slots = [(ask.resource, ask.period, ask.quantity) for dated in free for ask in dated.asks]
    price = terms.performer("price-slots", lambda slots, *_: [None] * len(slots))
    found = iter(price(slots, made.person, made.organisation) if slots else [])
    return {dated.on: _sum([next(found) for _ in dated.asks]) for dated in free}


def _sum(amounts: list[Money | None]) -> Money | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Money(0)) if known else None


def _date_shape(dated: Dated, price: Money | None) -> dict[str, Any]:
    return {
        "on": dated.on,
        "period": dated.period,
        "verdict": dated.verdict,
        "reasons": [reason_shape(r) for r in dated.reasons],
        "price": price,
        "alternatives": [
            {"id": other.period.start.strftime("%Y%m%dT%H%M"), "period": other.period}
            for other in dated.alternatives
        ],
        "chosen": dated.chosen,
        "moved": dated.moved,
        "shorter_by_clock_change": dated.shorter,
    }


def own_plan(plan_id: str | UUID, person: Person) -> SeriesPlan:
    try:
        pk = plan_id if isinstance(plan_id, UUID) else decode("pln", plan_id)
    except ValueError as error:
        raise Missing from error
    rows = SeriesPlan.objects.select_related("venue", "person", "organisation")
    found = rows.filter(pk=pk, person=person, expires_at__gt=now()).first()
    if found is None:
        raise Missing
    return found


class Plans(View):
    @extend_schema(operation_id="plan_series", request=NewPlan, responses={201: PlanShape})
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewPlan(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        resources = Resource.objects.filter(pk__in=[i["resource_id"] for i in data["items"]], is_active=True)
        venues = list(resources.values_list("venue_id", flat=True))
        if len(venues) < len(data["items"]):
            raise Missing
        if len(set(venues)) > 1:
            raise Invalid(pointers=[Pointer("/items", "several-venues", "")])
        organisation = None
        if data.get("organisation_id"):
            delegations = standing(person).delegate_of
            organisation = Organisation.objects.filter(pk=data["organisation_id"], pk__in=delegations).first()
            if organisation is None:
                raise Missing
        return Response(plan_shape(acts.plan(person, organisation, asked_of(data))), status=201)


class OnePlan(View):
    @extend_schema(operation_id="read_series_plan", responses=PlanShape)
    def get(self, request: Request, plan_id: str) -> Response:
        return Response(plan_shape(own_plan(plan_id, signed_in(request.user))))

    @extend_schema(operation_id="choose_dates", request=Choices, responses=PlanShape)
    def patch(self, request: Request, plan_id: str) -> Response:
        made = own_plan(plan_id, signed_in(request.user))
        body = Choices(data=request.data)
        body.is_valid(raise_exception=True)
        acts.choose(made, _chosen(body.validated_data["choices"], made))
        return Response(plan_shape(made))


def _chosen(choices: dict[str, Any], made: SeriesPlan) -> dict[str, Any]:
    """Choices as stored: an alternative's id becomes the instant it begins at."""
    known = {dated.on.isoformat() for dated in acts.dates_of(made)}
    out: dict[str, Any] = {}
    for on, choice in choices.items():
        if on not in known:
            raise Invalid(pointers=[Pointer(f"/choices/{on}", "unknown", "")])
        if isinstance(choice, bool):
            out[on] = choice
            continue
        try:
            start = datetime.strptime(str(choice), "%Y%m%dT%H%M").replace(tzinfo=UTC)
        except ValueError as error:
            raise Invalid(pointers=[Pointer(f"/choices/{on}", "invalid", "")]) from error
        if start.astimezone(made.venue.zone).date().isoformat() != on:
            raise Invalid(pointers=[Pointer(f"/choices/{on}", "invalid", "")])
        out[on] = start.isoformat()
    return out
