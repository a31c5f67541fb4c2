"""What partners paid for each other: entered one by one, or read from a table; never into a month that is closed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from billing.models import CostItem, Settlement
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Invalid, Pointer
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.money import Money
from core.words import Words
from people.models import Partner, Person

K = CostItem.Kind
MOST = 1000
COLUMNS = (
    "kind", "on", "net", "paid_by", "owed_by", "category", "supplier", "document", "document_on", "description",
)  # fmt: skip
CLOSED_MONTH = Words("Il mese è chiuso: va nel prossimo.", "The month is closed: it goes into the next.")
STRANGER = Words("Non è un partner di questo raggruppamento.", "Not a partner of this consortium.")
WHO = Words("Si dica chi deve, ed è un altro.", "Say who owes it, and it is somebody else.")
NOBODY = Words("Un costo comune lo devono tutti.", "A common cost is owed by all.")
TWICE = Words("Questo documento c'è già.", "This document is there already.")
UNREADABLE = Words("Riga {n}: {column} non si legge.", "Row {n}: {column} cannot be read.")
COLUMN = Words("Manca la colonna {column}.", "There is no column {column}.")


@dataclass(frozen=True, slots=True)
class NewCost:
    """What somebody enters; `owed_by` is empty for a common cost, and for one that its resource's takings pay back."""

    kind: str
    on: date
    net: Money
    paid_by: UUID
    owed_by: UUID | None = None
    category: str = ""
    supplier: str = ""
    document: str = ""
    document_on: date | None = None
    description: str = ""
    resource: UUID | None = None


def faults_of(cost: NewCost, partners: set[UUID]) -> list[tuple[str, str, Words]]:
    """(field, code, sentence) of what is wrong with a cost; pure."""
    found = []
    if cost.paid_by not in partners:
        found.append(("paid_by_id", "unknown", STRANGER))
    if cost.owed_by is not None and cost.owed_by not in partners:
        found.append(("owed_by_id", "unknown", STRANGER))
    if cost.kind == K.COMMON and cost.owed_by is not None:
        found.append(("owed_by_id", "of-all", NOBODY))
    repaid = cost.kind == K.DIRECT and cost.resource is not None
    if cost.kind != K.COMMON and not repaid and cost.owed_by in (None, cost.paid_by):
        found.append(("owed_by_id", "required", WHO))
    return found


@act
def enter(by: Person, consortium_id: UUID, cost: NewCost) -> CostItem:
    """The cost is in the books. Raises Invalid with a pointer where it is wrong, of a closed month, or there already."""
    return _enter(by, consortium_id, [cost])[0]


@act
def enter_all(by: Person, consortium_id: UUID, costs: Sequence[NewCost]) -> CostItem | None:
    """These costs of a table are in the books, all or none; returns the first. Raises Invalid, with the row in each
    pointer (`/rows/0/on`)."""
    made = _enter(by, consortium_id, costs, "/rows/")
    return made[0] if made else None


def _enter(by: Person, consortium_id: UUID, costs: Sequence[NewCost], at: str = "") -> list[CostItem]:
    partners = set(Partner.objects.filter(consortium=consortium_id).values_list("pk", flat=True))
    wrong = [
        Pointer(f"{at and f'{at}{n}'}/{name}", code, words.say())
        for n, cost in enumerate(costs)
        for name, code, words in faults_of(cost, partners)
    ]
    months = {cost.on.replace(day=1) for cost in costs}
    settled = Settlement.objects.filter(consortium=consortium_id, first_on__in=months)
    lock_rows(Locks.MONTH, Settlement, settled.values_list("pk", flat=True))
    closed = set(settled.filter(state=Settlement.State.CLOSED).values_list("first_on", flat=True))
    wrong += [
        Pointer(f"{at and f'{at}{n}'}/on", "closed", CLOSED_MONTH.say())
        for n, cost in enumerate(costs)
        if cost.on.replace(day=1) in closed
    ]
    if wrong:
        raise Invalid(pointers=wrong)
    made, moment = [], now()
    for n, cost in enumerate(costs):
        try:
            with transaction.atomic():
                made.append(_write(by, consortium_id, cost, moment))
        except IntegrityError as error:
            raise Invalid(
                pointers=[Pointer(f"{at and f'{at}{n}'}/document", "twice", TWICE.say())]
            ) from error
    return made


