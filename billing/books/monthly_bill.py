"""The month's bill of an organisation on account, as it would be today: everything it has had and no document says yet.

Law: DPR 633/72 art. 6 c. 3 (a service not yet paid is taxed when it is invoiced, so the bill is a TD01 of its day),
art. 21 c. 4 lett. a (several services of a month in one deferred invoice, TD24, until the 15th of the next), art. 26
(what is credited later, where the bill does not take it as a negative line, is a credit note). See docs/adr/0090.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from billing.models import Document, Issuer, OnAccount, OrderLine
from billing.papers import documents
from billing.papers.amounts import Line, Reckoned, reckon
from billing.papers.documents import Sold, sold_line, stamp_of
from billing.papers.freeze import ITALY
from billing.papers.mandate import named_by
from billing.papers.snapshots import Asked, Paper
from billing.papers.wish import Wish
from billing.paying.delivered import Delivered, delivered, fingerprint, ready
from booking.judging.rule_words import MONTH_NAMES
from core.clock import now
from core.money import ZERO, Money, total
from core.periods import local_date, next_month
from core.words import Words
from people.models import Organisation

DEFERRED_UNTIL = 15  # of the month after
CAUSE = Words("Prestazioni di {month} {year}", "Services of {month} {year}")


@dataclass(frozen=True, slots=True)
class Bill:
    """A month of an organisation with an issuer: what is on its bill, what is credited apart, what is left out.

    `missing` is what the document needs to know of the customer and does not.
    """

    issuer: Issuer
    organisation: Organisation
    month: date
    rows: Sequence[Delivered]
    on_bill: Sequence[Delivered]
    apart: Sequence[Delivered]
    terms: OnAccount
    paper: Paper
    came: Reckoned | None
    missing: Sequence[str] = ()

    @property
    def left_out(self) -> list[Delivered]:
        return [row for row in self.rows if row.why]

    @property
    def fingerprint(self) -> str:
        paper = self.paper
        on_behalf = str(paper.on_behalf.pk) if paper.on_behalf else ""
        due = self.came and self.came.due.cents
        said = (paper.type, paper.due_on, paper.asked, on_behalf, self.terms.split, due)
        return fingerprint(self.rows, *said)

    @property
    def total(self) -> Money:
        """What the bill and the credits besides come to."""
        return total(row.line.gross for row in [*self.on_bill, *self.apart])

    @property
    def state(self) -> str:
        """`ready`, `missing` if the customer's data do not suffice, or `nothing` to bill."""
        if not self.on_bill and not self.apart:
            return "nothing"
        return "missing" if self.missing else "ready"


def fit(rows: Iterable[Delivered]) -> tuple[list[Delivered], list[Delivered]]:
    """What goes on the invoice, and the credits that do not: with all of them no rate is below nothing, and something is
    left to pay. An order's credits stay together, the oldest first. Pure."""
    sold = [row for row in rows if not row.is_credit]
    left: dict[Sold, Money] = defaultdict(lambda: ZERO)
    for row in sold:
        left[_sold(row)] += row.line.gross
    by_order: dict[UUID, list[Delivered]] = {}
    for row in rows:
        if row.is_credit:
            by_order.setdefault(row.line.order_id, []).append(row)
    taken, apart = list(sold), []
    for credits in by_order.values():
        after = dict(left)
        for row in credits:
            after[_sold(row)] = after.get(_sold(row), ZERO) + row.line.gross
        if all(money.cents >= 0 for money in after.values()) and total(after.values()):
            taken += credits
            left.update(after)
        else:
            apart += credits
    return taken, apart


def _sold(row: Delivered) -> Sold:
    return row.line.vat_rate.percent, row.line.vat_rate.natura


def due_on(terms: OnAccount, issued_on: date, month: date) -> date:
    """Until when a bill is to be paid: so many days from its date, or from the end of its month if that is agreed. Pure."""
    begin = next_month(month) - timedelta(days=1) if terms.month_end else issued_on
    return max(begin + timedelta(days=terms.days), issued_on)


def type_of(issuer: Issuer, month: date, on: date) -> str:
    """TD24 where the issuer wants it and it is still in time, else TD01. Pure."""
    in_time = on < next_month(month).replace(day=DEFERRED_UNTIL + 1)
    return issuer.bill_type if in_time else Issuer.BillType.TD01


