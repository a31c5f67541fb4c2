"""The fee for a no-show: owed and not taken, paid by the usual page, dropped or credited when it is excused."""

import pytest

from billing.models import Document, Entry, Order, Payment, Refund
from billing.paying import payments
from billing.paying.checkout import retry
from booking.attending import attendance, consequences
from booking.models import Consequence
from core import outbox
from core.errors import IllegalMove
from core.ids import decode, encode
from core.money import Money
from spaces.models import Rules
from tests.api import client, post
from tests.booking.confirmed import book
from tests.cast import LONG_AGO

pytestmark = pytest.mark.django_db


@pytest.fixture
def missed(cast, at, monkeypatch):
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)
    at("2026-12-01 09:00")
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"no_show_fee": 1000})
    booking = book(cast.ada, cast.room, "2026-12-01 10:00")
    at("2026-12-01 10:20")
    attendance.mark_no_show(cast.gina, booking.pk)
    return booking


def the_one(booking):
    seen = client(booking.person).get(f"/api/v1/bookings/{encode('bkg', booking.pk)}").json()
    return seen["consequences"][0]


def test_it_is_owed_and_nothing_is_issued_or_taken(cast, missed):
    one = the_one(missed)
    assert (one["kind"], one["amount"]["cents"]) == ("fee", 1000)
    order = Order.objects.get(no_show_fee__isnull=False)
    assert (order.state, order.total, order.person) == ("owed", Money(1000), cast.ada)
    assert not Document.objects.exists()
    assert not Payment.objects.exists()
    assert (
        client(cast.ada).get(f"/api/v1{one['pay_href'].replace('/checkout/', '/checkouts/')}").status_code
        == 200
    )


def pay(cast, one):
    """By the page that the booking shows, as the gateway tells of it."""
    retry(cast.ada, decode("cho", one["pay_href"].split("/")[-1]))
    payments.settle(Payment.objects.get().pk, "pi_1")


def test_paid_it_has_its_document_and_its_takings(cast, missed):
    pay(cast, the_one(missed))
    document = Document.objects.get()
    assert (document.kind, document.gross) == ("invoice", Money(1000))
    assert document.lines.get().description.startswith("Mancata presentazione: Sala Po")
    assert Entry.objects.get().gross == Money(1000)
    assert the_one(missed)["pay_href"] is None


def test_excused_before_it_is_paid_nothing_is_owed(cast, missed):
    consequences.appeal(cast.ada, missed.pk, "Ero malata")
    consequences.grant(cast.gina, Consequence.objects.get().pk, "Va bene")
    assert Order.objects.get().state == "dropped"
    assert not Document.objects.exists()
    assert the_one(missed)["pay_href"] is None


def test_excused_after_it_was_paid_it_is_credited_and_given_back(cast, missed):
    pay(cast, the_one(missed))
    consequences.grant(cast.gina, Consequence.objects.get().pk, "Va bene")
    note = Document.objects.get(kind="credit_note")
    assert (note.gross, note.corrects) == (Money(1000), Document.objects.get(kind="invoice"))
    assert Refund.objects.get().amount == Money(1000)
    assert sum(e.gross.cents for e in Entry.objects.all()) == 0
    assert Order.objects.get().state == "refunded"


def test_who_begins_to_pay_and_goes_away_still_owes(cast, missed):
    one = the_one(missed)
    checkout = one["pay_href"].split("/")[-1]
    retry(cast.ada, decode("cho", checkout))
    answer = post(client(cast.ada), f"/checkouts/{checkout}/abandon")
    assert (answer.status_code, answer.json()["code"]) == (409, IllegalMove.code)
    assert Order.objects.get().state == "owed"


def test_the_mail_says_how_much_and_how_to_appeal(cast, missed):
    from core.models import Mail

    outbox.drain()
    told = Mail.objects.get(key=f"no-show:{missed.pk}").text
    assert "10.00 EUR" in told
    assert f"/bookings/{encode('bkg', missed.pk)}" in told
