"""Who may do what: one table, checked once, at the edge. What is not written here is denied.

A thing tells which partners govern it and whose it is; so `people` need not know any other app.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q

from core.errors import Forbidden, Missing, Unknown
from people.models import Membership, Partner, Person, Role


class As(StrEnum):
    """In which capacity somebody acts."""

    OWNER = "owner"
    DELEGATE = "delegate"
    STAFF = "staff"
    MANAGER = "manager"
    ACCOUNTANT = "accountant"
    ADMINISTRATOR = "administrator"


PEOPLE = {As.OWNER, As.DELEGATE}
HOUSE = {As.STAFF, As.MANAGER, As.ADMINISTRATOR}
OFFICE = {As.MANAGER, As.ACCOUNTANT, As.ADMINISTRATOR}

MAY: dict[str, set[As]] = {
    "booking.see": PEOPLE | HOUSE | {As.ACCOUNTANT},
    "booking.release": PEOPLE | HOUSE,
    "booking.cancel": PEOPLE | HOUSE,
    "booking.pay": PEOPLE | HOUSE,
    "booking.move": PEOPLE | HOUSE,
    "booking.answer": PEOPLE,
    "booking.propose": HOUSE,
    "booking.approve": HOUSE,
    "booking.attend": HOUSE,
    "booking.for-others": HOUSE,
    "fault.see": {As.OWNER} | HOUSE,
    "fault.handle": HOUSE,
    "upkeep.see": HOUSE,
    "outage.see": HOUSE,
    "outage.make": HOUSE,
    "rescue.make": HOUSE,
    "booking.appeal": PEOPLE,
    "consequence.see": PEOPLE | HOUSE,
    "consequence.decide": HOUSE,
    "door.pair": HOUSE,
    "block.see": HOUSE,
    "block.make": HOUSE,
    "desk.see": HOUSE,
    "source.edit": {As.MANAGER, As.ADMINISTRATOR},
    "people.search": HOUSE,
    "rules.edit": {As.MANAGER, As.ADMINISTRATOR},
    "place.edit": {As.MANAGER, As.ADMINISTRATOR},
    "tariff.edit": OFFICE,
    "deposit.see": {As.OWNER, As.ACCOUNTANT} | HOUSE,
    "deposit.reserve": {As.OWNER},
    "deposit.take": HOUSE,
    "pass.see": PEOPLE | HOUSE | {As.ACCOUNTANT},
    "pass.grant": HOUSE,
    "pass-kind.edit": {As.MANAGER, As.ADMINISTRATOR},
    "subscription.pay": PEOPLE,
    "subscription.change": PEOPLE | {As.MANAGER, As.ADMINISTRATOR},
    "programme.see": {As.DELEGATE, As.STAFF} | OFFICE,
    "programme.edit": {As.MANAGER, As.ADMINISTRATOR},
    "programme.admit": HOUSE,
    "programme.report": {As.DELEGATE} | OFFICE,
    "report.see": OFFICE,
    "document.see": PEOPLE | OFFICE,
    "document.export": OFFICE,
    "document.issue": OFFICE,
    "day.close": HOUSE | {As.ACCOUNTANT},
    "refund.see": PEOPLE | HOUSE | {As.ACCOUNTANT},
    "refund.change": PEOPLE | OFFICE,
    "refund.pay": HOUSE | {As.ACCOUNTANT},
    "refund.make": OFFICE,
    "person.erase": {As.ADMINISTRATOR},
    "viewing.see": {As.MANAGER, As.ADMINISTRATOR},
    "organisation.edit": {As.DELEGATE, As.ADMINISTRATOR},
    "consortium.see": OFFICE,
    "agreement.make": {As.MANAGER, As.ADMINISTRATOR},
    "partner.edit": {As.MANAGER, As.ADMINISTRATOR},
    "settlement.lead": {As.MANAGER, As.ADMINISTRATOR},
}


@runtime_checkable
class Governed(Protocol):
    """What a thing tells of itself: the partners that govern it, and whose it is."""

    def governed_by(self) -> Iterable[UUID]: ...

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        """(person, organisation)"""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is, read once a request: roles by partner, delegations, and the consortia they lead."""

    person: UUID | None
    administrator: bool
    by_role: dict[As, frozenset[UUID]]
    delegate_of: frozenset[UUID]
    lead_of: frozenset[UUID]

    def partners(self, *roles: As) -> frozenset[UUID]:
        """The partners for which the person has one of these roles."""
        return frozenset().union(*(self.by_role.get(role, frozenset()) for role in roles))

    def anywhere(self, act: str) -> bool:
        """Whether some role of the person's allows this act somewhere."""
        return (self.administrator and As.ADMINISTRATOR in MAY[act]) or any(
            self.by_role.get(r) for r in MAY[act]
        )

    def books_for(self, organisation: UUID, venue: Governed) -> bool:
        """Whether the person may book at this venue in this organisation's name."""
        return organisation in self.delegate_of or self.allows("booking.for-others", venue)

    def allows(self, act: str, thing: Governed) -> bool:
        person, organisation = thing.belongs_to()
        allowed = MAY[act]
        if As.OWNER in allowed and person is not None and person == self.person:
            return True
        if As.DELEGATE in allowed and organisation in self.delegate_of:
            return True
        if self.administrator and As.ADMINISTRATOR in allowed:
            return True
        return bool(self.partners(*allowed).intersection(thing.governed_by()))


