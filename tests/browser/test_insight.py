"""How the house was used, as a manager looks at it: pictures with their numbers, the bookings behind, a closure's cost."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import speak, violations
from tests.browser.test_consortium import picture

pytestmark = pytest.mark.browser


def test_a_manager_looks_compares_and_opens_the_bookings_behind_a_figure(visit):
    page = visit("Dario", "/insight")
    expect(page.get_by_role("heading", name="La settimana")).to_be_visible()
    week = page.get_by_role("slider", name="La settimana")
    week.focus()
    week.press("ArrowRight")
    expect(week).to_have_attribute("aria-valuetext", re.compile(r"^Lun \d\d: "))
    page.get_by_label("Confronta con").select_option(label="Il periodo prima")
    expect(page).to_have_url(re.compile("compare=previous"))
    expect(page.get_by_text(re.compile(r"^prima: ")).first).to_be_visible()
    assert violations(page) == []
    with page.expect_download() as saved:
        page.get_by_role("button", name="La settimana: PNG").click()
    assert saved.value.suggested_filename == "week.png"
    link = page.get_by_role("link", name="La settimana: CSV")
    table = page.request.get(link.evaluate("a => a.href"))
    assert table.text().lstrip("\ufeff").startswith("Giorno;Ora;Aperte (min)")
    page.get_by_role("link", name=re.compile("^Prenotazioni: ")).click()
    expect(page.get_by_role("heading", name="Le prenotazioni dietro il numero")).to_be_visible()
    expect(page.locator("table.data tbody tr").first).to_be_visible()
    assert violations(page) == []


def test_a_closure_is_weighed_before_it_is_decided(visit):
    page = visit("Dario", "/insight/closure")
    expect(page.get_by_text("Prenotazioni già lì")).to_be_visible()
    expect(page.get_by_role("img", name="Giorno per giorno")).to_be_visible()
    expect(page.locator("th", has_text="Richieste")).to_have_count(1)
    assert violations(page) == []


def test_a_phone_and_english_and_the_dark_read_it_too(visit):
    page = visit(
        "Elena", "/insight", viewport={"width": 390, "height": 844}, locale="en-GB", color_scheme="dark"
    )
    speak(page, "en")
    expect(page.get_by_role("heading", name="The week")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert violations(page) == []


def test_the_next_weeks_stand_beside_how_wrong_they_were_and_the_month_is_a_file(visit):
    page = visit("Dario", "/insight")
    panel = page.locator(
        "section.sight", has=page.get_by_role("heading", name="Le prossime quattro settimane")
    )
    expect(panel).to_contain_text(
        re.compile("ritmo settimanale di \\d+ giorni|gli stessi giorni dell'anno scorso")
    )
    expect(panel).to_contain_text(re.compile("Quanto sbaglia non si sa ancora|sbagliava in media"))
    expect(panel.get_by_role("slider", name="Le prossime quattro settimane")).to_be_visible()
    page.get_by_label("Dividi per").select_option(label="Programma")
    expect(page.get_by_role("rowheader", name="Senza programma")).to_be_visible()
    page.get_by_label("Dividi per").select_option(label="Piano")
    expect(page.get_by_role("rowheader", name="Senza piano")).to_be_visible()
    picture(page, "insight-forecast")
    assert violations(page) == []
    report = page.get_by_role("link", name=re.compile("Rapporto di .* \\(PDF\\)"))
    answer = page.request.get(report.evaluate("a => a.href"))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")


def test_revenue_by_plan_leads_to_the_documents_it_is_made_of(visit):
    page = visit("Dario", "/insight?by=plan")
    row = page.get_by_role("row", name=re.compile("^Senza piano"))
    expect(row).to_contain_text(re.compile(r"€ / .*€"))
    picture(page, "insight-revenue")
    assert violations(page) == []
    row.get_by_role("link", name=re.compile("^Ricavi, Senza piano")).click()
    expect(page.get_by_role("heading", name="Di che cosa sono fatti i ricavi")).to_be_visible()
    expect(page.get_by_text("Piano · Senza piano · ")).to_be_visible()
    expect(page.locator("caption")).to_contain_text("scritture")
    expect(page.locator("tbody a").first).to_have_attribute("href", re.compile("/documents/doc_.*/files/pdf"))
    picture(page, "insight-takings")
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_view_is_kept_for_the_venue_and_opened_by_its_address(visit):
    page = visit("Dario", "/insight?kind=meeting_room&by=month")
    expect(page.get_by_role("heading", name="La settimana")).to_be_visible()
    page.get_by_text("Viste salvate").click()
    page.get_by_label("Nome della vista").fill("Sale, mese per mese")
    page.get_by_label("Per chi").select_option(label="Open Incet")
    page.get_by_role("button", name="Salva", exact=True).click()
    link = page.get_by_role("link", name="Sale, mese per mese")
    expect(link).to_be_visible()
    picture(page, "insight-views")
    assert violations(page) == []
    address = link.get_attribute("href")
    # A colleague opens the address on another device.
    other = visit("Franco", address, viewport={"width": 390, "height": 844}, color_scheme="dark")
    speak(other, "en")
    expect(other.get_by_label("Kind", exact=True)).to_have_value("meeting_room")
    expect(other.get_by_label("Cut by")).to_have_value("month")
    expect(other.get_by_role("link", name="Sale, mese per mese")).to_have_attribute("aria-current", "page")
    picture(other, "insight-views-phone-dark")
    assert violations(other) == []
    assert other.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Dimentica Sale, mese per mese").click()
    expect(page.get_by_role("link", name="Sale, mese per mese")).to_have_count(0)
