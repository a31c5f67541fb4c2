"""The few calls we need from any payment provider, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from billing.gateways.statement import Statement, ToldDispute
from core.money import Money

LEAST_SESSION = timedelta(minutes=30)  # the least that a provider keeps a page open, from when it hears of it
SESSION = LEAST_SESSION + timedelta(minutes=1)

# What may be said to a dispute, in the order in which it is read.
EVIDENCE = (
    "customer", "email", "service", "service_on", "used", "cancellation", "terms", "refunds", "mails", "words",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Session:
    """A hosted page where somebody may pay until it expires."""

    ref: str
    url: str
    expires_at: datetime
    paid: bool
    expired: bool
    payment_ref: str
    complete: bool = False  # it was filled in, whatever came of it


@dataclass(frozen=True, slots=True)
class Intent:
    """Money that was asked of a card or account, and how that stands.

    `state`: held (reserved, not taken) · paid · processing (a debit that settles late) · needs_action (its person has
    to say yes to the bank) · declined · cancelled.
    """

    ref: str
    state: str
    capture_before: datetime | None
    customer_ref: str
    method_ref: str
    method_kind: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A card or account that somebody saved: the gateway's names for it, and what may be shown of it."""

    customer_ref: str
    method_ref: str
    kind: str
    brand: str
    last4: str
    expires_on: date | None


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
        self,
        key: str,
        amount: Money,
        description: str,
        email: str,
        back_to: str,
        expires_at: datetime,
        card: str = "",
    ) -> Session:
        """A page to pay this amount; asked twice with one key, the same page.

        `card`: `keep` keeps a card that pays, for its person's deposit; `hold` reserves the amount on a card, keeps it,
        and takes nothing.
        """
        ...

    def read_session(self, ref: str) -> Session: ...

    def close_session(self, ref: str) -> Session:
        """The page cannot be paid any more; returns how it ended (it may have been paid just before)."""
        ...

    def fee_of(self, payment_ref: str) -> Money: ...

    def refund(self, key: str, payment_ref: str, amount: Money) -> str:
        """The amount is on its way back, once per key; returns the provider's reference. PaymentRefused: never."""
        ...

    def failure_of(self, refund_ref: str) -> str:
        """Why this refund came to nothing; "" if it arrived, or still may."""
        ...

    def charge(
        self,
        key: str,
        amount: Money,
        description: str,
        customer_ref: str,
        method_ref: str,
        *,
        kind: str = "card",
        hold: bool = False,
    ) -> Intent:
        """The amount is asked of what was kept, with nobody there, once per key; `hold` only reserves it. A refusal is
        an answer."""
        ...

    def open_setup(
        self, key: str, email: str, customer_ref: str, back_to: str, expires_at: datetime
    ) -> Session:
        """A page to save a card or a bank account for later, for a customer known already or a new one; nothing is
        taken."""
        ...

    def read_kept(self, session_ref: str) -> Kept:
        """What was saved on a page that is complete."""
        ...

    def forget(self, method_ref: str) -> None:
        """It can never be charged again."""
        ...

    def read_intent(self, ref: str) -> Intent: ...

    def capture(self, key: str, ref: str, amount: Money) -> Intent:
        """So much of what was reserved is taken, the rest is free; or the answer says what else it is by now."""
        ...

    def release(self, key: str, ref: str) -> Intent:
        """Nothing is reserved any more; or the answer says what else it is by now."""
        ...

    def contest(
        self, key: str, dispute_ref: str, evidence: Mapping[str, str], receipt: tuple[str, bytes] | None
    ) -> ToldDispute:
        """The dispute is answered with this evidence (names of `EVIDENCE`) and a PDF (its name, its bytes), once per key;
        the bank decides. PaymentRefused: it cannot be answered any more."""
        ...

    def accept_dispute(self, key: str, dispute_ref: str) -> ToldDispute:
        """The customer keeps the money: the dispute is lost, for good. PaymentRefused: it is decided already."""
        ...

    def read_event(self, body: bytes, signature: str) -> Event:
        """Raises BadSignature."""
        ...
