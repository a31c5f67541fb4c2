"""How late customers are reminded, for whom it rests, and what a customer owes and has paid."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.debt_shapes import DebtShape, debt_shape
from billing.api.registers import office_issuer
from billing.books import dunning
from billing.models import DunningPause, DunningStep, Issuer
from billing.papers.visible import issuers_for
from billing.paying.customer_credit import could_pay, credit_of
from billing.paying.debts import account_of, debts, held_by, paid_documents
from core import audit
from core.errors import Missing
from core.ids import encode
from core.lists import read
from core.lookup import pk_of
from core.money import ZERO, Money, total
from core.openapi import json_or_table
from core.shapes import IdField, MoneyShape, StrictSerializer
from core.tables import download
from core.views import View
from people.models import Organisation, Person
from people.roles import allow_somewhere, signed_in


class StepShape(serializers.Serializer[Any]):
    days = serializers.IntegerField()
    text_it = serializers.CharField()
    text_en = serializers.CharField()
    fee = MoneyShape()

    class Meta:
        ref_name = "DunningStep"


class PauseShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    customer = serializers.CharField()
    until_on = serializers.DateField(allow_null=True)
    reason = serializers.CharField()

    class Meta:
        ref_name = "DunningPause"


class DebtorShape(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="a person's or an organisation's")
    name = serializers.CharField()
    open = MoneyShape()

    class Meta:
        ref_name = "Debtor"


class DunningShape(serializers.Serializer[Any]):
    """No steps: nobody is reminded; `usual` are what one may begin with."""

    steps = StepShape(many=True)
    usual = StepShape(many=True)
    pauses = PauseShape(many=True)
    debtors = DebtorShape(many=True, help_text="who owes something, the most first")
    covered = DebtShape(
        many=True,
        help_text="it reached a step, and nobody is reminded: a credit of the customer could pay all of it",
    )

    class Meta:
        ref_name = "Dunning"


class IssuerQuery(StrictSerializer):
    issuer_id = IdField(Issuer)


class StepWish(StrictSerializer):
    days = serializers.IntegerField(min_value=1, max_value=365)
    text_it = serializers.CharField(max_length=2000)
    text_en = serializers.CharField(max_length=2000)
    fee_cents = serializers.IntegerField(min_value=0, max_value=10_000, default=0)


class DunningWish(StrictSerializer):
    issuer_id = IdField(Issuer)
    steps = serializers.ListField(child=StepWish(), max_length=6)

    def validate_steps(self, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({step["days"] for step in steps}) < len(steps):
            raise serializers.ValidationError("one step a day")
        return steps


class NewPause(StrictSerializer):
    issuer_id = IdField(Issuer)
    person_id = IdField(Person, required=False, allow_null=True)
    organisation_id = IdField(Organisation, required=False, allow_null=True)
    until_on = serializers.DateField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=200)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if (data.get("person_id") is None) == (data.get("organisation_id") is None):
            raise serializers.ValidationError({"person_id": "a person or an organisation"})
        return data


def _step(step: DunningStep) -> dict[str, Any]:
    return {"days": step.days, "text_it": step.text_it, "text_en": step.text_en, "fee": step.fee}


def dunning_shape(issuer: Issuer, by: Person) -> dict[str, Any]:
    """An issuer's reminders; whose debts were shown is logged."""
    debtors = _debtors(issuer)
    audit.saw(by, "debts", [_sight(issuer, payer) for payer, _ in debtors])
    pauses = DunningPause.objects.filter(issuer=issuer).select_related("person", "organisation")
    return {
        "steps": [_step(step) for step in dunning.steps_of(issuer)],
        "usual": [
            {"days": days, "text_it": it, "text_en": en, "fee": Money(0)} for days, it, en in dunning.USUAL
        ],
        "pauses": [
            {
                "id": encode("dnp", p.pk),
                "customer": p.organisation.name if p.organisation else p.person.name if p.person else "",
                "until_on": p.until_on,
                "reason": p.reason,
            }
            for p in pauses.order_by("made_at")
        ],
        "debtors": [
            {"id": encode(payer.prefix, payer.pk), "name": payer.name, "open": open_}
            for payer, open_ in debtors
        ],
        "covered": [debt_shape(debt) for debt in dunning.covered(issuer)],
    }


def _debtors(issuer: Issuer) -> list[tuple[Person | Organisation, Money]]:
    """Who owes how much, the most first."""
    payers: dict[UUID, Person | Organisation] = {}
    owed: dict[UUID, Money] = {}
    for debt in debts(issuer):
        if debt.payer is not None:
            payers[debt.payer.pk] = debt.payer
            owed[debt.payer.pk] = owed.get(debt.payer.pk, ZERO) + debt.open
    found = [(payer, owed[pk]) for pk, payer in payers.items()]
    return sorted(found, key=lambda one: (-one[1].cents, one[0].name))


def _sight(issuer: Issuer, payer: Person | Organisation) -> audit.Sight:
    whose = payer.pk if isinstance(payer, Person) else None
    return audit.Sight(encode(payer.prefix, payer.pk), issuer.partner_id, whose)


