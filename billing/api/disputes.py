"""Disputes, what would be said to them, and the one answer that each may have."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Case, QuerySet, When
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.registers import office_issuer
from billing.gateways.base import EVIDENCE
from billing.models import Dispute, DisputeAnswer, Issuer
from billing.papers.visible import issuers_for
from billing.reconciling import answering
from billing.reconciling.disputes import OTHER, WHY
from billing.reconciling.evidence import Evidence, assemble
from billing.states import LIVE
from core import audit
from core.clock import now
from core.idempotency import idempotent
from core.ids import encode
from core.lists import read
from core.lookup import one_in
from core.shapes import ActionShape, IdField, ListShape, MoneyShape, RefShape, StrictSerializer, action
from core.views import View
from people.roles import allow_somewhere, signed_in

ACT = "document.issue"
MOST = 200
MOST_WORDS = 5000


class DisputesQuery(StrictSerializer):
    issuer_id = IdField(Issuer)


class GivenAnswer(serializers.Serializer[Any]):
    choice = serializers.ChoiceField(DisputeAnswer.Choice.choices)
    state = serializers.ChoiceField(DisputeAnswer.State.choices)
    by = serializers.CharField()
    made_at = serializers.DateTimeField()
    why = serializers.CharField(allow_blank=True, help_text="the gateway's word for why it did not take it")


class DisputeShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    customer = serializers.CharField(allow_null=True)
    amount = MoneyShape()
    reason = serializers.CharField()
    state = serializers.ChoiceField(Dispute.State.choices)
    opened_at = serializers.DateTimeField()
    answer_by = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    answer = GivenAnswer(allow_null=True)
    actions = serializers.DictField(child=ActionShape())

    class Meta:
        ref_name = "Dispute"


class DisputesShape(ListShape):
    data = DisputeShape(many=True)


class SaidShape(serializers.Serializer[Any]):
    name = serializers.ChoiceField(EVIDENCE)
    text = serializers.CharField()


class EvidenceShape(serializers.Serializer[Any]):
    said = SaidShape(many=True)
    document = RefShape(allow_null=True, help_text="whose PDF goes along")
    fingerprint = serializers.CharField(
        allow_blank=True, help_text="of what would leave; empty once it has left"
    )

    class Meta:
        ref_name = "Evidence"


class WholeDispute(DisputeShape):
    evidence = EvidenceShape(help_text="what left, or would leave now")

    class Meta:
        ref_name = "WholeDispute"


class Contest(StrictSerializer):
    words = serializers.CharField(allow_blank=True, max_length=MOST_WORDS)
    fingerprint = serializers.CharField(max_length=64)


def dispute_shape(dispute: Dispute) -> dict[str, Any]:
    answer: DisputeAnswer | None = getattr(dispute, "answer", None)
    why = answering.why_not(dispute, answer, now())
    may = action([why] if why else [])
    order = dispute.payment.order if dispute.payment else None
    return {
        "id": encode("dsp", dispute.pk),
        "customer": order.payer.name if order else None,
        "amount": dispute.amount,
        "reason": WHY.get(dispute.reason, OTHER).say(),
        "state": dispute.state,
        "opened_at": dispute.opened_at,
        "answer_by": dispute.answer_by,
        "closed_at": dispute.closed_at,
        "answer": answer
        and {
            "choice": answer.choice,
            "state": answer.state,
            "by": answer.made_by.name,
            "made_at": answer.made_at,
            "why": answer.why,
        },
        "actions": {"contest": may, "accept": may},
    }


def whole_shape(dispute: Dispute) -> dict[str, Any]:
    answer: DisputeAnswer | None = getattr(dispute, "answer", None)
    left = Evidence(answer.evidence, answer.document) if answer else None
    found = left or assemble(dispute)
    said = [{"name": name, "text": found.said[name]} for name in EVIDENCE if name in found.said]
    paper = found.paper and {"id": encode("doc", found.paper.pk), "name": found.paper.number}
    evidence = {"said": said, "document": paper, "fingerprint": "" if left else found.fingerprint}
    return dispute_shape(dispute) | {"evidence": evidence}


def _rows() -> QuerySet[Dispute]:
    return Dispute.objects.select_related(
        "payment__order__person",
        "payment__order__organisation",
        "answer__made_by",
        "answer__document",
        "issuer",
    )


def _sight(dispute: Dispute) -> audit.Sight:
    whose = dispute.payment.order.person_id if dispute.payment else None
    return audit.Sight(encode("dsp", dispute.pk), dispute.issuer.partner_id, whose)


class Disputes(View):
    @extend_schema(operation_id="list_disputes", parameters=[DisputesQuery], responses=DisputesShape)
    def get(self, request: Request) -> Response:
        allow_somewhere(request.user, ACT)
        issuer = office_issuer(request, read(DisputesQuery, request)["issuer_id"], ACT)
        rank = Case(When(state=Dispute.State.OPEN, then=0), When(state__in=LIVE, then=1), default=2)
        rows = list(_rows().filter(issuer=issuer).order_by(rank, "answer_by", "-opened_at", "pk")[:MOST])
        audit.saw(signed_in(request.user), "customers", [_sight(d) for d in rows])
        return Response({"data": [dispute_shape(d) for d in rows]})


class OfDispute(View):
    """What is asked of one dispute; it is shown as it is afterwards."""

    @staticmethod
    def ours(request: Request, dispute_id: str) -> Dispute:
        """The dispute, for the office of its issuer. Raises Missing, Forbidden."""
        has = allow_somewhere(request.user, ACT)
        return one_in(_rows().filter(issuer__in=issuers_for(has)), "dsp", dispute_id)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(whole_shape(self.ours(request, encode("dsp", thing))))


class OneDispute(OfDispute):
    @extend_schema(operation_id="read_dispute", responses=WholeDispute)
    def get(self, request: Request, dispute_id: str) -> Response:
        found = self.ours(request, dispute_id)
        audit.saw(signed_in(request.user), "customers", [_sight(found)])
        return Response(whole_shape(found))


class ContestDispute(OfDispute):
    """What was looked at, with the office's words, leaves for the customer's bank; once."""

    @extend_schema(operation_id="contest_dispute", request=Contest, responses=WholeDispute)
    @idempotent
    def post(self, request: Request, dispute_id: str) -> Response:
        found = self.ours(request, dispute_id)
        body = Contest(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        made = answering.contest(signed_in(request.user), found.pk, told["words"], told["fingerprint"])
        return self.again(request, "dsp", made.pk)


class AcceptDispute(OfDispute):
    """The customer keeps the money; the gateway is told so, for good."""

    @extend_schema(operation_id="accept_dispute", request=StrictSerializer, responses=WholeDispute)
    @idempotent
    def post(self, request: Request, dispute_id: str) -> Response:
        made = answering.accept(signed_in(request.user), self.ours(request, dispute_id).pk)
        return self.again(request, "dsp", made.pk)
