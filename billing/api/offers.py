"""Search with prices: of one resource each, and of several together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.quoting import own_organisation
from billing.offers import Offer, Offered, Together, bundles, offers
from billing.relaxations import FILTERS, relaxations
from booking import demand
from booking.bundles import Choice
from booking.demand import NOTHING_FREE
from booking.search import Wanted
from booking.timeline import timeline
from core.clock import now
from core.errors import Invalid, Missing, Pointer, WindowTooWide
from core.ids import encode
from core.lists import read
from core.money import Money
from core.periods import Period, local_date, local_day
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
from people.roles import Standing, standing
from spaces.api import CatalogueQuery, ResourceBrief, brief
from spaces.catalogue import ACCESS, find
from spaces.catalogue import facets as facets_of
from spaces.models import Resource, Venue

WIDEST, MOST = 62, 500
USUAL_WINDOW = 14
ON_THE_SPOT = timedelta(hours=1)
ROME = ZoneInfo("Europe/Rome")  # where nothing says in which zone was looked
MOST_ITEMS, MOST_CHOICES, MOST_VENUES = 8, 20, 10


class Bookable(serializers.Serializer[Any]):
    allowed = serializers.BooleanField()
    reasons = ReasonShape(many=True)


class OfferShape(serializers.Serializer[Any]):
    resource_id = serializers.CharField()
    period = PeriodShape()
    price = MoneyShape()
    outcome = serializers.ChoiceField(["pay", "book", "request"])

    class Meta:
        ref_name = "Offer"


class BarPiece(serializers.Serializer[Any]):
    period = PeriodShape()
    kind = serializers.ChoiceField(["free", "taken", "closed"])


class OfferCard(serializers.Serializer[Any]):
    resource = ResourceBrief()
    bookable = Bookable()
    next_free = serializers.DateTimeField(allow_null=True)
    asks = serializers.BooleanField(help_text="terms, questions or the number of people come first")
    open = serializers.BooleanField(help_text="whether it opens at all in the days and hours searched")
    offers = OfferShape(many=True)
    bar = BarPiece(many=True, allow_null=True, help_text="the first day searched; with include=bar")


class RelaxationShape(serializers.Serializer[Any]):
    filter = serializers.ChoiceField([*FILTERS, "dates"])
    resources = serializers.IntegerField(help_text="how many can be had without this filter")
    resource = RefShape()
    time_zone = serializers.CharField()
    offer = OfferShape()

    class Meta:
        ref_name = "Relaxation"


class FacetsShape(serializers.Serializer[Any]):
    venue_id = serializers.DictField(child=serializers.IntegerField())
    kind = serializers.DictField(child=serializers.IntegerField())
    features = serializers.DictField(child=serializers.IntegerField())
    access = serializers.DictField(child=serializers.IntegerField())


class OfferPage(ListShape):
    data = OfferCard(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    facets = FacetsShape(allow_null=True, help_text="with include=facets")
    relaxations = RelaxationShape(many=True, allow_null=True, help_text="with include=relaxations")


class When(serializers.Serializer[Any]):
    """Days, hours and lengths, as searches and bundles are asked for them."""

    on_from = serializers.DateField(required=False)
    on_to = serializers.DateField(required=False, help_text="excluded")
    on = serializers.ListField(child=serializers.DateField(), required=False, max_length=WIDEST)
    weekday = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=7), required=False)
    earliest = serializers.TimeField(required=False)
    latest = serializers.TimeField(required=False)
    people = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    organisation_id = IdField("org", required=False)


class OffersQuery(When, CatalogueQuery):
    resource_id = serializers.ListField(child=IdField("res"), required=False, max_length=MOST)
    minutes = serializers.IntegerField(min_value=1, max_value=60 * 24 * 31, required=False)
    per_resource = serializers.IntegerField(min_value=0, max_value=200, required=False, default=3)
    quantity = serializers.IntegerField(min_value=1, max_value=500, required=False, default=1)
    price_to = serializers.IntegerField(
        min_value=0, max_value=10**9, required=False, help_text="cents a slot, at most"
    )
    at = serializers.ChoiceField(["now"], required=False, help_text="starts within the hour")
    include = serializers.ListField(
        child=serializers.ChoiceField(["bar", "facets", "relaxations"]), required=False, default=list
    )


class Offers(View):
    @extend_schema(operation_id="offers", parameters=[OffersQuery], responses=OfferPage)
    def get(self, request: Request) -> Response:
        asked = read(OffersQuery, request)
        person = request.user if isinstance(request.user, Person) else None
        organisation = own_organisation(asked.get("organisation_id"), standing(request.user))

        def answer(query: dict[str, Any]) -> list[Offered]:
            return _search(query, person, organisation)

        cards = answer(asked)
        nothing = not any(card.can_be_had for card in cards)
        if nothing and asked["per_resource"]:
            _missed(request, asked, cards)
        bars = _bars(cards, asked, standing(request.user)) if "bar" in asked["include"] else {}
        loosened = relaxations(asked, answer) if nothing and "relaxations" in asked["include"] else []
        return Response(
            {
                "data": [
                    card_shape(card, asked["per_resource"], bars.get(card.resource.pk)) for card in cards
                ],
                "next_cursor": None,
                "facets": facets_of(asked) if "facets" in asked["include"] else None,
                "relaxations": [
                    {
                        "filter": found.name,
                        "resources": found.resources,
                        "resource": ref(found.offer.resource),
                        "time_zone": found.offer.resource.venue.time_zone,
                        "offer": offer_shape(found.offer),
                    }
                    for found in loosened
                ]
                if "relaxations" in asked["include"]
                else None,
            }
        )


def _missed(request: Request, asked: dict[str, Any], cards: Sequence[Offered]) -> None:
    """What was looked for in vain is remembered, without names."""
    refused = {reason.code for card in cards for reason in card.reasons[:1]}
    if not cards:
        why = "none-fits"
    else:
        why = (
            next(iter(refused)) if len(refused) == 1 and all(card.reasons for card in cards) else NOTHING_FREE
        )
    zone = cards[0].resource.venue.zone if cards else ROME
    first = asked.get("on_from") or local_date(now(), zone)
    last = asked.get("on_to") or first + timedelta(days=USUAL_WINDOW)
    asker = request.user.pk if isinstance(request.user, Person) else request.META.get("REMOTE_ADDR", "")
    demand.note(demand.searches(asked, first, last, why), str(asker))


def _search(asked: dict[str, Any], person: Person | None, organisation: Organisation | None) -> list[Offered]:
    resources = list(find(asked)[:MOST])
    if not resources:
        return []
    cap = Money(asked["price_to"]) if "price_to" in asked else None
    window = window_of(asked, resources[0].venue)
    return offers(resources, window, wanted_of(asked), person, organisation, cap)


def window_of(asked: dict[str, Any], venue: Venue) -> Period:
    """The days searched, by the venue's calendar. Raises WindowTooWide, Invalid for no day at all."""
    days: list[date] = sorted(asked.get("on") or ())
    first = asked.get("on_from") or (days[0] if days else local_date(now(), venue.zone))
    last = asked.get("on_to") or (
        days[-1] + timedelta(days=1) if days else first + timedelta(days=USUAL_WINDOW)
    )
    if (last - first).days > WIDEST:
        raise WindowTooWide(days=WIDEST)
    if first >= last or not 2000 < first.year < 2100:
        raise Invalid(pointers=[Pointer("?on_to", "empty", "")])
    return Period(local_day(first, venue.zone).start, local_day(last, venue.zone).start)


