"""An invoice that was refused for what its lines say goes out again: other words, the same number, day and amounts."""

from __future__ import annotations

import hashlib
import itertools
from copy import deepcopy

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from billing.models import Document, Entry, File, Revision, Transmission
from billing.papers.as_written import as_written
from billing.papers.pdf import page_of
from billing.papers.reissuing import reworded
from core import outbox
from core.errors import Invalid
from tests.api import client
from tests.api import post as post_once
from tests.billing.conftest import LINE
from tests.billing.office import REFUSED, receipt, upload

pytestmark = pytest.mark.django_db

KEYS = itertools.count()
N4 = LINE | {"rate": "0", "natura": "N4", "legal_text": "Art. 10"}


def post(api, path, body):
    return post_once(api, path, body, f"k{next(KEYS)}")


@pytest.fixture
def refused(office, ask):
    """An invoice with a line at 22 % and one exempt, rejected by the SdI."""
    answer = post(office, "/documents", ask(lines=[LINE, N4], reasons=["Ottobre"]))
    assert answer.status_code == 201, answer.json()
    outbox.drain()
    upload(office, receipt(Transmission.objects.get().file_name, "NotificaScarto", REFUSED))
    return answer.json()


def correct(office, paper, **told):
    answer = post(office, f"/documents/{paper['id']}/correct", told)
    outbox.drain()
    return answer


def xml(office, paper):
    return office.get(f"/api/v1/documents/{paper['id']}/files/xml").content.decode()


def test_lines_law_codes_and_reasons_are_mended_under_the_same_number(office, refused):
    told = {
        "lines": [{"place": 0, "description": "Sala riunioni, CIG in ordine", "first_on": "2026-10-01", "last_on": "2026-10-19"}],
        "rates": [{"place": 1, "legal_text": "Esente art. 10 c. 1 n. 20 DPR 633/72"}],
        "asked": {"id": "DET-9", "cig": "Z1A2B3C4D5", "cup": ""},
        "reasons": ["Ottobre 2026"],
    }  # fmt: skip
    before = Document.objects.values().get()
    assert correct(office, refused, **told).status_code == 200
    content = xml(office, refused)
    for said in (
        f"<Numero>{refused['number']}</Numero>",
        "<Data>2026-10-20</Data>",
        "<Descrizione>Sala riunioni, CIG in ordine</Descrizione>",
        "<Descrizione>Sala riunioni</Descrizione>",
        "<DataFinePeriodo>2026-10-19</DataFinePeriodo>",
        "<RiferimentoNormativo>Esente art. 10 c. 1 n. 20 DPR 633/72</RiferimentoNormativo>",
        "<CodiceCIG>Z1A2B3C4D5</CodiceCIG>",
        "<Causale>Ottobre 2026</Causale>",
    ):
        assert content.count(said) == 1, said
    page = page_of(Revision.objects.latest("version").snapshot)
    assert "Sala riunioni, CIG in ordine" in page
    assert "DET-9" in page
    assert Document.objects.values().get() == before
    assert office.get(f"/api/v1/documents/{refused['id']}").json()["sdi"]["state"] == "to_send"


def test_the_refused_version_stays_frozen_and_the_new_one_is_chained_to_it(office, refused):
    first = Revision.objects.get()
    kept = first.snapshot, first.sha256, sorted(File.objects.values_list("sha256", flat=True))
    entries = list(Entry.objects.values())
    correct(office, refused, lines=[{"place": 0, "description": "Altro"}])
    again, second = Revision.objects.order_by("version")
    found = again.snapshot, again.sha256, sorted(again.files.values_list("sha256", flat=True))
    assert found == kept
    text = orjson.dumps(second.snapshot, option=orjson.OPT_SORT_KEYS)
    assert second.previous_sha256 == first.sha256
    assert second.sha256 == hashlib.sha256(first.sha256.encode() + text).hexdigest()
    assert list(Entry.objects.values()) == entries
    names = list(Transmission.objects.values_list("file_name", flat=True))
    assert len(set(names)) == 2


