"""The four journeys in a real browser, against everything real: database, worker, gateway, mail."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.clock import now
from core.periods import local_date
from tests.browser.conftest import violations
from tests.browser.days import clock_change
from tests.cast import ROME

pytestmark = pytest.mark.browser


def test_a_maker_finds_holds_pays_and_gets_her_proof(visit):
    page = visit("Ada", "/?kind=laser")
    page.locator(".slot").nth(2).click()
    page.locator(".countdown").wait_for()
    expect(page.locator(".countdown")).to_have_text(re.compile(r"0\d:\d\d|10:00"))
    assert violations(page) == []
    page.get_by_role("button", name="Paga").click()
    page.get_by_role("button", name="Paga · Pay").click()
    expect(page.locator("h1")).to_have_text("Fatto", timeout=20_000)
    page.get_by_role("link", name="Apri la prenotazione").click()
    expect(page.locator(".badge")).to_contain_text("Confermata")
    expect(page.get_by_role("link", name="Aggiungi al calendario (.ics)")).to_be_visible()
    expect(page.locator("img[alt^='Codice QR']")).to_be_visible()
    paper = page.get_by_role("link", name=re.compile("Fattura FE-"))
    answer = page.request.get(paper.evaluate("a => a.href"))
    assert answer.body().startswith(b"%PDF-")
    assert violations(page) == []


def test_an_uncertified_maker_sees_why_not_and_what_would_change_that(visit):
    page = visit("Bruno", "/?kind=laser")
    expect(page.locator(".reasons")).to_contain_text("The certification Laser L1 is needed")
    expect(page.locator(".reasons")).to_contain_text("The course is every Thursday")
    assert page.locator(".slot").count() == 0


def test_an_association_asks_staff_approve_and_both_are_told(visit):
    page = visit("Carla", "/?people=30&features=projector&kind=hall")
    page.locator(".slot").first.click()
    page.locator(".countdown").wait_for()
    page.get_by_role("button", name="Invia la richiesta").click()
    expect(page.locator("h1")).to_have_text("Fatto")
    desk = visit("Gina", "/desk")
    desk.get_by_label("Sede").select_option(label="Open Incet")
    row = desk.locator("section[aria-labelledby=asked] li", has_text="Coro Barriera in Canto").first
    row.get_by_role("button", name="Approva").click()
    expect(desk.get_by_text("Coro Barriera in Canto").first).to_be_visible()
    box = visit("Carla", "/mailbox")
    expect(box.get_by_text("Richiesta approvata").first).to_be_visible(timeout=20_000)
    staff_box = visit("Gina", "/mailbox")
    expect(staff_box.get_by_text("Da approvare").first).to_be_visible()


def test_managers_see_their_own_detail_and_totals_of_others(visit):
    lead = visit("Dario", "/manage/revenue")
    expect(lead.get_by_text("solo totali")).to_have_count(0)
    member = visit("Elena", "/manage/revenue")
    expect(member.get_by_text("Cucina laboratorio")).to_be_visible()
    expect(member.get_by_text("solo totali").first).to_be_visible()
    assert "Sala Nodo" not in member.content()


def test_the_accountant_opens_a_document_and_takes_the_month(visit):
    page = visit("Franco", "/manage/documents")
    expect(page.locator("table.totals")).to_be_visible()
    page.get_by_label("Emittente").select_option(label="ItaliaCamp")
    page.get_by_role("button", name="Prepara il mese (zip)").click()
    expect(page.get_by_role("link", name=re.compile(r"Scarica 20\d\d-\d\d.zip"))).to_be_visible(
        timeout=90_000
    )


def test_staff_check_in_and_block(visit):
    page = visit("Gina", "/desk")
    page.get_by_role("button", name="Blocca una risorsa").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Risorsa").select_option(label="Sala Stura")
    dialog.get_by_label("Dalle").fill("21:00")
    dialog.get_by_label("Alle", exact=True).fill("21:30")
    dialog.get_by_label("Motivo").fill("Imbiancatura")
    dialog.get_by_role("button", name="Blocca una risorsa").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".span.blocked").first).to_be_attached()


SCREENS = [
    (None, "/"),
    (None, "/sign-in"),
    ("Carla", "/series"),
    ("Ada", "/me"),
    ("Carla", "/planner"),
    ("Gina", "/desk"),
    ("Dario", "/insight"),
    ("Dario", "/manage/revenue"),
    ("Franco", "/manage/documents"),
    ("Gina", "/mailbox"),
]
LIGHTS = [{}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}]


@pytest.mark.parametrize("light", LIGHTS, ids=["light", "dark", "narrow"])
@pytest.mark.parametrize(("who", "path"), SCREENS)
def test_no_screen_shuts_anybody_out(visit, who, path, light):
    assert violations(visit(who, path, **light)) == []


def test_a_browser_in_new_york_shows_the_venue_s_hours(visit):
    here = visit(None, "/?kind=laser").locator(".slot").first.inner_text()
    there = visit(None, "/?kind=laser", timezone_id="America/New_York").locator(".slot").first.inner_text()
    assert here == there


def test_the_page_says_whose_hours_it_shows(visit):
    page = visit(None, "/planner", timezone_id="America/New_York")
    expect(page.get_by_text("Il tuo dispositivo è su America/New_York")).to_be_visible()


def test_a_maker_s_whole_journey_by_keyboard(visit):
    page = visit("Dario", "/?kind=bench")
    page.locator(".slot").nth(1).press("Enter")
    page.locator(".countdown").wait_for()
    page.get_by_role("button", name="Paga").press("Enter")
    page.get_by_role("button", name="Paga · Pay").press("Enter")
    expect(page.locator("h1")).to_have_text("Fatto", timeout=20_000)
    page.get_by_role("link", name="Apri la prenotazione").press("Enter")
    expect(page.locator(".badge")).to_contain_text("Confermata")
    page.get_by_role("button", name="Disdici").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("ti restituiamo")
    assert violations(page) == []


def test_a_resource_s_page_shuts_nobody_out(visit):
    page = visit("Bruno", "/?kind=laser")
    page.locator(".card h2 a").click()
    page.locator(".week").wait_for()
    expect(page.locator(".skeleton")).to_have_count(0)
    assert violations(page) == []


@pytest.mark.parametrize(
    ("month", "first", "count"),
    [(3, ["00", "01", "03", "04"], 23), (10, ["00", "01", "02", "02"], 25)],
)
def test_a_day_on_which_the_clock_changes_has_the_hours_it_has(visit, month, first, count):
    page = visit("Gina", f"/planner?view=day&on={clock_change(month)}&kind=outdoor")
    page.get_by_label("Sede").select_option(label="Campidoglio living lab")
    page.locator(".timeline").get_by_text("Punto Corso Svizzera").first.wait_for()
    hours = page.locator(".timeline").first.locator(".scale b").all_inner_texts()
    assert (hours[:4], len(hours)) == (first, count)


def test_the_api_s_pages_open_under_the_strict_policy(visit, chromium, town):
    page = chromium.new_page()
    said = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.goto(f"{town}/api/docs")
    expect(page.get_by_text("/api/v1/people").first).to_be_visible()  # the list is drawn as one scrolls
    refused = [text for text in said if "script" in text.lower()]
    page.close()
    assert refused == []


def test_staff_book_for_who_stands_at_the_desk_and_take_cash(visit):
    page = visit("Gina", "/desk")
    room = page.locator(".line", has_text="Sala Dora").locator(".span.free")
    for ahead in range(1, 15):  # today may be over, tomorrow a holiday
        page.goto(f"{page.url.split('?')[0]}?on={local_date(now(), ROME) + timedelta(days=ahead)}")
        page.locator(".timeline").wait_for()
        if room.count():
            break
    # Carla has no plan or pass that another journey bought; her whole address finds her wherever she has been.
    page.get_by_label("Cerca una persona").fill("carla@demo.example")
    page.get_by_label("Prenota per").select_option(label="Carla Rosso · carla@demo.example")
    room.first.click()
    dialog = page.get_by_role("dialog")
    start = dialog.get_by_label("Dalle").input_value()
    dialog.get_by_label("Alle", exact=True).fill(f"{int(start[:2]) + 1:02}{start[2:]}")
    assert violations(page) == []
    dialog.get_by_role("button", name="Blocca l'orario").click()
    page.locator(".countdown").wait_for()
    page.get_by_label("Come si paga").select_option(label="Contanti")
    page.locator(".panel .button.main").click()
    expect(page.locator("h1")).to_have_text("Fatto", timeout=20_000)
    page.get_by_role("link", name="Apri la prenotazione").click()
    expect(page.locator(".badge")).to_contain_text("Confermata")
    expect(page.locator("main")).to_contain_text("Carla Rosso")


def test_terms_and_questions_are_asked_where_the_rules_want_them(visit):
    page = visit("Ada", "/?kind=kitchen")
    page.locator(".slot").nth(2).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Persone").fill("6")
    dialog.get_by_label("Che cosa si cucina?").fill("Pane")
    dialog.get_by_label("Accetto le condizioni").check()
    assert violations(page) == []
    dialog.get_by_role("button", name="Blocca l'orario").click()
    page.locator(".countdown").wait_for()


def test_an_association_books_a_hall_again_and_again(visit):
    page = visit("Carla", "/planner")
    page.get_by_role("link", name="Prenota una serie").click()
    page.get_by_label("Sede").select_option(label="Open Incet")
    page.get_by_label("Che cosa").select_option(label="Sala Nodo")
    page.get_by_label("Titolo").fill("Prove del coro")
    page.get_by_role("button", name="Mostra le date").click()
    page.locator("table.data").wait_for()
    assert violations(page) == []
    free = page.locator("tbody input:checked")
    chosen = free.count()
    assert chosen > 5
    free.last.click()
    expect(page.locator("tr.total")).to_contain_text(f"{chosen - 1} date scelte")
    page.get_by_role("button", name="Blocca le date scelte").click()
    page.locator(".countdown").wait_for()
    expect(page.get_by_role("list", name="Date della serie").get_by_role("listitem")).to_have_count(
        chosen - 1
    )
    assert violations(page) == []
    page.get_by_label("Come si paga").select_option(label="Sul conto dell'ente")
    page.locator(".panel .button.main").click()
    expect(page.locator("h1")).to_have_text("Fatto", timeout=20_000)


def test_a_calendar_s_secret_address_is_shown_once_and_taken_back(visit):
    page = visit("Ada", "/me")
    page.get_by_role("button", name="Crea un indirizzo").click()
    address = page.get_by_label("Indirizzo del calendario").input_value()
    assert page.request.get(address).text().startswith("BEGIN:VCALENDAR")
    assert violations(page) == []
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        page.get_by_role("button", name="Revoca").last.click()
    expect(page.get_by_label("Indirizzo del calendario")).to_be_hidden()
    assert page.request.get(address).status == 404


def test_who_waits_for_a_taken_slot_is_on_the_list_and_may_leave_it(visit):
    page = visit(
        "Carla", f"/planner?view=week&kind=classroom&on={local_date(now(), ROME) + timedelta(days=7)}"
    )
    page.get_by_label("Sede").select_option(label="Open Incet")
    page.locator(".line", has_text="Aula Focus").locator(".span.taken").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Avvisami quando si libera").click()
    expect(page.get_by_role("status").filter(has_text="Sei in lista")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Le mie prenotazioni").last.click()
    page.get_by_role("heading", name="In attesa").wait_for()
    assert violations(page) == []
    page.get_by_role("button", name="Lascia la lista").click()
    expect(page.get_by_role("heading", name="In attesa")).to_be_hidden()


def test_what_managing_takes_is_behind_one_word(visit):
    page = visit("Dario", "/")
    word = page.get_by_text("Gestione", exact=True)
    link = page.get_by_role("link", name="Incassi")
    expect(link).to_be_hidden()
    word.press("Enter")
    expect(link).to_be_visible()
    assert violations(page) == []
    link.press("Escape")
    expect(link).to_be_hidden()
    expect(word).to_be_focused()
    word.click()
    link.click()
    expect(page.locator("h1")).to_have_text("Incassi")
    expect(link).to_be_hidden()


def test_a_search_says_how_many_each_filter_finds_and_draws_the_day(visit):
    page = visit(None, "/?kind=meeting_room")
    many = page.locator(".card").count()
    expect(page.get_by_label("Tipo").locator("option:checked")).to_contain_text(f"({many})")
    expect(page.locator(".day-bar [role=img]").first).to_have_attribute(
        "aria-label", re.compile("libero|niente")
    )
    assert violations(page) == []


def test_a_bundle_asks_what_its_things_want_said_once(visit):
    page = visit("Ada", "/together?items=kitchen~,hall~&minutes=120")
    page.locator(".card .button.main").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Persone").fill("6")
    dialog.get_by_label("Che cosa si cucina?").fill("Pane")
    dialog.get_by_label("Accetto le condizioni").check()
    assert violations(page) == []
    dialog.get_by_role("button", name="Blocca l'orario").click()
    page.get_by_text("Prezzo").first.wait_for()
    assert page.locator("h1").inner_text().count(",") == 1
