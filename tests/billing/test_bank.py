"""What the bank brought: read from CSV and CAMT.053, kept once, proposed by reference, number or name, matched once."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.models import Document, Entry, Match, Movement, Order, Payment
from billing.papers.references import reference, references_in
from billing.paying import bank_formats
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from core import outbox
from core.errors import Invalid
from core.ids import encode, uuid7
from core.models import LogEntry, Mail
from tests.api import client
from tests.api import post as post_once
from tests.billing.office import issued
from tests.billing.sales import book
from tests.cast import rome

KEYS = itertools.count()
HEAD = "Data contabile;Importo;Ordinante;IBAN;Causale\n"


def post(api, path, body):
    return post_once(api, path, body, f"b{next(KEYS)}")


def camt(*entries, iban="", more=""):
    body = "".join(
        f"<Ntry><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>2026-11-20</Dt></BookgDt><NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr>"
        f"</RltdPties><RmtInf><Ustrd>{reason}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for amount, side, name, reason in entries
    )
    account = f"<Acct><Id><IBAN>{iban}</IBAN></Id></Acct>" if iban else ""
    return (
        f"<?xml version='1.0'?>{more}<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'>"
        f"<BkToCstmrStmt><Stmt>{account}{body}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


# -- files, without a database ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cents"),
    [("1.234,56", 123456), ("1234.56", 123456), ("1,234.56", 123456), ("- 12,00", -1200), ("€ 91,50", 9150), ("1.000", 100000), ("12.5", 1250)],
)  # fmt: skip
def test_amounts_are_read_as_either_country_writes_them(text, cents):
    _, (told,), _ = bank_formats.movements(f'Data;Importo\n20/11/2026;"{text}"\n'.encode())
    assert told.amount.cents == cents


def test_a_csv_with_a_preface_two_columns_and_the_old_encoding_is_read():
    text = "Conto 123\n\nData;Dare;Avere;Descrizione\n20/11/2026;;91,50;Caffè\n21/11/2026;-3,00;;Spese\nTotale;;88,50;\n"
    _, told, skipped = bank_formats.movements(text.encode("cp1252"))
    assert skipped == 1  # a total in the day's column is no day
    assert [(t.amount.cents, t.reason) for t in told] == [(9150, "Caffè"), (-300, "Spese")]


def test_camt_is_read_and_what_is_not_booked_or_not_euro_left_out():
    content = camt(
        ("91.50", "CRDT", "Alfa", "FE-2026/1"),
        ("3.00", "DBIT", "Banca", "spese"),
        iban="IT60X0542811101000000123456",
    )
    account, told, _ = bank_formats.movements(content)
    assert account == "IT60X0542811101000000123456"
    assert [(t.amount.cents, t.name, t.reason) for t in told] == [
        (9150, "Alfa", "FE-2026/1"),
        (-300, "", "spese"),
    ]
    assert bank_formats.movements(content.replace(b"BOOK", b"PDNG"))[1] == []
    assert bank_formats.movements(content.replace(b"'EUR'", b"'USD'"))[1] == []


@pytest.mark.parametrize(
    "content",
    [
        camt(("1.00", "CRDT", "&x;", "x"), more="<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
        b"<Document/>", b"<a", b"", b"nothing;here\n1;2\n", b"Data;Importo\n20/11/2026;abc\n", b"Data;Importo\nieri;1,00\n",
        b"Data;Importo\n20/11/2026;1,005\n", b"x" * (bank_formats.MOST_BYTES + 1),
    ],
)  # fmt: skip
def test_what_is_no_statement_is_refused_and_nothing_is_fetched(content):
    with pytest.raises(Invalid):
        bank_formats.movements(content)


@given(st.uuids(), st.text(alphabet=" abcRF0123-/", max_size=12), st.integers(1, 8))
def test_a_reference_is_found_however_it_is_typed(thing, around, every):
    told = reference(thing)
    spaced = " ".join(told[n : n + every] for n in range(0, len(told), every)).lower()
    assert told in references_in(f"{around} {spaced} {around}")


@given(st.uuids(), st.integers(4, 15))
def test_a_reference_with_one_wrong_sign_is_none(thing, at):
    told = reference(thing)
    signs = "0123456789" if told[at].isdigit() else "ABCDEFGHIJ"  # one mistaken for another of its kind
    wrong = told[:at] + next(sign for sign in signs if sign != told[at]) + told[at + 1 :]
    assert wrong not in references_in(wrong)


# -- kept and matched ------------------------------------------------------------------------------------


def movements(api, cast, **asked):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk)} | asked
    return api.get("/api/v1/bank-movements", asked).json()["data"]


def take(api, movement, debt, cents):
    body = {"movement_id": movement["id"], "debt_id": debt, "amount_cents": cents}
    return post(api, "/matches", body)


def viewed():
    rows = LogEntry.objects.filter(act="see-debts").order_by("at", "pk")
    return [(row.thing_id, row.data["ids"], row.data["whose"]) for row in rows]


@pytest.mark.django_db(transaction=True)
class TestKept:
    def test_a_payment_is_booked_once_however_often_its_statement_is_uploaded(self, cast, office, send):
        rows = "20/11/2026;91,50;Alfa;;FE-2026/1\n20/11/2026;10,00;Beta;;x\n20/11/2026;10,00;Beta;;x\n"
        first = send((HEAD + rows).encode()).json()
        assert (first["movements_read"], first["movements_new"]) == (3, 3)
        assert send((HEAD + rows).encode()).json()["id"] == first["id"]
        later = send((HEAD + rows + "21/11/2026;5,00;Gamma;;y\n").encode()).json()
        assert (later["movements_read"], later["movements_new"]) == (4, 1)
        assert Movement.objects.count() == 4

    def test_a_statement_of_another_account_is_refused(self, cast, send):
        issuer = cast.lead.issuer
        issuer.iban = "IT60X0542811101000000123456"
        issuer.save()
        answer = send(camt(("1.00", "CRDT", "A", "b"), iban="IT40S0542811101000000123457"), "a.xml")
        assert (answer.status_code, answer.json()["pointers"][0]["code"]) == (422, "another-account")
        assert send(camt(("1.00", "CRDT", "A", "b"), iban=issuer.iban), "a.xml").status_code == 201

    def test_a_document_is_proposed_by_its_number_and_by_name_with_amount(self, cast, office, ask, send):
        made = issued(office, ask(method="transfer"))
        send(
            (
                HEAD
                + f"20/11/2026;91,50;ALFA;;saldo fatt. {made['number'].lower()}\n20/11/2026;91,50;alfa s.p.a.;;grazie\n20/11/2026;91,50;Zeta;;boh\n"
            ).encode()
        )
        seen = {
            m["name"]: [(p["debt"]["id"], p["why"]) for p in m["proposals"]] for m in movements(office, cast)
        }
        assert seen == {
            "ALFA": [(made["id"], "number")],
            "alfa s.p.a.": [(made["id"], "amount-and-name")],
            "Zeta": [],
        }

    def test_part_payments_add_up_and_never_exceed(self, cast, office, ask, send):
        made = issued(office, ask(method="transfer"))
        send((HEAD + "20/11/2026;50,00;Alfa;;a\n21/11/2026;50,00;Alfa;;b\n").encode())
        one, two = movements(office, cast)
        assert take(office, one, made["id"], 5000).status_code == 201
        answer = take(office, two, made["id"], 5000)
        assert (answer.status_code, answer.json()["code"], answer.json()["data"]["left"]["cents"]) == (
            409,
            "match-too-large",
            4150,
        )
        assert take(office, two, made["id"], 4150).json()["left"]["cents"] == 850
        assert take(office, two, made["id"], 1).json()["code"] == "illegal-move"

    def test_l06_an_overpayment_pays_the_invoice_and_the_rest_stays_the_customer_s(
        self, cast, office, ask, send
    ):
        made = issued(office, ask(method="transfer"))
        send((HEAD + f"20/11/2026;100,00;Alfa;;{made['number']}\n").encode())
        (movement,) = movements(office, cast)
        assert movement["proposals"][0]["amount"]["cents"] == 9150
        take(office, movement, made["id"], 9150)
        (left,) = movements(office, cast)
        assert (left["left"]["cents"], left["proposals"]) == (850, [])
        assert Document.objects.count() == 1
        assert office.get(f"/api/v1/documents/{made['id']}").json()["payment_state"] == "paid"

    def test_a_match_of_a_document_can_be_undone(self, cast, office, ask, send):
        made = issued(office, ask(method="transfer"))
        send((HEAD + "20/11/2026;91,50;Alfa;;x\n").encode())
        taken = take(office, movements(office, cast)[0], made["id"], 9150).json()
        assert movements(office, cast) == []
        assert office.delete(f"/api/v1/matches/{taken['matches'][0]['id']}").status_code == 204
        assert movements(office, cast)[0]["left"]["cents"] == 9150
        assert office.get(f"/api/v1/documents/{made['id']}").json()["payment_state"] == "due"

    def test_the_transfer_of_an_order_settles_it_and_its_document_follows(self, cast, at, send):
        at("2026-11-20 09:00")
        held = book(cast.ada, cast.laser, rome("2026-12-01 10:00"))
        order = checkout(cast.ada, quote(cast.ada, [held], None).pk, "transfer").order
        outbox.drain()
        assert reference(order.pk) in Mail.objects.get(key=f"owed:{order.pk}").text
        api = client(cast.franco)
        send((HEAD + f"20/11/2026;18,30;chi paga;;{reference(order.pk)}\n").encode(), person=cast.franco)
        (movement,) = movements(api, cast)
        assert viewed() == [(cast.lead.pk, [movement["id"]], [str(cast.ada.pk)])]
        (proposal,) = movement["proposals"]
        assert (proposal["debt"]["id"], proposal["why"]) == (encode("ord", order.pk), "reference")
        taken = take(api, movement, proposal["debt"]["id"], 1830).json()
        assert viewed()[1:] == viewed()[:1]  # matched, it names her as it did when she was proposed
        order.refresh_from_db()
        assert order.state == Order.State.PAID
        payment = Payment.objects.get()
        assert (payment.method, payment.state, payment.amount.cents) == ("transfer", "captured", 1830)
        assert Document.objects.get().payment == payment
        assert sum(e.gross.cents for e in Entry.objects.all()) == 1830
        assert api.delete(f"/api/v1/matches/{taken['matches'][0]['id']}").json()["code"] == "illegal-move"
        outbox.drain()
        assert Payment.objects.count() == Document.objects.count() == Match.objects.count() == 1

    def test_what_is_nobody_s_payment_is_set_aside_with_its_reason(self, cast, office, send):
        send((HEAD + "20/11/2026;500,00;Noi;;giroconto\n").encode())
        (movement,) = movements(office, cast)
        # Whoever paid, the bank names them; who that is, nobody here knows.
        assert viewed() == [(cast.lead.pk, [movement["id"]], [])]
        answer = office.patch(f"/api/v1/bank-movements/{movement['id']}", {"why": "giroconto"}, format="json")
        assert answer.json()["set_aside"] == "giroconto"
        assert movements(office, cast) == []
        assert len(movements(office, cast, state="all")) == 1

    def test_another_partner_s_movements_and_debts_are_not_there(self, cast, office, ask, send):
        made = issued(office, ask(method="transfer"))
        send((HEAD + "20/11/2026;91,50;Alfa;;x\n").encode())
        (movement,) = movements(office, cast)
        assert take(client(cast.elena), movement, made["id"], 9150).status_code == 404
        assert take(office, movement, encode("doc", uuid7()), 9150).status_code == 404
        assert send(HEAD.encode(), person=cast.elena).status_code == 404
        assert send(HEAD.encode(), person=cast.ada).status_code == 403
