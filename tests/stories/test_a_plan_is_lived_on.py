"""A membership: bought with its first period, drawn before passes, renewed by itself once, changed and ended."""

from datetime import date

import pytest

from billing.models import Budget, Document, Order, PassKind, PlanPeriod, Subscription
from billing.paying import renewing
from core import outbox
from core.ids import decode, encode
from core.models import Mail
from core.money import Money
from people.models import Group, GroupMember
from tests.api import client, post
from tests.stories.passes import booked, checked_out, grant, held, left, quoted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at, bank):
    at("2026-11-16 09:00")


def sold(cast, key="plan", **more):
    body = {
        "venue_id": encode("ven", cast.venue.pk),
        "name": "Flex",
        "every": "month",
        "price_cents": 10000,
        "vat_rate_id": encode("vat", cast.vat22.pk),
        "included": [{"unit": "minutes", "amount": 300, "kinds": ["laser"]}],
    } | more
    made = post(client(cast.dario), "/plans", body, key)
    assert made.status_code == 201, made.content
    return made.json()


def bought(cast, plan, bank, person=None):
    api = client(person or cast.ada)
    quote = post(api, "/quotes", {"plan_id": plan["id"]}).json()
    made = checked_out(api, quote, method="card").json()
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    bank.tell_everything()
    return quote


def shown(cast):
    (found,) = client(cast.ada).get("/api/v1/subscriptions").json()["data"]
    return found


def test_it_begins_when_it_is_paid_and_its_hours_are_drawn_before_passes(cast, bank):
    plan = sold(cast)
    kind = PassKind.objects.create(
        venue=cast.venue, name="Ore", unit="minutes", amount=300, price=Money(0), vat_rate=cast.vat22
    )
    carnet = grant(cast, kind)
    quote = bought(cast, plan, bank)
    assert quote["total"]["cents"] == 10000
    assert quote["lines"][0]["description"] == "Flex, 16/11/2026–15/12/2026"
    mine = shown(cast)
    assert (mine["state"], mine["last_on"], mine["included"][0]["left"]) == ("active", "2026-12-15", 300)
    assert Document.objects.get().gross == Money(10000)
    booked(client(cast.ada), cast.laser)
    assert (shown(cast)["included"][0]["left"], left(carnet)) == (180, 300)
    # After its period it does not pay: the pass does.
    api = client(cast.ada)
    later = held(api, cast.laser, "2026-12-16T10:00:00", "2026-12-16T11:00:00")
    assert quoted(api, later)["lines"][0]["draws"][0]["kind"] == "pass"


def test_from_the_first_of_the_month_its_start_costs_and_includes_its_part(cast, bank):
    plan = sold(cast, from_first=True)
    assert (plan["first_price"]["cents"], plan["first_until"]) == (5000, "2026-11-30")
    quote = bought(cast, plan, bank)
    assert quote["total"]["cents"] == 5000
    assert shown(cast)["included"][0]["given"] == 150


def renewed(on):
    renewing.sweep()
    outbox.drain()
    renewing.renew(Subscription.objects.get().pk, on)


def test_it_is_renewed_once_owed_and_with_new_hours(cast, bank, at):
    plan = sold(cast)
    bought(cast, plan, bank)
    booked(client(cast.ada), cast.laser)
    at("2026-12-15 09:00")
    for _ in range(3):
        renewed(date(2026, 12, 16))
    assert PlanPeriod.objects.count() == 2
    owed = Order.objects.get(state="owed")
    assert (owed.total, owed.lines.get().description) == (Money(10000), "Flex, 16/12/2026–15/01/2027")
    assert Mail.objects.filter(person_id=cast.ada.pk, subject="Da pagare: 100,00 €").count() == 1
    at("2026-12-16 09:00")
    mine = shown(cast)
    assert (mine["last_on"], mine["included"][0]["left"]) == ("2027-01-15", 300)
    assert Budget.objects.count() == 2


def test_its_group_is_theirs_while_it_lasts(cast, bank, at):
    group = Group.objects.create(name="Soci", partner=cast.lead)
    plan = sold(cast, group_id=encode("grp", group.pk))
    bought(cast, plan, bank)
    at("2026-12-15 09:00")
    renewed(date(2026, 12, 16))
    member = GroupMember.objects.get()
    assert (member.person, member.from_on, member.until_on) == (
        cast.ada,
        date(2026, 11, 16),
        date(2027, 1, 16),
    )


def test_ended_it_lasts_to_the_end_of_its_period_and_is_not_renewed(cast, bank, at):
    plan = sold(cast)
    bought(cast, plan, bank)
    mine = shown(cast)
    ended = post(client(cast.ada), f"/subscriptions/{mine['id']}/end", key="e1").json()
    assert (ended["state"], ended["can_change"]) == ("ending", False)
    assert post(client(cast.ada), f"/subscriptions/{mine['id']}/end", key="e2").status_code == 409
    at("2026-12-15 09:00")
    renewed(date(2026, 12, 16))
    assert shown(cast)["state"] == "ending"
    at("2026-12-16 09:00")
    renewed(date(2026, 12, 16))
    assert shown(cast)["state"] == "ended"
    assert PlanPeriod.objects.count() == 1


def test_another_plan_begins_with_the_next_period(cast, bank, at):
    flex, fixed = sold(cast), sold(cast, "other", name="Fisso", price_cents=20000, included=[])
    bought(cast, flex, bank)
    mine = shown(cast)
    changed = post(client(cast.ada), f"/subscriptions/{mine['id']}/change", {"plan_id": fixed["id"]}, "c1")
    assert (changed.json()["plan"]["name"], changed.json()["next_plan"]["name"]) == ("Flex", "Fisso")
    at("2026-12-15 09:00")
    renewed(date(2026, 12, 16))
    assert Order.objects.get(state="owed").total == Money(20000)
    assert (shown(cast)["plan"]["name"], shown(cast)["next_plan"]) == ("Fisso", None)


def test_one_that_is_overdue_is_not_renewed_but_ended(cast, bank, at):
    plan = sold(cast)
    bought(cast, plan, bank)
    at("2026-12-15 09:00")
    renewed(date(2026, 12, 16))
    at("2027-01-16 09:00")
    renewed(date(2027, 1, 16))
    assert shown(cast)["state"] == "ended"
    assert PlanPeriod.objects.count() == 2


def test_a_stranger_neither_sees_nor_ends_it(cast, bank):
    plan = sold(cast)
    bought(cast, plan, bank)
    stranger = client(cast.carla)
    assert stranger.get("/api/v1/subscriptions").json()["data"] == []
    found = encode("sub", Subscription.objects.get().pk)
    assert post(stranger, f"/subscriptions/{found}/end", key="e").status_code == 404
    assert decode("sub", found) == Subscription.objects.get().pk


def test_whose_prices_a_plan_may_open_is_told_to_who_defines_plans_alone(cast, bank):
    members = Group.objects.create(name="Soci", partner=cast.venue.partner)
    asked = {"venue_id": encode("ven", cast.venue.pk)}
    groups = client(cast.dario).get("/api/v1/plans", asked).json()["groups"]
    assert groups == [{"id": encode("grp", members.pk), "name": "Soci"}]
    for person in (None, cast.ada, cast.gina, cast.elena):
        assert client(person).get("/api/v1/plans", asked).json()["groups"] == []
