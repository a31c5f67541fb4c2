"""Whom an office may issue to: found, written down, and their fiscal data mended.

Its customers are those that its issuers sold to, billed or agreed with, and bodies that nobody has anything to do with
yet. Others are found only by a number or address that one already knows. What a customer's invoices are sent by is
changed by an office only while nobody else deals with them (docs/adr/0094); a partner's own data are the partner's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, ForeignObjectRel, OuterRef, Q, QuerySet
from django.utils.translation import override

from billing.models import (
    Beneficiary,
    Budget,
    Document,
    OnAccount,
    OrderLine,
    Preliminary,
    Programme,
    Subscription,
    VatCheck,
)
from billing.papers.visible import issuers_for
from booking.models import Booking, Item, Series, Waiting
from core import mail, terms
from core.audit import record
from core.errors import Forbidden, Invalid, Missing, Pointer, Reason
from core.locks import Order as Locks
from core.locks import act, lock_rows, lock_words
from core.words import Words
from equipment.models import Certification
from people import fiscal
from people.countries import spoken_in
from people.finding import by_number
from people.models import Membership, Organisation, Partner, Person
from people.roles import Standing

MOST = 20
TAKEN = Words(
    "C'è già un cliente con questo valore: cercalo così com'è.",
    "There is a customer with this already: look it up as it is.",
)
OF_A_PARTNER = Reason(
    "of-a-partner",
    Words("È un partner: cambia i propri dati da sé.", "It is a partner: it changes its data itself."),
)
ANOTHER_S_TOO = Reason(
    "another-s-too",
    Words(
        "È cliente anche di un altro emittente: i suoi dati li cambia il cliente stesso, o un amministratore.",
        "Another issuer's customer, too: its data are changed by the customer itself, or by an administrator.",
    ),
)
CHANGED = (
    Words("I dati di fatturazione sono cambiati", "Billing details have been changed"),
    Words(
        "Ciao {name}, chi emette le fatture ha cambiato i dati di fatturazione di {whose}: {fields}.",
        "Hello {name}, whoever issues the invoices has changed the billing details of {whose}: {fields}.",
    ),
    Words(
        "Valgono dal prossimo documento. Se non tornano, correggili nella tua pagina o rispondi a chi ti fattura.",
        "They count from the next document on. If they are wrong, mend them on your page or tell whoever bills you.",
    ),
)
PAGE = Words("I tuoi dati", "Your details")
UNIQUE = ("vat_number", "tax_code", "email")
Customer = Person | Organisation
Dealing = tuple[QuerySet[Any], str]


def _dealings(kind: type[Customer], whose: Any) -> list[Dealing]:
    """What there may be between a customer and a partner, each with the way to the partner."""
    if kind is Person:
        return [
            (Document.objects.filter(person=whose, organisation=None), "issuer__partner"),
            (OrderLine.objects.filter(order__person=whose, order__organisation=None), "issuer__partner"),
        ]
    return [
        (Document.objects.filter(organisation=whose), "issuer__partner"),
        (OrderLine.objects.filter(order__organisation=whose), "issuer__partner"),
        (OnAccount.objects.filter(organisation=whose), "issuer__partner"),
        (Programme.objects.filter(sponsor=whose), "venue__partner"),
        (Booking.objects.filter(organisation=whose), "venue__partner"),
        (Series.objects.filter(organisation=whose), "venue__partner"),
    ]


@terms.perform("people.known-to")
def known_to(partners: Collection[UUID]) -> Q:
    """Of persons: that they booked or wait at these partners' venues or booked a thing of theirs elsewhere, have hours there
    or a part in a programme, were certified by them, or bought something of them."""
    whose = OuterRef("pk")
    found = Q()
    for rows, partner in (
        (Booking.objects.filter(person=whose), "venue__partner"),
        (Item.objects.filter(booking__person=whose), "resource__owner"),
        (Waiting.objects.filter(person=whose), "venue__partner"),
        (Budget.objects.filter(person=whose), "venue__partner"),
        (Subscription.objects.filter(person=whose), "plan__venue__partner"),
        (Beneficiary.objects.filter(person=whose), "programme__venue__partner"),
        (Certification.objects.filter(person=whose), "skill__partner"),
        *_dealings(Person, whose),
    ):
        found |= Q(Exists(rows.filter(**{f"{partner}__in": partners})))
    return found


def _ours(has: Standing) -> Any:
    return issuers_for(has).order_by().values("partner")


def _dealt(has: Standing, kind: type[Customer]) -> Q:
    found = Q()
    for rows, partner in _dealings(kind, OuterRef("pk")):
        found |= Q(Exists(rows.filter(**{f"{partner}__in": _ours(has)})))
    return found


def _named() -> Q:
    """That something of the database, whatever it is, is of this body: then somebody answers for it. To be offered
    something is nothing yet (a quotation costs nobody anything), nor is to have one's number looked up."""
    found = Q()
    for relation in Organisation._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.related_model not in (
            Preliminary,
            VatCheck,
        ):
            rows = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            found |= Q(Exists(rows))
    return found


def organisations_of(has: Standing) -> QuerySet[Organisation]:
    """The bodies among an office's customers; an administrator's are all."""
    rows = Organisation.objects.select_related("partner")
    return rows if has.administrator else rows.filter(_dealt(has, Organisation) | ~_named())


def people_of(has: Standing) -> QuerySet[Person]:
    """The persons among an office's customers: who bought or was billed something for themselves."""
    rows = Person.objects.all()
    return rows if has.administrator else rows.filter(_dealt(has, Person))


