"""Through the API only: a room and a projector every Tuesday, planned, edited and ended as one thing would be."""

from collections import defaultdict
from uuid import UUID

import pytest
from django.core import mail as outgoing

from billing.models import Entry, Rate
from booking.holding import lapsing
from booking.models import Booking, Claim, Item
from core import outbox
from core.ids import encode
from core.money import Money
from spaces.layout import takes, units_of
from tests.api import client, post, wish
from tests.stories.test_a_series_is_edited import RULE, changed, paid_by_card, planned, said
from tests.stories.test_an_association_books_a_series import booked

pytestmark = pytest.mark.django_db(transaction=True)
LATER = RULE | {"hours": {"start": "19:00", "end": "21:00"}}
DAYS = ["2027-01-12", "2027-01-19", "2027-01-26", "2027-02-02"]
ROOM, PROJECTOR = 2 * 1830, 2 * 610  # of two hours


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


@pytest.fixture
def projector(cast):
    return thing(cast, "proiettore", "Proiettore", 610)


@pytest.fixture
def beamer(cast):
    return thing(cast, "proiettore-2", "Proiettore grande", 305)


def thing(cast, slug, name, price, **more):
    made = cast._whole(slug, "equipment", name, **more)
    tariff = cast.venue.tariffs.get()
    Rate.objects.create(tariff=tariff, resource=made, price=Money(price), vat_rate=cast.vat22)
    return made


def items(*resources):
    return [{"resource_id": encode("res", resource.pk)} for resource in resources]


def plan(api, resources, rule=RULE):
    answer = api.post("/api/v1/series/plans", {"items": items(*resources), "rule": rule})
    assert answer.status_code == 201, answer.content
    return answer.json()


def confirmed(cast, *resources, rule=RULE):
    api = client(cast.ada)
    made = booked(api, plan(api, resources, rule)).json()
    Booking.objects.update(state="confirmed", held_until=None)
    Claim.objects.update(kind="booked", until=None, reason=None)
    return made


def had(series):
    """What stands of the series: by its day, from when, of what."""
    found = {}
    for booking in series["bookings"]:
        if booking["state"] not in ("cancelled", "lapsed"):
            names = [item["resource"]["name"] for item in booking["items"]]
            found[booking["period"]["start"][:10]] = (booking["period"]["start"][11:16], names)
    return found


def named(series):
    return [one["resource"]["name"] for one in series["items"]]


def test_every_date_is_judged_priced_and_offered_elsewhere_for_all_its_things(cast, projector):
    other = wish(projector, "2027-01-19T19:00:00", "2027-01-19T20:00:00")
    assert (
        post(
            client(cast.bruno), "/bookings", other | {"items": items(cast.other_room, projector)}
        ).status_code
        == 201
    )
    api = client(cast.ada)
    made = plan(api, [cast.room, projector])
    free, taken, *_ = made["dates"]
    assert (free["verdict"], free["price"]["cents"], free["taken"]) == ("free", ROOM + PROJECTOR, [])
    assert (taken["verdict"], [one["name"] for one in taken["taken"]]) == ("taken", ["Proiettore"])
    assert made["totals"]["price"]["cents"] == 3 * (ROOM + PROJECTOR)
    # What is offered instead is free for both.
    path = f"/api/v1/series/plans/{made['id']}"
    for instead in taken["alternatives"]:
        again = api.patch(path, {"choices": {"2027-01-19": instead["id"]}}).json()
        assert (again["dates"][1]["verdict"], again["dates"][1]["period"]) == ("free", instead["period"])
    assert len(taken["alternatives"]) == 3
    series = booked(api, again).json()
    assert named(series) == ["Sala Po", "Proiettore"]
    assert [[i["resource"]["name"] for i in b["items"]] for b in series["bookings"]] == [named(series)] * 4
    assert Claim.objects.filter(item__booking__person=cast.ada).count() == 8


