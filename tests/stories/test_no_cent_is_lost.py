"""Money where acts meet: a hold with two pages, requests of one promise, a series that ends, time given back twice."""

import pytest

from billing.models import Checkout, Document, Issuer, NoShowFee, Order, Payment, Refund, Transmission
from billing.paying import payments
from booking.attending import consequences
from booking.holding import lapsing
from booking.models import Booking
from core import outbox
from core.ids import encode
from spaces.models import Rules
from tests.api import client, post, wish
from tests.cast import LONG_AGO
from tests.stories.changing import buy, move, squares, to
from tests.stories.test_a_series_is_edited import RULE
from tests.stories.test_an_association_books_a_series import booked, plan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def held(api, room, day, key):
    period = to(f"{day}T10:00", f"{day}T11:00")["period"]
    return post(api, "/bookings", wish(room, *period.values()), key).json()["id"]


def check_out(api, ids, method, key, **who):
    quote = api.post("/api/v1/quotes", {"booking_ids": ids, **who}).json()
    body = {"quote_id": quote["id"], "booking_ids": ids, "method": method}
    return post(api, "/checkouts", body, key).json()


def given_back():
    return [refund.amount.cents for refund in Refund.objects.order_by("made_at")]


def test_a_hold_with_two_pages_is_paid_once(cast, bank):
    api = client(cast.ada)
    ids = [held(api, cast.room, "03", "h")]
    pages = [check_out(api, ids, "card", f"p{n}")["redirect_url"] for n in range(2)]
    for page in pages:
        bank.pay(page)
    bank.tell_everything()
    assert Document.objects.filter(kind="invoice").count() == 1
    assert Payment.objects.filter(state="captured").count() - Refund.objects.count() == 1
    assert Booking.objects.get().state == "confirmed"
    squares()


def test_a_request_refused_is_not_owed_with_its_sisters(cast):
    api, staff = client(cast.ada), client(cast.gina)
    ids = [held(api, cast.asked_room, day, day) for day in ("03", "04")]
    check_out(api, ids, "none", "c")
    post(staff, f"/bookings/{ids[0]}/refuse", {"reason": "no"}, "no")
    post(staff, f"/bookings/{ids[1]}/approve", key="yes")
    assert Order.objects.get(state="owed").total.cents == 1830


def test_a_request_that_lapses_does_not_make_its_sisters_free(cast, at):
    api = client(cast.ada)
    ids = [held(api, cast.asked_room, day, day) for day in ("01", "10")]
    check_out(api, ids, "none", "c")
    at("2026-12-01 10:30")
    lapsing.sweep_dead()
    approved = post(client(cast.gina), f"/bookings/{ids[1]}/approve", key="yes").json()
    assert approved["money"]["due"]["cents"] == 1830


def test_ending_a_paid_series_gives_back_once(cast, at, monkeypatch):
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)
    api = client(cast.ada)
    made = booked(api, plan(api, cast.room, RULE)).json()
    check_out(api, [b["id"] for b in made["bookings"]], "card", "pay")
    payments.settle(Payment.objects.get().pk)
    at("2027-01-19 08:00")  # ten hours before the second date: half of it
    assert post(client(cast.ada), f"/series/{made['id']}/end", {"on": "2027-01-19"}, "e").status_code == 200
    outbox.drain()
    assert sum(given_back()) == 1830 + 2 * 3660


def test_ending_an_owed_series_keeps_what_the_terms_keep(cast, at):
    bruno, body = client(cast.bruno), encode("org", cast.association.pk)
    series = booked(bruno, plan(bruno, cast.room, RULE, organisation_id=body)).json()
    check_out(bruno, [b["id"] for b in series["bookings"]], "account", "p", organisation_id=body)
    at("2027-01-19 08:00")
    post(client(cast.bruno), f"/series/{series['id']}/end", {"on": "2027-01-19"}, "e")
    owed = Order.objects.get(state="owed").total
    outbox.drain()
    assert Order.objects.get(state="owed").total == owed
    assert owed.cents == 3660 + 1830  # the first date, and half of the second


