"""A series is planned on a telephone with another hour where it is taken, then one of its dates is changed and put on paper."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.clock import now
from core.periods import local_date
from tests.browser.conftest import a_booking, ask, narrow, picture, speak, violations
from tests.browser.days import THURSDAY, TUESDAY, WEDNESDAY, weekly
from tests.cast import ROME

pytestmark = pytest.mark.browser


def planned(visit, first, room="Sala Nodo", **options):
    page = visit("Carla", "/series", **options)
    speak(page, "it")
    page.get_by_label("Sede").select_option(label="Open Incet")
    page.get_by_label("Che cosa").select_option(label=room)
    page.get_by_label("Titolo").fill("Lettura ad alta voce")
    page.get_by_label("Dal", exact=True).fill(str(first))
    page.get_by_label("Fino al").fill(str(first + timedelta(days=27)))
    return page


def clock(page, at):
    return page.evaluate("(at) => new Date(at).toLocaleTimeString('it-IT', {timeZone: 'Europe/Rome'})", at)


def on_account(page):
    """What is held on this page is put on the organisation's account."""
    page.locator(".countdown").wait_for()
    page.get_by_label("Come si paga").select_option(label="Sul conto dell'ente")
    page.locator(".panel .button.main").press("Enter")
    expect(page.locator("h1")).to_have_text("Fatto", timeout=20_000)


def test_a_series_takes_another_hour_where_one_is_taken_and_changes_one_date(visit):
    first = weekly(THURSDAY, 61)
    guest = visit("Carla", "/me")
    taken = a_booking(guest, "Sala Nodo", first)
    start = taken["period"]["start"]
    page = planned(visit, first, viewport={"width": 360, "height": 780})
    for name in ("Lun", "Mar", "Mer", "Gio", "Ven", "Sab", "Dom"):
        page.get_by_role("checkbox", name=name, exact=True).set_checked(name == "Gio")
    hour = clock(guest, start)
    page.get_by_label("Dalle").fill(hour[:5])
    page.get_by_label("Alle", exact=True).fill(f"{int(hour[:2]) + 1:02}{hour[2:5]}")
    page.get_by_role("button", name="Mostra le date").press("Enter")
    rows = page.locator("table.plan tbody tr:not(.total)")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("occupata")
    assert violations(page) == []
    other = rows.first.get_by_role("combobox")
    other.focus()
    other.select_option(index=1)
    expect(rows.first).to_contain_text("spostata")
    expect(rows.first.get_by_role("checkbox")).to_be_focused()
    expect(page.locator("tr.total")).to_contain_text("4 date scelte")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Blocca le date scelte").press("Enter")
    page.wait_for_url("**/series/ser_*")
    address = page.url
    on_account(page)
    page.goto(address)
    dates = page.get_by_role("list", name="Date della serie").get_by_role("listitem")
    expect(dates).to_have_count(4)
    page.get_by_role("button", name="Cambia la serie").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Tutte quelle che devono ancora cominciare")).to_be_focused()
    dialog.get_by_label("Solo questa data").check()
    dialog.get_by_label("Data", exact=True).select_option(index=1)
    dialog.get_by_role("button", name="Avanti").press("Enter")
    half = int(hour[:2]) * 60 + int(hour[3:5]) + 30
    page.get_by_label("Alle", exact=True).fill(f"{half // 60:02}:{half % 60:02}")
    page.get_by_role("button", name="Mostra che cosa cambia").press("Enter")
    expect(page.get_by_role("heading", name="Che cosa cambia")).to_be_focused()
    assert violations(page) == []
    page.get_by_role("button", name="Cambia la serie così").press("Enter")
    expect(page.get_by_role("status").filter(has_text="la serie è cambiata")).to_be_focused()
    page.get_by_role("button", name="Prepara il contratto (PDF)").press("Enter")
    link = page.get_by_role("link", name="Scarica il contratto")
    expect(link).to_be_visible(timeout=20_000)
    expect(link).to_be_focused()
    assert page.request.get(link.evaluate("a => a.href")).body().startswith(b"%PDF-")
    assert violations(page) == []


