"""What a customer's bank took back, as the partners of a month see it: who bears it, and who has it when it is paid again."""

from datetime import date, timedelta

import pytest

from billing.books import journal
from billing.consortium import settlement_facts, taken_back
from billing.gateways.statement import ToldDispute
from billing.models import Account, BankStatement, Document, GatewayTransaction, Movement, Payment
from billing.paying import transfers
from billing.reconciling.disputes import note
from core.clock import now
from core.ids import encode
from core.money import Money
from tests.api import client, post
from tests.billing.sales import book, sell
from tests.billing.settling import begun, closed, do, ids, row, rule, shared, sold
from tests.cast import rome

pytestmark = pytest.mark.django_db
FILES = ("pdf", "xlsx", "csv", "pain001")


def lose(payment, cents=None, ref="dp_1", state="lost"):
    """The customer's bank has taken it back, and decided."""
    Payment.objects.filter(pk=payment.pk).update(payment_ref=f"pi_{payment.pk}")
    amount = Money(cents) if cents else payment.amount
    told = ToldDispute(ref, f"pi_{payment.pk}", amount, "fraudulent", state, now() - timedelta(days=2), None)
    note("stripe", told)


def agreed(house, kind):
    """Who bears lost disputes, from the month's first day on."""
    body = {"consortium_id": ids(house)[0], "from_on": "2026-11-01", "rules": [{"of": "disputes", "kind": kind}]}  # fmt: skip
    return post(client(house.dario), "/split-rules", body, key=f"disputes-{kind}")


def disputed(shown):
    figures = shown["figures"]
    return [line for line in figures["lines"] if line["kind"] in ("dispute", "recovered")]


def parts(house, line):
    found = {p["partner_id"]: p["amount"]["cents"] for p in line["parts"]}
    return [found.get(partner, 0) for partner in ids(house)[1:]]


def by_hand(shown):
    return [row(shown, name)["balance"]["cents"] for name in ("Fondazione", "Cooperativa")]


def cart_of_two(house, at):
    """The laser, which the lead sells for all, and a room that the member sells in its own name; the lead collects."""
    house.room.issuing, house.room.owner = "owner", house.member
    house.room.save()
    at("2026-11-05 08:00")
    return sell(
        house.ada,
        book(house.ada, house.laser, rome("2026-11-09T10:00")),
        book(house.ada, house.room, rome("2026-11-09T14:00")),
    )


def paid_again(house, document, cents, person=None):
    body = {"issuer_id": encode("iss", document.issuer_id), "debt_id": encode("doc", document.pk)}
    answer = post(client(person or house.gina), "/desk-payments", body | {"method": "cash", "amount_cents": cents}, "again")  # fmt: skip
    assert answer.status_code == 201, answer.content


def test_a_lost_dispute_falls_on_those_whose_sale_it_was_by_the_rule_of_that_sale(house, at):
    rule(house)
    payment = sold(house, at, 5)
    at("2026-11-20 09:00")
    lose(payment)
    made = shared(house, at)
    (line,) = disputed(made)
    assert (line["kind"], line["rule"], line["net"]["cents"]) == ("dispute", "sale", 1830)
    assert parts(house, line) == [1098, 732]
    assert line["dispute"]["documents"] == payment.documents.get().number
    assert line["dispute"]["on"] == "2026-11-20"
    # The sale stays a sale, and the rows of the ledger with it.
    assert (made["figures"]["total"]["gross"]["cents"], made["figures"]["faults"]) == (1830, [])
    lead = row(made, "Fondazione")["columns"]
    assert (lead["disputes_borne"]["cents"], lead["disputes"]["cents"]) == (1830, -1098)
    # Nobody has had the money: nobody owes anybody. What is invoiced between partners is what was sold.
    assert by_hand(made) == [0, 0]
    assert [set(paper["reasons"]) for paper in made["figures"]["papers"]] == [{"takings"}]


