"""What a month's statement is made of: stretches of days with their shares and rules, takings, costs, fees. Plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from core.money import Money

OWNER, SHARES, HOURS, TAKINGS = "owner", "shares", "hours", "takings"
FIXED, COST_FIRST, GUARANTEED = "fixed", "cost_first", "guaranteed"
LEVELLING = (FIXED, COST_FIRST, GUARANTEED)
SALE, COLLECTOR = (
    "sale",
    "collector",
)  # who bears what a bank took back: whose sale it was, or who had the money


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of line is divided: `takings` (of a resource, or of all), `costs` (of a category, or all), `fees`,
    `disputes`."""

    of: str
    kind: str
    resource: UUID | None = None
    category: str = ""
    amounts: Mapping[UUID, Money] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of a month under one version of the agreement and the same rules; the last day is excluded."""

    from_on: date
    until_on: date
    version: int
    shares: Mapping[UUID, Decimal]
    mandate_fee: Decimal = Decimal(0)
    between_rate: Decimal = Decimal(22)
    between_natura: str = ""
    rules: Sequence[Rule] = ()

    def rule(self, of: str, *, resource: UUID | None = None, category: str = "") -> Rule | None:
        """The most particular rule: for the resource or category itself, else for all."""
        of_it = [r for r in self.rules if r.of == of]
        own = [
            r
            for r in of_it
            if (r.resource or r.category) and (r.resource, r.category) == (resource, category)
        ]
        plain = [r for r in of_it if not r.resource and not r.category]
        return next(iter([*own, *plain]), None)


@dataclass(frozen=True, slots=True)
class Taking:
    """What the ledger has of one kind of sale (or, with minus, of credit notes): the sum of its entries.

    `sold` is the stretch in force when it was sold, which a credit note goes back by; `apart` says that its documents
    are already in each one's own name (by owner, by share).
    """

    sold: Stretch
    issuer: UUID
    earner: UUID
    net: Money
    vat: Money
    gross: Money
    rate: Decimal = Decimal(22)
    natura: str = ""
    resource: UUID | None = None
    collector: UUID | None = None
    apart: bool = False
    credit: bool = False
    late: tuple[str, str] | None = None  # booking and month of a sale in a statement before this


@dataclass(frozen=True, slots=True)
class Cost:
    """What a partner paid: `common` is divided by rule, the others are owed by one partner."""

    id: UUID
    kind: str  # common · direct · advance · adjustment
    on: date
    net: Money
    paid_by: UUID
    owed_by: UUID | None = None
    category: str = ""
    resource: UUID | None = None
    supplier: str = ""
    description: str = ""
    document: str = ""
    document_on: date | None = None


@dataclass(frozen=True, slots=True)
class LateFee:
    """What a payment cost besides (or, with minus, less) than the closed month it is of says; with what its partners
    had of the takings of those days, by which it is divided."""

    stretch: Stretch
    collector: UUID
    fee: Money
    month: str
    earned: Mapping[UUID, Money]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What a customer's bank took back for good of a payment (`dispute`), from whoever had it; or, with minus, what was
    paid of it again since (`recovered`), to whoever has it now.

    `own` is each issuer's part of it, `sales` what was left of what it had paid for, by which such a part is divided;
    `terms` are those in force when it was lost.
    """

    kind: str
    dispute: UUID
    on: date
    terms: Stretch
    holder: UUID
    collector: UUID
    amount: Money
    own: Mapping[UUID, Money]
    sales: Sequence[Taking]
    documents: str = ""


@dataclass(frozen=True, slots=True)
class Waived:
    """Bookings for which nothing was asked, at list price."""

    partner: UUID
    resource: UUID
    bookings: int
    gross: Money


@dataclass(frozen=True, slots=True)
class AllowanceUse:
    """What a partner had by its own hours of somebody's resource, at list price."""

    partner: UUID
    owner: UUID
    resource: UUID
    bookings: int
    minutes: int
    gross: Money


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a month's statement is made of."""

    partners: Sequence[UUID]
    lead: UUID
    first_on: date
    until_on: date
    stretches: Sequence[Stretch]
    takings: Sequence[Taking] = ()
    costs: Sequence[Cost] = ()
    fees: Sequence[tuple[Stretch, UUID, Money]] = ()  # the stretch, who bore the fees of payments, how much
    late_fees: Sequence[LateFee] = ()
    taken_back: Sequence[TakenBack] = ()
    waived: Sequence[Waived] = ()
    allowances: Sequence[AllowanceUse] = ()
    hours: Mapping[date, Mapping[UUID, int]] = field(
        default_factory=dict
    )  # by a stretch's first day: minutes used
    # The same of days before the month, of which something is given back: net cents of the takings.
    produced: Mapping[date, Mapping[UUID, int]] = field(default_factory=dict)

    def stretch_on(self, day: date) -> Stretch:
        return next(s for s in self.stretches if s.from_on <= day < s.until_on)


def stretches(
    first_on: date, until_on: date, changes: Sequence[date], make: Callable[[date, date], Stretch]
) -> list[Stretch]:
    """The days between, parted wherever something changes."""
    cuts = sorted({first_on, *(day for day in changes if first_on < day < until_on)})
    return [make(start, end) for start, end in zip(cuts, [*cuts[1:], until_on], strict=True)]
