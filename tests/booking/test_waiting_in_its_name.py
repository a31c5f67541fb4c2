"""Waiting in the name of an organisation: its rules and its price, and who stands in the list when their standing changes."""

from decimal import Decimal

import pytest

from billing.models import Rate, Tariff
from booking.models import Booking, Waiting
from booking.queueing import calling
from core.ids import encode
from core.models import Mail
from core.money import Money
from people import roles
from people.models import Group, GroupMember, Membership, Person
from people.roles import standing
from spaces.models import Rules
from tests.api import client, post
from tests.booking.waiters import held, joined, places, release, slot
from tests.cast import LONG_AGO, period

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def in_its_name(cast, **more):
    return {"organisation_id": encode("org", cast.association.pk), **more}


def test_a_delegate_waits_in_the_name_of_their_organisation_and_has_it_so(cast):
    group = Group.objects.create(name="Associazioni", partner=cast.lead)
    GroupMember.objects.create(group=group, organisation=cast.association, from_on=LONG_AGO)
    taken = held(cast.ada, cast.room)
    Rate.objects.create(
        tariff=Tariff.objects.get(), per="reduction", percent=Decimal(50), price=Money(0), group=group
    )
    place = joined(cast.bruno, slot(cast.room, **in_its_name(cast)))
    assert place["organisation"]["id"] == encode("org", cast.association.pk)
    release(cast.ada, taken)
    assert cast.association.name in Mail.objects.get(to=cast.bruno.email).text
    accepted = post(client(cast.bruno), f"/waiting-list/{place['id']}/accept", key="yes").json()
    assert (accepted["state"], accepted["organisation"]["id"]) == ("held", place["organisation"]["id"])
    asked = {"booking_ids": [accepted["id"]], "organisation_id": place["organisation"]["id"]}
    quote = client(cast.bruno).post("/api/v1/quotes", asked).json()
    assert quote["total"]["cents"] == 915


def test_nobody_waits_in_the_name_of_others(cast):
    held(cast.ada, cast.room)
    body = slot(cast.room, **in_its_name(cast))
    assert post(client(cast.ada), "/waiting-list", body).status_code == 404
    assert not Waiting.objects.filter(person=cast.ada).exists()


def test_for_oneself_and_for_an_organisation_are_two_places(cast):
    held(cast.ada, cast.room)
    mine = joined(cast.bruno, slot(cast.room))
    ours = joined(cast.bruno, slot(cast.room, **in_its_name(cast)), "ours")
    assert mine["id"] != ours["id"]
    assert joined(cast.bruno, slot(cast.room, **in_its_name(cast)), "again")["id"] == ours["id"]


def test_the_rules_are_judged_for_the_organisation(cast):
    group = Group.objects.create(name="Associazioni", partner=cast.lead)
    GroupMember.objects.create(group=group, organisation=cast.association, from_on=LONG_AGO)
    taken = held(cast.ada, cast.room)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"groups": [str(group.pk)]})
    alone = post(client(cast.bruno), "/waiting-list", slot(cast.room), "alone")
    assert [r["code"] for r in alone.json()["reasons"]] == ["not-for-you"]
    place = joined(cast.bruno, slot(cast.room, **in_its_name(cast)))
    release(cast.ada, taken)
    assert places(cast.bruno)[0]["state"] == "offered"
    assert post(client(cast.bruno), f"/waiting-list/{place['id']}/accept", key="yes").status_code == 200


def no_delegate_any_more(cast):
    Membership.objects.filter(person=cast.bruno).update(is_delegate=False)


def test_who_is_no_delegate_any_more_is_not_called(cast):
    taken = held(cast.ada, cast.room)
    joined(cast.bruno, slot(cast.room, **in_its_name(cast)))
    no_delegate_any_more(cast)
    release(cast.ada, taken)
    assert not Booking.objects.filter(state="offered").exists()


