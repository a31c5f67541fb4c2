"""Managers write opening hours by season, closures and holidays; what that shuts out is shown before."""

import pytest

from booking.models import Booking
from core.ids import encode
from spaces.models import OpenSpan, Rules
from tests.api import client, post, wish
from tests.cast import period

pytestmark = pytest.mark.django_db
WEEK = [{"weekdays": [1, 2, 3, 4, 5], "start": "10:00", "end": "18:00"}]


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def venue(cast):
    return {"venue_id": encode("ven", cast.venue.pk)}


def opening(cast):
    return client(cast.dario).get(f"/api/v1/opening-rules?resource_id={encode('res', cast.room.pk)}").json()


def season(cast, key="s1", edition=None, **more):
    body = venue(cast) | {"from_on": "2026-12-07", "hours": WEEK} | more
    headers = {"Idempotency-Key": key} | ({"If-Match": edition} if edition else {})
    return client(cast.dario).post("/api/v1/opening-rules", body, headers=headers)


def is_open(room, start, minutes=60):
    wanted = period(start, minutes)
    return OpenSpan.objects.filter(resource=room, during__contains=wanted).exists()


def booked(cast, start, end):
    code = post(client(cast.ada), "/bookings", wish(cast.room, start, end), start).json()["code"]
    Booking.objects.filter(code=code).update(state="confirmed", held_until=None)
    return code


def test_new_hours_for_ever_end_the_old_ones(cast):
    room = cast.room
    made = season(cast)
    assert made.status_code == 201, made.content
    assert is_open(room, "2026-12-06 08:00")
    assert not is_open(room, "2026-12-07 08:00")
    assert is_open(room, "2026-12-07 10:00")
    assert not is_open(room, "2026-12-13 10:00")  # a Sunday
    found = opening(cast)["data"]
    assert [(s["state"], s["from_on"], s["until_on"]) for s in found] == [
        ("to_come", "2026-12-07", None),
        ("in_force", "2025-01-01", "2026-12-07"),
    ]


def test_a_season_gives_way_when_it_is_over_and_a_day_stands_out_of_it(cast):
    room = cast.room
    season(cast, until_on="2026-12-21", label="Dicembre")
    day = [{"start": "20:00", "end": "23:00"}]
    season(cast, "s2", from_on="2026-12-10", until_on="2026-12-11", hours=day, label="Notte bianca")
    assert (is_open(room, "2026-12-10 20:00"), is_open(room, "2026-12-10 10:00")) == (True, False)
    assert is_open(room, "2026-12-21 08:00")
    assert not is_open(room, "2026-12-18 08:00")


def test_hours_that_the_rules_leave_nothing_of_are_refused(cast):
    Rules.objects.create(resource=cast.room, from_on="2026-12-01", data={"least": 240})
    short = [{"weekdays": [], "start": "10:00", "end": "12:00"}]
    refused = season(cast, hours=short)
    assert (refused.status_code, refused.json()["code"]) == (422, "unsatisfiable")
    assert "120" in refused.json()["detail"]
    assert is_open(cast.room, "2026-12-07 08:00")
    one_day = season(cast, "s2", hours=short, until_on="2026-12-08")
    assert one_day.status_code == 201, one_day.content  # the other days leave enough


def test_hours_are_held_against_rules_that_count_later(cast):
    Rules.objects.create(resource=cast.room, from_on="2027-02-01", data={"least": 240})
    short = [{"weekdays": [], "start": "10:00", "end": "12:00"}]
    assert season(cast, hours=short).json()["code"] == "unsatisfiable"
    assert season(cast, "s2", hours=short, until_on="2027-02-01").status_code == 201


def test_a_season_that_has_not_begun_is_taken_away(cast):
    room = cast.room
    made = season(cast, until_on="2026-12-21").json()
    path = f"/api/v1/opening-rules/{made['id']}"
    assert client(cast.dario).delete(path, headers={"If-Match": "stale"}).status_code == 409
    assert client(cast.dario).delete(path).status_code == 204
    assert client(cast.dario).get(path).status_code == 404
    assert is_open(room, "2026-12-08 08:00") is False  # a holiday
    assert is_open(room, "2026-12-09 08:00")


def test_whoever_saw_an_older_edition_writes_nothing(cast):
    room = cast.room
    seen = client(cast.dario).get(f"/api/v1/opening-rules?venue_id={encode('ven', cast.venue.pk)}").json()
    assert season(cast, edition=seen["edition"], until_on="2026-12-21").status_code == 201
    refused = season(cast, "s2", edition=seen["edition"], until_on="2026-12-22")
    assert (refused.status_code, refused.json()["code"]) == (409, "changed-meanwhile")
    assert is_open(room, "2026-12-21 08:00")


