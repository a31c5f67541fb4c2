"""What is looked at twice about receipts of sales: what is free with them, their reversal, and the year by activity."""

from decimal import Decimal

import pytest

from billing.models import DocumentRate, Issuer, Payment, Rate, Revision
from billing.papers.pdf import page_of
from core import outbox
from core.ids import encode
from core.money import Money
from tests.api import client, post, wish
from tests.billing.office import named, read
from tests.stories.changing import buy, squares
from tests.stories.test_a_member_has_a_receipt import DECEMBER, papers, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("members")]
DAY = ("2026-12-03T10:00:00", "2026-12-03T11:00:00")


def bought_together(cast, bank, *things):
    api = client(cast.ada)
    held = [post(api, "/bookings", wish(thing, *DAY), f"b{n}").json()["id"] for n, thing in enumerate(things)]
    quote = api.post("/api/v1/quotes", {"booking_ids": held}).json()
    made = post(api, "/checkouts", {"quote_id": quote["id"], "booking_ids": held, "method": "card"}, "pay")
    assert made.status_code == 201, made.content
    bank.pay(made.json()["redirect_url"])
    bank.tell_everything()
    return held


def test_what_is_free_brings_no_vat_onto_a_receipt(cast, bank):
    Rate.objects.create(
        tariff=cast.venue.tariffs.get(), resource=cast.laser, price=Money(0), vat_rate=cast.vat22
    )
    bought_together(cast, bank, cast.room, cast.laser)
    assert papers() == [("receipt", "RC-2026/1", "", 9000, 0)]
    rates = DocumentRate.objects.values_list("rate", "natura", "gross")
    assert [(rate, natura, gross.cents) for rate, natura, gross in rates] == [(Decimal(0), "N2.2", 9000)]
    assert registered(cast) == [("RC-2026/1", 9000, None)]
    squares()


def test_a_reversal_is_nothing_to_look_at_for_stamp_duty(cast, bank, at):
    Issuer.objects.filter(partner=cast.lead).update(third_sector=False)
    api = client(cast.ada)
    booking = buy(api, bank, cast.room)
    assert post(api, f"/bookings/{booking['id']}/cancel").status_code == 200
    at("2026-12-01 09:01")
    outbox.drain()
    assert [number for _, number, *_ in papers()] == ["RC-2026/1", "RC-2026/2"]
    rows = named(read(client(cast.franco), cast, "stamp-duty", **DECEMBER))
    assert [(row["Numero"], row["Bollo"]["cents"], row["Nota"]) for row in rows] == [("RC-2026/1", 200, None)]


def test_the_year_says_how_much_of_what_is_of_both_kinds_has_vat(cast, bank):
    bought_together(cast, bank, cast.room, cast.laser)
    year = named(read(client(cast.franco), cast, "activities", **DECEMBER)["summary"])
    assert [(row["Attività"], row["Natura"], row["Totale"]["cents"]) for row in year] == [
        ("Attività di entrambi i tipi", None, 1830),
        ("Attività di entrambi i tipi", "N2.2", 9000),
    ]


def test_the_reversal_of_a_receipt_cites_no_law_on_vat(cast, bank):
    buy(client(cast.ada), bank, cast.room)
    payment = encode("pay", Payment.objects.get().pk)
    body = {"amount_cents": 9000, "reason": "Nullo", "ground": "nullity"}
    answer = post(client(cast.franco), f"/payments/{payment}/refunds", body, "back")
    assert answer.status_code == 201, answer.content
    page = page_of(Revision.objects.get(document__kind="credit_note").snapshot)
    assert "Storno di ricevuta" in page
    assert "Art. 26" not in page
