"""What repeats. The only file that knows django-scheduler, which keeps the definitions; expansion is ours.

Upstream expands in the zone of the question instead of the venue's, keeps elapsed time where hours must keep
the wall clock, and walks every rule from its first day; so an Event and its private Rule are written here once,
never edited, and read back as wall-clock days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import rrule
from schedule.models import Calendar, Event, Rule

from core.periods import Period, instant
from spaces.models import Recurrence

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES: dict[str, Any] = {
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
    "YEARLY": rrule.YEARLY,
}
STRIDES = {"DAILY": timedelta(days=1), "WEEKLY": timedelta(days=7)}  # the others differ in length
MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Wall-clock hours on the days that a rule names. `end` None or not after `start`: the next day's clock; with
    `nights`, the clock of so many days later."""

    first_on: date
    start: time
    end: time | None
    frequency: str = "WEEKLY"
    weekdays: tuple[int, ...] = ()  # 1 is Monday
    interval: int = 1
    month_days: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()  # in its month, of each of the weekdays
    until_on: date | None = None  # excluded
    count: int | None = None
    nights: int = 0

    def days(self, first: date, last: date) -> Iterator[date]:
        """The days on which it begins, from `first` (included) to `last` (excluded); cost is of the window."""
        until = min(self.until_on or date.max, last) - timedelta(days=1)
        begin = self.first_on
        if self.count is None and begin < first and self.frequency in STRIDES:
            stride = self.interval * STRIDES[self.frequency]
            begin += (first - begin) // stride * stride
        if begin > until:
            return
        rule = rrule.rrule(
            FREQUENCIES[self.frequency],
            dtstart=datetime.combine(begin, MIDNIGHT),
            until=datetime.combine(until, MIDNIGHT) if self.count is None else None,
            interval=self.interval,
            count=self.count,
            byweekday=self._weekdays() or None,
            bymonthday=self.month_days or None,
        )
        for found in rule:
            if found.date() > until:
                return
            if found.date() >= first:
                yield found.date()

    def _weekdays(self) -> list[rrule.weekday]:
        every = [rrule.weekday(day - 1) for day in self.weekdays]
        return [day(position) for day in every for position in self.positions] if self.positions else every

    def period_on(self, day: date, zone: ZoneInfo) -> Period | None:
        """The hours that begin on a day, each end by its own wall clock; None if a clock change swallows them."""
        return hours_on(day, self.start, self.end, zone, self.nights)


def hours_on(day: date, start: time, end: time | None, zone: ZoneInfo, nights: int = 0) -> Period | None:
    """The same of any hours."""
    over = end is not None and end <= start
    begins = instant(day, start, zone)
    ends = instant(day + timedelta(days=nights or int(over)), end, zone)
    return Period(begins, ends) if begins < ends else None


def define(repeat: Repeat, zone: ZoneInfo, title: str, calendar: str) -> Recurrence:
    """A definition that never changes: an Event with a Rule of its own, and our name for the two."""
    rule = Rule.objects.create(
        name=title[:32], description=title[:32], frequency=repeat.frequency, params=_params(repeat)
    )
    home, _ = Calendar.objects.get_or_create(slug=calendar, defaults={"name": calendar})
    period = repeat.period_on(repeat.first_on, zone)
    start = instant(repeat.first_on, repeat.start, zone)
    event = Event.objects.create(
        start=start,
        end=period.end if period else start + timedelta(hours=1),
        title=title[:255],
        # The wall clock is kept in words too: the instants above cannot say 24:00, nor survive a change of offset.
        description=_hours(repeat),
        rule=rule,
        end_recurring_period=instant(repeat.until_on, MIDNIGHT, zone) if repeat.until_on else None,
        calendar=home,
    )
    return Recurrence.objects.create(event=event, time_zone=zone.key)


def _hours(repeat: Repeat) -> str:
    end = "24:00" if repeat.end is None else f"{repeat.end:%H:%M}"
    return f"{repeat.start:%H:%M}-{end}" + (f"+{repeat.nights}" if repeat.nights else "")


def _params(repeat: Repeat) -> str:
    words = {
        "byweekday": ",".join(WEEKDAYS[day - 1] for day in repeat.weekdays),
        "interval": str(repeat.interval) if repeat.interval > 1 else "",
        "bymonthday": ",".join(map(str, repeat.month_days)),
        "bysetpos": ",".join(map(str, repeat.positions)),
        "count": str(repeat.count or ""),
    }
    return ";".join(f"{name}:{value}" for name, value in words.items() if value)


def read(recurrence: Recurrence) -> Repeat:
    """The definition as it was written."""
    event: Any = recurrence.event
    zone = ZoneInfo(recurrence.time_zone)
    words = dict(word.split(":", 1) for word in event.rule.params.split(";") if word)
    hours, _, nights = event.description.partition("+")
    start, end = hours.split("-")
    return Repeat(
        first_on=event.start.astimezone(zone).date(),
        start=time.fromisoformat(start),
        end=None if end == "24:00" else time.fromisoformat(end),
        frequency=event.rule.frequency,
        weekdays=tuple(WEEKDAYS.index(w) + 1 for w in words.get("byweekday", "").split(",") if w),
        interval=int(words.get("interval", 1)),
        month_days=tuple(map(int, filter(None, words.get("bymonthday", "").split(",")))),
        positions=tuple(map(int, filter(None, words.get("bysetpos", "").split(",")))),
        until_on=event.end_recurring_period.astimezone(zone).date() if event.end_recurring_period else None,
        count=int(words["count"]) if "count" in words else None,
        nights=int(nights or 0),
    )


def end_before(recurrence: Recurrence, day: date) -> None:
    """The definition repeats no more from this day on; what came before stays."""
    event: Any = recurrence.event
    event.end_recurring_period = instant(day, MIDNIGHT, ZoneInfo(recurrence.time_zone))
    event.save(update_fields=["end_recurring_period"])
    recurrence.version += 1
    recurrence.save(update_fields=["version"])


def forget(recurrence: Recurrence) -> None:
    """The definition, its event and its rule are gone."""
    event: Any = recurrence.event
    rule = event.rule
    recurrence.delete()
    event.delete()
    rule.delete()


def with_events(recurrences: Any) -> Any:
    """The rows with what `read` needs, in one statement."""
    return recurrences.select_related("recurrence__event__rule")


def spans(repeats: Iterable[Repeat], zone: ZoneInfo, first: date, last: date) -> list[Period]:
    """All hours that begin from `first` (included) to `last` (excluded), in order."""
    found = (repeat.period_on(day, zone) for repeat in repeats for day in repeat.days(first, last))
    return sorted(period for period in found if period is not None)
