"""A partner has hours a month on what the consortium shares: seen in the quote, drawn, given back, carried, told.

The member partner's people book the lead's rooms at 18.30 an hour, VAT included; Bruno books for it.
"""

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.db.utils import DatabaseError

from billing.budgets import allowances
from billing.models import Allowance, Budget, Draw
from core import outbox
from core.ids import decode, encode
from people.models import Agreement, Membership, Share
from tests.api import client, post, wish
from tests.booking.confirmed import final
from tests.cast import LONG_AGO
from tests.stories.test_lists_cost_the_same import statements

pytestmark = pytest.mark.django_db
MONTH = date(2026, 12, 1)


@pytest.fixture(autouse=True)
def _monday(at, bank):
    at("2026-11-30 09:00")


@pytest.fixture
def body(cast):
    """The member partner's body, for which Bruno books."""
    found = cast.member.organisation
    Membership.objects.create(person=cast.bruno, organisation=found, is_delegate=True, from_on=LONG_AGO)
    return found


def agreed(cast, status=201, **more):
    said = {
        "partner_id": encode("prt", cast.member.pk),
        "venue_id": encode("ven", cast.venue.pk),
        "from_on": "2026-11-01",
        "minutes": 180,
        "beyond": "tariff",
        **more,
    }
    answer = post(
        client(cast.dario),
        "/allowances",
        said,
        key=f"agree-{said['from_on']}-{said['minutes']}-{said.get('name')}",
    )
    assert answer.status_code == status, answer.content
    return answer.json()


def held(cast, body, hours, day=2, start=10, resource=None):
    slot = f"2026-12-{day:02}T{start:02}:00:00", f"2026-12-{day:02}T{start + hours:02}:00:00"
    asked = wish(resource or cast.room, *slot, organisation_id=encode("org", body.pk))
    made = post(client(cast.bruno), "/bookings", asked, key=f"hold-{slot}-{asked['items']}")
    assert made.status_code == 201, made.content
    return made.json()["id"]


def own(cast, day=2):
    """An hour that Bruno books for himself."""
    asked = wish(cast.room, f"2026-12-{day:02}T10:00:00", f"2026-12-{day:02}T11:00:00")
    made = post(client(cast.bruno), "/bookings", asked, key=f"own-{day}")
    assert made.status_code == 201, made.content
    return made.json()["id"]


def quoted(cast, booking, body, status=201):
    asked = {"booking_ids": [booking], "organisation_id": body and encode("org", body.pk)}
    made = post(client(cast.bruno), "/quotes", asked)
    assert made.status_code == status, made.content
    return made.json()


def checked_out(cast, quote, booking, method="none"):
    asked = {"quote_id": quote["id"], "booking_ids": [booking], "method": method}
    return post(client(cast.bruno), "/checkouts", asked, key=f"pay-{quote['id']}")


def booked(cast, body, hours, **when):
    booking = held(cast, body, hours, **when)
    answer = checked_out(cast, quoted(cast, booking, body), booking)
    assert (answer.status_code, answer.json().get("state")) == (201, "done"), answer.content
    return booking


