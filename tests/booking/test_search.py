"""Search: every filter, closed told from nothing fits, and what would help when nothing does."""

from datetime import time
from typing import Any

import pytest

from core.ids import encode
from people.models import Group
from spaces import layout, opening
from spaces.models import Rules
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


def slots(cast, resource, **more):
    query = {"resource_id": encode("res", resource.pk), "minutes": 60, "per_resource": 200} | more
    (card,) = client(cast.ada).get("/api/v1/offers", query).json()["data"]
    return card, [offer["period"]["start"] for offer in card["offers"]]


def test_too_few_people_are_offered_nothing_and_told_why(cast):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"least_people": 5})
    card, found = slots(cast, cast.room, people=2)
    assert [r["code"] for r in card["bookable"]["reasons"]] == ["too-few-people"]
    assert found == []
    assert slots(cast, cast.room, people=5)[1]
    assert slots(cast, cast.room)[1]  # how many come is asked later


def test_rules_that_change_in_the_days_searched_rule_each_their_own_days(cast):
    pool = cast.pool(4)
    Rules.objects.create(resource=pool, from_on="2026-12-02", data={"most_quantity": 1})
    days = {"on_from": "2026-12-01", "on_to": "2026-12-03"}
    card, found = slots(cast, pool, quantity=2, **days)
    assert card["bookable"]["allowed"]
    assert {start[:10] for start in found} == {"2026-12-01"}
    assert {start[:10] for start in slots(cast, pool, **days)[1]} == {"2026-12-01", "2026-12-02"}
    card, found = slots(cast, pool, quantity=2, on_from="2026-12-02", on_to="2026-12-03")
    assert [r["code"] for r in card["bookable"]["reasons"]] == ["too-many"]


def test_what_is_for_a_group_from_a_day_on_is_offered_to_everybody_before(cast):
    only = Group.objects.create(name="Soci", partner=cast.lead)
    Rules.objects.create(resource=cast.room, from_on="2026-12-02", data={"groups": [str(only.pk)]})
    card, found = slots(cast, cast.room, on_from="2026-12-01", on_to="2026-12-03")
    assert (card["bookable"]["allowed"], {start[:10] for start in found}) == (True, {"2026-12-01"})
    card, found = slots(cast, cast.room, on_from="2026-12-02", on_to="2026-12-03")
    assert [r["code"] for r in card["bookable"]["reasons"]] == ["not-for-you"]


def test_what_is_near_a_refusal_keeps_to_how_many_are_had_at_once(cast):
    pool = cast.pool(4)
    Rules.objects.create(resource=pool, from_on=LONG_AGO, data={"least_quantity": 2})
    body = {
        "items": [{"resource_id": encode("res", pool.pk), "quantity": 1}],
        "period": {"start": "2026-12-01T10:00:00", "end": "2026-12-01T11:00:00"},
    }
    refused = post(client(cast.ada), "/bookings", body)
    assert [r["code"] for r in refused.json()["reasons"]] == ["too-few"]
    assert refused.json()["alternatives"] == []


def test_until_24_is_until_midnight(cast):
    opening.set_hours(cast.room, range(1, 8), time(20), None, first_on=LONG_AGO)
    opening.plan(cast.room)
    days = {"on_from": "2026-12-01", "on_to": "2026-12-02", "earliest": "22:30"}
    assert slots(cast, cast.room, latest="24:00", **days)[1] == [
        "2026-12-01T21:30:00Z",
        "2026-12-01T22:00:00Z",
    ]
    assert slots(cast, cast.room, latest="23:59", **days)[1] == ["2026-12-01T21:30:00Z"]
    wrong = client(cast.ada).get("/api/v1/offers", {"latest": "24:01"})
    assert wrong.status_code == 422