def test_what_is_given_back_of_a_booking_is_only_what_one_had(cast, bank, at):
    booking = buy(client(cast.ada), bank, cast.room, "2026-12-03T14:00:00", "2026-12-03T16:00:00")
    buy(client(cast.bruno), bank, cast.room, "2026-12-03T16:00:00", "2026-12-03T20:00:00", "b")
    at("2026-12-03 13:30")
    said = to("03T15:00", "03T20:00")
    assert post(client(cast.ada), f"/bookings/{booking['id']}/give-back", said, "g").status_code == 200
    at("2026-12-03 20:00")
    outbox.drain()
    assert given_back() == []  # nobody used 15 to 16


def test_what_the_terms_kept_is_not_given_back_by_nudging(cast, bank, at):
    booking = buy(client(cast.ada), bank, cast.room, "2026-12-03T14:00:00", "2026-12-03T16:00:00")
    at("2026-12-03 08:00")  # half
    api = client(cast.ada)
    move(api, booking, to("03T14:00", "03T15:00"), "shorter")
    for n, hours in enumerate((("14:30", "15:30"), ("14:00", "15:00")) * 2):
        moved = move(api, booking, to(*(f"03T{hour}" for hour in hours)), f"n{n}")
        assert moved.status_code == 200, moved.content
    assert given_back() == [915]


def test_two_pieces_given_back_are_not_kept_twice(cast, bank, at):
    booking = buy(client(cast.ada), bank, cast.room, "2026-12-03T14:00:00", "2026-12-03T18:00:00")
    at("2026-12-03 08:00")  # half
    for n, piece in enumerate((to("03T17:00", "03T18:00"), to("03T16:00", "03T17:00"))):
        given = post(client(cast.ada), f"/bookings/{booking['id']}/give-back", piece, f"g{n}")
        assert given.status_code == 200
    buy(client(cast.bruno), bank, cast.room, "2026-12-03T16:00:00", "2026-12-03T18:00:00", "taker")
    at("2026-12-03 18:01")
    outbox.drain()
    assert sum(given_back()) == 3660  # two hours of four, at 18.30


def test_an_excused_fee_that_is_paid_late_comes_back(cast, bank, at):
    data = {"needs_check_in": True, "grace": 15, "no_show_fee": 500, "horizon_days": 365}
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=data)
    booking = buy(client(cast.ada), bank, cast.room)
    at("2026-12-03 10:20")
    post(client(cast.gina), f"/bookings/{booking['id']}/no-show", key="ns")
    fee = NoShowFee.objects.get()
    checkout = encode("cho", Checkout.objects.get(order=fee.order).pk)
    page = post(client(cast.ada), f"/checkouts/{checkout}/retry", key="r").json()["redirect_url"]
    bank.pay(page)  # at the bank; its message is on its way
    consequences.grant(cast.gina, fee.consequence.pk, "c'era")
    bank.tell_everything()
    assert given_back() == [500]
    assert Document.objects.filter(order=fee.order).count() == 0


def invoice_of(cast, **more):
    issuer = encode("iss", Issuer.objects.get(partner=cast.lead).pk)
    line = {"description": "Consulenza", "unit_price": "100", "rate": "22"}
    body = {"issuer_id": issuer, "organisation_id": encode("org", cast.association.pk), "lines": [line]}
    return body | {"kind": "invoice", "stamp": "none"} | more


def test_a_credit_never_exceeds_its_document_by_two_legal_texts(cast):
    api = client(cast.dario)
    made = post(api, "/documents", invoice_of(cast), "i").json()
    lines = [{"description": t, "unit_price": "100", "rate": "22", "legal_text": t} for t in ("a", "b")]
    credit = invoice_of(cast, kind="credit_note", corrects_id=made["id"], lines=lines)
    refused = post(api, "/documents", credit, "c")
    assert (refused.status_code, refused.json()["code"]) == (409, "refund-too-large")


def test_a_document_only_just_issued_is_not_sent_twice(cast):
    api = client(cast.dario)
    made = post(api, "/documents", invoice_of(cast), "i").json()
    assert post(api, f"/documents/{made['id']}/correct", {}, "m").status_code == 409
    outbox.drain()
    assert Transmission.objects.count() == 1
