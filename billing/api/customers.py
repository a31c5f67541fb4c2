"""Customers as the office finds, writes and mends them; whoever is shown them is written down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.papers import customers
from billing.papers.customers import Customer
from core import audit
from core.errors import Missing
from core.idempotency import idempotent
from core.ids import encode
from core.lists import read
from core.lookup import pk_of
from core.shapes import ActionShape, ListShape, StrictSerializer, action
from core.views import View
from people import fiscal
from people.api import FiscalSerializer, FiscalShape, identity_shape
from people.models import Organisation, Person
from people.roles import As, Standing, allow_somewhere, signed_in, standing

KINDS = [*Organisation.Kind.values, "person"]


class CustomerFound(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(KINDS)
    known_by = serializers.CharField(
        allow_blank=True, help_text="a body's number, or a person's address: what tells two of a name apart"
    )
    missing = serializers.ListField(child=serializers.CharField())

    class Meta:
        ref_name = "CustomerFound"


class CustomersFound(ListShape):
    data = CustomerFound(many=True)


class CustomerShape(FiscalShape, CustomerFound):
    email = serializers.CharField(allow_blank=True)
    actions = serializers.DictField(child=ActionShape())

    class Meta:
        ref_name = "Customer"


class CustomersQuery(StrictSerializer):
    q = serializers.CharField(min_length=2, max_length=80)


class NewCustomer(FiscalSerializer):
    kind = serializers.ChoiceField(KINDS)
    name = serializers.CharField(max_length=120)
    email = serializers.EmailField(required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs["kind"] == "person" and not attrs["email"]:
            raise serializers.ValidationError({"email": "a person is known by an address"})
        return attrs


def _kind(customer: Customer) -> str:
    return customer.kind if isinstance(customer, Organisation) else "person"


def _brief(customer: Customer) -> dict[str, Any]:
    body = isinstance(customer, Organisation)
    return {
        "id": encode(customer.prefix, customer.pk),
        "name": customer.name,
        "kind": _kind(customer),
        "known_by": customer.vat_number or customer.tax_code if body else customer.email,
        "missing": fiscal.missing(customer),
    }


def _shape(customer: Customer, has: Standing) -> dict[str, Any]:
    return (
        _brief(customer)
        | {"email": customer.email}
        | identity_shape(customer)
        | {"actions": {"edit": action(customers.against_editing(has, customer))}}
    )


def looked_at(request: Request, has: Standing, shown: Iterable[Customer], *, anew: bool = False) -> None:
    """It is written down whom an office was shown; `anew`: by a screen that asks again by itself.

    Customers are of no partner: whoever looks does it for those that they work for.
    """
    partners: list[UUID | None] = [*sorted(has.partners(As.MANAGER, As.ACCOUNTANT))] or [None]
    rows = [(encode(c.prefix, c.pk), c.pk if isinstance(c, Person) else None) for c in shown]
    sights = [audit.Sight(public, partner, whose) for partner in partners for public, whose in rows]
    (audit.saw_anew if anew else audit.saw)(signed_in(request.user), "customers", sights)


def one_customer(customer_id: str, has: Standing) -> Customer:
    """One of the office's customers, by its public id. Raises Missing."""
    prefix = customer_id.partition("_")[0]
    if prefix not in (Person.prefix, Organisation.prefix):
        raise Missing
    return customers.one(has, prefix, pk_of(prefix, customer_id))


class Customers(View):
    @extend_schema(operation_id="find_customers", parameters=[CustomersQuery], responses=CustomersFound)
    def get(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "document.issue")
        found = customers.find(has, read(CustomersQuery, request)["q"])
        looked_at(request, has, found)
        return Response({"data": [_brief(customer) for customer in found]})

    @extend_schema(operation_id="write_customer", request=NewCustomer, responses={201: CustomerShape})
    @idempotent
    def post(self, request: Request) -> Response:
        has = allow_somewhere(request.user, "document.issue")
        body = NewCustomer(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        data = {name: told[name] for name in fiscal.FIELDS if name in told}
        kind = Person.prefix if told["kind"] == "person" else told["kind"]
        made = customers.write(signed_in(request.user), kind, told["name"], told["email"], data)
        return Response(_shape(made, has), status=201)

    def again(self, request: Request, kind: str, thing: UUID, **kwargs: Any) -> Response:
        model: type[Person] | type[Organisation] = Person if kind == Person.prefix else Organisation
        has = standing(signed_in(request.user))
        return Response(_shape(model.objects.get(pk=thing), has), status=201)


class OneCustomer(View):
    @extend_schema(operation_id="read_customer", responses=CustomerShape)
    def get(self, request: Request, customer_id: str) -> Response:
        has = allow_somewhere(request.user, "document.issue")
        found = one_customer(customer_id, has)
        looked_at(request, has, [found])
        return Response(_shape(found, has))

    @extend_schema(operation_id="mend_customer", request=FiscalSerializer, responses=CustomerShape)
    def patch(self, request: Request, customer_id: str) -> Response:
        has = allow_somewhere(request.user, "document.issue")
        found = one_customer(customer_id, has)
        body = FiscalSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        mended = customers.mend(signed_in(request.user), has, found, dict(body.validated_data))
        return Response(_shape(mended, has))
