"""The last month's bills of those on account: one is out, the others wait to be looked at."""

from __future__ import annotations

from billing.books import bills, monthly_bill
from billing.books.monthly_report import last_month
from billing.models import Issuer, OnAccount
from config import demo_cast
from core.money import Money
from people.models import Membership, Person


def bill_one() -> None:
    """The association of the demo's delegate has its bill of the last month from whom it owes most, and a limit there."""
    carla = Person.objects.get(email=next(m.email for m in demo_cast.MEMBERS if m.key == "carla"))
    body = Membership.objects.select_related("organisation").get(person=carla, is_delegate=True).organisation
    issuers = Issuer.objects.select_related("partner__organisation").order_by("pk")
    found = [monthly_bill.one(issuer, last_month(), body) for issuer in issuers]
    most = max(found, key=lambda bill: bill.total.cents)
    if most.state == "ready":
        OnAccount.objects.create(issuer=most.issuer, organisation=body, limit=Money(500_000))
        bills.bill(None, most.issuer, body, last_month())
