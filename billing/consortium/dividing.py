"""A line of a statement, and how a rule divides one among the partners; pure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.consortium import splitting
from billing.consortium.sharing import (
    HOURS,
    OWNER,
    SHARES,
    TAKINGS,
    Cost,
    Facts,
    Rule,
    Stretch,
    TakenBack,
    Taking,
)
from billing.consortium.splitting import NothingToWeigh, Parts
from core.money import ZERO, Money


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what it is, how much, by which rule, and each partner's part. `said` is what a reader needs to know."""

    kind: str
    stretch: Stretch
    net: Money
    parts: Parts
    rule: str = ""
    instead_of: str = ""  # a rule that had nothing to weigh by
    issuer: UUID | None = None
    earner: UUID | None = None
    resource: UUID | None = None
    rate: Decimal | None = None
    natura: str = ""
    vat: Money = ZERO
    gross: Money = ZERO
    payer: UUID | None = None
    cost: Cost | None = None
    late: tuple[str, str] | None = None
    bookings: int = 0
    minutes: int = 0
    taken_back: TakenBack | None = None

    @property
    def key(self) -> str:
        """The line's name: the same as long as it speaks of the same thing."""
        named = (
            self.kind, self.stretch.from_on, self.issuer, self.earner, self.resource, self.rate, self.natura, self.payer,
            self.cost and self.cost.id, self.late, self.rule if self.kind == "levelling" else "",
        )  # fmt: skip
        of = [self.taken_back.dispute] if self.taken_back is not None else []
        return hashlib.sha256(repr([str(part) for part in (*named, *of)]).encode()).hexdigest()[:12]


def rule_for(t: Taking) -> Rule | None:
    """The rule of its resource; else that for all, unless the documents are each one's own; else the ledger's word."""
    rule = t.sold.rule("takings", resource=t.resource)
    return None if rule is None or (t.apart and rule.resource is None) else rule


def divided(facts: Facts, stretch: Stretch, kind: str, net: Money, owner: UUID) -> tuple[Parts, str]:
    """The parts, and the rule that made them: by the shares where another has nothing to weigh by."""
    if kind == OWNER:
        return splitting.to_owner(net, owner, facts.partners), OWNER
    weights: dict[UUID, Any] = dict.fromkeys(facts.partners, 0)
    weights |= _weights(facts, stretch, kind)
    try:
        return splitting.by_weight(net, weights), kind
    except NothingToWeigh:
        return divided(facts, stretch, SHARES, net, owner)


def _weights(facts: Facts, stretch: Stretch, kind: str) -> Mapping[UUID, Any]:
    if kind == HOURS:
        return facts.hours.get(stretch.from_on, {})
    if kind == TAKINGS and stretch.from_on < facts.first_on:
        return facts.produced.get(stretch.from_on, {})
    if kind == TAKINGS:
        found: dict[UUID, int] = defaultdict(int)
        for t in facts.takings:
            if t.sold is stretch and not t.late:
                found[t.earner] += t.net.cents
        return found
    return stretch.shares
