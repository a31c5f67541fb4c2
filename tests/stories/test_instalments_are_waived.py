"""The office asks no more for the instalments to come: with a reason, all that it saw or none, and the books stay."""

from datetime import date

import pytest

from billing.books import movements
from billing.models import Entry, Instalment, Issuer, Subscription
from billing.paying import instalments
from core.ids import encode
from core.models import LogEntry
from core.retention import erase, obstacles
from people.models import Membership
from tests.api import client, post
from tests.stories.changing import squares
from tests.stories.passes import checked_out
from tests.stories.test_a_plan_is_changed_at_once import choices
from tests.stories.test_a_plan_is_lived_on import bought, shown, sold
from tests.stories.test_a_plan_is_paid_in_parts import YEAR, asked, given_back, orders
from tests.stories.test_a_plan_pays_for_itself import choose, saved

pytestmark = pytest.mark.django_db
WHY = "Ha cambiato città"


@pytest.fixture(autouse=True)
def _bought(at, bank, cast):
    at("2026-11-16 09:00")
    bought(cast, sold(cast, **YEAR), bank)


def issuer(cast):
    return encode("iss", Issuer.objects.get(partner=cast.lead).pk)


def listed(cast, by=None, **more):
    query = {"issuer_id": issuer(cast)} | more
    answer = client(by or cast.franco).get("/api/v1/instalments", query)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def waive(cast, ids, by=None, reason=WHY, key="w"):
    path = f"/subscriptions/{encode('sub', Subscription.objects.get().pk)}/waive-instalments"
    return post(client(by or cast.franco), path, {"instalment_ids": ids, "reason": reason}, key)


def ids(of_one):
    return [part["id"] for part in of_one["instalments"]]


def test_what_is_waived_is_never_asked_for_and_the_year_stays(cast, at):
    (of_ada,) = listed(cast)
    assert (of_ada["customer"], of_ada["to_come"]["cents"]) == ("Ada A.", 66_666)
    assert of_ada["actions"]["waive"]["allowed"]
    before = list(Entry.objects.values_list("pk", flat=True))
    answer = waive(cast, ids(of_ada))
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert [(p["state"], p["reason"]) for p in told["instalments"]] == [("waived", WHY)] * 2
    assert told["to_come"]["cents"] == 0
    assert told["actions"]["waive"]["reasons"][0]["code"] == "instalments-waived"
    assert waive(cast, ids(of_ada)).json() == told  # the same key again is the same answer
    assert shown(cast)["to_come"] == []
    assert shown(cast)["included"][0]["left"] == 3600
    asked(at, "2027-07-16")
    assert len(orders()) == 1
    assert list(Entry.objects.values_list("pk", flat=True)) == before
    squares()


def test_the_customer_s_account_and_their_erasure_know_nothing_of_them(cast):
    (of_ada,) = listed(cast)
    of_lead = Issuer.objects.get(partner=cast.lead)
    year = date(2026, 11, 1), date(2027, 11, 1)
    before = movements.account(of_lead, cast.ada, *year)
    assert waive(cast, ids(of_ada)).status_code == 200
    assert movements.account(of_lead, cast.ada, *year) == before
    assert not [found for found in obstacles(cast.ada.pk) if "333" in found.name]


def test_one_of_them_may_be_waived_and_the_other_is_asked_on_its_day(cast, at):
    (of_ada,) = listed(cast)
    assert waive(cast, ids(of_ada)[:1]).status_code == 200
    asked(at, "2027-03-16")
    assert len(orders()) == 1
    asked(at, "2027-07-16")
    assert orders()[1][:2] == ("owed", 33333)


def test_what_was_asked_for_meanwhile_is_not_waived_nor_the_others_with_it(cast, at):
    (of_ada,) = listed(cast)
    asked(at, "2027-03-16")
    answer = waive(cast, ids(of_ada))
    assert (answer.status_code, answer.json()["code"]) == (409, "changed-meanwhile")
    assert not Instalment.objects.filter(waived_at__isnull=False).exists()
    assert waive(cast, ids(listed(cast)[0]), key="again").status_code == 200


def test_a_waiver_says_why(cast):
    (of_ada,) = listed(cast)
    assert waive(cast, ids(of_ada), reason=" ").status_code == 422


def test_only_an_issuer_s_office_waives_and_looks(cast):
    (of_ada,) = listed(cast)
    for who, status in ((cast.ada, 403), (cast.gina, 403), (cast.elena, 404)):
        assert waive(cast, ids(of_ada), by=who, key=f"{who.pk}").status_code == status
        answer = client(who).get("/api/v1/instalments", {"issuer_id": issuer(cast)})
        assert answer.status_code == status
    assert shown(cast)["to_come"]


