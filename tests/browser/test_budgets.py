"""Passes and programmes in a real browser: what one has, buying one, a sponsor's page, and a manager's."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import narrow, picture, speak, violations

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


def test_somebody_applies_and_the_staff_approve(visit):
    guest = visit("Bruno", "/me", **PHONE)
    row = guest.locator("li", has_text="Ore per i giovani maker")
    row.get_by_role("textbox").fill("A case for my synth")
    row.get_by_role("button", name="Ask to take part").click()
    expect(row.locator(".badge")).to_have_text("waiting")
    assert violations(guest) == []
    page = visit("Dario", "/manage/budgets")
    expect(page.locator("li", has_text="Ore per i giovani maker")).to_contain_text("1 domanda")
    assert violations(page) == []
    desk = visit("Gina", "/manage/budgets", **PHONE)
    expect(desk.get_by_role("form")).to_have_count(0)  # what is sold is for those who manage
    desk.get_by_role("link", name="Ore per i giovani maker").click()
    theirs = desk.locator("li", has_text="A case for my synth")
    theirs.get_by_role("button", name="Accogli", exact=True).click()
    expect(theirs.locator(".badge")).to_have_text("partecipa")
    expect(desk.get_by_role("link", name=re.compile("^Scarica il rapporto"))).to_have_count(0)
    picture(desk, "programme-at-the-desk")
    assert violations(desk) == []
    page.get_by_role("link", name="Ore per i giovani maker").click()
    theirs = page.locator("li", has_text="A case for my synth")
    expect(theirs.locator(".badge")).to_have_text("partecipa")
    assert violations(page) == []


def test_a_programme_has_a_budget_for_each_kind_and_a_place_is_taken_back(visit):
    page = visit("Dario", "/manage/budgets")
    form = page.get_by_role("form", name="Nuovo programma")
    form.get_by_label("Nome", exact=True).fill("Laser e stampa")
    form.get_by_label("Cerca l'ente").fill("citt")
    sponsor = form.get_by_label("Ente finanziatore").locator("option", has_text="Città di Torino")
    expect(sponsor).to_have_count(1)
    form.get_by_label("Ente finanziatore").select_option(label=sponsor.inner_text())
    form.get_by_label("Dal", exact=True).fill("2027-01-01")
    form.get_by_label("Ultimo giorno").fill("2027-06-30")
    form.get_by_role("button", name="Aggiungi un'altra disponibilità").click()
    for n, (name, kind, amount) in enumerate(
        [("Ore di laser", "Taglio laser", "40"), ("Ore di stampa", "Stampante 3D", "60")], 1
    ):
        one = form.get_by_role("group", name=f"Disponibilità {n}")
        one.get_by_label("Nome", exact=True).fill(name)
        one.get_by_label("Quanto").fill(amount)
        one.get_by_label(kind, exact=True).check()
    picture(page, "programme-new")
    assert violations(page) == []
    form.get_by_role("button", name="Salva").click()
    expect(page.locator("h1")).to_have_text("Laser e stampa")
    expect(page.locator(".counts")).to_contain_text("40 h")
    expect(page.locator(".counts")).to_contain_text("60 h")
    page.get_by_label("Aggiungi indirizzi").fill("nora@example.org")
    page.get_by_role("button", name="Aggiungi", exact=True).click()
    place = page.locator("li", has_text="nora@example.org")
    place.get_by_label("Motivo del diniego").fill("Il corso è finito.")
    place.get_by_role("button", name="Togli dal programma").click()
    expect(place).to_contain_text("Il corso è finito.")
    picture(page, "programme-places")
    assert violations(page) == []
    place.get_by_role("button", name="Riammetti").click()
    expect(place.locator(".badge")).to_have_text("partecipa")


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


def test_a_year_is_put_on_sale_in_parts_and_bought_by_the_first(visit):
    page = visit("Dario", "/manage/budgets")
    form = page.get_by_role("form", name="Nuovo abbonamento")
    form.get_by_label("Nome", exact=True).fill("Annuale di banco")
    expect(form.get_by_label("Il periodo si paga")).to_have_count(0)
    form.get_by_label("Si rinnova ogni").select_option("year")
    form.get_by_label("Il periodo si paga").select_option(label="in 12 rate")
    form.get_by_label(re.compile("^Prezzo")).fill("600")
    form.get_by_label("Quanto").fill("60")
    form.get_by_label("Banco elettronica").check()
    assert violations(page) == []
    form.get_by_role("button", name="Salva").click()
    expect(page.locator("li", has_text="Annuale di banco")).to_contain_text("600,00 € all'anno")
    buyer = visit("Ada", "/me", **PHONE)
    buyer.get_by_role("link", name="Compra un carnet").click()
    sold = buyer.locator("li", has_text="Annuale di banco")
    expect(sold).to_contain_text("in 12 rate: oggi 50,00 €")
    sold.get_by_role("button").click()
    expect(buyer.locator(".figures .total")).to_contain_text("50,00")
    assert violations(buyer) == []
    buyer.get_by_role("button", name="Paga").click()
    buyer.get_by_role("button", name="Paga · Pay").click()
    expect(buyer.locator("h1")).to_have_text("Fatto", timeout=20_000)
    buyer.locator("main").get_by_role("link", name="Le mie prenotazioni").click()
    mine = buyer.locator("#subscriptions + ul li", has_text="Annuale di banco")
    expect(mine).to_contain_text("mancano 11 rate")
    assert violations(buyer) == []
    mine.get_by_role("button", name="Disdici l'abbonamento").click()
    expect(buyer.get_by_role("dialog")).to_contain_text("Le rate che mancano si pagano ai loro giorni.")
    assert violations(buyer) == []
    office = visit("Franco", "/manage/books?view=instalments&q=Ada")
    ahead = office.locator("main > ul > li", has_text="Annuale di banco")
    expect(ahead.locator("li")).to_have_count(11)
    expect(ahead.locator("li").first).to_contain_text("50,00 €da chiedere")
    assert violations(office) == []
    picture(office, "instalments")
    narrow(office, "instalments")
    ahead.get_by_role("button", name="Condona le 11 rate").click()
    dialog = office.get_by_role("dialog")
    expect(dialog).to_contain_text("In tutto 550,00 €")
    waive = dialog.get_by_role("button", name="Condona le 11 rate")
    expect(waive).to_have_attribute("aria-disabled", "true")
    dialog.get_by_label("Motivo").fill("Ha cambiato città")
    assert violations(office) == []
    picture(office, "instalments-waive")
    waive.click()
    expect(ahead.locator("li").first).to_contain_text("condonata: Ha cambiato città")
    expect(ahead).to_contain_text("Le rate sono già condonate.")
    assert violations(office) == []
    narrow(office, "instalments-waived")
    speak(office, "en")
    picture(office, "instalments-english")
    speak(office, "it")
    buyer.reload()
    expect(mine).to_be_visible()
    expect(mine).not_to_contain_text("mancano")
