"""A month among partners, from the sale to the bank transfer, through the API."""

import pytest

from billing.consortium import settlement_content, settlement_facts
from billing.models import ClosedStatement, Settlement
from core.ids import encode
from core.models import LogEntry
from core.money import Money
from people.models import Agreement, Share
from tests.api import client, post
from tests.billing.sales import book, sell
from tests.billing.settling import NOVEMBER, begun, closed, do, ids, row, rule, shared, sold
from tests.booking.confirmed import cancel_for_good
from tests.cast import rome

pytestmark = pytest.mark.django_db


def test_a_month_is_shared_approved_by_each_and_closed(house, at):
    rule(house)
    sold(house, at, 5)
    made = shared(house, at)
    lines = made["figures"]["lines"]
    assert [(line["kind"], line["net"]["cents"], line["gross"]["cents"]) for line in lines] == [
        ("takings", 1500, 1830)
    ]
    assert {p["partner_id"]: p["amount"]["cents"] for p in lines[0]["parts"]} == {
        ids(house)[1]: 900,
        ids(house)[2]: 600,
    }
    assert row(made, "Cooperativa")["columns"]["takings"]["cents"] == 600
    assert row(made, "Cooperativa")["balance"]["cents"] == 732
    assert do(house.dario, made, "close").json()["code"] == "does-not-square"
    for person in (house.elena, house.dario):
        assert do(person, made, "approve").status_code == 200
    done = do(house.dario, made, "close", key="second").json()
    assert (done["state"], len(done["sha256"])) == ("closed", 64)
    assert ClosedStatement.objects.get().sha256 == done["sha256"]


def test_closing_again_changes_nothing_and_the_files_are_the_same_bytes(house, at):
    rule(house)
    sold(house, at, 5)
    done = closed(house, at)
    at("2027-03-01 09:00")
    again = do(house.dario, done, "close", key="again").json()
    assert (again["sha256"], again["closed_at"]) == (done["sha256"], done["closed_at"])
    for kind in ("pdf", "xlsx", "csv", "pain001"):
        first, second = (
            client(house.dario).get(f"/api/v1/settlements/{done['id']}/files/{kind}") for _ in range(2)
        )
        assert (first.status_code, first.content) == (200, second.content), kind
    assert first.content.startswith(b"<?xml")


def test_a_closed_month_stays_and_a_later_refund_is_an_adjustment_of_the_next(house, at):
    rule(house)
    payment = sold(house, at, 27)
    at("2026-11-30 08:00")
    late = sell(house.ada, book(house.ada, house.room, rome("2026-12-20T10:00")))
    booking = late.order.lines.values("booking_id", "booking__code").get()
    done = closed(house, at)
    cancel_for_good(house.ada, booking["booking_id"])
    assert payment.order.total == Money(1830)
    assert client(house.dario).get(f"/api/v1/settlements/{done['id']}").json()["figures"] == done["figures"]
    december = begun(house, "2026-12")["figures"]["lines"]
    assert [(line["kind"], line["late"]["month"], line["net"]["cents"]) for line in december] == [
        ("late", "2026-11", -1500)
    ]
    assert december[0]["late"]["booking"] == booking["booking__code"]


def test_a_change_of_shares_parts_the_month_at_its_day(house, at):
    rule(house)
    second = Agreement.objects.create(consortium=house.consortium, version=2, from_on="2026-11-16")
    for partner, percent in ((house.lead, 20), (house.member, 80)):
        Share.objects.create(agreement=second, partner=partner, percent=percent)
    sold(house, at, 15)
    sold(house, at, 16)
    figures = shared(house, at)["figures"]
    assert [s["version"] for s in figures["stretches"]] == [1, 2]
    of_member = [
        p["amount"]["cents"]
        for line in figures["lines"]
        for p in line["parts"]
        if p["partner_id"] == ids(house)[2]
    ]
    assert of_member == [600, 1200]


