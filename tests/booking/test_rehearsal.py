"""A change of the rules is rehearsed: what it touches of what is to come, what it would have refused."""

from datetime import date, timedelta

import pytest

from booking.models import Booking
from booking.rehearsing import rehearsal
from booking.rehearsing.rehearsal import rehearse
from core.ids import encode
from people.models import Group, GroupMember, Membership
from spaces import opening
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
    with queries(9):
        assert len(rehearse(proposed).replayed.refused) == 3
    limited = {"limits": [{"span": "month", "bookings": 1, "of": "group", "groups": [str(group.pk)]}]}
    with queries(10):
        rehearse(Rules(resource=cast.room, from_on=date(2026, 12, 1), data=limited))


# -- what others have, and what is asked for together ------------------------------------------------------


def booked(cast, at, by, on, resource=None, key="", **more):
    """Confirmed, made at nine of the day before, from ten to eleven."""
    day = date.fromisoformat(on)
    at(f"{day - timedelta(days=1)} 09:00")
    body = wish(resource or cast.room, f"{on}T10:00:00", f"{on}T11:00:00") | more
    made = post(client(by), "/bookings", body, f"{on}{key}")
    assert made.status_code == 201, made.content
    Booking.objects.filter(code=made.json()["code"]).update(state="confirmed", held_until=None)
    return made.json()["code"]


def replayed(cast, at, **words):
    at("2026-11-30 09:00")
    return codes(preview(cast, rules=words).json()["last_90_days"])


def test_an_association_s_groups_are_its_members_too(cast, at):
    group = Group.objects.create(name="Associazioni", partner=cast.lead)
    GroupMember.objects.create(group=group, organisation=cast.association, from_on=date(2026, 1, 1))
    booked(cast, at, cast.bruno, "2026-11-03", organisation_id=encode("org", cast.association.pk))
    alone = booked(cast, at, cast.bruno, "2026-11-04")
    assert replayed(cast, at, groups=[encode("grp", group.pk)]) == [alone]


def test_an_organisation_s_limit_counts_whoever_booked_for_it(cast, at):
    Membership.objects.create(
        person=cast.carla, organisation=cast.association, is_delegate=True, from_on=date(2025, 1, 1)
    )
    ours = {"organisation_id": encode("org", cast.association.pk)}
    booked(cast, at, cast.bruno, "2026-11-03", **ours)
    second = booked(cast, at, cast.carla, "2026-11-04", **ours)
    third = booked(cast, at, cast.bruno, "2026-11-05", **ours)
    booked(cast, at, cast.bruno, "2026-11-06")  # for himself
    limits = [{"span": "month", "bookings": 1, "of": "organisation"}]
    assert replayed(cast, at, limits=limits) == [third, second]


def test_a_limit_of_everybody_together_counts_everybody(cast, at):
    booked(cast, at, cast.ada, "2026-11-03")
    second = booked(cast, at, cast.bruno, "2026-11-04")
    assert replayed(cast, at, limits=[{"span": "week", "minutes": 60, "of": "anyone"}]) == [second]


def test_a_group_s_limit_counts_all_who_were_in_it_then(cast, at):
    group = Group.objects.create(name="Coro", partner=cast.lead)
    for person, since in ((cast.ada, 1), (cast.bruno, 1), (cast.carla, 20)):
        GroupMember.objects.create(group=group, person=person, from_on=date(2026, 11, since))
    booked(cast, at, cast.ada, "2026-11-03")
    second = booked(cast, at, cast.bruno, "2026-11-04")
    booked(cast, at, cast.carla, "2026-11-05")  # in it only later
    shared = [{"span": "week", "minutes": 60, "of": "group", "groups": [encode("grp", group.pk)]}]
    assert replayed(cast, at, limits=shared) == [second]


def test_a_year_s_limit_looks_back_to_the_new_year(cast, at):
    room = cast.room
    opening.plan(room, date(2026, 1, 1))
    booked(cast, at, cast.ada, "2026-01-15")
    later = booked(cast, at, cast.ada, "2026-11-03")
    assert replayed(cast, at, limits=[{"span": "year", "bookings": 1}]) == [later]


def test_a_limit_of_the_kind_counts_the_other_rooms(cast, at):
    booked(cast, at, cast.ada, "2026-11-03", cast.other_room)
    second = booked(cast, at, cast.ada, "2026-11-04")
    assert replayed(cast, at, limits=[{"span": "week", "bookings": 1, "on": "kind"}]) == [second]


def test_how_many_and_with_what_is_replayed(cast, at):
    alone = booked(cast, at, cast.ada, "2026-11-03")
    items = [{"resource_id": encode("res", r.pk)} for r in (cast.room, cast.other_room)]
    booked(cast, at, cast.ada, "2026-11-04", items=items)
    assert replayed(cast, at, only_with=[cast.other_room.slug]) == [alone]


def test_a_busy_future_leaves_the_past_its_own_and_what_is_left_out_is_said(cast, history, monkeypatch):
    monkeypatch.setattr(rehearsal, "MOST", 2)
    found = preview(cast, rules={"least": 120}).json()
    assert [found["to_come"][name] for name in ("there", "judged", "refused")] == [2, 2, 1]
    assert [found["last_90_days"][name] for name in ("there", "judged", "refused")] == [3, 2, 1]
