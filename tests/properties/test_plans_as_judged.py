"""A plan says of every date what the judge says of it by itself, when the dates before it are booked for real."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from dateutil.relativedelta import relativedelta
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from booking.claims import Ask
from booking.holding.holds import Wish, hold
from booking.judging.clauses import Given
from booking.judging.gathering import gather
from booking.judging.judge import judge
from booking.repeating import series
from booking.repeating.plans import Dated, wanted
from core.periods import Period, local_date, local_day
from spaces import opening
from spaces.models import Resource, Rules
from tests.cast import ROME, Cast
from tests.properties.worlds import World, worlds

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DAY = timedelta(days=1)
A_DAY = 96  # quarters of an hour

limits = st.sampled_from(
    [
        {},
        {},
        {"limits": [{"span": "week", "bookings": 2}]},
        {"limits": [{"span": "month", "minutes": 300, "on": "venue"}]},
        {"limits": [{"span": "future", "bookings": 3, "on": "venue"}]},
        {"limits": [{"span": "at_once", "bookings": 1, "on": "venue"}], "gap": 45},
        {"least_people": 3, "series_horizon_days": 40},
        {"gap": 2 * 24 * 60},
    ]
)
wishes = st.fixed_dictionaries(
    {
        "every": st.integers(1, 2),
        "weekly": st.booleans(),
        "dates": st.integers(2, 9),
        "start": st.integers(0, 12),  # steps after the opening
        "odd": st.integers(0, 5),  # in one of six it does not begin on the grid
        "own": st.booleans(),  # as long as the rules of the first day would have it, or of the later ones
        "people": st.sampled_from([None, 2, 3, 4, 4]),
        "bundle": st.integers(0, 3),
    }
)


@pytest.fixture(autouse=True)
def _near(monkeypatch):
    monkeypatch.setattr(opening, "AHEAD", relativedelta(days=40))


def asked(world: World, later: World, wish: dict[str, Any]) -> dict[str, Any]:
    stride = wish["every"] * (7 if wish["weekly"] else 1)
    last = world.day + timedelta(days=stride * wish["dates"] - 1)
    resources = world.resources[:1] if wish["bundle"] else world.resources[-2:]
    step = world.rules["step"]
    begins = world.opens * 60 + wish["start"] * step + (0 if wish["odd"] else 5)
    minutes = world.minutes if wish["own"] else max(later.rules["least"], later.minutes)
    return {
        "items": [{"resource": str(r.pk), "quantity": world.quantity} for r in resources],
        "rule": {
            "repeat": "weekly" if wish["weekly"] else "daily",
            "every": wish["every"],
            "weekdays": [world.day.isoweekday()] if wish["weekly"] else [],
            "position": None,
            "dates": [],
            "start": clock(begins),
            "end": clock(begins + minutes),
            "first_on": world.day.isoformat(),
            "last_on": last.isoformat(),
            "skip": [],
        },
        "people": wish["people"],
        "title": "",
        "accepted_terms": [],
        "answers": {},
    }


def clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def by_itself(cast: Cast, asks: list[Ask], given_: Given) -> list[tuple[str, str]]:
    """Every reason against one date, as the judge gives them to a single booking; a series reaches farther ahead, and
    is no matter of how many holds somebody keeps."""
    window = Period(min(a.period.start for a in asks) - DAY, max(a.period.end for a in asks) + DAY)
    facts = gather({a.resource for a in asks}, window, cast.ada)
    verdict = judge(facts, asks, given_)
    found = []
    for reason in verdict.reasons:
        if reason.code == "too-many-holds" or (reason.code == "too-far" and in_reach(facts, asks[0])):
            continue
        found.append((reason.code, reason.detail))
    return found


def in_reach(facts: Any, ask: Ask) -> bool:
    days = facts.policy(ask.resource, ask.period.start).series_horizon_days
    return ask.period.end <= local_day(local_date(facts.at, ROME) + timedelta(days=days), ROME).end


def expected(reasons: list[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
    rules = [r for r in reasons if r[0] != "slot-taken"]
    if any(code in ("closed", "not-yet-planned") for code, _ in rules):
        return "closed", rules
    if rules:
        return "refused", rules
    return ("taken", reasons) if reasons else ("free", [])


def said(dated: Dated) -> tuple[str, list[tuple[str, str]]]:
    return dated.verdict, [(r.code, r.detail) for r in dated.reasons]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds(), later=worlds(), turn=st.integers(1, 20), limit=limits, then=limits, wish=wishes)
def test_a_plan_says_of_every_date_what_the_judge_says_of_it_alone(
    cast, world, later, turn, limit, then, wish
):
    _ = (cast.ada, cast.ivo, cast.venue)
    point = transaction.savepoint()
    try:
        with time_machine.travel(world.at, tick=False):
            replace(world, rules=world.rules | limit).build(cast)
            world.resources = list(Resource.objects.select_related("venue").order_by("slug"))
            for n, taken in enumerate(later.taken):
                world._take(cast, replace(taken, start=taken.start + A_DAY * (n + 1)), 100 + n)
            from_on: date = world.day + timedelta(days=turn)
            Rules.objects.create(venue=cast.venue, from_on=from_on, data=later.rules | then)
            plan = series.plan(cast.ada, None, asked(world, later, wish))
            want = wanted(plan.asked)
            for dated in series.dates_of(plan):
                note(f"{dated.on} {dated.period} {said(dated)}")
                if not dated.asks:
                    assert want.rule.period_on(dated.on, ROME) is None
                    continue
                alone = by_itself(cast, dated.asks, want.given)
                assert said(dated) == expected(alone), (dated.on, dated.period)
                if dated.verdict == "free":
                    hold(Wish(cast.ada, dated.asks, made_by=cast.ivo, override="prova"))
                for other in dated.alternatives:
                    instead = [Ask(a.resource, other.period, a.quantity) for a in dated.asks]
                    alone = [r for r in by_itself(cast, instead, want.given) if r[0] != "too-few-people"]
                    assert not alone, (dated.on, other.period, alone)
    finally:
        transaction.savepoint_rollback(point)
