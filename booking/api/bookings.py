"""Bookings: hold, read, give back, cancel, decide, attend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, Q
from django.db.models.functions import Lower
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.acting import an_act, one, shown
from booking.api.changes import Saying, said_in
from booking.api.seen import looked_at
from booking.api.shape import BookingShape, shape
from booking.attending import attendance
from booking.claims import Ask
from booking.holding import holds, lifecycle
from booking.holding.holds import Wish
from booking.inviting import calendars
from booking.judging.clauses import needs_approval
from booking.judging.gathering import gather
from booking.judging.judge import judge
from booking.measuring import demand
from booking.models import Booking
from booking.visible import bookings_for, had_or_run, handed_to
from core.errors import Forbidden, Invalid, Missing, Pointer, Refused, SlotTaken
from core.files import sent_as
from core.idempotency import idempotent
from core.ids import decode
from core.lists import ListQuery, page, read
from core.periods import hull
from core.problems import reason_shape
from core.shapes import IdField, InstantField, ListShape, PeriodShape, ReasonShape, StrictSerializer
from core.views import View
from people.models import Organisation, Person
from people.roles import OfPartner, allow, allow_somewhere, signed_in, standing
from spaces.catalogue import ACCESS
from spaces.layout import MOST_OF_ONE
from spaces.models import Resource

MOST_ITEMS = 20


class ItemWish(StrictSerializer):
    resource_id = IdField(Resource)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_OF_ONE, default=1)


class FittingThing(StrictSerializer):
    """One thing of several: this resource, or any that fits."""

    resource_id = IdField(Resource, required=False)
    kind = serializers.ChoiceField(Resource.Kind.choices, required=False)
    capacity_from = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    features = serializers.ListField(child=serializers.SlugField(), required=False, max_length=20)
    access = serializers.ListField(child=serializers.ChoiceField(ACCESS), required=False)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_OF_ONE, required=False, default=1)


class Wanted(Saying):
    """Items for a period; a period without offset is the venue's wall clock."""

    items = serializers.ListField(child=ItemWish(), min_length=1, max_length=MOST_ITEMS)
    period = PeriodShape()
    organisation_id = IdField(Organisation, required=False, allow_null=True)


class NewBooking(Wanted):
    title = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    notes = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    for_person_id = IdField(Person, required=False, allow_null=True)
    override_reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class BookingsQuery(ListQuery):
    state = serializers.ListField(child=serializers.ChoiceField(Booking.State.choices), required=False)
    venue_id = IdField("ven", required=False)
    resource_id = IdField("res", required=False)
    organisation_id = IdField("org", required=False)
    person_id = serializers.CharField(required=False, max_length=40)
    period_from = InstantField(required=False)
    period_to = InstantField(required=False)
    code = serializers.CharField(required=False, max_length=6)
    q = serializers.CharField(required=False, max_length=80)
    handed = serializers.BooleanField(required=False, default=False, help_text="handed over to oneself")
    sort = serializers.ChoiceField(["period", "-period"], required=False, default="-period")
    include = serializers.ListField(child=serializers.ChoiceField(["money"]), required=False, default=list)


class BookingPage(ListShape):
    data = BookingShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class RefusalWords(StrictSerializer):
    reason = serializers.CharField(max_length=500)


def wanted_asks(items: list[dict[str, Any]], period: dict[str, Any]) -> list[Ask]:
    """The asks a body means. Raises Missing for an unknown resource, Invalid for resources of several venues."""
    named = wanted_things(items)
    when = PeriodShape.resolve(period, named[0][0].venue.zone)
    return [Ask(resource, when, quantity) for resource, quantity in named]


