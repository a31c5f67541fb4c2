"""What a customer paid beyond what was owed is kept at the bank's page, and pays another of their documents."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from core.clock import now
from tests.browser.conftest import ask, narrow, picture, say, speak, violations
from tests.browser.test_by_hand import MENDABLE

pytestmark = pytest.mark.browser


def status(page, text):
    return page.get_by_role("status").filter(has_text=text)


def test_what_was_paid_beyond_an_invoice_is_kept_and_pays_another(visit, tmp_path):
    page = visit("Franco", "/manage/books?view=bank")
    [issuer, *_] = ask(page, "/issuers")["data"]
    customer = page.evaluate(MENDABLE)
    line = {"description": "Pulizie", "unit_price": "75.00", "rate": "22.00"}
    told = {
        "issuer_id": issuer["id"],
        "organisation_id": customer["id"],
        "lines": [line],
        "method": "transfer",
    }
    first, second = (say(page, "/documents", told) for _ in range(2))
    file = tmp_path / "banca.csv"
    rows = f"Data contabile;Importo;Ordinante;Causale\n{now():%d/%m/%Y};100,00;chi paga;saldo {first['number']}\n"
    file.write_text(rows)
    page.get_by_label("Estratto conto della banca").set_input_files(str(file))
    row = page.get_by_role("listitem").filter(has_text=f"saldo {first['number']}")
    row.get_by_role("button", name=f"Abbina 91,50 € a {first['number']}").press("Enter")
    keep = row.get_by_role("button", name=f"Tieni 8,50 € come credito di {customer['name']}")
    expect(row).to_contain_text("Restano 8,50 €")
    assert violations(page) == []
    picture(page, "credit-to-keep")
    narrow(page, "credit-to-keep")
    keep.press("Enter")
    expect(row).to_have_count(0)
    # The row is gone with its button: who works by keyboard goes on from what is told.
    expect(status(page, f"8,50 € tenuti come credito di {customer['name']}")).to_be_focused()
    credit = page.locator("section[aria-labelledby=customer-credits] li", has_text=customer["name"])
    expect(credit).to_contain_text("di 8,50 € versati in più")
    assert violations(page) == []
    picture(page, "credits")
    narrow(page, "credits")
    expect(credit.get_by_role("button", name="Riporta 8,50 € sul movimento")).to_be_visible()
    page.get_by_label("Movimenti", exact=True).select_option("all")
    undo = row.get_by_role("button", name=f"Togli l'abbinamento a {first['number']}")
    expect(undo).to_have_accessible_description("Ne è tenuto un credito del cliente.")
    page.get_by_label("Movimenti", exact=True).select_option("open")
    credit.get_by_role("button", name=f"Usa 8,50 € per {second['number']}").press("Enter")
    expect(credit).to_have_count(0)
    page.get_by_label("Movimenti", exact=True).select_option("all")
    expect(credit).to_contain_text(second["number"])
    credit.get_by_role("button", name=f"Togli l'abbinamento a {second['number']}").press("Enter")
    expect(status(page, f"Tolto l'abbinamento a {second['number']}: 8,50 €")).to_be_focused()
    picture(page, "credit-undone")
    narrow(page, "credit-undone")


def test_what_was_paid_for_an_invoice_that_was_credited_is_kept_for_its_customer(visit, tmp_path):
    page = visit("Franco", "/manage/books?view=bank")
    [issuer, *_] = ask(page, "/issuers")["data"]
    customer = page.evaluate(MENDABLE)
    line = {"description": "Caparra", "unit_price": "30.00", "rate": "22.00"}
    told = {
        "issuer_id": issuer["id"],
        "organisation_id": customer["id"],
        "lines": [line],
        "method": "transfer",
    }
    made = say(page, "/documents", told)
    file = tmp_path / "banca.csv"
    rows = (
        f"Data contabile;Importo;Ordinante;Causale\n{now():%d/%m/%Y};36,60;chi paga;saldo {made['number']}\n"
    )
    file.write_text(rows)
    page.get_by_label("Estratto conto della banca").set_input_files(str(file))
    page.get_by_role("button", name=f"Abbina 36,60 € a {made['number']}").press("Enter")
    expect(page.get_by_role("button", name=f"Abbina 36,60 € a {made['number']}")).to_have_count(0)
    say(page, "/documents", told | {"kind": "credit_note", "type": "TD04", "corrects_id": made["id"]})
    page.reload()
    row = page.locator("section[aria-labelledby=customer-credits] li", has_text=made["number"])
    expect(row).to_contain_text("pagati oltre il dovuto")
    assert violations(page) == []
    picture(page, "paid-beyond")
    narrow(page, "paid-beyond")
    row.get_by_role("button", name=f"Tieni 36,60 € come credito di {customer['name']}").press("Enter")
    expect(row).to_contain_text("poi stornata")
    speak(page, "en")
    expect(row.get_by_role("button", name="€36.60 back to its document")).to_be_visible()
    assert violations(page) == []
    picture(page, "paid-beyond-kept")
    narrow(page, "paid-beyond-kept")
