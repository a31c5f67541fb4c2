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
