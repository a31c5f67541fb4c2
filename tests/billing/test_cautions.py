"""What an accountant would look at before it is issued: told beside the figures, with the field, and never a refusal."""

from __future__ import annotations

from datetime import date

import pytest

from billing.models import Issuer
from billing.papers.cautions import W
from core.periods import a_year_after
from people.models import Organisation
from tests.api import client, post
from tests.billing.conftest import LINE

pytestmark = pytest.mark.django_db

EXEMPT = LINE | {"rate": "0", "natura": "N4", "legal_text": "Esente art. 10 n. 20"}


@pytest.fixture
def looked(office, ask):
    def at(**more):
        answer = office.post("/api/v1/documents/preview", ask(**more))
        assert answer.status_code == 200, answer.json()
        return {(c["code"], c["place"]) for c in answer.json()["cautions"]}

    return at


def test_an_ordinary_invoice_gives_nothing_to_look_at(looked):
    assert looked() == set()


def test_whoever_charges_no_vat_is_asked_about_each_line_that_does(looked, cast):
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(regime="RF19")
    assert looked(lines=[EXEMPT | {"quantity": "1"}, LINE | {"quantity": "1"}]) == {
        ("vat-in-a-regime-without", "/lines/1/rate")
    }


@pytest.mark.parametrize(
    ("rate", "usual"), [("4", True), ("5", True), ("10", True), ("21", False), ("8.5", False)]
)
def test_a_rate_outside_the_law_is_told_with_its_line(looked, rate, usual):
    found = looked(lines=[LINE, LINE | {"rate": rate}])
    assert found == (set() if usual else {("rate-unusual", "/lines/1/rate")})


def test_what_bears_no_vat_says_by_which_law(looked):
    assert looked(lines=[EXEMPT | {"legal_text": ""}]) == {("law-missing", "/lines/0/legal_text")}


def test_split_payment_is_the_public_s(looked, alfa):
    assert looked(split=True) == {("split-not-public", "/split")}
    Organisation.objects.filter(pk=alfa.pk).update(kind="public", recipient_code="ABC123")
    order = {"id": "DET-1", "cig": "Z1A2B3C4D5"}
    assert looked(split=True, asked=order) == set()
    assert looked(asked=order) == {("split-missing", "/split")}
    assert looked(split=True) == {("cig-missing", "/asked/cig")}


@pytest.mark.parametrize(
    ("price", "stamp", "more", "code"),
    [
        ("77.47", "none", [], None),
        ("77.48", "none", [], "stamp-missing"),
        ("77.48", "borne", [], None),
        ("77.47", "recharged", [LINE], "stamp-list-b"),
    ],
)
def test_stamp_duty_that_is_missing_or_will_be_asked_for_in_error(looked, price, stamp, more, code):
    lines = [EXEMPT | {"quantity": "1", "unit_price": price}, *more]
    assert {c for c, _ in looked(lines=lines, stamp=stamp)} == ({code} if code else set())


def test_a_street_longer_than_the_file_takes_is_shown_as_it_will_be_read(looked, alfa):
    Organisation.objects.filter(pk=alfa.pk).update(
        street="Strada provinciale della Valle di Sotto e di Sopra, frazione Borgo 12"
    )
    assert looked() == {("written-otherwise", "/customer/street")}


@pytest.mark.parametrize(
    ("country", "number", "likely"),
    [
        ("DE", "DE123456788", True),
        ("DE", "DE123456789", False),
        ("GR", "EL094259216", True),
        ("GR", "094259217", False),
        ("CH", "CHE123456788", True),
        ("US", "98-7654321", True),
    ],
)
def test_a_number_from_abroad_that_does_not_check_out_is_told(looked, alfa, country, number, likely):
    Organisation.objects.filter(pk=alfa.pk).update(country=country, vat_number=number, recipient_code="")
    assert looked() == (set() if likely else {("number-unlikely", "/customer/vat_number")})


def test_seven_noughts_are_no_recipient_code(looked, alfa):
    Organisation.objects.filter(pk=alfa.pk).update(recipient_code="0000000")
    assert looked() == {("code-missing", "/customer/recipient_code")}


def test_a_rea_number_that_the_file_cannot_tell(looked, cast):
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(rea="1234567")
    assert looked() == {("rea-unreadable", "/issuer/rea")}


def test_the_third_sector_owes_no_stamp_duty(looked, cast):
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(third_sector=True)
    assert looked(lines=[EXEMPT | {"unit_price": "100.00"}]) == set()


def test_a_way_to_pay_that_nobody_can_follow(looked):
    assert looked(method="transfer") == {("iban-missing", "/issuer/iban")}
    assert looked(due_on="2026-10-19") == {("due-before", "/due_on")}
    assert looked(method=None, due_on="2026-12-01") == {("due-without-method", "/method")}


