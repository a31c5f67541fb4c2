"""What is said of the dates of a series when it is edited: by the edit, by the series, by a date for itself."""

import pytest

from booking.models import Booking, Series
from core.ids import encode
from core.models import LogEntry
from spaces.models import Rules
from tests.api import client
from tests.cast import LONG_AGO
from tests.stories.test_a_series_is_edited import LATER, RULE, changed, confirmed, planned

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


WANTED = {
    "people_needed": True,
    "terms": "regolamento-2027",
    "questions": [{"code": "use", "it": "A che scopo?", "en": "What for?", "required": True}],
}
LACKING = ["people-needed", "terms-to-accept", "question-unanswered"]
SAID = {"people": 4, "accepted_terms": ["regolamento-2027"], "answers": {"use": "Prove"}}


def on_record(**which):
    rows = Booking.objects.filter(**which).order_by("series_date")
    return [(b.people, b.accepted_terms, b.answers) for b in rows]


def test_what_a_date_says_for_another_room_is_on_its_record(cast):
    api = client(cast.ada)
    series = confirmed(cast)
    Rules.objects.create(resource=cast.other_room, from_on=LONG_AGO, data=WANTED | {"horizon_days": 365})
    there = {"on": "2026-12-22", "items": [{"resource_id": encode("res", cast.other_room.pk)}]}
    silent = planned(api, series, "this", **there)
    assert [r["code"] for r in silent["dates"][0]["reasons"]] == LACKING
    answer = changed(api, series, planned(api, series, "this", **there, **SAID))
    assert answer.status_code == 200, answer.content
    assert on_record(series_date="2026-12-22") == [(4, ["regolamento-2027"], {"use": "Prove"})]
    assert on_record(series_date="2026-12-29") == [(None, [], {})]  # of the others nothing was said


def test_what_an_edit_says_is_judged_though_its_dates_keep_their_start(cast):
    api = client(cast.ada)
    series = confirmed(cast)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data=WANTED | {"horizon_days": 365})
    later = {"on": "2026-12-22", "rule": LATER}
    assert changed(api, series, planned(api, series, "following", **later, **SAID)).status_code == 200
    moved = on_record(period__startswith__gte="2026-12-22T00:00Z")
    assert moved
    entries = LogEntry.objects.filter(act="accept-terms", by_id=cast.ada.pk)
    assert [entry.data["terms"] for entry in entries] == [["regolamento-2027"]] * len(moved)
    assert all(found == (4, ["regolamento-2027"], {"use": "Prove"}) for found in moved)
    series = {"id": encode("ser", Series.objects.get(follows__isnull=False).pk)}
    longer = LATER | {"hours": {"start": "19:00", "end": "21:30"}}
    blank = planned(api, series, "all", rule=longer, answers={"use": ""})
    wrong = [d for d in blank["dates"] if d["change"] == "moves"]
    assert wrong
    assert all([r["code"] for r in d["reasons"]] == ["question-unanswered"] for d in wrong)
    # Time is only given up: nothing is asked, and nothing heard.
    shorter = LATER | {"hours": {"start": "19:00", "end": "20:00"}}
    less = planned(api, series, "all", rule=shorter, answers={"use": ""})
    assert changed(api, series, less, "less").status_code == 200
    assert all(answers == {"use": "Prove"} for _, _, answers in on_record(people=4))


def there(cast, **more):
    return {"items": [{"resource_id": encode("res", cast.other_room.pk)}], **more}


def verdicts(edit):
    return {d["on"]: [r["code"] for r in d["reasons"]] for d in edit["dates"]}


def test_a_date_of_which_something_was_said_by_itself_is_judged_by_that(cast):
    api = client(cast.ada)
    series = confirmed(cast, RULE)
    Booking.objects.filter(series_date="2027-01-19").update(people=2)
    Rules.objects.create(
        resource=cast.other_room, from_on=LONG_AGO, data={"least_people": 3, "horizon_days": 365}
    )
    edit = planned(api, series, "all", **there(cast, people=5))
    assert verdicts(edit) == {
        "2027-01-12": [],
        "2027-01-19": ["too-few-people"],
        "2027-01-26": [],
        "2027-02-02": [],
    }
    assert changed(api, series, edit).status_code == 200
    assert [people for people, _, _ in on_record()] == [5, 2, 5, 5]
    assert Booking.objects.filter(items__resource=cast.other_room).count() == 3


def test_terms_that_a_date_has_accepted_by_itself_are_not_asked_for_again(cast):
    api = client(cast.ada)
    series = confirmed(cast, RULE)
    Booking.objects.filter(series_date="2027-01-19").update(accepted_terms=["regolamento-2027"])
    Rules.objects.create(
        resource=cast.other_room, from_on=LONG_AGO, data={"terms": "regolamento-2027", "horizon_days": 365}
    )
    found = verdicts(planned(api, series, "all", **there(cast)))
    assert found.pop("2027-01-19") == []
    assert set(map(tuple, found.values())) == {("terms-to-accept",)}


def test_what_a_change_wants_said_is_said_to_its_plan(cast):
    api = client(cast.ada)
    series = confirmed(cast, RULE)
    Rules.objects.create(resource=cast.other_room, from_on=LONG_AGO, data=WANTED | {"horizon_days": 365})
    edit = planned(api, series, "all", **there(cast))
    assert set(map(tuple, verdicts(edit).values())) == {tuple(LACKING)}
    assert [resource["name"] for resource in edit["resources"]] == [cast.other_room.name]
    assert edit["people"] is None
    path = f"/api/v1/series/plans/{edit['id']}"
    ready = api.patch(path, SAID).json()
    assert (ready["people"], set(map(tuple, verdicts(ready).values()))) == (4, {()})
    # How many come is said once, and not passed over in silence.
    other = api.patch(path, {"people": 9})
    assert (other.status_code, other.json()["pointers"][0]["code"]) == (422, "said-already")
    assert changed(api, series, edit).status_code == 200
    assert on_record() == [(4, ["regolamento-2027"], {"use": "Prove"})] * 4
