"""A booking is moved, handed over and given back in a real browser, and a cancellation taken back."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.clock import now
from core.periods import local_date
from tests.browser.conftest import violations
from tests.cast import ROME

pytestmark = pytest.mark.browser


def bought(visit, who, kind):
    """The page of a booking that this person has just found and paid."""
    page = visit(who, f"/?kind={kind}")
    page.locator(".slot").nth(2).click()
    page.locator(".countdown").wait_for()
    page.locator("section[aria-labelledby=quote] .button.main").click()
    till, done = page.get_by_role("button", name="Paga · Pay"), page.locator("h1", has_text="Fatto")
    expect(till.or_(done)).to_be_visible(timeout=20_000)
    if till.is_visible():  # a pass bought in an earlier journey may pay for all of it
        till.click()
    expect(done).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="Apri la prenotazione").click()
    expect(page.locator(".badge")).to_contain_text("Confermata")
    return page


def test_a_booking_is_moved_and_a_cancellation_taken_back(visit):
    page = bought(visit, "Ada", "laser")
    page.get_by_role("button", name="Sposta").click()
    dialog = page.get_by_role("dialog")
    slots = dialog.locator(".times button")
    for ahead in range(1, 15):  # the nearest days may be full or closed
        dialog.get_by_label("Giorno").fill(str(local_date(now(), ROME) + timedelta(days=ahead)))
        expect(slots.first.or_(dialog.locator(".empty"))).to_be_visible()
        if slots.count():
            break
    hours = slots.last.inner_text()
    slots.last.click()
    dialog.locator(".button.main").wait_for()
    assert violations(page) == []
    dialog.locator(".button.main").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text(hours).first).to_be_visible()
    if page.locator("#pending").count():  # dearer there: it waits to be paid, and is taken back
        page.get_by_role("button", name="Ritira").click()
        expect(page.locator("#pending")).to_have_count(0)
    page.get_by_role("button", name="Disdici").click()
    dialog.get_by_role("button", name="Disdici").click()
    page.get_by_role("button", name="Ci ripenso").click()
    expect(page.locator(".badge")).to_contain_text("Confermata")
    assert violations(page) == []


TERMS = [{"terms": "banco 2026", "names": ["Banco"]}, {"terms": "officina 2026", "names": ["Torre"]}]


def with_terms(route):
    """What is offered has terms to accept, of two of its things."""
    answer = route.fetch()
    body = answer.json()
    body["actions"]["accept"]["terms"] |= {"to_accept": TERMS} if body["actions"]["accept"]["allowed"] else {}
    route.fulfill(response=answer, json=body)


def test_a_booking_is_offered_to_somebody_who_takes_it_and_gives_it_back(visit):
    page = bought(visit, "Ada", "bench")
    code = page.locator(".code").first.inner_text()
    page.get_by_role("button", name="Passa a qualcuno").click()
    dialog = page.get_by_role("dialog")
    offer = dialog.get_by_role("button", name="Offri la prenotazione")
    expect(offer).to_have_attribute("aria-disabled", "true")
    dialog.get_by_label("La sua e-mail").fill("elena@demo.example")
    dialog.get_by_label("Messaggio (facoltativo)").fill("Io non riesco: la vuoi tu?")
    assert violations(page) == []
    offer.click()
    expect(page.locator("#pending")).to_be_visible()
    assert violations(page) == []
    theirs = visit("Elena", "/me")
    assert violations(theirs) == []
    theirs.route("**/api/v1/bookings/bkg_*", with_terms)
    theirs.locator("section[aria-labelledby=handed] a").first.click()
    expect(theirs.locator("main")).to_contain_text("la vuoi tu?")
    assert violations(theirs) == []
    accept, boxes = theirs.get_by_role("button", name="Accetta"), theirs.get_by_label("Accetto le condizioni")
    for n in range(len(TERMS)):
        expect(accept).to_have_attribute("aria-disabled", "true")
        boxes.nth(n).check()
    with theirs.expect_request("**/accept") as said:
        accept.click()
    assert said.value.post_data_json == {"accepted_terms": [one["terms"] for one in TERMS]}
    # Ada has her money back when Elena has paid, and not before.
    theirs.get_by_role("button", name="Paga").click()
    theirs.get_by_role("button", name="Paga · Pay").click()
    expect(theirs.locator("h1")).to_have_text("Fatto", timeout=20_000)
    theirs.get_by_role("link", name="Apri la prenotazione").click()
    expect(theirs.locator(".proof")).to_be_visible()
    assert theirs.locator(".code").first.inner_text() == code
    theirs.get_by_role("button", name="Restituisci").click()
    dialog = theirs.get_by_role("dialog")
    expect(dialog.get_by_label("Che cosa restituisci")).to_be_visible()
    assert violations(theirs) == []
    dialog.get_by_role("button", name="Restituisci").click()
    expect(theirs.locator(".badge").first).to_contain_text("Disdetta")


def test_an_offered_booking_is_declined_and_stays_where_it_was(visit):
    page = bought(visit, "Ada", "bench")
    page.get_by_role("button", name="Passa a qualcuno").click()
    page.get_by_label("La sua e-mail").fill("elena@demo.example")
    page.get_by_role("button", name="Offri la prenotazione").click()
    page.locator("#pending").wait_for()
    theirs = visit("Elena", "/me")
    offered = theirs.locator("section[aria-labelledby=handed] a")
    before = offered.count()
    offered.first.click()
    theirs.get_by_role("button", name="Rifiuta").click()
    expect(theirs).to_have_url(re.compile(r"/me$"))
    expect(offered).to_have_count(before - 1)
    page.reload()
    page.locator(".proof").wait_for()
    expect(page.locator("#pending")).to_have_count(0)
