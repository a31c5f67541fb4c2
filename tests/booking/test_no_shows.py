"""Who does not come: only past the grace, only where somebody was there to check in; and what follows, undone by appeal."""

from datetime import datetime, time

import pytest

from billing.changes.moves import move
from booking.attending import attendance, consequences
from booking.changing.moves import Where
from booking.claims import Ask
from booking.holding import holds
from booking.holding.holds import Wish
from booking.models import Booking, Change, Claim, Consequence, Rescue, RescueCase
from core import outbox
from core.clock import now
from core.ids import encode
from core.models import Mail
from spaces import opening
from spaces.models import Rules
from tests.api import client, post, wish
from tests.booking.confirmed import book
from tests.booking.watched import keep
from tests.cast import LONG_AGO, period

pytestmark = pytest.mark.django_db
AFTER = {"count": 2, "within_days": 60, "shorter_horizon_days": 7, "for_days": 30}


def ruled(room, **data):
    Rules.objects.create(
        resource=room,
        from_on=LONG_AGO,
        data={"needs_check_in": True, "grace": 15, "release_no_show": True} | data,
    )
    return room


@pytest.fixture
def room(cast, at):
    at("2026-12-01 09:00")
    return ruled(cast.room)


def state(booking):
    return Booking.objects.get(pk=booking.pk).attendance


def test_nobody_comes_and_the_rest_of_the_hour_is_free_for_another(cast, room, at):
    booking = book(cast.ada, room, "2026-12-01 10:00")
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:15")
    attendance.sweep_no_shows()
    assert state(booking) == "no_show"
    answer = post(client(cast.bruno), "/bookings", wish(room, "2026-12-01T10:30:00", "2026-12-01T11:00:00"))
    assert answer.status_code == 201, answer.content


def test_a_minute_before_the_grace_ends_one_is_still_expected(cast, room, at):
    booking = book(cast.ada, room, "2026-12-01 10:00")
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:14")
    attendance.sweep_no_shows()
    assert state(booking) == "expected"
    attendance.check_in(cast.gina, booking.pk)
    keep(at, cast.venue, "2026-12-01 10:14", "2026-12-01 10:20")
    attendance.sweep_no_shows()
    assert state(booking) == "present"


def test_a_silent_desk_speaks_for_the_guest(cast, room, at):
    booking = book(cast.ada, room, "2026-12-01 10:00")
    keep(at, cast.venue, "2026-12-01 09:50", "2026-12-01 10:02")
    keep(at, cast.venue, "2026-12-01 10:08", "2026-12-01 10:30")
    attendance.sweep_no_shows()
    assert state(booking) == "expected"


def test_where_nobody_ever_kept_the_desk_nobody_is_missed(cast, room, at):
    booking = book(cast.ada, room, "2026-12-01 10:00")
    at("2026-12-01 10:30")
    attendance.sweep_no_shows()
    assert state(booking) == "expected"


def test_without_check_in_in_the_rules_nobody_is_missed(cast, at):
    at("2026-12-01 09:00")
    booking = book(cast.ada, cast.other_room, "2026-12-01 10:00")
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:40")
    attendance.sweep_no_shows()
    assert state(booking) == "expected"


def test_a_booking_keeps_the_grace_it_was_made_under(cast, room, at):
    booking = book(cast.ada, room, "2026-12-01 10:00")
    Rules.objects.create(resource=room, from_on=LONG_AGO, data={"needs_check_in": False})
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:15")
    attendance.sweep_no_shows()
    assert state(booking) == "no_show"


def test_of_two_resources_the_shorter_grace_counts(cast, at):
    at("2026-12-01 09:00")
    rooms = [ruled(cast.room, grace=20), ruled(cast.other_room, grace=10)]
    asks = [Ask(r, period("2026-12-01 10:00")) for r in rooms]
    held = holds.hold(Wish(cast.ada, asks, cast.ada))
    booking = confirmed(held, cast.ada)
    assert booking.no_show_at == period("2026-12-01 10:10").start


