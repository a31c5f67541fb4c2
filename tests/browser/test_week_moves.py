"""The week, and the day, of several resources: drawn on, moved from day to day and from room to room, and stretched; by
mouse and by keyboard."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import a_booking, ask, narrow, picture, speak, violations
from tests.browser.days import working_day
from tests.browser.test_calendar_moves import (
    FOCUSED,
    clocked,
    drawn_moved_and_stretched,
    hours_of,
    middle,
    other_hour,
    own,
    pull,
    wall,
    with_a_booking,
)
from tests.browser.test_timeline import place, row

pytestmark = pytest.mark.browser
MONTHS = ["gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"]


def own_of_week(page, name, booking):
    """The booking in its row, on its day: another day may have the same hours."""
    start = wall(booking["period"]["start"])
    return own(page, name, booking).and_(
        page.locator(f"[aria-label*=' {start.day} {MONTHS[start.month - 1]}, ']")
    )


def open_week(page, name, weeks):
    """A Wednesday to come with most of it and of the day after free, so many such weeks ahead."""
    [room] = [one["id"] for one in ask(page, "/resources?limit=100")["data"] if one["name"] == name]
    found = 0
    for on in (working_day(1) + timedelta(weeks=n) for n in range(16)):
        asked = f"resource_id={room}&on={on}&on={on + timedelta(days=1)}&minutes=60&per_resource=200"
        slots = ask(page, f"/offers?{asked}")["data"][0]["offers"]
        days = Counter(wall(slot["period"]["start"]).date() for slot in slots)
        found += len(days) == 2 and min(days.values()) >= 8
        if found == weeks:
            return on
    raise AssertionError(f"{name} has no such week")


def in_its_week(visit, name, weeks=1):
    """The week of the house in which Carla has an hour of this room on its Wednesday, and the booking."""
    page = visit("Carla", "/me", refused=True)
    speak(page, "it")
    on = open_week(page, name, weeks)
    booking = a_booking(page, name, on)
    page.goto(page.url.replace("/me", f"/planner?view=week&on={on}"))
    own_of_week(page, name, booking).first.wait_for()
    page.wait_for_load_state("networkidle")
    return page, booking


def test_a_week_is_drawn_on_moved_from_day_to_day_and_stretched(visit):
    page, booking = in_its_week(visit, "Sala Sangone")
    picture(page, "week")
    mine = own_of_week(page, "Sala Sangone", booking)
    drawn_moved_and_stretched(page, mine, row(page, "Sala Sangone").locator(".span.free"), "week")
    narrow(page, "week")


def test_a_booking_of_a_week_goes_to_another_room_and_another_day(visit):
    page, booking = in_its_week(visit, "Sala Stura", 2)
    mine = own_of_week(page, "Sala Stura", booking)
    day, *_ = hours_of(mine)
    free = next(
        one
        for one in row(page, "Sala Po").locator(".span.free").all()
        if hours_of(one)[0] != day and hours_of(one)[2] - hours_of(one)[1] >= 60
    )
    onto, (other, start, end) = free.bounding_box(), hours_of(free)
    hour = onto["width"] / (end - start) * 60
    pull(page, middle(mine.bounding_box()), (onto["x"] + hour / 2, onto["y"] + onto["height"] / 2))
    expect(row(page, "Sala Po").locator(".draft")).to_have_count(1)
    expect(page.locator(".draft .flag")).to_contain_text("Da pagare")
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Dalle")).to_have_value(clocked(start))
    expect(dialog.get_by_label("Risorsa")).to_have_value(re.compile("res_"))
    dialog.locator("[type=submit]").click()
    expect(dialog).to_be_hidden()
    there = row(page, "Sala Po").locator(f".span.mine[aria-label*='{other}, {clocked(start)}–']")
    expect(there).to_have_count(1)
    expect(own_of_week(page, "Sala Stura", booking)).to_have_count(0)


def test_an_hour_of_a_week_is_as_wide_as_an_hour(visit):
    page, booking = in_its_week(visit, "Sala Dora")
    box = own_of_week(page, "Sala Dora", booking).bounding_box()
    track = row(page, "Sala Dora").locator(".track").bounding_box()
    hours = page.locator(".timeline").evaluate(
        "one => Number(getComputedStyle(one).getPropertyValue('--hours'))"
    )
    assert box["width"] == pytest.approx(track["width"] / hours, abs=1)


def test_the_keyboard_chooses_time_in_a_week_and_moves_a_booking_to_another_day(visit):
    page, booking = in_its_week(visit, "Sala Stura")
    start = wall(booking["period"]["start"])
    own_of_week(page, "Sala Stura", booking).click()
    page.keyboard.press("Escape")
    assert "tua" in page.evaluate(FOCUSED)
    before = page.evaluate(FOCUSED).split(", ")[1]
    page.keyboard.press("m")
    said = page.locator(".timeline + [role=status]")
    expect(said).to_contain_text(f"{start:%H:%M}–")
    page.keyboard.press("PageDown")
    expect(said).to_contain_text(re.compile("Da pagare|Non cambia|preso"))
    assert before not in said.inner_text()
    expect(page.locator(".draft")).to_be_in_viewport()
    picture(page, "week-keys")
    # To Friday: on Saturday the evening is closed, and nothing is drawn there.
    page.keyboard.press("PageDown")
    expect(page.locator(".draft")).to_be_in_viewport()
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowDown")
    assert "Sala Stura" not in said.inner_text()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    half = start + timedelta(minutes=30)
    expect(said).to_contain_text(f"{start:%H:%M}–{half:%H:%M}")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Risorsa")).to_be_focused()
    expect(dialog.get_by_label("Alle", exact=True)).to_have_value(f"{half:%H:%M}")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    # New time: from a free step on, lengthened.
    page.keyboard.press("n")
    assert "libero fino alle" in page.evaluate(FOCUSED)
    page.keyboard.press("Shift+ArrowRight")
    expect(said).to_contain_text("€")
    page.keyboard.press("Enter")
    expect(dialog.locator(".verdict")).to_contain_text("€")
    page.keyboard.press("Escape")


def test_a_booking_of_a_day_goes_to_another_room_by_mouse_and_back_by_keyboard(visit):
    page, start, booking = with_a_booking(visit, "Sala Dora", 1)
    hour = other_hour(page, "Sala Stura", start)
    x, y = place(page, "Sala Stura", hour + 0.5)
    pull(page, middle(own(page, "Sala Dora", booking).bounding_box()), (x, y))
    expect(row(page, "Sala Stura").locator(".draft")).to_have_count(1)
    expect(page.locator(".draft .flag")).to_contain_text("Da pagare in meno")
    picture(page, "day-to-another-room")
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Sposta", exact=True).click()
    expect(dialog).to_be_hidden()
    there = row(page, "Sala Stura").locator(f".span.mine[aria-label*='{hour:02}:00–']")
    expect(there).to_have_count(1)
    there.click()
    page.keyboard.press("Escape")
    before = page.evaluate(FOCUSED).split(", ")[1]
    page.keyboard.press("m")
    said = page.locator(".timeline + [role=status]")
    page.keyboard.press("ArrowUp")
    expect(said).to_contain_text(f"Sala Dora, {before}, {hour:02}:00–")
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Risorsa").locator("option:checked")).to_have_text("Sala Dora")
    expect(dialog.get_by_label("Dalle")).to_have_value(f"{hour:02}:00")
    page.keyboard.press("Escape")
