"""A year's membership paid in instalments: each asked on its day, once, and every one with its own document."""

from datetime import date

import pytest

from billing.models import Budget, Document, Entry, Instalment, Order, Payment, PlanPeriod, Subscription
from billing.paying import instalments, renewing
from billing.reconciling import webhooks
from core import outbox
from core.ids import encode
from core.models import Mail, OutboxRow
from core.money import Money, total
from core.retention import obstacles
from tests.api import client, post
from tests.cast import rome
from tests.stories.changing import squares
from tests.stories.test_a_plan_is_changed_at_once import change, choices
from tests.stories.test_a_plan_is_lived_on import bought, shown, sold
from tests.stories.test_a_plan_pays_for_itself import choose, saved

pytestmark = pytest.mark.django_db
YEAR = {
    "every": "year",
    "price_cents": 100_000,
    "instalments": 3,
    "included": [{"unit": "minutes", "amount": 3600, "kinds": ["laser"]}],
}


@pytest.fixture(autouse=True)
def _monday(at, bank):
    at("2026-11-16 09:00")


@pytest.fixture
def plan(cast):
    return sold(cast, **YEAR)


def asked(at, day):
    at(f"{day} 09:00")
    for _ in range(3):
        instalments.sweep()
        outbox.drain()


def orders():
    return [(o.state, o.total.cents, o.lines.get().description) for o in Order.objects.order_by("made_at")]


def test_the_first_part_is_paid_and_the_whole_year_is_there(cast, bank, plan):
    assert (plan["instalments"], plan["first_instalment"]["cents"], plan["first_price"]["cents"]) == (
        3,
        33334,
        100_000,
    )
    quote = bought(cast, plan, bank)
    assert quote["total"]["cents"] == 33334
    assert quote["lines"][0]["description"] == "Flex, 16/11/2026–15/11/2027 (1/3)"
    mine = shown(cast)
    assert (mine["last_on"], mine["included"][0]["left"], mine["price"]["cents"]) == (
        "2027-11-15",
        3600,
        100_000,
    )
    assert [(part["due_on"], part["amount"]["cents"]) for part in mine["to_come"]] == [
        ("2027-03-16", 33333),
        ("2027-07-16", 33333),
    ]
    assert Document.objects.get().gross == Money(33334)


def test_each_later_part_is_owed_from_its_day_and_asked_once(cast, bank, plan, at):
    bought(cast, plan, bank)
    asked(at, "2027-03-14")
    assert len(orders()) == 1
    asked(at, "2027-03-15")  # the day before, as a renewal is
    assert orders()[1] == ("owed", 33333, "Flex, 16/11/2026–15/11/2027 (2/3)")
    assert Mail.objects.filter(subject="Da pagare: 333,33 €", person_id=cast.ada.pk).count() == 1
    assert len(shown(cast)["to_come"]) == 1
    asked(at, "2027-07-16")
    assert total(order.total for order in Order.objects.all()) == Money(100_000)
    assert (PlanPeriod.objects.count(), Budget.objects.count(), len(shown(cast)["to_come"])) == (1, 1, 0)


def posted():
    return OutboxRow.objects.filter(kind="billing.instalment")


def test_a_part_is_posted_once_a_day_and_anew_on_the_next_where_all_tries_failed(cast, bank, plan, at):
    bought(cast, plan, bank)
    for hour in ("09", "10", "23"):
        at(f"2027-03-15 {hour}:00")
        instalments.sweep()
    assert posted().count() == 1
    posted().update(due_at=rome("2037-03-15 09:00"), attempts=outbox.LAST_ATTEMPT, fault="down")
    instalments.sweep()
    outbox.drain()
    assert (posted().count(), len(orders())) == (1, 1)
    at("2027-03-16 09:00")
    for _ in range(2):
        instalments.sweep()
    assert posted().count() == 2
    outbox.drain()
    assert orders()[1][:2] == ("owed", 33333)
    at("2027-03-17 09:00")
    instalments.sweep()
    assert posted().count() == 2


def test_a_saved_card_pays_each_part_and_every_one_is_of_the_plan(cast, bank, plan, at):
    bought(cast, plan, bank)
    api = client(cast.ada)
    choose(api, saved(api, bank))
    for day in ("2027-03-16", "2027-07-16"):
        asked(at, day)
    assert [(state, cents) for state, cents, _ in orders()] == [
        ("paid", 33334),
        ("paid", 33333),
        ("paid", 33333),
    ]
    assert [d.gross.cents for d in Document.objects.order_by("ordinal")] == [33334, 33333, 33333]
    taken = Entry.objects.all()
    assert {str(entry.plan_id) for entry in taken} == {str(Subscription.objects.get().plan_id)}
    assert sum(entry.gross.cents for entry in taken) == 100_000
    squares()
    assert not any(webhooks.unsquared().values())


