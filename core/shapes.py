"""The shapes every answer is made of, as REST framework fields that the schema can name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core import ids
from core.errors import Invalid, Pointer, Reason
from core.identity import Identified
from core.periods import END_OF_DAY, Gap, Period, strict_instant
from core.problems import reason_shape

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


# An answer with its rows under `data`, a name that a serializer uses itself. (A docstring would describe every list.)
class ListShape(serializers.Serializer[Any]):
    if TYPE_CHECKING:
        data: Any


class UntilShape(serializers.TimeField):
    """An hour until which: `24:00` is the end of the day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"help_text": "24:00 is the end of the day"} | kwargs))

    def to_internal_value(self, value: Any) -> time:
        found: time = END_OF_DAY if value == "24:00" else super().to_internal_value(value)
        return found


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know: a mistyped name must not be dropped in silence."""

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        if isinstance(data, Mapping) and (unknown := set(data) - set(self.fields)):
            raise serializers.ValidationError(
                {str(name): [serializers.ErrorDetail("unknown field", "unknown")] for name in unknown}
            )
        return value


@extend_schema_field(OpenApiTypes.STR)
class IdField(serializers.Field[UUID, str, str, Any]):
    """A TypeID of one kind."""

    default_error_messages = {"invalid": "not an id of kind {prefix}"}

    def __init__(self, kind: type[Identified] | str, **kwargs: Any) -> None:
        self.kind_prefix = kind if isinstance(kind, str) else kind.prefix
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> UUID:
        try:
            return ids.decode(self.kind_prefix, data)
        except (ValueError, AttributeError, TypeError):
            self.fail("invalid", prefix=self.kind_prefix)

    def to_representation(self, value: UUID) -> str:
        return ids.encode(self.kind_prefix, value)


class InstantField(serializers.DateTimeField):
    """An aware instant, or a wall-clock time of the venue if it has no offset (`zone` in the context)."""

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or len(value) > 40:
            self.fail("invalid", format="YYYY-MM-DDThh:mm[:ss][Z]")
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail("invalid", format="YYYY-MM-DDThh:mm[:ss][Z]")
        if found.tzinfo is None:
            return found  # spoken in the venue's zone: `PeriodShape.resolve` knows it
        try:
            found = found.astimezone(UTC)
        except OverflowError:
            self.fail("invalid", format="YYYY-MM-DDThh:mm[:ss][Z]")
        if not EARLIEST <= found <= LATEST:
            self.fail("invalid", format="YYYY-MM-DDThh:mm[:ss][Z]")
        return found


def instant_of(wall: datetime, zone: ZoneInfo, pointer: str) -> datetime:
    """The instant meant by what an `InstantField` read; Invalid where the venue's clock skips it or shows it twice."""
    try:
        return wall if wall.tzinfo else strict_instant(wall, zone)
    except Gap as gap:
        both = f"{gap.first.isoformat()} / {gap.second.isoformat()}"
        raise Invalid(pointers=[Pointer(pointer, "clock-change", both)]) from gap


class PeriodShape(StrictSerializer):
    """`{"start", "end"}`, the end excluded."""

    start = InstantField()
    end = InstantField()

    class Meta:
        ref_name = "Period"

    def to_representation(self, instance: Period) -> dict[str, Any]:
        return {"start": instance.start, "end": instance.end}

    @staticmethod
    def resolve(data: dict[str, datetime], zone: ZoneInfo) -> Period:
        """The period meant; ValidationError when it is empty, or its clock time is skipped or shown twice."""
        ends = {}
        for name in ("start", "end"):
            wall = data[name]
            try:
                ends[name] = wall if wall.tzinfo else strict_instant(wall, zone)
            except Gap as gap:
                both = f"{gap.first.isoformat()} / {gap.second.isoformat()}"
                raise serializers.ValidationError(
                    {"period": {name: [serializers.ErrorDetail(both, "clock_change")]}}
                ) from gap
        if ends["start"] >= ends["end"]:
            raise serializers.ValidationError(
                {"period": {"end": [serializers.ErrorDetail("the end comes after the start", "empty")]}}
            )
        return Period(ends["start"], ends["end"])


class MoneyShape(serializers.Serializer[Any]):
    """Integer cents and a currency."""

    cents = serializers.IntegerField()
    currency = serializers.CharField()

    class Meta:
        ref_name = "Money"


class RefShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()

    class Meta:
        ref_name = "Ref"


class WayOutShape(serializers.Serializer[Any]):
    act = serializers.CharField()
    href = serializers.CharField()

    class Meta:
        ref_name = "WayOut"


class ReasonShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    fixable_by = serializers.ChoiceField(["you", "organisation", "staff", "time", "nobody"])
    holds_from = serializers.DateTimeField(allow_null=True)
    way_out = WayOutShape(allow_null=True)

    class Meta:
        ref_name = "Reason"


class ActionShape(serializers.Serializer[Any]):
    allowed = serializers.BooleanField()
    reasons = ReasonShape(many=True)
    terms = serializers.DictField()

    class Meta:
        ref_name = "Action"


class PointerShape(serializers.Serializer[Any]):
    pointer = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    detail = serializers.CharField()

    class Meta:
        ref_name = "Pointer"


class ProblemShape(serializers.Serializer[Any]):
    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]
    pointers = PointerShape(many=True)
    reasons = ReasonShape(many=True)
    alternatives = serializers.ListField(child=serializers.DictField())

    class Meta:
        ref_name = "Problem"


def ref(thing: Any) -> dict[str, str] | None:
    """`{"id", "name"}` of something that has a prefix and a name, or nothing."""
    return None if thing is None else {"id": ids.encode(thing.prefix, thing.pk), "name": str(thing)}


def action(reasons: list[Reason], **terms: Any) -> dict[str, Any]:
    """An act as the screen needs it: whether it may be done, else why not, and what it would mean."""
    return {"allowed": not reasons, "reasons": [reason_shape(reason) for reason in reasons], "terms": terms}
