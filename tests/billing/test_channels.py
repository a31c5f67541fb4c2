"""An electronic invoice leaves by certified mail: named, attached, once, whatever happens to the worker or the server."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from billing.models import Dispatch, Document, Issuer, Receipt, Transmission
from billing.papers import dispatch
from core import outbox
from core.clock import now
from core.models import OutboxRow
from tests.api import client
from tests.api import post as post_once
from tests.billing.smtp import HANGS_UP, REFUSES, mail_server

pytestmark = pytest.mark.django_db

BOX = "fatture@pec.example"
S = Dispatch.State
KEYS = itertools.count()


def post(api, path, body=None):
    return post_once(api, path, body or {}, f"k{next(KEYS)}")


@pytest.fixture
def pec(settings, cast):
    with mail_server() as found:
        host, port = found.server_address[:2]
        settings.PEC_SERVERS = {BOX: {"host": host, "port": port, "timeout": 5}}
        Issuer.objects.filter(pk=cast.lead.issuer.pk).update(channel="pec", pec_mailbox=BOX)
        yield found


@pytest.fixture
def issue(office, ask):
    def made(**more):
        answer = post(office, "/documents", ask(**more))
        assert answer.status_code == 201, answer.json()
        outbox.drain()
        return answer.json()["id"]

    return made


def shown(office, pk):
    found = office.get(f"/api/v1/documents/{pk}").json()
    way = found["dispatch"]
    return found["sdi"]["state"], way and way["state"], way


def later(minutes=20):
    """The rows that wait are due, as they are some time later."""
    OutboxRow.objects.filter(done_at=None).update(due_at=now() - timedelta(minutes=minutes))
    return outbox.drain()


def test_an_invoice_leaves_by_itself_named_as_the_sdi_wants_it(pec, office, issue):
    pk = issue()
    ((to, message),) = pec.kept
    assert (to, message["From"]) == ("sdi01@pec.fatturapa.it", BOX)
    (file,) = [part for part in message.walk() if part.get_filename()]
    name = Transmission.objects.get().file_name
    assert (file.get_filename(), file.get_content_type()) == (name, "application/xml")
    assert file.get_payload(decode=True) == office.get(f"/api/v1/documents/{pk}/files/xml").content
    state, how, way = shown(office, pk)
    assert (state, how, way["to"]) == ("sent", "sent", to)
    assert not way["actions"]["send"]["allowed"]


def test_once_sent_it_is_not_sent_again_by_a_row_that_is_worked_twice(pec, issue):
    issue()
    dispatch.send({"dispatch": str(Dispatch.objects.get().pk)})
    assert len(pec.kept) == 1


def test_who_has_no_channel_downloads_as_before(office, issue):
    pk = issue()
    assert shown(office, pk) == ("to_send", None, None)
    assert post(office, f"/documents/{pk}/send").status_code == 409


def test_a_server_that_says_no_is_tried_again(pec, office, issue):
    pec.mood = REFUSES
    pk = issue()
    assert shown(office, pk)[:2] == ("to_send", "waiting")
    assert "550" in shown(office, pk)[2]["fault"]
    pec.mood = ""
    later()
    assert (len(pec.kept), shown(office, pk)[1]) == (1, "sent")


def test_a_server_that_is_not_there_costs_no_invoice(pec, settings, office, issue):
    there = settings.PEC_SERVERS
    settings.PEC_SERVERS = {BOX: {"host": "127.0.0.1", "port": 1, "timeout": 1}}
    pk = issue()
    assert shown(office, pk)[1] == "waiting"
    settings.PEC_SERVERS = there
    assert post(office, f"/documents/{pk}/send").status_code == 200  # nobody waits for the next try
    outbox.drain()
    later()
    assert (len(pec.kept), shown(office, pk)[1]) == (1, "sent")


def test_whether_it_left_is_asked_when_the_server_hangs_up(pec, office, issue):
    pec.mood = HANGS_UP
    pk = issue()
    later()
    assert len(pec.kept) == 1, "a doubt is no reason to send again"
    state, how, way = shown(office, pk)
    assert (state, how) == ("to_send", "doubtful")
    assert way["actions"]["send"]["allowed"]
    assert way["actions"]["had_left"]["allowed"]
    assert post(office, f"/documents/{pk}/had-left").json()["sdi"]["state"] == "sent"
    assert post(office, f"/documents/{pk}/had-left").status_code == 409
    later()
    assert len(pec.kept) == 1


def test_a_worker_that_dies_while_sending_leaves_a_doubt_and_no_second_message(pec, office, issue, at):
    pec.mood = REFUSES
    pk = issue()
    pec.mood = ""
    Dispatch.objects.update(state=S.SENDING, started_at=now())  # as the dead worker left it
    later()
    assert Dispatch.objects.get().state == S.SENDING  # it may still be at it
    at("2026-10-20 10:30")
    later()
    assert (Dispatch.objects.get().state, pec.kept) == (S.DOUBTFUL, [])
    answer = post(office, f"/documents/{pk}/send")
    assert answer.status_code == 200, answer.json()
    outbox.drain()
    assert (Dispatch.objects.get().state, len(pec.kept)) == (S.SENT, 1)


def test_what_a_public_body_has_to_have_signed_is_not_sent(pec, office, issue, alfa):
    alfa.kind, alfa.recipient_code = "public", "ABC123"
    alfa.save()
    pk = issue()
    assert Document.objects.get().is_electronic
    _, how, way = shown(office, pk)
    assert (pec.kept, how) == ([], "none")
    assert not way["actions"]["send"]["allowed"]
    assert way["actions"]["send"]["reasons"]
    assert post(office, f"/documents/{pk}/send").status_code == 409


def test_what_was_answered_or_is_downloaded_by_now_does_not_leave_any_more(pec, office, issue, cast):
    pec.mood = REFUSES
    pk = issue()
    pec.mood = ""
    Issuer.objects.update(channel="download")
    later()
    assert (pec.kept, shown(office, pk)[1]) == ([], "waiting")
    Issuer.objects.update(channel="pec")
    Receipt.objects.create(
        transmission=Transmission.objects.get(), kind="RC", content=b"<x/>", sha256="0" * 64
    )
    assert post(office, f"/documents/{pk}/send").status_code == 409
    assert shown(office, pk)[0] == "delivered"


def test_a_customer_does_not_see_by_which_mailbox_it_left(pec, office, issue, alfa, cast):
    pk = issue()
    alfa.memberships.create(person=cast.carla, is_delegate=True, from_on="2020-01-01")
    found = client(cast.carla).get(f"/api/v1/documents/{pk}").json()
    assert found["dispatch"] is None
