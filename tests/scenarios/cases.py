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


class Misread(Exception):
    """What a file of cases says that means nothing, and where: `FILE:LINE: why`."""

    def __init__(self, path: Path | str, line: int, why: str) -> None:
        super().__init__(f"{path}:{line}: {why}")


class Told(dict[str, Any]):
    """A mapping of the file that knows its line."""

    line = 0


class Plain(yaml.SafeLoader):
    """YAML whose dates and clock times stay text, whose `on` is a word, and which says nothing twice."""


def _mapping(loader: Plain, node: yaml.MappingNode) -> Told:
    own = [key.value for key, _ in node.value if key.tag == "tag:yaml.org,2002:str"]
    loader.flatten_mapping(node)
    made = Told(**{str(k): v for k, v in loader.construct_mapping(node, deep=True).items()})
    made.line = node.start_mark.line + 1
    if twice := [key for key in own if own.count(key) > 1]:
        raise Misread(loader.name, made.line, f"{twice[0]!r} is said twice")
    return made


Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith((":timestamp", ":bool", ":int"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
Plain.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(0|[1-9]\d*)$"), list("-0123456789"))
Plain.add_constructor("tag:yaml.org,2002:map", _mapping)


def merged(base: dict[str, Any], over: dict[str, Any]) -> Told:
    """The two joined, mapping by mapping; whatever else the second says replaces the first's."""
    made = Told({key: _joined(key, base, over) for key in base | over})
    made.line = getattr(over, "line", 0) or getattr(base, "line", 0)
    return made


def _joined(key: str, base: dict[str, Any], over: dict[str, Any]) -> Any:
    if key in base and isinstance(base[key], dict) and isinstance(over.get(key), dict):
        return merged(base[key], over[key])
    return deepcopy(over[key] if key in over else base[key])


def read(path: Path) -> dict[str, Any]:
    """What the file says. Raises Misread if there is no such file, or it is no list of cases."""
    try:
        with path.open() as stream:
            data = yaml.load(stream, Loader=Plain)
    except OSError as error:
        raise Misread(path, 0, f"cannot be read ({error.strerror})") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise Misread(path, line, f"no YAML: {error.problem}") from error
    if not isinstance(data, dict) or not isinstance(data.get("cases"), list) or not data["cases"]:
        raise Misread(path, 1, "a file of cases has a list named `cases`")
    if extra := set(data) - {"defaults", "cases"}:
        raise Misread(path, 1, f"unknown: {', '.join(sorted(extra))}")
    if wrong := [case for case in data["cases"] if not isinstance(case, dict)]:
        raise Misread(path, 1, f"no case: {wrong[0]!r}")
    return data


def cases_of(path: Path) -> Iterator[dict[str, Any]]:
    """Every case of a file with the file's `defaults`, each of its `variants` as a case `ID/n`."""
    data = read(path)
    defaults = data.get("defaults") or Told()
    written: Told
    for written in data["cases"]:
        case = merged(defaults, written) | {"file": path.stem, "path": str(path), "line": written.line}
        variants = case.pop("variants", None)
        if not variants:
            yield case
        for number, variant in enumerate(variants or [], 1):
            if not isinstance(variant, Told):
                raise Misread(path, written.line, f"no variant: {variant!r}")
            own = {"id": f"{case.get('id')}/{number}", "of": case.get("id"), "line": variant.line}
            yield merged(case, variant) | own


def paths() -> list[Path]:
    if CASES.endswith(".json"):
        return []  # billing cases, which have a format of their own
    return [Path(CASES).resolve()] if CASES else [HERE / f"{name}.yaml" for name in FILES]


def all_cases() -> list[dict[str, Any]]:
    return [case for path in paths() for case in cases_of(path)]


def standing(case: dict[str, Any]) -> str:
    """What the case's data say of it: later, to_write, waits, decided, or simply that it holds."""
    return next((name for name in (*LATER, "waits", "decided") if name in case), "holds")


def needs_commits(case: dict[str, Any]) -> bool:
    """Whether what it does must really be committed: crowds ask over connections of their own, workers wait for it."""
    return any({"crowd", "work"} & step.keys() for step in case.get("steps", []))


def needs_gateway(case: dict[str, Any]) -> bool:
    """Whether somebody pays by card in it."""
    return any({"order", "pay", "late"} & step.keys() for step in case.get("steps", []))
