"""The words of the rules as the API takes and shows them: each typed, groups by their public ids.

An absent word is the venue's, or the house's; `null` says "none" where the venue says something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers

from core.shapes import IdField, StrictSerializer
from people.models import Group
from spaces.clauses import COUNTED, SCOPES, SPANS
from spaces.layout import MOST_OF_ONE
from spaces.possible import RESCUE_DEFAULTS

WALL_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
YEAR_OF_MINUTES = 366 * 24 * 60
DECADE = 3660


class WallTime(serializers.CharField):
    """`HH:MM` by the venue's clock; `24:00` is the next midnight."""

    default_error_messages = {"clock": "HH:MM"}

    def to_internal_value(self, data: Any) -> str:
        said = str(super().to_internal_value(data))
        if not WALL_TIME.fullmatch(said):
            self.fail("clock")
        return said


class WallMoment(serializers.CharField):
    """A day, or a day and an hour, by the venue's clock: `2027-01-20`, `2027-01-20T17:00`."""

    default_error_messages = {"moment": "YYYY-MM-DD[Thh:mm]"}

    def to_internal_value(self, data: Any) -> str:
        said = str(super().to_internal_value(data))
        try:
            found = datetime.fromisoformat(said)
        except ValueError:
            self.fail("moment")
        if found.tzinfo is not None or not 2000 <= found.year < 2100:
            self.fail("moment")
        return said


class GroupId(IdField):
    """A group's public id; kept as the plain id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Group, **kwargs)

    def to_internal_value(self, data: Any) -> str:  # type: ignore[override]
        return str(super().to_internal_value(data))

    def to_representation(self, value: Any) -> str:
        return super().to_representation(UUID(str(value)))


def some_minutes(least: int = 0, **more: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=least, max_value=YEAR_OF_MINUTES, required=False, **more)


def some_pieces() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=MOST_OF_ONE, required=False, allow_null=True)


def some_days(**more: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=DECADE, required=False, **more)


def some_weekdays() -> serializers.ListField:
    child = serializers.IntegerField(min_value=1, max_value=7)
    return serializers.ListField(child=child, required=False, max_length=7)


def some_groups(**more: Any) -> serializers.ListField:
    return serializers.ListField(child=GroupId(), max_length=50, **more)


class Words(StrictSerializer):
    """Stored words; what is not said is not shown."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {name: word for name, word in super().to_representation(instance).items() if name in instance}


class HoursWords(Words):
    start = WallTime()
    end = WallTime()
    weekdays = some_weekdays()

    class Meta:
        ref_name = "RuleHours"


class PresetWords(HoursWords):
    it = serializers.CharField(max_length=80, required=False, allow_blank=True)
    en = serializers.CharField(max_length=80, required=False, allow_blank=True)

    class Meta:
        ref_name = "RulePreset"


class ReservedWords(Words):
    hours = HoursWords()
    groups = some_groups()

    class Meta:
        ref_name = "RuleReserved"


class LimitWords(Words):
    span = serializers.ChoiceField(SPANS)
    minutes = some_minutes(1)
    bookings = serializers.IntegerField(min_value=1, max_value=100_000, required=False)
    on = serializers.ChoiceField(SCOPES, required=False)
    of = serializers.ChoiceField(COUNTED, required=False)
    groups = some_groups(required=False)
    hours = HoursWords(required=False)

    class Meta:
        ref_name = "RuleLimit"


class SupervisionWords(Words):
    hours = serializers.ListField(child=HoursWords(), max_length=50, required=False)
    buddy = serializers.BooleanField(required=False)

    class Meta:
        ref_name = "RuleSupervision"


class ApprovalWords(Words):
    notice_under = some_minutes(1)
    longer_than = some_minutes(1)
    hours = serializers.ListField(child=HoursWords(), max_length=50, required=False)
    first_time = serializers.BooleanField(required=False)

    class Meta:
        ref_name = "RuleApprovalWhen"


class QuestionWords(Words):
    code = serializers.SlugField(max_length=40)
    it = serializers.CharField(max_length=200)
    en = serializers.CharField(max_length=200)
    required = serializers.BooleanField(required=False)  # type: ignore[assignment]
    choices = serializers.ListField(
        child=serializers.CharField(max_length=120), required=False, max_length=50
    )

    class Meta:
        ref_name = "RuleQuestion"


