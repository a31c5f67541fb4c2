"""What any payment provider says of the money it keeps for us: transactions, payouts, disputes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from core.money import Money

CHARGE, REFUND, DISPUTE, FEE, PAYOUT, ADJUSTMENT = (
    "charge",
    "refund",
    "dispute",
    "fee",
    "payout",
    "adjustment",
)


@dataclass(frozen=True, slots=True)
class Told:
    """A transaction of the balance: an amount with its sign, the fee kept of it, and what it is of."""

    ref: str
    kind: str
    amount: Money
    fee: Money
    at: datetime
    source_ref: str  # of the charge, refund, dispute or payout
    payment_ref: str  # of the payment that it is about, if any
    our_id: str  # of our payment or refund, as we named it when we asked
    about: str

    @property
    def net(self) -> Money:
        return self.amount - self.fee


@dataclass(frozen=True, slots=True)
class ToldPayout:
    """Money on its way to our bank, or there."""

    ref: str
    amount: Money
    state: str
    at: datetime
    arrives_on: date


@dataclass(frozen=True, slots=True)
class ToldDispute:
    """A charge that a customer's bank takes back, until when it may be answered, and how it stands."""

    ref: str
    payment_ref: str
    amount: Money
    reason: str
    state: str
    opened_at: datetime
    answer_by: datetime | None


class Statement(Protocol):
    """The part of a gateway that is read at night. Raises core.errors.GatewayDown when it cannot be reached.

    Whatever is listed is asked for a page at a time, while it is iterated.
    """

    def transactions(self, since: datetime, until: datetime) -> Iterator[Told]:
        """All that moved the balance from an instant until another, the latest first."""
        ...

    def parts_of(self, payout_ref: str) -> Iterator[Told]:
        """The transactions that a payout is the sum of, its own left out."""
        ...

    def payouts(self, since: datetime, until: datetime) -> Iterator[ToldPayout]: ...

    def read_payout(self, ref: str) -> ToldPayout: ...

    def disputes(self, since: datetime, until: datetime) -> Iterator[ToldDispute]: ...

    def read_dispute(self, ref: str) -> ToldDispute: ...
