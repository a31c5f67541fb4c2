"""Green, amber, red at the desk: a pass that cannot be made up, a code that is no right, and every reason."""

import pytest

from booking.attending import attendance
from booking.inviting import passes
from booking.models import Booking, Claim
from core.ids import encode
from equipment.models import Certification
from spaces.models import Rules
from tests.api import client, post
from tests.booking.confirmed import book
from tests.cast import LONG_AGO, period

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(cast, at):
    at("2026-12-01 09:00")
    return book(cast.ada, cast.room, "2026-12-01 10:00")


def show(person, venue, key="k", **body):
    return post(client(person), "/check-ins", {"venue_id": encode("ven", venue.pk), **body}, key=key)


def test_a_pass_is_read_and_they_are_in(cast, booking, at):
    at("2026-12-01 09:50")
    answer = show(cast.gina, cast.venue, qr=passes.of(booking))
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert (said["light"], said["checked_in"], said["booking"]["attendance"]) == ("green", True, "present")
    # The same key once more is the same answer; shown again it is red.
    assert show(cast.gina, cast.venue, qr=passes.of(booking)).json()["light"] == "green"
    again = show(cast.gina, cast.venue, key="k2", qr=passes.of(booking)).json()
    assert (again["light"], [r["code"] for r in again["reasons"]]) == ("red", ["already-here"])


def test_the_square_carries_the_pass_and_not_the_code(cast, booking):
    import io

    import segno

    wanted = io.BytesIO()
    segno.make(passes.of(booking), error="m").save(wanted, kind="svg", scale=6, border=2, xmldecl=False)
    answer = client(cast.ada).get(f"/api/v1/bookings/{encode('bkg', booking.pk)}/qr")
    assert answer.content == wanted.getvalue()


def test_a_pass_cannot_be_made_up_changed_or_kept_after_a_hand_over(cast, booking, at):
    at("2026-12-01 09:50")
    public, _, signature = passes.of(booking).partition(".")
    flipped = signature[:-1] + ("A" if signature[-1] != "A" else "B")
    other = encode("bkg", book(cast.bruno, cast.other_room, "2026-12-01 10:00").pk)
    for n, forged in enumerate(
        [public, f"{public}.", f"{public}.{flipped}", f"{other}.{signature}", booking.code, "x" * 150]
    ):
        said = show(cast.gina, cast.venue, key=f"f{n}", qr=forged).json()
        assert (said["light"], said["booking"]) == ("red", None), forged
        assert [r["code"] for r in said["reasons"]] == ["unknown-code"]
    old = passes.of(booking)
    Booking.objects.filter(pk=booking.pk).update(person=cast.bruno)
    assert passes.read(old) is None


def test_staff_may_type_the_code_and_nobody_else_may(cast, booking, at):
    at("2026-12-01 09:50")
    assert show(cast.ada, cast.venue, code=booking.code).status_code == 403
    assert show(cast.elena, cast.venue, code=booking.code).status_code == 403
    assert show(cast.gina, cast.venue, code=booking.code.lower()).json()["light"] == "green"


def test_too_early_it_says_from_when(cast, booking, at):
    said = show(cast.gina, cast.venue, code=booking.code).json()
    assert said["light"] == "red"
    assert [(r["code"], r["holds_from"]) for r in said["reasons"]] == [("not-begun", "2026-12-01T08:30:00Z")]


def test_over_cancelled_and_elsewhere_are_red(cast, booking, at):
    at("2026-12-01 11:00")
    said = show(cast.gina, cast.venue, code=booking.code).json()
    assert [r["code"] for r in said["reasons"]] == ["over"]
    Booking.objects.filter(pk=booking.pk).update(state="cancelled")
    said = show(cast.gina, cast.venue, key="k2", code=booking.code).json()
    assert [r["code"] for r in said["reasons"]] == ["wrong-state"]


def test_who_is_not_certified_any_more_is_amber_and_let_in_only_by_a_person_s_word(cast, at):
    at("2026-12-01 09:00")
    booking = book(cast.ada, cast.laser, "2026-12-01 10:00")
    Certification.objects.update(revoked_at=period("2026-12-01 09:30").start)
    at("2026-12-01 09:55")
    said = show(cast.gina, cast.venue, code=booking.code).json()
    assert (said["light"], said["checked_in"]) == ("amber", False)
    assert said["reasons"][0]["code"] == "certification-ended"
    assert said["reasons"][0]["way_out"]["act"] == "certify"
    said = show(cast.gina, cast.venue, key="k2", code=booking.code, anyway=True).json()
    assert (said["light"], said["checked_in"]) == ("amber", True)


def test_who_owes_is_amber(cast, at):
    at("2026-12-01 09:00")
    held = post(client(cast.bruno), "/bookings", _for(cast.association, cast.room)).json()
    quote = post(
        client(cast.bruno), "/quotes", {"booking_ids": [held["id"]], "organisation_id": _id(cast)}
    ).json()
    body = {"quote_id": quote["id"], "booking_ids": [held["id"]], "method": "account"}
    assert post(client(cast.bruno), "/checkouts", body).status_code == 201
    at("2026-12-01 09:55")
    said = show(cast.gina, cast.venue, code=held["code"]).json()
    assert (said["light"], [r["code"] for r in said["reasons"]]) == ("amber", ["unpaid"])


def _id(cast):
    return encode("org", cast.association.pk)


def _for(body, room):
    from tests.api import wish

    return wish(room, "2026-12-01T10:00:00", "2026-12-01T11:00:00", organisation_id=encode("org", body.pk))


def test_leaving_early_frees_the_rest_after_the_clean_up(cast, at):
    at("2026-12-01 09:00")
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"clean_up": 15})
    booking = book(cast.ada, cast.room, "2026-12-01 10:00", 120)
    at("2026-12-01 10:00")
    attendance.check_in(cast.gina, booking.pk)
    at("2026-12-01 10:40")
    attendance.check_out(cast.gina, booking.pk)
    claim = Claim.objects.get(item__booking=booking)
    assert claim.during == period("2026-12-01 10:00", 55)
    book(cast.bruno, cast.room, "2026-12-01 11:00")


def test_where_the_rules_say_so_leaving_frees_nothing(cast, at):
    at("2026-12-01 09:00")
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"leaving_frees": False})
    booking = book(cast.ada, cast.room, "2026-12-01 10:00", 120)
    at("2026-12-01 10:00")
    attendance.check_in(cast.gina, booking.pk)
    attendance.check_out(cast.gina, booking.pk)
    assert Claim.objects.get(item__booking=booking).during == booking.period


def test_who_books_when_check_in_is_open_is_in_if_the_rules_say_so(cast, at):
    at("2026-12-01 09:45")
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"check_in_at_once": True})
    assert book(cast.ada, cast.room, "2026-12-01 10:00").attendance == "present"
    assert book(cast.ada, cast.room, "2026-12-01 15:00").attendance == "expected"
