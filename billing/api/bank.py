"""Bank statements uploaded, their movements, and what each was for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.customer_credits import CreditShape, credit_shape, credits_by_movement
from billing.api.debt_shapes import (
    CustomerShape,
    DebtShape,
    MatchShape,
    customer_shape,
    debt_shape,
    match_shape,
)
from billing.api.registers import office_issuer
from billing.api.sending import UploadField
from billing.models import CustomerCredit, Document, Issuer, Match, Movement, Order, Payout, Refund
from billing.papers.visible import issuers_for
from billing.paying import keeping_credit, repaying, transfers, unmatching
from billing.paying.bank_formats import MOST_BYTES
from billing.paying.customer_credit import PAYERS, open_credits, payers_of
from billing.paying.customer_credit import left_of as left_of_credit
from billing.paying.transfers import Proposal, left_of
from core.audit import Sight, saw
from core.errors import Missing, TooLarge
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import pk_of
from core.money import Money
from core.shapes import ActionShape, IdField, ListShape, MoneyShape, StrictSerializer, action
from core.views import View
from people.models import Person
from people.roles import allow_somewhere, signed_in


class NewStatement(serializers.Serializer[Any]):
    issuer_id = serializers.CharField()
    file = UploadField(help_text="CAMT.053, or a CSV with a header")


class StatementShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    movements_read = serializers.IntegerField()
    rows_skipped = serializers.IntegerField(help_text="rows of a CSV that are no movement: totals, balances")
    movements_new = serializers.IntegerField(help_text="that no other statement had brought")
    uploaded_at = serializers.DateTimeField()

    class Meta:
        ref_name = "BankStatement"


class ProposalShape(serializers.Serializer[Any]):
    debt = DebtShape()
    amount = MoneyShape()
    why = serializers.ChoiceField([transfers.REFERENCE, transfers.NUMBER, transfers.NAME])


class MovementShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    booked_on = serializers.DateField()
    amount = MoneyShape()
    left = MoneyShape()
    name = serializers.CharField(allow_blank=True)
    iban = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    set_aside = serializers.CharField(allow_blank=True)
    matches = MatchShape(many=True)
    proposals = ProposalShape(many=True)
    customers = CustomerShape(many=True, help_text="whose debts it paid: what is left may be their credit")
    credits = CreditShape(many=True, help_text="what of it is customers' credit")
    actions = serializers.DictField(
        child=ActionShape(), help_text="keep: what is left as a customer's credit"
    )

    class Meta:
        ref_name = "BankMovement"


class MovementPage(ListShape):
    data = MovementShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class MovementsQuery(ListQuery):
    issuer_id = IdField(Issuer)
    state = serializers.ChoiceField(["open", "all"], required=False, default="open")


class NewMatch(StrictSerializer):
    movement_id = IdField(Movement)
    debt_id = serializers.RegexField(r"^(doc|ord|pot|rfd|ccr)_[0-9a-z]{26}$")
    amount_cents = serializers.IntegerField(min_value=1, max_value=10**12)


class SetAside(StrictSerializer):
    why = serializers.CharField(max_length=200, allow_blank=True)


def _proposal(found: Proposal) -> dict[str, Any]:
    return {"debt": debt_shape(found.debt), "amount": found.amount, "why": found.why}


def movement_shapes(issuer: Issuer, movements: Sequence[Any], by: Person) -> list[dict[str, Any]]:
    """Movements with what each was and may be for; whom they name is logged. Six more statements for any number of them."""
    found = transfers.proposals(issuer, movements)
    matched: dict[UUID, list[Match]] = {}
    rows = unmatching.with_standing(Match.objects.filter(movement__in=[m.pk for m in movements]))
    for match in rows.select_related(*PAYERS, "refund__payment__order", "payout", "credit"):
        assert match.movement_id is not None
        matched.setdefault(match.movement_id, []).append(match)
    kept = credits_by_movement(movements)
    saw(
        by,
        "debts",
        [
            Sight(encode("mov", m.pk), issuer.partner_id, whose)
            for m in movements
            for whose in {*_named_in(matched.get(m.pk, ()), found.get(m.pk, ()))} or {None}
            if whose != by.pk
        ],
    )
    return [
        {
            "id": encode("mov", m.pk),
            "booked_on": m.booked_on,
            "amount": m.amount,
            "left": left_of(m),
            "name": m.name,
            "iban": m.iban,
            "reason": m.reason,
            "set_aside": m.set_aside,
            "matches": [match_shape(x) for x in matched.get(m.pk, [])],
            "proposals": [_proposal(p) for p in found.get(m.pk, [])],
            "customers": [customer_shape(payer) for payer in payers_of(matched.get(m.pk, []))],
            "credits": [credit_shape(credit) for credit in kept.get(m.pk, [])],
            "actions": {"keep": action(keeping_credit.against(m, payers_of(matched.get(m.pk, []))))},
        }
        for m in movements
    ]


def _named_in(matches: Iterable[Match], proposed: Iterable[Proposal]) -> Iterator[UUID | None]:
    """Of whom a movement is, or may be; of the bank's own name nobody here knows whose it is."""
    for match in matches:
        refunded = match.refund and match.refund.payment.order
        paid = match.document or match.order or match.credit or refunded
        yield paid.person_id if paid else None
    for proposal in proposed:
        debt = proposal.debt
        whose = (debt.payment.order if isinstance(debt, Refund) else debt).person
        yield whose.pk if whose else None


