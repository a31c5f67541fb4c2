"""Rules and hours that change between the look and the lock; and what happens when nobody looks again."""

from datetime import date

import pytest

from booking import claims, holds
from booking import judge as judging
from booking.models import Booking
from spaces import hours, versions
from spaces.models import Closure, Rules
from spaces.scope import Scope
from tests.api import client, post, wish
from tests.cast import period

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def closed(cast):
    scope = Scope(cast.venue, cast.room)
    works = Closure(**scope.own, during=period("2026-12-01 00:00", 24 * 60), reason_it="-", reason_en="-")
    hours.close(cast.dario, scope, works, None)


def shortened(cast):
    versions.write(cast.dario, Rules(resource=cast.room, from_on=date(2026, 12, 1), data={"most": 30}), None)


def asked_while(change, cast, monkeypatch):
    """Somebody asks for an hour; once the rules have let them in, and before they have the lock, the rules change."""
    lapsed, changes = claims.lapse_dead, [change]

    def meanwhile(units):
        lapsed(units)
        monkeypatch.setattr(holds, "judge", first_look)

    looked = judging.judge

    def first_look(*args, **more):
        verdict = looked(*args, **more)
        if changes:
            changes.pop()(cast)
        return verdict

    monkeypatch.setattr(claims, "lapse_dead", meanwhile)
    return post(client(cast.ada), "/bookings", wish(cast.room), "k1")


@pytest.mark.parametrize(("change", "code"), [(closed, "closed"), (shortened, "too-long")])
def test_what_was_written_meanwhile_counts(cast, monkeypatch, change, code):
    refused = asked_while(change, cast, monkeypatch)
    assert refused.status_code == 403, refused.content
    assert [reason["code"] for reason in refused.json()["reasons"]] == [code]
    assert not Booking.objects.exists()


def test_without_the_second_look_somebody_books_a_closed_day(cast, monkeypatch):
    monkeypatch.setattr(holds, "look_again", lambda facts, window: None)
    assert asked_while(closed, cast, monkeypatch).status_code == 201
