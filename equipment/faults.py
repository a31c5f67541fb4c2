"""A fault is reported by anybody, and staff say what it is."""

from __future__ import annotations

from uuid import UUID

from core import mail
from core.audit import record
from core.clock import now
from core.errors import IllegalMove
from core.ids import encode
from core.locks import act
from core.words import Words
from equipment.models import Fault
from people.models import Person, Role
from spaces.models import Resource

S = Fault.State
OPEN = (S.REPORTED, S.CONFIRMED)
MOVES: dict[str, set[str]] = {
    S.REPORTED: {S.CONFIRMED, S.DISMISSED, S.MENDED},
    S.CONFIRMED: {S.DISMISSED, S.MENDED},
    S.DISMISSED: set(),
    S.MENDED: set(),
}


@act
def report(by: Person, resource: Resource, severity: str, text: str) -> Fault:
    """Staff know of it; nothing is closed until they say so."""
    made = Fault.objects.create(resource=resource, severity=severity, text=text, reported_by=by)
    record(by, "report-fault", made, resource=str(resource.pk))
    _tell_staff(made)
    return made


@act
def handle(by: Person, fault_id: UUID, to: str, answer: str = "") -> Fault:
    """The fault is confirmed, dismissed or mended. Raises IllegalMove."""
    return become(by, fault_id, to, answer)


def become(by: Person | None, fault_id: UUID, to: str, answer: str = "") -> Fault:
    """Inside an act: the fault is in this state, and whoever reported it knows how it ended. Raises IllegalMove."""
    fault = (
        Fault.objects.select_for_update(no_key=True, of=("self",))
        .select_related("resource__venue", "reported_by", "handled_by")
        .get(pk=fault_id)
    )
    if to not in MOVES[fault.state]:
        raise IllegalMove(state=fault.get_state_display(), data={"state": fault.state})
    fault.state, fault.handled_by, fault.handled_at = to, by, now()
    fault.answer = answer or fault.answer
    fault.save(update_fields=["state", "handled_by", "handled_at", "answer"])
    record(by, f"fault-{to}", fault)
    if to in (S.DISMISSED, S.MENDED):
        _tell_reporter(fault)
    return fault


# -- words -----------------------------------------------------------------------------------------------

HOW_IT_ENDED = {
    S.MENDED: Words("è di nuovo a posto: {what}.", "it works again: {what}."),
    S.DISMISSED: Words("abbiamo controllato e funziona: {what}.", "we looked and it works: {what}."),
}


def _tell_reporter(fault: Fault) -> None:
    person = fault.reported_by
    if person is None or not person.is_active:
        return
    said = [Words("{answer}", "{answer}")] if fault.answer else []
    mail.write(
        mail.Reader(person.pk, person.email, person.language),
        Words("La tua segnalazione: {what}", "What you reported: {what}"),
        [Words("Ciao {name},", "Hello {name},"), HOW_IT_ENDED[Fault.State(fault.state)], *said],
        link=(Words("Apri la scheda", "Open its page"), f"/resources/{encode('res', fault.resource_id)}"),
        key=f"fault:{fault.pk}:{fault.state}",
        name=person.name,
        what=fault.resource.name,
        answer=fault.answer,
    )


def _tell_staff(fault: Fault) -> None:
    roles = Role.objects.filter(
        kind=Role.Kind.STAFF, partner=fault.resource.venue.partner_id, person__is_active=True
    )
    for person in Person.objects.filter(roles__in=roles).distinct().order_by("pk"):
        mail.write(
            mail.Reader(person.pk, person.email, person.language),
            Words("Guasto segnalato: {what}", "Fault reported: {what}"),
            [
                Words("{what} ({venue}): {severity}.", "{what} ({venue}): {severity}."),
                Words("«{text}»", "“{text}”"),
            ],
            link=(Words("Apri guasti e manutenzione", "Open faults and upkeep"), "/upkeep"),
            key=f"fault:{fault.pk}:{person.pk}",
            what=fault.resource.name,
            venue=fault.resource.venue.name,
            severity=SEVERITIES[Fault.Severity(fault.severity)],
            text=fault.text,
        )


SEVERITIES = {
    Fault.Severity.UNUSABLE: Words("inutilizzabile", "unusable"),
    Fault.Severity.WITH_CARE: Words("utilizzabile con attenzione", "usable with care"),
}
