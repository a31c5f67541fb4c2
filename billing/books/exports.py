"""A month of an issuer's documents, or those of it that somebody chose, as one zip with an index: made by the worker,
picked up when it is there, also by who left meanwhile.

Everything is in it as it was sent and answered: XML, the SdI's receipts, PDF; and of a closed month the registers
too. Times inside are fixed, so that the same month gives the same bytes.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Func, QuerySet, UUIDField

from billing.books import activities, journal, vat_register
from billing.models import AccountingMonth, Document, File, Issuer, Receipt, Revision
from billing.papers import sdi
from billing.papers.pdf import file_of
from billing.papers.registers import KINDS, filtered, issued_within, month_of
from billing.reconciling import gateway_registers
from core import outbox
from core.clock import now
from core.files import keep
from core.locks import act
from core.models import Job, JobFile
from core.tables import Column, Kind, Table, csv_lines, spool
from core.words import Words
from people.models import Person

KEPT = timedelta(days=7)
KEPT_CLOSED = timedelta(days=366 * 11)  # ten years after the year's end (codice civile art. 2220)
MONTH, ARCHIVE = "month", "archive"
BATCH = 50
INDEX = (
    Column(Words("Numero", "Number")),
    Column(Words("Tipo", "Kind")),
    Column(Words("Data", "Date"), Kind.DAY),
    Column(Words("Cliente", "Customer")),
    Column(Words("Imponibile", "Net"), Kind.MONEY),
    Column(Words("IVA", "VAT"), Kind.MONEY),
    Column(Words("Totale", "Gross"), Kind.MONEY),
    Column(Words("File", "File")),
    Column(Words("Byte", "Bytes"), Kind.COUNT),
    Column(Words("SHA-256", "SHA-256")),
)


@act
def start(by: Person, issuer: Issuer, month: str, chosen: dict[str, Any] | None = None) -> Job:
    """A job that will hold the zip of the month, or of what is `chosen` of it (kinds, activity, payment_state, q), its progress
    visible meanwhile."""
    return _start(by.pk, issuer.pk, month, MONTH, KEPT, chosen)


def last(by: Person, issuer: Issuer, month: str, chosen: dict[str, Any] | None = None) -> Job | None:
    """The last zip that they had made of the same, as long as it is kept."""
    asked = _asked(issuer.pk, month, chosen)
    rows = Job.objects.defer("inside")
    mine = rows.filter(kind=MONTH, person_id=by.pk, payload=asked, expires_at__gt=now())
    return mine.order_by("-made_at", "-pk").first()


def _asked(issuer: UUID, month: str, chosen: dict[str, Any] | None) -> dict[str, Any]:
    told = {
        name: sorted(value) if name == "kinds" else value for name, value in (chosen or {}).items() if value
    }
    return {"issuer": str(issuer), "month": month} | ({"chosen": told} if told else {})


def start_archive(by: Person, month: AccountingMonth) -> Job:
    """Inside the act that closes it: a job that will hold the month's archive for as long as the law keeps it."""
    return _start(by.pk, month.issuer_id, f"{month.first_on:%Y-%m}", ARCHIVE, KEPT_CLOSED)


def _start(
    by: UUID, issuer: UUID, month: str, kind: str, kept: timedelta, chosen: dict[str, Any] | None = None
) -> Job:
    job = Job.objects.create(
        kind=kind,
        person_id=by,
        payload=_asked(issuer, month, chosen),
        expires_at=now() + kept,
    )
    outbox.put("billing.month_zip", {"job": str(job.pk)}, key=f"job:{job.pk}")
    return job


def archive_of(issuer: Issuer, month: str) -> JobFile | None:
    """The archive that closing this month made; None if it is not there (yet)."""
    payload = {"issuer": str(issuer.pk), "month": month}
    done = Job.objects.filter(kind=ARCHIVE, payload=payload, state=Job.State.DONE)
    return JobFile.objects.filter(job__in=done).order_by("pk").first()


def documents_of(issuer: Any, first: date, until: date) -> QuerySet[Document]:
    """An issuer's documents between two days, in the order of their numbers."""
    return issued_within(issuer, first, until).order_by("series__code", "year", "ordinal")


def inside(job: Job) -> QuerySet[Document]:
    """The documents that are in a job's zip: those of then, whatever the filters would find today."""
    kept = Job.objects.filter(pk=job.pk, inside__isnull=False)
    if kept.exists():
        return Document.objects.filter(
            pk__in=kept.annotate(x=Func("inside", function="unnest", output_field=UUIDField())).values("x")
        )
    return _asked_for(job)


def _asked_for(job: Job) -> QuerySet[Document]:
    rows = documents_of(job.payload["issuer"], *month_of(job.payload["month"]))
    chosen = job.payload.get("chosen", {})
    return filtered(rows, {"kind" if name == "kinds" else name: value for name, value in chosen.items()})


@outbox.handler("billing.month_zip")
def make(payload: dict[str, Any]) -> None:
    """The zip is there; made again from its start if the worker died meanwhile."""
    job = Job.objects.get(pk=payload["job"])
    if job.state == Job.State.DONE:
        return
    issuer = Issuer.objects.get(pk=job.payload["issuer"])
    first, until = month_of(job.payload["month"])
    documents = list(_asked_for(job).values_list("pk", flat=True))
    began = {"state": Job.State.RUNNING, "total": len(documents), "done": 0}
    Job.objects.filter(pk=job.pk).update(**began)
    with spool() as out:
        _write(out, job, documents, issuer, first, until)
        part = "-in-parte" if "chosen" in job.payload else ""
        # Whoever made it twice has the last one's zip, and its documents.
        with transaction.atomic():
            Job.objects.filter(pk=job.pk).update(
                state=Job.State.DONE, done=len(documents), total=len(documents), inside=documents
            )
            keep(job, f"{job.payload['month']}{part}.zip", "application/zip", out)


