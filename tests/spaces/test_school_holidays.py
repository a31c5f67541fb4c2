"""Managers keep the days without school of their region; series leave them out."""

import pytest

from core.ids import encode
from spaces.models import SchoolHoliday
from tests.api import client, post
from tests.stories.test_an_association_books_a_series import TUESDAYS, plan, verdicts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def christmas(cast, key="c", **more):
    body = {"venue_id": encode("ven", cast.venue.pk), "name_it": "Natale", "name_en": "Christmas"}
    days = {"first_on": "2026-12-23", "last_on": "2027-01-06"}
    return post(client(cast.dario), "/school-holidays", body | days | more, key)


def in_piedmont(cast):
    address = f"/api/v1/venues/{encode('ven', cast.venue.pk)}"
    assert client(cast.dario).patch(address, {"school_region": "Piemonte"}).status_code == 200


def region_of(cast):
    return client().get(f"/api/v1/school-holidays?venue_id={encode('ven', cast.venue.pk)}").json()["region"]


def listed(cast, year=None):
    address = f"/api/v1/school-holidays?venue_id={encode('ven', cast.venue.pk)}"
    return client().get(address + (f"&year={year}" if year else "")).json()["data"]


def test_a_series_leaves_out_what_its_managers_wrote(cast):
    in_piedmont(cast)
    made = christmas(cast)
    assert made.status_code == 201, made.content
    assert christmas(cast).json()["id"] == made.json()["id"]
    assert SchoolHoliday.objects.count() == 1
    planned = plan(client(cast.ada), cast.room, TUESDAYS | {"skip": ["school_holidays"]})
    assert [on for on, verdict in verdicts(planned).items() if verdict == "skipped"] == [
        "2026-12-29",
        "2027-01-05",
    ]
    assert [h["name_en"] for h in listed(cast, 2027)] == ["Christmas"]
    assert listed(cast, 2028) == []


def test_days_are_changed_and_taken_back(cast):
    in_piedmont(cast)
    address = f"/api/v1/school-holidays/{christmas(cast).json()['id']}"
    api = client(cast.dario)
    assert api.patch(address, {"last_on": "2027-01-07"}).json()["last_on"] == "2027-01-07"
    assert [p["pointer"] for p in api.patch(address, {"last_on": "2026-12-01"}).json()["pointers"]] == [
        "/last_on"
    ]
    assert client(cast.gina).patch(address, {"last_on": "2027-01-08"}).status_code == 404
    assert client(cast.gina).delete(address).status_code == 404
    assert api.delete(address).status_code == 204
    assert api.delete(address).status_code == 404
    assert listed(cast) == []


def test_a_venue_without_a_region_has_none_and_another_region_is_not_ours(cast):
    refused = christmas(cast)
    assert [p["code"] for p in refused.json()["pointers"]] == ["no-region"]
    row = SchoolHoliday.objects.create(
        region="Lombardia", name_it="Ponte", name_en="Bridge", first_on="2026-12-07", last_on="2026-12-07"
    )
    assert region_of(cast) == ""
    in_piedmont(cast)
    assert region_of(cast) == "Piemonte"
    assert listed(cast) == []
    assert client(cast.dario).delete(f"/api/v1/school-holidays/{encode('sho', row.pk)}").status_code == 404
    assert client(cast.ivo).delete(f"/api/v1/school-holidays/{encode('sho', row.pk)}").status_code == 204
