"""Faults, service notes, and what is due for service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import audit
from core.errors import Missing
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in, pk_of
from core.shapes import IdField, ListShape, RefShape, StrictSerializer, ref
from core.views import View
from equipment import faults, upkeep
from equipment.models import Equipment, Fault, ServiceNote
from people.models import Person
from people.roles import MAY, As, OfPartner, allow, allow_somewhere, signed_in, standing
from spaces.models import Resource, Venue

HANDLED = [Fault.State.CONFIRMED, Fault.State.DISMISSED, Fault.State.MENDED]


class FaultShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    resource = RefShape()
    venue = RefShape()
    severity = serializers.ChoiceField(Fault.Severity.choices)
    text = serializers.CharField()
    state = serializers.ChoiceField(Fault.State.choices)
    reported_by = RefShape(allow_null=True)
    reported_at = serializers.DateTimeField()
    answer = serializers.CharField(allow_blank=True)
    handled_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        ref_name = "Fault"


class FaultPage(ListShape):
    data = FaultShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class NewFault(StrictSerializer):
    resource_id = IdField(Resource)
    severity = serializers.ChoiceField(Fault.Severity.choices)
    text = serializers.CharField(max_length=1000)


class FaultChange(StrictSerializer):
    """What staff found: confirmed, dismissed or mended, and a word to whoever reported it."""

    state = serializers.ChoiceField(HANDLED)
    answer = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class FaultsQuery(ListQuery):
    venue_id = IdField("ven", required=False)
    resource_id = IdField("res", required=False)
    state = serializers.ListField(child=serializers.ChoiceField(Fault.State.choices), required=False)


def faults_for(person: Person) -> QuerySet[Fault]:
    """What the person reported, and what is reported at venues where they are staff."""
    has = standing(person)
    rows = Fault.objects.select_related("resource__venue", "reported_by")
    if has.administrator:
        return rows
    partners = has.partners(*(MAY["fault.see"] - {As.OWNER}))
    return rows.filter(Q(reported_by=person.pk) | Q(resource__venue__partner__in=partners))


def fault_shapes(found: Sequence[Fault]) -> list[dict[str, Any]]:
    return [
        {
            "id": encode(Fault.prefix, f.pk),
            "resource": ref(f.resource),
            "venue": ref(f.resource.venue),
            "severity": f.severity,
            "text": f.text,
            "state": f.state,
            "reported_by": ref(f.reported_by),
            "reported_at": f.reported_at,
            "answer": f.answer,
            "handled_at": f.handled_at,
        }
        for f in found
    ]


def looked_at(person: Person, found: Sequence[Fault]) -> None:
    """The log says who reported the faults that were shown; one's own are no news."""
    others = [f for f in found if f.reported_by_id not in (None, person.pk)]
    audit.saw(
        person,
        "faults",
        [
            audit.Sight(encode(Fault.prefix, f.pk), f.resource.venue.partner_id, f.reported_by_id)
            for f in others
        ],
    )


def one_fault(person: Person, public: str) -> Fault:
    """The fault, if the person may see it; else Missing."""
    return one_in(faults_for(person), Fault.prefix, public)


def shown(person: Person, pk: UUID) -> dict[str, Any]:
    return fault_shapes([one_fault(person, encode(Fault.prefix, pk))])[0]


