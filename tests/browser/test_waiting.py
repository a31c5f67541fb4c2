"""Somebody waits for the kitchen, is called, reads what happened and answers what the kitchen asks."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from core.clock import now
from core.periods import local_date
from tests.browser.conftest import ask, narrow, picture, say, speak, violations
from tests.conftest import ROME

pytestmark = pytest.mark.browser

POST = """async ([path, body]) => {
  const token = (await (await fetch('/api/v1/session')).json()).csrf_token;
  const answer = await fetch(`/api/v1${path}`, {
    method: 'POST', body: JSON.stringify(body),
    headers: {'Content-Type': 'application/json', 'X-CSRFToken': token, 'Idempotency-Key': crypto.randomUUID()},
  });
  return answer.json();
}"""


def offered(page: Page, *said: str) -> Locator:
    """What the page of one's own bookings offers with these words: another journey may have left an offer of its own."""
    row = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="Accetta"))
    for words in said:
        row = row.filter(has_text=words)
    return row


def kitchen_taken(page: Page, town: str, day: str) -> tuple[str, str]:
    """Ada holds the kitchen's first hour of the day: the booking, and the kitchen."""
    after = date.fromisoformat(day) + timedelta(days=1)
    asked = f"kind=kitchen&on_from={day}&on_to={after}&per_resource=1&minutes=60"
    card = page.request.get(f"{town}/api/v1/offers?{asked}").json()["data"][0]
    wish: dict[str, Any] = {
        "items": [{"resource_id": card["resource"]["id"]}],
        "period": card["offers"][0]["period"],
        "people": 4,
        "accepted_terms": ["uso della cucina 2026"],
        "answers": {"what": "pane"},
    }
    return page.evaluate(POST, ["/bookings", wish])["id"], card["resource"]["id"]


