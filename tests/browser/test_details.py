"""Whom documents are made out to is written by the customers themselves."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import speak, violations

pytestmark = pytest.mark.browser


def test_a_maker_with_a_vat_number_says_where_invoices_arrive(visit):
    page = visit("Bruno", "/me", refused=True)
    speak(page, "it")
    page.get_by_role("link", name="Dati di fatturazione").click()
    expect(page.get_by_role("heading", name="Dati di fatturazione")).to_be_visible()
    save = page.get_by_role("button", name="Salva")
    expect(save).to_have_attribute("aria-disabled", "true")
    page.get_by_label("Partita IVA").fill("12345678901")
    save.click()
    expect(page.get_by_text("La partita IVA non torna: sono 11 cifre.")).to_be_visible()
    expect(page.get_by_label("Partita IVA")).to_have_value("12345678901")
    page.get_by_label("Partita IVA").fill("0764 352 0567")
    page.get_by_label("Codice destinatario").fill("abc1234")
    save.click()
    expect(page.get_by_role("status").filter(has_text="Salvato")).to_be_visible()
    assert violations(page) == []
    page.reload()
    expect(page.get_by_label("Partita IVA")).to_have_value("07643520567")
    expect(page.get_by_label("Codice destinatario")).to_have_value("ABC1234")


def test_who_lives_abroad_is_asked_for_no_italian_code(visit):
    page = visit("Bruno", "/me/details", locale="en-GB")
    speak(page, "en")
    country = page.get_by_label("Country")
    country.select_option(label="Germany")
    expect(page.get_by_label("Province")).to_have_count(0)
    expect(page.get_by_label("Recipient code")).to_have_count(0)
    country.select_option(label="Italy")
    expect(page.get_by_label("Recipient code")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_have_attribute("aria-disabled", "true")


def test_a_delegate_puts_the_organisation_s_data_right(visit):
    page = visit("Carla", "/me/details", refused=True)
    speak(page, "it")
    page.get_by_role("navigation", name="Di chi").get_by_role("link").nth(1).click()
    code = page.get_by_label("Codice destinatario")
    code.fill("12")
    page.get_by_role("button", name="Salva").click()
    expect(page.get_by_text("Il codice destinatario ha 7 segni, 6 per un ufficio pubblico.")).to_be_visible()
    code.fill("")
    page.get_by_label("PEC").fill("posta@pec.example")
    page.get_by_role("button", name="Salva").click()
    expect(page.get_by_role("status").filter(has_text="Salvato")).to_be_visible()
    assert violations(page) == []
