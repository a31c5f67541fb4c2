"""Whose documents somebody was shown, as the log keeps it; one's own, and one's organisations', are no news."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from billing.models import Document, Issuer
from billing.papers.registers import within
from billing.paying.debts import debts
from core import audit
from core.ids import encode
from people.models import Person
from people.roles import standing


def sight(document: Document) -> audit.Sight:
    """What the log keeps of a document that was shown."""
    return audit.Sight(encode("doc", document.pk), document.issuer.partner_id, document.person_id)


def looked_at(person: Person, documents: Iterable[Document]) -> None:
    """The log says whose documents were shown."""
    own = standing(person).delegate_of
    others = [d for d in documents if d.person_id != person.pk and d.organisation_id not in own]
    audit.saw(person, "customers", [sight(d) for d in others])


def took_along(person: Person, documents: QuerySet[Document]) -> None:
    """The log says whose documents left in a file; bare values, for they may be a hundred thousand."""
    own = standing(person).delegate_of
    rows = documents.order_by().values_list("pk", "issuer__partner_id", "person_id", "organisation_id")
    audit.saw(
        person,
        "customers",
        [
            audit.Sight(encode("doc", pk), partner, whose)
            for pk, partner, whose, body in rows.iterator(chunk_size=2000)
            if whose != person.pk and body not in own
        ],
    )


def read_register(
    person: Person, issuer: Issuer, first: date, until: date, rows: Sequence[Sequence[Any]] | None = None
) -> None:
    """The log says whom a register of these days named: by the numbers of documents in the `rows` shown; without rows
    (a file, or a register that names payers by their payments), all of those days."""
    found = Document.objects.filter(issuer=issuer)
    if rows is not None:
        cells = {part for row in rows for cell in row if isinstance(cell, str) for part in cell.split(", ")}
        took_along(person, found.filter(number__in=cells))
        return
    paid = within("payment__captured_at", first, until)
    took_along(person, found.filter(Q(issued_on__gte=first, issued_on__lt=until) | paid))


def read_debts(person: Person, issuer: Issuer) -> None:
    """The log says whose debts were shown, all that are open."""
    audit.saw(
        person,
        "debts",
        [
            audit.Sight(debt.public, issuer.partner_id, debt.person.pk if debt.person else None)
            for debt in debts(issuer)
        ],
    )
