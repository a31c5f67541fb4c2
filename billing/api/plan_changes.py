"""Another plan: from the next period, or at once with the difference that is shown before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.plans import SubscriptionShape, one_plan, own_subscription, plans_for, subscription_answer
from billing.budgets import plans
from billing.models import Plan, Subscription
from billing.paying import changing_plans
from core.errors import IllegalMove
from core.idempotency import idempotent
from core.ids import encode
from core.money import Money
from core.shapes import IdField, ListShape, MoneyShape, RefShape, StrictSerializer, ref
from core.views import View
from people.roles import allow, signed_in, standing


class ChangePlan(StrictSerializer):
    plan_id = IdField(Plan)
    at_once = serializers.BooleanField(default=False, help_text="from today; else from the next period")
    difference_cents = serializers.IntegerField(
        required=False, help_text="what was shown: to pay, or less than nothing to come back"
    )


class ExchangeShape(serializers.Serializer[Any]):
    """From today until the period ends."""

    credit = MoneyShape(help_text="for what is left of the present plan")
    charge = MoneyShape(help_text="for the same days of the other")
    due = MoneyShape()
    back = MoneyShape()

    class Meta:
        ref_name = "PlanExchange"


class PlanChoice(serializers.Serializer[Any]):
    plan = RefShape()
    price = MoneyShape(help_text="a whole period")
    at_once = ExchangeShape(allow_null=True)
    why_not = serializers.CharField(allow_blank=True, help_text="why it cannot be had at once")


class PlanChoices(ListShape):
    data = PlanChoice(many=True)


def choices_of(found: Subscription, others: Sequence[Plan]) -> list[dict[str, Any]]:
    """Each of these plans with what it would cost or give back from today, or why it cannot be had at once."""
    try:
        stands = changing_plans.standing_of(found, plans.today_of(found.plan))
    except IllegalMove as no:
        return [_choice(plan, why_not=str(no.words["state"])) for plan in others]
    return [_choice_from(found, plan, stands) for plan in others]


def _choice_from(found: Subscription, plan: Plan, stands: changing_plans.Standing) -> dict[str, Any]:
    try:
        gap = changing_plans.exchange_of(found, plan, stands)
    except IllegalMove as no:
        return _choice(plan, why_not=str(no.words["state"]))
    due, back = changing_plans.moved(found, plan, gap)
    return _choice(plan, {"credit": gap.credit, "charge": gap.charge, "due": due, "back": back})


def _choice(plan: Plan, at_once: dict[str, Any] | None = None, why_not: str = "") -> dict[str, Any]:
    return {"plan": ref(plan), "price": plan.price, "at_once": at_once, "why_not": why_not}


class SubscriptionChoices(View):
    """The other plans of the venue, each with what it would cost or give back from today."""

    @extend_schema(operation_id="list_plan_choices", responses=PlanChoices)
    def get(self, request: Request, subscription_id: str) -> Response:
        person = signed_in(request.user)
        found = own_subscription(subscription_id, person)
        allow(person, "subscription.change", found, seen_by="pass.see")
        rows = plans_for(standing(person)).filter(venue=found.plan.venue_id, on_sale=True)
        others = list(rows.exclude(pk=found.plan_id).order_by("price", "pk")[:50])
        return Response({"data": choices_of(found, others)})


class ChangeSubscription(View):
    @extend_schema(operation_id="change_subscription", request=ChangePlan, responses=SubscriptionShape)
    @idempotent
    def post(self, request: Request, subscription_id: str) -> Response:
        person = signed_in(request.user)
        found = own_subscription(subscription_id, person)
        allow(person, "subscription.change", found, seen_by="pass.see")
        body = ChangePlan(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        wanted = one_plan(encode("pla", asked["plan_id"]), request)
        if asked["at_once"]:
            shown = asked.get("difference_cents")
            changing_plans.change_now(person, found.pk, wanted, None if shown is None else Money(shown))
        else:
            plans.change(person, found.pk, wanted)
        return subscription_answer(subscription_id, person)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return subscription_answer(kwargs["subscription_id"], signed_in(request.user))
