"""Through the API only: what budgets pay of the dates of a series follows them when it is edited."""

import pytest

from billing.budgets import passes
from billing.models import Order, PlanPeriod
from core.ids import encode
from tests.api import client
from tests.stories.on_account import Office
from tests.stories.passes import checked_out, left, quoted
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


def test_an_hour_of_a_pass_that_one_date_gives_up_pays_for_another_in_the_same_edit(cast, hours):
    api, mine = client(cast.bruno), of_a_body(cast, hours, cast.association)
    series = promised(api, cast.room, RULE, "account", encode("org", cast.association.pk))
    longer = planned(api, series, "all", rule=RULE | {"hours": {"start": "18:00", "end": "21:00"}})
    # Two, two, one and none become three, two, none and none.
    assert longer["totals"]["difference"]["cents"] == 4 * HOUR
    assert changed(api, series, longer).status_code == 200
    assert (owed(), left(mine)) == (7 * HOUR, 0)


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
