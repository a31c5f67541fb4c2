"""A dispute is answered from the product: what would leave is seen, leaves once, and the bank's word settles the books."""

from copy import copy
from datetime import date, timedelta

import pytest

from billing.books import movements
from billing.changes import handing
from billing.models import Account, Dispute, DisputeAnswer, Document, OrderLine
from billing.papers.ledger import left_of
from billing.papers.registers import with_state
from billing.paying import refunds
from billing.paying.debts import debts
from billing.paying.refunds import Part
from billing.reconciling import answering
from booking.changing.accepting import accepted_since, note_accepted
from booking.models import Booking, Change
from core import outbox
from core.ids import encode, uuid7
from core.locks import act
from core.models import LogEntry, Mail
from core.money import Money, total
from people.models import Organisation
from spaces.models import Rules
from tests.api import client, post
from tests.cast import LONG_AGO, rome
from tests.reconciling.nights import codes, night
from tests.reconciling.test_books import balances
from tests.stories.changing import hand

pytestmark = pytest.mark.django_db(transaction=True)
R = Account.Role
DAY = 86_400
YEARS = (date(2026, 1, 1), date(2028, 1, 1))


@pytest.fixture
def disputed(buy, bank):
    """A payment of Ada's that her bank took back, as the office knows it."""
    payment = buy("02")
    bank.dispute(payment.payment_ref)
    bank.tell_everything()
    return Dispute.objects.get()


def path(dispute):
    return f"/disputes/{encode('dsp', dispute.pk)}"


def shown(office, dispute):
    found = office.get(f"/api/v1{path(dispute)}")
    assert found.status_code == 200, found.content
    return found.json()


def said(whole):
    return {part["name"]: part["text"] for part in whole["evidence"]["said"]}


def contest(office, dispute, words="", key="c", fingerprint=None):
    seen = fingerprint or shown(office, dispute)["evidence"]["fingerprint"]
    return post(office, f"{path(dispute)}/contest", {"words": words, "fingerprint": seen}, key)


def at_the_bank(bank):
    (found,) = bank.things("dispute")
    return found


def test_what_leaves_is_what_was_seen_and_the_bank_decides_for_the_house(disputed, bank, office, cast, at):
    booking = Booking.objects.get()
    seen = shown(office, disputed)
    would = said(seen)
    assert would["customer"] == cast.ada.name
    assert would["email"] == cast.ada.email
    assert cast.room.name in would["service"]
    assert "02/12/2026" in would["service_on"]
    assert booking.code in would["terms"]
    assert would["refunds"] in ("Nessun rimborso", "No refund")
    assert seen["evidence"]["document"]["name"]
    assert seen["actions"]["contest"]["allowed"]
    answered = contest(office, disputed, "Era presente, l'abbiamo vista.")
    assert (answered.status_code, answered.json()["answer"]["state"]) == (200, "waiting"), answered.content
    assert bank.things("file") == []  # nothing is asked of the gateway inside the act
    outbox.drain()
    told = at_the_bank(bank)
    evidence = told["evidence"]
    assert told["status"] == "under_review"
    assert evidence["customer_email_address"] == would["email"]
    assert evidence["uncategorized_text"].endswith("Era presente, l'abbiamo vista.")
    (file,) = bank.things("file")
    assert evidence["receipt"] == file["id"]
    assert file["size"] > 1000
    after = shown(office, disputed)
    assert (after["state"], after["answer"]["state"]) == ("answered", "sent")
    assert said(after) == would | {"words": "Era presente, l'abbiamo vista."}
    assert not after["actions"]["accept"]["allowed"]
    bank.feels(ahead=21 * DAY)
    night()
    disputed.refresh_from_db()
    assert disputed.state == Dispute.State.WON
    assert "dispute-to-answer" not in codes(office, cast)


