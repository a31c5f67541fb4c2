"""The month's report for whoever manages: how the house was used, on paper; mailed once, when the month is over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.template.loader import render_to_string
from django.utils.translation import override

from billing.books.figures import Row, figure_rows
from billing.papers import pdf
from billing.papers.messages import reader
from booking.judging.rule_words import MONTH_NAMES
from booking.measuring import tally
from booking.measuring.demand import Unmet, unmet
from booking.measuring.figures import FIGURES, PEOPLE, Figure, bookings_by_month
from booking.measuring.insight import FEWEST, Cut, Scope, of_others, scope, weekday_name
from booking.measuring.tally import ATTENDED, BOOKED, OPENED, Days
from booking.models import MailPreference
from booking.telling.preferences import wants
from core import mail, outbox
from core.clock import ITALY, now
from core.money import Money
from core.periods import local_date
from core.words import ENGLISH, Words
from people.models import Person, Role
from people.roles import Standing, standing

IN_TIME = 7  # days of the next month: later a report is no news, and nobody new is sent an old one
KIND = "monthly-report"
SHADES = 4
LABELS = {
    "title": Words("Rapporto del mese", "Report of the month"),
    "this": Words("Nel mese", "This month"),
    "before": Words("Il mese prima", "The month before"),
    "year": Words("Un anno prima", "A year before"),
    "figure": Words("Numero", "Figure"),
    "opened": Words("Ore aperte", "Hours opened"),
    "booked": Words("Ore prenotate, su quelle aperte", "Hours booked, out of those opened"),
    "attended": Words("Ore frequentate, su quelle prenotate", "Hours attended, out of those booked"),
    "revenue": Words("Ricavi netti", "Net takings"),
    "per_hour": Words("Ricavi netti per ora aperta", "Net takings per hour opened"),
    "figures": Words("I numeri", "The figures"),
    "resources": Words("Per risorsa", "By resource"),
    "resource": Words("Risorsa", "Resource"),
    "bookings": Words("Prenotazioni", "Bookings"),
    "week": Words(
        "La settimana: quota prenotata delle ore aperte", "The week: part booked of the hours opened"
    ),
    "day": Words("Giorno", "Day"),
    "unmet": Words("Cercato invano", "Wanted in vain"),
    "unmet_say": Words(
        "Ricerche senza esito e tentativi rifiutati, senza nomi; solo ciò che almeno {fewest} persone hanno cercato allo stesso modo.",
        "Searches without a result and attempts refused, without names; only what at least {fewest} people wanted alike.",
    ),
    "others": Words("Gli altri partner", "The other partners"),
    "partner": Words("Partner", "Partner"),
    "nothing": Words(
        "In questo mese niente di vostro era aperto.", "Nothing of yours was open in this month."
    ),
}
SUBJECT = Words("Il rapporto di {month}", "The report of {month}")
LETTER = [
    Words(
        "Ciao {name}, ecco come è andata la casa in {month}: il rapporto è allegato.",
        "Hello {name}, here is how the house did in {month}: the report is attached.",
    ),
    Words("Tutto il resto, giorno per giorno, è alla pagina.", "All the rest, day by day, is on the page."),
]
LOOK = Words("Guarda i numeri", "Look at the figures")


def last_month() -> date:
    """The first day of the month that is over."""
    return local_date(now(), ITALY).replace(day=1) - relativedelta(months=1)


@outbox.every(timedelta(hours=1), "billing.monthly_reports")
def sweep() -> None:
    """In the first week of a month whoever manages for a partner will have the report of the one before; once."""
    if local_date(now(), ITALY).day > IN_TIME:
        return
    month = last_month().isoformat()
    managers = Role.objects.filter(kind=Role.Kind.MANAGER, person__is_active=True)
    for pk in managers.order_by().values_list("person_id", flat=True).distinct():
        outbox.put(
            "billing.monthly_report", {"person": str(pk), "month": month}, key=f"monthly-report:{pk}:{month}"
        )


@outbox.handler("billing.monthly_report")
def send(payload: dict[str, Any]) -> None:
    """A manager has the report by mail, if they want it and anything is theirs to read."""
    person, month = Person.objects.get(pk=payload["person"]), date.fromisoformat(payload["month"])
    if not wants(person, MailPreference.Kind.REPORT) or not scope(standing(person), Cut()).resources:
        return
    mail.write(
        reader(person),
        SUBJECT,
        LETTER,
        link=(LOOK, f"/insight?from={month}&to={month + relativedelta(months=1)}"),
        attachments=[{"kind": KIND, "id": str(person.pk), "month": month.isoformat()}],
        key=f"monthly-report:{person.pk}:{month}",
        name=person.name,
        month=month_name(month, person.language),
    )


@mail.attacher(KIND)
def attach(ref: dict[str, Any]) -> mail.Attachment | None:
    """The report as its reader may see it when the letter leaves."""
    person, month = Person.objects.get(pk=UUID(ref["id"])), date.fromisoformat(ref["month"])
    return f"{month:%Y-%m}.pdf", draw(standing(person), month, person.language), "application/pdf"


def month_name(month: date, language: str) -> str:
    return f"{MONTH_NAMES[month.month - 1].say(language)} {month.year}"


def draw(has: Standing, month: date, language: str) -> bytes:
    """A month as this standing may see it, as a tagged PDF; the same figures give the same bytes."""
    page = page_of(has, month, language)
    return pdf.render(page, hashlib.sha256(page.encode()).hexdigest())


def page_of(has: Standing, month: date, language: str) -> str:
    """The report as HTML, in a language."""
    with override(language):
        return render_to_string("billing/monthly_report.html", _told(has, month, language))


def _month(first: date) -> Days:
    return Days(first, first + relativedelta(months=1))


def _told(has: Standing, month: date, language: str) -> dict[str, Any]:
    of, days = scope(has, Cut()), _month(month)
    wanted = unmet(of, days, whole=True, any_kind=True)
    return {
        "language": language,
        "say": {
            name: words.say(language, **({"fewest": FEWEST} if name == "unmet_say" else {}))
            for name, words in LABELS.items()
        },
        "month": month_name(month, language),
        "made": f"{days.last - timedelta(days=1)}",
        "partners": sorted(set(of.partners.values())),
        "figures": _figures(of, month, language) if of.resources else [],
        "resources": [_resource(row, language) for row in figure_rows(of, days, "resource")],
        "week": _week(of, days),
        "unmet": _wanted(of, wanted),
        "others": [
            (o.partner.short_name, _hours(o.opened, language), _part(o.booked, o.opened, language))
            for o in of_others(has, days, bookings_by_month)
        ],
    }


def _figures(of: Scope, month: date, language: str) -> list[tuple[str, list[str]]]:
    """Each figure of this month, the one before and the same of last year."""
    months = (month, month - relativedelta(months=1), month - relativedelta(years=1))
    rows = [figure_rows(of, _month(first), "none")[0] for first in months]

    def line(label: Words, cell: Callable[[Row], str]) -> tuple[str, list[str]]:
        return label.say(language), [cell(row) for row in rows]

    def hours(name: str, measure: str, out_of: str) -> tuple[str, list[str]]:
        return line(
            LABELS[name], lambda row: _part(row.minutes.get(measure, 0), row.minutes.get(out_of, 0), language)
        )

    def count(name: str, figure: Figure) -> tuple[str, list[str]]:
        return line(figure.name, lambda row: _count(row, name, figure.of))

    return [
        line(LABELS["opened"], lambda row: _hours(row.minutes.get(OPENED, 0), language)),
        hours("booked", BOOKED, OPENED),
        hours("attended", ATTENDED, BOOKED),
        *(count(name, figure) for name, figure in {**FIGURES, **PEOPLE}.items() if name != "stood"),
        line(LABELS["revenue"], lambda row: _money(row.revenue, language)),
        line(LABELS["per_hour"], lambda row: _money(row.per_hour, language)),
    ]


def _count(row: Row, name: str, out_of: str) -> str:
    numbers = row.counts.numbers if row.counts else {}
    many = numbers.get(name, 0)
    return str(many) if out_of == name else f"{many} / {numbers.get(out_of, 0)}"


def _money(amount: Money | None, language: str) -> str:
    return "–" if amount is None else pdf.money(amount.cents, language)


def _hours(minutes: int | None, language: str) -> str:
    """90 as 1,5 h or 1.5 h."""
    if minutes is None:
        return "–"
    text = f"{minutes / 60:,.1f}".removesuffix(".0")
    if language != ENGLISH:
        text = text.replace(",", " ").replace(".", ",").replace(" ", ".")
    return f"{text} h"


def _part(part: int | None, whole: int | None, language: str) -> str:
    """A ratio with both its numbers; – where there is nothing to be a part of."""
    if part is None or not whole:
        return "–"
    return f"{round(100 * part / whole)}% ({_hours(part, language)} / {_hours(whole, language)})"


def _resource(row: Row, language: str) -> tuple[str, str, str, str]:
    return (
        row.name,
        _part(row.minutes.get(BOOKED, 0), row.minutes.get(OPENED, 0), language),
        _count(row, "bookings", "bookings"),
        _money(row.revenue, language),
    )


def _week(of: Scope, days: Days) -> dict[str, Any]:
    """Weekdays down and hours across: the part booked, in words and as a shade; nothing where nothing was open."""
    found = tally.by_hour(of.ids, days, (OPENED, BOOKED))
    opened = {place: m[OPENED] for place, m in found.items() if m.get(OPENED)}
    across = sorted({hour for _, hour in opened})

    def cell(day: int, hour: int) -> tuple[str, int]:
        whole = opened.get((day, hour), 0)
        part = min(1.0, found.get((day, hour), {}).get(BOOKED, 0) / whole) if whole else 0.0
        return (f"{round(100 * part)}%" if whole else "", round(part * SHADES))

    return {
        "hours": [f"{hour:02}" for hour in across],
        "days": [(weekday_name(day), [cell(day, hour) for hour in across]) for day in range(1, 8)]
        if across
        else [],
    }


def _wanted(of: Scope, found: Unmet) -> list[tuple[str, int]]:
    names = {r.pk: r.name for r in of.resources}
    most: Iterable[tuple[UUID, int]] = sorted(found.resources.items(), key=lambda row: (-row[1], str(row[0])))
    return [(names[pk], many) for pk, many in most][:10]
