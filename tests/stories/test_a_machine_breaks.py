"""Monday: the laser breaks. Everyone affected has one message; some answer by its link, signed out; one does nothing."""

from datetime import time, timedelta

import pytest

from billing.changes.acts import cancel
from billing.models import Payment, Refund
from booking.changing import undo
from booking.models import Booking, Claim, RescueCase, RescueLetter, Waiting
from booking.rescuing.answers import apply_default
from core import outbox
from core.clock import now
from core.ids import encode
from core.models import Mail
from spaces.models import Rules
from tests.api import client, post
from tests.billing.sales import book
from tests.booking.confirmed import cancel_for_good
from tests.cast import LONG_AGO, ROME, rome
from tests.stories.breaking import answered, booked, broken, maker, opened, sent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


def test_ten_are_affected_and_each_is_rescued(cast, second, at):
    people = [maker(cast, n, "en" if n == 1 else "it") for n in range(10)]
    hours = [f"2026-12-0{2 + n // 5} {10 + n % 5}:00" for n in range(10)]
    bookings = [booked(p, cast.laser, wall) for p, wall in zip(people, hours, strict=True)]
    rival = booked(maker(cast, 99), second, hours[0])  # the first finds the other machine taken at their time
    outage, rescue = broken(cast, cast.laser)
    assert len(outage["affected"]) == 10
    assert rescue["counts"] == {"cases": 10, "sent": 0, "answered": 0, "open": 0, "by_default": 0}
    first, *others = rescue["cases"]
    assert {c["offers"][c["chosen"]]["why"] for c in others} == {"same_time"}
    assert first["offers"][first["chosen"]]["why"] == "other_time"
    assert {r["name"] for c in rescue["cases"] for r in c["offers"][c["chosen"]]["resources"]} == {
        "Laser Due"
    }
    assert Claim.objects.filter(kind="held", reason="rescue").count() == 10

    told = sent(cast, rescue)
    assert told["counts"]["open"] == 10
    outbox.drain()
    letters = Mail.objects.filter(text__contains="/answer/")
    assert letters.count() == 10
    assert {m.to for m in letters} == {p.email for p in people}
    english = letters.get(to=people[1].email)
    assert "we cannot keep your booking: Tubo del laser rotto" in english.text
    assert "<p>" in english.html

    # By link, signed out: what it is about, and no name.
    page = opened(people[2])
    assert people[2].name not in str(page)
    assert bookings[2].code not in str(page)
    assert page["cases"][0]["choices"] == ["move", "refund", "wait"]
    assert answered(people[2], "move").status_code == 200
    moved = Booking.objects.get(pk=bookings[2].pk)
    assert (moved.state, moved.period) == ("confirmed", bookings[2].period)
    assert moved.items.get().resource == second

    # The money comes back whole, though the terms of three days before would give it too; half an hour before they would not.
    assert answered(people[3], "refund").status_code == 200
    assert Booking.objects.get(pk=bookings[3].pk).state == "cancelled"
    refund = Refund.objects.get()
    assert (refund.amount, refund.reason) == (Payment.objects.get(pk=refund.payment_id).amount, "outage")

    assert answered(people[4], "wait").status_code == 200
    place = Waiting.objects.get()
    assert place.person == people[4]
    starts, ends = (at.astimezone(ROME).hour for at in (bookings[4].period.start, bookings[4].period.end))
    assert (place.earliest, place.latest) == (time(starts - 1), time(ends + 1))
    assert Refund.objects.count() == 2

    again = answered(people[4], "wait", key="again")
    assert (again.status_code, Refund.objects.count()) == (200, 2)
    assert answered(people[4], "refund", key="other").status_code == 409

    # Staff see who has not answered, and answer for who calls.
    seen = client(cast.gina).get(f"/api/v1/rescues/{rescue['id']}").json()
    assert seen["counts"] | {"cases": 0, "sent": 0} == {
        "cases": 0,
        "sent": 0,
        "answered": 3,
        "open": 7,
        "by_default": 0,
    }
    assert [bool(c["seen_at"]) for c in seen["cases"]] == [False, False, True, True, True, *[False] * 5]
    called = {"case_id": seen["cases"][5]["id"], "choice": "move"}
    assert post(client(cast.gina), f"/rescues/{rescue['id']}/answer", called).status_code == 200

    # The hour comes: whoever did nothing has the policy's default, here the money.
    at("2026-12-01 09:01")
    late = answered(people[0], "move", key="late")
    assert (late.status_code, late.json()["code"]) == (409, "offer-lapsed")
    outbox.drain()
    done = client(cast.gina).get(f"/api/v1/rescues/{rescue['id']}").json()
    assert done["counts"] | {"sent": 0} == {"cases": 10, "sent": 0, "answered": 4, "open": 0, "by_default": 6}
    assert Booking.objects.filter(state="cancelled").count() == 8
    assert Refund.objects.count() == 8
    assert not Claim.objects.filter(reason="rescue").exists()
    # All the laser's time is the outage's now, and nobody lost anything on the other.
    units = Claim.objects.filter(kind="outage")
    assert sum((c.during.elapsed for c in units), timedelta()) == cast.laser.planned_until - rome(
        "2026-11-30 09:00"
    )
    assert Booking.objects.get(pk=rival.pk).state == "confirmed"


