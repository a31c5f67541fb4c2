"""What no-shows led to: read, appealed against, upheld or undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.seen import looked_again, of_consequences
from booking.attending import consequences
from booking.judging.reasons import reason
from booking.models import Consequence
from booking.visible import consequences_for
from core import terms
from core.errors import Reason
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in
from core.shapes import ActionShape, IdField, ListShape, MoneyShape, RefShape, StrictSerializer, action, ref
from core.views import View
from people.models import Person
from people.roles import Standing, allow, signed_in, standing
from spaces.models import Venue

S = Consequence.State


class ConsequenceActions(serializers.Serializer[Any]):
    grant = ActionShape()
    uphold = ActionShape()


class ConsequenceShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    booking_id = serializers.CharField()
    code = serializers.CharField(help_text="the booking's")
    person = RefShape()
    kind = serializers.ChoiceField(Consequence.Kind.choices)
    detail = serializers.CharField(help_text="what follows, as a sentence")
    amount = MoneyShape()
    until = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(S.choices)
    words = serializers.CharField(allow_blank=True, help_text="of the appeal")
    answer = serializers.CharField(allow_blank=True)
    made_at = serializers.DateTimeField()
    heard_until = serializers.DateTimeField(allow_null=True, help_text="no appeal from then on; null: always")
    appealed_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    pay_href = serializers.CharField(allow_null=True, help_text="where a fee that is owed is paid")
    actions = ConsequenceActions()

    class Meta:
        ref_name = "Consequence"


class ConsequencePage(ListShape):
    data = ConsequenceShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class ConsequencesQuery(ListQuery):
    venue_id = IdField(Venue, required=False)
    state = serializers.ListField(child=serializers.ChoiceField(S.choices), required=False)


class Decision(StrictSerializer):
    reason = serializers.CharField(max_length=500)


def consequence_shapes(found: Sequence[Consequence], person: Person) -> list[dict[str, Any]]:
    """The consequences (with booking, venue, organisation and person loaded) for whoever looks."""
    has = standing(person)
    fees = terms.included(Consequence.prefix, ["fees"], found, person).get("fees", {})
    return [_one(one, has, fees.get(one.pk, {})) for one in found]


def _one(one: Consequence, has: Standing, fee: dict[str, Any]) -> dict[str, Any]:
    spoken = consequences.spoken(one)
    return {
        "id": encode(one.prefix, one.pk),
        "booking_id": encode("bkg", one.booking_id),
        "code": one.booking.code,
        "person": ref(one.person),
        "kind": one.kind,
        "detail": " ".join(words.say(**spoken) for words in consequences.sentences(one)),
        "amount": one.amount,
        "until": one.until,
        "state": one.state,
        "words": one.words,
        "answer": one.answer,
        "made_at": one.made_at,
        "heard_until": consequences.heard_until(one),
        "appealed_at": one.appealed_at,
        "decided_at": one.decided_at,
        "pay_href": fee.get("pay_href"),
        "actions": {
            "grant": action(_against(one, has, consequences.OPEN)),
            "uphold": action(_against(one, has, (S.APPEALED,))),
        },
    }


def _against(one: Consequence, has: Standing, states: Sequence[str]) -> list[Reason]:
    if not has.allows("consequence.decide", one):
        return [reason("no-right")]
    return [] if one.state in states else [reason("wrong-state", state=one.get_state_display())]


def of_bookings(bookings: Sequence[Any], person: Person) -> dict[UUID, list[dict[str, Any]]]:
    """What each booking's no-show led to; nobody sees another's. Nothing is read where nobody was missed."""
    missed = [b for b in bookings if b.attendance == b.Attendance.NO_SHOW]
    rows = Consequence.objects.filter(booking__in=missed).select_related(
        "booking__venue", "booking__organisation", "person"
    )
    has = standing(person)
    found = [one for one in rows.order_by("pk") if has.allows("consequence.see", one)]
    by_booking: dict[UUID, list[dict[str, Any]]] = {}
    for one, shaped in zip(found, consequence_shapes(found, person) if found else [], strict=True):
        by_booking.setdefault(one.booking_id, []).append(shaped)
    return by_booking


class Consequences(View):
    @extend_schema(
        operation_id="list_consequences", parameters=[ConsequencesQuery], responses=ConsequencePage
    )
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        asked = read(ConsequencesQuery, request)
        rows = consequences_for(standing(person))
        if "venue_id" in asked:
            rows = rows.filter(booking__venue=asked["venue_id"])
        if "state" in asked:
            rows = rows.filter(state__in=asked["state"])

        def shapes(found: Sequence[Consequence]) -> list[dict[str, Any]]:
            looked_again(person, of_consequences(person, found))
            return consequence_shapes(found, person)

        return Response(page(rows, asked, shapes))


def _seen(consequence_id: str, person: Person) -> Consequence:
    return one_in(consequences_for(standing(person)), Consequence.prefix, consequence_id)


class Decide(View):
    """Staff's answer to an appeal."""

    def decide(
        self, request: Request, consequence_id: str, how: Callable[[Person, UUID, str], Consequence]
    ) -> Response:
        person = signed_in(request.user)
        found = _seen(consequence_id, person)
        allow(person, "consequence.decide", found, seen_by="consequence.see")
        body = Decision(data=request.data)
        body.is_valid(raise_exception=True)
        how(person, found.pk, body.validated_data["reason"])
        return self._shown(consequence_id, person)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return self._shown(kwargs["consequence_id"], signed_in(request.user))

    def _shown(self, consequence_id: str, person: Person) -> Response:
        return Response(consequence_shapes([_seen(consequence_id, person)], person)[0])


class Grant(Decide):
    @extend_schema(operation_id="grant_appeal", request=Decision, responses=ConsequenceShape)
    @idempotent
    def post(self, request: Request, consequence_id: str) -> Response:
        return self.decide(request, consequence_id, consequences.grant)


class Uphold(Decide):
    @extend_schema(operation_id="uphold_consequence", request=Decision, responses=ConsequenceShape)
    @idempotent
    def post(self, request: Request, consequence_id: str) -> Response:
        return self.decide(request, consequence_id, consequences.uphold)
