"""Who may use which equipment: skills asked for, skills had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from core.audit import record
from core.clock import now
from equipment.models import Certification, Equipment, Skill
from people.models import Person


def skills_held(person: Person | None, on: date) -> set[UUID]:
    """The skills a person has on a day."""
    if person is None:
        return set()
    valid = Certification.objects.filter(person=person, from_on__lte=on, revoked_at=None).exclude(
        until_on__lte=on
    )
    return set(valid.values_list("skill_id", flat=True))


def skills_needed(resources: Iterable[UUID]) -> dict[UUID, list[Skill]]:
    """The skills each of these resources asks for; one statement."""
    needed: dict[UUID, list[Skill]] = defaultdict(list)
    through = Equipment.skills.through.objects.filter(equipment__resource__in=list(resources))
    for row in through.select_related("skill", "equipment").order_by("skill__code"):
        needed[row.equipment.resource_id].append(row.skill)
    return needed


def certify(by: Person, person: Person, skill: Skill, *, until_on: date | None = None) -> Certification:
    """The person has the skill from today."""
    given = Certification.objects.create(
        person=person, skill=skill, from_on=now().date(), until_on=until_on, given_by=by
    )
    record(by, "certify", given, person=str(person.pk), skill=skill.code)
    return given


def revoke(by: Person, certification: Certification) -> None:
    """The person no longer has the skill by this certification."""
    certification.revoked_at = now()
    certification.save(update_fields=["revoked_at"])
    record(by, "revoke", certification)