class Dunning(View):
    @extend_schema(operation_id="read_dunning", parameters=[IssuerQuery], responses=DunningShape)
    def get(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.export")
        issuer = office_issuer(request, read(IssuerQuery, request)["issuer_id"])
        return Response(dunning_shape(issuer, signed_in(request.user)))

    @extend_schema(operation_id="write_dunning", request=DunningWish, responses=DunningShape)
    def put(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.issue")
        body = DunningWish(data=request.data)
        body.is_valid(raise_exception=True)
        issuer = office_issuer(request, body.validated_data["issuer_id"], "document.issue")
        told = [step | {"fee": Money(step["fee_cents"])} for step in body.validated_data["steps"]]
        dunning.write_steps(signed_in(request.user), issuer, told)
        return Response(dunning_shape(issuer, signed_in(request.user)))


class Pauses(View):
    @extend_schema(operation_id="pause_dunning", request=NewPause, responses=DunningShape)
    def put(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.issue")
        body = NewPause(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        issuer = office_issuer(request, told["issuer_id"], "document.issue")
        payer = _customer(issuer, told)
        dunning.pause(signed_in(request.user), issuer, payer, told["until_on"], told["reason"])
        return Response(dunning_shape(issuer, signed_in(request.user)))


class OnePause(View):
    @extend_schema(operation_id="lift_dunning_pause", responses={204: None})
    def delete(self, request: Request, pause_id: str) -> Response:
        has = allow_somewhere(request.user, "document.issue")
        found = DunningPause.objects.filter(
            pk=pk_of("dnp", pause_id), issuer__in=issuers_for(has).order_by()
        ).first()
        if found is None:
            raise Missing
        dunning.lift(signed_in(request.user), found.pk)
        return Response(status=204)


def _customer(issuer: Issuer, told: dict[str, Any]) -> Person | Organisation:
    """Somebody the issuer has a document or an order for: the office sees no others' names here. Raises Missing."""
    found: Person | Organisation | None
    if told.get("organisation_id"):
        found = (
            Organisation.objects.filter(pk=told["organisation_id"])
            .filter(Q(documents__issuer=issuer) | Q(orders__lines__issuer=issuer))
            .first()
        )
    else:
        found = (
            Person.objects.filter(pk=told["person_id"])
            .filter(Q(documents__issuer=issuer) | Q(orders__lines__issuer=issuer))
            .first()
        )
    if found is None:
        raise Missing
    return found


# -- a customer's statement of account -------------------------------------------------------------------


class AccountItem(DebtShape):
    credit = MoneyShape(help_text="how much of it a credit of the customer could pay")

    class Meta:
        ref_name = "AccountItem"


class PaidItem(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    issued_on = serializers.DateField()
    gross = MoneyShape()


class CustomerAccount(serializers.Serializer[Any]):
    open = AccountItem(many=True)
    paid = PaidItem(many=True, help_text="the last hundred")
    balance = MoneyShape()
    credit = MoneyShape(help_text="what the customer has left of their credits with the issuer")
    to_pay = MoneyShape(help_text="the balance, without what the credits could pay")

    class Meta:
        ref_name = "CustomerAccount"


class CustomerQuery(StrictSerializer):
    issuer_id = IdField(Issuer)
    person_id = IdField(Person, required=False)
    organisation_id = IdField(Organisation, required=False)
    output = serializers.ChoiceField(["json", "csv", "xlsx"], required=False, default="json")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if ("person_id" in data) == ("organisation_id" in data):
            raise serializers.ValidationError({"person_id": "a person or an organisation"})
        return data


class CustomerAccounts(View):
    @extend_schema(
        operation_id="read_customer_account",
        parameters=[CustomerQuery],
        responses=json_or_table(CustomerAccount),
    )
    def get(self, request: Request) -> Response | HttpResponseBase:
        allow_somewhere(request.user, "document.export")
        asked = read(CustomerQuery, request)
        issuer = office_issuer(request, asked["issuer_id"])
        payer = _customer(issuer, asked)
        audit.saw(signed_in(request.user), "debts", [_sight(issuer, payer)])
        whose = held_by(payer)
        if asked["output"] != "json":
            return download(account_of(issuer, whose), asked["output"])
        open_, credit = list(debts(issuer, whose)), could_pay(issuer, whose)
        balance = total(debt.open for debt in open_)
        return Response(
            {
                "open": [debt_shape(debt) | {"credit": credit.get(debt.thing, ZERO)} for debt in open_],
                "paid": [
                    {
                        "id": encode("doc", d.pk),
                        "name": d.number,
                        "issued_on": d.issued_on,
                        "gross": d.gross,
                    }
                    for d in paid_documents(issuer).filter(whose).order_by("-issued_on", "-pk")[:100]
                ],
                "balance": balance,
                "credit": total(credit_of(issuer, whose).values()),
                "to_pay": balance - total(credit.values()),
            }
        )