def confirmed(booking, person):
    from booking.holding import lifecycle
    from core.locks import act

    @act
    def confirm():
        lifecycle.confirm(holds.locked(booking.pk), person)

    confirm()
    return Booking.objects.get(pk=booking.pk)


def test_the_grace_is_elapsed_time_on_the_night_the_clocks_go_back(cast, at):
    """01:45 UTC+2 and a grace of 30 minutes: 02:15, still summer time; the first 02:15 and not the second."""

    at("2026-10-24 20:00")
    room = ruled(cast.room, grace=30, least=60)
    opening.set_hours(room, range(1, 8), time(0), None, first_on=LONG_AGO)
    opening.plan(room, period("2026-10-20 10:00").start.date())
    room.refresh_from_db()
    booking = book(cast.ada, room, "2026-10-25 01:30", 180)
    assert booking.no_show_at.isoformat() == "2026-10-25T00:00:00+00:00"


def test_two_no_shows_shorten_the_horizon_and_the_judge_says_how_to_appeal(cast, room, at):
    Rules.objects.all().delete()
    ruled(room, no_show_after=AFTER)
    for day in ("01", "02"):
        book(cast.ada, room, f"2026-12-{day} 10:00")
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:15")
    attendance.sweep_no_shows()
    assert Consequence.objects.get().kind == "noted"
    keep(at, cast.venue, "2026-12-02 09:55", "2026-12-02 10:15")
    attendance.sweep_no_shows()
    one = Consequence.objects.exclude(kind="noted").get()
    assert (one.kind, one.horizon_days, one.no_shows) == ("shorter_horizon", 7, 2)
    far = wish(room, "2026-12-15T10:00:00", "2026-12-15T11:00:00")
    refused = post(client(cast.ada), "/bookings", far)
    assert refused.status_code == 403
    (reason,) = refused.json()["reasons"]
    assert reason["code"] == "shorter-horizon"
    assert reason["way_out"] == {"act": "appeal", "href": f"/bookings/{encode('bkg', one.booking_id)}"}
    assert reason["holds_from"] == "2026-12-07T23:00:00Z"
    near = wish(room, "2026-12-07T10:00:00", "2026-12-07T11:00:00")
    answer = post(client(cast.ada), "/bookings", near, key="k2")
    assert answer.status_code == 201, answer.content
    # What is offered is what can be booked, and nobody else is touched.
    venue = encode("ven", cast.venue.pk)
    path = f"/api/v1/offers?venue_id={venue}&on_from=2026-12-15&on_to=2026-12-16"
    offered = {c["resource"]["id"]: c["offers"] for c in client(cast.ada).get(path).json()["data"]}
    assert offered[encode("res", room.pk)] == []
    assert post(client(cast.bruno), "/bookings", far).status_code == 201


def test_what_ends_at_midnight_is_of_the_day_before_for_a_shorter_horizon_too(cast, room, at):
    Rules.objects.all().delete()
    ruled(room, no_show_after=AFTER | {"count": 1, "shorter_horizon_days": 6})
    opening.set_hours(room, range(1, 8), time(0), None, first_on=LONG_AGO)
    opening.plan(room)
    book(cast.ada, room, "2026-12-01 10:00")
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:15")
    attendance.sweep_no_shows()
    late = wish(room, "2026-12-07T22:00:00", "2026-12-08T01:00:00")
    reasons = {r["code"]: r for r in post(client(cast.ada), "/bookings", late).json()["reasons"]}
    assert reasons["shorter-horizon"]["holds_from"] == "2026-12-01T23:00:00Z"
    evening = wish(room, "2026-12-07T22:00:00", "2026-12-08T00:00:00")
    answer = post(client(cast.ada), "/bookings", evening, key="k2")
    assert answer.status_code == 201, answer.content
    at("2026-12-02 00:00")
    # The eighth is a holiday and closed, and nothing else is against it any more.
    reasons = post(client(cast.ada), "/bookings", late, key="k3").json()["reasons"]
    assert "shorter-horizon" not in {r["code"] for r in reasons}