def shown(cast, person=None):
    consortium = encode("con", cast.consortium.pk)
    answer = client(person or cast.dario).get(f"/api/v1/allowances?consortium_id={consortium}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def months(cast):
    ((found),) = shown(cast)["data"]
    return {
        m["month"]: (m["given_minutes"], m["carried_minutes"], m["used_minutes"], m["left_minutes"])
        for m in found["months"]
    }


def test_the_hours_of_the_month_pay_and_the_quote_says_what_is_left(cast, body):
    agreed(cast)
    quote = quoted(cast, held(cast, body, 2), body)
    (draw,) = quote["lines"][0]["draws"]
    assert (draw["kind"], draw["units"], draw["left"], draw["worth"]["cents"]) == ("allowance", 120, 60, 3660)
    assert (quote["total"]["cents"], quote["outcome"]) == (0, "book")
    assert quote["allowances"] == [
        {
            "name": "",
            "month": "2026-12",
            "drawn_minutes": 120,
            "given_minutes": 180,
            "left_minutes": 60,
            "beyond": "tariff",
        }
    ]
    booked(cast, body, 2, day=3)
    assert months(cast)["2026-12"] == (180, 0, 120, 60)
    assert months(cast)["2026-11"] == (180, 0, 0, 180)


def test_who_books_for_themselves_draws_nothing_of_it(cast, body):
    agreed(cast)
    quote = quoted(cast, own(cast), None)
    assert (quote["lines"][0]["draws"], quote["allowances"]) == ([], [])
    assert quote["total"]["cents"] == 1830


def test_beyond_them_the_tariff_is_asked(cast, body):
    agreed(cast)
    booked(cast, body, 2)
    quote = quoted(cast, held(cast, body, 3, day=3), body)
    assert quote["total"]["cents"] == 2 * 1830
    assert quote["allowances"][0]["left_minutes"] == 0
    # Where nothing is left nothing is drawn, and the quote still says so.
    booked(cast, body, 1, day=4)
    quote = quoted(cast, held(cast, body, 1, day=5), body)
    assert (quote["lines"][0]["draws"], quote["allowances"][0]["left_minutes"]) == ([], 0)


def test_beyond_them_it_is_refused_where_the_agreement_says_so(cast, body):
    agreed(cast, beyond="refused")
    booked(cast, body, 2)
    refusal = quoted(cast, held(cast, body, 2, day=3), body, status=409)
    assert refusal["code"] == "allowance-spent"
    assert "1:00 h" in refusal["detail"]
    # It is the partner that is refused: who books for themselves pays.
    assert quoted(cast, own(cast, day=4), None)["total"]["cents"] == 1830
    booked(cast, body, 1, day=5)


def test_a_quote_from_before_they_were_spent_is_refused_at_checkout(cast, body):
    agreed(cast, beyond="refused")
    late = held(cast, body, 3, day=3)
    quote = quoted(cast, late, body)
    booked(cast, body, 2)
    answer = checked_out(cast, quote, late)
    assert (answer.status_code, answer.json()["code"]) == (409, "allowance-spent")
    assert Draw.objects.filter(booking=decode("bkg", late)).count() == 0


def test_a_longer_booking_is_refused_beyond_them_and_moved_within(cast, body):
    agreed(cast, beyond="refused")
    booking = booked(cast, body, 2)
    longer = {"period": {"start": "2026-12-02T10:00:00", "end": "2026-12-02T14:00:00"}}
    answer = post(client(cast.bruno), f"/bookings/{booking}/move", longer, key="longer")
    assert (answer.status_code, answer.json()["code"]) == (409, "allowance-spent")
    hour_more = {"period": {"start": "2026-12-02T10:00:00", "end": "2026-12-02T13:00:00"}}
    answer = post(client(cast.bruno), f"/bookings/{booking}/move", hour_more, key="hour")
    assert answer.status_code == 200, answer.content
    assert months(cast)["2026-12"] == (180, 0, 180, 0)


def test_a_cancelled_booking_gives_its_hours_back(cast, body):
    agreed(cast)
    booking = booked(cast, body, 3)
    assert months(cast)["2026-12"][3] == 0
    post(client(cast.bruno), f"/bookings/{booking}/cancel", key="cancel")
    final(decode("bkg", booking))
    outbox.drain()
    assert months(cast)["2026-12"] == (180, 0, 0, 180)


def test_each_month_has_its_own_and_only_what_was_agreed_draws(cast, body, at):
    agreed(cast, kinds=["laser"], beyond="refused")
    quote = quoted(cast, held(cast, body, 1), body)
    assert (quote["lines"][0]["draws"], quote["total"]["cents"]) == ([], 1830)
    agreed(cast, from_on="2026-12-01", minutes=240, kinds=["meeting_room"])
    booked(cast, body, 3, day=3)
    assert months(cast)["2026-12"] == (240, 0, 180, 60)
    assert months(cast)["2027-01"] == (240, 0, 0, 240)


def test_what_a_month_leaves_lapses_or_is_carried_as_agreed(cast, body, at):
    agreed(cast, carried_minutes=60)
    booked(cast, body, 1)
    at("2027-01-01 09:00")
    for _ in range(2):
        allowances.sweep()
    assert months(cast)["2027-01"] == (180, 60, 0, 240)  # an hour of the two that were left
    at("2027-02-01 09:00")
    allowances.sweep()
    assert months(cast)["2027-02"] == (180, 60, 0, 240)  # and no more is heaped up
    agreed(cast, from_on="2027-03-01", minutes=180, carried_minutes=0)
    at("2027-04-01 09:00")
    allowances.sweep()
    assert months(cast)["2027-04"] == (180, 0, 0, 180)
    assert all(b.left >= 0 and b.left == -_moved(b) for b in Budget.objects.all())


def _moved(budget):
    return Draw.objects.filter(budget=budget).aggregate(n=Sum("units"))["n"] or 0


def test_a_new_version_keeps_what_is_drawn_and_never_gives_it_twice(cast, body):
    agreed(cast)
    booked(cast, body, 3)
    agreed(cast, from_on="2026-12-01", minutes=60)
    assert months(cast)["2026-12"] == (60, 0, 180, 0)
    assert months(cast)["2026-11"] == (180, 0, 0, 180)
    agreed(cast, from_on="2027-01-01", minutes=0)
    assert months(cast)["2027-01"] == (0, 0, 0, 0)
    (found,) = shown(cast)["data"]
    assert [(v["from_on"], v["minutes"], v["in_force"]) for v in found["versions"]] == [
        ("2027-01-01", 0, False),
        ("2026-12-01", 60, False),
        ("2026-11-01", 180, True),
    ]


def test_a_cut_and_a_rise_after_it_give_what_the_last_version_says(cast, body, at):
    agreed(cast)
    booked(cast, body, 3)
    agreed(cast, from_on="2026-12-01", minutes=60)
    at("2026-12-01 09:00")
    # One version a month: the next can only be of January; December keeps 60, all of them drawn.
    refusal = agreed(cast, status=422, from_on="2026-12-01", minutes=300)
    assert refusal["pointers"][0]["code"] == "too-early"
    allowances.sweep()
    assert months(cast)["2026-12"] == (60, 0, 180, 0)


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"from_on": "2026-12-15"}, "/from_on"),
        ({"from_on": "2026-10-01"}, "/from_on"),
    ],
)
def test_an_allowance_holds_from_the_first_of_a_month_to_come(cast, body, said, where):
    assert agreed(cast, status=422, **said)["pointers"][0]["pointer"] == where


