"""Late customers are reminded step by step, once each however often the worker dies, and not while they are paused."""

import pytest

from billing.books import dunning
from billing.models import DunningStep, Reminder
from billing.paying.debts import debts
from core import outbox
from core.ids import encode
from core.models import LogEntry, Mail
from core.money import Money
from tests.api import client
from tests.billing.conftest import LINE
from tests.billing.office import issued
from tests.billing.test_bank import HEAD, movements, take

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = [
    {"days": 7, "text_it": "Forse {ti} è sfuggito.", "text_en": "You may have missed it."},
    {"days": 30, "text_it": "Secondo sollecito.", "text_en": "Second reminder.", "fee_cents": 500},
]


@pytest.fixture
def late(cast, office, ask, alfa, at):
    """An invoice due on 31 October, of a body with a mailbox; two steps."""
    alfa.email = "amministrazione@alfa.example"
    alfa.save()
    body = {"issuer_id": encode("iss", cast.lead.issuer.pk), "steps": STEPS}
    answer = office.put("/api/v1/dunning", body, format="json")
    assert answer.status_code == 200, answer.content
    return issued(office, ask(due_on="2026-10-31", method="transfer"))


def day(at, when):
    at(when)
    dunning.remind_all()
    outbox.drain()


def sent():
    return list(
        Mail.objects.filter(key__startswith="reminder:").order_by("made_at").values_list("text", flat=True)
    )


def test_each_step_is_taken_once_when_its_day_has_come(late, at):
    day(at, "2026-11-06 09:00")
    assert sent() == []
    day(at, "2026-11-07 09:00")
    day(at, "2026-11-08 09:00")
    assert len(sent()) == 1
    assert "Forse {ti} è sfuggito." in sent()[0]
    assert late["number"] in sent()[0]
    day(at, "2026-11-30 09:00")
    day(at, "2026-12-01 09:00")
    assert len(sent()) == 2
    assert "5,00" in sent()[1]


def test_a_step_that_was_missed_is_not_made_up_for(late, at):
    day(at, "2026-12-05 09:00")
    assert [text.startswith("Secondo") for text in sent()] == [True]
    day(at, "2026-12-06 09:00")
    assert Reminder.objects.count() == 1


def test_a_worker_that_dies_and_is_started_again_sends_nothing_twice(late, cast, at):
    at("2026-11-08 09:00")
    step, (debt,) = DunningStep.objects.get(days=7), list(debts(cast.lead.issuer))
    for _ in range(3):
        dunning.remind(cast.lead.issuer.pk, step.pk, debt.public)
    assert (Reminder.objects.count(), len(sent())) == (1, 1)


def test_who_has_paid_meanwhile_is_not_reminded(late, cast, office, send, at):
    at("2026-11-08 09:00")
    dunning.remind_all()
    api = client(cast.franco)
    send((HEAD + "07/11/2026;91,50;Alfa;;x\n").encode(), person=cast.franco)
    take(api, movements(api, cast)[0], late["id"], 9150)
    outbox.drain()
    assert sent() == []


def test_a_paused_customer_rests_until_the_day_and_then_is_reminded(late, cast, alfa, at):
    at("2026-11-05 09:00")
    api = client(cast.franco)
    body = {
        "issuer_id": encode("iss", cast.lead.issuer.pk), "organisation_id": encode("org", alfa.pk),
        "until_on": "2026-11-10", "reason": "Rateizza",
    }  # fmt: skip
    seen = api.put("/api/v1/dunning/pauses", body, format="json").json()
    assert [(p["customer"], p["reason"]) for p in seen["pauses"]] == [("Alfa S.p.A.", "Rateizza")]
    assert seen["debtors"] == [{"id": encode("org", alfa.pk), "name": "Alfa S.p.A.", "open": late["gross"]}]
    day(at, "2026-11-09 09:00")
    assert sent() == []
    day(at, "2026-11-10 09:00")
    assert len(sent()) == 1


