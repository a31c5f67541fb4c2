"""Nothing on the configuration pages, and no state that a sentence names, is left in English for an Italian."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("core", "people", "spaces", "equipment", "booking", "community", "billing", "config")
FOLDER = ROOT / "config" / "locale" / "it" / "LC_MESSAGES"
MARKS = {"_", "gettext", "gettext_lazy"}


def marked() -> set[str]:
    """Every literal that the code marks for translation."""
    files = [file for app in APPS for file in (ROOT / app).rglob("*.py") if "migrations" not in file.parts]
    calls = [
        node for file in files for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)
    ]
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in MARKS
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def written() -> dict[str, str]:
    """The catalogue as people edit it."""
    text = re.sub(r'"\n"', "", (FOLDER / "django.po").read_text())
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', text, re.M)
    return {said.replace('\\"', '"'): meant.replace('\\"', '"') for said, meant in pairs}


def compiled() -> dict[str, str]:
    """The catalogue as Django reads it; committed, for a fresh machine has no gettext."""
    with (FOLDER / "django.mo").open("rb") as file:
        found = gettext.GNUTranslations(file)
    return {said: found.gettext(said) for said in found._catalog if said}  # type: ignore[attr-defined]


def test_every_marked_word_has_its_italian():
    words = written()
    assert len(marked()) > 150
    assert marked() - {said for said, meant in words.items() if meant} == set()


def test_no_word_is_translated_for_nobody():
    assert set(written()) - marked() == set()


def test_what_django_reads_is_what_people_wrote():
    assert compiled() == written(), "run msgfmt on config/locale/it/LC_MESSAGES/django.po"
