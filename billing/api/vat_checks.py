"""What VIES said of a VAT number, for whose number it is and for the office that invoices them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.customers import looked_at, one_customer
from billing.models import Issuer, VatCheck
from billing.papers import vat_checks
from billing.papers.customers import Customer
from billing.papers.visible import issuers_for
from core.idempotency import idempotent
from core.ids import decode, encode
from core.lists import read
from core.shapes import ActionShape, RefShape, StrictSerializer, action
from core.views import View
from core.words import Words
from people.models import Organisation, Person
from people.roles import Standing, allow_somewhere, signed_in, standing

S = VatCheck.State
SAID = {
    S.WAITING: Words("VIES viene chiesto adesso.", "VIES is being asked now."),
    S.VALID: Words(
        "VIES la conosce: è registrata per gli scambi nell'Unione.",
        "VIES knows it: it is registered for trade within the Union.",
    ),
    S.INVALID: Words(
        "VIES non la conosce come valida in quel giorno.", "VIES did not know it as valid on that day."
    ),
    S.UNANSWERED: Words(
        "VIES non ha risposto: della partita IVA non si sa nulla.",
        "VIES gave no answer: nothing is known of it.",
    ),
}
WAY_OUT = {
    S.INVALID: Words(
        "Controlla paese e cifre. Se tornano, chi ha la partita IVA può chiedere al proprio fisco di essere iscritto al "
        "VIES: possono volerci giorni, poi si chiede di nuovo. Intanto si salva e si fattura come sempre.",
        "Look at the country and the digits. If they are right, its holder may ask their tax office to be entered in VIES: "
        "it may take days, and then one asks again. Meanwhile all is saved and invoiced as ever.",
    ),
    S.UNANSWERED: Words(
        "Si salva e si fattura come sempre; si può chiedere di nuovo.",
        "All is saved and invoiced as ever; one may ask again.",
    ),
}
BY_ITSELF = Words(
    "Si salva e si fattura come sempre; viene chiesto di nuovo da sé.",
    "All is saved and invoiced as ever; it is asked again by itself.",
)


class VatCheckShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    issuer = RefShape(help_text="in whose name it was asked")
    number = serializers.CharField(help_text="with the Union's letters")
    state = serializers.ChoiceField(S.choices)
    detail = serializers.CharField()
    way_out = serializers.CharField(allow_blank=True)
    asked_at = serializers.DateTimeField(allow_null=True)
    again_at = serializers.DateTimeField(allow_null=True)
    consultation = serializers.CharField(
        allow_blank=True, help_text="VIES's own number of the asking, which proves it"
    )
    name = serializers.CharField(allow_blank=True, help_text="as VIES tells it; never taken over by itself")
    address = serializers.CharField(allow_blank=True)

    class Meta:
        ref_name = "VatCheck"


class VatChecksShape(serializers.Serializer[Any]):
    wished = serializers.BooleanField(help_text="an issuer asks VIES, and there is a number to ask about")
    checks = VatCheckShape(many=True, help_text="the latest in each issuer's name, of the present number")
    actions = serializers.DictField(child=ActionShape())

    class Meta:
        ref_name = "VatChecks"


class CustomerIdField(serializers.CharField):
    """A person's or an organisation's TypeID."""

    def to_internal_value(self, data: Any) -> str:
        found: str = super().to_internal_value(data)
        prefix = found.partition("_")[0]
        try:
            decode(prefix if prefix in (Person.prefix, Organisation.prefix) else Person.prefix, found)
        except ValueError as error:
            raise serializers.ValidationError("not an id of a customer") from error
        return found


class VatChecksQuery(StrictSerializer):
    customer_id = CustomerIdField(max_length=40)


def _shape(check: VatCheck) -> dict[str, Any]:
    state = S(check.state)
    way_out = BY_ITSELF if check.again_at else WAY_OUT.get(state)
    return {
        "id": encode("vck", check.pk),
        "issuer": {"id": encode("iss", check.issuer_id), "name": check.issuer.partner.organisation.name},
        "number": str(check),
        "state": state,
        "detail": SAID[state].say(),
        "way_out": way_out.say() if way_out else "",
        "asked_at": check.asked_at,
        "again_at": check.again_at,
        "consultation": check.consultation,
        "name": check.told_name,
        "address": check.told_address,
    }


def _whole(customer: Customer, issuers: Sequence[Issuer]) -> dict[str, Any]:
    found = vat_checks.of(customer)
    checks = vat_checks.latest(list(found.filter(issuer__in=issuers)))
    wish = [issuer for issuer in issuers if issuer.asks_vies]
    return {
        "wished": bool(wish) and vat_checks.number_of(customer) is not None,
        "checks": [_shape(check) for check in checks],
        "actions": {"ask": action(vat_checks.against(customer, checks, wish))},
    }


def _whose(request: Request, customer_id: str) -> tuple[Customer, list[Issuer]]:
    """The customer, if it is oneself, a body one is a delegate of, or one of the office's; and the issuers whose checks
    one may see: all of oneself, the office's own of others. Raises Missing, Forbidden."""
    person = signed_in(request.user)
    has = standing(person)
    if customer_id == encode("per", person.pk):
        return person, list(Issuer.objects.select_related("partner__organisation"))
    if customer_id.startswith("org_") and decode("org", customer_id) in has.delegate_of:
        body = Organisation.objects.get(pk=decode("org", customer_id))
        return body, list(Issuer.objects.select_related("partner__organisation"))
    return _of_office(request, customer_id)


def _of_office(request: Request, customer_id: str) -> tuple[Customer, list[Issuer]]:
    has: Standing = allow_somewhere(request.user, "document.issue")
    customer = one_customer(customer_id, has)
    looked_at(request, has, [customer], anew=True)
    return customer, list(issuers_for(has).select_related("partner__organisation"))


class VatChecks(View):
    @extend_schema(operation_id="read_vat_checks", parameters=[VatChecksQuery], responses=VatChecksShape)
    def get(self, request: Request) -> Response:
        return Response(_whole(*_whose(request, read(VatChecksQuery, request)["customer_id"])))

    @extend_schema(operation_id="ask_vies", request=VatChecksQuery, responses={202: VatChecksShape})
    @idempotent
    def post(self, request: Request) -> Response:
        body = VatChecksQuery(data=request.data)
        body.is_valid(raise_exception=True)
        customer, issuers = _whose(request, body.validated_data["customer_id"])
        wish = [issuer for issuer in issuers if issuer.asks_vies]
        vat_checks.again(signed_in(request.user), customer, wish)
        return Response(_whole(customer, issuers), status=202)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        return Response(_whole(*_whose(request, encode(kind, thing))), status=202)
