"""What is wanted outside happens at least once, leased to one worker at a time, whoever dies."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from core import outbox
from core.models import OutboxRow
from tests.races.conftest import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def done(monkeypatch):
    """What the handler of `test.act` was given."""
    seen = []
    monkeypatch.setitem(outbox._handlers, "test.act", lambda payload: seen.append(payload["n"]))
    return seen


def test_what_is_rolled_back_never_happens(done):
    with transaction.atomic():
        outbox.put("test.act", {"n": 1})
        transaction.set_rollback(True)
    outbox.put("test.act", {"n": 2})
    outbox.drain()
    assert done == [2]


def test_a_key_is_once(done):
    for _ in range(3):
        outbox.put("test.act", {"n": 1}, key="only")
    outbox.drain()
    assert done == [1]


def test_it_waits_for_its_hour(done, at):
    moment = at("2026-12-01 10:00")
    outbox.put("test.act", {"n": 1}, due_at=moment + timedelta(hours=1))
    outbox.drain()
    assert done == []
    at("2026-12-01 11:00")
    outbox.drain()
    assert done == [1]


def test_a_leased_row_is_nobody_else_s_until_its_worker_is_given_up(done, at):
    at("2026-12-01 10:00")
    outbox.put("test.act", {"n": 1})
    assert len(outbox.lease()) == 1  # and this worker dies
    assert outbox.lease() == []
    at("2026-12-01 10:05")
    outbox.drain()
    assert done == [1]


def test_what_takes_longer_than_its_lease_is_not_begun_beside_itself(monkeypatch, at):
    """A month's zip of many documents takes minutes; it was begun anew each minute, all of them at it together."""
    begun, others = [], []

    def long(payload):
        begun.append(payload["n"])
        at("2026-12-01 10:05")
        others.extend(at_once([outbox.drain]))

    monkeypatch.setitem(outbox._handlers, "test.long", long)
    at("2026-12-01 10:00")
    outbox.put("test.long", {"n": 1})
    outbox.drain()
    row = OutboxRow.objects.get()
    assert (begun, others) == ([1], [1])
    assert (row.attempts, row.fault, row.done_at is None) == (1, "", False)


def test_a_message_that_comes_twice_takes_no_try_from_whoever_is_at_the_row(monkeypatch):
    """Nothing was leased for it, so there is nothing to give back."""

    def long(payload):
        at_once([partial(outbox.work, OutboxRow.objects.get().pk)])

    monkeypatch.setitem(outbox._handlers, "test.long", long)
    outbox.put("test.long", {})
    outbox.drain()
    row = OutboxRow.objects.get()
    assert (row.attempts, row.done_at is None) == (1, False)


def test_a_row_that_is_done_is_not_done_again(done):
    outbox.put("test.act", {"n": 1})
    (row,) = outbox.lease()
    outbox.work(row)
    outbox.work(row)
    assert done == [1]


def test_a_fault_is_kept_and_the_others_go_on(done, monkeypatch, at):
    at("2026-12-01 10:00")

    def fail(payload):
        raise ValueError("no such printer")

    monkeypatch.setitem(outbox._handlers, "test.fail", fail)
    outbox.put("test.fail")
    outbox.put("test.act", {"n": 1})
    outbox.drain()
    failed = OutboxRow.objects.get(kind="test.fail")
    assert (done, failed.fault, failed.done_at) == ([1], "ValueError: no such printer", None)
    assert failed.due_at > OutboxRow.objects.get(kind="test.act").due_at - timedelta(hours=1)


def test_not_yet_is_no_fault(monkeypatch):
    def wait(payload):
        raise outbox.NotYet

    monkeypatch.setitem(outbox._handlers, "test.wait", wait)
    outbox.put("test.wait")
    outbox.drain()
    assert OutboxRow.objects.get().fault == ""


def test_the_relay_is_woken_once_and_after_the_commit(done):
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {outbox.CHANNEL}")
    with transaction.atomic():
        for n in range(5):
            outbox.put("test.act", {"n": n})
        assert heard() == 0
    assert heard() == 1


def heard():
    return len(list(connection.connection.notifies(timeout=0.2)))


def test_nobody_handles_what_is_not_registered():
    with pytest.raises(LookupError):
        outbox.put("test.unknown")


def test_a_periodic_job_has_one_row_an_interval(at, monkeypatch):
    monkeypatch.setattr(outbox, "_periodic", {"test.act": timedelta(minutes=10)})
    at("2026-12-01 10:01")
    outbox.plan_periodic()
    outbox.plan_periodic()
    assert OutboxRow.objects.count() == 1
    at("2026-12-01 10:11")
    outbox.plan_periodic()
    assert OutboxRow.objects.count() == 2


def test_rows_are_worked_in_the_order_they_were_wanted(done, at):
    at("2026-12-01 10:00")
    for n in range(5):
        outbox.put("test.act", {"n": n})
    outbox.drain()
    assert done == [0, 1, 2, 3, 4]


def test_what_is_longest_due_is_leased_first(done, at, monkeypatch):
    monkeypatch.setattr(outbox, "BATCH", 1)
    moment = at("2026-12-01 10:00")
    outbox.put("test.act", {"n": 1}, due_at=moment - timedelta(minutes=1))
    outbox.put("test.act", {"n": 2}, due_at=moment - timedelta(minutes=2))
    outbox.drain()
    assert done == [2, 1]


def test_workers_at_once_share_the_rows_and_none_is_had_by_two(done):
    for n in range(40):
        outbox.put("test.act", {"n": n})
    leases = at_once([outbox.lease] * 4)
    had = [row for lease in leases for row in lease]
    assert len(had) == len(set(had)) == 40


def test_what_always_fails_is_given_up_and_keeps_its_fault(monkeypatch, at):
    calls = []

    def fail(payload):
        calls.append(1)
        raise ValueError("never")

    monkeypatch.setitem(outbox._handlers, "test.fail", fail)
    at("2026-12-01 10:00")
    outbox.put("test.fail")
    for day in range(2, 30):
        at(f"2026-12-{day:02} 10:00")
        outbox.drain()
    row = OutboxRow.objects.get()
    assert len(calls) == outbox.LAST_ATTEMPT
    assert (row.done_at, row.fault) == (None, "ValueError: never")
