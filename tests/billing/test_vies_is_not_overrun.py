"""VIES is asked sparingly: about a customer every ten minutes at most, not at all for a day after a ban, one at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.models import Issuer, VatCheck
from billing.papers import vat_checks, vies
from billing.papers.vies import NoAnswer, Number
from core import clock, outbox
from core.ids import encode
from core.models import OutboxRow
from people.models import Organisation, Person
from tests.api import client, codes, post
from tests.billing.test_vies import ABROAD, NEW, later, shown
from tests.billing.union_register import DE, PATH

pytestmark = pytest.mark.django_db
NUMBERS = (DE, "DE136695976", "DE129273398", "DE114103379")


def writes(cast, number):
    answer = client(cast.ada).patch("/api/v1/people/me", {**ABROAD, "vat_number": number})
    assert answer.status_code == 200, answer.json()


def test_who_changes_their_number_again_and_again_has_it_asked_about_every_ten_minutes(wished, cast):
    for number in NUMBERS * 2:
        writes(cast, number)
        outbox.drain()
        later(2)
    assert [one["vatNumber"] for one in wished.asked] == [DE[2:], NUMBERS[1][2:]]
    later(11)
    assert wished.asked[-1]["vatNumber"] == NUMBERS[3][2:]
    assert len(wished.asked) == 3


def test_a_number_that_had_no_answer_and_is_given_up_still_makes_the_next_one_wait(wished, cast):
    wished.fails = ["MS_UNAVAILABLE"]
    writes(cast, DE)
    outbox.drain()
    writes(cast, NUMBERS[1])
    later(2)
    writes(cast, NUMBERS[2])
    outbox.drain()
    assert len(wished.asked) == 1
    later(11)
    assert [one["vatNumber"] for one in wished.asked] == [DE[2:], NUMBERS[2][2:]]


@pytest.mark.parametrize(("ban", "others"), [("IP_BLOCKED", 0), ("VAT_BLOCKED", 1)])
def test_after_a_ban_nothing_is_asked_for_a_day_by_whom_it_is_for(wished, cast, office, ban, others):
    wished.fails = [ban]
    writes(cast, DE)
    outbox.drain()
    Issuer.objects.filter(pk=cast.member.issuer.pk).update(asks_vies=True)
    body = Organisation.objects.create(name="Zwei GmbH", **ABROAD, vat_number=NUMBERS[1])
    vat_checks.begin({"customer": encode("org", body.pk)})
    outbox.drain()
    later(23 * 60)
    assert len(wished.asked) == 1 + others
    me = encode("per", cast.ada.pk)
    if not others:
        again = post(client(cast.ada), "/vat-checks", {"customer_id": me}, "again")
        assert (again.status_code, codes(again)) == (409, ["asked-lately"])
    later(61)
    assert len(wished.asked) == 3


def test_the_key_in_its_address_goes_with_the_question(wished, settings):
    settings.VIES_URL += "?key=1"
    vies.ask(Number("DE", DE[2:]), None)
    assert wished.paths == [f"{PATH}?key=1"]


def test_a_row_that_is_put_off_twice_is_put_off_once(wished, cast):
    writes(cast, DE)
    outbox.drain()
    writes(cast, NUMBERS[1])
    outbox.drain()
    waits = VatCheck.objects.get(state="waiting")
    vat_checks.look_up(waits.pk)
    vat_checks.look_up(waits.pk)
    assert OutboxRow.objects.filter(kind=vat_checks.ASK, done_at=None).count() == 1


def test_many_at_once_are_asked_one_after_another_and_who_has_left_is_not(wished, cast):
    for person, number in zip((cast.ada, cast.bruno, cast.carla), NUMBERS, strict=False):
        Person.objects.filter(pk=person.pk).update(country="DE", vat_number=number)
    Person.objects.filter(pk=cast.carla.pk).update(is_active=False)
    vat_checks.for_all({"issuer": str(cast.lead.issuer.pk)})
    first, second = OutboxRow.objects.filter(kind=vat_checks.ASK).order_by("due_at")
    assert second.due_at - first.due_at == vat_checks.SPACING


def test_what_waits_is_not_asked_once_its_issuer_wishes_it_no_more(wished, cast):
    writes(cast, DE)
    vat_checks.begin({"customer": encode("per", cast.ada.pk)})
    assert VatCheck.objects.get().state == "waiting"
    Issuer.objects.update(asks_vies=False)
    outbox.drain()
    assert wished.asked == []
    assert not VatCheck.objects.exists()


def test_what_is_asked_anew_while_it_is_being_asked_is_not_asked_for_by_both(wished, cast, monkeypatch):
    wished.fails = ["MS_UNAVAILABLE"]
    writes(cast, DE)
    outbox.drain()
    first = VatCheck.objects.get()
    VatCheck.objects.update(asked_at=clock.now() - timedelta(minutes=11))

    def meanwhile(about, by):
        body = {"customer_id": encode("per", cast.ada.pk)}
        assert post(client(cast.ada), "/vat-checks", body, "anew").status_code == 202
        raise NoAnswer("MS_UNAVAILABLE")

    monkeypatch.setattr(vies, "ask", meanwhile)
    vat_checks.look_up(first.pk)
    first.refresh_from_db()
    assert (first.again_at, first.tries) == (None, 1)


def test_what_one_issuer_asked_lately_keeps_no_other_from_asking(wished, cast, office):
    beispiel = post(office, "/customers", NEW, "beispiel").json()["id"]
    outbox.drain()
    Issuer.objects.filter(pk=cast.member.issuer.pk).update(asks_vies=True)
    asked = {"customer_id": beispiel}
    assert codes(post(office, "/vat-checks", asked, "ours")) == ["asked-lately"]
    assert post(client(cast.elena), "/vat-checks", asked, "theirs").status_code == 202


def test_of_who_has_no_number_of_another_country_nothing_is_asked(wished, cast):
    ada, me = client(cast.ada), encode("per", cast.ada.pk)
    assert shown(ada, me)["actions"]["ask"]["reasons"][0]["code"] == "no-number-to-ask"
    assert codes(post(ada, "/vat-checks", {"customer_id": me})) == ["no-number-to-ask"]


def test_an_issuer_without_a_vat_number_asks_without_one(wished, cast):
    Organisation.objects.filter(partner=cast.lead).update(vat_number="")
    writes(cast, DE)
    outbox.drain()
    assert wished.asked == [{"countryCode": "DE", "vatNumber": DE[2:]}]
