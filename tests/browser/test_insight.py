"""How the house was used, as a manager looks at it: pictures with their numbers, the bookings behind, a closure's cost."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import picture, speak, violations

pytestmark = pytest.mark.browser


def test_a_manager_looks_compares_and_opens_the_bookings_behind_a_figure(visit):
    page = visit("Dario", "/insight")
    expect(page.get_by_role("heading", name="La settimana")).to_be_visible()
    week = page.get_by_role("slider", name="La settimana")
    week.focus()
    week.press("ArrowRight")
    expect(week).to_have_attribute("aria-valuetext", re.compile(r"^Lun \d\d: "))
    page.get_by_label("Confronta con").select_option(label="Il periodo prima")
    expect(page).to_have_url(re.compile("compare=previous"))
    expect(page.get_by_text(re.compile(r"^prima: ")).first).to_be_visible()
    assert violations(page) == []
    # By row, too, each figure says how it was before; the files of the pictures and of the table say the same.
    expect(page.locator("table.data tfoot .was").first).to_have_text(re.compile("^prima: "))
    for name in ("Occupazione nel tempo: CSV", "I numeri: CSV"):
        assert "compare=previous" in page.get_by_role("link", name=name).get_attribute("href")
    picture(page, "insight-compared")
    with page.expect_download() as saved:
        page.get_by_role("button", name="La settimana: PNG").click()
    assert saved.value.suggested_filename == "week.png"
    link = page.get_by_role("link", name="La settimana: CSV")
    table = page.request.get(link.evaluate("a => a.href"))
    assert table.text().lstrip("\ufeff").startswith("Giorno;Ora;Aperte (min)")
    page.get_by_role("link", name=re.compile("^Prenotazioni: ")).click()
    expect(page.get_by_role("heading", name="Le prenotazioni dietro il numero")).to_be_visible()
    expect(page.locator("table.data tbody tr").first).to_be_visible()
    assert violations(page) == []


def test_hours_and_medians_say_what_they_are_out_of_and_lead_to_their_bookings(visit):
    page = visit("Dario", "/insight")
    tiles = page.locator(".insight .tiles li")
    expect(tiles.filter(has_text="Anticipo")).to_contain_text(re.compile(r"la mediana di \d+ prenotazioni"))
    expect(tiles.filter(has_text="Manutenzione")).to_contain_text(re.compile(r"/ [\d.,]+ h"))
    picture(page, "insight-tiles")
    tiles.filter(has_text="Ore di presenza").get_by_role("link").click()
    expect(page.locator("p.muted").first).to_contain_text("prenotazioni che ne prendono una parte")
    expect(page.locator("table.data tbody tr").first).to_be_visible()
    page.go_back()
    tiles.filter(has_text="Ricavi per ora aperta").get_by_role("link").click()
    expect(page.locator("table.data tbody tr").first).to_be_visible()


def test_what_has_no_bookings_behind_it_leads_to_what_it_is_of(visit):
    page = visit("Dario", "/insight")
    page.locator(".insight .tiles li").filter(has_text="Manutenzione").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Le manutenzioni dietro le ore")).to_be_visible()
    expect(page.get_by_text(re.compile("h in tutto|Non si è perso niente"))).to_be_visible()
    picture(page, "insight-lost")
    assert violations(page) == []
    page.goto(page.url.split("/insight")[0] + "/insight?measure=unmet")
    week = page.get_by_role("slider", name="La settimana")
    week.focus()
    week.press("ArrowRight")
    expect(week).to_have_attribute("aria-valuetext", re.compile(r"^Lun \d\d: "))
    week.press("Enter")
    expect(page).to_have_url(re.compile(r"/\?.*weekdays="))
    page.go_back()
    forecast = page.locator(
        "section.sight", has=page.get_by_role("heading", name="Le prossime quattro settimane")
    )
    forecast.get_by_text("Mostra i dati in tabella").click()
    forecast.get_by_role("link", name=re.compile("^Un anno prima, ")).first.click()
    expect(page.get_by_role("heading", name="Le prenotazioni dietro il numero")).to_be_visible()


def test_a_closure_is_weighed_before_it_is_decided(visit):
    page = visit("Dario", "/insight/closure")
    expect(page.get_by_text("Prenotazioni già lì")).to_be_visible()
    expect(page.get_by_role("img", name="Giorno per giorno")).to_be_visible()
    expect(page.locator("th", has_text="Richieste")).to_have_count(1)
    assert violations(page) == []


def test_whoever_writes_a_closure_is_led_to_what_it_costs(visit):
    page = visit("Dario", "/manage/rules?tab=hours")
    form = page.get_by_role("form", name="Nuova chiusura")
    form.get_by_label("Dalle", exact=True).fill("2027-02-01T00:00")
    form.get_by_label("Alle", exact=True).fill("2027-02-03T18:00")
    form.get_by_role("link", name=re.compile("Quanto costerebbe")).click()
    expect(page).to_have_url(re.compile("from=2027-02-01.*to=2027-02-04"))
    expect(page.get_by_text("Prenotazioni già lì")).to_be_visible()
    page.get_by_label("Tipo").select_option(label="Taglio laser")
    expect(page).to_have_url(re.compile("kind=laser"))
    assert violations(page) == []


def test_a_phone_and_english_and_the_dark_read_it_too(visit):
    page = visit(
        "Elena", "/insight", viewport={"width": 390, "height": 844}, locale="en-GB", color_scheme="dark"
    )
    speak(page, "en")
    expect(page.get_by_role("heading", name="The week")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert violations(page) == []


def test_the_next_weeks_stand_beside_how_wrong_they_were_and_the_month_is_a_file(visit):
    page = visit("Dario", "/insight")
    panel = page.locator(
        "section.sight", has=page.get_by_role("heading", name="Le prossime quattro settimane")
    )
    expect(panel).to_contain_text(
        re.compile("ritmo settimanale di \\d+ giorni|gli stessi giorni dell'anno scorso")
    )
    expect(panel).to_contain_text(re.compile("Quanto sbaglia non si sa ancora|sbagliava in media"))
    expect(panel.get_by_role("slider", name="Le prossime quattro settimane")).to_be_visible()
    page.get_by_label("Dividi per").select_option(label="Programma")
    expect(page.get_by_role("rowheader", name="Senza programma")).to_be_visible()
    page.get_by_label("Dividi per").select_option(label="Piano")
    expect(page.get_by_role("rowheader", name="Senza piano")).to_be_visible()
    picture(page, "insight-forecast")
    assert violations(page) == []
    report = page.get_by_role("link", name=re.compile("Rapporto di .* \\(PDF\\)"))
    answer = page.request.get(report.evaluate("a => a.href"))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")


def test_revenue_by_plan_leads_to_the_documents_it_is_made_of(visit):
    page = visit("Dario", "/insight?by=plan")
    row = page.get_by_role("row", name=re.compile("^Senza piano"))
    expect(row).to_contain_text(re.compile(r"€ / .*€"))
    picture(page, "insight-revenue")
    assert violations(page) == []
    row.get_by_role("link", name=re.compile("^Ricavi, Senza piano")).click()
    expect(page.get_by_role("heading", name="Di che cosa sono fatti i ricavi")).to_be_visible()
    expect(page.get_by_text("Piano · Senza piano · ")).to_be_visible()
    expect(page.locator("caption")).to_contain_text("scritture")
    expect(page.locator("tbody a").first).to_have_attribute("href", re.compile("/documents/doc_.*/files/pdf"))
    picture(page, "insight-takings")
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_view_is_kept_for_the_venue_and_opened_by_its_address(visit):
    page = visit("Dario", "/insight?kind=meeting_room&by=month")
    expect(page.get_by_role("heading", name="La settimana")).to_be_visible()
    page.get_by_text("Viste salvate").click()
    page.get_by_label("Nome della vista").fill("Sale, mese per mese")
    page.get_by_label("Per chi").select_option(label="Open Incet")
    page.get_by_role("button", name="Salva", exact=True).click()
    link = page.get_by_role("link", name="Sale, mese per mese")
    expect(link).to_be_visible()
    picture(page, "insight-views")
    assert violations(page) == []
    address = link.get_attribute("href")
    # A colleague opens the address on another device.
    other = visit("Franco", address, viewport={"width": 390, "height": 844}, color_scheme="dark")
    speak(other, "en")
    expect(other.get_by_label("Kind", exact=True)).to_have_value("meeting_room")
    expect(other.get_by_label("Cut by")).to_have_value("month")
    expect(other.get_by_role("link", name="Sale, mese per mese")).to_have_attribute("aria-current", "page")
    picture(other, "insight-views-phone-dark")
    assert violations(other) == []
    assert other.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Dimentica Sale, mese per mese").click()
    expect(page.get_by_role("link", name="Sale, mese per mese")).to_have_count(0)


def test_the_week_shows_what_is_chosen_and_a_cell_leads_to_all_of_its_bookings(visit):
    page = visit("Dario", "/insight?compare=previous")
    expect(page.get_by_text(re.compile("mesi interi con mesi interi"))).to_be_visible()
    panel = page.locator("section.sight", has=page.get_by_role("heading", name="La settimana"))
    picture(page, "insight-week")
    panel.get_by_label("Che cosa mostra").select_option(
        label="Mancate presentazioni su prenotazioni concluse"
    )
    expect(page).to_have_url(re.compile("measure=no_shows"))
    panel.get_by_text("Mostra i dati in tabella").click()
    expect(panel.get_by_role("columnheader", name="prima")).to_be_visible()
    expect(panel.locator("tbody td").nth(1)).to_have_text(re.compile(r"^(–|[\d,]+%) \(\d+ / \d+\)$"))
    panel.get_by_label("Che cosa mostra").select_option(label="Quante volte cercato invano")
    expect(page).to_have_url(re.compile("measure=unmet"))
    assert violations(page) == []
    picture(page, "insight-unmet")
    panel.get_by_label("Che cosa mostra").select_option(label="Ore prenotate su ore aperte")
    week = page.get_by_role("slider", name="La settimana")
    week.focus()
    for _ in range(60):
        week.press("ArrowRight")
        if re.search(r"[1-9][\d,]*%", (week.get_attribute("aria-valuetext") or "").split(" · ")[0]):
            break
    week.press("Enter")
    # The address is there before its page: on the one that is left these words stand more than once.
    expect(page.locator("h1")).to_have_text("Le prenotazioni dietro il numero")
    expect(page).to_have_url(re.compile("during=true"))
    expect(page.get_by_text("prenotazioni che ne prendono una parte")).to_be_visible()
    expect(page.locator("table.data tbody tr").first).to_be_visible()
    picture(page, "insight-cell")
    assert violations(page) == []


def test_rows_of_plans_and_hours_lead_somewhere(visit):
    page = visit("Dario", "/insight?by=plan", viewport={"width": 390, "height": 844}, color_scheme="dark")
    speak(page, "en")
    row = page.get_by_role("row", name=re.compile("^Without a plan"))
    row.get_by_role("link", name=re.compile("^Bookings, Without a plan")).click()
    expect(page.get_by_text(re.compile("Plan · Without a plan"))).to_be_visible()
    expect(page.locator("table.data tbody tr").first).to_be_visible()
    picture(page, "insight-plan-bookings")
    page.go_back()
    page.get_by_label("Cut by").select_option(label="Hour")
    row = page.get_by_role("row", name=re.compile("^11:00"))
    row.get_by_role("link", name=re.compile("^Revenue, 11:00")).click()
    expect(page.locator("caption", has_text="the part of this hour or day")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert violations(page) == []
    page.go_back()
    page.get_by_label("Cut by").select_option(label="Resource")
    # The rows before stay until those of the new cut are there.
    expect(page.get_by_role("row", name=re.compile(r"^\d\d:00"))).to_have_count(0)
    row = page.locator(
        "table.data tbody tr", has=page.get_by_role("link", name=re.compile("^First-timers, .*: [1-9]"))
    )
    # Of whom the row counts as new, the bookings of that row.
    name = row.first.get_by_role("rowheader").inner_text()
    row.first.get_by_role("link", name=re.compile("^First-timers, ")).click()
    expect(page.get_by_text(f"Resource · {name}")).to_be_visible()
    expect(page.locator("table.data tbody tr").first).to_contain_text(name)
    page.go_back()
    page.get_by_label("Cut by").select_option(label="Month")
    expect(page.get_by_role("link", name=re.compile(f"^Occupancy, {re.escape(name)}"))).to_have_count(0)
    page.get_by_role("link", name=re.compile("^Occupancy, .*: [1-9]")).first.click()
    expect(page.get_by_text(re.compile("Month · .*bookings that take some of it"))).to_be_visible()
    expect(page.locator("table.data tbody tr").first).to_be_visible()
    page.goto(page.url.split("/insight")[0] + "/insight?measure=attended&compare=year")
    expect(page.get_by_text(re.compile("Compared with"))).to_be_visible()
    picture(page, "insight-phone-dark")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_address_that_hours_had_before_leads_to_them(visit):
    page = visit("Dario", "/manage/occupancy?from=2026-01-01&to=2026-02-01&measure=attended_minutes")
    expect(page.get_by_role("heading", name="La settimana")).to_be_visible()
    assert re.search(r"/insight\?from=2026-01-01&to=2026-02-01&measure=attended$", page.url)
    panel = page.locator("section.sight", has=page.get_by_role("heading", name="La settimana"))
    expect(panel.get_by_label("Che cosa mostra")).to_have_value("attended")


def test_takings_begin_with_a_venue_of_one_s_own_and_offer_those_one_may_read(visit):
    page = visit("Elena", "/manage/revenue")
    expect(page.locator("table.data tbody tr").first).to_be_visible()
    expect(page.get_by_label("Sede").locator("option").first).to_be_attached()
    offered = page.get_by_label("Sede").locator("option").all_inner_texts()
    for name in offered:
        page.get_by_label("Sede").select_option(label=name)
        expect(page.locator("table.data tbody tr").first).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)
    everywhere = visit("Elena", "/").get_by_label("Sede").locator("option")
    expect(everywhere.nth(len(offered))).to_be_attached()
