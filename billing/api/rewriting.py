"""An expired quotation or pro-forma written anew."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.preliminaries import OurPreliminary, PreliminaryShape, as_shown, is_own, wish_again
from billing.api.quoting import own_bookings
from billing.papers import preliminaries, rewriting
from billing.quoting.quotes import quote
from core.errors import Forbidden
from core.idempotency import idempotent
from core.ids import encode
from core.lookup import one_in
from core.money import ZERO
from core.shapes import StrictSerializer
from people.roles import signed_in, standing


class RewritePreliminary(StrictSerializer):
    valid_until = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="included; without: as many days as before"
    )


class RewriteIt(OurPreliminary):
    """An expired paper is written anew, by whoever could have accepted it; the answer is the new one."""

    @extend_schema(
        operation_id="rewrite_preliminary", request=RewritePreliminary, responses={201: PreliminaryShape}
    )
    @idempotent
    def post(self, request: Request, preliminary_id: str) -> Response:
        person = signed_in(request.user)
        has = standing(person)
        paper = one_in(preliminaries.visible(has), "pre", preliminary_id)
        body = RewritePreliminary(data=request.data)
        body.is_valid(raise_exception=True)
        until, basket = body.validated_data["valid_until"] or rewriting.until(paper), ZERO
        if paper.bookings:
            bookings = own_bookings(paper.bookings, person)
            if not is_own(paper, has):
                raise Forbidden
            rewriting.heed(paper)
            if until is not None:
                preliminaries.heed_latest(until)
            fresh = quote(bookings[0].person, bookings, paper.organisation)
            wish, basket = preliminaries.of_basket(fresh, paper.issuer), fresh.total
        else:
            paper, has = self.ours(request, preliminary_id)
            wish = wish_again(paper, has)
        made = rewriting.rewrite(person, has, paper.pk, wish, until, basket)
        return self.again(request, "pre", made.pk)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: object) -> Response:
        return Response(as_shown(request, encode("pre", thing)), status=201)
