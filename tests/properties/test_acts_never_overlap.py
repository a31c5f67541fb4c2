"""Any acts in any order: no two claims meet, none is orphaned, and nothing dead stands in the way."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from dateutil.relativedelta import relativedelta
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from billing.acts import cancel
from billing.checkout import checkout
from billing.quotes import quote
from booking import attendance, blocks, claims, holds
from booking.claims import Ask
from booking.holds import Wish, hold
from booking.judge import gather, judge
from booking.models import Block, Booking, Claim, Item, Watch
from core.clock import now
from core.errors import DomainError, SlotTaken
from core.periods import Period
from spaces import opening
from spaces.layout import takes
from tests.properties.worlds import SLOT, World, worlds

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
quarter = st.integers(0, 100)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _near(monkeypatch):
    monkeypatch.setattr(opening, "AHEAD", relativedelta(days=40))
    monkeypatch.setattr("billing.checkout.open_page", lambda made: None)


acts = st.lists(
    st.one_of(
        st.tuples(st.just("hold"), st.integers(0, 2), quarter, st.integers(1, 12)),
        st.tuples(st.just("hold"), st.integers(0, 2), quarter, st.integers(1, 12)),
        st.tuples(st.just("pay"), st.integers(0, 9)),
        st.tuples(st.just("release"), st.integers(0, 9)),
        st.tuples(st.just("cancel"), st.integers(0, 9)),
        st.tuples(st.just("check_in"), st.integers(0, 9)),
        st.tuples(st.just("check_out"), st.integers(0, 9)),
        st.tuples(st.just("no_show"), st.integers(0, 9)),
        st.tuples(st.just("grace_ends")),
        st.tuples(st.just("block"), st.integers(0, 2), quarter, st.integers(1, 12)),
        st.tuples(st.just("lift"), st.integers(0, 9)),
        st.tuples(st.just("wait"), st.sampled_from([1, 9, 11, 40, 600])),
        st.tuples(st.just("sweep")),
    ),
    min_size=4,
    max_size=18,
)


attend = {
    "check_in": attendance.check_in,
    "check_out": attendance.check_out,
    "no_show": attendance.mark_no_show,
}


def do(world: World, cast: Any, clock: Any, act: tuple[Any, ...], people: list[Any]) -> None:
    """One act; what the house refuses is part of the story."""
    name, *said = act
    made = list(Booking.objects.order_by("pk"))
    if name in ("hold", "block"):
        which, start, quarters = said
        resource = world.resources[which % len(world.resources)]
        begin = world.window.start + start * SLOT
        period = Period(begin, begin + quarters * SLOT)
        if name == "block":
            blocks.block(cast.ivo, resource, period, "other", "prova")
        else:
            person = people[start % len(people)]
            hold(Wish(person, [Ask(resource, period)], made_by=cast.ivo, override="prova"))
    elif name == "wait":
        clock.shift(timedelta(minutes=said[0]))
    elif name == "grace_ends":
        # Somebody was at the desk all the time: the worst case for whoever is late.
        watch = {"since_at": world.at, "seen_at": now()}
        Watch.objects.update_or_create(venue=cast.venue, door=None, defaults=watch)
        attendance.sweep_no_shows()
    elif name == "sweep":
        claims.sweep_dead()
    elif name == "lift":
        standing = list(Block.objects.order_by("pk"))
        if standing:
            blocks.lift(cast.ivo, standing[said[0] % len(standing)].pk)
    elif made:
        booking = made[said[0] % len(made)]
        if name == "pay":
            checkout(cast.ivo, quote(booking.person, [booking], None).pk, "cash")
        elif name == "release":
            holds.release(cast.ivo, booking.pk)
        elif name == "cancel":
            cancel(cast.ivo, booking.pk)
        else:
            attend[name](cast.ivo, booking.pk)


def check(world: World) -> None:
    """What is true of the rows, whatever the database's own guard says."""
    by_unit: dict[Any, list[Claim]] = defaultdict(list)
    for claim in Claim.objects.order_by("unit_id"):
        by_unit[claim.unit_id].append(claim)
    for found in by_unit.values():
        found.sort(key=lambda c: c.during.start)
        for one, next_ in pairwise(found):
            assert one.during.end <= next_.during.start
    live = [Booking.State.HELD, Booking.State.REQUESTED, Booking.State.CONFIRMED]
    trees = takes([r.pk for r in world.resources])
    for item in Item.objects.select_related("booking").prefetch_related("claims"):
        owned = list(item.claims.all())
        if item.booking.state not in live:
            assert owned == []
            continue
        gone = item.booking.attendance in (Booking.Attendance.LEFT, Booking.Attendance.NO_SHOW)
        if gone and len(owned) < sum(take.n for take in trees[item.resource_id]):
            assert owned == []  # let go before it had begun
            continue
        assert len(owned) == sum(take.n for take in trees[item.resource_id])
        before, after = timedelta(minutes=item.set_up_minutes), timedelta(minutes=item.clean_up_minutes)
        promised = item.period.padded(before, after)
        if gone:
            assert len({claim.during for claim in owned}) <= 1
            assert all(promised.covers(claim.during) for claim in owned)
            assert all(claim.during.start == promised.start for claim in owned)
        else:
            assert {claim.during for claim in owned} == {promised}
    for block in Block.objects.prefetch_related("claims__unit"):
        blocked = list(block.claims.all())
        everything = {u for take in trees[block.resource_id] for u in take.choices}
        assert {c.unit_id for c in blocked} == (set() if block.lifted_at else everything)
        assert all(c.during == block.period for c in blocked)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(world=worlds(), story=acts)
def test_whatever_is_done_no_two_have_the_same_time(cast, world, story):
    people = [cast.ada, cast.carla, cast.bruno]
    _ = (cast.ivo, cast.venue)
    point = transaction.savepoint()
    try:
        with time_machine.travel(world.at, tick=False) as clock:
            world.build(cast)
            for act in story:
                step = transaction.savepoint()
                try:
                    do(world, cast, clock, act, people)
                    note(f"{act}: done")
                except DomainError as error:
                    transaction.savepoint_rollback(step)
                    note(f"{act}: {error.code}")
                check(world)
            clock.shift(timedelta(minutes=15))
            nothing_dead_stands_in_the_way(cast)
    finally:
        transaction.savepoint_rollback(point)


def nothing_dead_stands_in_the_way(cast: Any) -> None:
    """Where the judge sees a lapsed hold's time as free, whoever asks for it gets it."""
    for item in Item.objects.filter(booking__state="held").select_related("resource__venue"):
        ask = Ask(item.resource, item.period, item.quantity)
        free = judge(gather([ask.resource], ask.period.padded(DAY, DAY), cast.ada), [ask], overridden=True)
        before = transaction.savepoint()
        try:
            hold(Wish(cast.ada, [ask], made_by=cast.ivo, override="prova"))
            had = True
        except SlotTaken:
            had = False
        transaction.savepoint_rollback(before)
        assert had == (not free.reasons)