def test_what_is_paid_again_comes_back_to_those_who_bore_it_in_the_month_it_is_paid(house, at):
    rule(house)
    payment = sold(house, at, 5)
    at("2026-11-20 09:00")
    lose(payment)
    done = closed(house, at)
    at("2026-12-03 09:00")
    paid_again(house, payment.documents.get(), 1000)
    at("2026-12-04 09:00")
    lines = disputed(begun(house, "2026-12"))
    assert [(line["kind"], line["net"]["cents"], parts(house, line)) for line in lines] == [
        ("recovered", -1000, [-600, -400])
    ]
    assert disputed(client(house.dario).get(f"/api/v1/settlements/{done['id']}").json()) == disputed(done)


def test_what_the_bank_brought_in_a_month_that_was_settled_comes_back_in_the_next(house, at):
    rule(house)
    payment = sold(house, at, 5)
    at("2026-11-20 09:00")
    lose(payment)
    closed(house, at)
    at("2026-12-03 09:00")
    day = date(2026, 11, 29)  # its statement was read after November had been closed among the partners
    issuer = payment.documents.get().issuer
    read = BankStatement.objects.create(issuer=issuer, name="x", sha256="0", uploaded_by=house.franco)
    movement = Movement.objects.create(
        issuer=issuer, statement=read, booked_on=day, posted_on=day, amount=Money(1000), key="late"
    )
    made = transfers.match(house.franco, movement, payment.documents.get(), Money(1000))
    assert made.posted_on == date(2026, 12, 1)
    at("2026-12-04 09:00")
    lines = disputed(begun(house, "2026-12"))
    assert [(line["kind"], line["net"]["cents"]) for line in lines] == [("recovered", -1000)]


def settled(house, month):
    """The month, from begun to closed."""
    made = begun(house, month)
    for person, act, body in (
        (house.dario, "share", {"objections_until": "2027-01-31"}),
        (house.dario, "approve", {}),
        (house.elena, "approve", {}),
        (house.dario, "close", {}),
    ):
        answer = do(person, made, act, body, key=f"{month} {act} {person.pk}")
        assert answer.status_code == 200, answer.content
    return answer.json()


def in_turn(house, at, months):
    """A cart of two lost in November and paid again in part in December; these months are settled in this order."""
    payment = cart_of_two(house, at)
    at("2026-11-20 09:00")
    lose(payment, 3001)
    at("2026-12-03 09:00")
    paid_again(house, payment.documents.get(issuer__partner=house.lead), 700)
    at("2027-01-04 09:00")
    return {month: settled(house, month) for month in months}


def between_partners(partner):
    """What the books say that the others owe it, or with minus are owed."""
    return sum(
        money.cents
        for posting in journal.postings(partner.issuer, date(2026, 1, 1), date(2027, 1, 1))
        for role, money in posting.lines
        if role == Account.Role.PARTNERS
    )


@pytest.mark.parametrize("months", [("2026-11", "2026-12"), ("2026-12", "2026-11")])
def test_months_settled_out_of_their_order_give_back_what_was_paid_again_all_the_same(house, at, months):
    made = in_turn(house, at, months)
    lines = [line for month in made.values() for line in disputed(month)]
    assert sorted((line["kind"], line["net"]["cents"]) for line in lines) == [
        ("dispute", 3001),
        ("recovered", -700),
    ]
    assert all(month["figures"]["faults"] == [] for month in made.values())
    both = [sum(pair) for pair in zip(*(by_hand(month) for month in made.values()), strict=True)]
    assert both == [between_partners(house.lead), between_partners(house.member)]
    # As it was closed it stays, read again.
    for month in made.values():
        again = client(house.dario).get(f"/api/v1/settlements/{month['id']}").json()
        assert disputed(again) == disputed(month)
    first_on = date.fromisoformat(f"{months[-1]}-01")
    facts = settlement_facts.facts_of(house.consortium, first_on)
    assert len(facts.taken_back) == len(disputed(made[months[-1]]))


