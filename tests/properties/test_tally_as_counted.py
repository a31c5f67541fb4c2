"""Whatever is opened and taken, the database counts what somebody would who went through it quarter by quarter."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from booking.models import Claim
from core.periods import Period
from spaces.models import OpenSpan, Venue

pytestmark = pytest.mark.django_db

QUARTER = timedelta(minutes=15)
# Both clock changes of Turin, one of Saint John's (half an hour off), Kolkata has none; each begins at midnight UTC.
PLACES = [
    ("Europe/Rome", date(2026, 10, 24)),
    ("Europe/Rome", date(2027, 3, 27)),
    ("America/St_Johns", date(2027, 3, 13)),
    ("Asia/Kolkata", date(2026, 12, 1)),
]
LONG = 4 * 24 * 3  # quarters of three days
STRETCHES = st.lists(st.tuples(st.integers(0, LONG), st.integers(1, 4 * 30)), max_size=6)


@pytest.fixture
def desks(cast):
    return cast.pool(2)


def apart(stretches: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """(first, last excluded) in quarters: none meets another, none is longer than `most`."""
    found: list[tuple[int, int]] = []
    for first, length in sorted(stretches):
        if not found or first >= found[-1][1]:
            found.append((first, first + min(length, most)))
    return found


def counted(resource, first: date, last: date) -> dict[tuple[date, str], list[int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM booking_tally_count(%s, %s, %s)", [[resource.pk], first, last])
        return {(row[1], row[2]): list(row[3:]) for row in cursor.fetchall()}


def by_hand(opened, taken, start: datetime, zone: ZoneInfo) -> dict[tuple[date, str], list[int]]:
    seconds: Counter[tuple[date, str, int]] = Counter()
    for first, last in opened:
        for n in range(first, last):
            local = (start + n * QUARTER).astimezone(zone)
            seconds[local.date(), "opened", local.hour] += 900 * len(taken)
            seconds[local.date(), "outage", local.hour] += 900 * sum(
                a <= n < b for unit in taken for a, b in unit
            )
    found: dict[tuple[date, str], list[int]] = {}
    for (day, measure, hour), n in seconds.items():
        if n:
            found.setdefault((day, measure), [0] * 24)[hour] = n
    return found


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES), STRETCHES, STRETCHES, STRETCHES)
@example(PLACES[0], [(0, 96), (96, 96)], [(90, 20)], [(95, 4), (99, 1)])
@example(PLACES[1], [(0, 96), (96, 96)], [(98, 4)], [])
def test_the_count_is_what_a_hand_finds(desks, place, opened, one, other):
    zone, first = ZoneInfo(place[0]), place[1]
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    spans, taken = apart(opened, 4 * 24), [apart(one, 4 * 30), apart(other, 4 * 30)]

    def period(a: int, b: int) -> Period:
        return Period(start + a * QUARTER, start + b * QUARTER)

    with transaction.atomic():
        Venue.objects.filter(pk=desks.venue_id).update(time_zone=place[0])
        OpenSpan.objects.filter(resource=desks).delete()
        OpenSpan.objects.bulk_create(
            OpenSpan(resource=desks, during=period(a, b), anchor=start + a * QUARTER) for a, b in spans
        )
        for unit, stretches in zip(desks.parts.get().units.order_by("pk"), taken, strict=True):
            Claim.objects.bulk_create(
                Claim(unit=unit, during=period(a, b), kind="outage", outage_id=uuid4()) for a, b in stretches
            )
        days = first - timedelta(days=3), first + timedelta(days=6)
        found = counted(desks, *days)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT day, measure, sum(seconds) FROM booking_tally WHERE resource_id = %s AND day BETWEEN %s AND %s GROUP BY 1, 2",
                [desks.pk, *days],
            )
            kept = {(day, measure): n for day, measure, n in cursor.fetchall() if n}
        transaction.set_rollback(True)
    assert found == by_hand(spans, taken, start, zone)
    assert kept == {key: sum(hours) for key, hours in found.items()}
