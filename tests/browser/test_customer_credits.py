"""What a customer paid beyond what was owed is kept at the bank's page, and pays another of their documents."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from billing.papers.freeze import ITALY
from core.clock import now
from core.periods import local_date
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


def paid_beyond(office, folder, told, euros):
    """An invoice of 12.20, paid with so much by a transfer; what is left of it is its customer's credit."""
    line = {"description": "Pulizie", "unit_price": "10.00", "rate": "22.00"}
    made = say(office, "/documents", told | {"lines": [line], "method": "transfer"})
    file = folder / f"{euros}.csv"
    file.write_text(
        f"Data contabile;Importo;Ordinante;Causale\n{now():%d/%m/%Y};{euros};chi paga;saldo {made['number']}\n"
    )
    office.get_by_label("Estratto conto della banca").set_input_files(str(file))
    row = office.get_by_role("listitem").filter(has_text=f"saldo {made['number']}")
    row.get_by_role("button", name=f"Abbina 12,20 € a {made['number']}").press("Enter")
    row.get_by_role("button", name="come credito di").press("Enter")
    expect(row).to_have_count(0)


def test_a_maker_pays_a_booking_with_what_she_paid_beyond_an_invoice(visit, tmp_path):
    mine = visit("Ada", "/?kind=laser", refused=True)
    mine.locator(".slot").nth(2).click()
    mine.locator(".countdown").wait_for()
    quote = say(mine, "/quotes", {"booking_ids": [mine.url.rsplit("/", 1)[-1]]})
    issuer = quote["lines"][0]["issuer_id"]
    told = {"issuer_id": issuer, "person_id": ask(mine, "/session")["person"]["id"]}
    office = visit("Franco", f"/manage/books?view=bank&issuer={issuer}")
    paid_beyond(office, tmp_path, told, "13,20")
    mine.reload()
    expect(mine.get_by_text("è di 1,00 €.")).to_contain_text("Non basta per pagare tutto.")
    picture(mine, "credit-not-enough")
    narrow(mine, "credit-not-enough")
    paid_beyond(office, tmp_path, told, "512,20")
    mine.reload()
    expect(mine.get_by_text("è di 501,00 €.")).to_contain_text("sceglilo come modo di pagare")
    assert violations(mine) == []
    picture(mine, "credit-to-choose")
    narrow(mine, "credit-to-choose")
    mine.get_by_label("Come si paga").select_option("credit")
    mine.get_by_role("button", name="Paga", exact=True).press("Enter")
    expect(mine.locator("h1")).to_have_text("Fatto", timeout=20_000)
    mine.get_by_role("link", name="Le mie prenotazioni").click()
    left = f"{(50100 - quote['total']['cents']) / 100:.2f} €".replace(".", ",")
    expect(mine.locator("section[aria-labelledby=credits]")).to_contain_text(left)
    assert violations(mine) == []
    picture(mine, "own-credit")
    narrow(mine, "own-credit")


def test_nobody_is_reminded_of_what_a_credit_covers_and_the_office_sees_it(visit, tmp_path):
    page = visit("Franco", "/manage/books?view=bank")
    [issuer, *_] = ask(page, "/issuers")["data"]
    customer = page.evaluate(MENDABLE)
    told = {"issuer_id": issuer["id"], "organisation_id": customer["id"]}
    paid_beyond(page, tmp_path, told, "20,20")
    line = {"description": "Pulizie", "unit_price": "5.00", "rate": "22.00"}
    due = str(local_date(now(), ITALY) - timedelta(days=100))
    late = say(page, "/documents", told | {"lines": [line], "method": "transfer", "due_on": due})
    page.goto(page.url.replace("view=bank", "view=dunning"))
    page.get_by_role("button", name="Parti da tre solleciti tipici").press("Enter")
    page.get_by_role("button", name="Salva", exact=True).press("Enter")
    row = page.locator("section[aria-labelledby=covered] li", has_text=late["number"])
    expect(row).to_contain_text("6,10 €")
    assert violations(page) == []
    picture(page, "covered")
    narrow(page, "covered")
    page.goto(page.url.replace("view=dunning", f"view=customer&customer={customer['id']}"))
    expect(page.get_by_role("listitem").filter(has_text=late["number"])).to_contain_text(
        "il suo credito può pagarne 6,10 €"
    )
    expect(page.get_by_text("Ha un credito di")).to_be_visible()
    assert violations(page) == []
    picture(page, "customer-with-credit")
    narrow(page, "customer-with-credit")
    speak(page, "en")
    expect(page.get_by_text("They have a credit of")).to_be_visible()
    picture(page, "customer-with-credit-en")
    page.get_by_role("link", name="To the customers' credits").click()
    expect(page.locator("section[aria-labelledby=customer-credits]")).to_contain_text(customer["name"])
