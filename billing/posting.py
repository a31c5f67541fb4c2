"""A posting in double entry: what a fact does to the books."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from core.money import Money
from core.words import Words


class Line(NamedTuple):
    """One side of a posting: an account in debit (plus) or credit (minus)."""

    role: str
    amount: Money


class Posting(NamedTuple):
    """What a fact does to the books; its lines come to nothing."""

    on: date
    key: str  # puts postings of one day in one order
    what: Words
    reference: str
    lines: tuple[Line, ...]


def lines(*told: tuple[str, Money]) -> tuple[Line, ...]:
    """The sides that are something."""
    return tuple(Line(role, amount) for role, amount in told if amount)
