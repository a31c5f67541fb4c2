"""Which venue or resource a request is about, and whether the asker sees to it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from core.errors import Invalid, Missing, Pointer
from core.lists import read
from core.shapes import IdField, StrictSerializer
from people.models import Person
from people.roles import OfPartner, allow, signed_in
from spaces.models import Resource, Venue
from spaces.scope import Scope


class ScopeShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    venue_id = serializers.CharField()
    time_zone = serializers.CharField()

    class Meta:
        ref_name = "RuleScope"


class OfScope(StrictSerializer):
    """Either a venue or a resource."""

    venue_id = IdField(Venue, required=False)
    resource_id = IdField(Resource, required=False)


def asked_scope(request: Request, act: str = "rules.edit") -> Scope:
    """The scope that a list's address names, for who may see to it."""
    return scope_for(request.user, read(OfScope, request), act, pointer="?venue_id")


def scope_for(
    person: Any, asked: dict[str, Any], act: str = "rules.edit", *, pointer: str = "/venue_id"
) -> Scope:
    """Raises Unknown, Missing (also for who may not), Invalid unless exactly one of the two is named."""
    signed_in(person)
    if ("venue_id" in asked) == ("resource_id" in asked):
        raise Invalid(pointers=[Pointer(pointer, "one-of-two", "")])
    if "venue_id" in asked:
        return allowed(person, Venue.objects.filter(pk=asked["venue_id"]).first(), None, act)
    resource = Resource.objects.select_related("venue").filter(pk=asked["resource_id"]).first()
    return allowed(person, resource.venue if resource else None, resource, act)


def allowed(person: Any, venue: Venue | None, resource: Resource | None, act: str = "rules.edit") -> Scope:
    if venue is None:
        raise Missing
    allow(person, act, OfPartner(venue.partner_id))
    return Scope(venue, resource)


def editor(request: Request) -> Person:
    return signed_in(request.user)
