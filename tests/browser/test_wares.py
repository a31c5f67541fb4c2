"""A maker takes a sheet of plywood with her booking in a real browser, and uses a code."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import violations

pytestmark = pytest.mark.browser


def test_a_maker_takes_a_sheet_of_plywood_and_five_euros_off(visit):
    page = visit("Ada", "/?kind=laser", refused=True)
    page.locator(".slot").nth(1).click()
    page.locator(".countdown").wait_for()
    sheets = page.get_by_label("Compensato 4 mm, 60 × 40 cm")
    sheets.fill("1")
    lines = page.locator("table").filter(has_text="Laser").first
    expect(lines).to_contain_text("Compensato")
    code = page.get_by_label("Codice sconto")
    code.fill("MAI-VISTO")
    page.get_by_role("button", name="Usa", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("non esiste")
    code.fill("LASER5")
    page.get_by_role("button", name="Usa", exact=True).click()
    expect(lines).to_contain_text("LASER5")
    assert violations(page) == []
    sheets.fill("0")
    expect(lines).not_to_contain_text("Compensato")
    page.get_by_role("button", name="Paga").click()
    page.get_by_role("button", name="Paga · Pay").click()
    expect(page.locator("h1")).to_have_text("Fatto", timeout=20_000)
