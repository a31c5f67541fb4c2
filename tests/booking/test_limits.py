"""Limits: by person and organisation, by day, week, month, to come and at once; in minutes and in bookings."""

from datetime import date
from uuid import uuid4

import pytest

from booking.judging.facts import Had
from booking.judging.limits import _broken
from booking.models import Booking
from core.ids import encode
from people.models import Group, GroupMember
from spaces.clauses import Limit
from spaces.models import Rules
from tests.api import client, post, wish
from tests.cast import period
from tests.stories.test_an_association_books_a_series import TUESDAYS, plan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def limited(resource, **limit):
    Rules.objects.create(resource=resource, from_on=date(2026, 1, 1), data={"limits": [limit]})
    return resource


def book(person, resource, on, start="10:00", end="11:00", **more):
    body = wish(resource, f"{on}T{start}:00", f"{on}T{end}:00", **more)
    answer = post(client(person), "/bookings", body, f"{resource.slug} {on} {start}")
    if answer.status_code == 201:
        Booking.objects.filter(code=answer.json()["code"]).update(state="confirmed", held_until=None)
    return answer


def refused(answer):
    assert answer.status_code == 403, answer.content
    return [(r["code"], r["holds_from"]) for r in answer.json()["reasons"]]


def test_a_day_is_the_venue_s_own(cast):
    room = limited(cast.room, span="day", bookings=1)
    assert book(cast.ada, room, "2026-12-01").status_code == 201
    assert refused(book(cast.ada, room, "2026-12-01", "20:00", "21:00")) == [
        ("daily-limit-of-bookings", "2026-12-01T23:00:00Z")
    ]
    assert book(cast.ada, room, "2026-12-02").status_code == 201


def test_a_week_begins_on_monday(cast):
    room = limited(cast.room, span="week", minutes=120)
    book(cast.ada, room, "2026-12-06", "10:00", "12:00")  # a Sunday
    assert refused(book(cast.ada, room, "2026-12-05")) == [("weekly-limit", "2026-12-06T23:00:00Z")]
    assert book(cast.ada, room, "2026-12-07").status_code == 201


def test_a_month_is_the_calendar_s(cast):
    room = limited(cast.room, span="month", bookings=2)
    for day in ("2026-12-01", "2026-12-31"):
        assert book(cast.ada, room, day).status_code == 201
    assert refused(book(cast.ada, room, "2026-12-15")) == [
        ("monthly-limit-of-bookings", "2026-12-31T23:00:00Z")
    ]
    assert book(cast.ada, room, "2027-01-02").status_code == 201


def test_what_is_still_to_come_frees_as_it_passes(cast, at):
    room = limited(cast.room, span="future", bookings=1)
    book(cast.ada, room, "2026-12-01")
    assert refused(book(cast.ada, room, "2026-12-09")) == [
        ("future-limit-of-bookings", "2026-12-01T10:00:00Z")
    ]
    at("2026-12-01 11:00")
    assert book(cast.ada, room, "2026-12-10").status_code == 201


def test_at_once_counts_what_overlaps_in_the_whole_venue(cast):
    for room in (cast.room, cast.other_room):
        limited(room, span="at_once", bookings=1, on="venue")
    book(cast.ada, cast.room, "2026-12-01", "10:00", "12:00")
    assert refused(book(cast.ada, cast.other_room, "2026-12-01", "11:00", "13:00")) == [
        ("at-once-limit-of-bookings", "2026-12-01T11:00:00Z")
    ]
    assert book(cast.ada, cast.other_room, "2026-12-01", "12:00", "13:00").status_code == 201


def test_a_kind_is_counted_together(cast):
    limited(cast.other_room, span="day", minutes=90, on="kind")
    book(cast.ada, cast.room, "2026-12-01")
    assert refused(book(cast.ada, cast.other_room, "2026-12-01", "14:00", "15:00"))[0][0] == "daily-limit"


def test_an_organisation_is_counted_whoever_books_for_it(cast):
    room = limited(cast.room, span="week", bookings=1, of="organisation")
    delegate = cast.bruno
    ours = {"organisation_id": encode("org", cast.association.pk)}
    assert book(delegate, room, "2026-12-01", **ours).status_code == 201
    assert refused(book(delegate, room, "2026-12-02", **ours))[0][0] == "weekly-limit-of-bookings"
    assert book(delegate, room, "2026-12-03").status_code == 201


def test_a_plan_s_limit_is_for_who_has_the_plan(cast):
    plan = Group.objects.create(name="Piano base", partner=cast.lead)
    room = limited(cast.room, span="day", minutes=60, groups=[str(plan.pk)])
    GroupMember.objects.create(group=plan, person=cast.ada, from_on=date(2026, 1, 1))
    assert refused(book(cast.ada, room, "2026-12-01", "10:00", "12:00"))[0][0] == "daily-limit"
    assert book(cast.carla, room, "2026-12-01", "10:00", "12:00").status_code == 201


def test_the_items_of_one_booking_count_together(cast):
    for room in (cast.room, cast.other_room):
        limited(room, span="day", minutes=90, on="venue")
    body = wish(cast.room) | {
        "items": [{"resource_id": encode("res", r.pk)} for r in (cast.room, cast.other_room)]
    }
    assert refused(post(client(cast.ada), "/bookings", body))[0][0] == "daily-limit"


