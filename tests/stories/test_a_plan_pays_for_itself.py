"""A membership that renews by itself on a saved card or account: paid, refused, slow, removed."""

from datetime import date, timedelta

import pytest

from billing.models import Document, Order, Payment, Refund, SavedMethod, Subscription
from billing.paying import collecting, methods, payments, renewing
from billing.reconciling import webhooks
from core import outbox
from core.clock import now
from core.errors import GatewayDown
from core.ids import decode, encode
from core.models import Mail
from core.money import Money
from tests.api import client, post
from tests.stories.changing import squares
from tests.stories.test_a_plan_is_lived_on import bought, sold

pytestmark = pytest.mark.django_db
NEXT = date(2026, 12, 16)


@pytest.fixture(autouse=True)
def _monday(at, bank):
    at("2026-11-16 09:00")


def saved(api, bank, card="ok", kind="card"):
    """Saved on the gateway's page, told by its message; as the account page shows it."""
    page = api.post("/api/v1/payment-methods", {})
    assert page.status_code == 201, page.content
    assert api.post("/api/v1/payment-methods", {}).json() == page.json()
    bank.pay(page.json()["redirect_url"], card=card, kind=kind)
    bank.tell_everything()
    return api.get("/api/v1/payment-methods").json()["data"][-1]


def the_plan(api):
    (found,) = api.get("/api/v1/subscriptions").json()["data"]
    return found


def choose(api, method):
    chosen = method and method["id"]
    return post(
        api, f"/subscriptions/{the_plan(api)['id']}/method", {"method_id": chosen}, f"choose-{chosen}"
    )


@pytest.fixture
def member(cast, bank):
    bought(cast, sold(cast), bank)
    return client(cast.ada)


def renewed(at):
    at("2026-12-15 09:00")
    renewing.sweep()
    outbox.drain()
    return Order.objects.latest("made_at")


def mails(subject):
    return Mail.objects.filter(subject__startswith=subject).count()


def test_a_saved_card_pays_the_next_period_with_nobody_there(member, bank, at):
    method = saved(member, bank)
    assert (method["kind"], method["last4"], method["state"]) == ("card", "4242", "usable")
    assert method["expires_on"] == "2031-12-31"
    assert choose(member, method).json()["method"] == {"id": method["id"], "name": "visa ·· 4242"}
    order = renewed(at)
    assert (order.state, order.total) == ("paid", Money(10000))
    paid = Payment.objects.get(order=order)
    assert (paid.method, paid.state, bool(paid.fee)) == ("card", "captured", True)
    assert Document.objects.get(order=order).gross == Money(10000)
    assert mails("Da pagare") == 0
    squares()


def test_without_a_saved_method_it_is_owed_as_before(member, at):
    assert renewed(at).state == "owed"
    assert mails("Da pagare") == 1


def test_a_bank_that_wants_a_yes_has_its_holder_asked_and_the_page_pays(member, cast, bank, at):
    choose(member, saved(member, bank, card="requires_action"))
    order = renewed(at)
    assert order.state == "owed"
    assert Payment.objects.get(order=order).why == "needs_action"
    told = Mail.objects.get(subject="Serve la tua conferma: 100,00 €")
    checkout = encode("cho", order.checkout.pk)
    assert f"/checkout/{checkout}" in told.text
    page = post(client(cast.ada), f"/checkouts/{checkout}/retry").json()["redirect_url"]
    bank.pay(page)
    bank.tell_everything()
    order.refresh_from_db()
    assert order.state == "paid"
    at("2026-12-25 09:00")
    outbox.drain()
    assert Payment.objects.filter(order=order).count() == 2
    squares()