def test_another_plan_at_once_is_worth_what_was_paid_of_the_waived_year(cast, bank, at):
    api = client(cast.ada)
    choose(api, saved(api, bank))
    sold(cast, "less", name="Poca", every="year", price_cents=10_000, included=[])
    waive(cast, ids(listed(cast)[0]))
    at("2026-12-16 09:00")
    found = choices(client(cast.ada))["Poca"]["at_once"]
    assert found["credit"]["cents"] == 30594  # 335 of 365 days of the 333.34 that were paid


@pytest.mark.parametrize(("refunded", "credited"), [(33_334, 0), (13_334, 20_000)])
def test_another_plan_at_once_credits_no_more_than_was_not_given_back(cast, bank, at, refunded, credited):
    api = client(cast.ada)
    choose(api, saved(api, bank))
    sold(cast, "less", name="Poca", every="year", price_cents=10_000, included=[])
    waive(cast, ids(listed(cast)[0]))
    given_back(cast, refunded)
    at("2026-12-16 09:00")
    found = choices(client(cast.ada))["Poca"]["at_once"]
    assert found["credit"]["cents"] == credited


def test_a_year_given_back_says_so_in_the_office_s_list(cast):
    given_back(cast, 33334)
    (of_ada,) = listed(cast)
    assert {part["state"] for part in of_ada["instalments"]} == {"given_back"}
    assert of_ada["actions"]["waive"]["reasons"][0]["code"] == "instalments-given-back"
    assert waive(cast, ids(of_ada)).status_code == 409


def test_they_are_found_by_the_customer_and_whoever_looked_is_in_the_log(cast):
    assert listed(cast, q="carl") == []
    assert len(listed(cast, q="ada")) == 1
    assert len(listed(cast, person_id=encode("per", cast.ada.pk))) == 1
    assert listed(cast, organisation_id=encode("org", cast.association.pk)) == []
    seen = LogEntry.objects.filter(by_id=cast.franco.pk, act="see-debts")
    assert str(cast.ada.pk) in seen.latest("at").data["whose"]


def test_the_reason_is_forgotten_with_the_person(cast):
    waive(cast, ids(listed(cast)[0]))
    erase(cast.ada.pk)
    assert set(Instalment.objects.values_list("waived_why", flat=True)) == {"–"}


def test_a_worker_that_comes_too_late_asks_for_nothing(cast):
    (of_ada,) = listed(cast)
    waive(cast, ids(of_ada))
    for part in Instalment.objects.all():
        instalments.ask(part.pk)
    assert len(orders()) == 1


def test_an_office_is_shown_what_its_own_partner_s_customers_are_to_be_asked_for(cast, bank):
    bought(cast, sold(cast, "month", name="Mensile", included=[]), bank, cast.carla)
    assert [found["customer"] for found in listed(cast)] == ["Ada A."]  # nothing of Carla's is to come
    theirs = encode("iss", Issuer.objects.get(partner=cast.member).pk)
    assert listed(cast, by=cast.elena, issuer_id=theirs) == []


def test_with_one_subscription_s_nothing_of_another_s_is_waived(cast, bank):
    ada_s = Subscription.objects.get()
    bought(cast, sold(cast, "other", name="Altra", **YEAR), bank, cast.carla)
    ids_of = {found["customer"]: ids(found) for found in listed(cast)}
    path = f"/subscriptions/{encode('sub', ada_s.pk)}/waive-instalments"
    both = {"instalment_ids": ids_of["Ada A."] + ids_of["Carla C."], "reason": WHY}
    answer = post(client(cast.franco), path, both)
    assert (answer.status_code, answer.json()["code"]) == (409, "changed-meanwhile")
    assert not Instalment.objects.filter(waived_at__isnull=False).exists()


def test_what_a_body_is_to_be_asked_for_is_the_body_s_and_not_of_who_bought_it(cast, bank):
    body = encode("org", cast.association.pk)
    api = client(cast.bruno)
    plan = sold(cast, "body", name="Coro", **YEAR)
    quote = post(api, "/quotes", {"plan_id": plan["id"], "organisation_id": body}).json()
    bank.pay(checked_out(api, quote, method="card").json()["redirect_url"])
    bank.tell_everything()
    assert listed(cast, person_id=encode("per", cast.bruno.pk)) == []
    assert listed(cast, q="bruno") == []
    Membership.objects.create(
        person=cast.franco, organisation=cast.association, is_delegate=True, from_on=date(2026, 1, 1)
    )
    looks = LogEntry.objects.filter(by_id=cast.franco.pk, act="see-debts")
    before = looks.count()
    for asked_for in ({"organisation_id": body}, {"q": "coro"}):
        assert [found["customer_id"] for found in listed(cast, **asked_for)] == [body]
    assert looks.count() == before  # a delegate's own are no news


@pytest.mark.parametrize(("day", "many"), [("2027-11-15", 1), ("2027-11-16", 0)])
def test_of_a_year_that_is_over_nothing_is_to_come(cast, at, day, many):
    at(f"{day} 09:00")
    assert len(listed(cast)) == many
