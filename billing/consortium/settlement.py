"""The way of a month among partners: draft, shared, objected to, approved by each, closed and never changed again.

A draft is worked out from the books whenever it is looked at. What is shared is kept word for word with its hash, and
closed only if the books still say the same figures. Closing twice is closing once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from billing.consortium.settlement_content import Content, concerns, content_of, digest, same_books
from billing.models import Approval, ClosedStatement, Objection, Settlement
from billing.papers.freeze import ITALY
from billing.states import SETTLEMENT_ACTS
from core.audit import record
from core.clock import now, today
from core.errors import DoesNotSquare, IllegalMove, Invalid, Missing, Pointer, Reason
from core.ids import encode
from core.locks import Order as Locks
from core.locks import act, lock_rows, patient_act
from core.money import Money
from core.periods import local_date, next_month
from core.words import Words
from people.models import Consortium, Partner, Person, Role

S = Settlement.State
STATES = {
    S.DRAFT: Words("in bozza", "a draft"),
    S.SHARED: Words("condivisa con i partner", "shared with the partners"),
    S.CLOSED: Words("chiusa", "closed"),
}
NOT_OVER = Words("il mese non è ancora finito", "the month is not over yet")
APART = Words(
    "{what}: nella ripartizione {ours}, nei registri {ledger}",
    "{what}: {ours} in the settlement, {ledger} in the books",
)
MOVED = Words(
    "dopo la condivisione i registri sono cambiati: va riaperta e condivisa di nuovo",
    "the books have changed since it was shared: reopen and share it again",
)
UNANSWERED = Words("{n} osservazioni aspettano risposta", "{n} objections wait for an answer")
UNAPPROVED = Words("manca l'approvazione di {names}", "{names} did not approve yet")
TOO_LATE = Words("si poteva osservare fino al {day}", "objections were open until {day}")
PAST = Words("Scegli un giorno da oggi in poi.", "Choose a day from today on.")
SIGNED_THEN = Words(
    "Si firma tra il giorno in cui è stata condivisa e oggi.", "Between the day it was shared and today."
)
NO_LINE = Words(
    "Questa riga non ti riguarda o non esiste.", "This line is not there, or no business of yours."
)


def content(settlement: Settlement) -> Content:
    """What the settlement says: as closed, as shared, or as the books have it now."""
    if settlement.state == S.CLOSED:
        closed: Content = settlement.closed.content
        return closed
    if settlement.content is not None:
        shared: Content = settlement.content
        return shared
    return content_of(settlement.consortium, settlement.first_on)


def wrong_with(act_name: str, settlement: Settlement) -> list[Reason]:
    """Why the act is not possible now; empty if it is."""
    if settlement.state not in SETTLEMENT_ACTS[act_name]:
        return [Reason(IllegalMove.code, STATES[S(settlement.state)])]
    if act_name == "share" and today() < next_month(settlement.first_on):
        return [Reason(DoesNotSquare.code, NOT_OVER, fixable_by="time")]
    if act_name == "object" and settlement.objections_until and today() > settlement.objections_until:
        return [Reason(IllegalMove.code, TOO_LATE, {"day": settlement.objections_until.isoformat()})]
    if act_name == "close" and settlement.state == S.SHARED:
        return [*_unanswered(settlement), *_unapproved(settlement)]
    return []


def _unanswered(settlement: Settlement) -> list[Reason]:
    n = settlement.objections.filter(answered_at=None).count()
    return [Reason(DoesNotSquare.code, UNANSWERED, {"n": n}, fixable_by="you")] if n else []


def _unapproved(settlement: Settlement) -> list[Reason]:
    done = set(settlement.approvals.filter(sha256=settlement.sha256).values_list("partner_id", flat=True))
    partners = Partner.objects.filter(consortium=settlement.consortium_id).exclude(pk__in=done)
    names = ", ".join(partners.order_by("short_name").values_list("short_name", flat=True))
    return (
        [Reason(DoesNotSquare.code, UNAPPROVED, {"names": names}, fixable_by="organisation")] if names else []
    )


@act
def begin(by: Person, consortium_id: UUID, first_on: date) -> Settlement:
    """The month has its settlement, in draft; whoever comes second finds the first's. Raises Invalid for a month to come,
    DoesNotSquare without an agreement."""
    if first_on > today():
        raise Invalid(pointers=[Pointer("/month", "too-early", NOT_OVER.say())])
    lock_rows(Locks.WHO, Consortium, [consortium_id])
    made, new = Settlement.objects.get_or_create(consortium_id=consortium_id, first_on=first_on)
    if new:
        content_of(made.consortium, first_on)  # a month that cannot be worked out is not begun
        record(by, "begin-settlement", made)
    return made


def _locked(settlement_id: UUID, act_name: str) -> Settlement:
    """Inside an act: the settlement, ours until commit, where the act is possible. Raises IllegalMove, DoesNotSquare."""
    lock_rows(Locks.MONTH, Settlement, [settlement_id])
    settlement = Settlement.objects.select_related("consortium").get(pk=settlement_id)
    if reasons := wrong_with(act_name, settlement):
        if settlement.state not in SETTLEMENT_ACTS[act_name]:
            raise IllegalMove(state=STATES[S(settlement.state)].say(), reasons=reasons)
        if act_name == "object":
            raise IllegalMove(state=reasons[0].detail, reasons=reasons)
        raise DoesNotSquare(what=reasons[0].detail, reasons=reasons)
    return settlement


def _squared(settlement: Settlement) -> Content:
    """The month as the books have it now. Raises DoesNotSquare with every sum that is not what it must be."""
    found = content_of(settlement.consortium, settlement.first_on)
    if wrong := found["faults"]:
        reasons = [
            Reason(
                DoesNotSquare.code,
                APART,
                {"what": f["what"], "ours": str(Money(f["ours"])), "ledger": str(Money(f["ledger"]))},
                fixable_by="staff",
            )
            for f in wrong
        ]
        raise DoesNotSquare(what=reasons[0].detail, reasons=reasons)
    return found


@patient_act
def share(by: Person, settlement_id: UUID, until: date) -> Settlement:
    """The partners see these figures, and may object until a day (included). Raises IllegalMove, DoesNotSquare, Invalid."""
    settlement = _locked(settlement_id, "share")
    if until < today():
        raise Invalid(pointers=[Pointer("/objections_until", "past", PAST.say())])
    settlement.content = _squared(settlement)
    settlement.sha256 = digest(settlement.content)
    settlement.state, settlement.objections_until, settlement.shared_at = S.SHARED, until, now()
    settlement.save()
    record(by, "share-settlement", settlement, sha256=settlement.sha256)
    return settlement


@act
def reopen(by: Person, settlement_id: UUID) -> Settlement:
    """It is a draft again: approvals are void, objections stay with their answers."""
    settlement = _locked(settlement_id, "reopen")
    settlement.approvals.all().delete()
    settlement.state, settlement.content, settlement.sha256 = S.DRAFT, None, ""
    settlement.objections_until, settlement.shared_at = None, None
    settlement.save()
    record(by, "reopen-settlement", settlement)
    return settlement


@act
def object_to(by: Person, settlement_id: UUID, partner_id: UUID, line: str, text: str) -> Objection:
    """The partner says what is wrong with a line; if it had approved, it has no longer. Raises IllegalMove, Invalid."""
    settlement = _locked(settlement_id, "object")
    mine = {encode("prt", partner_id)}
    if not any(row["key"] == line and concerns(row, mine) for row in content(settlement)["lines"]):
        raise Invalid(pointers=[Pointer("/line", "unknown", NO_LINE.say())])
    settlement.approvals.filter(partner=partner_id).delete()
    made = Objection.objects.create(
        settlement=settlement, partner_id=partner_id, line=line, text=text, made_by=by
    )
    record(by, "object", settlement, line=line)
    return made


@act
def answer(by: Person, settlement_id: UUID, objection_id: UUID, text: str) -> Objection:
    """The lead partner has answered; once. Raises Missing for another settlement's objection, IllegalMove."""
    settlement = _locked(settlement_id, "answer")
    objection = settlement.objections.filter(pk=objection_id).first()
    if objection is None:
        raise Missing
    if objection.answered_at is not None:
        raise IllegalMove(state=ANSWERED.say())
    objection.answer, objection.answered_at = text, now()
    objection.save(update_fields=["answer", "answered_at"])
    record(by, "answer-objection", settlement, line=objection.line)
    return objection


