"""Nobody waits for hours in which nothing can ever be booked by them: they are told why when they would join."""

from datetime import time

import pytest

from core.ids import encode
from people.models import Group, GroupMember
from spaces import opening
from spaces.models import Rules
from tests.api import client, codes, post
from tests.booking.waiters import held, joined, slot
from tests.cast import LONG_AGO

pytestmark = pytest.mark.django_db
EVENING = {"start": "18:00", "end": "22:00"}
EIGHT, NOON = time(8), time(12)
AFTERNOON = {"start": "14:00", "end": "18:00"}


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def wish(resource, minutes=60, first="2026-12-01", after="2026-12-06", **more):
    days = {"start": first, "end": after}
    return {"resource_id": encode("res", resource.pk), "days": days, "minutes": minutes, **more}


def asked(person, body):
    return post(client(person), "/waiting-list", body)


def refused(person, body):
    answer = asked(person, body)
    assert answer.status_code == 403, answer.content
    return codes(answer)


def choir(cast, *people):
    group = Group.objects.create(name="Coro", partner=cast.lead)
    for person in people:
        GroupMember.objects.create(group=group, person=person, from_on=LONG_AGO)
    return [str(group.pk)]


@pytest.mark.parametrize(
    ("rules", "wanted", "why"),
    [
        ({}, {"hours": {"start": "22:00", "end": "24:00"}}, "closed"),
        ({}, {"hours": {"start": "20:00", "end": "24:00"}, "minutes": 180}, "closed"),
        ({"least": 180}, {"hours": {"start": "18:00", "end": "20:00"}}, "too-short"),
        ({"most": 60}, {"minutes": 120}, "too-long"),
        ({"presets": [{"start": "09:00", "end": "13:00"}]}, {"hours": AFTERNOON}, "not-a-preset"),
        (
            {"supervision": {"hours": [{"start": "09:00", "end": "12:00"}]}},
            {"hours": AFTERNOON},
            "not-staffed",
        ),
        (
            {"supervision": {"hours": [{"start": "09:00", "end": "12:00"}], "buddy": True}},
            {"hours": AFTERNOON},
            "buddy-needed",
        ),
        ({"least_age": 18}, {}, "birth-date-needed"),
        ({"bookable_until": "2026-12-01"}, {}, "not-bookable-after"),
        ({"bookable_from": "2027-01-01"}, {}, "not-bookable-before"),
        ({"daily_limit": 60}, {"minutes": 120}, "daily-limit"),
        (
            {"notice": 10 * 24 * 60, "horizon_days": 5},
            {"first": "2026-12-20", "after": "2027-01-10"},
            "too-far",
        ),
        ({"notice_days": 20}, {}, "too-soon-days"),
        ({"notice": 20 * 24 * 60}, {}, "too-soon"),
    ],
)
def test_a_wish_that_no_rule_will_ever_let_be_met_is_refused_with_the_reason(cast, rules, wanted, why):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=rules)
    assert refused(cast.bruno, wish(cast.room, **wanted)) == [why]


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        ({}, {"hours": {"start": "21:00", "end": "24:00"}}),
        ({"least": 120}, {"hours": {"start": "18:00", "end": "20:00"}}),
        ({"presets": [{"start": "09:00", "end": "13:00"}, EVENING]}, {"hours": EVENING}),
        ({"presets": [{"start": "18:00", "end": "19:00"}, EVENING]}, {"minutes": 120, "hours": EVENING}),
        ({"supervision": {"hours": [{"start": "09:00", "end": "12:00"}], "buddy": True}}, {"people": 2}),
        ({"bookable_until": "2026-12-03"}, {}),
        ({"daily_limit": 60}, {}),
        ({"notice": 3 * 24 * 60}, {}),
        ({"horizon_days": 2}, {"first": "2026-12-20", "after": "2027-01-10"}),
    ],
)
def test_a_wish_that_may_be_met_some_day_is_not(cast, rules, wanted):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=rules)
    answer = asked(cast.bruno, wish(cast.room, **wanted))
    assert answer.status_code == 201 or answer.json()["code"] == "free-now", answer.content


def test_on_a_weekday_that_is_always_closed_nobody_waits(cast):
    opening.set_hours(cast.room, range(1, 6), EIGHT, NOON, first_on=LONG_AGO)
    opening.plan(cast.room)
    fortnight = {"first": "2026-12-01", "after": "2026-12-15"}
    assert refused(cast.bruno, wish(cast.room, weekdays=[6, 7], **fortnight)) == ["closed"]


def test_hours_of_others_are_waited_for_by_them_alone(cast):
    evenings = {"hours": EVENING, "groups": choir(cast, cast.ada)}
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"reserved": [evenings]})
    wanted = wish(cast.room, hours=EVENING)
    assert refused(cast.bruno, wanted) == ["reserved-hours"]
    assert asked(cast.ada, wanted).json()["code"] == "free-now"
    from_five = wish(cast.room, hours={"start": "17:00", "end": "22:00"})
    assert post(client(cast.bruno), "/waiting-list", from_five, "five").json()["code"] == "free-now"


def test_of_a_slot_in_the_hours_of_others_it_is_said_too(cast):
    evenings = {"hours": EVENING, "groups": choir(cast, cast.ada)}
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"reserved": [evenings]})
    held(cast.ada, cast.room, "2026-12-01T19:00:00", "2026-12-01T20:00:00")
    body = slot(cast.room, "2026-12-01T19:00:00", "2026-12-01T20:00:00")
    assert refused(cast.bruno, body) == ["reserved-hours"]


def test_who_may_book_later_than_members_waits_for_what_is_theirs_by_then(cast):
    words = {"first_groups": choir(cast, cast.ada), "others_horizon_days": 1}
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=words)
    held(cast.ada, cast.room, "2026-12-10T10:00:00", "2026-12-10T11:00:00")
    joined(cast.bruno, slot(cast.room, "2026-12-10T10:00:00", "2026-12-10T11:00:00"))
    joined(cast.bruno, wish(cast.room, first="2026-12-10", after="2026-12-12"), "wish")


def test_who_may_book_only_when_it_is_too_late_waits_in_vain(cast):
    words = {"first_groups": choir(cast, cast.ada), "others_horizon_days": 0, "notice_days": 2}
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=words)
    assert refused(cast.bruno, wish(cast.room, first="2026-12-10", after="2026-12-12")) == ["members-first"]


def test_what_one_has_already_does_not_make_waiting_vain(cast):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"weekly_limit": 60})
    held(cast.bruno, cast.room)
    joined(cast.bruno, wish(cast.room))


def test_of_several_things_each_has_to_be_open_then(cast):
    opening.set_hours(cast.other_room, range(1, 8), EIGHT, NOON, first_on=LONG_AGO)
    opening.plan(cast.other_room)
    items = [{"resource_id": encode("res", r.pk)} for r in (cast.room, cast.other_room)]
    wanted = wish(cast.room, hours=AFTERNOON) | {"items": items}
    del wanted["resource_id"]
    assert refused(cast.bruno, wanted) == ["closed"]


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"weekdays": [7]}, "/weekdays"),
        ({"hours": {"start": "18:00", "end": "19:00"}, "minutes": 90}, "/minutes"),
    ],
)
def test_a_wish_that_no_calendar_could_meet_is_no_wish(cast, wanted, pointer):
    answer = asked(cast.bruno, wish(cast.room, after="2026-12-05", **wanted))
    assert answer.status_code == 422
    assert [found["pointer"] for found in answer.json()["pointers"]] == [pointer]
