"""Through the API only: what an edit of a series says as its rule, and what is refused of it before anything is shown."""

import pytest

from booking.models import Claim
from tests.api import client, post
from tests.stories.test_a_series_is_edited import RULE, changed, confirmed, planned, said, times

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


@pytest.mark.parametrize(
    "rule", [RULE, RULE | {"dates": ["2027-01-19"]}, RULE | {"repeat": "dates", "dates": ["2027-01-19"] * 2}]
)
def test_one_date_alone_is_moved_to_one_day_named(cast, rule):
    series = confirmed(cast, RULE)
    asked = {"series_id": series["id"], "scope": "this", "on": "2027-01-19", "rule": rule}
    answer = client(cast.ada).post("/api/v1/series/plans", asked)
    assert answer.status_code == 422, answer.content
    assert answer.json()["pointers"] == [{"pointer": "/rule/dates", "code": "one-date", "detail": ""}]


@pytest.mark.parametrize(("scope", "on"), [("all", {}), ("following", {"on": "2027-01-26"})])
@pytest.mark.parametrize("hours", [RULE["hours"], {"start": "19:00", "end": "21:00"}])
def test_a_rule_of_which_all_days_are_over_gives_up_what_is_to_come(cast, at, scope, on, hours):
    series = confirmed(cast, RULE)
    at("2027-01-20 09:00")
    api = client(cast.ada)
    edit = planned(api, series, scope, rule=RULE | {"last_on": "2027-01-12", "hours": hours}, **on)
    assert said(edit) == {"2027-01-26": "goes", "2027-02-02": "goes"}
    after = changed(api, series, edit)
    assert after.status_code == 200, after.content
    assert after.json()["id"] == series["id"]
    assert times(after.json()) == ["2027-01-12T17:00:00Z", "2027-01-19T17:00:00Z"]
    assert after.json()["rule"]["last_on"] < "2027-01-26"
    assert after.json()["actions"]["change"]["reasons"][0]["code"] == "already-started"
    assert Claim.objects.count() == 2


def test_what_is_kept_of_it_is_still_the_series_own(cast, at):
    series = confirmed(cast, RULE)
    at("2027-01-20 09:00")
    api = client(cast.ada)
    edit = planned(api, series, "all", rule=RULE | {"last_on": "2027-01-12"})
    api.patch(f"/api/v1/series/plans/{edit['id']}", {"choices": {"2027-02-02": False}})
    after = changed(api, series, edit)
    assert after.status_code == 200, after.content
    assert times(after.json())[-1] == "2027-02-02T17:00:00Z"
    ended = post(api, f"/series/{series['id']}/end", {"on": "2027-01-20"}, "end")
    assert times(ended.json()) == ["2027-01-12T17:00:00Z", "2027-01-19T17:00:00Z"]