def who_books_for(person: str, organisation: str, partner: str) -> Q:
    """What `Standing.books_for` says, of rows: these are their paths to a person, an organisation, a venue's partner."""
    own = Role.objects.filter(person=OuterRef(person), kind__in=MAY["booking.for-others"])
    delegates = Membership.objects.today().filter(is_delegate=True)
    return Q(Exists(delegates.filter(person=OuterRef(person), organisation=OuterRef(organisation)))) | Q(
        Exists(own.filter(Q(partner=None) | Q(partner=OuterRef(partner))))
    )


NOBODY = Standing(None, False, {}, frozenset(), frozenset())


def standing(person: Person | AnonymousUser) -> Standing:
    """The person's standing; two statements the first time, kept on the person for the request."""
    if not isinstance(person, Person) or not person.is_active:
        return NOBODY
    kept: Standing | None = getattr(person, "_standing", None)
    if kept is None:
        kept = _read(person)
        person._standing = kept  # type: ignore[attr-defined]
    return kept


def _read(person: Person) -> Standing:
    by_role: dict[As, set[UUID]] = {}
    lead_of, administrator = set(), False
    roles = Role.objects.filter(person=person).select_related("partner")
    for role in roles:
        if role.partner is None:
            administrator = True
            continue
        by_role.setdefault(As(role.kind), set()).add(role.partner.pk)
        if role.partner.is_lead and role.partner.consortium_id and role.kind in (As.MANAGER, As.ACCOUNTANT):
            lead_of.add(role.partner.consortium_id)
    delegations = Membership.objects.today().filter(person=person, is_delegate=True)
    return Standing(
        person.pk,
        administrator,
        {role: frozenset(partners) for role, partners in by_role.items()},
        frozenset(delegations.values_list("organisation_id", flat=True)),
        frozenset(lead_of),
    )


def allow(person: Person | AnonymousUser, act: str, thing: Governed, *, seen_by: str | None = None) -> None:
    """Nothing happens if the person may do this to the thing.

    Raises Unknown for a visitor, Missing when the person may not even see it (`seen_by` names the act of
    seeing), Forbidden when they may see it but not do this.
    """
    if not isinstance(person, Person):
        raise Unknown
    has = standing(person)
    if has.allows(act, thing):
        return
    if seen_by is not None and has.allows(seen_by, thing):
        raise Forbidden
    raise Missing


def allow_somewhere(person: Person | AnonymousUser, act: str) -> Standing:
    """The standing of a person who may do this for some partner. Raises Unknown, Forbidden."""
    if not isinstance(person, Person):
        raise Unknown
    has = standing(person)
    if not has.anywhere(act):
        raise Forbidden
    return has


def signed_in(person: Any) -> Person:
    """The person, or Unknown for a visitor."""
    if not isinstance(person, Person):
        raise Unknown
    return person


@dataclass(frozen=True, slots=True)
class OfPartner:
    """Something of a partner's that has no row of its own (its desk, its reports)."""

    partner: UUID

    def governed_by(self) -> Iterable[UUID]:
        return [self.partner]

    def belongs_to(self) -> tuple[UUID | None, UUID | None]:
        return None, None


def open_to(has: Standing) -> frozenset[UUID] | None:
    """The partners whose detail an office may see: its own, and all of a consortium that it leads; None: everybody's."""
    if has.administrator:
        return None
    led = Partner.objects.filter(consortium__in=has.lead_of).values_list("pk", flat=True)
    return has.partners(As.MANAGER, As.ACCOUNTANT) | (frozenset(led) if has.lead_of else frozenset())


def consortium_of(partner: UUID) -> frozenset[UUID]:
    """The partners that run venues together with this one, itself included."""
    found = Partner.objects.filter(consortium__partners=partner).values_list("pk", flat=True)
    return frozenset(found) | {partner}
