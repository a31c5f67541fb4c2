"""Lists: filters read from the address, pages by cursor."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from core.errors import Invalid, Pointer
from core.shapes import StrictSerializer

USUAL, MOST = 50, 200
M = TypeVar("M", bound=Model)
T = TypeVar("T")


class ListQuery(StrictSerializer):
    """What every list understands; a list adds its filters."""

    cursor = serializers.CharField(required=False, max_length=500)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST)


def read(shape: type[serializers.Serializer[Any]], request: Request, **context: Any) -> dict[str, Any]:
    """The address's parameters, checked; Invalid with a pointer `?name` for each that is not right.

    A parameter that may repeat is declared as a ListField.
    """
    given: dict[str, Any] = {}
    many = {name for name, field in shape().fields.items() if isinstance(field, serializers.ListField)}
    for name, values in request.query_params.lists():
        given[name] = (
            [v for value in values for v in str(value).split(",") if v] if name in many else values[-1]
        )
    if any("\x00" in str(value) for value in given.values()):
        raise Invalid(pointers=[Pointer("?", "null-character", "")])
    found = shape(data=given, context=context)
    if not found.is_valid():
        raise Invalid(
            pointers=[Pointer(f"?{name}", "invalid", _first(errors)) for name, errors in found.errors.items()]
        )
    return dict(found.validated_data)


def _first(errors: Any) -> str:
    while isinstance(errors, dict | list) and errors:
        errors = next(iter(errors.values())) if isinstance(errors, dict) else errors[0]
    return str(errors)


def page(
    rows: QuerySet[M],
    asked: dict[str, Any],
    shape: Callable[[Sequence[M]], list[dict[str, Any]]],
    *,
    by: str = "pk",
    newest_first: bool = True,
    most: int = MOST,
) -> dict[str, Any]:
    """One page of `rows`, ordered by (`by`, pk), with the cursor of the next; two statements at most.

    `by` names a column or annotation whose values JSON can carry as text.
    """
    sign = "-" if newest_first else ""
    rows = rows.order_by(f"{sign}{by}", f"{sign}pk") if by != "pk" else rows.order_by(f"{sign}pk")
    if asked.get("cursor"):
        rows = rows.filter(_beyond(asked["cursor"], by, newest_first))
    limit = min(asked.get("limit") or USUAL, most)
    found = list(rows[: limit + 1])
    following = None
    if len(found) > limit:
        found = found[:limit]
        last = found[-1]
        value = getattr(last, by) if by != "pk" else last.pk
        following = signing.dumps([str(value), str(last.pk)], salt="cursor", compress=True)
    return {"data": shape(found), "next_cursor": following}


def _beyond(cursor: str, by: str, newest_first: bool) -> Q:
    try:
        value, pk = signing.loads(cursor, salt="cursor")
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Invalid(pointers=[Pointer("?cursor", "invalid", "")]) from error
    side = "lt" if newest_first else "gt"
    if by == "pk":
        return Q(**{f"pk__{side}": pk})
    return Q(**{f"{by}__{side}": value}) | Q(**{by: value, f"pk__{side}": pk})


def part(
    found: Sequence[T], asked: dict[str, Any], place: Callable[[T], tuple[Any, ...]]
) -> tuple[list[T], str | None]:
    """One page of what is told anew each time and is no table's rows, in order of `place`, and the cursor of the next.

    `place`: numbers and texts that JSON can carry and that compare; what has one no more moves nothing behind it.
    """
    found = sorted(found, key=place)
    begin = 0
    if asked.get("cursor"):
        try:
            begin = bisect_right(
                found, signing.loads(asked["cursor"], salt="part"), key=lambda one: list(place(one))
            )
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise Invalid(pointers=[Pointer("?cursor", "invalid", "")]) from error
    limit = asked.get("limit") or USUAL
    here = found[begin : begin + limit]
    more = begin + limit < len(found)
    return here, signing.dumps(list(place(here[-1])), salt="part", compress=True) if more else None
