"""The lead divides a month and a partner looks at its part, in a real browser."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.clock import now
from tests.browser.conftest import ask, picture, speak, violations

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}}


def test_the_lead_sees_the_partners_their_agreement_and_the_months(visit):
    page = visit("Dario", "/consortium", refused=True)
    expect(page.get_by_role("heading", name="Accordo e quote")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("E se"))).to_be_visible()
    expect(page.get_by_text("Elena Serra")).to_be_attached()
    picture(page, "consortium")
    assert violations(page) == []
    page.get_by_role("button", name="Nuova versione").click()
    page.get_by_label("Focus Piemonte (%)").fill("19,5")
    page.get_by_role("button", name="Fissa le quote").click()
    expect(page.locator(".failure")).to_contain_text("devono fare 100")
    page.get_by_label("Fondazione Brodolini (%)").fill("30,5")
    picture(page, "consortium-agreement")
    assert violations(page) == []


LOGO = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 80 20'><rect width='80' height='20' rx='4' fill='#b4542c'/></svg>"


def test_a_partner_s_card_bears_its_logo(visit):
    page = visit("Dario", "/consortium")

    def drawn(route):
        answer = route.fetch()
        said = answer.json()
        for partner in said["data"]:
            if partner["detail"] and partner["detail"]["issuing"]:
                partner["detail"]["issuing"]["logo"] = LOGO
        route.fulfill(response=answer, json=said)

    page.route("**/api/v1/partners", drawn)
    page.reload()
    logo = page.locator(".card .logo").first
    expect(logo).to_be_visible()
    assert logo.evaluate("image => image.complete && image.naturalWidth > 0")
    picture(page, "partners-logos")


def test_a_partner_s_members_are_counted_and_named_when_somebody_asks(visit):
    page = visit("Dario", "/consortium")
    group = page.locator("details", has=page.get_by_text(re.compile(r"^Soci Toolbox: \d+$")))
    expect(group.get_by_role("listitem")).to_have_count(0)
    group.locator("summary").click()
    expect(group.get_by_role("listitem").first).to_be_visible()
    picture(page, "partner-members")
    assert violations(page) == []


def test_who_administers_writes_down_what_was_signed_for_a_partner_without_a_manager(visit):
    page = visit("Ivo", "/consortium")

    def shared(route):
        """The month as it would be if one of its partners had nobody to approve it."""
        answer = route.fetch()
        said = answer.json()
        said["state"], said["closed_at"] = "shared", None
        said["approvals"][1] |= {"at": None, "by_paper": True}
        signed = {"document": "PEC prot. 12/2026", "signed_on": "2026-11-20"}
        said["approvals"][2] |= signed
        route.fulfill(response=answer, json=said)

    page.route(re.compile(r"/api/v1/settlements/stl_\w+$"), shared)
    page.locator("li.card", has_text="Chiusa").get_by_role("link").first.click()
    expect(page.get_by_text(re.compile(r"firmata il .*: PEC prot\. 12/2026"))).to_be_visible()
    page.get_by_role("button", name="Registra una firma").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Registra", exact=True)).to_be_disabled()
    dialog.get_by_label("Documento (che cosa, dove si trova)").fill("PEC prot. 13/2026")
    expect(dialog.get_by_role("button", name="Registra", exact=True)).to_be_enabled()
    picture(page, "settlement-signed")
    assert violations(page) == []
    for width, scheme in ((390, "dark"), (390, "light")):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)
        picture(page, f"settlement-signed-{width}-{scheme}")
        assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_lead_opens_a_closed_month_and_what_is_behind_a_line(visit):
    page = visit("Dario", "/consortium")
    page.locator("li.card", has_text="Chiusa").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=re.compile("Ripartizione di"))).to_be_visible()
    expect(page.get_by_text("Saldo (+ riceve, − paga)")).to_be_visible()
    page.get_by_role("button", name="Da dove viene").first.click()
    expect(page.locator(".behind tbody tr").first).to_be_visible()
    picture(page, "settlement")
    assert violations(page) == []
    # Whether the lead has to pay in the town's month depends on the day on which the town was planted.
    files = ask(page, f"/settlements/{page.url.rsplit('/', 1)[1]}")["files"]
    endings = {"pdf": ".pdf", "xlsx": ".xlsx", "csv": ".csv", "pain001": ".xml"}
    links = page.locator("a[href^='/api/v1/settlements/'][href*='/files/']")
    expect(links).to_have_count(len(files))
    for n, file in enumerate(files):
        with page.expect_download() as fetched:
            links.nth(n).click()
        assert fetched.value.suggested_filename.endswith(endings[file["kind"]])


def test_the_lead_asks_what_if(visit):
    page = visit("Dario", "/consortium/what-if")
    page.get_by_label("Variazione (%)").fill("10")
    page.get_by_role("button", name="Calcola").click()
    expect(page.get_by_role("heading", name="Come sarebbe")).to_be_visible()
    picture(page, "what-if")
    assert violations(page) == []


def test_a_member_sees_its_own_and_of_the_others_only_totals(visit):
    page = visit("Elena", "/consortium", **PHONE)
    expect(page.get_by_role("heading", name="Accordo e quote")).to_be_visible()
    expect(page.get_by_text("lo fa la mandataria")).to_be_visible()
    expect(page.get_by_text("Dario Gallo")).to_have_count(0)
    picture(page, "member-phone")
    assert violations(page) == []
    page.locator("li.card", has_text="Chiusa").get_by_role("link").first.click()
    expect(page.get_by_text("solo totali").first).to_be_attached()
    picture(page, "member-settlement-phone")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_in_english_and_in_the_dark_it_is_as_readable(visit):
    page = visit("Dario", "/consortium", color_scheme="dark")
    speak(page, "en")
    expect(page.get_by_role("heading", name="Agreement and shares")).to_be_visible()
    page.locator("li.card", has_text="Draft").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=re.compile("Settlement of"))).to_be_visible()
    expect(page.get_by_text("the month is not over yet")).to_be_visible()
    picture(page, "settlement-dark-english")
    assert violations(page) == []


def test_the_lead_tries_rules_on_a_month_and_writes_them_from_a_day(visit):
    page = visit("Dario", "/consortium", refused=True)
    section = page.locator("section", has=page.get_by_role("heading", name="Regole di riparto"))
    section.get_by_role("button", name="Cambia: Costi comuni · energia").click()
    section.get_by_label("Come si divide").select_option(label="per quota")
    section.get_by_role("button", name="Un'altra regola").click()
    second = section.get_by_role("group", name="Regola 2")
    second.get_by_label("Risorsa").select_option(label="Sala Nodo")
    second.get_by_label("Come si divide").select_option(label="minimo garantito")
    section.get_by_role("button", name=re.compile("Prova su")).click()
    expect(second.locator(".error").first).to_have_text("Si dica quanto, partner per partner.")
    picture(page, "split-rules-fault")
    assert violations(page) == []
    second.get_by_label(re.compile("MAKE|Make")).fill("1.500,00")
    section.get_by_role("button", name=re.compile("Prova su")).click()
    expect(section.get_by_role("heading", name="Differenza")).to_be_visible()
    picture(page, "split-rules")
    assert violations(page) == []
    section.get_by_label("In vigore dal").fill(f"{now().year + 1}-03-01")
    section.get_by_role("button", name="Scrivi le regole").click()
    written = section.get_by_role("listitem").filter(has_text="Sala Nodo: minimo garantito")
    expect(written).to_contain_text("Make a Change 1.500,00")
    expect(section.get_by_role("button", name="Nuove regole")).to_be_visible()


def test_rules_are_drafted_on_a_phone_in_the_dark_and_in_english(visit):
    page = visit("Dario", "/consortium", color_scheme="dark", **PHONE)
    speak(page, "en")
    section = page.locator("section", has=page.get_by_role("heading", name="Split rules"))
    section.get_by_role("button", name="New rules").click()
    section.get_by_label("How it is divided").select_option(label="fixed amount")
    section.scroll_into_view_if_needed()
    picture(page, "split-rules-phone-dark")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_lead_writes_a_version_with_its_rule_and_takes_it_back(visit):
    page = visit("Dario", "/consortium", refused=True)
    page.get_by_role("button", name="Nuova versione").click()
    form = page.get_by_role("form", name="Nuova versione")
    day = f"{now().date() + timedelta(days=400)}"
    form.get_by_label("In vigore dal").fill(day)
    form.get_by_role("button", name="Con una regola di ripartizione").click()
    form.get_by_label("Che cosa si divide").select_option("costs")
    form.get_by_label("Categoria").fill("prova")
    form.get_by_role("button", name=re.compile("^Prova su")).click()
    expect(form.get_by_role("heading", name="Come sarebbe").first).to_be_visible()
    picture(page, "consortium-version-with-rules")
    assert violations(page) == []
    form.get_by_role("button", name="Fissa quote e regole").click()
    versions = page.locator("section", has=page.get_by_role("heading", name="Accordo e quote"))
    newest = versions.locator("tbody tr").first
    expect(newest.get_by_role("button", name=re.compile("^Correggi"))).to_be_visible()
    expect(page.get_by_text("Costi comuni · prova")).to_be_visible()
    picture(page, "consortium-version-written")
    newest.get_by_role("button", name=re.compile("^Togli")).click()
    newest.get_by_role("button", name="Sì, togli").click()
    expect(page.get_by_text("Costi comuni · prova")).to_have_count(0)
    assert violations(page) == []
