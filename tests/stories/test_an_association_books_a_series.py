"""Through the API only: a hall every Tuesday, planned date by date, booked and paid in one go, ended early."""

import pytest

from billing.models import Document, Payment
from billing.paying import payments
from booking.models import Booking, Claim, Series
from core.ids import decode, encode
from spaces.models import Rules, SchoolHoliday
from tests.api import client, post, wish

pytestmark = pytest.mark.django_db(transaction=True)
TUESDAYS = {
    "repeat": "weekly",
    "weekdays": ["tue"],
    "hours": {"start": "18:00", "end": "20:00"},
    "first_on": "2026-12-01",
    "last_on": "2027-01-12",
    "skip": ["public_holidays"],
}


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


def asked(resource, rule=TUESDAYS, **more):
    return {"items": [{"resource_id": encode("res", resource.pk)}], "rule": rule, "title": "Prove", **more}


def plan(api, resource, rule=TUESDAYS, **more):
    answer = api.post("/api/v1/series/plans", asked(resource, rule, **more))
    assert answer.status_code == 201, answer.content
    return answer.json()


def verdicts(planned):
    return {d["on"]: d["verdict"] for d in planned["dates"]}


def booked(api, planned, key="s1"):
    return post(api, "/series", {"plan_id": planned["id"]}, key)


def test_every_date_says_what_can_be_had_and_what_it_costs(cast):
    post(client(cast.bruno), "/bookings", wish(cast.room, "2026-12-15T18:00:00", "2026-12-15T19:00:00"))
    planned = plan(client(cast.ada), cast.room)
    assert verdicts(planned) == {
        "2026-12-01": "free",
        "2026-12-08": "skipped",  # Immacolata
        "2026-12-15": "taken",
        "2026-12-22": "free",
        "2026-12-29": "free",
        "2027-01-05": "free",
        "2027-01-12": "free",
    }
    totals = planned["totals"]
    assert (totals["dates"], totals["chosen"]) == (7, 5)
    assert totals["price"] == totals["to_pay"] == {"cents": 5 * 2 * 1830, "currency": "EUR"}
    taken = planned["dates"][2]
    assert [r["code"] for r in taken["reasons"]] == ["slot-taken"]
    assert len(taken["alternatives"]) == 3


def test_a_date_is_left_out_another_is_moved(cast):
    post(client(cast.bruno), "/bookings", wish(cast.room, "2026-12-15T18:00:00", "2026-12-15T19:00:00"))
    api = client(cast.ada)
    planned = plan(api, cast.room)
    other = planned["dates"][2]["alternatives"][-1]
    choices = {"2026-12-22": False, "2026-12-15": other["id"]}
    path = f"/api/v1/series/plans/{planned['id']}"
    changed = api.patch(path, {"choices": choices}).json()
    moved = changed["dates"][2]
    assert (moved["verdict"], moved["moved"], moved["period"]) == ("free", True, other["period"])
    assert changed["totals"]["chosen"] == 5
    made = booked(api, changed).json()
    assert len(made["bookings"]) == 5
    assert made["left_out"] == [
        {"on": "2026-12-08", "code": "holiday"},
        {"on": "2026-12-22", "code": "left-out"},
    ]
    assert other["period"] in [b["period"] for b in made["bookings"]]


def test_all_dates_are_held_paid_and_on_one_document(cast):
    api = client(cast.ada)
    made = booked(api, plan(api, cast.room))
    assert made.status_code == 201, made.content
    ids = [b["id"] for b in made.json()["bookings"]]
    assert {b["state"] for b in made.json()["bookings"]} == {"held"}
    quote = api.post("/api/v1/quotes", {"booking_ids": ids}).json()
    assert quote["total"]["cents"] == 6 * 2 * 1830
    post(api, "/checkouts", {"quote_id": quote["id"], "booking_ids": ids, "method": "card"})
    payments.settle(Payment.objects.get().pk)
    assert set(Booking.objects.values_list("state", flat=True)) == {"confirmed"}
    assert Document.objects.get().gross.cents == 6 * 2 * 1830


