"""How an electronic invoice reaches the SdI: downloaded and uploaded by people, or handed to a channel that brings it.

One interface: an intermediary is a class with these two functions, and a line in `CHANNELS`.
"""

from __future__ import annotations

import smtplib
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from billing.models import Issuer
from billing.papers.fatturapa import sender_of
from core.errors import Reason
from core.mail import one_line
from core.words import Words

NO_MAILBOX = Words("l'emittente non ha una casella PEC", "the issuer has no certified mailbox")
NO_SERVER = Words(
    "il server della casella {mailbox} non è configurato (PEC_SERVERS)",
    "the server of the mailbox {mailbox} is not configured (PEC_SERVERS)",
)

NO_INTERMEDIARY = Words(
    "per l'emittente {code} non è configurato un intermediario (INTERMEDIARIES)",
    "no intermediary is configured for the issuer {code} (INTERMEDIARIES)",
)
ANSWERS_WITHIN = 30  # seconds
MOST_SAID = 400


class Letter(NamedTuple):
    """A file on its way: its name as the SdI wants it, its bytes, and an id that is its own for ever."""

    file_name: str
    content: bytes
    message_id: str


class NotTaken(Exception):
    """It is certain that nothing has left."""


class Channel(Protocol):
    signs: bool  # whether it signs what public bodies have to be sent signed

    def against(self, issuer: Issuer) -> Reason | None:
        """Why this issuer cannot send by it now; None if it can."""

    def hand_over(self, issuer: Issuer, letter: Letter) -> str:
        """The letter has left; returns to whom. Raises NotTaken; after any other error nobody knows whether it left."""


class Pec:
    """The issuer's certified mailbox, by SMTP. One file a message (SdI, specifications 1.9.1, "invio via PEC")."""

    signs = False

    def against(self, issuer: Issuer) -> Reason | None:
        if not issuer.pec_mailbox:
            return Reason("channel-not-ready", NO_MAILBOX, fixable_by="you")
        if issuer.pec_mailbox not in settings.PEC_SERVERS:
            return Reason("channel-not-ready", NO_SERVER, {"mailbox": issuer.pec_mailbox}, fixable_by="staff")
        return None

    def hand_over(self, issuer: Issuer, letter: Letter) -> str:
        if (why := self.against(issuer)) is not None:
            raise NotTaken(why.detail)
        server = get_connection(
            "django.core.mail.backends.smtp.EmailBackend",
            fail_silently=False,
            **settings.PEC_SERVERS[issuer.pec_mailbox],
        )
        message = EmailMessage(
            one_line(letter.file_name),
            letter.file_name,
            issuer.pec_mailbox,
            [issuer.pec_to],
            headers={"Message-ID": letter.message_id},
        )
        message.attach(letter.file_name, letter.content, "application/xml")
        try:
            server.open()
        except OSError as error:  # SMTPException is one too
            raise NotTaken(str(error)) from error
        try:
            server.send_messages([message])
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
            raise NotTaken(str(error)) from error
        finally:
            # The server has answered for the message: how it says goodbye changes nothing.
            with suppress(OSError):
                server.close()
        return issuer.pec_to


class Intermediary:
    """A service with a way of its own to the SdI: the file is posted to it, under its name as the key
    by which a second try is told from another file."""

    signs = True

    def against(self, issuer: Issuer) -> Reason | None:
        code = self._code(issuer)
        if code not in settings.INTERMEDIARIES:
            return Reason("channel-not-ready", NO_INTERMEDIARY, {"code": code}, fixable_by="staff")
        return None

    def hand_over(self, issuer: Issuer, letter: Letter) -> str:
        if (why := self.against(issuer)) is not None:
            raise NotTaken(why.detail)
        told = settings.INTERMEDIARIES[self._code(issuer)]
        to = urlsplit(told["url"])
        kind = HTTPSConnection if to.scheme == "https" else HTTPConnection
        with closing(kind(to.hostname or "", to.port, timeout=ANSWERS_WITHIN)) as connection:
            try:
                connection.connect()
            except OSError as error:
                raise NotTaken(str(error)) from error
            headers = {
                "Authorization": f"Bearer {told['token']}",
                "Content-Type": "application/xml",
                "Content-Disposition": f'attachment; filename="{letter.file_name}"',
                "Idempotency-Key": letter.file_name,  # which is of this file alone, for ever (control 00002)
            }
            try:
                connection.request("POST", urlunsplit(("", "", *to[2:4], "")), letter.content, headers)
                answer = connection.getresponse()
                said = answer.read(MOST_SAID).decode(errors="replace")
            except HTTPException as error:
                raise OSError(str(error) or type(error).__name__) from error
        # Of what it has already, or gave up waiting for, nobody here knows whether it went on.
        if 400 <= answer.status < 500 and answer.status not in (408, 409):
            raise NotTaken(f"{answer.status} {said}")
        if not 200 <= answer.status < 300:
            raise OSError(f"{answer.status} {said}")
        return to.hostname or ""

    @staticmethod
    def _code(issuer: Issuer) -> str:
        body = issuer.partner.organisation
        return sender_of({"tax_code": body.tax_code, "vat_number": body.vat_number})


CHANNELS: dict[str, Channel] = {Issuer.Channel.PEC: Pec(), Issuer.Channel.INTERMEDIARY: Intermediary()}


def against(issuer: Issuer, channel: str) -> Reason | None:
    """Why an issuer cannot send by this channel; downloading is always possible."""
    found = CHANNELS.get(channel)
    return found.against(issuer) if found else None