def wanted_things(items: list[dict[str, Any]]) -> list[tuple[Resource, int]]:
    """What the items of a body name, and how many of it. Raises as `wanted_asks` does."""
    resources = {
        r.pk: r
        for r in Resource.objects.filter(pk__in=[i["resource_id"] for i in items]).select_related("venue")
    }
    if any(item["resource_id"] not in resources for item in items):
        raise Missing
    if len({r.venue_id for r in resources.values()}) > 1:
        raise Invalid(pointers=[Pointer("/items", "several-venues", "")])
    if len(resources) < len(items):
        raise Invalid(pointers=[Pointer("/items", "repeated", "")])
    return [(resources[item["resource_id"]], item["quantity"]) for item in items]


def wish_of(person: Person, data: dict[str, Any]) -> Wish:
    """Who asks for what, checked against the caller's rights."""
    asks = wanted_asks(data["items"], data["period"])
    has = standing(person)
    venue = OfPartner(asks[0].resource.venue.partner_id)
    guest = person
    if data.get("for_person_id") or data.get("override_reason"):
        allow(person, "booking.for-others", venue)
        found = Person.objects.filter(pk=data.get("for_person_id") or person.pk, is_active=True).first()
        if found is None:
            raise Missing
        guest = found
    organisation = None
    if data.get("organisation_id"):
        organisation = Organisation.objects.filter(pk=data["organisation_id"]).first()
        if organisation is None or not has.books_for(organisation.pk, venue):
            raise Missing
    return Wish(
        guest,
        asks,
        person,
        organisation,
        data.get("title", ""),
        data.get("people"),
        data.get("notes", ""),
        data.get("override_reason", ""),
        frozenset(data["accepted_terms"]),
        data["answers"],
    )


