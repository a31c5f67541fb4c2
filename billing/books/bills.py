"""The month's bills are issued: one invoice of all that an organisation on account has had (`monthly_bill.py`), and a
credit note for each document whose credits are more than it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from billing.books.monthly_bill import Bill, bills, by_document, credited, one, wish_of
from billing.models import Document, Issuer, OnAccount, Order, OrderLine
from billing.papers import documents, issuing, ledger, sdi
from billing.papers.amounts import of_summaries
from billing.papers.documents import stamp_of
from billing.papers.snapshots import Paper
from billing.paying import orders
from billing.paying.delivered import Delivered, on_account
from core import effect, outbox
from core.audit import record
from core.clock import now
from core.errors import BillChanged, DomainError, FiscalDataMissing, Pointer, SdiControl
from core.locks import Again, act, lock_rows, patient_act
from core.locks import Order as Locks
from core.models import Job, LogEntry
from core.words import Words
from people.models import Organisation, Person

K = Document.Kind
KIND, KEPT = "bills", timedelta(days=60)
CREDIT = Words("Storno · Credit {number}", "Storno · Credit {number}")


def bill(
    by: Person | None, issuer: Issuer, organisation: Organisation, month: date, seen: str | None = None
) -> list[Document]:
    """The month's bill is issued, with a credit note for each document whose credits are more than it; what it says is
    billed, once whoever asks how often. Nothing to bill: no document.

    `seen` is the fingerprint of the bill that somebody looked at. Raises BillChanged if it is another by now,
    FiscalDataMissing, SdiControl with every fault of the file.
    """
    found = one(issuer, month, organisation)
    _check(found, seen)
    if found.on_bill and (faults := issuing.preview(wish_of(found)).faults):
        raise SdiControl(pointers=sdi.pointers_of(faults))
    return _issue(by, issuer, organisation, month, seen)


def _check(found: Bill, seen: str | None) -> None:
    if seen is not None and found.fingerprint != seen:
        raise BillChanged
    if found.missing:
        raise FiscalDataMissing(
            pointers=[Pointer(f"/{code}", "required", "") for code in found.missing],
            data={"payer": "organisation"},
        )


@patient_act
def _issue(
    by: Person | None, issuer: Issuer, organisation: Organisation, month: date, seen: str | None
) -> list[Document]:
    wanted = set(on_account(issuer, [organisation.pk]).values_list("order_id", flat=True))
    lock_rows(Locks.ORDERS, Order, wanted)
    found = one(issuer, month, organisation)
    if not {row.line.order_id for row in found.rows} <= wanted:
        raise Again  # an order was made between the look and the lock
    _check(found, seen)
    papers = by_document(found.apart)
    kinds = [K.INVOICE] * bool(found.on_bill) + [K.CREDIT_NOTE] * bool(papers)
    if not kinds:
        return []
    _stand_alone(by, [*found.on_bill, *found.apart])
    desk = documents.Desk([(issuer, str(kind)) for kind in kinds])
    documents.queue_to_credit(papers)
    made = [_invoice(found, desk)] if found.on_bill else []
    made += [_credit_note(found, document, rows, desk) for document, rows in papers.items()]
    for document in made:
        told = {"organisation": str(organisation.pk), "month": month.isoformat(), "first": str(made[0].pk)}
        record(by, "bill", document, **told)
        outbox.put("billing.bill_mail", {"document": str(document.pk)}, key=f"bill:{document.pk}")
    effect.note(made[0])
    return made


def issued_with(by: Person, first: UUID) -> list[Document]:
    """What one act of theirs issued, by the first of it."""
    told = LogEntry.objects.filter(by_id=by.pk, act="bill", data__first=str(first))
    same_act = Q(pk=first) | Q(pk__in=told.values("thing_id"))
    return list(Document.objects.filter(same_act).order_by("pk"))


def _stand_alone(by: Person | None, rows: Sequence[Delivered]) -> None:
    """Each order of these has nothing but what is billed now: what of it stays unbilled is owed by another."""
    by_order: dict[UUID, list[OrderLine]] = defaultdict(list)
    for row in rows:
        by_order[row.line.order_id].append(row.line)
    for lines in by_order.values():
        orders.part(lines[0].order, lines, by)


def _invoice(found: Bill, desk: documents.Desk) -> Document:
    assert found.came is not None
    return _billed(
        found,
        found.on_bill,
        desk.freeze_for(
            found.issuer,
            K.INVOICE,
            found.organisation,
            found.came,
            found.paper,
            order_lines=[row.line for row in found.on_bill],
            bills_month=found.month,
        ),
    )


def _credit_note(
    found: Bill, corrects: Document, rows: Sequence[Delivered], desk: documents.Desk
) -> Document:
    summaries = documents.credits_left(corrects, credited(rows))
    if summaries is None:
        raise Again  # the office credited it by hand between the look and the queue
    text, stamp = CREDIT.say("it", number=corrects.number), stamp_of(found.issuer, "borne")
    came = of_summaries(summaries, text, stamp, split=corrects.split)
    paper = Paper("TD04", [(corrects.number, corrects.issued_on)], method="account")
    return _billed(
        found,
        rows,
        desk.freeze_for(
            found.issuer,
            K.CREDIT_NOTE,
            found.organisation,
            came,
            paper,
            corrects=corrects,
            bills_month=found.month,
        ),
    )


def _billed(found: Bill, rows: Sequence[Delivered], document: Document) -> Document:
    lines = [row.line for row in rows]
    Order.objects.filter(pk__in={line.order_id for line in lines}).update(
        state=Order.State.BILLED, bill=document
    )
    ledger.enter_bill(document, lines)
    return document


# -- all of them -----------------------------------------------------------------------------------------


@act
def start(by: Person, issuer: Issuer, month: date) -> Job:
    """A job that issues the bills of the month that are ready, one by one; it may be left, and begun again."""
    job = Job.objects.create(
        kind=KIND,
        person_id=by.pk,
        payload={"issuer": str(issuer.pk), "month": month.isoformat()},
        expires_at=now() + KEPT,
    )
    outbox.put("billing.bills", {"job": str(job.pk)}, key=f"job:{job.pk}")
    return job


def last_run(by: Person, issuer: Issuer, month: date) -> Job | None:
    """The last time that somebody had the month's bills issued, as far as they may follow it."""
    payload = {"issuer": str(issuer.pk), "month": month.isoformat()}
    return Job.objects.filter(kind=KIND, person_id=by.pk, payload=payload).order_by("-made_at").first()


@outbox.handler("billing.bills")
def issue_all(payload: dict[str, Any]) -> None:
    """Each bill that is ready is issued by an act of its own; one that cannot be stops no other."""
    job = Job.objects.get(pk=payload["job"])
    if job.state == Job.State.DONE:
        return
    by = Person.objects.get(pk=job.person_id)
    issuer, month = Issuer.objects.get(pk=job.payload["issuer"]), date.fromisoformat(job.payload["month"])
    wanted = [found for found in bills(issuer, month) if found.state == "ready"]
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, total=len(wanted), done=0, fault="")
    refused = []
    for number, found in enumerate(wanted, 1):
        try:
            bill(by, issuer, found.organisation, month)
        except DomainError as error:
            refused.append(f"{found.organisation.name}: {error.detail}")
        Job.objects.filter(pk=job.pk).update(done=number, fault="; ".join(refused)[:200])
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)


@act
def agree(by: Person, issuer: Issuer, organisation: Organisation, told: dict[str, Any]) -> OnAccount:
    """The organisation's next bills are written and paid as told."""
    made, _ = OnAccount.objects.update_or_create(issuer=issuer, organisation=organisation, defaults=told)
    record(by, "on-account", made, organisation=str(organisation.pk))
    return made
