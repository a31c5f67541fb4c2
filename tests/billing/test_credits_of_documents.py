"""What was paid for a document that was credited since is its customer's: kept of the document, and let go to it again."""

import pytest

from billing.models import (
    Account,
    Movement,
    Transmission,
)
from billing.paying import debts
from core import idempotency
from core.ids import encode
from core.money import Money, total
from tests.api import client
from tests.api import post as post_once
from tests.billing.conftest import LINE
from tests.billing.office import REFUSED, findings, issued, named, read, receipt, upload
from tests.billing.test_bank import HEAD, movements, post, take
from tests.billing.test_customer_credits import (
    account,
    accounts,
    credits,
    keep,
    paid_too_much,
    use,
    why_not_undone,
)

R = Account.Role
pytestmark = pytest.mark.django_db(transaction=True)


def credited(office, cast, ask, send, lines=None):
    """An invoice of 91.50 that the bank paid, and then its credit note."""
    made = issued(office, ask(method="transfer"))
    send((HEAD + f"20/10/2026;91,50;Alfa;IT60X0542811101000000123456;{made['number']}\n").encode())
    [movement] = movements(office, cast)
    take(office, movement, made["id"], 9150)
    note = ask(kind="credit_note", type="TD04", corrects_id=made["id"], method="transfer")
    issued(office, note | {"lines": lines or note["lines"]})
    return made


def beyond(office, cast):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk)}
    return office.get("/api/v1/documents-paid-beyond", asked).json()["data"]


def test_what_was_paid_beyond_a_document_that_was_credited_is_kept_and_pays_another(
    cast, alfa, office, ask, send
):
    made = credited(office, cast, ask, send)
    assert accounts(cast) == (9150, 0, 0, -9150)
    [found] = beyond(office, cast)
    assert (found["id"], found["number"], found["beyond"]["cents"]) == (made["id"], made["number"], 9150)
    answer = post(office, "/credits", {"document_id": made["id"]})
    assert answer.status_code == 201, answer.json()
    credit = answer.json()
    assert (credit["document"], credit["left"]["cents"]) == (made["number"], 9150)
    assert beyond(office, cast) == []
    assert post(office, "/credits", {"document_id": made["id"]}).json()["code"] == "illegal-move"
    assert accounts(cast) == (9150, 0, -9150, 0)
    assert account(office, cast, alfa)[1] == -9150  # it was in the customer's favour already
    third = issued(office, ask(method="transfer"))
    use(office, credit, third["id"], 9150)
    assert office.get(f"/api/v1/documents/{third['id']}").json()["payment_state"] == "paid"
    assert accounts(cast) == (9150, 0, 0, 0)
    assert account(office, cast, alfa)[1] == 0
    ledger = named(read(office, cast, "payments"))
    assert total(Money(row["Importo"]["cents"]) for row in ledger) == Money(9150)
    assert findings(office, cast)["squares"]


def test_what_is_kept_of_a_document_goes_back_by_the_bank_or_to_the_document(cast, office, ask, send):
    made = credited(office, cast, ask, send)
    credit = post(office, "/credits", {"document_id": made["id"]}).json()
    assert office.delete(f"/api/v1/credits/{credit['id']}").status_code == 204
    assert [one["id"] for one in beyond(office, cast)] == [made["id"]]
    credit = post(office, "/credits", {"document_id": made["id"]}).json()
    send((HEAD + "22/10/2026;-91,50;Alfa;;reso\n").encode())
    [back] = movements(office, cast)
    assert [p["debt"]["id"] for p in back["proposals"]] == [credit["id"]]
    assert take(office, back, credit["id"], 9150).status_code == 201
    assert accounts(cast) == (0, 0, 0, 0)
    told = [row["Operazione"] for row in named(read(office, cast, "journal"))]
    assert told.count("Credito restituito") == 2


def test_what_paid_a_document_of_which_a_credit_is_kept_stays_with_it(cast, office, ask, send):
    made = credited(office, cast, ask, send)
    credit = post(office, "/credits", {"document_id": made["id"]}).json()
    [movement] = movements(office, cast, state="all")
    undo = f"/api/v1/matches/{movement['matches'][0]['id']}"
    assert office.delete(undo).json()["data"]["state"] == "kept"
    office.delete(f"/api/v1/credits/{credit['id']}")
    assert office.delete(undo).status_code == 204
    assert beyond(office, cast) == []


def test_the_debt_that_made_somebody_the_customer_stays_paid_as_long_as_their_credit(cast, office, ask, send):
    movement = paid_too_much(office, cast, ask, send)
    assert movement["matches"][0]["actions"]["undo"]["allowed"]
    credit = keep(office, movement).json()
    [seen] = movements(office, cast, state="all")
    assert why_not_undone(seen["matches"]) == ["kept"]
    undo = f"/api/v1/matches/{movement['matches'][0]['id']}"
    assert office.delete(undo).json()["data"]["state"] == "kept"
    assert office.delete(f"/api/v1/credits/{credit['id']}").status_code == 204
    assert office.delete(undo).status_code == 204