def test_only_the_lead_agrees_and_each_partner_sees_its_own(cast, body):
    agreed(cast)
    assert cast.elena is not None
    lead = {"partner_id": encode("prt", cast.lead.pk)}
    agreed(cast, minutes=240, **lead)
    assert [row["partner"]["name"] for row in shown(cast)["data"]] == ["Cooperativa", "Fondazione"]
    mine = shown(cast, cast.elena)
    assert [row["partner"]["name"] for row in mine["data"]] == ["Cooperativa"]
    assert (shown(cast)["can_agree"], mine["can_agree"]) == (True, False)


def test_the_page_asks_as_much_for_two_partners_as_for_one(cast, body):
    path = f"/api/v1/allowances?consortium_id={encode('con', cast.consortium.pk)}"
    api = client(cast.dario)
    agreed(cast)
    few, _ = statements(api, path)
    agreed(cast, minutes=240, partner_id=encode("prt", cast.lead.pk))
    many, answer = statements(api, path)
    assert len(answer.json()["data"]) == 2
    assert many <= few <= 20


# -- told among the partners ------------------------------------------------------------------------------------


def month_lines(cast, person, month="2026-12"):
    made = post(
        client(cast.dario),
        "/settlements",
        {"consortium_id": encode("con", cast.consortium.pk), "month": month},
        key=f"month-{month}",
    )
    assert made.status_code == 201, made.content
    whole = made.json()["figures"]
    return [line for line in whole["lines"] if line["kind"] == "allowance"], whole


@pytest.mark.parametrize(("told", "many"), [(True, 1), (False, 0)])
def test_the_settlement_tells_its_hours_at_list_value_if_the_agreement_says_so(cast, body, at, told, many):
    agreed(cast, told=told)
    booked(cast, body, 2)
    booked(cast, body, 1, day=3)
    at("2027-01-04 09:00")
    lines, whole = month_lines(cast, cast.dario)
    assert len(lines) == many
    if told:
        (line,) = lines
        assert (line["minutes"], line["bookings"], line["gross"]["cents"]) == (180, 2, 3 * 1830)
        assert line["payer_id"] == encode("prt", cast.member.pk)
        assert (line["net"]["cents"], line["parts"]) == (0, [])
    # Nothing of it is money: neither divided nor waived.
    assert not [row for row in whole["lines"] if row["kind"] in ("waived", "takings")]
    assert whole["faults"] == []


def test_an_hour_that_money_paid_beyond_them_is_not_told(cast, body, at):
    agreed(cast, told=True)
    booking = held(cast, body, 4)
    answer = checked_out(cast, quoted(cast, booking, body), booking, method="account")
    assert answer.status_code == 201, answer.content
    at("2027-01-04 09:00")
    (line,), _ = month_lines(cast, cast.dario)
    assert (line["minutes"], line["gross"]["cents"]) == (180, 3 * 1830)


def test_versions_only_grow(cast, body):
    agreed(cast)
    with pytest.raises(DatabaseError):
        Allowance.objects.update(minutes=1)


def test_an_agreement_of_shares_leaves_the_hours_alone(cast, body):
    agreed(cast)
    later = Agreement.objects.create(consortium=cast.consortium, version=2, from_on=MONTH)
    for partner, percent in ((cast.lead, 50), (cast.member, 50)):
        Share.objects.create(agreement=later, partner=partner, percent=Decimal(percent))
    allowances.sweep()
    assert months(cast)["2026-12"] == (180, 0, 0, 180)
