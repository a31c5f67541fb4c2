"""Over random worlds: every slot that is listed can be held, and every slot that is not is refused with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from dateutil.relativedelta import relativedelta
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings

from booking.claims import Ask
from booking.finding.availability import look, starts
from booking.finding.bundles import Choice, common
from booking.finding.nearby import alternatives
from booking.finding.search import Wanted, frames
from booking.holding.holds import Wish, hold
from booking.judging.clauses import Given
from booking.judging.gathering import gather
from booking.judging.judge import judge
from booking.queueing.in_vain import Asked, in_vain
from booking.queueing.matching import Sought
from core.errors import Refused, SlotTaken
from core.ids import encode
from core.periods import Period, local_day
from spaces import layout, opening
from spaces.models import Rules
from tests.api import client, post
from tests.cast import LONG_AGO, ROME
from tests.properties.worlds import SLOT, World, worlds

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _near(monkeypatch):
    monkeypatch.setattr(opening, "AHEAD", relativedelta(days=40))


def told_apart(world: World, cast):
    """For each resource: what is listed, and what the judge says of every quarter of an hour."""
    for resource in world.resources:
        seen = look([resource], world.window, cast.ada)
        seen.given = Given(world.people)
        listed = set(starts(seen, resource, world.minutes, world.quantity, alone=True))
        day = timedelta(days=1)
        facts = gather([resource], world.window.padded(day, day), cast.ada)
        at = world.window.start
        while at + timedelta(minutes=world.minutes) <= world.window.end:
            ask = Ask(resource, Period(at, at + timedelta(minutes=world.minutes)), world.quantity)
            yield ask, at in listed, judge(facts, [ask], Given(world.people))
            at += SLOT


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(world=worlds(demanding=True))
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
                assert hold(Wish(cast.ada, [ask], made_by=cast.ada, people=world.people)).state == "held"
                transaction.savepoint_rollback(before)
    finally:
        transaction.savepoint_rollback(point)


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(world=worlds(demanding=True))
def test_the_api_grants_what_it_offers_and_says_why_not_of_the_rest(cast, world):
    _ = (cast.ada, cast.ivo, cast.venue)
    point = transaction.savepoint()
    try:
        with time_machine.travel(world.at, tick=False):
            world.build(cast)
            for resource in world.resources:
                asked_and_answered(world, client(cast.ada), resource)
    finally:
        transaction.savepoint_rollback(point)


def asked_and_answered(world: World, api, resource):
    """A few of the offers are booked; a few of the quarters between them are refused, with reasons or what is near."""
    ref = encode("res", resource.pk)
    query = {
        "resource_id": ref,
        "on_from": world.day.isoformat(),
        "on_to": (world.day + timedelta(days=1)).isoformat(),
        "minutes": world.minutes,
        "quantity": world.quantity,
        "per_resource": 200,
    } | ({"people": world.people} if world.people else {})
    (card,) = api.get("/api/v1/offers", query).json()["data"]
    offered = {offer["period"]["start"]: offer["period"]["end"] for offer in card["offers"]}
    end = local_day(world.day, ROME).end
    quarters = [world.window.start + n * SLOT for n in range(100)]
    others = [q for q in quarters if q + timedelta(minutes=world.minutes) <= end and said(q) not in offered]
    note(f"{resource.slug}: {sorted(offered)}")
    for start, expected in [
        *((s, 201) for s in list(offered)[:: max(1, len(offered) // 3)]),
        *((said(q), None) for q in others[:: max(1, len(others) // 3)]),
    ]:
        until = offered.get(start) or said(datetime.fromisoformat(start) + timedelta(minutes=world.minutes))
        before = transaction.savepoint()
        body = {
            "items": [{"resource_id": ref, "quantity": world.quantity}],
            "period": {"start": start, "end": until},
            "people": world.people,
        }
        answer = post(api, "/bookings", body, key=f"{ref}-{start}")
        transaction.savepoint_rollback(before)
        if expected:
            assert answer.status_code == expected, (start, answer.content)
        else:
            assert (answer.status_code, answer.json()["code"]) in [(403, "refused"), (409, "slot-taken")], (
                start
            )
            assert answer.status_code == 409 or answer.json()["reasons"], start


def said(at: datetime) -> str:
    """An instant as the API says it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(world=worlds(demanding=True))
