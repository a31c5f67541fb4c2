"""The calendar by mouse, by keyboard, by finger and as a list: choosing time, with the judge's word while one draws."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import violations
from tests.browser.days import working_day

pytestmark = pytest.mark.browser

NARROW = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def calendar(visit, who="Carla", weeks=1, later=0, **options):
    """The calendar of such a day, or of the same weekday so many weeks later."""
    page = visit(who, f"/planner?view=day&on={working_day(weeks) + timedelta(weeks=later)}", **options)
    page.locator(".timeline").wait_for()
    return page


def row(page, name):
    return page.locator(".line", has_text=name)


def place(page, name, hour):
    """Where an hour of a row is on the screen."""
    ticks = page.locator(".timeline .scale b").all_inner_texts()
    track = row(page, name).locator(".track")
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    return box["x"] + box["width"] * (hour - int(ticks[0])) / len(ticks), box["y"] + box["height"] / 2


def stroke(page, name, start, end):
    x, y = place(page, name, start)
    page.mouse.move(x + 2, y)
    page.mouse.down()
    to, _ = place(page, name, end)
    page.mouse.move((x + to) / 2, y, steps=3)
    page.mouse.move(to - 2, y, steps=3)


def free_from(page, name, hours):
    """The first hour of the row at which this many are free, as the calendar says itself."""
    spans = row(page, name).locator(".span.free")
    for label in spans.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))"):
        start, minute, end = map(int, re.findall(r"(\d\d):(\d\d)–(\d\d):", label)[0])
        first = start + (minute > 0)
        if end - first >= hours:
            return first
    raise AssertionError(f"{name} has no {hours} hours free")


def test_a_stroke_over_free_time_says_its_price_and_books_it(visit):
    page = calendar(visit)
    hour = free_from(page, "Sala Po", 2)
    stroke(page, "Sala Po", hour, hour + 2)
    expect(page.locator(".draft .flag")).to_contain_text(f"{hour:02}:00–{hour + 2:02}:00")
    expect(page.locator(".draft .flag")).to_contain_text("€")
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Dalle")).to_have_value(f"{hour:02}:00")
    expect(dialog.get_by_label("Alle", exact=True)).to_have_value(f"{hour + 2:02}:00")
    expect(dialog.locator(".verdict")).to_contain_text("€")
    assert violations(page) == []
    dialog.get_by_role("button", name="Blocca l'orario").click()
    page.locator(".countdown").wait_for()
    page.get_by_role("button", name="Rinuncia").click()


def test_a_stroke_that_the_rules_refuse_says_why_before_anything_is_asked(visit):
    page = calendar(visit, "Bruno")
    hour = free_from(page, "Taglio laser", 1)
    stroke(page, "Taglio laser", hour, hour + 1)
    expect(page.locator(".draft .flag")).to_contain_text("Laser L1")
    page.mouse.up()
    expect(page.get_by_role("dialog").locator(".verdict")).to_contain_text("Laser L1")


def test_the_keyboard_walks_lengthens_and_books(visit):
    page = calendar(visit)
    page.locator(".cursor").focus()
    page.keyboard.press("ArrowDown")
    focused = "document.activeElement.getAttribute('aria-label')"
    assert "Sala Po" in page.evaluate(focused)
    page.keyboard.press("Home")
    page.keyboard.press("n")
    assert "libero fino alle" in page.evaluate(focused)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".draft")).to_be_visible()
    said = page.locator(".timeline + [role=status]")
    expect(said).to_contain_text(re.compile(r"Sala Po.*\d\d:\d\d–\d\d:\d\d.*€"))
    page.keyboard.press("Escape")
    expect(page.locator(".draft")).to_have_count(0)
    expect(said).to_contain_text("Lasciato com'era")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_label("Dalle")).not_to_be_empty()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert "Sala Po" in page.evaluate(focused)


def test_the_week_walks_from_day_to_day(visit):
    page = visit("Carla", f"/planner?view=week&on={working_day()}")
    page.locator(".cursor").focus()
    label = "document.activeElement.getAttribute('aria-label')"
    page.keyboard.press("Home")
    before = page.evaluate(label)
    page.keyboard.press("PageDown")
    assert page.evaluate(label) != before
    assert violations(page) == []


def test_the_list_does_what_the_calendar_does(visit):
    page = visit("Carla", f"/planner?view=day&as=list&on={working_day()}")
    page.locator("table.data").wait_for()
    assert violations(page) == []
    page.get_by_role("button", name=re.compile("Prenota: Sala Dora")).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Sala Dora")
    expect(dialog.locator(".verdict")).to_contain_text("€")


def test_a_month_tells_what_is_left_of_each_day_and_opens_it(visit):
    page = visit("Carla", f"/planner?view=month&on={working_day(2)}")
    page.locator("table.month").wait_for()
    assert violations(page) == []
    day = page.get_by_role("button", name=re.compile(r"Sala Po.*h libere")).first
    day.focus()
    page.keyboard.press("ArrowDown")
    assert "Sala Dora" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline .line")).to_have_count(1)
    assert "view=day" in page.url
    assert "only=res_" in page.url


def test_what_is_looked_at_is_in_the_address(visit):
    page = visit("Carla", f"/planner?view=day&on={working_day()}")
    page.get_by_text("Settimana").click()
    page.get_by_label("Mostra").select_option(label="Solo con orari liberi")
    page.get_by_label("Tipo").select_option(label="Aula")
    page.wait_for_url(re.compile("view=week"))
    address = page.url
    assert "show=free" in address
    assert "kind=classroom" in address
    again = visit("Carla", address.split("/", 3)[3].join(["/", ""]))
    expect(again.get_by_role("radio", name="Settimana")).to_be_checked()
    expect(again.get_by_label("Mostra")).to_have_value("free")


def test_staff_draw_a_block_and_lift_it(visit):
    page = calendar(visit, "Gina", weeks=3)
    page.get_by_role("radio", name="Blocco").check()
    hour = free_from(page, "Sala Sangone", 1)
    stroke(page, "Sala Sangone", hour, hour + 1)
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Dalle")).to_have_value(f"{hour:02}:00")
    dialog.get_by_label("Motivo").fill("Tende nuove")
    dialog.get_by_role("button", name="Blocca una risorsa").click()
    expect(dialog).to_be_hidden()
    blocked = row(page, "Sala Sangone").locator(".span.blocked")
    blocked.click()
    expect(dialog).to_contain_text("Tende nuove")
    dialog.get_by_role("button", name="Togli il blocco").click()
    expect(blocked).to_have_count(0)


def test_staff_block_a_weekday_again_and_again_and_lift_the_later_ones(visit):
    page = calendar(visit, "Gina", weeks=3)
    page.get_by_role("radio", name="Blocco").check()
    hour = free_from(page, "Sala Stura", 1)
    stroke(page, "Sala Stura", hour, hour + 1)
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Si ripete").select_option("weekly")
    expect(dialog.get_by_label("Fino al")).to_be_visible()
    dialog.get_by_label("Motivo").fill("Pulizia dei vetri")
    assert violations(page) == []
    dialog.get_by_role("button", name="Blocca una risorsa").click()
    expect(dialog).to_be_hidden()
    blocked = row(page, "Sala Stura").locator(".span.blocked")
    expect(blocked).to_have_count(1)
    later = calendar(visit, "Gina", weeks=3, later=2)
    again = row(later, "Sala Stura").locator(".span.blocked")
    again.click()
    later.get_by_role("button", name="Togli anche i successivi").click()
    expect(again).to_have_count(0)
    page.reload()
    expect(blocked).to_have_count(1)


def test_a_finger_scrolls_unless_it_rests_and_a_tap_books(visit):
    page = calendar(visit, **NARROW)
    assert violations(page) == []
    row(page, "Sala Dora").locator(".span.free").last.tap()
    expect(page.get_by_role("dialog")).to_contain_text("Sala Dora")


@pytest.mark.parametrize("light", [{}, {"color_scheme": "dark"}, NARROW], ids=["light", "dark", "narrow"])
def test_no_calendar_shuts_anybody_out(visit, town, light):
    page = visit("Gina", "/planner", **light)
    for how in ("view=day", "view=week", "view=month", "view=week&as=list"):
        page.goto(f"{town}/planner?{how}&on={working_day()}")
        page.locator(".timeline, .month, .listed").first.wait_for()
        page.wait_for_load_state("networkidle")
        assert violations(page) == []