def test_of_a_cart_of_two_each_bears_its_own_and_what_is_between_them_is_what_the_books_say(house, at):
    payment = cart_of_two(house, at)
    at("2026-11-20 09:00")
    lose(payment, 3001)
    made = shared(house, at)
    (line,) = disputed(made)
    assert sum(parts(house, line)) == 3001
    assert line["payer_id"] == ids(house)[1]
    found = {partner: between_partners(partner) for partner in (house.lead, house.member)}
    assert found[house.lead] == -found[house.member] != 0
    assert by_hand(made) == [found[house.lead], found[house.member]]


@pytest.mark.parametrize(("kind", "borne"), [("collector", [1830, 0]), ("shares", [1098, 732])])
def test_the_partners_may_agree_otherwise(house, at, kind, borne):
    assert agreed(house, kind).status_code == 201
    payment = sold(house, at, 5)
    at("2026-11-20 09:00")
    lose(payment)
    (line,) = disputed(shared(house, at))
    assert (line["rule"], parts(house, line)) == (kind, borne)


def test_what_could_not_be_agreed_is_refused_and_what_may_be_is_said(house):
    assert agreed(house, "hours").json()["pointers"][0]["pointer"] == "/rules/0/kind"
    shown = client(house.dario).get(f"/api/v1/split-rules?consortium_id={ids(house)[0]}").json()
    assert shown["kinds"]["disputes"] == ["sale", "collector", "shares"]


def test_a_dispute_that_is_open_or_won_moves_nothing(house, at):
    rule(house)
    first, second = sold(house, at, 5), sold(house, at, 6)
    lose(first, ref="dp_1", state="needs_response")
    lose(second, ref="dp_2", state="won")
    made = shared(house, at)
    assert disputed(made) == []
    assert "disputes" not in row(made, "Fondazione")["columns"]


def test_a_member_sees_the_disputes_of_which_it_bears_a_part_and_no_others(house, at):
    payment = cart_of_two(house, at)
    alone = sell(house.ada, book(house.ada, house.laser, rome("2026-11-10T10:00")))
    at("2026-11-20 09:00")
    lose(payment, ref="dp_1")
    lose(alone, ref="dp_2")
    made = shared(house, at)
    assert len(disputed(made)) == 2
    seen = client(house.elena).get(f"/api/v1/settlements/{made['id']}").json()
    (line,) = disputed(seen)
    assert [p["partner_id"] for p in line["parts"]] == [ids(house)[2]]
    text = client(house.elena).get(f"/api/v1/settlements/{made['id']}/files/csv").content.decode()
    assert sum("Contestazione persa" in row for row in text.splitlines()) == 1
    assert do(house.elena, made, "object", {"line": line["key"], "text": "Era vostra"}).status_code == 200


def test_the_files_tell_it_and_those_of_a_month_before_are_the_same_bytes(house, at):
    rule(house)
    payment = sold(house, at, 27)
    before = closed(house, at)

    def files(settlement):
        api = client(house.dario)
        return [api.get(f"/api/v1/settlements/{settlement['id']}/files/{kind}").content for kind in FILES]

    had = files(before)
    at("2026-12-10 09:00")
    lose(payment)
    december = begun(house, "2026-12")
    assert [line["kind"] for line in december["figures"]["lines"]] == ["dispute"]
    assert b"Contestazione persa" in client(house.dario).get(f"/api/v1/settlements/{december['id']}/files/csv").content  # fmt: skip
    assert files(before) == had
    assert client(house.dario).get(f"/api/v1/settlements/{before['id']}").json()["figures"] == before["figures"]  # fmt: skip


