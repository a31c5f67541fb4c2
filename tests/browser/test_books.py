"""The accountant's day in a real browser: does the month square, a register, the bank's file matched, reminders."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from core.clock import now
from tests.browser.conftest import picture, speak, violations

pytestmark = pytest.mark.browser


def previous(page: Page) -> None:
    """The month before this one, which has documents whatever the day."""
    page.get_by_label("Mese", exact=True).select_option(index=1)
    page.wait_for_load_state("networkidle")


def test_the_accountant_reads_the_books(visit):
    page = visit("Franco", "/manage/books")
    previous(page)
    expect(page.locator("main")).to_contain_text("quadra")
    picture(page, "square")
    for name in (
        "IVA vendite", "Bollo", "Scadenzario", "Prima nota", "Commissioni", "TD17", "Accrediti", "Movimenti online",
        "Contestazioni", "Giornale", "Ricevute", "Attività",
    ):  # fmt: skip
        page.get_by_role("link", name=name, exact=True).click()
        page.wait_for_load_state("networkidle")
        expect(page.locator("table.register, .empty").first).to_be_visible()
        assert violations(page) == []
        picture(page, f"register-{name.replace(' ', '-')}")
    page.get_by_role("link", name="IVA vendite", exact=True).click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="XLSX").click()
    assert saved.value.suggested_filename == "registro-iva-vendite.xlsx"


def test_a_statement_is_uploaded_and_what_came_in_is_matched_or_set_aside(visit, tmp_path):
    page = visit("Franco", "/manage/books?view=bank")
    file = tmp_path / "banca.csv"
    file.write_text(
        "Data contabile;Importo;Ordinante;Causale\n20/11/2026;500,00;Noi stessi;giroconto\n"
        "21/11/2026;-3,00;Banca;spese\n"
    )
    page.get_by_label("Estratto conto della banca").set_input_files(str(file))
    expect(page.get_by_role("status").filter(has_text="letti")).to_have_text("2 movimenti letti (nuovi: 2)")
    row = page.locator("li", has_text="Noi stessi")
    expect(row).to_be_visible()
    assert violations(page) == []
    picture(page, "bank")
    page.get_by_label("Estratto conto della banca").set_input_files(str(file))
    expect(page.get_by_role("status").filter(has_text="letti")).to_contain_text("2 movimenti letti")
    row.get_by_label("Non è un incasso perché…").fill("giroconto")
    row.get_by_role("button", name="Salva").press("Enter")
    expect(row).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="500,00 €: messo da parte")).to_be_focused()


def test_reminders_begin_with_usual_words_and_are_saved(visit):
    page = visit("Franco", "/manage/books?view=dunning")
    page.get_by_role("button", name="Parti da tre solleciti tipici").click()
    page.get_by_label("Spese (€)").nth(1).fill("5")
    page.get_by_role("button", name="Salva").click()
    expect(page.get_by_role("status")).to_have_text("✓ Salvato")
    assert violations(page) == []
    picture(page, "dunning")
    page.reload()
    expect(page.get_by_label("Giorni dopo la scadenza")).to_have_count(3)


# The office's own bill for something small: somebody owes it something.
OWES = """async () => {
  const session = await (await fetch('/api/v1/session')).json();
  const issuer = (await (await fetch('/api/v1/issuers')).json()).data[0].id;
  const answer = await fetch('/api/v1/documents', {
    method: 'POST',
    headers: {'Content-Type': 'application/json', 'X-CSRFToken': session.csrf_token, 'Idempotency-Key': crypto.randomUUID()},
    body: JSON.stringify({issuer_id: issuer, kind: 'invoice', person_id: session.person.id,
      lines: [{description: 'Fotocopie', unit_price: '1.00', rate: '22'}]}),
  });
  return answer.status === 201 ? '' : JSON.stringify(await answer.json());
}"""


def test_a_customer_rests_for_a_reason_and_has_a_statement(visit):
    page = visit("Franco", "/manage/books?view=dunning")
    assert page.evaluate(OWES) == ""
    page.reload()
    form = page.locator("form", has=page.get_by_label("Cliente", exact=True))
    form.get_by_label("Cliente", exact=True).select_option(index=1)
    expect(form.get_by_role("button", name="Sospendi i solleciti")).to_have_attribute("aria-disabled", "true")
    form.get_by_label("Perché").fill("Paga a rate")
    form.get_by_role("button", name="Sospendi i solleciti").click()
    row = page.locator("ul.rows li", has_text="Paga a rate")
    expect(row).to_be_visible()
    assert violations(page) == []
    picture(page, "pause")
    row.get_by_role("button").click()
    expect(row).to_have_count(0)
    page.goto(page.url.replace("view=dunning", "view=customer"))
    page.get_by_label("Cliente", exact=True).select_option(index=1)
    expect(page.get_by_role("heading", name="Aperti")).to_be_visible()
    expect(page).to_have_url(re.compile("customer=(per|org)_"))
    with page.expect_download() as saved:
        page.locator("main").get_by_role("link", name="CSV").click()
    assert saved.value.suggested_filename == "estratto-conto.csv"
    assert violations(page) == []
    picture(page, "customer")


def test_an_issuer_is_dressed_and_its_accounts_are_named(visit):
    page = visit("Franco", "/manage/books?view=issuer")
    page.get_by_label("Nota in calce (italiano)").fill("Grazie di essere qui.")
    logo = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"><path d="M0 0h4v1H0z" fill="#8a3b1f"/></svg>'
    page.get_by_label("Logo", exact=True).set_input_files(
        {"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": logo.encode()}
    )
    expect(page.get_by_role("img", name="Logo")).to_be_visible()
    page.get_by_label("Come le fatture arrivano al SdI").select_option("pec")
    expect(page.get_by_role("button", name="Salva").first).to_have_attribute("aria-disabled", "true")
    assert violations(page) == []
    picture(page, "issuer")
    page.get_by_label("Come le fatture arrivano al SdI").select_option("intermediary")
    expect(page.get_by_text("non è configurato un intermediario")).to_be_visible()
    expect(page.get_by_role("button", name="Salva").first).to_have_attribute("aria-disabled", "true")
    assert violations(page) == []
    page.get_by_label("Come le fatture arrivano al SdI").select_option("download")
    page.get_by_role("button", name="Salva").first.click()
    expect(page.get_by_role("status")).to_have_text("✓ Salvato")
    page.get_by_role("link", name="Piano dei conti").click()
    page.get_by_label("Codice per Clienti", exact=True).fill("04/05")
    page.get_by_role("form", name="Clienti", exact=True).get_by_role("button", name="Salva").click()
    expect(page.get_by_role("button", name="Salva")).to_have_count(0)
    assert violations(page) == []
    picture(page, "accounts")
    page.reload()
    expect(page.get_by_label("Codice per Clienti", exact=True)).to_have_value("04/05")


def test_the_drawer_is_counted_and_a_difference_wants_its_reason(visit):
    page = visit("Franco", "/manage/books?view=day")
    card = page.locator(".card").first
    card.get_by_label("Contato (€)").fill("-1.50")
    expect(card.get_by_role("button", name="Chiudi la giornata")).to_have_attribute("aria-disabled", "true")
    card.get_by_label("Perché differisce").fill("Resto sbagliato")
    assert violations(page) == []
    picture(page, "day")
    card.get_by_role("button", name="Chiudi la giornata").click()
    expect(page.locator("ul.rows li").first).to_contain_text("Resto sbagliato")


def test_what_is_owed_is_found_and_paid_at_the_desk(visit):
    page = visit("Franco", "/manage/books?view=day")
    assert page.evaluate(OWES) == ""
    page.get_by_label("Cliente", exact=True).fill("Franco")
    page.get_by_role("button", name="Cerca cosa deve").click()
    rows = page.get_by_role("button", name="Pagato in contanti")
    expect(rows.first).to_be_visible()
    before = rows.count()
    rows.first.click()
    expect(rows).to_have_count(before - 1)
    assert violations(page) == []
    picture(page, "owed")


def to_give(**more: object) -> dict[str, object]:
    yes = {"allowed": True, "reasons": [], "terms": {}}
    told = {
        "id": "rfd_00000000000000000000000001", "customer": "Ada Anselmi", "issuer": {"id": "iss_1", "name": "Lead"},
        "amount": {"cents": 1830, "currency": "EUR"}, "state": "due", "method": "cash", "reason": "cancelled", "note": "",
        "why": "", "iban": "", "list_name": "", "made_on": "2026-11-20", "given_on": None,
        "actions": {"change": yes, "give": yes, "recall": yes},
    }  # fmt: skip
    return told | more


def test_what_waits_to_be_given_back_is_given_by_hand(visit):
    page = visit("Franco", "/manage")
    rows = [
        to_give(),
        to_give(id="rfd_00000000000000000000000002", method="transfer", customer="Coro di Torino", note="Ci dispiace"),
        to_give(id="rfd_00000000000000000000000003", state="sent", method="transfer", list_name="R20261120-a"),
        to_give(id="rfd_00000000000000000000000004", state="failed", method="card", why="charge_disputed"),
    ]  # fmt: skip
    sent: list[dict[str, object]] = []

    def answer(route):
        if route.request.method == "POST":
            sent.append(json.loads(route.request.post_data))
            rows.pop(0)
            return route.fulfill(json=to_give(state="done"))
        return route.fulfill(json={"data": rows, "next_cursor": None})

    page.route(re.compile("/api/v1/refunds"), answer)
    page.goto(page.url.split("/manage")[0] + "/manage/books?view=refunds")
    expect(page.get_by_role("button", name="Restituito", exact=True)).to_have_count(4)
    expect(page.get_by_text("Il gestore dei pagamenti non lo restituisce")).to_be_visible()
    expect(page.get_by_role("button", name="Lista di bonifici")).to_have_attribute("aria-disabled", "true")
    assert violations(page) == []
    picture(page, "refunds")
    page.get_by_role("button", name="Restituito", exact=True).first.click()
    expect(page.get_by_role("button", name="Restituito", exact=True)).to_have_count(3)
    assert sent[0]["method"] == "cash"
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture(page, "refunds-narrow")


def test_the_documents_tell_where_each_is_with_the_sdi(visit):
    page = visit("Franco", "/manage/documents")
    previous(page)
    expect(page.locator("thead").last).to_contain_text("SdI")
    expect(page.get_by_label("Ricevute dello SdI")).to_be_visible()
    assert violations(page) == []
    picture(page, "documents")


@pytest.mark.parametrize(("scheme", "locale"), [("light", "it-IT"), ("dark", "en-GB")])
def test_the_books_fit_a_telephone(visit, scheme, locale):
    page = visit(
        "Franco", "/manage/books", viewport={"width": 390, "height": 844}, color_scheme=scheme, locale=locale, timezone_id="Europe/Rome",
    )  # fmt: skip
    speak(page, locale[:2])
    root = page.url.split("?")[0]
    for view in (
        "square",
        "vat",
        "payouts",
        "disputes",
        "bank",
        "refunds",
        "day",
        "dunning",
        "customer",
        "issuer",
        "accounts",
    ):
        page.goto(f"{root}?view={view}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert violations(page) == []
        picture(page, f"narrow-{view}-{scheme}")


DIFFERENCES = {
    "squares": False,
    "stopping": 2,
    "next_cursor": None,
    "findings": [
        {
            "code": "charged-twice", "detail": "Pagato due volte al gestore", "about": "04/11/2026 · pi_3Qx", "stops": True,
            "thing_id": "gtx_00000000000000000000000001", "off": {"cents": 1830, "currency": "EUR"},
            "mends": ["give-back", "explain"],
        },
        {
            "code": "refund-not-at-gateway", "detail": "Un rimborso che il gestore non ha", "about": "Ada Martini",
            "thing_id": "rfd_00000000000000000000000002", "off": {"cents": 500, "currency": "EUR"}, "stops": True,
            "mends": ["send-again", "explain"],
        },
        {
            "code": "dispute-to-answer", "detail": "Una contestazione aspetta risposta", "about": "30/11/2026",
            "thing_id": "dsp_00000000000000000000000003", "off": {"cents": 4200, "currency": "EUR"}, "stops": False,
            "mends": [],
        },
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("wide", {}),
        ("phone", {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}),
        ("english", {"locale": "en-GB"}),
    ],
)
def test_what_differs_at_the_gateway_is_mended_where_it_is_told(visit, name, options):
    asked: list[dict[str, str]] = []
    told = json.loads(json.dumps(DIFFERENCES))
    page = visit("Franco", "/manage/books?view=ageing", **options)
    speak(page, "en" if name == "english" else "it")

    def mend(route):
        asked.append(route.request.post_data_json)
        told["findings"] = [f for f in told["findings"] if f["code"] != asked[-1]["code"]]
        tell(route)

    def tell(route):
        found = told["findings"]
        alike = [{"code": f["code"], "detail": f["detail"], "stops": f["stops"], "count": 1} for f in found]
        route.fulfill(json=told | {"alike": alike})

    page.route("**/api/v1/reconciliation?*", tell)
    page.route("**/api/v1/reconciliation/mend", mend)
    page.locator(".tabs a").first.click()
    twice = page.locator("details", has_text="Pagato due volte")
    expect(twice.locator("li")).to_contain_text("18,30" if name != "english" else "18.30")
    assert violations(page) == []
    picture(page, f"differences-{name}")
    which = page.locator("select", has=page.locator("option[value=charged-twice]"))
    with page.expect_request(lambda request: "reconciliation?" in request.url and "code=" in request.url):
        which.select_option("dispute-to-answer")
    expect(page).to_have_url(re.compile("code=dispute-to-answer"))
    which.select_option("")
    expect(page).not_to_have_url(re.compile("code="))
    twice.get_by_role("button").nth(1).click()
    twice.get_by_role("textbox").fill("Restituito a mano il 5/11")
    picture(page, f"explained-{name}")
    twice.get_by_role("textbox").press("Enter")
    expect(twice).to_have_count(0)
    refund = page.locator("details", has_text="Un rimborso che il gestore non ha")
    refund.get_by_role("button").first.click()
    expect(refund).to_have_count(0)
    assert [(a["code"], a["how"], a.get("why")) for a in asked] == [
        ("charged-twice", "explain", "Restituito a mano il 5/11"),
        ("refund-not-at-gateway", "send-again", None),
    ]
    dispute = page.locator("details", has_text="Una contestazione aspetta risposta")
    expect(dispute.get_by_role("button")).to_have_count(0)


def test_the_office_gives_back_a_part_of_what_was_paid(visit):
    month = now().date().replace(day=1) - timedelta(days=1)
    page = visit("Franco", f"/manage/documents?kind=invoice&month={month:%Y-%m}")
    page.get_by_role("button", name=re.compile("^Rimborsa ")).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("se ne possono restituire ancora")
    without = dialog.get_by_role("radio", name=re.compile("^Senza nota di credito"))
    expect(without).to_be_disabled()
    expect(dialog).to_contain_text("Entro un anno dalla vendita c'è la nota di credito")
    dialog.get_by_label("Importo (€)").fill("1")
    assert violations(page) == []
    picture(page, "give-back")
    dialog.get_by_label("Motivo").fill("Scuse per il rumore")
    dialog.get_by_role("button", name="Rimborsa 1,00 €").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name=re.compile("^Rimborsa ")).first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Scuse per il rumore")


def test_a_refund_whose_answer_was_lost_is_asked_again_and_made_once(visit):
    month = now().date().replace(day=1) - timedelta(days=1)
    page = visit("Franco", f"/manage/documents?kind=invoice&month={month:%Y-%m}", refused=True)
    answers: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not answers:
            answers.append(route.fetch().status)
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**/api/v1/payments/*/refunds", lose)
    page.get_by_role("button", name=re.compile("^Rimborsa ")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Importo (€)").fill("1")
    dialog.get_by_label("Motivo").fill("Rumore di notte")
    dialog.get_by_role("button", name="Rimborsa 1,00 €").click()
    expect(dialog.get_by_text("Rumore di notte")).to_be_visible()
    dialog.get_by_role("button", name="Rimborsa 1,00 €").click()
    expect(dialog).to_be_hidden()
    assert answers == [201]
    page.get_by_role("button", name=re.compile("^Rimborsa ")).first.click()
    expect(dialog.get_by_text("Rumore di notte")).to_have_count(1)