def movements_of(issuer: Issuer, state: str) -> QuerySet[Any]:
    """The issuer's movements; `open` are those that came in and are nobody's yet in part or whole, and those that went
    out and may be a refund; set aside are none of them."""
    rows = transfers.with_used(Movement.objects.filter(issuer=issuer))
    if state == "open":
        left = F("amount") - F("used")
        sums = [-amount for amount in repaying.awaited(issuer).values_list("amount", flat=True)]
        sums += [-left_of_credit(credit) for credit in open_credits(issuer)]
        went = Q(amount__in=sums, used=0)
        rows = rows.filter(set_aside="").annotate(left=left).filter(Q(amount__gt=0, left__gt=0) | went)
    return rows


class BankStatements(View):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="upload_bank_statement", request=NewStatement, responses={201: StatementShape}
    )
    def post(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.issue")
        body = NewStatement(data=request.data)
        body.is_valid(raise_exception=True)
        issuer = office_issuer(request, pk_of("iss", body.validated_data["issuer_id"]), "document.issue")
        file = body.validated_data["file"]
        if file.size > MOST_BYTES:
            raise TooLarge
        made = transfers.upload(signed_in(request.user), issuer, file.name, file.read())
        shape = {
            "id": encode("stm", made.pk),
            "name": made.name,
            "movements_read": made.movements_read,
            "rows_skipped": made.rows_skipped,
            "movements_new": made.movements.count(),
            "uploaded_at": made.uploaded_at,
        }
        return Response(shape, status=201)


class Movements(View):
    @extend_schema(operation_id="list_bank_movements", parameters=[MovementsQuery], responses=MovementPage)
    def get(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.export")
        asked = read(MovementsQuery, request)
        issuer, by = office_issuer(request, asked["issuer_id"]), signed_in(request.user)
        rows = movements_of(issuer, asked["state"])
        return Response(page(rows, asked, lambda found: movement_shapes(issuer, found, by), by="booked_on"))


def own_movement(request: Request, pk: UUID) -> Movement:
    has = allow_somewhere(request.user, "document.issue")
    rows = Movement.objects.filter(pk=pk, issuer__in=issuers_for(has).order_by())
    found = rows.select_related("issuer").first()
    if found is None:
        raise Missing
    return found


def _shown(request: Request, movement_id: UUID) -> dict[str, Any]:
    row = transfers.with_used(Movement.objects.filter(pk=movement_id)).select_related("issuer").get()
    return movement_shapes(row.issuer, [row], signed_in(request.user))[0]


class OneMovement(View):
    @extend_schema(operation_id="set_movement_aside", request=SetAside, responses=MovementShape)
    def patch(self, request: Request, movement_id: str) -> Response:
        allow_somewhere(request.user, "document.issue")
        movement = own_movement(request, pk_of("mov", movement_id))
        body = SetAside(data=request.data)
        body.is_valid(raise_exception=True)
        transfers.set_aside(signed_in(request.user), movement.pk, body.validated_data["why"])
        return Response(_shown(request, movement.pk))


class Matches(View):
    @extend_schema(operation_id="match_movement", request=NewMatch, responses={201: MovementShape})
    @idempotent
    def post(self, request: Request) -> Response:
        allow_somewhere(request.user, "document.issue")
        body = NewMatch(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        movement = own_movement(request, told["movement_id"])
        kind, _, _ = told["debt_id"].partition("_")
        pk = pk_of(kind, told["debt_id"])
        thing: transfers.Thing | None
        if kind == "doc":
            thing = Document.objects.filter(pk=pk, issuer=movement.issuer_id).first()
        elif kind == "pot":
            thing = Payout.objects.filter(pk=pk, issuer=movement.issuer_id).first()
        elif kind == "ccr":
            thing = CustomerCredit.objects.filter(pk=pk, issuer=movement.issuer_id).first()
        elif kind == "rfd":
            thing = Refund.objects.filter(pk=pk, payment__collected_by=movement.issuer.partner_id).first()
        else:
            thing = Order.objects.filter(pk=pk, lines__issuer=movement.issuer_id).first()
        if thing is None:
            raise Missing
        transfers.match(signed_in(request.user), movement, thing, Money(told["amount_cents"]))
        return Response(_shown(request, movement.pk), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        movement = Match.objects.filter(pk=thing).values_list("movement_id", flat=True).first()
        if movement is None:
            raise Missing  # undone since
        return Response(_shown(request, movement), status=201)


class OneMatch(View):
    @extend_schema(operation_id="undo_match", responses={204: None})
    def delete(self, request: Request, match_id: str) -> Response:
        has = allow_somewhere(request.user, "document.issue")
        mine = issuers_for(has).order_by()
        whose = Q(movement__issuer__in=mine) | Q(credit__issuer__in=mine)
        found = Match.objects.filter(whose, pk=pk_of("mtc", match_id)).first()
        if found is None:
            raise Missing
        unmatching.unmatch(signed_in(request.user), found.pk)
        return Response(status=204)
