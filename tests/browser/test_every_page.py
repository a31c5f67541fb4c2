"""No page of the product is wider than the narrowest telephone, with letters twice as large as usual, and no word is cut."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PAGES = {
    "Ada": ["/", "/together", "/planner", "/series", "/me", "/me/details", "/passes", "/mailbox"],
    "Carla": [
        "/account", "/planner?view=month", "/planner?view=day&as=list", "/planner?view=week",
        "/together?items=laser~,meeting_room~6,equipment~,person~",
    ],
    "Dario": [
        "/desk", "/upkeep", "/insight", "/insight/bookings", "/insight/closure", "/insight/lost", "/insight/takings",
        "/consortium", "/consortium/what-if", "/manage/approvals", "/manage/calendars", "/manage/rules", "/manage/rules?tab=hours", "/manage/rules?tab=layout",
        "/manage/tariffs", "/manage/budgets", "/manage/deposits", "/manage/viewings", "/door",
    ],
    "Franco": [
        "/manage/documents", "/manage/documents/new", "/manage/revenue", "/manage/bills",
        *(f"/manage/books?view={name}" for name in ("square", "ageing", "bank", "dunning", "instalments", "customer", "issuer", "accounts")),
    ],
}  # fmt: skip
# From a list to the page of one thing: where the list is, and which link of it leads there.
LEADS = {"Ada": [("/", ".card h2 a"), ("/me", "main a[href^='/bookings/']")], "Dario": [("/consortium", "main a[href*='/settlements/']")]}  # fmt: skip


WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const beyond = [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > width + 0.5);
  return beyond.filter((e) => !e.children.length).slice(0, 3).map((e) => e.outerHTML.slice(0, 160));
}"""


CUT = """() => {
  const words = 'h1, h2, h3, legend, label, button, summary, .button, .badge, .note';
  const drawn = (e) => e.offsetParent && getComputedStyle(e).display !== 'inline' && !e.closest('.timeline, .month, .visually-hidden');
  const found = [...document.querySelectorAll(words)].filter((e) => drawn(e) && e.scrollWidth > e.clientWidth + 1);
  return found.slice(0, 3).map((e) => e.outerHTML.slice(0, 160));
}"""


def too_wide(page: Page) -> str | None:
    """What sticks out of the page or of its own box, by the address."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if beyond > 0:
        return f"{page.url}: {beyond} px too wide: {page.evaluate(WIDE)}"
    cut = page.evaluate(CUT)
    return f"{page.url}: cut: {cut}" if cut else None


@pytest.mark.parametrize("who", PAGES)
def test_every_page_fits_the_narrowest_telephone_with_large_letters(visit, town, who):
    page = visit(who, PAGES[who][0], viewport={"width": 360, "height": 740})
    found = []
    for path in PAGES[who]:
        page.goto(f"{town}{path}")
        page.locator("h1").wait_for()
        found.append(too_wide(page))
    for path, link in LEADS.get(who, []):
        page.goto(f"{town}{path}")
        page.locator(link).first.click()
        page.wait_for_url(lambda url, path=path: not url.endswith(path))
        page.locator("h1").wait_for()
        found.append(too_wide(page))
    assert [said for said in found if said] == []
