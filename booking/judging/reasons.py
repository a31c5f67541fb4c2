"""Every reason for which a booking can be refused, in both languages, with who can mend it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.errors import Reason, WayOut
from core.words import Words

W = Words
CATALOGUE: dict[str, tuple[Words, str]] = {
    "slot-taken": (W("Questo orario è già preso.", "This time is already taken."), "nobody"),
    "not-offered": (W("{resource} al momento non è prenotabile.", "{resource} is not offered at present."), "staff"),
    "closed": (W("In quell'orario è chiuso.", "It is closed at that time."), "nobody"),
    "out-of-order": (W("{resource} è fuori servizio.", "{resource} is out of order."), "staff"),
    "not-yet-planned": (W("Gli orari di quel periodo non sono ancora pubblicati.", "The hours of that period are not published yet."), "time"),
    "not-on-step": (W("Si comincia ogni {step} minuti dall'apertura.", "Bookings begin every {step} minutes from opening."), "you"),
    "length-not-on-step": (W("La durata è un multiplo di {step} minuti.", "The length is a multiple of {step} minutes."), "you"),
    "too-short": (W("La durata minima è {least} minuti.", "The shortest booking is {least} minutes."), "you"),
    "too-long": (W("La durata massima è {most} minuti.", "The longest booking is {most} minutes."), "you"),
    "past": (W("È già passato.", "It is in the past."), "nobody"),
    "too-soon": (W("Serve un preavviso di {ahead}.", "It needs a notice of {ahead}."), "you"),
    "too-far": (W("Si può prenotare fino a {ahead} prima.", "It can be booked up to {ahead} ahead."), "time"),
    "shorter-horizon": (W("Dopo {count} mancate presentazioni puoi prenotare solo fino a {days} giorni prima, fino al {until}.", "After {count} no-shows you may book only {days} days ahead, until {until}."), "time"),
    "too-many": (W("Ce ne sono al massimo {most}.", "There are at most {most}."), "you"),
    "too-few": (W("Se ne prenotano almeno {least}.", "At least {least} are booked."), "you"),
    "only-with": (W("Si prenota solo insieme a: {what}.", "It is booked only together with: {what}."), "you"),
    "only-with-others": (W("Si prenota solo insieme a una sala o una macchina.", "It is booked only together with a room or a machine."), "you"),
    "too-long-here": (W("A cavallo di queste ore se ne prenotano al massimo {most} minuti.", "Of these hours at most {most} minutes can be booked."), "you"),
    "too-many-people": (W("Contiene al massimo {most} persone.", "It holds at most {most} people."), "you"),
    "too-many-holds": (W("Hai già {most} opzioni aperte: concludine o lasciane una.", "You already keep {most} holds: finish or give back one."), "you"),
    "not-certified": (W("Serve l'abilitazione {skill}. {how}", "The certification {skill} is needed. {how}"), "you"),
    "certification-ends": (W("L'abilitazione {skill} vale fino al {last}: va rinnovata prima. {how}", "The certification {skill} is valid until {last}: it has to be renewed first. {how}"), "you"),
    "not-for-you": (W("È riservato a: {groups}.", "It is reserved for: {groups}."), "staff"),
    "daily-limit": (W("Il limite è {limit} minuti al giorno{whose}: già {used}.", "The limit is {limit} minutes a day{whose}; {used} already."), "time"),
    "weekly-limit": (W("Il limite è {limit} minuti a settimana{whose}: già {used}.", "The limit is {limit} minutes a week{whose}; {used} already."), "time"),
    "monthly-limit": (W("Il limite è {limit} minuti al mese{whose}: già {used}.", "The limit is {limit} minutes a month{whose}; {used} already."), "time"),
    "yearly-limit": (W("Il limite è {limit} minuti all'anno{whose}: già {used}.", "The limit is {limit} minutes a year{whose}; {used} already."), "time"),
    "yearly-limit-of-bookings": (W("Il limite è di {limit} prenotazioni all'anno{whose}: già {used}.", "The limit is {limit} bookings a year{whose}; {used} already."), "time"),
    "too-close": (W("Fra due tue prenotazioni servono {gap} minuti liberi per gli altri.", "Between two bookings of yours {gap} minutes stay free for others."), "you"),
    "future-limit": (W("Il limite è {limit} minuti ancora da usare{whose}: già {used}.", "The limit is {limit} minutes still to come{whose}; {used} already."), "time"),
    "at-once-limit": (W("Il limite è {limit} minuti insieme{whose}: già {used}.", "The limit is {limit} minutes at once{whose}; {used} already."), "time"),
    "daily-limit-of-bookings": (W("Il limite è di {limit} prenotazioni al giorno{whose}: già {used}.", "The limit is {limit} bookings a day{whose}; {used} already."), "time"),
    "weekly-limit-of-bookings": (W("Il limite è di {limit} prenotazioni a settimana{whose}: già {used}.", "The limit is {limit} bookings a week{whose}; {used} already."), "time"),
    "monthly-limit-of-bookings": (W("Il limite è di {limit} prenotazioni al mese{whose}: già {used}.", "The limit is {limit} bookings a month{whose}; {used} already."), "time"),
    "future-limit-of-bookings": (W("Il limite è di {limit} prenotazioni future{whose}: già {used}.", "The limit is {limit} bookings to come{whose}; {used} already."), "time"),
    "at-once-limit-of-bookings": (W("Il limite è di {limit} prenotazioni nello stesso momento{whose}: già {used}.", "The limit is {limit} bookings at once{whose}; {used} already."), "time"),
    "too-soon-days": (W("Si prenota almeno {ahead} prima.", "It is booked at least {ahead} ahead."), "you"),
    "not-bookable-before": (W("Si può prenotare dal {day}.", "It can be booked from {day}."), "you"),
    "not-bookable-after": (W("Si può prenotare fino al {day} escluso.", "It can be booked until {day}, excluded."), "you"),
    "not-a-preset": (W("Si prenota a fasce: {presets}.", "It is booked by slots: {presets}."), "you"),
    "reserved-hours": (W("Queste ore sono riservate a: {groups}.", "These hours are reserved for: {groups}."), "staff"),
    "members-first": (W("Per ora possono prenotare solo: {groups}.", "For now only these may book: {groups}."), "time"),
    "not-staffed": (W("In queste ore non c'è personale.", "Nobody of the staff is there at these hours."), "you"),
    "buddy-needed": (W("Senza personale si lavora in due: indica almeno 2 persone.", "Without staff two work together: say that at least 2 people come."), "you"),
    "too-young": (W("Bisogna avere {years} anni.", "One must be {years} years old."), "time"),
    "birth-date-needed": (W("Serve la tua data di nascita: bisogna avere {years} anni.", "Your date of birth is needed: one must be {years} years old."), "you"),
    "people-needed": (W("Indica quante persone vengono.", "Say how many people come."), "you"),
    "too-few-people": (W("Si prenota per almeno {least} persone.", "It is booked for at least {least} people."), "you"),
    "terms-to-accept": (W("Vanno accettate le condizioni: {terms}.", "The terms have to be accepted: {terms}."), "you"),
    "question-unanswered": (W("Manca una risposta: {question}", "An answer is missing: {question}"), "you"),
    "nothing-chosen": (W("Nessuna data è stata scelta.", "No date is chosen."), "you"),
    "clock-change": (W("Il cambio dell'ora cancella quest'orario.", "The clock change leaves nothing of this time."), "nobody"),
    "holiday": (W("{name}: saltata come chiesto.", "{name}: skipped, as asked."), "you"),
    "dearer-than-paid": (W("Costerebbe più di quanto hai pagato a chi la fornisce: cambia questa data da sola e paga la differenza.", "It would cost more than you paid whoever provides it: change this date by itself and pay the difference."), "you"),
    "payment-under-way": (W("C'è un pagamento in corso: concludilo o lascialo, poi cambia la data.", "A payment is under way: finish or leave it, then change the date."), "you"),
    "approval-first": (W("Questo orario va approvato: chiedilo per questa data da sola.", "This time needs approval: ask for it for this date by itself."), "you"),
    "none-fits": (W("Qui non c'è una risorsa adatta.", "Nothing here fits."), "you"),
    "too-many-places": (W("Sei già in lista {most} volte: lascia un posto.", "You are on the list {most} times already: leave one place."), "you"),
    "sign-in-needed": (W("Accedi per prenotare.", "Sign in to book."), "you"),
    # Reasons of actions on what exists.
    "no-right": (W("Il tuo ruolo non lo permette.", "Your role does not allow it."), "staff"),
    "not-in-its-name": (W("Non puoi più prenotare a nome di {body}.", "You may not book in the name of {body} any more."), "staff"),
    "wrong-state": (W("Lo stato attuale è: {state}.", "Its present state is: {state}."), "nobody"),
    "offer-over": (W("Il tempo per rispondere è scaduto.", "The time to answer has run out."), "nobody"),
    "already-started": (W("È già cominciata.", "It has already begun."), "nobody"),
    "not-begun": (W("Non è ancora il momento: si registra da {minutes} minuti prima.", "Not yet: from {minutes} minutes before."), "time"),
    "nobody-to-write-to": (W("Non c'è nessuno a cui scrivere.", "There is nobody to write to."), "nobody"),
    "already-here": (W("Ha già registrato l'arrivo alle {at}.", "Already checked in at {at}."), "nobody"),
    "already-left": (W("È già andato via.", "Already left."), "nobody"),
    "did-not-come": (W("Non si è presentato in tempo: l'orario è stato liberato.", "Did not come in time: the slot was let go."), "staff"),
    "wrong-place": (W("È per un altro posto: {place}.", "It is for another place: {place}."), "you"),
    "unpaid": (W("Restano da pagare {amount}.", "{amount} is still to be paid."), "you"),
    "certification-ended": (W("L'abilitazione {skill} non è più valida. {how}", "The certification {skill} is no longer valid. {how}"), "staff"),
    "unknown-code": (W("Nessuna prenotazione di qui ha questo codice.", "No booking here has this code."), "nobody"),
    "nothing-to-appeal": (W("Non c'è nulla contro cui fare ricorso.", "There is nothing to appeal against."), "nobody"),
    "too-late-to-appeal": (W("Si poteva fare ricorso fino al {last_day}.", "One could appeal until {last_day}."), "staff"),
    "change-pending": (W("C'è già una modifica in attesa.", "A change is waiting already."), "you"),
    "handed-too-often": (W("In un giorno una prenotazione si offre ad altri al massimo {most} volte.", "In one day a booking is handed over at most {most} times."), "time"),
    "hands-over-too-many": (W("In un giorno si offrono ad altri al massimo {most} prenotazioni.", "In one day one hands over at most {most} bookings."), "time"),
    "no-change": (W("Nessuna modifica è in attesa.", "No change is waiting."), "nobody"),
    "nothing-changes": (W("È già così.", "That is how it is already."), "you"),
    "too-late-to-leave": (W("Si sposta fino a {ahead} prima dell'inizio.", "It can be moved until {ahead} before its start."), "staff"),
    "too-late-to-cancel": (W("Si disdice fino a {ahead} prima dell'inizio.", "It can be cancelled until {ahead} before its start."), "staff"),
    "not-yours-to-answer": (W("La risposta spetta a qualcun altro.", "The answer is somebody else's to give."), "nobody"),
    "cancel-instead": (W("È ancora nel termine per la disdetta con rimborso intero: disdici o accorcia.", "It can still be cancelled or shortened with all its money back."), "you"),
    "nothing-paid": (W("Non c'è nulla di pagato da riavere.", "Nothing was paid that could come back."), "nobody"),
    "not-at-an-edge": (W("Si restituisce un pezzo all'inizio o alla fine.", "A piece at the start or at the end can be given back."), "you"),
    "costs-more": (W("Costa di più: si prolunga dalla pagina della prenotazione.", "It costs more: extend it on the booking's page."), "you"),
    "staff-agree": (W("Deve dire di sì la segreteria: si chiede dalla pagina della prenotazione.", "Staff have to agree: ask on the booking's page."), "staff"),
    "not-at-this-door": (W("Qui non si sa di chi: si prolunga dalla pagina della prenotazione.", "Nobody knows whose here: extend it on the booking's page."), "you"),
    "over": (W("È già finita.", "It is over."), "nobody"),
}  # fmt: skip


def reason(
    code: str, *, holds_from: datetime | None = None, way_out: WayOut | None = None, **data: Any
) -> Reason:
    """The reason of this code, filled."""
    words, by = CATALOGUE[code]
    return Reason(code, words, data, by, holds_from, way_out)
