"""What calendars draw: stretches by right, marks to snap to, and whole days as two numbers."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.finding.days import _blocked, _joined, _without
from booking.holding import blocks
from booking.models import Claim, Outage
from core.ids import encode
from spaces import opening
from spaces.layout import Take
from spaces.models import Rules
from tests.api import client, post
from tests.booking.confirmed import book
from tests.cast import LONG_AGO, period, rome

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(at):
    at("2026-11-30 09:00")


def shown(person, *resources, first="2026-12-03", last="2026-12-04", **more):
    wanted = "&".join(f"resource_id={encode('res', r.pk)}" for r in resources)
    extra = "".join(f"&{name}={value}" for name, value in more.items())
    return client(person).get(f"/api/v1/availability?{wanted}&on_from={first}&on_to={last}{extra}")


def spans(person, resource, *kinds, **more):
    answer = shown(person, resource, **more)
    assert answer.status_code == 200, answer.content
    found = answer.json()["resources"][0]["spans"]
    return [span for span in found if not kinds or span["kind"] in kinds]


def test_one_s_own_booking_can_be_opened_and_a_stranger_sees_only_that_it_is_taken(cast):
    made = book(cast.bruno, cast.room, title="Prove")
    (own,) = spans(cast.bruno, cast.room, "mine")
    assert own["booking_id"] == encode("bkg", made.pk)
    assert own["item_id"] == encode("itm", made.items.get().pk)
    assert (own["state"], own["code"], own["title"]) == ("confirmed", made.code, "Prove")
    (taken,) = spans(cast.carla, cast.room, "taken")
    assert {taken[name] for name in ("booking_id", "item_id", "state", "code", "title", "attendance")} == {
        None
    }


def test_staff_read_whose_it_is_and_open_it(cast):
    made = book(cast.bruno, cast.room, title="Prove")
    (taken,) = spans(cast.gina, cast.room, "taken")
    assert taken["booking_id"] == encode("bkg", made.pk)
    assert (taken["title"], taken["attendance"]) == ("Bruno B. · Prove", "expected")


def test_a_hall_shows_whose_piece_is_booked_and_for_how_long(cast):
    made = book(cast.bruno, cast.half, minutes=120)
    book(cast.ada, cast._half_b, "2026-12-03 09:30", minutes=60)
    pieces = [s for s in spans(cast.gina, cast.hall, "taken") if s["booking_id"] == encode("bkg", made.pk)]
    assert pieces[0]["period"]["start"] == "2026-12-03T09:30:00Z"
    assert pieces[0]["booked"]["start"] == "2026-12-03T09:00:00Z"
    assert pieces[0]["resource_id"] == encode("res", cast.half.pk)


def test_what_is_mine_says_whether_it_may_move_and_a_stranger_s_says_nothing(cast, at):
    book(cast.bruno, cast.room)
    (own,) = spans(cast.bruno, cast.room, "mine")
    assert own["actions"]["move"]["allowed"]
    assert spans(cast.gina, cast.room, "taken")[0]["actions"]["move"]["allowed"]
    assert spans(cast.carla, cast.room, "taken")[0]["actions"] is None
    at("2026-12-03 12:00")
    (own,) = spans(cast.bruno, cast.room, "mine")
    assert own["actions"]["move"]["reasons"][0]["code"] in ("over", "already-started")


def test_a_delegate_s_body_s_booking_is_theirs(cast):
    book(cast.bruno, cast.room, organisation=cast.association)
    assert spans(cast.bruno, cast.room, "mine")


def test_a_desk_of_a_pool_that_is_mine_can_be_opened_and_takes_nothing_from_the_others(cast):
    desks = cast.pool(3)
    first, second = book(cast.bruno, desks), book(cast.bruno, desks, minutes=120)
    own = spans(cast.bruno, desks, "mine")
    assert {span["booking_id"] for span in own} == {encode("bkg", b.pk) for b in (first, second)}
    assert [span["taken"] for span in spans(cast.bruno, desks, "free") if span["taken"]] == [2, 1]


def test_set_up_and_clean_up_are_drawn_around_what_they_belong_to(cast):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"set_up": 15, "clean_up": 30})
    book(cast.bruno, cast.room)
    drawn = [s["kind"] for s in spans(cast.carla, cast.room)]
    assert drawn == ["closed", "free", "setup", "taken", "cleanup", "free", "closed"]


@pytest.mark.parametrize("reason", ["change", "rescue"])
@pytest.mark.parametrize("wall", ["2026-12-03 09:00", "2026-12-03 11:00", "2026-12-03 15:00"])
def test_what_is_held_besides_is_drawn_where_it_is_and_the_booking_where_it_is(cast, wall, reason):
    made = book(cast.bruno, cast.room)
    (unit,) = cast.room.parts.get().units.all()
    Claim.objects.create(
        unit=unit,
        during=period(wall),
        kind="held",
        reason=reason,
        until=rome("2026-11-30 10:00"),
        item=made.items.get(),
    )
    for person, own in ((cast.carla, "taken"), (cast.bruno, "mine"), (cast.gina, "taken")):
        drawn = [s for s in spans(person, cast.room) if s["kind"] not in ("free", "closed")]
        found = {s["kind"]: datetime.fromisoformat(s["period"]["start"]) for s in drawn}
        assert found == {"held": rome(wall), own: made.period.start}
        assert len(drawn) == 2


def test_a_block_says_its_kind_to_all_and_its_reason_to_staff_who_can_lift_it(cast):
    made = blocks.block(cast.gina, cast.room, period("2026-12-03 10:00"), "maintenance", "Tubi")
    (seen,) = spans(cast.carla, cast.room, "blocked")
    assert (seen["cause"], seen["reason"], seen["block_id"]) == ("maintenance", None, None)
    (seen,) = spans(cast.gina, cast.room, "blocked")
    assert (seen["cause"], seen["reason"], seen["block_id"]) == (
        "maintenance",
        "Tubi",
        encode("blk", made.pk),
    )


def test_a_broken_machine_is_said_to_be(cast):
    (unit,) = cast.room.parts.get().units.all()
    outage = Outage.objects.create(resource=cast.room, from_at=rome("2026-12-03 09:00"), reason="Cinghia")
    Claim.objects.create(unit=unit, during=period("2026-12-03 09:00", 600), kind="outage", outage=outage)
    (seen,) = spans(None, cast.room, "blocked")
    assert (seen["cause"], seen["reason"]) == ("outage", None)
    assert spans(cast.gina, cast.room, "blocked")[0]["reason"] == "Cinghia"


# -- marks -----------------------------------------------------------------------------------------------


def test_the_marks_are_the_judge_s_own_steps_and_the_usual_length(cast):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"step": 45, "least": 90})
    (marks,) = shown(None, cast.room).json()["resources"][0]["grid"]
    assert (marks["step"], marks["usual"], marks["presets"]) == (45, 90, [])
    assert marks["anchor"] == marks["period"]["start"] == "2026-12-03T07:00:00Z"


def test_presets_are_named_in_the_reader_s_language(cast):
    words = {"it": "Mattina", "en": "Morning", "start": "09:00", "end": "13:00"}
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"presets": [words]})
    (marks,) = shown(None, cast.room).json()["resources"][0]["grid"]
    morning = {"start": "2026-12-03T08:00:00Z", "end": "2026-12-03T12:00:00Z"}
    assert marks["presets"] == [{"name": "Mattina", "period": morning}]
    assert marks["usual"] == 240


def test_every_mark_that_is_free_can_be_booked(cast):
    """What a calendar snaps to is what the judge grants."""
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"step": 20, "least": 40})
    (marks,) = shown(None, cast.room).json()["resources"][0]["grid"]
    start = datetime.fromisoformat(marks["anchor"]) + 7 * timedelta(minutes=marks["step"])
    wanted = {
        "items": [{"resource_id": encode("res", cast.room.pk)}],
        "period": {
            "start": start.isoformat(),
            "end": (start + timedelta(minutes=marks["usual"])).isoformat(),
        },
    }
    assert post(client(cast.ada), "/verdicts", wanted).json()["allowed"]


def test_the_days_are_the_venue_s_over_a_clock_change(cast):
    opening.plan(cast.room)
    answer = shown(None, cast.room, first="2027-03-27", last="2027-03-30").json()
    assert [day["period"]["start"] for day in answer["days"]] == [
        "2027-03-26T23:00:00Z",
        "2027-03-27T23:00:00Z",
        "2027-03-28T22:00:00Z",
    ]


# -- days ------------------------------------------------------------------------------------------------


def days(person, *resources, **more):
    answer = shown(person, *resources, detail="days", **more)
    assert answer.status_code == 200, answer.content
    return [row["days"] for row in answer.json()["resources"]]


def test_a_day_says_how_much_of_it_can_still_be_had(cast):
    book(cast.bruno, cast.room, minutes=90)
    (one,) = days(cast.carla, cast.room)
    assert one == [{"on": "2026-12-03", "open_minutes": 840, "free_minutes": 750, "mine": False}]
    (one,) = days(cast.bruno, cast.room)
    assert one[0]["mine"]


def test_what_is_over_is_not_free_and_what_is_closed_is_not_open(cast, at):
    at("2026-12-03 20:00")
    (one,) = days(None, cast.room)
    assert (one[0]["open_minutes"], one[0]["free_minutes"]) == (840, 120)


def test_a_gap_too_short_for_its_padding_is_not_free(cast):
    Rules.objects.create(
        resource=cast.room, from_on=LONG_AGO, data={"least": 60, "set_up": 30, "clean_up": 30}
    )
    book(cast.bruno, cast.room, "2026-12-03 10:00")
    book(cast.bruno, cast.room, "2026-12-03 13:00")
    # 9:30–11:30 and 12:30–14:30 are claimed; a third booking would need 12:00–12:00 between them.
    (one,) = days(None, cast.room)
    assert one[0]["free_minutes"] == (9 - 8) * 60 + (22 - 15) * 60


def test_a_pool_is_free_while_one_of_it_is(cast):
    desks = cast.pool(2)
    book(cast.bruno, desks, minutes=120)
    assert days(None, desks)[0][0]["free_minutes"] == 840
    book(cast.ada, desks, minutes=60)
    assert days(None, desks)[0][0]["free_minutes"] == 780


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 60)), max_size=12))
def test_what_is_left_and_what_is_taken_make_the_whole(pieces):
    taken = _joined((start, start + length) for start, length in pieces)
    left = _without([(0, 300)], taken)
    assert sum(e - s for s, e in [*taken, *left]) == 300
    assert _joined([*taken, *left]) == [(0, 300)]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 20)), max_size=20, unique=True))
def test_a_pool_is_blocked_exactly_when_too_few_are_left(claims):
    units = tuple(UUID(int=n) for n in range(3))
    claimed = {u: [(at, at + 1, False) for of, at in claims if of == u.int] for u in units}
    blocked = _blocked(Take(units, 2), claimed)
    for at in range(22):
        busy = sum((u.int, at) in claims for u in units)
        assert any(s <= at < e for s, e in blocked) == (3 - busy < 2)


# -- how much may be asked, and what it costs ------------------------------------------------------------


def test_more_than_can_be_drawn_is_refused_with_how_much_can(cast):
    answer = shown(None, cast.room, first="2026-12-01", last="2027-03-01")
    assert (answer.status_code, answer.json()["code"]) == (422, "window-too-wide")
    assert "62" in answer.json()["detail"]
    assert shown(cast.gina, cast.room, first="2026-12-01", last="2027-03-01").status_code == 200


def test_a_calendar_asked_again_unchanged_is_not_sent_again(cast):
    api = client(cast.carla)
    path = (
        f"/api/v1/availability?resource_id={encode('res', cast.room.pk)}&on_from=2026-12-03&on_to=2026-12-04"
    )
    tag = api.get(path)["ETag"]
    assert api.get(path, headers={"If-None-Match": tag}).status_code == 304
    book(cast.bruno, cast.room)
    assert api.get(path, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("detail", ["spans", "days"])
def test_a_calendar_costs_the_same_for_many_rooms(cast, queries, detail):
    rooms = [cast.room, cast.other_room, cast.asked_room, cast.laser]
    for room in rooms[:3]:
        book(cast.bruno, room)
    api = client(cast.bruno)
    wanted = "&".join(f"resource_id={encode('res', room.pk)}" for room in rooms)
    with queries(11):
        answer = api.get(f"/api/v1/availability?{wanted}&on_from=2026-12-01&on_to=2026-12-08&detail={detail}")
    assert len(answer.json()["resources"]) == 4
