"""Managers write the rules: version by version, from a day on, refused when impossible, never over one another."""

import pytest

from booking.models import Booking, Item
from core.ids import encode
from people.models import Group
from spaces.models import Rules
from spaces.policy import BookingPolicy
from spaces.wording import RuleWords
from tests.api import client, post, wish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def read(cast, person=None):
    return client(person or cast.dario).get(f"/api/v1/policies?resource_id={encode('res', cast.room.pk)}")


def write(cast, rules, key="w1", person=None, **more):
    body = {
        "resource_id": encode("res", cast.room.pk),
        "from_on": "2026-12-01",
        "rules": rules,
        "seen_id": None,
    } | more
    return post(client(person or cast.dario), "/policies", body, key)


def test_a_manager_writes_a_version_and_it_is_in_force_from_its_day(cast):
    made = write(cast, {"most": 60})
    assert made.status_code == 201, made.content
    assert made.json()["state"] == "to_come"
    assert made.json()["written_by"]["name"] == cast.dario.name
    found = read(cast).json()
    assert found["latest_id"] == made.json()["id"]
    assert [(v["of"], v["state"]) for v in found["data"]] == [("resource", "to_come"), ("venue", "in_force")]
    assert found["in_force"]["own"] == {}
    assert found["in_force"]["inherited"] == {"horizon_days": 365}
    assert found["in_force"]["house"]["step"] == 30
    before = wish(cast.room, "2026-11-30T10:00:00", "2026-11-30T12:00:00")
    assert post(client(cast.ada), "/bookings", before, "k1").status_code == 201
    after = post(
        client(cast.ada), "/bookings", wish(cast.room, "2026-12-01T10:00:00", "2026-12-01T12:00:00"), "k2"
    )
    assert [r["code"] for r in after.json()["reasons"]] == ["too-long"]


def test_a_booking_keeps_the_version_it_was_made_under(cast):
    booked = post(client(cast.ada), "/bookings", wish(cast.room), "k1").json()
    kept = Item.objects.get(booking__code=booked["code"]).rules_id
    write(cast, {"least": 120})
    assert Item.objects.get(booking__code=booked["code"]).rules_id == kept
    assert Booking.objects.get().state == "held"


def test_whoever_has_not_seen_the_newest_version_writes_nothing(cast):
    first = write(cast, {"most": 60}).json()["id"]
    refused = write(cast, {"most": 90}, "w2")
    assert (refused.status_code, refused.json()["code"]) == (409, "changed-meanwhile")
    assert refused.json()["data"]["current"] == first
    assert write(cast, {"most": 90}, "w3", seen_id=first).status_code == 201
    assert Rules.objects.filter(resource=cast.room).count() == 2


def test_the_same_key_writes_once(cast):
    again = [write(cast, {"most": 60}).json() for _ in range(2)]
    assert again[0] == again[1]
    assert Rules.objects.filter(resource=cast.room).count() == 1


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"least": 90, "most": 100, "step": 60}, "60, 120"),
        ({"least": 900, "most": 1200}, "840"),  # open for 14 hours a day
        ({"least_people": 9}, "8"),  # it holds eight
        ({"presets": [{"start": "02:00", "end": "04:00"}]}, "Sala Po"),
        ({"supervision": {"hours": [{"start": "02:00", "end": "04:00"}]}}, "Sala Po"),
        ({"notice_days": 400}, str(365 * 24 * 60)),
    ],
)
def test_what_nobody_could_meet_is_refused_with_the_arithmetic(cast, rules, said):
    refused = write(cast, rules)
    assert (refused.status_code, refused.json()["code"]) == (422, "unsatisfiable")
    assert said in refused.json()["detail"]
    assert not Rules.objects.filter(resource=cast.room).exists()


def test_a_venue_s_rules_are_refused_where_one_resource_could_not_meet_them(cast):
    write(cast, {"most": 60}, from_on="2026-11-30")
    body = {
        "venue_id": encode("ven", cast.venue.pk),
        "from_on": "2026-11-30",
        "rules": {"least": 120},
        "seen_id": encode("rul", cast.venue.rules.get().pk),
    }
    refused = post(client(cast.dario), "/policies", body, "v1")
    assert refused.json()["code"] == "unsatisfiable"
    assert "Sala Po" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"rules": {"lesst": 3}}, "/rules/lesst"),
        ({"rules": {"least": "long"}}, "/rules/least"),
        ({"rules": {"presets": [{"start": "25:00", "end": "26:00"}]}}, "/rules/presets/0/start"),
        ({"rules": {"groups": ["grp_nobody"]}}, "/rules/groups/0"),
        ({"rules": {"bookable_from": "soon"}}, "/rules/bookable_from"),
        ({"from_on": "2026-11-29"}, "/from_on"),
    ],
)
def test_what_is_misspelt_is_pointed_at(cast, more, pointer):
    refused = write(cast, **({"rules": {}} | more))
    assert refused.status_code == 422
    assert pointer in [p["pointer"] for p in refused.json()["pointers"]]


def test_groups_are_said_by_their_public_ids_and_are_the_house_s_own(cast):
    ours = Group.objects.create(name="Soci", partner=cast.lead)
    public = encode("grp", ours.pk)
    made = write(cast, {"groups": [public]})
    assert made.json()["rules"] == {"groups": [public]}
    assert Rules.objects.get(resource=cast.room).data == {"groups": [str(ours.pk)]}
    assert read(cast).json()["groups"] == [{"id": public, "name": "Soci"}]
    refused = post(client(cast.ada), "/bookings", wish(cast.room), "k1")
    assert [r["code"] for r in refused.json()["reasons"]] == ["not-for-you"]


def test_every_word_of_a_policy_can_be_written(cast):
    assert set(RuleWords().fields) == set(BookingPolicy.__dataclass_fields__)


def test_only_who_manages_the_house_sees_and_writes(cast):
    for person in (cast.carla, cast.gina, cast.elena):
        assert read(cast, person).status_code == 404
        assert write(cast, {"most": 60}, person=person).status_code == 404
    assert client().get(f"/api/v1/policies?venue_id={encode('ven', cast.venue.pk)}").status_code == 401
