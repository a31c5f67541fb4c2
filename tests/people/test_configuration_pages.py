"""Django's admin: one door, for administrators; what cannot be right cannot be saved."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse

from core.models import LogEntry
from equipment.models import Equipment, ServiceNote
from people.models import Agreement, Group, GroupMember, Membership, Organisation, Person, Role, Share
from tests.billing.sales import book, sell
from tests.cast import rome

pytestmark = pytest.mark.django_db
PAGES = ["changelist", "add"]
MODELS = [model for model in admin.site._registry if model._meta.app_label == "people"]


def address(model, page):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")


def browser(person=None):
    found = Client(headers={"Accept-Language": "it"})
    if person is not None:
        found.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return found


@pytest.mark.parametrize("who", ["ada", "gina", "dario", "franco"])
def test_no_other_role_gets_past_the_door(cast, who):
    person = getattr(cast, who)
    person.is_staff = person.is_superuser = True  # the flags of Django open nothing; the role does
    person.save()
    for model in admin.site._registry:
        for page in PAGES:
            answer = browser(person).get(address(model, page))
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/admin/login/")


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_page_of_people_opens_for_an_administrator(cast, language):
    _ = cast.association, cast.lead
    visit = browser(cast.ivo)
    assert len(MODELS) == 6
    for model in MODELS:
        for page in PAGES:
            assert visit.get(address(model, page), headers={"Accept-Language": language}).status_code == 200
        if first := model._default_manager.first():
            there = f"{address(model, 'changelist')}{first.pk}/change/"
            assert visit.get(there, headers={"Accept-Language": language}).status_code == 200


def test_an_administrator_needs_the_role_and_no_flag(cast):
    Role.objects.create(person=cast.carla, kind="administrator")
    visit = browser(cast.carla)
    assert visit.get(address(Organisation, "changelist")).status_code == 200
    Role.objects.filter(person=cast.carla).delete()
    assert visit.get(address(Organisation, "changelist")).status_code == 302


def test_the_first_administrator_is_made_from_the_command_line():
    person = Person.objects.create_superuser("ROOT@example.org", "a-long-test-password", name="Radice")
    assert person.email == "root@example.org"
    assert browser(person).get("/admin/").status_code == 200


def test_the_same_lock_guards_this_door(cast):
    cast.ivo.set_password(cast.password)
    cast.ivo.save()
    form = {"username": "IVO@example.org", "password": "not-the-password"}
    for _ in range(5):
        answer = browser().post("/admin/login/", form)
    assert answer.status_code == 429
    again = browser().post("/admin/login/", form | {"password": cast.password})
    assert again.status_code == 429
    assert (
        browser()
        .post(
            "/api/v1/session",
            {"email": cast.ivo.email, "password": cast.password},
            content_type="application/json",
        )
        .status_code
        == 429
    )


def test_who_is_no_administrator_gets_the_answer_of_a_wrong_password(cast):
    for person in (cast.gina, cast.ivo):
        person.set_password(cast.password)
        person.save()
    wrong = browser().post("/admin/login/", {"username": cast.ivo.email, "password": "not-the-password"})
    staff = browser().post("/admin/login/", {"username": cast.gina.email, "password": cast.password})
    assert "sessionid" not in staff.cookies
    assert "session" not in staff.cookies
    assert wrong.context["form"].errors == staff.context["form"].errors != {}
    right = browser().post("/admin/login/", {"username": cast.ivo.email, "password": cast.password})
    assert (right.status_code, "session" in right.cookies) == (302, True)


def test_an_administrator_makes_a_person_whose_address_is_lower_case(cast):
    form = {
        "name": "Nora",
        "email": "Nora@Example.org",
        "language": "it",
        "usable_password": "true",
        "password1": "una-lunga-parola-3",
        "password2": "una-lunga-parola-3",
        "roles-TOTAL_FORMS": 0,
        "roles-INITIAL_FORMS": 0,
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    }
    answer = browser(cast.ivo).post(address(Person, "add"), form)
    assert answer.status_code == 302, answer.context["errors"]
    assert Person.objects.get(email="nora@example.org").check_password("una-lunga-parola-3")


def test_a_vat_number_that_does_not_check_out_is_not_saved(cast):
    form = {
        "name": "Prova",
        "kind": "company",
        "country": "it",
        "vat_number": "12345670018",
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    }
    visit = browser(cast.ivo)
    refused = visit.post(address(Organisation, "add"), form)
    assert "La partita IVA non torna" in refused.content.decode()
    assert visit.post(address(Organisation, "add"), form | {"vat_number": "123 4567 0017"}).status_code == 302
    saved = Organisation.objects.get(name="Prova")
    assert (saved.vat_number, saved.country) == ("12345670017", "IT")


@pytest.mark.parametrize(("percents", "saved"), [((60, 40), True), ((60, 39), False), ((60,), False)])
def test_an_agreement_is_saved_when_its_shares_make_the_whole(cast, percents, saved):
    partners = [cast.lead, cast.member]
    form = {"consortium": cast.consortium.pk, "version": 2, "from_on": "2026-12-01"}
    form |= {"mandate_fee": "0", "between_rate": "22"}
    form |= {"shares-TOTAL_FORMS": len(percents), "shares-INITIAL_FORMS": 0}
    for number, percent in enumerate(percents):
        form |= {f"shares-{number}-partner": partners[number].pk, f"shares-{number}-percent": percent}
    answer = browser(cast.ivo).post(address(Agreement, "add"), form)
    assert (answer.status_code == 302) is saved
    assert Agreement.objects.filter(from_on=date(2026, 12, 1)).exists() is saved
    if saved:
        assert sum(Share.objects.filter(agreement__version=2).values_list("percent", flat=True)) == Decimal(
            100
        )


def test_the_pages_speak_both_languages(cast):
    visit = browser(cast.ivo)
    assert "Organizzazioni" in visit.get("/admin/").content.decode()
    assert "Organisations" in visit.get("/admin/", headers={"Accept-Language": "en"}).content.decode()


# -- whose data they show ------------------------------------------------------------------------------------------


@pytest.fixture
def known(cast, at, monkeypatch):
    """Ada is certified, a member of a group, paid for a booking and oiled the laser; Bruno speaks for the association."""
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)
    _ = cast.association, cast.dario
    soci = Group.objects.create(name="Soci", partner=cast.lead)
    GroupMember.objects.create(group=soci, person=cast.ada, from_on=date(2026, 1, 1))
    Membership.objects.get_or_create(
        person=cast.bruno, organisation=cast.association, defaults={"from_on": date(2026, 1, 1)}
    )
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-05 10:00")))
    ServiceNote.objects.create(
        equipment=Equipment.objects.get(), on=date(2026, 11, 20), text="Oliata", by=cast.ada
    )
    return cast


def pages():
    """Every list, every first thing with its history, and whatever is proposed while somebody types."""
    for model in admin.site._registry:
        listed = address(model, "changelist")
        yield listed
        for row in model._default_manager.all()[:3]:
            yield from (f"{listed}{row.pk}/{page}/" for page in ("change", "history", "delete"))
    for named in ("membership", "groupmember"):
        yield f"/admin/autocomplete/?app_label=people&model_name={named}&field_name=person&term=a"


def test_no_page_names_somebody_without_a_line_in_the_log(known):
    others = [known.ada, known.bruno, known.carla, known.dario]
    visit, silent, told = browser(known.ivo), [], 0
    for page in pages():
        point = transaction.savepoint()
        answer = visit.get(page)
        words = answer.content.decode() if answer.status_code == 200 else ""
        named = {str(p.pk) for p in others if p.name in words or p.email in words}
        whose = LogEntry.objects.filter(act__startswith="see-", by_id=known.ivo.pk).values_list(
            "data__whose", flat=True
        )
        seen = {pk for some in whose for pk in some}
        told += bool(named)
        if not named <= seen:
            silent.append((page, len(named - seen)))
        transaction.savepoint_rollback(point)
    assert silent == []
    assert told >= 15  # without anybody to name, the walk would prove nothing


def test_what_was_seen_of_a_partner_s_members_and_customers_is_told_to_it(known):
    visit = browser(known.ivo)
    group, document = Group.objects.get(), admin_first("document")
    visit.get(f"{address(Group, 'changelist')}{group.pk}/change/")
    visit.get(f"/admin/billing/document/{document}/change/")
    rows = LogEntry.objects.filter(act__startswith="see-").order_by("at", "pk")
    assert [(row.act, row.thing_id, row.data["whose"]) for row in rows] == [
        ("see-members", known.lead.pk, [str(known.ada.pk)]),
        ("see-customers", known.lead.pk, [str(known.ada.pk)]),
    ]


def admin_first(name):
    (model,) = [m for m in admin.site._registry if m._meta.model_name == name]
    return model._default_manager.get().pk


def test_one_s_own_name_is_no_news(known):
    browser(known.ivo).get(f"{address(Person, 'changelist')}{known.ivo.pk}/change/")
    assert not LogEntry.objects.filter(act__startswith="see-").exists()
