"""What a changed series says that its dates give back, or leave owed, is what is done: never more than was paid too much."""

import pytest

from billing.models import Order, Rate, Refund
from core.ids import encode
from core.money import Money
from tests.api import client, post
from tests.stories.changing import squares
from tests.stories.test_a_series_is_edited import RULE, changed, paid, planned
from tests.stories.test_an_association_books_a_series import booked, plan

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = 1830


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


def test_where_the_price_has_risen_shorter_dates_give_back_what_was_paid_above_it(cast):
    series, api = paid(cast, RULE), client(cast.ada)
    Rate.objects.update(price=Money(3000))
    shorter = planned(api, series, "all", rule=RULE | {"hours": {"start": "18:00", "end": "19:00"}})
    assert shorter["totals"]["back"]["cents"] == 4 * (2 * HOUR - 3000)
    assert changed(api, series, shorter).status_code == 200
    assert sum(refund.amount.cents for refund in Refund.objects.all()) == 4 * (2 * HOUR - 3000)
    squares()


def test_a_date_given_up_near_its_time_leaves_owed_what_its_terms_keep(cast, at):
    body = encode("org", cast.association.pk)
    bruno = client(cast.bruno)
    series = booked(bruno, plan(bruno, cast.room, RULE, organisation_id=body)).json()
    ids = [b["id"] for b in series["bookings"]]
    quote = bruno.post("/api/v1/quotes", {"booking_ids": ids, "organisation_id": body}).json()
    told = {"quote_id": quote["id"], "booking_ids": ids, "method": "account"}
    assert post(bruno, "/checkouts", told, "p").status_code == 201
    at("2027-01-12 10:00")  # eight hours before the first: half of it is kept
    edit = planned(client(cast.bruno), series, "all", rule=RULE | {"first_on": "2027-01-19"})
    assert edit["totals"]["difference"]["cents"] == -HOUR
    assert changed(client(cast.bruno), series, edit).status_code == 200
    owed = Order.objects.filter(state="owed").values_list("total", flat=True)
    assert sum(amount.cents for amount in owed) == 4 * 2 * HOUR - HOUR
