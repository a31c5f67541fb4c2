"""What a customer paid beyond what they owed is theirs: for another debt, or to be given back by the bank (case L06)."""

from datetime import date

import pytest

from billing.books import journal, months
from billing.models import (
    Account,
    CustomerCredit,
    Document,
    Match,
    Order,
    Payment,
)
from billing.papers.references import reference
from billing.paying import keeping_credit
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from core import outbox
from core.errors import Missing
from core.ids import encode
from core.lookup import pk_of
from core.money import ZERO, Money, total
from tests.api import client
from tests.billing.office import findings, issued, named, read
from tests.billing.sales import book
from tests.billing.test_bank import HEAD, movements, post, take
from tests.billing.test_bank_in_the_books import balance
from tests.cast import rome

R = Account.Role
pytestmark = pytest.mark.django_db(transaction=True)


def paid_too_much(office, cast, ask, send, sum_="100,00"):
    """An invoice of 91.50, paid with more; the movement as it then is."""
    made = issued(office, ask(method="transfer"))
    send((HEAD + f"20/10/2026;{sum_};Alfa;IT60X0542811101000000123456;{made['number']}\n").encode())
    [movement] = movements(office, cast)
    return take(office, movement, made["id"], 9150).json()


def keep(office, movement, **more):
    return post(office, "/credits", {"movement_id": movement["id"]} | more)


def use(office, credit, debt, cents):
    return post(office, f"/credits/{credit['id']}/uses", {"debt_id": debt, "amount_cents": cents})


def credits(office, cast, **asked):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk)} | asked
    return office.get("/api/v1/credits", asked).json()["data"]


def account(office, cast, alfa):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk), "organisation_id": encode("org", alfa.pk)}
    asked |= {"on_from": "2026-10-01", "on_to": "2027-01-01"}
    told = office.get("/api/v1/customer-account/movements", asked).json()
    return [(row["kind"], row["amount"]["cents"]) for row in told["data"]], told["closing"]["cents"]


def accounts(cast):
    return tuple(
        balance(cast.lead.issuer, role).cents for role in (R.BANK, R.UNMATCHED, R.CREDITS, R.CUSTOMERS)
    )


def why_not_undone(matches):
    return [reason["code"] for match in matches for reason in match["actions"]["undo"]["reasons"]]


def test_l06_an_overpayment_is_kept_as_the_customer_s_credit_and_no_document_is_of_it(
    cast, alfa, office, ask, send
):
    movement = paid_too_much(office, cast, ask, send)
    assert movement["customers"] == [{"id": encode("org", alfa.pk), "name": alfa.name}]
    assert movement["actions"]["keep"]["allowed"]
    answer = keep(office, movement)
    assert answer.status_code == 201, answer.json()
    credit = answer.json()
    assert (credit["amount"]["cents"], credit["left"]["cents"], credit["uses"]) == (850, 850, [])
    assert credit["customer"]["name"] == alfa.name
    assert [one["id"] for one in credits(office, cast)] == [credit["id"]]
    assert movements(office, cast) == []  # nothing of it waits for anybody
    [seen] = movements(office, cast, state="all")
    assert [one["id"] for one in seen["credits"]] == [credit["id"]]
    assert seen["actions"]["keep"]["reasons"][0]["code"] == "nothing-left"
    assert Document.objects.count() == 1
    assert account(office, cast, alfa) == ([("invoice", 9150), ("transfer", -9150), ("credit", -850)], -850)
    assert accounts(cast) == (10000, 0, -850, 0)
    assert "movement-open" not in [found["code"] for found in findings(office, cast)["findings"]]


def test_it_pays_another_debt_of_the_same_customer_in_part_and_then_the_rest(cast, alfa, office, ask, send):
    credit = keep(office, paid_too_much(office, cast, ask, send)).json()
    second = issued(office, ask(method="transfer"))
    [seen] = credits(office, cast)
    assert [(one["debt"]["id"], one["amount"]["cents"]) for one in seen["debts"]] == [(second["id"], 850)]
    used = use(office, credit, second["id"], 500).json()
    assert (used["left"]["cents"], [x["name"] for x in used["uses"]]) == (350, [second["number"]])
    too_much = use(office, credit, second["id"], 351)
    assert (too_much.status_code, too_much.json()["data"]["left"]["cents"]) == (409, 350)
    assert use(office, credit, second["id"], 350).json()["left"]["cents"] == 0
    assert credits(office, cast) == []
    assert office.get(f"/api/v1/documents/{second['id']}").json()["payment_state"] == "due"
    rows, closing = account(office, cast, alfa)
    assert closing == 9150 - 850
    assert sorted(rows)[:4] == [
        ("credit", -850),
        ("credit_used", 350),
        ("credit_used", 500),
        ("invoice", 9150),
    ]
    assert accounts(cast) == (10000, 0, 0, 9150 - 850)


