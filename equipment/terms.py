"""What `equipment` adds to a resource's page: the skills it needs, and whether the reader has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core import terms
from core.clock import today
from core.words import ENGLISH, language
from equipment.certification import skills_held, skills_needed
from people.models import Person
from spaces.models import Resource


@terms.include("res", "skills")
def skills(resources: Sequence[Resource], person: Any) -> dict[UUID, Any]:
    held = skills_held(person if isinstance(person, Person) else None, today())
    english = language() == ENGLISH
    return {
        resource: [
            {"code": s.code, "name": s.name_en if english else s.name_it, "held": s.pk in held}
            for s in needed
        ]
        for resource, needed in skills_needed(r.pk for r in resources).items()
    }