class Faults(View):
    @extend_schema(operation_id="list_faults", parameters=[FaultsQuery], responses=FaultPage)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        asked = read(FaultsQuery, request)
        rows = faults_for(person)
        if "venue_id" in asked:
            rows = rows.filter(resource__venue=asked["venue_id"])
        if "resource_id" in asked:
            rows = rows.filter(resource=asked["resource_id"])
        if asked.get("state"):
            rows = rows.filter(state__in=asked["state"])

        def shapes(found: Sequence[Fault]) -> list[dict[str, Any]]:
            looked_at(person, found)
            return fault_shapes(found)

        return Response(page(rows, asked, shapes))

    @extend_schema(operation_id="report_fault", request=NewFault, responses={201: FaultShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewFault(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        rows = Resource.objects.filter(is_active=True).select_related("venue")
        resource = rows.filter(pk=data["resource_id"]).first()
        if resource is None:
            raise Missing
        made = faults.report(person, resource, data["severity"], data["text"])
        return Response(shown(person, made.pk), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(shown(signed_in(request.user), thing), status=201)


class OneFault(View):
    @extend_schema(operation_id="read_fault", responses=FaultShape)
    def get(self, request: Request, fault_id: str) -> Response:
        person = signed_in(request.user)
        found = one_fault(person, fault_id)
        looked_at(person, [found])
        return Response(fault_shapes([found])[0])

    @extend_schema(operation_id="handle_fault", request=FaultChange, responses=FaultShape)
    def patch(self, request: Request, fault_id: str) -> Response:
        person = signed_in(request.user)
        found = one_fault(person, fault_id)
        allow(person, "fault.handle", found, seen_by="fault.see")
        body = FaultChange(data=request.data)
        body.is_valid(raise_exception=True)
        faults.handle(person, found.pk, body.validated_data["state"], body.validated_data["answer"])
        return Response(shown(person, found.pk))


# -- service ---------------------------------------------------------------------------------------------


class NoteShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    resource = RefShape()
    on = serializers.DateField()
    text = serializers.CharField()
    by = RefShape(allow_null=True)

    class Meta:
        ref_name = "ServiceNote"


class NotePage(ListShape):
    data = NoteShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class NoteWords(StrictSerializer):
    on = serializers.DateField()
    text = serializers.CharField(max_length=2000)


class NewNote(NoteWords):
    resource_id = IdField(Resource)


class NotesQuery(ListQuery):
    resource_id = IdField("res", required=False)
    venue_id = IdField("ven", required=False)


def machines_for(person: Person) -> QuerySet[Equipment]:
    """The machines of venues where the person is staff."""
    has = standing(person)
    rows = Equipment.objects.filter(resource__is_active=True).select_related("resource__venue")
    if has.administrator:
        return rows
    return rows.filter(resource__venue__partner__in=has.partners(*MAY["upkeep.see"]))


def notes_for(person: Person) -> QuerySet[ServiceNote]:
    rows = ServiceNote.objects.select_related("equipment__resource__venue", "by")
    return rows.filter(equipment__in=machines_for(person).values("pk"))


def note_shapes(found: Sequence[ServiceNote]) -> list[dict[str, Any]]:
    return [
        {
            "id": encode(ServiceNote.prefix, n.pk),
            "resource": ref(n.equipment.resource),
            "on": n.on,
            "text": n.text,
            "by": ref(n.by),
        }
        for n in found
    ]


def one_note(person: Person, pk: UUID) -> ServiceNote:
    found = notes_for(person).filter(pk=pk).first()
    if found is None:
        raise Missing
    return found


class ServiceNotes(View):
    @extend_schema(operation_id="list_service_notes", parameters=[NotesQuery], responses=NotePage)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        allow_somewhere(person, "upkeep.see")
        asked = read(NotesQuery, request)
        rows = notes_for(person)
        if "resource_id" in asked:
            rows = rows.filter(equipment__resource=asked["resource_id"])
        if "venue_id" in asked:
            rows = rows.filter(equipment__resource__venue=asked["venue_id"])
        return Response(page(rows, asked, note_shapes))

    @extend_schema(operation_id="add_service_note", request=NewNote, responses={201: NoteShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewNote(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        rows = Equipment.objects.select_related("resource__venue")
        machine = rows.filter(resource=data["resource_id"]).first()
        if machine is None:
            raise Missing
        allow(person, "fault.handle", OfPartner(machine.resource.venue.partner_id))
        made = upkeep.note(person, machine, data["on"], data["text"])
        return Response(note_shapes([one_note(person, made.pk)])[0], status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(note_shapes([one_note(signed_in(request.user), thing)])[0], status=201)


class OneServiceNote(View):
    @extend_schema(operation_id="correct_service_note", request=NoteWords, responses=NoteShape)
    def patch(self, request: Request, note_id: str) -> Response:
        person = signed_in(request.user)
        found = one_note(person, pk_of(ServiceNote.prefix, note_id))
        body = NoteWords(data=request.data)
        body.is_valid(raise_exception=True)
        made = upkeep.correct(person, found, **body.validated_data)
        return Response(note_shapes([one_note(person, made.pk)])[0])


class DueShape(serializers.Serializer[Any]):
    resource = RefShape()
    venue = RefShape()
    open_faults = serializers.IntegerField()
    serviced_on = serializers.DateField(allow_null=True)
    service_days = serializers.IntegerField(allow_null=True)
    service_hours = serializers.IntegerField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    used_minutes = serializers.IntegerField(help_text="since the last service")
    overdue = serializers.BooleanField()

    class Meta:
        ref_name = "UpkeepDue"


class UpkeepShape(ListShape):
    data = DueShape(many=True)


class UpkeepQuery(StrictSerializer):
    venue_id = IdField(Venue, required=False)


MOST_MACHINES = 500


class Upkeep(View):
    @extend_schema(operation_id="upkeep", parameters=[UpkeepQuery], responses=UpkeepShape)
    def get(self, request: Request) -> Response:
        """The machines, those due for service first: by date, or by hours of use."""
        person = signed_in(request.user)
        allow_somewhere(person, "upkeep.see")
        asked = read(UpkeepQuery, request)
        rows = machines_for(person)
        if "venue_id" in asked:
            rows = rows.filter(resource__venue=asked["venue_id"])
        found = upkeep.due(list(rows.order_by("resource__name", "pk")[:MOST_MACHINES]))
        return Response(
            {
                "data": [
                    {
                        "resource": ref(d.equipment.resource),
                        "venue": ref(d.equipment.resource.venue),
                        "open_faults": d.faults,
                        "serviced_on": d.last_on,
                        "service_days": d.equipment.service_days,
                        "service_hours": d.equipment.service_hours,
                        "due_on": d.due_on,
                        "used_minutes": d.used_minutes,
                        "overdue": d.overdue,
                    }
                    for d in found
                ]
            }
        )
