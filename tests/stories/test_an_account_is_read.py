"""An account with its balance: by the office, by whoever it is of, on a screen, in a table and on paper."""

import csv
import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.books import movements
from billing.models import Issuer
from core.ids import encode
from core.money import Money
from spaces.models import Rules
from tests.api import cents, client, post, wish
from tests.cast import LONG_AGO
from tests.stories.on_account import Office, appealed, book, excused, missed
from tests.stories.passes import checked_out, quoted

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(cast, at, bank):
    """A booking and a fee of December, billed on 2 January: 46.60 in all, at the price of both rooms."""
    at("2026-12-01 07:00")
    _ = cast.room, cast.other_room, cast.franco, cast.association
    Issuer.objects.update(iban="IT60X0542811101000000123456")
    Rules.objects.create(resource=cast.other_room, from_on=LONG_AGO, data={"no_show_fee": 1000})
    book(cast, cast.room, "2026-12-03T10:00:00", "2026-12-03T11:00:00")
    found = Office(cast)
    found.fee = book(cast, cast.other_room, "2026-12-04T10:00:00", "2026-12-04T11:00:00")
    at("2026-12-04 10:30")
    missed(cast, found.fee)
    at("2027-01-02 09:00")
    found.issue("2026-12")
    return found


def brought(office, at, amount="20,00"):
    """A transfer of 20 January pays a part of the bill."""
    at("2027-01-20 12:00")
    text = f"Data contabile;Importo;Ordinante;IBAN;Causale\n20/01/2027;{amount};Coro;;FE-2027/1\n"
    file = SimpleUploadedFile("banca.csv", text.encode())
    told = {"issuer_id": office.issuer, "file": file}
    assert office.api.post("/api/v1/bank-statements", told, format="multipart").status_code == 201
    (movement,) = office.api.get(f"/api/v1/bank-movements?issuer_id={office.issuer}").json()["data"]
    (proposal,) = movement["proposals"]
    body = {
        "movement_id": movement["id"],
        "debt_id": proposal["debt"]["id"],
        "amount_cents": cents(proposal["amount"]),
    }
    assert post(office.api, "/matches", body, "match").status_code == 201


def statement(office, api=None, **more):
    said = "&".join(f"{name}={value}" for name, value in more.items())
    path = (
        f"/api/v1/customer-account/movements?issuer_id={office.issuer}&organisation_id={office.organisation}"
    )
    return (api or office.api).get(f"{path}&{said}")


def rows(answer):
    return [
        (row["on"], row["kind"], cents(row["amount"]), cents(row["balance"])) for row in answer.json()["data"]
    ]


def test_every_movement_has_the_balance_after_it(cast, office, at):
    brought(office, at)
    appealed(cast, office.fee)
    excused(cast, office.fee)
    at("2027-02-01 09:00")
    (note,) = office.issue("2027-01", key="january").json()
    whole = statement(office, on_from="2027-01-01", on_to="2027-03-01")
    assert rows(whole) == [
        ("2027-01-02", "invoice", 4660, 4660),
        ("2027-01-20", "transfer", -2000, 2660),
        ("2027-02-01", "credit_note", -1000, 1660),
    ]
    assert whole.json()["data"][2]["number"] == note["number"]
    later = statement(office, month="2027-02").json()
    assert (cents(later["opening"]), cents(later["closing"])) == (2660, 1660)
    assert cents(statement(office, month="2027-03").json()["closing"]) == 1660


def test_what_was_paid_by_card_is_charged_and_paid_on_its_day(cast, office, bank):
    api = client(cast.bruno)
    held = post(
        api,
        "/bookings",
        wish(cast.room, "2027-01-10T10:00:00", "2027-01-10T11:00:00", organisation_id=office.organisation),
        "x",
    ).json()
    made = checked_out(
        api, quoted(api, held["id"], organisation_id=office.organisation), [held["id"]], "card"
    )
    bank.pay(made.json()["redirect_url"])
    bank.tell_everything()
    assert rows(statement(office, month="2027-01"))[1:] == [
        ("2027-01-02", "invoice", 1830, 6490),
        ("2027-01-02", "payment", -1830, 4660),
    ]


