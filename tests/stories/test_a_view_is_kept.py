"""A view of the figures under a name: one's own or a venue's, opened by its address, whoever may see it."""

import pytest

from booking.models import SavedView
from core import retention
from core.ids import encode
from tests.api import client, post
from tests.stories.test_lists_cost_the_same import statements

pytestmark = pytest.mark.django_db
AUTUMN = {"kind": "laser", "from": "2026-09-01", "to": "2026-12-01", "compare": "year", "by": "plan"}


@pytest.fixture(autouse=True)
def _monday(at, cast):
    at("2026-11-30 09:00")
    _ = cast.dario, cast.elena, cast.venue


def kept(person, name="Autunno", status=201, key="k", **more):
    answer = post(
        client(person), "/reports/views", {"name": name, "said": AUTUMN, **more}, key=f"{key}-{name}"
    )
    assert answer.status_code == status, answer.content
    return answer.json()


def names(person):
    return [(one["name"], one["venue"] and one["venue"]["name"]) for one in listed(person)["data"]]


def listed(person):
    answer = client(person).get("/api/v1/reports/views")
    assert answer.status_code == 200, answer.content
    return answer.json()


def address(view):
    return f"/api/v1/reports/views/{view['id']}"


def test_one_s_own_is_nobody_else_s(cast):
    made = kept(cast.dario)
    assert (made["said"], made["venue"], made["can_remove"]) == (AUTUMN, None, True)
    assert client(cast.dario).get(address(made)).json() == made
    for person in (cast.elena, cast.franco, cast.ivo):
        assert names(person) == []
        assert client(person).get(address(made)).status_code == 404
        assert client(person).delete(address(made)).status_code == 404
    assert SavedView.objects.count() == 1


def test_a_venue_s_is_seen_by_its_offices_and_those_who_run_it_together(cast):
    venue = encode("ven", cast.venue.pk)
    made = kept(cast.dario, venue_id=venue)
    for person in (cast.dario, cast.franco, cast.elena):
        assert names(person) == [("Autunno", cast.venue.name)]
        assert client(person).get(address(made)).json()["said"] == AUTUMN
    # The member partner has no office of this venue: it reads, and neither writes nor removes.
    assert [one["name"] for one in listed(cast.elena)["may_share"]] == []
    assert client(cast.elena).get(address(made)).json()["can_remove"] is False
    assert client(cast.elena).delete(address(made)).status_code == 403
    kept(cast.elena, status=403, venue_id=venue)
    assert client(cast.franco).delete(address(made)).status_code == 204
    assert names(cast.dario) == []


def test_a_name_is_kept_once_and_takes_the_place_of_what_it_was_knowingly(cast):
    first = kept(cast.dario)
    body = {"name": "Autunno", "said": {"kind": "desk"}}
    refused = post(client(cast.dario), "/reports/views", body, key="unknowing")
    assert (refused.status_code, refused.json()["code"]) == (409, "name-taken")
    again = post(client(cast.dario), "/reports/views", body | {"instead_of": first["id"]}, key="again").json()
    assert again["id"] == first["id"]
    assert (again["said"], names(cast.dario)) == ({"kind": "desk"}, [("Autunno", None)])
    # The venue's of that name, and another's own, are others.
    kept(cast.dario, key="shared", venue_id=encode("ven", cast.venue.pk))
    kept(cast.elena)
    assert (len(names(cast.dario)), SavedView.objects.count()) == (2, 3)


def test_the_same_key_keeps_it_once(cast):
    assert kept(cast.dario) == kept(cast.dario)


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"kind": "spaceship"}, "/said/kind"),
        ({"from": "yesterday"}, "/said/from"),
        ({"by": "person"}, "/said/by"),
        ({"venue": "javascript:"}, "/said/venue"),
        ({"else": "1"}, "/said/else"),
    ],
)
def test_what_no_view_can_say_is_refused_where_it_is_said(cast, said, where):
    answer = post(client(cast.dario), "/reports/views", {"name": "X", "said": said})
    assert (answer.status_code, answer.json()["pointers"][0]["pointer"]) == (422, where)


def test_a_hundred_are_enough(cast):
    for n in range(100):
        SavedView.objects.create(name=f"Vista {n}", made_by=cast.dario, said={})
    assert kept(cast.dario, status=422)["pointers"][0]["code"] == "too-many"
    seventh = SavedView.objects.get(name="Vista 7")
    kept(cast.dario, name="Vista 7", instead_of=encode("viw", seventh.pk))


def test_who_is_erased_leaves_the_venue_s_and_takes_its_own(cast):
    kept(cast.dario)
    kept(cast.dario, name="Di tutti", venue_id=encode("ven", cast.venue.pk))
    retention.erase(cast.dario.pk)
    view = SavedView.objects.get()
    assert (view.name, view.made_by) == ("Di tutti", None)


def test_the_list_asks_as_much_for_many_as_for_one(cast):
    kept(cast.dario)
    api = client(cast.dario)
    few, _ = statements(api, "/api/v1/reports/views")
    for n in range(20):
        kept(cast.dario, name=f"Vista {n}", venue_id=encode("ven", cast.venue.pk))
    many, answer = statements(api, "/api/v1/reports/views")
    assert len(answer.json()["data"]) == 21
    assert many <= few <= 12
