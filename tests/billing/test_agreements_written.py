"""An agreement with its rules in one act, and what may still be taken back or put right: all that no month was told by."""

import pytest
from django.db import IntegrityError, transaction

from billing.models import SplitRule
from core.ids import encode
from core.models import LogEntry
from people.models import Agreement
from tests.api import client, post
from tests.billing.settling import NOVEMBER, begun, closed, do, ids, row, rule, shared, sold

pytestmark = pytest.mark.django_db


def draft(house, lead=70, **more):
    con, one, other = ids(house)
    percents = [{"partner_id": one, "percent": str(lead)}, {"partner_id": other, "percent": str(100 - lead)}]
    return {
        "consortium_id": con,
        "from_on": "2026-12-01",
        "agreement": {"shares": percents, "mandate_fee": "4", "mandate_ref": "Atto 9"},
        "rules": [{"of": "takings", "kind": "shares"}, {"of": "costs", "kind": "hours"}],
    } | more


def write(house, key="w", person=None, **more):
    return post(client(person or house.dario), "/split-rules", draft(house, **more), key=key)


def history(house, person=None):
    return client(person or house.dario).get(f"/api/v1/consortia/{ids(house)[0]}").json()["agreements"]


def rules(house, person=None):
    found = client(person or house.dario).get(f"/api/v1/split-rules?consortium_id={ids(house)[0]}")
    return found.json()["data"]


def withdraw(house, thing, person=None):
    kind = "agreements" if thing["id"].startswith("agr") else "split-rules"
    return client(person or house.dario).delete(f"/api/v1/{kind}/{thing['id']}")


@pytest.fixture(autouse=True)
def _monday(at, house):
    at("2026-11-30 09:00")


def test_a_version_and_its_rules_hold_from_one_day_by_one_act(house):
    made = write(house)
    assert made.status_code == 201, made.content
    assert made.json()["agreement"] == {"version": 2, "from_on": "2026-12-01"}
    assert [r["kind"] for r in made.json()["data"]] == ["shares", "hours"]
    newest = history(house)[0]
    assert (newest["version"], newest["mandate_fee"], newest["shares"][0]["percent"]) == (
        2,
        "4.00",
        "70.0000",
    )
    assert made.json() == write(house).json()
    assert (Agreement.objects.count(), SplitRule.objects.count()) == (2, 2)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"rules": [{"of": "costs", "kind": "owner"}]}, "/rules/0/kind"),
        ({"lead": 101}, "/agreement/shares/1/percent"),
        ({"from_on": "2026-11-29"}, "/from_on"),
        ({"rules": [], "agreement": None}, "/rules"),
    ],
)
def test_one_fault_and_nothing_of_it_is_written(house, wrong, where):
    answer = write(house, **wrong)
    assert (answer.status_code, answer.json()["pointers"][0]["pointer"]) == (422, where), answer.content
    assert (Agreement.objects.count(), SplitRule.objects.count()) == (1, 0)


def test_shares_that_are_not_whole_take_the_rules_with_them(house):
    one = ids(house)[1]
    answer = write(house, agreement={"shares": [{"partner_id": one, "percent": "99"}]})
    assert answer.json()["code"] == "shares-not-whole"
    assert not SplitRule.objects.exists()


def test_all_of_it_is_tried_on_a_month_before(house, at):
    sold(house, at, 5)
    at("2026-11-30 09:00")
    body = draft(house)
    tried = {"consortium_id": body["consortium_id"], "month": NOVEMBER, "rules": body["rules"]}
    tried |= {"shares": body["agreement"]["shares"], "mandate_fee": "4"}
    answer = post(client(house.dario), "/settlements/what-if", tried)
    assert answer.status_code == 200, answer.content
    assert row({"figures": answer.json()["then"]}, "Cooperativa") != row(
        {"figures": answer.json()["now"]}, "Cooperativa"
    )
    assert (Agreement.objects.count(), SplitRule.objects.count()) == (1, 0)


def test_it_is_withdrawn_with_its_rules_and_the_log_has_what_it_said(house):
    write(house)
    newest, oldest = history(house)
    assert newest["actions"]["withdraw"]["allowed"] is True
    assert oldest["actions"]["withdraw"]["allowed"] is False
    assert withdraw(house, newest).status_code == 204
    assert (Agreement.objects.count(), SplitRule.objects.count()) == (1, 0)
    told = LogEntry.objects.get(act="withdraw-agreement")
    assert (told.by_id, told.data["version"], told.data["from_on"]) == (house.dario.pk, 2, "2026-12-01")
    assert sorted(told.data["shares"].values()) == ["30.0000", "70.0000"]
    assert LogEntry.objects.filter(act="withdraw-rule").count() == 2
    assert withdraw(house, newest).status_code == 404