def test_one_message_covers_all_of_a_person_s_bookings(cast, second):
    ada = cast.ada
    first, then = booked(ada, cast.laser, "2026-12-02 10:00"), booked(ada, cast.laser, "2026-12-09 10:00")
    _, rescue = broken(cast, cast.laser)
    sent(cast, rescue)
    letter = Mail.objects.get(text__contains="/answer/")
    assert letter.text.count("• ") == 2
    assert len(opened(ada)["cases"]) == 2
    assert answered(ada, "move", case=0).status_code == 200
    assert answered(ada, "refund", case=1, key="k2").status_code == 200
    assert [Booking.objects.get(pk=b.pk).state for b in (first, then)] == ["confirmed", "cancelled"]


def test_the_policy_s_default_moves_where_it_says_so(cast, second, at):
    Rules.objects.create(
        resource=cast.laser, from_on=LONG_AGO, data={"rescue_default": "move", "rescue_hours": 3}
    )
    booking = booked(cast.ada, cast.laser, "2026-12-02 10:00")
    Booking.objects.update(people=2)
    _, rescue = broken(cast, cast.laser)
    assert (rescue["default"], rescue["hours"]) == ("move", 3)
    sent(cast, rescue)
    at("2026-11-30 12:01")
    outbox.drain()
    moved = Booking.objects.get(pk=booking.pk)
    assert (moved.items.get().resource, moved.people) == (second, 2)
    case = RescueCase.objects.get()
    assert (case.answer, case.by_default) == ("move", True)
    outbox.drain()
    assert (
        Mail.objects.filter(person_id=cast.ada.pk, subject__startswith="Prenotazione cambiata").count() == 1
    )


def test_keep_by_default_leaves_the_booking_and_frees_what_was_held(cast, second, at):
    Rules.objects.create(resource=cast.laser, from_on=LONG_AGO, data={"rescue_default": "keep"})
    booking = booked(cast.ada, cast.laser, "2026-12-05 10:00")
    _, rescue = broken(cast, cast.laser)
    sent(cast, rescue)
    at("2026-12-01 09:01")
    outbox.drain()
    assert Booking.objects.get(pk=booking.pk).state == "confirmed"
    assert not Claim.objects.filter(reason="rescue").exists()


def test_where_nothing_is_like_it_there_is_the_money_or_the_list(cast):
    booked(cast.ada, cast.laser, "2026-12-02 10:00")
    _, rescue = broken(cast, cast.laser)
    assert (rescue["cases"][0]["offers"], rescue["cases"][0]["chosen"]) == ([], None)
    sent(cast, rescue)
    assert opened(cast.ada)["cases"][0]["choices"] == ["refund", "wait"]
    assert answered(cast.ada, "move").status_code == 422


def test_mended_before_anybody_answered_everything_stays(cast, second):
    booking = booked(cast.ada, cast.laser, "2026-12-02 10:00")
    outage, rescue = broken(cast, cast.laser)
    sent(cast, rescue)
    post(client(cast.gina), f"/outages/{outage['id']}/lift")
    outbox.drain()
    assert RescueCase.objects.get().answer == "void"
    assert not Claim.objects.filter(reason="rescue").exists()
    assert Mail.objects.filter(person_id=cast.ada.pk, text__contains="resta com'era").count() == 1
    assert answered(cast.ada, "refund").status_code == 409
    assert Booking.objects.get(pk=booking.pk).state == "confirmed"


