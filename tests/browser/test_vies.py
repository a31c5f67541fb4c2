"""VAT numbers looked up in VIES, in a real browser: switched on by the issuer, read by the office and by whose number it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ask, narrow, picture, say, speak, violations

pytestmark = pytest.mark.browser

SWITCH = "chiede a VIES le partite IVA dei clienti di altri paesi dell'Unione"
ABROAD = {"country": "DE", "street": "Hauptstraße 1", "postcode": "10115", "city": "Berlin", "province": ""}
PATCH = """async ([path, body]) => {
  const token = (await (await fetch('/api/v1/session')).json()).csrf_token;
  const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token};
  const answer = await fetch(`/api/v1${path}`, {method: 'PATCH', headers, body: JSON.stringify(body)});
  if (!answer.ok) throw new Error(await answer.text());
}"""


@pytest.fixture
def asked(visit, union) -> Iterator[Page]:
    """The books of an office whose issuer has its customers' numbers looked up."""
    union.known["DE811115368"] = {
        "name": "Beispiel Aktiengesellschaft",
        "address": "Hauptstraße 1\n10115 Berlin",
    }
    page = visit("Franco", "/manage/books?view=issuer")
    speak(page, "it")
    [issuer, *_] = ask(page, "/issuers")["data"]
    assert ask(page, f"/issuers/{issuer['id']}")["asks_vies"] is False
    page.get_by_label(SWITCH).check()
    expect(page.get_by_text("Salvare ed emettere non la aspettano.")).to_be_visible()
    assert violations(page) == []
    picture(page, "vies-issuer")
    narrow(page, "vies-issuer")
    page.get_by_role("button", name="Salva").first.click()
    expect(page.get_by_role("status").filter(has_text="Salvat").first).to_be_visible()
    yield page
    page.evaluate(PATCH, [f"/issuers/{issuer['id']}", {"asks_vies": False}])


def test_what_vies_said_stands_beside_the_customer_s_data(asked):
    page = asked
    told: dict[str, Any] = {"kind": "company", "name": "Beispiel GmbH", "vat_number": "DE811115368", **ABROAD}
    customer = say(page, "/customers", told)
    page.goto(f"{page.url.split('/manage')[0]}/manage/customers/{customer['id']}")
    panel = page.locator("section[aria-labelledby=vies]")
    expect(panel).to_contain_text("VIES la conosce", timeout=30_000)
    expect(panel).to_contain_text("Beispiel Aktiengesellschaft")
    expect(page.get_by_label("Via e numero")).to_have_value("Hauptstraße 1")
    again = panel.get_by_role("button", name="Chiedi di nuovo a VIES")
    expect(again).to_have_attribute("aria-disabled", "true")
    expect(panel.get_by_text("riprova tra dieci minuti")).to_be_visible()
    assert violations(page) == []
    picture(page, "vies-valid")
    narrow(page, "vies-valid")
    speak(page, "en")
    expect(panel).to_contain_text("VIES knows it")
    picture(page, "vies-valid-english")
    speak(page, "it")


def test_whose_number_it_is_reads_that_vies_does_not_know_it_and_what_to_do(asked, visit):
    page = visit("Ada", "/me/details")
    speak(page, "it")
    before = ask(page, "/people/me")
    page.get_by_label("Paese").select_option("DE")
    page.get_by_label("Partita IVA").fill("DE 136 695 976")
    page.get_by_role("button", name="Salva").click()
    panel = page.locator("section[aria-labelledby=vies]")
    expect(panel).to_contain_text("non la conosce come valida", timeout=30_000)
    expect(panel).to_contain_text("Controlla paese e cifre")
    assert violations(page) == []
    picture(page, "vies-invalid")
    narrow(page, "vies-invalid")
    page.evaluate(PATCH, ["/people/me", {name: before[name] for name in ("country", "vat_number")}])
