"""`manage.py problem_pages`: a page in docs/problems/ for every error code, from the code itself."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core.errors import CATALOGUE, DomainError
from core.problems import status_of

FOLDER = settings.BASE_DIR / "docs" / "problems"


def page(error: type[DomainError]) -> str:
    """The page of one error: its number, and what it says in both languages."""
    return (
        f"# {error.code}\n\nHTTP {status_of(error)}\n\n"
        f"**{error.title.en}.** {error.sentence.en}\n\n**{error.title.it}.** {error.sentence.it}\n"
    )


class Command(BaseCommand):
    help = "Writes docs/problems/ anew."

    def handle(self, *args: Any, **options: Any) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for old in FOLDER.glob("*.md"):
            old.unlink()
        for code, error in sorted(CATALOGUE.items()):
            (FOLDER / f"{code}.md").write_text(page(error))