def test_whoever_may_not_use_the_other_machine_is_not_offered_it(cast, second):
    from equipment.models import Skill

    skill = Skill.objects.create(code="L2", name_it="L2", name_en="L2", partner=cast.lead)
    second.equipment.skills.add(skill)
    booked(cast.ada, cast.laser, "2026-12-02 10:00")
    _, rescue = broken(cast, cast.laser, "2026-12-04T00:00:00")
    (offer, *_) = rescue["cases"][0]["offers"]
    assert [r["name"] for r in offer["resources"]] == ["Laser CO₂"]
    assert offer["period"]["start"] >= "2026-12-03T23:00:00Z"


def test_staff_choose_another_leave_somebody_out_and_change_the_hour(cast, second):
    a = booked(cast.ada, cast.laser, "2026-12-02 10:00")
    b = booked(maker(cast, 1), cast.laser, "2026-12-02 11:00")
    _, rescue = broken(cast, cast.laser)
    api = client(cast.gina)
    one, two = rescue["cases"]
    said = {"cases": [{"case_id": one["id"], "chosen": 1}, {"case_id": two["id"], "left_out": True}],
            "hours": 48, "default": "keep", "reason": "Il laser è dal riparatore"}  # fmt: skip
    changed = api.patch(f"/api/v1/rescues/{rescue['id']}", said)
    assert changed.status_code == 200, changed.content
    assert changed.json()["cases"][0]["chosen"] == 1
    held = Claim.objects.get(reason="rescue")
    assert held.item is not None
    assert (held.item.booking, held.during.start.isoformat()) == (
        a, one["offers"][1]["period"]["start"].replace("Z", "+00:00"),
    )  # fmt: skip
    told = sent(cast, rescue)
    assert RescueLetter.objects.count() == 1
    assert told["cases"][1]["sent_at"] is None
    assert Booking.objects.get(pk=b.pk).state == "confirmed"
    assert "dal riparatore" in Mail.objects.get(text__contains="/answer/").text


def test_what_is_held_for_somebody_is_nobody_else_s_and_counts_among_no_holds(cast, second):
    booked(cast.ada, cast.laser, "2026-12-02 10:00")
    broken(cast, cast.laser)
    rival = maker(cast, 1)
    grab = {
        "items": [{"resource_id": encode("res", second.pk)}],
        "period": {"start": "2026-12-02T10:00:00", "end": "2026-12-02T11:00:00"},
    }
    assert post(client(rival), "/bookings", grab).json()["code"] == "slot-taken"
    for n in (12, 13, 14):
        more = grab | {"period": {"start": f"2026-12-02T{n}:00:00", "end": f"2026-12-02T{n + 1}:00:00"}}
        assert post(client(cast.ada), "/bookings", more, f"k{n}").status_code == 201


def test_who_waits_is_called_when_the_days_after_the_repair_can_be_booked(cast, at):
    Rules.objects.create(resource=cast.laser, from_on="2026-11-01", data={"horizon_days": 2})
    person = maker(cast, 1)
    booked(person, cast.laser, "2026-12-02 10:00")
    _, rescue = broken(cast, cast.laser, "2026-12-03T00:00:00")
    sent(cast, rescue)
    outbox.drain()
    assert answered(person, "wait").status_code == 200
    at("2026-11-30 23:59")
    outbox.plan_periodic()
    outbox.drain()
    assert Waiting.objects.get().state == "waiting"
    at("2026-12-01 00:00")
    outbox.plan_periodic()
    outbox.drain()
    place = Waiting.objects.get()
    assert place.state == "offered"
    assert place.booking is not None
    assert place.booking.period.start.astimezone(ROME).date().isoformat() == "2026-12-03"


def test_a_draft_that_waited_too_long_is_made_anew_before_it_is_sent(cast, second, at):
    booked(cast.ada, cast.laser, "2026-12-02 10:00")
    _, rescue = broken(cast, cast.laser)
    at("2026-11-30 12:00")
    grab = {
        "items": [{"resource_id": encode("res", second.pk)}],
        "period": {"start": "2026-12-02T10:00:00", "end": "2026-12-02T11:00:00"},
    }
    assert post(client(maker(cast, 1)), "/bookings", grab).status_code == 201
    stale = post(client(cast.gina), f"/rescues/{rescue['id']}/send", key="s1")
    assert (stale.status_code, stale.json()["code"]) == (409, "plan-stale")
    (case,) = stale.json()["data"]["rescue"]["cases"]
    assert case["offers"][case["chosen"]]["why"] == "other_time"
    assert post(client(cast.gina), f"/rescues/{rescue['id']}/send", key="s2").status_code == 200


