"""A booking moves, grows and shrinks through the API."""

import pytest

from billing.models import Document, Rate
from booking.attending import attendance
from booking.changing.moves import said_of
from booking.judging.clauses import Given
from booking.models import Booking, Claim
from core import outbox
from core.ids import decode, encode
from core.models import Mail
from core.money import Money
from spaces.models import Rules
from tests.api import client, post, wish
from tests.cast import LONG_AGO, period
from tests.stories.changing import buy, move, pay, span, squares, to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def test_a_move_at_the_same_price_is_done_at_once(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.laser)
    moved = move(api, booking, to("03T10:30", "03T11:30"))
    assert moved.status_code == 200, moved.content
    assert span(moved.json()) == ("2026-12-03T09:30:00Z", "2026-12-03T10:30:00Z")
    assert moved.json()["change"] is None
    assert moved.json()["money"]["paid"]["cents"] == 1830
    assert [c.during for c in Claim.objects.all()] == [period("2026-12-03 10:30")]
    assert Document.objects.count() == 1
    outbox.drain()
    assert Mail.objects.filter(subject="Prenotazione cambiata: Laser CO₂").count() == 1
    assert Booking.objects.get().sequence == 1
    squares()


def test_what_it_leaves_is_free_for_others_and_its_own_time_is_not(cast, bank):
    api, other = client(cast.ada), client(cast.bruno)
    booking = buy(api, bank, cast.room)
    move(api, booking, to("03T10:30", "03T11:30"))
    assert (
        post(
            other, "/bookings", wish(cast.room, *to("03T10:00", "03T10:30")["period"].values()), "a"
        ).status_code
        == 201
    )
    taken = post(other, "/bookings", wish(cast.room, *to("03T11:00", "03T12:00")["period"].values()), "b")
    assert taken.status_code == 409


def test_every_reason_is_said_and_what_is_near_is_offered(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    post(
        client(cast.bruno), "/bookings", wish(cast.room, *to("03T11:00", "03T12:00")["period"].values()), "b"
    )
    taken = move(api, booking, to("03T10:30", "03T11:30"), "t")
    assert (taken.status_code, taken.json()["code"]) == (409, "slot-taken")
    assert len(taken.json()["alternatives"]) >= 3
    # Who only asks what it would cost hears the same, and is shown the same.
    asked = post(api, "/quotes", {"booking_id": booking["id"], **to("03T10:30", "03T11:30")}, "q")
    assert (asked.status_code, asked.json()["code"]) == (409, "slot-taken")
    assert asked.json()["alternatives"] == taken.json()["alternatives"]
    refused = move(api, booking, to("03T05:10", "03T06:10"), "r")
    assert refused.status_code == 403
    assert {r["code"] for r in refused.json()["reasons"]} >= {"closed"}


def test_half_an_hour_more_says_why_not(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    free = booking["actions"]["extend"]
    assert (free["allowed"], free["terms"]["minutes"]) == (True, 30)
    assert free["terms"]["price_difference"]["cents"] == 915
    post(
        client(cast.bruno), "/bookings", wish(cast.room, *to("03T11:00", "03T12:00")["period"].values()), "b"
    )
    taken = api.get(f"/api/v1/bookings/{booking['id']}").json()["actions"]["extend"]
    assert [r["code"] for r in taken["reasons"]] == ["slot-taken"]


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"least": 60}, ["too-short"]),
        ({"least": 30}, []),
        ({"presets": [{"start": "10:00", "end": "11:00"}]}, ["not-a-preset"]),
        (
            {"presets": [{"start": "10:00", "end": "11:00"}, {"start": "10:00", "end": "10:30"}]},
            [],
        ),
    ],
)
def test_whether_it_can_be_shorter_is_told_before_a_time_is_named(cast, bank, rules, why):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=rules | {"horizon_days": 365})
    shorten = api.get(f"/api/v1/bookings/{booking['id']}").json()["actions"]["shorten"]
    assert (shorten["allowed"], [r["code"] for r in shorten["reasons"]]) == (not why, why)
    done = move(api, booking, to("03T10:00", "03T10:30"))
    assert [r["code"] for r in done.json().get("reasons", [])] == why


