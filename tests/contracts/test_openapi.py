"""The committed OpenAPI is what the code says, and the code says it without a doubt."""

import json
from pathlib import Path

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from config import pages

COMMITTED = Path(__file__).resolve().parents[2] / "frontend" / "openapi.json"


def test_the_committed_schema_is_the_code_s():
    said = json.loads(json.dumps(SchemaGenerator().get_schema(public=True), default=str))
    assert said == json.loads(COMMITTED.read_text()), "run `make schema` and commit frontend/openapi.json"


def test_the_site_serves_the_committed_schema_and_works_it_out_once(client, monkeypatch):
    pages.described.cache_clear()
    first = client.get("/api/openapi.json")
    assert first.headers["Content-Type"] == "application/vnd.oai.openapi+json"
    assert first.json() == json.loads(COMMITTED.read_text())
    monkeypatch.setattr(SchemaGenerator, "get_schema", lambda *_, **__: pytest.fail("worked out again"))
    assert (
        client.get("/api/openapi.json", headers={"Accept": "application/vnd.oai.openapi+json"}).content
        == first.content
    )


def test_the_schema_is_valid_and_nothing_in_it_was_guessed():
    GENERATOR_STATS.reset()
    validate_schema(SchemaGenerator().get_schema(public=True))
    assert not GENERATOR_STATS._error_cache
    assert not GENERATOR_STATS._warn_cache


def test_every_operation_is_named_and_can_answer_a_problem():
    paths = json.loads(COMMITTED.read_text())["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names) > 40
    for operation in operations:
        assert "application/problem+json" in operation["responses"]["default"]["content"]
