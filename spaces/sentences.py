"""The rules of a resource as people read them, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from core.money import Money
from core.words import Words, so_long, so_many
from people.models import Group
from spaces.clauses import Hours, Limit, on_the_clock, spoken
from spaces.models import Resource, Venue
from spaces.policy import BookingPolicy

SENTENCES = {
    "duration": Words(
        "Da {least} a {most} minuti, a passi di {step}.",
        "From {least} to {most} minutes, in steps of {step}.",
    ),
    "duration-open": Words(
        "Almeno {least} minuti, a passi di {step}.", "At least {least} minutes, in steps of {step}."
    ),
    "horizon": Words("Prenotabile fino a {days} giorni prima.", "Bookable up to {days} days ahead."),
    "horizon-working-days": Words(
        "Al più {days} giorni lavorativi prima.", "At most {days} working days ahead."
    ),
    "horizon-minutes": Words("Al più {minutes} minuti prima.", "At most {minutes} minutes ahead."),
    "gap": Words(
        "Fra due prenotazioni della stessa persona restano liberi {minutes} minuti.",
        "Between two bookings of one person {minutes} minutes stay free.",
    ),
    "notice": Words("Con almeno {ahead} di preavviso.", "With a notice of at least {ahead}."),
    "approval": Words("La richiesta va approvata dalla segreteria.", "The desk approves each request."),
    "daily-limit": Words(
        "Al massimo {limit} minuti al giorno a persona.", "At most {limit} minutes a day each."
    ),
    "weekly-limit": Words(
        "Al massimo {limit} minuti a settimana a persona.", "At most {limit} minutes a week each."
    ),
    "cancel-notice": Words(
        "Si disdice da soli fino a {ahead} prima.",
        "One cancels oneself until {ahead} before.",
    ),
    "notice-days": Words("Almeno {ahead} prima.", "At least {ahead} ahead."),
    "season": Words("Prenotabile {span}.", "Bookable {span}."),
    "presets": Words("A fasce: {presets}.", "By slots: {presets}."),
    "reserved": Words(
        "{hours}: riservato a {groups}.",
        "{hours}: reserved for {groups}.",
    ),
    "members-first": Words(
        "{groups} prenotano per primi; gli altri fino a {days} giorni prima.",
        "{groups} book first; others up to {days} days ahead.",
    ),
    "people": Words("Va indicato quante persone vengono.", "Say how many people come."),
    "least-people": Words("Per almeno {least} persone.", "For at least {least} people."),
    "age": Words("Da {years} anni.", "From {years} years of age."),
    "staffed": Words("Solo con personale presente: {hours}.", "Only while staffed: {hours}."),
    "buddy": Words(
        "Senza personale presente si lavora in due. Personale: {hours}.",
        "Without staff two work together. Staff: {hours}.",
    ),
    "approval-when": Words(
        "In alcuni casi la richiesta va approvata dalla segreteria.",
        "In some cases the desk approves the request.",
    ),
    "stretch": Words(
        "Da {start} a {end}: al massimo {most} minuti{crossing}.",
        "From {start} to {end}: at most {most} minutes{crossing}.",
    ),
    "quantity": Words("Pezzi: {span}.", "Pieces: {span}."),
    "only-with": Words("Solo insieme a: {what}.", "Only together with: {what}."),
    "terms": Words("Si accettano le condizioni {terms}.", "The terms {terms} are accepted."),
    "check-in": Words(
        "Si registra l'arrivo da {opens} minuti prima a {grace} dopo l'inizio.",
        "Check in from {opens} minutes before to {grace} after the start.",
    ),
    "check-in-before": Words(
        "Si registra l'arrivo da {opens} a {grace} minuti prima dell'inizio.",
        "Check in from {opens} to {grace} minutes before the start.",
    ),
    "no-show-fee": Words("Chi non si presenta deve {fee}.", "Who does not come owes {fee}."),
    "appeal-days": Words("Si fa ricorso entro {days} giorni.", "One may appeal within {days} days."),
    "appeal-until": Words(
        "Si fa ricorso entro il giorno {day} del mese dopo.",
        "One may appeal until day {day} of the month after.",
    ),
    "no-show-after": Words(
        "Dopo {count} assenze in {within} giorni si prenota solo fino a {days} giorni prima, per {lasting} giorni.",
        "After {count} no-shows in {within} days one books only {days} days ahead, for {lasting} days.",
    ),
    "set-up": Words(
        "Prima servono {minutes} minuti di preparazione.", "It takes {minutes} minutes to set up."
    ),
    "clean-up": Words(
        "Dopo servono {minutes} minuti di riordino.", "It takes {minutes} minutes to clean up."
    ),
}

# What a limit counts, by span; in minutes or in bookings.
LIMITS = {
    "day": Words("al giorno", "a day"),
    "week": Words("a settimana", "a week"),
    "month": Words("al mese", "a month"),
    "year": Words("all'anno", "a year"),
    "future": Words("ancora da usare", "still to come"),
    "at_once": Words("insieme", "at once"),
}
WHOSE = {
    "person": Words("a persona", "each"),
    "organisation": Words("per organizzazione", "for each organisation"),
    "group": Words("per tutto il gruppo", "for the whole group"),
    "anyone": Words("in tutto", "in all"),
}
WHERE = {
    "resource": Words("", ""),
    "kind": Words(" su tutte quelle dello stesso tipo", " over all of the kind"),
    "venue": Words(" in tutta la sede", " in the whole venue"),
}
LIMIT = Words(
    "Al massimo {most} {what} {span}, {whose}{where}{when}{groups}.",
    "At most {most} {what} {span}, {whose}{where}{when}{groups}.",
)
MINUTES, BOOKINGS = Words("minuti", "minutes"), Words("prenotazioni", "bookings")


def sentences(policy: BookingPolicy, venue: Venue) -> list[dict[str, str]]:
    """The rules in force at a venue, as people read them; one statement where they name other resources, else none."""
    named = called(venue.pk, policy.only_with) if policy.only_with else ""
    return [{"code": code, "text": words.say(**data)} for code, words, data in _told(policy, named)]


def called(venue: UUID, slugs: Sequence[str]) -> str:
    """What people call these resources of a venue, in the order in which the rules name them."""
    names = dict(Resource.objects.filter(venue=venue, slug__in=slugs).values_list("slug", "name"))
    return ", ".join(names.get(slug, slug) for slug in slugs)


def _told(policy: BookingPolicy, named: str) -> Iterator[tuple[str, Words, dict[str, Any]]]:
    for code, data in (*_when(policy), *_who(policy), *_together(policy, named), *_coming(policy)):
        yield code, SENTENCES[code], data
    for limit in policy.limits:
        yield "limit", LIMIT, _limit(limit)


def _limit(limit: Limit) -> dict[str, Any]:
    by_minutes = limit.minutes is not None
    return {
        "most": limit.minutes if by_minutes else limit.bookings,
        "what": MINUTES if by_minutes else BOOKINGS,
        "span": LIMITS[limit.span],
        "whose": WHOSE[limit.of],
        "where": WHERE[limit.on],
        "when": f" ({_hours([limit.hours])})" if limit.hours else "",
        "groups": f" ({_names(limit.groups)})" if limit.groups else "",
    }


WEEK = Words("lun mar mer gio ven sab dom", "Mon Tue Wed Thu Fri Sat Sun")
CROSSING = Words(", {most} se si va oltre", ", {most} when going on beyond")


def _of_the_week(policy: BookingPolicy) -> Iterator[tuple[str, dict[str, Any]]]:
    for s in policy.stretches:
        told = {"start": f"{_day(s.from_day)} {spoken(s.start)}", "end": f"{_day(s.to_day)} {spoken(s.end)}"}
        crossing = "" if s.most_crossing is None else CROSSING.say(most=s.most_crossing)
        yield "stretch", {**told, "most": s.most, "crossing": crossing}


def _day(number: int) -> str:
    return WEEK.say().split()[number - 1]


def _together(policy: BookingPolicy, named: str) -> Iterator[tuple[str, dict[str, Any]]]:
    least, most = policy.least_quantity, policy.most_quantity
    if least is not None or most is not None:
        yield "quantity", {"span": f"{least or 1}–{most or ''}"}
    if policy.only_with:
        yield "only-with", {"what": named}


def _when(policy: BookingPolicy) -> Iterator[tuple[str, dict[str, Any]]]:
    if policy.presets:
        yield "presets", {"presets": ", ".join(str(preset) for preset in policy.presets)}
    else:
        lengths = {"least": policy.least, "most": policy.most, "step": policy.step}
        yield "duration" if policy.most else "duration-open", lengths
    yield from _of_the_week(policy)
    yield "horizon", {"days": policy.horizon_days}
    if policy.horizon_working_days is not None:
        yield "horizon-working-days", {"days": policy.horizon_working_days}
    if policy.horizon_minutes is not None:
        yield "horizon-minutes", {"minutes": policy.horizon_minutes}
    if policy.notice:
        yield "notice", {"ahead": so_long(policy.notice)}
    if policy.notice_days:
        yield "notice-days", {"ahead": so_many(policy.notice_days, "days")}
    if policy.cancel_notice:
        yield "cancel-notice", {"ahead": so_long(policy.cancel_notice)}
    if policy.bookable_from or policy.bookable_until:
        days = (policy.bookable_from, policy.bookable_until)
        yield "season", {"span": " – ".join(on_the_clock(day) if day else "…" for day in days)}
    for code, minutes in (
        ("set-up", policy.set_up),
        ("clean-up", policy.clean_up),
        ("gap", policy.gap),
    ):
        if minutes:
            yield code, {"minutes": minutes}


def _who(policy: BookingPolicy) -> Iterator[tuple[str, dict[str, Any]]]:
    if policy.approval:
        yield "approval", {}
    elif policy.approval_when:
        yield "approval-when", {}
    for code, limit in (("daily-limit", policy.daily_limit), ("weekly-limit", policy.weekly_limit)):
        if limit is not None:
            yield code, {"limit": limit}
    for reserved in policy.reserved:
        yield "reserved", {"hours": _hours([reserved.hours]), "groups": _names(reserved.groups)}
    if policy.others_horizon_days is not None:
        yield "members-first", {"groups": _names(policy.first_groups), "days": policy.others_horizon_days}
    if policy.least_people is not None:
        yield "least-people", {"least": policy.least_people}
    elif policy.people_needed:
        yield "people", {}
    if policy.least_age is not None:
        yield "age", {"years": policy.least_age}
    if policy.supervision:
        code = "buddy" if policy.supervision.buddy else "staffed"
        yield code, {"hours": _hours(policy.supervision.hours) or "—"}
    if policy.terms:
        yield "terms", {"terms": policy.terms}


def _coming(policy: BookingPolicy) -> Iterator[tuple[str, dict[str, Any]]]:
    if policy.needs_check_in:
        code = "check-in" if policy.grace >= 0 else "check-in-before"
        yield code, {"opens": policy.check_in_from, "grace": abs(policy.grace)}
    if policy.no_show_fee:
        yield "no-show-fee", {"fee": str(Money(policy.no_show_fee))}
    if policy.appeal_days:
        yield "appeal-days", {"days": policy.appeal_days}
    if policy.appeal_until_day:
        yield "appeal-until", {"day": policy.appeal_until_day}
    if (after := policy.no_show_after) is not None:
        yield (
            "no-show-after",
            {
                "count": after.count,
                "within": after.within_days,
                "days": after.shorter_horizon_days,
                "lasting": after.for_days,
            },
        )


def _hours(hours: Iterable[Hours]) -> str:
    return ", ".join(f"{spoken(h.start)}–{spoken(h.end)}" for h in hours)


def _names(groups: Iterable[str]) -> str:
    return ", ".join(Group.objects.filter(pk__in=groups).order_by("name").values_list("name", flat=True))