@pytest.mark.parametrize(
    ("issuing", "rule_used", "takings"),
    [("single", "shares", 600), ("owner", "owner", 1500), ("share", "owner", 600)],
)
def test_each_issuing_mode_gives_the_member_what_it_sold_or_shares(house, at, issuing, rule_used, takings):
    rule(house)
    house.room.issuing, house.room.owner = issuing, house.member if issuing == "owner" else None
    house.room.save()
    sold(house, at, 5)
    figures = shared(house, at)["figures"]
    assert {line["rule"] for line in figures["lines"]} == {rule_used}
    member = next(p for p in figures["partners"] if p["name"] == "Cooperativa")
    assert (
        member["columns"]["takings"]["cents"],
        sum(p["balance"]["cents"] for p in figures["partners"]),
    ) == (takings, 0)


def test_a_draft_is_the_lead_s_alone_and_a_shared_one_shows_a_member_its_own_part(house, at):
    rule(house)
    sold(house, at, 5)
    at("2026-12-01 09:00")
    made = begun(house)
    api = client(house.elena)
    assert api.get(f"/api/v1/settlements/{made['id']}").status_code == 404
    assert api.get("/api/v1/settlements").json()["data"] == []
    do(house.dario, made, "share", {"objections_until": "2026-12-10"})
    seen = api.get(f"/api/v1/settlements/{made['id']}").json()
    assert (row(seen, "Fondazione")["columns"], row(seen, "Fondazione")["balance"]) == (None, None)
    assert row(seen, "Fondazione")["takings"]["cents"] == 900
    assert [p["partner_id"] for line in seen["figures"]["lines"] for p in line["parts"]] == [ids(house)[2]]


def test_a_member_cannot_reach_a_line_of_another_on_any_way(house, at):
    """What the lead earns alone: not in the page, not by its key, not in a file, not among the costs."""
    sold(house, at, 5)
    at("2026-11-20 09:00")
    body = {"consortium_id": ids(house)[0], "kind": "direct", "on": "2026-11-20", "net_cents": 500, "paid_by_id": ids(house)[1], "resource_id": encode("res", house.room.pk), "supplier": "Segreto Srl"}  # fmt: skip
    assert post(client(house.dario), "/costs", body, key="c").status_code == 201
    made = shared(house, at)
    keys = [line["key"] for line in made["figures"]["lines"]]
    api = client(house.elena)
    assert len(keys) == 2
    assert api.get(f"/api/v1/settlements/{made['id']}").json()["figures"]["lines"] == []
    for key in keys:
        assert api.get(f"/api/v1/settlements/{made['id']}/lines/{key}").status_code == 404
        assert do(house.elena, made, "object", {"line": key, "text": "?"}, key=key).status_code == 422
    for kind in ("csv", "xlsx"):
        assert b"Segreto" not in api.get(f"/api/v1/settlements/{made['id']}/files/{kind}").content
    assert b"Sala Po" not in api.get(f"/api/v1/settlements/{made['id']}/files/csv").content
    assert api.get(f"/api/v1/costs?consortium_id={ids(house)[0]}").json()["data"] == []
    assert (
        post(api, "/settlements/what-if", {"consortium_id": ids(house)[0], "month": NOVEMBER}).status_code
        == 403
    )


def test_a_line_leads_to_its_entries_and_looking_at_customers_is_logged(house, at):
    rule(house)
    payment = sold(house, at, 5)
    made = shared(house, at)
    path = f"/api/v1/settlements/{made['id']}/lines/{made['figures']['lines'][0]['key']}"
    (found,) = client(house.dario).get(path).json()["data"]
    assert (found["booking"], found["net"]["cents"]) == (
        payment.order.lines.values_list("booking__code", flat=True).get(),
        1500,
    )
    assert found["customer"] == house.ada.name
    assert LogEntry.objects.get(act="see-customers").by_id == house.dario.pk
    (seen,) = client(house.elena).get(path).json()["data"]
    assert (seen["customer"], seen["document"], seen["net"]["cents"]) == (None, None, 1500)
    assert seen["booking"] is None  # who has the code is let in at the door


