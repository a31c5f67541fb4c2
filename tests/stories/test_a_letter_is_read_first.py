"""Before a machine is declared broken staff read what those affected would have: the letter that leaves then."""

from datetime import timedelta

import pytest

from booking.models import Claim, Outage, Rescue, RescueCase
from core import outbox
from core.clock import now
from core.ids import encode
from core.models import Mail
from spaces.models import Rules
from tests.api import client, post
from tests.booking.confirmed import book as stands
from tests.cast import LONG_AGO
from tests.stories.test_a_machine_breaks import booked, broken, maker, second, secret_of, sent

__all__ = ["second"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.checkout.open_page", lambda made: None)


def previewed(cast, resource, **more):
    body = {"resource_id": encode("res", resource.pk), "reason": "Tubo del laser rotto", **more}
    answer = client(cast.gina).post("/api/v1/outages/preview", body)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize("language", ["it", "en"])
def test_what_is_read_before_is_what_leaves(cast, second, language):
    person = maker(cast, 1, language)
    booked(person, cast.laser, "2026-12-02 10:00")
    booked(person, cast.laser, "2026-12-03 15:00", 120)
    booked(maker(cast, 2), cast.laser, "2026-12-04 10:00")
    shown = previewed(cast, cast.laser)
    assert (shown["affected"], shown["to"]["name"]) == (3, person.name)
    letter = next(found for found in shown["letters"] if found["language"] == language)
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


def test_it_is_there_in_both_languages_whoever_reads_it(cast, second):
    booked(maker(cast, 1), cast.laser, "2026-12-02 10:00")
    it, en = previewed(cast, cast.laser)["letters"]
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
    (letter, _) = previewed(cast, cast.laser)["letters"]
    assert letter["paragraphs"][-2].startswith("Puoi riavere per intero")
    assert letter["paragraphs"][-1].startswith("Se non rispondi, la prenotazione resta com'è")
    assert any("Rispondi entro il 30/11/2026 15:00" in said for said in letter["paragraphs"])


def test_whoever_is_outside_it_or_has_another_seat_has_no_letter(cast):
    desks = cast.pool(2)
    stands(cast.ada, desks, "2026-12-02 10:00")
    unit = Claim.objects.get().unit_id
    shown = previewed(cast, desks, unit_ids=[encode("unt", unit)])
    assert (shown["affected"], shown["to"], shown["letters"]) == (0, None, [])
    assert previewed(cast, desks)["affected"] == 1
    tomorrow = (now() + timedelta(days=1)).isoformat()
    assert previewed(cast, desks, until_at=tomorrow)["affected"] == 0
    assert previewed(cast, desks, severity="with_care")["affected"] == 0


def test_whoever_was_asked_already_is_not_asked_again(cast, second):
    booked(maker(cast, 1), cast.laser, "2026-12-02 10:00")
    later = booked(maker(cast, 2), cast.laser, "2026-12-09 10:00")
    broken(cast, cast.laser, until="2026-12-03T00:00:00")
    shown = previewed(cast, cast.laser)
    assert (shown["affected"], shown["to"]["name"]) == (2, later.person.name)


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
