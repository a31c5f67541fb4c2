"""Who of a consortium opens what: the owner of a thing what is booked of it, the lead all of it, and nobody else's names."""

import pytest

from billing.models import Programme
from booking.models import Booking
from core.ids import encode
from core.models import LogEntry
from people.models import Organisation
from spaces.models import Venue
from tests.api import client, post
from tests.booking.confirmed import book
from tests.stories.passes import booked
from tests.stories.test_a_programme_pays import listed, started

pytestmark = pytest.mark.django_db
DAYS = "on_from=2026-12-01&on_to=2027-01-01"


@pytest.fixture(autouse=True)
def _monday(cast, at, bank):
    at("2026-11-30 09:00")
    _ = cast.dario, cast.elena, cast.room


def opened(person, booking):
    return client(person).get(f"/api/v1/bookings/{encode('bkg', booking.pk)}")


def listed_to(person):
    return {row["id"] for row in client(person).get("/api/v1/bookings").json()["data"]}


def test_the_owner_of_a_room_opens_what_its_figure_leads_to_and_changes_nothing(cast):
    cast.other_room.owner = cast.member
    cast.other_room.save()
    theirs = book(cast.bruno, cast.other_room, "2026-12-02 10:00", 60)
    lead_s = book(cast.bruno, cast.room, "2026-12-02 10:00", 60)
    behind = client(cast.elena).get(f"/api/v1/reports/bookings?figure=bookings&{DAYS}").json()
    assert [row["id"] for row in behind["data"]] == [encode("bkg", theirs.pk)]
    answer = opened(cast.elena, theirs)
    assert answer.status_code == 200
    shown = answer.json()
    assert shown["person"]["name"] == cast.bruno.name
    assert shown["money"] is not None
    assert not any(one["allowed"] for one in shown["actions"].values())
    seen = LogEntry.objects.get(act="see-bookings")
    assert (seen.by_id, seen.data["whose"]) == (cast.elena.pk, [str(cast.bruno.pk)])
    assert listed_to(cast.elena) == {shown["id"]}
    assert opened(cast.elena, lead_s).status_code == 404
    cancelled = post(client(cast.elena), f"/bookings/{shown['id']}/cancel", key="no")
    assert cancelled.status_code in (403, 404)
    theirs.refresh_from_db()
    assert theirs.state == "confirmed"


def test_an_owner_is_told_neither_what_others_earn_nor_the_pass_of_the_door(cast):
    cast.other_room.owner = cast.member
    cast.other_room.save()
    alone = book(cast.bruno, cast.other_room, "2026-12-02 10:00", 60)
    period_ = {"start": "2026-12-03T10:00:00", "end": "2026-12-03T11:00:00"}
    both = [{"resource_id": encode("res", r.pk)} for r in (cast.room, cast.other_room)]
    mixed = post(client(cast.bruno), "/bookings", {"items": both, "period": period_}, "both").json()
    elena = client(cast.elena)
    assert elena.get(f"/api/v1/bookings/{mixed['id']}").status_code == 404
    path = f"/api/v1/bookings/{encode('bkg', alone.pk)}"
    assert elena.get(path).json()["code"] == ""
    for asked in (f"code={alone.code}", f"q={alone.code[:2]}"):
        assert elena.get(f"/api/v1/bookings?{asked}").json()["data"] == []
        assert len(client(cast.bruno).get(f"/api/v1/bookings?{asked}").json()["data"]) == 1
    behind = elena.get(f"/api/v1/reports/bookings?figure=bookings&{DAYS}").json()["data"]
    assert {row["code"] for row in behind} == {""}
    desk = Venue.objects.create(partner=cast.member, name="Altrove", slug="altrove", city="Ivrea")
    said = post(elena, "/check-ins", {"venue_id": encode("ven", desk.pk), "code": alone.code}).json()
    assert ([r["code"] for r in said["reasons"]], said["booking"]) == (["unknown-code"], None)
    assert [elena.get(f"{path}/{kind}").status_code for kind in ("qr", "ics")] == [404, 404]
    assert client(cast.bruno).get(f"{path}/qr").status_code == 200


def test_an_owner_reads_no_words_between_the_guest_and_the_desk(cast):
    cast.other_room.owner = cast.member
    cast.other_room.save()
    made = book(cast.bruno, cast.other_room, "2026-12-02 10:00", 60, notes="Colloquio riservato")
    Booking.objects.update(reason="Su richiesta del medico")
    offer = {"email": cast.carla.email, "message": "Vai tu da lei"}
    path = f"/bookings/{encode('bkg', made.pk)}"
    assert post(client(cast.bruno), f"{path}/hand-over", offer, "hand").status_code == 200

    def words_for(person):
        read = client(person).get(f"/api/v1{path}").json()
        return (read["notes"], read["reason"], read["change"]["to"], read["change"]["message"])

    assert words_for(cast.elena) == ("", "", "", "")
    told = ("Colloquio riservato", "Su richiesta del medico", cast.carla.email, "Vai tu da lei")
    assert words_for(cast.bruno) == words_for(cast.gina) == told
    assert words_for(cast.carla) == ("", "", "", "Vai tu da lei")