def test_a_shorter_horizon_holds_no_longer_than_its_while(cast, room, at):
    Rules.objects.all().delete()
    ruled(room, no_show_after=AFTER | {"count": 1, "for_days": 10})
    book(cast.ada, room, "2026-12-01 10:00")
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:15")
    attendance.sweep_no_shows()
    over = Consequence.objects.get().until
    far = wish(room, "2026-12-30T10:00:00", "2026-12-30T11:00:00")
    (reason,) = post(client(cast.ada), "/bookings", far).json()["reasons"]
    assert datetime.fromisoformat(reason["holds_from"]) == over
    at(over.isoformat())
    assert post(client(cast.ada), "/bookings", far, key="k2").status_code == 201


def test_an_appeal_that_is_granted_undoes_it_and_does_not_count_again(cast, room, at):
    Rules.objects.all().delete()
    ruled(room, no_show_after=AFTER | {"count": 1})
    booking = book(cast.ada, room, "2026-12-01 10:00")
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:15")
    attendance.sweep_no_shows()
    outbox.drain()
    told = Mail.objects.filter(key=f"no-show:{booking.pk}").get()
    assert f"/bookings/{encode('bkg', booking.pk)}" in told.text
    path = f"/bookings/{encode('bkg', booking.pk)}"
    seen = client(cast.ada).get(f"/api/v1{path}").json()
    assert seen["actions"]["appeal"]["allowed"]
    appealed = post(client(cast.ada), f"{path}/appeal", {"reason": "C'ero: il lettore non andava."})
    assert appealed.status_code == 200, appealed.content
    assert appealed.json()["consequences"][0]["state"] == "appealed"
    assert post(client(cast.ada), f"{path}/appeal", {"reason": "Ancora"}, key="k2").status_code == 403
    listed = client(cast.gina).get("/api/v1/consequences?state=appealed").json()["data"]
    assert [c["words"] for c in listed] == ["C'ero: il lettore non andava."]
    granted = post(client(cast.gina), f"/consequences/{listed[0]['id']}/grant", {"reason": "Vero."})
    assert granted.json()["state"] == "undone"
    far = wish(room, "2026-12-15T10:00:00", "2026-12-15T11:00:00")
    assert post(client(cast.ada), "/bookings", far, key="k3").status_code == 201
    assert consequences.missed(Booking.objects.get(pk=booking.pk), 60) == 0


def test_an_appeal_that_is_refused_leaves_it_and_says_why(cast, room, at):
    Rules.objects.all().delete()
    ruled(room, no_show_after=AFTER | {"count": 1})
    booking = book(cast.ada, room, "2026-12-01 10:00")
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:15")
    attendance.sweep_no_shows()
    consequences.appeal(cast.ada, booking.pk, "Ero in ritardo")
    one = encode("csq", Consequence.objects.get().pk)
    answer = post(client(cast.gina), f"/consequences/{one}/uphold", {"reason": "Nessuno ha avvisato."})
    assert (answer.json()["state"], answer.json()["answer"]) == ("upheld", "Nessuno ha avvisato.")
    again = post(client(cast.gina), f"/consequences/{one}/grant", {"reason": "Ripensato"}, key="k2")
    assert (again.status_code, again.json()["code"]) == (409, "illegal-move")
    assert post(client(cast.ada), f"/consequences/{one}/grant", {"reason": "Sì"}).status_code == 403
    assert post(client(cast.carla), f"/consequences/{one}/grant", {"reason": "Sì"}).status_code == 404


