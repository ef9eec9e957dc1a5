"""The document for back offices: equal to the one in the repository, whole, and true."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from edge.wire.question_told import Told
from provisioning.relay.openapi import document
from tests.edge.wire.test_question import AT, DONE, body

from .conftest import ASK, Relay, told

ROOT = Path(__file__).parents[4]
FILE = ROOT / "docs" / "relay.json"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Return one engine's: none of this is about the database."""
    return sqlite_url


def text() -> str:
    """Return the document as it lies in the repository."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


def valid(name: str, value: object) -> bool:
    """Return whether a value is as the document says."""
    components = {"components": document()["components"]}
    schema = {"$ref": f"#/components/schemas/{name}", **components}
    return bool(Draft202012Validator(schema).is_valid(value))


def test_relay_document_in_the_repository() -> None:
    """`docs/relay.json` is what the program makes.

    Where this fails: python -m tests.provisioning.centre.relay.test_relay_document
    """
    assert FILE.read_text("utf-8") == text()


def test_every_route_of_back_offices_stands_in_it(relay: Relay) -> None:
    """Each with its methods, and none that is not there."""
    rules = [one for one in relay.centre.app.url_map.iter_rules() if one.rule.startswith("/api/")]
    there = {
        (re.sub(r"<(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    paths = document()["paths"]
    assert there == {
        (path, method) for path, found in paths.items() for method in found.keys() - {"parameters"}
    }
    assert relay.send("GET", "/api/v1/openapi.json").get_json() == document()


@pytest.mark.parametrize(
    "last",
    [lambda one: told(one, "waiting", hint="TORN"), lambda one: told(one, "refused", why="X"),
     lambda one: Told(one["id"], "done", AT, result=DONE.result)],
    ids=["waiting", "refused", "done"],
)  # fmt: skip
def test_what_is_sent_and_told_is_as_it_says(relay: Relay, last: object) -> None:
    """A question that is taken, and how it stands at each step; a problem too."""
    assert valid("Asked", body())
    question = relay.ask()
    assert valid("Verification", question)
    assert callable(last)
    relay.call([last(question)])
    assert valid("Verification", relay.of(question))
    assert valid("Problem", relay.send("POST", ASK, data=b"").get_json())
    assert not valid("Asked", body(nonce="short"))


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{FILE}\n")
