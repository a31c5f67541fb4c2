"""A tablet is paired at the desk and opened at its door, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import violations

pytestmark = pytest.mark.browser


def test_a_tablet_is_paired_once_and_shows_the_day_of_its_room(visit):
    desk = visit("Gina", "/desk")
    desk.get_by_role("button", name="Tablet alle porte").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("Nome del tablet").fill("Ingresso")
    room = dialog.get_by_label("Risorsa").locator("option").nth(1).inner_text()
    dialog.get_by_label("Risorsa").select_option(label=room)
    assert violations(desk) == []
    dialog.get_by_role("button", name="Abbina").click()
    address = dialog.locator("code").inner_text()
    tablet = visit(None, "/door", viewport={"width": 1024, "height": 768})
    expect(tablet.locator("main")).to_contain_text("non è abbinato")
    tablet.get_by_label("Indirizzo di abbinamento").fill(address)
    tablet.get_by_role("button", name="Abbina").click()
    expect(tablet.locator("h1")).to_have_text(room)
    assert violations(tablet) == []
    tablet.get_by_role("button", name="Registra l'arrivo").click()
    expect(tablet.get_by_role("dialog")).to_be_visible()
    assert violations(tablet) == []
    assert address not in tablet.url
