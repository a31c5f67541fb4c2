"""Who a programme writes to, whom it knows before they have an account, and what its files tell and are called."""

from datetime import date
from io import BytesIO
from urllib.parse import quote

import pytest
from openpyxl import load_workbook

from billing.models import Beneficiary
from core import outbox
from core.ids import decode, encode
from core.models import Mail
from equipment.models import Certification
from people.models import Person
from tests.api import client, post
from tests.billing.pdf_text import text_of
from tests.cast import ADDRESS
from tests.stories.passes import booked, left
from tests.stories.test_a_programme_pays import listed, reported, started

pytestmark = pytest.mark.django_db
NEW = ("nuovo@example.org", "altra@example.org")


@pytest.fixture(autouse=True)
def _monday(at, bank):
    at("2026-11-30 09:00")


def path_of(programme, *more):
    return "/".join((f"/programmes/{programme['id']}", *more))


def invited(cast, programme, *emails, key="i1"):
    made = post(client(cast.dario), path_of(programme, "beneficiaries"), {"emails": list(emails)}, key)
    assert made.status_code == 201, made.content
    outbox.drain()
    return made.json()["data"]


def mails():
    return list(Mail.objects.filter(subject__startswith="Programma"))


def told_by(api, path, body, key):
    """What whoever has the place is written when staff decide so."""
    before = {mail.pk for mail in mails()}
    assert post(api, path, body, key).status_code == 200
    outbox.drain()
    (new,) = [mail for mail in mails() if mail.pk not in before]
    return new.text


def signs_up(cast, email):
    person = Person.objects.create_user(email, None, name=email[:5], tax_code="RSSMRA80A01H501U", **ADDRESS)
    Certification.objects.create(person=person, skill=cast.laser_skill, from_on=date(2025, 1, 1))
    return person


# -- whoever was listed before they had an account ------------------------------------------------------------------


def test_whoever_was_listed_before_they_had_an_account_is_known_once_they_have_it(cast):
    programme = started(cast, hides_names=True)
    _ = cast.laser
    places = invited(cast, programme, *NEW)
    for place in places:
        outcome = {"outcome": f"Esito di {place['email']}"}
        address = f"/api/v1{path_of(programme, 'beneficiaries', place['id'])}"
        assert client(cast.dario).patch(address, outcome, format="json").status_code == 200
    for day, email in enumerate(NEW, 2):
        person = signs_up(cast, email)
        assert Beneficiary.objects.get(email=email).person_id == person.pk
        booked(client(person), cast.laser, start=f"2026-12-0{day}T10:00:00", end=f"2026-12-0{day}T12:00:00")
    rows = reported(cast, programme).json()["rows"]
    assert sorted((row["who"], row["outcome"]) for row in rows) == [
        ("Beneficiario 1", "Esito di altra@example.org"),
        ("Beneficiario 2", "Esito di nuovo@example.org"),
    ]
    people = client(cast.dario).get(f"/api/v1{path_of(programme, 'beneficiaries')}").json()["data"]
    assert {row["email"]: row["name"] for row in people} == {email: email[:5] for email in NEW}


def test_an_address_that_somebody_takes_later_is_theirs_too(cast):
    programme = started(cast)
    invited(cast, programme, "ada.nuova@example.org")
    cast.ada.email = "ada.nuova@example.org"
    cast.ada.save()
    assert Beneficiary.objects.get().person_id == cast.ada.pk
    cast.bruno.save()  # nobody else's is touched
    assert Beneficiary.objects.get().person_id == cast.ada.pk


def moved_to(person, email):
    person.email = email
    person.save()


def test_who_has_another_address_keeps_their_place_under_that_one(cast):
    programme = started(cast)
    invited(cast, programme, cast.ada.email)
    moved_to(cast.ada, "ada.nuova@example.org")
    (place,) = invited(cast, programme, "ada.nuova@example.org", key="again")
    assert (place["email"], place["state"]) == ("ada.nuova@example.org", "approved")
    assert Beneficiary.objects.count() == 1
    other = signs_up(cast, "ada@example.org")
    (place,) = invited(cast, programme, "ada@example.org", key="other")
    assert place["name"] == other.name
    assert Beneficiary.objects.count() == 2


def test_who_was_refused_is_not_let_in_by_a_code_under_another_address(cast):
    programme = started(cast, joining="code", code="APERTO-2026")
    (place,) = invited(cast, programme, cast.ada.email)
    post(
        client(cast.dario), path_of(programme, "beneficiaries", place["id"], "refuse"), {"reason": "No"}, "r"
    )
    moved_to(cast.ada, "ada.nuova@example.org")
    assert post(client(cast.ada), "/programmes/join", {"code": "APERTO-2026"}, "j").status_code == 404
    assert Beneficiary.objects.get().state == "refused"