def test_what_is_near_a_refusal_is_granted(cast, world):
    _ = (cast.ada, cast.ivo, cast.venue)
    point = transaction.savepoint()
    try:
        with time_machine.travel(world.at, tick=False):
            world.build(cast)
            resource = world.resources[0]
            for hour in (6, 9, 13, 18):
                start = local_day(world.day, ROME).start + timedelta(hours=hour)
                ask = Ask(resource, Period(start, start + timedelta(minutes=world.minutes)), world.quantity)
                for near in alternatives([ask], cast.ada, people=world.people):
                    note(f"{near.why} {near.resource.slug} {near.period}")
                    assert near.period != ask.period or near.resource != resource
                    granted(cast, list(near.asks), world.people)
    finally:
        transaction.savepoint_rollback(point)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(world=worlds(demanding=True))
def test_nobody_is_told_that_they_would_wait_in_vain_for_what_is_listed(cast, world):
    _ = (cast.ada, cast.ivo, cast.venue)
    point = transaction.savepoint()
    try:
        with time_machine.travel(world.at, tick=False):
            world.build(cast)
            for resource in world.resources:
                seen = look([resource], world.window, cast.ada)
                seen.given = Given(world.people)
                listed = next(starts(seen, resource, world.minutes, world.quantity, alone=True), None)
                want = Sought(world.window, world.minutes, ROME)
                found = frames(Wanted(weekdays=frozenset(range(1, 8))), world.window, ROME)
                asked = Asked(seen.facts, [Choice([resource], world.quantity)], world.people, found)
                against = [reason.code for reason in in_vain(asked, want)]
                note(f"{resource.slug} {listed} {against}")
                assert not (listed and against), (resource.slug, listed, against)
    finally:
        transaction.savepoint_rollback(point)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(world=worlds(demanding=True), other=worlds(demanding=True))
def test_what_is_offered_together_is_granted_and_what_is_not_is_refused(cast, world, other):
    """A second thing of other rules in the same hours: the common times are those the judge grants, and no others."""
    _ = (cast.ada, cast.ivo, cast.venue)
    point = transaction.savepoint()
    try:
        with time_machine.travel(world.at, tick=False):
            world.build(cast)
            thing = cast.resource("cosa", "equipment", "Cosa")
            layout.make_whole(thing)
            own = {"presets": [], "daily_limit": None, "only_with": []} | other.rules
            if world.people is None:
                own.pop("least_people", None)
            Rules.objects.create(resource=thing, from_on=LONG_AGO, data=own)
            opening.plan(thing, world.day - timedelta(days=2))
            thing.refresh_from_db()
            pairs = [(world.resources[0], thing), (world.resources[0], world.resources[-1])]
            for one, two in pairs[: 1 if len(world.resources) == 1 else 2]:
                choices = [Choice([one], world.quantity), Choice([two])]
                wanted = Wanted(world.minutes, people=world.people, per_resource=200)
                _, found = common(choices, world.window, wanted, cast.ada)
                offered = {asks[0].period.start: asks for asks in found}
                facts = gather(
                    [one, two], world.window.padded(timedelta(days=1), timedelta(days=1)), cast.ada
                )
                at = world.window.start
                while at + timedelta(minutes=world.minutes) <= world.window.end:
                    period = Period(at, at + timedelta(minutes=world.minutes))
                    asks = [Ask(one, period, world.quantity), Ask(two, period)]
                    codes = [r.code for r in judge(facts, asks, Given(world.people)).reasons]
                    assert (at in offered) == (not codes), (one.slug, two.slug, period, codes)
                    at += SLOT
                for asks in list(offered.values())[:: max(1, len(offered) // 3)]:
                    granted(cast, asks, world.people)
    finally:
        transaction.savepoint_rollback(point)


def granted(cast, asks, people):
    """Held, and given back."""
    before = transaction.savepoint()
    try:
        assert hold(Wish(cast.ada, asks, made_by=cast.ada, people=people)).state == "held"
    except (Refused, SlotTaken) as error:
        raise AssertionError((asks, error.code, getattr(error, "reasons", []))) from error
    transaction.savepoint_rollback(before)
