"""A tariff from draft to price list: refused with its arithmetic, tried on last month, published, never changed."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.models import Rate, Tariff
from billing.prices.tariff_faults import faults
from core.ids import encode
from core.money import Money
from people.models import Group, GroupMember
from tests.api import client, post
from tests.booking.confirmed import book
from tests.cast import LONG_AGO

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = {"per": "hour", "price": {"cents": 2000}}


@pytest.fixture
def office(cast):
    return client(cast.franco)


@pytest.fixture
def priced(cast):
    """A rate as the API has it."""
    vat = encode("vat", cast.vat22.pk)
    return lambda **more: HOUR | {"vat_rate_id": vat} | more


def draft(api, cast, **more):
    body = {"venue_id": encode("ven", cast.venue.pk), "name": "2027", "from_on": "2026-12-10"} | more
    return post(api, "/tariffs", body, key=body["name"]).json()


def write(api, made, *rates, **more):
    body = {"name": made["name"], "from_on": made["from_on"], "rates": list(rates)} | more
    return api.put(f"/api/v1/tariffs/{made['id']}", body)


def publish(api, made, key="p1"):
    return post(api, f"/tariffs/{made['id']}/publish", key=key)


def cost(cast, day):
    body = {"venue_id": encode("ven", cast.venue.pk), "on_from": day, "minutes": 60}
    body["on_to"] = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    found = client(cast.ada).get("/api/v1/offers", body).json()["data"]
    return {offer["price"]["cents"] for card in found for offer in card["offers"]}


def test_a_draft_becomes_the_price_list_from_its_day_and_never_changes_again(cast, office, priced):
    assert cast.room
    made = draft(office, cast)
    assert write(office, made, priced()).json()["rates"][0]["price"]["cents"] == 2000
    assert cost(cast, "2026-12-10") == {1830}
    assert publish(office, made).json()["state"] == "coming"
    assert (cost(cast, "2026-12-09"), cost(cast, "2026-12-10")) == ({1830}, {2000})
    assert write(office, made, priced(price={"cents": 1})).json()["code"] == "illegal-move"
    assert office.delete(f"/api/v1/tariffs/{made['id']}").json()["code"] == "illegal-move"
    assert publish(office, made, "p2").json()["code"] == "illegal-move"
    shown = client().get(f"/api/v1/tariffs/{made['id']}").json()
    assert (shown["choices"], [r["price"]["cents"] for r in shown["rates"]]) == (None, [2000])
    assert [t["state"] for t in office.get("/api/v1/tariffs").json()["data"]] == ["coming", "in_force"]


def test_a_copy_has_the_rates_of_its_pattern_and_leaves_it_alone(cast, office, priced):
    listed = encode("trf", cast.venue.tariffs.get().pk)
    made = draft(office, cast, copy_of=listed)
    assert [r["price"]["cents"] for r in made["rates"]] == [1830]
    write(office, made, priced(), priced(per="day", price={"cents": 9000}))
    assert [r.price.cents for r in Rate.objects.filter(tariff__published_at__isnull=False)] == [1830]
    assert office.delete(f"/api/v1/tariffs/{made['id']}").status_code == 204
    assert Tariff.objects.count() == 1


def test_what_could_never_be_a_price_is_refused_with_the_arithmetic(cast, office, priced):
    made = draft(office, cast)
    refused = write(office, made, priced(), priced(per="half_day", price={"cents": 8500})).json()
    assert refused["code"] == "unsatisfiable"
    assert "240 minuti a 85.00 EUR non servono mai: a tempo costano al più 80.00 EUR" in refused["detail"]
    assert refused["pointers"][0]["pointer"] == "/rates/1/price"
    assert write(office, made).json()["code"] == "unsatisfiable"
    english = client(cast.franco, HTTP_ACCEPT_LANGUAGE="en")
    assert (
        "never used"
        in write(english, made, priced(), priced(per="day", price={"cents": 48000})).json()["detail"]
    )
    assert publish(office, made).json()["code"] == "unsatisfiable"  # still empty


@pytest.mark.parametrize(
    ("rates", "place", "word"),
    [
        ([{"per": "reduction", "percent": Decimal(10)}], None, ""),
        ([{"per": "stretch"}], 0, "minutes"),
        ([{"per": "use"}], 0, "meter"),
        ([{}, {"per": "reduction"}], 1, "percent"),
        ([{"vat_rate": None}], 0, "vat_rate_id"),
        ([{"season_from": date(2026, 1, 1), "season_until": date(2026, 1, 1)}], 0, "season_until"),
        ([{"season_from": date(2026, 1, 1)}], 0, "season_until"),
        ([{}, {}], 1, "price"),
        ([{"per": "deposit"}], None, ""),
        ([{}, {"per": "deposit", "price": Money(49)}], 1, "price"),
        ([{}, {"per": "deposit", "minutes": 60}, {"per": "deposit", "minutes": 90}], 2, "price"),
        (
            [{"per": "stretch", "minutes": 60}, {"per": "stretch", "minutes": 120, "price": Money(4100)}],
            1,
            "price",
        ),
        ([{"per": "stretch", "minutes": 60}, {"per": "stretch", "minutes": 30}], 1, "price"),
    ],
)
def test_each_fault_says_where_it_is(cast, rates, place, word):
    usual = {"per": "hour", "price": Money(2000), "vat_rate": cast.vat22}
    found = faults([Rate(**(usual | rate)) for rate in rates])
    assert [(f.place, f.word) for f in found] == [(place, word)]


def test_tiers_that_somebody_would_use_are_no_fault(cast):
    usual = {"price": Money(2000), "vat_rate": cast.vat22}
    own = {"per": "half_day", "price": Money(9000), "resource": cast.room}
    wide: list[dict[str, Any]] = [
        {"per": "hour"},
        {"per": "half_day", "price": Money(7900)},
        {"per": "day", "price": Money(15000)},
        own,
    ]
    assert faults([Rate(**(usual | rate)) for rate in wide]) == []


def test_the_preview_prices_last_months_bookings_anew(cast, priced, at):
    at("2026-11-10 08:00")
    group = Group.objects.create(name="Soci", partner=cast.lead)
    GroupMember.objects.create(group=group, person=cast.ada, from_on=LONG_AGO)
    book(cast.ada, cast.laser, "2026-11-12 10:00", 120)
    book(cast.bruno, cast.room, "2026-11-13 10:00")
    book(cast.bruno, cast.room, "2026-12-01 10:00")  # another month
    at("2026-12-02 09:00")
    office = client(cast.franco)
    made = draft(office, cast, name="Dopo")
    member = {"per": "reduction", "percent": "50", "group_id": encode("grp", group.pk), "name": "Soci"}
    assert write(office, made, priced(), member).status_code == 200
    found = office.post(f"/api/v1/tariffs/{made['id']}/preview").json()
    assert (found["first_on"], found["last_on"]) == ("2026-11-01", "2026-11-30")
    whole = found["whole"]
    assert (whole["bookings"], whole["dearer"], whole["cheaper"]) == (2, 1, 1)
    assert (whole["before"]["cents"], whole["after"]["cents"]) == (3 * 1830, 2000 + 2000)
    rows = [(r["resource"]["name"], r["before"]["cents"], r["after"]["cents"]) for r in found["resources"]]
    assert rows == [("Laser CO₂", 3660, 2000), ("Sala Po", 1830, 2000)]


def test_the_preview_reads_as_much_for_many_bookings_as_for_one(
    cast, priced, at, django_assert_max_num_queries
):
    at("2026-11-10 08:00")
    for day in range(12, 20):
        book(cast.ada, cast.room, f"2026-11-{day} 10:00")
    at("2026-12-02 09:00")
    office = client(cast.franco)
    made = draft(office, cast)
    write(office, made, priced())
    with django_assert_max_num_queries(16):
        found = office.post(f"/api/v1/tariffs/{made['id']}/preview").json()
    assert found["whole"]["bookings"] == 8


def test_a_tariff_begins_today_at_the_earliest_and_prices_its_own_venues_things(cast, office, priced):
    made = draft(office, cast, from_on="2026-11-29")
    write(office, made, priced())
    assert publish(office, made).json()["pointers"][0]["code"] == "in-the-past"
    unknown = write(office, made, priced(group_id=encode("grp", cast.venue.pk))).json()
    assert unknown["pointers"][0]["pointer"] == "/rates/0/group_id"
    assert (
        write(office, made, priced(), until_on="2026-11-29").json()["pointers"][0]["pointer"] == "/until_on"
    )


def test_what_one_organisation_pays_is_shown_to_nobody_else(cast, office, priced):
    made = draft(office, cast)
    own = priced(organisation_id=encode("org", cast.association.pk), price={"cents": 700})
    write(office, made, priced(), own)
    publish(office, made)
    path = f"/api/v1/tariffs/{made['id']}"
    counts = [len(api.get(path).json()["rates"]) for api in (client(), client(cast.elena), office)]
    assert counts == [1, 1, 2]