def wanted_of(asked: dict[str, Any]) -> Wanted:
    return Wanted(
        asked.get("minutes"),
        asked.get("quantity", 1),
        asked.get("people"),
        asked["per_resource"],
        frozenset(asked.get("weekday", ())),
        frozenset(asked.get("on", ())),
        asked.get("earliest"),
        asked.get("latest"),
        now() + ON_THE_SPOT if asked.get("at") == "now" else None,
    )


def _bars(cards: Sequence[Offered], asked: dict[str, Any], has: Standing) -> dict[UUID, list[dict[str, Any]]]:
    """The first day searched of every card, as free, taken and closed; three statements."""
    if not cards:
        return {}
    resources = [card.resource for card in cards]
    zone = resources[0].venue.zone
    day = local_day(local_date(window_of(asked, resources[0].venue).start, zone), zone)
    drawn = timeline(resources, day, has)
    return {
        pk: [
            {"period": s.period, "kind": s.kind if s.kind in ("free", "closed") else "taken"}
            for s in one.spans
        ]
        for pk, one in drawn.items()
    }


def card_shape(card: Offered, most: int, bar: list[dict[str, Any]] | None) -> dict[str, Any]:
    return {
        "resource": brief(card.resource),
        "bookable": {"allowed": not card.reasons, "reasons": [reason_shape(r) for r in card.reasons]},
        "next_free": card.next_free,
        "asks": card.asks,
        "open": card.opens,
        "offers": [offer_shape(offer) for offer in card.offers[:most]],
        "bar": bar,
    }


def offer_shape(offer: Offer) -> dict[str, Any]:
    return {
        "resource_id": encode("res", offer.resource.pk),
        "period": offer.period,
        "price": offer.price,
        "outcome": offer.outcome,
    }


# -- several together ------------------------------------------------------------------------------------


class BundleItem(StrictSerializer):
    """One thing of a bundle: this resource, or any that fits."""

    resource_id = IdField("res", required=False)
    kind = serializers.ChoiceField(Resource.Kind.choices, required=False)
    capacity_from = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    features = serializers.ListField(child=serializers.SlugField(), required=False, max_length=20)
    access = serializers.ListField(child=serializers.ChoiceField(ACCESS), required=False)
    quantity = serializers.IntegerField(min_value=1, max_value=500, required=False, default=1)


class Bundle(When, StrictSerializer):
    items = serializers.ListField(child=BundleItem(), min_length=1, max_length=MOST_ITEMS)
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
    time_zone = serializers.CharField()
    items = BundleOffer(many=True)
    price = MoneyShape()
    outcome = serializers.ChoiceField(["pay", "book", "request"])
    asks = serializers.BooleanField(help_text="terms, questions or the number of people come first")


class InTheWay(serializers.Serializer[Any]):
    item = serializers.IntegerField(help_text="its place in the bundle, from 0")
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

    Raises Missing for a resource that is not there.
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
        {"item": n, "why": "none-fits", "reasons": [], "without": None, "time_zone": None} for n in lacking
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
                    "why": "not-allowed" if against else "not-together",
                    "reasons": [reason_shape(r) for r in against],
                    "without": times[0].period if times else None,
                    "time_zone": choices[n].resources[0].venue.time_zone,
                }
            )
    return found


def together_shape(one: Together) -> dict[str, Any]:
    return {
        "period": one.period,
        "time_zone": one.offers[0].resource.venue.time_zone,
        "items": [offer_shape(o) | {"resource": ref(o.resource), "quantity": o.quantity} for o in one.offers],
        "price": one.price,
        "outcome": one.outcome,
        "asks": one.asks,
    }