def test_a_plan_that_no_longer_holds_books_nothing_and_shows_itself_anew(cast):
    api = client(cast.ada)
    planned = plan(api, cast.room)
    post(client(cast.bruno), "/bookings", wish(cast.room, "2026-12-22T18:00:00", "2026-12-22T19:00:00"))
    lost = booked(api, planned)
    assert (lost.status_code, lost.json()["code"]) == (409, "plan-stale")
    assert "dates" in lost.json()["data"]["plan"]
    assert not Series.objects.exists()
    assert Booking.objects.count() == 1
    assert booked(api, planned, "s2").status_code == 201  # now that the fresh plan has been shown
    assert Series.objects.get().left_out["2026-12-22"] == "slot-taken"


def test_a_series_ends_early_and_the_past_stays(cast, at):
    api = client(cast.ada)
    made = booked(api, plan(api, cast.room)).json()
    Booking.objects.update(state="confirmed", held_until=None)
    Claim.objects.update(kind="booked", until=None, reason=None)
    at("2026-12-02 09:00")
    ended = post(client(cast.ada), f"/series/{made['id']}/end", {"on": "2026-12-25"}, key="e1")
    assert ended.status_code == 200, ended.content
    states = {b["period"]["start"][:10]: b["state"] for b in ended.json()["bookings"]}
    assert states == {
        "2026-12-01": "confirmed",
        "2026-12-15": "confirmed",
        "2026-12-22": "confirmed",
        "2026-12-29": "cancelled",
        "2027-01-05": "cancelled",
        "2027-01-12": "cancelled",
    }


def test_a_left_out_date_can_be_added_back(cast):
    api = client(cast.ada)
    made = booked(api, plan(api, cast.room)).json()
    again = api.post(f"/api/v1/series/{made['id']}/add-back", {"on": "2026-12-08"})
    assert again.status_code == 201, again.content
    assert verdicts(again.json()) == {"2026-12-08": "closed"}  # it is a holiday, and the house is shut


def test_a_year_may_be_booked_though_single_bookings_may_not(cast):
    Rules.objects.create(resource=cast.room, from_on="2026-01-01", data={"horizon_days": 30})
    year = TUESDAYS | {"last_on": "2027-11-30"}
    planned = plan(client(cast.ada), cast.room, year)
    assert planned["totals"]["chosen"] > 45
    far = wish(cast.room, "2027-06-01T18:00:00", "2027-06-01T20:00:00")
    assert post(client(cast.ada), "/bookings", far).json()["reasons"][0]["code"] == "too-far"


def test_what_is_offered_instead_reaches_as_far_as_the_series(cast):
    Rules.objects.create(resource=cast.room, from_on="2026-01-01", data={"horizon_days": 300})
    far = wish(cast.room, "2027-06-01T18:00:00", "2027-06-01T20:00:00")
    assert post(client(cast.bruno), "/bookings", far).status_code == 201
    Rules.objects.create(resource=cast.room, from_on="2026-01-02", data={"horizon_days": 30})
    planned = plan(client(cast.ada), cast.room, TUESDAYS | {"last_on": "2027-06-08"})
    taken = next(d for d in planned["dates"] if d["on"] == "2027-06-01")
    assert (taken["verdict"], len(taken["alternatives"])) == ("taken", 3)
    choices = {taken["on"]: taken["alternatives"][0]["id"]}
    moved = client(cast.ada).patch(f"/api/v1/series/plans/{planned['id']}", {"choices": choices}).json()
    found = next(d for d in moved["dates"] if d["on"] == taken["on"])
    assert (found["verdict"], found["chosen"], found["moved"]) == ("free", True, True)


def test_other_times_are_offered_for_several_things_at_once(cast):
    with_both = asked(cast.room) | {
        "items": [{"resource_id": encode("res", r.pk)} for r in (cast.room, cast.other_room)]
    }
    post(client(cast.bruno), "/bookings", wish(cast.room, "2026-12-15T17:00:00", "2026-12-15T19:00:00"))
    busy = wish(cast.other_room, "2026-12-15T15:00:00", "2026-12-15T16:00:00")
    post(client(cast.bruno), "/bookings", busy, "b2")
    api = client(cast.ada)
    planned = api.post("/api/v1/series/plans", with_both).json()
    taken = next(d for d in planned["dates"] if d["on"] == "2026-12-15")
    assert taken["verdict"] == "taken"
    assert taken["alternatives"]
    for other in taken["alternatives"]:
        choices = {"choices": {taken["on"]: other["id"]}}
        moved = api.patch(f"/api/v1/series/plans/{planned['id']}", choices).json()
        found = next(d for d in moved["dates"] if d["on"] == taken["on"])
        assert (found["verdict"], found["period"]["start"]) == ("free", other["period"]["start"])


