"""What waits for the staff's yes or no: requests, and changes of bookings; why each has to be asked, who else would
like that time, and how often whoever asks has come before. A fixed number of statements for any number of rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from booking.changing.moves import pending_of
from booking.judging.clauses import why_staff_decide
from booking.models import Booking, Change, Item, Waiting
from booking.queueing.wanted import are_all_in, sought, suits, things
from core import terms
from core.clock import now
from core.periods import hull, local_date
from people.models import Person
from people.roles import MAY, standing
from spaces.models import Resource
from spaces.policy import policies

S = Booking.State
AS_THEN = "as-then"  # the rules of today would not ask; those it was made under did
CHANGED = {Change.Kind.MOVE: "moved", Change.Kind.HAND_OVER: "handed-over"}
CAUSES = ["always", "short-notice", "long", "hours", "first-time", AS_THEN, *CHANGED.values()]
KINDS = ["request", *(str(kind) for kind in CHANGED)]


@dataclass(slots=True)
class Asked:
    """What staff want to know of one row before they decide."""

    because: list[str] = field(default_factory=list)
    waiting: set[UUID] = field(default_factory=set)  # on the list for such a time
    came: int = 0
    no_shows: int = 0


def changes_asking(at: datetime) -> QuerySet[Change]:
    """Changes that wait for staff at an instant."""
    return Change.objects.filter(state=Change.State.PENDING, waits_for=Change.WaitsFor.APPROVAL, until__gt=at)


def is_asking(at: datetime) -> Q:
    """Which bookings staff have to decide on."""
    changed = Q(state=S.CONFIRMED, pk__in=changes_asking(at).values("booking"))
    return Q(state=S.REQUESTED, held_until__gt=at) | changed


def since(rows: QuerySet[Booking]) -> QuerySet[Booking]:
    """The rows with `since`, when staff were asked, and `decide_by`."""
    change = changes_asking(now()).filter(booking=OuterRef("pk"))
    return rows.annotate(
        since=Coalesce(Subquery(change.values("made_at")[:1]), F("made_at")),
        decide_by=Coalesce(Subquery(change.values("until")[:1]), F("held_until")),
    )


def one_a_series(rows: QuerySet[Booking]) -> QuerySet[Booking]:
    """Of the requests among these that belong to one series only the first: it stands for all of them."""
    return rows.exclude(stands_behind(rows))


def stands_behind(rows: QuerySet[Booking]) -> Q:
    """Which requests have another of their series before them among these."""
    before = rows.filter(state=S.REQUESTED, series=OuterRef("series"), pk__lt=OuterRef("pk"))
    return Q(Exists(before), state=S.REQUESTED)


def dates_besides(bookings: Iterable[Booking]) -> dict[UUID | None, list[Booking]]:
    """All the dates that wait in the series of these requests, by series, where it is more than the request itself; one
    statement."""
    asked = {booking.series_id for booking in bookings if booking.state == S.REQUESTED} - {None}
    found: dict[UUID | None, list[Booking]] = defaultdict(list)
    if asked:
        rows = Booking.objects.filter(state=S.REQUESTED, held_until__gt=now(), series__in=asked)
        for date in rows.select_related("venue", "person", "organisation", "series").order_by("period", "pk"):
            found[date.series_id].append(date)
    return {series: dates for series, dates in found.items() if len(dates) > 1}


def together(asked: Iterable[Asked]) -> Asked:
    """What staff want to know of several dates that one person asks for together."""
    found = list(asked)
    causes = {cause for one in found for cause in one.because}
    waiting = {pk for one in found for pk in one.waiting}
    return Asked([cause for cause in CAUSES if cause in causes], waiting, found[0].came, found[0].no_shows)


def of_kind(kind: str) -> Q:
    """Which bookings ask for this: a request, a move, a hand-over."""
    if kind == "request":
        return Q(state=S.REQUESTED)
    return Q(pk__in=changes_asking(now()).filter(kind=kind).values("booking"))


def kind_of(booking: Booking) -> str:
    """What the booking asks of staff."""
    change = pending_of(booking)
    return change.kind if change is not None and change.kind in CHANGED else "request"


def looked_into(bookings: Sequence[Booking]) -> dict[UUID, Asked]:
    """Of each booking (its changes noted) what staff want to know."""
    items: dict[UUID, list[Item]] = defaultdict(list)
    for item in Item.objects.filter(booking__in=bookings).select_related("resource__venue").order_by("pk"):
        items[item.booking_id].append(item)
    came = _before(bookings)
    found = {}
    for booking in bookings:
        been, missed = came.get((booking.person_id, booking.venue_id), (0, 0))
        found[booking.pk] = Asked(came=been, no_shows=missed)
    _say_why(bookings, items, found)
    _count_waiting(bookings, items, found)
    return found


def _before(bookings: Sequence[Booking]) -> dict[tuple[UUID, UUID], tuple[int, int]]:
    """How often these people have come to these venues, and how often they have not."""
    rows = Booking.objects.filter(
        person__in={b.person_id for b in bookings},
        venue__in={b.venue_id for b in bookings},
        state=S.CONFIRMED,
        period__endswith__lte=now(),
    )
    missed = Q(attendance=Booking.Attendance.NO_SHOW)
    counted = (
        rows.order_by()
        .values("person", "venue")
        .annotate(came=Count("pk", filter=~missed), missed=Count("pk", filter=missed))
    )
    return {(row["person"], row["venue"]): (row["came"], row["missed"]) for row in counted}


def _say_why(
    bookings: Sequence[Booking], items: Mapping[UUID, list[Item]], found: Mapping[UUID, Asked]
) -> None:
    rules = policies({i.resource_id: i.resource for own in items.values() for i in own}.values())
    for booking in bookings:
        asked, change = found[booking.pk], pending_of(booking)
        if change is not None and change.kind in CHANGED:
            asked.because = [CHANGED[Change.Kind(change.kind)]]
            continue
        causes = Counter(
            cause
            for item in items[booking.pk]
            for cause in why_staff_decide(
                rules[item.resource_id].on(local_date(item.period.start, booking.venue.zone)).policy,
                item.resource,
                item.period,
                booking.made_at,
                been_before=asked.came > 0,
            )
        )
        asked.because = [cause for cause in CAUSES if cause in causes] or [AS_THEN]


def _count_waiting(
    bookings: Sequence[Booking], items: Mapping[UUID, list[Item]], found: Mapping[UUID, Asked]
) -> None:
    """Who on the waiting list would have room in what each booking keeps."""
    if not bookings:
        return
    window = hull(booking.period for booking in bookings)
    rows = (
        Waiting.objects.filter(
            venue__in={b.venue_id for b in bookings}, state=Waiting.State.WAITING, window__overlap=window
        )
        .select_related("venue")
        .prefetch_related("besides")
    )
    for waiting in rows:
        for booking in bookings:
            if _would_take(waiting, items[booking.pk]):
                found[booking.pk].waiting.add(waiting.pk)


def _would_take(waiting: Waiting, items: Sequence[Item]) -> bool:
    """Whether these are all that they wait for, as many of each, in time that is long enough."""
    had = Counter[Resource]()
    for item in items:
        if suits(waiting, item.resource) and _is_in_time(waiting, item):
            had[item.resource] += item.quantity
    return are_all_in(things(waiting), had)


def _is_in_time(waiting: Waiting, item: Item) -> bool:
    wish, common = sought(waiting), item.period.clip(waiting.window)
    if common is None:
        return False
    begins = common.start.astimezone(wish.zone)
    return common.minutes >= wish.minutes and (not wish.weekdays or begins.isoweekday() in wish.weekdays)


def rows_for(partners: Iterable[UUID] | None) -> QuerySet[Booking]:
    """What waits at the venues of these partners; None: everywhere."""
    rows = Booking.objects.filter(is_asking(now())).select_related("venue", "person", "organisation")
    return rows if partners is None else rows.filter(venue__partner__in=partners)


@terms.perform("session.approvals")
def approvals_waiting(person: Person) -> int | None:
    """How many requests wait for this person's yes or no, a series as one; None for who may not give one."""
    has = standing(person)
    partners = has.partners(*MAY["booking.approve"])
    if not partners and not has.administrator:
        return None
    return one_a_series(rows_for(None if has.administrator else partners)).count()
