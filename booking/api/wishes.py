"""What somebody says they wait for: a slot, or a wish; of one thing, of a kind, or of several at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any
from uuid import UUID

from rest_framework import serializers

from booking.api.bookings import MOST_ITEMS, FittingThing, wanted_things
from booking.models import WaitedFor, WaitingItem
from booking.queueing.waiting import Wish
from core.errors import Invalid, Missing, Pointer
from core.periods import END_OF_DAY, local_days
from core.shapes import IdField, PeriodShape, StrictSerializer
from people.models import Organisation, Person
from people.roles import OfPartner, standing
from spaces.models import Resource, Venue

CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
CLOCK_OR_24 = r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"


class WaitingHours(StrictSerializer):
    start = serializers.RegexField(CLOCK)
    end = serializers.RegexField(CLOCK_OR_24, help_text="24:00 is the end of the day")


class WaitingDays(StrictSerializer):
    """`start` included, `end` excluded."""

    start = serializers.DateField()
    end = serializers.DateField()


class NewPlace(StrictSerializer):
    """A slot (`resource_id` or `items`, and `period`), or a wish: a resource, several `items` at once, or a kind at a
    venue; days, hours, least minutes. Where all `items` are kinds, the venue is said."""

    resource_id = IdField(Resource, required=False)
    items = serializers.ListField(child=FittingThing(), required=False, min_length=1, max_length=MOST_ITEMS)
    venue_id = IdField(Venue, required=False)
    kind = serializers.ChoiceField(Resource.Kind.choices, required=False)
    period = PeriodShape(required=False)
    days = WaitingDays(required=False)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7), required=False, default=list, max_length=7
    )
    hours = WaitingHours(required=False)
    minutes = serializers.IntegerField(min_value=1, max_value=60 * 24 * 31, required=False)
    quantity = serializers.IntegerField(min_value=1, max_value=500, default=1)
    people = serializers.IntegerField(min_value=1, max_value=10_000, required=False, allow_null=True)
    organisation_id = IdField(Organisation, required=False, allow_null=True, help_text="in whose name")


def wish_of(person: Person, data: dict[str, Any]) -> Wish:
    """What a body means. Raises Missing for what is not there, or an organisation that the person does not book for;
    Invalid for what is neither slot nor wish."""
    venue, wanted = _what(data)
    more: dict[str, Any] = {
        "people": data.get("people"),
        "organisation": _in_whose_name(person, data.get("organisation_id"), venue),
    }
    if "period" in data:
        if "kind" in data:
            raise Invalid(pointers=[Pointer("/resource_id", "required", "")])
        period = PeriodShape.resolve(data["period"], venue.zone)
        return Wish(venue, wanted, period, period.minutes, **more)
    for name in ("days", "minutes"):
        if name not in data:
            raise Invalid(pointers=[Pointer(f"/{name}", "required", "")])
    first, after = data["days"]["start"], data["days"]["end"]
    hours = {
        name: END_OF_DAY if value == "24:00" else time.fromisoformat(value)
        for name, value in data.get("hours", {}).items()
    }
    if first >= after or (hours and hours["start"] >= hours["end"]):
        raise Invalid(pointers=[Pointer("/days" if first >= after else "/hours", "empty", "")])
    window = local_days(first, after, venue.zone)
    return Wish(
        venue,
        wanted,
        window,
        data["minutes"],
        weekdays=sorted(set(data["weekdays"])),
        earliest=hours.get("start"),
        latest=hours.get("end"),
        **more,
    )


def _in_whose_name(person: Person, organisation_id: UUID | None, venue: Venue) -> Organisation | None:
    if organisation_id is None:
        return None
    found = Organisation.objects.filter(pk=organisation_id).first()
    if found is None or not standing(person).books_for(found.pk, OfPartner(venue.partner_id)):
        raise Missing
    return found


def _what(data: dict[str, Any]) -> tuple[Venue, list[WaitedFor]]:
    """The venue, and what is wanted of it at the same time, as unsaved rows."""
    if "items" in data:
        if data.keys() & {"resource_id", "kind"}:
            raise Invalid(pointers=[Pointer("/items", "one-or-the-other", "")])
        return _several(data["items"], data.get("venue_id"))
    if "resource_id" in data and "kind" not in data:
        found = (
            Resource.objects.filter(is_active=True, pk=data["resource_id"]).select_related("venue").first()
        )
        if found is None:
            raise Missing
        return found.venue, [WaitingItem(resource=found, quantity=data["quantity"])]
    if "venue_id" in data and "kind" in data and "resource_id" not in data:
        return _venue(data["venue_id"]), [WaitingItem(kind=data["kind"], quantity=data["quantity"])]
    raise Invalid(pointers=[Pointer("/resource_id", "required", "")])


def _several(items: list[dict[str, Any]], venue_id: UUID | None) -> tuple[Venue, list[WaitedFor]]:
    for n, item in enumerate(items):
        if ("resource_id" in item) == ("kind" in item):
            raise Invalid(pointers=[Pointer(f"/items/{n}/resource_id", "one-or-the-other", "")])
    resources = [resource for resource, _ in wanted_things([i for i in items if "resource_id" in i])]
    if venue_id is None and not resources:
        raise Invalid(pointers=[Pointer("/venue_id", "required", "")])
    venue = resources[0].venue if venue_id is None else _venue(venue_id)
    if any(resource.venue_id != venue.pk for resource in resources):
        raise Invalid(pointers=[Pointer("/items", "several-venues", "")])
    named = {resource.pk: resource for resource in resources}
    return venue, [_thing_of(item, named) for item in items]


def _thing_of(item: dict[str, Any], named: Mapping[UUID, Resource]) -> WaitedFor:
    if "resource_id" in item:
        return WaitingItem(resource=named[item["resource_id"]], quantity=item["quantity"])
    return WaitingItem(
        kind=item["kind"],
        capacity_from=item.get("capacity_from"),
        features=sorted({*item.get("features", ()), *item.get("access", ())}),
        quantity=item["quantity"],
    )


def _venue(venue_id: UUID) -> Venue:
    found = Venue.objects.filter(pk=venue_id).first()
    if found is None:
        raise Missing
    return found
