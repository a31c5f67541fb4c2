"""What is given back is credited at the rate at which it was sold, and never more than was sold."""

from copy import copy
from decimal import Decimal

import pytest
from django.db.models import Sum

from billing.models import Document, Entry, OrderLine, Rate, VatRate
from core.errors import RefundTooLarge
from core.ids import uuid7
from core.money import Money
from tests.billing.sales import book, give_back, sell
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two_rates(cast):
    """One order: the laser at 22 %, the room at 10 %."""
    ten = VatRate.objects.create(name="IVA 10%", percent=Decimal(10))
    Rate.objects.create(tariff=cast.venue.tariffs.get(), resource=cast.room, price=Money(1100), vat_rate=ten)
    laser = book(cast.ada, cast.laser, rome("2026-12-03 10:00"))
    room = book(cast.ada, cast.room, rome("2026-12-03 14:00"))
    return laser, room, sell(cast.ada, laser, room)


def test_two_issuers_of_one_booking_are_credited_without_locking_backwards(cast, monkeypatch):
    booking = book(cast.ada, cast.laser, rome("2026-12-03 10:00"))
    made = OrderLine.objects.bulk_create

    def shared(lines, *args, **kwargs):
        [line] = lines
        theirs = copy(line)
        theirs.pk, theirs.position, theirs.issuer = uuid7(), 2, cast.member.issuer
        line.gross, theirs.gross = line.gross.split([60, 40])
        return made([line, theirs], *args, **kwargs)

    monkeypatch.setattr(OrderLine.objects, "bulk_create", shared)
    payment = sell(cast.ada, booking)
    give_back(booking, payment, 1000)
    invoices = list(Document.objects.filter(kind="invoice"))
    notes = Document.objects.filter(kind="credit_note").order_by("-gross")
    assert [(note.gross.cents, note.corrects in invoices) for note in notes] == [
        (600, True),
        (400, True),
    ]


def rates_of(document):
    return [(r.rate, r.net.cents, r.vat.cents, r.gross.cents) for r in document.rates.order_by("-rate")]


def test_giving_back_one_booking_credits_its_rate_alone(two_rates):
    _, room, payment = two_rates
    give_back(room, payment, 1100)
    note = Document.objects.get(kind="credit_note")
    assert rates_of(note) == [(Decimal(10), 1000, 100, 1100)]
    assert note.corrects == Document.objects.get(kind="invoice")


def test_what_is_credited_is_what_is_entered(two_rates):
    laser, room, payment = two_rates
    for booking, cents in ((room, 333), (laser, 777), (room, 500)):
        give_back(booking, payment, cents)
    for note in Document.objects.filter(kind="credit_note"):
        entered = Entry.objects.filter(document=note).aggregate(n=Sum("net"), v=Sum("vat"), g=Sum("gross"))
        assert [-entered[k].cents for k in "nvg"] == [note.net.cents, note.vat.cents, note.gross.cents]


def test_parts_given_back_never_credit_more_than_the_document_in_base_or_tax(two_rates):
    laser, room, payment = two_rates
    for _ in range(10):
        give_back(laser, payment, 183)
        give_back(room, payment, 110)
    invoice = Document.objects.get(kind="invoice")
    notes = Document.objects.filter(kind="credit_note")
    for rate in invoice.rates.all():
        back = [r for note in notes for r in note.rates.filter(rate=rate.rate)]
        assert all(r.net.cents >= 0 and r.vat.cents >= 0 for r in back)
        assert sum(r.net.cents for r in back) == rate.net.cents
        assert sum(r.vat.cents for r in back) == rate.vat.cents
    assert Entry.objects.aggregate(n=Sum("net"), v=Sum("vat"))["n"].cents == 0
    with pytest.raises(RefundTooLarge):
        give_back(laser, payment, 1)
