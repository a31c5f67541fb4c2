"""A message leaves once; a worker that dies around the server costs at most one repetition, under the same name."""

import pytest
from django.core import mail as sent
from django.core.mail import EmailMultiAlternatives

from core import mail, outbox
from core.mail import Reader
from core.models import Mail
from core.words import Words

pytestmark = pytest.mark.django_db(transaction=True)
READER = Reader(None, "ada@example.org", "en")


class Died(BaseException):
    """A process that is killed: nothing of ours catches it."""


def write(key="one"):
    mail.write(
        READER, Words("Ciao {name}", "Hello {name}"), [Words("Testo", "Text")], key=key, name="Ada\r\nBcc: x"
    )


def test_it_is_in_the_reader_s_language_and_on_one_line():
    write()
    outbox.drain()
    (message,) = sent.outbox
    assert (message.subject, message.body) == ("Hello Ada Bcc: x", "Text")


def test_a_key_is_one_message():
    write()
    write()
    outbox.drain()
    assert len(sent.outbox) == 1


def test_a_task_that_runs_twice_sends_once():
    write()
    payload = {"mail": str(Mail.objects.get().pk)}
    mail.send(payload)
    mail.send(payload)
    assert len(sent.outbox) == 1


def test_a_worker_that_dies_after_the_server_sends_again_under_the_same_name(monkeypatch):
    write()
    payload = {"mail": str(Mail.objects.get().pk)}
    leave = EmailMultiAlternatives.send

    def leave_and_die(self):
        leave(self)
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(EmailMultiAlternatives, "send", leave_and_die)
        with pytest.raises(Died):
            mail.send(payload)
    assert Mail.objects.get().state == Mail.State.SENDING
    mail.send(payload)
    mail.send(payload)
    names = [message.extra_headers["Message-ID"] for message in sent.outbox]
    assert len(names) == 2
    assert len(set(names)) == 1


def test_after_two_deaths_it_is_given_up_and_not_sent_a_third_time(monkeypatch):
    write()
    payload = {"mail": str(Mail.objects.get().pk)}

    def die(self):
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(EmailMultiAlternatives, "send", die)
        for _ in range(2):
            with pytest.raises(Died):
                mail.send(payload)
    mail.send(payload)
    assert (Mail.objects.get().state, sent.outbox) == (Mail.State.FAILED, [])


def test_a_server_that_is_away_costs_nothing_but_time(monkeypatch):
    write()
    payload = {"mail": str(Mail.objects.get().pk)}

    def refuse(self):
        raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr(EmailMultiAlternatives, "send", refuse)
        for _ in range(5):
            with pytest.raises(ConnectionRefusedError):
                mail.send(payload)
    mail.send(payload)
    assert len(sent.outbox) == 1
