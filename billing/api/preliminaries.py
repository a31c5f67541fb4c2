"""Quotations and pro-formas: written like documents, listed beside them, and accepted into an invoice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.quoting import own_bookings
from billing.api.shopping import METHODS, may_check_out
from billing.api.wishes import NewDocument, wish_of
from billing.models import Document, Issuer, Preliminary, Quote
from billing.papers import pdf, preliminaries, rewriting
from billing.papers.registers import MONTH
from billing.papers.visible import issuers_for
from billing.papers.wish import Wish
from billing.paying import accepting
from core import audit
from core.clock import now
from core.errors import Forbidden, Missing, QuoteExpired
from core.files import sent_as
from core.idempotency import idempotent
from core.ids import encode
from core.lists import ListQuery, page, read
from core.lookup import one_in
from core.money import Money
from core.shapes import ActionShape, IdField, ListShape, MoneyShape, RefShape, StrictSerializer, action, ref
from core.views import View
from people.models import Person
from people.roles import Standing, allow_somewhere, signed_in, standing


class DifferenceShape(serializers.Serializer[Any]):
    change = serializers.ChoiceField(rewriting.CODES)
    what = serializers.CharField(allow_blank=True, help_text="a line's description")
    before = MoneyShape(allow_null=True)
    after = MoneyShape(allow_null=True)

    class Meta:
        ref_name = "PaperDifference"


class PreliminaryShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(Preliminary.Kind.choices)
    number = serializers.CharField(help_text="of its kind and year; in no series of documents")
    written_on = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True, help_text="included")
    issuer = RefShape()
    customer = serializers.CharField()
    customer_id = serializers.CharField(allow_null=True, help_text="a person's or an organisation's")
    net = MoneyShape()
    vat = MoneyShape()
    gross = MoneyShape()
    due = MoneyShape()
    state = serializers.ChoiceField(preliminaries.STATES)
    document = RefShape(allow_null=True, help_text="the invoice that it became")
    booking_ids = serializers.ListField(child=serializers.CharField(), help_text="of a basket")
    basket = MoneyShape(
        allow_null=True,
        help_text="to whose paper it is: what all of it came to, for it is ordered whole, what others sell too",
    )
    checkout_id = serializers.CharField(allow_null=True, help_text="by which its basket was ordered")
    in_place_of = RefShape(allow_null=True, help_text="the expired paper that it was written in place of")
    changes = DifferenceShape(many=True, help_text="what it says otherwise than that one")
    rewritten_as = RefShape(allow_null=True, help_text="of an expired paper the one in its place")
    href = serializers.CharField(help_text="its PDF")
    actions = serializers.DictField(
        child=ActionShape(),
        help_text="for the office: withdraw, and accept what was written by hand; of a basket, accept for whose it is; rewrite, of an "
        "expired one, for whoever could have accepted it",
    )

    class Meta:
        ref_name = "Preliminary"


class PreliminaryPage(ListShape):
    data = PreliminaryShape(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class PreliminariesQuery(ListQuery):
    issuer_id = IdField(Issuer, required=False)
    kind = serializers.ListField(child=serializers.ChoiceField(Preliminary.Kind.choices), required=False)
    month = serializers.RegexField(MONTH, required=False)
    state = serializers.ChoiceField(preliminaries.STATES, required=False)
    q = serializers.CharField(max_length=80, required=False)
    own = serializers.BooleanField(
        required=False,
        default=False,
        help_text="one's own and one's organisations', though one may see others",
    )


class NewPreliminary(StrictSerializer):
    """A paper of what the document would say if it were issued."""

    kind = serializers.ChoiceField(Preliminary.Kind.choices)
    valid_until = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="included; a quotation has one"
    )
    document = NewDocument()

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["document"]["kind"] != Document.Kind.INVOICE:
            raise serializers.ValidationError({"document": {"kind": "an invoice is what may come of it"}})
        if data["document"]["operation_on"] is not None:
            raise serializers.ValidationError(
                {"document": {"operation_on": "what it is for is still to come"}}
            )
        return data


class AcceptPreliminary(StrictSerializer):
    gross_cents = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        help_text="what it comes to today, where whoever accepts was told that it is another amount",
    )
    due_cents = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        help_text="besides, what is to be paid of it; not of a basket",
    )
    method = serializers.ChoiceField(METHODS, required=False, help_text="of a basket")


def shapes(papers: Sequence[Preliminary], has: Standing) -> list[dict[str, Any]]:
    ours = set(issuers_for(has).filter(pk__in={p.issuer_id for p in papers}).values_list("pk", flat=True))
    over = [p for p in papers if preliminaries.standing_of(p) == preliminaries.EXPIRED]
    heirs, held = (rewriting.heirs(over), rewriting.held(over)) if over else ({}, set())
    found = []
    for paper in papers:
        own, heir = is_own(paper, has), heirs.get(paper.pk)
        acts = _acts(paper, paper.issuer_id in ours, own)
        body = _shape(paper, acts, own, heir)
        if paper in over and "accept" in acts:
            body["actions"]["rewrite"] = action(rewriting.against(paper, heir, held))
        found.append(body)
    return found


def is_own(paper: Preliminary, has: Standing) -> bool:
    """Whether it is written to them, or to a body that they are a delegate of."""
    if paper.organisation_id:
        return paper.organisation_id in has.delegate_of
    return paper.person_id == has.person


def _acts(paper: Preliminary, ours: bool, own: bool) -> list[str]:
    """What this caller may do with it while it is open: who pays for a basket orders it, the office invoices the rest."""
    accepts = own if paper.bookings else ours
    return [*(["accept"] if accepts else []), *(["withdraw"] if ours else [])]


def _shape(paper: Preliminary, acts: Sequence[str], own: bool, heir: Preliminary | None) -> dict[str, Any]:
    public, against = encode("pre", paper.pk), preliminaries.against(paper)
    of = ("org", paper.organisation_id) if paper.organisation_id else ("per", paper.person_id)
    return {
        "id": public,
        "kind": paper.kind,
        "number": paper.number,
        "written_on": paper.written_on,
        "valid_until": paper.valid_until,
        "issuer": {"id": encode("iss", paper.issuer_id), "name": paper.issuer.partner.organisation.name},
        "customer": paper.customer_name,
        "customer_id": encode(of[0], of[1]) if of[1] else None,
        "net": paper.net,
        "vat": paper.vat,
        "gross": paper.gross,
        "due": paper.due,
        "state": preliminaries.standing_of(paper),
        "document": ref(paper.document),
        "booking_ids": [encode("bkg", pk) for pk in paper.bookings],
        # To an office it would tell what another partner sold to this customer.
        "basket": (paper.basket or None) if own else None,
        "checkout_id": encode("cho", paper.order.checkout.pk) if paper.order is not None else None,
        "in_place_of": ref(paper.in_place_of),
        "changes": [
            {"change": one.code, "what": one.what, "before": one.before, "after": one.after}
            for one in (
                rewriting.differences(paper.in_place_of.snapshot, paper.snapshot) if paper.in_place_of else []
            )
        ],
        "rewritten_as": ref(heir),
        "href": f"/api/v1/preliminaries/{public}/files/pdf",
        "actions": {act: action(against) for act in acts},
    }


def _looked_at(person: Person, papers: Sequence[Preliminary]) -> None:
    """The log says whose papers were shown; one's own are no news."""
    own = standing(person).delegate_of
    others = [p for p in papers if p.person_id != person.pk and p.organisation_id not in own]
    audit.saw(
        person,
        "customers",
        [audit.Sight(encode("pre", p.pk), p.issuer.partner_id, p.person_id) for p in others],
    )