def find(has: Standing, q: str) -> list[Customer]:
    """Customers by a part of their name; and whoever has exactly this VAT number, tax code or e-mail address, whether
    they may sign in or not: whoever is found cannot be written again."""
    known = by_number(q)
    bodies = Organisation.objects.filter(
        Q(pk__in=organisations_of(has).filter(name__icontains=q).values("pk")) | known
    )
    by_name = people_of(has).filter(name__icontains=q, is_active=True)
    people = Person.objects.filter(Q(pk__in=by_name.values("pk")) | known | Q(email=q.strip().lower()))
    found: list[Customer] = [*bodies.order_by("name", "pk")[:MOST], *people.order_by("name", "pk")[:MOST]]
    return sorted(found, key=lambda one: one.name.casefold())[:MOST]


def one(has: Standing, prefix: str, pk: UUID) -> Customer:
    """One of the office's customers. Raises Missing."""
    rows: QuerySet[Any] = organisations_of(has) if prefix == Organisation.prefix else people_of(has)
    found: Customer | None = rows.filter(pk=pk).first()
    if found is None:
        raise Missing
    return found


def against_editing(has: Standing, customer: Customer) -> list[Reason]:
    """Why the office may not mend a customer's data; nothing if it may."""
    if Partner.objects.filter(organisation=customer.pk).exists():
        return [OF_A_PARTNER]
    if has.administrator:
        return []
    dealings = _dealings(type(customer), customer.pk)
    if any(rows.exclude(**{f"{partner}__in": _ours(has)}).exists() for rows, partner in dealings):
        return [ANOTHER_S_TOO]
    return []


@act
def write(by: Person, kind: str, name: str, email: str, data: dict[str, Any]) -> Customer:
    """A customer whom nobody knew: a body, or a person, who has no password and whose data are whole at once, for nobody
    but themselves may complete them before they are billed something.

    Raises Invalid for a number that is wrong, or that somebody has already; and for what misses of a person.
    """
    lock_rows(Locks.WHO, Person, [by.pk])  # who sends twice writes once
    customer: Customer
    if kind == Person.prefix:
        customer = Person(email=email.lower(), name=name, **data)
        customer.language = spoken_in(customer.country)
        customer.set_unusable_password()
    else:
        customer = Organisation(kind=kind, name=name, email=email, **data)
    fiscal.check(customer)
    if isinstance(customer, Person) and (missing := fiscal.missing(customer)):
        raise Invalid(pointers=[Pointer(f"/{field}", "required", "") for field in missing])
    _guard(customer, UNIQUE)
    try:
        with transaction.atomic():
            customer.save(force_insert=True)
    except IntegrityError as error:
        # Who signs up by themselves, with this address and in this moment, does not queue here.
        if "people_person_email" not in str(error):
            raise
        raise _refused(["email"]) from error
    record(by, "write-customer", customer)
    return customer


def _guard(customer: Customer, names: Iterable[str]) -> None:
    """Nobody else has these; whoever would write the same waits until this act has ended. Raises Invalid."""
    values = {
        name: getattr(customer, name) for name in names if name != "email" or isinstance(customer, Person)
    }
    told = {name: value for name, value in values.items() if value}
    lock_words(Locks.WHO, [f"customer:{name}:{value}" for name, value in told.items()])
    if taken := _taken(customer, told):
        raise _refused(taken)


def _taken(customer: Customer, told: dict[str, str]) -> list[str]:
    others = type(customer)._default_manager.exclude(pk=customer.pk)
    return [name for name, value in told.items() if others.filter(**{name: value}).exists()]


def _refused(names: Iterable[str]) -> Invalid:
    return Invalid(pointers=[Pointer(f"/{name}", "taken", TAKEN.say()) for name in names])


@act
def mend(by: Person, has: Standing, customer: Customer, data: dict[str, Any]) -> Customer:
    """The customer's data are as told, for what is issued or sent again from now on; who signs in to look after them
    themselves hears of it, and the log keeps what they were. Raises Invalid, Forbidden with the reason."""
    lock_rows(Locks.WHO, type(customer), [customer.pk])
    if reasons := against_editing(has, customer):
        raise Forbidden(reasons=reasons)
    customer.refresh_from_db()
    before = {name: getattr(customer, name) for name in data}
    for name, value in data.items():
        setattr(customer, name, value)
    fiscal.check(customer)
    old = {name: value for name, value in before.items() if value != data[name]}
    _guard(customer, [name for name in UNIQUE if name in old])
    customer.save(update_fields=list(data))
    record(by, "mend-customer", customer, fields=sorted(data), old=old)
    if old:
        _tell(by, customer, sorted(old))
    return customer


def _tell(by: Person, customer: Customer, names: Sequence[str]) -> None:
    if isinstance(customer, Person):
        people = [customer]
    else:
        delegates = Membership.objects.today().filter(organisation=customer, is_delegate=True)
        people = [row.person for row in delegates.select_related("person").order_by("from_on", "pk")]
    for person in people:
        if person.pk == by.pk or not person.is_active or not person.has_usable_password():
            continue
        with override(person.language):
            fields = ", ".join(str(customer._meta.get_field(name).verbose_name) for name in names)  # type: ignore[union-attr]
        mail.write(
            mail.Reader(person.pk, person.email, person.language),
            CHANGED[0],
            list(CHANGED[1:]),
            link=(PAGE, "/me"),
            name=person.name,
            whose=customer.name,
            fields=fields,
        )
