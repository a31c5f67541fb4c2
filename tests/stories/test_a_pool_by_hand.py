"""Three desks of one kind for a quarter, counted by hand: an hour of three desks is three hours.

October to December 2026, Thursdays from 10 to 14: fourteen days of four hours of three desks, 168 hours.

    P1  Ada    two desks   1 Oct 10–12   came                     4 hours
    P2  Bruno  one desk    1 Oct 10–11   did not come             1 hour
    P3  Ada    three desks 5 Nov 12–14   came                     6 hours
    P4  Carla  one desk    3 Dec 10–14   cancelled two days before, at ten: 48 hours before
"""

from datetime import date, timedelta

import pytest

from booking.attending import attendance
from booking.claims import Ask
from booking.holding import lifecycle
from booking.holding.holds import Wish, hold, locked
from core.locks import act
from core.periods import Period
from spaces.models import OpenSpan
from tests.api import client
from tests.booking.confirmed import cancel_for_good
from tests.cast import period, rome

pytestmark = pytest.mark.django_db
QUARTER = "on_from=2026-10-01&on_to=2027-01-01"


def had(person, desks, start, minutes, quantity):
    booking = hold(Wish(person, [Ask(desks, period(start, minutes), quantity)], made_by=person))

    @act
    def confirm():
        lifecycle.confirm(locked(booking.pk), person)

    confirm()
    return booking.pk


@pytest.fixture
def quarter(cast, at):
    at("2026-09-10 09:00")
    desks = cast.pool(3)
    OpenSpan.objects.all().delete()
    for n in range(14):
        day = date(2026, 10, 1) + timedelta(weeks=n)
        hours = Period(rome(f"{day}T10:00"), rome(f"{day}T14:00"))
        OpenSpan.objects.create(resource=desks, during=hours, anchor=hours.start)
    at("2026-09-30 10:00")
    first = had(cast.ada, desks, "2026-10-01 10:00", 120, 2)
    second = had(cast.bruno, desks, "2026-10-01 10:00", 60, 1)
    at("2026-10-01 10:00")
    attendance.check_in(cast.gina, first)
    at("2026-10-01 11:00")
    attendance.mark_no_show(cast.gina, second)
    at("2026-11-01 10:00")
    third = had(cast.ada, desks, "2026-11-05 12:00", 120, 3)
    fourth = had(cast.carla, desks, "2026-12-03 10:00", 240, 1)
    at("2026-11-05 12:00")
    attendance.check_in(cast.gina, third)
    at("2026-12-01 10:00")
    cancel_for_good(cast.carla, fourth)
    at("2027-01-04 09:00")
    return desks


def figures(cast, by):
    answer = client(cast.dario).get(f"/api/v1/reports/figures?by={by}&{QUARTER}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def hours(row):
    return tuple(row["minutes"][name] / 60 for name in ("opened", "booked", "attended"))


def test_the_hours_of_a_pool_are_those_of_all_its_desks(cast, quarter):
    whole = figures(cast, "none")["total"]
    # Five hours in October, of which four were attended; six in November; Carla's four are nobody's.
    assert hours(whole) == (168, 11, 10)
    assert whole["counts"]["bookings"] == {"count": 3, "of": 3}
    assert whole["counts"]["attended"] == {"count": 2, "of": 3}
    assert whole["counts"]["no_shows"] == {"count": 1, "of": 3}
    assert whole["counts"]["cancelled"] == {"count": 1, "of": 4}
    assert whole["counts"]["people"]["count"] == 2
    # Lengths are those of bookings, not of desks: 120, 60, 120.
    assert whole["length_minutes"] == 120


def test_a_pool_is_cut_by_month_and_hour_as_a_room_is(cast, quarter):
    months = {row["name"]: hours(row) for row in figures(cast, "month")["rows"]}
    assert months == {
        "2026-10": (5 * 12, 5, 4),
        "2026-11": (4 * 12, 6, 6),
        "2026-12": (5 * 12, 0, 0),
    }
    by_hour = {row["key"]: hours(row) for row in figures(cast, "hour")["rows"]}
    assert {hour: by_hour[hour] for hour in ("10", "11", "12", "13")} == {
        "10": (42, 3, 2),
        "11": (42, 2, 2),
        "12": (42, 3, 3),
        "13": (42, 3, 3),
    }
    (row,) = figures(cast, "resource")["rows"]
    assert (row["name"], hours(row)) == (quarter.name, (168, 11, 10))