class Bookings(View):
    @extend_schema(operation_id="list_bookings", parameters=[BookingsQuery], responses=BookingPage)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        asked = read(BookingsQuery, request)
        mine = handed_to(person) if asked["handed"] else bookings_for(standing(person))
        rows = mine.annotate(start=Lower("period", output_field=DateTimeField()))
        simple = {"venue_id": "venue", "organisation_id": "organisation"}
        rows = rows.filter(**{column: asked[name] for name, column in simple.items() if name in asked})
        # Who is not shown a code does not find by it either: it could be guessed sign by sign.
        coded = Q(pk__in=had_or_run(standing(person)).values("pk"))
        if "code" in asked:
            rows = rows.filter(coded, code__iexact=asked["code"])
        if "state" in asked:
            rows = rows.filter(state__in=asked["state"])
        if "person_id" in asked:
            rows = rows.filter(person=_person(asked["person_id"], person))
        if "resource_id" in asked:
            rows = rows.filter(items__resource=asked["resource_id"]).distinct()
        if "period_from" in asked:
            rows = rows.filter(period__endswith__gt=asked["period_from"])
        if "period_to" in asked:
            rows = rows.filter(period__startswith__lt=asked["period_to"])
        if "q" in asked:
            rows = rows.filter(Q(title__icontains=asked["q"]) | coded & Q(code__istartswith=asked["q"]))
        newest = asked["sort"].startswith("-")

        def shapes(found: Sequence[Booking]) -> list[dict[str, Any]]:
            looked_at(person, found)
            return shape(found, person, asked["include"])

        return Response(page(rows, asked, shapes, by="start", newest_first=newest))

    @extend_schema(operation_id="hold_booking", request=NewBooking, responses={201: BookingShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewBooking(data=request.data)
        body.is_valid(raise_exception=True)
        wish = wish_of(person, body.validated_data)
        try:
            made = holds.hold(wish)
        except (Refused, SlotTaken) as error:
            if wish.person == person and not wish.override:
                why = error.reasons[0].code if error.reasons else error.code
                demand.note(
                    [demand.attempt(a.resource, a.period.start, why) for a in wish.asks],
                    str(person.pk),
                    known=True,
                )
            raise
        return Response(shown(made.pk, person), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(shown(thing, signed_in(request.user)), status=201)


def _person(given: str, me: Person) -> UUID:
    if given == "me":
        return me.pk
    try:
        return decode(Person.prefix, given)
    except ValueError as error:
        raise Invalid(pointers=[Pointer("?person_id", "invalid", "")]) from error


class OneBooking(View):
    @extend_schema(operation_id="read_booking", responses=BookingShape)
    def get(self, request: Request, booking_id: str) -> Response:
        person = signed_in(request.user)
        found = one(booking_id, person, offered=True)
        looked_at(person, [found])
        return Response(shown(found.pk, person))


Release = an_act("release", "booking.release", holds.release)
Cancel = an_act("cancel", "booking.cancel", lifecycle.cancel)
Approve = an_act("approve", "booking.approve", lifecycle.approve)
Refuse = an_act("refuse", "booking.approve", lifecycle.refuse, RefusalWords)
CheckIn = an_act("check_in", "booking.attend", attendance.check_in)
CheckOut = an_act("check_out", "booking.attend", attendance.check_out)
NoShow = an_act("no_show", "booking.attend", attendance.mark_no_show)


class WantedVerdict(Wanted):
    """What somebody would book: oneself, or for staff anybody."""

    for_person_id = IdField(Person, required=False, allow_null=True)


class Verdict(serializers.Serializer[Any]):
    allowed = serializers.BooleanField()
    period = PeriodShape(help_text="what was asked about, as instants")
    needs_approval = serializers.BooleanField()
    bookable_from = serializers.DateTimeField(allow_null=True, help_text="when every rule would say yes")
    reasons = ReasonShape(many=True)


class Verdicts(View):
    @extend_schema(operation_id="judge", request=WantedVerdict, responses=Verdict)
    def post(self, request: Request) -> Response:
        body = WantedVerdict(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        asks = wanted_asks(data["items"], data["period"])
        if isinstance(request.user, Person) or data.get("for_person_id") or data.get("organisation_id"):
            wish = wish_of(signed_in(request.user), data)
            person, organisation, given = wish.person, wish.organisation, wish.given
        else:
            person, organisation = None, None
            given = said_in(data)
        window = hull(a.period for a in asks).padded(holds.DAY, holds.DAY)
        facts = gather({a.resource for a in asks}, window, person, organisation)
        facts.by_house = standing(request.user).allows(
            "booking.for-others", OfPartner(asks[0].resource.venue.partner_id)
        )
        verdict = judge(facts, asks, given)
        asked = any(needs_approval(facts, ask.resource, ask.period) for ask in asks)
        return Response(
            {
                "allowed": not verdict.reasons,
                "period": asks[0].period,
                "needs_approval": asked,
                "bookable_from": verdict.bookable_from,
                "reasons": [reason_shape(r) for r in verdict.reasons],
            }
        )


class CalendarFile(View):
    @extend_schema(operation_id="booking_ics", responses={(200, "text/calendar"): OpenApiTypes.STR})
    def get(self, request: Request, booking_id: str) -> HttpResponse:
        booking = one(booking_id, signed_in(request.user))
        allow(request.user, "booking.see", booking)
        answer = HttpResponse(calendars.ics([booking]), content_type="text/calendar; charset=utf-8")
        answer["Content-Disposition"] = sent_as(f"{booking.code}.ics")
        return answer


class QrCode(View):
    @extend_schema(operation_id="booking_qr", responses={(200, "image/svg+xml"): OpenApiTypes.STR})
    def get(self, request: Request, booking_id: str) -> HttpResponse:
        booking = one(booking_id, signed_in(request.user))
        allow(request.user, "booking.see", booking)
        return HttpResponse(calendars.qr(booking), content_type="image/svg+xml")


def may_run_desk(person: Any, partner: UUID) -> None:
    """Raises Unknown or Forbidden unless the person works at this partner's desk."""
    has = allow_somewhere(person, "desk.see")
    if not has.allows("desk.see", OfPartner(partner)):
        raise Forbidden