def test_undone_the_customer_has_it_again(cast, alfa, office, ask, send):
    credit = keep(office, paid_too_much(office, cast, ask, send)).json()
    second = issued(office, ask(method="transfer"))
    used = use(office, credit, second["id"], 850).json()
    assert office.delete(f"/api/v1/matches/{used['uses'][0]['id']}").status_code == 204
    assert credits(office, cast)[0]["left"]["cents"] == 850
    assert accounts(cast) == (10000, 0, -850, 9150)


def test_with_a_transfer_it_settles_an_order_whose_document_follows(cast, office, ask, send, at):
    at("2026-11-20 09:00")
    held = [book(cast.ada, cast.laser, rome(day)) for day in ("2026-12-01 10:00", "2026-12-02 10:00")]
    first, second = (checkout(cast.ada, quote(cast.ada, [b], None).pk, "transfer").order for b in held)
    outbox.drain()
    office = client(cast.franco)
    rows = f"20/11/2026;20,00;Ada;;{reference(first.pk)}\n21/11/2026;16,60;Ada;;{reference(second.pk)}\n"
    send((HEAD + rows).encode(), person=cast.franco)
    more, less = sorted(movements(office, cast), key=lambda m: -m["amount"]["cents"])
    more = take(office, more, encode("ord", first.pk), 1830).json()
    assert more["customers"][0]["id"] == encode("per", cast.ada.pk)
    credit = keep(office, more).json()
    take(office, less, encode("ord", second.pk), 1660)
    assert Order.objects.get(pk=second.pk).state == Order.State.OWED
    used = use(office, credit, encode("ord", second.pk), 170)
    assert used.status_code == 201, used.json()
    assert used.json()["uses"][0]["settled"]
    assert Order.objects.get(pk=second.pk).state == Order.State.PAID
    assert Payment.objects.get(order=second).documents.count() == 1
    assert accounts(cast) == (3660, 0, 0, 0)
    ledger = named(read(office, cast, "payments", month="2026-11"))
    assert total(Money(row["Importo"]["cents"]) for row in ledger) == Money(3660)
    undone = office.delete(f"/api/v1/matches/{used.json()['uses'][0]['id']}")
    assert undone.json()["data"]["state"] == "settled"
    assert why_not_undone(used.json()["uses"]) == ["settled"]
    assert findings(office, cast, "2026-11")["squares"]


def test_what_went_out_gives_it_back_proposed_by_sum_and_account(cast, alfa, office, ask, send):
    credit = keep(office, paid_too_much(office, cast, ask, send)).json()
    rows = "22/10/2026;-8,50;altri;IT60X0542811101000000123456;reso\n22/10/2026;-7,00;Alfa;;altro\n"
    send((HEAD + rows).encode())
    [back] = movements(office, cast)
    [proposed] = back["proposals"]
    assert (proposed["debt"]["id"], proposed["amount"]["cents"]) == (credit["id"], 850)
    taken = take(office, back, credit["id"], 850)
    assert taken.status_code == 201, taken.json()
    assert credits(office, cast) == []
    assert accounts(cast)[1:] == (700, 0, 0)  # the other movement waits
    assert account(office, cast, alfa)[0][-1] == ("credit_given_back", 850)
    assert use(office, credit, encode("doc", Document.objects.get().pk), 1).status_code == 409


