"""A customer sees what they have left with whom, and pays an order with it at the checkout: all of it, or nothing."""

import pytest

from billing.models import (
    Account,
    BankStatement,
    CustomerCredit,
    Document,
    Entry,
    Match,
    Movement,
    Order,
    Payment,
)
from billing.paying import payments
from billing.paying.paying_by_credit import own_credit
from core import outbox
from core.ids import encode
from core.models import Mail
from core.money import Money, total
from people.models import Organisation, Person
from tests.api import client, post
from tests.billing.office import findings
from tests.billing.sales import book
from tests.billing.test_bank_in_the_books import balance
from tests.billing.test_day_of_operation import of_two
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)
R = Account.Role
HOUR = 1830


def credit(cast, payer, cents, partner=None):
    """What somebody paid so much beyond what they owed, and the office kept."""
    issuer = (partner or cast.lead).issuer
    read = BankStatement.objects.create(
        issuer=issuer, name="x", sha256=f"{CustomerCredit.objects.count()}", uploaded_by=cast.franco
    )
    told = {"issuer": issuer, "posted_on": "2026-11-20", "amount": Money(cents)}
    movement = Movement.objects.create(statement=read, key=read.sha256, booked_on="2026-11-20", **told)
    of = {"organisation" if isinstance(payer, Organisation) else "person": payer}
    return CustomerCredit.objects.create(movement=movement, made_by=cast.franco, **told, **of)


@pytest.fixture
def day(at):
    at("2026-11-20 09:00")


def quoted(who, bookings, **more):
    body = {"booking_ids": [encode("bkg", b.pk) for b in bookings]} | more
    answer = client(who).post("/api/v1/quotes", body, format="json")
    assert answer.status_code == 201, answer.json()
    return answer.json()


def check_out(who, quote, bookings, method="credit", key="k1"):
    body = {"quote_id": quote["id"], "booking_ids": [encode("bkg", b.pk) for b in bookings], "method": method}
    return post(client(who), "/checkouts", body, key)


def left(cast, who):
    return [
        (row["holder"]["name"], row["left"]["cents"])
        for row in client(who).get("/api/v1/own-credits").json()["data"]
    ]


def accounts(issuer):
    return tuple(balance(issuer, role).cents for role in (R.BANK, R.UNMATCHED, R.CREDITS, R.CUSTOMERS))


def test_what_one_has_left_pays_a_booking_at_once_with_its_document(cast, day):
    credit(cast, cast.ada, 850)
    credit(cast, cast.ada, 2000)
    assert left(cast, cast.ada) == [(cast.ada.name, 2850)]
    held = [book(cast.ada, cast.laser, rome("2026-12-01 10:00"))]
    quote = quoted(cast.ada, held)
    assert quote["credit"]["left"]["cents"] == 2850
    assert quote["credit"]["actions"]["pay"]["allowed"]
    assert quote["methods"] == ["card", "credit"]
    answer = check_out(cast.ada, quote, held)
    assert answer.status_code == 201, answer.json()
    done = answer.json()
    assert (done["state"], done["owed"], len(done["document_ids"]), done["redirect_url"]) == (
        "done",
        False,
        1,
        "",
    )
    assert Order.objects.get().state == Order.State.PAID
    payment = Payment.objects.get()
    assert (payment.state, payment.amount) == (Payment.State.CAPTURED, Money(HOUR))
    # The older is used up first.
    assert list(Match.objects.order_by("made_at", "pk").values_list("amount", "payment")) == [
        (Money(850), payment.pk),
        (Money(HOUR - 850), payment.pk),
    ]
    assert left(cast, cast.ada) == [(cast.ada.name, 2850 - HOUR)]
    assert accounts(cast.lead.issuer) == (2850, 0, HOUR - 2850, 0)
    assert findings(client(cast.franco), cast, "2026-11")["squares"]
    outbox.drain()
    assert not Mail.objects.filter(key__startswith="owed:").exists()
    assert Document.objects.count() == 1


def test_the_same_key_pays_once_and_what_was_lost_meanwhile_is_settled_by_the_worker(cast, day, monkeypatch):
    credit(cast, cast.ada, 5000)
    held = [book(cast.ada, cast.laser, rome("2026-12-01 10:00"))]
    quote = quoted(cast.ada, held)

    def dies(*args):
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(payments, "settle", dies)
        assert check_out(cast.ada, quote, held).status_code == 500
    assert Order.objects.get().state == Order.State.OWED
    assert left(cast, cast.ada) == [(cast.ada.name, 5000 - HOUR)]
    outbox.drain()
    assert Order.objects.get().state == Order.State.PAID
    assert not Mail.objects.filter(key__startswith="owed:").exists()
    again = check_out(cast.ada, quote, held)
    assert (again.status_code, again.json()["state"], len(again.json()["document_ids"])) == (201, "done", 1)
    assert left(cast, cast.ada) == [(cast.ada.name, 5000 - HOUR)]


def test_what_does_not_cover_the_whole_pays_nothing_and_says_why(cast, day):
    credit(cast, cast.ada, HOUR - 1)
    held = [book(cast.ada, cast.laser, rome("2026-12-01 10:00"))]
    quote = quoted(cast.ada, held)
    assert quote["methods"] == ["card"]
    assert [r["code"] for r in quote["credit"]["actions"]["pay"]["reasons"]] == ["not-enough"]
    refused = check_out(cast.ada, quote, held)
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal-move")
    assert (Order.objects.count(), Match.objects.count()) == (0, 0)