def test_the_hours_stay_on_the_wall_when_the_clock_changes(cast):
    rule = TUESDAYS | {"first_on": "2027-03-23", "last_on": "2027-03-30"}
    before, after = plan(client(cast.ada), cast.room, rule)["dates"]
    assert (before["period"]["start"], after["period"]["start"]) == (
        "2027-03-23T17:00:00Z",
        "2027-03-30T16:00:00Z",
    )


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (
            {"repeat": "monthly_by_weekday", "weekdays": ["fri"], "position": -1},
            ["2026-12-25", "2027-01-29", "2027-02-26"],
        ),
        (
            {"repeat": "monthly_by_weekday", "weekdays": ["mon"], "position": 1},
            ["2026-12-07", "2027-01-04", "2027-02-01"],
        ),
        (
            {"repeat": "monthly_by_weekday", "weekdays": ["mon", "wed"], "position": 1},
            ["2026-12-02", "2026-12-07", "2027-01-04", "2027-01-06", "2027-02-01", "2027-02-03"],
        ),
        ({"repeat": "monthly_by_day", "position": 31}, ["2026-12-31", "2027-01-31"]),
        ({"repeat": "monthly_by_day", "position": -1}, ["2026-12-31", "2027-01-31", "2027-02-28"]),
        (
            {"repeat": "weekly", "weekdays": ["tue"], "every": 4},
            ["2026-12-01", "2026-12-29", "2027-01-26", "2027-02-23"],
        ),
        ({"repeat": "dates", "dates": ["2026-12-03", "2026-12-11"]}, ["2026-12-03", "2026-12-11"]),
    ],
)
def test_the_rules_that_people_ask_for(cast, rule, days):
    base = {"hours": {"start": "18:00", "end": "20:00"}, "first_on": "2026-12-01", "last_on": "2027-02-28"}
    assert [d["on"] for d in plan(client(cast.ada), cast.room, base | rule)["dates"]] == days


def test_school_holidays_are_left_out_by_the_calendar_of_the_region(cast):
    cast.room.venue.__class__.objects.update(school_region="Piemonte")
    for first, last in (("2026-12-23", "2027-01-06"), ("2027-03-25", "2027-03-30")):
        SchoolHoliday.objects.create(
            region="Piemonte", name_it="Vacanze", name_en="Holidays", first_on=first, last_on=last
        )
    planned = plan(client(cast.ada), cast.room, TUESDAYS | {"skip": ["school_holidays"]})
    skipped = [d for d in planned["dates"] if d["verdict"] == "skipped"]
    assert [d["on"] for d in skipped] == ["2026-12-29", "2027-01-05"]
    assert skipped[0]["reasons"][0]["detail"].startswith("Vacanze")


def test_too_many_dates_are_refused(cast):
    rule = TUESDAYS | {"repeat": "daily", "last_on": "2029-12-01"}
    answer = client(cast.ada).post("/api/v1/series/plans", asked(cast.room, rule))
    assert (answer.status_code, answer.json()["code"]) == (422, "too-many-dates")


def test_a_plan_costs_the_same_for_six_dates_and_for_sixty(cast, queries):
    api = client(cast.ada)
    short, long = plan(api, cast.room), plan(api, cast.room, TUESDAYS | {"last_on": "2027-12-14"})
    assert len(long["dates"]) > 50
    for planned in (short, long):
        with queries(24):
            api.get(f"/api/v1/series/plans/{planned['id']}")


def test_limits_count_the_dates_before(cast):
    Rules.objects.create(
        resource=cast.room, from_on="2026-01-01", data={"limits": [{"span": "month", "bookings": 2}]}
    )
    planned = plan(client(cast.ada), cast.room)
    assert [d["verdict"] for d in planned["dates"]][:5] == ["free", "skipped", "free", "refused", "refused"]


def test_somebody_else_s_plan_and_series_are_not_there(cast):
    api, other = client(cast.ada), client(cast.bruno)
    planned = plan(api, cast.room)
    assert other.get(f"/api/v1/series/plans/{planned['id']}").status_code == 404
    made = booked(api, planned).json()
    assert other.get(f"/api/v1/series/{made['id']}").status_code == 404
    assert decode("ser", made["id"]) == Series.objects.get().pk
