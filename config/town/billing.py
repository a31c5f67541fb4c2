"""The last month's bills of those on account: one is out, the others wait to be looked at; and a quotation that expired."""

from __future__ import annotations

from datetime import timedelta

from billing.api.wishes import NewDocument, wish_of
from billing.books import bills, monthly_bill
from billing.books.monthly_report import last_month
from billing.models import Issuer, OnAccount, Preliminary
from billing.papers.preliminaries import day_now, write
from config import demo_cast
from core.ids import encode
from core.money import Money
from people.models import Membership, Organisation, Person
from people.roles import As, standing

EXPIRED_SINCE, VALID = timedelta(days=5), timedelta(days=15)


def _one(key: str) -> Person:
    return Person.objects.get(email=next(m.email for m in demo_cast.MEMBERS if m.key == key))


def _choir() -> Organisation:
    """The association of the demo's delegate."""
    delegate = Membership.objects.select_related("organisation").get(person=_one("carla"), is_delegate=True)
    return delegate.organisation


def quote_one() -> None:
    """That association was quoted three evenings, and let the quotation expire."""
    franco, body = _one("franco"), _choir()
    offices = standing(franco).partners(As.ACCOUNTANT)
    asked = {
        "issuer_id": encode("iss", Issuer.objects.filter(partner__in=offices).earliest("pk").pk),
        "organisation_id": encode("org", body.pk),
        "lines": [
            {"description": "Sala grande, tre serate", "quantity": "3", "unit_price": "120.00", "rate": "22"}
        ],
    }
    told = NewDocument(data=asked)
    told.is_valid(raise_exception=True)
    wish = wish_of(told.validated_data, standing(franco))
    until = day_now() - EXPIRED_SINCE
    write(franco, standing(franco), Preliminary.Kind.QUOTATION, wish, asked, until, on=until - VALID)


def bill_one() -> None:
    """That association has its bill of the last month from whom it owes most, and a limit there."""
    body = _choir()
    issuers = Issuer.objects.select_related("partner__organisation").order_by("pk")
    found = [monthly_bill.one(issuer, last_month(), body) for issuer in issuers]
    most = max(found, key=lambda bill: bill.total.cents)
    if most.state == "ready":
        OnAccount.objects.create(issuer=most.issuer, organisation=body, limit=Money(500_000))
        bills.bill(None, most.issuer, body, last_month())
