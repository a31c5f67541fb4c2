"""Which tariff and which of its rates rule for whom, asked through a quote."""

from datetime import date, timedelta

import pytest

from billing.models import OrderLine, Rate, Tariff
from billing.prices.steps import recomputed
from billing.prices.tariffs import PriceList
from billing.quoting.quotes import priced
from core.ids import encode
from core.money import Money
from core.periods import Period
from people.models import Group, GroupMember
from tests.api import client, post
from tests.billing.sales import book
from tests.cast import LONG_AGO, rome

pytestmark = pytest.mark.django_db(transaction=True)


def tariff(cast, **data):
    data = {"from_on": date(2026, 12, 1), "published_at": rome("2026-11-01"), "name": "Nuovo"} | data
    return Tariff.objects.create(venue=cast.venue, partner=cast.lead, **data)


def rate(made, cast, cents=1000, **data):
    return Rate.objects.create(tariff=made, price=Money(cents), vat_rate=cast.vat22, **data)


def group(cast, *members):
    made = Group.objects.create(name="Soci", partner=cast.lead)
    for member in members:
        GroupMember.objects.create(group=made, from_on=LONG_AGO, person=member)
    return made


def cost(cast, start="2026-12-03 10:00", organisation=None):
    begins = rome(start)
    period = Period(begins, begins + timedelta(hours=1))
    return PriceList([cast.laser], cast.ada, organisation).price(cast.laser, period).gross.cents


def test_every_step_says_its_rate_and_tariff_and_gives_the_price_again_a_year_later(cast, at):
    made = tariff(cast)
    rate(made, cast, 1235)
    member = Rate.objects.create(
        tariff=made, per="reduction", percent=20, price=Money(0), group=group(cast, cast.ada), name="Soci"
    )
    booking = book(cast.ada, cast.laser, rome("2026-12-03 10:00"))
    api = client(cast.ada)
    ids = [encode("bkg", booking.pk)]
    quote = api.post("/api/v1/quotes", {"booking_ids": ids}).json()
    (line,) = quote["lines"]
    assert (line["list_price"]["cents"], line["gross"]["cents"]) == (1235, 988)
    hour, less = line["steps"]
    assert (less["rate"], less["name"], less["amount"]["cents"]) == (encode("rat", member.pk), "Soci", -247)
    assert {hour["tariff"], less["tariff"]} == {encode("trf", made.pk)}
    assert hour["version"].startswith("2026-10-31T23:00")
    post(api, "/checkouts", {"quote_id": quote["id"], "booking_ids": ids, "method": "card"})
    Rate.objects.all().delete()
    Tariff.objects.all().delete()
    at("2027-11-30 09:00")
    kept = OrderLine.objects.get()
    assert recomputed(kept.steps) == kept.gross == Money(988)


def test_the_steps_of_a_shared_line_give_its_own_part(cast):
    room = cast.room
    room.issuing = "share"
    room.save()
    lines = priced([book(cast.ada, room, rome("2026-12-03 10:00"))], cast.ada, None)
    assert [line.gross.cents for line in lines] == [1098, 732]
    assert [recomputed(line.plain()["steps"]) for line in lines] == [line.gross for line in lines]


def test_the_later_tariff_rules_and_one_with_an_end_gives_way_again(cast):
    rate(tariff(cast, from_on=date(2026, 12, 10), until_on=date(2026, 12, 20), name="Fiera"), cast, 3000)
    rate(tariff(cast), cast, 2000)
    rate(tariff(cast, published_at=rome("2026-11-02")), cast, 2500)
    rate(tariff(cast, published_at=None, name="Bozza"), cast, 9900)
    days = ("2026-11-30", "2026-12-01", "2026-12-10", "2026-12-19", "2026-12-20")
    assert [cost(cast, f"{day} 14:00") for day in days] == [1830, 2500, 3000, 3000, 2500]


def test_the_most_particular_rate_rules(cast):
    made = tariff(cast)
    rate(made, cast, 1000)
    assert cost(cast, "2026-12-03 08:00") == 1000
    rate(made, cast, 900, from_time="09:00", until_time="12:00")
    assert cost(cast, "2026-12-03 09:00") == 900
    rate(made, cast, 800, season_from=date(2020, 12, 1), season_until=date(2020, 12, 4), yearly=True)
    assert cost(cast, "2026-12-03 10:00") == 800
    rate(made, cast, 700, group=group(cast, cast.ada))
    assert cost(cast, "2026-12-03 11:00") == 700
    rate(made, cast, 600, organisation=cast.association)
    assert cost(cast, "2026-12-03 12:00", organisation=cast.association) == 600
    assert cost(cast, "2026-12-03 13:00") == 700
    rate(made, cast, 500, kind="laser")
    assert cost(cast, "2026-12-03 14:00") == 500
    rate(made, cast, 400, resource=cast.laser)
    assert cost(cast, "2026-12-03 15:00") == 400