def test_a_running_booking_changes_its_end_and_not_its_start(cast, bank, at):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    at("2026-12-03 10:20")
    api = client(cast.ada)
    shown = api.get(f"/api/v1/bookings/{booking['id']}").json()
    assert shown["actions"]["extend"]["allowed"]
    assert [r["code"] for r in shown["actions"]["move"]["reasons"]] == ["already-started"]
    late = move(api, booking, to("03T10:30", "03T11:30"), "late")
    assert [r["code"] for r in late.json()["reasons"]] == ["already-started"]
    assert move(api, booking, to("03T10:00", "03T11:30"), "more").json()["change"]["waits_for"] == "payment"


def test_the_rules_it_was_made_under_say_how_late_it_may_leave(cast, bank, at):
    _ = cast.room
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"notice": 120, "horizon_days": 365})
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    at("2026-12-03 08:30")
    api = client(cast.ada)
    late = move(api, booking, to("03T15:00", "03T16:00"), "late")
    assert [r["code"] for r in late.json()["reasons"]] == ["too-late-to-leave"]
    assert move(client(cast.gina), booking, to("03T15:00", "03T16:00"), "staff").status_code == 200


def test_another_room_of_the_venue_at_its_own_price(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    rate = Rate.objects.get()
    Rate.objects.create(
        tariff=rate.tariff, price=Money(1000), vat_rate=rate.vat_rate, resource=cast.other_room
    )
    other = encode("res", cast.other_room.pk)
    moved = move(api, booking, to("03T10:00", "03T11:00", resource_id=other)).json()
    assert [i["resource"]["name"] for i in moved["items"]] == ["Sala Dora"]
    assert moved["money"]["refunded"]["cents"] == 830
    squares()


def test_a_move_that_staff_decide_keeps_the_old_time_until_they_do(cast, bank):
    api, staff = client(cast.ada), client(cast.gina)
    booking = buy(api, bank, cast.room)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"approval": True, "horizon_days": 365})
    asked = move(api, booking, to("03T14:00", "03T15:00")).json()
    assert (asked["state"], asked["change"]["waits_for"]) == ("confirmed", "approval")
    assert span(asked)[0] == "2026-12-03T09:00:00Z"
    assert staff.get("/api/v1/session").json()["counts"]["approvals"] == 1
    done = post(staff, f"/bookings/{booking['id']}/approve").json()
    assert (done["change"], span(done)[0]) == (None, "2026-12-03T13:00:00Z")
    move(api, booking, to("03T16:00", "03T17:00"), "again")
    refused = post(staff, f"/bookings/{booking['id']}/refuse", {"reason": "no"}, "no").json()
    assert (refused["change"], span(refused)[0], refused["state"]) == (
        None,
        "2026-12-03T13:00:00Z",
        "confirmed",
    )
    assert Claim.objects.count() == 1
    squares()


def test_staff_have_until_the_old_end_to_agree_to_more_of_what_runs(cast, bank, at):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room, end="2026-12-03T11:00:00")
    Rules.objects.create(
        resource=cast.room,
        from_on=LONG_AGO,
        data={"approval_when": {"longer_than": 60}, "horizon_days": 365, "notice": 240},
    )
    at("2026-12-03 10:10")
    api = client(cast.ada)
    asked = move(api, booking, to("03T10:00", "03T12:00")).json()["change"]
    assert (asked["waits_for"], asked["until"]) == ("approval", "2026-12-03T10:00:00Z")


