"""Money in integer cents; the only place that rounds, and the only one that divides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

EUR = "EUR"


def half_up(amount: Decimal | Fraction) -> int:
    """An amount of cents as a whole number, halves away from zero (the SdI's rounding of taxes)."""
    if isinstance(amount, Fraction):
        sign = -1 if amount < 0 else 1
        doubled = 2 * abs(amount) + 1
        return sign * (doubled.numerator // (2 * doubled.denominator))
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, order=True, slots=True)
class Money:
    """An amount of integer cents of one currency."""

    cents: int
    currency: str = EUR

    def __post_init__(self) -> None:
        if isinstance(self.cents, bool) or not isinstance(self.cents, int):
            raise TypeError("money is made of whole cents")

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.cents + other.cents, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.cents - other.cents, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.cents, self.currency)

    def __bool__(self) -> bool:
        return self.cents != 0

    def times(self, factor: Decimal | Fraction | int) -> Money:
        """The amount multiplied, rounded half up to the cent."""
        if isinstance(factor, int):
            return Money(self.cents * factor, self.currency)
        return Money(half_up(Fraction(self.cents) * Fraction(factor)), self.currency)

    def split(self, weights: Sequence[int | Decimal | Fraction]) -> list[Money]:
        """The amount in parts by weight, by largest remainder; ties go to the earlier; the sum is exact.

        Raises ValueError if no weight is positive or one is negative.
        """
        exact = [Fraction(weight) for weight in weights]
        whole = sum(exact, Fraction(0))
        if whole <= 0 or min(exact) < 0:
            raise ValueError("weights must not be negative, nor all zero")
        sign = -1 if self.cents < 0 else 1
        ideal = [abs(self.cents) * weight / whole for weight in exact]
        parts = [share.numerator // share.denominator for share in ideal]
        missing = abs(self.cents) - sum(parts)
        by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - ideal[i], i))
        for i in by_remainder[:missing]:
            parts[i] += 1
        return [Money(sign * part, self.currency) for part in parts]

    def __str__(self) -> str:
        sign = "-" if self.cents < 0 else ""
        return f"{sign}{abs(self.cents) // 100}.{abs(self.cents) % 100:02} {self.currency}"


ZERO = Money(0)


def total(amounts: Iterable[Money]) -> Money:
    """The sum of amounts of one currency; nothing is 0.00 EUR."""
    amounts = list(amounts)
    return sum(amounts[1:], amounts[0]) if amounts else ZERO
