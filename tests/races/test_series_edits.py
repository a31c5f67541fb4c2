"""Two edits of one series at once, and an edit against a stranger's hold: one of them is whole; and without the guard?"""

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from booking import claims
from booking.changing.changes import hold_difference, lock_for
from booking.changing.moves import Where, items_of, judged
from booking.models import Booking, Claim
from booking.repeating import editing as acts
from core.clock import now
from core.locks import act, rows_at_once
from core.periods import Period
from spaces.layout import domains_of, takes, units_of
from spaces.models import LockDomain
from tests.api import client, wish
from tests.cast import rome
from tests.races.conftest import asking, at_once, tally
from tests.stories.test_an_association_books_a_series import TUESDAYS, booked, plan

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
RULE = TUESDAYS | {"skip": [], "first_on": "2027-01-12", "last_on": "2027-02-23"}
DATES = 7


def made(cast):
    api = client(cast.ada)
    series = booked(api, plan(api, cast.room, RULE)).json()
    Booking.objects.update(state="confirmed", held_until=None)
    Claim.objects.update(kind="booked", until=None, reason=None)
    return series


def editing(person, series, hours, key):
    """A plan to have these hours instead, and the change that is still to be asked for."""
    api = client(person)
    rule = RULE | {"hours": {"start": hours[0], "end": hours[1]}}
    body = {"series_id": series["id"], "scope": "all", "rule": rule}
    planned = api.post("/api/v1/series/plans", body).json()
    return lambda: api.post(
        f"/api/v1/series/{series['id']}/change", {"plan_id": planned["id"]}, headers={"Idempotency-Key": key}
    )


def starts(cast):
    live = Booking.objects.filter(person=cast.ada, state="confirmed")
    return {booking.period.start.hour for booking in live}


def test_of_two_edits_at_once_one_is_whole_and_the_other_is_stale(cast):
    series = made(cast)
    answers = at_once(
        [
            editing(cast.ada, series, ("10:00", "12:00"), "a"),
            editing(cast.gina, series, ("14:00", "16:00"), "b"),
        ]
    )
    assert tally(answers) == {200: 1, 409: 1}
    assert starts(cast) in ({9}, {13})
    assert Claim.objects.count() == DATES


def test_an_edit_and_a_stranger_s_hold_never_share_an_evening(cast, crowd):
    series = made(cast)
    slot = wish(cast.room, "2027-02-02T10:00:00", "2027-02-02T11:00:00")
    holds = [asking(person, slot, f"h{n}") for n, person in enumerate(crowd[:6])]
    answers = at_once([editing(cast.ada, series, ("10:00", "12:00"), "a"), *holds])
    edited, held = answers[0].status_code, [a.status_code for a in answers[1:]]
    assert (edited, held.count(201)) in ((200, 0), (409, 1))
    assert starts(cast) == ({9} if edited == 200 else {17})
    assert Claim.objects.count() == DATES + held.count(201)


def test_without_constraint_and_lock_a_hold_slips_in_between_the_look_and_the_claims(
    cast, crowd, unguarded, monkeypatch
):
    series = made(cast)
    ask = editing(cast.ada, series, ("10:00", "12:00"), "a")
    hold = asking(crowd[0], wish(cast.room, "2027-02-02T10:00:00", "2027-02-02T11:00:00"), "h")
    unguarded()
    monkeypatch.setattr(claims, "lock", lambda *told: None)
    looked, held = acts._prepared, []

    def look_and_dawdle(plan, first):
        found = looked(plan, first)
        held.extend(at_once([hold]))
        return found

    monkeypatch.setattr(acts, "_prepared", look_and_dawdle)
    assert (ask().status_code, held[0].status_code) == (200, 201)
    evening = Period(rome("2027-02-02 10:00"), rome("2027-02-02 11:00"))
    assert Claim.objects.filter(during__overlap=evening).count() == 2


@pytest.mark.parametrize("meanwhile", [False, True])
def test_who_ends_a_series_has_also_what_is_held_for_its_dates_elsewhere(cast, monkeypatch, meanwhile):
    """Nobody else gives on the time of the other room meanwhile; also where it came to be held just before the locks."""
    series, elsewhere = made(cast), cast.other_room
    hold = partial(hold_elsewhere, Booking.objects.order_by("period").first(), elsewhere)
    lock, asked = claims.lock, []

    def hold_and_lock(*told, **more):
        asked.append(told)
        if len(asked) == 1:
            assert at_once([hold]) == [None]
        lock(*told, **more)

    if meanwhile:
        monkeypatch.setattr(claims, "lock", hold_and_lock)
    else:
        hold()
    ended, free = acts._end, []

    def look_and_end(*told):
        free.extend(at_once([lambda: not_locked(elsewhere)]))
        return ended(*told)

    monkeypatch.setattr(acts, "_end", look_and_end)
    answer = client(cast.ada).post(
        f"/api/v1/series/{series['id']}/end", {"on": "2027-01-12"}, headers={"Idempotency-Key": "e"}
    )
    assert answer.status_code == 200, answer.content
    assert free == [False]
    assert not Claim.objects.exists()


def hold_elsewhere(booking, resource):
    """A move to another room waits for the staff's yes."""
    where = Where(booking.period, resource)
    items = items_of(booking)

    @act
    def ask():
        found = lock_for(booking.pk, resources=[resource.pk])
        verdict = judged(found, where, items, house=True, locked=True)
        hold_difference(found, where, items, verdict, found.person, "approval", now() + timedelta(days=2))

    ask()


def not_locked(resource):
    """Whether another act could have the resource's units now."""
    with transaction.atomic():
        return rows_at_once(LockDomain, domains_of(units_of(takes([resource.pk]))))