def test_all_things_of_a_date_move_together_or_not_at_all(cast, projector):
    series = confirmed(cast, cast.room, projector)
    other = wish(projector, "2027-01-26T20:00:00", "2027-01-26T21:00:00")
    post(client(cast.bruno), "/bookings", other | {"items": items(cast.other_room, projector)})
    api = client(cast.ada)
    edit = planned(api, series, "all", rule=LATER)
    assert [d["verdict"] for d in edit["dates"]] == ["free", "free", "taken", "free"]
    assert [one["name"] for one in edit["dates"][2]["taken"]] == ["Proiettore"]
    after = changed(api, series, edit).json()
    both = ["Sala Po", "Proiettore"]
    assert had(after) == dict(
        zip(DAYS, [("18:00", both), ("18:00", both), ("17:00", both), ("18:00", both)], strict=True)
    )
    mine = Claim.objects.filter(item__booking__person=cast.ada)
    times = list(mine.values_list("during", "item__period", "item__booking__period"))
    assert len(times) == 8
    assert all(len(set(those)) == 1 for those in times)


@pytest.mark.parametrize("turned", [False, True])
def test_one_of_its_things_is_swapped_and_the_others_keep_their_place(cast, projector, beamer, turned):
    series = confirmed(cast, cast.room, projector)
    rooms = set(Item.objects.filter(resource=cast.room).values_list("pk", "booking"))
    api = client(cast.ada)
    asked = [beamer, cast.room] if turned else [cast.room, beamer]
    edit = planned(api, series, "following", on="2027-01-26", items=items(*asked))
    assert said(edit) == {"2027-01-26": "moves", "2027-02-02": "moves"}
    swap = [(one["was"]["name"], one["becomes"]["name"]) for one in edit["dates"][0]["swaps"]]
    assert swap == [("Proiettore", "Proiettore grande")]
    assert edit["totals"]["difference"]["cents"] == 2 * (610 - 2 * 610)
    after = changed(api, series, edit).json()
    assert after["follows"] == series["id"]
    assert named(after) == ["Sala Po", "Proiettore grande"]
    assert {names[1] for _, names in had(after).values()} == {"Proiettore grande"}
    before = api.get(f"/api/v1/series/{series['id']}").json()
    assert {names[1] for _, names in had(before).values()} == {"Proiettore"}
    assert set(Item.objects.filter(resource=cast.room).values_list("pk", "booking")) == rooms
    left = Claim.objects.filter(unit__in=units_of(takes({projector.pk})))
    assert {claim.during.start.date().isoformat() for claim in left} == set(DAYS[:2])


def test_who_booked_reads_what_each_date_takes_now(cast, projector, beamer):
    api = client(cast.ada)
    asked = {"items": items(cast.room, projector), "rule": RULE, "title": "Prove"}
    made = booked(api, api.post("/api/v1/series/plans", asked).json()).json()
    Booking.objects.update(state="confirmed", held_until=None)
    Claim.objects.update(kind="booked", until=None, reason=None)
    other = planned(api, made, "this", on="2027-01-19", items=items(cast.other_room, projector))
    assert changed(api, made, other).status_code == 200
    outbox.drain()
    assert "Ora, Sala Dora, Proiettore: 19/01/2027 18:00–20:00." in outgoing.outbox[-1].body
    edit = planned(api, made, "all", rule=RULE | {"last_on": "2027-01-19"}, items=items(cast.room, beamer))
    path = f"/api/v1/series/plans/{edit['id']}"
    assert api.patch(path, {"choices": {"2027-01-12": False}}).status_code == 200
    assert changed(api, made, edit, "c2").status_code == 200
    outbox.drain()
    written = outgoing.outbox[-1].body
    assert "Ora, Sala Po, Proiettore grande: 19/01/2027 18:00–20:00." in written
    assert "Non ci sono più: 26/01/2027 18:00–20:00; 02/02/2027 18:00–20:00." in written
    assert "12/01/2027" not in written


