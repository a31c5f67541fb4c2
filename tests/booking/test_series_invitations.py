"""A calendar that does what messages ask of it has a series' dates as they are, whatever was done to them."""

from datetime import UTC, datetime, timedelta

import pytest
import recurring_ical_events
from django.core import mail as sent
from icalendar import Calendar

from billing.models import Payment
from billing.paying import payments
from booking.changing import handing
from booking.changing.changes import lock_for
from booking.inviting.invited_series import entry_of
from booking.models import Booking, Series
from booking.telling import messages
from core import mail, outbox
from core.ids import encode
from core.locks import act
from core.models import Mail
from tests.api import client, post
from tests.booking.confirmed import book, final
from tests.booking.test_invitations import parsed
from tests.stories.test_a_series_is_edited import RULE, changed, paid, planned

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


class Diary:
    """What a calendar program keeps of one person's messages: of each UID the newest, until it is cancelled."""

    def __init__(self, person):
        self.email, self.read = person.email, 0
        self.newest, self.entries = {}, {}

    def take_in(self):
        """Reads the messages that came since; returns the methods of those with an invitation."""
        outbox.drain()
        found = []
        for message in sent.outbox[self.read :]:
            if message.to == [self.email]:
                found += [
                    self._heed(p) for p in parsed(message).walk() if p.get_content_type() == "text/calendar"
                ]
        self.read = len(sent.outbox)
        return found

    def _heed(self, part):
        calendar = Calendar.from_ical(part.get_payload(decode=True))
        events = calendar.events
        method, (uid,) = calendar["method"], {str(e["uid"]) for e in events}  # RFC 5546, 3.2.2: one only
        assert part.get_param("method") == method
        assert {e["attendee"] for e in events} == {f"mailto:{self.email}"}
        (version,) = {(e.sequence or 0, e.DTSTAMP) for e in events}
        if version >= self.newest.get(uid, version):
            self.newest[uid] = version
            self.entries.pop(uid, None)
            if method == "REQUEST":
                self.entries[uid] = calendar
        return method

    def dates(self):
        first, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 12, 31, tzinfo=UTC)
        return sorted(
            (e.start.astimezone(UTC), e.end.astimezone(UTC))
            for calendar in self.entries.values()
            for e in recurring_ical_events.of(calendar).between(first, last)
        )


def standing(person):
    rows = Booking.objects.filter(person=person, state__in=["confirmed", "requested"])
    return sorted((b.period.start, b.period.end) for b in rows)


def bought(cast, rule=RULE):
    """Ada's paid series, in her diary."""
    series, diary = paid(cast, rule), Diary(cast.ada)
    assert diary.take_in() == ["REQUEST"]
    assert diary.dates() == standing(cast.ada)
    return series, diary


def settle_rest(api):
    """What of a changed series is only held is paid."""
    ids = [_id(b) for b in Booking.objects.filter(state="held")]
    quote = api.post("/api/v1/quotes", {"booking_ids": ids}).json()
    post(api, "/checkouts", {"quote_id": quote["id"], "booking_ids": ids, "method": "card"}, f"pay{ids[0]}")
    payments.settle(Payment.objects.latest("made_at").pk)


def _id(booking):
    return encode("bkg", booking.pk)


def the_entry(diary):
    (calendar,) = diary.entries.values()
    return calendar


def test_a_series_is_one_entry_with_its_zone(cast):
    _, diary = bought(cast)
    calendar = the_entry(diary)
    (event,) = calendar.walk("VEVENT")
    assert event["rrule"]["FREQ"] == ["WEEKLY"]
    assert event["rrule"]["BYDAY"] == ["TU"]
    assert (event["dtstart"].dt.isoformat(), event["status"]) == ("2027-01-12T18:00:00+01:00", "CONFIRMED")
    assert event["dtstart"].params["TZID"] == calendar.walk("VTIMEZONE")[0]["tzid"] == "Europe/Rome"
    assert event["organizer"].startswith("mailto:")


def test_left_out_days_and_a_changing_clock_are_as_booked(cast):
    days = {"weekdays": ["mon"], "first_on": "2027-02-01", "last_on": "2027-11-29"}
    series, diary = bought(cast, RULE | days | {"skip": ["public_holidays"]})
    assert {"2027-03-29", "2027-11-01"} <= {left["on"] for left in series["left_out"]}
    assert len(diary.dates()) == 44 - len(series["left_out"])
    assert {start.hour for start, _ in diary.dates()} == {16, 17}


