"""The desk counts its drawer: against what is expected, a difference with its reason, posted, and never changed."""

from datetime import date

import pytest
from django.db import Error

from billing.books import journal
from billing.models import DayClose
from billing.paying import repaying
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from core import outbox
from core.ids import encode
from core.money import total
from tests.api import client, post
from tests.billing.sales import book, give_back
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sold(cast):
    """Two hours sold for cash, one of them given back in part; one by card machine."""
    made = []
    for hour, method in ((9, "cash"), (11, "cash"), (13, "pos")):
        booking = book(cast.ada, cast.laser, rome(f"2026-12-03 {hour:02}:00"))
        order = checkout(cast.ada, quote(cast.ada, [booking], None).pk, method).order
        made.append((booking, order.payments.get()))
    return made


def seen(cast, person=None):
    api = client(person or cast.gina)
    return api.get("/api/v1/day-closes", {"issuer_id": encode("iss", cast.lead.issuer.pk)}).json()


def expected(cast):
    return {d["drawer"]: d["expected"]["cents"] for d in seen(cast)["drawers"]}


def count(cast, counted, reason="", shown=None, key="k1", method="cash"):
    body = {
        "issuer_id": encode("iss", cast.lead.issuer.pk), "drawer": method, "counted_cents": counted, "reason": reason,
        "expected_cents": expected(cast)[method] if shown is None else shown,
    }  # fmt: skip
    return post(client(cast.gina), "/day-closes", body, key)


def test_what_is_expected_is_what_came_in_less_what_went_back(cast, sold):
    assert expected(cast) == {"cash": 3660, "pos": 1830}
    booking, payment = sold[0]
    refund = give_back(booking, payment, 500)
    outbox.drain()
    assert expected(cast) == {"cash": 3660, "pos": 1830}  # nobody has given it yet
    repaying.give(cast.gina, refund.pk, "cash", date(2026, 11, 30))
    assert expected(cast) == {"cash": 3160, "pos": 1830}


def test_a_count_that_agrees_starts_the_next_one_at_nothing(cast, sold):
    answer = count(cast, 3660)
    assert answer.status_code == 201, answer.content
    assert expected(cast) == {"cash": 0, "pos": 1830}
    (close,) = seen(cast)["closes"]
    assert (close["difference"]["cents"], close["on"]) == (0, "2026-11-30")


def test_a_difference_needs_its_reason_and_is_posted(cast, sold):
    assert count(cast, 3600).json()["pointers"][0]["pointer"] == "/reason"
    assert count(cast, 3600, "resto sbagliato", key="k2").status_code == 201
    assert expected(cast)["cash"] == 0
    postings = [
        p for p in journal.postings(cast.lead.issuer, date(2026, 11, 1), date(2026, 12, 1)) if p.key[0] == "5"
    ]
    (posting,) = postings
    assert [(line.role, line.amount.cents) for line in posting.lines] == [("cash", -60), ("differences", 60)]
    assert total(line.amount for line in posting.lines).cents == 0


def test_who_was_shown_another_sum_counts_again(cast, sold):
    answer = count(cast, 3660, shown=1830)
    assert (answer.status_code, answer.json()["data"]["current"]["expected"]["cents"]) == (409, 3660)
    assert not DayClose.objects.exists()


def test_the_same_count_sent_twice_is_one(cast, sold):
    body_shown = expected(cast)["cash"]
    first = count(cast, 3660, shown=body_shown)
    again = count(cast, 3660, shown=body_shown)
    assert (first.status_code, again.status_code, DayClose.objects.count()) == (201, 201, 1)


def test_a_count_is_never_changed(cast, sold):
    count(cast, 3660)
    with pytest.raises(Error):
        DayClose.objects.update(counted=0)


def test_another_house_s_drawer_is_not_there(cast, sold):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk)}
    assert client(cast.elena).get("/api/v1/day-closes", asked).status_code == 404
    assert client(cast.ada).get("/api/v1/day-closes", asked).status_code == 403
