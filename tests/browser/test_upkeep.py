"""Staff read the letter of a rescue before they declare anything out of service."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import violations

pytestmark = pytest.mark.browser


def test_the_letter_is_read_before_anything_is_declared(visit):
    page = visit("Gina", "/upkeep")
    page.get_by_role("button", name="Dichiara fuori servizio").click()
    dialog = page.get_by_role("dialog")
    for option in dialog.get_by_label("Risorsa").locator("option").all():
        dialog.get_by_label("Risorsa").select_option(value=option.get_attribute("value"))
        page.wait_for_load_state("networkidle")
        if dialog.locator("details.more").count():
            break
    show = dialog.get_by_role("button", name="Leggi la lettera")
    expect(show).to_have_attribute("aria-disabled", "true")
    dialog.get_by_label("Motivo").fill("Si è rotta la serratura")
    show.click()
    letter = dialog.locator(".letter")
    expect(letter).to_contain_text("La tua prenotazione:")
    expect(letter).to_contain_text("Si è rotta la serratura.")
    assert violations(page) == []
    dialog.get_by_role("button", name="Inglese").click()
    expect(letter).to_have_attribute("lang", "en")
    expect(letter).to_contain_text("we cannot keep")
    # What is declared has changed: the letter is asked for anew.
    dialog.get_by_label("Motivo").fill("Piove dentro")
    expect(letter).to_have_count(0)
    show.click()
    expect(letter).to_contain_text("Piove dentro.")