def test_one_date_cancelled_leaves_and_the_others_stay(cast, at):
    series, diary = bought(cast)
    at("2026-11-30 09:10")
    api, second = client(cast.ada), series["bookings"][1]["id"]
    assert post(api, f"/bookings/{second}/cancel").status_code == 200
    at("2026-11-30 09:11")
    final(Booking.objects.get(state="cancelled").pk)
    assert diary.take_in() == ["REQUEST"]
    assert len(diary.dates()) == 3
    assert diary.dates() == standing(cast.ada)
    assert the_entry(diary).walk("VEVENT")[0]["exdate"].dts[0].dt.isoformat() == "2027-01-19T18:00:00+01:00"


def test_one_date_moved_is_elsewhere_and_the_others_stay(cast, at):
    series, diary = bought(cast)
    at("2026-11-30 09:10")
    rule = RULE | {"repeat": "dates", "dates": ["2027-01-21"], "hours": {"start": "10:00", "end": "12:00"}}
    api = client(cast.ada)
    edit = planned(api, series, "this", on="2027-01-19", rule=rule)
    assert changed(api, series, edit).status_code == 200
    assert diary.take_in() == ["REQUEST"]
    assert diary.dates() == standing(cast.ada)
    assert (datetime(2027, 1, 21, 9, tzinfo=UTC), datetime(2027, 1, 21, 11, tzinfo=UTC)) in diary.dates()


def test_a_date_on_the_day_of_another_is_there_too(cast, at):
    series, diary = bought(cast)
    at("2026-11-30 09:10")
    rule = RULE | {"repeat": "dates", "dates": ["2027-01-26"], "hours": {"start": "10:00", "end": "12:00"}}
    api = client(cast.ada)
    edit = planned(api, series, "this", on="2027-01-19", rule=rule)
    assert changed(api, series, edit).status_code == 200
    diary.take_in()
    assert len(diary.dates()) == 4
    assert diary.dates() == standing(cast.ada)


def test_ended_early_it_ends_and_ended_whole_it_goes(cast, at):
    series, diary = bought(cast)
    api = client(cast.ada)
    at("2026-11-30 09:10")
    assert post(api, f"/series/{series['id']}/end", {"on": "2027-01-26"}, "e1").status_code == 200
    assert diary.take_in() == ["REQUEST"]
    assert len(diary.dates()) == 2
    assert diary.dates() == standing(cast.ada)
    at("2026-11-30 09:20")
    assert post(api, f"/series/{series['id']}/end", {"on": "2027-01-01"}, "e2").status_code == 200
    assert diary.take_in() == ["CANCEL"]
    assert diary.entries == {}
    assert standing(cast.ada) == []


def test_a_date_added_back_is_back(cast, at):
    series, diary = bought(cast)
    api, second = client(cast.ada), series["bookings"][1]["id"]
    post(api, f"/bookings/{second}/cancel")
    at("2026-11-30 09:11")
    final(Booking.objects.get(state="cancelled").pk)
    diary.take_in()
    at("2026-11-30 09:20")
    edit = post(api, f"/series/{series['id']}/add-back", {"on": "2027-01-19"}, "a").json()
    assert changed(api, series, edit).status_code == 200
    assert diary.take_in() == []  # it is only held
    settle_rest(api)
    assert diary.take_in() == ["REQUEST"]
    assert len(diary.dates()) == 4
    assert diary.dates() == standing(cast.ada)


def test_what_follows_a_series_is_the_same_entry(cast, at):
    series, diary = bought(cast)
    api = client(cast.ada)
    at("2026-11-30 09:10")
    rule = RULE | {"weekdays": ["wed"], "hours": {"start": "10:00", "end": "12:00"}, "last_on": "2027-02-10"}
    after = changed(api, series, planned(api, series, "following", on="2027-01-26", rule=rule)).json()
    assert after["follows"] == series["id"]
    assert diary.take_in() == ["REQUEST"]
    at("2026-11-30 09:12")
    settle_rest(api)
    assert diary.take_in() == ["REQUEST"]
    assert len(diary.entries) == 1
    assert len(diary.dates()) == 5
    assert diary.dates() == standing(cast.ada)
    at("2026-11-30 09:30")
    post(api, f"/series/{after['id']}/end", {"on": "2027-01-01"}, "e1")
    assert diary.take_in() == ["REQUEST"]
    assert diary.dates() == standing(cast.ada)
    assert len(diary.dates()) == 2


