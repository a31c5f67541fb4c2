"""Staff read the letter of a rescue before they declare anything out of service."""

import pytest
from playwright.sync_api import expect

from core.clock import now
from tests.browser.conftest import ask, violations

pytestmark = pytest.mark.browser


def is_booked(page, resource):
    """Whether somebody has it from now on, so that an outage would meet them."""
    asked = f"resource_id={resource}&state=confirmed&period_from={now():%Y-%m-%dT%H:%M:%SZ}&limit=1"
    return bool(ask(page, f"/bookings?{asked}")["data"])


def test_the_letter_is_read_before_anything_is_declared(visit):
    page = visit("Gina", "/upkeep")
    page.get_by_role("button", name="Dichiara fuori servizio").click()
    dialog = page.get_by_role("dialog")
    which = dialog.get_by_label("Risorsa")
    options = which.locator("option").evaluate_all("all => all.map((one) => one.value)")
    which.select_option(value=next(one for one in options if is_booked(page, one)))
    show = dialog.get_by_role("button", name="Leggi le lettere")
    expect(show).to_have_attribute("aria-disabled", "true")
    dialog.get_by_label("Motivo").fill("Si è rotta la serratura")
    show.click()
    letter = dialog.locator(".letter")
    expect(letter).to_contain_text("La tua prenotazione:", timeout=20_000)
    expect(letter).to_contain_text("Si è rotta la serratura.")
    assert violations(page) == []
    # There may be several: each is one press away, those of a kind together.
    whose = dialog.get_by_label("Lettera 1 di")
    if whose.count():
        first = letter.inner_text()
        many = whose.locator("option").count()
        dialog.get_by_role("button", name="Lettera dopo").click()
        expect(dialog.get_by_label(f"Lettera 2 di {many}")).to_have_value("1")
        expect(dialog.locator(".hint.small").last).to_contain_text("Così la leggerebbe")
        dialog.get_by_role("button", name="Lettera prima").click()
        expect(letter).to_have_text(first, use_inner_text=True)
    dialog.get_by_role("button", name="Inglese").click()
    expect(letter).to_have_attribute("lang", "en")
    expect(letter).to_contain_text("we cannot keep")
    # What is declared has changed: the letter is asked for anew.
    dialog.get_by_label("Motivo").fill("Piove dentro")
    expect(letter).to_have_count(0)
    show.click()
    expect(letter).to_contain_text("Piove dentro.", timeout=20_000)