def test_what_the_sdi_would_refuse_again_makes_no_version(office, refused):
    answer = correct(office, refused, asked={"id": "è", "cig": "Z1A2B3C4D5"}, lines=[{"place": 0, "first_on": "2026-10-20", "last_on": "2026-10-20", "description": "x"}])  # fmt: skip
    assert answer.status_code == 200  # an accent is written with our letters
    upload(
        office,
        receipt(Transmission.objects.get(revision__version=2).file_name, "NotificaScarto", REFUSED),
    )
    count = Revision.objects.count()
    told = {"asked": {"id": "★", "cig": "Z1A2B3C4D5"}}  # nothing is left of it, and an order has a number
    answer = correct(office, refused, **told)
    assert (answer.status_code, answer.json()["code"]) == (422, "sdi-control")
    assert Revision.objects.count() == count


@pytest.mark.parametrize(
    ("told", "pointer"),
    [
        ({"lines": [{"place": 2, "description": "x"}]}, "/lines/0/place"),
        ({"rates": [{"place": 5, "legal_text": "x"}]}, "/rates/0/place"),
        ({"lines": [{"place": 0, "unit_price": "1.00"}]}, "/lines/0/unit_price"),
        ({"gross_cents": 1}, "/gross_cents"),
    ],
)
def test_amounts_and_lines_that_there_are_not_cannot_be_told(office, refused, told, pointer):
    answer = correct(office, refused, **told)
    assert answer.status_code == 422
    assert [p["pointer"] for p in answer.json()["pointers"]] == [pointer]
    assert Revision.objects.count() == 1


def test_only_what_was_refused_is_mended_and_only_by_its_office(office, ask, cast):
    made = post(office, "/documents", ask()).json()
    outbox.drain()
    told = {"lines": [{"place": 0, "description": "Altro"}]}
    assert correct(office, made, **told).status_code == 409
    for person, status in ((cast.ada, 404), (cast.elena, 404)):
        assert correct(client(person), made, **told).status_code == status


def test_what_it_says_can_be_read_as_it_was_written(office, refused):
    found = office.get(f"/api/v1/documents/{refused['id']}/as-written").json()
    assert [line["description"] for line in found["lines"]] == ["Sala riunioni"] * 2
    assert [row["legal_text"] for row in found["rates"]] == ["", "Art. 10"]
    assert (found["reasons"], found["asked"], found["with_vat"]) == (["Ottobre"], None, False)
    correct(office, refused, reasons=["Novembre"])
    assert office.get(f"/api/v1/documents/{refused['id']}/as-written").json()["reasons"] == ["Novembre"]


WORDS = some.fixed_dictionaries(
    {},
    optional={
        "lines": some.lists(some.fixed_dictionaries({"place": some.integers(0, 1)}, optional={"description": some.text(min_size=1), "unit": some.text()})),
        "rates": some.lists(some.fixed_dictionaries({"place": some.integers(0, 1), "legal_text": some.text()})),
        "asked": some.none(),
        "reasons": some.lists(some.text()),
    },
)  # fmt: skip
AMOUNTS = ("net", "vat", "gross", "number", "issued_on", "kind", "seller", "buyer")


@given(told=WORDS)
def test_no_words_change_an_amount_nor_the_version_they_begin_with(told):
    snapshot = _snapshot()
    before = deepcopy(snapshot)
    after = reworded(snapshot, told)
    assert snapshot == before
    assert {name: after[name] for name in AMOUNTS} == {name: before[name] for name in AMOUNTS}
    for rows in ("rates", "lines"):
        for one, other in zip(after[rows], before[rows], strict=True):
            assert {k: v for k, v in one.items() if k not in ("legal_text", "description")} == {
                k: v for k, v in other.items() if k not in ("legal_text", "description")
            }
    numbers = ("quantity", "unit_price", "total", "rate", "natura", "discounts", "withheld")
    for one, other in zip(after["electronic"]["lines"], before["electronic"]["lines"], strict=True):
        assert [one[name] for name in numbers] == [other[name] for name in numbers]
    for name in ("type", "stamp", "due", "split", "fund", "withholding", "corrects"):
        assert after["electronic"][name] == before["electronic"][name]
    assert reworded(snapshot, {}) == before


