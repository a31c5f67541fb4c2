"""Whoever stands at a door: comes in with a code, ends what is on, is told why not, and sees when the tablet is alone."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlparse

import pytest
from playwright.sync_api import expect

from core.clock import now
from tests.browser.conftest import ask, say, violations
from tests.cast import ROME

pytestmark = pytest.mark.browser

TABLET = {"viewport": {"width": 1024, "height": 768}, "refused": True}
HALF = timedelta(minutes=30)
ALONE = {"meeting_room", "classroom", "person", "equipment"}


def on_now(desk):
    """Staff have let somebody into a room this half hour, whatever its hours: the room, and the booking."""
    rooms = [one for one in ask(desk, "/resources?limit=100")["data"] if one["kind"] in ALONE]
    start = datetime.fromtimestamp(now().timestamp() // 1800 * 1800, ROME)
    period = {"start": start.isoformat(), "end": (start + 2 * HALF).isoformat()}
    for room in rooms:
        wish = {"items": [{"resource_id": room["id"]}], "period": period, "override_reason": "È alla porta"}
        held = desk.evaluate(TRY, wish)
        if held:
            quote = say(desk, "/quotes", {"booking_ids": [held["id"]]})
            method = "pos" if quote["total"]["cents"] else "none"
            say(
                desk,
                "/checkouts",
                {"quote_id": quote["id"], "booking_ids": [held["id"]], "method": method},
            )
            return room, held
    raise AssertionError("every room is taken now")


TRY = """async (body) => {
  const token = (await (await fetch('/api/v1/session')).json()).csrf_token;
  const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token, 'Idempotency-Key': crypto.randomUUID()};
  const answer = await fetch('/api/v1/bookings', {method: 'POST', headers, body: JSON.stringify(body)});
  return answer.ok ? answer.json() : null;
}"""


# As Escape does it, and at once what opened it: one task of the browser, in which no event can come between.
LEFT_AND_AGAIN = """() => new Promise((done) => {
  const opener = [...document.querySelectorAll('.acts button')].find((one) => one.textContent === 'Termina ora');
  document.querySelector('dialog[open]').requestClose();
  opener.click();
  setTimeout(done, 200);
})"""


def tablet_at(visit, desk, room, **options):
    door = {
        "venue_id": room["venue"]["id"],
        "resource_id": room["id"],
        "name": "Prova",
        "names": "initials",
    }
    address = urlparse(say(desk, "/doors", door)["address"])
    tablet = visit(None, f"/door#{address.fragment}", **(TABLET | options))
    expect(tablet.locator("h1")).to_have_text(room["name"])
    return tablet


def test_who_is_at_the_door_comes_in_with_a_code_and_leaves_early(visit):
    desk = visit("Gina", "/desk", refused=True)
    room, booking = on_now(desk)
    tablet = tablet_at(visit, desk, room)
    until = datetime.fromisoformat(booking["period"]["end"]).astimezone(ROME)
    state = tablet.locator(".state")
    expect(state).to_have_text(f"Occupato fino alle {until:%H:%M}")
    end = tablet.get_by_role("button", name="Termina ora")
    expect(end).to_have_attribute("aria-disabled", "true")
    expect(tablet.locator(".why")).to_have_text("Prima registra l'arrivo")
    tablet.get_by_role("button", name="Registra l'arrivo").press("Enter")
    dialog = tablet.get_by_role("dialog")
    code = dialog.get_by_label("Codice o QR")
    expect(code).to_be_focused()
    # A reader types what it reads, and Enter.
    tablet.keyboard.type("ZZZZZZ")
    tablet.keyboard.press("Enter")
    expect(dialog.locator(".light.red")).to_contain_text("Nessuna prenotazione di qui ha questo codice")
    assert violations(tablet) == []
    tablet.keyboard.type(booking["code"].lower())
    tablet.keyboard.press("Enter")
    expect(dialog.locator(".light.green")).to_contain_text("Arrivo registrato")
    assert violations(tablet) == []
    # Nobody closes it: the room's day comes back by itself.
    expect(dialog).to_be_hidden(timeout=12_000)
    longer = tablet.get_by_role("button", name=re.compile(r"\+\d\d min"))
    expect(longer).to_have_attribute("aria-disabled", "true")
    expect(tablet.locator(".why")).to_be_visible()
    end.press("Enter")
    expect(dialog).to_contain_text("Terminare adesso?")
    assert violations(tablet) == []
    # However fast it is asked for again, the news that it was left comes first.
    tablet.evaluate(LEFT_AND_AGAIN)
    expect(dialog).to_contain_text("Terminare adesso?")
    tablet.keyboard.press("Escape")
    expect(end).to_be_focused()
    left = tablet.locator(".rows .badge", has_text="andato via")
    others = left.count()  # of those who were here before, some may have left early too
    end.press("Enter")
    dialog.get_by_role("button", name="Termina ora").press("Enter")
    expect(dialog).to_be_hidden()
    expect(left).to_have_count(others + 1)
    expect(state).not_to_have_text(re.compile("Occupato"))
    expect(tablet.locator("h1")).to_be_focused()


def test_a_tablet_without_a_network_says_of_when_it_tells(visit):
    desk = visit("Gina", "/desk")
    [room] = ask(desk, "/resources?kind=mill&limit=1")["data"]
    tablet = tablet_at(visit, desk, room, locale="en-GB", viewport={"width": 390, "height": 844})
    tablet.clock.install()
    tablet.reload()
    tablet.locator(".state").wait_for()
    tablet.context.set_offline(True)
    tablet.clock.fast_forward(21_000)
    told = tablet.get_by_role("alert")
    expect(told).to_contain_text("No network: times are as of")
    for button in tablet.locator(".acts button").all():
        expect(button).to_have_attribute("aria-disabled", "true")
    expect(tablet.locator(".why").first).to_have_text("No network")
    assert violations(tablet) == []
    assert tablet.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    tablet.context.set_offline(False)
    tablet.clock.fast_forward(21_000)
    expect(told).to_have_count(0)