def test_cancelled_by_oneself_meanwhile_it_needs_no_answer(cast, second):
    booking = booked(cast.ada, cast.laser, "2026-12-02 10:00")
    _, rescue = broken(cast, cast.laser)
    sent(cast, rescue)
    assert Claim.objects.filter(item__booking=booking, reason="rescue").count() == 1
    cancel_for_good(cast.ada, booking.pk)
    assert RescueCase.objects.get().answer == "void"
    assert not Claim.objects.filter(item__booking=booking).exists()
    assert answered(cast.ada, "move").status_code == 409
    assert Refund.objects.count() == 1


def test_a_request_that_lapses_takes_what_was_held_for_it_with_it(cast, second, at):
    from booking.holding import lifecycle
    from booking.holding.holds import locked
    from booking.holding.lapsing import sweep_dead
    from core.locks import act

    made = book(cast.ada, cast.laser, rome("2026-12-20 10:00"))

    @act
    def ask():
        lifecycle.request(locked(made.pk), cast.ada)

    ask()
    _, rescue = broken(cast, cast.laser)
    sent(cast, rescue)
    RescueCase.objects.update(until=rome("2026-12-19 10:00"))
    Claim.objects.filter(reason="rescue").update(until=rome("2026-12-19 10:00"))
    at("2026-12-06 09:00")
    sweep_dead()
    assert Booking.objects.get(pk=made.pk).state == "lapsed"
    assert not Claim.objects.filter(item__isnull=False).exists()
    assert RescueCase.objects.get().answer == "void"


def test_a_list_of_many_costs_as_one(cast, second, queries):
    for n in range(5):
        booked(maker(cast, n), cast.laser, f"2026-12-02 {10 + n}:00")
    _, rescue = broken(cast, cast.laser)
    api = client(cast.gina)
    with queries(15):  # four to see whose were shown within the hour, and to write down whose were not
        assert len(api.get(f"/api/v1/rescues/{rescue['id']}").json()["cases"]) == 5


def test_a_secret_that_is_none_is_not_there_and_asking_too_often_is_slowed(cast):
    assert client().get("/api/v1/answers/nothing").status_code == 404
    for _ in range(125):
        answer = client().get("/api/v1/answers/nothing")
    assert (answer.status_code, answer.json()["code"]) == (429, "rate-limited")


def test_a_rescue_overtakes_the_change_that_waited_and_nothing_of_it_stays(cast, second):
    made = booked(maker(cast, 1), cast.laser, "2026-12-03 10:00")
    wanted = {"period": {"start": "2026-12-03T10:00:00", "end": "2026-12-03T12:00:00"}}
    asked = post(client(made.person), f"/bookings/{encode('bkg', made.pk)}/move", wanted, "more")
    assert asked.json()["change"]["waits_for"] == "payment", asked.content
    _, rescue = broken(cast, cast.laser)
    sent(cast, rescue)
    outbox.drain()
    assert answered(made.person, "move").status_code == 200
    moved = Booking.objects.get(pk=made.pk)
    assert (moved.period, moved.sequence) == (made.period, made.sequence + 1)
    assert sorted(moved.changes.values_list("state", flat=True)) == ["settled", "withdrawn"]
    assert [c.kind for c in Claim.objects.filter(item__booking=made)] == ["booked"]
    outbox.drain()
    assert (
        Mail.objects.filter(person_id=made.person_id, subject__startswith="Prenotazione cambiata").count()
        == 1
    )


def test_a_cancellation_taken_back_leaves_its_rescue_as_it_was(cast, second, at):
    made = booked(maker(cast, 1), cast.laser, "2026-12-03 10:00")
    _, rescue = broken(cast, cast.laser)
    sent(cast, rescue)
    outbox.drain()
    case = RescueCase.objects.get(booking=made)
    cancel(made.person, made.pk)
    RescueCase.objects.filter(pk=case.pk).update(until=now())
    apply_default({"case": str(case.pk)})  # its hour falls into the ten seconds
    case.refresh_from_db()
    assert case.answer == ""
    undo.undo(made.person, made.pk)
    at("2026-11-30 09:01")
    outbox.drain()
    case.refresh_from_db()
    assert (case.answer, case.by_default) == ("refund", True)
    assert Booking.objects.get(pk=made.pk).state == "cancelled"
    assert Refund.objects.get().payment.order.lines.get().booking_id == made.pk