def passed_on(giver, receiver, booking):
    """It is the receiver's, as if it cost nothing."""
    handing.offer(giver, booking.pk, receiver.email)

    @act
    def take():
        found = lock_for(booking.pk, people=[receiver.pk])
        change = handing.awaited(found, receiver)
        handing.agree(change, receiver, frozenset())
        handing.pass_on(change, found, receiver)

    take()


def test_who_hands_over_loses_it_and_who_has_it_keeps_it_as_it_moves(cast, at):
    giver, receiver = Diary(cast.ada), Diary(cast.bruno)
    booking = book(cast.ada, cast.room)
    assert giver.take_in() == ["REQUEST"]
    at("2026-11-30 09:10")
    passed_on(cast.ada, cast.bruno, booking)
    assert (giver.take_in(), receiver.take_in()) == (["CANCEL"], ["REQUEST"])
    assert (giver.dates(), receiver.dates()) == ([], standing(cast.bruno))
    at("2026-11-30 09:20")
    Booking.objects.filter(pk=booking.pk).update(sequence=5)
    at("2026-11-30 09:30")
    passed_on(cast.bruno, cast.ada, booking)
    assert (giver.take_in(), receiver.take_in()) == (["REQUEST"], ["CANCEL"])
    assert (giver.dates(), receiver.dates()) == (standing(cast.ada), [])


def test_a_giver_is_told_nothing_of_what_became_of_it(cast, at):
    giver, receiver = Diary(cast.ada), Diary(cast.bruno)
    booking = book(cast.ada, cast.room)
    giver.take_in()
    passed_on(cast.ada, cast.bruno, booking)
    Booking.objects.filter(pk=booking.pk).update(sequence=9, period=booking.period.shifted(timedelta(days=1)))
    assert (giver.take_in(), receiver.take_in()) == (["CANCEL"], ["REQUEST"])
    (cancelled,) = giver.newest.values()
    assert cancelled[0] == 1


def test_a_date_of_a_series_that_passes_on_leaves_the_series_and_is_its_receivers_own(cast, at):
    _, diary = bought(cast)
    receiver = Diary(cast.bruno)
    second = Booking.objects.order_by("period")[1]
    at("2026-11-30 09:10")
    passed_on(cast.ada, cast.bruno, second)
    assert (diary.take_in(), receiver.take_in()) == (["REQUEST"], ["REQUEST"])
    assert len(diary.dates()) == 3
    assert (diary.dates(), receiver.dates()) == (standing(cast.ada), standing(cast.bruno))
    assert not {*diary.entries} & {*receiver.entries}
    at("2026-11-30 09:20")
    second.refresh_from_db()
    second.period, second.sequence = second.period.shifted(timedelta(hours=2)), second.sequence + 1
    second.save()
    messages.on_booking_changed([second], "confirmed", "moved")
    assert receiver.take_in() == ["REQUEST"]
    assert receiver.dates() == standing(cast.bruno)
    assert diary.dates() == standing(cast.ada)


def test_a_reminder_of_a_date_leaves_the_calendar_alone(cast, at):
    _, diary = bought(cast)
    at("2027-01-11 19:00")
    outbox.drain()
    assert "Promemoria" in sent.outbox[-1].subject
    assert diary.take_in() == []


def test_two_messages_of_one_second_are_told_apart(cast, at):
    bought(cast)
    series, told = Series.objects.get(), []
    for tenth in (1, 2):
        at(f"2026-11-30 09:10:00.{tenth}00")
        _, (entry, *_) = entry_of(series)
        told.append(entry.sequence or 0)
    assert told[0] < told[1]


def test_messages_that_leave_in_the_wrong_order_end_with_what_is_so(cast, at):
    _, diary = bought(cast)
    for booking in Booking.objects.order_by("period")[:2]:
        at("2026-11-30 09:10")
        post(client(cast.ada), f"/bookings/{_id(booking)}/cancel", key=str(booking.pk))
        at("2026-11-30 09:11")
        final(booking.pk)
    first, second = Mail.objects.filter(
        person_id=cast.ada.pk, subject__startswith="Prenotazione disdetta"
    ).order_by("pk")
    for minute, message in ((12, second), (13, first)):
        at(f"2026-11-30 09:{minute}")
        mail.send({"mail": str(message.pk)})
    assert diary.take_in() == ["REQUEST", "REQUEST"]
    assert len(diary.dates()) == 2
    assert diary.dates() == standing(cast.ada)
