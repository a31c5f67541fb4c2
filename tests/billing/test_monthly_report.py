"""The month's report: what it says to whom, mailed once to whoever manages and wants it."""

from datetime import date

import pytest
from django.core import mail as django_mail

from billing.books import monthly_report
from core import outbox
from core.mail import files_of
from core.models import Mail, OutboxRow
from people.models import Role
from people.roles import standing
from tests.api import client
from tests.billing.settling import sold
from tests.booking.confirmed import book

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def month(house, at):
    """November: an hour of Sala Po sold for 15.00 net on each of three days; Sala Dora is the member's, booked twice."""
    house.other_room.owner = house.member
    house.other_room.save()
    for day in (3, 4, 5):
        sold(house, at, day)
    at("2026-11-06 09:00")
    book(house.bruno, house.other_room, "2026-11-10 10:00", 120)
    at("2026-12-01 09:00")
    return house


def page(person, month=NOVEMBER, language="it"):
    return monthly_report.page_of(standing(person), month, language)


def test_it_tells_the_month_beside_the_one_before_and_last_year_s(month):
    told = page(month.dario)
    assert "Rapporto del mese: novembre 2026" in told
    assert '<th scope="row">Prenotazioni</th><td>4</td><td>0</td><td>0</td>' in told
    assert '<th scope="row">Ricavi netti</th><td>45,00 €</td><td>0,00 €</td><td>0,00 €</td>' in told
    assert "Sala Po" in told
    assert "martedì" in told
    english = page(month.dario, language="en")
    assert "Report of the month: November 2026" in english
    assert "€45.00" in english
    assert "Tuesday" in english


def test_it_says_five_hours_out_of_those_opened(month):
    told = page(month.dario)
    assert "(5 h / " in told


def test_another_partner_s_manager_reads_its_own_and_of_others_what_three_bookings_make(month):
    told = page(month.elena)
    assert "Sala Dora" in told
    assert "Sala Po" not in told
    assert '<th scope="row">Prenotazioni</th><td>1</td>' in told
    assert '<th scope="row">Fondazione</th>' in told
    assert "(3 h / " in told.split("Fondazione")[1]
    assert "45,00" not in told
    assert "Gli altri partner" not in page(month.dario)


def test_what_a_name_says_is_text_and_nothing_else(month):
    month.room.name = "<script>alert(1)</script>"
    month.room.save()
    assert "<script>" not in page(month.dario)


def test_it_is_a_pdf_that_is_the_same_however_often_it_is_drawn(month):
    api = client(month.dario)
    answer = api.get("/api/v1/reports/monthly?month=2026-11", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")
    again = api.get("/api/v1/reports/monthly?month=2026-11", headers={"Accept-Language": "en"})
    assert again.content == answer.content
    refusal = api.get("/api/v1/reports/monthly?month=2027-01")
    assert (refusal.status_code, refusal.json()["pointers"][0]["pointer"]) == (422, "?month")


def letters():
    return Mail.objects.filter(key__startswith="monthly-report:").order_by("to")


def swept(times=1):
    for _ in range(times):
        monthly_report.sweep()
    outbox.drain()


def test_every_manager_has_it_once_with_the_file(month):
    Role.objects.create(
        person=month.dario, kind="manager", partner=month.member
    )  # of two partners, still one letter
    swept(times=3)
    swept()
    assert [m.to for m in letters()] == ["dario@example.org", "elena@example.org"]
    assert len([m for m in django_mail.outbox if "novembre 2026" in m.subject]) == 2
    (name, content, media), *_ = files_of(letters()[1])
    assert (name, media, content[:4]) == ("2026-11.pdf", "application/pdf", b"%PDF")
    # Even if the outbox forgets that it was done.
    OutboxRow.objects.all().delete()
    swept()
    assert letters().count() == 2


def test_who_does_not_want_it_has_none(month):
    answer = client(month.dario).patch("/api/v1/people/me/preferences", {"report": False}, format="json")
    assert answer.status_code == 200, answer.content
    swept()
    assert [m.to for m in letters()] == ["elena@example.org"]


def test_who_became_manager_later_in_the_month_is_sent_no_old_news(month, at):
    at("2026-12-08 09:00")
    swept()
    assert letters().count() == 0
    at("2027-01-01 09:00")
    swept()
    assert {m.key.rsplit(":", 1)[1] for m in letters()} == {"2026-12-01"}


def test_who_is_no_manager_any_more_has_none(month):
    monthly_report.sweep()
    Role.objects.filter(person=month.elena).delete()
    outbox.drain()
    assert [m.to for m in letters()] == ["dario@example.org"]


def test_only_an_office_may_read_it(month):
    for person, status in ((month.carla, 403), (month.gina, 403), (month.franco, 200)):
        assert client(person).get("/api/v1/reports/monthly?month=2026-11").status_code == status
