"""What is out of order, for the staff of its venue: declared, changed, lifted, and who is in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.seen import looked_again, sights
from booking.judging.reasons import reason
from booking.models import Booking, Outage
from booking.obstructing import obstacles
from booking.rescuing import outages
from booking.rescuing.letter_preview import KINDS as LETTER_KINDS
from booking.rescuing.letter_preview import LANGUAGES, preview
from booking.rescuing.outages import Declared
from core.clock import now
from core.errors import Invalid, Missing, Pointer
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import pk_of
from core.mail import Said
from core.shapes import (
    ActionShape,
    IdField,
    InstantField,
    ListShape,
    PeriodShape,
    RefShape,
    StrictSerializer,
    action,
    instant_of,
    ref,
)
from core.views import View
from equipment.models import Fault
from people.models import Person
from people.roles import MAY, OfPartner, allow, allow_somewhere, signed_in, standing
from spaces.layout import takes, units_of
from spaces.models import Resource, Unit

MOST_AFFECTED = 200


class MetShape(serializers.Serializer[Any]):
    """A booking that meets what cannot be used."""

    id = serializers.CharField()
    code = serializers.CharField()
    state = serializers.ChoiceField(Booking.State.choices)
    period = PeriodShape()
    person = RefShape()
    organisation = RefShape(allow_null=True)

    class Meta:
        ref_name = "MetBooking"


class OutageActions(serializers.Serializer[Any]):
    lift = ActionShape()
    edit = ActionShape()


class OutageShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    resource = RefShape()
    venue = RefShape()
    units = RefShape(many=True, help_text="of a pool, those that are out; empty: all")
    from_at = serializers.DateTimeField()
    until_at = serializers.DateTimeField(allow_null=True)
    severity = serializers.ChoiceField(Fault.Severity.choices)
    reason = serializers.CharField(allow_blank=True)
    fault_id = serializers.CharField(allow_null=True)
    made_by = RefShape(allow_null=True)
    made_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    actions = OutageActions()

    class Meta:
        ref_name = "Outage"


class OutageInFull(OutageShape):
    affected = MetShape(many=True)

    class Meta:
        ref_name = "OutageInFull"


class OutagePage(ListShape):
    data = OutageShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class NewOutage(StrictSerializer):
    """From now if `from_at` is not said, until further notice if `until_at` is not."""

    resource_id = IdField(Resource)
    unit_ids = serializers.ListField(child=IdField(Unit), required=False, default=list, max_length=500)
    from_at = InstantField(required=False)
    until_at = InstantField(required=False, allow_null=True)
    severity = serializers.ChoiceField(Fault.Severity.choices, default=Fault.Severity.UNUSABLE)
    reason = serializers.CharField(max_length=200)
    fault_id = IdField(Fault, required=False, allow_null=True)


class LetterShape(serializers.Serializer[Any]):
    """A message as it would be read in one language."""

    language = serializers.ChoiceField(LANGUAGES)
    subject = serializers.CharField()
    paragraphs = serializers.ListField(child=serializers.CharField())
    link = serializers.CharField(help_text="the words of its link, which leads to the answer")

    class Meta:
        ref_name = "Letter"


class LetterToShape(serializers.Serializer[Any]):
    """What one of those affected would read of all their bookings."""

    to = RefShape()
    kind = serializers.ChoiceField(
        LETTER_KINDS, help_text="what is kept for them: all at the same time, all, nothing, some of it"
    )
    bookings = serializers.IntegerField()
    letters = LetterShape(many=True, help_text="in every language")

    class Meta:
        ref_name = "LetterTo"


class OutagePreview(serializers.Serializer[Any]):
    """Whom it would affect, and what each of them would read."""

    affected = serializers.IntegerField(help_text="bookings")
    people = LetterToShape(many=True, help_text="whoever would be written to, whoever is met first first")
    unread = serializers.IntegerField(
        help_text="bookings farther ahead, for which nothing was looked for yet"
    )


class OutageChange(StrictSerializer):
    until_at = InstantField(allow_null=True)
    reason = serializers.CharField(max_length=200)


class OutagesQuery(ListQuery):
    venue_id = IdField("ven", required=False)
    resource_id = IdField("res", required=False)
    ended = serializers.BooleanField(required=False)


def outages_for(person: Person) -> QuerySet[Outage]:
    """The outages at venues where the person is staff."""
    has = standing(person)
    rows = Outage.objects.select_related("resource__venue", "made_by")
    if has.administrator:
        return rows
    return rows.filter(resource__venue__partner__in=has.partners(*MAY["outage.see"]))


def shapes(found: Sequence[Outage]) -> list[dict[str, Any]]:
    units = {u.pk: u for u in Unit.objects.filter(pk__in={pk for o in found for pk in o.units})}
    return [
        {
            "id": encode(Outage.prefix, o.pk),
            "resource": ref(o.resource),
            "venue": ref(o.resource.venue),
            "units": [ref(units[pk]) for pk in o.units if pk in units],
            "from_at": o.from_at,
            "until_at": o.until_at,
            "severity": o.severity,
            "reason": o.reason,
            "fault_id": encode(Fault.prefix, o.fault_id) if o.fault_id else None,
            "made_by": ref(o.made_by),
            "made_at": o.made_at,
            "ended_at": o.ended_at,
            "actions": {"lift": action(_against(o)), "edit": action(_against(o))},
        }
        for o in found
    ]


def _against(outage: Outage) -> list[Any]:
    return [] if outage.ended_at is None else [reason("wrong-state", state="lifted")]


def met_shape(booking: Booking) -> dict[str, Any]:
    return {
        "id": encode(Booking.prefix, booking.pk),
        "code": booking.code,
        "state": booking.state,
        "period": booking.period,
        "person": ref(booking.person),
        "organisation": ref(booking.organisation),
    }


def in_full(outage: Outage, reader: Person | None = None) -> dict[str, Any]:
    """The outage with the bookings that it meets; whose they are is logged, if somebody only reads it."""
    met = list(obstacles.of_outage(outage).bookings()[:MOST_AFFECTED])
    if reader is not None:
        looked_again(reader, sights(reader, met))
    return shapes([outage])[0] | {"affected": [met_shape(b) for b in met]}


def one(person: Person, pk: UUID) -> Outage:
    found = outages_for(person).filter(pk=pk).first()
    if found is None:
        raise Missing
    return found


def named(person: Person, outage_id: str) -> Outage:
    return one(person, pk_of(Outage.prefix, outage_id))


def declared(person: Person, data: dict[str, Any]) -> Declared:
    """What a body means, checked against the caller's rights."""
    resource = Resource.objects.select_related("venue").filter(pk=data["resource_id"]).first()
    if resource is None:
        raise Missing
    allow(person, "outage.make", OfPartner(resource.venue.partner_id))
    fault = None
    if data.get("fault_id"):
        fault = Fault.objects.filter(pk=data["fault_id"], resource=resource).first()
        if fault is None:
            raise Missing
    zone, at = resource.venue.zone, now()
    from_at = instant_of(data["from_at"], zone, "/from_at") if data.get("from_at") else at
    until_at = instant_of(data["until_at"], zone, "/until_at") if data.get("until_at") else None
    if until_at is not None and until_at <= max(from_at, at):
        raise Invalid(pointers=[Pointer("/until_at", "empty", "")])
    return Declared(
        resource,
        from_at,
        until_at,
        data["severity"],
        data["reason"],
        tuple(sorted(set(data["unit_ids"]))),
        fault,
    )


