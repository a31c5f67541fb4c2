"""A tablet is paired at the desk and opened at its door, in a real browser."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.clock import now
from tests.browser.conftest import ask, narrow, picture, say, violations
from tests.cast import ROME

pytestmark = pytest.mark.browser


def test_a_tablet_is_paired_once_and_shows_the_day_of_its_room(visit):
    desk = visit("Gina", "/desk")
    desk.get_by_role("button", name="Tablet alle porte").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("Nome del tablet").fill("Ingresso")
    room = dialog.get_by_label("Risorsa").locator("option").nth(1).inner_text()
    dialog.get_by_label("Risorsa").select_option(label=room)
    assert violations(desk) == []
    dialog.get_by_role("button", name="Abbina").click()
    address = dialog.locator("code").inner_text()
    tablet = visit(None, "/door", viewport={"width": 1024, "height": 768})
    expect(tablet.locator("main")).to_contain_text("non è abbinato")
    tablet.get_by_label("Indirizzo di abbinamento").fill(address)
    tablet.get_by_role("button", name="Abbina").click()
    expect(tablet.locator("h1")).to_have_text(room)
    assert violations(tablet) == []
    tablet.get_by_role("button", name="Registra l'arrivo").click()
    expect(tablet.get_by_role("dialog")).to_be_visible()
    assert violations(tablet) == []
    assert address not in tablet.url


def test_a_pool_s_tablet_says_how_many_places_are_free(visit):
    """The day of a pool as its tablet gets it, at an hour when two are there: read by whoever passes."""
    desk = visit("Gina", "/desk")
    desk.get_by_role("button", name="Tablet alle porte").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("Nome del tablet").fill("Postazioni")
    dialog.get_by_label("Risorsa").select_option(index=1)
    dialog.get_by_role("button", name="Abbina").click()
    address = dialog.locator("code").inner_text()
    tablet = visit(None, "/door", viewport={"width": 390, "height": 844})
    tablet.route("**/api/v1/door", lambda route: route.fulfill(json=pool(3)))
    tablet.get_by_label("Indirizzo di abbinamento").fill(address)
    tablet.get_by_role("button", name="Abbina").click()
    expect(tablet.locator(".state")).to_have_text("5 posti liberi su 8")
    expect(tablet.get_by_role("button", name="Termina ora: ")).to_have_count(1)
    assert violations(tablet) == []
    assert tablet.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    tablet.route("**/api/v1/door", lambda route: route.fulfill(json=pool(8)))
    tablet.reload()
    expect(tablet.locator(".state")).to_contain_text("Tutto occupato fino alle")


def test_an_empty_place_is_booked_by_telephone_and_the_tablet_follows_it_until_it_is_empty_again(visit):
    staff = visit("Dario", "/")
    [venue] = [one["id"] for one in ask(staff, "/session")["venues"] if "Campidoglio" in one["name"]]
    place = say(staff, "/resources", {"venue_id": venue, "name": "Punto di prova", "kind": "outdoor"})["id"]
    door = say(staff, "/doors", {"venue_id": venue, "resource_id": place, "name": "Punto di prova"})
    tablet = visit(
        None, f"/door{door['address'][door['address'].index('#'):]}", refused=True, viewport={"width": 1024, "height": 768}
    )  # fmt: skip
    state = tablet.locator(".state")
    expect(state).to_contain_text("Libero")
    square = tablet.get_by_role("img", name="Codice QR")
    expect(square).to_be_visible()
    assert square.evaluate("(one) => one.complete && one.naturalWidth > 0")
    assert violations(tablet) == []
    picture(tablet, "door-empty")
    narrow(tablet, "door-empty")
    expect(visit("Carla", f"/resources/{place}").locator("h1")).to_have_text("Punto di prova")
    # Staff may still write down what began a moment ago.
    start = now().replace(minute=now().minute // 30 * 30, second=0, microsecond=0)
    period = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}
    booking = say(staff, "/bookings", {"items": [{"resource_id": place}], "period": period})
    quote = say(staff, "/quotes", {"booking_ids": [booking["id"]]})
    say(staff, "/checkouts", {"quote_id": quote["id"], "booking_ids": [booking["id"]], "method": "card"})
    code = ask(staff, f"/bookings/{booking['id']}")["code"]
    tablet.reload()
    expect(state).to_have_text(f"Occupato fino alle {(start + timedelta(hours=1)).astimezone(ROME):%H:%M}")
    expect(square).to_have_count(0)
    end = tablet.get_by_role("button", name="Termina ora")
    expect(end).to_have_attribute("aria-disabled", "true")
    tablet.get_by_role("button", name="Registra l'arrivo").click()
    dialog = tablet.get_by_role("dialog")
    dialog.get_by_label("Codice").fill(code)
    dialog.get_by_role("button", name="Registra", exact=True).click()
    expect(dialog.locator(".light.green")).to_be_visible()
    picture(tablet, "door-arrived")
    dialog.get_by_role("button", name="Chiudi").click()
    longer = tablet.get_by_role("button", name="+30 min")
    expect(longer).not_to_have_attribute("aria-disabled", "true")
    picture(tablet, "door-busy")
    longer.click()
    expect(state).to_have_text(f"Occupato fino alle {(start + timedelta(minutes=90)).astimezone(ROME):%H:%M}")
    tablet.context.set_offline(True)
    silent = tablet.get_by_role("alert")
    expect(silent).to_contain_text("Senza rete", timeout=30_000)
    expect(end).to_have_attribute("aria-disabled", "true")
    assert violations(tablet) == []
    picture(tablet, "door-offline")
    tablet.context.set_offline(False)
    expect(silent).to_have_count(0, timeout=30_000)
    end.click()
    dialog.get_by_role("button", name="Termina ora").click()
    expect(state).to_contain_text("Libero")
    expect(square).to_be_visible()
    picture(tablet, "door-ended")


def pool(taken):
    """Eight places, so many taken; one of who is there has checked in, the other has not."""
    at = now()
    period = {"start": (at - timedelta(hours=1)).isoformat(), "end": (at + timedelta(hours=1)).isoformat()}
    kind = "taken" if taken == 8 else "free"
    yes = {"allowed": True, "reasons": [], "terms": {}}
    no = yes | {"allowed": False}

    def booking(name, attendance, end):
        return {
            "id": f"bkg_{name}",
            "initials": name,
            "resources": ["Postazioni"],
            "period": period,
            "attendance": attendance,
            "no_show_at": None,
            "actions": {"check_in": no, "end": end, "extend": no},
        }

    return {
        "place": "Postazioni",
        "time_zone": "Europe/Rome",
        "day": period,
        "quantity": 8,
        "spans": [{"period": period, "kind": kind, "taken": taken}],
        "bookings": [booking("A. A.", "present", yes), booking("B. B.", "expected", no)],
    }
