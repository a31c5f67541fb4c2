"""What a public name in an address stands for, or that there is no such thing for who asks."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from core.errors import Missing
from core.ids import decode

M = TypeVar("M", bound=Model)


def pk_of(prefix: str, public: str) -> UUID:
    """The identifier behind a public name of this kind. Raises Missing for what is none."""
    try:
        return decode(prefix, public)
    except ValueError as error:
        raise Missing from error


def one_in(rows: QuerySet[M], prefix: str, public: str) -> M:
    """The one of these rows that is called so; what is not among them is not there. Raises Missing."""
    found = rows.filter(pk=pk_of(prefix, public)).first()
    if found is None:
        raise Missing
    return found
