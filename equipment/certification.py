"""Who may use which equipment: skills asked for, skills had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from equipment.models import Certification, Equipment, Skill
from people.models import Person

Held = dict[
    UUID, date | None
]  # skills, each with the day (excluded) until which it is held without a break; None: ever


def held_by(people: Iterable[UUID], on: date) -> dict[UUID, Held]:
    """The skills that each of these people has on a day, and until when; one statement."""
    rows = Certification.objects.filter(person__in=list(people), revoked_at=None).exclude(until_on__lte=on)
    found: dict[UUID, Held] = defaultdict(dict)
    for row in rows.order_by("from_on"):
        held = found[row.person_id]
        until = held.get(row.skill_id, on)
        if until is not None and row.from_on <= until:
            held[row.skill_id] = row.until_on and max(row.until_on, until)
    return found


def skills_held(person: Person | None, on: date) -> Held:
    """The skills a person has on a day, and until when."""
    return {} if person is None else held_by([person.pk], on).get(person.pk, {})


def skills_needed(resources: Iterable[UUID]) -> dict[UUID, list[Skill]]:
    """The skills each of these resources asks for; one statement."""
    needed: dict[UUID, list[Skill]] = defaultdict(list)
    through = Equipment.skills.through.objects.filter(equipment__resource__in=list(resources))
    for row in through.select_related("skill", "equipment").order_by("skill__code"):
        needed[row.equipment.resource_id].append(row.skill)
    return needed
