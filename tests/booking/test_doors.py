"""A tablet at a door: paired, of one place, without names; it checks in, ends now, and its silence is known."""

import pytest

from billing.models import Rate
from booking.attending import attendance, doors, watch
from booking.inviting import passes
from booking.models import Booking, Change, Claim, Door, Silence
from core import outbox
from core.ids import encode
from core.models import Mail
from core.money import Money
from core.qr import svg
from spaces.models import Rules
from tests.api import client, post
from tests.booking.confirmed import book
from tests.booking.watched import keep
from tests.cast import LONG_AGO, period

pytestmark = pytest.mark.django_db
RULES = {"needs_check_in": True, "grace": 15, "release_no_show": True}


def tablet(secret):
    api = client(None)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return api


@pytest.fixture
def door(cast, at):
    at("2026-12-01 09:00")
    return doors.pair(cast.gina, cast.venue, cast.room, "Porta Po", "initials")


def test_staff_pair_it_once_and_only_its_hash_is_kept(cast, at):
    at("2026-12-01 09:00")
    body = {
        "venue_id": encode("ven", cast.venue.pk),
        "resource_id": encode("res", cast.room.pk),
        "name": "Po",
    }
    made = client(cast.gina).post("/api/v1/doors", body).json()
    secret = made["address"].split("#")[1]
    assert tablet(secret).get("/api/v1/door").status_code == 200
    assert secret not in str(Door.objects.values().get())
    listed = client(cast.gina).get("/api/v1/doors").json()["data"]
    assert [(d["name"], d["address"]) for d in listed] == [("Po", None)]
    assert client(cast.carla).get("/api/v1/doors").json()["data"] == []
    assert client(cast.gina).delete(f"/api/v1/doors/{made['id']}").status_code == 204
    assert tablet(secret).get("/api/v1/door").status_code == 401


def test_just_before_midnight_it_knows_who_comes_at_midnight(cast, door, at):
    booking = book(cast.ada, cast.room, "2026-12-02 10:00")
    # The venue of the tests is closed at night.
    Booking.objects.filter(pk=booking.pk).update(period=period("2026-12-02 00:00", 60))
    at("2026-12-01 23:45")
    (one,) = tablet(door[1]).get("/api/v1/door").json()["bookings"]
    assert one["id"] == encode("bkg", booking.pk)
    assert doors.shown(door[0], doors.bookings_of(door[0]), None, booking.code) == booking
    at("2026-12-01 21:00")
    assert tablet(door[1]).get("/api/v1/door").json()["bookings"] == []


def test_it_shows_the_day_of_its_place_and_nothing_of_whose_it_is(cast, door):
    booking = book(cast.ada, cast.room, "2026-12-01 10:00", title="Segreto", notes="Molto")
    book(cast.ada, cast.other_room, "2026-12-01 12:00")
    answer = tablet(door[1]).get("/api/v1/door")
    (one,) = answer.json()["bookings"]
    assert (one["initials"], one["resources"]) == ("A. A.", ["Sala Po"])
    for secret in ("Ada", "ada@", "Segreto", "Molto", booking.code, encode("per", cast.ada.pk)):
        assert secret not in answer.content.decode()
    Door.objects.update(names="none")
    assert tablet(door[1]).get("/api/v1/door").json()["bookings"][0]["initials"] is None


def test_one_checks_in_by_pass_or_code_and_ends_when_leaving(cast, door, at):
    booking = book(cast.ada, cast.room, "2026-12-01 10:00", 120)
    api = tablet(door[1])
    at("2026-12-01 09:55")
    said = post(api, "/door/check-ins", {"qr": passes.of(booking)}).json()
    assert (said["light"], said["checked_in"]) == ("green", True)
    (one,) = said["today"]["bookings"]
    assert one["attendance"] == "present"
    at("2026-12-01 10:30")
    ended = post(api, f"/door/bookings/{one['id']}/end", key="k2")
    assert ended.json()["bookings"][0]["attendance"] == "left"
    assert Claim.objects.get().during.end == period("2026-12-01 10:30").start
    free = [s for s in ended.json()["spans"] if s["kind"] == "free"]
    assert any(s["period"]["start"] == "2026-12-01T09:30:00Z" for s in free)


def test_a_code_is_tried_five_times_and_no_more(cast, door, at):
    booking = book(cast.ada, cast.room, "2026-12-01 10:00")
    at("2026-12-01 09:55")
    api = tablet(door[1])
    for n in range(5):
        said = post(api, "/door/check-ins", {"code": f"AAAAA{n}"}, key=f"w{n}").json()
        assert (said["light"], said["reasons"][0]["code"]) == ("red", "unknown-code")
    answer = post(api, "/door/check-ins", {"code": booking.code}, key="right")
    assert (answer.status_code, answer.json()["code"]) == (429, "rate-limited")