def test_a_season_is_rehearsed_before_it_is_written(cast, at, queries):
    at("2026-10-05 09:00")
    long_ago = booked(cast, "2026-10-06T08:00:00", "2026-10-06T09:00:00")
    at("2026-11-30 09:00")
    early = booked(cast, "2026-12-09T08:00:00", "2026-12-09T09:00:00")
    booked(cast, "2026-12-09T11:00:00", "2026-12-09T12:00:00")
    booked(cast, "2026-12-02T08:00:00", "2026-12-02T09:00:00")
    api = client(cast.dario)
    with queries(16):
        found = api.post(
            "/api/v1/opening-rules/preview", venue(cast) | {"from_on": "2026-12-07", "hours": WEEK}
        )
    assert found.status_code == 200, found.content
    found = found.json()
    assert [b["code"] for b in found["to_come"]["bookings"]] == [early]
    assert found["to_come"]["judged"] == 3
    assert [b["code"] for b in found["last_90_days"]["bookings"]] == [long_ago]
    assert is_open(cast.room, "2026-12-09 08:00")


def test_a_closure_is_rehearsed_written_and_lifted(cast):
    inside = booked(cast, "2026-12-09T08:00:00", "2026-12-09T09:00:00")
    body = venue(cast) | {
        "period": {"start": "2026-12-09T00:00:00", "end": "2026-12-10T00:00:00"},
        "reason_it": "Lavori",
        "reason_en": "Works",
    }
    api = client(cast.dario)
    found = api.post("/api/v1/closures/preview", body).json()
    assert [b["code"] for b in found["to_come"]["bookings"]] == [inside]
    made = post(api, "/closures", body, "c1")
    assert made.status_code == 201, made.content
    assert not is_open(cast.room, "2026-12-09 10:00")
    refused = post(
        client(cast.carla), "/bookings", wish(cast.room, "2026-12-09T10:00:00", "2026-12-09T11:00:00"), "k9"
    )
    assert [r["code"] for r in refused.json()["reasons"]] == ["closed"]
    listed = api.get(f"/api/v1/closures?resource_id={encode('res', cast.room.pk)}").json()["data"]
    assert [(c["of"], c["reason_it"]) for c in listed] == [("venue", "Lavori")]
    assert api.delete(f"/api/v1/closures/{made.json()['id']}").status_code == 204
    assert is_open(cast.room, "2026-12-09 10:00")


@pytest.mark.parametrize("day", ["2026-12-09", "2027-03-09"])
def test_what_opens_again_is_offered_first_to_who_waits(cast, day):
    after = day.replace("-09", "-10")
    body = {
        "resource_id": encode("res", cast.room.pk),
        "period": {"start": f"{day}T00:00:00", "end": f"{after}T00:00:00"},
        "reason_it": "Lavori",
        "reason_en": "Works",
    }
    closed = post(client(cast.dario), "/closures", body, "c1").json()
    waits = {
        "kind": "meeting_room",
        "venue_id": encode("ven", cast.venue.pk),
        "minutes": 60,
        "days": {"start": day, "end": after},
    }
    joined = post(client(cast.carla), "/waiting-list", waits, "j1")
    assert joined.status_code == 201, joined.content
    client(cast.dario).delete(f"/api/v1/closures/{closed['id']}")
    mine = client(cast.carla).get("/api/v1/waiting-list").json()["data"]
    assert [place["state"] for place in mine] == ["offered"]


def test_holidays_of_the_region_with_the_patron_s_day(cast):
    path = f"/api/v1/holidays?year=2026&{'venue_id=' + encode('ven', cast.venue.pk)}"
    found = {h["on"]: h for h in client().get(path).json()["data"]}
    assert (found["2026-12-25"]["name"], found["2026-12-25"]["closed"]) == ("Natale", True)
    assert "2026-06-24" in found  # San Giovanni, of Turin
    changed = {
        "open_holidays": ["Immaculate Conception"],
        "patron_saint": "San Secondo",
        "patron_day": "12-03",
    }
    booked(cast, "2026-12-03T10:00:00", "2026-12-03T11:00:00")
    shut = client(cast.dario).post("/api/v1/holidays/preview", venue(cast) | changed).json()
    assert shut["to_come"]["refused"] == 1
    edited = client(cast.dario).patch(f"/api/v1/venues/{encode('ven', cast.venue.pk)}", changed)
    assert edited.status_code == 200, edited.content
    found = {h["on"]: h for h in client().get(path).json()["data"]}
    assert (found["2026-12-08"]["closed"], found["2026-12-03"]["name"]) == (False, "San Secondo")
    assert is_open(cast.room, "2026-12-08 10:00")
    assert not is_open(cast.room, "2026-12-03 10:00")


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [({"patron_day": "13-40"}, "/patron_day"), ({"holidays_of": "XX-Y"}, "/holidays_of")],
)
def test_a_day_or_a_place_that_is_none_is_pointed_at(cast, changed, pointer):
    answer = client(cast.dario).patch(f"/api/v1/venues/{encode('ven', cast.venue.pk)}", changed)
    assert [p["pointer"] for p in answer.json()["pointers"]] == [pointer]


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"from_on": "2026-11-29"}, "/from_on"),
        ({"until_on": "2026-12-07"}, "/until_on"),
        ({"hours": []}, "/hours"),
        ({"hours": [{"start": "9", "end": "10:00"}]}, "/hours/0/start"),
    ],
)
def test_a_season_without_days_or_hours_is_pointed_at(cast, more, pointer):
    answer = season(cast, **more)
    assert answer.status_code == 422
    assert [p["pointer"] for p in answer.json()["pointers"]] == [pointer]
