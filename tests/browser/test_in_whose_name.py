"""A delegate looks and books in the name of their organisation, or in their own, at the prices of each; and several of a
pool, or a series of what asks something, are had from the screen."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask, narrow, picture, speak, violations
from tests.browser.days import TUESDAY, weekly, working_day
from tests.browser.test_timeline import row

pytestmark = pytest.mark.browser


def price(page, room, organisation=""):
    """What the server says that this room's first hour costs whoever is on the page, or their organisation."""
    whose = f"&organisation_id={organisation}" if organisation else ""
    return ask(page, f"/offers?resource_id={room}&minutes=60&per_resource=1{whose}")["data"][0]["offers"][0][
        "price"
    ]


def euros(money):
    return f"{money['cents'] // 100},{money['cents'] % 100:02}"


def test_a_delegate_sees_the_prices_of_whom_they_book_for(visit):
    page = visit("Carla", "/?q=Aula+Focus&minutes=60")
    speak(page, "it")
    [room] = [one["id"] for one in ask(page, "/resources?limit=100")["data"] if one["name"] == "Aula Focus"]
    body = ask(page, "/session")["organisations"][0]
    theirs, own = euros(price(page, room, body["id"])), euros(price(page, room))
    assert theirs != own
    card = page.locator(".card", has_text="Aula Focus")
    whom = page.get_by_label("Per conto di")
    expect(whom).to_have_value(body["id"])
    expect(card.locator(".slot").first).to_contain_text(theirs)
    assert violations(page) == []
    picture(page, "in-its-name")
    narrow(page, "in-its-name")
    whom.select_option(label="Me stesso")
    expect(card.locator(".slot").first).to_contain_text(own)
    card.get_by_role("link", name="Aula Focus").first.click()
    expect(page.get_by_label("Per conto di").first).to_have_value("")
    slot = page.locator(".week .slot").first
    expect(slot).to_contain_text(own)
    slot.click()
    page.locator(".countdown").wait_for()
    held = ask(page, f"/bookings/{page.url.rsplit('/', 1)[1]}")
    assert held["organisation"] is None
    page.get_by_role("button", name="Rinuncia").click()


def test_three_desks_of_a_pool_are_booked_from_the_calendar(visit):
    page = visit("Ada", f"/planner?view=day&on={working_day(3)}")
    speak(page, "it")
    row(page, "Postazioni flessibili").locator(".span.free").first.click()
    dialog = page.get_by_role("dialog")
    one = dialog.locator(".verdict")
    expect(one).to_contain_text("€")
    before = one.inner_text()
    dialog.get_by_label("Quantità").fill("3")
    expect(one).not_to_have_text(before)
    expect(one).to_contain_text("€")
    assert violations(page) == []
    picture(page, "three-desks")
    dialog.get_by_role("button", name="Blocca l'orario").click()
    page.locator(".countdown").wait_for()
    held = ask(page, f"/bookings/{page.url.rsplit('/', 1)[1]}")
    assert [item["quantity"] for item in held["items"]] == [3]
    page.get_by_role("button", name="Rinuncia").click()


def test_a_series_of_the_kitchen_says_what_the_kitchen_asks(visit):
    first = weekly(TUESDAY, 40, 3)
    page = visit("Ada", "/series")
    speak(page, "it")
    page.get_by_label("Sede").select_option(label="Open Incet")
    page.get_by_label("Che cosa", exact=True).select_option(label="Cucina laboratorio")
    page.get_by_label("Dalle").fill("09:00")
    page.get_by_label("Alle", exact=True).fill("11:00")
    page.get_by_label("Dal", exact=True).fill(str(first))
    page.get_by_label("Fino al").fill(str(first + timedelta(days=20)))
    page.get_by_label("Persone").fill("4")
    page.get_by_label("Che cosa si cucina?").fill("pane")
    page.get_by_role("checkbox", name=re.compile("uso della cucina")).check()
    assert violations(page) == []
    picture(page, "series-of-the-kitchen")
    narrow(page, "series-of-the-kitchen")
    page.get_by_role("button", name="Mostra le date").click()
    rows = page.locator("table.plan tbody tr:not(.total)")
    expect(rows).to_have_count(3)
    expect(rows.filter(has_text="libera").first).to_be_visible()
    page.get_by_role("button", name="Blocca le date scelte").click()
    page.wait_for_url("**/series/ser_*")
    page.locator(".countdown").wait_for()