class NoShowWords(Words):
    count = serializers.IntegerField(min_value=1, max_value=100)
    within_days = serializers.IntegerField(min_value=1, max_value=DECADE)
    shorter_horizon_days = serializers.IntegerField(min_value=0, max_value=DECADE)
    for_days = serializers.IntegerField(min_value=1, max_value=DECADE)

    class Meta:
        ref_name = "RuleNoShows"


class StretchWords(Words):
    from_day = serializers.IntegerField(min_value=1, max_value=7)
    start = WallTime()
    to_day = serializers.IntegerField(min_value=1, max_value=7)
    end = WallTime()
    most = serializers.IntegerField(min_value=1, max_value=YEAR_OF_MINUTES)
    most_crossing = some_minutes(1, allow_null=True)

    class Meta:
        ref_name = "RuleStretch"


class RuleWords(Words):
    """The rules as `docs/rules.md` words them."""

    step = some_minutes(1)
    least = some_minutes(1)
    most = some_minutes(1, allow_null=True)
    presets = serializers.ListField(child=PresetWords(), required=False, max_length=50)
    stretches = serializers.ListField(child=StretchWords(), required=False, max_length=50)
    notice = some_minutes()
    notice_days = some_days()
    cancel_notice = some_minutes()
    horizon_days = some_days()
    horizon_working_days = some_days(allow_null=True)
    horizon_minutes = some_minutes(allow_null=True)
    series_horizon_days = some_days()
    bookable_from = WallMoment(required=False, allow_null=True)
    bookable_until = WallMoment(required=False, allow_null=True)
    set_up = some_minutes()
    clean_up = some_minutes()
    gap = some_minutes()
    groups = some_groups(required=False)
    reserved = serializers.ListField(child=ReservedWords(), required=False, max_length=50)
    first_groups = some_groups(required=False)
    others_horizon_days = some_days(allow_null=True)
    limits = serializers.ListField(child=LimitWords(), required=False, max_length=50)
    daily_limit = some_minutes(1, allow_null=True)
    weekly_limit = some_minutes(1, allow_null=True)
    people_needed = serializers.BooleanField(required=False)
    least_people = serializers.IntegerField(min_value=1, max_value=10_000, required=False, allow_null=True)
    least_quantity = some_pieces()
    most_quantity = some_pieces()
    only_with = serializers.ListField(
        child=serializers.SlugField(max_length=80),
        required=False,
        max_length=50,
        help_text="resources, by slug",
    )
    least_age = serializers.IntegerField(min_value=1, max_value=120, required=False, allow_null=True)
    supervision = SupervisionWords(required=False, allow_null=True)
    approval = serializers.BooleanField(required=False)
    approval_when = ApprovalWords(required=False, allow_null=True)
    terms = serializers.CharField(max_length=80, required=False, allow_blank=True)
    questions = serializers.ListField(child=QuestionWords(), required=False, max_length=30)
    hold = some_minutes(1)
    request_days = some_days()
    offer = some_minutes(1, allow_null=True)
    needs_check_in = serializers.BooleanField(required=False)
    check_in_from = some_minutes()
    grace = serializers.IntegerField(min_value=-24 * 60, max_value=24 * 60, required=False)
    check_in_at_once = serializers.BooleanField(required=False)
    release_no_show = serializers.BooleanField(required=False)
    leaving_frees = serializers.BooleanField(required=False)
    no_show_fee = serializers.IntegerField(
        min_value=0, max_value=100_000_00, required=False, help_text="cents"
    )
    no_show_after = NoShowWords(required=False, allow_null=True)
    appeal_days = serializers.IntegerField(min_value=0, max_value=366, required=False)
    appeal_until_day = serializers.IntegerField(
        min_value=0, max_value=28, required=False, help_text="of the month after"
    )
    rescue_default = serializers.ChoiceField(RESCUE_DEFAULTS, required=False)
    rescue_hours = serializers.IntegerField(min_value=1, max_value=14 * 24, required=False)

    class Meta:
        ref_name = "RuleWords"


def groups_in(words: Any) -> Iterator[str]:
    """The groups (plain ids) that stored words name, wherever they stand."""
    if isinstance(words, list):
        for word in words:
            yield from groups_in(word)
    if isinstance(words, dict):
        for name, word in words.items():
            if name.endswith("groups"):
                yield from word
            else:
                yield from groups_in(word)
