"""Through the API only: what budgets pay of the dates of a series follows them when it is edited."""

import pytest

from billing.budgets import passes
from billing.models import Order, Payment, PlanPeriod, Refund
from billing.paying import payments
from core.ids import encode
from people.models import Membership, Organisation
from tests.api import client
from tests.cast import ADDRESS, LONG_AGO
from tests.stories.changing import squares
from tests.stories.on_account import Office
from tests.stories.passes import checked_out, grant, left, quoted
from tests.stories.test_a_plan_is_lived_on import sold
from tests.stories.test_a_plan_is_owed import parts_asked
from tests.stories.test_a_plan_is_paid_in_parts import YEAR, asked
from tests.stories.test_a_series_is_edited import LATER, RULE, changed, planned
from tests.stories.test_a_series_of_several_things import items, thing
from tests.stories.test_an_association_books_a_series import booked, plan

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = 1830
TWO = RULE | {"last_on": "2027-01-19"}
SHORTER = {"hours": {"start": "18:00", "end": "19:00"}}
AFTER = {"hours": LATER["hours"]}


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


@pytest.fixture
def hours(carnet):
    """Five hours of any room, and of whoever has them."""
    carnet.kinds, carnet.valid_days = [], 365
    carnet.save()
    return carnet


def promised(api, room, rule, method, body=None):
    """The dates of a series, promised in this way; in the name of a body if one is said."""
    named = {"organisation_id": body} if body else {}
    series = booked(api, plan(api, room, rule, **named)).json()
    ids = [booking["id"] for booking in series["bookings"]]
    made = checked_out(api, quoted(api, *ids, **named), ids, method)
    assert made.status_code == 201, made.content
    return series


def of_a_body(cast, kind, body):
    made = passes.make(kind, cast.bruno, body, cast.gina, "Un regalo")
    return encode("bud", made.pk)


def owed():
    return sum(order.total.cents for order in Order.objects.filter(state="owed"))


def test_what_an_edit_says_of_owed_dates_is_what_is_owed_when_a_pass_pays_of_them(cast, hours):
    api, mine = client(cast.bruno), of_a_body(cast, hours, cast.association)
    series = promised(api, cast.room, RULE, "account", encode("org", cast.association.pk))
    assert (owed(), left(mine)) == (3 * HOUR, 0)
    edit = planned(api, series, "all", rule=RULE | AFTER)
    assert edit["totals"]["difference"]["cents"] == 0
    assert changed(api, series, edit).status_code == 200
    assert (owed(), left(mine)) == (3 * HOUR, 0)
    shorter = planned(api, series, "all", rule=RULE | SHORTER)
    assert shorter["totals"]["difference"]["cents"] == -3 * HOUR
    assert changed(api, series, shorter, "c2").status_code == 200
    assert (owed(), left(mine)) == (0, 60)


def test_dates_that_a_pass_has_paid_move_and_give_back_their_hours(cast, hours):
    api, mine = client(cast.ada), grant(cast, hours)
    series = promised(api, cast.room, TWO, "none")
    assert left(mine) == 60
    edit = planned(api, series, "all", rule=TWO | AFTER)
    assert [(d["verdict"], d["price_difference"]["cents"]) for d in edit["dates"]] == [("free", 0)] * 2
    assert changed(api, series, edit).status_code == 200
    assert left(mine) == 60
    shorter = planned(api, series, "all", rule=TWO | SHORTER)
    assert shorter["totals"]["back"]["cents"] == 0
    assert changed(api, series, shorter, "c2").status_code == 200
    assert left(mine) == 180
    longer = planned(api, series, "all", rule=TWO | {"hours": {"start": "18:00", "end": "21:00"}})
    # Five hours are there, six are needed: the second has its last hour to pay first, by itself.
    assert [[r["code"] for r in d["reasons"]] for d in longer["dates"]] == [[], ["dearer-than-paid"]]
    assert changed(api, series, longer, "c3").status_code == 200
    assert left(mine) == 60


