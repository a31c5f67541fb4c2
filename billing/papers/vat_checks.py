"""VAT numbers of customers in other member states, looked up in VIES in the name of the issuers that wish it.

Nothing waits for an answer: not saving a customer, not issuing. What is asked is asked by the worker, outside any
transaction, one at a time, a few times over a day and a half, and kept with when it was (docs/adr/0125).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet

from billing.models import Issuer, VatCheck
from billing.papers import vies
from billing.papers.customers import Customer
from billing.papers.vies import NoAnswer, Number
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Reason
from core.ids import decode, encode
from core.locks import Order as Locks
from core.locks import act, alone, lock_rows
from core.words import Words
from people.events import number_told
from people.fiscal import union_number
from people.models import FiscalIdentity, Organisation, Person

S = VatCheck.State
TOLD, ASK, ALL = "billing.vat-number-told", "billing.ask-vies", "billing.vies-for-all"
# When it does not answer it is asked again after these; then only when somebody wishes it.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 10, 60, 360, 1440))
# Many numbers at once are asked one after another: a member state answers a few at a time.
SPACING = timedelta(seconds=5)
BETWEEN = timedelta(
    minutes=10
)  # two askings about a customer in an issuer's name, whatever the number and the wish
BLOCKED_FOR = timedelta(days=1)  # nothing is asked after a ban: of the house, or of the issuer

NOBODY = Reason(
    "vies-off",
    Words(
        "Nessun emittente ha acceso la verifica VIES: si accende tra le impostazioni di chi emette.",
        "No issuer has switched on VIES checks: it is done among the issuer's settings.",
    ),
    fixable_by="staff",
)
NO_NUMBER = Reason(
    "no-number-to-ask",
    Words(
        "VIES si chiede per una partita IVA di un altro paese dell'Unione, con cifre di controllo che tornano.",
        "VIES is asked about a VAT number of another country of the Union whose check digits are right.",
    ),
    fixable_by="you",
)
ON_ITS_WAY = Reason(
    "asked-already",
    Words("VIES viene già chiesto: la risposta arriva qui.", "VIES is being asked: its answer comes here."),
    fixable_by="time",
)
LATELY = Words(
    "È stato chiesto da poco: riprova tra dieci minuti.", "It was asked just now: try in ten minutes."
)
BLOCKED = Words(
    "VIES ci ha fatto sapere di aver chiesto troppo: si chiede di nuovo dopo un giorno.",
    "VIES told us that too much was asked: it is asked again after a day.",
)


def number_of(customer: FiscalIdentity) -> Number | None:
    """What VIES may be asked about this customer."""
    found = union_number(customer)
    return Number(*found) if found else None


def askers() -> QuerySet[Issuer]:
    """The issuers that wish their customers' numbers to be looked up."""
    return Issuer.objects.filter(asks_vies=True).select_related("partner__organisation").order_by("pk")


def of(customer: Customer) -> QuerySet[VatCheck]:
    """What was asked about a customer's present number, the latest first; nothing if it has none to ask about."""
    number = number_of(customer)
    rows = VatCheck.objects.select_related("issuer__partner__organisation").order_by("-wanted_at", "-pk")
    if number is None:
        return rows.none()
    return rows.filter(**_whose(customer), letters=number.letters, number=number.rest)


def latest(checks: Sequence[VatCheck]) -> list[VatCheck]:
    """Of checks, the latest first, the last of each issuer."""
    found: dict[UUID, VatCheck] = {}
    for check in checks:
        found.setdefault(check.issuer_id, check)
    return list(found.values())


def _whose(customer: Customer) -> dict[str, Any]:
    return {"organisation" if isinstance(customer, Organisation) else "person": customer}


# -- what makes a number be asked about --------------------------------------------------------------------


@number_told.hear
def told(customer: FiscalIdentity) -> None:
    """A number that was written will be looked up, if anybody wishes it."""
    if isinstance(customer, Person | Organisation) and number_of(customer) and askers().exists():
        outbox.put(TOLD, {"customer": encode(customer.prefix, customer.pk)})


@outbox.handler(TOLD)
def begin(payload: dict[str, Any]) -> None:
    """The customer's present number is asked about in the name of each issuer that did not ask about it before."""
    prefix = payload["customer"].partition("_")[0]
    model: type[Any] = Organisation if prefix == Organisation.prefix else Person
    customer = model.objects.filter(pk=decode(prefix, payload["customer"])).first()
    if customer is not None:
        _begin(customer, list(askers()))


@outbox.handler(ALL)
def for_all(payload: dict[str, Any]) -> None:
    """Every customer whose present number no check of this issuer is about will be looked up, one after another."""
    issuer = askers().filter(pk=payload["issuer"]).first()
    if issuer is None:
        return
    abroad = ~Q(country="IT") & ~Q(vat_number="")
    customers: list[Customer] = [
        *Organisation.objects.filter(abroad).order_by("pk"),
        *Person.objects.filter(abroad, is_active=True).order_by("pk"),
    ]
    rows = VatCheck.objects.filter(issuer=issuer)
    asked = set(rows.values_list("person", "organisation", "letters", "number"))
    at = now()
    for customer in customers:
        number = number_of(customer)
        key = (None, customer.pk) if isinstance(customer, Organisation) else (customer.pk, None)
        if number is not None and (*key, *number) not in asked:
            _begin(customer, [issuer], due_at=at)
            at += SPACING


@act
def _begin(customer: Customer, issuers: Sequence[Issuer], due_at: datetime | None = None) -> None:
    """In the name of those of the issuers that did not ask about the customer's present number before."""
    _lock(customer)
    asked = set(of(customer).values_list("issuer", flat=True))
    _want(customer, [issuer for issuer in issuers if issuer.pk not in asked], due_at)


