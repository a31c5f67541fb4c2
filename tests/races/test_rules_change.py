"""Rules and hours that change between the look and the lock; and what happens when nobody looks again."""

from datetime import date

import pytest

from booking import claims
from booking.holding import holds, lapsing
from booking.judging import judge as judging
from booking.models import Booking, Claim
from booking.repeating import series
from spaces import hours, versions
from spaces.models import Closure, Rules
from spaces.scope import Scope
from tests.api import client, post, wish
from tests.cast import period
from tests.races.conftest import at_once
from tests.stories.test_an_association_books_a_series import booked, plan

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def closed(cast):
    scope = Scope(cast.venue, cast.room)
    works = Closure(**scope.own, during=period("2026-12-01 00:00", 24 * 60), reason_it="-", reason_en="-")
    hours.close(cast.dario, scope, works, None)


def shortened(cast):
    versions.write(cast.dario, Rules(resource=cast.room, from_on=date(2026, 12, 1), data={"most": 30}), None)


def asked_while(change, cast, monkeypatch):
    """Somebody asks for an hour; once the rules have let them in, and before they have the lock, the rules change."""
    lapsed, changes = lapsing.lapse_dead, [change]

    def meanwhile(units):
        lapsed(units)
        monkeypatch.setattr(holds, "judge", first_look)

    looked = judging.judge

    def first_look(*args, **more):
        verdict = looked(*args, **more)
        if changes:
            changes.pop()(cast)
        return verdict

    monkeypatch.setattr(lapsing, "lapse_dead", meanwhile)
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


# -- a series --------------------------------------------------------------------------------------------


def series_while(change, cast, monkeypatch):
    """Six evenings are booked; once the plan has been judged, and before it has the lock, the rules change."""
    _ = cast.dario
    api = client(cast.ada)
    planned = plan(api, cast.room)
    lock, changes = claims.lock, [change]

    def locked(*told, **more):
        if changes:
            at_once([lambda: changes.pop()(cast)])
        lock(*told, **more)

    monkeypatch.setattr(claims, "lock", locked)
    return booked(api, planned)


@pytest.mark.parametrize("change", [closed, shortened])
def test_a_series_is_booked_by_what_was_written_meanwhile_or_not_at_all(cast, monkeypatch, change):
    stale = series_while(change, cast, monkeypatch)
    assert (stale.status_code, stale.json()["code"]) == (409, "plan-stale")
    assert not Booking.objects.exists()
    verdicts = {d["verdict"] for d in stale.json()["data"]["plan"]["dates"]}
    assert verdicts & {"closed", "refused"}


def test_without_the_second_look_a_series_has_a_closed_evening(cast, monkeypatch):
    monkeypatch.setattr(series, "look_again", lambda facts, window: None)
    assert series_while(closed, cast, monkeypatch).status_code == 201
    assert Claim.objects.filter(during__overlap=period("2026-12-01 00:00", 24 * 60)).exists()
