"""Views of the figures by name: one's own, or a venue's, seen by the offices of those that run it together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from booking.models import SavedView
from core.audit import record
from core.errors import Forbidden, Invalid, NameTaken, Pointer
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.words import Words
from people.models import Partner, Person
from people.roles import As, Standing, open_to
from spaces.models import Venue

MOST = 100
TOO_MANY = Words("Hai già cento viste: toglile una.", "You have a hundred views already: remove one.")


def views_for(has: Standing) -> QuerySet[SavedView]:
    """One's own views, and those of the venues that one's partners run, or run together with others."""
    rows = SavedView.objects.select_related("venue", "made_by")
    if has.administrator:
        return rows.filter(Q(made_by=has.person) | Q(venue__isnull=False))
    own = has.partners(As.MANAGER, As.ACCOUNTANT)
    together = Partner.objects.filter(Q(pk__in=own) | Q(consortium__partners__in=own))
    shared = Q(venue__partner__in=together.values("pk"))
    return rows.filter(Q(made_by=has.person, venue=None) | shared)


@dataclass(frozen=True, slots=True)
class Office:
    """Whose views somebody may keep and remove: their own, and those of the venues of their office. One statement."""

    person: UUID | None
    partners: frozenset[UUID] | None

    @classmethod
    def of(cls, has: Standing) -> Office:
        return cls(has.person, open_to(has))

    def shares(self, venue: Venue) -> bool:
        return self.partners is None or venue.partner_id in self.partners

    def removes(self, view: SavedView) -> bool:
        return view.made_by_id == self.person if view.venue is None else self.shares(view.venue)


@act
def keep(
    by: Person,
    name: str,
    said: Mapping[str, Any],
    venue: Venue | None = None,
    instead_of: UUID | None = None,
) -> SavedView:
    """The view has this name, among one's own or the venue's; nothing of that name is there, or it is the one that was to be
    replaced. Raises NameTaken, Invalid for too many."""
    whose = {"venue": venue} if venue is not None else {"made_by": by, "venue": None}
    # Of two who choose one name at once, the second sees the first's.
    if venue is not None:
        lock_rows(Locks.VENUE, Venue, [venue.pk])
    else:
        lock_rows(Locks.WHO, Person, [by.pk])
    there = SavedView.objects.filter(**whose, name=name).first()
    if there is not None:
        if there.pk != instead_of:
            raise NameTaken
        there.said, there.made_by = dict(said), by
        there.save(update_fields=["said", "made_by"])
        record(by, "keep-view", there)
        return there
    if SavedView.objects.filter(**whose).count() >= MOST:
        raise Invalid(pointers=[Pointer("/name", "too-many", TOO_MANY.say())])
    kept = SavedView.objects.create(**whose, **({"made_by": by} if venue else {}), name=name, said=dict(said))
    record(by, "keep-view", kept)
    return kept


@act
def remove(by: Person, office: Office, view: SavedView) -> None:
    """The view is gone. Raises Forbidden where it is another's, or of a venue that one has no office of."""
    if not office.removes(view):
        raise Forbidden
    record(by, "remove-view", view)
    view.delete()
