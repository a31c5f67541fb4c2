"""A document written by hand in a real browser: a new customer, what is missing and what to look at, the fields that mend
it, the number that comes of it, and its credit note."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from billing.papers.freeze import ITALY
from core.clock import now
from core.periods import local_date
from tests.browser.conftest import ask, narrow, picture, say, speak, violations

pytestmark = pytest.mark.browser


def a_new_document(page: Page) -> None:
    """From the list to the page of a new one, which has fields of the same names."""
    page.get_by_role("link", name="Nuovo documento").click()
    expect(page.get_by_role("heading", name="Nuovo documento")).to_be_visible()


def test_a_document_is_written_mended_issued_and_credited(visit):
    page = visit("Franco", "/manage/documents", refused=True)
    a_new_document(page)
    figures = page.locator("section[aria-labelledby=figures]")
    issue = figures.get_by_role("button", name="Emetti")
    expect(issue).to_have_attribute("aria-disabled", "true")

    page.get_by_role("button", name="Scrivi un nuovo cliente").click()
    page.get_by_label("Nome o ragione sociale").fill("Officine Lingotto S.r.l.")
    page.get_by_label("Partita IVA").fill("05318740015")
    page.get_by_label("Via e numero").fill("Via Nizza 230")
    page.get_by_label("CAP").fill("10126")
    page.get_by_label("Provincia").fill("TO")
    assert violations(page) == []
    picture(page, "by-hand-customer")
    page.get_by_role("button", name="Aggiungi il cliente").click()
    expect(page.get_by_text("Officine Lingotto S.r.l.")).to_be_visible()

    page.get_by_label("Descrizione").fill("Affitto sala riunioni")
    page.get_by_label("Quantità").fill("3")
    page.get_by_label("Unità").fill("ore")
    page.get_by_label("Prezzo senza IVA (€)").fill("25.00")
    page.get_by_label("IVA", exact=True).select_option("odd")
    page.get_by_label("Aliquota %").fill("21")
    expect(figures.get_by_text("Del cliente manca o è sbagliato: Comune")).to_be_visible()
    expect(figures.get_by_text("L'aliquota 21% non è tra quelle italiane")).to_be_visible()
    assert violations(page) == []
    picture(page, "by-hand-faults")
    narrow(page, "by-hand-faults")

    figures.get_by_role("listitem").filter(has_text="Comune").get_by_role(
        "button", name="Vai al campo"
    ).click()
    city = page.get_by_label("Comune")
    expect(city).to_be_focused()
    city.fill("Torino")
    page.get_by_role("button", name="Salva").click()
    expect(figures.get_by_text("Del cliente manca")).to_have_count(0)
    figures.get_by_role("listitem").filter(has_text="21%").get_by_role("button", name="Vai al campo").click()
    expect(page.get_by_label("Aliquota %")).to_be_focused()
    page.get_by_label("IVA", exact=True).select_option("22")
    page.get_by_label("Scadenza").fill("2030-01-31")
    expect(figures.get_by_text("91,50 €").first).to_be_visible()
    expect(figures.get_by_text("Senza codice destinatario né PEC")).to_be_visible()
    speak(page, "en")
    expect(page.get_by_role("heading", name="New document")).to_be_visible()
    expect(figures.get_by_text("Without a recipient code")).to_be_visible()
    picture(page, "by-hand-english")
    speak(page, "it")
    expect(issue).not_to_have_attribute("aria-disabled", "true")
    issue.click()
    done = page.get_by_role("status").filter(has_text="emessa a Officine Lingotto")
    expect(done).to_be_visible()
    number = done.inner_text().split("Fattura ")[1].split(" ")[0]
    picture(page, "by-hand-issued")
    paper = page.request.get(
        page.url.split("/manage")[0] + done.get_by_role("link", name="PDF").get_attribute("href")
    )
    assert (paper.status, paper.headers["content-type"]) == (200, "application/pdf")

    # An hour is credited, and then another: each credit note begins anew, and after it an empty document.
    for hour in ("la prima", "la seconda"):
        page.get_by_role("link", name="Nell'elenco").click()
        page.get_by_role("link", name=f"Nota di credito di {number}").click()
        expect(page.get_by_text(f"A rettifica di {number}")).to_be_visible()
        # It begins with the lines of its document, all of them: one is reduced.
        expect(page.get_by_label("Descrizione")).to_have_value("Affitto sala riunioni")
        expect(page.get_by_label("Quantità")).to_have_value("3")
        expect(page.get_by_label("Prezzo senza IVA (€)")).to_have_value("25")
        page.get_by_label("Descrizione").fill(f"Storno di un'ora, {hour}")
        page.get_by_label("Quantità").fill("1")
        expect(issue).not_to_have_attribute("aria-disabled", "true")
        issue.click()
        made = page.get_by_role("status").filter(has_text="Nota di credito")
        expect(made).to_be_visible()
        expect(made).to_be_focused()
        expect(page).not_to_have_url(re.compile("corrects="))
        expect(page.get_by_label("Tipo", exact=True)).to_have_value("invoice")
    assert violations(page) == []


def test_the_page_of_a_customer_opens_at_the_field_that_a_refusal_names(visit):
    page = visit("Franco", "/manage/documents")
    found = page.evaluate(
        "async () => (await (await fetch('/api/v1/documents?limit=50')).json()).data.find((one) => one.customer_id && one.kind === 'invoice')"
    )
    base = page.url.split("/manage")[0]
    page.goto(f"{base}/manage/customers/{found['customer_id']}?field=tax_code&paper={found['id']}")
    expect(page.get_by_role("heading", name=found["customer"])).to_be_visible()
    expect(page.get_by_label("Codice fiscale")).to_be_focused()
    expect(page.get_by_role("heading", name=found["number"])).to_be_visible()
    assert violations(page) == []
    picture(page, "customer")
    narrow(page, "customer")


def test_another_iban_is_looked_at_twice(visit):
    page = visit("Franco", "/manage/books?view=issuer&field=iban")
    iban = page.get_by_label("IBAN", exact=True)
    expect(iban).to_be_focused()
    before = iban.input_value()
    assert before
    iban.fill("IT42 L123 4512 3451 2345 6789 012")
    page.get_by_label("Capitale sociale (€)").fill("10.000,00")
    page.get_by_role("button", name="Salva").first.click()
    dialog = page.get_by_role("dialog", name="Cambi l'IBAN?")
    expect(dialog).to_contain_text("IT42 L123 4512 3451 2345 6789 012")
    expect(dialog).to_contain_text(before[-3:])
    assert violations(page) == []
    picture(page, "iban")
    narrow(page, "iban")
    dialog.get_by_role("button", name="No").click()
    expect(page.get_by_text("✓ Salvato")).to_have_count(0)
    page.get_by_role("button", name="Salva").first.click()
    dialog.get_by_role("button", name="Sì").click()
    expect(page.get_by_text("✓ Salvato")).to_be_visible()
    page.reload()
    expect(iban).to_have_value("IT42L1234512345123456789012")
    expect(page.get_by_label("Capitale sociale (€)")).to_have_value("10000,00")
    iban.fill(before)
    page.get_by_role("button", name="Salva").first.click()
    dialog.get_by_role("button", name="Sì").click()
    expect(page.get_by_text("✓ Salvato")).to_be_visible()


# A customer of ours whose data are whole and the office's to mend: its id and name.
MENDABLE = """async () => {
  const papers = (await (await fetch('/api/v1/documents?limit=100')).json()).data;
  for (const id of new Set(papers.map((one) => one.customer_id).filter((id) => id?.startsWith('org_')))) {
    const one = await (await fetch(`/api/v1/customers/${id}`)).json();
    if (one.missing.length === 0 && one.actions.edit.allowed) return {id: one.id, name: one.name};
  }
}"""


def papers_of(page: Page, name: str) -> list[str]:
    return [one["number"] for one in ask(page, f"/documents?limit=100&q={quote(name)}")["data"]]


def test_a_document_of_an_earlier_day_carries_it_and_a_late_one_says_why(visit):
    page = visit("Franco", "/manage/documents/new")
    today = local_date(now(), ITALY)
    customer = page.evaluate(MENDABLE)
    page.get_by_label("Cerca per nome").fill(customer["name"])
    page.get_by_role("button", name=f"Scegli {customer['name']}", exact=True).click()
    page.get_by_label("Descrizione").fill("Pulizie")
    page.get_by_label("Prezzo senza IVA (€)").fill("10.00")
    figures = page.locator("section[aria-labelledby=figures]")
    issue = figures.get_by_role("button", name="Emetti", exact=True)
    day = page.get_by_label("Giorno dell'operazione")
    day.fill(str(today - timedelta(days=20)))
    expect(figures.get_by_text("il documento è tardivo, porta la data di oggi")).to_be_visible()
    expect(issue).to_have_attribute("aria-disabled", "true")
    expect(figures.get_by_text("Scrivi perché il documento è tardivo")).to_be_visible()
    figures.get_by_role("listitem").filter(has_text="tardivo").get_by_role("button").click()
    expect(page.get_by_label("Perché è tardivo")).to_be_focused()
    page.get_by_label("Perché è tardivo").fill("Era rimasta tra le carte")
    expect(issue).not_to_have_attribute("aria-disabled", "true")
    assert violations(page) == []
    picture(page, "by-hand-late")
    narrow(page, "by-hand-late")
    speak(page, "en")
    expect(figures.get_by_text("the document is late, is dated today")).to_be_visible()
    picture(page, "by-hand-late-english")
    speak(page, "it")
    before = max(today - timedelta(days=1), today.replace(day=1))  # in a month that is surely open
    day.fill(str(before))
    expect(figures.get_by_text("tardivo")).to_have_count(0)
    expect(issue).not_to_have_attribute("aria-disabled", "true")
    issue.click()
    expect(page.get_by_role("status").filter(has_text="emessa a")).to_be_visible()
    issued = ask(page, f"/documents?limit=100&q={quote(customer['name'])}")["data"]
    assert str(before) in [one["issued_on"] for one in issued if one["gross"]["cents"] == 1220]


def test_a_document_whose_answer_is_lost_is_issued_once(visit):
    page = visit("Franco", "/manage/documents", refused=True)
    customer = page.evaluate(MENDABLE)
    before = papers_of(page, customer["name"])
    looked: list[str] = []
    page.on("request", lambda asked: looked.append(asked.url) if "/customers?" in asked.url else None)
    a_new_document(page)
    find = page.get_by_label("Cerca per nome")
    find.press_sequentially(customer["name"][:2], delay=60)
    page.wait_for_timeout(500)
    assert looked == []  # two letters are nobody's name
    find.press_sequentially(customer["name"][2:], delay=60)
    page.get_by_role("button", name=f"Scegli {customer['name']}", exact=True).click()
    assert len(looked) == 1
    page.get_by_label("Descrizione").fill("Pulizie")
    page.get_by_label("Prezzo senza IVA (€)").fill("10.00")
    figures = page.locator("section[aria-labelledby=figures]")
    issue = figures.get_by_role("button", name="Emetti", exact=True)
    expect(issue).not_to_have_attribute("aria-disabled", "true")

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()  # it is done, and nobody hears of it
            route.abort("internetdisconnected")
        else:
            route.fallback()

    page.route("**/api/v1/documents", lose)
    issue.click()
    expect(figures.get_by_text("Il server non risponde")).to_be_visible()
    page.unroute("**/api/v1/documents")
    [number] = [one for one in papers_of(page, customer["name"]) if one not in before]

    # Somebody leaves, comes back, writes on and presses again: it is said, and nothing is issued.
    page.get_by_role("link", name="← Documenti").click()
    a_new_document(page)
    expect(page.get_by_label("Descrizione")).to_have_value("Pulizie")
    page.get_by_label("Descrizione").fill("Pulizie di novembre")
    issue.click()
    doubt = figures.get_by_role("alert")
    expect(doubt).to_contain_text("Può essere già stato emesso")
    expect(doubt.get_by_role("link", name="Nell'elenco")).to_be_visible()
    expect(issue).to_have_attribute("aria-disabled", "true")
    assert violations(page) == []
    picture(page, "by-hand-doubt")
    narrow(page, "by-hand-doubt")
    # As it was, the same press finds what was issued.
    doubt.get_by_role("link", name="Nell'elenco").click()
    a_new_document(page)
    page.get_by_label("Descrizione").fill("Pulizie")
    expect(issue).not_to_have_attribute("aria-disabled", "true")
    issue.click()
    expect(page.get_by_role("status").filter(has_text=number)).to_be_visible()
    assert [one for one in papers_of(page, customer["name"]) if one not in before] == [number]


def test_a_refusal_in_the_list_leads_to_the_field_that_mends_it(visit):
    page = visit("Franco", "/manage/documents")
    customer = page.evaluate(MENDABLE)
    [issuer, *_] = ask(page, "/issuers")["data"]
    line = {"description": "Pulizie", "unit_price": "10.00", "rate": "22.00"}
    made = say(
        page, "/documents", {"issuer_id": issuer["id"], "organisation_id": customer["id"], "lines": [line]}
    )
    base = page.url.split("/manage")[0]
    for _ in range(120):  # its file is written in a moment
        if ask(page, f"/documents/{made['id']}")["sdi"]["state"] == "to_send":
            break
        page.wait_for_timeout(250)
    sent = page.request.get(f"{base}/api/v1/documents/{made['id']}/files/xml").headers["content-disposition"]
    [name] = re.findall(r"IT\w+\.xml", sent)[:1]
    faults = "".join(
        f"<Errore><Codice>{code}</Codice><Descrizione>x</Descrizione></Errore>" for code in ("00311", "00301")
    )
    refusal = (
        '<ns:NotificaScarto xmlns:ns="http://www.fatturapa.gov.it/sdi/messaggi/v1.0" versione="1.0">'
        f"<IdentificativoSdI>111</IdentificativoSdI><NomeFile>{name}</NomeFile>"
        f"<ListaErrori>{faults}</ListaErrori></ns:NotificaScarto>"
    )
    # The list as it was before the receipt comes last: it must not be what is shown.
    before: list[Any] = []
    page.route("**/api/v1/documents?*", lambda way: before.append((way, way.fetch())), times=1)
    page.goto(f"{base}/manage/documents?issuer={issuer['id']}&q={quote(made['number'])}")
    for _ in range(120):
        if before:
            break
        page.wait_for_timeout(250)
    page.get_by_label("Ricevute dello SdI").set_input_files(
        {"name": "ns.xml", "mimeType": "text/xml", "buffer": refusal.encode()}
    )
    expect(page.get_by_role("status").filter(has_text="1 lette")).to_be_visible(timeout=30_000)
    for way, answer in before:
        way.fulfill(response=answer)
    assert before
    row = page.locator("tr", has_text=made["number"]).first
    row.locator("small", has_text="00311").get_by_role("link", name="Correggi nei dati del cliente").click(
        timeout=30_000
    )
    expect(page.get_by_label("Codice destinatario")).to_be_focused(timeout=15_000)
    page.go_back()
    row.locator("small", has_text="00301").get_by_role(
        "link", name="Correggi nei dati dell'emittente"
    ).click()
    # An accountant may not write the seat: who may is said there.
    seat = page.locator("section[aria-labelledby=seat]")
    expect(seat).to_be_focused(timeout=15_000)
    expect(seat).to_contain_text("Li cambia chi dirige il partner")
    assert violations(page) == []
    page.goto(f"{base}/manage/books?view=issuer&issuer={issuer['id']}&field=regime")
    expect(page.get_by_label("Regime fiscale")).to_be_focused(timeout=15_000)


def test_who_directs_the_partner_is_led_to_the_issuer_s_own_fields(visit):
    page = visit("Dario", "/manage/books?view=issuer&field=province")
    expect(page.get_by_label("Provincia")).to_be_focused()
    page.goto(page.url.replace("province", "vat_number"))
    expect(page.get_by_label("Partita IVA")).to_be_focused()
    assert violations(page) == []


def test_what_has_no_field_has_no_way_to_it(visit):
    page = visit("Franco", "/manage/documents/new")
    page.get_by_role("button", name="Scrivi un nuovo cliente").click()
    page.get_by_label("Nome o ragione sociale").fill("Bottega ★ Nove S.r.l.")
    page.get_by_label("Partita IVA").fill("09900090011")
    for label, value in (
        ("Via e numero", "Via Po 9"),
        ("CAP", "10124"),
        ("Comune", "Torino"),
        ("Provincia", "TO"),
    ):
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Aggiungi il cliente").click()
    page.get_by_label("Descrizione").fill("Pulizie")
    page.get_by_label("Prezzo senza IVA (€)").fill("10.00")
    found = page.locator("section[aria-labelledby=figures]").get_by_role("listitem")
    code = found.filter(has_text="Senza codice destinatario")
    expect(code.get_by_role("button", name="Vai al campo")).to_be_visible()
    name = found.filter(has_text="Bottega Nove")
    expect(name).to_be_visible()
    expect(name.get_by_role("button")).to_have_count(0)