def test_another_room_s_booking_is_not_there_for_this_door(cast, door, at):
    other = book(cast.ada, cast.other_room, "2026-12-01 10:00")
    at("2026-12-01 09:55")
    api = tablet(door[1])
    said = post(api, "/door/check-ins", {"qr": passes.of(other)}).json()
    assert (said["light"], [r["code"] for r in said["reasons"]]) == ("red", ["wrong-place"])
    said = post(api, "/door/check-ins", {"code": other.code}, key="k2").json()
    assert said["reasons"][0]["code"] == "unknown-code"
    assert post(api, f"/door/bookings/{encode('bkg', other.pk)}/end", key="k3").status_code == 404


def test_while_the_tablet_is_silent_nobody_is_missed_though_the_desk_is_there(cast, door, at):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=RULES)
    booking = book(cast.ada, cast.room, "2026-12-01 10:00")
    tablet(door[1]).get("/api/v1/door")
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:20")
    attendance.sweep_no_shows()
    assert Booking.objects.get(pk=booking.pk).attendance == "expected"
    # It comes back: the silence stays known, and still nothing happens.
    tablet(door[1]).get("/api/v1/door")
    attendance.sweep_no_shows()
    assert (Silence.objects.count(), Booking.objects.get(pk=booking.pk).attendance) == (1, "expected")


def test_a_tablet_that_was_there_all_the_time_is_enough(cast, door, at):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=RULES)
    booking = book(cast.ada, cast.room, "2026-12-01 10:00")
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:16", door[0])
    attendance.sweep_no_shows()
    assert Booking.objects.get(pk=booking.pk).attendance == "no_show"


def test_staff_hear_once_of_a_tablet_that_fell_silent(cast, door, at):
    _ = cast.gina
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=RULES)
    book(cast.ada, cast.room, "2026-12-01 10:00")
    keep(at, cast.venue, "2026-12-01 09:30", "2026-12-01 09:40", door[0])
    for late in ("09:50", "09:56", "10:10"):
        at(f"2026-12-01 {late}")
        watch.tell_of_silence()
    outbox.drain()
    told = Mail.objects.filter(key__startswith="silent:")
    assert [mail.to for mail in told] == ["gina@example.org"]
    board = client(cast.gina).get(f"/api/v1/desk?venue_id={encode('ven', cast.venue.pk)}").json()
    assert [d["name"] for d in board["silent_doors"]] == ["Porta Po"]


def silences(cast):
    outbox.drain()
    return [mail.text.split(".")[0] for mail in Mail.objects.filter(key__startswith="silent:")]


def test_a_tablet_that_fell_silent_while_nobody_was_expected_is_told_before_somebody_is(cast, door, at):
    _ = cast.gina
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=RULES)
    book(cast.ada, cast.room, "2026-12-04 10:00")
    keep(at, cast.venue, "2026-12-01 09:30", "2026-12-01 09:40", door[0])
    for still in ("2026-12-03 10:00", "2026-12-04 08:50"):
        at(still)
        watch.tell_of_silence()
        assert silences(cast) == []
    for soon in ("09:05", "09:10"):
        at(f"2026-12-04 {soon}")
        watch.tell_of_silence()
    assert silences(cast) == ["Il tablet Porta Po (Officina) non si fa sentire dalle 09:40 del 01/12/2026"]


def test_a_tablet_that_was_paired_and_never_opened_is_told_too(cast, door, at):
    """Where one is paired the desk alone does not keep the place, so nobody would ever be a no-show there."""
    _ = cast.gina
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=RULES)
    book(cast.ada, cast.room, "2026-12-01 10:00")
    at("2026-12-01 09:20")
    watch.tell_of_silence()
    assert silences(cast) == [
        "Il tablet Porta Po (Officina), abbinato alle 09:00 del 01/12/2026, non è mai stato aperto"
    ]
    board = client(cast.gina).get(f"/api/v1/desk?venue_id={encode('ven', cast.venue.pk)}").json()
    assert [(d["name"], d["seen_at"]) for d in board["silent_doors"]] == [("Porta Po", None)]
    tablet(door[1]).get("/api/v1/door")
    board = client(cast.gina).get(f"/api/v1/desk?venue_id={encode('ven', cast.venue.pk)}").json()
    assert board["silent_doors"] == []


def test_of_a_pool_it_says_how_many_places_are_taken(cast, at):
    at("2026-12-01 09:00")
    desks = cast.pool(4)
    _, secret = doors.pair(cast.gina, cast.venue, desks, "Postazioni", "none")
    for person in (cast.ada, cast.bruno):
        book(person, desks, "2026-12-01 10:00")
    day = tablet(secret).get("/api/v1/door").json()
    assert day["quantity"] == 4
    assert [(s["kind"], s["taken"]) for s in day["spans"] if s["taken"]] == [("free", 2)]
    assert len(day["bookings"]) == 2
    _, secret = doors.pair(cast.gina, cast.venue, None, "Ingresso", "none")
    assert tablet(secret).get("/api/v1/door").json()["quantity"] is None


def running(cast, door, at, person=None, start="2026-12-01 10:00", minutes=60):
    """A booking that cost nothing, whose person has checked in, and the tablet that says so."""
    _ = cast.room
    Rate.objects.update(price=Money(0))
    booking = book(person or cast.ada, cast.room, start, minutes)
    at(start)
    attendance.check_in(cast.gina, booking.pk)
    return booking, tablet(door[1])


