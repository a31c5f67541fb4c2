"""Search: every filter, closed told from nothing fits, and what would help when nothing does."""

from typing import Any

import pytest

from core.ids import encode
from spaces import layout
from tests.api import client, post
from tests.cast import LONG_AGO

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _morning(at):
    at("2026-11-30 07:00")  # a Monday


def found(api, **query):
    answer = api.get("/api/v1/offers", {"on_from": "2026-11-30", "on_to": "2026-12-14"} | query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def starts(card):
    return [offer["period"]["start"] for offer in card["offers"]]


def test_several_dates_and_weekdays_between_two_hours(cast):
    _ = cast.room
    api = client(cast.ada)
    two: dict[str, Any] = {"on": ["2026-12-02", "2026-12-05"], "minutes": 60, "per_resource": 200}
    (card,) = found(api, **two, earliest="18:00", latest="20:00")["data"]
    assert starts(card) == [f"2026-12-0{d}T{t}:00Z" for d in (2, 5) for t in ("17:00", "17:30", "18:00")]
    (card,) = found(api, weekday=[4], minutes=60, earliest="18:00", latest="19:00", per_resource=5)["data"]
    assert starts(card) == ["2026-12-03T17:00:00Z", "2026-12-10T17:00:00Z"]


def test_dates_alone_say_which_days_are_searched(cast):
    _ = cast.room
    answer = client(cast.ada).get("/api/v1/offers", {"on": ["2026-12-20", "2026-12-18"], "per_resource": 1})
    assert starts(answer.json()["data"][0]) == ["2026-12-18T07:00:00Z"]


def test_access_is_asked_for_by_itself(cast):
    cast.room.features = ["projector", "step-free"]
    cast.room.save()
    _ = cast.other_room
    api = client(cast.ada)
    assert [c["resource"]["name"] for c in found(api, access="step-free")["data"]] == ["Sala Po"]
    assert api.get("/api/v1/offers", {"access": "projector"}).status_code == 422
    said = found(api, include="facets")["facets"]
    assert said["access"] == {"step-free": 1}
    assert said["features"] == {"projector": 2}
    assert said["kind"] == {"meeting_room": 2}
    assert found(api, include="facets", kind="laser")["facets"]["kind"] == {"meeting_room": 2}
    assert found(api)["facets"] is None


def test_only_slots_that_cost_no_more_are_offered(cast):
    from billing.models import Rate, Tariff
    from core.money import Money

    _ = cast.room
    evening = {"from_time": "18:00", "until_time": "22:00"}
    Rate.objects.create(tariff=Tariff.objects.get(), price=Money(600), vat_rate=cast.vat22, **evening)
    api = client(cast.ada)
    (card,) = found(api, minutes=60, price_to=600, per_resource=2)["data"]
    assert starts(card) == ["2026-11-30T17:00:00Z", "2026-11-30T17:30:00Z"]
    (card,) = found(api, minutes=60, price_to=599)["data"]
    assert (starts(card), card["next_free"], card["open"]) == ([], None, True)


def test_now_means_within_the_hour(cast, at):
    _ = cast.room
    at("2026-11-30 12:10")
    (card,) = found(client(cast.ada), at="now", per_resource=9)["data"]
    assert starts(card) == ["2026-11-30T11:30:00Z", "2026-11-30T12:00:00Z"]


def test_closed_is_told_from_nothing_fits(cast):
    _ = cast.room
    api = client(cast.ada)
    cases: list[tuple[dict[str, Any], bool]] = [
        ({"earliest": "05:00", "latest": "07:00"}, False),
        ({"earliest": "07:00", "latest": "09:00", "minutes": 180}, True),
        ({"minutes": 11 * 60}, True),
    ]
    for query, opens in cases:
        (card,) = found(api, **query)["data"]
        assert card["open"] is opens, query


def test_what_alone_stands_in_the_way_is_loosened(cast):
    _ = (cast.room, cast.other_room)
    api = client(cast.ada)
    query: dict[str, Any] = {"minutes": 60, "earliest": "05:00", "latest": "07:00", "kind": "meeting_room"}
    said = found(api, **query, include="relaxations")["relaxations"]
    assert [(s["filter"], s["resources"]) for s in said] == [("latest", 2)]
    assert said[0]["offer"]["period"]["start"] == "2026-11-30T07:00:00Z"
    said = found(api, capacity_from=100, people=100, include="relaxations")["relaxations"]
    assert [(s["filter"], s["resources"]) for s in said] == [("people", 2)]
    said = found(api, kind="laser", include="relaxations")["relaxations"]
    assert [s["filter"] for s in said] == ["kind"]
    assert found(api, include="relaxations")["relaxations"] == []
    assert found(api, kind="laser")["relaxations"] is None


def test_the_bar_shows_the_first_day(cast):
    body = {
        "items": [{"resource_id": encode("res", cast.room.pk)}],
        "period": {"start": "2026-12-01T10:00", "end": "2026-12-01T12:00"},
    }
    assert post(client(cast.bruno), "/bookings", body).status_code == 201
    (card,) = found(client(cast.ada), on_from="2026-12-01", include="bar")["data"]
    assert [(p["kind"], p["period"]["start"][11:16]) for p in card["bar"]] == [
        ("closed", "23:00"),
        ("free", "07:00"),
        ("taken", "09:00"),
        ("free", "11:00"),
        ("closed", "21:00"),
    ]


def test_a_search_reads_no_further_than_it_needs(cast):
    """The first days have a slot, so two months cost as many statements as two days; a far slot costs a few more."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from spaces.models import Rules

    _ = cast.room
    api = client(cast.ada)

    def statements(**query):
        with CaptureQueriesContext(connection) as seen:
            answer = found(api, **query)
        return len(seen.captured_queries), starts(answer["data"][0])

    near, _ = statements(on_to="2026-12-02")
    far, first = statements(on_to="2027-01-30")
    assert near == far
    assert first[0].startswith("2026-11-30")
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"notice_days": 40})
    later, first = statements(on_to="2027-01-30")
    assert first[0].startswith("2027-01-09")
    assert later <= near + 2 * 5  # 1, 2, 4, 8, 16 and 32 days


def test_full_pools_cost_the_same_however_many_they_are(cast):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    api = client(cast.ada)

    def pool(n):
        desks = cast.resource(f"posti-{n}", "desk", f"Posti {n}")
        layout.make_pool(desks, 1)
        cast._planned(desks)
        for who, day in ((cast.bruno, 1), (cast.carla, 2)):
            period = {"start": f"2026-12-0{day}T08:00", "end": f"2026-12-0{day}T20:00"}
            body = {
                "items": [{"resource_id": encode("res", desks.pk)}],
                "period": period,
                "override_reason": "x",
            }
            body["for_person_id"] = encode("per", who.pk)
            assert post(client(cast.ivo), "/bookings", body, key=f"{n}-{day}").status_code == 201

    def statements():
        with CaptureQueriesContext(connection) as seen:
            found(api, on_from="2026-12-01", on_to="2026-12-03", earliest="09:00", latest="12:00")
        return len(seen.captured_queries)

    pool(0)
    few = statements()
    for n in range(1, 4):
        pool(n)
    assert statements() <= few
