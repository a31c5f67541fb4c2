"""A treasurer wants it on paper first: a basket is quoted, looked at, and ordered at what was quoted."""

from __future__ import annotations

import pytest

from billing.models import Document, Order, PassKind, Preliminary, Rate, VatRate
from billing.papers import preliminaries
from billing.papers.pdf import money as spoken
from billing.papers.pdf import page_of
from booking.models import Booking
from core import outbox
from core.ids import encode
from core.money import Money
from tests.api import client, codes, post, wish
from tests.cast import rome

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


@pytest.fixture
def choir(cast):
    return encode("org", cast.association.pk)


@pytest.fixture
def basket(cast, choir):
    """The choir's two rooms, held and quoted by its delegate: the ids of both, and the quote."""
    bruno = client(cast.bruno)
    held = [
        post(bruno, "/bookings", wish(room, organisation_id=choir), f"b{n}").json()["id"]
        for n, room in enumerate((cast.room, cast.other_room))
    ]
    quoted = post(bruno, "/quotes", {"booking_ids": held, "organisation_id": choir}).json()
    return held, quoted


def written(api, quoted, key="p", **more):
    issuer = quoted["lines"][0]["issuer_id"]
    body = {"issuer_id": issuer, "valid_until": "2026-12-15"} | more
    return post(api, f"/quotes/{quoted['id']}/papers", body, key)


def accept(api, paper, key="a", **body):
    return post(api, f"/preliminaries/{paper['id']}/accept", {"method": "account"} | body, key)


def test_what_was_quoted_on_paper_is_what_is_ordered(cast, basket):
    held, quoted = basket
    bruno = client(cast.bruno)
    paper = written(bruno, quoted).json()
    assert (paper["gross"], paper["state"]) == (quoted["total"], "open")
    assert sorted(paper["booking_ids"]) == sorted(held)
    page = page_of(Preliminary.objects.get().snapshot)
    assert "non è una fattura" in page
    assert cast.association.tax_code in page
    assert "Gli spazi sono tenuti fino a 30/11/2026 09:" in page
    answer = accept(bruno, paper)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["state"] == "accepted"
    assert answer.json()["checkout_id"]
    order = Order.objects.get(state="owed")
    assert {"cents": order.total.cents, "currency": "EUR"} == paper["gross"]
    assert {bruno.get(f"/api/v1/bookings/{pk}").json()["state"] for pk in held} == {"confirmed"}
    assert accept(bruno, paper, "again").status_code == 409
    outbox.drain()
    assert not Document.objects.exists()  # an organisation on account is billed by the month


def test_paying_for_the_basket_where_it_is_paid_accepts_its_paper_too(cast, basket, choir):
    held, quoted = basket
    bruno = client(cast.bruno)
    paper = written(bruno, quoted).json()
    body = {"quote_id": quoted["id"], "booking_ids": held, "method": "account"}
    assert post(bruno, "/checkouts", body, "c").status_code == 201
    assert bruno.get(f"/api/v1/preliminaries/{paper['id']}").json()["state"] == "accepted"
    assert [row["id"] for row in bruno.get("/api/v1/preliminaries?state=accepted").json()["data"]] == [
        paper["id"]
    ]


def test_another_price_is_told_before_it_is_ordered(cast, basket):
    _, quoted = basket
    bruno = client(cast.bruno)
    paper = written(bruno, quoted).json()
    Rate.objects.filter(per="hour").update(price=Money(9900))
    told = accept(bruno, paper)
    assert (told.status_code, told.json()["code"]) == (409, "price-changed")
    data = told.json()["data"]
    assert data["quoted"] == paper["gross"]
    assert data["total"] != paper["gross"]
    assert not Order.objects.exists()
    assert accept(bruno, paper, "b", gross_cents=data["total"]["cents"]).json()["state"] == "accepted"
    assert Order.objects.get(state="owed").total.cents == data["total"]["cents"]


