"""The accountant reads what was institutional and what commercial, and finds documents by it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import narrow, picture, speak, violations
from tests.browser.test_books import previous

pytestmark = pytest.mark.browser


def test_documents_are_filtered_by_activity_and_the_books_add_up_by_it(visit):
    page = visit("Franco", "/manage/documents")
    previous(page)
    page.get_by_label("Attività").select_option(label="Commerciale")
    page.wait_for_load_state("networkidle")
    assert "activity=commercial" in page.url
    expect(page.locator("table.data tbody tr").first).to_be_visible()
    assert violations(page) == []
    picture(page, "activity-documents")
    page.get_by_label("Attività").select_option(label="Istituzionale")
    expect(page.locator(".empty")).to_be_visible()

    page.goto(page.url.split("/manage")[0] + "/manage/books?view=activities")
    previous(page)
    sums = page.locator("table.totals")
    expect(sums).to_contain_text("Attività commerciale")
    assert violations(page) == []
    picture(page, "activities")
    narrow(page, "activities")
    speak(page, "en")
    expect(sums).to_contain_text("Commercial activity")
    picture(page, "activities-english")
