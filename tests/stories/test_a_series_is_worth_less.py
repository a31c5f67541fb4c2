"""What a changed series says that its dates give back, or leave owed, is what is done: never more than was paid too much."""

import pytest

from billing.models import ChosenExtra, Extra, Order, Payment, Rate, Refund
from billing.paying import payments
from booking.models import Booking
from core.ids import decode, encode
from core.money import Money
from tests.api import client, post
from tests.stories.changing import move, squares, to
from tests.stories.test_a_series_is_edited import RULE, changed, paid, paid_by_card, planned
from tests.stories.test_an_association_books_a_series import TUESDAYS, booked, plan

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


def test_what_is_kept_of_time_given_back_pays_for_no_other_time(cast, at):
    rule = TUESDAYS | {"last_on": "2026-12-15"}
    series = paid(cast, rule)  # the first and the fifteenth, 36.60 each
    at("2026-12-01 17:00")  # too late for any of it to come back, unless others use it
    api = client(cast.ada)
    hour = to("01T19:00", "01T20:00")
    assert post(api, f"/bookings/{series['bookings'][0]['id']}/give-back", hour, "g").status_code == 200
    edit = planned(api, series, "all", rule=rule | {"hours": {"start": "18:00", "end": "19:30"}})
    found = {d["on"]: [r["code"] for r in d["reasons"]] for d in edit["dates"]}
    assert (found["2026-12-01"], found["2026-12-15"]) == (["dearer-than-paid"], [])


def test_what_comes_back_of_a_date_comes_from_its_latest_payment(cast, at):
    series, api = paid(cast, RULE), client(cast.ada)
    at("2026-11-30 09:10")
    first, date = Payment.objects.get(), series["bookings"][0]
    longer = {"period": {"start": "2027-01-12T18:00:00", "end": "2027-01-12T21:00:00"}}
    assert move(api, date, longer).status_code == 200
    quote = post(api, "/quotes", {"booking_ids": [date["id"]]}, "q").json()
    told = {"quote_id": quote["id"], "booking_ids": [date["id"]], "method": "card"}
    assert post(api, "/checkouts", told, "more").status_code == 201
    second = Payment.objects.exclude(pk=first.pk).get()
    payments.settle(second.pk)
    hours = {"start": "18:00", "end": "19:30"}
    rule = RULE | {"repeat": "dates", "dates": ["2027-01-12"], "hours": hours}
    shorter = planned(api, series, "this", on="2027-01-12", rule=rule)
    assert changed(api, series, shorter).status_code == 200
    found = {refund.payment_id: refund.amount.cents for refund in Refund.objects.all()}
    assert found == {second.pk: HOUR, first.pk: HOUR // 2}
    squares()


def test_what_goes_with_a_date_pays_for_no_time_of_it(cast):
    api = client(cast.ada)
    made = booked(api, plan(api, cast.room, RULE)).json()
    first = decode("bkg", made["bookings"][0]["id"])
    lunch = Extra.objects.create(venue=cast.venue, name="Pranzo", price=Money(HOUR), vat_rate=cast.vat22)
    ChosenExtra.objects.create(
        booking_id=first, extra=lunch, quantity=1, unit_price=lunch.price, vat_rate=lunch.vat_rate
    )
    series = paid_by_card(cast, made)
    rule = RULE | {"repeat": "dates", "dates": ["2027-01-12"], "hours": {"start": "18:00", "end": "21:00"}}
    longer = planned(api, series, "this", on="2027-01-12", rule=rule)
    assert [r["code"] for r in longer["dates"][0]["reasons"]] == ["dearer-than-paid"]


def test_of_two_bookings_of_one_day_each_gives_back_its_own(cast):
    series, api = paid(cast, RULE), client(cast.ada)
    first, second, *_ = series["bookings"]
    shorter = {"period": {"start": "2027-01-19T18:00:00", "end": "2027-01-19T19:00:00"}}
    assert move(api, second, shorter).status_code == 200
    # As where a date was moved to the evening of its own day, and another taken at the series' new hours.
    day = Booking.objects.get(pk=decode("bkg", first["id"])).series_date
    Booking.objects.filter(pk=decode("bkg", second["id"])).update(series_date=day, series_ordinal=1)
    assert post(api, f"/series/{series['id']}/end", {"on": "2027-01-12"}, "end").status_code == 200
    assert sum(refund.amount.cents for refund in Refund.objects.all()) == 4 * 2 * HOUR
    squares()
