"""Another plan from today: the difference is paid or given back, and what each includes is the part that is left."""

from datetime import date

import pytest
from django.db.models import Sum

from billing.models import (
    Budget,
    Dispute,
    Document,
    Entry,
    Order,
    PassKind,
    Payment,
    PlanPeriod,
    Refund,
    Subscription,
    VatRate,
)
from billing.paying import renewing
from billing.reconciling import webhooks
from core import outbox
from core.clock import now
from core.ids import decode, encode
from core.money import Money
from people.models import Group, GroupMember
from tests.api import client, post
from tests.stories.passes import booked, checked_out
from tests.stories.test_a_plan_is_lived_on import bought, sold
from tests.stories.test_a_plan_pays_for_itself import choose, saved, the_plan

pytestmark = pytest.mark.django_db
MORE = {
    "name": "Piena",
    "price_cents": 25000,
    "included": [{"unit": "minutes", "amount": 900, "kinds": ["laser"]}],
}
LESS = {"name": "Poca", "price_cents": 4000, "included": []}


@pytest.fixture(autouse=True)
def _monday(at, bank):
    at("2026-11-16 09:00")


@pytest.fixture
def member(cast, bank, at):
    """On Flex (100.00 a month, from 16 November until 15 December); it is the 26th: twenty of thirty days are left."""
    bought(cast, sold(cast), bank)
    at("2026-11-26 09:00")
    return client(cast.ada)


def change(api, plan, key="c", **more):
    body = {"plan_id": plan["id"], "at_once": True} | more
    return post(api, f"/subscriptions/{the_plan(api)['id']}/change", body, key=key)


def choices(api):
    found = api.get(f"/api/v1/subscriptions/{the_plan(api)['id']}/choices").json()["data"]
    return {one["plan"]["name"]: one for one in found}


def square(cents):
    """All that was taken and not given back is what the ledger says, and nothing is left open."""
    came = Payment.objects.filter(state="captured").aggregate(sum=Sum("amount"), back=Sum("refunded"))
    assert came["sum"] - came["back"] == Money(cents)
    assert sum(e.gross.cents for e in Entry.objects.all()) == cents
    assert not any(webhooks.unsquared().values()), webhooks.unsquared()


def test_a_dearer_plan_costs_the_difference_of_the_days_that_are_left(cast, member, bank, at):
    more = sold(cast, "more", **MORE)
    shown = choices(member)["Piena"]["at_once"]
    # 250.00 × 20/30 = 166.67, less 100.00 × 20/30 = 66.67
    assert (shown["charge"]["cents"], shown["credit"]["cents"], shown["due"]["cents"]) == (16667, 6667, 10000)
    choose(member, saved(member, bank))
    answer = change(member, more, difference_cents=10000)
    assert answer.status_code == 200, answer.content
    outbox.drain()
    order = Order.objects.latest("made_at")
    assert (order.state, order.total) == ("paid", Money(10000))
    assert order.lines.get().description == "Piena, 26/11/2026–15/12/2026, al posto di Flex"
    mine = the_plan(member)
    assert (mine["plan"]["name"], mine["last_on"]) == ("Piena", "2026-12-15")
    assert [b["given"] for b in mine["included"]] == [600]
    assert [(p.from_on.day, p.until_on.day) for p in PlanPeriod.objects.order_by("from_on")] == [
        (16, 26),
        (26, 16),
    ]
    square(20000)
    at("2026-12-15 09:00")
    renewing.sweep()
    outbox.drain()
    assert Order.objects.latest("made_at").total == Money(25000)


def test_a_cheaper_plan_gives_the_difference_back_with_its_credit_note(cast, member):
    less = sold(cast, "less", **LESS)
    assert choices(member)["Poca"]["at_once"]["back"]["cents"] == 4000
    assert change(member, less, difference_cents=-4000).status_code == 200
    outbox.drain()
    note = Document.objects.get(kind="credit_note")
    assert (note.gross, Refund.objects.get().amount) == (Money(4000), Money(4000))
    assert the_plan(member)["included"] == []
    square(6000)


def test_what_was_used_is_not_given_back(cast, member):
    booked(member, cast.laser)  # 120 of its 300 minutes
    less = sold(cast, "less", **LESS)
    shown = choices(member)["Poca"]["at_once"]
    assert shown["credit"]["cents"] == 6000  # three fifths unused, though two thirds of the days are left
    assert change(member, less).status_code == 200
    assert Refund.objects.get().amount == Money(6000 - 2667)
    assert Budget.objects.get(given=300).left == 0


def test_up_and_down_again_never_gives_back_more_than_was_paid(cast, member, bank, at):
    more = sold(cast, "more", **MORE)
    choose(member, saved(member, bank))
    change(member, more)
    outbox.drain()
    at("2026-12-06 09:00")  # ten days are left of both
    flex = {"id": encode("pla", Subscription.objects.get().periods.earliest("from_on").plan_id)}
    shown = choices(client(cast.ada))["Flex"]["at_once"]
    assert (shown["credit"]["cents"], shown["charge"]["cents"], shown["back"]["cents"]) == (8334, 3333, 5001)
    assert change(client(cast.ada), flex, "down").status_code == 200
    outbox.drain()
    assert Refund.objects.aggregate(sum=Sum("amount"))["sum"] == Money(5001)
    square(20000 - 5001)


