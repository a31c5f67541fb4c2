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


ASK = """async (start) => {
  const token = (await (await fetch('/api/v1/session')).json()).csrf_token;
  const say = async (path, body) => {
    const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token, 'Idempotency-Key': crypto.randomUUID()};
    const answer = await fetch('/api/v1' + path, {method: 'POST', headers, body: JSON.stringify(body)});
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };
  const day = (n) => new Date(Date.now() + n * 86400000).toISOString().slice(0, 10);
  const halls = (await (await fetch('/api/v1/resources?kind=hall&limit=50')).json()).data;
  const hall = halls.find((found) => found.venue.name === 'Open Incet');
  const hours = {start: `${start}:00`, end: `${start + 2}:00`};
  const rule = {repeat: 'weekly', weekdays: ['thu', 'fri'], hours, first_on: day(22), last_on: day(60)};
  const plan = await say('/series/plans', {items: [{resource_id: hall.id}], rule, title: 'Prove del coro', people: 30});
  const series = await say('/series', {plan_id: plan.id});
  const ids = series.bookings.map((one) => one.id);
  const quote = await say('/quotes', {booking_ids: ids});
  await say('/checkouts', {quote_id: quote.id, booking_ids: ids, method: 'none'});
  return [series.id, ids];
}"""


APPROVE = """async (id) => {
  const token = (await (await fetch('/api/v1/session')).json()).csrf_token;
  const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token, 'Idempotency-Key': crypto.randomUUID()};
  const answer = await fetch(`/api/v1/bookings/${id}/approve`, {method: 'POST', headers, body: '{}'});
  if (!answer.ok) throw new Error(await answer.text());
}"""


def a_series_asked(visit, start):
    """A series of Thursdays and Fridays that Carla has just asked for: her page, its id, and those of its dates."""
    page = visit("Carla", "/me")
    series, ids = page.evaluate(ASK, start)
    assert len(ids) > 4
    return page, series, ids


def row_of(desk, series):
    return desk.locator(".queue > li", has=desk.locator(f"a[href='/series/{series}']"))


def test_staff_approve_a_series_in_one_press(visit):
    guest, series, ids = a_series_asked(visit, 10)
    page = visit("Gina", f"/bookings/{ids[0]}")
    page.get_by_role("link", name="È una data di una serie").click()
    expect(page.locator(".rows").first.locator("li")).to_have_count(len(ids))
    desk = visit("Gina", "/manage/approvals?kind=request")
    row = row_of(desk, series)
    expect(row).to_contain_text("Prove del coro")
    row.locator("summary").click()
    expect(row.locator("ol.dates > li")).to_have_count(len(ids))
    assert violations(desk) == []
    row.get_by_role("button", name=f"Approva tutte e {len(ids)} le date").click()
    expect(row).to_have_count(0)
    guest.goto(guest.url.replace("/me", f"/series/{series}"))
    expect(guest.locator(".rows .badge").first).to_contain_text("Confermata")
    expect(guest.locator(".rows .badge", has_text="Confermata")).to_have_count(len(ids))


def test_staff_tick_the_dates_they_approve_and_refuse_the_others_in_one_press(visit):
    guest, series, ids = a_series_asked(visit, 19)
    desk = visit("Gina", "/manage/approvals?kind=request")
    row = row_of(desk, series)
    row.get_by_role("button", name="Scegli le date").click()
    dialog = desk.get_by_role("dialog")
    ticks = dialog.get_by_role("checkbox")
    expect(ticks).to_have_count(len(ids))
    expect(dialog.get_by_role("button", name=f"Approva {len(ids)} date")).to_be_enabled()
    ticks.nth(1).uncheck()
    ticks.nth(3).uncheck()
    press = dialog.get_by_role("button", name=f"Approva {len(ids) - 2} date · rifiuta 2 date")
    expect(press).to_have_attribute("aria-disabled", "true")
    assert violations(desk) == []
    dialog.get_by_label("lasciale in attesa").check()
    expect(dialog.get_by_role("button", name="2 restano in attesa")).not_to_have_attribute(
        "aria-disabled", "true"
    )
    dialog.get_by_label("rifiutale, con un motivo").check()
    dialog.get_by_role("textbox", name="Motivo").fill("Quei giorni c'è il coro.")
    press.click()
    expect(dialog).to_be_hidden()
    expect(row).to_have_count(0)
    guest.goto(guest.url.replace("/me", f"/series/{series}"))
    expect(guest.locator(".rows .badge", has_text="Confermata")).to_have_count(len(ids) - 2)
    expect(guest.locator(".rows .badge", has_text="Non accolta")).to_have_count(2)


def test_a_colleague_s_yes_is_told_and_the_rest_is_refused_with_one_sentence(visit):
    guest, series, ids = a_series_asked(visit, 15)
    desk = visit("Gina", "/manage/approvals?kind=request", refused=True)
    row = row_of(desk, series)
    expect(row).to_contain_text("Prove del coro")
    # The colleague is at another desk, and this page has not heard of it yet.
    desk.evaluate(APPROVE, ids[0])
    row.get_by_role("button", name=f"Approva tutte e {len(ids)} le date").click()
    expect(row.get_by_role("alert").first).to_contain_text("Alcune date non si possono più decidere")
    expect(row).to_contain_text("Lo stato attuale è: confermata.")
    assert violations(desk) == []
    row.press("x")
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("Motivo").fill("La sala è in restauro.")
    dialog.get_by_role("button", name="Rifiuta", exact=True).click()
    expect(row).to_have_count(0)
    guest.goto(guest.url.replace("/me", f"/series/{series}"))
    expect(guest.locator(".rows .badge", has_text="Non accolta")).to_have_count(len(ids) - 1)


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
    # Beyond what the town and the series above have booked; staff may propose any day, also one that is closed.
    dialog.get_by_label("Giorno").fill(str(local_date(now(), ROME) + timedelta(days=70)))
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


def test_staff_decide_on_the_page_of_the_booking(visit):
    guest = asked(visit)
    desk = visit("Gina", "/" + guest.url.split("/", 3)[3])
    assert violations(desk) == []
    desk.get_by_role("button", name="Approva").click()
    expect(desk.locator(".badge").first).to_contain_text("Confermata")
    expect(desk.get_by_role("button", name="Approva")).to_have_count(0)
