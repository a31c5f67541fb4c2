"""A manager changes the rules in a real browser: sees what is in force, what a change would do, and saves it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.clock import now
from core.periods import local_date
from tests.browser.conftest import narrow, picture, violations
from tests.cast import ROME

pytestmark = pytest.mark.browser


def test_a_manager_sees_what_a_rule_would_do_before_it_is_saved(visit):
    page = visit("Dario", "/manage/rules")
    expect(page.locator(".sentences li").first).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Risorsa").select_option(index=1)
    save = page.get_by_role("button", name="Salva")
    expect(save).to_have_attribute("aria-disabled", "true")
    page.get_by_role("checkbox", name="Durata massima").check()
    page.locator(".word.own", has_text="Durata massima").get_by_label("Minuti").fill("60")
    page.get_by_role("button", name="Mostra che cosa cambia").click()
    expect(page.get_by_role("heading", name="Che cosa cambierebbe")).to_be_visible()
    expect(page.get_by_text(re.compile(r"degli ultimi 90 giorni"))).to_be_visible()
    assert violations(page) == []
    save.click()
    expect(page.locator("table.data")).to_contain_text("Durata massima")


def test_a_shorter_day_names_the_bookings_it_touches_and_those_of_the_last_months(visit):
    page = visit("Dario", "/manage/rules")
    page.get_by_label("Risorsa").select_option(label="Sala Dora")
    page.get_by_role("checkbox", name="Durata massima").check()
    page.locator(".word.own", has_text="Durata massima").get_by_label("Minuti").fill("30")
    page.get_by_role("button", name="Mostra che cosa cambia").click()
    found = page.get_by_role("region", name="Che cosa cambierebbe")
    for told in (r"[1-9]\d* prenotazion\w+ futur\w+ toccat", r"[1-9]\d* degli ultimi 90 giorni"):
        part = found.locator("details", has_text=re.compile(told))
        expect(part).to_have_count(1)
        if part.get_attribute("open") is None:
            part.locator("summary").click()
        row = part.get_by_role("listitem").filter(has=page.get_by_role("link")).first
        expect(row).to_contain_text("Sala Dora")
        expect(row.locator(".reasons")).to_contain_text("30")
    assert violations(page) == []
    picture(page, "rehearsal")
    narrow(page, "rehearsal")


def test_impossible_rules_are_refused_with_their_arithmetic(visit):
    page = visit("Dario", "/manage/rules", refused=True)
    page.get_by_label("Risorsa").select_option(index=1)
    page.get_by_role("checkbox", name="Durata minima").check()
    page.locator(".word.own", has_text="Durata minima").get_by_label("Minuti").fill("5000")
    page.get_by_role("button", name="Mostra che cosa cambia").click()
    expect(page.locator(".failure")).to_contain_text("5000")


def test_a_manager_closes_a_day_and_asks_whom_the_rules_let_in(visit):
    page = visit("Dario", "/manage/rules?tab=hours")
    expect(page.get_by_role("heading", name="Orari di apertura")).to_be_visible()
    page.get_by_role("button", name="Nuovi orari").click()
    page.locator(".week-grid").wait_for()
    assert violations(page) == []
    day = local_date(now(), ROME) + timedelta(days=9)
    form = page.get_by_role("form", name="Nuova chiusura")
    form.get_by_label("Dalle").fill(f"{day}T00:00")
    form.get_by_label("Alle", exact=True).fill(f"{day + timedelta(days=1)}T00:00")
    form.get_by_label("Motivo (italiano)").fill("Lavori")
    form.get_by_role("button", name="Mostra che cosa cambia").click()
    expect(form.get_by_role("heading", name="Che cosa cambierebbe")).to_be_visible()
    form.get_by_role("button", name="Chiudi").click()
    expect(page.get_by_text("Lavori").first).to_be_visible()
    page.get_by_role("button", name="Prova", exact=True).click()
    ask = page.get_by_role("button", name="Prova", exact=True).last
    page.get_by_label("Giorno", exact=True).fill(str(day))
    ask.click()
    expect(page.locator(".reasons")).to_contain_text("chiuso")
    assert violations(page) == []


def test_a_manager_divides_a_room_joins_it_and_makes_a_pool_larger(visit):
    page = visit("Dario", "/manage/rules?tab=layout")
    expect(page.locator(".empty")).to_contain_text("Scegli una risorsa")
    page.get_by_label("Risorsa").select_option(label="Sala Dora")
    form = page.get_by_role("form", name="Dividi")
    form.get_by_label("Parte 2").fill("Sala Dora A")
    divide = form.get_by_role("button", name="Dividi")
    expect(divide).to_have_attribute("aria-disabled", "true")
    form.get_by_label("Parte 2").fill("Sala Dora B")
    assert violations(page) == []
    divide.click()
    expect(page.locator("section[aria-labelledby=layout]")).to_contain_text("divisa in parti")
    expect(page.get_by_label("Risorsa").locator("option", has_text="Sala Dora B")).to_have_count(1)
    page.get_by_role("button", name="Riunisci").click()
    page.get_by_role("dialog").get_by_role("button", name="Riunisci").click()
    expect(page.locator("section[aria-labelledby=layout]")).to_contain_text("È intera")
    page.get_by_label("Risorsa").select_option(label="Postazioni flessibili")
    places = page.get_by_role("spinbutton", name="Posti")
    size = int(places.input_value())
    places.fill(str(size + 1))
    page.get_by_role("button", name="Salva").click()
    expect(page.locator("section[aria-labelledby=layout]")).to_contain_text(f"{size + 1} alla volta")
    assert violations(page) == []


def test_a_manager_writes_stretches_of_the_week_and_what_goes_with_what(visit):
    page = visit("Dario", "/manage/rules")
    page.get_by_label("Risorsa").select_option(label="Mentore di fabbricazione")
    page.get_by_role("checkbox", name="Solo insieme a").check()
    page.get_by_role("checkbox", name="Sala Dora").check()
    page.get_by_role("checkbox", name="Durate per tratto della settimana").check()
    lines = page.get_by_role("group", name="Durate per tratto della settimana")
    for day in range(1, 8):
        lines.get_by_role("button", name="Aggiungi").click()
        line = lines.locator(".written").last
        line.get_by_label("Dal giorno").select_option(str(day))
        line.get_by_label("Dalle").fill("08:00")
        line.get_by_label("Al giorno", exact=True).select_option(str(day))
        line.get_by_label("Alle", exact=True).fill("23:00")
    assert violations(page) == []
    page.get_by_role("button", name="Mostra che cosa cambia").click()
    expect(page.get_by_role("heading", name="Che cosa cambierebbe")).to_be_visible()
    page.get_by_role("button", name="Salva").click()
    expect(page.locator("table.data")).to_contain_text("Durate per tratto della settimana")
    expect(page.locator(".sentences")).to_contain_text("Solo insieme a")


def test_a_closure_is_changed_where_it_stands(visit):
    page = visit("Dario", "/manage/rules?tab=hours")
    closures = page.locator("section[aria-labelledby=closures]")
    new = closures.get_by_role("form", name="Nuova chiusura")
    new.get_by_label("Motivo (italiano)").fill("Ponteggi in cortile")
    new.get_by_role("button", name="Mostra che cosa cambia").click()
    new.get_by_role("button", name="Chiudi", exact=True).click()
    row = closures.locator("li", has_text="Ponteggi in cortile").first
    row.get_by_role("button", name="Cambia").click()
    form = closures.get_by_role("form", name="Cambia la chiusura")
    expect(form.get_by_label("Motivo (italiano)")).to_have_value("Ponteggi in cortile")
    save = form.get_by_role("button", name="Salva")
    expect(save).to_have_attribute("aria-disabled", "true")
    form.get_by_label("Alle", exact=True).fill(f"{local_date(now(), ROME) + timedelta(days=9)}T12:00")
    expect(save).to_have_attribute("aria-disabled", "true")
    form.get_by_role("button", name="Mostra che cosa cambia").click()
    expect(form).to_contain_text("Chi era già stato avvisato")
    assert violations(page) == []
    save.click()
    expect(form).to_have_count(0)
    expect(closures.locator("li", has_text="Ponteggi in cortile")).to_contain_text("12:00")
    closures.locator("li", has_text="Ponteggi in cortile").get_by_role("button", name="Riapri").click()
    expect(closures.locator("li", has_text="Ponteggi in cortile")).to_have_count(0)


def test_a_manager_keeps_the_days_without_school(visit):
    page = visit("Dario", "/manage/rules?tab=hours")
    school = page.locator("section[aria-labelledby=school]")
    expect(school.get_by_label("Calendario scolastico di")).to_have_value("Piemonte")
    form = school.get_by_role("form", name="Aggiungi una vacanza")
    add = form.get_by_role("button", name="Aggiungi")
    expect(add).to_have_attribute("aria-disabled", "true")
    form.get_by_label("Nome (italiano)").fill("Ponte di prova")
    first = local_date(now(), ROME) + timedelta(days=75)
    form.get_by_label("Primo giorno").fill(str(first))
    form.get_by_label("Ultimo giorno, compreso").fill(str(first + timedelta(days=2)))
    add.click()
    row = school.locator("li", has_text="Ponte di prova")
    expect(row).to_contain_text(str((first + timedelta(days=2)).year))
    row.get_by_role("button", name="Cambia").click()
    change = school.get_by_role("form", name="Cambia la vacanza")
    change.get_by_label("Nome (italiano)").fill("Carnevale di prova")
    assert violations(page) == []
    change.get_by_role("button", name="Salva").click()
    row = school.locator("li", has_text="Carnevale di prova")
    row.get_by_role("button", name="Togli").click()
    expect(row).to_have_count(0)
