"""Files handed to their issuer's channel: by themselves once at most, again only when a person says so.

The SdI refuses a file name that it had before (control 00002), and that refusal would stand beside the first one's
delivery. So a worker that dies between handing over and writing it down leaves a doubt, which somebody who can look
into the mailbox resolves (docs/adr/0083).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from billing.models import Dispatch, Document, Issuer, Revision, Transmission
from billing.papers import channels
from billing.papers.channels import CHANNELS, Letter, NotTaken
from billing.papers.fatturapa import ORDINARY, format_of
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Reason
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.words import Words
from people.models import Person

S = Dispatch.State
KIND = "billing.dispatch"
DOUBTED_AFTER = timedelta(minutes=10)  # far longer than any mail server is waited for
MOST_FAULT = 500
TO_SIGN = Words(
    "le fatture alla pubblica amministrazione vanno firmate: scaricala, firmala e caricala",
    "invoices to public bodies have to be signed: download it, sign it and upload it",
)
DOWNLOADED = Words(
    "l'emittente non ha un canale: le sue fatture si scaricano",
    "the issuer has no channel: its invoices are downloaded",
)
ON_ITS_WAY = Words("è già in viaggio", "it is on its way already")
LEFT = Words("è già partita", "it has left already")
ANSWERED = Words("il SdI ha già risposto", "the SdI has answered already")
NO_DOUBT = Words("non c'è dubbio da sciogliere", "there is no doubt about it")
NO_FILE = Words("non c'è un file da inviare", "there is no file to send")


def plan(sent: Transmission, revision: Revision, issuer: Issuer) -> None:
    """Inside the act that names the file: it will leave by its issuer's channel, if it may."""
    if issuer.channel in CHANNELS and not _unsigned(issuer.channel, revision.snapshot["buyer"]):
        _put(Dispatch.objects.create(transmission=sent, channel=issuer.channel))


def _unsigned(channel: str, buyer: dict[str, Any]) -> bool:
    """Whether the buyer has to have it signed, and the channel does not do it."""
    signs = channel in CHANNELS and CHANNELS[channel].signs
    return format_of(buyer) != ORDINARY and not signs


def _put(found: Dispatch) -> None:
    outbox.put(KIND, {"dispatch": str(found.pk)}, key=f"dispatch:{found.pk}:{found.turn}")


@outbox.handler(KIND)
def send(payload: dict[str, Any]) -> None:
    hand_over(UUID(payload["dispatch"]))


def hand_over(pk: UUID) -> None:
    """The file has left, written down before and after. Raises NotTaken, and then it waits to be tried again."""
    row = Dispatch.objects.filter(pk=pk)
    if not row.filter(state=S.WAITING).update(state=S.SENDING, started_at=now(), fault=""):
        _doubt(row.get())
        return
    found = row.select_related("transmission__revision__document__issuer").get()
    revision = found.transmission.revision
    issuer = revision.document.issuer
    if (why := _overtaken(found, issuer)) is not None:
        row.update(state=S.WAITING, fault=why.say())
        return
    content = bytes(revision.files.get(kind="xml").content)
    host = settings.SITE_URL.split("//")[-1].split(":")[0]
    letter = Letter(found.transmission.file_name, content, f"<{found.pk}.{found.turn}@{host}>")
    try:
        to = CHANNELS[found.channel].hand_over(issuer, letter)
    except NotTaken as error:
        row.filter(state=S.SENDING).update(state=S.WAITING, fault=str(error)[:MOST_FAULT])
        raise
    except OSError as error:
        # The connection broke before the server had answered for the message: only the mailbox knows.
        row.update(state=S.DOUBTFUL, fault=str(error)[:MOST_FAULT])
        return
    row.update(state=S.SENT, to=to, sent_at=now(), fault="")


def _overtaken(found: Dispatch, issuer: Issuer) -> Words | None:
    """Why a file that waited is not to be sent any more: people took it upon themselves meanwhile."""
    if found.transmission.receipts.exists():
        return ANSWERED
    return DOWNLOADED if issuer.channel != found.channel else None


def _doubt(found: Dispatch) -> None:
    """One that a worker began and never finished is doubtful. Raises NotYet while that worker may still be at it."""
    if found.state != S.SENDING or found.started_at is None:
        return
    if now() < found.started_at + DOUBTED_AFTER:
        raise outbox.NotYet
    Dispatch.objects.filter(pk=found.pk, state=S.SENDING).update(state=S.DOUBTFUL)


# -- what people do --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Way:
    """How a document's latest file leaves or left; `found` is None as long as it was handed to no channel."""

    channel: str
    found: Dispatch | None
    send: Sequence[Reason]
    had_left: Sequence[Reason]