def test_an_objection_withdraws_the_approval_and_waits_for_an_answer(house, at):
    rule(house)
    sold(house, at, 5)
    made = shared(house, at)
    line = made["figures"]["lines"][0]["key"]
    do(house.elena, made, "approve")
    told = do(house.elena, made, "object", {"line": line, "text": "Manca la sera"}).json()
    assert [a["at"] for a in told["approvals"]] == [None, None]
    assert do(house.elena, made, "approve", key="x").json()["code"] == "does-not-square"
    objection = told["objections"][0]["id"]
    answered = do(house.dario, made, "answer", {"objection_id": objection, "text": "C'è"}).json()
    assert answered["objections"][0]["answer"] == "C'è"
    assert (
        do(house.dario, made, "answer", {"objection_id": objection, "text": "?"}, key="y").status_code == 409
    )
    assert do(house.elena, made, "approve", key="z").status_code == 200
    at("2026-12-11 09:00")
    late = do(house.elena, made, "object", {"line": line, "text": "Ancora"}, key="w")
    assert (late.status_code, late.json()["code"]) == (409, "illegal-move")


def test_what_was_shared_is_closed_only_if_the_books_still_say_so(house, at):
    rule(house)
    sold(house, at, 5)
    made = shared(house, at)
    for person in (house.dario, house.elena):
        do(person, made, "approve")
    body = {
        "consortium_id": ids(house)[0],
        "kind": "common",
        "on": "2026-11-30",
        "net_cents": 1000,
        "paid_by_id": ids(house)[1],
    }
    assert post(client(house.dario), "/costs", body, key="c").status_code == 201
    assert do(house.dario, made, "close").json()["code"] == "does-not-square"
    assert do(house.dario, made, "reopen").json()["state"] == "draft"
    assert (
        do(house.dario, made, "share", {"objections_until": "2026-12-10"}, key="s2").json()["approvals"][0][
            "at"
        ]
        is None
    )


def test_a_ledger_that_does_not_square_is_not_shared(house, at, monkeypatch):
    rule(house)
    sold(house, at, 5)
    at("2026-12-01 09:00")
    made = begun(house)
    summed = settlement_facts.ledger_sums

    def a_cent_more(*asked):
        net, vat, gross = summed(*asked)
        return net + Money(1), vat, gross

    with monkeypatch.context() as broken:
        broken.setattr(settlement_content, "ledger_sums", a_cent_more)
        answer = do(house.dario, made, "share", {"objections_until": "2026-12-10"})
    assert (answer.status_code, answer.json()["code"]) == (409, "does-not-square")
    assert Settlement.objects.get().state == "draft"
    said = " ".join(reason["detail"] for reason in answer.json()["reasons"])
    assert "15.00" in said
    assert "15.01" in said
    again = do(house.dario, made, "share", {"objections_until": "2026-12-10"}, key="again")
    assert again.json()["state"] == "shared"


def test_a_month_of_no_agreement_is_not_shared(house, at):
    rule(house)
    at("2026-12-01 09:00")
    made = begun(house)
    Settlement.objects.update(first_on="2024-11-01")
    answer = do(house.dario, made, "share", {"objections_until": "2026-12-10"})
    assert (answer.status_code, answer.json()["code"]) == (409, "does-not-square")
    assert "2024-11-01" in answer.json()["detail"]


def test_a_month_under_way_is_not_shared_and_one_to_come_not_begun(house, at):
    made = begun(house)
    assert (
        do(house.dario, made, "share", {"objections_until": "2026-12-10"}).json()["code"] == "does-not-square"
    )
    coming = {"consortium_id": ids(house)[0], "month": "2027-01"}
    assert post(client(house.dario), "/settlements", coming, key="z").status_code == 422