def test_it_is_a_table_with_both_sides_and_a_page_in_the_reader_s_language(cast, office):
    text = b"".join(statement(office, month="2027-01", output="csv").streaming_content).decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert table[0] == ["Data", "Movimento", "Documento", "Scadenza", "Dare", "Avere", "Saldo"]
    assert table[1][1] == "Saldo iniziale"
    assert table[2][1:] == ["Fattura", "FE-2027/1", "01/02/2027", "46,60", "", "46,60"]
    paper = statement(office, client(cast.bruno), month="2027-01", output="pdf")
    assert (paper.headers["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert paper.content == statement(office, client(cast.bruno), month="2027-01", output="pdf").content
    issuer = Issuer.objects.select_related("partner__organisation").get(partner=cast.lead)
    found = movements.account(issuer, cast.association, date(2027, 1, 1), date(2027, 2, 1))
    english, italian = movements.page(found, "en"), movements.page(found, "it")
    assert "Opening balance" in english
    assert "€46.60" in english
    assert "Saldo finale" in italian
    assert "46,60 €" in italian


def test_its_holder_sees_what_has_run_up_what_is_open_and_how_to_pay_it(cast, office, at):
    book(cast, cast.room, "2027-01-05T10:00:00", "2027-01-05T11:00:00")
    book(cast, cast.room, "2027-02-05T10:00:00", "2027-02-05T11:00:00")
    at("2027-01-06 09:00")
    seen = client(cast.bruno).get(f"/api/v1/organisations/{office.organisation}/account").json()
    (own,) = seen["data"]
    assert (seen["month"], cents(own["running"]), len(own["lines"])) == ("2027-01", 1830, 1)
    assert [row["why"] for row in own["to_come"]] == ["later"]
    assert [(bill["number"], cents(bill["open"]), bill["days_late"]) for bill in own["open"]] == [
        ("FE-2027/1", 4660, 0)
    ]
    assert own["open"][0]["reference"].startswith("RF")
    assert (cents(own["balance"]), own["room"]) == (4660, None)
    at("2027-02-03 09:00")
    seen = client(cast.bruno).get(f"/api/v1/organisations/{office.organisation}/account").json()
    assert seen["data"][0]["open"][0]["days_late"] == 2


def test_nobody_else_s_account_is_there(cast, office):
    assert client(cast.carla).get(f"/api/v1/organisations/{office.organisation}/account").status_code == 404
    assert statement(office, client(cast.carla), month="2027-01").status_code == 404
    assert statement(office, client(cast.elena), month="2027-01").status_code == 404


def test_on_account_one_may_owe_what_was_agreed_and_is_told_the_ways_out(cast, office, bank):
    assert office.agree(limit_cents=6500).json()["limit"]["cents"] == 6500
    api = client(cast.bruno)
    book(cast, cast.room, "2027-01-10T10:00:00", "2027-01-10T11:00:00")  # 64.90 with it
    held = post(
        api,
        "/bookings",
        wish(cast.room, "2027-01-11T10:00:00", "2027-01-11T11:00:00", organisation_id=office.organisation),
        "y",
    ).json()
    quote = quoted(api, held["id"], organisation_id=office.organisation)
    refused = checked_out(api, quote, [held["id"]], "account")
    assert (refused.status_code, refused.json()["code"]) == (409, "credit-spent")
    assert {name: cents(value) for name, value in refused.json()["data"].items()} == {
        "left": 10,
        "limit": 6500,
        "asked": 1830,
    }
    (own,) = api.get(f"/api/v1/organisations/{office.organisation}/account").json()["data"]
    assert {name: cents(value) for name, value in own["room"].items()} == {
        "limit": 6500,
        "used": 6490,
        "left": 10,
    }
    paid = checked_out(api, quote, [held["id"]], "card", key="card")
    assert paid.status_code == 201, paid.content


def test_a_person_reads_their_own(cast, office):
    issuer, ada = office.issuer, encode("per", cast.bruno.pk)
    path = f"/api/v1/customer-account/movements?issuer_id={issuer}&person_id={ada}&month=2027-01"
    seen = client(cast.bruno).get(path).json()
    assert (seen["data"], seen["closing"]["cents"]) == ([], Money(0).cents)
    assert client(cast.carla).get(path).status_code == 404