def test_a_place_that_is_not_there_is_refused():
    with pytest.raises(Invalid):
        reworded(_snapshot(), {"lines": [{"place": 2}]})


def _snapshot():
    line = {"description": "Sala", "quantity": "2", "unit": "h", "unit_price": "10.00000000", "discounts": [], "total": 2000,
            "rate": "22.00", "natura": "", "withheld": False, "first_on": None, "last_on": None}  # fmt: skip
    shown = {"description": "Sala", "gross": 2440, "worth": 2000, "rate": "22.00", "natura": ""}
    rate = {"rate": "22.00", "natura": "", "legal_text": "", "net": 2000, "vat": 440, "gross": 2440}
    electronic = {"type": "TD01", "with_vat": False, "lines": [line, line], "stamp": 0, "fund": None, "withholding": None,
                  "split": False, "due": 4880, "corrects": [], "order": None, "reasons": []}  # fmt: skip
    return {"kind": "invoice", "number": "FE-2026/1", "issued_on": "2026-10-20", "seller": {}, "buyer": {}, "lines": [shown, shown],
            "rates": [rate, rate], "net": 4000, "vat": 880, "gross": 4880, "electronic": electronic}  # fmt: skip


def test_of_prices_with_vat_each_line_is_written_at_what_it_cost():
    snapshot = _snapshot()
    snapshot["electronic"]["with_vat"] = True
    assert [line["unit_price"] for line in as_written(snapshot)["lines"]] == ["12.20000000"] * 2


def sdi_of(office, paper):
    return office.get(f"/api/v1/documents/{paper['id']}").json()["sdi"]


def test_what_was_rejected_says_until_when_it_goes_out_again(cast, office, ask, at):
    paper = post(office, "/documents", ask()).json()
    outbox.drain()
    assert (sdi_of(office, paper)["again_by"], sdi_of(office, paper)["too_late"]) == (None, False)
    # The SdI had it just before midnight in Italy; whoever reads its answer does so days later.
    had = "<DataOraRicezione>2026-10-20T23:30:00.000+02:00</DataOraRicezione>"
    at("2026-10-25 09:00")
    later = client(cast.franco)
    upload(later, receipt(Transmission.objects.get().file_name, "RicevutaScarto", had + REFUSED))
    told = sdi_of(later, paper)
    assert (told["state"], told["again_by"], told["too_late"]) == ("refused_by_sdi", "2026-10-25", False)
    at("2026-10-26 09:00")
    assert sdi_of(client(cast.franco), paper)["too_late"] is True


def test_where_the_sdi_says_no_day_the_five_are_told_from_the_receipt_s(office, refused):
    assert sdi_of(office, refused)["again_by"] == "2026-10-25"
    correct(office, refused)
    assert sdi_of(office, refused)["again_by"] is None


def test_of_what_was_delivered_there_is_no_day_to_send_it_again_by(office, ask):
    paper = post(office, "/documents", ask()).json()
    outbox.drain()
    upload(office, receipt(Transmission.objects.get().file_name))
    assert (sdi_of(office, paper)["state"], sdi_of(office, paper)["again_by"]) == ("delivered", None)


def test_no_office_tells_what_became_of_another_s_document(cast, office, ask):
    paper = post(office, "/documents", ask()).json()
    outbox.drain()
    refusal = receipt(Transmission.objects.get().file_name, "NotificaScarto", REFUSED)
    told = upload(client(cast.elena), refusal).json()
    assert [row["result"] for row in told["data"]] == ["unknown"]
    assert sdi_of(office, paper)["state"] == "to_send"
