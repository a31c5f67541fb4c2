"""What most questions need not read, because there is none of it: asked about all at once, in one statement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from booking.models import Consequence, Outage
from equipment.models import Equipment
from people.models import GroupMember, Organisation, Person
from spaces.models import Resource


def _table(model: type) -> str:
    return str(model._meta.db_table)  # type: ignore[attr-defined]


ANY = f"""
SELECT EXISTS (SELECT 1 FROM {_table(Equipment.skills.through)} s JOIN {_table(Equipment)} e ON e.id = s.equipment_id
               WHERE e.resource_id = ANY(%(resources)s)),
       EXISTS (SELECT 1 FROM {_table(GroupMember)} WHERE person_id = %(person)s OR organisation_id = %(organisation)s),
       EXISTS (SELECT 1 FROM {_table(Outage)} o JOIN {_table(Resource)} r ON r.id = o.resource_id
               WHERE o.ended_at IS NULL AND r.venue_id = ANY(%(venues)s)),
       EXISTS (SELECT 1 FROM {_table(Consequence)} WHERE person_id = %(person)s AND until > %(at)s)
"""


class Seldom(NamedTuple):
    """Whether there is anything at all of each; how much of it counts is for whoever reads it."""

    skills: bool
    groups: bool
    outages: bool
    consequences: bool


def there_is(
    resources: Iterable[UUID],
    venues: Iterable[UUID],
    person: Person | None,
    organisation: Organisation | None,
    at: datetime,
) -> Seldom:
    """Whether these resources ask for skills or stand where something is out of order, and whether who asks is in a
    group or has consequences to bear."""
    with connection.cursor() as cursor:
        cursor.execute(
            ANY,
            {
                "resources": list(resources),
                "venues": list(venues),
                "person": person.pk if person is not None else None,
                "organisation": organisation.pk if organisation is not None else None,
                "at": at,
            },
        )
        return Seldom(*cursor.fetchone())
