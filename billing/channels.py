"""How an electronic invoice reaches the SdI: downloaded and uploaded by people, or handed to a channel that brings it.

One interface: an intermediary is a class with these two functions, and a line in `CHANNELS`.
"""

from __future__ import annotations

import smtplib
from contextlib import suppress
from typing import NamedTuple, Protocol

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from billing.models import Issuer
from core.errors import Reason
from core.mail import one_line
from core.words import Words

NO_MAILBOX = Words("l'emittente non ha una casella PEC", "the issuer has no certified mailbox")
NO_SERVER = Words(
    "il server della casella {mailbox} non è configurato (PEC_SERVERS)",
    "the server of the mailbox {mailbox} is not configured (PEC_SERVERS)",
)


class Letter(NamedTuple):
    """A file on its way: its name as the SdI wants it, its bytes, and an id that is its own for ever."""

    file_name: str
    content: bytes
    message_id: str


class NotTaken(Exception):
    """It is certain that nothing has left."""


class Channel(Protocol):
    def against(self, issuer: Issuer) -> Reason | None:
        """Why this issuer cannot send by it now; None if it can."""

    def hand_over(self, issuer: Issuer, letter: Letter) -> str:
        """The letter has left; returns to whom. Raises NotTaken; after any other error nobody knows whether it left."""


class Pec:
    """The issuer's certified mailbox, by SMTP. One file a message (SdI, specifications 1.9.1, "invio via PEC")."""

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


CHANNELS: dict[str, Channel] = {Issuer.Channel.PEC: Pec()}


def against(issuer: Issuer, channel: str) -> Reason | None:
    """Why an issuer cannot send by this channel; downloading is always possible."""
    found = CHANNELS.get(channel)
    return found.against(issuer) if found else None
