"""A series edited again and again is the series planned so from the start, over both days on which the clock changes: of
one thing, or of a room with one of two projectors, said in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from booking.models import Booking, Claim, Item, Series
from booking.repeating import editing, series
from booking.repeating.edits import plan_edit
from booking.repeating.pairing import in_their_places
from booking.repeating.plans import Rule, wanted
from core.errors import Refused
from core.periods import Period
from spaces import opening
from spaces.models import OpeningRule, Resource
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
# Which of the projectors, if there is to be one, and whether it is said before the room.
besides = st.tuples(st.integers(0, 1), st.booleans())
edits = st.lists(
    st.tuples(st.sampled_from(["this", "following", "all"]), st.integers(0, 40), rules, besides),
    min_size=1,
    max_size=5,
)
Things = Sequence[Resource]


class Meant(NamedTuple):
    """What a date has: when, and all its things."""

    period: Period
    things: frozenset[UUID]


def asked(things: Things, rule: dict[str, Any]) -> dict[str, Any]:
    items = [{"resource": str(thing.pk), "quantity": 1} for thing in things]
    return {"items": items, "rule": rule, "people": None, "title": "", "accepted_terms": [], "answers": {}}


def edited(of: Series, things: Things, rule: dict[str, Any]) -> dict[str, Any]:
    said = asked(things, rule)
    return said | {"items": in_their_places(of.asked["items"], said["items"], itemgetter("resource"))}


def meant(rule: dict[str, Any], things: Things, since: date = date.min) -> dict[date, Meant]:
    """What a rule means by its days; it knows nothing of bookings."""
    found: Rule = wanted(asked(things, rule)).rule
    periods = {day: found.period_on(day, ROME) for day in found.days() if day >= since}
    what = frozenset(thing.pk for thing in things)
    return {day: Meant(period, what) for day, period in periods.items() if period is not None}


def book(cast: Cast, things: Things, rule: dict[str, Any]) -> Series:
    made = series.plan(cast.ada, None, asked(things, rule))
    series.show(made, series.chosen_of(series.dates_of(made)))
    booked = series.book(cast.ada, made)
    Booking.objects.filter(state="held").update(state="confirmed", held_until=None)
    Claim.objects.update(kind="booked", until=None, reason=None)
    return booked


def change(
    cast: Cast, of: Series, scope: str, on: date | None, things: Things, rule: dict[str, Any]
) -> Series:
    made = editing.plan_to_edit(cast.ada, of, scope, on, edited(of, things, rule))
    series.show(made, plan_edit(made).said())
    changed = editing.edit(cast.ada, made)
    Booking.objects.filter(state="held").update(state="confirmed", held_until=None)
    Claim.objects.update(kind="booked", until=None, reason=None)
    return Series.objects.select_related("venue", "person", "organisation", "recurrence").get(pk=changed.pk)


def standing(of: Series) -> dict[date, Booking]:
    rows = of.bookings.filter(state="confirmed").prefetch_related("items")
    found = {b.series_date: b for b in rows if b.series_date is not None}
    assert len(found) == rows.count()
    return found


def has(booking: Booking) -> Meant:
    items = list(booking.items.all())
    assert all(item.period == booking.period for item in items)
    return Meant(booking.period, frozenset(item.resource_id for item in items))


def places(booking: Booking) -> list[UUID]:
    return sorted(item.pk for item in booking.items.all())


def after(present: dict[date, Meant], old: dict[date, Meant], new: dict[date, Meant]) -> dict[date, Meant]:
    """What an edit makes of the dates that it concerns: those to which it gives no other meaning stay as they are."""
    return {day: present[day] if day in present and old.get(day) == p else p for day, p in new.items()}


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=rules, then=edits, several=st.booleans())
def test_edited_is_planned_so_from_the_start(cast, first, then, several):
    _ = (cast.ada, cast.room, cast.other_room)
    point = transaction.savepoint()
    try:
        with time_machine.travel(rome("2026-10-01 09:00"), tick=False):
            projectors = [cast._whole(f"p{n}", "equipment", f"Proiettore {n}") for n in range(3 * several)]
            always_open(cast, [cast.room, cast.other_room, *projectors])
            story(cast, first, then, projectors)
    finally:
        transaction.savepoint_rollback(point)


def always_open(cast: Cast, things: Things) -> None:
    cast.venue.holidays_of = ""
    cast.venue.save()
    OpeningRule.objects.all().delete()
    opening.set_hours(cast.venue, range(1, 8), time(0), None, first_on=LONG_AGO)
    for thing in things:
        thing.venue.holidays_of = ""
        opening.plan(thing, FIRST)
        thing.refresh_from_db()


def story(cast: Cast, first: dict[str, Any], then: list[Any], projectors: Things) -> None:
    things: Things = [cast.room, *projectors[:1]]
    if not meant(first, things):
        return
    current = book(cast, things, first)
    rule, mine = first, meant(first, things)
    before: dict[date, Meant] = {}  # what earlier series of the chain keep
    for scope, which, wish, (projector, turned) in then:
        new_things: Things = [cast.room, *projectors[projector : projector + 1]][:: -1 if turned else 1]
        had = standing(current)
        day = sorted(had)[which % len(had)]
        new_rule = wish | {"first_on": rule["first_on"]}
        if scope == "this":
            new_rule = wish | {"repeat": "dates", "dates": [day.isoformat()]}
            expected = mine | meant(new_rule, new_things)
        else:
            since = day if scope == "following" else date.min
            fresh = after(mine, meant(rule, things), meant(new_rule, new_things, since))
            expected = {d: p for d, p in mine.items() if d < since} | fresh
            if not fresh:
                continue
        note(f"{scope} {day} {new_rule} {new_things}")
        try:
            changed = change(cast, current, scope, day if scope != "all" else None, new_things, new_rule)
        except Refused as error:
            note(str(error.reasons))
            changed, expected = current, expected if expected == mine else {}
        if changed.pk != current.pk:
            assert changed.follows_id == current.pk
            before |= {d: p for d, p in expected.items() if d < day}
            expected = {d: p for d, p in expected.items() if d >= day}
        now_has = standing(changed)
        assert {d: has(b) for d, b in now_has.items()} == expected
        kept = had.keys() & now_has.keys()
        assert all(had[d].pk == now_has[d].pk and had[d].code == now_has[d].code for d in kept)
        assert all(places(had[d]) == places(now_has[d]) for d in kept)
        current, mine = changed, expected
        if scope != "this":
            rule, things = current.asked["rule"], new_things
    rows = Booking.objects.filter(state="confirmed")
    assert sorted(b.period for b in rows) == sorted(m.period for m in [*mine.values(), *before.values()])
    assert {claim.during for claim in Claim.objects.all()} == {b.period for b in rows}
    assert Item.objects.filter(booking__in=rows).count() == Claim.objects.count()
    elsewhere: Things = [cast.other_room, *projectors[2:]]
    from_the_start = standing(book(cast, elsewhere, rule))
    as_planned = meant(rule, elsewhere)
    assert {d: has(b) for d, b in from_the_start.items()} == as_planned
    assert as_planned.keys() == mine.keys()
