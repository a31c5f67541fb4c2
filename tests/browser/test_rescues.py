"""A room fails: staff write to whoever is in it, who answers by the letter's link, without signing in; and staff see it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import a_booking, ask, violations
from tests.browser.days import working_day
from tests.browser.test_timeline import NARROW

pytestmark = pytest.mark.browser


def rescued(visit, name, on, count, why):
    """Staff have written to Carla, who has so many hours of the room that day; the staff's page, and her letter's link."""
    guest = visit("Carla", "/me")
    for _ in range(count):
        a_booking(guest, name, on)
    page = visit("Gina", "/upkeep")
    page.get_by_role("button", name="Dichiara fuori servizio").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Risorsa")).to_be_focused()
    dialog.get_by_label("Risorsa").select_option(label=name)
    dialog.get_by_label("Dalle").fill(f"{on}T07:00")
    dialog.get_by_label("Fino a").fill(f"{on}T23:00")
    dialog.get_by_label("Motivo").fill(why)
    dialog.get_by_role("button", name="Dichiara fuori servizio").click()
    expect(dialog).to_be_hidden()
    row = page.locator("section[aria-labelledby=outages] li", has_text=why)
    row.get_by_role("button", name="Soccorri chi è coinvolto").click()
    expect(page.locator("h1")).to_have_text(f"Soccorso: {name}")
    cases = page.locator("section[aria-labelledby=cases] li", has_text="Coro Barriera in Canto")
    expect(cases).to_have_count(count)
    expect(cases.first).to_contain_text("Non ancora scritto")
    assert violations(page) == []
    page.get_by_role("button", name="Invia a 1 persona").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Inviato")).to_be_visible()
    expect(cases.first).to_contain_text("Non ancora letto")
    expect(page.get_by_role("button", name="Invia", exact=True)).to_have_attribute("aria-disabled", "true")
    assert violations(page) == []
    return page, link_in_the_letter(page, why)


def link_in_the_letter(page, why):
    box = page.context.new_page()
    box.goto(re.sub(r"/rescues/.*", "/mailbox", page.url))
    letter = box.locator("details", has_text=why).first
    letter.locator("summary").click(timeout=20_000)
    [path] = re.findall(r"/answer/\S+", letter.locator("pre").inner_text())
    box.close()
    return path


def test_who_is_met_answers_by_the_link_and_staff_see_who_has_not(visit):
    staff, path = rescued(visit, "Sala Sangone", working_day(3) - timedelta(days=2), 4, "Perde il tetto")
    guest = visit(None, path, **NARROW)
    also = visit(None, path, refused=True)
    expect(guest.locator("h1")).to_have_text("La tua prenotazione non si può tenere")
    assert violations(guest) == []
    assert guest.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    first, second, third, fourth = guest.locator("section.panel").all()
    first.get_by_role("button", name="Rimborsatemi tutto").tap()
    expect(first.get_by_role("status")).to_have_text("Disdetta e rimborsata")
    expect(first.get_by_role("status")).to_be_focused()
    second.get_by_role("button", name="Rimborso e lista d'attesa").tap()
    expect(second.get_by_role("status")).to_have_text("Rimborsata, in lista d'attesa")
    taken = third.get_by_role("button", name="Va bene, la prendo")
    if taken.count():  # something like it was found and kept
        taken.tap()
        expect(third.get_by_role("status")).to_have_text("Spostata a quello che era tenuto")
    assert violations(guest) == []
    # The same letter, opened before and answered once more: what was answered stands, and the page says so.
    again = also.locator("section.panel").first
    again.get_by_role("button", name="Rimborso e lista d'attesa").press("Enter")
    expect(again.get_by_role("status")).to_contain_text("Era già arrivata una risposta")
    expect(again.get_by_role("status")).to_contain_text("Disdetta e rimborsata")
    assert violations(also) == []
    staff.reload()
    counts = staff.locator("dl.counts div")
    expect(counts.filter(has_text="Senza risposta").locator("dd")).to_have_text(re.compile("[12]"))
    last = staff.locator("section[aria-labelledby=cases] li").last
    expect(last).to_contain_text("Letto")
    last.locator("summary").press("Enter")
    last.get_by_role("button", name="Lascia com'è").press("Enter")
    expect(last).to_contain_text("Resta com'è")
    assert violations(staff) == []
    guest.reload()
    expect(fourth.get_by_role("status")).to_have_text("Resta com'è")


def test_a_letter_after_its_hour_says_what_counts_and_a_wrong_link_where_to_look(visit):
    staff, path = rescued(visit, "Sala Po", working_day(3) - timedelta(days=1), 2, "Senza corrente")
    guest = visit(None, path, locale="en-GB")
    letter = ask(guest, path.replace("/answer/", "/answers/"))
    late, ruled = letter["cases"]
    late |= {"expired": True, "choices": []}
    ruled |= {"answer": "refund", "by_default": True, "choices": []}
    letter["language"] = "en"
    guest.route("**/api/v1/answers/*", lambda route: route.fulfill(json=letter))
    guest.reload()
    expect(guest.locator("section.panel").first).to_contain_text("The time to answer is over")
    expect(guest.locator("section.panel").last).to_contain_text("Cancelled and refunded (no answer)")
    expect(guest.locator("section.panel button")).to_have_count(0)
    assert violations(guest) == []
    lost = visit(None, path[:-4] + "AAAA", refused=True)
    expect(lost.locator("h1")).to_have_text("Questo collegamento non vale più")
    assert violations(lost) == []
    # What the default has decided at its hour stands beside what people have answered.
    rescue = "/rescues/" + staff.url.rsplit("/", 1)[1]
    told = ask(staff, rescue)
    told["cases"][0] |= {"answer": "refund", "by_default": True}
    told["counts"] |= {"by_default": 1, "open": 1}
    staff.route("**/api/v1/rescues/*", lambda route: route.fulfill(json=told))
    staff.reload()
    expect(staff.locator("section[aria-labelledby=cases] li").first).to_contain_text("(nessuna risposta)")
    assert violations(staff) == []
