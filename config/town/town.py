"""What was planted so far, for those who plant the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from equipment.models import Skill
from people.models import Group, Partner
from spaces.models import Resource, Venue

START = date(2024, 1, 1)


@dataclass
class Town:
    """What was planted, by short names."""

    venues: dict[str, Venue] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    skills: dict[str, Skill] = field(default_factory=dict)
