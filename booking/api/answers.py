"""The page behind a letter's link: what was booked, what is kept instead, and the answer. Nobody signs in here.

It tells no name, no code and no address: whoever finds the link learns only what place and time it is about.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.rescues import offer_shape
from booking.models import Item, Rescue, RescueCase, RescueLetter
from booking.models.rescue import ANSWERS, BY_LETTER, CHOICES
from booking.obstructing.obstacles import STANDS
from booking.rescuing import answers
from core.clock import now
from core.errors import Invalid, Pointer
from core.idempotency import idempotent
from core.ids import encode
from core.rates import PerAddress
from core.shapes import IdField, PeriodShape, RefShape, StrictSerializer, ref
from core.views import View
from spaces.models import Resource

A = RescueCase.Answer


class KeptShape(serializers.Serializer[Any]):
    resources = serializers.ListField(child=serializers.CharField())
    period = PeriodShape()


class LetterCase(serializers.Serializer[Any]):
    id = serializers.CharField()
    resources = serializers.ListField(child=serializers.CharField())
    period = PeriodShape()
    kept = KeptShape(allow_null=True, help_text="what is held in its place, at the same price")
    choices = serializers.ListField(child=serializers.ChoiceField(CHOICES))
    until = serializers.DateTimeField()
    answer = serializers.ChoiceField(ANSWERS, allow_blank=True)
    by_default = serializers.BooleanField()
    expired = serializers.BooleanField()


class LetterShape(serializers.Serializer[Any]):
    venue = RefShape()
    time_zone = serializers.CharField()
    language = serializers.CharField()
    reason = serializers.CharField()
    default = serializers.ChoiceField(Rescue.Default.choices)
    cases = LetterCase(many=True)

    class Meta:
        ref_name = "RescueLetter"


class LetterAnswer(StrictSerializer):
    case_id = IdField(RescueCase)
    choice = serializers.ChoiceField(CHOICES)


def letter_shape(letter: RescueLetter) -> dict[str, Any]:
    items = Item.objects.select_related("resource").order_by("pk")
    cases = list(
        letter.cases.select_related("booking")
        .prefetch_related(Prefetch("booking__items", items))
        .order_by("until", "pk")
    )
    named = Resource.objects.in_bulk(
        {UUID(o["resource"]) for c in cases for offer in c.offers for o in offer}
    )
    venue = letter.rescue.venue
    return {
        "venue": ref(venue),
        "time_zone": venue.time_zone,
        "language": letter.person.language,
        "reason": letter.rescue.reason,
        "default": letter.rescue.default,
        "cases": [_case(c, named) for c in cases],
    }


def _case(case: RescueCase, named: dict[UUID, Resource]) -> dict[str, Any]:
    booking = case.booking
    kept = None
    if case.chosen is not None:
        offer = offer_shape(case.offers[case.chosen], named, booking)
        kept = {"resources": [r["name"] for r in offer["resources"] if r], "period": offer["period"]}
    live = case.answer == "" and booking.state in STANDS
    expired = live and (case.until is None or case.until <= now())
    return {
        "id": encode(RescueCase.prefix, case.pk),
        "resources": [item.resource.name for item in booking.items.all()],
        "period": booking.period,
        "kept": kept,
        "choices": answers.choices(case) if live and not expired else [],
        "until": case.until,
        "answer": case.answer if live or case.answer else A.VOID,
        "by_default": case.by_default,
        "expired": expired,
    }


def _private(answer: Response) -> Response:
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


class Answers(View):
    throttle_classes = [PerAddress]

    @extend_schema(operation_id="read_answer", responses=LetterShape)
    def get(self, request: Request, secret: str) -> Response:
        return _private(Response(letter_shape(answers.read(secret))))

    @extend_schema(operation_id="give_answer", request=LetterAnswer, responses=LetterShape)
    @idempotent
    def post(self, request: Request, secret: str) -> Response:
        """The answer for one of the letter's bookings; the same answer again changes nothing."""
        letter = answers.read(secret)
        body = LetterAnswer(data=request.data)
        body.is_valid(raise_exception=True)
        if body.validated_data["choice"] not in BY_LETTER:
            raise Invalid(pointers=[Pointer("/choice", "invalid", "")])
        answers.by_letter(letter, body.validated_data["case_id"], body.validated_data["choice"])
        return _private(Response(letter_shape(answers.read(secret))))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return _private(Response(letter_shape(answers.read(kwargs["secret"]))))