def test_the_later_dates_become_a_series_of_their_own_that_ends_early_and_takes_a_date_back(visit):
    first = weekly(TUESDAY, 61)
    page = planned(visit, first, room="Sala ItaliaCamp")
    page.get_by_role("button", name="Mostra le date").click()
    expect(page.locator("table.plan tbody tr:not(.total)")).to_have_count(4)
    page.get_by_role("button", name="Blocca le date scelte").click()
    page.wait_for_url("**/series/ser_*")
    address = page.url
    on_account(page)
    page.goto(address)
    page.get_by_role("button", name="Cambia la serie").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Questa e le seguenti").check()
    dialog.get_by_label("Data", exact=True).select_option(index=2)
    dialog.get_by_role("button", name="Avanti").click()
    page.get_by_label("Dalle").fill("19:00")
    page.get_by_label("Alle", exact=True).fill("21:00")
    page.get_by_role("button", name="Mostra che cosa cambia").click()
    changed = page.locator("table.plan .change.moves")
    expect(changed).to_have_count(2)
    assert violations(page) == []
    picture(page, "series-following")
    narrow(page, "series-following")
    page.get_by_role("button", name="Cambia la serie così").click()
    told = page.get_by_role("status").filter(has_text="la serie è cambiata")
    expect(told).to_be_in_viewport()
    expect(told).to_be_focused()
    expect(page.get_by_role("link", name="Continua una serie precedente")).to_be_visible()
    dates = page.get_by_role("list", name="Date della serie").get_by_role("listitem")
    expect(dates).to_have_count(2)
    expect(dates.last).to_contain_text("19:00–21:00")
    last = page.get_by_label("Termina la serie dal")
    end = page.get_by_role("button", name="Termina la serie", exact=True)
    last.fill(str(local_date(now(), ROME) + timedelta(days=400)))
    expect(end).to_have_attribute("aria-disabled", "true")
    last.fill(str(first + timedelta(days=21)))
    end.click()
    expect(dialog).to_contain_text("Sarà disdetta 1 data")
    assert violations(page) == []
    picture(page, "series-end")
    dialog.get_by_role("button", name="Termina la serie").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("status").filter(has_text="sono disdette")).to_be_in_viewport()
    expect(page.locator("h1")).not_to_be_focused()
    expect(dates.last).to_contain_text("Disdetta")
    picture(page, "series-ended")
    dates.last.get_by_role("button", name="Rimetti").click()
    expect(page.locator("table.plan .change.new")).to_have_count(1)
    assert violations(page) == []
    page.get_by_role("button", name="Cambia la serie così").click()
    expect(told).to_be_focused()
    on_account(page)