def test_who_wishes_for_an_hour_of_the_kitchen_is_called_and_asked_what_it_asks(visit, town):
    ada = visit("Ada", "/")
    day = str(local_date(now(), ROME) + timedelta(days=9))
    booking, kitchen = kitchen_taken(ada, town, day)
    during = ada.request.get(f"{town}/api/v1/bookings/{booking}").json()["period"]
    first, last = (f"{datetime.fromisoformat(during[at]).astimezone(ROME):%H:%M}" for at in ("start", "end"))
    page = visit("Carla", f"/resources/{kitchen}")
    speak(page, "it")
    page.get_by_text("Niente che vada bene? Avvisami quando si libera").click()
    page.get_by_label("Dal giorno").fill(day)
    page.get_by_label("Al giorno", exact=True).fill(day)
    page.get_by_label("Non prima delle").fill(first)
    join = page.get_by_role("button", name="Mettimi in lista")
    expect(join).to_have_attribute("aria-disabled", "true")
    page.get_by_label("Fino alle, al massimo").fill(last)
    join.click()
    expect(page.get_by_role("status").filter(has_text="Sei in lista")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{town}/me")
    expect(page.get_by_role("listitem").filter(has_text=f"{first}–{last}")).to_contain_text("almeno")
    ada.evaluate(POST, [f"/bookings/{booking}/release", {}])
    page.reload()
    row = offered(page, ask(page, f"/resources/{kitchen}")["name"], f"{first}–{last}")
    row.get_by_text("Che cosa è successo finora").click()
    expect(row).to_contain_text("offerto a te")
    assert violations(page) == []
    row.get_by_role("button", name="Accetta").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Che cosa si cucina?").fill("pane")
    dialog.get_by_label("Persone").fill("4")
    dialog.get_by_role("checkbox").check()
    assert violations(page) == []
    dialog.get_by_role("button", name="Accetta").click()
    expect(page.locator("h1")).to_contain_text(ask(page, f"/resources/{kitchen}")["name"])
    page.locator(".countdown").wait_for()


def test_who_finds_nothing_in_common_waits_for_all_at_once(visit, town):
    staff = visit("Gina", "/")
    day = local_date(now(), ROME) + timedelta(days=30)
    rooms = ask(staff, "/resources?kind=meeting_room&limit=100")["data"]
    first, second = [r for r in rooms if r["venue"]["id"] == rooms[0]["venue"]["id"]][:2]
    away = {"start": f"{day}T00:00:00", "end": f"{day + timedelta(days=15)}T00:00:00"}
    block = say(
        staff,
        "/blocks",
        {"resource_id": first["id"], "period": away, "kind": "other", "reason": "Tinteggiatura"},
    )
    wanted = f"meeting_room~~{first['id']},meeting_room~~{second['id']}"
    page = visit(
        "Carla", f"/together?items={wanted}&venue={first['venue']['id']}&on={day}&minutes=60&from=10:00"
    )
    speak(page, "it")
    page.get_by_text("te le proponiamo in un colpo solo").wait_for()
    expect(page.get_by_text(f"Senza {first['name']} si potrebbe")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Avvisami quando si libera").click()
    expect(page.get_by_role("status").filter(has_text="Sei in lista")).to_be_visible()
    page.goto(f"{town}/me")
    both = page.get_by_role("listitem").filter(has_text=f"{first['name']}, {second['name']}")
    expect(both).to_contain_text("a nome di")
    say(staff, f"/blocks/{block['id']}/lift", {})
    page.reload()
    both.get_by_role("button", name="Accetta").wait_for()
    assert violations(page) == []
    both.get_by_role("button", name="Accetta").click()
    expect(page.locator("h1")).to_contain_text(second["name"])
    page.locator(".countdown").wait_for()


def an_open_thursday(page: Page, room: str) -> date:
    """The first Thursday after the town's own bookings on whose evening two hours are to be had."""
    today = local_date(now(), ROME)
    first = today + timedelta(days=(3 - today.weekday()) % 7 + 28)
    for day in (first + timedelta(weeks=n) for n in range(8)):
        asked = f"resource_id={room}&on_from={day}&on_to={day + timedelta(days=1)}&minutes=120&earliest=18:00"
        if ask(page, f"/offers?{asked}")["data"][0]["offers"]:
            return day
    raise AssertionError("no Thursday is open")


def test_thursday_evening_for_two_hours_is_wished_for_offered_with_its_time_running_and_taken(visit, town):
    staff = visit("Gina", "/")
    [room] = [one for one in ask(staff, "/resources?limit=100")["data"] if one["name"] == "Aula Focus"]
    thursday = an_open_thursday(staff, room["id"])
    away = {"start": f"{thursday}T08:00:00", "end": f"{thursday}T23:00:00"}
    block = say(
        staff, "/blocks", {"resource_id": room["id"], "period": away, "kind": "other", "reason": "Cera"}
    )
    page = visit("Carla", f"/resources/{room['id']}")
    speak(page, "it")
    page.get_by_text("Niente che vada bene? Avvisami quando si libera").click()
    page.get_by_label("Dal giorno").fill(str(thursday - timedelta(days=1)))
    page.get_by_label("Al giorno", exact=True).fill(str(thursday + timedelta(days=1)))
    page.get_by_role("checkbox", name="Gio").check()
    page.get_by_label("Non prima delle").fill("18:00")
    page.get_by_label("Fino alle, al massimo").fill("22:00")
    page.get_by_label("Per almeno").select_option("120")
    picture(page, "wish")
    page.get_by_role("button", name="Mettimi in lista").click()
    expect(page.get_by_role("status").filter(has_text="Sei in lista")).to_be_visible()
    page.goto(f"{town}/me")
    place = page.get_by_role("listitem").filter(has_text="Aula Focus").filter(has_text="Lascia la lista")
    expect(place).to_contain_text("Gio · 18:00–22:00 · almeno 120 min")
    picture(page, "wish-waits")
    say(staff, f"/blocks/{block['id']}/lift", {})
    page.reload()
    row = offered(page, "Aula Focus", "18:00–22:00")
    expect(row).to_be_visible()  # all that is free of the evening, which is two hours at least
    expect(row.get_by_role("timer")).to_have_text(re.compile(r"(\d+:)?\d\d:\d\d"))
    row.get_by_text("Che cosa è successo finora").click()
    expect(row.locator("ol li")).to_have_count(2)
    expect(row).to_contain_text("ti sei messo in lista")
    row.get_by_text("Ne basta una parte?").click()
    row.get_by_label("Dalle").select_option(label="19:30")
    row.get_by_label("Alle", exact=True).select_option(label="21:30")
    assert violations(page) == []
    picture(page, "wish-offered")
    narrow(page, "wish-offered")
    row.get_by_role("button", name="Accetta 19:30–21:30").click()
    page.wait_for_url("**/bookings/bkg_*")
    expect(page.locator("h1")).to_contain_text("Aula Focus")
    expect(page.locator("main")).to_contain_text("19:30–21:30")
    page.locator(".countdown").wait_for()
    page.get_by_role("button", name="Rinuncia").click()


def test_who_needs_a_room_with_a_projector_and_no_steps_waits_for_any_such_room(visit, town):
    staff = visit("Gina", "/")
    rooms = [
        one
        for one in ask(staff, "/resources?kind=meeting_room&kind=classroom&limit=100")["data"]
        if one["venue"]["name"] == "Toolbox"
    ]
    fitting = [room for room in rooms if {"projector", "step-free"} <= set(room["features"])]
    day = local_date(now(), ROME) + timedelta(days=46)
    away = {"start": f"{day}T00:00:00", "end": f"{day + timedelta(days=15)}T00:00:00"}
    blocks = {
        room["name"]: say(
            staff, "/blocks", {"resource_id": room["id"], "period": away, "kind": "other", "reason": "Posa"}
        )["id"]
        for room in fitting
    }
    assert len(blocks) > 1
    page = visit("Carla", "/together")
    speak(page, "it")
    for kind in ("Sala riunioni", "Mentore"):
        page.get_by_label("Aggiungi").select_option(label=kind)
    page.get_by_label("Sede").select_option(label="Toolbox")
    page.get_by_label("Giorno").fill(str(day))
    expect(page.locator(".card").first).to_be_visible()
    room = page.get_by_role("group", name="Che cosa (1)")
    room.get_by_text("Con che cosa, per chi").click()
    room.get_by_label("proiettore").check()
    room.get_by_label("senza barriere").check()
    expect(page).to_have_url(re.compile("meeting_room(~|%7E){3}projector.step-free"))
    page.get_by_text("te le proponiamo in un colpo solo").wait_for()
    picture(page, "together-with")
    narrow(page, "together-with")
    page.get_by_role("button", name="Avvisami quando si libera").click()
    expect(page.get_by_role("status").filter(has_text="Sei in lista")).to_be_visible()
    page.goto(f"{town}/me")
    place = page.get_by_role("listitem").filter(
        has_text="Sala riunioni (proiettore, senza barriere), Mentore"
    )
    expect(place).to_contain_text("Toolbox")
    say(staff, f"/blocks/{blocks['Sala Dora']}/lift", {})
    page.reload()
    row = offered(page, "Sala Dora", "Mentore")
    row.get_by_role("button", name="Rifiuta").click()
    expect(row).to_have_count(0)
    for name in blocks.keys() - {"Sala Dora"}:
        say(staff, f"/blocks/{blocks[name]}/lift", {})
