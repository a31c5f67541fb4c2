"""Split rules: what the lead tries on a month, writes as one set from a day, and may no longer write of a closed month."""

import pytest

from billing.models import SplitRule
from core.ids import encode
from core.models import LogEntry
from tests.api import client, post
from tests.billing.settling import NOVEMBER, begun, closed, ids, rule, sold

pytestmark = pytest.mark.django_db


def wanted(house, *rules, from_on="2026-11-01"):
    return {"consortium_id": ids(house)[0], "from_on": from_on, "rules": list(rules)}


def write(house, *rules, key="rules", person=None, **more):
    return post(client(person or house.dario), "/split-rules", wanted(house, *rules, **more), key=key)


def kept(house):
    return client(house.dario).get(f"/api/v1/split-rules?consortium_id={ids(house)[0]}").json()


def amount(partner, cents):
    return [{"partner_id": partner, "cents": cents}]


def test_a_set_is_written_from_a_day_and_shown_with_what_may_be_chosen(house):
    con, lead, _ = ids(house)
    room = encode("res", house.room.pk)
    answer = write(
        house,
        {"of": "takings", "kind": "guaranteed", "resource_id": room, "amounts": amount(lead, 5000)},
        {"of": "costs", "kind": "hours", "category": "energia"},
    )
    assert answer.status_code == 201, answer.content
    shown = kept(house)
    found = {(r["of"], r["resource"] and r["resource"]["id"], r["category"]): r for r in shown["data"]}
    assert found["takings", room, ""]["amounts"][lead]["cents"] == 5000
    assert found["costs", None, "energia"]["kind"] == "hours"
    assert "cost_first" in shown["kinds"]["resource"]
    assert "cost_first" not in shown["kinds"]["takings"]
    assert (shown["with_amounts"], shown["can_rule"]) == (["fixed", "guaranteed"], True)
    assert LogEntry.objects.filter(act="rule-split", by_id=house.dario.pk).count() == 2
    seen = client(house.elena).get(f"/api/v1/split-rules?consortium_id={con}").json()
    assert (len(seen["data"]), seen["can_rule"]) == (2, False)


def test_the_same_key_writes_once(house):
    first, again = (write(house, {"of": "fees", "kind": "shares"}) for _ in range(2))
    assert first.json() == again.json()
    assert SplitRule.objects.count() == 1


def test_a_later_one_takes_its_place_and_of_one_day_there_is_one(house):
    write(house, {"of": "fees", "kind": "shares"}, key="a")
    again = write(house, {"of": "costs", "kind": "hours"}, {"of": "fees", "kind": "hours"}, key="b")
    assert [(p["pointer"], p["code"]) for p in again.json()["pointers"]] == [("/rules/1/of", "written")]
    write(house, {"of": "fees", "kind": "takings"}, key="c", from_on="2026-12-01")
    assert [(r["kind"], r["from_on"]) for r in kept(house)["data"]] == [
        ("takings", "2026-12-01"),
        ("shares", "2026-11-01"),
    ]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"of": "takings", "kind": "fixed"}, "amounts"),
        ({"of": "takings", "kind": "shares", "amounts": "LEAD"}, "amounts"),
        ({"of": "takings", "kind": "fixed", "amounts": "STRANGER"}, "amounts"),
        ({"of": "takings", "kind": "guaranteed", "amounts": "TWICE"}, "amounts"),
        ({"of": "takings", "kind": "cost_first"}, "resource_id"),
        ({"of": "costs", "kind": "owner"}, "kind"),
        ({"of": "fees", "kind": "shares", "category": "energia"}, "category"),
        ({"of": "costs", "kind": "shares", "resource_id": "ROOM"}, "resource_id"),
        ({"of": "takings", "kind": "shares", "resource_id": "res_00000000000000000000000000"}, "resource_id"),
        ({"of": "fees", "kind": "hours"}, "of"),
    ],
)
def test_a_fault_is_told_at_its_field_and_nothing_is_written(house, said, field):
    con, lead, _ = ids(house)
    amounts = {"LEAD": amount(lead, 1), "STRANGER": amount(con.replace("con", "prt"), 1), "TWICE": amount(lead, 1) * 2}  # fmt: skip
    if "amounts" in said:
        said = said | {"amounts": amounts[said["amounts"]]}
    if said.get("resource_id") == "ROOM":
        said = said | {"resource_id": encode("res", house.room.pk)}
    answer = write(house, {"of": "fees", "kind": "shares"}, said)
    assert answer.status_code == 422, answer.content
    assert f"/rules/1/{field}" in [p["pointer"] for p in answer.json()["pointers"]]
    tried = {"consortium_id": con, "month": NOVEMBER, "rules": [{"of": "fees", "kind": "shares"}, said]}
    refused = post(client(house.dario), "/settlements/what-if", tried)
    assert [p["pointer"] for p in refused.json()["pointers"]] == [
        p["pointer"] for p in answer.json()["pointers"]
    ]
    assert not SplitRule.objects.exists()


