"""A month of an issuer's documents as one zip with an index: made by the worker, picked up when it is there."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID

from billing.models import Document, Issuer, Revision
from billing.pdf import file_of
from billing.registers import KINDS, month_of
from core import outbox
from core.clock import now
from core.locks import act
from core.models import Job, JobFile
from core.tables import Column, Kind, Table, csv_lines
from core.words import Words
from people.models import Person

KEPT = timedelta(days=7)
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
def start(by: Person, issuer: Issuer, month: str) -> Job:
    """A job that will hold the month's zip, its progress visible meanwhile."""
    job = Job.objects.create(
        kind="month",
        person_id=by.pk,
        payload={"issuer": str(issuer.pk), "month": month},
        expires_at=now() + KEPT,
    )
    outbox.put("billing.month_zip", {"job": str(job.pk)}, key=f"job:{job.pk}")
    return job


@outbox.handler("billing.month_zip")
def make(payload: dict[str, Any]) -> None:
    """The zip is there: every PDF of the month, and an index with numbers, amounts and hashes."""
    job = Job.objects.get(pk=payload["job"])
    if job.state == Job.State.DONE:
        return
    first, last = month_of(job.payload["month"])
    documents = Document.objects.filter(
        issuer=job.payload["issuer"], issued_on__gte=first, issued_on__lt=last
    ).order_by("series__code", "year", "ordinal")
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, total=documents.count(), done=0)
    content = _zip(job.pk, list(documents.values_list("pk", flat=True)))
    name = f"{job.payload['month']}.zip"
    JobFile.objects.update_or_create(
        job=job,
        name=name,
        defaults={
            "media_type": "application/zip",
            "content": content,
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        },
    )
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)


def _zip(job: UUID, documents: list[UUID]) -> bytes:
    out = io.BytesIO()
    index: list[tuple[Any, ...]] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for done, pk in enumerate(documents, 1):
            revision = Revision.objects.select_related("document").filter(document=pk).latest("version")
            file, document = file_of(revision), revision.document
            name = f"{document.number.replace('/', '-')}.pdf"
            # A fixed time inside, so that the same month gives the same bytes.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), bytes(file.content))
            sign = -1 if document.kind == Document.Kind.CREDIT_NOTE else 1
            amounts = [m.times(sign) for m in (document.net, document.vat, document.gross)]
            index.append(
                (
                    document.number,
                    KINDS[Document.Kind(document.kind)].say("it"),
                    document.issued_on,
                    document.customer_name,
                    *amounts,
                    name,
                    file.size,
                    file.sha256,
                )
            )
            if done % 25 == 0:
                Job.objects.filter(pk=job).update(done=done)
        told = "".join(csv_lines(Table("indice", INDEX, index), "it"))
        archive.writestr(zipfile.ZipInfo("indice.csv", (1980, 1, 1, 0, 0, 0)), told)
    Job.objects.filter(pk=job).update(done=len(documents))
    return out.getvalue()
