"""The words are a file of their own: where it does not come, the page says so and offers a way out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import narrow, picture, violations

pytestmark = pytest.mark.browser
WORDS = re.compile(r"/assets/(it|en)-[^/]+\.js")


def test_a_page_whose_words_do_not_come_says_so_in_both_languages_and_loads_again(visit):
    page = visit(None, "/passes", refused=True)
    expect(page.get_by_role("navigation").first).to_be_visible()
    tried: list[str] = []

    def cut(route: Route) -> None:
        tried.append(route.request.url)
        route.abort("internetdisconnected")

    page.route(WORDS, cut)
    page.reload()
    said = page.get_by_role("alert")
    expect(said).to_contain_text("I testi di questa pagina non sono arrivati")
    expect(said).to_contain_text("The words of this page did not arrive")
    assert len(tried) == 2
    assert violations(page) == []
    picture(page, "wordless")
    narrow(page, "wordless")
    page.unroute(WORDS)
    said.get_by_role("link", name="Ricarica la pagina").click()
    expect(page.get_by_role("navigation").first).to_be_visible()
    expect(said).to_have_count(0)
    assert page.url.endswith("/passes")


def test_words_that_do_not_come_at_first_are_asked_for_again(visit):
    page = visit(None, "/passes", refused=True)
    page.route(WORDS, lambda route: route.abort("internetdisconnected"), times=1)
    page.reload()
    expect(page.get_by_role("navigation").first).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
