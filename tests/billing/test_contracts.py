"""The contract of a series: parties, the rule in words, every date with its price, terms; the same bytes each time."""

import html
import re

import pytest

from billing.changes import contracts
from booking.judging.rule_words import spell
from booking.models import Booking, Claim, Series
from core import outbox
from core.models import LogEntry
from tests.api import client, post
from tests.stories.test_an_association_books_a_series import TUESDAYS, booked, plan

pytestmark = pytest.mark.django_db(transaction=True)
RULE = TUESDAYS | {"skip": ["public_holidays"], "first_on": "2027-03-16", "last_on": "2027-04-06"}


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def made(cast):
    api = client(cast.ada)
    found = booked(api, plan(api, cast.room, RULE)).json()
    Booking.objects.update(state="confirmed", held_until=None)
    Claim.objects.update(kind="booked", until=None, reason=None)
    return found


def said_by(series, language):
    """The words on the page."""
    page = contracts.page_of(contracts.snapshot_of(series, language))
    return " ".join(html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S)).split())


def the_series():
    return Series.objects.select_related("venue__partner__organisation", "person", "organisation").get()


def drawn(api, series, key="k", **body):
    job = post(api, f"/series/{series['id']}/contract", body, key)
    assert job.status_code == 202, job.content
    outbox.drain()
    return api.get(f"/api/v1/jobs/{job.json()['id']}").json()


def test_it_says_who_when_and_how_much(cast):
    api = client(cast.ada)
    job = drawn(api, made(cast), language="it")
    assert job["state"] == "done"
    answer = api.get(job["files"][0]["href"])
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    said = said_by(the_series(), "it")
    for words in (
        "Contratto di prenotazione in serie",
        "Fondazione",
        "Ada",
        "Ogni martedì, 18:00–20:00, dal 16/03/2027 al 06/04/2027, giorni festivi esclusi",
        "martedì 30/03/2027 18:00–20:00",
        "Sala Po",
        "36,60 €",
        "146,40 €",
        "Fino a 24 ore prima di ogni data: rimborso del 100%.",
    ):
        assert words in said, said


def test_it_speaks_english_and_is_the_same_twice(cast):
    made(cast)
    series = the_series()
    one = contracts.draw(contracts.snapshot_of(series, "en"))
    assert one == contracts.draw(contracts.snapshot_of(series, "en"))
    said = said_by(series, "en")
    assert "Every Tuesday, 18:00–20:00, from 16 Mar 2027 to 6 Apr 2027, public holidays left out" in said
    assert "Tuesday 30 Mar 2027" in said


def test_owner_and_staff_have_it_and_a_stranger_does_not(cast):
    series = made(cast)
    staff = client(cast.gina)
    assert staff.get(drawn(staff, series)["files"][0]["href"]).status_code == 200
    stranger = client(cast.bruno)
    assert post(stranger, f"/series/{series['id']}/contract", {}, "x").status_code == 404
    own = drawn(client(cast.ada), series, "k2")
    assert stranger.get(own["files"][0]["href"]).status_code == 404


def test_whose_contract_was_taken_is_written_down_and_one_s_own_is_not(cast):
    series = made(cast)
    own = drawn(client(cast.ada), series)
    assert client(cast.ada).get(own["files"][0]["href"]).status_code == 200
    assert not LogEntry.objects.filter(act="see-bookings").exists()
    staff = client(cast.gina)
    staff.get(drawn(staff, series, "g")["files"][0]["href"])
    seen = LogEntry.objects.get(act="see-bookings")
    assert (seen.by_id, seen.data["whose"]) == (cast.gina.pk, [str(cast.ada.pk)])
    assert seen.data["n"] == len(series["bookings"])


@pytest.mark.parametrize(
    ("rule", "italian", "english"),
    [
        ({"repeat": "weekly", "weekdays": [1, 3], "every": 2}, "Lunedì e mercoledì, ogni 2 settimane", "Monday and Wednesday, every 2 weeks"),
        ({"repeat": "daily", "every": 1}, "Ogni giorno", "Every day"),
        ({"repeat": "monthly_by_weekday", "weekdays": [5], "position": -1}, "L'ultimo venerdì di ogni mese", "The last Friday of every month"),
        ({"repeat": "monthly_by_day", "position": -1}, "L'ultimo giorno di ogni mese", "The last day of every month"),
        ({"repeat": "monthly_by_day", "position": 15, "every": 3}, "Il giorno 15, ogni 3 mesi", "Day 15, every 3 months"),
    ],
)  # fmt: skip
def test_every_kind_of_rule_is_said_in_words(rule, italian, english):
    base = {
        "every": 1,
        "weekdays": [],
        "position": None,
        "dates": [],
        "start": "18:00",
        "end": "20:00",
        "skip": [],
    }
    asked = {"rule": base | {"first_on": "2027-01-01", "last_on": "2027-06-30"} | rule}
    assert spell(asked, "it").startswith(italian)
    assert spell(asked, "en").startswith(english)
