"""What the rules keep for somebody is theirs until its last instant and one of twenty's from then on; and until when
twenty may cancel."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from booking.changing import changes
from booking.models import Booking, Claim
from core.ids import encode
from spaces.models import Rules
from tests.api import client, post
from tests.booking.confirmed import book
from tests.cast import rome
from tests.races.conftest import asking, at_once, tally
from tests.races.test_one_slot import hour, overlaps
from tests.races.town import HOURS, MANY

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
BEGUN = rome("2026-11-30 09:00")


def rules(cast: Any, **words: Any) -> None:
    Rules.objects.create(venue=cast.venue, from_on=date(2026, 1, 1), data={"horizon_days": 365} | words)


def held(cast: Any) -> str:
    answer = post(client(cast.ada), "/bookings", hour(33, cast.room), "mine")
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def for_a_hold(cast: Any) -> timedelta:
    """Ada pays, for as long as the rules let her."""
    rules(cast, hold=7)
    held(cast)
    return timedelta(minutes=7)


def for_the_staff(cast: Any) -> timedelta:
    """Ada has asked for a room on which staff decide."""
    rules(cast, approval=True, request_days=2)
    mine = held(cast)
    api = client(cast.ada)
    quote = post(api, "/quotes", {"booking_ids": [mine]}, "quote").json()["id"]
    asked = {"quote_id": quote, "booking_ids": [mine], "method": "card"}
    assert post(api, "/checkouts", asked, "asked").status_code in (200, 201)
    assert Booking.objects.get().state == "requested"
    return timedelta(days=2)


def for_who_waits(cast: Any) -> timedelta:
    """Bruno waits for what Ada gives back, and is offered it."""
    rules(cast, offer=25)
    mine = held(cast)
    place = {"resource_id": encode("res", cast.room.pk), "period": hour(33, cast.room)["period"]}
    assert post(client(cast.bruno), "/waiting-list", place, "join").status_code == 201
    assert post(client(cast.ada), f"/bookings/{mine}/release", key="back").status_code == 200
    assert Booking.objects.filter(state="offered", person=cast.bruno).count() == 1
    return timedelta(minutes=25)


@pytest.mark.parametrize("kept", [for_a_hold, for_the_staff, for_who_waits])
def test_until_its_last_instant_nobody_has_it_and_then_one_of_twenty(cast, crowd, kept):
    until = BEGUN + kept(cast)

    def all_ask(key: str) -> list[Any]:
        return at_once([asking(person, hour(33, cast.room), key) for person in crowd[:MANY]])

    with time_machine.travel(until - timedelta(seconds=1), tick=False):
        early = all_ask("early")
    assert tally(early) == {409: MANY}
    assert {answer.json()["code"] for answer in early} == {"slot-taken"}
    with time_machine.travel(until, tick=False):
        assert tally(all_ask("late")) == {201: 1, 409: MANY - 1}
    assert (Claim.objects.count(), overlaps()) == (1, 0)


def test_twenty_cancel_at_once_and_those_for_whom_it_is_too_late_keep_their_hour(cast, crowd, at):
    rules(cast, cancel_notice=24 * 60)
    mine = [
        (person, book(person, cast.room, f"2026-12-{day:02} {hour:02}:00"))
        for person, (day, hour) in zip(crowd, HOURS, strict=False)
    ]
    at("2026-11-30 13:00")  # tomorrow's first four are nearer than a day, the fifth is not

    def cancelling(person: Any, booking: Booking) -> Any:
        api = client(person)
        return lambda: post(api, f"/bookings/{encode('bkg', booking.pk)}/cancel", key="cancel")

    answers = at_once([cancelling(*one) for one in mine])
    assert [answer.status_code for answer in answers] == [403] * 4 + [200] * (MANY - 4)
    for late in answers[:4]:
        assert [(r["code"], r["fixable_by"]) for r in late.json()["reasons"]] == [
            ("too-late-to-cancel", "staff")
        ]
    assert Booking.objects.filter(state="confirmed").count() == 4
    at("2026-11-30 13:01")  # nobody has thought better of it
    changes.sweep()
    assert Claim.objects.count() == 4