def test_one_date_in_an_owner_s_room_does_not_open_the_series(cast):
    cast.other_room.owner = cast.member
    cast.other_room.save()
    rule = {
        "repeat": "weekly",
        "weekdays": ["wed"],
        "hours": {"start": "10:00", "end": "11:00"},
        "first_on": "2026-12-02",
        "last_on": "2026-12-16",
    }
    items = [{"resource_id": encode("res", cast.other_room.pk)}]
    api = client(cast.bruno)
    plan = api.post("/api/v1/series/plans", {"items": items, "rule": rule, "title": "Prove"}).json()
    series = post(api, "/series", {"plan_id": plan["id"]}).json()
    elena = client(cast.elena)
    assert elena.get(f"/api/v1/series/{series['id']}").status_code == 404
    assert post(elena, f"/series/{series['id']}/contract", {}, "c").status_code == 404
    (date, *_) = series["bookings"]
    assert elena.get(f"/api/v1/bookings/{date['id']}").json()["series_id"] is None


def test_the_lead_opens_bookings_and_the_report_of_a_venue_that_a_member_runs(cast):
    programme = started(cast, budgets=[{"unit": "minutes", "given": 600, "kinds": []}])
    listed(cast, programme, cast.ada)
    booked(client(cast.ada), cast.laser)
    cast.venue.partner = cast.member
    cast.venue.save()
    made = book(cast.bruno, cast.room, "2026-12-03 10:00", 60)
    lead = client(cast.dario)
    assert opened(cast.dario, made).status_code == 200
    assert opened(cast.franco, made).status_code == 200
    assert encode("bkg", made.pk) in listed_to(cast.dario)
    path = f"/api/v1/programmes/{programme['id']}"
    (shown,) = lead.get("/api/v1/programmes").json()["data"]
    assert (shown["can_edit"], shown["can_report"], shown["code"], shown["budgets"][0]["left"]) == (
        False,
        True,
        "",
        480,
    )
    assert lead.get(path).status_code == 200
    told = lead.get(f"{path}/report")
    assert [row["who"] for row in told.json()["rows"]] == [cast.ada.name]
    assert LogEntry.objects.get(act="see-beneficiaries").by_id == cast.dario.pk
    for kind in ("pdf", "xlsx"):
        assert lead.get(f"{path}/report/files/{kind}").status_code == 200
    # To read is all.
    assert lead.patch(path, {"name": "Altro"}, format="json").status_code == 404
    assert lead.get(f"{path}/beneficiaries").status_code == 404
    assert Programme.objects.get().name == "Ore per i giovani"
    cancelled = post(lead, f"/bookings/{encode('bkg', made.pk)}/cancel", key="no")
    assert cancelled.status_code in (403, 404)
    # The lead's people at the desk work for the lead alone.
    assert opened(cast.gina, made).status_code == 404


def test_a_member_opens_nothing_of_the_lead_s_nor_a_stranger_of_anybody_s(cast):
    programme = started(cast)
    made = book(cast.bruno, cast.room, "2026-12-02 10:00", 60)
    for person in (cast.elena, cast.carla):
        assert opened(person, made).status_code == 404
        assert listed_to(person) == set()
        assert client(person).get(f"/api/v1/programmes/{programme['id']}").status_code == 404
        assert client(person).get(f"/api/v1/programmes/{programme['id']}/report").status_code == 404


def test_an_office_s_list_of_bookings_costs_the_same_for_more_of_them(cast, queries):
    cast.other_room.owner = cast.member
    cast.other_room.save()
    for hour in range(9, 17):
        book(cast.bruno, cast.other_room, f"2026-12-02 {hour:02}:00", 60)
    api = client(cast.elena)
    api.get("/api/v1/bookings?limit=2")
    with queries(18):
        assert len(api.get("/api/v1/bookings?limit=2").json()["data"]) == 2
    with queries(18):
        assert len(api.get("/api/v1/bookings?limit=8").json()["data"]) == 8


def test_bodies_are_looked_for_by_three_letters_and_that_is_written_down(cast):
    Organisation.objects.create(name="Fondazione Po", tax_code="2")
    api = client(cast.elena)
    for q in ("", "o", "po", "  p"):
        assert api.get(f"/api/v1/programmes/sponsors?q={q}").status_code == 422
    assert not LogEntry.objects.filter(act="see-sponsors").exists()
    found = api.get("/api/v1/programmes/sponsors?q=fondazione p").json()["data"]
    assert [row["name"] for row in found] == ["Fondazione Po"]
    seen = LogEntry.objects.get(act="see-sponsors")
    assert (seen.by_id, seen.thing_id, seen.data["ids"]) == (cast.elena.pk, cast.member.pk, [found[0]["id"]])
