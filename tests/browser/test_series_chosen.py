"""An office adds a number series, keeps it for public offices, and writes a document by hand in it (K05)."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask, narrow, picture, say, speak, violations
from tests.browser.test_by_hand import MENDABLE

pytestmark = pytest.mark.browser


def test_a_series_is_added_kept_for_public_offices_and_chosen_by_hand(visit):
    page = visit("Franco", "/manage/books?view=issuer")
    page.get_by_text("Aggiungi un sezionale").first.click()
    form = page.get_by_role("form", name="Aggiungi un sezionale")
    form.get_by_label("Sigla").fill("pa")
    expect(form.get_by_role("button", name="Aggiungi un sezionale")).to_have_attribute(
        "aria-disabled", "true"
    )
    form.get_by_label("Fatture").check()
    picture(page, "series-added")
    form.get_by_role("button", name="Aggiungi un sezionale").click()

    how = page.get_by_role("form", name="In quale sezionale")
    expect(how.get_by_label("Fatture", exact=True).locator("option:checked")).to_have_text("FE")
    offices = how.get_by_label("Fatture alla pubblica amministrazione")
    expect(offices.locator("option:checked")).to_have_text("come le altre")
    offices.select_option(label="PA")
    how.get_by_role("button", name="Salva").click()
    page.reload()
    expect(offices.locator("option:checked")).to_have_text("PA")
    assert violations(page) == []
    picture(page, "series-kept")
    narrow(page, "series-kept")
    speak(page, "en")
    expect(page.get_by_role("form", name="In which number series")).to_be_visible()
    picture(page, "series-kept-english")
    speak(page, "it")

    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(page.url.split("/manage")[0] + "/manage/documents/new")
    page.get_by_role("button", name="Scrivi un nuovo cliente").click()
    page.get_by_label("Nome o ragione sociale").fill("Officine Lingotto S.r.l.")
    page.get_by_label("Partita IVA").fill("05318740015")
    page.get_by_label("Via e numero").fill("Via Nizza 230")
    page.get_by_label("CAP").fill("10126")
    page.get_by_label("Comune").fill("Torino")
    page.get_by_label("Provincia").fill("TO")
    page.get_by_role("button", name="Aggiungi il cliente").click()
    page.get_by_label("Descrizione").fill("Affitto sala riunioni")
    page.get_by_label("Prezzo senza IVA (€)").fill("25.00")
    figures = page.locator("section[aria-labelledby=figures]")
    series = figures.get_by_label("Sezionale")
    expect(series.locator("option:checked")).to_have_text("FE, come di solito")
    series.select_option(label="PA")
    issue = figures.get_by_role("button", name="Emetti")
    expect(issue).not_to_have_attribute("aria-disabled", "true")
    picture(page, "series-by-hand")
    narrow(page, "series-by-hand")
    activity = page.get_by_label("Attività")
    expect(activity.locator("option:checked")).to_have_text("Commerciale, come di solito")
    activity.select_option(label="Istituzionale")
    expect(issue).not_to_have_attribute("aria-disabled", "true")
    picture(page, "activity-by-hand")
    narrow(page, "activity-by-hand")
    issue.click()
    told = page.get_by_role("status").filter(has_text="Fattura PA-")
    expect(told).to_be_visible()
    assert violations(page) == []
    made = ask(page, "/documents?limit=5&activity=institutional")["data"]
    assert any(one["number"] in told.inner_text() for one in made)


def test_a_series_that_can_no_longer_be_chosen_can_be_left(visit):
    page = visit("Franco", "/manage/documents/new", refused=True)
    for issuer in ask(page, "/issuers")["data"]:
        say(page, f"/issuers/{issuer['id']}/series", {"code": "ALTRO", "kinds": ["invoice"]})
    page.reload()
    customer = page.evaluate(MENDABLE)
    page.get_by_label("Cerca per nome").fill(customer["name"])
    page.get_by_role("button", name=f"Scegli {customer['name']}", exact=True).click()
    page.get_by_label("Descrizione").fill("Pulizie")
    page.get_by_label("Prezzo senza IVA (€)").fill("10.00")
    figures = page.locator("section[aria-labelledby=figures]")
    series = figures.get_by_label("Sezionale")
    series.select_option(label="ALTRO")

    def left(route):
        """The answer as if the series were another kind's by now."""
        body = json.loads(route.request.post_data)
        if not body["series_id"]:
            return route.continue_()
        pointer = {"pointer": "/series_id", "code": "invalid", "detail": "Questo sezionale non è di fatture."}
        told = {"type": "/problems/invalid", "title": "x", "status": 422, "detail": "x", "code": "invalid"}
        told |= {"instance": "", "data": {}, "pointers": [pointer], "reasons": [], "alternatives": []}
        return route.fulfill(status=422, json=told, content_type="application/problem+json")

    page.route("**/api/v1/documents/preview", left)
    page.get_by_label("Prezzo senza IVA (€)").fill("11.00")
    expect(figures).to_contain_text("Questo sezionale non è di fatture.")
    expect(series.locator("option:checked")).to_have_text("quello scelto prima")
    assert violations(page) == []
    series.select_option(label="come di solito")
    expect(figures.get_by_role("button", name="Emetti")).not_to_have_attribute("aria-disabled", "true")