def test_with_another_vat_both_are_written_whole(cast, member):
    free = VatRate.objects.create(
        name="Fuori campo", percent=0, natura="N2.2", legal_text="art. 4 DPR 633/72"
    )
    more = sold(cast, "more", **(MORE | {"vat_rate_id": encode("vat", free.pk)}))
    assert change(member, more, difference_cents=10000).status_code == 200
    assert Document.objects.get(kind="credit_note").gross == Money(6667)
    assert Order.objects.latest("made_at").total == Money(16667)


def test_its_group_is_theirs_until_that_day_and_the_new_one_s_from_it(cast, bank, at):
    old, new = (Group.objects.create(name=name, partner=cast.lead) for name in ("Flex", "Piena"))
    bought(cast, sold(cast, group_id=encode("grp", old.pk)), bank)
    at("2026-11-26 09:00")
    api = client(cast.ada)
    change(api, sold(cast, "more", **(MORE | {"group_id": encode("grp", new.pk)})))
    found = {m.group.name: (m.from_on, m.until_on) for m in GroupMember.objects.select_related("group")}
    assert found == {
        "Flex": (date(2026, 11, 16), date(2026, 11, 26)),
        "Piena": (date(2026, 11, 26), date(2026, 12, 16)),
    }


def test_asked_twice_it_changes_once(cast, member):
    less = sold(cast, "less", **LESS)
    assert change(member, less).status_code == change(member, less).status_code == 200
    assert change(member, less, "other").status_code == 409
    assert Refund.objects.count() == 1


def test_a_difference_that_is_another_by_now_is_not_taken(cast, member, at):
    less = sold(cast, "less", **LESS)
    at("2026-11-27 09:00")
    answer = change(client(cast.ada), less, difference_cents=-4000)
    assert (answer.status_code, answer.json()["code"]) == (409, "price-changed")
    assert not Refund.objects.exists()


def test_what_cannot_be_set_off_says_why(cast, bank, at):
    yearly = sold(cast, "year", name="Anno", every="year")
    bought(cast, sold(cast), bank)
    api = client(cast.ada)
    more = sold(cast, "more", **MORE)
    assert change(api, more).json()["code"] == "illegal-move"  # it begins today
    at("2026-11-26 09:00")
    api = client(cast.ada)
    assert choices(api)["Anno"]["at_once"] is None
    assert "ritmo" in choices(api)["Anno"]["why_not"]
    assert change(api, yearly, "year").status_code == 409
    at("2026-12-15 09:00")
    renewing.sweep()
    outbox.drain()  # the next period is there, and owed
    assert "c'è già" in choices(client(cast.ada))["Piena"]["why_not"]
    at("2026-12-17 09:00")
    assert "da pagare" in choices(client(cast.ada))["Piena"]["why_not"]
    assert Budget.objects.filter(subscription=decode("sub", the_plan(client(cast.ada))["id"])).count() == 2


def test_what_was_bought_beside_the_plan_is_not_credited_with_it(cast, bank, at):
    """One order for a plan of 100.00 and a pass of 300.00: the pass stays whole."""
    kind = PassKind.objects.create(
        venue=cast.venue, name="Ore", unit="minutes", amount=300, price=Money(30000), vat_rate=cast.vat22
    )
    api = client(cast.ada)
    asked = {"plan_id": sold(cast)["id"], "pass_kind_ids": [encode("pkd", kind.pk)]}
    quote = post(api, "/quotes", asked).json()
    bank.pay(checked_out(api, quote, method="card").json()["redirect_url"])
    bank.tell_everything()
    bank.tell_everything()
    at("2026-11-26 09:00")
    api = client(cast.ada)
    less = sold(cast, "less", **LESS)
    assert choices(api)["Poca"]["at_once"]["credit"]["cents"] == 6667
    assert change(api, less).status_code == 200
    outbox.drain()
    assert Refund.objects.get().amount == Money(4000)
    assert {e.plan_id is None for e in Entry.objects.filter(kind="refund")} == {False}
    square(36000)


def test_what_the_customer_s_bank_took_back_is_not_credited_again(cast, member):
    payment = Payment.objects.get()
    Dispute.objects.create(
        issuer=cast.lead.issuer, gateway="sandbox", ref="dp_1", payment=payment, amount=Money(8000), state="lost", opened_at=now(),
        closed_at=now(), reason="general",
    )  # fmt: skip
    sold(cast, "less", **LESS)
    assert choices(member)["Poca"]["at_once"]["credit"]["cents"] == 2000
    paid = {
        "issuer_id": encode("iss", cast.lead.issuer.pk),
        "debt_id": encode("doc", Document.objects.get().pk),
        "method": "cash",
        "amount_cents": 3000,
    }
    assert post(client(cast.gina), "/desk-payments", paid).status_code == 201
    assert choices(member)["Poca"]["at_once"]["credit"]["cents"] == 5000