def test_the_first_stays_and_of_several_the_last_goes_first(house):
    write(house)
    write(house, key="x", from_on="2027-01-01", rules=[])
    third, second, first = history(house)
    assert (
        withdraw(house, second).json()["reasons"][0]["detail"]
        == "dopo viene la versione 3: prima va tolta quella"
    )
    assert withdraw(house, third).status_code == withdraw(house, second).status_code == 204
    refused = withdraw(house, first)
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal-move")


def test_one_rule_is_withdrawn_and_what_held_before_holds(house):
    rule(house, from_on="2026-11-01")
    rule(house, kind="owner", from_on="2026-12-01")
    newest = rules(house)[0]
    assert newest["actions"]["withdraw"]["allowed"] is True
    assert withdraw(house, newest).status_code == 204
    assert [r["kind"] for r in rules(house)] == ["shares"]
    assert LogEntry.objects.get(act="withdraw-rule").data["kind"] == "owner"


def test_a_mistake_is_put_right_in_one_act(house):
    write(house)
    wrong = history(house)[0]["id"]
    refused = write(house, key="r", lead=65, instead_of=wrong, rules=[{"of": "fees", "kind": "owner"}])
    assert refused.status_code == 422
    assert history(house)[0]["id"] == wrong
    right = write(house, key="s", lead=65, instead_of=wrong, rules=[{"of": "fees", "kind": "hours"}])
    assert right.status_code == 201, right.content
    newest = history(house)[0]
    assert (newest["version"], newest["shares"][0]["percent"]) == (2, "65.0000")
    assert [(r["of"], r["kind"]) for r in rules(house)] == [("fees", "hours")]


def test_no_day_that_had_an_agreement_is_left_without_one(house):
    (first,) = history(house)
    refused = write(house, instead_of=first["id"])
    assert (refused.status_code, refused.json()["pointers"][0]["pointer"]) == (422, "/from_on")
    assert "dal 01/01/2025" in refused.json()["pointers"][0]["detail"]
    assert history(house) == [first]
    assert write(house, key="same", instead_of=first["id"], from_on=first["from_on"]).status_code == 201
    assert [a["from_on"] for a in history(house)] == [first["from_on"]]


def test_a_first_agreement_that_does_not_hold_yet_may_begin_later(house):
    Agreement.objects.update(from_on="2026-12-10")
    (first,) = history(house)
    assert write(house, instead_of=first["id"], from_on="2027-01-01").status_code == 201
    assert [a["from_on"] for a in history(house)] == ["2027-01-01"]


def test_a_rule_is_put_right_in_one_act(house):
    rule(house, from_on="2026-12-01")
    wrong = rules(house)[0]["id"]
    body = {"agreement": None, "rules": [{"of": "takings", "kind": "owner"}], "instead_of_rules": [wrong]}
    assert write(house, **body).status_code == 201
    assert [r["kind"] for r in rules(house)] == ["owner"]
    assert write(house, key="again", **body).status_code == 404


def test_a_shared_month_keeps_what_told_it_until_it_is_reopened(house, at):
    rule(house, from_on="2026-11-01")
    sold(house, at, 5)
    made = shared(house, at)
    (one,) = rules(house)
    assert one["actions"]["withdraw"]["reasons"][0]["detail"].startswith("2026-11 è condiviso")
    assert withdraw(house, one).status_code == 409
    assert do(house.dario, made, "reopen").status_code == 200
    assert withdraw(house, one).status_code == 204


def test_a_closed_month_keeps_it_for_good(house, at):
    rule(house, from_on="2026-11-01")
    sold(house, at, 5)
    closed(house, at)
    (one,) = rules(house)
    refused = withdraw(house, one)
    assert (refused.status_code, refused.json()["reasons"][0]["fixable_by"]) == (409, "nobody")
    answer = write(
        house, agreement=None, rules=[{"of": "fees", "kind": "hours"}], instead_of_rules=[one["id"]]
    )
    assert answer.status_code == 409
    assert SplitRule.objects.count() == 1


def test_a_member_reads_that_only_the_lead_may(house):
    write(house)
    begun(house)
    for thing in (history(house, house.elena)[0], rules(house, house.elena)[0]):
        assert thing["actions"]["withdraw"]["reasons"][0]["code"] == "forbidden"
        assert withdraw(house, thing, house.elena).status_code == 403
        assert withdraw(house, thing, house.ada).status_code == 403
    assert write(house, key="m", person=house.elena).status_code == 403
    assert write(house, key="f", person=house.franco, from_on="2027-02-01").status_code == 403
    assert encode("con", house.consortium.pk) == ids(house)[0]


def test_the_database_lets_nothing_go_that_a_month_was_told_by(house, at):
    rule(house, from_on="2026-11-01")
    shared(house, at)
    for row_ in (SplitRule.objects.get(), Agreement.objects.get()):
        with pytest.raises(IntegrityError), transaction.atomic():
            row_.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        SplitRule.objects.update(kind="owner")
