"""What keeps a month from its close, and what does not: names that change, a partner nobody speaks for, late fees."""

import io

import pytest
from lxml import etree
from openpyxl import load_workbook

from billing.changes import moves
from billing.changes.following import follow
from billing.models import Approval, ClosedStatement, Issuer, Payment
from billing.paying import sepa
from booking.changing.moves import Where
from booking.models import Booking
from core import outbox
from core.ids import encode
from core.money import Money
from people.models import Role
from tests.api import client, post
from tests.billing.sales import book, sell
from tests.billing.settling import NOVEMBER, begun, closed, do, ids, row, rule, shared, sold
from tests.booking.confirmed import cancel_for_good
from tests.cast import rome

pytestmark = pytest.mark.django_db
PAPER = {"document": "PEC prot. 12/2026, cartella «Ripartizioni»", "signed_on": "2026-12-01"}


# -- a partner nobody speaks for ---------------------------------------------------------------------------------


def test_a_partner_without_a_manager_approves_by_a_paper_that_an_administrator_writes_down(house, at):
    rule(house)
    sold(house, at, 5)
    made = shared(house, at)
    member = ids(house)[2]
    paper = PAPER | {"partner_id": member}
    # While somebody speaks for it, nobody else does.
    assert do(house.ivo, made, "approve", paper, key="early").status_code == 403
    Role.objects.filter(person=house.elena).delete()
    assert do(house.dario, made, "approve").status_code == 200
    assert do(house.dario, made, "close").status_code == 409
    assert do(house.dario, made, "approve", paper, key="lead").status_code == 403
    assert do(house.ivo, made, "approve", {"partner_id": member}, key="bare").status_code == 403
    for wrong in ({"document": ""}, {"signed_on": "2026-11-30"}, {"signed_on": "2026-12-02"}):
        assert do(house.ivo, made, "approve", paper | wrong, key=str(wrong)).status_code == 422, wrong
    half = {"partner_id": member, "document": "PEC"}
    assert do(house.ivo, made, "approve", half, key="half").status_code == 422
    shown = client(house.ivo).get(f"/api/v1/settlements/{made['id']}").json()
    assert {a["partner"]["id"]: a["by_paper"] for a in shown["approvals"]} == {
        ids(house)[1]: False,
        member: True,
    }
    assert not any(
        a["by_paper"]
        for a in client(house.dario).get(f"/api/v1/settlements/{made['id']}").json()["approvals"]
    )
    answer = do(house.ivo, made, "approve", paper, key="signed")
    assert answer.status_code == 200, answer.content
    (told,) = [a for a in answer.json()["approvals"] if a["partner"]["id"] == member]
    assert (told["document"], told["signed_on"], told["by_paper"]) == (*PAPER.values(), False)
    assert Approval.objects.get(partner=house.member).made_by_id == house.ivo.pk
    assert do(house.dario, made, "close", key="now").status_code == 200


def test_a_manager_that_left_with_its_account_speaks_for_nobody(house, at):
    rule(house)
    sold(house, at, 5)
    made = shared(house, at)
    house.elena.is_active = False
    house.elena.save()
    assert (
        do(house.ivo, made, "approve", PAPER | {"partner_id": ids(house)[2]}, key="signed").status_code == 200
    )


# -- names that change -------------------------------------------------------------------------------------------


def test_what_changed_its_name_after_sharing_is_closed_as_it_was_approved(house, at):
    rule(house)
    sold(house, at, 5)
    made = shared(house, at)
    for person in (house.dario, house.elena):
        assert do(person, made, "approve").status_code == 200
    house.room.name = "Sala rinnovata"
    house.room.save()
    # The lead stays first, but the member would now be told before it.
    house.member.short_name, house.consortium.name = "AAA", "Rete nuova"
    house.member.save()
    house.consortium.save()
    Issuer.objects.filter(partner=house.member).update(iban="IT60X0542811101000000123456")
    done = do(house.dario, made, "close")
    assert done.status_code == 200, done.content
    assert done.json()["sha256"] == made["sha256"] == ClosedStatement.objects.get().sha256
    assert done.json()["figures"] == made["figures"]


def test_a_figure_that_changed_after_sharing_still_stops_the_close(house, at):
    rule(house)
    sold(house, at, 5)
    made = shared(house, at)
    for person in (house.dario, house.elena):
        do(person, made, "approve")
    house.room.name = "Sala rinnovata"
    house.room.save()
    Payment.objects.update(fee=Money(100))
    answer = do(house.dario, made, "close")
    assert (answer.status_code, answer.json()["code"]) == (409, "does-not-square")


