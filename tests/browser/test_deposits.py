"""A deposit in a real browser: in the price, on the booking, taken of by staff; and a card saved for a plan."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import violations

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}}


def settled(page, words):
    """The panel of the deposit says this, once the worker has spoken with the bank."""
    panel = page.locator("section[aria-labelledby=deposit]")
    for _ in range(20):
        if panel.count() and words in panel.inner_text():
            break
        page.wait_for_timeout(500)
        page.reload()
        page.wait_for_load_state("networkidle")
    expect(panel).to_contain_text(words)
    return panel


def booked(page, press):
    """The nearest slot of the projector is held and paid; the booking's own page."""
    page.locator(".slot").first.click()
    page.locator(".countdown").wait_for()
    expect(page.locator(".figures")).to_contain_text(re.compile("80[,.]00"))
    assert violations(page) == []
    page.locator("section[aria-labelledby=quote] .button.main").click()
    page.get_by_role("button", name=press).click()
    expect(page.locator("h1")).to_have_text(re.compile("Fatto|Done"), timeout=20_000)
    page.get_by_role("link", name=re.compile("Apri la prenotazione|Open the booking")).click()
    expect(page.locator(".badge").first).to_be_visible()


def test_it_is_reserved_and_staff_take_a_part_with_a_reason(visit):
    page = visit("Ada", "/?kind=equipment")
    booked(page, "Paga · Pay")
    settled(page, "Riservata sulla carta")
    assert violations(page) == []
    staff = visit("Dario", urlsplit(page.url).path)
    panel = settled(staff, "Riservata sulla carta")
    panel.get_by_role("button", name="Trattieni dalla cauzione").click()
    dialog = staff.get_by_role("dialog")
    dialog.get_by_label("Quanto (€)").fill("100")
    expect(dialog.get_by_role("button", name="Trattieni dalla cauzione")).to_have_attribute(
        "aria-disabled", "true"
    )
    dialog.get_by_label("Quanto (€)").fill("12,50")
    dialog.get_by_label("Perché").fill("Cavo HDMI rotto")
    assert violations(staff) == []
    dialog.get_by_role("button", name="Trattieni dalla cauzione").click()
    expect(dialog).to_be_hidden()
    panel = settled(staff, "Ne sono stati trattenuti 12,50")
    expect(panel).to_contain_text("Cavo HDMI rotto")
    code = staff.locator(".code").first.inner_text()
    staff.get_by_text("Gestione", exact=True).click()
    staff.get_by_role("link", name="Cauzioni").click()
    rows = staff.locator("table.data tbody tr")
    expect(rows.filter(has_text=code)).to_have_count(0)  # what is over is not open
    staff.get_by_label("Quali").select_option("Trattenute")
    expect(staff).to_have_url(re.compile("state=taken"))
    row = rows.filter(has_text=code)
    expect(row).to_contain_text("Trattenuti 12,50")
    expect(row).to_contain_text("Cavo HDMI rotto")
    assert violations(staff) == []
    row.get_by_role("link").click()
    expect(staff.locator(".code").first).to_have_text(code)
    assert violations(staff) == []


def test_a_bank_that_wants_a_yes_has_its_person_reserve_it(visit):
    page = visit("Bruno", "/?kind=equipment", **PHONE)
    booked(page, "Paga; poi la banca vorrà un sì")
    panel = settled(page, "It has to be reserved on a card")
    assert violations(page) == []
    panel.get_by_role("button", name="Reserve €80.00 on a card").click()
    page.get_by_role("button", name="Riserva · Reserve").click()
    settled(page, "Reserved on the card")
    assert violations(page) == []


def test_a_card_is_saved_chosen_for_a_plan_and_removed(visit):
    page = visit("Ada", "/passes")
    page.locator("li", has_text="Flex").get_by_role("button").click()
    page.locator("section[aria-labelledby=quote] .button.main").click()
    page.get_by_role("button", name="Paga · Pay").click()
    expect(page.locator("h1")).to_have_text("Fatto", timeout=20_000)
    page.locator("main").get_by_role("link", name="Le mie prenotazioni").click()
    page.get_by_role("button", name="Salva una carta o un conto").click()
    page.get_by_role("button", name="Salva la carta · Save the card").click()
    mine = page.locator("section[aria-labelledby=saved] li")
    expect(mine.first).to_contain_text("Carta visa ·· 4242", timeout=20_000)
    flex = page.locator("section[aria-labelledby=subscriptions] li", has_text="Toolbox Flex")
    chosen = flex.get_by_label("I rinnovi si pagano")
    chosen.select_option("Carta visa ·· 4242")
    expect(chosen).to_be_enabled()
    assert violations(page) == []
    flex.get_by_role("button", name="Cambia abbonamento").click()
    expect(page.get_by_role("dialog")).to_contain_text("Al posto di Toolbox Flex")
    page.wait_for_load_state("networkidle")
    assert violations(page) == []
    page.get_by_role("dialog").get_by_role("button", name="Chiudi").click()
    mine.first.get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("button", name="Togli").click()
    expect(mine).to_have_count(0)
    expect(flex.get_by_text("Salva qui sotto una carta o un conto")).to_be_visible()
    assert violations(page) == []
