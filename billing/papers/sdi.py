"""Electronic invoices on their way: named once, written from the frozen document, moved by the SdI's receipts.

Source: technical specifications 1.9.1, 1.2 (file names) and 3 (receipts). The SdI answers no questions: a document's
state is what its receipts say, whatever order they come in. This file does not claim legal archiving.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, Max, QuerySet

from billing.models import (
    Dispatch,
    Document,
    File,
    HeldBack,
    Issuer,
    Receipt,
    Revision,
    SendingCounter,
    Transmission,
)
from billing.papers import controls, dispatch, fatturapa
from billing.papers.controls import Fault
from billing.papers.freeze import ITALY
from billing.schemas import Unreadable, read
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import Invalid, Pointer, SdiControl
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act
from core.periods import local_date
from people.models import Person

KIND = "xml"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MOST_FILES, MOST_BYTES = 2000, 50 * 1024 * 1024
# The root element of a receipt, and the two letters by which everybody calls it.
RECEIPTS = {
    "RicevutaConsegna": "RC",
    "NotificaScarto": "NS",
    "RicevutaScarto": "NS",
    "NotificaMancataConsegna": "MC",
    "RicevutaImpossibilitaRecapito": "MC",
    "NotificaEsito": "NE",
    "NotificaDecorrenzaTermini": "DT",
    "AttestazioneTrasmissioneFattura": "AT",
}
# What each says, the last word first: a refusal is final, and nothing later takes an outcome back.
STATES = (
    ("NS", "refused_by_sdi"),
    ("EC02", "refused_by_customer"),
    ("EC01", "accepted"),
    ("DT", "closed_by_time"),
    ("RC", "delivered"),
    ("AT", "undeliverable"),
    ("MC", "not_delivered"),
)
TO_WRITE, TO_SEND, SENT, TO_MEND, NOT_SENT = "to_write", "to_send", "sent", "to_mend", "none"
SDI_STATES = [NOT_SENT, TO_WRITE, TO_SEND, SENT, TO_MEND, *(state for _, state in STATES)]
ANSWERED = {state for _, state in STATES}
AGAIN_WITHIN = timedelta(days=5)
NEVER_ISSUED = {"refused_by_sdi", TO_MEND}
MENDABLE = NEVER_ISSUED | {"refused_by_customer"}


def base36(number: int, width: int = 5) -> str:
    """A progressive in 36 signs, as file names count: 60 million of five."""
    found = ""
    while number:
        number, rest = divmod(number, 36)
        found = DIGITS[rest] + found
    return found.rjust(width, "0")


# -- out -------------------------------------------------------------------------------------------------


@outbox.handler("billing.xml")
def make(payload: dict[str, Any]) -> None:
    """The revision has its file and its name, before anybody asks; one that would be refused waits to be mended."""
    _write(Revision.objects.get(pk=payload["revision"]).pk)


def file_of(revision: Revision) -> File:
    """The revision's XML, stored once. Raises SdiControl if the SdI would refuse it."""
    kept = revision.files.filter(kind=KIND).first() or _write(revision.pk)
    if kept is None:
        raise SdiControl(pointers=pointers_of(faults_of(revision)))
    return kept


def attached(revision: Revision) -> tuple[str, bytes] | None:
    """The revision's file as its PDF carries it: name and bytes; None for what is not sent, or is to be mended."""
    if not revision.document.is_electronic:
        return None
    file = revision.files.filter(kind=KIND).first() or _write(revision.pk)
    if file is None:
        return None
    return revision.transmissions.values_list("file_name", flat=True).get(), bytes(file.content)


def faults_of(revision: Revision) -> list[Fault]:
    """What the SdI would refuse in this revision, today."""
    found = controls.faults(fatturapa.xml(revision.snapshot, base36(0)), local_date(now(), ITALY))
    return controls.to_mend(found)


def pointers_of(faults: Sequence[Fault]) -> list[Pointer]:
    """Faults as a problem's pointers: the field to mend (or whose data), the official code, what it means and where."""
    return [
        Pointer(f.place or f"/{f.mend}", f.code, f"{f.sentence.say()} {f.where} {f.found}".strip())
        for f in faults
    ]