@pytest.fixture
def of_two(cast, basket):
    """The other room is another partner's to sell: the basket, quoted anew, and the paper of the lead's part."""
    cast.other_room.issuing, cast.other_room.owner = "owner", cast.member
    cast.other_room.save()
    bruno = client(cast.bruno)
    quoted = post(bruno, "/quotes", {"booking_ids": basket[0]}, "two").json()
    lead = encode("iss", cast.lead.issuer.pk)
    return quoted, written(bruno, quoted, issuer_id=lead).json()


def test_a_paper_of_one_issuer_s_part_says_what_all_of_it_comes_to(cast, of_two):
    quoted, paper = of_two
    assert len({line["issuer_id"] for line in quoted["lines"]}) == 2
    assert paper["gross"]["cents"] < paper["basket"]["cents"] == quoted["total"]["cents"]
    page = page_of(preliminaries.as_told(Preliminary.objects.get(), own=True))
    assert "Si ordina insieme a quanto vendono altri emittenti." in page
    assert f"In tutto sono {spoken(quoted['total']['cents'], 'it')}." in page
    assert accept(client(cast.bruno), paper).json()["state"] == "accepted"
    assert Order.objects.get(state="owed").total.cents == paper["basket"]["cents"]


def test_an_office_does_not_read_of_its_paper_what_another_sold(cast, of_two, monkeypatch):
    quoted, paper = of_two
    path = "/api/v1/preliminaries"
    drawn = []

    def draw(told, digest):
        drawn.append(page_of(told))
        return b"%PDF"

    monkeypatch.setattr("billing.papers.pdf.draw", draw)
    for who in (cast.franco, cast.bruno):
        assert client(who).get(f"{path}/{paper['id']}/files/pdf").status_code == 200
    whole = spoken(quoted["total"]["cents"], "it")
    assert [whole in page for page in drawn] == [False, True]
    office, bruno = client(cast.franco), client(cast.bruno)
    told = office.get(f"{path}/{paper['id']}").json()
    assert (told["gross"], told["basket"]) == (paper["gross"], None)
    assert [one["basket"] for one in office.get(path).json()["data"]] == [None]
    assert bruno.get(f"{path}/{paper['id']}").json()["basket"] == paper["basket"] != paper["gross"]


def test_what_another_issuer_sells_of_it_at_another_price_is_told_before_it_is_ordered(cast, of_two):
    _, paper = of_two
    Rate.objects.create(
        tariff=Rate.objects.get().tariff, resource=cast.other_room, price=Money(9900), vat_rate=cast.vat22
    )
    told = accept(client(cast.bruno), paper)
    assert (told.status_code, told.json()["code"]) == (409, "price-changed")
    data = told.json()["data"]
    assert (data["quoted"], data["part"]) == (paper["basket"], paper["gross"])
    assert data["total"] != paper["basket"]
    assert not Order.objects.exists()
    assert accept(client(cast.bruno), paper, "b", gross_cents=paper["gross"]["cents"]).status_code == 409
    sure = accept(client(cast.bruno), paper, "c", gross_cents=data["total"]["cents"])
    assert sure.json()["state"] == "accepted"


def test_a_paper_from_before_that_names_only_its_part_orders_no_more_than_it_says(cast, of_two):
    quoted, paper = of_two
    Preliminary.objects.update(basket=0)
    told = accept(client(cast.bruno), paper)
    assert told.json()["code"] == "price-changed"
    assert (told.json()["data"]["quoted"], told.json()["data"]["total"]) == (paper["gross"], quoted["total"])
    assert not Order.objects.exists()


def test_places_that_are_no_longer_held_are_not_ordered(cast, basket, at):
    _, quoted = basket
    bruno = client(cast.bruno)
    paper = written(bruno, quoted).json()
    at("2026-11-30 12:00")
    assert accept(bruno, paper).json()["code"] in ("hold-lapsed", "illegal-move")
    assert bruno.get(f"/api/v1/preliminaries/{paper['id']}").json()["state"] == "open"


