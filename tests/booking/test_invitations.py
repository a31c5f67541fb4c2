"""What a message about a booking carries, as mail programs and calendars read it."""

from email import message_from_bytes, policy

import pytest
from django.core import mail as sent
from icalendar import Calendar

from booking.holding import lifecycle
from booking.models import Booking
from booking.telling import messages
from core import mail, outbox
from core.models import Mail
from tests.booking.confirmed import book

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def parsed(message):
    return message_from_bytes(message.message().as_bytes(), policy=policy.default)


def invited(message):
    """The calendar among the alternatives, and its one event."""
    (part,) = [p for p in parsed(message).walk() if p.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    (event,) = calendar.walk("VEVENT")
    assert part.get_param("method") == calendar["method"]
    return calendar, event


def test_its_parts_are_where_mail_programs_look(cast):
    book(cast.ada, cast.room)
    outbox.drain()
    message = parsed(sent.outbox[-1])
    assert message.get_content_type() == "multipart/mixed"
    alternatives, file = message.iter_parts()
    assert alternatives.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in alternatives.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    assert (file.get_content_type(), file.get_content_disposition()) == ("application/ics", "attachment")
    assert file.get_filename().endswith(".ics")


def test_a_confirmation_invites(cast):
    booking = book(cast.ada, cast.room)
    outbox.drain()
    calendar, event = invited(sent.outbox[-1])
    assert calendar["method"] == "REQUEST"
    assert (event["status"], event["sequence"]) == ("CONFIRMED", 0)
    assert event["dtstart"].dt == booking.period.start
    assert event["attendee"] == "mailto:ada@example.org"
    assert event["organizer"].startswith("mailto:")
    assert event["dtstamp"].dt


def test_a_change_has_the_same_uid_and_a_higher_sequence(cast):
    booking = book(cast.ada, cast.room)
    outbox.drain()
    Booking.objects.filter(pk=booking.pk).update(sequence=1)
    booking.refresh_from_db()
    messages.on_booking_changed([booking], "confirmed", "moved")
    outbox.drain()
    (_, first), (calendar, second) = (invited(m) for m in sent.outbox[-2:])
    assert calendar["method"] == "REQUEST"
    assert first["uid"] == second["uid"]
    assert second["sequence"] > first["sequence"]


def test_each_change_is_told_and_each_once(cast):
    booking = book(cast.ada, cast.room)
    for sequence in (1, 2, 2):
        Booking.objects.filter(pk=booking.pk).update(sequence=sequence)
        booking.refresh_from_db()
        messages.on_booking_changed([booking], "confirmed", "moved")
    assert Mail.objects.filter(key__contains=":moved:").count() == 2


def test_a_cancellation_takes_it_away(cast):
    booking = book(cast.ada, cast.room)
    outbox.drain()
    lifecycle.cancel(cast.ada, booking.pk)
    outbox.drain()
    (_, first), (calendar, last) = (invited(m) for m in sent.outbox[-2:])
    assert calendar["method"] == "CANCEL"
    assert (last["uid"], last["status"]) == (first["uid"], "CANCELLED")
    assert last["sequence"] > first["sequence"]


def test_what_should_have_left_by_now_is_dropped(cast, at):
    from core.clock import now
    from core.words import Words

    reader = mail.Reader(None, "ada@example.org", "it")
    mail.write(reader, Words("A", "A"), [Words("b", "b")], until=now())
    at("2026-11-30 09:01")
    outbox.drain()
    assert (Mail.objects.get().state, sent.outbox) == (Mail.State.DROPPED, [])