@patient_act
def _write(revision_id: UUID) -> File | None:
    revision = Revision.objects.select_related("document__issuer").get(pk=revision_id)
    counter, _ = SendingCounter.objects.get_or_create(issuer=revision.document.issuer)
    lock_rows(Locks.NUMBERS, SendingCounter, [counter.pk])
    if kept := revision.files.filter(kind=KIND).first():
        return kept
    if Revision.objects.filter(document=revision.document, version__gt=revision.version).exists():
        return None  # another has taken its place: one number goes out once
    counter.refresh_from_db()
    progress = base36(counter.last + 1)
    content = fatturapa.xml(revision.snapshot, progress)
    if faults := controls.faults(content, local_date(now(), ITALY)):
        codes = list(dict.fromkeys(fault.code for fault in faults))
        HeldBack.objects.update_or_create(revision=revision, defaults={"codes": codes, "found_at": now()})
        return None
    counter.last += 1
    counter.save(update_fields=["last"])
    name = f"IT{fatturapa.sender_of(revision.snapshot['seller'])}_{progress}.xml"
    kept = File.objects.create(
        revision=revision,
        kind=KIND,
        content=content,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    dispatch.plan(
        Transmission.objects.create(revision=revision, file_name=name), revision, revision.document.issuer
    )
    return kept


# -- back ------------------------------------------------------------------------------------------------


class Told(NamedTuple):
    """One receipt as it was read: its kind (RC, NS, …), the file it is about and the number that the SdI gave it, its
    errors, and a body's outcome."""

    kind: str
    file_name: str
    sdi_id: str
    errors: tuple[str, ...]
    outcome: str
    content: bytes


def told(content: bytes) -> Told | None:
    """What a receipt says; None if this is no receipt of the SdI."""
    try:
        root = read(content)
    except Unreadable:
        return None
    kind = RECEIPTS.get(str(root.tag).rpartition("}")[2])
    name = str(root.findtext("{*}NomeFile") or "").strip()
    if kind is None or not name:
        return None
    number = str(root.findtext("{*}IdentificativoSdI") or "").strip()[:36]
    errors = tuple(str(e.text).strip() for e in root.iterfind(".//{*}Errore/{*}Codice"))
    outcome = str(root.findtext(".//{*}EsitoCommittente/{*}Esito") or "").strip()
    return Told(kind, name.removesuffix(".p7m"), number, errors, outcome, content)


class Read(NamedTuple):
    """What became of one uploaded file: `known` already, `read` now, or `unknown` (no receipt, or of no file of ours)."""

    name: str
    result: str
    document: Document | None


def receive(by: Person, name: str, content: bytes, issuers: QuerySet[Issuer]) -> list[Read]:
    """Every receipt in the upload (one file, or a zip of them) about these issuers' documents is kept once.

    Raises Invalid for an archive that is broken or too large.
    """
    return [_keep(by, each, inside, issuers) for each, inside in _files(name, content)]


def _files(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        yield name, content
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir()]
            # The sizes are the archive's own word; reading stops at them.
            if len(entries) > MOST_FILES or sum(e.file_size for e in entries) > MOST_BYTES:
                raise Invalid(pointers=[Pointer("/file", "too-large", "")])
            for entry in entries:
                yield entry.filename, archive.read(entry)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise Invalid(pointers=[Pointer("/file", "invalid", "")]) from error


@patient_act
def _keep(by: Person, name: str, content: bytes, issuers: QuerySet[Issuer]) -> Read:
    found = told(content)
    sent = (
        Transmission.objects.select_related("revision__document")
        .filter(file_name=found.file_name, revision__document__issuer__in=issuers.order_by())
        .first()
        if found
        else None
    )
    if found is None or sent is None:
        return Read(name, "unknown", None)
    document = sent.revision.document
    counters = SendingCounter.objects.filter(issuer=document.issuer_id)
    lock_rows(Locks.NUMBERS, SendingCounter, counters.values_list("pk", flat=True))
    digest = hashlib.sha256(content).hexdigest()
    if sent.receipts.filter(sha256=digest).exists():
        return Read(name, "known", document)
    Receipt.objects.create(
        transmission=sent,
        kind=found.kind,
        sdi_id=found.sdi_id,
        content=content,
        sha256=digest,
        outcome=found.outcome,
        errors=list(found.errors),
    )
    record(by, "sdi-receipt", document, kind=found.kind)
    return Read(name, "read", document)


# -- standing --------------------------------------------------------------------------------------------


class Standing(NamedTuple):
    """Where a document is with the SdI, and the codes for which it was refused; of one that the SdI rejected the last day
    on which it can be issued again as if it had not been; its last file, and the number that the SdI gave that."""

    state: str
    errors: tuple[str, ...] = ()
    again_by: date | None = None
    file: str = ""
    sdi_id: str = ""


def standings(documents: Iterable[Document]) -> dict[UUID, Standing]:
    """Each document's standing, of its last revision; three statements for any number of them, four where one is rejected."""
    return standings_of({d.pk: d.is_electronic for d in documents})


def standings_of(documents: Mapping[UUID, bool]) -> dict[UUID, Standing]:
    """The same of documents of which no more is known than whether each goes to the SdI."""
    ids = list(documents)
    held = dict(
        HeldBack.objects.filter(revision__document__in=ids, revision__transmissions=None)
        .annotate(last=Max("revision__document__revisions__version"))
        .filter(revision__version=F("last"))
        .values_list("revision__document_id", "codes")
    )
    sent: dict[UUID, tuple[int, UUID, str]] = {}
    left: set[UUID] = set()
    rows = Transmission.objects.filter(revision__document__in=ids)
    columns = ("pk", "file_name", "revision__document_id", "revision__version", "dispatch__state")
    for pk, name, document, version, dispatched in rows.values_list(*columns):
        sent[document] = max(sent.get(document, (0, pk, "")), (version, pk, name))
        if dispatched == Dispatch.State.SENT:
            left.add(pk)
    receipts: dict[UUID, list[Receipt]] = {}
    of = [pk for _, pk, _ in sent.values()]
    for receipt in Receipt.objects.filter(transmission__in=of).defer("content").order_by("received_at", "pk"):
        receipts.setdefault(receipt.transmission_id, []).append(receipt)
    limits = _limits([r.pk for found in receipts.values() for r in found if r.kind == "NS"])

    def stands(pk: UUID, is_electronic: bool) -> Standing:
        if pk in held:
            return Standing(TO_MEND, tuple(held[pk]))
        if pk in sent:
            _, file, name = sent[pk]
            told = receipts.get(file, [])
            number = next((receipt.sdi_id for receipt in told if receipt.sdi_id), "")
            found = _standing(told, SENT if file in left else TO_SEND, limits.get(file))
            return found._replace(file=name, sdi_id=number)
        return Standing(TO_WRITE if is_electronic else NOT_SENT)

    return {pk: stands(pk, is_electronic) for pk, is_electronic in documents.items()}


def _limits(rejections: Sequence[UUID]) -> dict[UUID, date]:
    """By transmission, until when what was rejected can go out again under its number and date: five days, told from the
    day on which the SdI had the file, for a rejection does not say its own (circular of the tax office 13/E/2018, 1.6)."""
    if not rejections:
        return {}
    rows = Receipt.objects.filter(pk__in=rejections).order_by("-received_at", "-pk")
    return {r.transmission_id: local_date(_had_at(r), ITALY) + AGAIN_WITHIN for r in rows}


def _had_at(receipt: Receipt) -> datetime:
    """When the SdI had the file; where its receipt does not say it, when we had the receipt."""
    said = str(read(bytes(receipt.content)).findtext("{*}DataOraRicezione") or "").strip()
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return receipt.received_at
    return found if found.tzinfo else found.replace(tzinfo=ITALY)


def _standing(receipts: Sequence[Receipt], before: str, again_by: date | None) -> Standing:
    """Forward only: whatever came first, the word that counts most is the document's state."""
    said = {receipt.outcome or receipt.kind for receipt in receipts}
    errors = tuple(code for receipt in receipts if receipt.kind == "NS" for code in receipt.errors)
    return Standing(next((state for word, state in STATES if word in said), before), errors, again_by)
