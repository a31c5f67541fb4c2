"""What closing some days would cost, counted by hand: what stands there, and what last year's days had."""

from datetime import date, timedelta

import pytest

from booking.models import Booking
from core.ids import encode
from core.periods import Period
from spaces.models import OpenSpan
from tests.api import client
from tests.billing.sales import paid_at_the_desk
from tests.booking.confirmed import book, cancel_for_good
from tests.cast import rome

pytestmark = pytest.mark.django_db
# 24 to 26 December 2026, Thursday to Saturday; fifty-two weeks before: 25 to 27 December 2025.
CHRISTMAS = "on_from=2026-12-24&on_to=2026-12-27"


def opens(resource, day):
    start = rome(f"{day}T10:00")
    OpenSpan.objects.create(resource=resource, during=Period(start, start + timedelta(hours=4)), anchor=start)


@pytest.fixture
def year(cast, at):
    """Sala Po, four hours a day. Last year: three hours on Thursday, one on Friday. Now: an hour and a half paid
    on Thursday, one unpaid on Friday, one cancelled on Saturday."""
    at("2025-12-20 09:00")
    room = cast.room
    OpenSpan.objects.all().delete()
    for first in (date(2025, 12, 25), date(2026, 12, 24)):
        for n in range(3):
            opens(room, first + timedelta(days=n))
    paid_at_the_desk(cast, cast.ada, room, "2025-12-25 10:00", 180)
    book(cast.bruno, room, "2025-12-26 10:00", 60)
    at("2026-12-01 09:00")
    paid_at_the_desk(cast, cast.ada, room, "2026-12-24 10:00", 90)
    book(cast.bruno, room, "2026-12-25 10:00", 60)
    gone = book(cast.carla, room, "2026-12-26 10:00", 60)
    cancel_for_good(cast.carla, gone.pk)
    at("2026-12-02 09:00")
    return room


def told(person, more=""):
    answer = client(person).get(f"/api/v1/reports/closure?{CHRISTMAS}{more}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_closure_says_what_stands_there_and_what_last_year_had(cast, year):
    cost = told(cast.dario)
    assert (cost["bookings"], cost["booked_minutes"], cost["paid"]["cents"]) == (2, 150, 2250)
    assert [
        (d["on"], d["bookings"], d["booked_minutes"], d["last_year_minutes"], d["likely_minutes"])
        for d in cost["each_day"]
    ] == [
        ("2026-12-24", 1, 90, 180, 90),
        ("2026-12-25", 1, 60, 60, 0),
        ("2026-12-26", 0, 0, 0, 0),
    ]
    # The year to 2 December had 240 minutes booked and 22.50 net taken for Christmas to come, 45.00 for the last one.
    assert cost["an_hour"]["cents"] == round((2250 + 4500) * 60 / 240)
    assert (cost["likely_minutes"], cost["likely"]["cents"]) == (90, round(cost["an_hour"]["cents"] * 1.5))
    assert cost["resources"] == [
        {
            "id": encode("res", year.pk),
            "name": "Sala Po",
            "bookings": 2,
            "booked_minutes": 150,
            "paid": {"cents": 2250, "currency": "EUR"},
        }
    ]


def test_what_is_only_asked_for_is_told_apart(cast, year):
    """Who waits for staff has nothing to lose yet: no hours booked, no part of what is likely taken away."""
    Booking.objects.filter(person=cast.bruno, period__startswith__gt=rome("2026-12-02")).update(
        state="requested"
    )
    cost = told(cast.dario)
    assert (cost["bookings"], cost["requests"], cost["booked_minutes"], cost["paid"]["cents"]) == (
        1,
        1,
        90,
        2250,
    )
    assert [(d["bookings"], d["requests"], d["likely_minutes"]) for d in cost["each_day"]] == [
        (1, 0, 90),
        (0, 1, 60),
        (0, 0, 0),
    ]
    assert [(r["bookings"], r["booked_minutes"]) for r in cost["resources"]] == [(1, 90)]


def test_only_the_chosen_rooms_and_days_count(cast, year):
    other = encode("res", cast.other_room.pk)
    assert told(cast.dario, f"&resource_id={other}")["bookings"] == 0
    answer = client(cast.dario).get("/api/v1/reports/closure?on_from=2026-12-25&on_to=2026-12-26").json()
    assert (answer["bookings"], answer["booked_minutes"]) == (1, 60)


def test_another_partner_s_bookings_cost_a_stranger_nothing(cast, year):
    assert told(cast.elena)["bookings"] == 0
    assert told(cast.elena)["resources"] == []


def test_the_cost_is_a_table_by_day(cast, year):
    answer = client(cast.dario).get(
        f"/api/v1/reports/closure?{CHRISTMAS}&output=csv", headers={"Accept-Language": "en"}
    )
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Day;Bookings;Requests;Booked (min);")
    assert lines[1] == "24/12/2026;1;0;90;22,50;240;180;90"
