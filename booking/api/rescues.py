"""Rescues for staff: who is affected, what each is offered, what was sent, what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.outages import MetShape, met_shape
from booking.api.seen import looked_again, sights
from booking.judging.reasons import reason
from booking.models import Booking, CalendarSource, Claim, Item, Outage, Rescue, RescueCase
from booking.models.rescue import ANSWERS, CHOICES
from booking.rescuing import answers, rescues
from booking.rescuing.rescues import About
from core.clock import now
from core.errors import Invalid, Missing, PlanStale, Pointer
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import pk_of
from core.shapes import ActionShape, IdField, ListShape, PeriodShape, RefShape, StrictSerializer, action, ref
from core.views import View
from people.models import Person
from people.roles import MAY, OfPartner, allow_somewhere, signed_in, standing
from spaces.models import Closure, Resource

A = RescueCase.Answer


class InsteadShape(serializers.Serializer[Any]):
    """What could take a booking's place."""

    resources = RefShape(many=True)
    period = PeriodShape()
    why = serializers.ChoiceField(["same_time", "other_time"])


class CaseShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    booking = MetShape()
    resources = RefShape(many=True)
    offers = InsteadShape(many=True)
    chosen = serializers.IntegerField(
        allow_null=True, help_text="which of the offers is held; none: money back or wait"
    )
    held_until = serializers.DateTimeField(allow_null=True)
    left_out = serializers.BooleanField()
    sent_at = serializers.DateTimeField(allow_null=True)
    seen_at = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    answer = serializers.ChoiceField(ANSWERS, allow_blank=True)
    by_default = serializers.BooleanField()
    answered_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        ref_name = "RescueCase"


class RescueCounts(serializers.Serializer[Any]):
    cases = serializers.IntegerField()
    sent = serializers.IntegerField()
    answered = serializers.IntegerField(help_text="by whoever booked, or staff for them")
    open = serializers.IntegerField(help_text="written to, and nothing heard")
    by_default = serializers.IntegerField()


class RescueActions(serializers.Serializer[Any]):
    send = ActionShape()


class RescueShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    venue = RefShape()
    time_zone = serializers.CharField()
    resource = RefShape(allow_null=True)
    outage_id = serializers.CharField(allow_null=True)
    closure_id = serializers.CharField(allow_null=True)
    source_id = serializers.CharField(allow_null=True)
    reason = serializers.CharField()
    default = serializers.ChoiceField(Rescue.Default.choices)
    hours = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    counts = RescueCounts()
    actions = RescueActions()

    class Meta:
        ref_name = "Rescue"


class RescueInFull(RescueShape):
    cases = CaseShape(many=True)

    class Meta:
        ref_name = "RescueInFull"


class RescuePage(ListShape):
    data = RescueShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class NewRescue(StrictSerializer):
    """For one of an outage, a closure, an outside calendar. `reason` is what people read; by default the cause's."""

    outage_id = IdField(Outage, required=False)
    closure_id = IdField(Closure, required=False)
    source_id = IdField(CalendarSource, required=False)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class CaseChange(StrictSerializer):
    case_id = IdField(RescueCase)
    chosen = serializers.IntegerField(min_value=0, max_value=50, allow_null=True, required=False)
    left_out = serializers.BooleanField(required=False)


class RescueChange(StrictSerializer):
    reason = serializers.CharField(max_length=200, required=False)
    default = serializers.ChoiceField(Rescue.Default.choices, required=False)
    hours = serializers.IntegerField(min_value=1, max_value=24 * 14, required=False)
    cases = serializers.ListField(child=CaseChange(), required=False, default=list, max_length=400)


class AnswerForThem(StrictSerializer):
    case_id = IdField(RescueCase)
    choice = serializers.ChoiceField(CHOICES)


class RescuesQuery(ListQuery):
    venue_id = IdField("ven", required=False)
    outage_id = IdField("out", required=False)


COUNTED = {
    "cases": Q(),
    "sent": Q(cases__letter__isnull=False),
    "open": Q(cases__letter__isnull=False, cases__answer=""),
    "answered": Q(cases__by_default=False) & ~Q(cases__answer__in=["", A.VOID]),
    "by_default": Q(cases__by_default=True),
    "unsent": Q(cases__letter=None, cases__answer="", cases__left_out=False, cases__isnull=False),
}


