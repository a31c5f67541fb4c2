"""The configuration pages in a real browser: the strict content policy lets them work, without a complaint."""

import pytest
from django.conf import settings
from playwright.sync_api import sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def test_an_administrator_signs_in_and_edits_without_a_complaint(cast, live_server, monkeypatch, tmp_path):
    monkeypatch.setenv(
        "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
    )  # the browser's driver keeps a loop in this thread
    (tmp_path / "index.html").write_text("")  # the app answers for the icon that a browser asks of every site
    monkeypatch.setattr(settings, "SPA_DIR", tmp_path)
    cast.ivo.set_password(cast.password)
    cast.ivo.save()
    body = cast.association
    complaints: list[str] = []
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = chromium.new_page(locale="it-IT")
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}/admin/login/?next=/admin/people/organisation/{body.pk}/change/")
        page.fill("input[name=username]", cast.ivo.email)
        page.fill("input[name=password]", cast.password)
        page.click("input[type=submit]")
        page.fill("input[name=city]", "Ivrea")
        page.click("input[name=_save]")
        page.wait_for_selector(".messagelist .success")
        page.goto(f"{live_server.url}/admin/people/agreement/add/")
        page.wait_for_selector("input[name=version]")
        chromium.close()
    body.refresh_from_db()
    assert body.city == "Ivrea"
    assert complaints == []