def test_a_withholding_of_nothing_and_by_a_person(looked, cast):
    from core.ids import encode

    held = {"kind": "RT01", "percent": "20", "reason": "A"}
    assert looked(withholding=held) == {("withholding-of-nothing", "/lines/0/withheld")}
    whole = [LINE | {"withheld": True}]
    assert looked(withholding=held, lines=whole) == set()
    assert ("withholding-by-a-person", "/withholding/percent") in looked(
        withholding=held, lines=whole, organisation_id=None, person_id=encode("per", cast.ada.pk)
    )


@pytest.mark.parametrize("kind", ["RT03", "RT04", "RT05", "RT06"])
def test_a_contribution_is_no_tax_withheld(looked, cast, alfa, kind):
    from core.ids import encode

    held = {"kind": kind, "percent": "8.5", "reason": "R"}
    whole = [LINE | {"withheld": True}]
    ada = {"organisation_id": None, "person_id": encode("per", cast.ada.pk)}
    assert ("withholding-by-a-person", "/withholding/percent") not in looked(
        withholding=held, lines=whole, **ada
    )
    Organisation.objects.filter(pk=alfa.pk).update(kind="public", recipient_code="ABC123")
    order = {"id": "DET-1", "cig": "Z1A2B3C4D5"}
    assert looked(withholding=held, lines=whole, asked=order, split=True) == set()
    assert looked(withholding=held, lines=whole, asked=order) == {("split-missing", "/split")}


def test_the_fund_counts_for_the_stamp_as_it_does_in_the_figures(looked):
    fund = {"kind": "TC22", "percent": "4", "rate": "0", "natura": "N2.2", "legal_text": "Art. 1"}
    lines = [EXEMPT | {"quantity": "1", "unit_price": "75.00"}]
    assert looked(lines=lines, stamp="none") == set()
    assert looked(lines=lines, stamp="none", fund=fund) == {("stamp-missing", "/stamp")}
    assert looked(lines=lines, stamp="borne", fund=fund) == set()


@pytest.fixture
def credit_of(office, ask, cast):
    """An invoice, and what is to be looked at in a credit of it, whenever that is: nobody stays signed in for a year."""

    def made(**more):
        answer = post(office, "/documents", ask(**more), "old")
        assert answer.status_code == 201, answer.json()
        body = ask(kind="credit_note", corrects_id=answer.json()["id"], **more)

        def credit():
            seen = client(cast.franco).post("/api/v1/documents/preview", body)
            assert seen.status_code == 200, seen.json()
            return {(c["code"], c["place"]) for c in seen.json()["cautions"]}

        return credit

    return made


def test_a_credit_is_late_the_day_after_its_anniversary(at, credit_of):
    credit = credit_of()
    at("2027-10-20 23:00")
    assert credit() == set()
    at("2027-10-21 00:30")
    assert credit() == {("credit-late", "/corrects_id")}


def test_what_had_no_vat_has_none_to_lose(at, credit_of):
    credit = credit_of(lines=[EXEMPT | {"quantity": "1", "unit_price": "50.00"}])
    at("2028-01-10 09:00")
    assert credit() == set()


@pytest.mark.parametrize(
    ("day", "last"),
    [("2026-10-20", "2027-10-20"), ("2027-03-01", "2028-03-01"), ("2028-02-29", "2029-02-28")],
)
def test_a_year_ends_on_the_same_day_also_over_a_29_february(day, last):
    assert a_year_after(date.fromisoformat(day)) == date.fromisoformat(last)


def test_a_credit_takes_back_the_vat_of_a_regime_that_is_over(cast, credit_of):
    credit = credit_of()
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(regime="RF19")
    assert credit() == set()


def test_the_customer_s_numbers_and_its_missing_address(looked, alfa):
    Organisation.objects.filter(pk=alfa.pk).update(tax_code="06987650378", recipient_code="")
    assert looked() == {
        ("numbers-differ", "/customer/tax_code"),
        ("code-missing", "/customer/recipient_code"),
    }


def test_letters_that_the_sdi_does_not_take_are_shown_as_it_will_read_them(office, ask):
    said = office.post("/api/v1/documents/preview", ask(lines=[LINE | {"description": "Пётр – €10"}])).json()[
        "cautions"
    ]
    assert [(c["code"], c["place"]) for c in said] == [("written-otherwise", "/lines/0/description")]
    assert "Petr - EUR10" in said[0]["detail"]


def test_a_caution_is_no_refusal(office, ask, cast):
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(regime="RF19")
    assert post(office, "/documents", ask(split=True), "k").status_code == 201


def test_every_caution_is_said_in_both_languages():
    assert all(words.it and words.en and words.it != words.en for words in W.values())