def rescues_for(person: Person) -> QuerySet[Rescue]:
    """The rescues of venues where the person is staff, counted."""
    has = standing(person)
    rows = Rescue.objects.select_related(
        "venue", "outage__resource", "closure__resource", "source__resource"
    ).annotate(**{f"n_{name}": Count("cases", filter=which) for name, which in COUNTED.items()})
    if has.administrator:
        return rows
    return rows.filter(venue__partner__in=has.partners(*MAY["rescue.make"]))


def shapes(found: Sequence[Rescue]) -> list[dict[str, Any]]:
    shaped = []
    for r in found:
        counts = {name: getattr(r, f"n_{name}") for name in COUNTED}
        unsent = counts.pop("unsent")
        shaped.append(
            {
                "id": encode(Rescue.prefix, r.pk),
                "venue": ref(r.venue),
                "time_zone": r.venue.time_zone,
                "resource": ref(_resource_of(r)),
                "outage_id": encode("out", r.outage_id) if r.outage_id else None,
                "closure_id": encode("clo", r.closure_id) if r.closure_id else None,
                "source_id": encode("cal", r.source_id) if r.source_id else None,
                "reason": r.reason,
                "default": r.default,
                "hours": r.hours,
                "made_at": r.made_at,
                "sent_at": r.sent_at,
                "counts": counts,
                "actions": {"send": action([] if unsent else [reason("nobody-to-write-to")])},
            }
        )
    return shaped


def _resource_of(rescue: Rescue) -> Resource | None:
    cause = rescue.outage or rescue.closure or rescue.source
    return cause.resource if cause is not None else None


def in_full(rescue: Rescue, reader: Person | None = None) -> dict[str, Any]:
    """The rescue with its cases; a fixed number of statements for any number of them. Whose they are is logged, if
    somebody only reads it."""
    items = Item.objects.select_related("resource").order_by("pk")
    cases = list(
        rescue.cases.select_related("booking__person", "booking__organisation", "booking__venue", "letter")
        .prefetch_related(Prefetch("booking__items", items))
        .order_by("booking__period", "pk")
    )
    if reader is not None:
        looked_again(reader, sights(reader, [case.booking for case in cases]))
    named = Resource.objects.in_bulk(
        {UUID(o["resource"]) for c in cases for offer in c.offers for o in offer}
    )
    held = dict(
        Claim.objects.filter(
            item__booking__in=[c.booking_id for c in cases], reason=Claim.Reason.RESCUE, until__gt=now()
        ).values_list("item__booking_id", "until")
    )
    shaped = [_case(c, named, held.get(c.booking_id)) for c in cases]
    return shapes([rescue])[0] | {"cases": shaped}


def _case(case: RescueCase, named: dict[UUID, Resource], held_until: datetime | None) -> dict[str, Any]:
    booking = case.booking
    return {
        "id": encode(RescueCase.prefix, case.pk),
        "booking": met_shape(booking),
        "resources": [ref(item.resource) for item in booking.items.all()],
        "offers": [offer_shape(offer, named, booking) for offer in case.offers],
        "chosen": case.chosen,
        "held_until": held_until if case.is_open else None,
        "left_out": case.left_out,
        "sent_at": case.letter.sent_at if case.letter else None,
        "seen_at": case.letter.seen_at if case.letter else None,
        "until": case.until,
        "answer": case.answer,
        "by_default": case.by_default,
        "answered_at": case.answered_at,
    }


def offer_shape(
    offer: Sequence[dict[str, Any]], named: dict[UUID, Resource], booking: Booking
) -> dict[str, Any]:
    period = rescues.period_of(offer)
    return {
        "resources": [ref(named[UUID(o["resource"])]) for o in offer if UUID(o["resource"]) in named],
        "period": period,
        "why": "same_time" if period == booking.period else "other_time",
    }


def one(person: Person, pk: UUID) -> Rescue:
    found = rescues_for(person).filter(pk=pk).first()
    if found is None:
        raise Missing
    return found


def named_rescue(person: Person, rescue_id: str) -> Rescue:
    return one(person, pk_of(Rescue.prefix, rescue_id))