def test_a_series_of_two_rooms_begins_from_a_common_time_and_takes_another_in_the_place_of_one(visit):
    first = weekly(WEDNESDAY, 61)
    guest = visit("Carla", "/me")
    start = clock(guest, a_booking(guest, "Sala ItaliaCamp", first + timedelta(days=7))["period"]["start"])[
        :5
    ]
    rooms = {one["name"]: one["id"] for one in ask(guest, "/resources?limit=100")["data"]}
    both = f"classroom~~{rooms['Aula Focus']},meeting_room~~{rooms['Sala ItaliaCamp']}"
    page = visit("Carla", f"/together?items={both}&on={first}&minutes=60&from={start}")
    speak(page, "it")
    page.get_by_role("link", name="Prenota una serie").first.press("Enter")
    expect(page.get_by_label("Che cosa (1)")).to_have_value(rooms["Aula Focus"])
    expect(page.get_by_label("Che cosa (2)")).to_have_value(rooms["Sala ItaliaCamp"])
    expect(page.get_by_label("Dalle")).to_have_value(start)
    besides = page.get_by_label("Insieme a")
    besides.select_option(label="Sala Nodo")
    expect(page.get_by_label("Che cosa (3)")).to_have_value(rooms["Sala Nodo"])
    page.get_by_role("button", name="Togli Sala Nodo").press("Enter")
    expect(page.get_by_label("Che cosa (3)")).to_have_count(0)
    expect(besides).to_be_focused()
    page.get_by_label("giorni festivi").uncheck()
    page.get_by_label("Fino al").fill(str(first + timedelta(days=27)))
    page.get_by_role("button", name="Mostra le date").press("Enter")
    rows = page.locator("table.plan tbody tr:not(.total)")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("occupata: Sala ItaliaCamp")
    assert violations(page) == []
    picture(page, "series-of-two")
    narrow(page, "series-of-two")
    rows.nth(1).get_by_role("combobox").select_option(index=1)
    expect(page.locator("tr.total")).to_contain_text("4 date scelte")
    page.get_by_role("button", name="Blocca le date scelte").press("Enter")
    page.wait_for_url("**/series/ser_*")
    address = page.url
    on_account(page)
    page.goto(address)
    expect(page.locator("h1")).to_have_text("Aula Focus, Sala ItaliaCamp")
    page.get_by_role("button", name="Cambia la serie").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Questa e le seguenti").check()
    dialog.get_by_label("Data", exact=True).select_option(index=2)
    dialog.get_by_role("button", name="Avanti").press("Enter")
    expect(besides).to_have_count(0)
    page.get_by_label("Che cosa (2)").select_option(label="Cucina laboratorio")
    assert violations(page) == []
    picture(page, "series-swap-form")
    narrow(page, "series-swap-form")
    page.get_by_role("button", name="Mostra che cosa cambia").press("Enter")
    page.get_by_role("button", name="Rispondi a quanto è chiesto").press("Enter")
    dialog.get_by_label("Persone").fill("6")
    dialog.get_by_label("Che cosa si cucina?").fill("Il pane")
    dialog.get_by_role("checkbox", name=re.compile("uso della cucina")).check()
    dialog.get_by_role("button", name="Fatto").press("Enter")
    expect(page.locator("table.plan .change.moves")).to_have_count(2)
    expect(rows.first).to_contain_text("Cucina laboratorio al posto di Sala ItaliaCamp")
    expect(rows.first.locator("s")).to_have_count(0)  # its hours are the same
    # What is left as it is may be taken up again.
    choice = rows.last.get_by_role("checkbox")
    choice.press("Space")
    expect(rows.last).to_contain_text("resta com'è")
    choice.press("Space")
    expect(choice).to_be_checked()
    assert violations(page) == []
    picture(page, "series-swap")
    narrow(page, "series-swap")
    page.get_by_role("button", name="Cambia la serie così").press("Enter")
    expect(page.get_by_role("status").filter(has_text="la serie è cambiata")).to_be_focused()
    expect(page.locator("h1")).to_have_text("Aula Focus, Cucina laboratorio")
    dates = page.get_by_role("list", name="Date della serie").get_by_role("listitem")
    expect(dates).to_have_count(2)
    # One date alone begins from what it has, and only its time changes.
    page.get_by_role("button", name="Cambia la serie").press("Enter")
    dialog.get_by_label("Solo questa data").check()
    dialog.get_by_role("button", name="Avanti").press("Enter")
    expect(page.get_by_label("Che cosa (2)")).to_have_value(rooms["Cucina laboratorio"])
    end = f"{int(start[:2]) + 2:02}{start[2:]}"
    page.get_by_label("Alle", exact=True).fill(end)
    page.get_by_role("button", name="Mostra che cosa cambia").press("Enter")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Cambia la serie così").press("Enter")
    expect(dates.first).to_contain_text(f"{start}–{end}")
    picture(page, "series-swapped")
    narrow(page, "series-swapped")


def test_what_another_room_wants_said_is_said_where_the_change_is_shown(visit):
    page = planned(visit, weekly(TUESDAY, 61), room="Aula Focus")
    page.get_by_role("button", name="Mostra le date").click()
    page.get_by_role("button", name="Blocca le date scelte").click()
    page.wait_for_url("**/series/ser_*")
    page.get_by_role("button", name="Cambia la serie").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Avanti").click()
    page.get_by_label("Che cosa", exact=True).select_option(label="Cucina laboratorio")
    page.get_by_role("button", name="Mostra che cosa cambia").click()
    say, moves = (
        page.get_by_role("button", name="Rispondi a quanto è chiesto"),
        page.locator("table.plan .change.moves"),
    )
    expect(say).to_be_visible()
    expect(moves).to_have_count(0)
    picture(page, "series-unsaid")
    say.press("Enter")
    dialog.get_by_label("Persone").fill("4")
    dialog.get_by_label("Che cosa si cucina?").fill("pane")
    dialog.get_by_role("checkbox", name=re.compile("uso della cucina")).check()
    assert violations(page) == []
    dialog.get_by_role("button", name="Fatto").press("Enter")
    expect(moves.first).to_be_visible()
    expect(say).to_have_count(0)
    expect(page.get_by_role("heading", name="Che cosa cambia")).to_be_focused()
    assert violations(page) == []
    picture(page, "series-said")
    narrow(page, "series-said")