def test_a_refusal_is_tried_again_and_then_is_a_debt(member, bank, at):
    choose(member, saved(member, bank, card="declines"))
    order = renewed(at)
    assert mails("Addebito non riuscito") == 1
    assert "18/12/2026" in Mail.objects.get(subject__startswith="Addebito non riuscito").text
    for day, tries, owed in (("17", 1, 0), ("18", 2, 0), ("21", 2, 0), ("22", 3, 1), ("30", 3, 1)):
        at(f"2026-12-{day} 12:00")
        outbox.drain()
        assert (Payment.objects.filter(order=order, state="failed").count(), mails("Da pagare")) == (
            tries,
            owed,
        )
    order.refresh_from_db()
    assert order.state == "owed"


def test_a_second_try_that_works_pays_once(member, bank, at):
    choose(member, saved(member, bank, card="declines"))
    order = renewed(at)
    bank.cards_now("ok")
    at("2026-12-18 12:00")
    outbox.drain()
    order.refresh_from_db()
    assert order.state == "paid"
    assert list(Payment.objects.filter(order=order).order_by("made_at").values_list("state", flat=True)) == [
        "failed",
        "captured",
    ]


def test_a_debit_is_on_its_way_for_days_and_then_paid(member, cast, bank, at):
    choose(member, saved(member, bank, kind="sepa_debit"))
    order = renewed(at)
    tried = Payment.objects.get(order=order)
    assert (order.state, tried.state, tried.method) == ("owed", "awaiting", "sepa")
    answer = post(client(cast.ada), f"/checkouts/{encode('cho', order.checkout.pk)}/retry")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal-move")
    at("2026-12-19 09:00")
    collecting.sweep()
    webhooks.sweep()
    assert Payment.objects.get(order=order).state == "awaiting"
    at("2026-12-21 09:00")
    collecting.sweep()
    order.refresh_from_db()
    assert (order.state, Payment.objects.get(order=order).state) == ("paid", "captured")
    assert Document.objects.get(order=order).gross == Money(10000)
    squares()


def test_a_debit_that_comes_back_is_tried_again(member, bank, at):
    choose(member, saved(member, bank, card="declines", kind="sepa_debit"))
    order = renewed(at)
    at("2026-12-21 09:00")
    collecting.sweep()
    tried = Payment.objects.get(order=order)
    assert (tried.state, tried.why) == ("failed", "insufficient_funds")
    outbox.drain()
    assert mails("Addebito non riuscito") == 1
    at("2026-12-24 09:30")
    outbox.drain()
    assert Payment.objects.filter(order=order, state="awaiting").count() == 1


def test_a_debit_that_settles_after_the_debt_was_paid_otherwise_goes_back(member, bank, at, cast):
    from billing.paying import payments

    choose(member, saved(member, bank, kind="sepa_debit"))
    order = renewed(at)
    by_hand = payments.new_payment(order, "transfer")
    payments.settle(by_hand.pk)
    at("2026-12-21 09:00")
    collecting.sweep()
    outbox.drain()
    assert Refund.objects.get().reason == "paid-twice"
    assert len(bank.refunds()) == 1
    assert Document.objects.filter(order=order).count() == 1
    squares()


def test_an_answer_that_was_lost_is_asked_for_again_under_the_same_key(member, bank, at, monkeypatch):
    choose(member, saved(member, bank))
    real, keys = collecting.hear, []

    def lost(payment_id, came):
        keys.append(payment_id)
        if len(keys) == 1:
            raise GatewayDown
        real(payment_id, came)

    monkeypatch.setattr(collecting, "hear", lost)
    order = renewed(at)
    assert order.state == "owed"
    at("2026-12-15 12:00")
    collecting.sweep()
    outbox.drain()
    order.refresh_from_db()
    assert (order.state, len(set(keys))) == ("paid", 1)
    assert len([i for i in bank.things("payment_intent") if i["amount"] == 10000]) == 2


def test_a_card_removed_while_its_answer_is_lost_is_forgotten_once_that_has_come(
    member, cast, bank, at, monkeypatch
):
    method = saved(member, bank)
    choose(member, method)
    with monkeypatch.context() as lost:
        lost.setattr(collecting, "hear", _gone)
        order = renewed(at)
    assert client(cast.ada).delete(f"/api/v1/payment-methods/{method['id']}").status_code == 204
    outbox.drain()
    methods.sweep()
    assert SavedMethod.objects.get().method_ref
    at("2026-12-15 12:00")
    collecting.sweep()
    outbox.drain()
    order.refresh_from_db()
    assert order.state == "paid"
    methods.sweep()
    assert SavedMethod.objects.get().method_ref == ""


