"""The world that the table of routes is asked in: the demo, on a Monday morning."""

from __future__ import annotations

import pytest
from django.conf import settings

from tests.cast import Cast
from tests.contracts.world import World


@pytest.fixture
def demo_on_a_monday(at, monkeypatch, tmp_path):
    at("2026-11-30 09:00")
    monkeypatch.setattr(settings, "DEMO", True)
    (tmp_path / "index.html").write_text("<!--session-->")
    monkeypatch.setattr(settings, "SPA_DIR", tmp_path)


@pytest.fixture
def world(cast: Cast, demo_on_a_monday: None) -> World:
    return World(cast)
