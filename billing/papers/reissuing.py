"""A document that was refused goes out again: same number and date, a new version; the refused one stays as it was.

What the SdI rejected was never issued, and is issued again within five days, best under its number and date (circular of
the tax office 13/E of 2 July 2018, 1.6; specifications 1.9.1). Its amounts stay: with others it is another sale
(docs/adr/0121). Its natura may be mended where no amount moves with it (docs/adr/0126).
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from billing.models import Document, Revision, SendingCounter
from billing.papers import controls, fatturapa, natura, sdi
from billing.papers.freeze import ITALY
from billing.papers.snapshots import identity_of, seller_of
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Invalid, Pointer, SdiControl
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act
from core.periods import local_date
from people.models import Person

OF_A_LINE = ("description", "unit", "first_on", "last_on")


def reworded(snapshot: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """The snapshot with other words: of `lines` (by their `place`, from 0) description, unit and days, of `rates` the law
    (its lines say it too), and the public body's order (`asked`) and the `reasons`; what is not told stays, and no amount
    changes. Pure.

    Raises Invalid for a place that it has not.
    """
    electronic = dict(snapshot["electronic"])
    lines, shown = [[dict(line) for line in of["lines"]] for of in (electronic, snapshot)]
    rates = [dict(rate) for rate in snapshot["rates"]]
    for n, other in enumerate(told.get("lines", ())):
        line = _at(lines, other["place"], f"/lines/{n}/place")
        line |= {name: other[name] for name in OF_A_LINE if name in other}
        shown[other["place"]]["description"] = line["description"]
    for n, other in enumerate(told.get("rates", ())):
        rate = _at(rates, other["place"], f"/rates/{n}/place")
        rate["legal_text"] = other.get("legal_text", rate["legal_text"])
    laws = {_said(old): new["legal_text"] for old, new in zip(snapshot["rates"], rates, strict=True)}
    for line in lines:
        if "legal_text" in line:
            line["legal_text"] = laws.get(_said(line), line["legal_text"])
    if "asked" in told:
        electronic["order"] = told["asked"]
    if "reasons" in told:
        electronic["reasons"] = list(told["reasons"])
    return snapshot | {"lines": shown, "rates": rates, "electronic": electronic | {"lines": lines}}


def _said(row: dict[str, Any]) -> tuple[Decimal, str, str]:
    return Decimal(row["rate"]), row["natura"], row["legal_text"]


def _at(rows: list[dict[str, Any]], place: int, pointer: str) -> dict[str, Any]:
    if place >= len(rows):
        raise Invalid(pointers=[Pointer(pointer, "invalid", "")])
    return rows[place]


@patient_act
def reissue(by: Person, document_id: UUID, told: dict[str, Any]) -> Document:
    """The document has a new version with today's data of customer and issuer, and the words and naturas that were told.

    Raises IllegalMove if it was not refused, or may not have another natura; Invalid for a natura with which an amount
    would be another; SdiControl if the SdI would refuse what was told.
    """
    document = Document.objects.select_related("issuer__partner__organisation", "person", "organisation").get(
        pk=document_id
    )
    renamed = any("natura" in rate for rate in told.get("rates", ()))
    if renamed:
        natura.hold(document)
    counter, _ = SendingCounter.objects.get_or_create(issuer=document.issuer)
    lock_rows(Locks.NUMBERS, SendingCounter, [counter.pk])
    stands = sdi.standings([document])[document.pk]
    last = Revision.objects.filter(document=document).latest("version")
    if stands.state not in sdi.MENDABLE:
        raise IllegalMove(state=stands.state, data={"state": stands.state})
    if renamed:
        natura.heed(document, stands.state)
    payer = document.organisation or document.person
    worded = reworded(last.snapshot, told) | {"seller": seller_of(document.issuer)}
    changes = natura.changes_of(worded, told)
    snapshot = natura.renatured(worded, changes)
    if payer is not None:
        snapshot["buyer"] = identity_of(payer, payer.name)
    if told and (faults := controls.faults(fatturapa.xml(snapshot, sdi.base36(0)), local_date(now(), ITALY))):
        raise SdiControl(pointers=sdi.pointers_of(controls.to_mend(faults)))
    text = orjson.dumps(snapshot, option=orjson.OPT_SORT_KEYS)
    made = Revision.objects.create(
        document=document,
        version=last.version + 1,
        snapshot=snapshot,
        sha256=hashlib.sha256(last.sha256.encode() + text).hexdigest(),
        previous_sha256=last.sha256,
    )
    natura.enter(document, made.version, snapshot, changes)
    for kind in ("pdf", "xml"):
        outbox.put(f"billing.{kind}", {"revision": str(made.pk)}, key=f"{kind}:{made.pk}")
    record(by, "mend", document, version=made.version, fields=sorted(told))
    return document