def test_what_a_closed_month_did_not_tell_it_does_not_tell_later_nor_is_it_given_back(house, at, monkeypatch):
    """A month that was closed before lost disputes were told."""
    rule(house)
    payment = sold(house, at, 5)
    at("2026-11-20 09:00")
    lose(payment)
    with monkeypatch.context() as once:
        once.setattr(taken_back, "taken_back", lambda *asked: [])
        done = closed(house, at)
    facts = settlement_facts.facts_of(house.consortium, date(2026, 11, 1))
    assert (facts.taken_back, disputed(done)) == ([], [])
    at("2026-12-03 09:00")
    paid_again(house, Document.objects.get(payment=payment), 1830)
    at("2026-12-04 09:00")
    assert disputed(begun(house, "2026-12")) == []


def kept(house, cents, day, ref="txn_1"):
    """The gateway keeps so much for a dispute (with minus: gives it back), as its statement tells."""
    GatewayTransaction.objects.create(
        issuer=house.lead.issuer, gateway="stripe", ref=ref, kind="dispute", amount=Money(-1830 if cents > 0 else 1830),
        fee=Money(cents), at=rome(f"{day} 09:00"),
    )  # fmt: skip


def fees(shown):
    found = [line for line in shown["figures"]["lines"] if line["kind"] == "fees"]
    return [(line["late"] and line["late"]["month"], line["net"]["cents"]) for line in found]


def test_what_the_gateway_keeps_for_a_dispute_is_a_fee_of_its_month_divided_as_all_are(house, at):
    rule(house)
    payment = sold(house, at, 5)
    at("2026-11-20 09:00")
    lose(payment)
    kept(house, 2000, "2026-11-18")
    made = shared(house, at)
    (line,) = [line for line in made["figures"]["lines"] if line["kind"] == "fees"]
    assert (line["net"]["cents"], parts(house, line)) == (2000, [1200, 800])
    lead = row(made, "Fondazione")["columns"]
    assert (lead["fees_paid"]["cents"], lead["fees"]["cents"]) == (2000, -1200)
    assert made["figures"]["faults"] == []
    booked = journal.postings(house.lead.issuer, date(2026, 11, 1), date(2026, 12, 1))
    spent = [m.cents for p in booked for role, m in p.lines if role == Account.Role.FEES]
    assert sum(spent) == 2000


def test_a_dispute_s_fee_told_after_the_close_is_a_late_line_and_what_is_given_back_of_it_too(house, at):
    rule(house)
    sold(house, at, 5)
    assert fees(closed(house, at)) == []
    kept(house, 2000, "2026-11-18")
    at("2026-12-04 09:00")
    december = begun(house, "2026-12")
    assert fees(december) == [("2026-11", 2000)]
    kept(house, -2000, "2026-11-28", "txn_2")  # it was won
    shown = client(house.dario).get(f"/api/v1/settlements/{december['id']}").json()
    assert fees(shown) == []


def test_of_what_was_given_back_whole_the_dispute_is_the_collector_s(house, at):
    """Nothing of any sale was left when the bank took it: no part is anybody else's."""
    rule(house)
    payment = sold(house, at, 5)
    give = {"amount_cents": 1830, "reason": "Ci dispiace"}
    path = f"/payments/{encode('pay', payment.pk)}/refunds"
    assert post(client(house.franco), path, give, "g").status_code in (200, 201)
    at("2026-11-20 09:00")
    lose(payment)
    (line,) = disputed(shared(house, at))
    assert parts(house, line) == [1830, 0]


def test_what_if_the_partners_shared_otherwise_parts_a_dispute_with_its_sale(house, at):
    rule(house)
    payment = sold(house, at, 5)
    at("2026-11-20 09:00")
    lose(payment)
    at("2026-12-01 09:00")
    con, lead, member = ids(house)
    shares = [{"partner_id": lead, "percent": "50"}, {"partner_id": member, "percent": "50"}]
    told = post(client(house.dario), "/settlements/what-if", {"consortium_id": con, "month": "2026-11", "shares": shares}).json()  # fmt: skip
    assert [parts(house, line) for line in disputed({"figures": told["then"]})] == [[915, 915]]
