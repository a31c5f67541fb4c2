"""Twenty strangers against a release: who waits always has the offer. And what happens without the guard."""

from unittest import mock

import pytest

from booking import calling, events
from booking.models import Booking, Claim, Waiting
from core.ids import encode
from core.locks import act
from tests.api import client, post
from tests.races.conftest import asking, at_once, tally
from tests.races.test_one_slot import hour, overlaps

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 20
STRANGERS = 20


def one_round(cast, crowd, n):
    """Somebody has the slot, Bruno waits, and it is given back amid twenty who would have it."""
    body = hour(n, cast.room)
    taken = post(client(cast.ada), "/bookings", body, f"taken-{n}").json()["id"]
    waits = {"resource_id": encode("res", cast.room.pk), "period": body["period"]}
    joined = post(client(cast.bruno), "/waiting-list", waits, f"join-{n}")
    assert joined.status_code == 201, joined.content
    api = client(cast.ada)
    release = lambda: post(api, f"/bookings/{taken}/release", key=f"release-{n}")  # noqa: E731
    rivals = [asking(p, body, f"grab-{n}") for p in crowd[:STRANGERS]]
    return at_once([*rivals[:10], release, *rivals[10:]])


def put_away():
    Waiting.objects.update(state="left")
    Claim.objects.update(kind="booked", reason=None, until=None)
    Booking.objects.filter(state__in=["held", "offered"]).update(state="confirmed")


def test_who_waits_has_the_offer_in_twenty_rounds(cast, crowd):
    for n in range(ROUNDS):
        answers = one_round(cast, crowd, n)
        assert tally(answers) == {200: 1, 409: STRANGERS}, f"round {n}"
        offered = Booking.objects.get(state="offered")
        assert (offered.person, Waiting.objects.get(booking=offered).state) == (cast.bruno, "offered")
        put_away()
    assert (Claim.objects.count(), overlaps()) == (ROUNDS, 0)


def test_called_after_the_commit_a_stranger_slips_in(cast, crowd):
    """The twin: the list is called in a transaction of its own, once the release has committed."""
    from django.db import transaction

    def late(freed):
        transaction.on_commit(lambda: act(calling.offer)(freed))

    harm = 0
    with mock.patch.object(events.time_freed, "_receivers", [late]):
        for n in range(ROUNDS):
            answers = one_round(cast, crowd, n)
            harm += tally(answers)[201]
            put_away()
            if harm:
                break
    assert harm > 0
