"""What a month among partners is made of, and what comes of it: costs, waivers, transfers, what if, odd cases."""

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from lxml import etree

from billing.budgets import passes
from billing.models import (
    CostItem,
    DocumentRate,
    Draw,
    Order,
    OrderLine,
    PassKind,
    Rate,
    Settlement,
    Tariff,
    VatRate,
)
from billing.paying import sepa
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from booking.codes import new_codes
from booking.models import Booking, Claim, Item
from core.ids import encode, uuid7
from core.models import LogEntry
from core.money import Money
from core.periods import Period
from people.models import Agreement, Group, GroupMember, Organisation, Partner, Share
from spaces.models import Venue
from tests.api import client, post
from tests.billing.sales import book, sell
from tests.billing.settling import NOVEMBER, begun, closed, ids, row, rule, shared, sold
from tests.booking.confirmed import cancel_for_good
from tests.cast import rome

pytestmark = pytest.mark.django_db


def test_costs_are_entered_and_imported_and_not_into_a_closed_month(house, at):
    rule(house)
    con, lead, member = ids(house)
    api = client(house.dario)
    csv = "on;net;paid_by;supplier;document;document_on;category\n20/11/2026;1.000,00;Cooperativa;Luce Spa;12/A;18/11/2026;energia\n"
    answer = post(api, "/costs/import", {"consortium_id": con, "csv": csv}, key="i")
    assert [c["net"]["cents"] for c in answer.json()["data"]] == [100_000], answer.content
    again = post(api, "/costs/import", {"consortium_id": con, "csv": csv}, key="j")
    assert again.json()["pointers"][0] == {
        "pointer": "/rows/0/document",
        "code": "twice",
        "detail": "Questo documento c'è già.",
    }
    bad = post(
        api, "/costs/import", {"consortium_id": con, "csv": "on,net,paid_by\n2026-11-40,x,Nessuno"}, key="k"
    )
    assert [p["pointer"] for p in bad.json()["pointers"]] == ["/rows/0/on", "/rows/0/net", "/rows/0/paid_by"]
    for odd in ("on,net,paid_by\n2026-11-20,1e999999999,Fondazione", "on,net,paid_by\n1/1/99999999999,1,Fondazione", f"on,net,paid_by\n{'x' * 140_000},1,Fondazione"):  # fmt: skip
        assert (
            post(api, "/costs/import", {"consortium_id": con, "csv": odd}, key=f"odd-{len(odd)}").status_code
            == 422
        )
    assert CostItem.objects.count() == 1
    done = closed(house, at)
    assert row(done, "Fondazione")["columns"]["costs"]["cents"] == -60_000
    body = {"consortium_id": con, "kind": "common", "on": "2026-11-20", "net_cents": 1, "paid_by_id": lead}
    api = client(house.dario)  # the session of a month ago is over
    assert post(api, "/costs", body, key="c").json()["pointers"][0]["code"] == "closed"
    cost = encode("cst", CostItem.objects.get().pk)
    assert api.delete(f"/api/v1/costs/{cost}").status_code == 409
    assert member


def test_waived_bookings_are_told_at_list_price(house, at):
    group = Group.objects.create(name="Amici", partner=house.lead)
    GroupMember.objects.create(group=group, person=house.ada, from_on="2026-01-01")
    Rate.objects.create(tariff=Tariff.objects.get(), group=group, price=Money(0), vat_rate=house.vat22)
    held = book(house.ada, house.room, rome("2026-11-05T10:00"))
    checkout(house.ada, quote(house.ada, [held], None).pk, "none")
    lines = shared(house, at)["figures"]["lines"]
    assert [(line["kind"], line["gross"]["cents"], line["bookings"]) for line in lines] == [
        ("waived", 1830, 1)
    ]


def test_what_a_pass_paid_for_was_not_waived(house, at):
    kind = PassKind.objects.create(
        venue=house.room.venue,
        name="Dieci ore",
        unit="minutes",
        amount=600,
        price=Money(9000),
        vat_rate=house.vat22,
        valid_days=90,
    )
    passes.grant(house.dario, kind, house.ada, "Un regalo")
    held = book(house.ada, house.room, rome("2026-11-05T10:00"))
    checkout(house.ada, quote(house.ada, [held], None).pk, "none")
    assert Draw.objects.filter(booking=held).count() == 1
    assert shared(house, at)["figures"]["lines"] == []


