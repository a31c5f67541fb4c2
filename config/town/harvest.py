"""The rows of the town, gathered one by one and written in bulk."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Model

from billing.models import (
    Checkout,
    Document,
    DocumentLine,
    DocumentRate,
    Entry,
    NumberCounter,
    Order,
    OrderLine,
    Payment,
    Refund,
    Revision,
)
from booking.codes import ALPHABET
from booking.models import Booking, Item


@dataclass
class Harvest:
    """Rows by model, written at the end, each model in one go."""

    rows: dict[type[Model], list[Any]] = field(default_factory=lambda: defaultdict(list))
    claims: list[tuple[Any, ...]] = field(default_factory=list)
    past: list[tuple[Any, ...]] = field(default_factory=list)

    codes: set[str] = field(default_factory=set)

    def code(self, chance: random.Random) -> str:
        """A code that no other booking of the town has."""
        while (code := "".join(chance.choice(ALPHABET) for _ in range(6))) in self.codes:
            continue
        self.codes.add(code)
        return code

    def add(self, *rows: Model) -> None:
        for row in rows:
            self.rows[type(row)].append(row)

    def write(self) -> None:
        order: list[type[Model]] = [
            Booking,
            Item,
            Order,
            OrderLine,
            Checkout,
            Payment,
            Refund,
            NumberCounter,
            Document,
            DocumentLine,
            DocumentRate,
            Revision,
            Entry,
        ]
        for model in order:
            model._default_manager.bulk_create(self.rows[model], batch_size=2000)
        claims = sorted(self.claims, key=lambda c: (c[0], c[1].lower))
        _copy("booking_claim (unit_id, during, kind, until, item_id)", claims)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence('booking_claim', 'id')) FROM generate_series(1, %s)",
                [len(self.past)],
            )
            ids = [row[0] for row in cursor.fetchall()]
        _copy(
            "booking_claim_past (id, unit_id, during, kind, until, item_id)",
            [(pk, *row) for pk, row in zip(ids, self.past, strict=True)],
        )


def _copy(into: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as out:
        for row in rows:
            out.write_row(row)
