"""Tariffs as their office writes them: a draft that is tried and published, and then never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from billing.models import Rate, Tariff
from billing.prices.tariff_faults import faults
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Invalid, Pointer, Unsatisfiable
from core.ids import uuid7
from core.locks import act, lock_venue
from core.periods import local_date
from core.words import Words
from people.models import Person
from spaces.models import Venue

PUBLISHED = Words("pubblicato", "published")


@act
def draft(by: Person, venue: Venue, data: dict[str, Any], copy_of: Tariff | None) -> Tariff:
    """A new draft for the venue, with the rates of another tariff of its own, or none."""
    made = Tariff.objects.create(venue=venue, partner_id=venue.partner_id, **data)
    rates = list(copy_of.rates.order_by("pk")) if copy_of is not None else []
    for rate in rates:
        rate.pk, rate.tariff = uuid7(), made
        rate._state.adding = True
    Rate.objects.bulk_create(rates)
    record(by, "draft", made)
    return made


@act
def edit(by: Person, tariff_id: UUID, data: dict[str, Any], rates: Sequence[dict[str, Any]] | None) -> Tariff:
    """The draft says this; with `rates`, these and no others. Raises IllegalMove once it is published, Unsatisfiable
    with everything that is wrong and why."""
    tariff = _drafted(tariff_id)
    for name, value in data.items():
        setattr(tariff, name, value)
    _check_days(tariff)
    tariff.save()
    if rates is not None:
        made = [Rate(tariff=tariff, **rate) for rate in rates]
        _check(made)
        tariff.rates.all().delete()
        Rate.objects.bulk_create(made)
    record(by, "edit", tariff)
    return tariff


@act
def discard(by: Person, tariff_id: UUID) -> None:
    """The draft is no more. Raises IllegalMove once it is published."""
    tariff = _drafted(tariff_id)
    record(by, "discard", tariff, name=tariff.name)
    tariff.delete()


@act
def publish(by: Person, tariff_id: UUID) -> Tariff:
    """From its day on it is what the venue charges, over all that were published before; nothing in it changes any
    more. Raises IllegalMove, Unsatisfiable, Invalid when its day has passed."""
    tariff = _drafted(tariff_id)
    today = local_date(now(), tariff.venue.zone)
    if tariff.from_on < today:
        raise Invalid(pointers=[Pointer("/from_on", "in-the-past", today.isoformat())])
    _check(list(tariff.rates.order_by("pk")))
    tariff.published_at = now()
    tariff.save(update_fields=["published_at"])
    record(by, "publish", tariff)
    return tariff


def _drafted(tariff_id: UUID) -> Tariff:
    """The tariff, ours until commit with all of its venue's, if it is a draft."""
    lock_venue(Tariff.objects.values_list("venue_id", flat=True).get(pk=tariff_id), exclusive=True)
    tariff = Tariff.objects.select_related("venue").get(pk=tariff_id)
    if tariff.published_at is not None:
        raise IllegalMove(state=PUBLISHED, data={"state": "published"})
    return tariff


def _check_days(tariff: Tariff) -> None:
    first: date = tariff.from_on
    if tariff.until_on is not None and tariff.until_on <= first:
        raise Invalid(pointers=[Pointer("/until_on", "not-after-from", "")])


def _check(rates: Sequence[Rate]) -> None:
    if found := faults(rates):
        raise Unsatisfiable(why=found[0].said, pointers=[fault.pointer() for fault in found])
