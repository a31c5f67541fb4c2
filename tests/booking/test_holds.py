"""A slot kept for ten minutes: the rules that refuse it, and what frees it."""

import pytest

from booking.claims import Ask
from booking.holding import lifecycle
from booking.holding.holds import Wish, hold, release
from booking.models import Booking, Claim
from core.errors import HoldLapsed, IllegalMove, Refused, SlotTaken
from tests.cast import period

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def ask(person, resource, start="2026-12-01 10:00", minutes=60, quantity=1, **more):
    return hold(Wish(person, [Ask(resource, period(start, minutes), quantity)], made_by=person, **more))


def codes(error):
    return [reason.code for reason in error.value.reasons]


def test_a_hold_takes_the_slot(cast):
    booking = ask(cast.ada, cast.laser)
    assert booking.state == Booking.State.HELD
    assert [(c.kind, c.reason) for c in Claim.objects.all()] == [("held", "checkout")]


def test_a_taken_slot_is_refused_with_three_alternatives(cast):
    ask(cast.ada, cast.room)
    with pytest.raises(SlotTaken) as caught:
        ask(cast.carla, cast.room)
    assert len(caught.value.alternatives) >= 3


def test_an_alternative_can_be_had(cast):
    ask(cast.ada, cast.room)
    with pytest.raises(SlotTaken) as caught:
        ask(cast.carla, cast.room)
    near = caught.value.alternatives[0]
    assert hold(Wish(cast.carla, [Ask(cast.room, near["period"])], made_by=cast.carla))


def test_a_lapsed_hold_frees_the_slot(cast, at):
    first = ask(cast.ada, cast.room)
    at("2026-11-30 09:11")
    assert ask(cast.carla, cast.room)
    first.refresh_from_db()
    assert first.state == Booking.State.LAPSED


def test_a_released_hold_frees_the_slot(cast):
    booking = ask(cast.ada, cast.room)
    release(cast.ada, booking.pk)
    assert ask(cast.carla, cast.room)


def test_a_lapsed_hold_is_not_released(cast, at):
    booking = ask(cast.ada, cast.room)
    at("2026-11-30 09:10")
    with pytest.raises(HoldLapsed):
        release(cast.ada, booking.pk)


def test_an_offer_is_declined_and_not_released(cast):
    booking = ask(cast.ada, cast.room)
    Booking.objects.filter(pk=booking.pk).update(state="offered")
    with pytest.raises(IllegalMove):
        release(cast.ada, booking.pk)
    assert Booking.objects.get(pk=booking.pk).state == "offered"


def test_three_holds_are_the_most_a_person_keeps(cast):
    for hour in ("10", "12", "14"):
        ask(cast.ada, cast.room, f"2026-12-01 {hour}:00")
    with pytest.raises(Refused) as caught:
        ask(cast.ada, cast.room, "2026-12-01 16:00")
    assert codes(caught) == ["too-many-holds"]
    way_out = caught.value.reasons[0].way_out
    assert way_out is not None
    assert way_out.act == "release"


def test_the_uncertified_are_told_what_would_change_that(cast):
    with pytest.raises(Refused) as caught:
        ask(cast.bruno, cast.laser)
    assert codes(caught) == ["not-certified"]
    assert "Laser L1" in caught.value.reasons[0].detail


def test_every_broken_rule_is_named_at_once(cast):
    with pytest.raises(Refused) as caught:
        ask(cast.bruno, cast.laser, "2026-12-01 22:10", 7)
    assert set(codes(caught)) == {"not-certified", "closed", "too-short", "length-not-on-step"}


@pytest.mark.parametrize(
    ("start", "minutes", "code"),
    [
        ("2026-12-01 10:10", 60, "not-on-step"),
        ("2026-12-01 10:00", 13 * 60, "too-long"),
        ("2026-11-30 08:30", 60, "past"),
        ("2026-12-01 21:30", 60, "closed"),
        ("2026-12-25 10:00", 60, "closed"),
        ("2027-12-01 10:00", 60, "too-far"),
        ("2030-12-02 10:00", 60, "not-yet-planned"),
    ],
)
def test_the_rule_that_says_no_is_named(cast, start, minutes, code):
    with pytest.raises(Refused) as caught:
        ask(cast.ada, cast.room, start, minutes)
    assert code in codes(caught)


def test_a_booking_too_far_ahead_is_told_from_when_it_can_be_made(cast):
    with pytest.raises(Refused) as caught:
        ask(cast.ada, cast.room, "2027-12-01 10:00")
    assert caught.value.data["bookable_from"].isoformat() == "2026-11-30T23:00:00+00:00"


def test_a_whole_hall_and_its_half_exclude_each_other(cast):
    ask(cast.ada, cast.half)
    with pytest.raises(SlotTaken):
        ask(cast.carla, cast.hall)


def test_the_last_desk_is_the_last(cast):
    desks = cast.pool(2)
    ask(cast.ada, desks)
    ask(cast.bruno, desks)
    with pytest.raises(SlotTaken):
        ask(cast.carla, desks)


def test_somebody_is_re_seated_so_that_a_whole_day_fits(cast):
    desks = cast.pool(2)
    ask(cast.ada, desks, "2026-12-01 10:00", 120)
    ask(cast.bruno, desks, "2026-12-01 10:00", 60)
    ask(cast.bruno, desks, "2026-12-01 11:00", 60)
    release(
        cast.bruno,
        Booking.objects.get(person=cast.bruno, period__startswith=period("2026-12-01 10:00").start).pk,
    )
    # Desk one is Ada's until 12, desk two Bruno's from 11: two hours from 9 to 11 fit on desk two only.
    assert ask(cast.carla, desks, "2026-12-01 09:00", 120)
    assert ask(cast.carla, desks, "2026-12-01 12:00", 120)


def test_a_bundle_is_had_whole_or_not_at_all(cast):
    ask(cast.carla, cast.room)
    both = [Ask(cast.laser, period("2026-12-01 10:00")), Ask(cast.room, period("2026-12-01 10:00"))]
    with pytest.raises(SlotTaken):
        hold(Wish(cast.ada, both, made_by=cast.ada))
    assert not Booking.objects.filter(person=cast.ada).exists()


def test_staff_set_rules_aside_but_never_the_guard(cast):
    ask(cast.bruno, cast.laser, "2026-12-01 22:10", 7, override="prova della macchina")
    with pytest.raises(SlotTaken):
        ask(cast.carla, cast.laser, "2026-12-01 22:10", 7, override="anche io")


def test_money_that_comes_late_finds_the_slot_if_it_is_still_free(cast, at):
    from core.locks import act

    booking = ask(cast.ada, cast.room)
    at("2026-11-30 09:30")
    from booking.holding.lapsing import lapse_dead

    lapse_dead(Claim.objects.values_list("unit_id", flat=True))
    booking.refresh_from_db()
    assert booking.state == Booking.State.LAPSED

    @act
    def settle():
        lifecycle.take_again(booking)
        lifecycle.confirm(booking, None)

    settle()
    assert [c.kind for c in Claim.objects.all()] == ["booked"]
    with pytest.raises(SlotTaken):
        ask(cast.carla, cast.room)
