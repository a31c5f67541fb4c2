"""A dispute in a real browser: what would leave is read, words are added, and it is answered once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import picture, speak, violations

pytestmark = pytest.mark.browser
ONE = "dsp_00000000000000000000000001"


YES = {"allowed": True, "reasons": [], "terms": {}}
DISPUTE: dict[str, Any] = {
    "id": ONE, "customer": "Ada Martini", "amount": {"cents": 4200, "currency": "EUR"},
    "reason": "Dice di non aver avuto il servizio", "state": "open", "opened_at": "2026-11-20T09:00:00Z",
    "answer_by": "2026-12-01T09:00:00Z", "closed_at": None, "answer": None,
    "actions": {"contest": YES, "accept": YES},
}  # fmt: skip
EVIDENCE = {
    "said": [
        {"name": "customer", "text": "Ada Martini, Cooperativa Le Terrazze sul Lago"},
        {"name": "email", "text": "ada.martini.delle.terrazze@example.org"},
        {"name": "service", "text": "Sala grande, giovedì 5 novembre, 14:00–18:00"},
        {"name": "used", "text": "K7M2PQ: arrivo registrato il 05/11/2026 13:56; uscita registrata il 05/11/2026 18:04"},
        {"name": "terms", "text": "Prenotazione K7M2PQ fatta il 01/11/2026 10:12; condizioni accettate: 2026-01"},
        {"name": "mails", "text": "Messaggio inviato il 01/11/2026 10:12: «Prenotazione confermata»\n"
                                  "Messaggio inviato il 04/11/2026 09:00: «A domani»"},
    ],
    "document": {"id": "doc_00000000000000000000000001", "name": "FE-2026/118"},
    "fingerprint": "f" * 64,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("wide", {}),
        ("phone", {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}),
        ("english", {"locale": "en-GB"}),
    ],
)
def test_a_dispute_is_answered_with_what_was_read(visit, name, options):
    asked: list[dict[str, str]] = []
    told = json.loads(json.dumps(DISPUTE))
    page = visit("Franco", "/manage/books?view=ageing", **options)
    speak(page, "en" if name == "english" else "it")
    no = {"allowed": False, "reasons": [{"code": "illegal-move", "detail": "è già in viaggio"}], "terms": {}}

    def contest(route):
        asked.append(route.request.post_data_json)
        by = {
            "choice": "contest",
            "state": "waiting",
            "by": "Franco",
            "made_at": "2026-11-26T09:00:00Z",
            "why": "",
        }
        told.update(answer=by, actions={"contest": no, "accept": no})
        route.fulfill(json=told | {"evidence": EVIDENCE | {"fingerprint": ""}})

    page.route("**/api/v1/disputes?*", lambda route: route.fulfill(json={"data": [told]}))
    page.route(f"**/api/v1/disputes/{ONE}", lambda route: route.fulfill(json=told | {"evidence": EVIDENCE}))
    page.route(f"**/api/v1/disputes/{ONE}/contest", contest)
    page.get_by_role("link", name="Disputes" if name == "english" else "Contestazioni", exact=True).click()
    row = page.locator("li", has_text="Ada Martini")
    expect(row).to_contain_text("42.00" if name == "english" else "42,00")
    row.get_by_role("button").click()
    expect(row).to_contain_text("FE-2026/118")
    row.get_by_role("textbox").fill("Era presente.")
    buttons = row.locator(".toolbar button")
    buttons.nth(1).click()
    expect(row.locator("button.danger")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
    picture(page, f"dispute-{name}")
    buttons.first.click()
    expect(row.get_by_role("textbox")).to_have_count(0)
    picture(page, f"answered-{name}")
    assert asked == [{"words": "Era presente.", "fingerprint": "f" * 64}]