def test_who_is_no_delegate_any_more_is_told_why_and_stands_before_nobody(cast, at):
    held(cast.ada, cast.room)
    joined(cast.bruno, slot(cast.room, **in_its_name(cast)))
    at("2026-11-30 09:01")
    joined(cast.ivo, slot(cast.room))
    assert (places(cast.bruno)[0]["rank"], places(cast.ivo)[0]["rank"]) == (1, 2)
    no_delegate_any_more(cast)
    (mine,) = places(cast.bruno)
    assert (mine["state"], mine["rank"], mine["actions"]["leave"]["allowed"]) == ("waiting", None, True)
    assert [r["code"] for r in mine["actions"]["accept"]["reasons"]] == ["not-in-its-name"]
    assert places(cast.ivo)[0]["rank"] == 1


def test_whose_account_is_closed_stands_before_nobody(cast, at):
    held(cast.ada, cast.room)
    joined(cast.bruno, slot(cast.room))
    at("2026-11-30 09:01")
    joined(cast.ivo, slot(cast.room))
    Person.objects.filter(pk=cast.bruno.pk).update(is_active=False)
    assert places(cast.ivo)[0]["rank"] == 1


def test_nobody_s_standing_is_read_for_each_who_waits_while_all_is_locked(cast, monkeypatch):
    taken, read = held(cast.ada, cast.room), []
    joined(cast.bruno, slot(cast.room, **in_its_name(cast)))
    reading = roles._read

    def told(person):
        read.append(person.pk)
        return reading(person)

    monkeypatch.setattr(roles, "_read", told)
    release(cast.ada, taken)
    assert Booking.objects.filter(person=cast.bruno, state="offered").exists()
    assert set(read) == {cast.ada.pk}


def test_the_list_calls_whom_their_standing_lets_book_in_that_name(cast):
    everybody = [cast.ada, cast.bruno, cast.dario, cast.elena, cast.franco, cast.gina, cast.ivo]
    for person in everybody:
        for body in (None, cast.association):
            Waiting.objects.create(
                person=person,
                organisation=body,
                venue=cast.room.venue,
                resource=cast.room,
                window=period("2026-12-01 10:00"),
                minutes=60,
            )
    rows = Waiting.objects.select_related("person", "venue")
    may = {w.pk for w in rows if calling.may_book(w, standing(w.person))}
    assert {w.pk for w in rows.filter(calling.is_called())} == may
    in_its_name_may = {w.person for w in rows if w.pk in may and w.organisation_id}
    assert in_its_name_may == {cast.bruno, cast.dario, cast.gina, cast.ivo}


def test_a_colleague_does_not_end_an_offer(cast):
    taken = held(cast.ada, cast.room)
    place = joined(cast.bruno, slot(cast.room, **in_its_name(cast)))
    Membership.objects.create(
        person=cast.carla, organisation=cast.association, is_delegate=True, from_on=LONG_AGO
    )
    release(cast.ada, taken)
    offer = places(cast.bruno)[0]["offer"]["booking_id"]
    answer = post(client(cast.carla), f"/bookings/{offer}/release", key="not-mine")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal-move")
    assert post(client(cast.bruno), f"/waiting-list/{place['id']}/accept", key="yes").status_code == 200


def test_who_is_no_delegate_any_more_may_only_decline(cast):
    taken = held(cast.ada, cast.room)
    place = joined(cast.bruno, slot(cast.room, **in_its_name(cast)))
    release(cast.ada, taken)
    no_delegate_any_more(cast)
    actions = places(cast.bruno)[0]["actions"]
    (why,) = actions["accept"]["reasons"]
    assert (why["code"], cast.association.name in why["detail"]) == ("not-in-its-name", True)
    refused = post(client(cast.bruno), f"/waiting-list/{place['id']}/accept", key="yes")
    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (403, "not-in-its-name")
    assert post(client(cast.bruno), f"/waiting-list/{place['id']}/decline", key="no").status_code == 200
