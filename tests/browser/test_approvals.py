"""Staff decide in a real browser: what waits is approved, refused with a sentence, or answered with another time."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.clock import now
from core.periods import local_date
from tests.browser.conftest import violations
from tests.cast import ROME

pytestmark = pytest.mark.browser


def asked(visit):
    """The page of a request that an association has just sent."""
    page = visit("Carla", "/?people=30&features=projector&kind=hall")
    page.locator(".slot").first.click()
    page.locator(".countdown").wait_for()
    page.get_by_role("button", name="Invia la richiesta").click()
    expect(page.locator("h1")).to_have_text("Fatto")
    page.get_by_role("link", name="Apri la prenotazione").click()
    page.locator(".code").wait_for()
    return page


def test_staff_propose_another_time_with_a_sentence_and_the_guest_accepts(visit):
    guest = asked(visit)
    where = guest.url
    desk = visit("Gina", "/manage/approvals?kind=request")
    row = desk.locator(".queue > li", has=desk.locator(f"a[href='{'/' + where.split('/', 3)[3]}']"))
    expect(row).to_contain_text("Perché decidi tu")
    assert violations(desk) == []
    row.get_by_role("button", name="Proponi un altro orario").click()
    dialog = desk.get_by_role("dialog")
    send = dialog.get_by_role("button", name="Invia la proposta")
    expect(send).to_have_attribute("aria-disabled", "true")
    # Beyond what the town has booked; staff may propose any day, also one that is closed.
    dialog.get_by_label("Giorno").fill(str(local_date(now(), ROME) + timedelta(days=41)))
    dialog.get_by_label("Messaggio").fill("Quel giorno c'è il coro.")
    assert violations(desk) == []
    send.click()
    expect(dialog).to_be_hidden()
    expect(row).to_contain_text("Proposto:")
    guest.reload()
    expect(guest.locator("#pending")).to_have_text("La segreteria propone un altro orario")
    expect(guest.locator("main")).to_contain_text("Quel giorno c'è il coro.")
    assert violations(guest) == []
    guest.get_by_role("button", name="Accetta").click()
    expect(guest.locator(".badge").first).to_contain_text("Confermata")


def test_staff_refuse_by_keyboard_and_the_filters_are_in_the_address(visit):
    guest = asked(visit)
    desk = visit("Gina", "/manage/approvals")
    desk.get_by_label("Che cosa").select_option(label="Prenotazioni")
    expect(desk).to_have_url(re.compile(r"kind=request"))
    desk.get_by_label("Sede").select_option(label="Open Incet")
    expect(desk).to_have_url(re.compile(r"venue=ven_"))
    row = desk.locator(".queue > li").last
    row.press("x")
    dialog = desk.get_by_role("dialog")
    refuse = dialog.get_by_role("button", name="Rifiuta")
    expect(refuse).to_have_attribute("aria-disabled", "true")
    dialog.get_by_label("Motivo").fill("La sala è in restauro.")
    refuse.click()
    expect(dialog).to_be_hidden()
    guest.reload()
    expect(guest.locator(".badge").first).to_contain_text("Non accolta")
    expect(guest.locator("main")).to_contain_text("La sala è in restauro.")