def test_what_was_used_since_the_quote_is_refused_whole(cast, day, monkeypatch):
    credit(cast, cast.ada, HOUR)
    held = [[book(cast.ada, cast.laser, rome(f"2026-12-0{n} 10:00"))] for n in (1, 2)]
    quotes = [quoted(cast.ada, one) for one in held]
    monkeypatch.setattr("billing.api.shopping.may_check_out", lambda *args: None)  # both have looked
    assert check_out(cast.ada, quotes[0], held[0]).status_code == 201
    refused = check_out(cast.ada, quotes[1], held[1], key="k2")
    assert (refused.status_code, refused.json()["code"]) == (409, "credit-too-small")
    assert refused.json()["data"]["left"]["cents"] == 0
    assert Order.objects.count() == 1
    held[1][0].refresh_from_db()
    assert held[1][0].state == "held"


def test_a_body_s_credit_is_spent_by_who_may_act_for_it_and_nobody_s_own_by_the_desk(cast, day):
    body = cast.association
    credit(cast, body, 5000)
    credit(cast, cast.bruno, 5000)
    assert sorted(left(cast, cast.bruno)) == [(cast.bruno.name, 5000), ("Coro di Barriera", 5000)]
    assert left(cast, cast.carla) == []
    seen = client(cast.bruno).get(f"/api/v1/organisations/{encode('org', body.pk)}/account").json()
    assert [one["credit"]["cents"] for one in seen["data"]] in ([], [5000])
    held = [book(cast.bruno, cast.room, rome("2026-12-01 10:00"))]
    quote = quoted(cast.bruno, held, organisation_id=encode("org", body.pk))
    assert check_out(cast.bruno, quote, held).status_code == 201
    assert sorted(left(cast, cast.bruno)) == [
        (cast.bruno.name, 5000),
        ("Coro di Barriera", 5000 - Order.objects.get().total.cents),
    ]
    # The desk sees nobody's credit, and spends none.
    other = [book(cast.bruno, cast.room, rome("2026-12-02 10:00"))]
    at_desk = quoted(cast.ivo, other)
    assert (at_desk["credit"], "cash" in at_desk["methods"]) == (None, True)
    assert check_out(cast.ivo, at_desk, other).status_code == 403


def test_an_order_of_several_issuers_is_paid_by_the_credit_with_who_collects_it(cast, day, monkeypatch):
    held = [book(cast.ada, cast.laser, rome("2026-12-01 10:00"))]
    theirs = credit(cast, cast.ada, 5000, cast.member)
    assert quoted(cast.ada, held)["credit"] is None  # the member sells nothing of it
    credit(cast, cast.ada, 5000)
    quote = quoted(cast.ada, held)
    of_two(cast, monkeypatch)
    answer = check_out(cast.ada, quote, held)
    assert answer.status_code == 201, answer.json()
    monkeypatch.undo()
    order = Order.objects.get()
    assert [line.issuer for line in order.lines.order_by("position")] == [
        cast.lead.issuer,
        cast.member.issuer,
    ]
    assert {d.issuer for d in Document.objects.all()} == {cast.lead.issuer, cast.member.issuer}
    assert total(entry.gross for entry in Entry.objects.all()) == Money(HOUR)
    assert not theirs.matches.exists()
    assert accounts(cast.lead.issuer)[:3] == (5000, 0, HOUR - 5000)
    for issuer in (cast.lead.issuer, cast.member.issuer):
        assert balance(issuer, R.CUSTOMERS) == Money(0)
        asked = {"issuer_id": encode("iss", issuer.pk), "month": "2026-11"}
        assert client(cast.dario).get("/api/v1/reconciliation", asked).json()["squares"]


def test_a_credit_with_another_of_those_who_sell_pays_nothing_and_the_reason_names_who_collects(cast, day):
    credit(cast, cast.ada, 5000, cast.member)
    sellers = [cast.lead.issuer.pk, cast.member.issuer.pk]
    found = own_credit(cast.ada, Money(HOUR), sellers, change=False)
    assert found is not None
    assert (found.issuer, found.left) == (cast.member.issuer, Money(5000))
    assert [(r.code, r.detail) for r in found.reasons] == [
        ("another-issuer", "Questo lo incassa Fondazione.")
    ]
    credit(cast, cast.ada, 5000)
    found = own_credit(cast.ada, Money(HOUR), sellers, change=False)
    assert found is not None
    assert (found.issuer, found.reasons) == (cast.lead.issuer, [])
    changed = own_credit(cast.ada, Money(HOUR), sellers, change=True)
    assert changed is not None
    assert [r.code for r in changed.reasons] == ["change"]


def test_a_request_is_paid_once_it_is_approved(cast, day):
    credit(cast, cast.ada, 50000)
    held = [book(cast.ada, cast.asked_room, rome("2026-12-01 10:00"))]
    quote = quoted(cast.ada, held)
    assert (quote["outcome"], quote["credit"]) == ("request", None)
    assert check_out(cast.ada, quote, held).status_code == 403


def test_own_credits_are_one_s_own(cast, day, queries):
    for n in range(3):
        credit(cast, cast.ada, 100 + n)
    credit(cast, cast.ada, 400, cast.member)
    used = credit(cast, Person.objects.get(pk=cast.carla.pk), 100)
    Match.objects.create(
        credit=used, movement=used.movement, amount=Money(100), made_by=cast.franco, posted_on="2026-11-20"
    )
    with queries(8):
        found = client(cast.ada).get("/api/v1/own-credits").json()["data"]
    assert [(row["issuer"]["name"], row["left"]["cents"]) for row in found] == [
        ("Fondazione", 303),
        ("Cooperativa", 400),
    ]
    assert left(cast, cast.carla) == []
