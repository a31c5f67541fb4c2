"""Who waits for time that is not free, as the tests say it: something held, joined for, released, offered."""

from datetime import UTC, datetime

from booking.models import Waiting
from core.ids import encode
from core.periods import Period
from people.models import Person
from tests.api import client, post, wish

TEN, ELEVEN, TWELVE = ("2026-12-01T10:00:00", "2026-12-01T11:00:00", "2026-12-01T12:00:00")


def slot(resource, start=TEN, end=ELEVEN, **more):
    return {
        "resource_id": encode("res", resource.pk),
        "period": {"start": start, "end": end},
        **more,
    }


def held(person, resource, start=TEN, end=ELEVEN, key="held"):
    answer = post(client(person), "/bookings", wish(resource, start, end), key)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def blocked(cast, day, start="18:00", end="21:00"):
    """Staff take the room for these hours of a day."""
    away = slot(cast.room, f"{day}T{start}:00", f"{day}T{end}:00", kind="other", reason="Cera")
    answer = post(client(cast.gina), "/blocks", away, key=f"away-{day}")
    assert answer.status_code == 201, answer.content


def joined(person, body, key="join"):
    answer = post(client(person), "/waiting-list", body, key)
    assert answer.status_code == 201, answer.content
    return answer.json()


def release(person, booking):
    answer = post(client(person), f"/bookings/{booking}/release", key=f"release-{booking}")
    assert answer.status_code == 200, answer.content


def places(person):
    return client(person).get("/api/v1/waiting-list").json()["data"]


def many_wait(cast, resource, count, **more):
    """So many others have joined before, for the same hour."""
    crowd = Person.objects.bulk_create(
        [Person(email=f"{n}@crowd.example", name=f"N {n}") for n in range(count)]
    )
    hour = Period(datetime(2026, 12, 1, 9, tzinfo=UTC), datetime(2026, 12, 1, 10, tzinfo=UTC))
    Waiting.objects.bulk_create(
        [
            Waiting(person=person, venue=resource.venue, resource=resource, window=hour, minutes=60, **more)
            for person in crowd
        ]
    )
