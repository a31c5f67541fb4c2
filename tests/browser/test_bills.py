"""The month's bills in a real browser: the office looks at one and issues it, the organisation reads its account."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import narrow, picture, speak, violations

pytestmark = pytest.mark.browser


# The address of the bills of whoever has most of them ready.
READY = """async () => {
  const issuers = (await (await fetch('/api/v1/issuers')).json()).data;
  const month = new Date(new Date().getFullYear(), new Date().getMonth() - 1, 15).toISOString().slice(0, 7);
  const found = [];
  for (const one of issuers) {
    const said = await (await fetch(`/api/v1/bills?issuer_id=${one.id}&month=${month}`)).json();
    found.push([said.counts.find((count) => count.state === 'ready').bills, one.id]);
  }
  found.sort((a, b) => b[0] - a[0]);
  return `/manage/bills?issuer=${found[0][1]}&month=${month}`;
}"""


def with_ready(visit):
    page = visit("Franco", "/manage/bills")
    base = page.url.split("/manage")[0]
    page.goto(base + page.evaluate(READY))
    page.locator("h1").wait_for()
    page.wait_for_load_state("networkidle")
    return page


def test_what_a_bill_waits_for_is_mended_where_it_leads(visit):
    page = with_ready(visit)
    page.get_by_label("Stato").select_option("ready")
    page.locator("table.data tbody tr").first.get_by_role("link").click()
    bill = page.locator("section[aria-labelledby=bill]")
    expect(bill.get_by_role("button", name="Emetti la fattura")).to_be_visible()
    here = page.url
    [body] = re.findall(r"body=(org_\w+)", here)
    page.goto(f"{here.split('/manage')[0]}/manage/customers/{body}?field=city")
    city = page.get_by_label("Comune")
    expect(city).to_be_focused()
    before = city.input_value()
    city.fill("")
    page.get_by_role("button", name="Salva").click()
    expect(page.get_by_role("status").filter(has_text="Salvato")).to_be_visible()
    page.goto(here.replace("&state=ready", ""))
    told = bill.locator(".failure")
    expect(told).to_contain_text("Mancano i dati fiscali: comune.")
    assert violations(page) == []
    picture(page, "bill-missing")
    told.get_by_role("link", name="Correggi nei dati del cliente").click()
    expect(city).to_be_focused()
    city.fill(before)
    page.get_by_role("button", name="Salva").click()
    page.go_back()
    expect(bill.get_by_role("button", name="Emetti la fattura")).not_to_have_attribute(
        "aria-disabled", "true"
    )


def test_the_office_looks_at_a_bill_agrees_on_days_and_issues_it(visit):
    page = with_ready(visit)
    page.get_by_label("Stato").select_option("ready")
    rows = page.locator("table.data tbody tr")
    expect(rows.first).to_be_visible()
    assert violations(page) == []
    picture(page, "bills")
    name = rows.first.get_by_role("link").inner_text()
    rows.first.get_by_role("link").click()
    bill = page.locator("section[aria-labelledby=bill]")
    expect(bill.get_by_role("heading", name=name)).to_be_visible()
    expect(bill.get_by_text("In questo conto", exact=True)).to_be_visible()
    bill.get_by_text("Accordo con il cliente").click()
    bill.get_by_label("Giorni per pagare").fill("60")
    bill.get_by_role("button", name="Salva").click()
    expect(bill.get_by_text("✓ Salvato")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert violations(page) == []
    picture(page, "bill")
    narrow(page, "bill")
    bill.get_by_role("button", name="Emetti la fattura").click()
    expect(bill.get_by_role("button", name="Emetti la fattura")).to_have_attribute("aria-disabled", "true")
    expect(bill.get_by_text("FE-").first).to_be_visible()
    page.goto(page.url.replace("state=ready", "state=billed"))
    expect(page.locator("table.data").first).to_contain_text(name)
    expect(page.get_by_role("heading", name="Estratto conto")).to_be_visible()
    picture(page, "bill-issued")


def test_all_that_are_ready_are_issued_and_the_list_says_so(visit):
    page = with_ready(visit)
    button = page.get_by_role("button", name="Emetti", exact=False).first
    if button.get_attribute("aria-disabled") != "true":
        button.click()
    expect(page.get_by_text("Nessun conto è pronto")).to_be_visible(timeout=30_000)
    assert violations(page) == []
    speak(page, "en")
    expect(page.get_by_role("heading", name="Monthly bills")).to_be_visible()
    picture(page, "bills-english")
    speak(page, "it")


def test_an_organisation_reads_its_account_and_has_it_on_paper(visit):
    page = visit("Carla", "/account")
    expect(page.get_by_role("heading", name="Conto dell'organizzazione")).to_be_visible()
    expect(page.get_by_text("Finora nel conto di").first).to_be_visible()
    expect(page.get_by_text("Saldo finale").first).to_be_visible()
    assert violations(page) == []
    page.evaluate("scrollTo(0, 0)")
    picture(page, "account")
    narrow(page, "account")
    paper = page.request.get(
        page.url.split("/account")[0] + page.get_by_role("link", name="PDF").first.get_attribute("href")
    )
    assert (paper.status, paper.headers["content-type"]) == (200, "application/pdf")
    speak(page, "en")
    expect(page.get_by_text("Closing balance").first).to_be_visible()
    picture(page, "account-english")
    speak(page, "it")
