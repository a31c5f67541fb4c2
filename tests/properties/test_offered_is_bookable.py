"""Over random worlds: every slot that is listed can be held, and every slot that is not is refused with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from dateutil.relativedelta import relativedelta
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings

from booking.availability import look, starts
from booking.claims import Ask
from booking.holds import Wish, hold
from booking.judge import gather, judge
from core.periods import Period
from spaces import opening
from tests.properties.worlds import SLOT, World, worlds

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _near(monkeypatch):
    monkeypatch.setattr(opening, "AHEAD", relativedelta(days=40))


def told_apart(world: World, cast):
    """For each resource: what is listed, and what the judge says of every quarter of an hour."""
    for resource in world.resources:
        seen = look([resource], world.window, cast.ada)
        listed = set(starts(seen, resource, world.minutes, world.quantity))
        day = timedelta(days=1)
        facts = gather([resource], world.window.padded(day, day), cast.ada)
        at = world.window.start
        while at + timedelta(minutes=world.minutes) <= world.window.end:
            ask = Ask(resource, Period(at, at + timedelta(minutes=world.minutes)), world.quantity)
            yield ask, at in listed, judge(facts, [ask])
            at += SLOT


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_what_is_listed_is_granted_and_what_is_not_is_refused(cast, world):
    _ = (cast.ada, cast.ivo, cast.venue)
    point = transaction.savepoint()
    try:
        with time_machine.travel(world.at, tick=False):
            world.build(cast)
            granted = []
            for ask, listed, verdict in told_apart(world, cast):
                codes = [reason.code for reason in verdict.reasons]
                note(f"{ask.resource.slug} {ask.period} listed={listed} {codes}")
                assert listed == (not codes), (ask.resource.slug, ask.period, codes)
                if listed:
                    granted.append(ask)
            for ask in granted[:: max(1, len(granted) // 4)]:
                before = transaction.savepoint()
                assert hold(Wish(cast.ada, [ask], made_by=cast.ada)).state == "held"
                transaction.savepoint_rollback(before)
    finally:
        transaction.savepoint_rollback(point)
