"""The cases as they stand in the files: read, their variants made, their standing told."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
FILES = ("municipal", "coworking", "fablab")
LATER = ("later", "to_write")
CASES = os.environ.get("CASES", "")


class Plain(yaml.SafeLoader):
    """YAML whose dates and clock times stay text, and whose `on` is a word."""


Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith((":timestamp", ":bool", ":int"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
Plain.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(0|[1-9]\d*)$"), list("-0123456789"))


def merged(base: Any, over: Any) -> Any:
    """Mappings are joined, whatever else is replaced."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return deepcopy(over)
    return {
        k: merged(base[k], over[k]) if k in base and k in over else deepcopy(over.get(k, base.get(k)))
        for k in base | over
    }


def cases_of(path: Path) -> Iterator[dict[str, Any]]:
    """Every case of a file with the file's `defaults`, each of its `variants` as a case `ID/n`."""
    data = yaml.load(path.read_text(), Loader=Plain)
    defaults = data.get("defaults") or {}
    for written in data["cases"]:
        case = {"file": path.stem, **merged(defaults, written)}
        variants = case.pop("variants", None)
        if not variants:
            yield case
        for number, variant in enumerate(variants or [], 1):
            yield merged(case, variant) | {"id": f"{case['id']}/{number}", "of": case["id"]}


def paths() -> list[Path]:
    return [Path(CASES).resolve()] if CASES else [HERE / f"{name}.yaml" for name in FILES]


def all_cases() -> list[dict[str, Any]]:
    return [case for path in paths() if path.exists() for case in cases_of(path)]


def standing(case: dict[str, Any]) -> str:
    """What the case's data say of it: later, to_write, waits, decided, or simply that it holds."""
    return next((name for name in (*LATER, "waits", "decided") if name in case), "holds")


def is_parallel(case: dict[str, Any]) -> bool:
    return any("crowd" in step for step in case.get("steps", []))