def test_two_places_of_one_person_are_one(cast):
    programme = started(cast)
    (old,) = invited(cast, programme, cast.ada.email)
    (new,) = invited(cast, programme, "ada.nuova@example.org", key="new")
    for n, place in enumerate((old, new)):
        Beneficiary.objects.filter(pk=decode("ben", place["id"])).update(outcome=f"Esito {n}")
    post(client(cast.dario), path_of(programme, "beneficiaries", old["id"], "refuse"), {"reason": "No"}, "r")
    moved_to(cast.ada, "ada.nuova@example.org")
    one = Beneficiary.objects.get()
    assert (one.pk, one.person_id, one.email) == (decode("ben", old["id"]), cast.ada.pk, cast.ada.email)
    assert (one.state, one.reason, one.outcome) == ("approved", "", "Esito 0\nEsito 1")
    outbox.drain()  # what was to be told of the other place is told to nobody


def test_a_place_that_nobody_linked_is_found_by_its_address(cast):
    programme = started(cast, hides_names=True)
    listed(cast, programme, cast.ada)
    booked(client(cast.ada), cast.laser)
    Beneficiary.objects.update(person=None, outcome="Una ciclofficina")
    (row,) = reported(cast, programme).json()["rows"]
    assert (row["who"], row["outcome"]) == ("Beneficiario 1", "Una ciclofficina")


# -- what people are told -------------------------------------------------------------------------------------------


def test_who_is_listed_is_told_once_with_or_without_an_account(cast):
    programme = started(cast, percent=80)
    invited(cast, programme, cast.ada.email, "nuovo@example.org")
    assert {mail.to for mail in mails()} == {cast.ada.email, "nuovo@example.org"}
    for mail in mails():
        assert "«Ore per i giovani»" in mail.text
        assert "80%" in mail.text
        assert mail.to in mail.text
    invited(cast, programme, cast.ada.email, "altra@example.org", key="i2")
    assert [mail.to for mail in mails()].count(cast.ada.email) == 1
    assert len(mails()) == 3


def test_whose_place_is_taken_back_is_told_that_and_not_that_an_application_was_refused(cast, at):
    programme = started(cast)
    (place,) = invited(cast, programme, cast.ada.email)
    booked(client(cast.ada), cast.laser)
    address, dario = path_of(programme, "beneficiaries", place["id"]), client(cast.dario)
    said = told_by(dario, f"{address}/refuse", {"reason": "Il corso è finito."}, "r1")
    assert "Non fai più parte di «Ore per i giovani»" in said
    assert "Il corso è finito." in said
    assert "domanda" not in said
    assert left(programme["budgets"][0]["id"]) == 480  # what it paid for stays paid
    assert "Fai parte di «Ore per i giovani»" in told_by(dario, f"{address}/approve", {}, "a1")
    # And back once more, later: every answer is its own message.
    at("2026-11-30 09:05")
    dario = client(cast.dario)
    assert "Ancora." in told_by(dario, f"{address}/refuse", {"reason": "Ancora."}, "r2")


# -- its files ------------------------------------------------------------------------------------------------------


def files_of(cast, programme):
    api = client(cast.bruno)
    found = {
        kind: api.get(f"/api/v1{path_of(programme, 'report', 'files', kind)}") for kind in ("pdf", "xlsx")
    }
    assert {answer.status_code for answer in found.values()} == {200}
    return found


@pytest.mark.parametrize(
    "name", ['Ore "più" giovani', "Città ‘più’", "a/b/../c", "semplice", "riga\\barra; filename=x.exe"]
)
def test_a_file_is_called_as_its_programme_whatever_that_is_called(cast, name):
    for kind, answer in files_of(cast, started(cast, name=name)).items():
        said = answer.headers["Content-Disposition"]
        plain = name.replace("/", "-").replace("\\", "-") + f".{kind}"
        assert said.isascii()
        assert said.startswith("attachment; filename")
        if plain.isascii():
            escaped = plain.replace('"', '\\"')
            assert said == f'attachment; filename="{escaped}"'
        else:
            assert said == f"attachment; filename*=utf-8''{quote(plain)}"


def test_a_programme_without_names_has_none_in_its_files(cast):
    programme = started(cast, hides_names=True)
    listed(cast, programme, cast.ada)
    code = client(cast.ada).get(f"/api/v1/bookings/{booked(client(cast.ada), cast.laser)}").json()["code"]
    found = files_of(cast, programme)
    cells = [
        str(cell)
        for sheet in load_workbook(BytesIO(b"".join(found["xlsx"].streaming_content)))
        for row in sheet.values
        for cell in row
    ]
    pages = text_of(found["pdf"].content)
    for said in (" ".join(cells), pages):
        assert "Beneficiario 1" in said
        for secret in (cast.ada.name, cast.ada.email, code, encode("per", cast.ada.pk)):
            assert secret not in said
    named = started(cast, key="p2", name="Con i nomi")
    listed(cast, named, cast.bruno, key="b2")
    # The reading of the file would see a name if there were one.
    client(cast.dario).patch(f"/api/v1{path_of(programme)}", {"hides_names": False}, format="json")
    pages = text_of(files_of(cast, programme)["pdf"].content)
    assert cast.ada.name in pages
    assert code not in pages  # which would open the door