def about_of(person: Person, data: dict[str, Any]) -> About:
    """What a body means, checked against the caller's rights; strangers' causes are not there."""
    names = [name for name in ("outage_id", "closure_id", "source_id") if name in data]
    if len(names) != 1:
        raise Invalid(pointers=[Pointer("/outage_id", "required", "")])
    has = standing(person)
    if names == ["outage_id"]:
        outage = Outage.objects.select_related("resource__venue").filter(pk=data["outage_id"]).first()
        if outage is None or not has.allows("rescue.make", outage):
            raise Missing
        return About(outage.resource.venue, data["reason"] or outage.reason, outage=outage)
    if names == ["source_id"]:
        source = CalendarSource.objects.select_related("resource__venue").filter(pk=data["source_id"]).first()
        if source is None or not has.allows("rescue.make", source):
            raise Missing
        return About(source.resource.venue, data["reason"] or source.resource.name, source=source)
    closure = Closure.objects.select_related("venue", "resource__venue").filter(pk=data["closure_id"]).first()
    if closure is None:
        raise Missing
    venue = closure.resource.venue if closure.resource else closure.venue
    if venue is None or not has.allows("rescue.make", OfPartner(venue.partner_id)):
        raise Missing
    return About(venue, data["reason"] or closure.reason_it, closure=closure)


class Rescues(View):
    @extend_schema(operation_id="list_rescues", parameters=[RescuesQuery], responses=RescuePage)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        allow_somewhere(person, "rescue.make")
        asked = read(RescuesQuery, request)
        rows = rescues_for(person)
        if "venue_id" in asked:
            rows = rows.filter(venue=asked["venue_id"])
        if "outage_id" in asked:
            rows = rows.filter(outage=asked["outage_id"])
        return Response(page(rows, asked, shapes))

    @extend_schema(operation_id="plan_rescue", request=NewRescue, responses={201: RescueInFull})
    @idempotent
    def post(self, request: Request) -> Response:
        """Whoever is affected, with what could take the place of each booking; the best of it is held."""
        person = signed_in(request.user)
        body = NewRescue(data=request.data)
        body.is_valid(raise_exception=True)
        made = rescues.plan(person, about_of(person, body.validated_data))
        return Response(in_full(one(person, made.pk)), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        rescues.fill(one(person, thing))  # the process may have died half-way
        return Response(in_full(one(person, thing)), status=201)


class OneRescue(View):
    @extend_schema(operation_id="read_rescue", responses=RescueInFull)
    def get(self, request: Request, rescue_id: str) -> Response:
        person = signed_in(request.user)
        return Response(in_full(named_rescue(person, rescue_id), person))

    @extend_schema(operation_id="edit_rescue", request=RescueChange, responses=RescueInFull)
    def patch(self, request: Request, rescue_id: str) -> Response:
        person = signed_in(request.user)
        found = named_rescue(person, rescue_id)
        body = RescueChange(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        changes = data.pop("cases")
        own = set(found.cases.values_list("pk", flat=True))
        if not {c["case_id"] for c in changes} <= own:
            raise Missing
        if data:
            rescues.edit(person, found.pk, **data)
        for said in changes:
            if "left_out" in said:
                rescues.leave_out(person, said["case_id"], said["left_out"])
            if "chosen" in said:
                rescues.choose(person, said["case_id"], said["chosen"])
        return Response(in_full(one(person, found.pk)))


class RescueAct(View):
    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(in_full(named_rescue(signed_in(request.user), kwargs["rescue_id"])))


class RefreshRescue(RescueAct):
    @extend_schema(operation_id="refresh_rescue", request=None, responses=RescueInFull)
    @idempotent
    def post(self, request: Request, rescue_id: str) -> Response:
        """Whoever is affected by now is in it, and what is offered is held again."""
        person = signed_in(request.user)
        found = named_rescue(person, rescue_id)
        rescues.fill(found)
        return Response(in_full(one(person, found.pk)))


class SendRescue(RescueAct):
    @extend_schema(operation_id="send_rescue", request=None, responses=RescueInFull)
    @idempotent
    def post(self, request: Request, rescue_id: str) -> Response:
        person = signed_in(request.user)
        found = named_rescue(person, rescue_id)
        try:
            rescues.send(person, found)
        except PlanStale as error:
            error.data = {"rescue": in_full(one(person, found.pk))}
            raise
        return Response(in_full(one(person, found.pk)))


class AnswerRescue(RescueAct):
    @extend_schema(operation_id="answer_rescue", request=AnswerForThem, responses=RescueInFull)
    @idempotent
    def post(self, request: Request, rescue_id: str) -> Response:
        """What somebody said on the phone or at the desk."""
        person = signed_in(request.user)
        found = named_rescue(person, rescue_id)
        body = AnswerForThem(data=request.data)
        body.is_valid(raise_exception=True)
        case = found.cases.filter(pk=body.validated_data["case_id"]).first()
        if case is None:
            raise Missing
        answers.settle(case.pk, body.validated_data["choice"], by=person, staff=True)
        return Response(in_full(one(person, found.pk)))