def test_time_set_free_without_a_fee_is_told_and_may_be_appealed(cast, room, at):
    booking = book(cast.ada, room, "2026-12-01 10:00")
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:15")
    attendance.sweep_no_shows()
    (mailed,) = Mail.objects.filter(key=f"no-show:{booking.pk}")
    assert "Il resto del tempo è tornato libero per altri." in mailed.text
    assert "resta annotata" in mailed.text
    assert "Se c'eri" in mailed.text
    path = f"/bookings/{encode('bkg', booking.pk)}"
    api = client(cast.ada, headers={"Accept-Language": "en"})
    (noted,) = api.get(f"/api/v1{path}").json()["consequences"]
    assert (noted["kind"], noted["amount"]["cents"], noted["pay_href"]) == ("noted", 0, None)
    assert noted["detail"].startswith("The rest of the time is free again")
    assert post(api, f"{path}/appeal", {"reason": "I was there."}).status_code == 200
    granted = post(client(cast.gina), f"/consequences/{noted['id']}/grant", {"reason": "Vero."})
    assert granted.json()["state"] == "undone"
    assert consequences.missed(Booking.objects.get(pk=booking.pk), 60) == 0


def test_where_nothing_follows_nobody_is_written_to(cast, at):
    at("2026-12-01 09:00")
    booking = book(cast.ada, ruled(cast.room, release_no_show=False), "2026-12-01 10:00")
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:15")
    attendance.sweep_no_shows()
    assert (state(booking), Consequence.objects.count()) == ("no_show", 0)
    assert not Mail.objects.filter(key__startswith="no-show:").exists()


def test_staff_say_that_nobody_came_and_the_same_follows(cast, room, at):
    booking = book(cast.ada, room, "2026-12-01 10:00")
    at("2026-12-01 10:05")
    path = f"/bookings/{encode('bkg', booking.pk)}/no-show"
    assert post(client(cast.gina), path).status_code == 200
    assert not Claim.objects.filter(during__endswith__gt=period("2026-12-01 10:05").start).exists()


def test_what_is_missed_cannot_be_cancelled_for_a_refund(cast, room, at):
    booking = book(cast.ada, room, "2026-12-01 10:00")
    at("2026-12-01 10:05")
    attendance.mark_no_show(cast.gina, booking.pk)
    answer = post(client(cast.gina), f"/bookings/{encode('bkg', booking.pk)}/cancel")
    assert answer.status_code == 409


@pytest.mark.parametrize(
    "rules",
    [
        {"needs_check_in": True, "grace": 60, "least": 60},
        {"needs_check_in": True, "grace": -40, "check_in_from": 30},
        {"no_show_fee": -1},
        {"no_show_after": AFTER | {"count": 0}},
        {"no_show_after": AFTER | {"shorter_horizon_days": 365}},
        {"no_show_after": AFTER, "notice_days": 8},
        {"no_show_after": {"count": 2}},
    ],
)
def test_rules_of_coming_that_nobody_could_keep_are_refused(rules):
    from core.errors import Unsatisfiable
    from spaces.possible import checked

    with pytest.raises(Unsatisfiable):
        checked(rules)


def asked_for_more(booking, at):
    at("2026-12-01 10:10")
    move(booking.person, booking.pk, Where(period("2026-12-01 10:00", 120)))
    assert Claim.objects.filter(item__booking=booking, reason="change").count() == 1
    return Change.objects.get(booking=booking)


def test_who_asked_for_more_time_and_does_not_come_holds_neither(cast, room, at):
    booking = book(cast.ada, room, "2026-12-01 10:00")
    change = asked_for_more(booking, at)
    attendance.mark_no_show(cast.gina, booking.pk)
    change.refresh_from_db()
    assert change.state == "withdrawn"
    assert not Claim.objects.filter(item__booking=booking, during__endswith__gt=now()).exists()


def test_who_leaves_does_not_wait_for_more_time(cast, room, at):
    booking = book(cast.ada, room, "2026-12-01 10:00")
    at("2026-12-01 10:05")
    attendance.check_in(cast.gina, booking.pk)
    change = asked_for_more(booking, at)
    attendance.check_out(cast.gina, booking.pk)
    change.refresh_from_db()
    assert change.state == "withdrawn"
    assert not Claim.objects.filter(item__booking=booking, reason="change").exists()


