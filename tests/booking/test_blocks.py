"""Staff's own time, once or again and again: all of it or none; and lifted, one or all that follow."""

import pytest

from booking.models import Block, Claim
from core.ids import encode
from tests.api import client, post
from tests.booking.confirmed import book
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def blocked(cast, key="b", start="2026-12-01T10:00", end="2026-12-01T12:00", **repeat):
    body = {
        "resource_id": encode("res", cast.room.pk),
        "period": {"start": start, "end": end},
        "kind": "maintenance",
        "reason": "Tubi",
    }
    return post(client(cast.gina), "/blocks", body | ({"repeat": repeat} if repeat else {}), key)


def test_every_tuesday_is_blocked_in_one_act_by_the_wall_clock(cast):
    made = blocked(
        cast,
        start="2027-03-16T10:00",
        end="2027-03-16T12:00",
        repeat="weekly",
        weekdays=["tue"],
        last_on="2027-04-06",
    )
    assert made.status_code == 201, made.content
    starts = [block.period.start for block in Block.objects.order_by("period")]
    assert starts == [rome(f"2027-{day} 10:00") for day in ("03-16", "03-23", "03-30", "04-06")]
    assert Claim.objects.filter(kind="block").count() == 4
    assert Block.objects.values("together").distinct().count() == 1
    assert made.json()["together"] is not None
    again = blocked(
        cast,
        start="2027-03-16T10:00",
        end="2027-03-16T12:00",
        repeat="weekly",
        weekdays=["tue"],
        last_on="2027-04-06",
    )
    assert again.json()["id"] == made.json()["id"]
    assert Block.objects.count() == 4


def test_a_night_that_repeats_ends_the_day_after_and_holidays_are_left_out(cast):
    made = blocked(
        cast,
        start="2026-12-07T22:00",
        end="2026-12-08T02:00",
        repeat="daily",
        last_on="2026-12-09",
        skip=["public_holidays"],
    )
    assert made.status_code == 201, made.content
    assert [(b.period.start, b.period.end) for b in Block.objects.order_by("period")] == [
        (rome("2026-12-07 22:00"), rome("2026-12-08 02:00")),
        (rome("2026-12-09 22:00"), rome("2026-12-10 02:00")),
    ]


def test_a_booking_in_the_way_of_one_date_is_told_and_nothing_is_blocked(cast):
    there = book(cast.ada, cast.room, "2026-12-03 11:00")
    book(cast.ada, cast.room, "2026-12-04 13:00")  # beside every date
    refused = blocked(cast, repeat="daily", last_on="2026-12-05")
    assert (refused.status_code, refused.json()["code"]) == (409, "slot-taken")
    assert [one["code"] for one in refused.json()["data"]["affected"]] == [there.code]
    assert not Block.objects.exists()


def test_one_is_lifted_or_it_and_those_after_it(cast):
    blocked(cast, repeat="daily", last_on="2026-12-05")
    blocked(cast, "other", start="2026-12-05T14:00", end="2026-12-05T15:00")
    ids = [encode("blk", b.pk) for b in Block.objects.order_by("period")]
    api = client(cast.gina)
    assert post(api, f"/blocks/{ids[1]}/lift", key="one").status_code == 200
    assert Block.objects.filter(lifted_at=None).count() == 5
    assert post(api, f"/blocks/{ids[2]}/lift", {"following": True}, "rest").status_code == 200
    left = Block.objects.filter(lifted_at=None).order_by("period")
    assert [b.period.start for b in left] == [rome("2026-12-01 10:00"), rome("2026-12-05 14:00")]
    assert Claim.objects.filter(kind="block").count() == 2
    assert post(api, f"/blocks/{ids[2]}/lift", {"following": True}, "twice").status_code == 409


@pytest.mark.parametrize(
    ("repeat", "where"),
    [
        ({"repeat": "weekly", "last_on": "2026-12-20"}, "/repeat/weekdays"),
        ({"repeat": "weekly", "weekdays": ["fri"], "last_on": "2026-12-03"}, "/repeat"),
        ({"repeat": "daily", "last_on": "2100-01-01"}, "/repeat/last_on"),
    ],
)
def test_what_means_no_day_is_told(cast, repeat, where):
    refused = blocked(cast, **repeat)
    assert refused.status_code == 422
    assert [p["pointer"] for p in refused.json()["pointers"]] == [where]


def test_days_that_would_overlap_themselves_are_told(cast):
    refused = blocked(
        cast, start="2026-12-01T10:00", end="2026-12-02T12:00", repeat="daily", last_on="2026-12-05"
    )
    assert [p["code"] for p in refused.json()["pointers"]] == ["overlaps-itself"]
