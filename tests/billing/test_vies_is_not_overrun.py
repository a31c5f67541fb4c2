"""VIES is asked sparingly: about a customer every ten minutes at most, not at all for a day after a ban, one at a time."""

from __future__ import annotations

import pytest

from billing.models import Issuer, VatCheck
from billing.papers import vat_checks, vies
from billing.papers.vies import Number
from core import outbox
from core.ids import encode
from core.models import OutboxRow
from people.models import Organisation
from tests.api import client, codes, post
from tests.billing.test_vies import ABROAD, later
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