def test_the_transfers_are_a_file_that_a_bank_takes(house, at):
    rule(house)
    sold(house, at, 5)
    done = closed(house, at)
    xml = client(house.dario).get(f"/api/v1/settlements/{done['id']}/files/pain001").content
    names = {"p": sepa.NAMESPACE}
    root = etree.fromstring(xml)
    assert root.findtext(".//p:CtrlSum", namespaces=names) == "7.32"
    assert root.findtext(".//p:DbtrAcct/p:Id/p:IBAN", namespaces=names) == "IT60X0542811101000000123456"
    assert root.findtext(".//p:CdtrAcct/p:Id/p:IBAN", namespaces=names) == "IT42L1234512345123456789012"
    order = [etree.QName(e).localname for e in root.find(".//p:PmtInf", names)]
    assert order == ["PmtInfId", "PmtMtd", "NbOfTxs", "CtrlSum", "PmtTpInf", "ReqdExctnDt", "Dbtr", "DbtrAcct", "DbtrAgt", "ChrgBr", "CdtTrfTxInf"]  # fmt: skip
    assert "pain001" not in [
        f["kind"] for f in client(house.elena).get(f"/api/v1/settlements/{done['id']}").json()["files"]
    ]
    nothing = client(house.elena).get(f"/api/v1/settlements/{done['id']}/files/pain001")
    assert nothing.json()["pointers"][0]["code"] == "nothing-to-pay"


def test_what_if_shows_both_and_saves_nothing(house, at):
    rule(house)
    sold(house, at, 5)
    at("2026-12-01 09:00")
    con, lead, member = ids(house)
    body = {"consortium_id": con, "month": NOVEMBER, "shares": [{"partner_id": lead, "percent": "50"}, {"partner_id": member, "percent": "50"}], "prices": [{"percent": "100"}]}  # fmt: skip
    answer = post(client(house.dario), "/settlements/what-if", body)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert [(p["takings"]["cents"]) for p in told["now"]["partners"]] == [900, 600]
    assert [(p["takings"]["cents"]) for p in told["then"]["partners"]] == [1500, 1500]
    assert told["differences"][1] == {"partner_id": member, "takings": {"cents": 900, "currency": "EUR"}, "balance": {"cents": 1098, "currency": "EUR"}}  # fmt: skip
    assert Settlement.objects.count() == 0
    stranger = {"consortium_id": con, "month": NOVEMBER, "shares": [{"partner_id": encode("prt", house.consortium.pk), "percent": "100"}]}  # fmt: skip
    assert (
        post(client(house.dario), "/settlements/what-if", stranger).json()["pointers"][0]["pointer"]
        == "/shares"
    )
    body["shares"][0]["percent"] = "49"
    assert post(client(house.dario), "/settlements/what-if", body).json()["code"] == "shares-not-whole"


def draft(house, price, resource=None, venue=None):
    """A price list of a venue that nobody has published: one price an hour for all, or of one resource."""
    made = Tariff.objects.create(
        venue=venue or house.venue, partner=house.lead, name="Bozza", from_on=date(2027, 1, 1)
    )
    Rate.objects.create(tariff=made, price=Money(1830), vat_rate=house.vat22)
    if resource is not None:
        Rate.objects.create(tariff=made, resource=resource, price=Money(price), vat_rate=house.vat22)
    else:
        made.rates.update(price=price)
    return made


def asked_with(house, tariff, **more):
    body = {"consortium_id": ids(house)[0], "month": NOVEMBER, "tariff_id": encode("trf", tariff.pk), **more}
    return post(client(house.dario), "/settlements/what-if", body)


