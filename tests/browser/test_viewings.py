"""Who looked at whose data, in a real browser: the manager's page with its filters, and one's own."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import picture, speak, violations
from tests.browser.test_consortium import PHONE

pytestmark = pytest.mark.browser


def test_a_manager_reads_viewings_and_filters_by_the_address(visit):
    visit("Dario", "/consortium").get_by_role("heading", name="I partner", exact=True).wait_for()
    page = visit("Dario", "/manage/viewings")
    expect(page.get_by_role("heading", name="Consultazioni")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("chi lavora per un partner")).first
    expect(row).to_be_visible()
    page.get_by_label("Che cosa").select_option(label="chi lavora per un partner")
    expect(page).to_have_url(re.compile("what=staff"))
    page.locator("td.words .link", has_text="Elena Serra").first.click()
    expect(page).to_have_url(re.compile("whose=per_"))
    expect(page.get_by_role("button", name=re.compile("Di chi: Elena Serra"))).to_be_visible()
    picture(page, "viewings")
    assert violations(page) == []
    page.reload()
    expect(page.get_by_role("button", name=re.compile("Di chi: Elena Serra"))).to_be_visible()
    page.get_by_role("button", name=re.compile("Di chi: Elena Serra")).click()
    expect(page).not_to_have_url(re.compile("whose="))


def test_everybody_sees_who_looked_at_their_own_data(visit):
    visit("Dario", "/consortium").get_by_role("heading", name="I partner", exact=True).wait_for()
    page = visit("Elena", "/me", color_scheme="dark", **PHONE)
    speak(page, "en")
    section = page.locator("section", has=page.get_by_role("heading", name="Who looked at your data"))
    expect(section.get_by_role("listitem").first).to_contain_text("Dario Gallo")
    expect(section.get_by_role("listitem").first).to_contain_text("who works for a partner")
    section.scroll_into_view_if_needed()
    picture(page, "my-viewings-phone-dark")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