def _lock(customer: Customer) -> None:
    # Not its type: whoever asks for themselves is the request's lazy user.
    model = Organisation if isinstance(customer, Organisation) else Person
    lock_rows(Locks.WHO, model, [customer.pk])


def _want(customer: Customer, issuers: Sequence[Issuer], due_at: datetime | None = None) -> None:
    number = number_of(customer)
    if number is None:
        return
    rows = [
        VatCheck(issuer=issuer, letters=number.letters, number=number.rest, **_whose(customer))
        for issuer in issuers
    ]
    for check in VatCheck.objects.bulk_create(rows):
        _put(check, due_at)


def _put(check: VatCheck, due_at: datetime | None = None, put_off: str = "") -> None:
    key = f"vies:{check.pk}:{check.tries}{put_off}"
    outbox.put(ASK, {"check": str(check.pk)}, due_at=due_at, key=key)


# -- asking --------------------------------------------------------------------------------------------------


@outbox.handler(ASK)
def ask(payload: dict[str, Any]) -> None:
    look_up(UUID(payload["check"]))


def look_up(pk: UUID) -> None:
    """VIES has been asked, and what it said is kept; or it will be asked again after a pause, a few times.

    One at a time in the whole house, so that a register that hangs takes no more than one worker. Raises NotYet.
    """
    with alone("billing.vies") as ours:
        if not ours:
            raise outbox.NotYet
        _look_up(pk)


def _look_up(pk: UUID) -> None:
    row = VatCheck.objects.filter(pk=pk).filter(Q(state=S.WAITING) | Q(again_at__isnull=False))
    check = row.select_related("issuer__partner__organisation", "person", "organisation").first()
    if check is None:
        return
    about, customer = Number(check.letters, check.number), check.organisation or check.person
    if not check.issuer.asks_vies or customer is None or number_of(customer) != about:
        # Nobody wishes to know any more, and nothing is known; that it was asked stays, for the next number waits for it.
        row.filter(asked_at=None).delete()
        row.update(again_at=None)
        return
    if (from_at := _from(check, customer)) > now():
        _put(check, from_at, f":{from_at.timestamp():.0f}")
        return
    seat = check.issuer.partner.organisation
    by = Number("IT", seat.vat_number) if seat.country == "IT" and seat.vat_number else None
    try:
        said = vies.ask(about, by)
    except NoAnswer as error:
        _unanswered(check, error)
        return
    row.update(
        state=S.VALID if said.valid else S.INVALID,
        asked_at=now(),
        again_at=None,
        consultation=said.consultation,
        told_name=said.name,
        told_address=said.address,
        fault="",
    )


def _from(check: VatCheck, customer: Customer) -> datetime:
    """From when it may be asked: a while after another asking about the customer, and after a ban."""
    others = VatCheck.objects.filter(issuer=check.issuer, **_whose(customer)).exclude(pk=check.pk)
    last: datetime | None = others.aggregate(at=Max("asked_at"))["at"]
    ends = blocked_until([check.issuer])
    return max([now(), *([last + BETWEEN] if last else []), *([ends] if ends else [])])


def blocked_until(issuers: Sequence[Issuer]) -> datetime | None:
    """When a ban ends under which one of these issuers is, if any: its own, or the house's."""
    bans = Q(fault=vies.HOUSE_BLOCKED) | Q(fault=vies.ISSUER_BLOCKED, issuer__in=issuers)
    rows = VatCheck.objects.filter(bans, asked_at__gt=now() - BLOCKED_FOR)
    last: datetime | None = rows.aggregate(at=Max("asked_at"))["at"]
    return last + BLOCKED_FOR if last else None


@act
def _unanswered(check: VatCheck, error: NoAnswer) -> None:
    pauses = PAUSES[check.tries :] if error.again else ()
    again_at = now() + pauses[0] if pauses else None
    # Another worker may have asked at the same time, or somebody have asked anew.
    same = VatCheck.objects.filter(pk=check.pk, tries=check.tries, again_at=check.again_at)
    changed = same.update(
        state=S.UNANSWERED, asked_at=now(), again_at=again_at, tries=check.tries + 1, fault=error.code
    )
    if changed and again_at is not None:
        check.tries += 1
        _put(check, again_at)


# -- what people do ------------------------------------------------------------------------------------------


def against(customer: Customer, checks: Sequence[VatCheck], issuers: Sequence[Issuer]) -> list[Reason]:
    """Why VIES is not to be asked about a customer now, in these issuers' names; nothing if it may be."""
    if not issuers:
        return [NOBODY]
    if number_of(customer) is None:
        return [NO_NUMBER]
    ours = {issuer.pk for issuer in issuers}
    last = [check for check in latest(checks) if check.issuer_id in ours]
    if any(check.state == S.WAITING for check in last):
        return [ON_ITS_WAY]
    from_at = max((check.asked_at + BETWEEN for check in last if check.asked_at), default=None)
    if from_at is not None and from_at > now():
        return [Reason("asked-lately", LATELY, fixable_by="time", holds_from=from_at)]
    if ends := blocked_until(issuers):
        return [Reason("asked-lately", BLOCKED, fixable_by="time", holds_from=ends)]
    return []


@act
def again(by: Person, customer: Customer, issuers: Sequence[Issuer]) -> Customer:
    """VIES will be asked anew about a customer's number, in these issuers' names. Raises IllegalMove with the reasons."""
    _lock(customer)
    checks = list(of(customer))
    if reasons := against(customer, checks, issuers):
        raise IllegalMove(reasons=reasons, state=reasons[0].detail)
    # What waits for its turn is overtaken.
    of(customer).filter(issuer__in=issuers, again_at__isnull=False).update(again_at=None)
    _want(customer, issuers)
    record(by, "ask-vies", customer)
    return customer