def test_a_date_changed_by_itself_keeps_what_is_said_again_in_its_own_places(cast, projector, beamer):
    cable = thing(cast, "cavo", "Cavo", 100)
    series = confirmed(cast, projector, beamer)
    api = client(cast.ada)

    def swaps(edit):
        return [[(one["was"]["name"], one["becomes"]["name"]) for one in d["swaps"]] for d in edit["dates"]]

    alone = planned(api, series, "this", on="2027-01-19", items=items(projector, cable))
    assert swaps(alone) == [[("Proiettore grande", "Cavo")]]
    assert changed(api, series, alone).status_code == 200
    again = planned(api, series, "this", on="2027-01-19", items=items(beamer, cable))
    assert swaps(again) == [[("Proiettore", "Proiettore grande")]]
    cables = Item.objects.get(resource=cable).pk
    others = planned(api, series, "all", items=items(cable, beamer))
    rest = [("Proiettore", "Cavo")]
    assert swaps(others) == [rest, [("Proiettore", "Proiettore grande")], rest, rest]
    assert changed(api, series, others, "c2").status_code == 200
    assert Item.objects.get(pk=cables).resource == cable


def test_this_date_takes_another_thing_and_keeps_it_when_the_rule_grows(cast, projector, beamer):
    series = confirmed(cast, cast.room, projector)
    api = client(cast.ada)
    edit = planned(api, series, "this", on="2027-01-19", items=items(cast.room, beamer))
    assert changed(api, series, edit).status_code == 200
    turned = items(projector, cast.room)
    longer = planned(api, series, "all", rule=RULE | {"last_on": "2027-02-09"}, items=turned)
    assert said(longer) == dict.fromkeys(DAYS, "stays") | {"2027-02-09": "new"}
    assert longer["totals"]["to_pay"]["cents"] == ROOM + PROJECTOR
    after = changed(api, series, longer, "c2").json()
    assert after["id"] == series["id"]
    assert had(after)["2027-01-19"] == ("17:00", ["Sala Po", "Proiettore grande"])
    assert had(after)["2027-02-09"] == ("17:00", ["Sala Po", "Proiettore"])


def test_a_date_comes_back_and_the_end_comes_early_with_all_its_things(cast, projector, at):
    series = confirmed(cast, cast.room, projector)
    api = client(cast.ada)
    post(api, f"/bookings/{series['bookings'][1]['id']}/cancel", {}, "x")
    at("2026-11-30 09:01")  # it can no longer be undone
    lapsing.sweep_dead()
    back = api.post(f"/api/v1/series/{series['id']}/add-back", {"on": "2027-01-19"}).json()
    assert back["totals"]["to_pay"]["cents"] == ROOM + PROJECTOR
    whole = post(api, "/series", {"plan_id": back["id"]}, "add").json()
    assert had(whole) == dict.fromkeys(DAYS, ("17:00", ["Sala Po", "Proiettore"]))
    ended = post(api, f"/series/{series['id']}/end", {"on": "2027-01-26"}, "end").json()
    assert list(had(ended)) == DAYS[:2]
    assert Claim.objects.filter(item__booking__person=cast.ada).count() == 4


def test_what_a_swap_makes_cheaper_comes_back(cast, projector, beamer):
    series = paid_by_card(
        cast, booked(client(cast.ada), plan(client(cast.ada), [cast.room, projector])).json()
    )
    api = client(cast.ada)
    edit = planned(api, series, "all", items=items(cast.room, beamer))
    assert edit["totals"]["back"]["cents"] == 4 * 610
    assert changed(api, series, edit).status_code == 200
    dearer = planned(api, series, "all", items=items(cast.room, cast.other_room))
    assert {d["reasons"][0]["code"] for d in dearer["dates"]} == {"dearer-than-paid"}


def test_what_comes_back_for_one_thing_comes_from_whose_it_is(cast):
    theirs = thing(cast, "loro", "Proiettore loro", 610, owner=cast.member)
    smaller = thing(cast, "loro-2", "Proiettore piccolo", 305, owner=cast.member)
    ours = thing(cast, "nostro", "Proiettore nostro", 305)
    series = paid_by_card(cast, booked(client(cast.ada), plan(client(cast.ada), [cast.room, theirs])).json())
    api = client(cast.ada)
    # The lead has nothing of it yet, however much less it takes than the member had.
    elsewhere = planned(api, series, "all", items=items(cast.room, ours))
    assert {d["reasons"][0]["code"] for d in elsewhere["dates"]} == {"dearer-than-paid"}
    edit = planned(api, series, "all", items=items(cast.room, smaller))
    assert edit["totals"]["back"]["cents"] == 4 * 610
    assert changed(api, series, edit).status_code == 200
    left: dict[UUID, int] = defaultdict(int)
    for entry in Entry.objects.filter(booking__isnull=False, payment__isnull=False):
        left[entry.partner_id] += entry.gross.cents
    assert left == {cast.lead.pk: 4 * ROOM, cast.member.pk: 4 * 610}
    end = post(api, f"/series/{series['id']}/end", {"on": "2027-01-26"}, "end")
    assert end.status_code == 200
    back: dict[UUID, int] = defaultdict(int)
    for entry in Entry.objects.filter(refund__isnull=False, booking__series_date__gte="2027-01-26"):
        back[entry.partner_id] += entry.gross.cents
    assert back == {cast.lead.pk: -2 * ROOM, cast.member.pk: -2 * PROJECTOR}


