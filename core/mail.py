"""One message, in the reader's language, sent once however often the worker dies."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from core import outbox
from core.clock import now
from core.models import Mail
from core.words import Words

KIND = "core.mail"
MOST_TRIES = 2
Attachment = tuple[str, bytes, str]  # name, content, media type
# What begins so is an invitation (RFC 6047): mail programs read it only where it is one of the alternatives.
CALENDAR = "text/calendar; method="
FOOTER = Words("Questo messaggio viene da {site}.", "This message comes from {site}.")
CHOOSE = Words("Scegli quali messaggi ricevere", "Choose which messages you receive")
_attachers: dict[str, Callable[[dict[str, Any]], Attachment | None]] = {}


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom, and in which language."""

    id: UUID | None
    email: str
    language: str


@dataclass(frozen=True, slots=True)
class Said:
    """A message in one language, as it is read: its subject, what it says, and its link (words, address)."""

    subject: str
    paragraphs: list[str]
    link: tuple[str, str] | None

    @property
    def text(self) -> str:
        return "\n\n".join([*self.paragraphs, *([f"{self.link[0]}: {self.link[1]}"] if self.link else [])])


def attacher(
    kind: str,
) -> Callable[[Callable[[dict[str, Any]], Attachment | None]], Callable[[dict[str, Any]], Attachment | None]]:
    """This function makes attachments of a kind from what the row refers to, when the message leaves."""

    def register(
        function: Callable[[dict[str, Any]], Attachment | None],
    ) -> Callable[[dict[str, Any]], Attachment | None]:
        _attachers[kind] = function
        return function

    return register


def one_line(text: str) -> str:
    """Text for a header: whatever a person wrote, it stays one line."""
    return re.sub(r"[\r\n\x00]+", " ", text).strip()[:200]


def say(
    language: str,
    subject: Words,
    paragraphs: Sequence[Words],
    link: tuple[Words, str] | None = None,
    **data: Any,
) -> Said:
    """What a message with these words says to somebody who reads this language."""
    return Said(
        one_line(subject.say(language, **data)),
        [paragraph.say(language, **data) for paragraph in paragraphs],
        (link[0].say(language, **data), f"{settings.SITE_URL}{link[1]}") if link is not None else None,
    )


def write(
    to: Reader,
    subject: Words,
    paragraphs: Sequence[Words],
    *,
    link: tuple[Words, str] | None = None,
    attachments: Sequence[dict[str, Any]] = (),
    key: str | None = None,
    until: datetime | None = None,
    **data: Any,
) -> None:
    """The message will leave after this transaction commits; once per key. `link` is a path of this site.

    What has not left by `until` is dropped.
    """
    said = say(to.language, subject, paragraphs, link, **data)
    mail = Mail(
        person_id=to.id,
        to=to.email,
        language=to.language,
        subject=said.subject,
        text=said.text,
        html=_html(to.language, said),
        attachments=list(attachments),
        key=key,
    )
    if key is None:
        mail.save(force_insert=True)
    else:
        Mail.objects.bulk_create([mail], ignore_conflicts=True)
    payload = {"mail": str(mail.pk)} | ({"until": until.isoformat()} if until else {})
    outbox.put(KIND, payload, key=key and f"mail:{key}")


def _html(language: str, said: Said) -> str:
    """The same words on the one page that every message has; what a person wrote is escaped by the template."""
    facts = {
        "language": language,
        "subject": said.subject,
        "paragraphs": said.paragraphs,
        "link": said.link and {"label": said.link[0], "address": said.link[1]},
        "footer": FOOTER.say(language, site=settings.SITE_URL.split("//")[-1]),
        "choose": {"label": CHOOSE.say(language), "address": f"{settings.SITE_URL}/me"},
    }
    return render_to_string("core/letter.html", facts)


def files_of(mail: Mail) -> list[Attachment]:
    """What the message carries, made from what its row refers to."""
    made = (_attachers[ref["kind"]](ref) for ref in mail.attachments)
    return [file for file in made if file is not None]


@outbox.handler(KIND)
def send(payload: dict[str, Any]) -> None:
    """The message has left. *Sending* is written first: found again so, it is sent with the same Message-ID."""
    mail = Mail.objects.filter(pk=payload["mail"]).first()
    if mail is None or mail.state in (Mail.State.SENT, Mail.State.FAILED, Mail.State.DROPPED):
        return
    if "until" in payload and now() > datetime.fromisoformat(payload["until"]):
        Mail.objects.filter(pk=mail.pk).update(state=Mail.State.DROPPED)
        return
    if mail.tries >= MOST_TRIES:
        Mail.objects.filter(pk=mail.pk).update(state=Mail.State.FAILED)
        return
    Mail.objects.filter(pk=mail.pk).update(state=Mail.State.SENDING, tries=mail.tries + 1)
    host = settings.SITE_URL.split("//")[-1].split(":")[0]
    message = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        settings.MAIL_FROM,
        [mail.to],
        headers={"Message-ID": f"<{mail.pk}@{host}>", "Content-Language": mail.language},
    )
    message.attach_alternative(mail.html, "text/html")
    for name, content, media_type in files_of(mail):
        if media_type.startswith(CALENDAR):
            message.attach_alternative(content.decode(), media_type)
            media_type = "application/ics"
        message.attach(name, content, media_type)
    try:
        message.send()
    except OSError:
        # The server said no, or was not there: nothing has left, and an outage of an hour must not cost the message.
        Mail.objects.filter(pk=mail.pk).update(state=Mail.State.QUEUED, tries=mail.tries)
        raise
    Mail.objects.filter(pk=mail.pk).update(state=Mail.State.SENT, sent_at=now())


def forget_old() -> None:
    """Bodies of messages are kept for 90 days."""
    Mail.objects.filter(made_at__lt=now() - timedelta(days=90)).delete()


def register() -> None:
    """The outbox knows who forgets (and, by this module's import, who sends)."""
    outbox.every(timedelta(days=1), "core.forget_old_mail")(forget_old)
