"""A series edited again and again is the series planned so from the start, over both days on which the clock changes."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from booking.models import Booking, Claim, Item, Series
from booking.repeating import editing, series
from booking.repeating.edits import plan_edit
from booking.repeating.plans import Rule, wanted
from core.errors import Refused
from core.periods import Period
from spaces import opening
from spaces.models import OpeningRule
from tests.cast import LONG_AGO, ROME, Cast, rome

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
FIRST = date(2026, 10, 5)  # a Monday; the clock goes back on 25 October and forward on 28 March
HOURS = [("01:30", "03:30"), ("02:30", "04:00"), ("10:00", "12:00"), ("19:00", "21:00"), ("22:00", "24:00")]

rules = st.builds(
    lambda days, hours, weeks, every, monthly: {
        "repeat": "monthly_by_day" if monthly else "weekly",
        "every": 1 if monthly else every,
        "weekdays": [] if monthly else days,
        "position": 28 if monthly else None,
        "dates": [],
        "start": hours[0],
        "end": hours[1],
        "first_on": FIRST.isoformat(),
        "last_on": (FIRST + timedelta(weeks=weeks)).isoformat(),
        "skip": [],
    },
    st.lists(st.integers(1, 7), min_size=1, max_size=3, unique=True).map(sorted),
    st.sampled_from(HOURS),
    st.integers(3, 26),
    st.integers(1, 2),
    st.sampled_from([False, False, True]),
)
edits = st.lists(
    st.tuples(st.sampled_from(["this", "following", "all"]), st.integers(0, 40), rules),
    min_size=1,
    max_size=5,
)


def asked(resource: Any, rule: dict[str, Any]) -> dict[str, Any]:
    items = [{"resource": str(resource.pk), "quantity": 1}]
    return {"items": items, "rule": rule, "people": None, "title": "", "accepted_terms": [], "answers": {}}


def meant(rule: dict[str, Any], resource: Any, since: date = date.min) -> dict[date, Period]:
    """The periods of a rule by their days; it knows nothing of bookings."""
    found: Rule = wanted(asked(resource, rule)).rule
    periods = {day: found.period_on(day, ROME) for day in found.days() if day >= since}
    return {day: period for day, period in periods.items() if period is not None}


def book(cast: Cast, resource: Any, rule: dict[str, Any]) -> Series:
    made = series.plan(cast.ada, None, asked(resource, rule))
    series.show(made, series.chosen_of(series.dates_of(made)))
    booked = series.book(cast.ada, made)
    Booking.objects.filter(state="held").update(state="confirmed", held_until=None)
    Claim.objects.update(kind="booked", until=None, reason=None)
    return booked


def change(cast: Cast, of: Series, scope: str, on: date | None, rule: dict[str, Any]) -> Series:
    made = editing.plan_to_edit(cast.ada, of, scope, on, asked(cast.room, rule))
    series.show(made, plan_edit(made).said())
    changed = editing.edit(cast.ada, made)
    Booking.objects.filter(state="held").update(state="confirmed", held_until=None)
    Claim.objects.update(kind="booked", until=None, reason=None)
    return Series.objects.select_related("venue", "person", "organisation", "recurrence").get(pk=changed.pk)


def standing(of: Series) -> dict[date, Booking]:
    rows = of.bookings.filter(state="confirmed")
    found = {b.series_date: b for b in rows if b.series_date is not None}
    assert len(found) == rows.count()
    return found


def after(
    present: dict[date, Period], old: dict[date, Period], new: dict[date, Period]
) -> dict[date, Period]:
    """What an edit makes of the dates that it concerns: those to which it gives no other meaning stay as they are."""
    return {day: present[day] if day in present and old.get(day) == p else p for day, p in new.items()}


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=rules, then=edits)
def test_edited_is_planned_so_from_the_start(cast, first, then):
    _ = (cast.ada, cast.room, cast.other_room)
    point = transaction.savepoint()
    try:
        with time_machine.travel(rome("2026-10-01 09:00"), tick=False):
            always_open(cast)
            story(cast, first, then)
    finally:
        transaction.savepoint_rollback(point)


def always_open(cast: Cast) -> None:
    cast.venue.holidays_of = ""
    cast.venue.save()
    OpeningRule.objects.all().delete()
    opening.set_hours(cast.venue, range(1, 8), time(0), None, first_on=LONG_AGO)
    for room in (cast.room, cast.other_room):
        room.venue.holidays_of = ""
        opening.plan(room, FIRST)
        room.refresh_from_db()


def story(cast: Cast, first: dict[str, Any], then: list[Any]) -> None:
    if not meant(first, cast.room):
        return
    current = book(cast, cast.room, first)
    rule, mine = first, meant(first, cast.room)
    before: dict[date, Period] = {}  # what earlier series of the chain keep
    for scope, which, wish in then:
        had = standing(current)
        day = sorted(had)[which % len(had)]
        new_rule = wish | {"first_on": rule["first_on"]}
        if scope == "this":
            new_rule = wish | {"repeat": "dates", "dates": [day.isoformat()]}
            expected = mine | meant(new_rule, cast.room)
        else:
            since = day if scope == "following" else date.min
            fresh = after(mine, meant(rule, cast.room), meant(new_rule, cast.room, since))
            expected = {d: p for d, p in mine.items() if d < since} | fresh
            if not fresh:
                continue
        note(f"{scope} {day} {new_rule}")
        try:
            changed = change(cast, current, scope, day if scope != "all" else None, new_rule)
        except Refused as error:
            note(str(error.reasons))
            changed, expected = current, expected if expected == mine else {}
        if changed.pk != current.pk:
            assert changed.follows_id == current.pk
            before |= {d: p for d, p in expected.items() if d < day}
            expected = {d: p for d, p in expected.items() if d >= day}
        now_has = standing(changed)
        assert {d: b.period for d, b in now_has.items()} == expected
        kept = had.keys() & now_has.keys()
        assert all(had[d].pk == now_has[d].pk and had[d].code == now_has[d].code for d in kept)
        current, mine = changed, expected
        if scope != "this":
            rule = current.asked["rule"]
    rows = Booking.objects.filter(state="confirmed")
    assert sorted(b.period for b in rows) == sorted([*mine.values(), *before.values()])
    assert {claim.during for claim in Claim.objects.all()} == {b.period for b in rows}
    assert Item.objects.filter(booking__in=rows).count() == Claim.objects.count()
    from_the_start = standing(book(cast, cast.other_room, rule))
    as_planned = meant(rule, cast.room)
    assert {d: b.period for d, b in from_the_start.items()} == as_planned
    assert {d: p for d, p in mine.items() if p == as_planned[d]}.keys() <= as_planned.keys() == mine.keys()
