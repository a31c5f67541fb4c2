"""Rescues against each other, against the clock, against the person: one answer counts, nothing is given twice."""

import threading
from unittest import mock

import pytest

from billing.models import Refund
from booking import claims
from booking.holding import lifecycle
from booking.models import Booking, Claim, RescueCase, Waiting
from booking.obstructing import standing
from booking.rescuing import answers, outages, rescues
from booking.rescuing.outages import Declared
from core.clock import now
from core.ids import encode
from people.models import Person
from tests.api import client, post
from tests.billing.sales import book, sell
from tests.booking.confirmed import final
from tests.cast import ADDRESS, rome
from tests.races.conftest import at_once, tally
from tests.races.test_one_slot import overlaps

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 8


@pytest.fixture(autouse=True)
def _no_gateway(monkeypatch):
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


@pytest.fixture
def crowd(crowd):
    """The same fifty, with what a document needs."""
    Person.objects.filter(email__startswith="rival").update(tax_code="RSSMRA80A01H501U", **ADDRESS)
    return list(Person.objects.filter(email__startswith="rival").order_by("pk"))


def answering(case, choice, by):
    return lambda: answers.settle(case.pk, choice, by=by)


def at_its_hour(case):
    return lambda: answers.apply_default({"case": str(case.pk)})


def cancelling(act, by, booking):
    return lambda: act(by, booking.pk)


def planning(cast, outage):
    return lambda: rescues.plan(cast.ivo, rescues.About(cast.venue, "x", outage=outage))


def grabbing(person, body, key):
    api = client(person)
    return lambda: post(api, "/bookings", body, key)


def rescued(cast, person, room, n):
    """A paid booking of the room, which breaks; sent, and not answered."""
    made = book(person, room, rome(f"2026-12-0{2 + n // 8} {9 + n % 8:02}:00"))
    sell(person, made)
    outage = outages.declare(cast.ivo, Declared(room, now(), reason="Rotta"))
    rescue = rescues.plan(cast.ivo, rescues.About(cast.venue, "Rotta", outage=outage))
    return outage, rescue, made


def test_two_rescues_hold_one_alternative_each_their_own(cast, crowd):
    """Two rooms break at once and one is left: it is held for one of the two."""
    third = cast._whole("sala-tre", "meeting_room", "Sala Tre", capacity=30, features=["projector"])
    for n in range(ROUNDS):
        start = rome(f"2026-12-0{2 + n // 8} {9 + n % 8:02}:00")
        made = [book(p, r, start) for p, r in ((crowd[0], cast.room), (crowd[1], cast.other_room))]
        for b in made:
            sell(b.person, b)
        outs = [
            outages.declare(cast.ivo, Declared(r, now(), reason="x")) for r in (cast.room, cast.other_room)
        ]
        planned = at_once([planning(cast, o) for o in outs])
        assert [p for p in planned if isinstance(p, Exception)] == []
        held = Claim.objects.filter(reason="rescue", unit__parts__resource=third, during__startswith=start)
        assert held.count() == 1, f"round {n}"
        assert RescueCase.objects.filter(answer="", chosen__isnull=False).count() == 2
        assert overlaps() == 0
        put_away(outs)


def put_away(outs):
    RescueCase.objects.filter(answer="").update(answer="void")
    # Whoever answered that they wait would have what opens when the outage is lifted, in the next round's way.
    Waiting.objects.update(state="left")
    Claim.objects.filter(item__isnull=False).delete()
    Booking.objects.filter(state="confirmed").update(state="cancelled")
    for outage in outs:
        outages.lift(outage.made_by, outage.pk)


def test_an_answer_given_many_times_at_once_gives_the_money_back_once(cast, crowd):
    for n in range(ROUNDS):
        outage, rescue, _ = rescued(cast, crowd[n], cast.room, n)
        rescues.send(cast.ivo, rescue)
        (case,) = rescue.cases.all()
        before = Refund.objects.count()
        results = at_once([answering(case, "refund", crowd[n]) for _ in range(6)])
        assert {getattr(r, "answer", repr(r)) for r in results} == {"refund"}
        assert Refund.objects.count() == before + 1
        put_away([outage])


def test_two_different_answers_at_once_and_one_counts(cast, crowd):
    _ = cast.other_room
    for n in range(ROUNDS):
        outage, rescue, made = rescued(cast, crowd[n], cast.room, n)
        rescues.send(cast.ivo, rescue)
        (case,) = rescue.cases.all()
        assert case.chosen is not None
        results = at_once([answering(case, w, crowd[n]) for w in ("move", "refund", "wait", "move")])
        said = RescueCase.objects.get(pk=case.pk).answer
        assert said in [getattr(r, "answer", None) for r in results]
        state = Booking.objects.get(pk=made.pk).state
        assert (state == "confirmed") == (said == "move")
        assert Claim.objects.filter(item__booking=made).count() == (1 if said == "move" else 0)
        assert overlaps() == 0
        put_away([outage])


