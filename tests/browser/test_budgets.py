"""Passes and programmes in a real browser: what one has, buying one, a sponsor's page, and a manager's."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import violations

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}}


def test_one_sees_what_is_left_and_buys_a_pass(visit):
    page = visit("Ada", "/me")
    mine = page.locator("#passes + ul li")
    expect(mine).to_have_count(1)
    expect(mine.first).to_contain_text("restano 10 ingressi su 10 ingressi")
    expect(page.locator("#programmes + ul li").first).to_contain_text("Città di Torino")
    assert violations(page) == []
    page.get_by_role("link", name="Compra un carnet").click()
    page.locator("li", has_text="Cinque giornate in postazione").get_by_role("button").click()
    expect(page.locator(".figures .total")).to_contain_text("75,00")
    assert violations(page) == []
    page.get_by_role("button", name="Paga").click()
    page.get_by_role("button", name="Paga · Pay").click()
    expect(page.locator("h1")).to_have_text("Fatto", timeout=20_000)
    page.locator("main").get_by_role("link", name="Le mie prenotazioni").click()
    expect(mine).to_have_count(2)


def test_the_price_says_what_the_programme_pays_and_the_sponsor_sees_it(visit):
    page = visit("Ada", "/?kind=printer_3d")
    page.locator(".slot").nth(1).click()
    page.locator(".countdown").wait_for()
    expect(page.locator(".draw")).to_contain_text("dal programma «Stampa 3D»")
    assert violations(page) == []
    page.get_by_role("button", name="Paga").click()
    page.get_by_role("button", name="Paga · Pay").click()
    expect(page.locator("h1")).to_have_text("Fatto", timeout=20_000)
    sponsor = visit("Elena", "/me")
    sponsor.get_by_role("link", name="Ore per i giovani maker").click()
    expect(sponsor.locator(".data tbody")).to_contain_text("Ada Ferraris")
    expect(sponsor.get_by_role("heading", name="Beneficiari")).to_have_count(0)
    assert violations(sponsor) == []
    with sponsor.expect_download() as taken:
        sponsor.get_by_role("link", name="Scarica il rapporto (XLSX)").click()
    assert taken.value.suggested_filename.endswith(".xlsx")


def test_somebody_applies_and_the_manager_approves(visit):
    guest = visit("Bruno", "/me", **PHONE)
    row = guest.locator("li", has_text="Ore per i giovani maker")
    row.get_by_role("textbox").fill("A case for my synth")
    row.get_by_role("button", name="Ask to take part").click()
    expect(row.locator(".badge")).to_have_text("waiting")
    assert violations(guest) == []
    page = visit("Dario", "/manage/budgets")
    expect(page.locator("li", has_text="Ore per i giovani maker")).to_contain_text("1 domanda")
    assert violations(page) == []
    page.get_by_role("link", name="Ore per i giovani maker").click()
    theirs = page.locator("li", has_text="A case for my synth")
    theirs.get_by_role("button", name="Accogli", exact=True).click()
    expect(theirs.locator(".badge")).to_have_text("partecipa")
    assert violations(page) == []


def test_a_manager_puts_a_kind_of_pass_on_sale(visit):
    page = visit("Dario", "/manage/budgets")
    form = page.get_by_role("form", name="Nuovo tipo di carnet")
    form.get_by_label("Nome", exact=True).fill("Tre ore di banco")
    form.get_by_label("Quanto").fill("3")
    form.get_by_label(re.compile("^Prezzo")).fill("24")
    form.get_by_label("Banco elettronica").check()
    form.get_by_role("button", name="Salva").click()
    made = page.locator("li", has_text="Tre ore di banco")
    expect(made).to_contain_text("24,00")
    made.get_by_role("button", name="Togli dalla vendita").click()
    expect(made.get_by_role("button", name="Metti in vendita")).to_be_visible()


def test_a_manager_puts_a_membership_on_sale(visit):
    page = visit("Dario", "/manage/budgets")
    form = page.get_by_role("form", name="Nuovo abbonamento")
    form.get_by_label("Nome", exact=True).fill("Officina")
    form.get_by_label("Si rinnova ogni").select_option("quarter")
    form.get_by_label(re.compile("^Prezzo")).fill("150")
    form.get_by_label("Apre prezzi").select_option(label="Soci Toolbox")
    form.get_by_label("Quanto").fill("6")
    form.get_by_label("Banco elettronica").check()
    form.get_by_role("button", name="Include anche…").click()
    expect(form.get_by_role("group", name="Include, 2")).to_be_visible()
    form.get_by_role("button", name="Togli il punto 2").click()
    assert violations(page) == []
    form.get_by_role("button", name="Salva").click()
    made = page.locator("li", has_text="Officina")
    expect(made).to_contain_text("6 h")
    expect(made).to_contain_text("150,00 € al trimestre")
    made.get_by_role("button", name="Togli dalla vendita").click()
    expect(made.get_by_role("button", name="Metti in vendita")).to_be_visible()
