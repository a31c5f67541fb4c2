"""The one order of locks is kept, and what the database says no to is translated in one place."""

import threading

import pytest
from django.db import connections, transaction

from core.errors import Busy
from core.locks import Again, LockedBackwards, Order, act, lock_rows, lock_venue
from people.models import Person
from spaces.models import LockDomain

pytestmark = pytest.mark.django_db(transaction=True)


def test_nobody_locks_backwards(cast):
    @act
    def backwards():
        lock_rows(Order.WHERE, LockDomain, [])
        lock_rows(Order.WHO, Person, [cast.ada.pk])

    with pytest.raises(LockedBackwards):
        backwards()


def test_the_next_act_begins_at_the_beginning(cast):
    @act
    def one():
        lock_rows(Order.NUMBERS, Person, [cast.ada.pk])

    @act
    def two():
        lock_rows(Order.WHO, Person, [cast.ada.pk])

    one()
    two()


def test_locks_are_taken_inside_an_act(cast):
    with pytest.raises(RuntimeError):
        lock_venue(cast.venue.pk)


def test_an_act_that_saw_too_little_begins_again(cast):
    turns: list[object] = []

    @act
    def eager():
        turns.append(Person.objects.create(email=f"t{len(turns)}@example.org", name="T").pk)
        if len(turns) < 3:
            raise Again
        return len(turns)

    assert eager() == 3
    assert Person.objects.filter(email__startswith="t").count() == 1


def test_an_act_that_never_sees_enough_is_busy():
    @act
    def hopeless():
        raise Again

    with pytest.raises(Busy):
        hopeless()


def test_an_act_does_not_run_inside_another():
    @act
    def inner():
        return 1

    with pytest.raises(RuntimeError), transaction.atomic():
        inner()


def test_two_who_lock_crosswise_both_come_through(cast):
    """The order makes this impossible for acts; where a trigger or a foreign key does it, the loser begins again."""
    cast.ada, cast.bruno  # noqa: B018
    meet = threading.Barrier(2, timeout=5)
    results = {}

    def crosswise(first, second):
        turns = []

        @act
        def cross():
            turns.append(1)
            Person.objects.select_for_update().get(pk=first)
            if len(turns) == 1:
                meet.wait()
            Person.objects.select_for_update().get(pk=second)
            return len(turns)

        try:
            results[first] = cross()
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=crosswise, args=pair)
        for pair in ((cast.ada.pk, cast.bruno.pk), (cast.bruno.pk, cast.ada.pk))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Usually one turn and two; but the loser's second may be there before the other wakes, and then they meet again.
    assert len(results) == 2
    assert max(results.values()) > 1


def test_a_lock_that_is_not_had_in_time_is_busy(cast):
    ada = cast.ada.pk
    held, done = threading.Event(), threading.Event()

    def keep():
        with transaction.atomic():
            Person.objects.select_for_update().get(pk=ada)
            held.set()
            done.wait(timeout=10)
        connections.close_all()

    keeper = threading.Thread(target=keep)
    keeper.start()
    held.wait(timeout=5)

    def want():
        lock_rows(Order.WHO, Person, [ada])

    with pytest.raises(Busy):
        act(want, "100ms")()
    done.set()
    keeper.join()