def test_what_the_terms_kept_of_one_thing_is_kept_from_whose_it_is(cast, at):
    theirs = thing(cast, "loro", "Proiettore loro", 610, owner=cast.member)
    smaller = thing(cast, "loro-2", "Proiettore piccolo", 305, owner=cast.member)
    series = paid_by_card(cast, booked(client(cast.ada), plan(client(cast.ada), [cast.room, theirs])).json())
    at("2027-01-11 20:00")  # the terms give back half of the first date
    api = client(cast.ada)
    edit = planned(api, series, "this", on=DAYS[0], items=items(cast.room, smaller))
    assert edit["totals"]["back"]["cents"] == 305
    assert changed(api, series, edit).status_code == 200
    assert post(api, f"/series/{series['id']}/end", {"on": DAYS[0]}, "end").status_code == 200
    back: dict[UUID, int] = defaultdict(int)
    for entry in Entry.objects.filter(refund__isnull=False, booking__series_date=DAYS[0]):
        back[entry.partner_id] += entry.gross.cents
    assert back == {cast.lead.pk: -ROOM // 2, cast.member.pk: -305 - 610 // 2}


def test_what_several_things_give_back_is_rounded_once(cast, at):
    had = [thing(cast, "a", "A", 611, owner=cast.member), thing(cast, "b", "B", 610)]
    less = [thing(cast, "c", "C", 608, owner=cast.member), thing(cast, "d", "D", 607)]
    hour = RULE | {"hours": {"start": "18:00", "end": "19:00"}}
    series = paid_by_card(cast, booked(client(cast.ada), plan(client(cast.ada), had, hour)).json())
    at("2027-01-11 20:00")
    edit = planned(client(cast.ada), series, "this", on=DAYS[0], items=items(*less))
    assert edit["totals"]["back"]["cents"] == 3  # half of three cents of each


def test_things_that_cannot_be_a_date_of_it_are_refused(cast, projector):
    series = confirmed(cast, cast.room, projector)
    away = cast._whole("altrove", "equipment", "Altrove")
    away.venue = type(cast.venue).objects.create(
        slug="x", name="X", partner=cast.lead, street="Via X 1", city="Torino"
    )
    away.save()
    api = client(cast.ada)

    def refused(*resources):
        asked = {"series_id": series["id"], "scope": "all", "items": items(*resources)}
        answer = api.post("/api/v1/series/plans", asked)
        assert answer.status_code == 422, answer.content
        return [(one["pointer"], one["code"]) for one in answer.json()["pointers"]]

    assert refused(cast.room) == [("/items", "other-number")]
    assert refused(cast.room, cast.room) == [("/items", "repeated")]
    assert refused(cast.room, away) == [("/items", "several-venues")]
    assert refused(away) == [("/items", "other-number")]


def test_what_is_switched_off_is_refused_by_its_name(cast, projector):
    series = confirmed(cast, cast.room, projector)
    projector.is_active = False
    projector.save()
    api = client(cast.ada)
    for made in (planned(api, series, "all", rule=LATER), plan(api, [cast.other_room, projector])):
        assert {d["verdict"] for d in made["dates"]} == {"refused"}
        assert "Proiettore" in made["dates"][0]["reasons"][0]["detail"]


def test_two_halves_that_are_one_hall_are_taken_by_each_other(cast):
    made = plan(client(cast.ada), [cast.hall, cast.half])
    assert {(d["verdict"], len(d["taken"])) for d in made["dates"]} == {("taken", 0)}
