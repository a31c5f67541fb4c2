"""Plans on sale, and one's subscriptions: what they include, until when, changing and ending them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.budgets import plans
from billing.models import Budget, Included, Instalment, Measure, Plan, PlanPeriod, Subscription, VatRate
from billing.prices.periods import MONTHS
from core.clock import now
from core.errors import Missing
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in
from core.money import Money
from core.shapes import IdField, ListShape, MoneyShape, RefShape, StrictSerializer, ref
from core.views import View
from people.models import Group, Person
from people.roles import As, OfPartner, Standing, allow, signed_in, standing
from spaces.models import Resource, Venue


class IncludedShape(serializers.Serializer[Any]):
    """`amount` a period, in minutes where it counts hours."""

    unit = serializers.ChoiceField(Measure.choices)
    amount = serializers.IntegerField()
    kinds = serializers.ListField(child=serializers.CharField())


class PlanShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    venue = RefShape()
    name = serializers.CharField()
    every = serializers.ChoiceField(Plan.Every.choices)
    price = MoneyShape()
    first_price = MoneyShape(help_text="of a period that begins today")
    first_until = serializers.DateField(help_text="the last day of a period that begins today")
    instalments = serializers.IntegerField(help_text="in how many parts a period is paid")
    first_instalment = MoneyShape(help_text="what is paid today for a period that begins today")
    from_first = serializers.BooleanField()
    group = RefShape(allow_null=True, help_text="whose prices and windows it opens")
    included = IncludedShape(many=True)
    on_sale = serializers.BooleanField()
    can_edit = serializers.BooleanField()

    class Meta:
        ref_name = "Plan"


class PlansShape(ListShape):
    data = PlanShape(many=True)
    groups = RefShape(many=True, help_text="of the venue's partner, for those who define its plans")


class PlansQuery(StrictSerializer):
    venue_id = IdField(Venue, required=False)


class IncludedFields(StrictSerializer):
    unit = serializers.ChoiceField(Measure.choices)
    amount = serializers.IntegerField(min_value=1, max_value=1_000_000)
    kinds = serializers.ListField(child=serializers.ChoiceField(Resource.Kind.choices), default=list)

    def validate_unit(self, unit: str) -> str:
        if unit == Measure.CENTS:
            raise serializers.ValidationError("", "counts-time")
        return unit


class NewPlan(StrictSerializer):
    venue_id = IdField(Venue)
    name = serializers.CharField(max_length=80)
    every = serializers.ChoiceField(Plan.Every.choices)
    price_cents = serializers.IntegerField(min_value=0, max_value=100_000_000)
    vat_rate_id = IdField(VatRate)
    group_id = IdField(Group, required=False, allow_null=True)
    from_first = serializers.BooleanField(default=False)
    instalments = serializers.IntegerField(
        min_value=1, max_value=12, default=1, help_text="of a quarter or year: of whole months each"
    )
    included = serializers.ListField(child=IncludedFields(), default=list, max_length=20)

    class Meta:
        ref_name = "NewMembership"

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if MONTHS[data["every"]] % data["instalments"]:
            raise serializers.ValidationError({"instalments": "not of whole months each"})
        return data


class PlanWords(StrictSerializer):
    """What may change of a plan; another price is another plan."""

    name = serializers.CharField(max_length=80)
    on_sale = serializers.BooleanField()


class BudgetLeft(serializers.Serializer[Any]):
    id = serializers.CharField()
    unit = serializers.ChoiceField(Measure.choices)
    kinds = serializers.ListField(child=serializers.CharField())
    given = serializers.IntegerField()
    left = serializers.IntegerField()


class InstalmentShape(serializers.Serializer[Any]):
    due_on = serializers.DateField()
    amount = MoneyShape()


class SubscriptionShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    plan = RefShape()
    next_plan = RefShape(allow_null=True)
    venue = RefShape()
    holder = serializers.CharField()
    state = serializers.ChoiceField(Subscription.State.choices)
    price = MoneyShape()
    last_on = serializers.DateField(help_text="the last day of its present period")
    included = BudgetLeft(many=True)
    to_come = InstalmentShape(many=True, help_text="the instalments of its period that are not asked for yet")
    organisation_id = serializers.CharField(allow_null=True)
    method = RefShape(allow_null=True, help_text="the saved card or account that pays its next periods")
    can_change = serializers.BooleanField()
    can_pay = serializers.BooleanField(help_text="may choose what pays it")

    class Meta:
        ref_name = "Subscription"


class SubscriptionPage(ListShape):
    data = SubscriptionShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


def plans_for(has: Standing) -> QuerySet[Plan]:
    rows = Plan.objects.select_related("venue", "group").prefetch_related("included")
    if has.administrator:
        return rows
    return rows.filter(Q(on_sale=True) | Q(venue__partner__in=has.partners(As.MANAGER)))


def plan_shapes(found: Sequence[Plan], has: Standing) -> list[dict[str, Any]]:
    shaped = []
    for plan in found:
        span = plans.starting(plan)
        shaped.append(
            {
                "id": encode("pla", plan.pk),
                "venue": {"id": encode("ven", plan.venue_id), "name": plan.venue.name},
                "name": plan.name,
                "every": plan.every,
                "price": plan.price,
                "first_price": span.price(plan.price),
                "first_until": span.until - timedelta(days=1),
                "instalments": plan.instalments,
                "first_instalment": plans.parts_of(plan, span)[0][1],
                "from_first": plan.from_first,
                "group": ref(plan.group),
                "included": [
                    {"unit": one.unit, "amount": one.amount, "kinds": one.kinds}
                    for one in plan.included.all()
                ],
                "on_sale": plan.on_sale,
                "can_edit": has.allows("pass-kind.edit", plan),
            }
        )
    return shaped


def one_plan(public: str, request: Request) -> Plan:
    return one_in(plans_for(standing(request.user)), "pla", public)


class Plans(View):
    @extend_schema(operation_id="list_plans", parameters=[PlansQuery], responses=PlansShape)
    def get(self, request: Request) -> Response:
        has = standing(request.user)
        asked = read(PlansQuery, request)
        rows = plans_for(has).order_by("venue__name", "price", "pk")
        groups = Group.objects.none()
        if "venue_id" in asked:
            rows = rows.filter(venue=asked["venue_id"])
            partner = Venue.objects.filter(pk=asked["venue_id"]).values_list("partner", flat=True).first()
            if partner is not None and has.allows("pass-kind.edit", OfPartner(partner)):
                groups = Group.objects.filter(partner=partner).order_by("name")
        return Response({"data": plan_shapes(list(rows[:200]), has), "groups": [ref(one) for one in groups]})

    @extend_schema(operation_id="add_plan", request=NewPlan, responses={201: PlanShape})
    @idempotent
    def post(self, request: Request) -> Response:
        person = signed_in(request.user)
        body = NewPlan(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        venue = Venue.objects.filter(pk=data["venue_id"]).first()
        vat = VatRate.objects.filter(pk=data["vat_rate_id"]).first()
        if venue is None or vat is None:
            raise Missing
        allow(person, "pass-kind.edit", OfPartner(venue.partner_id))
        group = None
        if data.get("group_id"):
            group = Group.objects.filter(pk=data["group_id"], partner=venue.partner_id).first()
            if group is None:
                raise Missing
        made = plans.make(
            person,
            Plan(
                venue=venue,
                name=data["name"],
                every=data["every"],
                price=Money(data["price_cents"]),
                vat_rate=vat,
                group=group,
                from_first=data["from_first"],
                instalments=data["instalments"],
            ),
            [Included(**one) for one in data["included"]],
        )
        return Response(plan_shapes([made], standing(person))[0], status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(
            plan_shapes([one_plan(encode("pla", thing), request)], standing(request.user))[0], 201
        )


class OnePlan(View):
    @extend_schema(operation_id="read_plan", responses=PlanShape)
    def get(self, request: Request, plan_id: str) -> Response:
        return Response(plan_shapes([one_plan(plan_id, request)], standing(request.user))[0])

    @extend_schema(operation_id="edit_plan", request=PlanWords, responses=PlanShape)
    def patch(self, request: Request, plan_id: str) -> Response:
        person = signed_in(request.user)
        found = one_plan(plan_id, request)
        allow(person, "pass-kind.edit", found)
        body = PlanWords(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        for name, value in body.validated_data.items():
            setattr(found, name, value)
        found.save(update_fields=list(body.validated_data))
        return Response(plan_shapes([found], standing(person))[0])


def subscriptions_for(has: Standing) -> QuerySet[Subscription]:
    rows = Subscription.objects.select_related(
        "plan__venue", "next_plan", "person", "organisation", "method"
    ).prefetch_related(
        Prefetch("periods", PlanPeriod.objects.order_by("from_on")),
        Prefetch("periods__instalments", Instalment.objects.to_come().order_by("number")),
        Prefetch("budgets", Budget.objects.order_by("pk")),
    )
    if has.administrator:
        return rows
    if has.person is None:
        return rows.none()
    mine = Q(person=has.person, organisation=None) | Q(organisation__in=has.delegate_of)
    return rows.filter(mine | Q(plan__venue__partner__in=has.partners(As.STAFF, As.MANAGER, As.ACCOUNTANT)))


def subscription_shapes(found: Sequence[Subscription], has: Standing) -> list[dict[str, Any]]:
    at = now()
    return [
        {
            "id": encode("sub", s.pk),
            "plan": ref(s.plan),
            "next_plan": ref(s.next_plan),
            "venue": {"id": encode("ven", s.plan.venue_id), "name": s.plan.venue.name},
            "holder": s.organisation.name if s.organisation else s.person.name,
            "state": s.state,
            "price": s.plan.price,
            "last_on": max(period.until_on for period in s.periods.all()) - timedelta(days=1),
            "included": [
                {
                    "id": encode("bud", b.pk),
                    "unit": b.unit,
                    "kinds": b.kinds,
                    "given": b.given,
                    "left": b.left,
                }
                for b in s.budgets.all()
                if b.from_at <= at < b.until_at
            ],
            "to_come": [
                {"due_on": part.due_on, "amount": part.amount}
                for period in s.periods.all()
                for part in period.instalments.all()
            ],
            "organisation_id": encode("org", s.organisation_id) if s.organisation_id else None,
            "method": {"id": encode("pmt", s.method.pk), "name": str(s.method)}
            if s.method and has.allows("subscription.pay", s)
            else None,
            "can_change": s.state == Subscription.State.ACTIVE and has.allows("subscription.change", s),
            "can_pay": s.state == Subscription.State.ACTIVE and has.allows("subscription.pay", s),
        }
        for s in found
    ]


def own_subscription(public: str, person: Person) -> Subscription:
    return one_in(subscriptions_for(standing(person)), "sub", public)


def subscription_answer(public: str, person: Person) -> Response:
    return Response(subscription_shapes([own_subscription(public, person)], standing(person))[0])


class Subscriptions(View):
    @extend_schema(operation_id="list_subscriptions", parameters=[ListQuery], responses=SubscriptionPage)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        has = standing(person)
        own = Q(person=person) | Q(organisation__in=has.delegate_of)
        rows = subscriptions_for(has).filter(own)
        return Response(page(rows, read(ListQuery, request), lambda found: subscription_shapes(found, has)))


class EndSubscription(View):
    @extend_schema(operation_id="end_subscription", request=None, responses=SubscriptionShape)
    @idempotent
    def post(self, request: Request, subscription_id: str) -> Response:
        person = signed_in(request.user)
        found = own_subscription(subscription_id, person)
        allow(person, "subscription.change", found, seen_by="pass.see")
        plans.end(person, found.pk)
        return subscription_answer(subscription_id, person)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return subscription_answer(kwargs["subscription_id"], signed_in(request.user))
