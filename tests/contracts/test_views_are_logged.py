"""Whoever opens a page that names somebody else leaves a line in the log: every route that is read, by every office."""

import pytest
from django.db import transaction

from core.models import LogEntry
from tests.api import client
from tests.contracts.asking import filled, said
from tests.contracts.test_routes_and_roles import ROWS
from tests.contracts.world import World

pytestmark = pytest.mark.django_db
READERS = {"staff": 8, "member": 0, "lead": 12, "accountant": 6, "administrator": 12}


def test_no_route_names_somebody_else_without_a_line_in_the_log(cast, at):
    at("2026-11-30 09:00")
    world = World(cast)
    told, silent = dict.fromkeys(READERS, 0), []
    for role in READERS:
        reader = world.people[role]
        api = client(reader)
        others = [person for person in (cast.ada, cast.bruno, cast.carla) if person != reader]
        for method, path, *_ in ROWS:
            if method != "GET":
                continue
            point = transaction.savepoint()
            answer = api.get(filled(path, world))
            words = said(answer) if answer.status_code == 200 else ""
            if any(person.name in words or person.email in words for person in others):
                told[role] += 1
                if not LogEntry.objects.filter(act__startswith="see-").exists():
                    silent.append((role, path))
            transaction.savepoint_rollback(point)
    assert silent == []
    # The world has somebody to name on so many routes at least: without them the walk would prove nothing.
    assert [role for role, least in READERS.items() if told[role] < least] == []