def test_a_closed_month_keeps_its_rules(house, at):
    rule(house)
    sold(house, at, 5)
    closed(house, at)
    answer = write(house, {"of": "fees", "kind": "shares"}, from_on="2026-11-30")
    assert [(p["pointer"], p["code"]) for p in answer.json()["pointers"]] == [("/from_on", "closed")]
    assert write(house, {"of": "fees", "kind": "shares"}, from_on="2026-12-01", key="d").status_code == 201


def test_a_member_reads_the_rules_and_writes_none(house):
    _ = house.lead
    assert write(house, {"of": "fees", "kind": "shares"}, person=house.elena).status_code == 403


def drafts(house):
    member = ids(house)[2]
    room = encode("res", house.room.pk)
    return {
        "shares": [{"of": "takings", "kind": "shares"}],
        "owner": [{"of": "takings", "kind": "owner"}],
        "hours": [{"of": "takings", "kind": "hours"}],
        "takings": [{"of": "takings", "kind": "takings"}],
        "cost_first": [{"of": "takings", "kind": "cost_first", "resource_id": room}],
        "fixed": [{"of": "takings", "kind": "fixed", "amounts": amount(member, 1000)}],
        "guaranteed": [{"of": "takings", "kind": "guaranteed", "amounts": amount(member, 2500)}],
    }


# Two hours of 15.00 net: of the lead's room and of a room that the member owns; 10.00 were spent on the lead's.
BY_HAND = {
    "shares": [1800, 1200],
    "owner": [1500, 1500],
    "hours": [1500, 1500],
    "takings": [1500, 1500],
    "cost_first": [1300, 1700],
    "fixed": [2000, 1000],
    "guaranteed": [500, 2500],
}


@pytest.mark.parametrize("kind", BY_HAND)
def test_what_is_tried_is_what_comes_once_it_is_written(house, at, kind):
    con, lead, _ = ids(house)
    house.other_room.owner = house.member
    house.other_room.save()
    sold(house, at, 5)
    sold(house, at, 6, resource=house.other_room)
    at("2026-12-01 09:00")
    if kind == "cost_first":
        cost = {"consortium_id": con, "kind": "direct", "on": "2026-11-20", "net_cents": 1000}
        cost |= {"paid_by_id": lead, "resource_id": encode("res", house.room.pk)}
        assert post(client(house.dario), "/costs", cost).status_code == 201
    rules = drafts(house)[kind]
    tried = post(
        client(house.dario),
        "/settlements/what-if",
        {"consortium_id": con, "month": NOVEMBER, "rules": rules},
    ).json()
    assert not SplitRule.objects.exists()
    assert write(house, *rules).status_code == 201
    after = begun(house)["figures"]
    assert [p | {"is_mine": False} for p in after["partners"]] == tried["then"]["partners"]
    assert [p["takings"]["cents"] for p in after["partners"]] == BY_HAND[kind]


def test_a_draft_rules_the_whole_month_whatever_was_written_in_it(house, at):
    con, _, member = ids(house)
    sold(house, at, 5)
    sold(house, at, 20)
    rule(house, "owner", from_on="2026-11-10")
    at("2026-12-01 09:00")
    body = {"consortium_id": con, "month": NOVEMBER, "rules": [{"of": "takings", "kind": "shares"}]}
    told = post(client(house.dario), "/settlements/what-if", body).json()
    assert {p["id"]: p["takings"]["cents"] for p in told["then"]["partners"]}[member] == 1200
    assert {p["id"]: p["takings"]["cents"] for p in told["now"]["partners"]}[member] == 0
