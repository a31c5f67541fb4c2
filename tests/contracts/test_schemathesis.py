"""Whatever the schema allows, and much that it does not: never a 500, every no a problem, every yes as promised."""

from __future__ import annotations

import json
from collections import Counter
from copy import deepcopy
from typing import Any

import hypothesis.strategies as st
import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from requests import Request
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.api import client
from tests.contracts.test_openapi import COMMITTED
from tests.contracts.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EXAMPLES = 12
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
SCHEMA: Any = schemathesis.openapi.from_dict(json.loads(COMMITTED.read_text()))
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr(django_settings, "DEMO", True)


def with_real_ids(value: Any, world: World, name: str = "") -> Any:
    """The same body or parameters, its ids those of things that exist."""
    if isinstance(value, dict):
        return {key: with_real_ids(inner, world, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_real_ids(inner, world, name) for inner in value]
    kind = name.removesuffix("s").removesuffix("_id")
    return world.ids.get(kind, value) if name.endswith(("_id", "_ids")) else value


def call(api: Any, case: schemathesis.Case) -> Response:
    """The answer of Django's own client to a generated case; what it changed is undone, the sign-in stays."""
    made = case.as_transport_kwargs(base_url="http://testserver")
    names = ("method", "url", "params", "json", "data")
    sent = Request(**{name: made[name] for name in names if made.get(name) is not None}).prepare()
    headers = {name: value for name, value in (made.get("headers") or {}).items() if name != "Content-Type"}
    kept, point = deepcopy(api.cookies), transaction.savepoint()
    try:
        answer = api.generic(
            sent.method,
            str(sent.url).removeprefix("http://testserver"),
            sent.body or b"",
            sent.headers.get("Content-Type", "application/json"),
            headers=headers,
        )
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    finally:
        transaction.savepoint_rollback(point)
        api.cookies = kept
        cache.clear()
    return Response(
        answer.status_code, {name: [value] for name, value in answer.items()}, body, sent, 0.0, verify=False
    )


def strategies(operation: Any) -> st.SearchStrategy[schemathesis.Case]:
    """What the schema allows; where there is something to get wrong, also what it does not."""
    right: st.SearchStrategy[schemathesis.Case] = operation.as_strategy(
        generation_mode=GenerationMode.POSITIVE
    )
    if not (operation.body or operation.query):
        return right
    return st.one_of(right, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))


ROLES = ("visitor", "owner", "staff", "administrator")
PARTS = 4  # of the operations, so that two processes share the work


@pytest.mark.parametrize("part", range(PARTS))
def test_no_words_make_it_stumble(part, cast, bank):
    """What is asked is the same for everybody, so each case is made once and asked as each role."""
    world = World(cast)
    clients = {role: client(world.people[role]) for role in ROLES}
    faults: dict[str, str] = {}
    asked: dict[str, Counter[int]] = {role: Counter() for role in ROLES}
    for operation in OPERATIONS[part::PARTS]:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategies(operation), real=st.booleans())
        def run(case: schemathesis.Case, real: bool) -> None:
            if real:
                case.path_parameters = with_real_ids(case.path_parameters, world)
                case.query = with_real_ids(case.query, world)
                case.body = with_real_ids(case.body, world)
                if "Idempotency-Key" in (case.headers or {}):
                    case.headers["Idempotency-Key"] = "asked"
            for role, api in clients.items():
                answer = call(api, case)
                asked[role][answer.status_code] += 1
                if fault := fault_of(case, answer):
                    faults.setdefault(f"{case.operation.label} as {role}", fault)

        run()
    assert not faults, "\n\n".join(f"{label}: {fault}" for label, fault in faults.items())
    for role in ROLES:
        assert asked[role].total() > 300, asked
        assert len(asked[role]) > 3, asked


def fault_of(case: schemathesis.Case, answer: Response) -> str:
    """What is wrong with an answer, by the schema and by the house; empty if nothing."""
    media = answer.headers.get("content-type", [""])[0]
    if answer.status_code >= 400 and media != "application/problem+json":
        return f"{answer.status_code} as {media}: {answer.content[:200]!r}"
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as failures:
        return "; ".join(
            f"{f.title} {f.message}"[:600] for f in failures.exceptions if isinstance(f, Failure)
        )
    return ""
