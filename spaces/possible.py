"""Whether anybody could ever meet some rules, with the arithmetic of why not.

`faults` looks at the words alone; `faults_here` at what a resource is as well: its hours, its seats, how many people
it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import Unsatisfiable
from core.periods import Period
from core.words import Words
from spaces.clauses import COUNTED, SCOPES, SPANS, Hours, Limit, Preset, preset_starts, touched
from spaces.models import Resource
from spaces.policy import BookingPolicy

DAY = 24 * 60
RESCUE_DEFAULTS = ("move", "refund", "keep")
HOLIDAYS_IN_A_ROW = 5
SOME_MONDAY = date(2026, 6, 1)
UTC = ZoneInfo("UTC")


def checked(data: dict[str, Any]) -> BookingPolicy:
    """A policy from words that somebody writes. Raises Unsatisfiable for words that are none, and for what no booking could
    ever meet."""
    policy = BookingPolicy.as_written(data)
    if (wrong := next((words for bad, words in faults(policy) if bad), None)) is not None:
        raise Unsatisfiable(why=wrong)
    return policy


def faults(policy: BookingPolicy) -> Iterator[tuple[bool, Words]]:
    """(is it so, what is wrong) of everything that can be wrong with the words alone."""
    step, least = policy.step, policy.least
    yield step < 1, Words(f"il passo è {step} minuti, almeno 1", f"the step is {step} minutes, at least 1")
    if step < 1:
        return
    yield (
        least < 1,
        Words(f"la durata minima è {least} minuti, almeno 1", f"the least duration is {least}, at least 1"),
    )
    yield from _lengths(policy)
    yield from _ahead(policy)
    for limit in policy.all_limits:
        yield from _limit(limit, _shortest(policy))
    yield from _for_whom(policy)
    yield from _attendance(policy)
    yield (
        policy.rescue_default not in RESCUE_DEFAULTS or not 1 <= policy.rescue_hours <= 14 * 24,
        Words(
            f"il soccorso è move, refund o keep, entro 1-336 ore: {policy.rescue_default}, {policy.rescue_hours}",
            f"a rescue is move, refund or keep, within 1 to 336 hours: {policy.rescue_default}, {policy.rescue_hours}",
        ),
    )
    yield from _of_what(policy)


def _of_what(policy: BookingPolicy) -> Iterator[tuple[bool, Words]]:
    least, most = policy.least_quantity, policy.most_quantity
    yield (
        least is not None and most is not None and least > most,
        Words(f"almeno {least} pezzi ma al più {most}", f"at least {least} pieces but at most {most}"),
    )
    yield (
        bool(policy.stretches) and max(s.most for s in policy.stretches) < policy.least,
        Words(
            f"nessun tratto della settimana lascia {policy.least} minuti",
            f"no stretch of the week leaves {policy.least} minutes",
        ),
    )
    yield (
        any(not (1 <= s.from_day <= 7 and 1 <= s.to_day <= 7) for s in policy.stretches),
        Words("un tratto comincia e finisce in giorni da 1 a 7", "a stretch begins and ends on days 1 to 7"),
    )


def _lengths(policy: BookingPolicy) -> Iterator[tuple[bool, Words]]:
    step, least, most = policy.step, policy.least, policy.most
    times = {"set_up": policy.set_up, "clean_up": policy.clean_up, "notice": policy.notice, "gap": policy.gap}
    times |= {"notice_days": policy.notice_days, "cancel_notice": policy.cancel_notice}
    for name, minutes in times.items():
        yield minutes < 0, Words(f"{name}: {minutes} è meno di 0", f"{name}: {minutes} is less than 0")
    if most is None:
        return
    yield (
        least > most,
        Words(
            f"la durata minima ({least} minuti) supera la massima ({most})",
            f"the least duration ({least} minutes) exceeds the most ({most})",
        ),
    )
    if policy.presets:
        yield (
            not any(_takes(policy, preset) for preset in policy.presets),
            Words(
                f"nessuna fascia dura fra {least} e {most} minuti",
                f"no preset lasts between {least} and {most} minutes",
            ),
        )
        return
    below = most // step * step
    yield (
        below < least,
        Words(
            f"le durate vanno a passi di {step}: {below}, {below + step}; nessuna sta fra {least} e {most}",
            f"durations go in steps of {step}: {below}, {below + step}; none lies between {least} and {most}",
        ),
    )


def _ahead(policy: BookingPolicy) -> Iterator[tuple[bool, Words]]:
    reach = policy.horizon_days * DAY
    if policy.horizon_minutes is not None:
        reach = min(reach, policy.horizon_minutes)
    notice = max(policy.notice, policy.notice_days * DAY)
    yield (
        policy.notice >= reach or policy.notice_days > policy.horizon_days,
        Words(
            f"il preavviso ({notice} minuti) supera l'orizzonte ({reach} minuti)",
            f"the notice ({notice} minutes) exceeds the horizon ({reach} minutes)",
        ),
    )
    working = policy.horizon_working_days
    yield (
        working is not None and working < 0,
        Words("i giorni lavorativi sono meno di 0", "the working days are less than 0"),
    )
    yield (
        working is not None and notice >= (_farthest(working) + 1) * DAY,
        Words(
            f"il preavviso ({notice} minuti) supera l'orizzonte ({working} giorni lavorativi)",
            f"the notice ({notice} minutes) exceeds the horizon ({working} working days)",
        ),
    )
    yield (
        policy.series_horizon_days < policy.horizon_days,
        Words(
            f"le serie arrivano a {policy.series_horizon_days} giorni, le prenotazioni singole a {policy.horizon_days}",
            f"series reach {policy.series_horizon_days} days ahead, single bookings {policy.horizon_days}",
        ),
    )
    first, last = policy.bookable_from, policy.bookable_until
    yield (
        bool(first and last and first >= last),
        Words(
            f"il periodo prenotabile è vuoto: {first} – {last}",
            f"the bookable period is empty: {first} – {last}",
        ),
    )


def _limit(limit: Limit, least: int) -> Iterator[tuple[bool, Words]]:
    named = limit.span in SPANS and limit.on in SCOPES and limit.of in COUNTED
    yield not named, Words("un limite è scritto male", "a limit is misspelt")
    yield (
        (limit.minutes is None) == (limit.bookings is None),
        Words("un limite conta minuti oppure prenotazioni", "a limit counts minutes or bookings"),
    )
    yield (
        limit.minutes is not None and limit.hours is None and limit.minutes < least,
        Words(
            f"un limite di {limit.minutes} minuti è meno della durata minima ({least})",
            f"a limit of {limit.minutes} minutes is less than the least duration ({least})",
        ),
    )
    yield (
        limit.bookings is not None and limit.bookings < 1,
        Words(f"un limite di {limit.bookings} prenotazioni", f"a limit of {limit.bookings} bookings"),
    )
    yield (
        limit.of == "anyone" and limit.on != "resource",
        Words(
            "un limite per tutti insieme vale per una risorsa",
            "a limit of everybody together is of one resource",
        ),
    )
    yield (
        limit.of == "group" and not limit.groups,
        Words("un limite di gruppo non dice quale", "a limit of a group names none"),
    )


def _for_whom(policy: BookingPolicy) -> Iterator[tuple[bool, Words]]:
    supervised = policy.supervision
    yield (
        supervised is not None and not supervised.hours and not supervised.buddy,
        Words("nessuna ora presidiata e nessun compagno", "no staffed hour and no buddy"),
    )
    yield (
        any(not reserved.groups for reserved in policy.reserved)
        or (policy.others_horizon_days is not None and not policy.first_groups),
        Words("una riserva non dice per chi", "a reservation for groups names none"),
    )


def _attendance(policy: BookingPolicy) -> Iterator[tuple[bool, Words]]:
    grace, opens, after = policy.grace, policy.check_in_from, policy.no_show_after
    yield (
        opens < 0 or policy.no_show_fee < 0,
        Words("i tempi e gli importi non sono negativi", "times and amounts are not negative"),
    )
    yield (
        policy.appeal_days < 0 or not 0 <= policy.appeal_until_day <= 28,
        Words("si fa ricorso fino a un giorno da 1 a 28", "appeals end on a day from 1 to 28"),
    )
    yield (
        policy.needs_check_in and grace <= -opens,
        Words(
            f"la tolleranza ({grace} minuti) finisce prima che si possa arrivare ({opens} minuti prima)",
            f"the grace ({grace} minutes) ends before one may check in ({opens} minutes before)",
        ),
    )
    yield (
        policy.needs_check_in and grace >= policy.least,
        Words(
            f"la tolleranza ({grace} minuti) dura più della durata minima ({policy.least})",
            f"the grace ({grace} minutes) outlasts the shortest booking ({policy.least})",
        ),
    )
    if after is None:
        return
    yield (
        min(after.count, after.within_days, after.for_days) < 1,
        Words("le mancate presentazioni si contano da una", "no-shows are counted from one"),
    )
    yield (
        not policy.notice_days <= after.shorter_horizon_days < policy.horizon_days,
        Words(
            f"l'orizzonte ridotto ({after.shorter_horizon_days} giorni) non sta fra preavviso e orizzonte",
            f"the shorter horizon ({after.shorter_horizon_days} days) is not between notice and horizon",
        ),
    )


def _takes(policy: BookingPolicy, preset: Preset) -> bool:
    return bool(_lengths_of(policy, preset))


def _lengths_of(policy: BookingPolicy, preset: Preset) -> list[int]:
    """How long a booking of this preset may be, in minutes."""
    days = (preset.hours.on(SOME_MONDAY + timedelta(days=n), UTC) for n in range(7))
    lengths = (day.minutes for day in days if day is not None)
    return [n for n in lengths if policy.least <= n and (policy.most is None or n <= policy.most)]


def _shortest(policy: BookingPolicy) -> int:
    """The shortest booking there can be: where there are presets, the shortest of them."""
    return min((n for preset in policy.presets for n in _lengths_of(policy, preset)), default=policy.least)


def _farthest(working: int) -> int:
    """So many working days ahead are at most so many days: weekends, and holidays in a row, lie between."""
    return working + 2 * -(-working // 5) + HOLIDAYS_IN_A_ROW if working else 0


# -- in a place ------------------------------------------------------------------------------------------


def faults_here(
    policy: BookingPolicy, resource: Resource, opened: Sequence[Period], pieces: int
) -> Iterator[Words]:
    """What no booking of this resource could meet, with how many there are of it and the stretches in which it is open
    (none known: not judged)."""
    name = resource.name.replace("{", "{{").replace("}", "}}")  # said inside another sentence
    holds, least = resource.capacity, policy.least_people
    if holds is not None and least is not None and least > holds:
        yield Words(
            f"{name} contiene {holds} persone, ne servono almeno {least}",
            f"{name} holds {holds} people, at least {least} are asked for",
        )
    if policy.least_quantity is not None and policy.least_quantity > pieces:
        yield Words(
            f"di {name} ce ne sono {pieces}, se ne prenotano almeno {policy.least_quantity}",
            f"there are {pieces} of {name}, at least {policy.least_quantity} are booked",
        )
    if policy.only_with and set(policy.only_with) == {resource.slug}:
        yield Words(f"{name} si prenota solo con sé stessa", f"{name} is booked only with itself")
    if not opened:
        return
    longest = max(span.minutes for span in opened)
    if policy.least > longest:
        yield Words(
            f"{name} è aperta al più {longest} minuti di fila, la durata minima è {policy.least}",
            f"{name} is open for {longest} minutes at most, the least duration is {policy.least}",
        )
    zone = resource.venue.zone
    if policy.presets and not _any_inside([p.hours for p in policy.presets], opened, zone):
        yield Words(
            f"nessuna fascia sta negli orari di apertura di {name}",
            f"no preset lies in the opening hours of {name}",
        )
    supervised = policy.supervision
    if (
        supervised is not None
        and not supervised.buddy
        and not _meets(supervised.hours, opened, policy.least, zone)
    ):
        yield Words(
            f"le ore presidiate non lasciano {policy.least} minuti negli orari di apertura di {name}",
            f"the staffed hours leave no {policy.least} minutes in the opening hours of {name}",
        )

    shortest = _shortest(policy)
    for limit in policy.all_limits:
        if _leaves_nothing(limit, opened, shortest, zone):
            yield Words(
                f"un limite di {limit.minutes} minuti in tutte le ore di apertura di {name} è meno della durata minima ({shortest})",
                f"a limit of {limit.minutes} minutes in all the opening hours of {name} is less than the least duration ({shortest})",
            )


def _leaves_nothing(limit: Limit, opened: Iterable[Period], shortest: int, zone: ZoneInfo) -> bool:
    """Whether the hours of a limit for everybody meet the shortest booking, wherever it lies, for longer than it lets."""
    if limit.hours is None or limit.minutes is None or limit.groups or limit.of == "organisation":
        return False
    long = [span for span in opened if span.minutes >= shortest]
    return bool(long) and all(
        span.minutes - _inside([limit.hours], span, zone) < shortest - limit.minutes for span in long
    )


def _inside(hours: Sequence[Hours], span: Period, zone: ZoneInfo) -> int:
    """The minutes of a span in these hours."""
    return sum(both.minutes for part in touched(hours, span, zone) if (both := part.clip(span)) is not None)


def _any_inside(hours: Sequence[Hours], opened: Iterable[Period], zone: ZoneInfo) -> bool:
    return any(
        span.covers(period)
        for span in opened
        for start in preset_starts(hours, span, zone)
        for one in hours
        if (period := one.on(start.astimezone(zone).date(), zone)) is not None and period.start == start
    )


def _meets(hours: Sequence[Hours], opened: Iterable[Period], least: int, zone: ZoneInfo) -> bool:
    return any(
        (both := staffed.clip(span)) is not None and both.minutes >= least
        for span in opened
        for staffed in touched(hours, span, zone)
    )
