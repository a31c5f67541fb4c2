"""What was paid by hand goes back by hand: due until somebody gives it, in the drawer and the bank until then."""

from datetime import date

import pytest
from lxml import etree

from billing.books import journal, squaring
from billing.models import AccountingMonth, Document, Issuer, Match, Movement, Payment, Refund
from billing.papers import ledger
from billing.papers.references import reference
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from core import idempotency, outbox
from core.ids import encode
from core.models import LogEntry, Mail
from core.money import Money, total
from tests.api import client, post
from tests.billing.sales import book, give_back
from tests.billing.test_day_close import expected
from tests.billing.test_day_of_operation import of_two
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)
IBAN = "IT42L1234512345123456789012"
NOVEMBER = (date(2026, 11, 1), date(2026, 12, 1))


def waiting(cast, method, amount=1830):
    """Two hours paid in this way; so much of it is due back."""
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(iban="IT60X0542811101000000123456")
    booking = book(cast.ada, cast.laser, rome("2026-12-03 09:00"))
    payment = checkout(cast.ada, quote(cast.ada, [booking], None).pk, "cash").order.payments.get()
    Payment.objects.filter(pk=payment.pk).update(method=method)
    payment.refresh_from_db()
    refund = give_back(booking, payment, amount)
    outbox.drain()
    refund.refresh_from_db()
    return refund


def path(refund, act=""):
    return f"/refunds/{encode('rfd', refund.pk)}{act}"


def give(person, refund, method, on="2026-11-30", key="g1"):
    return post(client(person), path(refund, "/give"), {"method": method, "on": on}, key)


def test_cash_is_in_the_drawer_until_it_is_given(cast):
    refund = waiting(cast, "cash")
    assert (refund.state, expected(cast)["cash"]) == (Refund.State.DUE, 1830)
    assert "Da restituirti: 18,30 €" in [m.subject for m in Mail.objects.filter(to=cast.ada.email)]
    (row,) = (
        client(cast.gina)
        .get("/api/v1/refunds", {"issuer_id": encode("iss", cast.lead.issuer.pk)})
        .json()["data"]
    )
    assert (row["customer"], row["actions"]["give"]["allowed"]) == ("Ada A.", True)
    found = [f for f in squaring.findings(cast.lead.issuer, *NOVEMBER) if f.code == "refund-to-give"]
    assert [(f.off, f.stops) for f in found] == [(Money(1830), False)]

    assert give(cast.gina, refund, "cash").json()["state"] == "done"
    assert expected(cast)["cash"] == 0
    outbox.drain()
    assert any("contanti" in m.text for m in Mail.objects.filter(to=cast.ada.email))
    assert not [f for f in squaring.findings(cast.lead.issuer, *NOVEMBER) if f.code.startswith("refund")]


def test_it_is_given_once_and_on_a_day_that_can_be(cast):
    refund = waiting(cast, "cash")
    for day in ("2026-11-29", "2026-12-01"):
        assert give(cast.gina, refund, "cash", day, f"d{day}").status_code == 422
    assert give(cast.gina, refund, "cash").status_code == 200
    assert give(cast.gina, refund, "transfer", key="g2").status_code == 409
    assert Refund.objects.get().method == "cash"


def test_it_is_given_in_a_month_that_is_open_for_all_who_sold(cast, monkeypatch, at):
    of_two(cast, monkeypatch)
    refund = waiting(cast, "cash")
    at("2026-12-03 09:00")
    AccountingMonth.objects.filter(issuer=cast.member.issuer).update(closed_at=rome("2026-12-02 09:00"))
    assert give(cast.gina, refund, "cash").json()["given_on"] == "2026-12-01"


def test_its_person_says_the_account_and_nobody_else(cast):
    refund = waiting(cast, "transfer")
    assert client(cast.bruno).patch(f"/api/v1{path(refund)}", {"iban": IBAN}).status_code == 404
    assert (
        client(cast.ada).patch(f"/api/v1{path(refund)}", {"iban": "IT00"}).json()["pointers"][0]["pointer"]
        == "/iban"
    )
    answer = client(cast.ada).patch(f"/api/v1{path(refund)}", {"iban": "it42 L123 4512 3451 2345 6789 012"})
    assert (answer.json()["iban"], list(answer.json()["actions"])) == (IBAN, ["change"])
    (own,) = client(cast.ada).get("/api/v1/refunds").json()["data"]
    assert own["id"] == encode("rfd", refund.pk)
    assert give(cast.ada, refund, "cash").status_code == 403


