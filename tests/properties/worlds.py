"""Random small worlds: a place to book, its rules, its hours, and what others already have."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from booking.claims import Ask
from booking.holding import blocks
from booking.holding.holds import Wish, hold
from core.errors import DomainError
from core.periods import Period, instant
from people.models import Person
from spaces import layout, opening
from spaces.models import Closure, OpeningRule, Resource, Rules
from tests.cast import LONG_AGO, ROME, Cast

# An ordinary Tuesday, and the two days on which the clock changes.
DAYS = [date(2026, 12, 1), date(2027, 3, 28), date(2026, 10, 25)]
SLOT = timedelta(minutes=15)


@dataclass
class Taken:
    """Something that somebody else did before: a booking or a block of one of the resources."""

    which: int
    start: int  # quarters of an hour from the day's midnight
    quarters: int
    block: bool


@dataclass
class World:
    shape: str
    size: int
    day: date
    at: datetime
    opens: int
    closes: int
    closed: tuple[int, int] | None
    rules: dict[str, Any]
    taken: list[Taken]
    minutes: int
    quantity: int
    later: tuple[date, dict[str, Any]] | None = (
        None  # a version that takes over, in the window or as it begins
    )
    people: int | None = None
    resources: list[Resource] = field(default_factory=list)

    @property
    def window(self) -> Period:
        start = instant(self.day, time(0), ROME)
        return Period(start, start + timedelta(hours=30))

    def build(self, cast: Cast) -> World:
        """The world is in the database, as far as its rules let it."""
        venue = cast.venue
        venue.holidays_of = ""  # the short day of 2027 is Easter, which would be closed
        venue.save()
        Rules.objects.filter(venue=venue).delete()
        OpeningRule.objects.all().delete()
        opening.set_hours(
            venue,
            range(1, 8),
            time(self.opens),
            time(self.closes) if self.closes < 24 else None,
            first_on=LONG_AGO,
        )
        Rules.objects.create(venue=venue, from_on=LONG_AGO, data=self.rules)
        if self.later:
            Rules.objects.create(venue=venue, from_on=self.later[0], data=self.rules | self.later[1])
        self.resources = self._places(cast)
        if self.closed:
            first, last = (self.window.start + q * SLOT for q in self.closed)
            Closure.objects.create(venue=venue, during=Period(first, last))
        for resource in self.resources:
            opening.plan(resource, self.day - timedelta(days=2))
            resource.refresh_from_db()
        for n, taken in enumerate(self.taken):
            self._take(cast, taken, n)
        return self

    def _places(self, cast: Cast) -> list[Resource]:
        if self.shape == "hall":
            hall, a, b = (cast.resource(slug, "hall", slug) for slug in ("intera", "met-a", "met-b"))
            layout.make_divisible(hall, a, b)
            return [hall, a, b]
        place = cast.resource("posto", "desk", "Posto")
        if self.shape == "pool":
            layout.make_pool(place, self.size)
        else:
            layout.make_whole(place)
        return [place]

    def _take(self, cast: Cast, taken: Taken, n: int) -> None:
        resource = self.resources[taken.which % len(self.resources)]
        start = self.window.start + taken.start * SLOT
        period = Period(start, start + taken.quarters * SLOT)
        try:
            if taken.block:
                blocks.block(cast.ivo, resource, period, "other", "prova")
            else:
                other = Person.objects.create(email=f"other{n}@example.org", name="Altra", password="!")
                hold(Wish(other, [Ask(resource, period)], made_by=cast.ivo, override="prova"))
        except DomainError:
            pass  # somebody was there before


# What rules ask of how many, how many people, and together with what.
DEMANDS: list[dict[str, Any]] = [
    {},
    {},
    {"least_quantity": 2},
    {"most_quantity": 1},
    {"least_people": 3},
    {"only_with": ["cosa"]},
    {"least": 120, "most": 240, "presets": []},
]


@st.composite
def worlds(draw: Any, demanding: bool = False) -> World:
    """`demanding`: rules may also ask how many, for how many people and with what, and may change meanwhile."""
    step = draw(st.sampled_from([15, 30, 60]))
    least = step * draw(st.integers(1, 3))
    most = least + step * draw(st.integers(0, 8))
    day = draw(st.sampled_from(DAYS))
    at = instant(day, time(draw(st.integers(0, 20))), ROME) - timedelta(
        days=draw(st.sampled_from([0, 0, 1, 3]))
    )
    opens = draw(st.integers(0, 12))
    quarter = st.integers(0, 110)
    rules: dict[str, Any] = {
        "step": step,
        "least": least,
        "most": most,
        "set_up": draw(st.sampled_from([0, 0, 15, 45])),
        "clean_up": draw(st.sampled_from([0, 0, 15, 30])),
        "notice": draw(st.sampled_from([0, 0, 90, 600])),
        "horizon_days": draw(st.sampled_from([1, 2, 30])),
    }
    if draw(st.booleans()):
        rules["daily_limit"] = max(least, 120)
    if draw(st.integers(0, 3)) == 0:
        rules["presets"] = [{"start": f"{h:02}:00", "end": f"{h + 3:02}:00"} for h in (7, 10, 16)]
        rules["least"], rules["most"] = 60, 240
    later = None
    if demanding:
        rules |= draw(st.sampled_from(DEMANDS))
        turn, words = draw(st.integers(0, 1)), draw(st.sampled_from(DEMANDS))
        later = (day + timedelta(days=turn), words) if words else None
    asks_people = any("least_people" in words for words in (rules, later[1] if later else {}))
    shape = draw(st.sampled_from(["room", "pool", "hall"]))
    closed = draw(st.none() | st.tuples(quarter, st.integers(1, 12)))
    return World(
        shape=shape,
        size=draw(st.integers(2, 4)),
        day=day,
        at=at,
        opens=opens,
        closes=draw(st.integers(opens + 1, 24)),
        closed=(closed[0], closed[0] + closed[1]) if closed else None,
        rules=rules,
        taken=draw(
            st.lists(
                st.builds(Taken, st.integers(0, 2), quarter, st.integers(1, 16), st.booleans()), max_size=7
            )
        ),
        minutes=draw(st.sampled_from([least, most, step * 2, 180])),
        quantity=draw(st.integers(1, 2)) if shape == "pool" else 1,
        later=later,
        people=draw(st.sampled_from([2, 4])) if asks_people else None,
    )
