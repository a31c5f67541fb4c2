"""A sponsor pays for the hours of its beneficiaries: who may join, what is drawn, and what the sponsor is told."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from billing.models import Beneficiary, Budget, PassKind, Rate
from core import outbox, retention
from core.ids import encode
from core.models import LogEntry, Mail
from core.money import Money
from tests.api import client, post, wish
from tests.stories.changing import move, pay, to
from tests.stories.passes import booked, cancelled, checked_out, grant, held, left, quoted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at, bank):
    at("2026-11-30 09:00")


def started(cast, key="p1", **more):
    body = {
        "venue_id": encode("ven", cast.venue.pk),
        "sponsor_id": encode("org", cast.association.pk),
        "name": "Ore per i giovani",
        "from_on": "2026-12-01",
        "last_on": "2027-05-31",
        "joining": "list",
        "budgets": [{"unit": "minutes", "given": 600, "kinds": ["laser"]}],
    } | more
    made = post(client(cast.dario), "/programmes", body, key)
    assert made.status_code == 201, made.content
    return made.json()


def listed(cast, programme, *people, key="b1"):
    emails = [person.email.upper() for person in people]
    made = post(client(cast.dario), f"/programmes/{programme['id']}/beneficiaries", {"emails": emails}, key)
    assert made.status_code == 201, made.content
    return made.json()["data"]


def test_a_listed_beneficiary_s_quote_shows_what_the_sponsor_pays(cast):
    programme = started(cast, percent=80)
    listed(cast, programme, cast.ada)
    api = client(cast.ada)
    booking = held(api, cast.laser)
    quote = quoted(api, booking)
    (draw,) = quote["lines"][0]["draws"]
    assert (draw["kind"], draw["units"], draw["left"], draw["worth"]["cents"]) == (
        "programme",
        120,
        480,
        2928,
    )
    assert quote["total"]["cents"] == 3660 - 2928
    mine = api.get(f"/api/v1/programmes/{programme['id']}").json()
    assert (mine["my_state"], mine["budgets"][0]["left"], mine["can_edit"]) == ("approved", 600, False)
    # The co-payment is the beneficiary's: no pass pays for what the sponsor has covered.
    kind = PassKind.objects.create(
        venue=cast.venue, name="Ore", unit="minutes", amount=300, price=Money(0), vat_rate=cast.vat22
    )
    grant(cast, kind)
    assert quoted(api, booking)["total"]["cents"] == 732


def test_who_is_not_a_beneficiary_neither_draws_nor_sees(cast):
    programme = started(cast)
    listed(cast, programme, cast.bruno)
    api = client(cast.ada)
    assert quoted(api, held(api, cast.laser))["lines"][0]["draws"] == []
    assert api.get(f"/api/v1/programmes/{programme['id']}").status_code == 404
    assert api.get("/api/v1/programmes").json()["data"] == []


def test_cancelling_gives_the_hours_back_to_the_programme(cast):
    programme = started(cast)
    listed(cast, programme, cast.ada)
    api = client(cast.ada)
    booking = booked(api, cast.laser)
    budget = programme["budgets"][0]["id"]
    assert left(budget) == 480
    cancelled(api, booking)
    assert left(budget) == 600


def test_only_on_its_weekdays_and_no_more_than_the_cap_in_a_month(cast):
    grants = [{"unit": "minutes", "given": 6000, "kinds": [], "cap": 180}]
    programme = started(cast, weekdays=[1, 2, 3, 4, 5], budgets=grants)
    listed(cast, programme, cast.ada)
    api = client(cast.ada)
    saturday = held(api, cast.laser, "2026-12-05T10:00:00", "2026-12-05T12:00:00")
    assert quoted(api, saturday)["total"]["cents"] == 3660
    booked(api, cast.laser)
    thursday = held(api, cast.laser, "2026-12-03T10:00:00", "2026-12-03T12:00:00")
    assert quoted(api, thursday)["total"]["cents"] == 1830
    shown = api.get("/api/v1/programmes").json()["data"][0]["budgets"][0]
    assert (shown["cap"], shown["cap_left"]) == (180, 180)  # November's: the bookings are in December
    january = held(api, cast.laser, "2027-01-07T10:00:00", "2027-01-07T12:00:00")
    assert quoted(api, january)["total"]["cents"] == 0


def test_two_promised_at_once_do_not_pass_the_cap(cast):
    programme = started(cast, budgets=[{"unit": "minutes", "given": 6000, "kinds": [], "cap": 120}])
    listed(cast, programme, cast.ada)
    api = client(cast.ada)
    one = held(api, cast.laser)
    two = held(api, cast.laser, "2026-12-03T10:00:00", "2026-12-03T12:00:00")
    first, second = quoted(api, one), quoted(api, two)
    assert checked_out(api, first, [one]).status_code == 201
    answer = checked_out(api, second, [two])
    assert (answer.status_code, answer.json()["code"]) == (409, "budget-spent")


def test_a_budget_in_euro_pays_to_its_last_cent(cast):
    programme = started(cast, percent=50, budgets=[{"unit": "cents", "given": 1000, "kinds": []}])
    listed(cast, programme, cast.ada)
    api = client(cast.ada)
    quote = quoted(api, held(api, cast.laser))
    assert quote["total"]["cents"] == 2660
    assert (quote["lines"][0]["draws"][0]["units"], quote["lines"][0]["draws"][0]["left"]) == (1000, 0)


@pytest.mark.parametrize("unit", ["cents", "minutes"])
def test_a_sponsor_pays_its_percent_of_a_dearer_time_too(cast, bank, unit):
    programme = started(cast, percent=80, budgets=[{"unit": unit, "given": 20000, "kinds": []}])
    listed(cast, programme, cast.ada)
    api = client(cast.ada)
    booking = pay(api, bank, held(api, cast.room))
    Rate.objects.update(price=Money(2500))
    assert move(api, booking, to("03T10:00", "03T12:00")).status_code == 200
    quote = quoted(api, booking["id"])
    assert quote["total"]["cents"] == (5000 - 4000) - (3660 - 2928)


def test_a_code_lets_one_in_and_a_wrong_one_does_not(cast):
    programme = started(cast, joining="code", code="barriera-2027")
    api = client(cast.ada)
    assert post(api, "/programmes/join", {"code": "something-else"}, "j0").status_code == 404
    joined = post(api, "/programmes/join", {"code": "barriera-2027"}, "j1")
    assert (joined.status_code, joined.json()["my_state"], joined.json()["code"]) == (200, "approved", "")
    booked(api, cast.laser)
    assert left(programme["budgets"][0]["id"]) == 480


def test_an_application_waits_for_staff_and_is_told_the_answer(cast):
    programme = started(cast, joining="application")
    api, dario = client(cast.ada), client(cast.dario)
    (shown,) = api.get("/api/v1/programmes").json()["data"]
    assert (shown["can_apply"], shown["budgets"]) == (True, [])
    asked = post(api, f"/programmes/{programme['id']}/join", {"message": "Restauro biciclette"}, "j1")
    assert (asked.json()["my_state"], asked.json()["can_apply"]) == ("asked", False)
    assert quoted(api, held(api, cast.laser))["lines"][0]["draws"] == []
    assert dario.get("/api/v1/programmes").json()["data"][0]["waiting"] == 1
    (one,) = dario.get(f"/api/v1/programmes/{programme['id']}/beneficiaries").json()["data"]
    assert (one["name"], one["message"]) == ("Ada A.", "Restauro biciclette")
    approved = post(dario, f"/programmes/{programme['id']}/beneficiaries/{one['id']}/approve", key="a1")
    assert approved.json()["state"] == "approved"
    outbox.drain()
    assert Mail.objects.filter(person_id=cast.ada.pk, subject="Programma «Ore per i giovani»").count() == 1
    booking = held(api, cast.laser, "2026-12-03T10:00:00", "2026-12-03T12:00:00")
    assert quoted(api, booking)["lines"][0]["draws"][0]["kind"] == "programme"


def test_the_staff_of_the_venue_decide_on_applications_and_nothing_else_of_it(cast):
    programme = started(cast, joining="application")
    post(client(cast.ada), f"/programmes/{programme['id']}/join", {"message": "Restauro biciclette"}, "j1")
    gina, path = client(cast.gina), f"/programmes/{programme['id']}"
    (shown,) = gina.get("/api/v1/programmes").json()["data"]
    assert (shown["waiting"], shown["can_admit"], shown["can_edit"], shown["can_report"]) == (
        1,
        True,
        False,
        False,
    )
    assert shown["budgets"][0]["left"] == 600
    (one,) = gina.get(f"/api/v1{path}/beneficiaries").json()["data"]
    approved = post(gina, f"{path}/beneficiaries/{one['id']}/approve", key="a1")
    assert approved.json()["state"] == "approved"
    assert Beneficiary.objects.get().decided_by_id == cast.gina.pk
    assert LogEntry.objects.get(act="see-beneficiaries").by_id == cast.gina.pk
    # Whom the sponsor lists, and what it is told, stays with those who manage.
    assert post(gina, f"{path}/beneficiaries", {"emails": ["x@example.org"]}, "b").status_code == 403
    assert gina.patch(f"/api/v1{path}", {"name": "Altro"}, format="json").status_code == 403
    assert gina.get(f"/api/v1{path}/report").status_code == 403


def test_a_refused_applicant_knows_why_and_draws_nothing(cast):
    programme = started(cast, joining="application")
    api, dario = client(cast.ada), client(cast.dario)
    post(api, f"/programmes/{programme['id']}/join", {"message": "Io"}, "j1")
    one = encode("ben", Beneficiary.objects.get().pk)
    path = f"/programmes/{programme['id']}/beneficiaries/{one}/refuse"
    assert (
        post(dario, path, {"reason": "Solo fino a 30 anni."}, "r1").json()["reason"] == "Solo fino a 30 anni."
    )
    outbox.drain()
    assert "Solo fino a 30 anni." in Mail.objects.get(subject="Programma «Ore per i giovani»").text
    again = post(api, f"/programmes/{programme['id']}/join", {"message": "Io!"}, "j2")
    assert again.status_code == 409


def reported(cast, programme):
    return client(cast.bruno).get(f"/api/v1/programmes/{programme['id']}/report")


def test_the_sponsor_s_report_says_who_what_hours_and_value_at_any_moment(cast):
    programme = started(cast, percent=50)
    (place,) = listed(cast, programme, cast.ada)
    path = f"/api/v1/programmes/{programme['id']}"
    assert reported(cast, programme).json()["rows"] == []
    api = client(cast.ada)
    booking = held(api, cast.laser)
    checked_out(client(cast.gina), quoted(client(cast.gina), booking), [booking], "cash")
    note = {"outcome": "Ha aperto una ciclofficina"}
    client(cast.dario).patch(f"{path}/beneficiaries/{place['id']}", note, format="json")
    told = reported(cast, programme).json()
    (row,) = told["rows"]
    assert (row["who"], row["what"], row["minutes"]) == ("Ada A.", "Laser CO₂", 120)
    assert (row["value"]["cents"], row["paid"]["cents"]) == (3660, 1830)
    assert row["outcome"] == "Ha aperto una ciclofficina"
    assert (told["minutes"], told["paid"]["cents"]) == (120, 1830)
    bruno = client(cast.bruno)
    sheet = load_workbook(BytesIO(b"".join(bruno.get(f"{path}/report/files/xlsx").streaming_content))).active
    rows = list(sheet.values)
    assert rows[1][:2] == ("Ada A.", "Laser CO₂")
    assert (float(rows[1][3]), float(rows[1][4]), float(rows[-1][5])) == (2, 36.6, 18.3)
    assert bruno.get(f"{path}/report/files/pdf").content.startswith(b"%PDF-")
    assert bruno.get(f"{path}/report/files/doc").status_code == 404


def told(cast, programme):
    """The hours of each row, its list value and what the sponsor paid of it."""
    return [
        (row["minutes"], row["value"]["cents"], row["paid"]["cents"])
        for row in reported(cast, programme).json()["rows"]
    ]


def test_the_report_tells_the_hours_that_the_programme_paid_and_no_others(cast):
    programme = started(cast, budgets=[{"unit": "minutes", "given": 60, "kinds": ["laser"]}])
    listed(cast, programme, cast.ada)
    booking = held(client(cast.ada), cast.laser)
    desk = client(cast.gina)
    assert checked_out(desk, quoted(desk, booking), [booking], "cash").status_code == 201
    assert told(cast, programme) == [(60, 1830, 1830)]
    assert reported(cast, programme).json()["minutes"] == 60


def test_three_desks_for_an_hour_are_three_hours_in_the_report(cast):
    programme = started(cast, budgets=[{"unit": "minutes", "given": 600, "kinds": []}])
    listed(cast, programme, cast.ada)
    api = client(cast.ada)
    three = wish(cast.pool(4), "2026-12-02T10:00:00", "2026-12-02T11:00:00")
    three["items"][0]["quantity"] = 3
    booking = post(api, "/bookings", three, "three").json()["id"]
    quote = quoted(api, booking)
    assert checked_out(api, quote, [booking]).status_code == 201
    ((minutes, value, paid),) = told(cast, programme)
    assert (minutes, value) == (180, paid)
    assert left(programme["budgets"][0]["id"]) == 420


def test_of_a_late_cancellation_the_report_tells_what_the_terms_kept(cast, at):
    programme = started(cast)
    listed(cast, programme, cast.ada)
    booking = booked(client(cast.ada), cast.laser)
    at("2026-12-02 05:00")
    cancelled(client(cast.ada), booking)
    assert left(programme["budgets"][0]["id"]) == 540
    assert told(cast, programme) == [(60, 1830, 1830)]


@pytest.mark.parametrize(("percent", "paid"), [(33, 330), (50, 501), (1, 10)])
def test_the_list_value_is_what_was_covered_not_what_its_percent_gives_back(cast, percent, paid):
    _ = cast.laser
    Rate.objects.update(price=Money(1001))
    programme = started(
        cast, percent=percent, budgets=[{"unit": "minutes", "given": 600, "kinds": ["laser"]}]
    )
    listed(cast, programme, cast.ada)
    booking = held(client(cast.ada), cast.laser, "2026-12-02T10:00:00", "2026-12-02T11:00:00")
    desk = client(cast.gina)
    assert checked_out(desk, quoted(desk, booking), [booking], "cash").status_code == 201
    ((minutes, value, had),) = told(cast, programme)
    assert (minutes, value) == (60, 1001)
    assert abs(had - paid) <= 1


def test_a_budget_in_euro_tells_the_share_of_the_hours_that_it_paid(cast):
    programme = started(cast, budgets=[{"unit": "cents", "given": 915, "kinds": []}])
    listed(cast, programme, cast.ada)
    booking = held(client(cast.ada), cast.laser)
    desk = client(cast.gina)
    assert checked_out(desk, quoted(desk, booking), [booking], "cash").status_code == 201
    assert told(cast, programme) == [(30, 915, 915)]  # a quarter of 36.60 for two hours


def test_who_is_erased_is_forgotten_by_the_programme_and_the_hours_stay(cast):
    programme = started(cast, joining="application")
    api = client(cast.ada)
    post(api, f"/programmes/{programme['id']}/join", {"message": "Restauro biciclette"}, "j1")
    one = Beneficiary.objects.get()
    path = f"/programmes/{programme['id']}/beneficiaries/{encode('ben', one.pk)}/approve"
    assert post(client(cast.dario), path).status_code == 200
    booked(api, cast.laser)
    before = reported(cast, programme).json()
    assert [row["who"] for row in before["rows"]] == ["Ada A."]
    retention.erase(cast.ada.pk)
    one.refresh_from_db()
    assert (one.message, "ada" in one.email) == ("", False)
    after = reported(cast, programme).json()
    assert (after["minutes"], after["paid"]) == (before["minutes"], before["paid"])
    assert "Ada" not in after["rows"][0]["who"]


def test_who_the_report_and_the_list_name_is_written_down(cast):
    programme = started(cast)
    listed(cast, programme, cast.ada)
    booked(client(cast.ada), cast.laser)
    seen = LogEntry.objects.filter(act="see-beneficiaries").order_by("pk")
    path = f"/api/v1/programmes/{programme['id']}"
    asked = [
        (cast.bruno, f"{path}/report"),
        (cast.bruno, f"{path}/report/files/pdf"),
        (cast.bruno, f"{path}/report/files/xlsx"),
        (cast.dario, f"{path}/beneficiaries"),
    ]
    for n, (person, address) in enumerate(asked, 1):
        assert client(person).get(address).status_code == 200
        assert seen.count() == n
        assert (seen[n - 1].by_id, seen[n - 1].data["whose"]) == (person.pk, [str(cast.ada.pk)])
    client(cast.dario).patch(path, {"hides_names": True}, format="json")
    assert reported(cast, programme).status_code == 200
    assert seen.count() == len(asked)  # nobody was named


def test_a_programme_without_names_tells_nobody_who(cast):
    programme = started(cast, hides_names=True)
    listed(cast, programme, cast.ada)
    booked(client(cast.ada), cast.laser)
    (row,) = reported(cast, programme).json()["rows"]
    assert (row["who"], row["minutes"]) == ("Beneficiario 1", 120)
    assert set(row) == {"who", "what", "start", "minutes", "value", "paid", "outcome"}


def test_a_programme_s_end_must_follow_its_start_and_a_code_belongs_to_one(cast):
    started(cast, joining="code", code="barriera-2027")
    wrong: list[dict[str, object]] = [
        {"last_on": "2026-11-01"},
        {"joining": "code"},
        {"joining": "code", "code": "barriera-2027"},
        {"budgets": []},
        {"percent": 0},
    ]
    for n, more in enumerate(wrong):
        body: dict[str, object] = {
            "venue_id": encode("ven", cast.venue.pk),
            "sponsor_id": encode("org", cast.association.pk),
            "name": "Altro",
            "from_on": "2026-12-01",
            "last_on": "2027-05-31",
            "joining": "list",
            "budgets": [{"unit": "minutes", "given": 600}],
        } | more
        assert post(client(cast.dario), "/programmes", body, f"w{n}").status_code == 422
    assert Budget.objects.count() == 1
