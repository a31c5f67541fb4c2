"""The rule of a series in the words of people: on which days, at which hours, from when until when."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.words import ENGLISH, Words

MONDAY_FIRST = [
    Words("lunedì", "Monday"),
    Words("martedì", "Tuesday"),
    Words("mercoledì", "Wednesday"),
    Words("giovedì", "Thursday"),
    Words("venerdì", "Friday"),
    Words("sabato", "Saturday"),
    Words("domenica", "Sunday"),
]
POSITIONS = {
    1: Words("il primo ", "the first "),
    2: Words("il secondo ", "the second "),
    3: Words("il terzo ", "the third "),
    4: Words("il quarto ", "the fourth "),
    -1: Words("l'ultimo ", "the last "),
}
SKIPS = {
    "public_holidays": Words("giorni festivi esclusi", "public holidays left out"),
    "school_holidays": Words("vacanze scolastiche escluse", "school holidays left out"),
}
WHEN = Words("{days}, {start}–{end}, dal {first} al {last}", "{days}, {start}–{end}, from {first} to {last}")
NAMED = Words("{count} date scelte, {start}–{end}", "{count} chosen dates, {start}–{end}")
DAILY = (Words("ogni giorno", "every day"), Words("ogni {n} giorni", "every {n} days"))
WEEKLY = (
    Words("ogni {days}", "every {days}"),
    Words("{days}, ogni {n} settimane", "{days}, every {n} weeks"),
)
MONTHLY = (
    Words("{days} di ogni mese", "{days} of every month"),
    Words("{days}, ogni {n} mesi", "{days}, every {n} months"),
)
YEARLY = (
    Words("{day} {month} di ogni anno", "{day} {month} of every year"),
    Words("{day} {month}, ogni {n} anni", "{day} {month}, every {n} years"),
)
NIGHTS = (Words(" del giorno dopo", " the day after"), Words(" dopo {n} giorni", " {n} days later"))
MONTH_NAMES = [
    Words("gennaio", "January"),
    Words("febbraio", "February"),
    Words("marzo", "March"),
    Words("aprile", "April"),
    Words("maggio", "May"),
    Words("giugno", "June"),
    Words("luglio", "July"),
    Words("agosto", "August"),
    Words("settembre", "September"),
    Words("ottobre", "October"),
    Words("novembre", "November"),
    Words("dicembre", "December"),
]
THE_DAY = Words("il giorno {day}", "day {day}")
THE_LAST = Words("l'ultimo giorno", "the last day")
AND = Words(" e ", " and ")


def spell(asked: dict[str, Any], language: str) -> str:
    """The stored rule as a sentence; empty where it has been erased."""
    if not asked:
        return ""
    rule = asked["rule"]
    nights = rule.get("nights", 0)
    end = rule["end"] + (NIGHTS[nights > 1].say(language, n=nights) if nights else "")
    hours = {"start": rule["start"], "end": end}
    if rule["repeat"] == "dates":
        said = NAMED.say(language, count=len(rule["dates"]), **hours)
    else:
        ends = {
            "first": day_of(date.fromisoformat(rule["first_on"]), language),
            "last": day_of(date.fromisoformat(rule["last_on"]), language),
        }
        said = WHEN.say(language, days=_days(rule, language), **hours, **ends)
    skipped = [SKIPS[name].say(language) for name in rule["skip"] if name in SKIPS]
    said = ", ".join([said, *skipped])
    return said[:1].upper() + said[1:]


def _days(rule: dict[str, Any], language: str) -> str:
    n = rule["every"]
    names = AND.say(language).join(MONDAY_FIRST[day - 1].say(language) for day in rule["weekdays"])
    if rule["repeat"] == "daily":
        return DAILY[n > 1].say(language, n=n)
    if rule["repeat"] == "weekly":
        return WEEKLY[n > 1].say(language, n=n, days=names)
    if rule["repeat"] == "yearly":
        on = date.fromisoformat(rule["first_on"])
        return YEARLY[n > 1].say(language, n=n, day=on.day, month=MONTH_NAMES[on.month - 1].say(language))
    if rule["repeat"] == "monthly_by_weekday":
        days = POSITIONS[rule["position"]].say(language) + names
    elif rule["position"] == -1:
        days = THE_LAST.say(language)
    else:
        days = THE_DAY.say(language, day=rule["position"] or date.fromisoformat(rule["first_on"]).day)
    return MONTHLY[n > 1].say(language, n=n, days=days)


def day_of(day: date, language: str) -> str:
    """A day in figures, as the language writes it: 12/01/2027, or 12 Jan 2027."""
    return f"{day:%d/%m/%Y}" if language != ENGLISH else f"{day.day} {MONTHS[day.month - 1]} {day.year}"


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
