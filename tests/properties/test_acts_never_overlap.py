"""Any acts in any order: no two claims meet, none is orphaned, nothing dead stands in the way, and no cent is lost.

What the house refuses is part of the story; but money that comes is never refused, and nobody who pays is told that the
time they hold is taken."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
import time_machine
from dateutil.relativedelta import relativedelta
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from billing.changes import giving_back, handing, moves
from billing.changes.acts import accept_proposal, cancel
from booking.attending import attendance
from booking.changing import changes, undo
from booking.changing import handing as offers
from booking.changing.moves import Where, pending_of
from booking.claims import Ask, Placed
from booking.holding import blocks, holds, lapsing
from booking.holding.holds import Wish, hold
from booking.judging.gathering import gather
from booking.judging.judge import judge
from booking.models import Block, Booking, Claim, Item, Outage, Rescue, RescueCase, Waiting, Watch
from booking.obstructing import standing
from booking.rescuing import answers, outages, rescues
from booking.rescuing.outages import Declared
from core.clock import now
from core.errors import DomainError, SlotTaken
from core.periods import Period
from people.models import Person
from spaces import opening, relayout
from spaces.models import Resource
from tests.properties import acts as by
from tests.properties.money import check_money
from tests.properties.rows import check
from tests.properties.worlds import SLOT, World, worlds

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
quarter = st.integers(0, 100)
some = st.integers(0, 9)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _near(monkeypatch):
    monkeypatch.setattr(opening, "AHEAD", relativedelta(days=40))
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


def every(*names: str) -> Any:
    """One of these acts, on some booking (or block, or outage)."""
    return st.tuples(st.sampled_from(names), some)


lengths = st.integers(1, 12)
OF_SERIES = ["series", "edit", "end_series", "ask_series", "approve_series", "refuse_series"]
spots = st.tuples(st.integers(0, 2), quarter, lengths)
single = st.one_of(
    st.tuples(st.just("hold"), spots),
    st.tuples(st.sampled_from(["block", "outage", "wait_for", "wait_for_kind"]), spots),
    st.tuples(st.sampled_from(["move", "propose"]), some, st.none() | st.integers(0, 2), quarter, lengths),
    st.tuples(st.sampled_from(["extend", "shorten", "give_back"]), some, st.integers(1, 6)),
    st.tuples(st.just("hand_over"), some, st.integers(0, 2)),
    every("pay", "account", "cancel", "undo"),
    every("page", "bank", "bank"),
    every("ask", "approve", "refuse"),
    every("accept", "decline", "withdraw"),
    st.tuples(st.sampled_from(OF_SERIES), some, st.integers(0, 40), lengths),
    every("take_offer", "take_part", "leave_offer"),
    every("divide", "join"),
    every("release", "check_in", "check_out", "no_show"),
    every("lift", "mend"),
    every("rescue"),
    st.tuples(st.sampled_from(["send", "choose", "answer", "answer", "default"]), some, st.integers(0, 3)),
    st.tuples(st.just("wait"), st.sampled_from([5, 11, 60, 540, 660, 2400, 36000])),
    st.tuples(st.sampled_from(["grace_ends", "sweep", "square"])),
).map(lambda act: [act])
# What belongs together is seldom drawn so: what was done last is paid, asked for, moved into; its money comes late.
LAST = -1
longer = st.tuples(st.just("extend"), st.just(LAST), st.integers(1, 6))
passed = st.tuples(st.just("wait"), st.sampled_from([60, 660, 2400, 36000]))
chains = st.one_of(
    st.tuples(st.just("hold"), spots).map(lambda held: [held, ("pay", LAST)]),
    st.tuples(st.just("hold"), spots).map(lambda held: [held, ("ask", LAST)]),
    st.tuples(st.just("hold"), spots, passed).map(
        lambda told: [told[:2], ("page", LAST), told[2], ("bank", LAST)]
    ),
    st.tuples(longer, passed).map(lambda told: [told[0], ("page", LAST), told[1], ("bank", LAST)]),
    st.tuples(spots, st.sampled_from(["wait_for", "wait_for_kind"])).map(
        lambda told: [("hold", told[0]), ("pay", LAST), (told[1], told[0]), ("cancel", LAST)]
    ),
    st.tuples(st.integers(0, 2), st.integers(0, 40), st.sampled_from(OF_SERIES[-2:])).map(
        lambda told: [
            ("series", *told[:2], 1),
            ("ask_series", LAST, 0, 1),
            (told[2], LAST, told[1], 1),
        ]
    ),
    st.integers(0, 2).map(lambda who: [("hand_over", LAST, who), ("accept", LAST), ("pay", LAST)]),
)
acts = st.lists(single | single | chains, min_size=3, max_size=14).map(lambda told: list(chain(*told)))


METHODS = {"pay": "cash", "account": "account", "page": "card"}
attend = {
    "check_in": attendance.check_in,
    "check_out": attendance.check_out,
    "no_show": attendance.mark_no_show,
}


def do(world: World, cast: Any, clock: Any, act: tuple[Any, ...], people: list[Any]) -> None:
    """One act; what the house refuses is part of the story."""
    name, *said = act
    made = list(Booking.objects.order_by("pk"))
    if name in ("hold", "block", "outage", "wait_for", "wait_for_kind"):
        take(world, cast, people, name, *said[0])
    elif name in OF_SERIES:
        by.of_series(world, cast, name, people[said[0] % len(people)], *said)
    elif name in ("take_offer", "take_part", "leave_offer"):
        by.answer_offer(name, *said)
    elif name in ("divide", "join"):
        relay(world, cast, name, by.one_of(world.resources, said[0]))
    elif name == "bank":
        by.money_comes(*said)
    elif name == "square":
        by.square_up()
    elif name == "wait":
        clock.shift(timedelta(seconds=said[0]))
    elif name == "grace_ends":
        # Somebody was at the desk all the time: the worst case for whoever is late.
        watch = {"since_at": world.at, "seen_at": now()}
        Watch.objects.update_or_create(venue=cast.venue, door=None, defaults=watch)
        attendance.sweep_no_shows()
    elif name == "sweep":
        lapsing.sweep_dead()
        changes.sweep()
    elif name in ("lift", "mend"):
        there = list((Block if name == "lift" else Outage).objects.order_by("pk"))
        if there:
            end = blocks.lift if name == "lift" else outages.lift
            end(cast.ivo, there[said[0] % len(there)].pk)
    elif name in ("rescue", "send", "choose", "answer", "default"):
        rescue(cast, name, *said)
    elif made:
        with_booking(world, cast, people, name, made[said[0] % len(made)], said[1:])


def relay(world: World, cast: Any, name: str, resource: Resource) -> None:
    """A room is divided, or whole again; its parts are places of the world from then on."""
    if name == "join":
        relayout.join(cast.ivo, resource.pk)
    else:
        relayout.divide(cast.ivo, resource.pk, ["sinistra", "destra"])
    known = {found.pk for found in world.resources}
    made = Resource.objects.filter(venue=cast.venue).exclude(pk__in=known).order_by("pk")
    world.resources += list(made.select_related("venue"))


CHOICES = ["move", "refund", "wait", "keep"]


def rescue(cast: Any, name: str, which: int, choice: int = 0) -> None:
    """Those in an outage are rescued: planned, written to, answered for by staff or by the default."""
    there: list[Any] = list(
        (Outage if name == "rescue" else Rescue if name == "send" else RescueCase).objects.order_by("pk")
    )
    if not there:
        return
    one = there[which % len(there)]
    if name == "rescue":
        rescues.plan(cast.ivo, rescues.About(cast.venue, "prova", outage=one))
    elif name == "send":
        rescues.send(cast.ivo, one)
    elif name == "choose":
        rescues.choose(cast.ivo, one.pk, choice if choice < len(one.offers) else None)
    elif name == "answer":
        answers.settle(one.pk, CHOICES[choice], by=cast.ivo, staff=True)
    else:
        answers.apply_default({"case": str(one.pk)})


def take(
    world: World, cast: Any, people: list[Any], name: str, which: int, start: int, quarters: int
) -> None:
    resource = world.resources[which % len(world.resources)]
    begin = world.window.start + start * SLOT
    period = Period(begin, begin + quarters * SLOT)
    if name == "block":
        blocks.block(cast.ivo, resource, period, "other", "prova")
    elif name == "outage":
        outages.declare(cast.ivo, Declared(resource, max(begin, now()), max(begin, now()) + quarters * SLOT))
    elif name == "wait_for":
        by.wait_for(cast, people[(start + 1) % len(people)], resource, period)
    elif name == "wait_for_kind":
        by.wait_for_kind(cast, world, people[(start + 1) % len(people)], resource.kind, period, quarters)
    else:
        person = people[start % len(people)]
        hold(Wish(person, [Ask(resource, period)], made_by=cast.ivo, override="prova"))


def with_booking(
    world: World, cast: Any, people: list[Any], name: str, booking: Booking, said: list[Any]
) -> None:
    change = pending_of(booking)
    if name in METHODS:
        by.pay(cast, booking, METHODS[name])
    elif name == "ask":
        by.ask(cast, booking)
    elif name in ("approve", "refuse", "propose"):
        by.decide(
            cast, name, booking, elsewhere(world, booking, name, said) if said else Where(booking.period)
        )
    elif name == "release":
        holds.release(cast.ivo, booking.pk)
    elif name == "cancel":
        cancel(cast.ivo, booking.pk)
    elif name == "undo":
        undo.undo(cast.ivo, booking.pk)
    elif name in ("move", "extend", "shorten"):
        moves.move(cast.ivo, booking.pk, elsewhere(world, booking, name, said), house=True, override="prova")
    elif name == "give_back":
        end = booking.period.end
        start = end - said[0] * SLOT
        giving_back.give_back(booking.person, booking.pk, Period(start, end))
    elif name == "hand_over":
        offers.offer(cast.ivo, booking.pk, people[said[0]].email, house=True)
    elif name == "accept" and change is not None and change.kind == change.Kind.PROPOSAL:
        accept_proposal(booking.person, booking.pk)
    elif name == "accept":
        receiver = Person.objects.filter(email=change.to_email).first() if change else None
        if receiver is not None:
            handing.accept(receiver, booking.pk, frozenset())
    elif name == "decline":
        changes.decline(cast.ivo, booking.pk)
    elif name == "withdraw":
        changes.withdraw(cast.ivo, booking.pk)
    else:
        attend[name](cast.ivo, booking.pk)


def elsewhere(world: World, booking: Booking, name: str, said: list[Any]) -> Where:
    start, end = booking.period.start, booking.period.end
    if name == "extend":
        return Where(Period(start, end + said[0] * SLOT))
    if name == "shorten":
        return Where(Period(start, max(start + SLOT, end - said[0] * SLOT)))
    which, begin, quarters = said
    begin = world.window.start + begin * SLOT
    resource = None if which is None else world.resources[which % len(world.resources)]
    return Where(Period(begin, begin + quarters * SLOT), resource)


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
                    if act[0] == "bank" or (act[0] in METHODS and isinstance(error, SlotTaken)):
                        raise
                    transaction.savepoint_rollback(step)
                    note(f"{act}: {error.code}")
                    continue  # nothing has changed
                check(world)
                check_money()
            clock.shift(timedelta(minutes=15))
            nothing_dead_stands_in_the_way(cast)
    finally:
        transaction.savepoint_rollback(point)


def given_to_an_outage(placed: Placed) -> bool:
    """What lapses inside an outage passes to it in the act in which it lapses, before anybody can ask."""
    return any(
        stand.during.overlaps(placed.padded) and stand.units & set(placed.units)
        for stand in standing.of_outages(standing.closing())
    )


def nothing_dead_stands_in_the_way(cast: Any) -> None:
    """Where the judge sees the time of what has lapsed as free, whoever asks for it gets it; swept, it is gone."""
    dead = Item.objects.filter(claims__until__lte=now()).distinct()
    for item in dead.select_related("resource__venue"):
        pieces = item.claims.filter(until__lte=now(), reason=Claim.Reason.CHANGE)
        for period in {item.period, *(claim.during for claim in pieces)}:
            ask = Ask(item.resource, period, item.quantity)
            free = judge(
                gather([ask.resource], ask.period.padded(DAY, DAY), cast.ada), [ask], overridden=True
            )
            before = transaction.savepoint()
            try:
                hold(Wish(cast.ada, [ask], made_by=cast.ivo, override="prova"))
                had = True
            except SlotTaken:
                had = False
            transaction.savepoint_rollback(before)
            waited_for = Waiting.objects.filter(state=Waiting.State.WAITING).exists()
            if not waited_for and not any(given_to_an_outage(placed) for placed in free.placed):
                assert had == (not free.reasons)
    lapsing.sweep_dead()
    changes.sweep()
    assert not Claim.objects.filter(until__lte=now()).exists()
