"""What the table of routes tells to whom it is not for: nothing of others, and no more than if there were nothing."""

from __future__ import annotations

import pytest
from django.db import transaction

from booking.attending import doors
from tests.api import client
from tests.contracts.asking import ask, filled, nobody_s, said
from tests.contracts.test_routes_and_roles import ROWS
from tests.contracts.world import ROLES, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_on_a_monday")]


def test_a_member_partner_s_manager_reads_nothing_of_another_partner_s(world):
    """Every address that reads, with every id there is: no customer, document, cost or staff of the lead's."""
    telling, read = [], 0
    # The mailbox is the demo's, where everybody reads everything.
    for row in (row for row in ROWS if row[0] == "GET" and not row[1].startswith("/api/v1/demo/")):
        answer = ask("member", row, world)
        read += answer.status_code == 200
        words = said(answer)
        telling += [f"{row[1]} tells {secret}" for secret in world.of_the_lead if secret in words]
    assert not telling, "\n".join(telling)
    assert read > 30


def test_another_s_and_nobody_s_are_the_same_answer(world):
    """A stranger cannot tell what exists from what does not."""
    nothing = World.__new__(World)
    nothing.people, nothing.ids = world.people, {name: nobody_s(pk) for name, pk in world.ids.items()}
    compared = 0
    for row in ROWS:
        theirs, none = ask("stranger", row, world), ask("stranger", row, nothing)
        if theirs.status_code == 404:
            a, b = theirs.json(), none.json()
            for volatile in ("instance", "request_id"):
                a.pop(volatile), b.pop(volatile)
            assert (a, none.status_code) == (b, 404), row
            compared += 1
    assert compared > 15


def test_a_paired_tablet_is_a_visitor_everywhere_else(world):
    """Its secret opens the door's own acts; with it, every other address answers as without."""
    _, secret = doors.pair(world.cast.gina, world.cast.venue, world.cast.room, "Sala Po", "none")
    tablet = client(None)
    tablet.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert tablet.get("/api/v1/door").status_code == 200
    for row in ROWS:
        path = filled(row[1], world)
        if row[0] == "GET" and path != "/api/v1/door":
            assert tablet.get(path).status_code == int(row[2].rstrip("r")), row
    for row in ROWS:
        if row[0] != "GET" and not row[1].startswith(("/api/v1/door/", "/webhooks")):
            point = transaction.savepoint()
            body = filled(row[-1], world) if len(row) > 2 + len(ROLES) else "{}"
            answer = tablet.generic(
                row[0], filled(row[1], world), body, "application/json", headers={"Idempotency-Key": "d"}
            )
            transaction.savepoint_rollback(point)
            assert answer.status_code == int(row[2].rstrip("r")), row


@pytest.mark.parametrize("role", ["visitor", "owner", "administrator"])
def test_every_write_needs_the_token(role, world):
    # A gateway signs, and a paired tablet brings its secret; neither has a cookie that could be misused.
    bare = ("/webhooks", "/api/v1/door/")
    writes = [row for row in ROWS if row[0] != "GET" and not row[1].startswith(bare)]
    assert len(writes) > 15
    for row in writes:
        answer = ask(role, row, world, checks=True)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), row
