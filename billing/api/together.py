"""Search for several things together: the next times at which all of them are free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.offers import OfferShape, When, offer_shape, wanted_of, window_of
from billing.api.quoting import own_organisation
from billing.quoting.offers import Together, bundles
from booking.api.bookings import FittingThing
from booking.finding.bundles import Choice
from core.errors import Invalid, Missing, Pointer
from core.problems import reason_shape
from core.shapes import (
    IdField,
    ListShape,
    MoneyShape,
    PeriodShape,
    ReasonShape,
    RefShape,
    StrictSerializer,
    ref,
)
from core.views import View
from people.models import Organisation, Person
from people.roles import standing
from spaces.catalogue import find
from spaces.models import Resource

MOST_ITEMS, MOST_CHOICES, MOST_VENUES = 8, 20, 10


class Bundle(When, StrictSerializer):
    items = serializers.ListField(child=FittingThing(), min_length=1, max_length=MOST_ITEMS)
    venue_id = IdField("ven", required=False)
    minutes = serializers.IntegerField(min_value=1, max_value=60 * 24 * 31)
    limit = serializers.IntegerField(min_value=1, max_value=50, required=False, default=5)


class BundleOffer(OfferShape):
    resource = RefShape()
    quantity = serializers.IntegerField()

    class Meta:
        ref_name = "BundleOffer"


class CommonOffer(serializers.Serializer[Any]):
    period = PeriodShape()
    venue = RefShape()
    time_zone = serializers.CharField()
    items = BundleOffer(many=True)
    price = MoneyShape()
    outcome = serializers.ChoiceField(["pay", "book", "request"])
    asks = serializers.BooleanField(help_text="terms, questions or the number of people come first")


class InTheWay(serializers.Serializer[Any]):
    item = serializers.IntegerField(help_text="its place in the bundle, from 0")
    resource = RefShape(allow_null=True, help_text="the only one that would do")
    why = serializers.ChoiceField(["none-fits", "not-allowed", "not-together"])
    reasons = ReasonShape(many=True)
    without = PeriodShape(allow_null=True, help_text="the first time for the rest of the bundle")
    time_zone = serializers.CharField(allow_null=True)


class CommonOffers(ListShape):
    data = CommonOffer(many=True)
    in_the_way = InTheWay(many=True)


class OffersInCommon(View):
    """The next times at which all of these are free: each can be held as one booking."""

    @extend_schema(operation_id="common_offers", request=Bundle, responses=CommonOffers)
    def post(self, request: Request) -> Response:
        body = Bundle(data=request.data)
        body.is_valid(raise_exception=True)
        asked = dict(body.validated_data)
        person = request.user if isinstance(request.user, Person) else None
        organisation = own_organisation(asked.get("organisation_id"), standing(request.user))
        by_venue = _choices(asked)
        if not by_venue:
            lacking = _none_fits(asked)
            return Response({"data": [], "in_the_way": lacking})
        wanted = wanted_of(asked | {"per_resource": asked["limit"]})
        found: list[Together] = []
        for choices in by_venue:
            window = window_of(asked, choices[0].resources[0].venue)
            made, reasons = bundles(choices, window, wanted, person, organisation)
            if any(reasons):  # something in it may not be had here, whatever the time
                continue
            found += made
        found.sort(key=lambda one: one.period)
        in_the_way = [] if found else _in_the_way(by_venue[0], asked, person, organisation)
        return Response(
            {"data": [together_shape(t) for t in found[: asked["limit"]]], "in_the_way": in_the_way}
        )


def _choices(asked: dict[str, Any]) -> list[list[Choice]]:
    """For each venue that has something for every item: the resources that fit, the smallest that do first.

    Raises Missing for a resource that is not there, Invalid for one named twice or of several venues.
    """
    named = [item["resource_id"] for item in asked["items"] if "resource_id" in item]
    places = set(Resource.objects.filter(pk__in=named, is_active=True).values_list("venue_id", flat=True))
    if len(set(named)) != Resource.objects.filter(pk__in=named, is_active=True).count():
        raise Missing
    if len(places) > 1 or len(set(named)) < len(named):
        raise Invalid(pointers=[Pointer("/items", "several-venues" if len(places) > 1 else "repeated", "")])
    fitting = [_fitting(item, asked, next(iter(places), None)) for item in asked["items"]]
    venues = list(dict.fromkeys(r.venue_id for r in fitting[0]))[:MOST_VENUES]
    found = []
    for venue in venues:
        here = [[r for r in rows if r.venue_id == venue][:MOST_CHOICES] for rows in fitting]
        if all(here):
            found.append(
                [Choice(rows, item["quantity"]) for rows, item in zip(here, asked["items"], strict=True)]
            )
    return found


def _fitting(item: dict[str, Any], asked: dict[str, Any], place: UUID | None) -> list[Resource]:
    filters = {key: value for key, value in item.items() if key not in ("quantity", "resource_id", "kind")}
    filters |= {name: [item[name]] for name in ("resource_id", "kind") if name in item}
    venue = asked.get("venue_id") or place
    rows = list(find(filters | ({"venue_id": venue} if venue else {})))
    return sorted(rows, key=lambda r: (r.venue.position, r.capacity or 0))


def _none_fits(asked: dict[str, Any]) -> list[dict[str, Any]]:
    fits = [bool(_fitting(item, asked, None)) for item in asked["items"]]
    lacking = [n for n, found in enumerate(fits) if not found] or range(len(fits))
    return [
        {"item": n, "resource": None, "why": "none-fits", "reasons": [], "without": None, "time_zone": None}
        for n in lacking
    ]


def _in_the_way(
    choices: Sequence[Choice], asked: dict[str, Any], person: Person | None, organisation: Organisation | None
) -> list[dict[str, Any]]:
    """The items that alone stand in the way: that may not be had, or without which there would be a time."""
    wanted = wanted_of(asked | {"per_resource": 1})
    window = window_of(asked, choices[0].resources[0].venue)
    _, reasons = bundles(choices, window, wanted, person, organisation)
    found = []
    for n, against in enumerate(reasons):
        rest = [c for m, c in enumerate(choices) if m != n]
        # Where something may never be had, what is merely taken is not worth saying.
        times = bundles(rest, window, wanted, person, organisation)[0] if rest and not any(reasons) else []
        if against or times or not rest:
            found.append(
                {
                    "item": n,
                    "resource": ref(choices[n].resources[0]) if len(choices[n].resources) == 1 else None,
                    "why": "not-allowed" if against else "not-together",
                    "reasons": [reason_shape(r) for r in against],
                    "without": times[0].period if times else None,
                    "time_zone": choices[n].resources[0].venue.time_zone,
                }
            )
    return found


def together_shape(one: Together) -> dict[str, Any]:
    venue = one.offers[0].resource.venue
    return {
        "period": one.period,
        "venue": ref(venue),
        "time_zone": venue.time_zone,
        "items": [offer_shape(o) | {"resource": ref(o.resource), "quantity": o.quantity} for o in one.offers],
        "price": one.price,
        "outcome": one.outcome,
        "asks": one.asks,
    }
