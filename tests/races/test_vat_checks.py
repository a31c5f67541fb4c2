"""Several wish at once that a customer's VAT number be looked up in VIES: it is asked about once."""

import threading
from contextlib import nullcontext
from functools import partial

import pytest

from billing.models import Issuer, VatCheck
from billing.papers import vat_checks, vies
from billing.papers.vies import NoAnswer
from core import outbox
from core.errors import IllegalMove
from people.models import Organisation
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def race(cast):
    """Eight press at once; what became of each."""
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(asks_vies=True)
    body = Organisation.objects.create(name="Beispiel GmbH", country="DE", vat_number="DE811115368")
    issuers = list(vat_checks.askers())
    return at_once([partial(vat_checks.again, cast.franco, body, issuers)] * 8)


def test_of_eight_that_ask_one_has_asked(cast):
    answers = race(cast)
    assert sum(isinstance(answer, IllegalMove) for answer in answers) == 7, answers
    assert VatCheck.objects.count() == 1


def test_without_the_queue_it_is_asked_about_several_times(cast, monkeypatch):
    monkeypatch.setattr(vat_checks, "lock_rows", lambda *args: [])
    race(cast)
    assert VatCheck.objects.count() > 1


def ask_at_once(cast, monkeypatch):
    """Four workers have a check each while the register hangs; what became of each, and how many asked."""
    answers = race(cast)
    assert len(answers) == 8
    [check] = VatCheck.objects.all()
    checks = [check.pk]
    for number in ("DE136695976", "DE129273398", "DE114103379"):
        body = Organisation.objects.create(name=number, country="DE", vat_number=number)
        made = VatCheck.objects.create(
            issuer_id=check.issuer_id, organisation=body, letters="DE", number=number[2:]
        )
        checks.append(made.pk)
    asked, others = [], threading.Event()

    def hangs(about, by):
        asked.append(about)
        others.wait(2 if len(asked) < 2 else 0)
        others.set()
        raise NoAnswer("too-slow")

    monkeypatch.setattr(vies, "ask", hangs)
    turned_away = iter(range(3))

    def work(pk):
        try:
            vat_checks.look_up(pk)
        except outbox.NotYet:
            if next(turned_away) == 2:
                others.set()
            raise

    return at_once([partial(work, pk) for pk in checks]), asked


def test_a_register_that_hangs_takes_one_worker(cast, monkeypatch):
    answers, asked = ask_at_once(cast, monkeypatch)
    assert (len(asked), sum(isinstance(answer, outbox.NotYet) for answer in answers)) == (1, 3)


def test_without_its_turn_it_takes_several(cast, monkeypatch):
    monkeypatch.setattr(vat_checks, "alone", lambda name: nullcontext(True))
    _, asked = ask_at_once(cast, monkeypatch)
    assert len(asked) > 1
