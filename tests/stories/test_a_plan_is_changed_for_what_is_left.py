"""Another plan from today gives back what is still there of what was paid, once, and from the latest payment first."""

import pytest

from billing.models import Dispute, PassKind, Payment, Refund
from core import outbox
from core.clock import now
from core.ids import encode
from core.money import Money
from tests.api import client, post
from tests.stories.changing import squares
from tests.stories.passes import checked_out
from tests.stories.test_a_plan_is_changed_at_once import LESS, MORE, change, choices
from tests.stories.test_a_plan_is_lived_on import bought, sold
from tests.stories.test_a_plan_is_paid_in_parts import given_back
from tests.stories.test_a_plan_pays_for_itself import choose, renewed, saved

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(cast, bank, at):
    """On Flex (100.00 a month, from 16 November until 15 December); it is the 26th: twenty of thirty days are left."""
    at("2026-11-16 09:00")
    bought(cast, sold(cast), bank)
    at("2026-11-26 09:00")
    return client(cast.ada)


def credited(api):
    return choices(api)["Poca"]["at_once"]["credit"]["cents"]


def test_a_renewed_period_is_worth_what_it_was_renewed_for(cast, member, bank, at):
    sold(cast, "less", **LESS)
    choose(member, saved(member, bank))
    assert renewed(at).state == "paid"
    at("2026-12-26 09:00")
    assert credited(client(cast.ada)) == 6774  # 21 of the 31 days from 16 December


def test_what_went_back_and_what_the_bank_took_are_both_gone(cast, member):
    sold(cast, "less", **LESS)
    given_back(cast, 1000)
    Dispute.objects.create(
        issuer=cast.lead.issuer, gateway="sandbox", ref="dp_1", payment=Payment.objects.get(), amount=Money(8000),
        state="lost", opened_at=now(), closed_at=now(), reason="general",
    )  # fmt: skip
    assert credited(member) == 1000


def test_of_a_plan_that_went_back_its_pass_is_not_credited_instead(cast, bank, at):
    """One order for a plan of 100.00 and a pass of 300.00, of which nine tenths were given back."""
    at("2026-11-16 09:00")
    kind = PassKind.objects.create(
        venue=cast.venue, name="Ore", unit="minutes", amount=300, price=Money(30000), vat_rate=cast.vat22
    )
    asked = {"plan_id": sold(cast)["id"], "pass_kind_ids": [encode("pkd", kind.pk)]}
    quote = post(client(cast.ada), "/quotes", asked).json()
    bank.pay(checked_out(client(cast.ada), quote, method="card").json()["redirect_url"])
    bank.tell_everything()
    bank.tell_everything()
    given_back(cast, 36000)
    at("2026-11-26 09:00")
    sold(cast, "less", **LESS)
    assert credited(client(cast.ada)) == 1000


def test_it_comes_from_the_latest_payment_as_far_as_that_goes(cast, member, bank, at):
    less = sold(cast, "less", **(LESS | {"price_cents": 1000}))
    more = sold(cast, "more", **(MORE | {"price_cents": 13000}))
    choose(member, saved(member, bank))
    assert change(member, more).status_code == 200  # 20.00 for the twenty days that are left
    outbox.drain()
    at("2026-11-27 09:00")
    assert change(client(cast.ada), less, "down").status_code == 200
    outbox.drain()
    first, second = Payment.objects.order_by("made_at")
    found = {refund.payment_id: refund.amount for refund in Refund.objects.all()}
    assert found == {second.pk: Money(2000), first.pk: Money(5601)}  # 19/20 of 86.67, less 19/30 of 10.00
    squares()
