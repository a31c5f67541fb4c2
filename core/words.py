"""A sentence in both languages, side by side, so that neither can be forgotten (docs/adr/0002)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

ITALIAN, ENGLISH = "it", "en"


def language() -> str:
    """The language of whoever reads now: `it` or `en`."""
    return ENGLISH if (get_language() or ITALIAN).startswith(ENGLISH) else ITALIAN


@dataclass(frozen=True, slots=True)
class Words:
    """The same sentence in Italian and English; `{names}` are filled by `say`."""

    it: str
    en: str

    def say(self, into: str | None = None, **data: Any) -> str:
        """The sentence in a language (default: the reader's), filled; a value that is Words is said too."""
        chosen = into or language()
        spoken = {k: v.say(chosen) if isinstance(v, Words) else v for k, v in data.items()}
        return (self.en if chosen == ENGLISH else self.it).format(**spoken)

    def __str__(self) -> str:
        return self.say()


UNITS = {
    "minutes": (Words("minuto", "minute"), Words("minuti", "minutes")),
    "hours": (Words("ora", "hour"), Words("ore", "hours")),
    "days": (Words("giorno", "day"), Words("giorni", "days")),
    "working_days": (Words("giorno lavorativo", "working day"), Words("giorni lavorativi", "working days")),
}


def so_many(count: int, unit: str) -> Words:
    """A count with its unit, one or several of it: "1 giorno", "3 days"."""
    word = UNITS[unit][count != 1]
    return Words(f"{count} {word.it}", f"{count} {word.en}")


def so_long(minutes: int) -> Words:
    """A length as people say it: in minutes when it is under two hours, else in hours, a part of one counting whole."""
    return so_many(minutes, "minutes") if minutes < 120 else so_many(-(-minutes // 60), "hours")
