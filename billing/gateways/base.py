"""The few calls we need from any payment provider, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from billing.gateways.statement import Statement
from core.money import Money


@dataclass(frozen=True, slots=True)
class Session:
    """A hosted page where somebody may pay until it expires."""

    ref: str
    url: str
    expires_at: datetime
    paid: bool
    expired: bool
    payment_ref: str


@dataclass(frozen=True, slots=True)
class Event:
    """What the provider told us; only a hint that the object it names is worth reading again."""

    id: str
    kind: str
    object_ref: str
    payload: dict[str, Any]


class BadSignature(Exception):
    """The message is not the provider's, or too old."""


class Gateway(Statement, Protocol):
    """A payment provider. Raises core.errors.GatewayDown when it cannot be reached, PaymentRefused when it says no."""

    name: str

    def open_session(
        self, key: str, amount: Money, description: str, email: str, back_to: str, expires_at: datetime
    ) -> Session:
        """A page to pay this amount; asked twice with one key, the same page."""
        ...

    def read_session(self, ref: str) -> Session: ...

    def close_session(self, ref: str) -> Session:
        """The page cannot be paid any more; returns how it ended (it may have been paid just before)."""
        ...

    def fee_of(self, payment_ref: str) -> Money: ...

    def refund(self, key: str, payment_ref: str, amount: Money) -> str:
        """The amount is on its way back, once per key; returns the provider's reference."""
        ...

    def read_event(self, body: bytes, signature: str) -> Event:
        """Raises BadSignature."""
        ...