def test_who_only_hands_money_over_does_not_say_to_whose_account_it_goes(cast):
    refund = waiting(cast, "transfer")
    issuer = {"issuer_id": encode("iss", cast.lead.issuer.pk)}
    (seen,) = client(cast.gina).get("/api/v1/refunds", issuer).json()["data"]
    assert list(seen["actions"]) == ["give"]
    assert client(cast.gina).patch(f"/api/v1{path(refund)}", {"iban": IBAN}).status_code == 403
    (seen,) = client(cast.franco).get("/api/v1/refunds", issuer).json()["data"]
    assert list(seen["actions"]) == ["change", "give", "recall"]
    assert client(cast.ada).patch(f"/api/v1{path(refund)}", {"iban": IBAN}).status_code == 200
    other = "IT60X0542811101000000123456"
    assert client(cast.franco).patch(f"/api/v1{path(refund)}", {"iban": other}).status_code == 200
    last = LogEntry.objects.filter(act="refund-change").latest("pk")
    assert (last.by_id, last.data) == (
        cast.franco.pk,
        {"method": "transfer", "iban": "3456", "instead_of": "9012"},
    )


def listed(cast, refund, key="l1"):
    body = {"issuer_id": encode("iss", cast.lead.issuer.pk), "refund_ids": [encode("rfd", refund.pk)]}
    return post(client(cast.franco), "/refunds/transfers", body, key)


def test_a_list_for_the_bank_holds_each_refund_once(cast):
    refund = waiting(cast, "transfer")
    assert listed(cast, refund, "l0").json()["pointers"][0]["code"] == "iban"
    client(cast.ada).patch(f"/api/v1{path(refund)}", {"iban": IBAN})
    made = listed(cast, refund)
    assert made.status_code == 201, made.content
    assert listed(cast, refund, "l2").status_code == 409
    content = client(cast.franco).get(made.json()["file"]).content
    root = etree.fromstring(content)
    assert root.findtext(".//{*}CtrlSum") == "18.30"
    assert root.findtext(".//{*}CdtrAcct/{*}Id/{*}IBAN") == IBAN
    assert client(cast.franco).get(made.json()["file"]).content == content
    assert client(cast.ada).patch(f"/api/v1{path(refund)}", {"iban": IBAN}).status_code == 409
    assert post(client(cast.franco), path(refund, "/recall"), {}, "r1").json()["state"] == "due"
    assert listed(cast, refund, "l3").status_code == 201


def test_a_list_whose_answer_was_lost_is_found_again(cast, monkeypatch):
    refund = waiting(cast, "transfer")
    client(cast.ada).patch(f"/api/v1{path(refund)}", {"iban": IBAN})
    with monkeypatch.context() as patched:
        # The process dies after the act, before the answer is stored.
        patched.setattr(idempotency, "_remember", lambda *told: 1 / 0)
        assert listed(cast, refund).status_code == 500
    again = listed(cast, refund)
    assert again.status_code == 201, again.content
    assert again.json()["list_name"] == Refund.objects.get().batch
    assert client(cast.franco).get(again.json()["file"]).status_code == 200


def test_the_bank_shows_it_leaving_and_it_is_given_on_that_day(cast, send, at):
    refund = waiting(cast, "transfer")
    at("2026-12-04 10:00")
    csv = f"Data contabile;Importo;Ordinante;IBAN;Causale\n02/12/2026;-18,30;Ada A.;;Rimborso {reference(refund.pk)}\n"
    assert send(csv.encode(), person=cast.franco).status_code == 201
    movement = Movement.objects.get()
    issuer = encode("iss", cast.lead.issuer.pk)
    (row,) = client(cast.franco).get("/api/v1/bank-movements", {"issuer_id": issuer}).json()["data"]
    (proposal,) = row["proposals"]
    assert (proposal["debt"]["id"], proposal["why"]) == (encode("rfd", refund.pk), "reference")
    body = {
        "movement_id": encode("mov", movement.pk),
        "debt_id": proposal["debt"]["id"],
        "amount_cents": 1830,
    }
    answer = post(client(cast.franco), "/matches", body, "m1")
    assert answer.status_code == 201, answer.content
    refund.refresh_from_db()
    assert (refund.state, refund.done_at.date(), Match.objects.get().refund) == (
        "done",
        date(2026, 12, 2),
        refund,
    )
    december = journal.postings(cast.lead.issuer, date(2026, 12, 1), date(2027, 1, 1))
    (posting,) = [p for p in december if p.key[0] == "3"]
    assert [(line.role, line.amount.cents) for line in posting.lines] == [
        ("customers", 1830),
        ("bank", -1830),
    ]