def test_a_booking_over_midnight_counts_in_both_days(cast):
    had = [Had(cast.room.pk, "meeting_room", cast.venue.pk, period("2026-12-02 20:00", 60), uuid4())]
    limit = Limit("day", minutes=120)
    over = period("2026-12-01 22:00", 4 * 60)  # two hours of each day
    broken = _broken(limit, had, over, over.start, cast.venue.zone)
    assert broken is not None
    assert (broken.code, broken.used) == ("daily-limit", 60)
    assert _broken(limit, [], over, over.start, cast.venue.zone) is None


def test_a_whole_group_shares_a_limit(cast):
    floor = Group.objects.create(name="Terzo {piano}", partner=cast.lead)
    for person in (cast.ada, cast.carla):
        GroupMember.objects.create(group=floor, person=person, from_on=date(2026, 1, 1))
    room = limited(cast.room, span="month", bookings=1, of="group", groups=[str(floor.pk)])
    assert book(cast.carla, room, "2026-12-01").status_code == 201
    answer = book(cast.ada, room, "2026-12-02")
    assert refused(answer)[0][0] == "monthly-limit-of-bookings"
    assert "Terzo {piano}" in answer.json()["reasons"][0]["detail"]
    assert book(cast.bruno, room, "2026-12-03").status_code == 201


def test_a_limit_of_a_resource_is_everybody_s(cast):
    room = limited(cast.room, span="day", bookings=1, of="anyone")
    assert book(cast.carla, room, "2026-12-01").status_code == 201
    assert refused(book(cast.ada, room, "2026-12-01", "14:00", "15:00"))[0][0] == "daily-limit-of-bookings"
    assert book(cast.ada, room, "2026-12-02").status_code == 201


def test_only_some_hours_count(cast):
    room = limited(cast.room, span="day", minutes=60, hours={"start": "08:00", "end": "12:00"})
    assert book(cast.ada, room, "2026-12-01", "11:30", "14:00").status_code == 201
    assert book(cast.ada, room, "2026-12-01", "16:00", "20:00").status_code == 201
    assert refused(book(cast.ada, room, "2026-12-01", "09:00", "10:00"))[0][0] == "daily-limit"


def test_one_s_own_bookings_leave_a_gap(cast):
    Rules.objects.create(resource=cast.room, from_on=date(2026, 1, 1), data={"gap": 60})
    assert book(cast.ada, cast.room, "2026-12-01", "10:00", "11:00").status_code == 201
    assert refused(book(cast.ada, cast.room, "2026-12-01", "11:30", "12:30")) == [("too-close", None)]
    assert book(cast.carla, cast.room, "2026-12-01", "11:00", "12:00").status_code == 201
    assert book(cast.ada, cast.room, "2026-12-01", "12:00", "13:00").status_code == 201


def test_a_limit_that_only_some_weeks_of_a_series_know_counts_in_those(cast):
    for first, limits in ((2, [{"span": "day", "bookings": 1}]), (3, [])):
        Rules.objects.create(resource=cast.room, from_on=date(2027, first, 1), data={"limits": limits})
    for day in ("2027-01-12", "2027-02-09", "2027-03-09"):
        assert book(cast.ada, cast.room, day).status_code == 201
    rule = TUESDAYS | {"first_on": "2027-01-05", "last_on": "2027-03-30", "skip": []}
    dates = plan(client(cast.ada), cast.room, rule)["dates"]
    assert [d["on"] for d in dates if d["verdict"] == "refused"] == ["2027-02-09"]


def test_the_dates_of_one_series_leave_the_gap_between_them_too(cast):
    Rules.objects.create(resource=cast.room, from_on=date(2026, 1, 1), data={"gap": 2 * 24 * 60})
    rule = TUESDAYS | {"weekdays": ["tue", "wed", "fri"], "last_on": "2026-12-04", "skip": []}
    planned = plan(client(cast.ada), cast.room, rule)
    against = {d["on"]: [r["code"] for r in d["reasons"]] for d in planned["dates"]}
    assert against == {"2026-12-01": [], "2026-12-02": ["too-close"], "2026-12-04": []}
    made = post(client(cast.ada), "/series", {"plan_id": planned["id"]})
    assert made.status_code == 201
    assert Booking.objects.filter(state="held").count() == 2


def test_of_a_series_each_date_says_who_may_by_the_rules_of_its_day(cast):
    makers = Group.objects.create(partner=cast.lead, name="Soci")
    only, anybody = {"groups": [str(makers.pk)]}, {"groups": [], "least_people": 5}
    Rules.objects.create(resource=cast.room, from_on=date(2026, 1, 1), data=only)
    Rules.objects.create(resource=cast.room, from_on=date(2026, 12, 22), data=anybody)
    rule = TUESDAYS | {"first_on": "2026-12-15", "last_on": "2026-12-29", "skip": []}

    def against(**more):
        planned = plan(client(cast.bruno), cast.room, rule, **more)
        return [[r["code"] for r in d["reasons"]] for d in planned["dates"]]

    assert against(people=6) == [["not-for-you"], [], []]
    assert against(people=4) == [["not-for-you"], ["too-few-people"], ["too-few-people"]]
