"""Before a machine is declared broken staff read what those affected would have: the letter that leaves then."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.models import Claim, Outage, Rescue, RescueCase
from core import outbox
from core.clock import now
from core.ids import encode
from core.models import Mail
from spaces import layout
from spaces.models import Rules, Unit
from tests.api import client, post
from tests.booking.confirmed import book as stands
from tests.cast import LONG_AGO
from tests.stories.breaking import booked, broken, maker, secret_of, sent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


def previewed(cast, resource, **more):
    body = {"resource_id": encode("res", resource.pk), "reason": "Tubo del laser rotto", **more}
    answer = client(cast.gina).post("/api/v1/outages/preview", body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def pools(cast, *sizes):
    """Pools of seats of one kind, each of so many."""
    made = []
    for n, size in enumerate(sizes):
        desks = cast.resource(f"postazioni-{n}", "desk", f"Postazioni {n}")
        layout.make_pool(desks, size)
        made.append(cast._planned(desks))
    return made


def other_than(claim):
    """Another unit of the same pool."""
    return Unit.objects.filter(domain=claim.unit.domain).exclude(pk=claim.unit_id).order_by("pk").first()


@pytest.mark.parametrize("language", ["it", "en"])
def test_what_is_read_before_is_what_leaves(cast, second, language):
    person = maker(cast, 1, language)
    booked(person, cast.laser, "2026-12-02 10:00")
    booked(person, cast.laser, "2026-12-03 15:00", 120)
    other = maker(cast, 2)
    booked(other, cast.laser, "2026-12-04 10:00")
    shown = previewed(cast, cast.laser)
    assert (shown["affected"], shown["unread"]) == (3, 0)
    assert [(p["to"]["name"], p["bookings"]) for p in shown["people"]] == [(person.name, 2), (other.name, 1)]
    letter = next(found for found in shown["people"][0]["letters"] if found["language"] == language)
    _, rescue = broken(cast, cast.laser)
    sent(cast, rescue)
    outbox.drain()
    left = Mail.objects.filter(person_id=person.pk, text__contains="/answer/").get()
    assert letter["subject"] == left.subject
    words, link = left.text.rsplit("\n\n", 1)
    assert "\n\n".join(letter["paragraphs"]) == words
    assert link.startswith(f"{letter['link']}: ")
    assert link.endswith(secret_of(person))
    assert "Laser Due" in words


def test_everybody_s_letter_is_the_one_that_leaves_also_where_they_want_the_same_thing(cast, second):
    """Four want the second laser at two hours: who comes first has it, the next is offered another time."""
    hours = ["2026-12-02 10:00", "2026-12-02 10:30", "2026-12-02 11:00", "2026-12-03 10:00"]
    people = [maker(cast, n, "en" if n % 2 else "it") for n in range(1, 5)]
    for person, hour in zip(people, hours, strict=True):
        booked(person, cast.laser, hour, 30)
    booked(maker(cast, 5), second, "2026-12-02 10:00", 60)
    booked(people[0], cast.laser, "2026-12-09 09:00", 60)
    shown = previewed(cast, cast.laser)["people"]
    assert [p["to"]["name"] for p in shown] == [person.name for person in people]
    assert {p["kind"] for p in shown} == {"other_time", "same_time"}
    _, rescue = broken(cast, cast.laser)
    sent(cast, rescue)
    outbox.drain()
    for person, found in zip(people, shown, strict=True):
        left = Mail.objects.filter(person_id=person.pk, text__contains="/answer/").get()
        letter = next(one for one in found["letters"] if one["language"] == person.language)
        assert left.text.rsplit("\n\n", 1)[0] == "\n\n".join(letter["paragraphs"])


def test_whoever_gets_nothing_like_it_is_shown_among_the_others(cast):
    booked(maker(cast, 1), cast.laser, "2026-12-02 10:00")
    (shown,) = previewed(cast, cast.laser)["people"]
    assert shown["kind"] == "nothing"


def test_more_people_cost_no_more_statements(cast, second):
    def statements():
        with CaptureQueriesContext(connection) as seen:
            previewed(cast, cast.laser)
        return len(seen.captured_queries)

    for n in (1, 2):
        booked(maker(cast, n), cast.laser, f"2026-12-0{n + 1} 10:00")
    few = statements()
    for n in range(1, 5):
        booked(maker(cast, 2 + n), cast.laser, f"2026-12-{13 + n} 15:00")
    assert len(previewed(cast, cast.laser)["people"]) == 6
    assert statements() <= few


def test_whose_letters_were_read_is_written_down(cast, second):
    people = [maker(cast, n) for n in (1, 2)]
    for n, person in enumerate(people):
        booked(person, cast.laser, f"2026-12-0{n + 2} 10:00")
    previewed(cast, cast.laser)
    for person in people:
        (seen,) = client(person).get("/api/v1/people/me/viewings").json()["data"]
        assert (seen["what"], seen["by"]["name"]) == ("bookings", cast.gina.name)


def test_what_lies_beyond_a_hundred_bookings_is_counted(cast, second, monkeypatch):
    monkeypatch.setattr("booking.rescuing.letter_preview.MOST", 2)
    for n in range(1, 4):
        booked(maker(cast, n), cast.laser, f"2026-12-0{n + 1} 10:00")
    shown = previewed(cast, cast.laser)
    assert (shown["affected"], len(shown["people"]), shown["unread"]) == (3, 2, 1)


def test_it_is_there_in_both_languages_whoever_reads_it(cast, second):
    booked(maker(cast, 1), cast.laser, "2026-12-02 10:00")
    it, en = previewed(cast, cast.laser)["people"][0]["letters"]
    assert (it["language"], en["language"]) == ("it", "en")
    assert "non possiamo tenere la tua prenotazione: Tubo del laser rotto." in it["paragraphs"]
    assert "we cannot keep your booking: Tubo del laser rotto." in en["paragraphs"]


def test_reading_writes_holds_and_sends_nothing(cast, second):
    booked(maker(cast, 1), cast.laser, "2026-12-02 10:00")
    outbox.drain()
    before = (Claim.objects.count(), Mail.objects.count())
    previewed(cast, cast.laser)
    outbox.drain()
    assert (Claim.objects.count(), Mail.objects.count()) == before
    assert not Outage.objects.exists()
    assert not Rescue.objects.exists()
    assert not RescueCase.objects.exists()


def test_it_says_what_the_venue_s_rules_do_to_whoever_does_not_answer(cast):
    Rules.objects.create(
        resource=cast.laser, from_on=LONG_AGO, data={"rescue_default": "keep", "rescue_hours": 6}
    )
    booked(maker(cast, 1), cast.laser, "2026-12-02 10:00")
    (letter, _) = previewed(cast, cast.laser)["people"][0]["letters"]
    assert letter["paragraphs"][-2].startswith("Puoi riavere per intero")
    assert letter["paragraphs"][-1].startswith("Se non rispondi, la prenotazione resta com'è")
    assert any("Rispondi entro il 30/11/2026 15:00" in said for said in letter["paragraphs"])


def test_whoever_is_outside_it_or_has_another_seat_has_no_letter(cast):
    desks = cast.pool(2)
    stands(cast.ada, desks, "2026-12-02 10:00")
    unit = Claim.objects.get().unit_id
    shown = previewed(cast, desks, unit_ids=[encode("unt", unit)])
    assert (shown["affected"], shown["people"]) == (0, [])
    assert previewed(cast, desks)["affected"] == 1
    tomorrow = (now() + timedelta(days=1)).isoformat()
    assert previewed(cast, desks, until_at=tomorrow)["affected"] == 0
    assert previewed(cast, desks, severity="with_care")["affected"] == 0


def test_whoever_was_asked_already_is_not_asked_again(cast, second):
    booked(maker(cast, 1), cast.laser, "2026-12-02 10:00")
    later = booked(maker(cast, 2), cast.laser, "2026-12-09 10:00")
    broken(cast, cast.laser, until="2026-12-03T00:00:00")
    shown = previewed(cast, cast.laser)
    assert (shown["affected"], [p["to"]["name"] for p in shown["people"]]) == (2, [later.person.name])


def test_units_of_something_else_are_refused(cast):
    stands(cast.ada, cast.room, "2026-12-02 10:00")
    body = {
        "resource_id": encode("res", cast.laser.pk),
        "reason": "Fuma",
        "unit_ids": [encode("unt", Claim.objects.get().unit_id)],
    }
    answer = client(cast.gina).post("/api/v1/outages/preview", body)
    assert answer.status_code == 422
    assert [p["pointer"] for p in answer.json()["pointers"]] == ["/unit_ids"]
    assert post(client(cast.ada), "/outages/preview", body).status_code == 404


def test_one_seat_of_another_pool_is_promised_once(cast):
    desks, cowork = pools(cast, 2, 2)
    stands(cast.gina, cowork, "2026-12-02 10:00")
    for person in (cast.ada, cast.bruno):
        stands(person, desks, "2026-12-02 10:00")
    shown = previewed(cast, desks)["people"]
    assert [p["kind"] for p in shown] == ["same_time", "other_time"]


def test_a_seat_that_somebody_leaves_for_another_is_promised_once(cast):
    """Of three seats one is taken now and two are the next hour: for two hours there is a seat if somebody moves."""
    desks, cowork = pools(cast, 2, 3)
    for start in ("10:00", "11:00"):
        stands(cast.gina, cowork, f"2026-12-02 {start}")
    first, later = Claim.objects.order_by("during")
    Claim.objects.filter(pk=later.pk).update(unit=other_than(first))
    for person in (cast.ada, cast.bruno):
        stands(person, desks, "2026-12-02 10:00", 120)
    shown = previewed(cast, desks)["people"]
    assert [p["kind"] for p in shown] == ["same_time", "same_time"]
    stands(cast.carla, cowork, "2026-12-02 10:00", 120)
    shown = previewed(cast, desks)["people"]
    assert [p["kind"] for p in shown] == ["same_time", "other_time"]


def test_more_people_in_a_pool_cost_no_more_statements(cast):
    desks, cowork = pools(cast, 6, 2)
    stands(cast.gina, cowork, "2026-12-02 10:00")

    def statements():
        with CaptureQueriesContext(connection) as seen:
            previewed(cast, desks)
        return len(seen.captured_queries)

    for person in (cast.ada, cast.bruno):
        stands(person, desks, "2026-12-02 10:00")
    few = statements()
    for n in range(3):
        stands(cast.person(f"Guest{n}"), desks, "2026-12-02 10:00")
    assert len(previewed(cast, desks)["people"]) == 5
    assert statements() <= few
