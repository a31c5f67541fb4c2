"""The office writes a price list in a real browser, sees what it would have done, and publishes it."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.clock import now
from core.periods import local_date
from tests.browser.conftest import violations
from tests.cast import ROME

pytestmark = pytest.mark.browser


def test_a_price_list_is_copied_refused_mended_tried_and_published(visit):
    page = visit("Dario", "/manage/tariffs", refused=True)
    page.on("dialog", lambda dialog: dialog.accept())
    expect(page.get_by_role("heading", name="Listino", exact=True)).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Nuova bozza da «Listino»").click()
    title = page.get_by_label("Nome", exact=True)
    expect(title).to_have_value("Nuovo listino")
    title.fill("Listino di primavera")
    day = local_date(now(), ROME) + timedelta(days=300)  # no other journey books so far ahead
    page.get_by_label("In vigore dal").fill(str(day))
    first = page.get_by_role("group", name="Prezzo 1", exact=True)
    page.get_by_role("button", name="Aggiungi un prezzo").click()
    publish = page.get_by_role("button", name="Pubblica")
    expect(publish).to_have_attribute("aria-disabled", "true")
    last = page.get_by_role("group", name="Prezzo").last
    last.get_by_label("Si paga").select_option("reduction")
    last.get_by_label("Si mostra come").fill("Residenti")
    last.get_by_label("Percento in meno").fill("0")
    page.get_by_role("button", name="Salva la bozza").click()
    expect(last.get_by_role("alert")).to_contain_text("percentuale")
    last.get_by_label("Percento in meno").fill("15")
    first.get_by_label("Prezzo, IVA inclusa (€)").fill("99,50")
    page.get_by_role("button", name="Salva la bozza").click()
    expect(page.get_by_role("heading", name="Il mese scorso a questi prezzi")).to_be_visible()
    expect(page.locator("tr.total")).to_contain_text("€")
    assert violations(page) == []
    publish.click()
    expect(page.locator("li", has_text="Listino di primavera")).to_contain_text("dal suo giorno")
    expect(title).to_be_disabled()
