"""What goes with a booking and never runs out: how much of it, and only with what."""

import pytest

from booking.models import Claim
from core.ids import encode
from spaces import layout, opening
from spaces.models import Rules
from tests.api import client, codes, post
from tests.cast import LONG_AGO

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


@pytest.fixture
def coffee(cast):
    made = cast.resource("caffe", "kitchen", "Caffè")
    layout.make_add_on(made)
    opening.plan(made)
    made.refresh_from_db()
    return made


def asked(cast, *wanted):
    items = [{"resource_id": encode("res", r.pk), "quantity": n} for r, n in wanted]
    return {"items": items, "period": {"start": "2026-12-01T10:00:00", "end": "2026-12-01T11:00:00"}}


def hold(person, body, key="k1"):
    return post(client(person), "/bookings", body, key)


def test_it_takes_no_time_of_anything(cast, coffee):
    assert hold(cast.ada, asked(cast, (cast.room, 1), (coffee, 500))).status_code == 201
    assert hold(cast.bruno, asked(cast, (cast.other_room, 1), (coffee, 500)), "k2").status_code == 201
    assert Claim.objects.count() == 2


def test_alone_it_is_no_booking(cast, coffee):
    assert codes(hold(cast.ada, asked(cast, (coffee, 1)))) == ["only-with-others"]


def test_a_resource_without_units_is_no_add_on(cast):
    bare = cast.resource("vuota", "hall", "Vuota")
    opening.plan(bare)
    answer = hold(cast.ada, asked(cast, (cast.room, 1), (bare, 1)))
    assert "not-offered" in codes(answer)


@pytest.mark.parametrize(("n", "code"), [(1, "too-few"), (2, None), (10, None), (11, "too-many")])
def test_so_many_of_it_in_one_booking(cast, coffee, n, code):
    Rules.objects.create(resource=coffee, from_on=LONG_AGO, data={"least_quantity": 2, "most_quantity": 10})
    answer = hold(cast.ada, asked(cast, (cast.room, 1), (coffee, n)))
    assert answer.status_code == (403 if code else 201)
    assert code is None or codes(answer) == [code]


def test_only_with_the_room_it_belongs_to(cast, coffee):
    Rules.objects.create(resource=coffee, from_on=LONG_AGO, data={"only_with": ["sala-po"]})
    assert hold(cast.ada, asked(cast, (cast.room, 1), (coffee, 1))).status_code == 201
    refused = hold(cast.ada, asked(cast, (cast.other_room, 1), (coffee, 1)), "k2")
    assert codes(refused) == ["only-with"]
    assert "Sala Po" in refused.json()["reasons"][0]["detail"]


def test_the_rule_names_the_rooms_as_people_do(cast, coffee):
    _ = (cast.room, cast.other_room)
    data = {"only_with": ["sala-po", cast.other_room.slug]}
    Rules.objects.create(resource=coffee, from_on=LONG_AGO, data=data)
    shown = client().get(f"/api/v1/resources/{encode('res', coffee.pk)}").json()
    assert "Solo insieme a: Sala Po, Sala Dora." in [rule["text"] for rule in shown["rules"]]


def test_a_search_says_why_it_cannot_be_had_alone(cast, coffee):
    path = f"/api/v1/offers?resource_id={encode('res', coffee.pk)}&on_from=2026-12-01&on_to=2026-12-02"
    (card,) = client(cast.ada).get(path).json()["data"]
    assert [r["code"] for r in card["bookable"]["reasons"]] == ["only-with-others"]
    assert card["offers"] == []


def together(cast, *wanted):
    items = [{"resource_id": encode("res", r.pk), "quantity": n} for r, n in wanted]
    body = {"items": items, "minutes": 60, "on_from": "2026-12-01", "on_to": "2026-12-02"}
    return post(client(cast.ada), "/offers/common", body).json()


def test_what_does_not_go_together_is_not_offered_together(cast, coffee):
    _ = cast.room
    Rules.objects.create(
        resource=coffee, from_on=LONG_AGO, data={"only_with": ["sala-po"], "most_quantity": 10}
    )
    assert together(cast, (cast.room, 1), (coffee, 10))["data"]
    found = together(cast, (cast.other_room, 1), (coffee, 50))
    assert found["data"] == []
    (way,) = found["in_the_way"]
    assert (way["item"], way["why"]) == (1, "not-allowed")
    assert [r["code"] for r in way["reasons"]] == ["too-many", "only-with"]


def test_of_several_that_fit_the_one_that_it_goes_with_is_chosen(cast, coffee):
    _ = (cast.other_room, cast.room)
    Rules.objects.create(resource=coffee, from_on=LONG_AGO, data={"only_with": [cast.other_room.slug]})
    items = [{"kind": "meeting_room"}, {"resource_id": encode("res", coffee.pk)}]
    body = {"items": items, "minutes": 60, "on_from": "2026-12-01", "on_to": "2026-12-02"}
    first = post(client(cast.ada), "/offers/common", body).json()["data"][0]
    assert [i["resource"]["name"] for i in first["items"]] == ["Sala Dora", "Caffè"]


def test_a_series_is_held_to_the_same(cast, coffee):
    rule = {"repeat": "dates", "dates": ["2026-12-01"], "hours": {"start": "10:00", "end": "11:00"}}
    items = [{"resource_id": encode("res", coffee.pk)}]
    (date,) = post(client(cast.ada), "/series/plans", {"items": items, "rule": rule}).json()["dates"]
    assert [r["code"] for r in date["reasons"]] == ["only-with-others"]