def wrongly_matched(cast, send, refund):
    """Another's transfer of the same sum was taken for the refund's; its match."""
    csv = "Data contabile;Importo;Ordinante;IBAN;Causale\n30/11/2026;-18,30;Bolletta;;energia\n"
    assert send(csv.encode(), person=cast.franco).status_code == 201
    movement = encode("mov", Movement.objects.get().pk)
    body = {"movement_id": movement, "debt_id": encode("rfd", refund.pk), "amount_cents": 1830}
    answer = post(client(cast.franco), "/matches", body, "m1")
    assert answer.status_code == 201, answer.content
    return encode("mtc", Match.objects.get().pk)


@pytest.mark.parametrize("state", ["due", "sent"])
def test_what_was_taken_for_it_in_error_leaves_it_waiting_as_before(cast, send, state):
    refund = waiting(cast, "transfer")
    client(cast.ada).patch(f"/api/v1{path(refund)}", {"iban": IBAN})
    if state == "sent":
        assert listed(cast, refund).status_code == 201
    made = wrongly_matched(cast, send, refund)
    assert Refund.objects.get().state == Refund.State.DONE
    assert client(cast.franco).delete(f"/api/v1/matches/{made}").status_code == 204
    found = Refund.objects.get()
    assert (found.state, found.done_at, found.given_by) == (state, None, None)
    assert not [p for p in journal.postings(cast.lead.issuer, *NOVEMBER) if p.key[0] == "3"]


def test_what_somebody_had_given_stays_given_when_its_match_is_undone(cast, send):
    refund = waiting(cast, "transfer")
    assert give(cast.gina, refund, "transfer").status_code == 200
    made = wrongly_matched(cast, send, refund)
    assert client(cast.franco).delete(f"/api/v1/matches/{made}").status_code == 204
    assert Refund.objects.get().state == Refund.State.DONE


# -- what the office gives of its own will --------------------------------------------------------------


def grant(person, payment, cents, key="w1", why="Ci dispiace"):
    body = {"amount_cents": cents, "reason": why}
    return post(client(person), f"/payments/{encode('pay', payment.pk)}/refunds", body, key)


def test_a_part_goes_back_because_the_office_wants_it(cast):
    first, second = (book(cast.ada, cast.laser, rome(f"2026-12-03 {h}:00")) for h in (10, 14))
    payment = checkout(cast.ada, quote(cast.ada, [first, second], None).pk, "cash").order.payments.get()
    assert grant(cast.gina, payment, 1000).status_code == 403
    assert grant(cast.franco, payment, 1000, "w0", " ").status_code == 422
    answer = grant(cast.franco, payment, 1000)
    assert (answer.status_code, answer.json()["note"]) == (201, "Ci dispiace"), answer.content
    note = Document.objects.get(kind="credit_note")
    assert (note.gross.cents, note.corrects == Document.objects.get(kind="invoice")) == (1000, True)
    left = [total(ledger.left_of(b, payment).values()).cents for b in (first, second)]
    assert left == [1330, 1330]
    too_much = grant(cast.franco, payment, 2661, "w2")
    assert (too_much.status_code, too_much.json()["code"]) == (409, "refund-too-large")
    assert grant(cast.franco, payment, 2660, "w3").status_code == 201
    assert Payment.objects.get().refunded == Payment.objects.get().amount
    outbox.drain()
    assert any("Motivo: Ci dispiace." in m.text for m in Mail.objects.filter(to=cast.ada.email))


def test_after_a_year_vat_cannot_be_reduced_by_grace(cast, at):
    booking = book(cast.ada, cast.laser, rome("2026-12-03 10:00"))
    payment = checkout(cast.ada, quote(cast.ada, [booking], None).pk, "cash").order.payments.get()
    at("2027-12-02 10:00")
    refused = grant(cast.franco, payment, 100)
    assert [p["code"] for p in refused.json()["pointers"]] == ["past-a-year"] * 2


def test_who_keeps_another_s_books_gives_nothing_back(cast):
    booking = book(cast.ada, cast.laser, rome("2026-12-03 10:00"))
    payment = checkout(cast.ada, quote(cast.ada, [booking], None).pk, "cash").order.payments.get()
    assert grant(cast.elena, payment, 100).status_code == 404