def test_nobody_else_quotes_or_accepts_it(cast, basket):
    _, quoted = basket
    for person, status in ((cast.ada, 404), (cast.carla, 404), (cast.elena, 404), (cast.gina, 403)):
        assert written(client(person), quoted).status_code == status
    paper = written(client(cast.bruno), quoted).json()
    assert set(paper["actions"]) == {"accept"}
    for person, status in ((cast.ada, 404), (cast.elena, 404), (cast.franco, 403)):
        assert accept(client(person), paper).status_code == status
    office = client(cast.franco).get(f"/api/v1/preliminaries/{paper['id']}").json()
    assert set(office["actions"]) == {"withdraw"}
    assert post(client(cast.franco), f"/preliminaries/{paper['id']}/withdraw", {}, "w").status_code == 200
    assert accept(client(cast.bruno), paper).status_code == 409


def test_of_an_issuer_who_sells_none_of_it_there_is_no_paper(cast, basket):
    _, quoted = basket
    refused = written(client(cast.bruno), quoted, issuer_id=encode("iss", cast.member.issuer.pk))
    assert [p["code"] for p in refused.json()["pointers"]] == ["nothing-to-pay"]


def test_a_pass_in_the_basket_is_in_the_way_of_its_paper_and_that_is_what_is_said(cast, basket, choir):
    held, _ = basket
    kind = PassKind.objects.create(
        venue=cast.room.venue, name="Dieci ingressi", unit="entries", amount=10, price=Money(12000),
        vat_rate=VatRate.objects.filter(percent=22)[0],
    )  # fmt: skip
    bruno = client(cast.bruno)
    body = {"booking_ids": held, "pass_kind_ids": [encode("pkd", kind.pk)], "organisation_id": choir}
    refused = written(bruno, post(bruno, "/quotes", body).json())
    assert [p["code"] for p in refused.json()["pointers"]] == ["not-held"]
    assert "Carnet e abbonamenti" in refused.json()["pointers"][0]["detail"]
    assert not Preliminary.objects.exists()


def test_who_quotes_their_own_basket_cannot_keep_it_valid_for_ever(cast, basket, settings):
    _, quoted = basket
    settings.QUOTATION_DAYS = 20
    refused = written(client(cast.bruno), quoted, "late", valid_until="2026-12-21")
    (why,) = refused.json()["pointers"]
    assert (refused.status_code, why["pointer"], why["code"]) == (422, "/valid_until", "too-late")
    assert "20/12/2026" in why["detail"]
    assert written(client(cast.bruno), quoted, "last", valid_until="2026-12-20").status_code == 201


def test_a_price_that_has_expired_is_put_on_no_paper(cast, basket, at):
    _, quoted = basket
    at("2026-11-30 12:00")
    answer = written(client(cast.bruno), quoted)
    assert (answer.status_code, answer.json()["code"]) == (409, "quote-expired")
    assert not Preliminary.objects.exists()


def test_a_paper_of_all_of_a_basket_names_no_other_issuer_nor_another_sum(cast, basket):
    _, quoted = basket
    assert written(client(cast.bruno), quoted, valid_until="2026-11-30").status_code == 201  # today still
    page = page_of(preliminaries.as_told(Preliminary.objects.get(), own=True))
    assert "Si ordina insieme" not in page
    assert "In tutto sono" not in page


def test_ordering_a_part_of_it_accepts_no_paper_of_the_whole(cast, basket, choir):
    held, quoted = basket
    bruno = client(cast.bruno)
    paper = written(bruno, quoted).json()
    one = post(bruno, "/quotes", {"booking_ids": held[:1], "organisation_id": choir}, "one").json()
    body = {"quote_id": one["id"], "booking_ids": held[:1], "method": "account"}
    assert post(bruno, "/checkouts", body, "c").status_code == 201
    assert bruno.get(f"/api/v1/preliminaries/{paper['id']}").json()["state"] == "open"


