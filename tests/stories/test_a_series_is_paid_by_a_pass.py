"""Through the API only: what budgets pay of the dates of a series follows them when it is edited."""

import pytest

from billing.budgets import passes
from billing.models import Order, Payment, PlanPeriod, Refund
from billing.paying import payments
from core.ids import encode
from tests.api import client
from tests.stories.changing import hand, move, squares
from tests.stories.on_account import Office
from tests.stories.passes import cancelled, checked_out, grant, held, left, quoted
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


def with_a_pass_for_the_first(cast, hours):
    """Two dates of two hours that a body owes: of the first its pass pays all, and is then empty."""
    hours.amount = 120
    hours.save()
    api, mine, body = client(cast.bruno), of_a_body(cast, hours, cast.association), cast.association
    series = promised(api, cast.room, TWO, "account", encode("org", body.pk))
    assert (owed(), left(mine)) == (2 * HOUR, 0)
    return api, mine, series


@pytest.mark.parametrize("why", ["slot-taken", "change-pending"])
@pytest.mark.parametrize(("start", "end"), [("20:00", "21:00"), ("19:00", "22:00")])
def test_a_date_that_cannot_move_keeps_its_hours_and_the_others_have_none_of_them(
    cast, hours, why, start, end
):
    api, mine, series = with_a_pass_for_the_first(cast, hours)
    if why == "slot-taken":
        held(client(cast.ada), cast.room, "2027-01-12T20:00:00", "2027-01-12T21:00:00")
    else:
        assert hand(api, series["bookings"][0], "ada@example.org").status_code == 200
    edit = planned(api, series, "all", rule=TWO | {"hours": {"start": start, "end": end}})
    assert [[r["code"] for r in d["reasons"]] for d in edit["dates"]] == [[why], []]
    assert changed(api, series, edit).status_code == 200
    assert (owed(), left(mine)) == ((int(end[:2]) - int(start[:2])) * HOUR, 0)


def test_each_date_keeps_its_own_hours_before_another_has_more(cast, hours):
    api, mine = client(cast.bruno), of_a_body(cast, hours, cast.association)
    series = promised(api, cast.room, RULE, "account", encode("org", cast.association.pk))
    longer = planned(api, series, "all", rule=RULE | {"hours": {"start": "18:00", "end": "21:00"}})
    assert [d["price_difference"]["cents"] for d in longer["dates"]] == [HOUR] * 4
    assert changed(api, series, longer).status_code == 200
    assert (owed(), left(mine)) == (7 * HOUR, 0)


def test_of_hours_given_up_near_their_time_the_other_dates_have_what_comes_back(cast, hours, at):
    _, mine, series = with_a_pass_for_the_first(cast, hours)
    at("2027-01-12 10:00")  # eight hours before the first: half of what it gives up is kept
    api = client(cast.bruno)
    shorter = planned(api, series, "all", rule=TWO | SHORTER)
    assert shorter["totals"]["difference"]["cents"] == HOUR // 2 - 2 * HOUR
    assert changed(api, series, shorter).status_code == 200
    assert (owed(), left(mine)) == (HOUR // 2, 0)


def paid_by_pass_and_card(cast, hours):
    """Four dates of two hours: of the first two the pass pays all, of the third an hour, of the fourth nothing."""
    api, mine = client(cast.ada), grant(cast, hours)
    series = promised(api, cast.room, RULE, "card")
    payments.settle(Payment.objects.get().pk)
    assert left(mine) == 0
    return api, mine, series


def test_shorter_dates_give_back_what_a_pass_and_money_paid_too_much(cast, hours):
    api, mine, series = paid_by_pass_and_card(cast, hours)
    shorter = planned(api, series, "all", rule=RULE | SHORTER)
    assert [d["back"]["cents"] for d in shorter["dates"]] == [0, 0, HOUR, HOUR]
    assert changed(api, series, shorter).status_code == 200
    # The hour of the third that stays is the pass's.
    assert left(mine) == 120
    assert sum(refund.amount.cents for refund in Refund.objects.all()) == 2 * HOUR
    squares()


def test_dates_that_a_pass_has_paid_move_at_no_cost_and_what_they_have_more_is_paid_first(cast, hours):
    api, mine = client(cast.ada), grant(cast, hours)
    series = promised(api, cast.room, TWO, "none")
    edit = planned(api, series, "all", rule=TWO | AFTER)
    assert [(d["verdict"], d["price_difference"]["cents"]) for d in edit["dates"]] == [("free", 0)] * 2
    assert changed(api, series, edit).status_code == 200
    assert left(mine) == 60
    longer = planned(api, series, "all", rule=TWO | {"hours": {"start": "18:00", "end": "21:00"}})
    assert [[r["code"] for r in d["reasons"]] for d in longer["dates"]] == [["dearer-than-paid"]] * 2


def test_of_hours_given_up_near_their_time_the_pass_has_back_what_the_terms_say(cast, hours, at):
    api, mine = client(cast.ada), grant(cast, hours)
    series = promised(api, cast.room, TWO, "none")
    at("2027-01-12 10:00")  # eight hours before the first: half of it is kept
    api = client(cast.ada)
    assert changed(api, series, planned(api, series, "all", rule=TWO | SHORTER)).status_code == 200
    assert left(mine) == 60 + 30 + 60


@pytest.mark.parametrize("alone", [True, False])
def test_hours_that_came_back_to_a_pass_are_not_drawn_for_what_money_has_paid(cast, hours, alone):
    api, mine, series = paid_by_pass_and_card(cast, hours)
    cancelled(api, series["bookings"][0]["id"])
    assert left(mine) == 120
    if alone:
        later = {"period": {"start": "2027-01-26T19:00:00", "end": "2027-01-26T21:00:00"}}
        assert move(api, series["bookings"][2], later).status_code == 200
    else:
        assert changed(api, series, planned(api, series, "all", rule=RULE | AFTER)).status_code == 200
    assert left(mine) == 120
    assert not Refund.objects.exists()


def test_an_hour_that_a_mixed_date_has_more_is_the_pass_s_if_it_has_one(cast, hours):
    api, mine, series = paid_by_pass_and_card(cast, hours)
    cancelled(api, series["bookings"][0]["id"])
    longer = {"period": {"start": "2027-01-26T18:00:00", "end": "2027-01-26T21:00:00"}}
    assert move(api, series["bookings"][2], longer).status_code == 200
    assert left(mine) == 60
    assert Payment.objects.count() == 1


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
