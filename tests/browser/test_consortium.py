"""The lead divides a month and a partner looks at its part, in a real browser."""

import os
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import speak, violations

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}}


def picture(page, name):
    """A picture of the whole page, for whoever asked for pictures."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_the_lead_sees_the_partners_their_agreement_and_the_months(visit):
    page = visit("Dario", "/consortium", refused=True)
    expect(page.get_by_role("heading", name="Accordo e quote")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("E se"))).to_be_visible()
    expect(page.get_by_text("Elena Serra")).to_be_attached()
    picture(page, "consortium")
    assert violations(page) == []
    page.get_by_role("button", name="Nuova versione").click()
    page.get_by_label("Focus Piemonte (%)").fill("19,5")
    page.get_by_role("button", name="Fissa le quote").click()
    expect(page.locator(".failure")).to_contain_text("devono fare 100")
    page.get_by_label("Fondazione Brodolini (%)").fill("30,5")
    picture(page, "consortium-agreement")
    assert violations(page) == []


def test_the_lead_opens_a_closed_month_and_what_is_behind_a_line(visit):
    page = visit("Dario", "/consortium")
    page.locator("li.card", has_text="Chiusa").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=re.compile("Ripartizione di"))).to_be_visible()
    expect(page.get_by_text("Saldo (+ riceve, − paga)")).to_be_visible()
    page.get_by_role("button", name="Da dove viene").first.click()
    expect(page.locator(".behind tbody tr").first).to_be_visible()
    picture(page, "settlement")
    assert violations(page) == []
    with page.expect_download() as bonifici:
        page.get_by_role("link", name="Bonifici SEPA").click()
    assert bonifici.value.suggested_filename.endswith(".xml")


def test_the_lead_asks_what_if(visit):
    page = visit("Dario", "/consortium/what-if")
    page.get_by_label("Variazione (%)").fill("10")
    page.get_by_role("button", name="Calcola").click()
    expect(page.get_by_role("heading", name="Come sarebbe")).to_be_visible()
    picture(page, "what-if")
    assert violations(page) == []


def test_a_member_sees_its_own_and_of_the_others_only_totals(visit):
    page = visit("Elena", "/consortium", **PHONE)
    expect(page.get_by_role("heading", name="Accordo e quote")).to_be_visible()
    expect(page.get_by_text("lo fa la mandataria")).to_be_visible()
    expect(page.get_by_text("Dario Gallo")).to_have_count(0)
    picture(page, "member-phone")
    assert violations(page) == []
    page.locator("li.card", has_text="Chiusa").get_by_role("link").first.click()
    expect(page.get_by_text("solo totali").first).to_be_attached()
    picture(page, "member-settlement-phone")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_in_english_and_in_the_dark_it_is_as_readable(visit):
    page = visit("Dario", "/consortium", color_scheme="dark")
    speak(page, "en")
    expect(page.get_by_role("heading", name="Agreement and shares")).to_be_visible()
    page.locator("li.card", has_text="Draft").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=re.compile("Settlement of"))).to_be_visible()
    expect(page.get_by_text("the month is not over yet")).to_be_visible()
    picture(page, "settlement-dark-english")
    assert violations(page) == []