ANSWERED = Words("ha già una risposta", "it is answered already")


@dataclass(frozen=True, slots=True)
class Signed:
    """A paper by which somebody agreed for a partner that has no manager: what it is, and the day it was signed."""

    document: str
    on: date


def without_manager(consortium_id: UUID) -> QuerySet[Partner]:
    """The partners for which nobody can approve."""
    managed = Role.objects.filter(kind=Role.Kind.MANAGER, person__is_active=True, partner__isnull=False)
    return Partner.objects.filter(consortium=consortium_id).exclude(pk__in=managed.values("partner"))


@act
def approve(by: Person, settlement_id: UUID, partner_id: UUID, signed: Signed | None = None) -> Settlement:
    """The partner agrees to exactly these figures. Raises IllegalMove, DoesNotSquare while its own objection waits,
    Invalid for a paper signed before these were shared, or after today."""
    settlement = _locked(settlement_id, "approve")
    if n := settlement.objections.filter(partner=partner_id, answered_at=None).count():
        why = Reason(DoesNotSquare.code, UNANSWERED, {"n": n}, fixable_by="organisation")
        raise DoesNotSquare(what=why.detail, reasons=[why])
    said: dict[str, object] = {"sha256": settlement.sha256, "made_by": by}
    if signed is not None:
        if settlement.shared_at and not local_date(settlement.shared_at, ITALY) <= signed.on <= today():
            raise Invalid(pointers=[Pointer("/signed_on", "out-of-range", SIGNED_THEN.say())])
        said |= {"document": signed.document, "signed_on": signed.on}
    Approval.objects.get_or_create(settlement=settlement, partner_id=partner_id, defaults=said)
    record(by, "approve-settlement", settlement, partner=str(partner_id), sha256=settlement.sha256)
    return settlement


@patient_act
def close(by: Person, settlement_id: UUID) -> Settlement:
    """What was approved stands for good; of a closed one nothing changes. Raises IllegalMove, DoesNotSquare."""
    settlement = _locked(settlement_id, "close")
    if settlement.state == S.CLOSED:
        return settlement
    # What each approved is closed, word for word: names may have changed since, the figures may not.
    shared = content(settlement)
    if not same_books(_squared(settlement), shared):
        raise DoesNotSquare(what=MOVED.say(), reasons=[Reason(DoesNotSquare.code, MOVED, fixable_by="you")])
    ClosedStatement.objects.create(
        settlement=settlement, content=shared, sha256=settlement.sha256, closed_by=by
    )
    settlement.state = S.CLOSED
    settlement.save(update_fields=["state"])
    record(by, "close-settlement", settlement, sha256=settlement.sha256)
    return settlement