def ways(documents: Sequence[Document], answered: Collection[UUID]) -> dict[UUID, Way]:
    """Of those that have a channel, or left by one; two statements for any number. `answered`: where the SdI spoke."""
    rows = Dispatch.objects.filter(transmission__revision__document__in=[d.pk for d in documents])
    found: dict[UUID, Dispatch] = {}
    for one in rows.select_related("transmission__revision").order_by("transmission__revision__version"):
        found[one.transmission.revision.document_id] = one
    to_sign = _to_sign(
        {d.pk: d.issuer.channel for d in documents if d.is_electronic and d.issuer.channel in CHANNELS}
    )
    return {
        d.pk: Way(
            found[d.pk].channel if d.pk in found else d.issuer.channel,
            found.get(d.pk),
            _reasons(ANSWERED if d.pk in answered else None)
            or _reasons(None if d.issuer.channel in CHANNELS else DOWNLOADED)
            or _reasons(TO_SIGN if to_sign.get(d.pk) else None)
            or [
                why
                for why in [channels.against(d.issuer, d.issuer.channel) or against(found.get(d.pk))]
                if why
            ],
            _reasons(None if d.pk in found and found[d.pk].state == S.DOUBTFUL else NO_DOUBT),
        )
        for d in documents
        if d.pk in found or d.pk in to_sign
    }


def _to_sign(by: dict[UUID, str]) -> dict[UUID, bool]:
    """Of documents with their channels whether each has to be signed by somebody first."""
    if not by:
        return {}
    rows = Revision.objects.filter(document__in=by).order_by("version")
    codes = rows.values_list("document_id", "snapshot__buyer__recipient_code")
    return {pk: _unsigned(by[pk], {"recipient_code": code}) for pk, code in codes}


def _reasons(words: Words | None) -> list[Reason]:
    return [Reason("illegal-move", words)] if words else []


def against(found: Dispatch | None) -> Reason | None:
    """Why what is known of a file's way forbids to send it; None if it may be."""
    if found is None or found.state == S.DOUBTFUL:
        return None
    if found.state == S.SENT:
        return Reason("illegal-move", LEFT)
    # It is tried again by itself for some hours; one that met a fault may be hurried.
    return None if found.state == S.WAITING and found.fault else Reason("illegal-move", ON_ITS_WAY)


@act
def again(by: Person, document_id: UUID) -> Document:
    """The document's file is on its way by its issuer's channel. Raises IllegalMove with the reason."""
    document, sent = _of(document_id)
    _heed(channels.against(document.issuer, document.issuer.channel))
    if document.issuer.channel not in CHANNELS:
        raise IllegalMove(state=DOWNLOADED.say())
    if _unsigned(document.issuer.channel, sent.revision.snapshot["buyer"]):
        raise IllegalMove(state=TO_SIGN.say())
    Dispatch.objects.get_or_create(
        transmission=sent, defaults={"channel": document.issuer.channel, "turn": 0}
    )
    found = _locked(sent)
    _heed(against(found) if found.turn else None)
    found.state, found.channel, found.turn = S.WAITING, document.issuer.channel, found.turn + 1
    found.started_at, found.fault = None, ""
    found.save(update_fields=["state", "channel", "turn", "started_at", "fault"])
    _put(found)
    record(by, "dispatch", document, channel=found.channel, turn=found.turn)
    return document


@act
def had_left(by: Person, document_id: UUID) -> Document:
    """A doubtful file has left: somebody saw it in the mailbox. Raises IllegalMove."""
    document, sent = _of(document_id)
    found = _locked(sent)
    if found.state != S.DOUBTFUL:
        raise IllegalMove(state=found.get_state_display())
    found.state, found.sent_at = S.SENT, now()
    found.save(update_fields=["state", "sent_at"])
    record(by, "dispatch-seen", document)
    return document


def _of(document_id: UUID) -> tuple[Document, Transmission]:
    document = Document.objects.select_related("issuer").get(pk=document_id)
    sent = (
        Transmission.objects.select_related("revision")
        .filter(revision__document=document)
        .order_by("-revision__version")
        .first()
    )
    if sent is None:
        raise IllegalMove(state=NO_FILE.say())
    if sent.receipts.exists():
        raise IllegalMove(state=ANSWERED.say())
    return document, sent


def _locked(sent: Transmission) -> Dispatch:
    lock_rows(
        Locks.NUMBERS, Dispatch, Dispatch.objects.filter(transmission=sent).values_list("pk", flat=True)
    )
    found = Dispatch.objects.filter(transmission=sent).first()
    if found is None:
        raise IllegalMove(state=NO_FILE.say())
    return found


def _heed(why: Reason | None) -> None:
    if why is not None:
        raise IllegalMove(state=why.detail)
