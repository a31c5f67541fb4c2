"""Four things in one booking: the next time all of them are free, one press, one price."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import narrow, picture, speak, violations

pytestmark = pytest.mark.browser


def chosen(page, *kinds):
    for number, kind in enumerate(kinds):
        page.get_by_label("Aggiungi").select_option(label=kind)
        expect(page.get_by_label("Per almeno")).to_have_count(number + 1)


def test_a_laser_a_room_for_six_a_projector_and_a_mentor_are_one_booking(visit):
    page = visit("Ada", "/")
    speak(page, "it")
    page.get_by_role("link", name="Più cose insieme").first.click()
    expect(page.get_by_text("Aggiungi almeno due cose.")).to_be_visible()
    chosen(page, "Taglio laser", "Sala riunioni", "Attrezzatura mobile", "Mentore")
    page.get_by_label("Per almeno").nth(1).fill("6")
    first = page.locator(".card").first
    expect(first.get_by_role("listitem")).to_have_count(4)
    expect(first).to_contain_text("Mentore di fabbricazione")
    assert violations(page) == []
    picture(page, "bundle")
    narrow(page, "bundle")
    hours = first.get_by_role("heading").inner_text()
    first.get_by_role("button", name="Prenota insieme").click()
    page.locator(".countdown").wait_for()
    assert page.locator("h1").inner_text().count(",") == 3
    expect(page.locator("main")).to_contain_text(hours)
    assert violations(page) == []
    picture(page, "bundle-held")
    page.get_by_role("button", name="Paga").click()
    page.get_by_role("button", name="Paga · Pay").click()
    expect(page.locator("h1")).to_have_text("Fatto", timeout=20_000)
    page.get_by_role("link", name="Apri la prenotazione").click()
    expect(page.locator(".badge")).to_contain_text("Confermata")
    picture(page, "bundle-booked")