def test_what_if_of_a_draft_tariff_sells_the_month_at_its_prices_and_saves_nothing(house, at):
    rule(house)
    sold(house, at, 5)
    sold(house, at, 6, resource=house.laser)
    at("2026-12-01 09:00")
    lists = list(Tariff.objects.values_list("pk", "published_at")), Rate.objects.count()
    dearer = draft(house, 3660, house.room)
    told = asked_with(house, dearer).json()
    # Two hours of 15.00 net; the room at double, the laser as it is.
    assert told["now"]["total"]["net"]["cents"] == 3000
    assert told["then"]["total"]["net"]["cents"] == 4500
    assert [p["takings"]["cents"] for p in told["then"]["partners"]] == [2700, 1800]
    assert [d["takings"]["cents"] for d in told["differences"]] == [900, 600]
    # On top of it a tenth more of everything.
    told = asked_with(house, dearer, prices=[{"percent": "10"}]).json()
    assert told["then"]["total"]["gross"]["cents"] == round((3660 + 1830) * 1.1)
    told = asked_with(house, draft(house, 0)).json()
    assert told["then"]["total"]["gross"]["cents"] == 0
    assert Settlement.objects.count() == 0
    Tariff.objects.filter(published_at=None).delete()
    assert (list(Tariff.objects.values_list("pk", "published_at")), Rate.objects.count()) == lists


def test_what_if_knows_no_price_list_of_a_venue_elsewhere(house, at):
    rule(house)
    at("2026-12-01 09:00")
    alone = Organisation.objects.create(name="Altrove", tax_code="1")
    partner = Partner.objects.create(organisation=alone, short_name="Altrove")
    venue = Venue.objects.create(slug="altrove", name="Altrove", partner=partner, city="Ivrea")
    answer = asked_with(house, draft(house, 100, venue=venue))
    assert (answer.status_code, answer.json()["pointers"][0]["pointer"]) == (422, "/tariff_id")


BOOKINGS = 1000


def copied(held, starts, chance):
    """As many bookings as starts, held as this one is and for half an hour to an hour and a half: rows as the act wrote them."""
    held.refresh_from_db()
    item = held.items.get()
    claim = Claim.objects.get(item=item)
    made = []
    for code, start in zip(new_codes(len(starts)), starts, strict=True):
        during = Period(start, start + timedelta(minutes=chance.choice((30, 60, 90))))
        booking = _like(held, pk=uuid7(), code=code, period=during, earliest_start=start)
        its = _like(item, pk=uuid7(), booking=booking, period=during)
        made.append((booking, its, _like(claim, pk=None, item=its, during=during)))
    for model, rows in zip((Booking, Item, Claim), zip(*made, strict=True), strict=True):
        model._default_manager.bulk_create(rows)
    return [booking for booking, *_ in made]


def _like(row, **other):
    return type(row)(
        **({f.name: getattr(row, f.name) for f in row._meta.concrete_fields if f.name != "id"} | other)
    )


@pytest.mark.slow
def test_a_thousand_random_bookings_are_parted_to_the_cent_of_their_documents(house, at):
    """Sold by owner, by share and by the lead, some at another rate of VAT, alone and many at once, and some given back,
    while the shares change in the middle of the month: what the partners have is what the documents say."""
    rule(house)
    chance = random.Random(7)
    second = Agreement.objects.create(
        consortium=house.consortium, version=2, from_on="2026-11-14", mandate_fee=Decimal("3.5")
    )
    for partner, percent in ((house.lead, "33.3333"), (house.member, "66.6667")):
        Share.objects.create(agreement=second, partner=partner, percent=Decimal(percent))
    rooms = [house.room, house.other_room, house.laser]
    for room, issuing, owner in zip(
        rooms, ("single", "owner", "share"), (None, house.member, None), strict=True
    ):
        room.issuing, room.owner = issuing, owner
        room.save()
    Rate.objects.update(price=Money(1277))
    tenth = VatRate.objects.create(name="IVA 10%", percent=Decimal(10))
    Rate.objects.create(tariff=Tariff.objects.get(), resource=house.laser, price=Money(2093), vat_rate=tenth)
    at("2026-11-02 07:00")
    slots = [
        (room, rome("2026-11-30T00:00") + timedelta(days=day, hours=hour))
        for room in rooms
        for day in range(100)
        for hour in (9, 11, 14, 16)
    ]
    starts = defaultdict(list)
    for room, start in chance.sample(slots, BOOKINGS):
        starts[room].append(start)
    first = [book(house.ada, room, rome("2026-11-06T10:00")) for room in rooms]
    Booking.objects.update(held_until=rome("2026-12-01T00:00"))
    Claim.objects.update(until=rome("2026-12-01T00:00"))
    held = [b for room, one in zip(rooms, first, strict=True) for b in copied(one, starts[room], chance)]
    chance.shuffle(held)
    carts = []
    while held:
        many = chance.choice((1, 3, 10, 30))
        carts.append([held.pop() for _ in range(min(many, len(held)))])
    given_back = 0
    for n, cart in enumerate(carts):
        at(f"2026-11-{2 + 25 * n // len(carts):02} 09:00")
        sell(house.ada, *cart)
        for booking in cart:
            if chance.random() < 0.05:
                cancel_for_good(house.ada, booking.pk)
                given_back += 1
    paid = OrderLine.objects.filter(order__state=Order.State.PAID)
    assert paid.values("booking").distinct().count() == BOOKINGS
    figures = shared(house, at)["figures"]
    signed = {"credit_note": -1}
    net = sum(
        signed.get(rate.document.kind, 1) * rate.net.cents
        for rate in DocumentRate.objects.select_related("document")
    )
    parts = sum(p["amount"]["cents"] for line in figures["lines"] for p in line["parts"] if line["issuer_id"])
    assert (parts, figures["total"]["net"]["cents"]) == (net, net)
    assert DocumentRate.objects.filter(document__kind="credit_note").count() >= given_back > 20
    assert {s["version"] for s in figures["stretches"]} == {1, 2}
    assert figures["faults"] == []
    assert sum(p["balance"]["cents"] for p in figures["partners"]) == 0


