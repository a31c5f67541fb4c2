"""A plan whose page is opened before midnight and paid after it: what was sold is what there is."""

from datetime import date

import pytest

from billing.models import Document, Instalment, PlanPeriod
from core.money import Money, total
from tests.api import client, post
from tests.stories.passes import checked_out
from tests.stories.test_a_plan_is_lived_on import bought, sold

pytestmark = pytest.mark.django_db


def bought_over_midnight(cast, bank, at, plan):
    api = client(cast.ada)
    at("2026-11-30 23:50")
    quote = post(api, "/quotes", {"plan_id": plan["id"]}).json()
    made = checked_out(api, quote, method="card").json()
    at("2026-12-01 00:05")
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    bank.tell_everything()
    return quote


def test_the_last_day_of_a_month_does_not_buy_the_next_month(cast, bank, at):
    at("2026-11-30 23:00")
    plan = sold(cast, from_first=True)
    quote = bought_over_midnight(cast, bank, at, plan)
    assert quote["lines"][0]["description"] == "Flex, 30/11/2026–30/11/2026"
    assert Document.objects.get().gross == Money(333)
    period = PlanPeriod.objects.get()
    assert (period.from_on, period.until_on) == (date(2026, 11, 30), date(2026, 12, 1))


def test_the_parts_of_a_quarter_make_its_price(cast, bank, at):
    at("2026-11-30 23:00")
    plan = sold(cast, every="quarter", price_cents=90_000, instalments=3, from_first=True)
    bought_over_midnight(cast, bank, at, plan)
    parts = total([Document.objects.get().gross, *(i.amount for i in Instalment.objects.all())])
    assert parts == Money(plan["first_price"]["cents"])


def test_just_after_midnight_where_it_is_lived_on_it_begins_that_day(cast, bank, at):
    at("2026-12-01 00:30")  # and still the thirtieth of November in UTC
    plan = sold(cast, from_first=True)
    assert bought(cast, plan, bank)["total"]["cents"] == 10000
    period = PlanPeriod.objects.get()
    assert (period.from_on, period.until_on) == (date(2026, 12, 1), date(2027, 1, 1))
