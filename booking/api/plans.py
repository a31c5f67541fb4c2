"""A series as it is being planned: its rule, every date with its verdict and price, and which are chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.bookings import MOST_ITEMS, ItemWish, wanted_things
from booking.api.changes import Saying
from booking.api.repeats import RuleShape, rule_of
from booking.models import Series, SeriesPlan
from booking.repeating import editing
from booking.repeating import series as acts
from booking.repeating.date_changes import GOES, MOVES, NEW, STAYS, Worth, asks_of, no_money
from booking.repeating.edits import plan_edit, words_of
from booking.repeating.pairing import in_their_places
from booking.repeating.plans import Dated
from booking.visible import had_or_run
from core import terms
from core.clock import now
from core.errors import Invalid, Missing, Pointer
from core.ids import encode
from core.lookup import pk_of
from core.money import total
from core.periods import local_date
from core.problems import reason_shape
from core.shapes import IdField, MoneyShape, PeriodShape, ReasonShape, RefShape, ref
from core.views import View
from people.models import Organisation, Person
from people.roles import allow, signed_in, standing


class NewPlan(Saying):
    """A new series; with `series_id` and `scope` an edit of one, which takes over what is not said anew: what the series
    says, and of one date alone what that has itself."""

    series_id = serializers.CharField(required=False)
    scope = serializers.ChoiceField(["this", "following", "all"], required=False)
    on = serializers.DateField(required=False, help_text="the date that is edited, or from which on")
    items = serializers.ListField(child=ItemWish(), min_length=1, max_length=MOST_ITEMS, required=False)
    rule = RuleShape(required=False)
    organisation_id = IdField(Organisation, required=False, allow_null=True)
    title = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        needed = ["scope"] if "series_id" in attrs else ["items", "rule"]
        if attrs.get("scope") in ("this", "following"):
            needed.append("on")
        lacking = [name for name in needed if name not in attrs]
        if lacking:
            raise Invalid(pointers=[Pointer(f"/{name}", "required", "") for name in lacking])
        rule = attrs.get("rule") if attrs.get("scope") == "this" else None
        if rule is not None and (rule["repeat"] != "dates" or len(rule["dates"]) != 1):
            raise Invalid(pointers=[Pointer("/rule/dates", "one-date", "")])
        return attrs


class Choices(Saying):
    """Which dates are chosen, and what its dates want said first."""

    choices = serializers.DictField(
        required=False, default=dict, help_text="by date: true, false, or the id of one of its alternatives"
    )


class OtherTime(serializers.Serializer[Any]):
    id = serializers.CharField()
    period = PeriodShape()


class Swap(serializers.Serializer[Any]):
    was = RefShape()
    was_quantity = serializers.IntegerField()
    becomes = RefShape()
    quantity = serializers.IntegerField()


class PlannedDate(serializers.Serializer[Any]):
    on = serializers.DateField()
    change = serializers.ChoiceField(["new", "stays", "moves", "goes"])
    booking_id = serializers.CharField(allow_null=True)
    was = PeriodShape(allow_null=True, help_text="when the booking is now, if it moves or goes")
    period = PeriodShape(allow_null=True)
    verdict = serializers.ChoiceField(["free", "taken", "closed", "refused", "skipped"])
    reasons = ReasonShape(many=True)
    price = MoneyShape(allow_null=True)
    price_difference = MoneyShape(allow_null=True)
    back = MoneyShape(allow_null=True)
    taken = RefShape(
        many=True, help_text="of several things, those that cannot be had even alone at that time"
    )
    swaps = Swap(many=True, help_text="of an edit: which of its things become others, or more or fewer")
    alternatives = OtherTime(many=True)
    chosen = serializers.BooleanField()
    moved = serializers.BooleanField()
    shorter_by_clock_change = serializers.BooleanField()


class PlanTotals(serializers.Serializer[Any]):
    dates = serializers.IntegerField()
    chosen = serializers.IntegerField()
    price = MoneyShape()
    difference = MoneyShape(help_text="of an edit: what its chosen dates cost more, or less")
    back = MoneyShape(help_text="of an edit: what comes back by the terms")
    to_pay = MoneyShape(help_text="for the new dates")


class PlanShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    series_id = serializers.CharField(allow_null=True)
    scope = serializers.ChoiceField(SeriesPlan.Scope.choices, allow_null=True)
    venue = RefShape()
    time_zone = serializers.CharField()
    expires_at = serializers.DateTimeField()
    resources = RefShape(many=True, help_text="what its new dates take, and those that move")
    people = serializers.IntegerField(allow_null=True, help_text="how many come, if it was said")
    dates = PlannedDate(many=True)
    totals = PlanTotals()

    class Meta:
        ref_name = "SeriesPlan"


def asked_of(data: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    """The plan's words as they are stored; what is not said anew is as it was. Raises Invalid where it is said that other
    people come than was said before."""
    said = dict(before or {})
    if "items" in data:
        items = [{"resource": str(r.pk), "quantity": n} for r, n in wanted_things(data["items"])]
        said["items"] = in_their_places(said["items"], items, itemgetter("resource")) if before else items
    if "rule" in data:
        said["rule"] = rule_of(data["rule"])
    if before is None:
        return said | {
            "people": data.get("people"),
            "title": data["title"],
            "accepted_terms": data["accepted_terms"],
            "answers": data["answers"],
        }
    accepted = sorted({*said["accepted_terms"], *data["accepted_terms"]})
    people = data.get("people") or said["people"]
    if said["people"] not in (None, people):
        raise Invalid(pointers=[Pointer("/people", "said-already", str(said["people"]))])
    return said | {"people": people, "accepted_terms": accepted, "answers": said["answers"] | data["answers"]}


def plan_shape(made: SeriesPlan) -> dict[str, Any]:
    """The plan as it is now, priced; what it says is what may be done with it."""
    if made.series is not None:
        edit = plan_edit(made)
        acts.show(made, edit.said())
        return _shown(made, edit.dates, edit.worth)
    dates = acts.dates_of(made)
    acts.show(made, acts.chosen_of(dates))
    money: Callable[..., dict[date | UUID, Worth]] = terms.performer("series.worth", no_money)
    people = made.asked["people"]
    free = [dated for dated in dates if dated.verdict == "free"]
    return _shown(made, dates, money(free, made.person, made.organisation, people))


def _shown(made: SeriesPlan, dates: Sequence[Dated], worth: dict[date | UUID, Worth]) -> dict[str, Any]:
    chosen = [dated for dated in dates if dated.chosen]
    known = [(dated, worth[dated.key]) for dated in chosen if dated.key in worth]
    taken = [ask.resource for dated in dates if dated.change in (MOVES, NEW) for ask in dated.asks]
    return {
        "id": encode("pln", made.pk),
        "series_id": encode("ser", made.series_id) if made.series_id else None,
        "scope": made.scope or None,
        "venue": ref(made.venue),
        "time_zone": made.venue.time_zone,
        "expires_at": made.expires_at,
        "resources": [ref(resource) for resource in {one.pk: one for one in taken}.values()],
        "people": made.asked["people"],
        "dates": [_date_shape(dated, worth.get(dated.key)) for dated in dates],
        "totals": {
            "dates": len(dates),
            "chosen": len(chosen),
            "price": total(w.after for _, w in known),
            "difference": total(w.after - w.before for _, w in known),
            "back": total(w.back for _, w in known),
            "to_pay": total(w.after for dated, w in known if dated.change == NEW),
        },
    }


def _date_shape(dated: Dated, worth: Worth | None) -> dict[str, Any]:
    booking = dated.booking
    leaves = booking is not None and dated.change != STAYS
    return {
        "on": dated.on,
        "change": dated.change,
        "booking_id": encode("bkg", booking.pk) if booking is not None else None,
        "was": booking.period if leaves and booking is not None else None,
        "period": None if dated.change == GOES else dated.period,
        "verdict": dated.verdict,
        "reasons": [reason_shape(r) for r in dated.reasons],
        "price": worth.after if worth else None,
        "price_difference": worth.after - worth.before if worth else None,
        "back": worth.back if worth else None,
        "taken": [ref(resource) for resource in dated.taken],
        "swaps": _swaps(dated),
        "alternatives": [
            {"id": other.period.start.strftime("%Y%m%dT%H%M"), "period": other.period}
            for other in dated.alternatives
        ],
        "chosen": dated.chosen,
        "moved": dated.moved,
        "shorter_by_clock_change": dated.shorter,
    }


def _swaps(dated: Dated) -> list[dict[str, Any]]:
    if dated.change != MOVES or dated.booking is None:
        return []
    pairs = zip(asks_of(dated.booking), dated.asks, strict=False)
    return [
        {
            "was": ref(old.resource),
            "was_quantity": old.quantity,
            "becomes": ref(new.resource),
            "quantity": new.quantity,
        }
        for old, new in pairs
        if (old.resource, old.quantity) != (new.resource, new.quantity)
    ]


def own_plan(plan_id: str | UUID, person: Person) -> SeriesPlan:
    pk = plan_id if isinstance(plan_id, UUID) else pk_of("pln", plan_id)
    of_series = [f"series__{name}" for name in ("venue", "person", "organisation", "recurrence")]
    rows = SeriesPlan.objects.select_related("venue", "person", "organisation", *of_series)
    found = rows.filter(pk=pk, person=person, expires_at__gt=now()).first()
    if found is None:
        raise Missing
    if found.series_id is not None:
        editable(found.series_id, person)  # a right may have been lost since it was planned
    return found


class Plans(View):
    @extend_schema(operation_id="plan_series", request=NewPlan, responses={201: PlanShape})
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewPlan(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        if "series_id" in data:
            return Response(plan_shape(_edit_of(data, person)), status=201)
        organisation = None
        if data.get("organisation_id"):
            delegations = standing(person).delegate_of
            organisation = Organisation.objects.filter(pk=data["organisation_id"], pk__in=delegations).first()
            if organisation is None:
                raise Missing
        return Response(plan_shape(acts.plan(person, organisation, asked_of(data))), status=201)


def _edit_of(data: dict[str, Any], person: Person) -> SeriesPlan:
    found = editable(data["series_id"], person)
    if not found.asked:
        raise Missing
    alone = data["scope"] == SeriesPlan.Scope.THIS
    said = asked_of(data, words_of(found, data["on"]) if alone else found.asked)
    if alone:
        said["rule"] = said["rule"] | {"skip": []}
    return editing.plan_to_edit(person, found, data["scope"], data.get("on"), said)


class OnePlan(View):
    @extend_schema(operation_id="read_series_plan", responses=PlanShape)
    def get(self, request: Request, plan_id: str) -> Response:
        return Response(plan_shape(own_plan(plan_id, signed_in(request.user))))

    @extend_schema(operation_id="choose_dates", request=Choices, responses=PlanShape)
    def patch(self, request: Request, plan_id: str) -> Response:
        made = own_plan(plan_id, signed_in(request.user))
        body = Choices(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        acts.choose(made, _chosen(data["choices"], made), asked_of(data, made.asked))
        return Response(plan_shape(made))


def _chosen(choices: dict[str, Any], made: SeriesPlan) -> dict[str, Any]:
    """Choices as stored: an alternative's id becomes the instant it begins at."""
    dates = plan_edit(made).dates if made.series is not None else acts.dates_of(made)
    known = {dated.on.isoformat(): dated.period for dated in dates}
    zone = made.venue.zone
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
        period = known[on]
        day = local_date(period.start, zone).isoformat() if period is not None else on
        if local_date(start, zone).isoformat() != day:
            raise Invalid(pointers=[Pointer(f"/choices/{on}", "invalid", "")])
        out[on] = start.isoformat()
    return out


def series_for(person: Person) -> Any:
    """The series whose bookings the person may see."""
    seen = had_or_run(standing(person)).filter(series__isnull=False).values("series")
    return Series.objects.filter(pk__in=seen).select_related("venue", "organisation", "person", "recurrence")


def own_series(series_id: str | UUID, person: Person) -> Series:
    pk = series_id if isinstance(series_id, UUID) else pk_of("ser", series_id)
    found: Series | None = series_for(person).filter(pk=pk).first()
    if found is None:
        raise Missing
    return found


def editable(series_id: str | UUID, person: Person) -> Series:
    """The series, if the person may change it; one booking stands for the rights on all of them."""
    found = own_series(series_id, person)
    first = found.bookings.select_related("venue").order_by("series_date")[:1].get()
    allow(person, "booking.cancel", first, seen_by="booking.see")
    return found
