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
        ({"presets": [{"start": "08:00", "end": "12:00"}], "daily_limit": 60}, "240"),
        ({"horizon_working_days": 0, "notice_days": 3}, str(3 * 24 * 60)),
        ({"least_quantity": 5}, "5"),
        ({"only_with": ["sala-po"]}, "Sala Po"),
        ({"bookable_until": "2026-11-20"}, "20/11/2026"),
        ({"bookable_until": "2026-12-01"}, "01/12/2026"),  # the day from which these rules count
        (
            {
                "least": 120,
                "limits": [{"span": "week", "minutes": 60, "hours": {"start": "00:00", "end": "24:00"}}],
            },
            "Sala Po",
        ),
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
    "rules",
    [
        {
            "presets": [{"start": "08:00", "end": "12:00"}, {"start": "12:00", "end": "13:00"}],
            "daily_limit": 60,
        },
        {"horizon_working_days": 1, "notice_days": 3},  # on a Friday, for the Monday
        {"bookable_until": "2026-12-02"},
        {
            "least": 120,
            "limits": [{"span": "week", "minutes": 60, "hours": {"start": "09:00", "end": "24:00"}}],
        },  # from 8 to 10 it takes an hour of these
    ],
)
def test_what_somebody_could_just_meet_is_written(cast, rules):
    made = write(cast, rules)
    assert made.status_code == 201, made.content


def of_venue(cast, rules, key="v1", **more):
    body = {
        "venue_id": encode("ven", cast.venue.pk),
        "from_on": "2026-12-01",
        "rules": rules,
        "seen_id": encode("rul", cast.venue.rules.order_by("written_at", "pk").last().pk),
    } | more
    return post(client(cast.dario), "/policies", body, key)


def test_a_venue_s_rules_are_held_against_what_a_resource_will_say_later(cast):
    write(cast, {"least": 120}, from_on="2027-02-01")
    refused = of_venue(cast, {"most": 60})
    assert (refused.status_code, refused.json()["code"]) == (422, "unsatisfiable")
    assert "Sala Po" in refused.json()["detail"]
    assert of_venue(cast, {"most": 180}, "v2").status_code == 201


def test_a_resource_s_rules_are_held_against_what_its_venue_will_say_later(cast):
    _ = cast.room
    of_venue(cast, {"most": 60}, from_on="2027-02-01")
    assert write(cast, {"least": 120}).json()["code"] == "unsatisfiable"


def test_what_counts_for_whoever_books_later_is_held_against_it_too(cast):
    write(cast, {"least": 120}, from_on="2027-02-01", basis="booking")
    assert of_venue(cast, {"most": 60}).json()["code"] == "unsatisfiable"


def test_a_version_that_another_takes_over_before_is_held_against_nothing(cast):
    write(cast, {"least": 120}, from_on="2027-02-01")
    of_venue(cast, {"most": 180}, from_on="2027-01-01")
    again = of_venue(cast, {"most": 60}, "v2")
    assert again.status_code == 201, again.content  # in force only until January


def test_rules_that_nobody_can_meet_stop_nobody_else_s_search(cast):
    for resource, data in ((cast.room, {"least": 120}), (None, {"most": 60})):
        scope = {"resource": resource} if resource else {"venue": cast.venue}
        Rules.objects.create(from_on="2027-02-01", data=data | {"horizon_days": 365}, **scope)
    _ = cast.other_room
    query = f"/api/v1/offers?venue_id={encode('ven', cast.venue.pk)}&on_from=2027-02-02&minutes=60"
    found = client(cast.ada).get(query)
    assert found.status_code == 200, found.content
    offered = {card["resource"]["name"]: bool(card["offers"]) for card in found.json()["data"]}
    assert offered == {"Sala Po": False, "Sala Dora": True}
    refused = post(
        client(cast.ada), "/bookings", wish(cast.room, "2027-02-02T10:00:00", "2027-02-02T11:00:00")
    )
    assert "too-short" in [r["code"] for r in refused.json()["reasons"]]


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"rules": {"lesst": 3}}, "/rules/lesst"),
        ({"rules": {"least": "long"}}, "/rules/least"),
        ({"rules": {"presets": [{"start": "25:00", "end": "26:00"}]}}, "/rules/presets/0/start"),
        ({"rules": {"groups": ["grp_nobody"]}}, "/rules/groups/0"),
        ({"rules": {"bookable_from": "soon"}}, "/rules/bookable_from"),
        ({"rules": {"only_with": ["sala-po", "nobody"]}}, "/rules/only_with/1"),
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