def test_what_a_credit_paid_is_not_had_again_where_it_was_credited_and_kept(cast, office, ask, send):
    first = keep(office, paid_too_much(office, cast, ask, send)).json()
    second = issued(office, ask(method="transfer"))
    used = use(office, first, second["id"], 850).json()
    note = ask(kind="credit_note", type="TD04", corrects_id=second["id"], method="transfer")
    issued(office, note)
    assert post(office, "/credits", {"document_id": second["id"]}).json()["left"]["cents"] == 850
    undone = office.delete(f"/api/v1/matches/{used['uses'][0]['id']}")
    assert undone.json()["data"]["state"] == "kept"
    uses = [use for one in credits(office, cast, state="all") for use in one["uses"]]
    assert why_not_undone(uses) == ["kept"]
    assert sum(one["left"]["cents"] for one in credits(office, cast)) == 850


def test_what_is_kept_of_a_document_is_open_again_where_its_credit_note_was_rejected(cast, office, ask, send):
    made = credited(office, cast, ask, send)
    shown = f"/api/v1/documents/{made['id']}"
    assert office.get(shown).json()["payment_state"] == "refunded"
    post(office, "/credits", {"document_id": made["id"]})
    assert office.get(shown).json()["payment_state"] == "refunded"
    sent = Transmission.objects.get(revision__document__kind="credit_note")
    assert upload(office, receipt(sent.file_name, "NotificaScarto", REFUSED)).status_code == 200
    assert office.get(shown).json()["payment_state"] == "due"
    assert [debt.open.cents for debt in debts.debts(cast.lead.issuer)] == [9150]


def test_a_movement_whose_rest_was_set_aside_is_looked_at_again_once_it_has_more(cast, office, ask, send):
    movement = paid_too_much(office, cast, ask, send)
    credit = keep(office, movement).json()
    aside = f"/api/v1/bank-movements/{movement['id']}"
    assert office.patch(aside, {"why": "?"}).json()["set_aside"] == "?"
    assert office.delete(f"/api/v1/credits/{credit['id']}").status_code == 204
    [seen] = movements(office, cast)
    assert (seen["left"]["cents"], seen["set_aside"]) == (850, "")
    office.patch(aside, {"why": "spese"})
    assert movements(office, cast) == []
    assert office.delete(f"/api/v1/matches/{movement['matches'][0]['id']}").status_code == 204
    [seen] = movements(office, cast)
    assert seen["left"]["cents"] == 10000


def lose(office, monkeypatch, path, body, key):
    """It is done, and the process dies before it answers."""

    def die(*told):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "_remember", die)
        assert post_once(office, path, body, key).status_code == 500


def test_a_lost_answer_about_what_was_undone_since_says_that_it_is_not_there(
    cast, office, ask, send, monkeypatch
):
    kept = {"movement_id": paid_too_much(office, cast, ask, send)["id"]}
    lose(office, monkeypatch, "/credits", kept, "kept")
    [credit] = credits(office, cast)
    path = f"/credits/{credit['id']}/uses"
    used = {"debt_id": issued(office, ask(method="transfer"))["id"], "amount_cents": 850}
    lose(office, monkeypatch, path, used, "used")
    [use] = credits(office, cast, state="all")[0]["uses"]
    assert office.delete(f"/api/v1/matches/{use['id']}").status_code == 204
    assert post_once(office, path, used, "used").status_code == 404
    assert office.delete(f"/api/v1/credits/{credit['id']}").status_code == 204
    assert post_once(office, "/credits", kept, "kept").status_code == 404


def test_what_is_kept_is_of_a_movement_or_of_a_document_and_of_ones_own(cast, office, ask, send):
    made = credited(office, cast, ask, send)
    for asked in ({}, {"document_id": made["id"], "movement_id": encode("mov", Movement.objects.get().pk)}):
        wrong = post(office, "/credits", asked).json()["pointers"]
        assert [(p["pointer"], p["code"]) for p in wrong] == [
            ("/movement_id", "one-or-the-other"),
            ("/document_id", "one-or-the-other"),
        ]
    whose = {"document_id": made["id"], "customer_id": encode("per", cast.ada.pk)}
    [wrong] = post(office, "/credits", whose).json()["pointers"]
    assert (wrong["pointer"], wrong["code"]) == ("/customer_id", "does-not-go-with-it")
    assert post(client(cast.elena), "/credits", {"document_id": made["id"]}).status_code == 404
    second = issued(office, ask(method="transfer"))
    assert post(office, "/credits", {"document_id": second["id"]}).json()["code"] == "illegal-move"


def test_a_confirmatory_deposit_is_receipted_and_counts_towards_the_invoice_of_the_whole(
    cast, alfa, office, ask, send
):
    """Case J05: a receipt outside VAT when it is collected; reversed when the whole price is invoiced."""
    deposit = LINE | {
        "description": "Caparra confirmatoria",
        "quantity": "1",
        "unit_price": "60.00",
        "rate": "0",
        "natura": "N2.2",
        "legal_text": "Fuori campo IVA artt. 2-3 DPR 633/72",
    }
    receipt = issued(office, ask(kind="receipt", lines=[deposit], stamp="none", method="transfer"))
    send((HEAD + f"20/10/2026;60,00;Alfa;;{receipt['number']}\n").encode())
    [movement] = movements(office, cast)
    take(office, movement, receipt["id"], 6000)
    whole = issued(office, ask(method="transfer"))
    issued(office, ask(kind="credit_note", corrects_id=receipt["id"], lines=[deposit], stamp="none"))
    credit = post(office, "/credits", {"document_id": receipt["id"]}).json()
    assert use(office, credit, whole["id"], 6000).json()["left"]["cents"] == 0
    assert account(office, cast, alfa)[1] == 9150 - 6000
    assert accounts(cast) == (6000, 0, 0, 3150)