def _write(by: Person, consortium_id: UUID, cost: NewCost, moment: datetime) -> CostItem:
    made = CostItem.objects.create(
        consortium_id=consortium_id, kind=cost.kind, on=cost.on, net=cost.net, paid_by_id=cost.paid_by,
        owed_by_id=cost.owed_by, category=cost.category, supplier=cost.supplier, document=cost.document,
        document_on=cost.document_on, description=cost.description, resource_id=cost.resource, made_by=by,
        made_at=moment,
    )  # fmt: skip
    record(by, "enter-cost", made, cents=cost.net.cents)
    return made


@act
def remove(by: Person, cost_id: UUID) -> None:
    """The cost is gone; of a closed month it stays. Raises IllegalMove."""
    cost = CostItem.objects.get(pk=cost_id)
    month = Settlement.objects.filter(consortium=cost.consortium_id, first_on=cost.on.replace(day=1))
    lock_rows(Locks.MONTH, Settlement, month.values_list("pk", flat=True))
    if month.filter(state=Settlement.State.CLOSED).exists():
        raise IllegalMove(state=CLOSED_MONTH.say())
    record(by, "remove-cost", cost, cents=cost.net.cents)
    cost.delete()


def read_table(text: str, consortium_id: UUID) -> list[NewCost]:
    """The costs of a CSV (comma or semicolon, first row the names of the columns; partners by short name, decimals with
    point or comma). Raises Invalid with a pointer for each cell that cannot be read."""
    names = dict(Partner.objects.filter(consortium=consortium_id).values_list("short_name", "pk"))
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=";" if ";" in first else ",")
    try:
        names_of_columns = list(rows.fieldnames or [])
    except csv.Error as error:
        raise Invalid(pointers=[Pointer("/csv", "unreadable", str(error))]) from error
    missing = [c for c in ("on", "net", "paid_by") if c not in names_of_columns]
    if missing:
        raise Invalid(pointers=[Pointer("/csv", "column", COLUMN.say(column=c)) for c in missing])
    found: list[NewCost] = []
    wrong: list[Pointer] = []
    for n, row in enumerate(_rows(rows)):
        cells = {c: (row.get(c) or "").strip() for c in COLUMNS}
        read, faults = _row(cells, names)
        wrong += [Pointer(f"/rows/{n}/{c}", "unreadable", UNREADABLE.say(n=n + 1, column=c)) for c in faults]
        if read is not None:
            found.append(read)
    if wrong:
        raise Invalid(pointers=wrong)
    return found


def _rows(rows: csv.DictReader[str]) -> list[dict[str, str]]:
    try:
        found = list(islice(rows, MOST + 1))
    except csv.Error as error:
        raise Invalid(pointers=[Pointer("/csv", "unreadable", str(error))]) from error
    if len(found) > MOST:
        raise Invalid(pointers=[Pointer("/csv", "too-many", "")])
    return found


LONGEST = {"category": 40, "supplier": 120, "document": 40, "description": 200}


def _row(cells: dict[str, str], names: dict[str, UUID]) -> tuple[NewCost | None, list[str]]:
    faults = [c for c, most in LONGEST.items() if len(cells[c]) > most]
    on, net = _day(cells["on"]), _money(cells["net"])
    document_on = _day(cells["document_on"])
    faults += ["on"] if on is None else []
    faults += ["net"] if net is None else []
    faults += ["document_on"] if cells["document_on"] and document_on is None else []
    faults += [c for c in ("paid_by", "owed_by") if cells[c] and cells[c] not in names]
    kind = cells["kind"] or K.COMMON
    faults += [] if kind in K.values else ["kind"]
    if faults or on is None or net is None or not cells["paid_by"]:
        return None, faults or ["paid_by"]
    words: dict[str, Any] = {c: cells[c] for c in LONGEST}
    return NewCost(
        kind, on, net, names[cells["paid_by"]], names.get(cells["owed_by"]), document_on=document_on, **words
    ), []


def _day(text: str) -> date | None:
    try:
        if "/" in text:
            day, month, year = (int(part) for part in text.split("/"))
            return date(year, month, day)
        return date.fromisoformat(text)
    except (ValueError, OverflowError):
        return None


def _money(text: str) -> Money | None:
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    try:
        amount = Decimal(text) * 100
    except ArithmeticError:
        return None
    if amount.is_nan() or not 0 < amount < 10**12 or amount != amount.to_integral_value():
        return None
    return Money(int(amount))
