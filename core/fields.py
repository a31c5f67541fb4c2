"""The two columns that matter: a half-open period, and an amount of cents."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models.expressions import Expression

from core.money import Money
from core.periods import Period

if TYPE_CHECKING:
    PeriodColumn = models.Field[Period | DateTimeTZRange, Period]
    MoneyColumn = models.BigIntegerField[Money | int, Money]
else:
    PeriodColumn = DateTimeRangeField
    MoneyColumn = models.BigIntegerField


def as_range(value: Any) -> Any:
    """A Period as the database's range, always `[)`; anything else as it is."""
    return DateTimeTZRange(value.start, value.end, "[)") if isinstance(value, Period) else value


class PeriodField(PeriodColumn):
    """A tstzrange column that Python sees as a Period."""

    def from_db_value(
        self, value: Any, expression: Expression, connection: BaseDatabaseWrapper
    ) -> Period | None:
        if value is None or value.isempty or not isinstance(value.lower, datetime):
            return None
        return Period(value.lower, value.upper)

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(as_range(value))

    def to_python(self, value: Any) -> Any:
        if isinstance(value, Period) or value is None:
            return value
        found = super().to_python(value)
        return Period(found.lower, found.upper) if isinstance(found, DateTimeTZRange) else found

    def value_from_object(self, obj: models.Model) -> Any:
        return as_range(getattr(obj, self.attname))

    def value_to_string(self, obj: models.Model) -> str:
        period: Period = getattr(obj, self.attname)
        return (
            f'{{"lower": "{period.start.isoformat()}", "upper": "{period.end.isoformat()}", "bounds": "[)"}}'
        )


class MoneyField(MoneyColumn):
    """A column of integer cents (EUR) that Python sees as Money."""

    # A whole number's bounds do not compare with Money; the column itself has them.
    validators = []

    def from_db_value(
        self, value: int | None, expression: Expression, connection: BaseDatabaseWrapper
    ) -> Money | None:
        return None if value is None else Money(int(value))

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(value.cents if isinstance(value, Money) else value)

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, Money):
            return value
        return Money(int(super().to_python(value)))

    def get_default(self) -> Any:
        """Of a row that nobody has saved yet, too."""
        return self.to_python(super().get_default())

    def value_from_object(self, obj: models.Model) -> Any:
        value = getattr(obj, self.attname)
        return value.cents if isinstance(value, Money) else value

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))
