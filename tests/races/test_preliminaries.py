"""A quotation that two accept at once, or that one accepts while another withdraws it: one of them happens, whole."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from billing.models import Document, Issuer, Preliminary
from billing.papers import preliminaries, rewriting
from billing.papers.amounts import Line
from billing.papers.snapshots import Paper
from billing.papers.vat import RateKey
from billing.papers.wish import Wish
from core.errors import IllegalMove
from people.roles import standing
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def wish_of(cast):
    issuer = Issuer.objects.select_related("partner__organisation").get(partner=cast.lead)
    line = Line("Sala", Decimal("10.00"), RateKey(Decimal(22), "", ""))
    return Wish(issuer, Document.Kind.INVOICE, cast.association, [line], Paper("TD01", with_vat=False))


def write(cast, wish):
    return preliminaries.write(cast.franco, standing(cast.franco), "pro_forma", wish, {}, None)


def race(cast):
    """Four accept and four withdraw; how many did."""
    wish = wish_of(cast)
    paper = write(cast, wish)
    accepts = [lambda: preliminaries.accept(cast.franco, paper, wish)] * 4
    withdrawals = [lambda: preliminaries.withdraw(cast.franco, paper.pk)] * 4
    answers = at_once([act for pair in zip(accepts, withdrawals, strict=True) for act in pair])
    return sum(isinstance(answer, Document | Preliminary) for answer in answers), answers


def test_of_accepting_and_withdrawing_one_happens(cast):
    happened, answers = race(cast)
    assert happened == 1
    assert sum(isinstance(answer, IllegalMove) for answer in answers) == 7, answers
    assert Document.objects.count() == (Preliminary.objects.get().document is not None)


def test_without_the_lock_several_do(cast, monkeypatch):
    monkeypatch.setattr(preliminaries, "lock_rows", lambda *args: [])
    assert race(cast)[0] > 1


def test_many_written_at_once_have_the_numbers_one_to_many(cast):
    wish = wish_of(cast)
    made = at_once([lambda: write(cast, wish)] * 8)
    assert sorted(paper.ordinal for paper in made) == list(range(1, 9))


def test_without_the_queue_a_number_is_wanted_twice(cast, monkeypatch):
    monkeypatch.setattr(preliminaries, "lock_words", lambda *args: None)
    wish = wish_of(cast)
    made = at_once([lambda: write(cast, wish)] * 8)
    assert any(isinstance(answer, Exception) for answer in made)


def rewritings(cast):
    """Six write an expired paper anew; how many are in its place."""
    wish, has = wish_of(cast), standing(cast.franco)
    yesterday = preliminaries.day_now() - timedelta(days=1)
    with transaction.atomic():
        paper = preliminaries.write_inside(cast.franco, has, "quotation", wish, {}, yesterday, on=yesterday)
    until = rewriting.until(paper)
    answers = at_once([lambda: rewriting.rewrite(cast.franco, has, paper.pk, wish, until)] * 6)
    return sum(isinstance(answer, Preliminary) for answer in answers), answers


def test_of_six_that_write_it_anew_one_does(cast):
    happened, answers = rewritings(cast)
    assert happened == 1
    assert sum(isinstance(answer, IllegalMove) for answer in answers) == 5, answers


def test_without_the_lock_it_is_written_anew_several_times(cast, monkeypatch):
    monkeypatch.setattr(rewriting, "lock_rows", lambda *args: [])
    assert rewritings(cast)[0] > 1