class Outages(View):
    @extend_schema(operation_id="list_outages", parameters=[OutagesQuery], responses=OutagePage)
    def get(self, request: Request) -> Response:
        """Those in force and to come, the newest first; `ended` also shows the log."""
        person = signed_in(request.user)
        allow_somewhere(person, "outage.see")
        asked = read(OutagesQuery, request)
        rows = outages_for(person)
        if "venue_id" in asked:
            rows = rows.filter(resource__venue=asked["venue_id"])
        if "resource_id" in asked:
            rows = rows.filter(resource=asked["resource_id"])
        if not asked.get("ended"):
            rows = rows.filter(ended_at=None).exclude(until_at__lte=now())
        return Response(page(rows, asked, shapes))

    @extend_schema(operation_id="declare_outage", request=NewOutage, responses={201: OutageInFull})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewOutage(data=request.data)
        body.is_valid(raise_exception=True)
        made = outages.declare(person, declared(person, body.validated_data))
        return Response(in_full(one(person, made.pk)), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(in_full(one(signed_in(request.user), thing)), status=201)


class PreviewOutage(View):
    @extend_schema(operation_id="preview_outage", request=NewOutage, responses=OutagePreview)
    def post(self, request: Request) -> Response:
        """The letters before anything is declared: nothing is written, held or sent."""
        person = signed_in(request.user)
        body = NewOutage(data=request.data)
        body.is_valid(raise_exception=True)
        found = preview(person, declared(person, body.validated_data))
        looked_again(person, sights(person, (b for shown in found.shown for b in shown.bookings)))
        people = [
            {
                "to": ref(shown.to),
                "kind": shown.kind,
                "bookings": len(shown.bookings),
                "letters": [_letter(language, said) for language, said in shown.letters.items()],
            }
            for shown in found.shown
        ]
        return Response({"affected": found.affected, "people": people, "unread": found.unread})


def _letter(language: str, said: Said) -> dict[str, Any]:
    return {
        "language": language,
        "subject": said.subject,
        "paragraphs": said.paragraphs,
        "link": said.link[0] if said.link else "",
    }


class OneOutage(View):
    @extend_schema(operation_id="read_outage", responses=OutageInFull)
    def get(self, request: Request, outage_id: str) -> Response:
        person = signed_in(request.user)
        return Response(in_full(named(person, outage_id), person))

    @extend_schema(operation_id="edit_outage", request=OutageChange, responses=OutageInFull)
    def patch(self, request: Request, outage_id: str) -> Response:
        person = signed_in(request.user)
        found = named(person, outage_id)
        body = OutageChange(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        zone = found.resource.venue.zone
        until_at = instant_of(data["until_at"], zone, "/until_at") if data["until_at"] else None
        outages.change(person, found.pk, until_at=until_at, reason=data["reason"])
        return Response(in_full(one(person, found.pk)))


class LiftOutage(View):
    @extend_schema(operation_id="lift_outage", request=None, responses=OutageInFull)
    @idempotent
    def post(self, request: Request, outage_id: str) -> Response:
        person = signed_in(request.user)
        found = named(person, outage_id)
        outages.lift(person, found.pk)
        return Response(in_full(one(person, found.pk)))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(in_full(named(signed_in(request.user), kwargs["outage_id"])))


class UnitsShape(ListShape):
    data = RefShape(many=True)


class UnitsQuery(StrictSerializer):
    resource_id = IdField(Resource)


class OutageUnits(View):
    @extend_schema(operation_id="list_units", parameters=[UnitsQuery], responses=UnitsShape)
    def get(self, request: Request) -> Response:
        """The single things that a resource is made of, to say which of them is out."""
        person = signed_in(request.user)
        asked = read(UnitsQuery, request)
        resource = Resource.objects.select_related("venue").filter(pk=asked["resource_id"]).first()
        if resource is None:
            raise Missing
        allow(person, "outage.make", OfPartner(resource.venue.partner_id))
        units = Unit.objects.filter(pk__in=units_of(takes([resource.pk]))).order_by("name", "pk")
        return Response({"data": [ref(u) for u in units]})
