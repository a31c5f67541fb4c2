"""What customers paid beyond what they owed: kept, used for another debt of theirs, or the movement's again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.debt_shapes import (
    CustomerShape,
    DebtShape,
    MatchShape,
    customer_shape,
    debt_shape,
    match_shape,
)
from billing.api.registers import office_issuer
from billing.models import CustomerCredit, Document, Issuer, Match, Movement, Order
from billing.papers.references import reference
from billing.papers.registers import cents
from billing.papers.visible import issuers_for
from billing.paying import keeping_credit
from billing.paying.customer_credit import debts_of, left_of, open_credits, paid_beyond, with_left
from billing.paying.debts import Debt
from billing.paying.unmatching import with_standing
from core.audit import Sight, saw
from core.errors import Invalid, Missing, Pointer
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import pk_of
from core.money import Money
from core.shapes import ActionShape, IdField, ListShape, MoneyShape, StrictSerializer, action
from core.views import View
from people.models import Person
from people.roles import allow_somewhere, signed_in


class CreditShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField(help_text="the reference by which a transfer gives it back")
    customer = CustomerShape()
    document = serializers.CharField(
        allow_null=True, help_text="the number of the document that was credited once it was paid; else null"
    )
    order = serializers.CharField(
        allow_null=True,
        help_text="the reference of the order that was paid and is not owed any more, or not so much; else null",
    )
    brought_on = serializers.DateField(
        help_text="the day of its movement, or on which it was kept of its document or order"
    )
    amount = MoneyShape()
    left = MoneyShape()
    uses = MatchShape(many=True, help_text="what it paid, and what gave it back")
    actions = serializers.DictField(
        child=ActionShape(),
        help_text="let_go: its movement or document has it again; of an order, what had paid it",
    )

    class Meta:
        ref_name = "CustomerCredit"


class CreditDebt(serializers.Serializer[Any]):
    debt = DebtShape()
    amount = MoneyShape(help_text="how much of it the credit can pay")

    class Meta:
        ref_name = "CustomerCreditDebt"


class CreditWithDebts(CreditShape):
    debts = CreditDebt(many=True, help_text="what its customer owes the same issuer, the oldest first")

    class Meta:
        ref_name = "CustomerCreditWithDebts"


class CreditPage(ListShape):
    data = CreditWithDebts(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class CreditsQuery(ListQuery):
    issuer_id = IdField(Issuer)
    state = serializers.ChoiceField(["open", "all"], required=False, default="open")


class NewCredit(StrictSerializer):
    movement_id = IdField(Movement, required=False, help_text="what is left of it; or")
    document_id = IdField(Document, required=False, help_text="what was paid beyond it")
    customer_id = serializers.RegexField(
        r"^(per|org)_[0-9a-z]{26}$",
        required=False,
        help_text="of a movement: one of its customers; the only one if there is one",
    )


class PaidBeyondQuery(ListQuery):
    issuer_id = IdField(Issuer)


class PaidBeyondShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField()
    customer = serializers.CharField()
    beyond = MoneyShape(
        help_text="what was paid beyond what is left to be paid of it: it may be kept as credit"
    )

    class Meta:
        ref_name = "DocumentPaidBeyond"


class PaidBeyondPage(ListShape):
    data = PaidBeyondShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class NewUse(StrictSerializer):
    debt_id = serializers.RegexField(r"^(doc|ord)_[0-9a-z]{26}$")
    amount_cents = serializers.IntegerField(min_value=1, max_value=10**12)


def credit_shape(credit: Any) -> dict[str, Any]:
    """A credit with what is left, of whom it is, and its uses."""
    uses, before = list(credit.matches.all()), list(credit.order.matches.all()) if credit.order else []
    against = keeping_credit.against_letting_go(credit, uses, before, credit.closed)
    return {
        "id": encode("ccr", credit.pk),
        "name": reference(credit.pk),
        "customer": customer_shape(credit.payer),
        "document": credit.document.number if credit.document else None,
        "order": reference(credit.order.pk) if credit.order else None,
        "brought_on": credit.movement.booked_on if credit.movement else credit.posted_on,
        "amount": credit.amount,
        "left": left_of(credit),
        "uses": [match_shape(match) for match in uses],
        "actions": {"let_go": action(against)},
    }


def _whole(rows: Any) -> Any:
    uses = with_standing(Match.objects.select_related("document", "order"))
    before = Prefetch("order__matches", keeping_credit.paid_before())
    return rows.prefetch_related(Prefetch("matches", uses), before)


def credits_by_movement(movements: Sequence[Movement]) -> dict[UUID, list[Any]]:
    """The credits kept of each of these movements; two statements for any number."""
    found: dict[UUID, list[Any]] = {}
    rows = _whole(with_left(CustomerCredit.objects.filter(movement__in=[m.pk for m in movements])))
    for credit in rows.order_by("made_at", "pk"):
        found.setdefault(credit.movement_id, []).append(credit)
    return found


def _shapes(issuer: Issuer, credits: Sequence[Any], by: Person) -> list[dict[str, Any]]:
    owed = debts_of(issuer, credits)
    _seen(by, issuer, credits)
    return [credit_shape(c) | {"debts": _debts(c, owed[c.pk])} for c in credits]


def _debts(credit: Any, owed: Sequence[Debt]) -> list[dict[str, Any]]:
    left = left_of(credit)
    return [{"debt": debt_shape(debt), "amount": min(left, debt.open)} for debt in owed if left]


def _seen(by: Person, issuer: Issuer, credits: Iterable[Any]) -> None:
    others = [c for c in credits if c.person_id != by.pk]
    saw(by, "debts", [Sight(encode("ccr", c.pk), issuer.partner_id, c.person_id) for c in others])


def _shown(request: Request, pk: UUID) -> dict[str, Any]:
    credit = _whole(with_left(CustomerCredit.objects.filter(pk=pk))).first()
    if credit is None:
        raise Missing  # let go since
    return _shapes(credit.issuer, [credit], signed_in(request.user))[0]


def _own(request: Request, public: str) -> CustomerCredit:
    has = allow_somewhere(request.user, "document.issue")
    rows = CustomerCredit.objects.filter(issuer__in=issuers_for(has).order_by())
    found = rows.filter(pk=pk_of("ccr", public)).first()
    if found is None:
        raise Missing
    return found


class Credits(View):
    @extend_schema(operation_id="list_customer_credits", parameters=[CreditsQuery], responses=CreditPage)
    def get(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.export")
        asked = read(CreditsQuery, request)
        issuer, by = office_issuer(request, asked["issuer_id"]), signed_in(request.user)
        everything = with_left(CustomerCredit.objects.filter(issuer=issuer))
        rows = _whole(open_credits(issuer) if asked["state"] == "open" else everything)
        return Response(page(rows, asked, lambda found: _shapes(issuer, found, by), by="made_at"))

    @extend_schema(operation_id="keep_customer_credit", request=NewCredit, responses={201: CreditWithDebts})
    @idempotent
    def post(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "document.issue")
        body = NewCredit(data=request.data)
        body.is_valid(raise_exception=True)
        told, by, mine = body.validated_data, signed_in(request.user), issuers_for(has).order_by()
        of_both = [Pointer(f"/{name}", "one-or-the-other", "") for name in ("movement_id", "document_id")]
        if ("movement_id" in told) == ("document_id" in told):
            raise Invalid(pointers=of_both)
        if "document_id" in told and "customer_id" in told:
            # A document has one customer.
            raise Invalid(pointers=[Pointer("/customer_id", "does-not-go-with-it", "")])
        of = Movement.objects.filter(pk=told.get("movement_id"), issuer__in=mine)
        if "document_id" in told:
            if not Document.objects.filter(pk=told["document_id"], issuer__in=mine).exists():
                raise Missing
            made = keeping_credit.keep_beyond(by, told["document_id"])
        elif of.exists():
            whose = told.get("customer_id")
            customer = pk_of(whose[:3], whose) if whose else None
            made = keeping_credit.keep(by, told["movement_id"], customer)
        else:
            raise Missing
        return Response(_shown(request, made.pk), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(_shown(request, thing), status=201)


class PaidBeyond(View):
    @extend_schema(
        operation_id="list_documents_paid_beyond", parameters=[PaidBeyondQuery], responses=PaidBeyondPage
    )
    def get(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.export")
        asked = read(PaidBeyondQuery, request)
        issuer, by = office_issuer(request, asked["issuer_id"]), signed_in(request.user)

        def shapes(found: Sequence[Any]) -> list[dict[str, Any]]:
            others = [d for d in found if d.person_id != by.pk]
            saw(by, "debts", [Sight(encode("doc", d.pk), issuer.partner_id, d.person_id) for d in others])
            return [
                {
                    "id": encode("doc", d.pk),
                    "number": d.number,
                    "customer": d.customer_name,
                    "beyond": -cents(d.left),
                }
                for d in found
            ]

        return Response(page(paid_beyond(issuer), asked, shapes, by="issued_on"))


class OneCredit(View):
    @extend_schema(operation_id="let_customer_credit_go", responses={204: None})
    def delete(self, request: Request, credit_id: str) -> Response:
        keeping_credit.let_go(signed_in(request.user), _own(request, credit_id).pk)
        return Response(status=204)


class CreditUses(View):
    @extend_schema(operation_id="use_customer_credit", request=NewUse, responses={201: CreditWithDebts})
    @idempotent
    def post(self, request: Request, credit_id: str) -> Response:
        credit = _own(request, credit_id)
        body = NewUse(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        kind, _, _ = told["debt_id"].partition("_")
        pk = pk_of(kind, told["debt_id"])
        thing = (Document if kind == "doc" else Order).objects.filter(pk=pk).first()
        if thing is None:
            raise Missing
        keeping_credit.use(signed_in(request.user), credit, thing, Money(told["amount_cents"]))
        return Response(_shown(request, credit.pk), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        credit = Match.objects.filter(pk=thing).values_list("credit_id", flat=True).first()
        if credit is None:
            raise Missing  # undone since
        return Response(_shown(request, credit), status=201)