def test_a_running_booking_lasts_a_step_longer_if_that_is_free(cast, door, at):
    booking, api = running(cast, door, at)
    at("2026-12-01 10:50")
    (one,) = api.get("/api/v1/door").json()["bookings"]
    step = one["actions"]["extend"]["terms"]["minutes"]
    assert one["actions"]["extend"]["allowed"]
    said = post(api, f"/door/bookings/{one['id']}/extend", key="more")
    assert said.status_code == 200, said.content
    booking.refresh_from_db()
    assert booking.period == period("2026-12-01 10:00", 60 + step)
    assert Claim.objects.get().during.end == booking.period.end
    again = post(api, f"/door/bookings/{one['id']}/extend", key="more")
    booking.refresh_from_db()
    assert (again.status_code, booking.period.minutes) == (200, 60 + step)


def test_who_comes_next_keeps_their_time_and_the_door_says_why(cast, door, at):
    booking, api = running(cast, door, at)
    book(cast.bruno, cast.room, "2026-12-01 11:00")
    first = api.get("/api/v1/door").json()["bookings"][0]
    assert not first["actions"]["extend"]["allowed"]
    assert [r["code"] for r in first["actions"]["extend"]["reasons"]] == ["slot-taken"]
    refused = post(api, f"/door/bookings/{first['id']}/extend")
    assert (refused.status_code, refused.json()["code"]) == (409, "slot-taken")
    booking.refresh_from_db()
    assert booking.period.minutes == 60


def test_what_costs_more_is_not_sold_at_the_door_nor_before_one_has_come(cast, door, at):
    booking = book(cast.ada, cast.room, "2026-12-01 10:00")
    at("2026-12-01 10:00")
    api = tablet(door[1])
    (one,) = api.get("/api/v1/door").json()["bookings"]
    assert [r["code"] for r in one["actions"]["extend"]["reasons"]] == ["wrong-state"]
    attendance.check_in(cast.gina, booking.pk)
    (one,) = api.get("/api/v1/door").json()["bookings"]
    assert [r["code"] for r in one["actions"]["extend"]["reasons"]] == ["costs-more"]
    refused = post(api, f"/door/bookings/{one['id']}/extend")
    assert (refused.status_code, Change.objects.count()) == (403, 0)


def test_what_staff_have_to_agree_to_is_asked_for_elsewhere(cast, door, at):
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"approval_when": {"longer_than": 60}})
    booking, api = running(cast, door, at)
    (one,) = api.get("/api/v1/door").json()["bookings"]
    assert [r["code"] for r in one["actions"]["extend"]["reasons"]] == ["staff-agree"]
    assert post(api, f"/door/bookings/{one['id']}/extend").status_code == 403
    booking.refresh_from_db()
    assert booking.period.minutes == 60


def test_only_the_door_of_its_own_room_extends_a_booking(cast, door, at):
    other = book(cast.bruno, cast.other_room, "2026-12-01 10:00")
    at("2026-12-01 10:00")
    attendance.check_in(cast.gina, other.pk)
    assert post(tablet(door[1]), f"/door/bookings/{encode('bkg', other.pk)}/extend").status_code == 404
    venue = doors.pair(cast.gina, cast.venue, None, "Ingresso", "none")
    (one,) = tablet(venue[1]).get("/api/v1/door").json()["bookings"]
    assert [r["code"] for r in one["actions"]["extend"]["reasons"]] == ["not-at-this-door"]


def test_where_several_are_here_nobody_s_is_extended(cast, door, at):
    desks = cast.pool(3)
    Rate.objects.update(price=Money(0))
    pool = doors.pair(cast.gina, desks.venue, desks, "Scrivanie", "initials")
    here = [book(person, desks, "2026-12-01 10:00") for person in (cast.ada, cast.bruno)]
    at("2026-12-01 10:00")
    attendance.check_in(cast.gina, here[0].pk)
    api = tablet(pool[1])

    def said():
        found = api.get("/api/v1/door").json()["bookings"]
        return [[r["code"] for r in one["actions"]["extend"]["reasons"]] for one in found]

    assert ["not-at-this-door"] not in said()
    attendance.check_in(cast.gina, here[1].pk)
    assert said() == [["not-at-this-door"]] * 2
    refused = post(api, f"/door/bookings/{encode('bkg', here[0].pk)}/extend")
    assert (refused.status_code, refused.json()["code"]) == (403, "refused")


def test_it_says_where_its_room_is_booked_and_a_venue_s_door_books_nothing(cast, door):
    book = tablet(door[1]).get("/api/v1/door").json()["book"]
    assert book["address"].endswith(f"/resources/{encode('res', cast.room.pk)}")
    square = client(None).get(book["qr_href"])
    assert (square.status_code, square.content) == (200, svg(book["address"]))
    _, secret = doors.pair(cast.gina, cast.venue, None, "Ingresso", "none")
    assert tablet(secret).get("/api/v1/door").json()["book"] is None
