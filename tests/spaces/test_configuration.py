"""Venues, hours, rules and prices are edited on the configuration pages, and the openings follow."""

from datetime import date

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from billing.models import Rate, Tariff
from booking.rescuing import rescues
from core import outbox
from core.periods import local_day
from spaces.models import Closure, OpeningRule, OpenSpan, Rules
from tests.booking.confirmed import book
from tests.cast import ROME, period

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(cast, at):
    at("2026-11-30 09:00")
    browser = Client()
    browser.force_login(cast.ivo, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def saved(answer):
    """The page was left for the list: nothing was wrong."""
    faults = answer.context["adminform"].form.errors if answer.status_code == 200 else ""
    assert answer.status_code == 302, faults


def open_on(resource, day):
    return [
        s.during
        for s in OpenSpan.objects.filter(
            resource=resource, during__overlap=local_day(date.fromisoformat(day), ROME)
        )
    ]


def test_every_page_opens_and_none_of_the_scheduler_s_is_there(cast, pages):
    assert cast.laser
    assert cast.hall
    for model in admin.site._registry:
        name = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert pages.get(name).status_code == 200, name
        if admin.site._registry[model].has_add_permission(pages.get(name).wsgi_request):
            assert pages.get(f"{name}add/").status_code == 200, name
    assert not set(apps.get_app_config("schedule").get_models()) & set(admin.site._registry)


def test_hours_added_open_the_resource(cast, pages):
    OpeningRule.objects.all()
    room = cast.room
    body = {
        "resource": room.pk,
        "venue": "",
        "label": "",
        "weekdays": ["2"],
        "start": "10:00",
        "end": "12:00",
        "first_on": "2026-12-01",
        "until_on": "",
    }
    saved(pages.post("/admin/spaces/openingrule/add/", body))
    assert [span.minutes for span in open_on(room, "2026-12-01")] == [120]
    assert open_on(room, "2026-12-02") == []


def test_a_closure_closes_and_its_removal_opens(cast, pages):
    room = cast.room
    body = {
        "venue": "",
        "resource": room.pk,
        "kind": "closed",
        "reason_it": "Lavori",
        "reason_en": "Works",
        "start": "2026-12-02T08:00",
        "end": "2026-12-02T12:00",
    }
    saved(pages.post("/admin/spaces/closure/add/", body))
    assert [span.minutes for span in open_on(room, "2026-12-02")] == [10 * 60]
    saved(pages.post(f"/admin/spaces/closure/{Closure.objects.get().pk}/delete/", {"post": "yes"}))
    assert [span.minutes for span in open_on(room, "2026-12-02")] == [14 * 60]


def test_closures_are_listed_by_their_days_and_a_change_reaches_whom_it_meets(cast, pages):
    closure = Closure.objects.create(
        resource=cast.room, during=period("2026-12-02 08:00", 240), reason_it="Lavori", reason_en="Works"
    )
    rescue = rescues.plan(cast.gina, rescues.About(cast.venue, "Lavori", closure=closure))
    met = book(cast.ada, cast.room, "2026-12-02 15:00")
    assert "02/12/2026 08:00 – 02/12/2026 12:00" in pages.get("/admin/spaces/closure/").content.decode()
    body = {
        "venue": "",
        "resource": cast.room.pk,
        "kind": "closed",
        "reason_it": "Lavori",
        "reason_en": "Works",
        "start": "2026-12-02T08:00",
        "end": "2026-12-02T18:00",
    }
    saved(pages.post(f"/admin/spaces/closure/{closure.pk}/change/", body))
    outbox.drain()
    assert [case.booking for case in rescue.cases.all()] == [met]
    saved(pages.post(f"/admin/spaces/closure/{closure.pk}/delete/", {"post": "yes"}))
    outbox.drain()
    assert [case.answer for case in rescue.cases.all()] == ["void"]


def test_rules_are_fields_and_the_impossible_is_refused(cast, pages):
    room = cast.room
    body = {
        "venue": "",
        "resource": room.pk,
        "from_on": "2026-12-01",
        "basis": "use",
        "step": "30",
        "least": "60",
        "most": "45",
    }
    refused = pages.post("/admin/spaces/rules/add/", body)
    assert refused.status_code == 200
    assert not Rules.objects.filter(resource=room).exists()
    saved(pages.post("/admin/spaces/rules/add/", body | {"most": "120", "approval": "yes"}))
    assert Rules.objects.get(resource=room).data == {"step": 30, "least": 60, "most": 120, "approval": True}


def test_a_price_is_edited_until_it_is_published(cast, pages):
    room, tariff = cast.room, Tariff.objects.get()
    rate = tariff.rates.get()
    body = {
        "venue": tariff.venue_id, "partner": tariff.partner_id, "name": "Listino", "from_on": "2025-01-01",
        "rates-TOTAL_FORMS": "1", "rates-INITIAL_FORMS": "1", "rates-0-id": rate.pk, "rates-0-tariff": tariff.pk, "rates-0-resource": room.pk,
        "rates-0-per": "hour", "rates-0-price": "2440", "rates-0-vat_rate": rate.vat_rate_id, "rates-0-weekdays": "",
        "rates-0-minutes": "0", "rates-0-percent": "0", "rates-0-charge_by": "reservation",
    }  # fmt: skip
    page = f"/admin/billing/tariff/{tariff.pk}/change/"
    assert pages.post(page, body).status_code == 403
    Tariff.objects.update(published_at=None)
    saved(pages.post(page, body))
    assert Rate.objects.get().price.cents == 2440
