"""What is owed is paid at the desk: it is in the drawer, its document follows, and nobody is reminded of it."""

from datetime import date

import pytest

from billing.books import journal
from billing.books.balances import balances
from billing.models import Document, Movement, Order, Payment
from billing.paying.checkout import checkout
from billing.paying.debts import debts
from billing.paying.transfers import match
from billing.quoting.quotes import quote
from core.ids import encode
from core.money import Money
from tests.api import client, post
from tests.billing.office import issued
from tests.billing.sales import book
from tests.billing.test_day_close import expected
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owed(cast):
    """18.30 that Ada owes for a booking that stands."""
    held = book(cast.ada, cast.laser, rome("2026-12-03 10:00"))
    return checkout(cast.ada, quote(cast.ada, [held], None).pk, "transfer").order


def pay(cast, thing, cents, method="cash", person=None, key="p1"):
    kind = "ord" if isinstance(thing, Order) else "doc"
    debt = thing if isinstance(thing, str) else encode(kind, thing.pk)
    issuer = encode("iss", cast.lead.issuer.pk)
    body = {"issuer_id": issuer, "debt_id": debt, "method": method, "amount_cents": cents}
    return post(client(person or cast.gina), "/desk-payments", body, key)


def test_an_order_paid_in_cash_is_in_the_drawer_and_has_its_document(cast, owed):
    listed = client(cast.gina).get(
        "/api/v1/debts", {"issuer_id": encode("iss", cast.lead.issuer.pk), "q": "ada"}
    )
    (row,) = listed.json()["data"]
    assert (row["id"], row["open"]["cents"]) == (encode("ord", owed.pk), 1830)
    assert pay(cast, owed, 1800).json()["code"] == "changed-meanwhile"
    answer = pay(cast, owed, 1830, key="p2")
    assert answer.status_code == 201, answer.content
    owed.refresh_from_db()
    document = Document.objects.get()
    assert (owed.state, answer.json()["document_ids"]) == ("paid", [encode("doc", document.pk)])
    assert expected(cast)["cash"] == 1830
    assert list(debts(cast.lead.issuer)) == []
    assert pay(cast, owed, 1830, key="p3").status_code == 409
    assert Payment.objects.count() == 1


def test_a_document_is_paid_in_parts_and_never_beyond(cast, office, ask, at):
    made = issued(office, ask(method="cash"))
    assert pay(cast, made["id"], 5000, "pos").status_code == 201
    assert pay(cast, made["id"], 5000, key="p2").json()["data"]["left"]["cents"] == 4150
    assert pay(cast, made["id"], 4150, key="p3").status_code == 201
    assert pay(cast, made["id"], 1, key="p4").json()["code"] == "illegal-move"
    assert expected(cast) == {"cash": 4150, "pos": 5000}
    assert list(debts(cast.lead.issuer)) == []
    assert client(cast.franco).get(f"/api/v1/documents/{made['id']}").json()["payment_state"] == "paid"
    sides = balances(cast.lead.issuer, date(2026, 10, 1), date(2026, 12, 1))
    told = {row[0]: (row[2].cents, row[3].cents) for row in sides.rows}
    assert (told["1.1"], told["1.3"], told["1.4"]) == ((9150, 9150), (4150, 0), (5000, 0))
    ledger = list(journal.payments(cast.lead.issuer, date(2026, 10, 1), date(2026, 12, 1)).rows)
    assert [row[6].cents for row in ledger] == [5000, 4150]


def test_another_house_takes_no_money_for_it(cast, owed):
    assert pay(cast, owed, 1830, person=cast.elena).status_code == 404
    assert pay(cast, owed, 1830, person=cast.ada).status_code == 403


def test_a_page_is_for_cards_alone(cast, owed):
    path = f"/checkouts/{encode('cho', owed.checkout.pk)}/retry"
    assert post(client(cast.ada), path, {"method": "cash"}).status_code == 422


def test_what_came_in_part_by_the_bank_is_not_paid_whole_at_the_desk(cast, owed, send):
    assert send(b"Data;Importo;Causale\n20/11/2026;5,00;x\n", person=cast.franco).status_code == 201
    match(cast.franco, Movement.objects.get(), owed, Money(500))
    assert pay(cast, owed, 1830).json()["data"]["state"] == "partly-paid"
    (debt,) = debts(cast.lead.issuer)
    assert debt.open == Money(1330)