def test_of_a_date_paid_in_part_by_a_pass_money_comes_back_and_the_pass_pays_for_what_stays(cast, hours):
    api, mine = client(cast.ada), grant(cast, hours)
    series = promised(api, cast.room, RULE, "card")
    payments.settle(Payment.objects.get().pk)
    assert left(mine) == 0
    shorter = planned(api, series, "all", rule=RULE | SHORTER)
    # The third had an hour of each, the fourth money alone.
    assert [d["back"]["cents"] for d in shorter["dates"]] == [0, 0, HOUR, HOUR]
    assert changed(api, series, shorter).status_code == 200
    assert left(mine) == 120
    assert sum(refund.amount.cents for refund in Refund.objects.all()) == 2 * HOUR
    squares()


def test_of_hours_given_up_near_their_time_the_pass_has_back_what_the_terms_say(cast, hours, at):
    api, mine = client(cast.ada), grant(cast, hours)
    series = promised(api, cast.room, TWO, "none")
    at("2027-01-12 10:00")  # eight hours before the first: half of it is kept
    api = client(cast.ada)
    assert changed(api, series, planned(api, series, "all", rule=TWO | SHORTER)).status_code == 200
    assert left(mine) == 60 + 30 + 60


def test_no_pass_pays_for_a_date_that_another_body_owes(cast, hours):
    other = Organisation.objects.create(name="Coro di Vanchiglia", tax_code="97654320023", **ADDRESS)
    Membership.objects.create(person=cast.bruno, organisation=other, is_delegate=True, from_on=LONG_AGO)
    theirs = of_a_body(cast, hours, other)
    api = client(cast.bruno)
    series = booked(api, plan(api, cast.room, TWO)).json()
    for booking, body in zip(series["bookings"], (cast.association, other), strict=True):
        quote = quoted(api, booking["id"], organisation_id=encode("org", body.pk))
        assert checked_out(api, quote, [booking["id"]], "account").status_code == 201
    assert (owed(), left(theirs)) == (2 * HOUR, 180)
    assert changed(api, series, planned(api, series, "all", rule=TWO | AFTER)).status_code == 200
    assert (owed(), left(theirs)) == (2 * HOUR, 180)


def test_a_plan_that_was_bought_with_a_series_goes_on_when_the_series_is_changed(cast, at):
    at("2026-11-16 09:00")
    api, body = client(cast.bruno), Office(cast).organisation
    series = booked(api, plan(api, cast.room, TWO, organisation_id=body)).json()
    ids = [booking["id"] for booking in series["bookings"]]
    told = {"plan_id": sold(cast, **YEAR)["id"], "organisation_id": body}
    assert checked_out(api, quoted(api, *ids, **told), ids, "account").status_code == 201
    assert changed(api, series, planned(api, series, "all", rule=TWO | AFTER)).status_code == 200
    assert PlanPeriod.objects.get().order == Order.objects.get(state="owed")
    asked(at, "2027-03-16")
    assert parts_asked() == [33333]


def test_what_is_owed_of_several_things_given_up_is_rounded_once(cast, at):
    both = [thing(cast, "a", "A", 611), thing(cast, "b", "B", 611)]
    hour, api = TWO | SHORTER, client(cast.bruno)
    body = encode("org", cast.association.pk)
    asked = {"items": items(*both), "rule": hour, "organisation_id": body}
    series = booked(api, api.post("/api/v1/series/plans", asked).json()).json()
    ids = [booking["id"] for booking in series["bookings"]]
    assert checked_out(api, quoted(api, *ids, organisation_id=body), ids, "account").status_code == 201
    before = owed()
    at("2027-01-12 10:00")
    api = client(cast.bruno)
    edit = planned(api, series, "all", rule=hour | {"first_on": "2027-01-19"})
    assert edit["totals"]["difference"]["cents"] == -611
    assert changed(api, series, edit).status_code == 200
    assert owed() == before - 611
