"""The configuration pages of `equipment`: machines, skills, who has them."""

from __future__ import annotations

from django.contrib import admin

from equipment.models import Certification, Equipment, ServiceNote, Skill
from people.configuration import Lines, Page


class NoteLines(Lines):
    model = ServiceNote
    whose = ("by_id",)
    extra = 0
    autocomplete_fields = ("by",)


@admin.register(Skill)
class Skills(Page):
    list_display = ("code", "name_it", "partner")
    search_fields = ("code", "name_it", "name_en")


@admin.register(Equipment)
class Machines(Page):
    list_display = ("__str__", "serial_number", "maker")
    search_fields = ("serial_number", "resource__name")
    autocomplete_fields = ("resource", "skills")
    inlines = (NoteLines,)


@admin.register(Certification)
class Certifications(Page):
    whose, of = ("person_id", "given_by_id"), "skill.partner_id"
    list_display = ("person", "skill", "from_on", "until_on", "revoked_at")
    list_filter = ("skill",)
    search_fields = ("person__name",)
    autocomplete_fields = ("person", "skill", "given_by")
