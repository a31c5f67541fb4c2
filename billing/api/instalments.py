"""The instalments that an issuer's customers are still to be asked for, and waiving them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.registers import office_issuer
from billing.models import Instalment, Issuer, Subscription
from billing.papers.visible import office_partners
from billing.paying import instalments
from core import audit
from core.clock import today
from core.errors import Reason
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in
from core.money import total
from core.shapes import ActionShape, IdField, ListShape, MoneyShape, RefShape, StrictSerializer, action
from core.views import View
from core.words import Words
from people.models import Organisation, Person
from people.roles import Standing, allow_somewhere, signed_in, standing

STATES = ("to_come", "waived", "given_back")
WAIVED = Reason("instalments-waived", Words("Le rate sono già condonate.", "They have been waived already."))
GIVEN_BACK = Reason(
    "instalments-given-back",
    Words(
        "Quanto era stato pagato è stato restituito: non si chiede altro.",
        "What had been paid was given back: nothing more is asked for.",
    ),
)


class PartShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.IntegerField(help_text="which of its period's")
    due_on = serializers.DateField()
    amount = MoneyShape()
    state = serializers.ChoiceField(STATES)
    reason = serializers.CharField(allow_blank=True, help_text="why it was waived")

    class Meta:
        ref_name = "InstalmentAhead"


class OfOneShape(serializers.Serializer[Any]):
    """Those of one subscription, of the periods that are not over."""

    subscription = RefShape()
    customer = serializers.CharField()
    customer_id = serializers.CharField()
    instalments = PartShape(many=True)
    to_come = MoneyShape(help_text="the sum of those that will be asked for")
    actions = serializers.DictField(child=ActionShape(), help_text="waive")

    class Meta:
        ref_name = "InstalmentsAhead"


class InstalmentsPage(ListShape):
    data = OfOneShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class InstalmentsQuery(ListQuery):
    issuer_id = IdField(Issuer)
    person_id = IdField(Person, required=False)
    organisation_id = IdField(Organisation, required=False)
    q = serializers.CharField(max_length=80, required=False, help_text="in the customer's name")


class Waiver(StrictSerializer):
    instalment_ids = serializers.ListField(child=IdField(Instalment), min_length=1, max_length=100)
    reason = serializers.CharField(max_length=200)


def _ahead() -> QuerySet[Instalment]:
    """Those that were not asked for, of periods that are not over."""
    return Instalment.objects.filter(order=None, period__until_on__gt=today()).order_by("due_on")


def _rows(partners: Sequence[UUID]) -> QuerySet[Subscription]:
    """The subscriptions of these partners' plans, with what is `ahead` of each period."""
    return (
        Subscription.objects.filter(plan__venue__partner__in=partners)
        .select_related("plan__venue", "person", "organisation")
        .prefetch_related(Prefetch("periods__instalments", _ahead(), to_attr="ahead"))
    )


def _shapes(found: Sequence[Subscription], has: Standing, by: Person) -> list[dict[str, Any]]:
    parts = {s.pk: [part for period in s.periods.all() for part in period.ahead] for s in found}  # type: ignore[attr-defined]
    everything = [part.pk for of_one in parts.values() for part in of_one]
    to_come = set(Instalment.objects.to_come().filter(pk__in=everything).values_list("pk", flat=True))
    audit.saw(
        by,
        "debts",
        [
            audit.Sight(
                encode("sub", s.pk), s.plan.venue.partner_id, None if s.organisation_id else s.person_id
            )
            for s in found
            if s.person_id != by.pk and s.organisation_id not in has.delegate_of
        ],
    )
    return [_shape(s, parts[s.pk], to_come, has) for s in found]


def _shape(s: Subscription, parts: list[Instalment], to_come: set[UUID], has: Standing) -> dict[str, Any]:
    against = WAIVED if all(part.waived_at for part in parts) else GIVEN_BACK
    return {
        "subscription": {"id": encode("sub", s.pk), "name": s.plan.name},
        "customer": s.organisation.name if s.organisation else s.person.name,
        "customer_id": encode("org", s.organisation_id) if s.organisation_id else encode("per", s.person_id),
        "instalments": [
            {
                "id": encode("ins", part.pk),
                "number": part.number,
                "due_on": part.due_on,
                "amount": part.amount,
                "state": "waived" if part.waived_at else "to_come" if part.pk in to_come else "given_back",
                "reason": part.waived_why,
            }
            for part in parts
        ],
        "to_come": total(part.amount for part in parts if part.pk in to_come),
        "actions": {"waive": action([] if any(part.pk in to_come for part in parts) else [against])}
        if has.anywhere("document.issue")
        else {},
    }


class Instalments(View):
    @extend_schema(operation_id="list_instalments", parameters=[InstalmentsQuery], responses=InstalmentsPage)
    def get(self, request: Request) -> Response:
        asked = read(InstalmentsQuery, request)
        issuer = office_issuer(request, asked["issuer_id"])
        person = signed_in(request.user)
        has_some = Exists(_ahead().filter(period__subscription=OuterRef("pk")))
        rows = _rows([issuer.partner_id]).filter(has_some)
        if "organisation_id" in asked:
            rows = rows.filter(organisation=asked["organisation_id"])
        if "person_id" in asked:
            rows = rows.filter(person=asked["person_id"], organisation=None)
        if asked.get("q"):
            named = Q(organisation=None, person__name__icontains=asked["q"])
            rows = rows.filter(named | Q(organisation__name__icontains=asked["q"]))
        has = standing(person)
        return Response(page(rows, asked, lambda found: _shapes(found, has, person)))


class WaiveInstalments(View):
    """An office waives those that it was shown, all of them or none."""

    @extend_schema(operation_id="waive_instalments", request=Waiver, responses=OfOneShape)
    @idempotent
    def post(self, request: Request, subscription_id: str) -> Response:
        has = allow_somewhere(request.user, "document.issue")
        found = one_in(_of_the_office(has), "sub", subscription_id)
        body = Waiver(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        instalments.waive(signed_in(request.user), found.pk, told["instalment_ids"], told["reason"])
        return self.again(request, "sub", found.pk)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        person = signed_in(request.user)
        has = standing(person)
        return Response(_shapes([one_in(_of_the_office(has), "sub", encode("sub", thing))], has, person)[0])


def _of_the_office(has: Standing) -> QuerySet[Subscription]:
    partners = Issuer.objects.values_list("partner", flat=True) if has.administrator else office_partners(has)
    return _rows(list(partners))
