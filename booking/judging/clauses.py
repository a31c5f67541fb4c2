"""The rules that only some policies have, judged one by one: who may come when, in which slots, with whom.

`time_clauses` is asked by the list of slots and by the judge alike; `given_clauses` only by the judge, for they are
about what somebody fills in when booking.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from booking.judging.facts import Facts, names_of
from booking.judging.reasons import reason
from core.errors import Reason, WayOut
from core.ids import encode
from core.periods import Period, instant, local_date, local_day
from core.words import Words
from spaces.clauses import on_the_clock, touched, within
from spaces.models import Resource
from spaces.policy import BookingPolicy

BUDDIES = 2
ONE_DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Given:
    """What whoever books says besides: how many come, the terms they accept, answers by question."""

    people: int | None = None
    accepted: frozenset[str] = frozenset()
    answers: dict[str, str] = field(default_factory=dict)


NOTHING = Given()


def is_plain(policy: BookingPolicy) -> bool:
    """Whether the policy has none of these clauses, as most have; then nobody need ask."""
    return not (
        policy.presets
        or policy.groups
        or policy.reserved
        or policy.first_groups
        or policy.supervision
        or policy.stretches
        or policy.bookable_from
        or policy.bookable_until
        or policy.least_age is not None
    )


def time_clauses(facts: Facts, resource: Resource, period: Period, given: Given = NOTHING) -> list[Reason]:
    """Why this person may not have this time of this resource, by the clauses of its policy."""
    policy = facts.policy(resource, period.start)
    zone = resource.venue.zone
    apart = _shorter_horizon(facts, resource, period, zone) if facts.shortened else []
    apart += _certified(facts, resource, period, zone) if facts.needed else []
    if is_plain(policy):
        return apart
    return [
        *apart,
        *not_for_you(facts, policy),
        *_season(policy, period, zone),
        *_presets(policy, period, zone),
        *_reserved(facts, policy, period, zone),
        *_members_first(facts, policy, period, zone),
        *_supervision(policy, period, zone, given),
        *_stretches(policy, period, zone),
        *_age(facts, policy, local_date(period.start, zone), zone),
    ]


def _shorter_horizon(facts: Facts, resource: Resource, period: Period, zone: ZoneInfo) -> list[Reason]:
    """Who did not come, as often as the rules say, books less far ahead for a while; an appeal may end it."""
    found = []
    for one in facts.shortened:
        if one.booking.venue_id != resource.venue_id or one.until is None or one.horizon_days is None:
            continue
        last = local_date(period.end - MICROSECOND, zone)
        opens = local_day(last - timedelta(days=one.horizon_days), zone).start
        if opens > facts.at:
            found.append((min(opens, one.until), one))
    if not found:
        return []
    holds_from, missed = max(found, key=lambda pair: pair[0])
    return [
        reason(
            "shorter-horizon",
            count=missed.no_shows,
            days=missed.horizon_days,
            until=f"{missed.until:%d/%m/%Y}",
            holds_from=holds_from,
            way_out=WayOut("appeal", f"/bookings/{encode('bkg', missed.booking_id)}"),
        )
    ]


def _certified(facts: Facts, resource: Resource, period: Period, zone: ZoneInfo) -> list[Reason]:
    """Who is certified now has to be so to the end (docs/adr/0113); who is not is told by what stands."""
    day = local_date(period.end - MICROSECOND, zone)
    return [
        reason(
            "certification-ends",
            skill=Words(skill.name_it, skill.name_en),
            how=Words(skill.how_it, skill.how_en),
            last=f"{until - ONE_DAY:%d/%m/%Y}",
            way_out=WayOut("certify", f"/certifications?skill={skill.code}"),
        )
        for skill in facts.needed.get(resource.pk, ())
        if (until := facts.held.get(skill.pk)) is not None and until <= day
    ]


def not_for_you(facts: Facts, policy: BookingPolicy) -> list[Reason]:
    """Why the policy's groups leave this person out."""
    if not policy.groups or facts.groups.intersection(policy.groups):
        return []
    return [reason("not-for-you", groups=names_of(facts, policy.groups))]


def _season(policy: BookingPolicy, period: Period, zone: ZoneInfo) -> list[Reason]:
    first, last = policy.bookable_from, policy.bookable_until
    if first and period.start < instant(first.date(), first.time(), zone):
        return [reason("not-bookable-before", day=on_the_clock(first))]
    if last and period.end > instant(last.date(), last.time(), zone):
        return [reason("not-bookable-after", day=on_the_clock(last))]
    return []


def _presets(policy: BookingPolicy, period: Period, zone: ZoneInfo) -> list[Reason]:
    day = local_date(period.start, zone)
    if not policy.presets or any(preset.hours.on(day, zone) == period for preset in policy.presets):
        return []
    return [reason("not-a-preset", presets=", ".join(str(preset) for preset in policy.presets))]