def test_terms_that_were_accepted_in_a_move_are_dated_by_it(disputed, office, cast, at):
    booking = Booking.objects.get()
    booking.accepted_terms = ["regolamento-2026"]
    booking.save()
    Rules.objects.create(
        resource=cast.room, from_on=LONG_AGO, data={"terms": "regolamento-2027", "horizon_days": 365}
    )
    made, moved = f"{booking.made_at:%d/%m/%Y}", "2026-11-20"
    at(f"{moved} 15:30")
    day = timedelta(days=1)
    later = {"start": (booking.period.start + day).isoformat(), "end": (booking.period.end + day).isoformat()}
    asked = {"period": later, "accepted_terms": ["regolamento-2027"]}
    answer = post(client(cast.ada), f"/bookings/{encode('bkg', booking.pk)}/move", asked, "m")
    assert answer.status_code == 200, answer.content
    entry = LogEntry.objects.get(act="accept-terms")
    assert (entry.by_id, entry.thing_id) == (cast.ada.pk, booking.pk)
    assert entry.data == {"terms": ["regolamento-2027"]}
    first, then = said(shown(office, disputed))["terms"].splitlines()
    assert made in first
    assert first.endswith(": regolamento-2026")
    assert "20/11/2026 15:30" in then
    assert then.endswith(": regolamento-2027")
    # What is said again is not accepted again.
    again = {"start": booking.period.start.isoformat(), "end": booking.period.end.isoformat()}
    move = f"/bookings/{encode('bkg', booking.pk)}/move"
    assert post(client(cast.ada), move, asked | {"period": again}, "b").status_code == 200
    assert LogEntry.objects.filter(act="accept-terms").count() == 1


def test_who_has_a_booking_from_another_accepted_its_terms_on_the_day_they_took_it(
    disputed, office, cast, at
):
    """And what they accepted is not said of who had paid before."""
    booking = Booking.objects.get()
    booking.accepted_terms = ["regolamento-2026"]
    booking.save()
    Rules.objects.create(
        resource=cast.room, from_on=LONG_AGO, data={"terms": "regolamento-2027", "horizon_days": 365}
    )
    at("2026-11-18 10:00")
    note_accepted(cast.ada, [(booking, ["regolamento-2027"])])  # for herself, in a move
    at("2026-11-19 10:00")
    assert hand(client(cast.ada), {"id": encode("bkg", booking.pk)}).status_code == 200
    at("2026-11-20 15:30")
    taken = {"accepted_terms": ["regolamento-2027"]}
    answer = post(client(cast.bruno), f"/bookings/{encode('bkg', booking.pk)}/accept", taken, "take")
    assert answer.status_code == 200, answer.content
    at("2026-11-21 09:00")
    handing.stand(Change.objects.get(kind="hand_over"), Booking.objects.get())  # paid the day after
    booking = Booking.objects.get()
    assert (booking.person, booking.accepted_terms) == (cast.bruno, ["regolamento-2027"])
    assert accepted_since([booking]) == {booking.pk: {"regolamento-2027": rome("2026-11-20 15:30")}}
    (made,) = said(shown(office, disputed))["terms"].splitlines()
    assert "regolamento" not in made


def test_an_answer_that_is_lost_is_asked_for_again_and_given_once(disputed, bank, office, at):
    bank.feels(mute="/disputes/")
    contest(office, disputed)
    outbox.drain()
    assert at_the_bank(bank)["status"] == "under_review"
    assert DisputeAnswer.objects.get().state == "waiting"
    bank.tell_everything()  # the message is quicker than the answer
    assert shown(office, disputed)["state"] == "answered"
    bank.feels()
    at("2026-11-03 11:00")
    outbox.drain()
    assert DisputeAnswer.objects.get().state == "sent"
    assert len(bank.things("file")) == 1
    assert len([e for e in bank.events() if b"charge.dispute.updated" in e]) == 1
    answering.send({"answer": str(DisputeAnswer.objects.get().pk)})
    assert LogEntry.objects.filter(act="dispute-answer-sent").count() == 1


def test_one_that_is_accepted_is_lost_and_its_money_a_loss(disputed, bank, office, cast):
    found = post(office, f"{path(disputed)}/accept", {}, "a")
    assert found.status_code == 200, found.content
    again = post(office, f"{path(disputed)}/accept", {}, "a")
    assert again.json()["answer"]["made_at"] == found.json()["answer"]["made_at"]
    outbox.drain()
    assert at_the_bank(bank)["status"] == "lost"
    after = shown(office, disputed)
    assert (after["state"], after["answer"]["choice"], after["answer"]["state"]) == ("lost", "accept", "sent")
    night()
    books = balances(cast.lead.issuer)
    assert (books.get(R.DISPUTED, Money(0)), books[R.LOSSES]) == (Money(0), disputed.amount)
    assert Booking.objects.get().state == "confirmed"
    # Nobody is asked for what was given up, and no register says that it is due.
    assert not any(debt.open for debt in debts(cast.lead.issuer))
    assert told_of_it(cast) == ("paid", Money(0))


