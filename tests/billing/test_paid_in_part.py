"""What was paid in part of an order goes with it: to the one that is made in its stead, or to its customer."""

import importlib
from datetime import date

import pytest
from django.db import connection

from billing.books import journal, months
from billing.models import Checkout, CustomerCredit, Document, DunningStep, Match, Order, Payment
from billing.papers.references import reference
from billing.paying import paid_in_part, payments
from billing.paying.checkout import checkout, retry
from billing.quoting.quotes import quote
from booking.attending import consequences
from booking.models import Consequence
from core import outbox
from core.clock import now
from core.ids import encode
from core.models import Mail, OutboxRow
from core.money import Money, total
from tests.api import client
from tests.billing.office import findings, named, read
from tests.billing.sales import book
from tests.billing.test_bank import HEAD, movements, take
from tests.billing.test_credits_of_documents import beyond
from tests.billing.test_customer_credits import accounts, credits, keep, use
from tests.billing.test_dunning import day, sent
from tests.billing.test_no_show_fee import missed
from tests.cast import rome
from tests.stories.changing import move, to

__all__ = ["missed"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def part(cast, at, send):
    """Twelve euro that the bank brought of the 18.30 that Ada owes for an hour of the laser."""
    at("2026-11-20 09:00")
    order = ordered(cast, "2026-12-03 10:00")
    send((HEAD + f"20/11/2026;12,00;Ada;;{reference(order.pk)}\n").encode(), person=cast.franco)
    [movement] = movements(client(cast.franco), cast)
    assert take(client(cast.franco), movement, encode("ord", order.pk), 1200).status_code == 201
    return order


def ordered(cast, start, minutes=60):
    held = book(cast.ada, cast.laser, rome(start), minutes)
    made = checkout(cast.ada, quote(cast.ada, [held], None).pk, "transfer").order
    outbox.drain()
    return made


def booking_of(order):
    return order.lines.first().booking


def cancelled(cast, at, order, after="2026-11-20 09:01"):
    shown = f"/api/v1/bookings/{encode('bkg', booking_of(order).pk)}"
    answer = client(cast.ada).post(f"{shown}/cancel", {}, headers={"Idempotency-Key": "c"})
    assert answer.status_code == 200, answer.content
    at(after)
    outbox.drain()
    order.refresh_from_db()
    assert order.state == "dropped"


def moved(cast, order, start, end):
    answer = move(client(cast.ada), {"id": encode("bkg", booking_of(order).pk)}, to(start, end))
    assert answer.status_code == 200, answer.content
    outbox.drain()
    order.refresh_from_db()
    assert order.state == "dropped"
    return Order.objects.exclude(pk=order.pk).get()


def test_cancelled_it_is_its_customer_s_credit(cast, part, at):
    cancelled(cast, at, part)
    office = client(cast.franco)
    [credit] = credits(office, cast)
    assert (credit["left"]["cents"], credit["order"]) == (1200, reference(part.pk))
    assert credit["customer"]["name"] == cast.ada.name
    assert accounts(cast) == (1200, 0, -1200, 0)
    assert findings(office, cast, "2026-11")["findings"] == []
    # It pays the next thing of theirs.
    other = ordered(cast, "2026-12-04 10:00")
    used = use(office, credit, encode("ord", other.pk), 1200)
    assert (used.status_code, used.json()["left"]["cents"]) == (201, 0)
    assert accounts(cast) == (1200, -1200, 0, 0)


def test_moved_at_the_same_price_it_is_paid_of_what_is_owed_now(cast, part):
    Mail.objects.all().delete()
    made = moved(cast, part, "03T14:00", "03T15:00")
    assert (made.state, made.total) == ("owed", Money(1830))
    assert Match.objects.get().order == made
    assert not CustomerCredit.objects.exists()
    office = client(cast.franco)
    told = Mail.objects.get(subject__startswith="Da pagare")
    assert "6,30" in told.subject
    assert f"bonifico a {cast.lead.issuer}" in told.text
    assert "/checkout/" not in told.text + told.html  # that page asks for the whole
    [seen] = movements(office, cast, state="all")
    assert seen["left"]["cents"] == 0
    undone = office.delete(f"/api/v1/matches/{seen['matches'][0]['id']}")
    assert undone.status_code == 204  # as any other
    [seen] = movements(office, cast)
    assert seen["left"]["cents"] == 1200


def test_the_rest_of_what_a_body_owes_on_account_is_on_no_bill_and_is_asked_for_and_reminded_of(
    cast, at, send
):
    at("2026-11-20 09:00")
    api, held = client(cast.bruno), book(cast.bruno, cast.room, rome("2026-12-03 10:00"))
    order = checkout(cast.bruno, quote(cast.bruno, [held], cast.association).pk, "account").order
    outbox.drain()
    send((HEAD + f"20/11/2026;12,00;Coro;;{reference(order.pk)}\n").encode(), person=cast.franco)
    [movement] = movements(client(cast.franco), cast)
    assert take(client(cast.franco), movement, encode("ord", order.pk), 1200).status_code == 201
    DunningStep.objects.create(issuer=cast.lead.issuer, days=7, text_it="Forse.", text_en="Perhaps.")
    asked = move(api, {"id": encode("bkg", held.pk)}, to("03T14:00", "03T15:00"))
    assert asked.status_code == 200, asked.content
    outbox.drain()
    made = Order.objects.get(state="owed")
    assert Mail.objects.get(key=f"owed:{made.pk}").subject == "Da pagare: 6,30 €"
    day(at, "2026-12-28 09:00")
    [text] = sent()
    assert "6,30 €" in text


def test_where_it_suffices_the_new_order_is_settled_and_the_rest_is_the_customer_s(cast, part):
    Mail.objects.all().delete()
    made = moved(cast, part, "03T10:00", "03T10:30")
    assert (made.state, made.total) == ("paid", Money(915))
    payment = Payment.objects.get()
    assert (payment.amount, payment.state, payment.documents.get().gross) == (
        Money(915),
        "captured",
        Money(915),
    )
    assert not Mail.objects.filter(subject__startswith="Da pagare").exists()
    office = client(cast.franco)
    [credit] = credits(office, cast)
    assert credit["left"]["cents"] == 285
    assert accounts(cast) == (1200, 0, -285, 0)
    assert credit["actions"]["let_go"]["reasons"][0]["code"] == "settled"
    assert office.delete(f"/api/v1/credits/{credit['id']}").json()["data"]["state"] == "settled"
    ledger = named(read(office, cast, "payments", month="2026-11"))
    assert total(Money(row["Importo"]["cents"]) for row in ledger) == Money(1200)
    assert findings(office, cast, "2026-11")["squares"]


def test_it_is_done_once_however_often_it_is_asked(cast, part, at):
    cancelled(cast, at, part)
    paid_in_part.square(part.pk)
    assert CustomerCredit.objects.get().amount == Money(1200)


def test_let_go_the_movement_has_it_again(cast, part, at):
    cancelled(cast, at, part)
    office = client(cast.franco)
    [credit] = credits(office, cast)
    [seen] = movements(office, cast, state="all")
    undo = f"/api/v1/matches/{seen['matches'][0]['id']}"
    assert office.delete(undo).json()["data"]["state"] == "kept"  # not had twice
    assert office.delete(f"/api/v1/credits/{credit['id']}").status_code == 204
    [seen] = movements(office, cast)
    assert (seen["left"]["cents"], seen["matches"]) == (1200, [])
    assert accounts(cast) == (1200, -1200, 0, 0)


def why_kept(credit):
    return [reason["code"] for reason in credit["actions"]["let_go"]["reasons"]]


def test_it_is_not_let_go_as_long_as_the_rest_of_its_movement_is_a_credit_too(cast, part, at, send):
    send((HEAD + f"20/11/2026;8,00;Ada;;{reference(part.pk)}\n").encode(), person=cast.franco)
    office = client(cast.franco)
    [second] = movements(office, cast)
    rest = keep(office, take(office, second, encode("ord", part.pk), 100).json()).json()
    cancelled(cast, at, part)
    office = client(cast.franco)
    [credit] = [one for one in credits(office, cast) if one["order"]]
    assert credit["left"]["cents"] == 1300
    assert why_kept(credit) == ["kept"]
    assert office.delete(f"/api/v1/credits/{credit['id']}").json()["data"]["state"] == "kept"
    assert office.delete(f"/api/v1/credits/{rest['id']}").status_code == 204
    [credit] = credits(office, cast)
    assert why_kept(credit) == []
    assert office.delete(f"/api/v1/credits/{credit['id']}").status_code == 204
    assert sorted(m["left"]["cents"] for m in movements(office, cast)) == [800, 1200]


def test_what_a_credit_paid_is_their_credit_again_and_a_closed_month_stays_what_it_was(cast, part, at):
    office = client(cast.franco)
    cancelled(cast, at, part)
    [credit] = credits(office, cast)
    other = ordered(cast, "2026-12-14 10:00")
    use(office, credit, encode("ord", other.pk), 1200)
    at("2026-12-10 09:00")
    months.close(cast.dario, cast.lead.issuer.pk, date(2026, 11, 1))
    november = (date(2026, 11, 1), date(2026, 12, 1))
    before = list(journal.postings(cast.lead.issuer, *november))
    cancelled(cast, at, other, "2026-12-10 09:01")
    office = client(cast.franco)
    [again] = credits(office, cast)
    assert (again["left"]["cents"], again["order"]) == (1200, reference(other.pk))
    assert CustomerCredit.objects.get(order=other).posted_on == date(2026, 12, 10)
    assert list(journal.postings(cast.lead.issuer, *november)) == before
    assert accounts(cast) == (1200, 0, -1200, 0)
    # What it was used for stands in a month that is closed.
    assert why_kept(again) == ["month-closed"]
    assert office.delete(f"/api/v1/credits/{again['id']}").json()["data"]["state"] == "month-closed"


def test_what_was_paid_in_part_and_then_whole_by_card_is_theirs(cast, part):
    retry(cast.ada, Checkout.objects.get(order=part).pk)
    payments.settle(part.payments.get().pk, "pi_1")
    outbox.drain()
    [credit] = credits(client(cast.franco), cast)
    assert credit["left"]["cents"] == 1200
    assert accounts(cast)[1:] == (0, -1200, 0)
    assert Document.objects.get().gross == Money(1830)


def test_of_a_fee_that_is_excused_it_is_theirs_too(cast, missed, send):
    send((HEAD + "30/11/2026;4,00;Ada;;x\n").encode(), person=cast.franco)
    office, order = client(cast.franco), Order.objects.get()
    [movement] = movements(office, cast)
    assert take(office, movement, encode("ord", order.pk), 400).status_code == 201
    consequences.grant(cast.gina, Consequence.objects.get().pk, "Va bene")
    outbox.drain()
    [credit] = credits(office, cast)
    assert (credit["left"]["cents"], credit["order"]) == (400, reference(order.pk))


def test_what_could_not_be_kept_yet_is_told_with_what_does_not_square(cast, part):
    Order.objects.filter(pk=part.pk).update(state="dropped")
    office = client(cast.franco)
    [found] = findings(office, cast, "2026-11")["findings"]
    assert (found["code"], found["off"]["cents"], found["stops"]) == ("order-paid-in-vain", 1200, False)
    paid_in_part.square(part.pk)
    assert findings(office, cast, "2026-11")["findings"] == []


def test_a_credit_of_an_order_is_no_document_paid_beyond(cast, part, at):
    cancelled(cast, at, part)
    assert beyond(client(cast.franco), cast) == []
    assert keep(client(cast.franco), movements(client(cast.franco), cast, state="all")[0]).status_code == 409


def test_what_stood_on_such_orders_before_the_update_becomes_credits(cast, part):
    Order.objects.filter(pk=part.pk).update(state="dropped")
    migration = importlib.import_module("billing.migrations.0062_credits_of_orders")
    with connection.cursor() as cursor:
        cursor.execute(migration.OLD)
    # The database's own clock is not held.
    assert OutboxRow.objects.filter(kind="billing.paid_in_part").update(due_at=now()) == 1
    outbox.drain()
    assert CustomerCredit.objects.get(order=part).amount == Money(1200)


def test_what_is_owed_still_the_update_leaves_alone(cast, part):
    migration = importlib.import_module("billing.migrations.0062_credits_of_orders")
    with connection.cursor() as cursor:
        cursor.execute(migration.OLD)
        assert cursor.rowcount == 0
