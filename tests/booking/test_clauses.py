"""Every clause of a policy: what it refuses, with its reason, and that no list offers what it refuses."""

from datetime import date

import pytest

from booking.finding.availability import look, starts
from booking.judging.clauses import Given
from booking.models import Booking
from core.errors import Unsatisfiable
from core.ids import encode
from core.words import so_long
from equipment.models import Certification
from people.models import Group, GroupMember
from spaces.models import Rules
from spaces.possible import checked
from tests.api import client, codes, post, wish
from tests.cast import period

pytestmark = pytest.mark.django_db
MORNING, EVENING = (
    ("2026-12-01T09:00:00", "2026-12-01T11:00:00"),
    ("2026-12-01T20:00:00", "2026-12-01T22:00:00"),
)


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


@pytest.fixture
def members(cast):
    return Group.objects.create(name="Soci", partner=cast.lead)


def ruled(resource, **data):
    Rules.objects.create(resource=resource, from_on=date(2026, 1, 1), data=data)
    return resource


def asked(person, resource, when=MORNING, key="k1", **more):
    return post(client(person), "/bookings", wish(resource, *when, **more), key)


def listed(person, resource, when, people=None):
    """Whether the list of slots shows this one to this person."""
    start, end = (at.replace("T", " ")[:16] for at in when)
    wanted = period(start, 60)
    minutes = int((period(end, 60).start - wanted.start).total_seconds() // 60)
    seen = look([resource], period("2026-12-01 00:00", 24 * 60), person)
    seen.given = Given(people)
    return wanted.start in list(starts(seen, resource, minutes))


CLAUSES = [
    ({"presets": [{"start": "09:00", "end": "13:00", "it": "Mattina", "en": "Morning"}]}, "not-a-preset"),
    ({"bookable_from": "2026-12-02"}, "not-bookable-before"),
    ({"bookable_until": "2026-12-01"}, "not-bookable-after"),
    ({"bookable_from": "2026-12-01T09:01"}, "not-bookable-before"),
    ({"bookable_until": "2026-12-01T10:59"}, "not-bookable-after"),
    ({"horizon_working_days": 0}, "too-far"),
    ({"horizon_minutes": 24 * 60 - 1}, "too-far"),
    ({"limits": [{"span": "year", "minutes": 60}]}, "yearly-limit"),
    ({"limits": [{"span": "day", "minutes": 60, "of": "anyone"}]}, "daily-limit"),
    (
        {"limits": [{"span": "day", "minutes": 60, "hours": {"start": "08:00", "end": "10:30"}}]},
        "daily-limit",
    ),
    ({"notice_days": 2}, "too-soon-days"),
    ({"supervision": {"hours": [{"start": "14:00", "end": "18:00"}]}}, "not-staffed"),
    ({"supervision": {"hours": [{"start": "14:00", "end": "18:00"}], "buddy": True}}, "buddy-needed"),
    ({"limits": [{"span": "day", "minutes": 60}]}, "daily-limit"),
    ({"limits": [{"span": "month", "minutes": 90, "on": "venue"}]}, "monthly-limit"),
    ({"limits": [{"span": "future", "minutes": 90}]}, "future-limit"),
    ({"least_age": 16}, "birth-date-needed"),
]


@pytest.mark.parametrize(("data", "code"), CLAUSES, ids=[f"{code} {data}" for data, code in CLAUSES])
def test_a_clause_refuses_with_its_reason_and_the_list_agrees(cast, data, code):
    room = ruled(cast.room, **data)
    answer = asked(cast.ada, room)
    assert (answer.status_code, codes(answer)) == (403, [code])
    assert not listed(cast.ada, room, MORNING)
    assert not Booking.objects.exists()


def test_a_preset_can_be_booked_whatever_the_step(cast):
    room = ruled(cast.room, step=60, presets=[{"start": "08:30", "end": "12:15"}], least=225)
    when = ("2026-12-01T08:30:00", "2026-12-01T12:15:00")
    assert listed(cast.ada, room, when)
    assert asked(cast.ada, room, when).status_code == 201


def test_reserved_hours_are_for_their_groups(cast, members):
    only = {"hours": {"start": "19:00", "end": "24:00"}, "groups": [str(members.pk)]}
    room = ruled(cast.room, reserved=[only])
    assert codes(asked(cast.ada, room, EVENING)) == ["reserved-hours"]
    assert not listed(cast.ada, room, EVENING)
    assert asked(cast.ada, room, MORNING, key="k2").status_code == 201
    GroupMember.objects.create(group=members, person=cast.carla, from_on=date(2026, 1, 1))
    assert listed(cast.carla, room, EVENING)
    assert asked(cast.carla, room, EVENING).status_code == 201


def test_members_may_book_first_and_the_others_are_told_from_when(cast, members):
    room = ruled(cast.room, first_groups=[str(members.pk)], others_horizon_days=7)
    later = ("2026-12-10T09:00:00", "2026-12-10T11:00:00")
    refused = asked(cast.ada, room, later)
    assert codes(refused) == ["members-first"]
    assert refused.json()["data"]["bookable_from"] == "2026-12-02T23:00:00Z"
    GroupMember.objects.create(group=members, person=cast.carla, from_on=date(2026, 1, 1))
    assert asked(cast.carla, room, later).status_code == 201


def test_with_a_buddy_one_works_without_staff(cast):
    room = ruled(cast.room, supervision={"hours": [{"start": "14:00", "end": "18:00"}], "buddy": True})
    assert listed(cast.ada, room, MORNING, people=2)
    assert asked(cast.ada, room, people=2).status_code == 201


def test_the_young_are_told_when_they_will_be_of_age(cast):
    room = ruled(cast.room, least_age=16)
    cast.ada.born_on = date(2011, 3, 5)
    cast.ada.save()
    refused = asked(cast.ada, room)
    assert codes(refused) == ["too-young"]
    assert refused.json()["reasons"][0]["holds_from"] == "2027-03-04T23:00:00Z"
    assert refused.json()["data"]["bookable_from"] is None  # by then that day is past
    cast.ada.born_on = date(2010, 12, 1)
    cast.ada.save()
    assert asked(cast.ada, room, key="k2").status_code == 201


def test_what_must_be_said_is_asked_all_at_once(cast):
    room = ruled(
        cast.room,
        people_needed=True,
        terms="regolamento-2026",
        questions=[{"code": "use", "it": "A che scopo?", "en": "What for?", "required": True}],
    )
    assert codes(asked(cast.ada, room)) == ["people-needed", "terms-to-accept", "question-unanswered"]
    said = {"people": 4, "accepted_terms": ["regolamento-2026"], "answers": {"use": "Prove"}}
    assert asked(cast.ada, room, key="k2", **said).status_code == 201
    made = Booking.objects.get()
    assert (made.accepted_terms, made.answers) == (["regolamento-2026"], {"use": "Prove"})


def test_an_answer_that_is_no_choice_is_no_answer(cast):
    choices = {"code": "use", "it": "Uso", "en": "Use", "choices": ["corso", "riunione"]}
    room = ruled(cast.room, questions=[choices])
    assert codes(asked(cast.ada, room, answers={"use": "festa"})) == ["question-unanswered"]
    assert asked(cast.ada, room, key="k2", answers={"use": "corso"}).status_code == 201


@pytest.mark.parametrize(
    ("when", "asked_for", "needs"),
    [
        ({"notice_under": 48 * 60}, MORNING, True),
        ({"notice_under": 60}, MORNING, False),
        ({"longer_than": 60}, MORNING, True),
        ({"longer_than": 120}, MORNING, False),
        ({"hours": [{"start": "21:00", "end": "06:00"}]}, EVENING, True),
        ({"hours": [{"start": "21:00", "end": "06:00"}]}, MORNING, False),
        ({"first_time": True}, MORNING, True),
    ],
)
def test_staff_decide_only_when_the_policy_says(cast, when, asked_for, needs):
    room = ruled(cast.room, approval_when=when)
    assert asked(cast.ada, room, asked_for).json()["needs_approval"] is needs


def test_who_has_come_before_needs_no_approval(cast, at):
    at("2026-11-20 09:00")
    before = asked(cast.ada, cast.other_room, ("2026-11-21T09:00:00", "2026-11-21T10:00:00")).json()
    Booking.objects.filter(code=before["code"]).update(state="confirmed")
    at("2026-11-30 09:00")
    room = ruled(cast.room, approval_when={"first_time": True})
    assert asked(cast.ada, room, key="k2").json()["needs_approval"] is False


def test_rules_counted_by_the_day_of_booking_hold_for_what_is_booked_from_then_on(cast, at):
    Rules.objects.create(resource=cast.room, from_on=date(2026, 12, 5), basis="booking", data={"least": 180})
    later = ("2027-01-10T09:00:00", "2027-01-10T10:00:00")
    assert asked(cast.ada, cast.room, later).status_code == 201
    at("2026-12-05 09:00")
    next_day = ("2027-01-11T09:00:00", "2027-01-11T10:00:00")
    assert codes(asked(cast.ada, cast.room, next_day, key="k2")) == ["too-short"]


def test_rules_counted_by_the_day_of_use_hold_for_what_happens_from_then_on(cast):
    Rules.objects.create(resource=cast.room, from_on=date(2026, 12, 5), data={"least": 180})
    assert asked(cast.ada, cast.room).status_code == 201
    later = ("2027-01-10T09:00:00", "2027-01-10T10:00:00")
    assert codes(asked(cast.ada, cast.room, later, key="k2")) == ["too-short"]


@pytest.mark.parametrize(
    "data",
    [
        {"least": 90, "most": 100, "step": 60},
        {"limits": [{"span": "day", "minutes": 10}]},
        {"limits": [{"span": "fortnight", "minutes": 100}]},
        {"limits": [{"span": "day"}]},
        {"presets": [{"start": "09:00", "end": "09:10"}]},
        {"supervision": {}},
        {"reserved": [{"hours": {"start": "19:00", "end": "22:00"}, "groups": []}]},
        {"bookable_from": "2026-05-01", "bookable_until": "2026-04-01"},
        {"notice_days": 200},
        {"others_horizon_days": 7},
        {"horizon_minutes": 60, "notice": 60},
        {"limits": [{"span": "day", "minutes": 60, "of": "group"}]},
        {"limits": [{"span": "day", "minutes": 60, "of": "anyone", "on": "venue"}]},
        {"gap": -1},
        {"lesst": 3},
        {"presets": [{"start": "9", "end": "nine"}]},
    ],
)
def test_settings_that_nobody_could_meet_are_refused(data):
    with pytest.raises(Unsatisfiable):
        checked(data)


def test_impossible_settings_are_told_with_their_arithmetic():
    with pytest.raises(Unsatisfiable) as caught:
        checked({"least": 90, "most": 100, "step": 60})
    assert "60, 120" in caught.value.detail
    assert "90" in caught.value.detail


def test_a_horizon_of_working_days_leaves_weekends_and_holidays_uncounted(cast, at):
    at("2026-12-04 09:00")  # a Friday; Tuesday is a holiday, so two working days end on Wednesday
    room = ruled(cast.room, horizon_working_days=2)
    answer = asked(cast.ada, room, ("2026-12-10T09:00:00", "2026-12-10T11:00:00"))
    assert codes(answer) == ["too-far"]
    assert answer.json()["data"]["bookable_from"] == "2026-12-06T23:00:00Z"
    assert asked(cast.ada, room, ("2026-12-09T09:00:00", "2026-12-09T11:00:00"), key="k2").status_code == 201


def test_a_resource_is_offered_between_two_instants(cast):
    room = cast.room
    room.published_until = period("2026-12-01 10:00").start
    room.save()
    assert codes(asked(cast.ada, room)) == ["not-offered"]
    assert not listed(cast.ada, room, MORNING)
    room.published_from, room.published_until = period("2026-11-30 09:01").start, None
    room.save()
    assert codes(asked(cast.ada, room, key="k2")) == ["not-offered"]
    assert client().get(f"/api/v1/resources/{encode('res', room.pk)}").status_code == 404


def been(cast, attendance):
    """Ada's booking of November, over, as it was attended."""
    old = asked(cast.ada, cast.other_room, ("2026-11-30T10:00:00", "2026-11-30T11:00:00"), "old")
    Booking.objects.filter(code=old.json()["code"]).update(
        state="confirmed", held_until=None, period=period("2026-11-20 10:00"), attendance=attendance
    )


def offered(person, resource, **days):
    query = {"resource_id": encode("res", resource.pk), "minutes": 60, "per_resource": 200} | days
    (card,) = client(person).get("/api/v1/offers", query).json()["data"]
    return {offer["period"]["start"][:10]: offer["outcome"] for offer in card["offers"]}


def test_who_did_not_come_has_not_been_here(cast):
    ruled(cast.room, approval_when={"first_time": True})
    been(cast, "no_show")
    assert asked(cast.ada, cast.room).json()["needs_approval"]
    assert set(offered(cast.ada, cast.room).values()) == {"request"}


def test_a_first_time_that_is_asked_from_a_day_on_is_none_for_who_has_been_here(cast):
    Rules.objects.create(
        resource=cast.room, from_on=date(2026, 12, 2), data={"approval_when": {"first_time": True}}
    )
    been(cast, "left")
    days = {"on_from": "2026-12-01", "on_to": "2026-12-03"}
    assert offered(cast.ada, cast.room, **days) == {"2026-12-01": "pay", "2026-12-02": "pay"}
    assert offered(cast.bruno, cast.room, **days) == {"2026-12-01": "pay", "2026-12-02": "request"}
    later = ("2026-12-02T09:00:00", "2026-12-02T11:00:00")
    assert not asked(cast.ada, cast.room, later).json()["needs_approval"]


def test_a_group_begins_and_ends_with_the_venue_s_day(cast, at, members):
    ruled(cast.room, groups=[str(members.pk)])
    GroupMember.objects.create(group=members, person=cast.ada, from_on=date(2026, 12, 1))
    GroupMember.objects.create(
        group=members, person=cast.bruno, from_on=date(2026, 1, 1), until_on=date(2026, 12, 1)
    )
    at("2026-12-01 00:30")  # in UTC still November
    assert asked(cast.ada, cast.room).status_code == 201
    assert codes(asked(cast.bruno, cast.room, EVENING, "k2")) == ["not-for-you"]


# -- certifications that end -----------------------------------------------------------------------------


def certified(person, skill, since, until):
    return Certification.objects.create(person=person, skill=skill, from_on=since, until_on=until)


def test_a_certification_has_to_last_until_the_day_of_use(cast):
    laser = cast.laser
    certified(cast.bruno, cast.laser_skill, date(2026, 1, 1), date(2026, 12, 5))
    last = ("2026-12-04T10:00:00", "2026-12-04T11:00:00")
    after = ("2026-12-05T10:00:00", "2026-12-05T11:00:00")
    assert asked(cast.bruno, laser, last).status_code == 201
    refused = asked(cast.bruno, laser, after, "k2")
    assert codes(refused) == ["certification-ends"]
    (said,) = refused.json()["reasons"]
    assert "04/12/2026" in said["detail"]
    assert said["way_out"]["act"] == "certify"
    assert max(offered(cast.bruno, laser)) == "2026-12-04"


def test_a_renewal_that_is_written_already_counts(cast):
    laser = cast.laser
    certified(cast.bruno, cast.laser_skill, date(2026, 12, 5), date(2027, 12, 5))
    after = ("2026-12-05T10:00:00", "2026-12-05T11:00:00")
    assert codes(asked(cast.bruno, laser, after)) == ["not-certified"]  # not yet
    certified(cast.bruno, cast.laser_skill, date(2026, 1, 1), date(2026, 12, 5))
    assert asked(cast.bruno, laser, after, "k2").status_code == 201


def test_a_certification_begins_with_the_venue_s_day(cast, at):
    laser = cast.laser
    certified(cast.bruno, cast.laser_skill, date(2026, 12, 1), None)
    at("2026-12-01 00:30")
    assert asked(cast.bruno, laser).status_code == 201


@pytest.mark.parametrize(
    ("words", "it", "en"),
    [
        ({"notice": 2880}, "48 ore", "48 hours"),
        ({"notice": 24 * 60 + 90}, "26 ore", "26 hours"),
        ({"notice_days": 2}, "2 giorni", "2 days"),
        ({"horizon_days": 1, "series_horizon_days": 1}, "1 giorno", "1 day "),
    ],
)
def test_a_notice_is_said_as_people_say_it(cast, words, it, en):
    ruled(cast.room, **words)
    later = ("2026-12-03T10:00:00", "2026-12-03T11:00:00") if "horizon_days" in words else MORNING
    for language, said in (("it", it), ("en", en)):
        body = wish(cast.room, *later)
        headers = {"Idempotency-Key": language, "Accept-Language": language}
        (refused,) = client(cast.ada).post("/api/v1/bookings", body, headers=headers).json()["reasons"]
        assert said in refused["detail"]


@pytest.mark.parametrize(
    ("minutes", "it", "en"),
    [
        (1, "1 minuto", "1 minute"),
        (30, "30 minuti", "30 minutes"),
        (90, "90 minuti", "90 minutes"),
        (120, "2 ore", "2 hours"),
        (150, "3 ore", "3 hours"),
    ],
)
def test_a_length_under_two_hours_is_said_in_minutes(minutes, it, en):
    assert (so_long(minutes).it, so_long(minutes).en) == (it, en)