def test_one_that_is_lost_against_the_house_s_word_is_owed_again(disputed, bank, office, cast):
    contest(office, disputed)
    outbox.drain()
    bank.move_dispute(disputed.ref, "lost")
    bank.tell_everything()
    assert [debt.open for debt in debts(cast.lead.issuer)] == [disputed.amount]
    assert told_of_it(cast) == ("due", disputed.amount)


@pytest.fixture
def of_two(buy, bank, cast, monkeypatch):
    """The same, of a cart of which three fifths are the lead's and two the member's."""
    Organisation.objects.filter(pk=cast.member.organisation_id).update(
        vat_number="00743110157", tax_code="00743110157"
    )
    made = OrderLine.objects.bulk_create

    def shared(lines, *told, **more):
        (line,) = lines
        theirs = copy(line)
        theirs.pk, theirs.position, theirs.issuer = uuid7(), 2, cast.member.issuer
        line.gross, theirs.gross = line.gross.split([60, 40])
        return made([line, theirs], *told, **more)

    with monkeypatch.context() as patch:
        patch.setattr(OrderLine.objects, "bulk_create", shared)
        return buy("02")


@pytest.mark.parametrize(
    ("taken", "ours", "theirs"),
    [(1830, 1098, 732), (1829, 1098, 731), (701, 421, 280), (700, 420, 280), (6, 4, 2), (5, 3, 2), (1, 1, 0)],
)
def test_what_is_lost_of_a_cart_of_two_is_owed_to_each_of_them(of_two, bank, cast, taken, ours, theirs):
    ref = bank.dispute(of_two.payment_ref, taken)
    night()
    bank.move_dispute(ref, "lost")
    bank.tell_everything()
    night()
    between = {issuer: balances(issuer)[R.PARTNERS] for issuer in (cast.lead.issuer, cast.member.issuer)}
    for issuer, part in ((cast.lead.issuer, ours), (cast.member.issuer, theirs)):
        books = balances(issuer)
        assert books.get(R.CUSTOMERS, Money(0)) == total(debt.open for debt in debts(issuer)) == Money(part)
        assert movements.account(issuer, cast.ada, *YEARS).closing == Money(part)
        assert R.LOSSES not in books
    # The member had two fifths to come from the lead, and owes it what the bank took of them.
    assert between == {cast.lead.issuer: Money(theirs - 732), cast.member.issuer: Money(732 - theirs)}


@pytest.mark.parametrize("given", ["theirs", "ours"])
def test_what_was_given_back_before_is_no_part_of_what_is_lost(of_two, bank, cast, given):
    """Whoever gave back all of its part has nothing that a bank could take; the other has all of it."""
    lead, member = cast.lead.issuer, cast.member.issuer
    gone, stays = (member, lead) if given == "theirs" else (lead, member)
    booking = of_two.order.lines.first().booking
    parts = [
        Part(booking, taking, money)
        for taking, money in left_of(booking, of_two).items()
        if taking.issuer == gone.pk
    ]
    act(refunds.give_parts_back)(cast.franco, of_two, parts, "goodwill", "Scusaci")
    outbox.drain()
    bank.tell_everything()
    left = of_two.amount - total(part.amount for part in parts)
    ref = bank.dispute(of_two.payment_ref, left.cents - 1)
    night()
    bank.move_dispute(ref, "lost")
    bank.tell_everything()
    night()
    for issuer, part in ((stays, left - Money(1)), (gone, Money(0))):
        owed = total(debt.open for debt in debts(issuer))
        assert balances(issuer).get(R.CUSTOMERS, Money(0)) == owed == part
        assert movements.account(issuer, cast.ada, *YEARS).closing == part


def test_what_the_house_gives_up_of_a_cart_of_two_is_lost_by_each(of_two, bank, office, cast):
    bank.dispute(of_two.payment_ref)
    bank.tell_everything()
    assert post(office, f"{path(Dispute.objects.get())}/accept", {}, "a").status_code == 200
    outbox.drain()
    night()
    for issuer, part in ((cast.lead.issuer, 1098), (cast.member.issuer, 732)):
        books = balances(issuer)
        assert (books[R.LOSSES], books.get(R.CUSTOMERS, Money(0))) == (Money(part), Money(0))
        assert books.get(R.DISPUTED, Money(0)) == books.get(R.PARTNERS, Money(0)) == Money(0)


