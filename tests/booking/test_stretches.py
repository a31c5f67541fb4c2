"""Lengths by the stretch of the week, MAKENTNU's rule: Mon 10:00 to Tue 06:00, and Tue 06:00 to Thu 12:00."""

from datetime import time
from zoneinfo import ZoneInfo

import pytest

from booking.judging.clauses import _stretches
from core.errors import Unsatisfiable
from core.periods import Period
from spaces.clauses import Stretch
from spaces.possible import checked
from tests.cast import rome

NIGHT = {"from_day": 1, "start": "10:00", "to_day": 2, "end": "06:00", "most": 600, "most_crossing": 300}
LONG = {"from_day": 2, "start": "06:00", "to_day": 4, "end": "12:00", "most": 960}
POLICY = checked({"most": None, "stretches": [NIGHT, LONG]})
ROME = ZoneInfo("Europe/Rome")


def refused(start: str, end: str) -> list[str]:
    return [r.code for r in _stretches(POLICY, Period(rome(start), rome(end)), ROME)]


@pytest.mark.parametrize(
    ("start", "end", "codes"),
    [
        ("2018-11-05 12:00", "2018-11-05 18:00", []),
        ("2018-11-05 10:00", "2018-11-05 20:15", ["too-long"]),
        ("2018-11-06 12:00", "2018-11-07 18:00", ["too-long"]),
        ("2018-11-06 03:00", "2018-11-06 18:00", []),
        ("2018-11-06 01:00", "2018-11-06 22:00", ["too-long"]),
        ("2018-11-06 00:00", "2018-11-06 12:00", ["too-long-here"]),
        ("2018-11-06 00:00", "2018-11-06 10:00", []),
        ("2018-11-08 11:00", "2018-11-08 13:00", ["closed"]),
        ("2018-11-09 11:00", "2018-11-09 13:00", ["closed"]),
    ],
)
def test_within_one_and_over_two(start, end, codes):
    assert refused(start, end) == codes


def test_a_stretch_goes_over_sunday_night():
    weekend = Stretch(5, time(18), 1, time(8), 60)
    monday = Period(rome("2018-11-12 07:00"), rome("2018-11-12 08:00"))
    assert any(found.covers(monday) for found in weekend.around(monday, ROME))


@pytest.mark.parametrize(
    "words",
    [
        {"stretches": [NIGHT | {"most": 10}]},
        {"stretches": [NIGHT | {"from_day": 9}]},
        {"least_quantity": 3, "most_quantity": 2},
        {"notice": "soon"},
        {"step": True},
        {"approval": "yes"},
        {"presets": 4},
        {"bookable_from": "someday"},
        {"terms": 7},
    ],
)
def test_what_nobody_could_meet_or_read_is_refused(words):
    with pytest.raises(Unsatisfiable):
        checked(words)
