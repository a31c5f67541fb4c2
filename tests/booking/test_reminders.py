"""A word the day before, for those who want it; in their language; once; never late."""

import pytest
from django.core import mail as sent
from django.core.mail import EmailMultiAlternatives

from booking.holding import lifecycle
from core import outbox
from core.models import Mail, OutboxRow
from tests.api import client
from tests.booking.confirmed import book

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def reminders():
    return [m.subject for m in sent.outbox if m.subject.startswith(("Promemoria", "Reminder"))]


def test_it_leaves_a_day_before_in_the_reader_s_language(cast, at):
    cast.ada.language = "en"
    cast.ada.save()
    book(cast.ada, cast.room)
    at("2026-12-02 09:59")
    outbox.drain()
    assert reminders() == []
    at("2026-12-02 10:00")
    outbox.drain()
    outbox.drain()
    assert reminders() == ["Reminder: Sala Po"]


def test_nobody_is_reminded_of_what_they_booked_for_today(cast, at):
    book(cast.ada, cast.room, "2026-11-30 15:00")
    at("2026-11-30 14:00")
    outbox.drain()
    assert reminders() == []


def test_nobody_is_reminded_of_what_was_cancelled(cast, at):
    booking = book(cast.ada, cast.room)
    lifecycle.cancel(cast.ada, booking.pk)
    at("2026-12-02 10:00")
    outbox.drain()
    assert reminders() == []


def test_a_late_one_is_dropped(cast, at):
    book(cast.ada, cast.room)
    outbox.drain()
    at("2026-12-02 16:01")
    outbox.drain()
    assert reminders() == []


def test_who_declines_reminders_gets_none_and_still_hears_of_a_cancellation(cast, at):
    booking = book(cast.ada, cast.room)
    api = client(cast.ada)
    answer = api.patch("/api/v1/people/me/preferences", {"reminder": False}, format="json")
    assert answer.json() == {
        "confirmation": True,
        "reminder": False,
        "offer": True,
        "approval": True,
        "report": True,
    }
    at("2026-12-02 10:00")
    outbox.drain()
    assert reminders() == []
    assert client(cast.ada).get("/api/v1/people/me/preferences").json()["reminder"] is False
    lifecycle.cancel(cast.gina, booking.pk)
    outbox.drain()
    assert sent.outbox[-1].subject == "Prenotazione disdetta: Sala Po"


def test_who_declines_confirmations_gets_none(cast):
    client(cast.ada).patch("/api/v1/people/me/preferences", {"confirmation": False}, format="json")
    book(cast.ada, cast.room)
    outbox.drain()
    assert sent.outbox == []


def test_a_kind_that_does_not_exist_cannot_be_declined(cast):
    answer = client(cast.ada).patch("/api/v1/people/me/preferences", {"change": False}, format="json")
    assert answer.status_code == 422


class Died(BaseException):
    """A process that is killed: nothing of ours catches it."""


def test_a_worker_killed_between_sending_and_done_reminds_under_one_name(cast, at, monkeypatch):
    book(cast.ada, cast.room)
    at("2026-12-02 10:00")
    (reminder,) = OutboxRow.objects.filter(kind="booking.remind")
    Mail.objects.all().delete()
    outbox.work(reminder.pk)
    OutboxRow.objects.filter(pk=reminder.pk).update(done_at=None)
    leave = EmailMultiAlternatives.send

    def leave_and_die(self):
        leave(self)
        raise Died

    row = OutboxRow.objects.get(kind="core.mail", payload__mail=str(Mail.objects.get().pk))
    with monkeypatch.context() as patched:
        patched.setattr(EmailMultiAlternatives, "send", leave_and_die)
        with pytest.raises(Died):
            outbox.work(row.pk)
    outbox.work(reminder.pk)  # the reminder itself is worked twice too
    outbox.drain()
    outbox.work(row.pk)
    assert Mail.objects.count() == 1
    assert {m.extra_headers["Message-ID"] for m in sent.outbox} == {
        sent.outbox[0].extra_headers["Message-ID"]
    }
    assert len(sent.outbox) == 2
