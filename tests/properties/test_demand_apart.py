"""Whatever is wanted by whom and however offices ask, no answers can be subtracted until fewer than three people are left.

Each wish counts for a power of two, so that every number told says which wishes are in it. Who has many answers can single
out any wishes that are in the same of them, and no others: these must be of three people with an account at least.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from booking.measuring import demand
from booking.measuring.demand import unmet
from booking.measuring.insight import FEWEST, Cut, scope
from booking.measuring.tally import Days
from booking.models import Demand, DemandTold
from people.roles import standing

pytestmark = pytest.mark.django_db

WANTED_ON = [date(2026, 12, n) for n in (1, 2, 8, 15)] + [date(2027, 1, 5)]
TOLD_ON = ["2026-12-03", "2026-12-20", "2027-01-01", "2027-02-01"]
WINDOWS = [
    Days(date(2026, 12, 1), last)
    for last in [date(2026, 12, n) for n in (2, 3, 9, 31)] + [date(2027, 1, 1), date(2027, 2, 1)]
] + [Days(date(2026, 12, 2), date(2027, 1, 1)), Days(date(2026, 11, 1), date(2027, 3, 1))]
REASONS = ["slot-taken", "closed"]
# What, on which day, at which hour, why not, whose mark (None: not signed in), and before which telling.
WISH = st.tuples(
    st.sampled_from(["po", "dora", "laser", "rooms here", "anything here", "anything"]),
    st.sampled_from(WANTED_ON),
    st.sampled_from([19, None]),
    st.sampled_from(REASONS),
    st.sampled_from([0, 1, 2, 3, None]),
    st.integers(0, len(TOLD_ON) - 1),
)
Wish = tuple[str, date, int | None, str, int | None, int]


def singled_out(numbers: Iterable[int], marks: list[int | None]) -> list[int]:
    """Of how many marks the wishes are that somebody with all these numbers can tell from all others."""
    answers = set(numbers)
    alike: dict[tuple[bool, ...], set[int]] = defaultdict(set)
    for n, mark in enumerate(marks):
        place = tuple(bool(number >> n & 1) for number in sorted(answers))
        if any(place):
            alike[place] |= {mark} if mark is not None else set()
    return [len(found) for found in alike.values()]


@pytest.fixture
def asking(cast):
    """Every way in which an office narrows a report, with what it sees then; and what can be wanted."""
    cast.other_room.owner = cast.member
    cast.other_room.save()
    things = {"po": cast.room, "dora": cast.other_room, "laser": cast.laser}
    cuts = [
        Cut(),
        Cut(venue=cast.venue.pk),
        Cut(resources=[cast.room.pk]),
        Cut(resources=[cast.room.pk, cast.laser.pk]),
        Cut(kinds=["meeting_room"]),
        Cut(partner=cast.lead.pk),
        Cut(partner=cast.member.pk),
    ]
    asked = [(cast.dario, cuts[:6]), (cast.elena, [Cut(), cuts[6]]), (cast.ivo, [Cut(), cuts[5], cuts[6]])]
    return things, [(cut, scope(standing(person), cut)) for person, some in asked for cut in some]


def row(things: dict[str, Any], n: int, wish: Wish) -> Demand:
    what, on, hour, reason, mark, _ = wish
    thing, venue = things.get(what), things["po"].venue
    return Demand(
        how="attempt" if thing else "search",
        resource=thing,
        venue=None if what == "anything" else venue,
        kind=thing.kind if thing else "meeting_room" if what == "rooms here" else "",
        on=on,
        hour=hour,
        reason=reason,
        mark=mark,
        count=2**n,
    )


def numbers_told(scopes: list[Any]) -> set[int]:
    found: set[int] = set()
    for cut, of in scopes:
        narrowed, named = bool(cut.venue or cut.resources or cut.partner), bool(cut.resources)
        for days in WINDOWS:
            for reason in (None, *REASONS):
                told = unmet(
                    of,
                    days,
                    whole=not narrowed,
                    any_kind=not cut.kinds and not named,
                    named=named,
                    reason=reason,
                )
                counts = (told.heat, told.resources, told.kinds, told.reasons)
                found |= {told.total, *(n for by in counts for n in by.values())}
    return found - {0}


# Three alike on one day, and a fourth a week later; three that have only the kind in common, one of them late.
ALIKE: list[Wish] = [("po", WANTED_ON[0], 19, "closed", n, 0) for n in range(3)]
APART: list[Wish] = [("po", WANTED_ON[2], 19, "slot-taken", 0, 0), ("po", WANTED_ON[3], 19, "closed", 3, 1)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WISH, min_size=6, max_size=24))
@example([*ALIKE, *APART, ("laser", WANTED_ON[1], None, "closed", 2, 2)])
def test_no_answers_taken_from_each_other_leave_fewer_than_three(asking, at, wishes):
    things, scopes = asking
    Demand.objects.all().delete()
    DemandTold.objects.all().delete()
    numbers: set[int] = set()
    for turn, day in enumerate(TOLD_ON):
        Demand.objects.bulk_create(row(things, n, w) for n, w in enumerate(wishes) if w[-1] == turn)
        at(f"{day} 09:00")
        demand.tell()
        numbers |= numbers_told(scopes)
    left = singled_out(numbers, [wish[4] for wish in wishes])
    assert all(many >= FEWEST for many in left)


def test_three_alike_are_told_and_the_subtraction_sees_them(asking, at):
    things, scopes = asking
    Demand.objects.bulk_create(row(things, n, wish) for n, wish in enumerate([*ALIKE, *APART]))
    at("2026-12-02 09:00")
    demand.tell()
    assert numbers_told(scopes) == {0b111}
    assert singled_out({0b111}, [0, 1, 2, 0, 3]) == [3]


def test_windows_that_are_each_counted_anew_would_fall_to_it():
    # A week in which four people asked, and the same without its last day, in which the fourth did: each alone may be told.
    assert sorted(singled_out({0b1111, 0b0111}, [0, 1, 2, 3])) == [1, 3]
