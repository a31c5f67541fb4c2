"""Money back: what waits for somebody to give it, the list for the bank, and what the office gives of its own will."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.registers import office_issuer
from billing.models import Issuer, Payment, Refund
from billing.papers.documents import GROUNDS
from billing.papers.freeze import ITALY
from billing.papers.visible import office_partners
from billing.paying import goodwill, repaying
from billing.paying.refunds import BY_HAND
from billing.paying.repaying import is_waiting, name_of
from booking.judging.reasons import reason
from core.audit import Sight, saw
from core.errors import Forbidden, Missing, Reason
from core.files import sent_as
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in
from core.money import Money
from core.periods import local_date
from core.shapes import ActionShape, IdField, ListShape, MoneyShape, RefShape, StrictSerializer, action
from core.views import View
from people.models import Person
from people.roles import MAY, As, Standing, allow_somewhere, signed_in, standing

S = Refund.State


class GroundShape(serializers.Serializer[Any]):
    """A reason of DPR 633/72 art. 26 c. 2."""

    code = serializers.CharField()
    name = serializers.CharField()

    class Meta:
        ref_name = "CreditGround"


class RefundShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    customer = serializers.CharField()
    issuer = RefShape(help_text="who gives it back")
    amount = MoneyShape()
    state = serializers.ChoiceField(S.choices)
    method = serializers.CharField(help_text="how it goes back: card, sepa, cash, pos, transfer")
    reason = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    ground = GroundShape(
        allow_null=True, help_text="for what it was credited more than a year after the sale"
    )
    without_note = serializers.BooleanField(help_text="its VAT stays owed, and the sum is a cost")
    why = serializers.CharField(allow_blank=True, help_text="why the payment provider refused it")
    iban = serializers.CharField(allow_blank=True)
    list_name = serializers.CharField(allow_blank=True, help_text="of the transfers it went to the bank with")
    made_on = serializers.DateField()
    given_on = serializers.DateField(allow_null=True)
    actions = serializers.DictField(child=ActionShape(), help_text="change, give, recall")

    class Meta:
        ref_name = "Refund"


class RefundPage(ListShape):
    data = RefundShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class RefundsQuery(ListQuery):
    issuer_id = IdField(Issuer, required=False, help_text="those that it gives back; without it one's own")
    state = serializers.ChoiceField(["open", "all"], required=False, default="open")


class RefundChange(StrictSerializer):
    method = serializers.ChoiceField(BY_HAND, required=False)
    iban = serializers.CharField(max_length=42, required=False, allow_blank=True, default="")


class Give(StrictSerializer):
    method = serializers.ChoiceField(BY_HAND)
    on = serializers.DateField()


class NewTransfers(StrictSerializer):
    issuer_id = IdField(Issuer)
    refund_ids = serializers.ListField(child=IdField(Refund), min_length=1, max_length=500)


class TransfersQuery(StrictSerializer):
    issuer_id = IdField(Issuer)
    list_name = serializers.CharField(max_length=35)


class TransfersShape(serializers.Serializer[Any]):
    list_name = serializers.CharField()
    file = serializers.CharField(help_text="where its pain.001 is")

    class Meta:
        ref_name = "RefundTransfers"


class NewRefund(StrictSerializer):
    amount_cents = serializers.IntegerField(min_value=1, max_value=10**10)
    reason = serializers.CharField(max_length=200)
    ground = serializers.ChoiceField(
        [*GROUNDS], required=False, help_text="of DPR 633/72 art. 26 c. 2: after a year it is credited still"
    )
    without_note = serializers.BooleanField(
        required=False, default=False, help_text="after a year: its VAT stays owed, and the sum is a cost"
    )


class PaymentRefundsShape(serializers.Serializer[Any]):
    """What of a payment may be given back because the office wants it so, how, and what was given of it already."""

    id = serializers.CharField()
    customer = serializers.CharField()
    amount = MoneyShape()
    left = MoneyShape()
    sold_on = serializers.DateField(allow_null=True, help_text="the day from which its year counts")
    grounds = GroundShape(many=True)
    actions = serializers.DictField(child=ActionShape(), help_text="credit_note, ground, without_note")
    refunds = RefundShape(many=True)

    class Meta:
        ref_name = "PaymentRefunds"


def refund_shapes(rows: Sequence[Refund], has: Standing, seen_by: Person) -> list[dict[str, Any]]:
    """Nothing is asked besides for any number of them; the log says whose were shown."""
    orders = {refund.pk: refund.payment.order for refund in rows}
    others = [
        Sight(encode("rfd", refund.pk), refund.payment.collected_by_id, orders[refund.pk].person_id)
        for refund in rows
        if orders[refund.pk].person_id != seen_by.pk
        and orders[refund.pk].organisation_id not in has.delegate_of
    ]
    saw(seen_by, "customers", others)
    return [_shape(refund, has) for refund in rows]


def _shape(refund: Refund, has: Standing) -> dict[str, Any]:
    collector = refund.payment.collected_by
    pays = has.allows("refund.pay", refund)
    waits = [] if is_waiting(refund) else [_wrong_state(refund)]
    may_give = [] if is_waiting(refund) or refund.state == S.SENT else waits
    listed = [] if refund.state == S.SENT else [_wrong_state(refund)]
    return {
        "id": encode("rfd", refund.pk),
        "customer": name_of(refund),
        "issuer": {"id": encode("iss", collector.issuer.pk), "name": str(collector.issuer)}
        if collector
        else None,
        "amount": refund.amount,
        "state": refund.state,
        "method": refund.method,
        "reason": refund.reason,
        "note": refund.note,
        "ground": _ground(refund.ground) if refund.ground else None,
        "without_note": refund.without_note,
        "why": refund.why if pays else "",
        "iban": refund.iban,
        "list_name": refund.batch if pays else "",
        "made_on": local_date(refund.made_at, ITALY),
        "given_on": local_date(refund.done_at, ITALY) if refund.done_at else None,
        "actions": {
            name: action(why_not)
            for name, act, why_not in (
                ("change", "refund.change", waits),
                ("give", "refund.pay", may_give),
                ("recall", "refund.make", listed),
            )
            if has.allows(act, refund)
        },
    }


def _ground(code: str) -> dict[str, Any]:
    return {"code": code, "name": GROUNDS[code].say()}


def _wrong_state(refund: Refund) -> Reason:
    return reason("wrong-state", state=refund.get_state_display())


def _rows() -> QuerySet[Refund]:
    return Refund.objects.select_related(
        "payment__order__person",
        "payment__order__organisation",
        "payment__collected_by__issuer__partner__organisation",
    )


def _in_the_house(has: Standing, act: str) -> Iterable[UUID]:
    return _house(has, act, office_partners(has))


def _house(has: Standing, act: str, office: set[UUID]) -> set[UUID]:
    roles = [As(role) for role in MAY[act] if role not in (As.OWNER, As.DELEGATE)]
    return {*has.partners(*roles), *office}


def refunds_for(has: Standing, act: str = "refund.see") -> QuerySet[Refund]:
    """Those a person may see, or may do this with: their own and their bodies', and their house's."""
    if has.administrator:
        return _rows()
    found = Q(payment__collected_by__in=_in_the_house(has, act))
    if As.OWNER in MAY[act]:
        own = Q(payment__order__person=has.person, payment__order__organisation=None)
        found |= own | Q(payment__order__organisation__in=has.delegate_of)
    return _rows().filter(found)


def paying_issuer(request: Request, pk: UUID, act: str = "refund.pay") -> Issuer:
    """An issuer whose refunds the caller may give. Raises Unknown, Forbidden, Missing."""
    has = allow_somewhere(request.user, act)
    rows = Issuer.objects.filter(pk=pk).select_related("partner__organisation")
    found = rows if has.administrator else rows.filter(partner__in=_in_the_house(has, act))
    issuer = found.first()
    if issuer is None:
        raise Missing
    return issuer


class Refunds(View):
    @extend_schema(operation_id="list_refunds", parameters=[RefundsQuery], responses=RefundPage)
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        asked = read(RefundsQuery, request)
        has = standing(person)
        if "issuer_id" in asked:
            rows = _rows().filter(payment__collected_by__issuer=paying_issuer(request, asked["issuer_id"]))
        else:
            own = Q(payment__order__person=person, payment__order__organisation=None)
            rows = _rows().filter(own | Q(payment__order__organisation__in=has.delegate_of))
        if asked["state"] == "open":
            rows = repaying.by_hand(rows.filter(state__in=repaying.OPEN))
        return Response(page(rows, asked, lambda found: refund_shapes(found, has, seen_by=person)))


class OneRefund(View):
    @extend_schema(operation_id="change_refund", request=RefundChange, responses=RefundShape)
    def patch(self, request: Request, refund_id: str) -> Response:
        person = signed_in(request.user)
        has = standing(person)
        found = one_in(refunds_for(has), "rfd", refund_id)
        # Who hands money over a desk does not say to whose account it goes.
        if not refunds_for(has, "refund.change").filter(pk=found.pk).exists():
            raise Forbidden
        body = RefundChange(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        method = told.get("method") or ("transfer" if told["iban"] else found.method)
        repaying.change(person, found.pk, method, told["iban"])
        return Response(_shown(found.pk, has))


def _shown(pk: UUID, has: Standing) -> dict[str, Any]:
    return _shape(_rows().get(pk=pk), has)


class GiveRefund(View):
    @extend_schema(operation_id="give_refund", request=Give, responses=RefundShape)
    @idempotent
    def post(self, request: Request, refund_id: str) -> Response:
        person = signed_in(request.user)
        has = allow_somewhere(person, "refund.pay")
        found = one_in(refunds_for(has, "refund.pay"), "rfd", refund_id)
        body = Give(data=request.data)
        body.is_valid(raise_exception=True)
        repaying.give(person, found.pk, body.validated_data["method"], body.validated_data["on"])
        return Response(_shown(found.pk, has))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(_shown(thing, standing(signed_in(request.user))))


class RecallRefund(View):
    @extend_schema(operation_id="recall_refund", request=None, responses=RefundShape)
    @idempotent
    def post(self, request: Request, refund_id: str) -> Response:
        person = signed_in(request.user)
        has = allow_somewhere(person, "refund.make")
        found = one_in(refunds_for(has, "refund.make"), "rfd", refund_id)
        repaying.recall(person, found.pk)
        return Response(_shown(found.pk, has))

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(_shown(thing, standing(signed_in(request.user))))


def _list_shape(issuer: Issuer, name: str) -> dict[str, Any]:
    issuer_id = encode("iss", issuer.pk)
    return {"list_name": name, "file": f"/api/v1/refunds/transfers?issuer_id={issuer_id}&list_name={name}"}


class RefundTransfers(View):
    """A list of refunds for the bank: made once, downloaded as often as needed."""

    @extend_schema(
        operation_id="download_refund_transfers",
        parameters=[TransfersQuery],
        responses={(200, "application/xml"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> HttpResponse:
        allow_somewhere(request.user, "document.export")
        asked = read(TransfersQuery, request)
        issuer = office_issuer(request, asked["issuer_id"])
        content = repaying.file_of(issuer, asked["list_name"])
        answer = HttpResponse(content, content_type="application/xml")
        answer["Content-Disposition"] = sent_as(f"{asked['list_name']}.xml")
        return answer

    @extend_schema(
        operation_id="list_refund_transfers", request=NewTransfers, responses={201: TransfersShape}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        allow_somewhere(request.user, "refund.make")
        body = NewTransfers(data=request.data)
        body.is_valid(raise_exception=True)
        issuer = office_issuer(request, body.validated_data["issuer_id"], "refund.make")
        listed = repaying.list_transfers(signed_in(request.user), issuer, body.validated_data["refund_ids"])
        return Response(_list_shape(issuer, listed.batch), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        refund = _rows().get(pk=thing)
        issuer = Issuer.objects.get(partner=refund.payment.collected_by_id)
        return Response(_list_shape(issuer, refund.batch), status=201)


class PaymentRefunds(View):
    """A part of a payment, or all of it, because the office wants it so."""

    @extend_schema(operation_id="read_payment_refunds", responses=PaymentRefundsShape)
    def get(self, request: Request, payment_id: str) -> Response:
        person = signed_in(request.user)
        has, payment = self._payment(request, payment_id)
        left = goodwill.left_of(payment)
        whatever = goodwill.against(payment, left)
        ways = goodwill.ways(payment)
        rows = [*_rows().filter(payment=payment).order_by("-made_at", "-pk")]
        order = payment.order
        shown = Sight(encode("pay", payment.pk), payment.collected_by_id, order.person_id)
        saw(person, "customers", [shown])
        return Response(
            {
                "id": encode("pay", payment.pk),
                "customer": order.payer.name,
                "amount": payment.amount,
                "left": left,
                "sold_on": goodwill.sold_on(payment),
                "grounds": [_ground(code) for code in GROUNDS],
                "actions": {name: action(whatever or why_not) for name, why_not in ways.items()},
                "refunds": refund_shapes(rows, has, seen_by=person),
            }
        )

    @extend_schema(operation_id="refund_payment", request=NewRefund, responses={201: RefundShape})
    @idempotent
    def post(self, request: Request, payment_id: str) -> Response:
        has, payment = self._payment(request, payment_id)
        body = NewRefund(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        made = goodwill.give(
            signed_in(request.user),
            payment.pk,
            Money(told["amount_cents"]),
            told["reason"],
            told.get("ground", ""),
            without_note=told["without_note"],
        )
        return Response(_shown(made.pk, has), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(_shown(thing, standing(signed_in(request.user))), status=201)

    def _payment(self, request: Request, payment_id: str) -> tuple[Standing, Payment]:
        has = allow_somewhere(request.user, "refund.make")
        rows = Payment.objects.select_related("order__person", "order__organisation")
        houses = houses_to_refund(has, None if has.administrator else office_partners(has))
        return has, one_in(
            rows if houses is None else rows.filter(collected_by__in=houses), "pay", payment_id
        )


def houses_to_refund(has: Standing, office: set[UUID] | None) -> set[UUID] | None:
    """Whose payments somebody may give back of their own will, their `office_partners` among them; None: anybody's."""
    return None if office is None else _house(has, "refund.make", office)
