"""Blocks: staff's own time, once or again and again, and lifted again."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.repeats import WEEKDAYS, RepeatFields
from booking.holding import blocks
from booking.judging.reasons import reason
from booking.models import Block
from booking.repeating.plans import Rule, skipped_days
from booking.visible import blocks_for
from core.errors import Invalid, Missing, Pointer, WindowTooWide
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import pk_of
from core.periods import Period
from core.shapes import ActionShape, IdField, ListShape, PeriodShape, RefShape, StrictSerializer, action, ref
from core.views import View
from people.models import Person
from people.roles import OfPartner, allow, signed_in, standing
from spaces.models import Resource, Venue

WIDEST = 400


class BlockActions(serializers.Serializer[Any]):
    lift = ActionShape()


class BlockShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    resource = RefShape()
    period = PeriodShape()
    kind = serializers.ChoiceField(Block.Kind.choices)
    reason = serializers.CharField()
    made_by = RefShape()
    lifted_at = serializers.DateTimeField(allow_null=True)
    together = serializers.UUIDField(allow_null=True, help_text="the same for all that were made in one act")
    actions = BlockActions()

    class Meta:
        ref_name = "Block"


class RepeatShape(RepeatFields):
    """The same again, from the period's day on; `last_on` is included."""

    last_on = serializers.DateField()

    class Meta:
        ref_name = "BlockRepeat"


class NewBlock(StrictSerializer):
    resource_id = IdField(Resource)
    period = PeriodShape()
    kind = serializers.ChoiceField(Block.Kind.choices)
    reason = serializers.CharField(max_length=200)
    repeat = RepeatShape(required=False)


class Lifting(StrictSerializer):
    following = serializers.BooleanField(
        default=False, help_text="also those made together with it that come after"
    )


class BlockPage(ListShape):
    data = BlockShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class BlocksQuery(ListQuery):
    venue_id = IdField(Venue, required=False)


def block_shape(block: Block) -> dict[str, Any]:
    lifted = [] if block.lifted_at is None else [reason("wrong-state", state="lifted")]
    return {
        "id": encode("blk", block.pk),
        "resource": ref(block.resource),
        "period": block.period,
        "kind": block.kind,
        "reason": block.reason,
        "made_by": ref(block.made_by),
        "lifted_at": block.lifted_at,
        "together": block.together,
        "actions": {"lift": action(lifted)},
    }


class Blocks(View):
    @extend_schema(operation_id="list_blocks", parameters=[BlocksQuery], responses=BlockPage)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        asked = read(BlocksQuery, request)
        rows = blocks_for(standing(person)).filter(lifted_at=None)
        if "venue_id" in asked:
            rows = rows.filter(resource__venue=asked["venue_id"])
        return Response(page(rows, asked, lambda found: [block_shape(b) for b in found]))

    @extend_schema(operation_id="make_block", request=NewBlock, responses={201: BlockShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person: Person = signed_in(request.user)
        body = NewBlock(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        resource = Resource.objects.select_related("venue").filter(pk=data["resource_id"]).first()
        if resource is None:
            raise Missing
        allow(person, "block.make", OfPartner(resource.venue.partner_id))
        period = PeriodShape.resolve(data["period"], resource.venue.zone)
        if period.elapsed > timedelta(days=WIDEST):
            raise WindowTooWide(days=WIDEST)
        periods = _again_and_again(period, data["repeat"], resource.venue) if "repeat" in data else [period]
        made = blocks.block_all(person, resource, periods, data["kind"], data["reason"])
        return Response(block_shape(made), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(block_shape(_block(request, encode(kind, thing))), status=201)


def _again_and_again(first: Period, said: dict[str, Any], venue: Venue) -> list[Period]:
    """The period on every date that is meant, at the same hours of the clock. Raises Invalid, TooManyDates."""
    zone = venue.zone
    start, end = first.start.astimezone(zone), first.end.astimezone(zone)
    rule = Rule(
        said["repeat"],
        start.time(),
        end.time(),
        start.date(),
        said["last_on"],
        every=said["every"],
        weekdays=tuple(WEEKDAYS.index(day) + 1 for day in said["weekdays"]),
        position=said["position"],
        skip=tuple(said["skip"]),
        nights=(end.date() - start.date()).days,
    )
    skipped = skipped_days(rule, venue)
    found = [rule.period_on(day, zone) for day in rule.days() if day not in skipped]
    periods = [period for period in found if period is not None]
    if not periods:
        raise Invalid(pointers=[Pointer("/repeat", "no-dates", "")])
    if any(one.overlaps(next_) for one, next_ in pairwise(periods)):
        raise Invalid(pointers=[Pointer("/repeat", "overlaps-itself", "")])
    return periods


def _block(request: Request, block_id: str) -> Block:
    found = blocks_for(standing(signed_in(request.user))).filter(pk=pk_of(Block.prefix, block_id)).first()
    if found is None:
        raise Missing
    return found


class LiftBlock(View):
    @extend_schema(operation_id="lift_block", request=Lifting, responses=BlockShape)
    @idempotent
    def post(self, request: Request, block_id: str) -> Response:
        person = signed_in(request.user)
        body = Lifting(data=request.data or {})
        body.is_valid(raise_exception=True)
        lifted = blocks.lift(person, _block(request, block_id).pk, **body.validated_data)
        return Response(block_shape(lifted))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(block_shape(_block(request, kwargs["block_id"])))