def _gone(payment_id, came):
    raise GatewayDown


def test_nothing_is_asked_while_somebody_opens_the_page_to_pay(member, cast, bank, at):
    order = renewed(at)
    ada = client(cast.ada)
    choose(ada, saved(ada, bank))
    page = payments.new_payment(order, "card")
    Payment.objects.filter(pk=page.pk).update(session_until=now() + timedelta(minutes=30))
    with pytest.raises(outbox.NotYet):
        collecting.collect(order.pk)
    assert order.payments.filter(saved__isnull=False).count() == 0


def test_who_ends_a_member_s_plan_for_them_does_not_read_their_card(member, cast, bank):
    choose(member, saved(member, bank))
    assert the_plan(member)["method"]["name"]
    ended = post(client(cast.dario), f"/subscriptions/{the_plan(member)['id']}/end", {})
    assert ended.status_code == 200, ended.content
    assert ended.json()["method"] is None


def test_messages_twice_and_backwards_change_nothing(member, bank, at):
    choose(member, saved(member, bank, kind="sepa_debit"))
    order = renewed(at)
    at("2026-12-21 09:00")
    collecting.sweep()
    for body in [*reversed(bank.events()), *bank.events()]:
        assert bank.tell(body) == 200
    outbox.drain()
    assert Payment.objects.get(order=order).state == "captured"
    assert Document.objects.filter(order=order).count() == 1


def test_removed_it_is_forgotten_and_the_plan_is_owed_again(member, bank, at):
    method = saved(member, bank)
    choose(member, method)
    assert member.delete(f"/api/v1/payment-methods/{method['id']}").status_code == 204
    outbox.drain()
    assert [m["customer"] for m in bank.things("payment_method")] == [None]
    assert SavedMethod.objects.get().method_ref == ""
    assert member.get("/api/v1/payment-methods").json()["data"] == []
    assert the_plan(member)["method"] is None
    assert renewed(at).state == "owed"
    assert mails("Da pagare") == 1


def test_a_message_that_never_came_is_made_up_for(member, bank, at):
    page = member.post("/api/v1/payment-methods", {}).json()["redirect_url"]
    bank.pay(page)
    at("2026-11-16 09:10")
    methods.sweep()
    assert member.get("/api/v1/payment-methods").json()["data"][0]["state"] == "usable"


def test_a_page_that_is_left_saves_nothing(member, bank, at):
    member.post("/api/v1/payment-methods", {})
    assert member.get("/api/v1/payment-methods").json()["data"][0]["state"] == "awaiting"
    at("2026-11-16 10:00")
    methods.sweep()
    assert member.get("/api/v1/payment-methods").json()["data"] == []
    assert SavedMethod.objects.get().state == "removed"


def test_nobody_sees_chooses_or_removes_what_is_another_s(member, cast, bank):
    method = saved(member, bank)
    for other in (cast.carla, cast.dario, cast.ivo):
        api = client(other)
        assert api.get("/api/v1/payment-methods").json()["data"] == []
        assert api.delete(f"/api/v1/payment-methods/{method['id']}").status_code == 404
    plan = the_plan(member)["id"]
    assert (
        post(client(cast.dario), f"/subscriptions/{plan}/method", {"method_id": method["id"]}).status_code
        == 403
    )
    assert post(client(cast.carla), f"/subscriptions/{plan}/method", {"method_id": None}).status_code == 404
    theirs = saved(client(cast.carla), bank)
    assert choose(member, theirs).status_code == 404
    assert Subscription.objects.get().method_id is None
    assert decode("pmt", method["id"]) == SavedMethod.objects.get(person=cast.ada).pk
