"""Partners' own hours in a real browser: agreed by the lead, seen by each, drawn in the quote; and a month under a draft."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import picture, speak, violations
from tests.browser.test_consortium import PHONE

pytestmark = pytest.mark.browser


def test_the_lead_agrees_on_hours_and_sees_what_is_left(visit):
    page = visit("Dario", "/consortium")
    section = page.locator("section", has=page.get_by_role("heading", name="Monte ore"))
    expect(section.get_by_role("rowheader", name=re.compile("MAKE|Make"))).to_be_visible()
    expect(section).to_contain_text("oltre, non si prenota")
    section.get_by_role("button", name="Nuovo monte ore").click()
    section.get_by_label("Partner").select_option(label="Focus Piemonte")
    section.get_by_label("Sede").select_option(label="Open Incet")
    section.get_by_label(re.compile("Ore al mese")).fill("12,5")
    section.get_by_label(re.compile("Ore riportate")).fill("5")
    picture(page, "allowances")
    assert violations(page) == []
    section.get_by_role("button", name="Fissa il monte ore").click()
    row = section.get_by_role("rowheader", name=re.compile("Focus Piemonte"))
    expect(row).to_contain_text("12 h 30 min al mese")
    expect(row).to_contain_text("riporta fino a 5 h")
    # A second of the same month is refused, in words.
    section.get_by_role("button", name="Nuovo monte ore").click()
    section.get_by_label("Partner").select_option(label="Focus Piemonte")
    section.get_by_label("Sede").select_option(label="Open Incet")
    expect(section.get_by_role("button", name="Fissa il monte ore")).to_be_visible()
    assert violations(page) == []


def test_a_member_sees_its_own_hours_on_a_phone_in_the_dark_and_in_english(visit):
    page = visit("Elena", "/consortium", color_scheme="dark", **PHONE)
    speak(page, "en")
    section = page.locator("section", has=page.get_by_role("heading", name="Allowances"))
    expect(section.get_by_role("rowheader")).to_have_count(1)
    expect(section).to_contain_text("beyond, refused")
    expect(section.get_by_role("button", name="New allowance")).to_have_count(0)
    picture(page, "allowances-phone-dark")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_quote_of_who_books_for_a_partner_says_what_is_left(visit):
    page = visit("Franco", "/?kind=classroom")  # of Open Incet
    page.locator(".slot").nth(1).click()
    page.locator(".countdown").wait_for()
    expect(page.locator(".draw")).to_contain_text("dal monte ore")
    expect(page.get_by_text(re.compile(r"^Monte ore di .*: restano .* su 40 h"))).to_be_visible()
    picture(page, "quote-allowance")
    assert violations(page) == []
    page.get_by_role("button", name=re.compile("Prenota|Conferma|Richiedi")).click()
    expect(page.locator("h1")).to_have_text("Fatto", timeout=20_000)
    office = visit("Dario", "/consortium")
    section = office.locator("section", has=office.get_by_role("heading", name="Monte ore"))
    expect(section.locator("tbody", has_text="Brodolini").locator("tr").first).not_to_contain_text(
        re.compile(r"0 h$")
    )


def test_what_if_of_a_price_list_in_draft(visit):
    page = visit("Dario", "/consortium/what-if")
    lists = page.get_by_label("Ai prezzi del listino")
    expect(lists).to_be_visible()
    expect(lists.locator("option").first).to_have_text("quelli in vigore")
    page.get_by_role("button", name="Calcola").click()
    expect(page.get_by_role("heading", name="Come sarebbe")).to_be_visible()
    assert violations(page) == []


def test_a_partner_has_a_second_allowance_for_one_thing_drawn_first(visit):
    page = visit("Dario", "/consortium", color_scheme="dark")
    speak(page, "en")
    section = page.locator("section", has=page.get_by_role("heading", name="Allowances"))
    section.get_by_role("button", name="New allowance").click()
    section.get_by_label("Partner").select_option(label="Fondazione Brodolini")
    section.get_by_label("Venue").select_option(label="Open Incet")
    section.get_by_label("Only this resource").select_option(label="Sala Nodo")
    section.get_by_label("Name", exact=True).fill("Sala Nodo")
    section.get_by_label(re.compile("Hours a month")).fill("6")
    picture(page, "allowance-second")
    assert violations(page) == []
    section.get_by_role("button", name="Agree on it").click()
    row = section.get_by_role("rowheader", name=re.compile("Fondazione Brodolini · Sala Nodo"))
    expect(row).to_contain_text("6 h a month")
    expect(section.get_by_role("rowheader", name=re.compile("Fondazione Brodolini"))).to_have_count(2)
