"""A change of the rules is rehearsed: what it touches of what is to come, what it would have refused."""

from datetime import date

import pytest

from booking.models import Booking
from booking.rehearsal import rehearse
from core.ids import encode
from people.models import Group, GroupMember
from spaces.models import Rules
from tests.api import client, post, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def history(cast, at):
    """Three bookings long ago and two to come, all of an hour but the last of three."""
    made = []
    for n, (booked_at, on, end) in enumerate(
        [
            ("2026-10-01 09:00", "2026-10-05", "11"),
            ("2026-10-12 09:00", "2026-10-12", "11"),
            ("2026-11-01 09:00", "2026-11-10", "13"),
            ("2026-11-29 09:00", "2026-12-10", "11"),
            ("2026-11-29 09:00", "2026-12-11", "13"),
        ]
    ):
        at(booked_at)
        body = wish(cast.room, f"{on}T10:00:00", f"{on}T{end}:00:00")
        code = post(client(cast.ada), "/bookings", body, f"k{n}").json()["code"]
        Booking.objects.filter(code=code).update(state="confirmed", held_until=None)
        made.append(code)
    at("2026-11-30 09:00")
    return made


def preview(cast, person=None, **asked):
    body = {"resource_id": encode("res", cast.room.pk), "from_on": "2026-12-01"} | asked
    return client(person or cast.dario).post("/api/v1/policies/preview", body)


def codes(part):
    return [found["code"] for found in part["bookings"]]


def test_what_would_be_refused_is_listed_with_its_reasons(cast, history):
    found = preview(cast, rules={"most": 60}).json()
    assert (found["to_come"]["judged"], codes(found["to_come"])) == (2, [history[4]])
    assert (found["last_90_days"]["judged"], codes(found["last_90_days"])) == (3, [history[2]])
    assert [r["code"] for r in found["to_come"]["bookings"][0]["reasons"]] == ["too-long"]


def test_a_change_that_begins_later_touches_only_what_comes_after(cast, history):
    found = preview(cast, rules={"least": 120}, from_on="2026-12-11").json()
    assert codes(found["to_come"]) == []
    assert codes(preview(cast, rules={"least": 120}).json()["to_come"]) == [history[3]]


def test_the_replay_judges_at_the_instant_of_booking(cast, history):
    found = preview(cast, rules={"notice": 24 * 60}).json()
    assert codes(found["last_90_days"]) == [history[1]]  # booked an hour before
    assert codes(found["to_come"]) == []


def test_rules_by_the_day_of_booking_touch_nothing_that_is_booked(cast, history):
    assert codes(preview(cast, rules={"most": 60}, basis="booking").json()["to_come"]) == []


def test_what_is_refused_already_is_not_the_change_s_doing(cast, history):
    Rules.objects.create(resource=cast.room, from_on=date(2026, 1, 1), data={"most": 60})
    assert codes(preview(cast, rules={"most": 30, "least": 30}).json()["last_90_days"]) == [
        history[1],
        history[0],
    ]


def test_limits_and_groups_are_replayed_for_each_person(cast, history):
    limited = preview(cast, rules={"limits": [{"span": "month", "bookings": 1}]}).json()
    assert codes(limited["last_90_days"]) == [history[1]]
    group = Group.objects.create(name="Soci", partner=cast.lead)
    only = {"groups": [encode("grp", group.pk)]}
    assert preview(cast, rules=only).json()["last_90_days"]["refused"] == 3
    GroupMember.objects.create(group=group, person=cast.ada, from_on=date(2026, 10, 10))
    assert codes(preview(cast, rules=only).json()["last_90_days"]) == [history[0]]


def test_the_impossible_is_refused_and_nothing_is_saved(cast, history):
    before = Rules.objects.count()
    answer = preview(cast, rules={"least": 90, "most": 60})
    assert (answer.status_code, answer.json()["code"]) == (422, "unsatisfiable")
    preview(cast, rules={"most": 60})
    assert Rules.objects.count() == before


def test_only_who_runs_the_venue_may_ask(cast, history):
    assert preview(cast, cast.ada, rules={"most": 60}).status_code == 404
    assert preview(cast, cast.elena, rules={"most": 60}).status_code == 404


def test_it_costs_the_same_for_any_number_of_bookings(cast, history, queries):
    group = Group.objects.create(name="Soci", partner=cast.lead)
    proposed = Rules(resource=cast.room, from_on=date(2026, 12, 1), data={"groups": [str(group.pk)]})
    with queries(5):
        assert len(rehearse(proposed).refused) == 3
