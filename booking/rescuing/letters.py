"""What is written to those whose booking cannot be kept: one message for all their bookings, in their language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.models import Booking, Item, Rescue, RescueCase, RescueLetter
from booking.telling.messages import GREETING, facts, when
from core import mail
from core.clock import now
from core.ids import encode
from core.periods import Period, in_words
from core.words import Words
from spaces.models import Resource

ONE = Words("non possiamo tenere la tua prenotazione: {why}.", "we cannot keep your booking: {why}.")
SEVERAL = Words("non possiamo tenere queste prenotazioni: {why}.", "we cannot keep these bookings: {why}.")
HELD = Words(
    "• {what_N}, {when_N}. Al suo posto teniamo per te: {instead_N}, allo stesso prezzo. Rispondi entro il {until_N}.",
    "• {what_N}, {when_N}. In its place we keep for you: {instead_N}, at the same price. Answer by {until_N}.",
)
NOTHING_NEAR = Words(
    "• {what_N}, {when_N}. Non abbiamo trovato nulla di simile: puoi riavere tutto, o metterti in lista d'attesa. "
    "Rispondi entro il {until_N}.",
    "• {what_N}, {when_N}. We found nothing like it: you can have everything back, or join the waiting list. "
    "Answer by {until_N}.",
)
CHOICES = Words(
    "Puoi accettare quello che teniamo per te, riavere per intero quello che hai pagato, o riaverlo e metterti in lista "
    "d'attesa. Basta il collegamento: non serve accedere.",
    "You can take what we keep for you, have all you paid back, or have it back and join the waiting list. The link is "
    "enough: there is no need to sign in.",
)
NO_CHOICE_HELD = Words(
    "Puoi riavere per intero quello che hai pagato, o riaverlo e metterti in lista d'attesa. Basta il collegamento: non "
    "serve accedere.",
    "You can have all you paid back, or have it back and join the waiting list. The link is enough: there is no need to "
    "sign in.",
)
IF_NOT = {
    Rescue.Default.MOVE: Words(
        "Se non rispondi, vale quello che teniamo per te; dove non c'è nulla, il rimborso.",
        "If you do not answer, you have what we keep for you; where there is nothing, your money back.",
    ),
    Rescue.Default.REFUND: Words(
        "Se non rispondi, la prenotazione è disdetta e riavrai tutto.",
        "If you do not answer, the booking is cancelled and you have everything back.",
    ),
    Rescue.Default.KEEP: Words(
        "Se non rispondi, la prenotazione resta com'è e ti chiamiamo noi.",
        "If you do not answer, the booking stays as it is and we call you.",
    ),
}

BEGUN = Words(
    "Quello che è già cominciato, se non rispondi, resta com'è.",
    "What has already begun stays as it is if you do not answer.",
)


def instant(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%d/%m/%Y %H:%M}"


class Letter(NamedTuple):
    """What a rescue says to one person, in the words of both languages."""

    subject: Words
    paragraphs: list[Words]
    link: tuple[Words, str]
    data: dict[str, Any]

    def say(self, language: str) -> mail.Said:
        return mail.say(language, self.subject, self.paragraphs, self.link, **self.data)


class Named(NamedTuple):
    """What the things are called that bookings have, and that are held in their place."""

    has: dict[UUID, str]  # by booking
    held: dict[str, str]  # by resource


def named(cases: Sequence[RescueCase]) -> Named:
    """Of all these cases; two statements."""
    has: dict[UUID, list[str]] = defaultdict(list)
    rows = Item.objects.filter(booking__in={case.booking_id for case in cases}).order_by("pk")
    for booking, name in rows.values_list("booking_id", "resource__name"):
        has[booking].append(name)
    held = {o["resource"] for case in cases if case.chosen is not None for o in case.offers[case.chosen]}
    names = Resource.objects.filter(pk__in=held).values_list("pk", "name") if held else ()
    return Named({pk: ", ".join(found) for pk, found in has.items()}, {str(pk): name for pk, name in names})


def letter_of(rescue: Rescue, cases: Sequence[RescueCase], secret: str, names: Named | None = None) -> Letter:
    """All that one person is told of their bookings (at least one), each with its hour to answer by."""
    zone, names = rescue.venue.zone, names or named(cases)
    said: list[Words] = []
    data: dict[str, Any] = {"name": cases[0].booking.person.name, "why": rescue.reason}
    for n, case in enumerate(cases):
        assert case.until is not None
        data |= {
            f"what_{n}": names.has[case.booking_id],
            f"when_{n}": when(case.booking),
            f"until_{n}": instant(case.until, zone),
            f"instead_{n}": "" if case.chosen is None else instead_of(case, zone, names),
        }
        words = NOTHING_NEAR if case.chosen is None else HELD
        said.append(Words(words.it.replace("_N", f"_{n}"), words.en.replace("_N", f"_{n}")))
    return Letter(
        Words("La tua prenotazione: {what_0}", "Your booking: {what_0}"),
        [
            GREETING,
            ONE if len(cases) == 1 else SEVERAL,
            *said,
            CHOICES if any(case.chosen is not None for case in cases) else NO_CHOICE_HELD,
            IF_NOT[Rescue.Default(rescue.default)],
            *([BEGUN] if any(case.booking.period.start <= now() for case in cases) else []),
        ],
        (Words("Rispondi", "Answer"), f"/answer/{secret}"),
        data,
    )


def write(rescue: Rescue, letter: RescueLetter, cases: Sequence[RescueCase], secret: str) -> None:
    """Inside an act: the letter leaves after it, once; the secret is in it and nowhere else in clear."""
    person = letter.person
    found = letter_of(rescue, cases, secret)
    mail.write(
        mail.Reader(person.pk, person.email, person.language),
        found.subject,
        found.paragraphs,
        link=found.link,
        key=f"rescue:{letter.pk}",
        **found.data,
    )


def instead_of(case: RescueCase, zone: ZoneInfo, names: Named) -> str:
    """What is held, as people read it: names and hours."""
    assert case.chosen is not None
    offer = case.offers[case.chosen]
    called = ", ".join(dict.fromkeys(names.held[o["resource"]] for o in offer))
    first = Period(datetime.fromisoformat(offer[0]["start"]), datetime.fromisoformat(offer[0]["end"]))
    return f"{called}, {in_words(first, zone)}"


def stands_again(booking: Booking, case: RescueCase) -> None:
    """Whoever was written to knows that their booking can be kept after all."""
    person = booking.person
    told = facts(booking)
    mail.write(
        mail.Reader(person.pk, person.email, person.language),
        Words("La tua prenotazione resta: {what}", "Your booking stands: {what}"),
        [
            GREETING,
            Words(
                "si può di nuovo usare: la tua prenotazione resta com'era, non serve rispondere.",
                "it can be used again: your booking stays as it was, there is no need to answer.",
            ),
            Words("{what}, {when} ({venue}). Codice {code}.", "{what}, {when} ({venue}). Code {code}."),
        ],
        link=(Words("Apri la prenotazione", "Open the booking"), f"/bookings/{encode('bkg', booking.pk)}"),
        key=f"stands:{case.pk}",
        name=person.name,
        **told | {"when": when(booking)},
    )
