"""Every error code has a page, in the docs and on the site, and both say what the code says."""

import pytest
from django.test import Client

from config.management.commands.problem_pages import FOLDER, page
from core.errors import CATALOGUE


def test_the_docs_have_a_page_for_every_code_and_for_no_other():
    assert {path.stem for path in FOLDER.glob("*.md")} == set(CATALOGUE)


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_a_page_says_what_the_code_says(code):
    assert (FOLDER / f"{code}.md").read_text() == page(CATALOGUE[code])
    shown = Client().get(f"/problems/{code}").content.decode()
    assert CATALOGUE[code].title.it in shown
    assert CATALOGUE[code].title.en in shown


def test_both_languages_are_there_and_are_two():
    for error in CATALOGUE.values():
        assert error.sentence.it
        assert error.sentence.en
        assert error.sentence.it != error.sentence.en