def test_a_pause_that_is_lifted_is_over(late, cast, alfa, at):
    at("2026-11-05 09:00")
    api = client(cast.franco)
    body = {
        "issuer_id": encode("iss", cast.lead.issuer.pk),
        "organisation_id": encode("org", alfa.pk),
        "reason": "x",
    }
    (pause,) = api.put("/api/v1/dunning/pauses", body, format="json").json()["pauses"]
    day(at, "2026-11-10 09:00")
    assert sent() == []
    assert client(cast.elena).delete(f"/api/v1/dunning/pauses/{pause['id']}").status_code == 404
    assert client(cast.franco).delete(f"/api/v1/dunning/pauses/{pause['id']}").status_code == 204
    day(at, "2026-11-11 09:00")
    assert len(sent()) == 1


def test_the_ageing_says_when_somebody_was_last_reminded(late, cast, at):
    day(at, "2026-12-05 09:00")
    (debt,) = debts(cast.lead.issuer)
    assert (str(debt.reminded_on), debt.fees, debt.open) == ("2026-12-05", Money(500), Money(9150))


def test_without_steps_nobody_is_reminded(late, cast, at, office):
    body = {"issuer_id": encode("iss", cast.lead.issuer.pk), "steps": []}
    assert len(office.put("/api/v1/dunning", body, format="json").json()["usual"]) == 3
    day(at, "2026-12-05 09:00")
    assert sent() == []


def test_two_steps_on_one_day_are_refused(office, cast):
    body = {"issuer_id": encode("iss", cast.lead.issuer.pk), "steps": [STEPS[0], STEPS[0]]}
    assert office.put("/api/v1/dunning", body, format="json").status_code == 422


def test_a_customer_s_account_shows_what_is_open_and_paid(late, cast, alfa, at, office, ask, send):
    other = issued(office, ask(method="transfer"))
    send((HEAD + "20/10/2026;91,50;Alfa;;x\n").encode())
    take(office, movements(office, cast)[0], other["id"], 9150)
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk), "organisation_id": encode("org", alfa.pk)}
    seen = office.get("/api/v1/customer-account", asked).json()
    assert [row["name"] for row in seen["open"]] == [late["number"]]
    assert [row["name"] for row in seen["paid"]] == [other["number"]]
    assert seen["balance"]["cents"] == 9150
    stranger = {"issuer_id": asked["issuer_id"], "person_id": encode("per", cast.carla.pk)}
    assert office.get("/api/v1/customer-account", stranger).status_code == 404


def test_a_customer_s_account_is_downloaded_whole(late, cast, alfa, at, office, ask, send):
    other = issued(office, ask(method="transfer"))
    send((HEAD + "20/10/2026;91,50;Alfa;;x\n").encode())
    take(office, movements(office, cast)[0], other["id"], 9150)
    issued(
        office,
        ask(
            organisation_id=None,
            person_id=encode("per", cast.carla.pk),
            kind="receipt",
            lines=[LINE | {"rate": "0", "natura": "N2.2"}],
        ),
    )
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk), "organisation_id": encode("org", alfa.pk)}
    answer = office.get("/api/v1/customer-account", asked | {"output": "csv"})
    _, *rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    cells = [row.split(";") for row in rows if row.strip(";\r\n")]
    assert [(c[0], c[2], c[3], c[4]) for c in cells[:2]] == [
        (late["number"], "31/10/2026", "91,50", "91,50"),
        (other["number"], cells[1][2], "91,50", "0,00"),
    ]
    assert len(cells) == 2
    assert client(cast.elena).get("/api/v1/customer-account", asked | {"output": "csv"}).status_code == 404


def test_whose_debts_were_shown_is_written_down(late, cast, alfa):
    issuer, api = encode("iss", cast.lead.issuer.pk), client(cast.franco)
    api.get("/api/v1/dunning", {"issuer_id": issuer})
    shown = LogEntry.objects.get(act="see-debts")
    assert (shown.by_id, shown.thing_id) == (cast.franco.pk, cast.lead.pk)
    assert shown.data["ids"] == [encode("org", alfa.pk)]
    account = {"issuer_id": issuer, "organisation_id": encode("org", alfa.pk), "output": "csv"}
    assert api.get("/api/v1/customer-account", account).status_code == 200
    assert LogEntry.objects.filter(act="see-debts").count() == 2
