"""Feeds: made, listed, revoked by their maker; read by anyone who has the secret address."""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.inviting import feeds
from booking.models import Feed
from core.errors import Forbidden, Invalid, Missing, Pointer
from core.ids import decode, encode
from core.lists import ListQuery, page, read
from core.lookup import one_in
from core.shapes import IdField, ListShape, RefShape, StrictSerializer, ref
from core.views import View
from people.models import Organisation, Person
from people.roles import OfPartner, signed_in, standing
from spaces.models import Resource, Venue

KINDS = ("person", "organisation", "resource", "venue")


class NewFeed(StrictSerializer):
    """Of exactly one: oneself (`person`: true), an organisation one acts for, a resource or a venue."""

    person = serializers.BooleanField(required=False, default=False)
    organisation_id = IdField(Organisation, required=False)
    resource_id = IdField(Resource, required=False)
    venue_id = IdField(Venue, required=False)
    names = serializers.BooleanField(required=False, default=False)


class FeedShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(KINDS)
    of = RefShape()
    names = serializers.BooleanField()
    made_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)
    address = serializers.CharField(allow_null=True, help_text="only when it is made; never again")

    class Meta:
        ref_name = "Feed"


class FeedPage(ListShape):
    data = FeedShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


def feed_shape(feed: Feed, secret: str | None = None) -> dict[str, Any]:
    kind = next(name for name in KINDS if getattr(feed, f"{name}_id") is not None)
    return {
        "id": encode("fed", feed.pk),
        "kind": kind,
        "of": ref(getattr(feed, kind)),
        "names": feed.names,
        "made_at": feed.made_at,
        "read_at": feed.read_at,
        "address": f"{settings.SITE_URL}/feeds/{secret}.ics" if secret else None,
    }


def own(person: Person) -> Any:
    rows = Feed.objects.filter(made_by=person, revoked_at=None)
    return rows.select_related("person", "organisation", "resource", "venue")


def target(person: Person, data: dict[str, Any]) -> Person | Organisation | Resource | Venue:
    """What the feed is of, if the person may have it."""
    named = [name for name in ("organisation_id", "resource_id", "venue_id") if name in data]
    if len(named) + bool(data["person"]) != 1:
        raise Invalid(pointers=[Pointer("/person", "one-of", "")])
    has = standing(person)
    if data["person"]:
        return person
    if "organisation_id" in data:
        body = Organisation.objects.filter(pk=data["organisation_id"], pk__in=has.delegate_of).first()
        if body is None:
            raise Missing
        return body
    found: Resource | Venue | None
    if "resource_id" in data:
        found = Resource.objects.select_related("venue").filter(pk=data["resource_id"]).first()
    else:
        found = Venue.objects.filter(pk=data["venue_id"]).first()
    if found is None:
        raise Missing
    venue = found.venue if isinstance(found, Resource) else found
    if data["names"] and not has.allows("desk.see", OfPartner(venue.partner_id)):
        raise Forbidden
    return found


class Feeds(View):
    @extend_schema(operation_id="list_feeds", parameters=[ListQuery], responses=FeedPage)
    def get(self, request: Request) -> Response:
        rows = own(signed_in(request.user))
        return Response(page(rows, read(ListQuery, request), lambda found: [feed_shape(f) for f in found]))

    @extend_schema(operation_id="make_feed", request=NewFeed, responses={201: FeedShape})
    def post(self, request: Request) -> Response:
        # No Idempotency-Key: the stored answer would keep the secret, of which we keep only a hash.
        person = signed_in(request.user)
        body = NewFeed(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        made, secret = feeds.make(person, target(person, data), names=data["names"])
        return Response(feed_shape(made, secret), status=201)


class OneFeed(View):
    @extend_schema(operation_id="revoke_feed", request=None, responses={204: None})
    def delete(self, request: Request, feed_id: str) -> Response:
        person = signed_in(request.user)
        found = one_in(own(person), "fed", feed_id)
        feeds.revoke(person, found)
        return Response(status=204)


def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar under a secret address, outside the API: calendars send no cookie and want no JSON."""
    try:
        content = feeds.read(secret)
    except Missing as error:
        raise Http404 from error
    answer = _answer(request, content)
    answer["Cache-Control"], answer["X-Robots-Tag"] = "private, max-age=300", "noindex"
    return answer


def busy(request: HttpRequest, resource_id: str) -> HttpResponse:
    """When a resource is busy, for anybody and without names; what `GET /availability` says, for calendars."""
    try:
        pk = decode("res", resource_id)
    except ValueError as error:
        raise Http404 from error
    found = Resource.objects.select_related("venue").filter(pk=pk, is_active=True).first()
    if found is None:
        raise Http404
    answer = _answer(request, feeds.public(found))
    answer["Cache-Control"] = "public, max-age=300"
    return answer


def _answer(request: HttpRequest, content: bytes) -> HttpResponse:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    fresh = request.headers.get("If-None-Match") == tag
    answer = (
        HttpResponse(status=304)
        if fresh
        else HttpResponse(content, content_type="text/calendar; charset=utf-8")
    )
    answer["ETag"] = tag
    return answer