# -- what is given back later ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "back"), [("hours", [-375, -1125]), ("takings", [-600, -900])])
def test_what_is_given_back_after_the_close_goes_back_by_what_counted_in_its_month(house, at, kind, back):
    """November: an hour of the lead's and three of the member's; 30.00 and 45.00 net, each in its own name."""
    rule(house, kind)
    house.other_room.owner, house.other_room.issuing = house.member, "owner"
    house.other_room.save()
    sold(house, at, 5)
    for hour in (10, 11, 12):
        sold(house, at, 6, hour, house.other_room)
    at("2026-11-30 08:00")
    late = sell(house.ada, book(house.ada, house.room, rome("2026-12-20T10:00")))
    done = closed(house, at)
    [of_room] = [line for line in done["figures"]["lines"] if line["rule"] == kind]
    told = [p["amount"]["cents"] for p in of_room["parts"]]
    assert told == [-2 * part for part in back]  # of two such sales
    cancel_for_good(house.ada, late.order.lines.get().booking_id)
    [line] = begun(house, "2026-12")["figures"]["lines"]
    assert (line["kind"], line["rule"], line["instead_of"]) == ("late", kind, "")
    assert [p["amount"]["cents"] for p in line["parts"]] == back


# -- fees that are told late -------------------------------------------------------------------------------------


def lines_of(settlement, kind="fees"):
    return [
        (
            line["late"] and line["late"]["month"],
            line["net"]["cents"],
            [p["amount"]["cents"] for p in line["parts"] if p["amount"]["cents"]],
        )
        for line in settlement["figures"]["lines"]
        if line["kind"] == kind
    ]


def as_it_is(house, settlement):
    return client(house.dario).get(f"/api/v1/settlements/{settlement['id']}").json()


def closed_month(house, month):
    made = begun(house, month)
    until = {"objections_until": "2027-12-31"}
    assert do(house.dario, made, "share", until, key=f"share-{month}").status_code == 200
    for person in (house.dario, house.elena):
        assert do(person, made, "approve", key=f"yes-{month}-{person.pk}").status_code == 200
    done = do(house.dario, made, "close", key=f"close-{month}")
    assert done.status_code == 200, done.content
    return done.json()


def test_a_fee_learnt_after_the_close_is_a_late_line_of_the_next_month_and_of_no_other(house, at):
    rule(house)
    payment = sold(house, at, 5)
    at("2026-12-01 09:00")
    november = closed_month(house, "2026-11")
    assert lines_of(november) == []
    Payment.objects.filter(pk=payment.pk).update(fee=Money(100))
    at("2027-01-02 09:00")
    # December is open and follows the closed month: it takes the fee up; January does not, while December is open.
    december = begun(house, "2026-12")
    assert lines_of(december) == [("2026-11", 100, [60, 40])]
    assert row(december, "Fondazione")["columns"]["fees_paid"]["cents"] == 100
    assert row(december, "Cooperativa")["balance"]["cents"] < 0
    assert december["figures"]["faults"] == []
    january = begun(house, "2027-01")
    assert lines_of(january) == []
    assert closed_month(house, "2026-12")["figures"]["lines"] == december["figures"]["lines"]
    assert lines_of(as_it_is(house, january)) == []
    # Corrected downwards, it comes back; what was settled is not settled twice.
    Payment.objects.filter(pk=payment.pk).update(fee=Money(70))
    assert lines_of(as_it_is(house, january)) == [("2026-11", -30, [-18, -12])]
    api = client(house.dario)
    for done in (november, december):
        assert as_it_is(house, done)["figures"]["lines"] == done["figures"]["lines"]
    for kind in ("pdf", "xlsx", "csv"):
        assert api.get(f"/api/v1/settlements/{december['id']}/files/{kind}").status_code == 200


def test_a_late_fee_is_divided_as_the_fees_of_its_own_days(house, at):
    """The shares have changed since: what the partners had of November's takings decides."""
    rule(house)
    paid = sold(house, at, 5)
    Payment.objects.filter(pk=paid.pk).update(fee=Money(50))
    at("2026-12-01 09:00")
    assert lines_of(closed_month(house, "2026-11")) == [(None, 50, [30, 20])]
    body = {
        "from_on": "2026-12-01",
        "shares": [
            {"partner_id": ids(house)[1], "percent": "10"},
            {"partner_id": ids(house)[2], "percent": "90"},
        ],
    }
    assert post(client(house.dario), f"/consortia/{ids(house)[0]}/agreements", body).status_code == 201
    Payment.objects.filter(pk=paid.pk).update(fee=Money(150))
    at("2027-01-02 09:00")
    assert lines_of(begun(house, "2026-12")) == [("2026-11", 100, [60, 40])]


def test_what_if_of_a_closed_month_starts_from_what_was_closed(house, at):
    rule(house)
    sold(house, at, 5)
    done = closed(house, at)
    Payment.objects.update(fee=Money(100))
    asked = {"consortium_id": ids(house)[0], "month": NOVEMBER}
    told = post(client(house.dario), "/settlements/what-if", asked).json()
    # Whose each is, is said to who asks; a draft is nobody's.
    mine = {"is_mine": False}
    assert [p | mine for p in told["now"]["partners"]] == [p | mine for p in done["figures"]["partners"]]
    assert told["now"]["lines"] == done["figures"]["lines"]
    assert all(d["balance"]["cents"] == 0 for d in told["differences"])


