"""The configuration pages in a real browser: the strict content policy lets them work, without a complaint."""

import pytest
from playwright.sync_api import expect

from config.demo_cast import PASSWORD

pytestmark = pytest.mark.browser


def test_an_administrator_signs_in_to_the_pages_and_edits(visit, town):
    page = visit(None)
    page.goto(f"{town}/admin/login/?next=/admin/people/organisation/")
    page.fill("input[name=username]", "ivo@demo.example")
    page.fill("input[name=password]", PASSWORD)
    page.click("input[type=submit]")
    page.locator("#result_list tbody th a").first.click()
    page.fill("input[name=city]", "Ivrea")
    page.click("input[name=_continue]")
    page.wait_for_selector(".messagelist .success")
    expect(page.locator("input[name=city]")).to_have_value("Ivrea")


@pytest.mark.parametrize("what", ["people/agreement", "spaces/resource", "spaces/venue", "billing/tariff"])
def test_a_page_of_the_configuration_opens(visit, town, what):
    page = visit("Ivo", "/")
    page.goto(f"{town}/admin/{what}/add/")
    expect(page.locator("input[name=_save]")).to_be_visible()
