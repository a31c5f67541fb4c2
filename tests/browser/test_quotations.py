"""A quotation in a real browser: written, read as a PDF, found in the list, accepted into its invoice; and a refused invoice
whose lines are mended."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ask, narrow, picture, say, speak, violations
from tests.browser.test_by_hand import MENDABLE, a_new_document

pytestmark = pytest.mark.browser


def choose_customer(page: Page, name: str) -> None:
    page.get_by_label("Cerca per nome").fill(name)
    page.get_by_role("button", name=f"Scegli {name}", exact=True).click()


def test_a_quotation_is_written_read_and_accepted(visit):
    page = visit("Franco", "/manage/documents")
    customer = page.evaluate(MENDABLE)
    base = page.url.split("/manage")[0]
    a_new_document(page)
    page.get_by_label("Tipo", exact=True).select_option("quotation")
    choose_customer(page, customer["name"])
    page.get_by_label("Descrizione").fill("Sala grande per tre serate")
    page.get_by_label("Quantità").fill("3")
    page.get_by_label("Prezzo senza IVA (€)").fill("120")
    page.get_by_label("Sconto", exact=True).fill("20")
    page.get_by_label("Sconto in").select_option("amount")
    figures = page.locator("section[aria-labelledby=figures]")
    expect(figures.get_by_text("366,00 €").first).to_be_visible()
    write = figures.get_by_role("button", name="Scrivi il preventivo")
    expect(write).to_have_attribute("aria-disabled", "true")
    expect(figures.get_by_text("Scrivi fino a quando vale.")).to_be_visible()
    page.get_by_label("Valido fino al").fill("2030-01-31")
    expect(write).not_to_have_attribute("aria-disabled", "true")
    assert violations(page) == []
    picture(page, "quotation-written")
    narrow(page, "quotation-written")
    write.click()
    done = page.get_by_role("status").filter(has_text="Preventivo PREV-")
    expect(done).to_be_focused()
    [number] = re.findall(r"PREV-\d+/\d+", done.inner_text())
    paper = page.request.get(base + done.get_by_role("link", name="PDF").get_attribute("href"))
    assert (paper.status, paper.headers["content-type"]) == (200, "application/pdf")

    done.get_by_role("link", name="Nell'elenco").click()
    expect(page).to_have_url(re.compile("kind=quotation"))
    row = page.locator("tr", has_text=number)
    expect(row).to_contain_text("Aperto")
    expect(page.get_by_text("Non sono fatture")).to_be_visible()
    assert violations(page) == []
    picture(page, "quotations")
    narrow(page, "quotations")
    speak(page, "en")
    expect(row.get_by_role("button", name=f"Accepted: issue the invoice of {number}")).to_be_visible()
    picture(page, "quotations-english")
    speak(page, "it")
    row.get_by_role("button", name=f"Accettato: emetti la fattura di {number}").click()
    expect(row).to_contain_text("Accettato")
    invoice = row.locator("a[href*='/documents/']")
    expect(invoice).to_be_visible()
    assert page.request.get(base + invoice.get_attribute("href")).status == 200


def test_an_expired_quotation_is_written_anew_and_whose_it_is_reads_both(visit):
    page = visit("Carla", "/me")
    speak(page, "it")
    mine = page.locator("section[aria-labelledby=papers]")
    expired = ask(page, "/preliminaries?own=true&state=expired")["data"][0]
    row = mine.get_by_role("listitem").filter(has_text=expired["number"])
    expect(row).to_contain_text("scaduto il")
    expect(row).to_contain_text(f"Per averlo di nuovo, chiedi a {expired['issuer']['name']}.")
    assert violations(page) == []
    picture(page, "paper-expired")
    narrow(page, "paper-expired")

    month, issuer = expired["written_on"][:7], expired["issuer"]["id"]
    office = visit("Franco", f"/manage/documents?kind=quotation&state=expired&month={month}&issuer={issuer}")
    speak(office, "it")
    old = office.locator("tr", has_text=expired["number"])
    old.get_by_role("button", name=f"Scrivi di nuovo {expired['number']}").click()
    done = old.get_by_role("status")
    expect(done).to_contain_text("valido fino al")
    expect(done).to_contain_text("Non è cambiato nulla oltre alle date.")
    [anew] = re.findall(r"PREV-\d+/\d+", done.get_by_role("link").inner_text())
    assert violations(office) == []
    picture(office, "quotation-anew")
    narrow(office, "quotation-anew")
    speak(office, "en")
    expect(done).to_contain_text(f"In place of {expired['number']}.")
    picture(office, "quotation-anew-english")
    speak(office, "it")

    page.reload()
    fresh = mine.get_by_role("listitem").filter(has_text=anew)
    expect(fresh).to_contain_text(f"Al posto di {expired['number']}.")
    expect(mine.get_by_text("scaduto il")).to_have_count(0)


def refused_invoice(
    page: Page, issuer: str, customer: str, code: str = "00404", **more: str
) -> dict[str, str]:
    """An invoice that the SdI rejected."""
    line = {"description": "Pulizie", "unit_price": "10.00", "rate": "22.00"} | more
    made = say(page, "/documents", {"issuer_id": issuer, "organisation_id": customer, "lines": [line]})
    base = page.url.split("/manage")[0]
    for _ in range(120):  # its file is written in a moment
        if ask(page, f"/documents/{made['id']}")["sdi"]["state"] == "to_send":
            break
        page.wait_for_timeout(250)
    sent = page.request.get(f"{base}/api/v1/documents/{made['id']}/files/xml").headers["content-disposition"]
    [name] = re.findall(r"IT\w+\.xml", sent)[:1]
    refusal = (
        '<ns:NotificaScarto xmlns:ns="http://www.fatturapa.gov.it/sdi/messaggi/v1.0" versione="1.0">'
        f"<IdentificativoSdI>112</IdentificativoSdI><NomeFile>{name}</NomeFile><ListaErrori>"
        f"<Errore><Codice>{code}</Codice><Descrizione>x</Descrizione></Errore></ListaErrori></ns:NotificaScarto>"
    )
    page.goto(f"{base}/manage/documents?issuer={issuer}&q={quote(made['number'])}")
    page.get_by_label("Ricevute dello SdI").set_input_files(
        {"name": "ns.xml", "mimeType": "text/xml", "buffer": refusal.encode()}
    )
    expect(page.get_by_role("status").filter(has_text="1 lette")).to_be_visible(timeout=30_000)
    return dict(made)


def test_the_lines_of_a_refused_invoice_are_mended_and_it_goes_out_again(visit):
    page = visit("Franco", "/manage/documents")
    customer = page.evaluate(MENDABLE)
    [issuer, *_] = ask(page, "/issuers")["data"]
    made = refused_invoice(page, issuer["id"], customer["id"])
    page.get_by_role("link", name=f"Correggi le righe {made['number']}").click()
    expect(page.get_by_role("heading", name=f"Correggi {made['number']}")).to_be_visible()
    page.get_by_label("Descrizione").fill("Pulizie di ottobre, come da determina 12")
    page.get_by_label("Numero d'ordine").fill("DET-12")
    page.get_by_label("CIG").fill("Z1A2B3C4D5")
    assert violations(page) == []
    picture(page, "mend-lines")
    narrow(page, "mend-lines")
    page.get_by_role("button", name="Correggi e rinvia").click()
    expect(page.get_by_role("status").filter(has_text="riparte con un file nuovo")).to_be_focused()
    expect(page.get_by_role("button", name="Correggi e rinvia")).to_have_count(0)
    base = page.url.split("/manage")[0]
    for _ in range(120):
        if ask(page, f"/documents/{made['id']}")["sdi"]["state"] == "to_send":
            break
        page.wait_for_timeout(250)
    content = page.request.get(f"{base}/api/v1/documents/{made['id']}/files/xml").text()
    assert "Pulizie di ottobre, come da determina 12" in content
    assert "<CodiceCIG>Z1A2B3C4D5</CodiceCIG>" in content


def test_the_natura_of_a_refused_invoice_is_mended_where_its_fault_leads(visit):
    page = visit("Franco", "/manage/documents", refused=True)
    customer = page.evaluate(MENDABLE)
    [issuer, *_] = ask(page, "/issuers")["data"]
    law = "Esente art. 10 c. 1 n. 20 DPR 633/72"
    free = {"rate": "0", "natura": "N4", "legal_text": law}
    made = refused_invoice(page, issuer["id"], customer["id"], "00400", **free)
    row = page.locator("tr", has_text=made["number"]).first
    row.get_by_role("link", name="Correggi nelle righe").first.click()
    natura = page.get_by_label("Natura delle righe N4")
    expect(natura).to_be_focused()
    natura.select_option("N2.2")
    page.get_by_label("Riferimento normativo N2.2").fill("Fuori campo IVA art. 4 DPR 633/72")
    expect(page.get_by_text("il documento è un altro")).to_be_visible()
    assert violations(page) == []
    picture(page, "mend-natura")
    narrow(page, "mend-natura")
    speak(page, "en")
    picture(page, "mend-natura-english")
    speak(page, "it")
    page.get_by_label("Natura delle righe N4").select_option("N2.2")
    page.get_by_label("Riferimento normativo N2.2").fill("Fuori campo IVA art. 4 DPR 633/72")
    page.get_by_role("button", name="Correggi e rinvia").click()
    expect(page.get_by_role("status").filter(has_text="riparte con un file nuovo")).to_be_focused()
    base = page.url.split("/manage")[0]
    for _ in range(120):
        if ask(page, f"/documents/{made['id']}")["sdi"]["state"] == "to_send":
            break
        page.wait_for_timeout(250)
    content = page.request.get(f"{base}/api/v1/documents/{made['id']}/files/xml").text()
    assert "<Natura>N2.2</Natura>" in content
    assert "N4" not in content


def test_what_it_goes_on_from_and_who_issues_it_are_chosen_where_it_is_written(visit):
    page = visit("Franco", "/manage/documents")
    customer = page.evaluate(MENDABLE)
    [issuer, *others] = ask(page, "/issuers")["data"]
    line = {"description": "Acconto", "unit_price": "10.00", "rate": "22.00"}
    told = {"issuer_id": issuer["id"], "organisation_id": customer["id"], "lines": [line], "type": "TD02"}
    advance = say(page, "/documents", told)
    a_new_document(page)
    page.get_by_label("Emittente").select_option(issuer["id"])
    choose_customer(page, customer["name"])
    page.get_by_label("Descrizione").fill("Saldo")
    page.get_by_label("Prezzo senza IVA (€)").fill("90.00")
    page.get_by_text("Documenti collegati").first.click()
    page.get_by_label(re.compile(re.escape(advance["number"]) + " ")).check()
    if others:
        page.get_by_label("Chi lo emette").select_option(others[0]["id"])
    assert violations(page) == []
    picture(page, "related")
    narrow(page, "related")
    issue = page.locator("section[aria-labelledby=figures]").get_by_role("button", name="Emetti", exact=True)
    expect(issue).not_to_have_attribute("aria-disabled", "true")
    issue.click()
    done = page.get_by_role("status").filter(has_text="emessa a")
    expect(done).to_be_visible()
    base = page.url.split("/manage")[0]
    content = page.request.get(base + done.get_by_role("link", name="XML").get_attribute("href")).text()
    assert f"<IdDocumento>{advance['number']}</IdDocumento>" in content
    assert ("TerzoIntermediarioOSoggettoEmittente" in content) == bool(others)


@pytest.mark.parametrize("place", ["documents", "bills"])
def test_a_filter_that_one_writes_asks_once_where_one_pauses(visit, place):
    page = visit("Franco", f"/manage/{place}")
    asked: list[str] = []
    page.on(
        "request",
        lambda one: asked.append(one.url) if f"/api/v1/{place}?" in one.url and "q=" in one.url else None,
    )
    field = page.get_by_label("Cliente", exact=True)
    with page.expect_response(lambda answer: "q=Associazione" in answer.url):
        field.press_sequentially("Associazione", delay=30)
    assert len(asked) == 1
    expect(page).to_have_url(re.compile("q=Associazione"))
    page.get_by_label("Stato").select_option(index=1)
    expect(field).to_have_value("Associazione")
    page.goto(page.url.replace("q=Associazione", "q=Beta"))
    expect(field).to_have_value("Beta")