# -- what is behind a line ---------------------------------------------------------------------------------------


def test_a_booking_moved_in_a_later_month_stands_behind_both_its_lines(house, at):
    rule(house)
    at("2026-11-20 08:00")
    paid = sell(house.ada, book(house.ada, house.room, rome("2026-12-20T10:00")))
    booking = Booking.objects.get(order_lines__order=paid.order)
    at("2026-12-03 09:00")
    moves.move(house.ivo, booking.pk, Where(booking.period, house.other_room), house=True, override="Prova")
    outbox.drain()
    follow(booking.pk)
    at("2027-01-02 09:00")
    made = begun(house, "2026-12")
    found = {}
    for line in made["figures"]["lines"]:
        behind = client(house.dario).get(f"/api/v1/settlements/{made['id']}/lines/{line['key']}").json()
        found[line["resource"]["name"]] = (
            line["net"]["cents"],
            [(entry["booking"], entry["net"]["cents"]) for entry in behind["data"]],
        )
    assert found == {
        house.room.name: (-1500, [(booking.code, -1500)]),
        house.other_room.name: (1500, [(booking.code, 1500)]),
    }


# -- its files ---------------------------------------------------------------------------------------------------


def file_of(person, settlement, kind):
    answer = client(person).get(f"/api/v1/settlements/{settlement['id']}/files/{kind}")
    assert answer.status_code == 200, answer.content
    return answer.content


def test_the_files_of_a_closed_month_are_the_same_bytes_whenever_they_are_fetched(house, at):
    rule(house)
    sold(house, at, 5)
    done = closed(house, at)
    kinds = ("pdf", "xlsx", "csv", "pain001")
    first = {kind: file_of(house.dario, done, kind) for kind in kinds}
    at("2028-02-29 23:59")
    house.room.name = "Sala rinnovata"
    house.room.save()
    assert {kind: file_of(house.dario, done, kind) for kind in kinds} == first


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-12-10 17:00", "2026-12-11"),
        ("2026-12-11 17:00", "2026-12-14"),  # a Friday
        ("2026-12-24 09:00", "2026-12-28"),  # two holidays and a weekend
        ("2026-12-31 23:30", "2027-01-04"),  # New Year's Day, and a weekend
    ],
)
def test_a_transfer_is_asked_for_the_next_day_on_which_banks_pay(house, at, moment, day):
    rule(house)
    sold(house, at, 5)
    made = shared(house, at)
    for person in (house.dario, house.elena):
        do(person, made, "approve")
    at(moment)
    done = do(house.dario, made, "close").json()
    root = etree.fromstring(file_of(house.dario, done, "pain001"))
    names = {"p": sepa.NAMESPACE}
    assert root.findtext(".//p:ReqdExctnDt/p:Dt", namespaces=names) == day
    assert root.findtext(".//p:CreDtTm", namespaces=names) == f"{moment.replace(' ', 'T')}:00"


def test_the_workbook_says_all_that_the_paper_says(house, at):
    rule(house)
    sold(house, at, 5)
    done = closed(house, at)
    book = load_workbook(io.BytesIO(file_of(house.dario, done, "xlsx")))
    lines, balances, papers, transfers, shares, standing = (list(sheet.values) for sheet in book)
    assert len(lines) == 2
    assert [r[-1] for r in balances[1:3]] == ["IT60X0542811101000000123456", "IT42L1234512345123456789012"]
    assert [(*r[:3], float(r[-3])) for r in papers[1:]] == [("Cooperativa", "Fondazione", "Fattura", 6.0)]
    assert [(*r[:3], float(r[3])) for r in transfers[1:]] == [
        ("Fondazione", "Cooperativa", "IT42L1234512345123456789012", 7.32)
    ]
    assert [(r[2], r[3], float(r[4])) for r in shares[1:]] == [
        (1, "Fondazione", 60.0),
        (1, "Cooperativa", 40.0),
    ]
    said = [(r[0], r[2]) for r in standing[1:]]
    assert said[:2] == [("Stato", "Chiusa"), ("Impronta SHA-256", done["sha256"])]
    assert {what for what, _ in said[2:]} == {"Approvata da Fondazione", "Approvata da Cooperativa"}
    # A member reads its own account and the lead's, and no other's detail.
    theirs = load_workbook(io.BytesIO(file_of(house.elena, done, "xlsx")))
    assert [r[0] for r in list(theirs.worksheets[1].values)[1:2]] == ["Cooperativa"]
    assert encode("prt", house.lead.pk) not in str([list(s.values) for s in theirs])