def test_the_next_year_begins_with_its_first_part(cast, bank, plan, at):
    bought(cast, plan, bank)
    api = client(cast.ada)
    choose(api, saved(api, bank))
    for day in ("2027-03-16", "2027-07-16"):
        asked(at, day)
    at("2027-11-15 09:00")
    for _ in range(2):
        renewing.sweep()
        outbox.drain()
    assert orders()[-1] == ("paid", 33334, "Flex, 16/11/2027–15/11/2028 (1/3)")
    assert list(Instalment.objects.filter(order=None).values_list("due_on", flat=True)) == [
        date(2028, 3, 16),
        date(2028, 7, 16),
    ]


def test_a_part_that_stays_unpaid_ends_the_membership_with_its_year(cast, bank, plan, at):
    bought(cast, plan, bank)
    asked(at, "2027-07-16")
    at("2027-11-16 09:00")
    renewing.sweep()
    outbox.drain()
    assert (shown(cast)["state"], PlanPeriod.objects.count()) == ("ended", 1)


def test_who_ends_it_pays_the_parts_of_the_year_that_was_sold(cast, bank, plan, at):
    bought(cast, plan, bank)
    assert post(client(cast.ada), f"/subscriptions/{shown(cast)['id']}/end", key="e").status_code == 200
    asked(at, "2027-03-16")
    assert orders()[1][:2] == ("owed", 33333)


def test_another_plan_at_once_waits_until_all_parts_are_paid(cast, bank, plan, at):
    bought(cast, plan, bank)
    less = sold(cast, "less", name="Poca", every="year", price_cents=10_000, included=[])
    api = client(cast.ada)
    choose(api, saved(api, bank))
    at("2026-12-16 09:00")
    api = client(cast.ada)  # signed in on the day: a session ends
    found = choices(api)["Poca"]
    assert (found["at_once"], "rate" in found["why_not"]) == (None, True)
    assert change(api, less, "early").status_code == 409
    for day in ("2027-03-16", "2027-07-16"):
        asked(at, day)
    at("2027-07-24 09:00")  # 115 of 365 days are left of what was sold at 1000.00
    assert choices(client(cast.ada))["Poca"]["at_once"]["credit"]["cents"] == 31507
    assert change(client(cast.ada), less, "late").status_code == 200


def test_a_year_from_the_first_has_its_parts_on_the_first(cast, bank):
    plan = sold(cast, **YEAR | {"from_first": True, "instalments": 12})
    bought(cast, plan, bank)
    period = PlanPeriod.objects.get()
    days = list(period.instalments.order_by("number").values_list("due_on", flat=True))
    assert (days[0], days[-1], len(days)) == (date(2026, 12, 1), date(2027, 10, 1), 11)
    worth = total([period.order.total, *period.instalments.values_list("amount", flat=True)])
    assert worth == Money(100_000 * 350 // 365)  # 16 November until 31 October, of 365 days


def test_parts_are_of_whole_months(cast):
    for every, parts in (("month", 2), ("quarter", 2), ("year", 5)):
        body = {
            "venue_id": encode("ven", cast.venue.pk),
            "name": "Flex",
            "every": every,
            "price_cents": 10_000,
            "vat_rate_id": encode("vat", cast.vat22.pk),
            "instalments": parts,
        }
        made = post(client(cast.dario), "/plans", body, f"{every}{parts}")
        assert (made.status_code, made.json()["pointers"][0]["pointer"]) == (422, "/instalments")


def test_what_is_still_to_be_asked_is_in_the_way_of_being_forgotten(cast, bank, plan):
    bought(cast, plan, bank)
    assert [found.code for found in obstacles(cast.ada.pk)].count("money-open") == 2


def given_back(cast, cents, which=0):
    payment = Payment.objects.order_by("made_at")[which]
    body = {"amount_cents": cents, "reason": "Trasloca"}
    made = post(client(cast.franco), f"/payments/{encode('pay', payment.pk)}/refunds", body, f"back {which}")
    assert made.status_code == 201, made.content
    outbox.drain()


def test_a_year_that_was_given_back_asks_for_no_more_parts(cast, bank, plan, at):
    bought(cast, plan, bank)
    api = client(cast.ada)
    choose(api, saved(api, bank))
    given_back(cast, 33334)
    assert shown(cast)["to_come"] == []
    asked(at, "2027-03-16")
    assert len(orders()) == 1
    squares()
    assert not [found for found in obstacles(cast.ada.pk) if "333" in found.name]


def test_a_part_given_back_of_what_was_paid_leaves_the_rest_to_be_asked(cast, bank, plan, at):
    bought(cast, plan, bank)
    given_back(cast, 33333)
    asked(at, "2027-03-16")
    assert orders()[1][:2] == ("owed", 33333)


def test_as_long_as_one_part_is_kept_the_others_are_asked_for(cast, bank, plan, at):
    bought(cast, plan, bank)
    api = client(cast.ada)
    choose(api, saved(api, bank))
    asked(at, "2027-03-16")
    given_back(cast, 33334)
    assert len(shown(cast)["to_come"]) == 1
    given_back(cast, 33333, 1)
    assert shown(cast)["to_come"] == []
    asked(at, "2027-07-16")
    assert len(orders()) == 2
