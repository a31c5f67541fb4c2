"""What repeats, in the words of the API and as it is stored."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from booking.repeating.plans import MOST_DATES
from core.errors import Invalid, Pointer
from core.shapes import StrictSerializer

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MOST_NIGHTS = 30
REPEATS = ["daily", "weekly", "monthly_by_day", "monthly_by_weekday", "yearly"]
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"


class HoursField(StrictSerializer):
    start = serializers.RegexField(CLOCK)
    end = serializers.RegexField(r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")
    nights = serializers.IntegerField(
        min_value=0, max_value=MOST_NIGHTS, default=0, help_text="it ends so many days after it begins"
    )


class RepeatFields(StrictSerializer):
    """Which days a rule of repetition means, but for where it begins and ends."""

    repeat = serializers.ChoiceField(REPEATS)
    every = serializers.IntegerField(min_value=1, max_value=52, default=1)
    weekdays = serializers.ListField(child=serializers.ChoiceField(WEEKDAYS), required=False, default=list)
    position = serializers.IntegerField(
        min_value=-1, max_value=31, required=False, allow_null=True, default=None,
        help_text="of the weekday in its month (1 to 4, -1 the last), or the day of the month",
    )  # fmt: skip
    skip = serializers.ListField(
        child=serializers.ChoiceField(["public_holidays", "school_holidays"]), required=False, default=list
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        at = f"/{self.field_name or 'rule'}"
        if attrs["last_on"].year > 2099:
            raise Invalid(pointers=[Pointer(f"{at}/last_on", "empty", "")])
        if attrs["repeat"] in ("weekly", "monthly_by_weekday") and not attrs["weekdays"]:
            raise Invalid(pointers=[Pointer(f"{at}/weekdays", "required", "")])
        if attrs["repeat"] == "monthly_by_weekday" and attrs["position"] not in (1, 2, 3, 4, -1):
            raise Invalid(pointers=[Pointer(f"{at}/position", "required", "")])
        return attrs


class RuleShape(RepeatFields):
    """What repeats; `first_on` and `last_on` are both included."""

    repeat = serializers.ChoiceField([*REPEATS, "dates"])
    dates = serializers.ListField(
        child=serializers.DateField(), required=False, default=list, max_length=MOST_DATES
    )
    hours = HoursField()
    first_on = serializers.DateField(required=False)
    last_on = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["repeat"] == "dates":
            if not attrs["dates"]:
                raise Invalid(pointers=[Pointer("/rule/dates", "required", "")])
            attrs["first_on"], attrs["last_on"] = min(attrs["dates"]), max(attrs["dates"])
        for name in ("first_on", "last_on"):
            if name not in attrs:
                raise Invalid(pointers=[Pointer(f"/rule/{name}", "required", "")])
        if attrs["first_on"] > attrs["last_on"]:
            raise Invalid(pointers=[Pointer("/rule/last_on", "empty", "")])
        return super().validate(attrs)


def rule_of(rule: dict[str, Any]) -> dict[str, Any]:
    """The rule of a body as it is stored."""
    return {
        "repeat": rule["repeat"],
        "every": rule["every"],
        "weekdays": [WEEKDAYS.index(day) + 1 for day in rule["weekdays"]],
        "position": rule["position"],
        "dates": [day.isoformat() for day in rule["dates"]],
        "start": rule["hours"]["start"],
        "end": rule["hours"]["end"],
        "nights": rule["hours"]["nights"],
        "first_on": rule["first_on"].isoformat(),
        "last_on": rule["last_on"].isoformat(),
        "skip": rule["skip"],
    }


def rule_shape(asked: dict[str, Any]) -> dict[str, Any] | None:
    """The rule of a series in the words of the API; None where it has been erased."""
    if not asked:
        return None
    rule = dict(asked["rule"])
    rule["weekdays"] = [WEEKDAYS[day - 1] for day in rule["weekdays"]]
    hours = {"start": rule.pop("start"), "end": rule.pop("end"), "nights": rule.pop("nights", 0)}
    return rule | {"hours": hours}