def test_it_goes_back_to_its_movement_until_it_is_used_or_its_month_is_closed(cast, office, ask, send, at):
    credit = keep(office, paid_too_much(office, cast, ask, send)).json()
    second = issued(office, ask(method="transfer"))
    used = use(office, credit, second["id"], 100).json()
    refused = office.delete(f"/api/v1/credits/{credit['id']}")
    assert refused.json()["data"]["state"] == "used"
    assert used["actions"]["let_go"]["reasons"][0]["code"] == "used"
    office.delete(f"/api/v1/matches/{used['uses'][0]['id']}")
    assert office.delete(f"/api/v1/credits/{credit['id']}").status_code == 204
    [movement] = movements(office, cast)
    assert movement["left"]["cents"] == 850
    again = keep(office, movement).json()
    at("2026-11-10 09:00")
    october = (date(2026, 10, 1), date(2026, 11, 1))
    months.close(cast.dario, cast.lead.issuer.pk, october[0])
    before = list(journal.postings(cast.lead.issuer, *october))
    office = client(cast.franco)
    closed = office.delete(f"/api/v1/credits/{again['id']}")
    assert closed.json()["data"]["state"] == "month-closed"
    # Used later, it is of the day on which it is used.
    use(office, again, second["id"], 850)
    assert Match.objects.get(credit__isnull=False).posted_on == date(2026, 11, 10)
    [own] = credits(office, cast, state="all")
    assert why_not_undone(own["uses"]) == []
    at("2026-12-10 09:00")
    months.close(cast.dario, cast.lead.issuer.pk, date(2026, 11, 1))
    office = client(cast.franco)
    [own] = credits(office, cast, state="all")
    assert why_not_undone(own["uses"]) == ["month-closed"]
    assert office.delete(f"/api/v1/matches/{own['uses'][0]['id']}").json()["data"]["state"] == "month-closed"
    assert list(journal.postings(cast.lead.issuer, *october)) == before


def test_only_those_whose_debts_it_paid_may_have_it_and_only_their_debts_are_paid(
    cast, alfa, office, ask, send
):
    send((HEAD + "20/10/2026;100,00;Ignoto;;x\n").encode())
    [movement] = movements(office, cast)
    assert movement["actions"]["keep"]["reasons"][0]["code"] == "nobodys"
    assert keep(office, movement).json()["code"] == "illegal-move"
    body = ask(method="transfer", person_id=encode("per", cast.ada.pk))
    hers = issued(office, {name: told for name, told in body.items() if name != "organisation_id"})
    theirs = issued(office, ask(method="transfer"))
    take(office, movement, theirs["id"], 1000)
    movement = take(office, movement, hers["id"], 1000).json()
    assert len(movement["customers"]) == 2
    assert keep(office, movement).json()["pointers"][0]["pointer"] == "/customer_id"
    credit = keep(office, movement, customer_id=encode("per", cast.ada.pk)).json()
    assert credit["left"]["cents"] == 8000
    assert use(office, credit, theirs["id"], 100).status_code == 404
    assert use(office, credit, hers["id"], 8000).json()["left"]["cents"] == 0


def test_one_that_was_let_go_meanwhile_pays_nothing(cast, office, ask, send):
    public = keep(office, paid_too_much(office, cast, ask, send)).json()["id"]
    credit = CustomerCredit.objects.get()
    document = Document.objects.get(pk=pk_of("doc", issued(office, ask(method="transfer"))["id"]))
    assert office.delete(f"/api/v1/credits/{public}").status_code == 204
    with pytest.raises(Missing):
        keeping_credit.use(cast.franco, credit, document, Money(1))


def test_another_partner_s_credits_are_not_there(cast, office, ask, send):
    movement = paid_too_much(office, cast, ask, send)
    assert keep(client(cast.elena), movement).status_code == 404
    credit = keep(office, movement).json()
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk)}
    assert client(cast.elena).get("/api/v1/credits", asked).status_code == 404
    assert client(cast.elena).delete(f"/api/v1/credits/{credit['id']}").status_code == 404
    assert client(cast.ada).get("/api/v1/credits", asked).status_code == 403
    assert CustomerCredit.objects.count() == 1


def test_a_list_of_credits_asks_the_same_number_of_times_for_any_number(cast, office, ask, send, queries):
    keep(office, paid_too_much(office, cast, ask, send)).json()
    with queries(20):
        credits(office, cast)
    for n in range(3):
        made = issued(office, ask(method="transfer"))
        send((HEAD + f"2{n}/10/2026;9{n + 2},00;Alfa;;{made['number']}\n").encode())
        movement = next(m for m in movements(office, cast) if not m["matches"])
        keep(office, take(office, movement, made["id"], 9150).json())
    with queries(20):
        assert len(credits(office, cast)) == 4
    assert balance(cast.lead.issuer, R.UNMATCHED) == ZERO