def test_an_answer_against_its_hour_is_one_or_the_other(cast, crowd, at):
    _ = cast.other_room
    for n in range(ROUNDS):
        at("2026-11-30 09:00")
        outage, rescue, made = rescued(cast, crowd[n], cast.room, n)
        rescues.send(cast.ivo, rescue)
        (case,) = rescue.cases.all()
        at_once(
            [
                answering(case, "move", crowd[n]),
                at_its_hour(case),
            ]
        )
        case.refresh_from_db()
        assert case.answer in ("move", "refund")
        assert case.by_default == (case.answer == "refund")
        assert Claim.objects.filter(item__booking=made).count() == (1 if case.answer == "move" else 0)
        put_away([outage])


def test_cancelled_while_answered_the_money_comes_back_once(cast, crowd):
    from billing.changes.acts import cancel

    for n in range(ROUNDS):
        outage, rescue, made = rescued(cast, crowd[n], cast.room, n)
        rescues.send(cast.ivo, rescue)
        (case,) = rescue.cases.all()
        before = Refund.objects.count()
        at_once(
            [
                answering(case, "refund", crowd[n]),
                cancelling(cancel, crowd[n], made),
            ]
        )
        final(made.pk)
        assert Refund.objects.count() == before + 1
        assert Booking.objects.get(pk=made.pk).state == "cancelled"
        put_away([outage])


def test_strangers_never_have_what_a_booking_in_an_outage_gives_back(cast, crowd):
    for n in range(ROUNDS):
        made = book(crowd[0], cast.room, rome(f"2026-12-0{2 + n // 8} {9 + n % 8:02}:00"))
        sell(crowd[0], made)
        outage = outages.declare(cast.ivo, Declared(cast.room, now(), reason="x"))
        body = {
            "items": [{"resource_id": encode("res", cast.room.pk)}],
            "period": {"start": made.period.start.isoformat(), "end": made.period.end.isoformat()},
        }
        rivals = [grabbing(p, body, f"g{n}-{i}") for i, p in enumerate(crowd[1:9])]
        results = at_once([*rivals[:4], cancelling(lifecycle.cancel, crowd[0], made), *rivals[4:]])
        assert tally(results)[201] == 0
        outages.lift(cast.ivo, outage.pk)


# -- the twins: without the guard, the same crowds do harm --------------------------------------------------


def test_without_its_locks_a_booking_is_moved_and_given_back_at_once(cast, crowd):
    """The twin: bookings and cases are not locked, and both have read the case before the other has answered."""
    _ = cast.other_room
    _, rescue, made = rescued(cast, crowd[0], cast.room, 0)
    rescues.send(cast.ivo, rescue)
    (case,) = rescue.cases.all()
    both, once = threading.Barrier(2), threading.local()

    def unlocked(ids, **more):
        return list(Booking.objects.filter(pk__in=list(ids)).select_related("venue", "person"))

    def after_both_have_read():
        if not getattr(once, "waited", False):
            once.waited = True
            both.wait(timeout=20)
        return now()

    with (
        mock.patch.object(answers, "lock_bookings", unlocked),
        mock.patch.object(answers, "now", after_both_have_read),
        mock.patch("django.db.models.query.QuerySet.select_for_update", lambda self, *a, **k: self.all()),
    ):
        said = at_once([answering(case, "move", crowd[0]), answering(case, "refund", crowd[0])])
    assert {getattr(r, "answer", repr(r)) for r in said} == {"move", "refund"}  # both were told yes
    assert Refund.objects.filter(payment__order__lines__booking=made).count() == 1


def test_not_taken_back_at_once_a_stranger_slips_in(cast, crowd):
    """The twin: nobody gives freed time to the outage in the act that frees it."""
    made = book(crowd[0], cast.room, rome("2026-12-02 10:00"))
    sell(crowd[0], made)
    outage = outages.declare(cast.ivo, Declared(cast.room, now(), reason="x"))
    with mock.patch.object(standing, "take_back", return_value=None):
        lifecycle.cancel(crowd[0], made.pk)
    (units,) = standing.units_out([outage]).values()
    assert not claims.touching(units, made.period)  # free, for whoever sets the rules aside
