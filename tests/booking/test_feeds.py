"""Calendars by secret address: what each shows and to whom, how they change, how they end."""

import pytest
from icalendar import Calendar

from booking.holding import blocks, lifecycle
from booking.models import Booking, Feed
from core.ids import encode
from people.models import Membership, Role
from tests.api import client, post, wish
from tests.cast import period

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def made(maker, **of):
    answer = client(maker).post("/api/v1/feeds", of)
    assert answer.status_code == 201, answer.content
    return answer.json()


def path_of(feed):
    return "/feeds/" + feed["address"].rsplit("/", 1)[1]


def events(feed):
    answer = client().get(path_of(feed))
    assert answer.status_code == 200, answer.status_code
    return Calendar.from_ical(answer.content).walk("VEVENT")


def book(person, resource, start="2026-12-01T10:00:00", end="2026-12-01T11:00:00", **more):
    code = post(
        client(person), "/bookings", wish(resource, start, end, **more), f"{start} {resource.slug}"
    ).json()["code"]
    booking = Booking.objects.get(code=code)
    Booking.objects.filter(pk=booking.pk).update(state="confirmed", held_until=None)
    booking.items.get().claims.update(kind="booked", until=None, reason=None)
    return booking


def test_one_s_own_bookings_with_title_and_place(cast):
    book(cast.ada, cast.room, title="Prototipo")
    book(cast.bruno, cast.other_room)
    (found,) = events(made(cast.ada, person=True))
    assert found["summary"] == "Sala Po · Prototipo"
    assert "Via Egeo 16" in found["location"]
    assert found["dtstart"].dt.isoformat() == "2026-12-01T09:00:00+00:00"


def test_a_cancelled_booking_is_taken_away_by_the_same_uid_and_a_higher_sequence(cast):
    booking = book(cast.ada, cast.room)
    feed = made(cast.ada, person=True)
    (before,) = events(feed)
    lifecycle.cancel(cast.ada, booking.pk)
    (after,) = events(feed)
    assert before["uid"] == after["uid"]
    assert after["sequence"] > before["sequence"]
    assert (before["status"], after["status"]) == ("CONFIRMED", "CANCELLED")


def test_a_stranger_s_feed_of_a_room_says_busy_and_nothing_else(cast):
    booking = book(cast.ada, cast.room, title="Segreto")
    blocks.block(cast.ivo, cast.room, period("2026-12-02 10:00"), "other", "Imbiancatura")
    feed = made(cast.bruno, resource_id=encode("res", cast.room.pk))
    content = client().get(path_of(feed)).content.decode()
    assert content.count("SUMMARY:Occupato") == 2
    for secret in ("Segreto", "Ada", "Imbiancatura", "bookings/", "DESCRIPTION", encode("bkg", booking.pk)):
        assert secret not in content


def test_the_house_s_feed_says_who(cast):
    book(cast.ada, cast.room)
    (found,) = events(made(cast.gina, venue_id=encode("ven", cast.venue.pk), names=True))
    assert cast.ada.name in found["summary"]


def test_names_are_not_for_everybody(cast):
    answer = client(cast.ada).post("/api/v1/feeds", {"venue_id": encode("ven", cast.venue.pk), "names": True})
    assert answer.status_code == 403
    assert not Feed.objects.exists()


def test_who_loses_the_role_or_the_delegation_loses_the_feed(cast):
    house = made(cast.gina, venue_id=encode("ven", cast.venue.pk), names=True)
    body = made(cast.bruno, organisation_id=encode("org", cast.association.pk))
    Role.objects.filter(person=cast.gina).delete()
    Membership.objects.filter(person=cast.bruno).delete()
    assert [client().get(path_of(f)).status_code for f in (house, body)] == [404, 404]


def test_a_revoked_address_answers_nobody(cast):
    feed = made(cast.ada, person=True)
    assert client(cast.bruno).delete(f"/api/v1/feeds/{feed['id']}").status_code == 404
    assert client(cast.ada).delete(f"/api/v1/feeds/{feed['id']}").status_code == 204
    assert client().get(path_of(feed)).status_code == 404
    assert client(cast.ada).get("/api/v1/feeds").json()["data"] == []


def test_the_secret_is_shown_once_and_kept_as_a_hash(cast):
    feed = made(cast.ada, person=True)
    secret = feed["address"].rsplit("/", 1)[1].removesuffix(".ics")
    assert client(cast.ada).get("/api/v1/feeds").json()["data"][0]["address"] is None
    assert secret not in str(Feed.objects.values().get())


def test_what_has_not_changed_is_not_sent_again(cast, at):
    book(cast.ada, cast.room)
    feed = made(cast.ada, person=True)
    tag = client().get(path_of(feed))["ETag"]
    at("2026-11-30 10:00")
    assert client().get(path_of(feed), headers={"If-None-Match": tag}).status_code == 304
    book(cast.ada, cast.room, "2026-12-03T10:00:00", "2026-12-03T11:00:00")
    assert client().get(path_of(feed), headers={"If-None-Match": tag}).status_code == 200


def test_an_unknown_address_is_not_there(cast):
    assert client().get("/feeds/nobody-knows-this.ics").status_code == 404


def test_it_costs_the_same_for_one_booking_and_for_many(cast, queries):
    book(cast.ada, cast.room)
    feed = made(cast.ada, person=True)
    for hour in range(12, 19):
        book(cast.ada, cast.room, f"2026-12-01T{hour}:00:00", f"2026-12-01T{hour + 1}:00:00")
    with queries(8):
        assert len(events(feed)) == 8


def public(resource):
    answer = client().get(f"/feeds/busy/{encode('res', resource.pk)}.ics")
    assert answer.status_code == 200
    return answer


def test_anybody_may_know_when_a_room_is_busy_and_nothing_else(cast):
    booking = book(cast.ada, cast.room, title="Segreto")
    book(cast.bruno, cast.room, "2026-12-01T11:00:00", "2026-12-01T12:00:00")
    blocks.block(cast.ivo, cast.room, period("2026-12-02 10:00"), "other", "Imbiancatura")
    content = public(cast.room).content
    found = Calendar.from_ical(content).walk("VEVENT")
    assert [(e.decoded("dtstart"), e.decoded("dtend")) for e in found] == [
        (booking.period.start, period("2026-12-01 11:00").end),
        (period("2026-12-02 10:00").start, period("2026-12-02 10:00").end),
    ]
    for secret in ("Segreto", cast.ada.name, booking.code, "Imbiancatura", encode("bkg", booking.pk)):
        assert secret not in content.decode()


def test_one_desk_taken_of_three_is_not_a_busy_pool(cast):
    desks = cast.pool(3)
    book(cast.ada, desks)
    assert Calendar.from_ical(public(desks).content).walk("VEVENT") == []


def test_the_public_calendar_costs_the_same_for_many(cast, queries):
    for day in range(1, 8):
        book(cast.ada, cast.room, f"2026-12-{day:02}T10:00:00", f"2026-12-{day:02}T11:00:00")
    with queries(6):
        public(cast.room)


def test_a_subscribed_calendar_has_a_name_and_is_read_again_soon(cast):
    feed = made(cast.gina, venue_id=encode("ven", cast.venue.pk))
    content = client().get(path_of(feed)).content.decode()
    assert "X-WR-CALNAME:Officina\r\n" in content
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n" in content
    assert "X-PUBLISHED-TTL:PT15M\r\n" in content
    assert "METHOD" not in content