def _reserved(facts: Facts, policy: BookingPolicy, period: Period, zone: ZoneInfo) -> list[Reason]:
    for reserved in policy.reserved:
        meets = any(stretch.overlaps(period) for stretch in touched([reserved.hours], period, zone))
        if meets and not facts.groups.intersection(reserved.groups):
            return [reason("reserved-hours", groups=names_of(facts, reserved.groups))]
    return []


def _members_first(facts: Facts, policy: BookingPolicy, period: Period, zone: ZoneInfo) -> list[Reason]:
    if policy.others_horizon_days is None or facts.groups.intersection(policy.first_groups):
        return []
    last = local_date(period.end - MICROSECOND, zone)  # until midnight is of the day before
    opens = local_day(last - timedelta(days=policy.others_horizon_days), zone).start
    if opens <= facts.at:
        return []
    return [reason("members-first", groups=names_of(facts, policy.first_groups), holds_from=opens)]


def _supervision(policy: BookingPolicy, period: Period, zone: ZoneInfo, given: Given) -> list[Reason]:
    found = policy.supervision
    if found is None or within(found.hours, period, zone):
        return []
    if not found.buddy:
        return [reason("not-staffed")]
    return [] if given.people is not None and given.people >= BUDDIES else [reason("buddy-needed")]


def _stretches(policy: BookingPolicy, period: Period, zone: ZoneInfo) -> list[Reason]:
    """Lengths by the stretch of the week (MAKENTNU): within one its own; over several, of each its part."""
    if not policy.stretches:
        return []
    found = [(stretch, during) for stretch in policy.stretches for during in stretch.around(period, zone)]
    parts = [(stretch, both) for stretch, during in found if (both := during.clip(period)) is not None]
    if sum(both.minutes for _, both in parts) < period.minutes:
        return [reason("closed")]
    alone = len(parts) == 1
    longest = max(stretch.most for stretch, _ in parts)
    if not alone and period.minutes <= min(stretch.most for stretch in policy.stretches):
        return []
    if period.minutes > longest:
        return [reason("too-long", most=longest)]
    over = next((s for s, both in parts if not alone and both.minutes > s.crossing), None)
    return [] if over is None else [reason("too-long-here", most=over.crossing)]


def _age(facts: Facts, policy: BookingPolicy, day: date, zone: ZoneInfo) -> list[Reason]:
    if policy.least_age is None or facts.person is None:
        return []
    born = facts.person.born_on
    if born is None:
        return [reason("birth-date-needed", years=policy.least_age, way_out=WayOut("edit", "/me"))]
    of_age = born + relativedelta(years=policy.least_age)
    if day >= of_age:
        return []
    return [reason("too-young", years=policy.least_age, holds_from=local_day(of_age, zone).start)]


def given_clauses(policy: BookingPolicy, given: Given) -> list[Reason]:
    """What is still to be said or accepted before this can be booked."""
    reasons: list[Reason] = []
    if policy.people_needed and given.people is None:
        reasons.append(reason("people-needed"))
    if policy.least_people is not None and (given.people or 0) < policy.least_people:
        reasons.append(reason("too-few-people", least=policy.least_people))
    if policy.terms and policy.terms not in given.accepted:
        reasons.append(reason("terms-to-accept", terms=policy.terms))
    for question in policy.questions:
        said = given.answers.get(question.code, "")
        if (question.required and not said) or (said and question.choices and said not in question.choices):
            reasons.append(reason("question-unanswered", question=question.words))
    return reasons


def asks_words(policy: BookingPolicy) -> bool:
    """Whether whoever books has to say or accept something, so that one press is not enough."""
    return bool(
        policy.people_needed
        or policy.least_people
        or policy.terms
        or any(q.required for q in policy.questions)
    )


def needs_approval(facts: Facts, resource: Resource, period: Period) -> bool:
    """Whether staff will decide on this booking of this person's."""
    policy = facts.policy(resource, period.start)
    been = resource.venue_id in facts.been_to
    return bool(why_staff_decide(policy, resource, period, facts.at, been_before=been))


def why_staff_decide(
    policy: BookingPolicy, resource: Resource, period: Period, at: datetime, *, been_before: bool
) -> list[str]:
    """Why staff have to be asked about this period, booked at `at` by somebody who has been at the venue before, or
    not: `always`, or each case of the policy that it is; nothing if nobody has to be asked."""
    when = policy.approval_when
    if policy.approval or when is None:
        return ["always"] if policy.approval else []
    cases = {
        "short-notice": when.notice_under is not None and _notice(period.start, at) < when.notice_under,
        "long": when.longer_than is not None and period.minutes > when.longer_than,
        "hours": any(s.overlaps(period) for s in touched(when.hours, period, resource.venue.zone)),
        "first-time": when.first_time and not been_before,
    }
    return [case for case, holds in cases.items() if holds]


def _notice(start: datetime, at: datetime) -> int:
    return (start - at) // timedelta(minutes=1)
