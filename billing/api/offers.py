"""Search with prices: the cards of what is free, one resource each."""

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
from billing.quoting.offers import Offer, Offered, offers
from billing.quoting.relaxations import FILTERS, relaxations
from booking.finding.search import Wanted
from booking.finding.timeline import timeline
from booking.measuring import demand
from booking.measuring.demand import NOTHING_FREE
from core.clock import now
from core.errors import Invalid, Pointer, WindowTooWide
from core.ids import encode
from core.lists import read
from core.money import Money
from core.periods import Period, local_date, local_day, local_days
from core.problems import reason_shape
from core.rates import address_of
from core.shapes import (
    IdField,
    ListShape,
    MoneyShape,
    PeriodShape,
    ReasonShape,
    RefShape,
    UntilShape,
    ref,
)
from core.views import View
from people.models import Organisation, Person
from people.roles import Standing, standing
from spaces.api import CatalogueQuery, ResourceBrief, brief
from spaces.catalogue import facets as facets_of
from spaces.catalogue import find
from spaces.models import Venue

WIDEST, MOST = 62, 500
USUAL_WINDOW = 14
ON_THE_SPOT = timedelta(hours=1)
ROME = ZoneInfo("Europe/Rome")  # where nothing says in which zone was looked


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
    latest = UntilShape(required=False)
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
    known = isinstance(request.user, Person)
    asker = str(request.user.pk) if known else address_of(request)
    demand.note(demand.searches(asked, first, last, why), asker, known=known)


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
    return local_days(first, last, venue.zone)


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
