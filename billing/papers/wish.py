"""What the office wants to issue, before it is anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from billing.models import Document, Issuer, NumberSeries
from billing.papers.amounts import Fund, Line, Withholding
from billing.papers.documents import series_of_credit
from billing.papers.snapshots import Paper
from people.models import Organisation, Person


@dataclass(frozen=True, slots=True)
class Wish:
    """What the office wants to issue. `stamp`: none, borne, recharged; `operation_on`: the day of what it is for, if not
    the day on which it is issued; `late`: why it is issued when that is no longer in time; `chosen`: the series of that
    kind in which it is numbered, if not as usual."""

    issuer: Issuer
    kind: str
    payer: Person | Organisation
    lines: Sequence[Line]
    paper: Paper
    stamp: str = "recharged"
    split: bool = False
    fund: Fund | None = None
    withholding: Withholding | None = None
    corrects: Document | None = None
    operation_on: date | None = None
    late: str = ""
    chosen: NumberSeries | None = None

    @property
    def series(self) -> str:
        """The kind in whose series it is numbered."""
        return series_of_credit(self.corrects) if self.corrects else self.kind