def test_whom_the_house_owes_another_room_is_not_missed(cast, room, at):
    booking = book(cast.ada, room, "2026-12-01 10:00")
    rescue = Rescue.objects.create(
        venue=cast.venue, reason="Rotta", default="refund", hours=24, made_by=cast.ivo
    )
    case = RescueCase.objects.create(rescue=rescue, booking=booking)
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:15")
    attendance.sweep_no_shows()
    assert state(booking) == "expected"
    RescueCase.objects.filter(pk=case.pk).update(answer="keep")
    attendance.sweep_no_shows()
    assert state(booking) == "no_show"


def test_a_no_show_that_is_written_down_afterwards_frees_nothing_and_does_not_say_so(cast, room, at):
    booking = book(cast.ada, room, "2026-12-01 10:00")
    at("2026-12-01 12:00")
    missed = post(client(cast.gina), f"/bookings/{encode('bkg', booking.pk)}/no-show")
    assert missed.status_code == 200, missed.content
    (mailed,) = Mail.objects.filter(key=f"no-show:{booking.pk}")
    assert "resta annotata" in mailed.text
    assert "tornato libero" not in mailed.text


@pytest.mark.parametrize(
    ("words", "last", "after"),
    [
        ({"appeal_days": 20}, "2026-12-21 23:59", "2026-12-22 00:00"),
        ({"appeal_until_day": 5}, "2027-01-05 23:59", "2027-01-06 00:00"),
        # The earlier of the two, whichever it is.
        ({"appeal_days": 40, "appeal_until_day": 5}, "2027-01-05 23:59", "2027-01-06 00:00"),
        ({"appeal_days": 20, "appeal_until_day": 28}, "2026-12-21 23:59", "2026-12-22 00:00"),
    ],
)
def test_an_appeal_is_heard_until_the_end_of_the_day_that_the_rules_say(cast, room, at, words, last, after):
    Rules.objects.all().delete()
    ruled(room, no_show_fee=500, **words)
    booking = book(cast.ada, room, "2026-12-01 10:00")
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:15")
    attendance.sweep_no_shows()
    outbox.drain()
    path = f"/bookings/{encode('bkg', booking.pk)}"
    said = f"{last[8:10]}/{last[5:7]}/{last[:4]}"
    assert f"Si può fare fino al {said}." in Mail.objects.get(key=f"no-show:{booking.pk}").text
    at(after)
    seen = client(cast.ada).get(f"/api/v1{path}").json()
    (why,) = seen["actions"]["appeal"]["reasons"]
    assert (why["code"], said in why["detail"]) == ("too-late-to-appeal", True)
    late = post(client(cast.ada), f"{path}/appeal", {"reason": "C'ero."})
    assert (late.status_code, late.json()["reasons"][0]["code"]) == (403, "too-late-to-appeal")
    at(last)
    in_time = post(client(cast.ada), f"{path}/appeal", {"reason": "C'ero."}, key="k2")
    assert in_time.status_code == 200, in_time.content
    # Staff undo it whenever they like.
    at("2027-06-01 10:00")
    one = Consequence.objects.get()
    assert consequences.grant(cast.gina, one.pk, "Vero").state == "undone"


def test_what_rules_say_of_appeals_later_does_not_touch_what_was_booked_before(cast, room, at):
    booking = book(cast.ada, room, "2026-12-01 10:00")
    Rules.objects.create(resource=room, from_on="2026-12-01", data={"no_show_fee": 500, "appeal_days": 1})
    keep(at, cast.venue, "2026-12-01 09:55", "2026-12-01 10:15")
    attendance.sweep_no_shows()
    at("2027-03-01 09:00")
    assert consequences.appeal(cast.ada, booking.pk, "C'ero") is not None
