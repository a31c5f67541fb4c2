"""A booking is moved and stretched on the calendar: by mouse, by keyboard and from the list; what may not be says what may."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import a_booking, narrow, picture, speak, violations
from tests.browser.days import working_day
from tests.browser.test_timeline import NARROW, place, row
from tests.cast import ROME

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.getAttribute('aria-label')"
HOUR = timedelta(hours=1)


def wall(at):
    return datetime.fromisoformat(at).astimezone(ROME)


def with_a_booking(visit, name, days, **options):
    """The calendar of a day on which Carla has this hour of the room, its start by the wall, and the booking's id."""
    on = working_day(2) + timedelta(days=days)
    page = visit("Carla", "/me", refused=True, **options)
    speak(page, "it")
    booking = a_booking(page, name, on)
    page.goto(page.url.replace("/me", f"/planner?view=day&on={on}"))
    own(page, name, booking).first.wait_for()
    return page, wall(booking["period"]["start"]), booking


def own(page, name, booking):
    start, end = (wall(booking["period"][at]) for at in ("start", "end"))
    return row(page, name).locator(f".span.mine[aria-label*='{start:%H:%M}–{end:%H:%M}']")


def pull(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.mouse.move(*end, steps=4)


def middle(box):
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def other_hour(page, name, start):
    """A whole hour of the row's free time that is not the booking's, as the calendar says itself."""
    for label in row(page, name).locator(".span.free").evaluate_all("all => all.map((one) => one.ariaLabel)"):
        first, last = (
            int(hour) * 60 + int(minute)
            for hour, minute in re.findall(r"(\d\d):(\d\d)", label.split(",")[-2])
        )
        hour = -(-first // 60)
        if hour * 60 + 60 <= last and abs(hour - start.hour) > 1:
            return hour
    raise AssertionError(f"{name} has no other hour")


def test_a_booking_is_dragged_elsewhere_and_says_what_that_costs(visit):
    page, start, booking = with_a_booking(visit, "Sala Dora", 0)
    hour = other_hour(page, "Sala Dora", start)
    x, y = place(page, "Sala Dora", hour + 0.5)
    pull(page, middle(own(page, "Sala Dora", booking).bounding_box()), (x, y))
    expect(page.locator(".draft .flag")).to_have_text(
        f"{hour:02}:00–{hour + 1:02}:00 · Non cambia niente da pagare"
    )
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Dalle")).to_have_value(f"{hour:02}:00")
    expect(dialog.get_by_label("Risorsa")).to_be_focused()
    expect(dialog.locator(".verdict")).to_have_text("Non cambia niente da pagare")
    assert violations(page) == []
    dialog.get_by_role("button", name="Sposta", exact=True).click()
    expect(dialog).to_be_hidden()
    said = page.get_by_role("status").filter(has_text="Spostata: Sala Dora")
    expect(said).to_contain_text(f"{hour:02}:00–{hour + 1:02}:00")
    expect(said).to_be_in_viewport()
    expect(row(page, "Sala Dora").locator(f".span.mine[aria-label*='{hour:02}:00–']")).to_have_count(1)


def test_an_edge_is_pulled_and_more_time_is_owed(visit):
    page, start, booking = with_a_booking(visit, "Sala Sangone", 1)
    box = own(page, "Sala Sangone", booking).bounding_box()
    end = (box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    pull(page, end, (end[0] - box["width"] / 2, end[1]))
    half = start + HOUR / 2
    expect(page.locator(".draft .flag")).to_have_text(
        f"{start:%H:%M}–{half:%H:%M} · Da pagare in meno: 24,40 €"
    )
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Alle", exact=True)).to_have_value(f"{half:%H:%M}")
    dialog.get_by_role("button", name="Sposta", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(row(page, "Sala Sangone").locator(f".span.mine[aria-label*='–{half:%H:%M}']")).to_have_count(1)


def test_the_keyboard_moves_a_booking_and_the_focus_goes_with_it(visit):
    page, start, booking = with_a_booking(visit, "Sala Stura", 0)
    speak(page, "en")
    own(page, "Sala Stura", booking).first.wait_for()
    own(page, "Sala Stura", booking).click()
    page.keyboard.press("Escape")
    assert "your booking" in page.evaluate(FOCUSED)
    page.keyboard.press("m")
    said = page.get_by_role("status").filter(has_text="Sala Stura")
    expect(said).to_contain_text(f"{start:%H:%M}–")
    page.keyboard.press("Shift+ArrowLeft")
    expect(said).to_contain_text(f"{start:%H:%M}–{start + HOUR / 2:%H:%M}, To pay less: €6.10")
    page.keyboard.press("Escape")
    expect(said).to_have_count(0)
    page.keyboard.press("m")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowRight")
    half = start + HOUR / 2
    expect(said).to_contain_text(f"{half:%H:%M}–{start + HOUR:%H:%M}, To pay less: €6.10")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Resource")).to_be_focused()
    expect(dialog.locator(".verdict")).to_have_text("To pay less: €6.10")
    assert violations(page) == []
    dialog.get_by_role("button", name="Move", exact=True).press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("status").filter(has_text="Moved: Sala Stura")).to_contain_text(f"{half:%H:%M}")
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("aria-label", re.compile(f"{half:%H:%M}–"), timeout=15_000)
    expect(focused).to_have_attribute("aria-label", re.compile("your booking"))
    speak(page, "it")


def test_what_is_dropped_where_it_may_not_be_is_offered_what_is_near(visit):
    _, _, other = with_a_booking(visit, "Sala Po", 1)
    page, _, booking = with_a_booking(visit, "Sala Po", 1)
    taken = own(page, "Sala Po", other)
    pull(page, middle(own(page, "Sala Po", booking).bounding_box()), middle(taken.bounding_box()))
    expect(page.locator(".draft .flag")).to_contain_text("Questo orario è già preso.")
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("Questo orario è già preso.")
    press = dialog.get_by_role("button", name="Sposta", exact=True)
    expect(press).to_have_attribute("aria-disabled", "true")
    expect(dialog.locator(".why")).to_have_text("Scegli un altro orario o un'altra risorsa.")
    assert violations(page) == []
    near = dialog.get_by_role("button", name=re.compile("Prova questo: Sala Po")).first
    [hours] = re.findall(r"\d\d:\d\d–\d\d:\d\d", near.get_attribute("aria-label"))
    near.click()
    expect(dialog.get_by_role("alert")).to_have_count(0)
    expect(press).to_be_focused()
    expect(press).not_to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(row(page, "Sala Po").locator(f".span.mine[aria-label*='{hours}']")).to_have_count(1)


def test_the_list_moves_a_booking_on_a_telephone(visit):
    page, start, _ = with_a_booking(visit, "Sala Dora", 2, **NARROW)
    page.get_by_role("radio", name="Elenco").check()
    move = page.get_by_role("button", name=re.compile(f"Sposta: Sala Dora, {start:%H:%M}"))
    move.click()
    dialog = page.get_by_role("dialog")
    press = dialog.get_by_role("button", name="Sposta", exact=True)
    expect(press).to_have_attribute("aria-disabled", "true")
    assert violations(page) == []
    later = start + HOUR / 2
    dialog.get_by_label("Alle", exact=True).fill(f"{later:%H:%M}")
    expect(dialog.locator(".verdict")).to_have_text("Da pagare in meno: 12,20 €")
    press.click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("status").filter(has_text="Spostata: Sala Dora")).to_be_in_viewport()
    row_now = page.get_by_role("button", name=f"Sposta: Sala Dora, {start:%H:%M}–{later:%H:%M}")
    expect(row_now).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def hours_of(span):
    """The day, and the first and last minute, that a stretch of the calendar says of itself."""
    _, day, said, *_ = span.get_attribute("aria-label").split(", ")
    first, last = (int(hour) * 60 + int(minute) for hour, minute in re.findall(r"(\d\d):(\d\d)", said))
    return day, first, last


def clocked(minute):
    return f"{minute // 60:02}:{minute % 60:02}"


def drawn_moved_and_stretched(page, mine, others, shots):
    """Time is drawn on another day, given up, and the booking dragged there and made half as long."""
    day, first, last = hours_of(mine)
    box = mine.bounding_box()
    hour = box["width"] / (last - first) * 60
    free = next(
        one for one in others.all() if hours_of(one)[0] != day and hours_of(one)[2] - hours_of(one)[1] >= 120
    )
    onto, (other, start, _) = free.bounding_box(), hours_of(free)
    y = onto["y"] + onto["height"] / 2
    pull(page, (onto["x"] + hour * 0.2, y), (onto["x"] + hour * 1.8, y))
    expect(page.locator(".draft .flag")).to_contain_text("€")
    picture(page, f"{shots}-drawn")
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Dalle")).to_have_value(clocked(start))
    expect(dialog.locator(".verdict")).to_contain_text("€")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    # Whoever thinks better of it lets go with Escape.
    pull(page, middle(box), (onto["x"] + hour, y))
    expect(page.locator(".draft")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".draft")).to_have_count(0)
    page.mouse.up()
    expect(dialog).to_have_count(0)
    pull(page, middle(box), (onto["x"] + hour / 2, y))
    picture(page, f"{shots}-moved")
    page.mouse.up()
    expect(dialog.get_by_label("Dalle")).to_have_value(clocked(start))
    dialog.locator("[type=submit]").click()
    expect(dialog).to_be_hidden()
    moved = page.locator(f".span.mine[aria-label*='{other}, {clocked(start)}–']")
    expect(moved).to_have_count(1)
    # What was said of the move may push the calendar down: it stands where it stays once it can be pointed at.
    moved.hover()
    box = moved.bounding_box()
    edge, y = box["x"] + box["width"] - 3, box["y"] + box["height"] / 2
    pull(page, (edge, y), (edge - box["width"] / 2, y))
    page.mouse.up()
    expect(dialog.get_by_label("Alle", exact=True)).to_have_value(clocked(start + 30))
    dialog.get_by_role("button", name="Sposta", exact=True).click()
    expect(dialog).to_be_hidden()
    shorter = page.locator(f".span.mine[aria-label*='{other}, {clocked(start)}–{clocked(start + 30)}']")
    expect(shorter).to_have_count(1)
    assert violations(page) == []


def test_the_month_of_one_room_is_drawn_on_like_a_day_by_mouse_by_keyboard_and_as_a_list(visit):
    page, start, _ = with_a_booking(visit, "Sala Sangone", 2)
    page.get_by_role("radio", name="Mese").check()
    page.locator("table.month").wait_for()
    picture(page, "month-all")
    page.get_by_role("button", name="Sala Sangone", exact=True).click()
    # This day's and whole hour's: others of hers in the month may begin at the same time.
    mine = page.locator(
        f".span.mine[aria-label*=' {start.day} '][aria-label*='{start:%H:%M}–{start + HOUR:%H:%M}']"
    )
    mine.wait_for()
    days = page.locator(".timeline .line").count()
    assert days >= 28
    mine.scroll_into_view_if_needed()
    near = mine.locator("xpath=ancestor::*[@data-row]/preceding-sibling::*[@data-row][position()<4]")
    drawn_moved_and_stretched(page, mine, near.locator(".span.free"), "month")
    narrow(page, "month")
    page.locator(".cursor").focus()
    before = page.evaluate(FOCUSED).split(", ")
    page.keyboard.press("ArrowDown")
    after = page.evaluate(FOCUSED).split(", ")
    assert (before[0], after[0]) == ("Sala Sangone", "Sala Sangone")
    assert before[1] != after[1]
    page.get_by_role("radio", name="Elenco").check()
    listed = page.locator("details.listed")
    expect(listed).to_have_count(days)
    move = "button[aria-label^='Sposta: Sala Sangone']"
    listed.filter(has=page.locator(move)).first.locator("summary").click()
    page.locator(move).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Risorsa")).to_be_focused()
    # Where it stands by now: what the last move gave back is no price any more.
    expect(dialog.get_by_role("button", name="Sposta", exact=True)).to_have_attribute("aria-disabled", "true")
    assert violations(page) == []
    picture(page, "month-list")


FEW = {
    "code": "too-few-people",
    "detail": "Si prenota per almeno 4 persone.",
    "holds_from": None,
    "way_out": None,
}
NO = {
    "type": "about:blank",
    "title": "Non si può",
    "status": 403,
    "code": "refused",
    "detail": FEW["detail"],
    "reasons": [FEW],
    "pointers": [],
    "alternatives": [],
}


def test_what_one_room_asks_is_said_to_it_and_not_to_another(visit):
    page, _, booking = with_a_booking(visit, "Sala Stura", 3)

    def refuse(route):
        route.fulfill(status=403, json=NO, content_type="application/problem+json")

    def wanting(route):
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"people_needed": True})

    page.route("**/api/v1/quotes", refuse)
    page.route("**/api/v1/resources/res_*", wanting)
    own(page, "Sala Stura", booking).click()
    page.get_by_role("dialog").get_by_role("button", name="Sposta o cambia durata", exact=True).click()
    dialog = page.get_by_role("dialog").first
    dialog.get_by_role("button", name="Rispondi a quanto è chiesto").click()
    page.get_by_label("Persone").fill("4")
    with page.expect_request(lambda sent: sent.url.endswith("/quotes") and '"people":4' in sent.post_data):
        page.get_by_role("button", name="Fatto", exact=True).click()
    with page.expect_request(
        lambda sent: sent.url.endswith("/quotes") and "resource_id" in sent.post_data
    ) as other:
        dialog.get_by_label("Risorsa").select_option(label="Sala Dora")
    assert "people" not in other.value.post_data_json
