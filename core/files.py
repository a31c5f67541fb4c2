"""Files that a job makes: written and read in pieces, so that none need fit in memory."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import IO

from django.db import transaction
from django.utils.http import content_disposition_header

from core.models import Job, JobFile, JobPart

PIECE = 4 * 1024 * 1024


def keep(job: Job, name: str, media_type: str, content: IO[bytes]) -> JobFile:
    """The job has this file, instead of one of the same name; it is read once, from its start."""
    digest, size = hashlib.sha256(), 0
    with transaction.atomic():
        JobFile.objects.filter(job=job, name=name).delete()
        file = JobFile.objects.create(
            job=job, name=name, media_type=media_type, content=b"", size=0, sha256=""
        )
        content.seek(0)
        ordinal = 0
        while piece := content.read(PIECE):
            JobPart.objects.create(file=file, ordinal=ordinal, content=piece)
            digest.update(piece)
            size += len(piece)
            ordinal += 1
        file.size, file.sha256 = size, digest.hexdigest()
        file.save(update_fields=["size", "sha256"])
    return file


def pieces(file: JobFile) -> Iterator[bytes]:
    """The file's bytes, a piece at a time."""
    if file.content:
        yield bytes(file.content)
        return
    for part in JobPart.objects.filter(file=file).order_by("ordinal").iterator(chunk_size=1):
        yield bytes(part.content)


def sent_as(name: str, *, inline: bool = False) -> str:
    """The Content-Disposition of a file of this name, whatever is in it: quotes, accents, and no slash of a folder."""
    found: str | None = content_disposition_header(not inline, re.sub(r"[/\\\x00-\x1f]+", "-", name))
    assert found is not None
    return found