def test_staff_have_as_long_for_a_move_as_for_a_request_of_the_new_time(cast, bank, at):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    Rules.objects.create(
        resource=cast.room,
        from_on=LONG_AGO,
        data={"approval": True, "horizon_days": 365, "notice": 120, "request_days": 30},
    )
    later = move(api, booking, to("10T10:00", "10T11:00")).json()["change"]
    assert later["until"] == "2026-12-10T07:00:00Z"  # two hours before it would begin
    post(api, f"/bookings/{booking['id']}/withdraw", key="w")
    sooner = move(api, booking, to("02T10:00", "02T11:00"), "sooner").json()["change"]
    assert sooner["until"] == "2026-12-02T07:00:00Z"


def test_a_change_can_be_taken_back(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    move(api, booking, to("03T10:00", "03T12:00"))
    second = move(api, booking, to("03T10:00", "03T12:30"), "second")
    assert [r["code"] for r in second.json()["reasons"]] == ["change-pending"]
    back = post(api, f"/bookings/{booking['id']}/withdraw").json()
    assert (back["change"], Claim.objects.count()) == (None, 1)
    assert move(api, booking, to("03T10:00", "03T12:30"), "third").json()["change"]["waits_for"] == "payment"


def test_a_stranger_finds_no_booking_to_move(cast, bank):
    booking = buy(client(cast.ada), bank, cast.room)
    assert move(client(cast.carla), booking, to("03T12:00", "03T13:00")).status_code == 404


def test_a_bundle_moves_together(cast, bank):
    api = client(cast.ada)
    body = wish(cast.room, *to("03T10:00", "03T11:00")["period"].values())
    body["items"].append({"resource_id": encode("res", cast.laser.pk)})
    held = post(api, "/bookings", body, "h").json()
    booking = pay(api, bank, held["id"])
    moved = move(api, booking, to("03T12:00", "03T13:00")).json()
    assert {i["period"]["start"] for i in moved["items"]} == {"2026-12-03T11:00:00Z"}
    assert Claim.objects.count() == 2


QUESTION = {"code": "use", "it": "A che scopo?", "en": "What for?", "required": True}
WANTED = {"people_needed": True, "terms": "regolamento-2027", "questions": [QUESTION]}


def test_what_rules_have_come_to_ask_since_is_said_in_moving(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=WANTED)
    there = to("04T10:00", "04T11:00")
    quote = {"booking_id": booking["id"], **there}
    lacking = ["people-needed", "terms-to-accept", "question-unanswered"]
    for refused in (move(api, booking, there, "r"), post(api, "/quotes", quote, "q")):
        assert [reason["code"] for reason in refused.json()["reasons"]] == lacking
    said = {"people": 4, "accepted_terms": ["regolamento-2027"], "answers": {"use": "Prove"}}
    assert post(api, "/quotes", quote | said, "q2").status_code == 201
    assert Booking.objects.get().people is None  # who only asks what it costs has said nothing yet
    assert move(api, booking, there | said, "s").status_code == 200
    made = Booking.objects.get()
    assert (made.people, made.accepted_terms) == (4, ["regolamento-2027"])
    assert made.answers == {"use": "Prove"}
    # What is said holds for the next time too; and how many come is not said anew in passing.
    assert move(api, booking, to("04T12:00", "04T13:00"), "n").status_code == 200
    other = move(api, booking, to("04T14:00", "04T15:00", people=9), "o")
    assert (other.status_code, other.json()["pointers"][0]["pointer"]) == (422, "/people")


def test_at_the_same_hour_another_room_wants_said_what_it_wants_of_all(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    Rules.objects.create(resource=cast.other_room, from_on=LONG_AGO, data=WANTED)
    there = to("03T10:00", "03T11:00", resource_id=encode("res", cast.other_room.pk))
    lacking = ["people-needed", "terms-to-accept", "question-unanswered"]
    assert [reason["code"] for reason in move(api, booking, there).json()["reasons"]] == lacking


def test_what_was_said_for_a_booking_holds_for_half_an_hour_more(cast, bank):
    api = client(cast.ada)
    booking = buy(api, bank, cast.laser)
    Rules.objects.create(resource=cast.laser, from_on=LONG_AGO, data=WANTED)
    extend = api.get(f"/api/v1/bookings/{booking['id']}").json()["actions"]["extend"]
    assert extend["allowed"], extend
    assert move(api, booking, {"period": extend["terms"]["period"]}, "l").status_code == 200


def test_who_booked_for_two_has_half_an_hour_more_though_the_rules_want_three_now(cast, bank):
    """How many come is said once: they could not say more."""
    api = client(cast.ada)
    booking = buy(api, bank, cast.laser)
    Booking.objects.update(people=2)
    Rules.objects.create(resource=cast.laser, from_on=LONG_AGO, data={"least_people": 3})
    other = move(api, booking, to("04T10:00", "04T11:00"), "o")
    assert [reason["code"] for reason in other.json()["reasons"]] == ["too-few-people"]
    extend = api.get(f"/api/v1/bookings/{booking['id']}").json()["actions"]["extend"]
    assert extend["allowed"], extend
    assert move(api, booking, {"period": extend["terms"]["period"]}, "l").status_code == 200


def test_what_is_said_anew_is_judged_though_the_start_is_kept(cast, bank):
    """What is on record is not blanked or made nonsense of by half an hour more, nor by half an hour less."""
    api = client(cast.ada)
    booking = buy(api, bank, cast.laser)
    choices = QUESTION | {"choices": ["Prove", "Corso"]}
    Rules.objects.create(resource=cast.laser, from_on=LONG_AGO, data=WANTED | {"questions": [choices]})
    said = {"people": 1, "accepted_terms": ["regolamento-2027"], "answers": {"use": "Prove"}}
    there = to("04T10:00", "04T11:00")
    assert move(api, booking, there | said, "s").status_code == 200
    longer = to("04T10:00", "04T11:30")
    for n, use in enumerate(("", "Festa")):
        words = {"answers": {"use": use}}
        for refused in (
            move(api, booking, longer | words, f"l{n}"),
            post(api, "/quotes", {"booking_id": booking["id"], **longer, **words}, f"q{n}"),
        ):
            assert [r["code"] for r in refused.json().get("reasons", [])] == ["question-unanswered"]
        assert Booking.objects.get().answers == {"use": "Prove"}
    # Of time that is given up nothing is asked, and nothing is heard.
    shorter = to("04T10:00", "04T10:30", answers={"use": ""})
    assert move(api, booking, shorter, "less").status_code == 200
    assert Booking.objects.get().answers == {"use": "Prove"}


def test_of_two_who_say_at_once_how_many_come_the_first_is_heard():
    """The address looks before the locks; what is paid for it may go by the first already."""
    booking = Booking(people=2, accepted_terms=[], answers={})
    assert said_of(booking, Given(people=5)).people == 2
    assert said_of(Booking(accepted_terms=[], answers={}), Given(people=5)).people == 5


def test_how_many_come_is_not_said_in_giving_time_up(cast, bank):
    """Of a room for twelve nobody has it on record that ten thousand come."""
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    assert move(api, booking, to("03T10:00", "03T10:30", people=10_000)).status_code == 200
    assert Booking.objects.get().people is None


def test_who_has_come_is_there_still_when_the_end_changes_though_one_comes_later_by_new_rules(cast, bank, at):
    booking = buy(client(cast.ada), bank, cast.room, end="2026-12-03T12:00:00")
    at("2026-12-03 09:35")
    here = decode("bkg", booking["id"])
    attendance.check_in(cast.gina, here)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"check_in_from": 10})
    api = client(cast.ada)
    assert move(api, booking, to("03T10:00", "03T11:00"), "shorter").status_code == 200
    assert Booking.objects.get(pk=here).attendance == "present"
    assert move(api, booking, to("03T11:00", "03T12:00"), "later").status_code == 200
    assert Booking.objects.get(pk=here).attendance == "expected"