def _write(out: IO[bytes], job: Job, documents: list[UUID], issuer: Issuer, first: date, until: date) -> None:
    index: list[tuple[Any, ...]] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for begin in range(0, len(documents), BATCH):
            index += _batch(archive, documents[begin : begin + BATCH])
            Job.objects.filter(pk=job.pk).update(done=min(begin + BATCH, len(documents)))
        _table(archive, Table("indice", INDEX, index))
        if job.kind == ARCHIVE:
            for table in registers_of(issuer, first, until):
                _table(archive, table)
            _put(archive, "impronte.csv", fingerprints(issuer, first, until).encode())


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)


def _table(archive: zipfile.ZipFile, table: Table) -> None:
    _put(archive, f"{table.name}.csv", "".join(csv_lines(table, "it")).encode())


def _batch(archive: zipfile.ZipFile, documents: list[UUID]) -> Iterator[tuple[Any, ...]]:
    """Some documents' files are in the archive; yields their rows of the index. Five statements for any number."""
    last: dict[UUID, Revision] = {}
    revisions = Revision.objects.select_related("document").filter(document__in=documents)
    for revision in revisions.order_by("version"):
        last[revision.document_id] = revision
    files: dict[UUID, dict[str, File]] = {}
    for file in File.objects.filter(revision__in=list(last.values())):
        files.setdefault(file.revision_id, {})[file.kind] = file
    names: dict[UUID, str] = {}
    answers: dict[UUID, list[Receipt]] = {}
    for receipt in (
        Receipt.objects.filter(transmission__revision__document__in=documents)
        .select_related("transmission__revision")
        .order_by("received_at", "pk")
    ):
        answers.setdefault(receipt.transmission.revision.document_id, []).append(receipt)
    for revision in revisions.prefetch_related("transmissions"):
        for sent in revision.transmissions.all():
            names[revision.pk] = sent.file_name
    for pk in documents:
        yield from _one(archive, last[pk], files.get(last[pk].pk, {}), names, answers.get(pk, []))


def _one(
    archive: zipfile.ZipFile,
    revision: Revision,
    files: dict[str, File],
    names: dict[UUID, str],
    answers: list[Receipt],
) -> Iterator[tuple[Any, ...]]:
    document = revision.document
    sign = -1 if document.kind == Document.Kind.CREDIT_NOTE else 1
    amounts = [money.times(sign) for money in (document.net, document.vat, document.gross)]
    about = (
        document.number,
        KINDS[Document.Kind(document.kind)].say("it"),
        document.issued_on,
        document.customer_name,
        *amounts,
    )
    page = files.get("pdf") or file_of(revision)
    stem = document.number.replace("/", "-")
    told = [(f"{stem}.pdf", bytes(page.content), page.sha256)]
    if (xml := files.get("xml")) is not None:
        told.append((names[revision.pk], bytes(xml.content), xml.sha256))
    elif (written := sdi.attached(revision)) is not None:
        told.append((*written, hashlib.sha256(written[1]).hexdigest()))
    for n, receipt in enumerate(answers, 1):
        name = f"{receipt.transmission.file_name.removesuffix('.xml')}_{receipt.kind}_{n:03}.xml"
        told.append((name, bytes(receipt.content), receipt.sha256))
    for name, content, digest in told:
        _put(archive, name, content)
        yield (*about, name, len(content), digest)


def registers_of(issuer: Issuer, first: date, until: date) -> list[Table]:
    """What an accountant takes besides the documents."""
    return [
        vat_register.sales(issuer, first, until),
        vat_register.by_rate(issuer, first, until),
        vat_register.receipts(issuer, first, until),
        vat_register.receipts_by_rate(issuer, first, until),
        activities.by_activity(issuer, first, until),
        activities.of_year(issuer, first, until),
        vat_register.stamps(issuer, first, until),
        journal.payments(issuer, first, until),
        gateway_registers.fees(issuer, first, until),
        gateway_registers.td17(issuer, first, until),
        gateway_registers.payouts(issuer, first, until),
        gateway_registers.parts(issuer, first, until),
        gateway_registers.disputes(issuer, first, until),
        journal.journal(issuer, first, until),
    ]


PRINTS = (
    Column(Words("Numero", "Number")),
    Column(Words("Data", "Date"), Kind.DAY),
    Column(Words("Imponibile", "Net"), Kind.MONEY),
    Column(Words("IVA", "VAT"), Kind.MONEY),
    Column(Words("Totale", "Gross"), Kind.MONEY),
    Column(Words("SHA-256", "SHA-256")),
)


def fingerprints(issuer: Issuer, first: date, until: date) -> str:
    """The month's documents with the hash of what each first said: what a closed month is known by."""
    rows = (
        Revision.objects.filter(
            version=1, document__issuer=issuer, document__issued_on__gte=first, document__issued_on__lt=until
        )
        .order_by("document__series__code", "document__year", "document__ordinal")
        .values_list(
            "document__number",
            "document__issued_on",
            "document__net",
            "document__vat",
            "document__gross",
            "sha256",
        )
    )
    return "".join(csv_lines(Table("impronte", PRINTS, rows.iterator()), "it"))


def fingerprint(issuer: Issuer, first: date, until: date) -> str:
    """The SHA-256 of the month's fingerprints."""
    return hashlib.sha256(fingerprints(issuer, first, until).encode()).hexdigest()
