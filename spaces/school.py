"""What writes the days without school of a region."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.audit import record
from core.errors import Invalid, Missing, Pointer
from core.locks import act
from people.models import Person
from spaces.models import SchoolHoliday


@act
def add(by: Person, region: str, facts: dict[str, Any]) -> SchoolHoliday:
    """The region has no school on these days. Raises Invalid for an end before the start."""
    made = SchoolHoliday(region=region, **facts)
    _check(made)
    made.save(force_insert=True)
    record(by, "add-school-holiday", made)
    return made


@act
def change(by: Person, holiday_id: UUID, facts: dict[str, Any]) -> SchoolHoliday:
    """Its days or names are these. Raises Missing, Invalid for an end before the start."""
    found = _locked(holiday_id)
    for name, value in facts.items():
        setattr(found, name, value)
    _check(found)
    found.save()
    record(by, "change-school-holiday", found)
    return found


@act
def remove(by: Person, holiday_id: UUID) -> None:
    """There is school on these days after all; series booked around them stay as they are. Raises Missing."""
    found = _locked(holiday_id)
    record(by, "remove-school-holiday", found)
    found.delete()


def _locked(holiday_id: UUID) -> SchoolHoliday:
    found = SchoolHoliday.objects.select_for_update().filter(pk=holiday_id).first()
    if found is None:
        raise Missing
    return found


def _check(row: SchoolHoliday) -> None:
    if row.last_on < row.first_on:
        raise Invalid(pointers=[Pointer("/last_on", "empty", "")])