class Preliminaries(View):
    @extend_schema(
        operation_id="list_preliminaries", parameters=[PreliminariesQuery], responses=PreliminaryPage
    )
    def get(self, request: Request) -> Response:
        person = signed_in(request.user)
        has, asked = standing(person), read(PreliminariesQuery, request)
        shown: list[Preliminary] = []

        def told(found: Sequence[Preliminary]) -> list[dict[str, Any]]:
            shown.extend(found)
            return shapes(found, has)

        body = page(
            preliminaries.filtered(preliminaries.visible(has, own=asked["own"]), asked),
            asked,
            told,
            by="written_on",
        )
        _looked_at(person, shown)
        return Response(body)

    @extend_schema(
        operation_id="write_preliminary", request=NewPreliminary, responses={201: PreliminaryShape}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "document.issue")
        body = NewPreliminary(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        wish = wish_of(told["document"], has)
        made = preliminaries.write(
            signed_in(request.user),
            has,
            told["kind"],
            wish,
            body.initial_data["document"],
            told["valid_until"],
        )
        return self.again(request, "pre", made.pk)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(as_shown(request, encode("pre", thing)), status=201)


def as_shown(request: Request, public: str) -> dict[str, Any]:
    has = standing(signed_in(request.user))
    return shapes([one_in(preliminaries.visible(has), "pre", public)], has)[0]


class BasketPaper(StrictSerializer):
    kind = serializers.ChoiceField(Preliminary.Kind.choices, default=Preliminary.Kind.QUOTATION)
    valid_until = serializers.DateField(help_text="included")
    issuer_id = IdField(Issuer, help_text="whose lines of the quote")


class QuotePapers(View):
    """What a quote says, on paper: for whose basket it is, or for the office that sells it."""

    @extend_schema(operation_id="write_quotation", request=BasketPaper, responses={201: PreliminaryShape})
    @idempotent
    def post(self, request: Request, quote_id: str) -> Response:
        person = signed_in(request.user)
        has = standing(person)
        body = BasketPaper(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        quotes = Quote.objects.select_related("person", "organisation")
        offered = one_in(quotes, "quo", quote_id)
        bookings = own_bookings(list(offered.bookings.values_list("pk", flat=True)), person)
        issuer = Issuer.objects.select_related("partner__organisation").filter(pk=told["issuer_id"]).first()
        if issuer is None or not bookings:
            raise Missing
        own = (
            offered.organisation_id in has.delegate_of
            if offered.organisation_id
            else offered.person == person
        )
        ours = issuers_for(has).filter(pk=issuer.pk).exists()
        if not own and not ours:
            raise Forbidden
        if not ours:
            preliminaries.heed_latest(told["valid_until"])
        if offered.expires_at <= now():
            raise QuoteExpired
        wish = preliminaries.of_basket(offered, issuer)
        made = preliminaries.write(
            person,
            has,
            told["kind"],
            wish,
            {},
            told["valid_until"],
            [b.pk for b in bookings],
            offered.total,
        )
        return self.again(request, "pre", made.pk)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(as_shown(request, encode("pre", thing)), status=201)


class OnePreliminary(View):
    @extend_schema(operation_id="read_preliminary", responses=PreliminaryShape)
    def get(self, request: Request, preliminary_id: str) -> Response:
        has = standing(signed_in(request.user))
        paper = one_in(preliminaries.visible(has), "pre", preliminary_id)
        _looked_at(signed_in(request.user), [paper])
        return Response(shapes([paper], has)[0])


class PreliminaryPdf(View):
    @extend_schema(operation_id="preliminary_pdf", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, preliminary_id: str) -> HttpResponse:
        person = signed_in(request.user)
        has = standing(person)
        paper = one_in(preliminaries.visible(has), "pre", preliminary_id)
        _looked_at(person, [paper])
        told = preliminaries.as_told(paper, own=is_own(paper, has))
        answer = HttpResponse(pdf.draw(told, paper.sha256), content_type="application/pdf")
        answer["Content-Disposition"] = sent_as(f"{paper.number}.pdf", inline=True)
        return answer


class OurPreliminary(View):
    """What the office does with a paper; it is shown as it is afterwards."""

    @staticmethod
    def ours(request: Request, public: str) -> tuple[Preliminary, Standing]:
        """The paper, for the office of its issuer. Raises Missing, Forbidden."""
        paper = one_in(preliminaries.visible(standing(signed_in(request.user))), "pre", public)
        has = allow_somewhere(request.user, "document.issue")
        if not issuers_for(has).filter(pk=paper.issuer_id).exists():
            raise Forbidden
        return paper, has

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(as_shown(request, kwargs["preliminary_id"]))


class AcceptIt(OurPreliminary):
    @extend_schema(operation_id="accept_preliminary", request=AcceptPreliminary, responses=PreliminaryShape)
    @idempotent
    def post(self, request: Request, preliminary_id: str) -> Response:
        person = signed_in(request.user)
        paper = one_in(preliminaries.visible(standing(person)), "pre", preliminary_id)
        body = AcceptPreliminary(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        seen, due = (None if told[n] is None else Money(told[n]) for n in ("gross_cents", "due_cents"))
        if paper.bookings:
            bookings = own_bookings(paper.bookings, person)
            method = told.get("method") or "card"
            fresh = accepting.anew(paper, bookings)
            may_check_out(person, fresh, bookings, method)
            accepting.accept(person, paper, fresh, method, seen)
        else:
            paper, has = self.ours(request, preliminary_id)
            preliminaries.accept(person, paper, wish_again(paper, has), (seen, due))
        return Response(as_shown(request, preliminary_id))


def wish_again(paper: Preliminary, has: Standing) -> Wish:
    """What the paper asked for, as it is understood today."""
    asked = NewDocument(data=paper.asked)
    asked.is_valid(raise_exception=True)
    return wish_of(asked.validated_data, has)


class WithdrawIt(OurPreliminary):
    @extend_schema(operation_id="withdraw_preliminary", request=StrictSerializer, responses=PreliminaryShape)
    @idempotent
    def post(self, request: Request, preliminary_id: str) -> Response:
        paper, _ = self.ours(request, preliminary_id)
        preliminaries.withdraw(signed_in(request.user), paper.pk)
        return Response(as_shown(request, preliminary_id))
