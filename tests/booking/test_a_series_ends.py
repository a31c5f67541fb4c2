"""Who waits when a series ends, and who has come for a date of it already."""

import pytest

from booking.attending import attendance
from booking.models import Booking
from core.ids import decode
from tests.api import client, post
from tests.booking.waiters import joined, places, slot
from tests.races.test_series_edits import hold_elsewhere
from tests.stories.test_a_series_is_edited import RULE, changed, confirmed, planned, said

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = str(RULE["first_on"])


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def test_who_waits_elsewhere_hears_that_a_series_with_a_move_there_has_ended(cast):
    series = confirmed(cast, RULE)
    hold_elsewhere(Booking.objects.order_by("period").first(), cast.other_room)
    wanted = slot(cast.other_room, f"{FIRST}T18:00:00", f"{FIRST}T20:00:00")
    assert joined(cast.bruno, wanted)["state"] == "waiting"
    ended = post(client(cast.ada), f"/series/{series['id']}/end", {"on": FIRST}, "end")
    assert ended.status_code == 200, ended.content
    assert places(cast.bruno)[0]["state"] == "offered"


def test_whoever_has_left_again_before_the_start_keeps_the_date_when_the_series_ends(cast, at):
    series = confirmed(cast, RULE)
    at(f"{FIRST} 17:40")
    here = decode("bkg", series["bookings"][0]["id"])
    attendance.check_in(cast.gina, here)
    attendance.check_out(cast.gina, here)
    api = client(cast.ada)
    edit = planned(api, series, "all", rule=RULE | {"hours": {"start": "19:00", "end": "21:00"}})
    assert FIRST not in said(edit)
    ended = post(api, f"/series/{series['id']}/end", {"on": FIRST}, "end").json()
    assert [b["state"] for b in ended["bookings"]] == ["confirmed", *["cancelled"] * 3]


def test_who_had_come_already_is_expected_again_when_the_date_moves_to_another_day(cast, at):
    series = confirmed(cast, RULE)
    at(f"{FIRST} 17:40")
    here = decode("bkg", series["bookings"][0]["id"])
    attendance.check_in(cast.gina, here)
    api, there = client(cast.ada), {"repeat": "dates", "dates": ["2027-01-14"]}
    assert changed(api, series, planned(api, series, "this", on=FIRST, rule=RULE | there)).status_code == 200
    moved = Booking.objects.get(pk=here)
    assert (moved.attendance, moved.arrived_at) == ("expected", None)
    at("2027-01-14 17:40")
    attendance.check_in(cast.gina, here)
    longer = {"repeat": "dates", "dates": ["2027-01-14"], "hours": {"start": "18:00", "end": "19:00"}}
    api = client(cast.ada)
    edit = planned(api, series, "this", on=FIRST, rule=RULE | longer)
    assert changed(api, series, edit, "c2").status_code == 200
    assert Booking.objects.get(pk=here).attendance == "present"


def test_a_date_that_was_left_while_its_change_was_looked_at_is_not_made_a_second_time(cast, at):
    series = confirmed(cast, RULE)
    at(f"{FIRST} 17:40")
    here = decode("bkg", series["bookings"][0]["id"])
    attendance.check_in(cast.gina, here)
    api = client(cast.ada)
    alone = {"repeat": "dates", "dates": [FIRST], "hours": {"start": "19:00", "end": "21:00"}}
    edit = planned(api, series, "this", on=FIRST, rule=RULE | alone)
    assert [date["change"] for date in edit["dates"]] == ["moves"]
    attendance.check_out(cast.gina, here)
    assert changed(api, series, edit).json()["code"] == "plan-stale"
    again = api.patch(f"/api/v1/series/plans/{edit['id']}", {"choices": {}}).json()
    assert again["dates"] == []
    assert changed(api, series, again, "c2").json()["reasons"][0]["code"] == "nothing-chosen"
    assert Booking.objects.filter(series_date=FIRST).count() == 1


def test_a_date_that_was_left_before_its_hour_is_no_date_to_come(cast, at):
    series = confirmed(cast, RULE)
    at(f"{FIRST} 17:40")
    here = decode("bkg", series["bookings"][0]["id"])
    attendance.check_in(cast.gina, here)
    attendance.check_out(cast.gina, here)
    api = client(cast.ada)
    seen = api.get(f"/api/v1/series/{series['id']}").json()
    assert [date["begun"] for date in seen["dates"]] == [True, False, False, False]
    asked = {"series_id": series["id"], "scope": "this", "on": FIRST}
    asked["rule"] = RULE | {"repeat": "dates", "dates": [FIRST]}
    [refused] = api.post("/api/v1/series/plans", asked).json()["reasons"]
    assert refused["code"] == "wrong-state"
    Booking.objects.exclude(pk=here).update(state="cancelled")
    alone = api.get(f"/api/v1/series/{series['id']}").json()
    assert alone["actions"]["change"]["reasons"][0]["code"] == "wrong-state"
