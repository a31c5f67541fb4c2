"""The number of statements of every list and calendar does not grow with its rows."""

import pytest

from billing.models import Deposit
from booking.models import Booking, Claim
from core.ids import decode, encode
from core.money import Money
from spaces import layout, opening
from tests.api import client, post, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(cast, at):
    """Two rooms with a booking each; `grow()` makes it eight with more."""
    at("2026-11-30 09:00")
    rooms = [cast.room, cast.other_room]

    def grow():
        for n in range(6):
            room = cast.resource(f"altra-{n}", "meeting_room", f"Altra {n}", capacity=10)
            layout.make_whole(room)
            opening.plan(room)
            rooms.append(room)
        fill(rooms[2:])

    def fill(some):
        for room in some:
            for person in (cast.ada, cast.bruno):
                hour = 10 if person is cast.ada else 14
                made = post(
                    client(person),
                    "/bookings",
                    wish(room, f"2026-12-01T{hour}:00:00", f"2026-12-01T{hour + 1}:00:00"),
                    key=f"{room.pk}",
                )
                assert made.status_code == 201, made.content
                Claim.objects.update(kind="booked", reason=None, until=None)
                Booking.objects.update(state="confirmed", held_until=None)
                booking = Booking.objects.get(pk=decode("bkg", made.json()["id"]))
                Deposit.objects.create(
                    booking=booking, person=person, resource=room, vat_rate=cast.vat22, amount=Money(5000),
                    release_minutes=60, state="held",
                )  # fmt: skip

    fill(rooms)
    return grow


def statements(api, path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        answer = api.get(path)
    assert answer.status_code == 200, answer.content
    return len(seen.captured_queries), answer


PATHS = {
    "offers": "/api/v1/offers?venue_id={venue}&on_from=2026-12-01&on_to=2026-12-08",
    "availability": "/api/v1/availability?venue_id={venue}&on_from=2026-12-01&on_to=2026-12-08",
    "desk": "/api/v1/desk?venue_id={venue}&on=2026-12-01",
    "resources": "/api/v1/resources?venue_id={venue}",
    "bookings": "/api/v1/bookings?include=money",
    "venues": "/api/v1/venues",
    "occupancy": "/api/v1/reports/occupancy?venue_id={venue}&on_from=2026-11-01&on_to=2026-12-31",
    "revenue": "/api/v1/reports/revenue?venue_id={venue}&on_from=2026-11-01&on_to=2026-12-31",
    "documents": "/api/v1/documents?include=totals",
    "deposits": "/api/v1/deposits?venue_id={venue}&state=asked,held",
    "blocks": "/api/v1/blocks",
    "people": "/api/v1/people?q=example",
    "consortia": "/api/v1/consortia",
    "organisations": "/api/v1/organisations",
}


@pytest.mark.parametrize("name", PATHS)
def test_a_list_costs_the_same_for_more_rows(cast, town, name):
    api = client(cast.ivo)
    path = PATHS[name].format(venue=encode("ven", cast.venue.pk))
    few, before = statements(api, path)
    town()
    many, after = statements(api, path)
    assert many <= few, f"{few} statements became {many}"
    assert few <= 24  # the desk's: who was shown is looked up and written down
    if name in ("offers", "availability", "desk", "resources", "bookings", "occupancy", "deposits"):
        assert len(after.content) > len(before.content)
