"""Two things without VAT, each by a law of its own: the paper says beside each what its invoice will say."""

from __future__ import annotations

import pytest

from billing.models import Document, Preliminary, Quote, Rate, VatRate
from core import outbox
from core.money import Money
from tests.api import client, post
from tests.stories.test_a_basket_is_quoted import _monday, basket, choir, written

pytestmark = pytest.mark.django_db
__all__ = ["_monday", "basket", "choir"]
LAWS = ["Esente art. 10 c. 1 n. 8 DPR 633/72", "Esente art. 10 c. 1 n. 20 DPR 633/72"]


@pytest.fixture
def two_laws(cast):
    """The choir's two rooms at 10.00 and 20.00, both under N4; before the basket is quoted."""
    tariff = cast.venue.tariffs.get()
    for law, room, cents in zip(LAWS, (cast.room, cast.other_room), (1000, 2000), strict=True):
        rate = VatRate.objects.create(name=law, percent=0, natura="N4", legal_text=law)
        Rate.objects.create(tariff=tariff, resource=room, price=Money(cents), vat_rate=rate)


def told(snapshot):
    return sorted((r["natura"], r["legal_text"], r["net"]) for r in snapshot["rates"])


EACH = sorted([("N4", LAWS[0], 1000), ("N4", LAWS[1], 2000)])


def test_the_right_law_stands_beside_each_sum_as_it_will_on_the_invoice(cast, two_laws, basket):
    held, quoted = basket
    bruno = client(cast.bruno)
    assert sorted(line["legal_text"] for line in quoted["lines"]) == sorted(LAWS)
    assert written(bruno, quoted).status_code == 201
    assert told(Preliminary.objects.get().snapshot) == EACH
    body = {"quote_id": quoted["id"], "booking_ids": held, "method": "cash"}
    assert post(client(cast.ivo), "/checkouts", body, "c").status_code == 201
    outbox.drain()
    assert told(Document.objects.get().revisions.get().snapshot) == EACH


def test_a_law_that_was_worded_anew_leaves_the_open_quote_as_it_was(cast, two_laws, basket):
    held, quoted = basket
    VatRate.objects.filter(legal_text=LAWS[0]).update(legal_text="art. 10")
    body = {"quote_id": quoted["id"], "booking_ids": held, "method": "account"}
    assert post(client(cast.bruno), "/checkouts", body, "c").status_code == 201


def test_a_quote_from_before_its_lines_said_the_law_is_still_put_on_paper(cast, two_laws, basket):
    offered = Quote.objects.get()
    offered.lines = [{k: v for k, v in line.items() if k != "legal_text"} for line in offered.lines]
    offered.save()
    assert written(client(cast.bruno), basket[1]).status_code == 201
    [(natura, law, net)] = told(Preliminary.objects.get().snapshot)
    assert (natura, net) == ("N4", 3000)
    assert law in LAWS
