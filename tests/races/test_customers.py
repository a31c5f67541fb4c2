"""Two officers write down the same customer at once: it is one."""

import threading
from functools import partial

import pytest

from billing.papers import customers
from core.errors import Invalid
from people.models import Organisation, Person
from tests.cast import ADDRESS
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
NUMBER = {"vat_number": "06987650378", **ADDRESS}
CODE = {"tax_code": "VRDPRI85T50A562D", **ADDRESS}


def at_once_by_three(cast, *told):
    officers = [cast.franco, cast.elena, cast.dario]
    return at_once([partial(customers.write, by, *told) for by in officers])


def bodies(cast):
    return at_once_by_three(cast, "company", "Beta S.r.l.", "", NUMBER)


def people(cast):
    return at_once_by_three(cast, Person.prefix, "Piera", "piera@example.org", CODE)


def refused(found):
    return [[p.pointer for p in one.pointers] for one in found if isinstance(one, Invalid)]


@pytest.fixture
def unlocked(monkeypatch):
    """As if nobody queued: all three have looked before any has written."""
    gate, check = threading.Barrier(3), customers._taken

    def looked(*asked):
        found = check(*asked)
        gate.wait(20)
        return found

    monkeypatch.setattr(customers, "lock_words", lambda *_: None)
    monkeypatch.setattr(customers, "_taken", looked)


def test_of_three_that_write_one_number_one_has_written_it(cast):
    assert refused(bodies(cast)) == [["/vat_number"], ["/vat_number"]]
    assert Organisation.objects.filter(vat_number=NUMBER["vat_number"]).count() == 1


def test_of_three_that_write_one_person_one_has(cast):
    assert refused(people(cast)) == [["/tax_code", "/email"], ["/tax_code", "/email"]]
    assert Person.objects.filter(email="piera@example.org").count() == 1


def test_without_the_lock_a_number_is_three_customers(cast, unlocked):
    assert refused(bodies(cast)) == []
    assert Organisation.objects.filter(vat_number=NUMBER["vat_number"]).count() == 3


def test_whoever_does_not_queue_hears_of_the_address_from_the_database(cast, unlocked):
    assert refused(people(cast)) == [["/email"], ["/email"]]
    assert Person.objects.filter(email="piera@example.org").count() == 1
