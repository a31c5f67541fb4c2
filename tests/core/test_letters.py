"""How a message looks: the same words as its text, on a page that fetches nothing and lets nothing in."""

from html.parser import HTMLParser

import pytest

from core import mail, outbox
from core.mail import Reader
from core.models import Mail
from core.words import Words

pytestmark = pytest.mark.django_db(transaction=True)
READER = Reader(None, "ada@example.org", "en")


class Page(HTMLParser):
    """The words that a reader sees, and the addresses that a program would follow or fetch."""

    def __init__(self, html):
        super().__init__()
        self.words, self.followed, self.fetched, self.tags = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name == "href":
                self.followed.append(value)
            if name in ("src", "background", "srcset", "data", "poster"):
                self.fetched.append(value)

    def handle_data(self, data):
        if self.tags[-1:] != ["style"]:
            self.words.append(data)


def written(*paragraphs, link=None, **data):
    mail.write(READER, Words("Ciao", "Hello {name}"), paragraphs, link=link, name="Ada", **data)
    return Mail.objects.get()


def test_it_says_in_html_what_it_says_in_text(settings):
    settings.SITE_URL = "https://town.example"
    made = written(Words("Uno", "One"), Words("Due", "Two"), link=(Words("Apri", "Open"), "/bookings/bkg_1"))
    page = Page(made.html)
    said = " ".join("".join(page.words).split())
    for words in ("Hello Ada", "One", "Two", "Open", "https://town.example/bookings/bkg_1"):
        assert words in said
    assert page.followed == ["https://town.example/bookings/bkg_1", "https://town.example/me"]


def test_it_fetches_nothing():
    page = Page(written(Words("Uno", "One")).html)
    assert page.fetched == []
    assert not {"img", "script", "link", "iframe"} & set(page.tags)
    assert "url(" not in Mail.objects.get().html


def test_what_a_person_wrote_is_words_and_no_page():
    made = written(Words("{why}", "{why}"), why='<img src="https://elsewhere.example/x"> & so on\nnext line')
    page = Page(made.html)
    assert "img" not in page.tags
    assert '<img src="https://elsewhere.example/x"> & so on' in "".join(page.words)
    assert page.tags.count("br") == 1


def test_it_is_in_the_reader_s_language_to_the_last_line():
    mail.write(Reader(None, "carla@example.org", "it"), Words("Ciao", "Hello"), [Words("Uno", "One")])
    made = Mail.objects.get()
    assert '<html lang="it">' in made.html
    assert "Scegli quali messaggi ricevere" in made.html
    assert "Choose" not in made.html


def test_it_leaves_as_both(mailoutbox):
    written(Words("Uno", "One"))
    outbox.drain()
    (message,) = mailoutbox
    (html,) = [content for content, kind in message.alternatives if kind == "text/html"]
    assert html == Mail.objects.get().html
    assert message.body == "One"