def test_a_partner_s_name_is_no_formula_and_no_place_to_fill(house, at):
    rule(house)
    house.member.short_name = "=Coop {x}"
    house.member.save()
    sold(house, at, 5)
    made = shared(house, at)
    header = (
        client(house.dario)
        .get(f"/api/v1/settlements/{made['id']}/files/csv")
        .content.decode()
        .splitlines()[0]
    )
    assert "'=Coop {x}" in header


def test_looking_at_a_customer_s_document_is_logged_and_at_one_s_own_is_not(house, at):
    document = sold(house, at, 5).documents.get()
    path = f"/api/v1/documents/{encode('doc', document.pk)}"
    client(house.ada).get(path)
    assert not LogEntry.objects.filter(act="see-customers").exists()
    client(house.dario).get(path)
    client(house.dario).get("/api/v1/documents")
    seen = LogEntry.objects.filter(act="see-customers")
    assert [(one.by_id, one.data["ids"]) for one in seen] == [
        (house.dario.pk, [encode("doc", document.pk)])
    ] * 2


def test_a_partner_that_has_left_still_has_its_part_of_what_is_given_back(house, at):
    rule(house)
    at("2026-11-30 08:00")
    line = sell(house.ada, book(house.ada, house.room, rome("2026-12-20T10:00"))).order.lines.get()
    closed(house, at)
    third = Agreement.objects.create(consortium=house.consortium, version=2, from_on="2026-12-01")
    Share.objects.create(agreement=third, partner=house.lead, percent=100)
    house.member.consortium = None
    house.member.save()
    cancel_for_good(house.ada, line.booking_id)
    figures = begun(house, "2026-12")["figures"]
    assert row({"figures": figures}, "Cooperativa")["columns"]["late"]["cents"] == -600
    assert sum(p["balance"]["cents"] for p in figures["partners"]) == 0


def test_a_month_before_any_agreement_is_not_begun(house, at):
    answer = post(client(house.dario), "/settlements", {"consortium_id": ids(house)[0], "month": "2024-11"})
    assert (answer.status_code, answer.json()["code"], Settlement.objects.count()) == (
        409,
        "does-not-square",
        0,
    )


def test_looking_at_another_s_booking_is_logged_and_at_one_s_own_is_not(house, at):
    booking = sold(house, at, 5).order.lines.values_list("booking_id", flat=True).get()
    path = f"/api/v1/bookings/{encode('bkg', booking)}"
    client(house.ada).get(path)
    client(house.ada).get("/api/v1/bookings")
    assert not LogEntry.objects.filter(act="see-bookings").exists()
    client(house.gina).get(path)
    client(house.gina).get("/api/v1/bookings")
    seen = LogEntry.objects.filter(act="see-bookings")
    assert [(one.by_id, one.data["ids"]) for one in seen] == [(house.gina.pk, [encode("bkg", booking)])] * 2