def line_of(row: Delivered) -> Line:
    """The line as the bill says it, with the days on which it was had."""
    return replace(sold_line(row.line), first_on=row.first_on, last_on=row.last_on)


def bills(issuer: Issuer, month: date, organisations: Iterable[UUID] | None = None) -> list[Bill]:
    """The month's bills of these organisations, or of all that have anything on account; by name. The same number of
    statements for any number of them."""
    found = delivered(issuer, month, organisations)
    terms = {t.organisation_id: t for t in OnAccount.objects.filter(issuer=issuer, organisation__in=found)}
    day = local_date(now(), ITALY)
    made = [_bill(issuer, month, rows, terms.get(pk), day) for pk, rows in found.items()]
    return sorted(made, key=lambda bill: (bill.organisation.name, str(bill.organisation.pk)))


def one(issuer: Issuer, month: date, organisation: Organisation) -> Bill:
    """The month's bill of an organisation; with nothing on it if it has nothing on account."""
    found = next(iter(bills(issuer, month, [organisation.pk])), None)
    if found is None:
        return _bill(issuer, month, [], None, local_date(now(), ITALY), organisation)
    lines = [row.line.pk for row in found.on_bill]
    acting = named_by(OrderLine.objects.filter(pk__in=lines), [issuer])
    return replace(found, paper=replace(found.paper, on_behalf=acting.get(issuer.pk)))


def _bill(
    issuer: Issuer,
    month: date,
    rows: Sequence[Delivered],
    terms: OnAccount | None,
    day: date,
    organisation: Organisation | None = None,
) -> Bill:
    body = organisation or rows[0].order.organisation
    assert body is not None
    terms = terms or OnAccount(issuer=issuer, organisation=body)
    on_bill, apart = fit(ready(rows))
    if apart and (too_much := _beyond_its_invoice(apart)):
        rows = [replace(row, why="no-invoice-left") if row in too_much else row for row in rows]
        apart = [row for row in apart if row not in too_much]
    paper = _paper(issuer, terms, month, day)
    missing = documents.controls(body, issuer) if on_bill or apart else []
    return Bill(
        issuer, body, month, rows, on_bill, apart, terms, paper, _came(issuer, terms, on_bill), missing
    )


def _came(issuer: Issuer, terms: OnAccount, on_bill: Sequence[Delivered]) -> Reckoned | None:
    if not on_bill:
        return None
    lines = [line_of(row) for row in on_bill]
    # The prices were promised with VAT: stamp duty is the issuer's.
    return reckon(lines, with_vat=True, stamp=stamp_of(issuer, "borne"), split=terms.split)


def _paper(issuer: Issuer, terms: OnAccount, month: date, day: date) -> Paper:
    asked = Asked(terms.order_ref, terms.cig, terms.cup) if terms.order_ref else None
    cause = CAUSE.say("it", month=MONTH_NAMES[month.month - 1].say("it"), year=month.year)
    return Paper(
        type_of(issuer, month, day),
        reasons=[cause],
        method="account",
        due_on=due_on(terms, day, month),
        asked=asked,
    )


def wish_of(bill: Bill) -> Wish:
    """The bill as the office would write it: by it the SdI's controls are asked before a number is drawn."""
    lines = [line_of(row) for row in bill.on_bill]
    return Wish(
        bill.issuer, Document.Kind.INVOICE, bill.organisation, lines, bill.paper, "borne", bill.terms.split
    )


def by_document(apart: Sequence[Delivered]) -> dict[Document, list[Delivered]]:
    """Credits by the bill that they make less."""
    found: dict[Document, list[Delivered]] = {}
    for row in apart:
        corrects = row.order.corrects
        assert corrects is not None
        assert corrects.bill is not None
        found.setdefault(corrects.bill, []).append(row)
    return found


def credited(rows: Sequence[Delivered]) -> dict[Sold, Money]:
    """What these credits come to at each rate, above nothing."""
    found: dict[Sold, Money] = defaultdict(lambda: ZERO)
    for row in rows:
        found[_sold(row)] -= row.line.gross
    return dict(found)


def _beyond_its_invoice(apart: Sequence[Delivered]) -> list[Delivered]:
    """Credits of documents of which less is left: the office has credited them by hand."""
    return [
        row
        for document, rows in by_document(apart).items()
        if documents.credits_left(document, credited(rows)) is None
        for row in rows
    ]
