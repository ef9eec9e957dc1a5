"""The published schemas, as validators: for the tests of whoever records events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from edge.log.view import LogView
from edge.wire.event import Event

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"


@cache
def schema(name: str) -> dict[str, Any]:
    """Return a schema of `docs/schemas`."""
    loaded: dict[str, Any] = json.loads((FOLDER / f"{name}.schema.json").read_bytes())
    return loaded


@cache
def _registry() -> Registry[Any]:
    found = [json.loads(path.read_bytes()) for path in FOLDER.glob("*.schema.json")]
    resources = [Resource.from_contents(contents) for contents in found]
    return Registry().with_resources([(r.contents["$id"], r) for r in resources])


def check(name: str, instance: object) -> None:
    """Raise jsonschema.ValidationError unless `instance` is what a schema says."""
    Draft202012Validator(schema(name), registry=_registry()).validate(instance)


def check_body(kind: str, body: Mapping[str, Any]) -> None:
    """Raise jsonschema.ValidationError unless `body` is one of this kind."""
    reference = {"$ref": f"{schema('bodies')['$id']}#/$defs/{kind}"}
    Draft202012Validator(reference, registry=_registry()).validate(body)


def check_event(event: Event, body: Mapping[str, Any]) -> None:
    """Check an event and its opened body, {} where it has none."""
    check("event", event.to_object())
    if event.body is not None:
        check_body(event.kind.value, body)


def check_log(log: LogView) -> int:
    """Check every event of a log whose contexts live, and return how many there were."""
    events = log.events()
    for event in events:
        check_event(event, log.body(event))
    return len(events)