def told_of_it(cast):
    """The state of Ada's document in the registers, and the balance of her account."""
    (document,) = with_state(Document.objects.all())
    account = movements.account(cast.lead.issuer, cast.ada, *YEARS)
    return document.payment_state, account.closing


def test_it_is_answered_once_by_either_choice(disputed, office):
    contest(office, disputed)
    for word, body in (("accept", {}), ("contest", {"words": "", "fingerprint": "0"})):
        found = post(office, f"{path(disputed)}/{word}", body, f"again-{word}")
        assert (found.status_code, found.json()["code"]) == (409, "illegal-move")
    assert DisputeAnswer.objects.count() == 1


def test_what_is_not_what_was_seen_does_not_leave(disputed, office):
    seen = shown(office, disputed)["evidence"]["fingerprint"]
    Booking.objects.update(arrived_at=disputed.opened_at, attendance="present")
    found = contest(office, disputed, fingerprint=seen)
    assert (found.status_code, found.json()["code"]) == (409, "changed-meanwhile")
    assert not DisputeAnswer.objects.exists()
    assert "used" in said(shown(office, disputed))


def test_the_office_hears_of_an_answer_that_came_too_late_for_the_gateway(disputed, bank, office, cast):
    contest(office, disputed)
    bank.move_dispute(disputed.ref, "lost")
    outbox.drain()
    answer = DisputeAnswer.objects.get()
    assert (answer.state, answer.why) == ("refused", "dispute_closed")
    assert shown(office, disputed)["state"] == "lost"
    assert Mail.objects.filter(key__startswith="dispute-refused:", to=cast.franco.email).count() == 1


def test_after_its_day_it_cannot_be_answered_and_says_so(disputed, office, at):
    at("2026-11-12 09:00")
    why = shown(office, disputed)["actions"]["contest"]
    assert not why["allowed"]
    found = post(office, f"{path(disputed)}/accept", {}, "late")
    assert found.json()["detail"] in why["reasons"][0]["detail"] or found.status_code == 409


def test_who_may_answer_is_reminded_before_its_day_unless_somebody_has(buy, bank, office, cast, at):
    first, second = (buy(day) for day in ("02", "03"))
    bank.dispute(first.payment_ref)
    bank.dispute(second.payment_ref)
    bank.tell_everything()
    open_, answered = (Dispute.objects.get(payment=payment) for payment in (first, second))
    contest(office, answered)
    outbox.drain()
    at("2026-11-07 12:00")
    outbox.drain()
    at("2026-11-09 12:00")
    outbox.drain()
    outbox.drain()
    mails = Mail.objects.filter(key__startswith="dispute-near:", to=cast.franco.email)
    assert sorted(str(m.key).split(":")[1:3] for m in mails) == [[str(open_.pk), "1"], [str(open_.pk), "3"]]


def test_the_log_says_whose_data_left_and_who_looked(disputed, office, cast):
    contest(office, disputed)
    entry = LogEntry.objects.get(act="dispute-contest")
    assert (entry.by_id, entry.data["whose"]) == (cast.franco.pk, str(cast.ada.pk))
    assert "email" in entry.data["told"]
    assert LogEntry.objects.filter(act="see-customers", by_id=cast.franco.pk).exists()
    assert str(cast.ada.email) not in str(entry.data)


def test_the_disputes_of_an_issuer_are_listed_for_its_office_alone(disputed, office, cast):
    _ = cast.elena
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk)}
    (row,) = office.get("/api/v1/disputes", asked).json()["data"]
    assert (row["customer"], row["state"], row["answer"]) == (cast.ada.name, "open", None)
    assert client(cast.ada).get(f"/api/v1{path(disputed)}").status_code in (403, 404)
    assert client(cast.elena).get(f"/api/v1{path(disputed)}").status_code == 404


def test_one_in_dispute_is_in_the_way_of_forgetting_its_customer(disputed, cast):
    from billing.erasure import open_money

    assert [o.code for o in open_money(cast.ada.pk)] == ["money-open"]
    Dispute.objects.update(state="won")
    assert open_money(cast.ada.pk) == []