def test_an_expired_paper_of_places_still_held_is_written_anew_at_today_s_prices(cast, basket, at):
    held, quoted = basket
    bruno = client(cast.bruno)
    paper = written(bruno, quoted, valid_until="2026-11-30").json()
    Booking.objects.update(held_until=rome("2026-12-03 09:00"))
    Rate.objects.filter(per="hour").update(price=Money(9900))
    at("2026-12-01 09:00")
    bruno = client(cast.bruno)
    expired = bruno.get(f"/api/v1/preliminaries/{paper['id']}").json()
    assert (expired["state"], expired["actions"]["rewrite"]["allowed"]) == ("expired", True)
    answer = post(bruno, f"/preliminaries/{paper['id']}/rewrite", {"valid_until": "2026-12-03"}, "anew")
    assert answer.status_code == 201, answer.json()
    anew = answer.json()
    assert sorted(anew["booking_ids"]) == sorted(held)
    changes = [(c["change"], c["before"]["cents"], c["after"]["cents"]) for c in anew["changes"]]
    assert changes[0] == ("total", paper["gross"]["cents"], anew["gross"]["cents"])
    assert [change for change, *_ in changes] == ["total", "line", "line"]
    assert anew["gross"]["cents"] > paper["gross"]["cents"]
    for person, status in ((cast.ada, 404), (cast.franco, 403)):
        assert post(client(person), f"/preliminaries/{paper['id']}/rewrite", {}, "x").status_code == status
    assert accept(bruno, anew).json()["state"] == "accepted"
    old = bruno.get(f"/api/v1/preliminaries/{paper['id']}").json()
    assert (old["state"], old["checkout_id"], old["rewritten_as"]["id"]) == ("expired", None, anew["id"])


def test_of_places_that_are_no_longer_held_nothing_is_written_anew(cast, basket, at):
    _, quoted = basket
    bruno = client(cast.bruno)
    paper = written(bruno, quoted, valid_until="2026-11-30").json()
    at("2026-12-01 09:00")
    bruno = client(cast.bruno)
    shown = bruno.get(f"/api/v1/preliminaries/{paper['id']}").json()["actions"]["rewrite"]
    assert [reason["code"] for reason in shown["reasons"]] == ["places-not-held"]
    refused = post(bruno, f"/preliminaries/{paper['id']}/rewrite", {}, "anew")
    assert (refused.status_code, codes(refused)) == (409, ["places-not-held"])
    assert Preliminary.objects.count() == 1


def test_one_issuer_s_part_written_anew_says_today_s_whole_and_is_ordered_at_it(cast, of_two, at):
    _, paper = of_two
    bruno = client(cast.bruno)
    Preliminary.objects.update(valid_until="2026-11-30")
    Booking.objects.update(held_until=rome("2026-12-03 09:00"))
    Rate.objects.create(
        tariff=Rate.objects.get().tariff, resource=cast.other_room, price=Money(9900), vat_rate=cast.vat22
    )
    at("2026-12-01 09:00")
    bruno = client(cast.bruno)
    anew = post(bruno, f"/preliminaries/{paper['id']}/rewrite", {}, "anew").json()
    assert anew["changes"] == []  # of this issuer's part
    assert anew["gross"] == paper["gross"]
    assert anew["basket"]["cents"] > paper["basket"]["cents"]
    office = client(cast.franco).get(f"/api/v1/preliminaries/{anew['id']}").json()
    assert (office["basket"], "rewrite" in office["actions"]) == (None, False)
    assert accept(bruno, anew).json()["state"] == "accepted"
    assert Order.objects.get(state="owed").total.cents == anew["basket"]["cents"]


def test_who_writes_their_own_anew_cannot_keep_it_valid_for_ever(cast, basket, at, settings):
    _, quoted = basket
    paper = written(client(cast.bruno), quoted, valid_until="2026-12-01").json()
    Booking.objects.update(held_until=rome("2027-03-01 09:00"))
    settings.QUOTATION_DAYS = 1
    at("2026-12-02 09:00")
    bruno = client(cast.bruno)
    path = f"/preliminaries/{paper['id']}/rewrite"
    refused = post(bruno, path, {"valid_until": "2026-12-04"}, "late")
    assert [(p["pointer"], p["code"]) for p in refused.json()["pointers"]] == [("/valid_until", "too-late")]
    Preliminary.objects.update(written_on="2026-11-01")
    assert post(bruno, path, {}, "anew").json()["valid_until"] == "2026-12-03"
