"""The sponsor's report on paper: the same rows as PDF and as XLSX, drawn when asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import FileResponse
from django.template.loader import render_to_string

from billing.budgets.programmes import Used
from billing.models import Measure, Programme
from billing.papers import pdf
from billing.papers.pdf import money
from core import tables
from core.clock import now
from core.money import total
from core.periods import local_date
from core.tables import Column, Kind, Table
from core.words import Words, language

LABELS = {
    "title": Words("Rapporto sul programma", "Report on the programme"),
    "sponsor": Words("Ente finanziatore", "Sponsor"),
    "venue": Words("Sede", "Venue"),
    "period": Words("Periodo", "Period"),
    "made": Words("Situazione al", "As of"),
    "left": Words("Resta", "Left"),
    "given": Words("su", "of"),
    "who": Words("Chi", "Who"),
    "what": Words("Che cosa", "What"),
    "when": Words("Quando", "When"),
    "hours": Words("Ore", "Hours"),
    "value": Words("Valore di listino", "List value"),
    "paid": Words("A carico del programma", "Paid by the programme"),
    "outcome": Words("Esito", "Outcome"),
    "outcomes": Words("Esiti", "Outcomes"),
    "total": Words("Totale", "Total"),
    "empty": Words("Finora nessuno ha usato il programma.", "Nobody has used the programme so far."),
    "hidden": Words(
        "Il programma non prevede nomi: i beneficiari sono indicati con un numero.",
        "The programme shows no names: beneficiaries are told by a number.",
    ),
}
UNITS = {
    Measure.MINUTES: Words("ore", "hours"),
    Measure.DAYS: Words("giorni", "days"),
    Measure.ENTRIES: Words("ingressi", "entries"),
}


def hours(minutes: int, into: str) -> str:
    """90 as 1,5 or 1.5."""
    text = f"{minutes / 60:.2f}".rstrip("0").rstrip(".")
    return text if into == "en" else text.replace(".", ",")


def counted(units: int, unit: str, into: str) -> str:
    """So much of a budget, in words."""
    if unit == Measure.CENTS:
        return money(units, into)
    said = hours(units, into) if unit == Measure.MINUTES else str(units)
    return f"{said} {UNITS[Measure(unit)].say(into)}"


def xlsx(programme: Programme, used: Sequence[Used]) -> FileResponse:
    """The rows with real dates and amounts, and their totals."""
    zone = programme.venue.zone
    columns = [
        Column(LABELS["who"]),
        Column(LABELS["what"]),
        Column(LABELS["when"], Kind.INSTANT),
        Column(LABELS["hours"], Kind.NUMBER, summed=True),
        Column(LABELS["value"], Kind.MONEY, summed=True),
        Column(LABELS["paid"], Kind.MONEY, summed=True),
        Column(LABELS["outcome"]),
    ]
    rows = [(u.who, u.what, u.start, Decimal(u.minutes) / 60, u.value, u.paid, u.outcome) for u in used]
    found = tables.download(Table(programme.name, columns, rows, zone), "xlsx")
    assert isinstance(found, FileResponse)
    return found


def pdf_of(programme: Programme, used: Sequence[Used]) -> bytes:
    """The report as a tagged PDF in the reader's language."""
    told = _told(programme, used, language())
    page = render_to_string("billing/programme.html", told)
    return pdf.render(page, hashlib.sha256(page.encode()).hexdigest())


def _told(programme: Programme, rows: Sequence[Used], into: str) -> dict[str, Any]:
    zone = programme.venue.zone
    outcomes = {row.who: row.outcome for row in rows if row.outcome}
    last = programme.until_on - timedelta(days=1)
    return {
        "language": into,
        "say": {name: words.say(into) for name, words in LABELS.items()},
        "name": programme.name,
        "text": programme.text,
        "sponsor": programme.sponsor.name,
        "venue": programme.venue.name,
        "hides_names": programme.hides_names,
        "from_on": pdf.day(programme.from_on.isoformat(), into),
        "last_on": pdf.day(last.isoformat(), into),
        "made_on": pdf.day(local_date(now(), zone).isoformat(), into),
        "made": local_date(now(), zone).isoformat(),
        "budgets": [
            {"name": b.name, "left": counted(b.left, b.unit, into), "given": counted(b.given, b.unit, into)}
            for b in programme.budgets.order_by("pk")
        ],
        "rows": [
            {
                "who": row.who,
                "what": row.what,
                "when": f"{row.start.astimezone(zone):%d/%m/%Y %H:%M}",
                "hours": hours(row.minutes, into),
                "value": money(row.value.cents, into),
                "paid": money(row.paid.cents, into),
            }
            for row in rows
        ],
        "outcomes": sorted(outcomes.items()),
        "total_hours": hours(sum(row.minutes for row in rows), into),
        "total_value": money(total(row.value for row in rows).cents, into),
        "total_paid": money(total(row.paid for row in rows).cents, into),
    }
