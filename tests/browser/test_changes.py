"""A booking is moved in a real browser, and a cancellation taken back."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.clock import now
from core.periods import local_date
from tests.browser.conftest import violations
from tests.cast import ROME

pytestmark = pytest.mark.browser


def test_a_booking_is_moved_and_a_cancellation_taken_back(visit):
    page = visit("Ada", "/?kind=laser")
    page.locator(".slot").nth(2).click()
    page.locator(".countdown").wait_for()
    page.get_by_role("button", name="Paga").click()
    page.get_by_role("button", name="Paga · Pay").click()
    expect(page.locator("h1")).to_have_text("Fatto", timeout=20_000)
    page.get_by_role("link", name="Apri la prenotazione").click()
    page.get_by_role("button", name="Sposta").click()
    dialog = page.get_by_role("dialog")
    slots = dialog.locator(".slots button")
    for ahead in range(1, 15):  # the nearest days may be full or closed
        dialog.get_by_label("Giorno").fill(str(local_date(now(), ROME) + timedelta(days=ahead)))
        page.wait_for_load_state("networkidle")
        if slots.count():
            break
    hours = slots.last.inner_text()
    slots.last.click()
    dialog.locator(".button.main").wait_for()
    assert violations(page) == []
    dialog.locator(".button.main").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text(hours).first).to_be_visible()
    if page.locator("#pending").count():  # dearer there: it waits to be paid, and is taken back
        page.get_by_role("button", name="Ritira").click()
        expect(page.locator("#pending")).to_have_count(0)
    page.get_by_role("button", name="Disdici").click()
    dialog.get_by_role("button", name="Disdici").click()
    page.get_by_role("button", name="Ci ripenso").click()
    expect(page.locator(".badge")).to_contain_text("Confermata")
    assert violations(page) == []
