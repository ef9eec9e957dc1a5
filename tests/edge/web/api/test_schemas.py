"""What bodies of the API look like: good ones, and each way not to be one."""

from __future__ import annotations

from typing import Any

import pytest

from edge.errors import ApiRefused
from edge.procedure.counter import Refusal
from edge.procedure.sessions import State
from edge.web.api.problem import _OF_REFUSAL, Code
from edge.web.api.schemas import MAX_TOLD, SCHEMAS, check, faults

ASKED: dict[str, Any] = {
    "procedure": "chuyen-sinh-hoat-chinh-thuc",
    "dossier": "CSH-2026-0147",
    "nonce": "b3J2bmRva2h1bmFtZQ",
    "fields": ["name", "number"],
}
MRZ = {"document_number": "C01X00T47", "birth": "640812", "expiry": "310101"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"fields": []},
        {"access": {"can": "123456"}},
        {"access": {"mrz": MRZ}},
        {"dossier": "Hồ sơ 12/2026"},
    ],
)
def test_a_question(changes: dict[str, Any]) -> None:
    """As the document says."""
    check("VerificationAsked", {**ASKED, **changes})


@pytest.mark.parametrize(
    ("changes", "pointer", "rule"),
    [
        ({"procedure": "Chuyển"}, "/procedure", "pattern"),
        ({"procedure": "a\n"}, "/procedure", "pattern"),
        ({"procedure": 7}, "/procedure", "type"),
        ({"dossier": ""}, "/dossier", "minLength"),
        ({"dossier": "a\nb"}, "/dossier", "pattern"),
        ({"dossier": "a\n"}, "/dossier", "pattern"),
        ({"dossier": "a" * 65}, "/dossier", "maxLength"),
        ({"nonce": "short"}, "/nonce", "pattern"),
        ({"nonce": "n" * 89}, "/nonce", "maxLength"),
        ({"nonce": "with space"}, "/nonce", "pattern"),
        ({"fields": "name"}, "/fields", "type"),
        ({"fields": ["name", "name"]}, "/fields", "uniqueItems"),
        ({"fields": [f"f{'x' * n}" for n in range(65)]}, "/fields", "maxItems"),
        ({"fields": ["Name"]}, "/fields/0", "pattern"),
        ({"fields": ["name", 7]}, "/fields/1", "type"),
        ({"more": 1}, "", "additionalProperties"),
        ({"access": {}}, "/access", "oneOf"),
        ({"access": {"can": "12345"}}, "/access", "oneOf"),
        ({"access": {"can": "123456", "mrz": MRZ}}, "/access", "oneOf"),
        ({"access": {"mrz": {**MRZ, "birth": "1964-08-12"}}}, "/access", "oneOf"),
        ({"access": None}, "/access", "oneOf"),
    ],
)
def test_no_question(changes: dict[str, Any], pointer: str, rule: str) -> None:
    """The problem tells where and by which rule, and never what was sent."""
    with pytest.raises(ApiRefused) as refused:
        check("VerificationAsked", {**ASKED, **changes})
    assert refused.value.code == Code.BODY_INVALID
    assert {"pointer": pointer, "rule": rule} in refused.value.members["errors"]


@pytest.mark.parametrize("missing", ASKED)
def test_something_is_missing(missing: str) -> None:
    """Each of the four is asked for."""
    body = {name: value for name, value in ASKED.items() if name != missing}
    assert list(faults("VerificationAsked", body)) == [{"pointer": "", "rule": "required"}]


def test_many_faults() -> None:
    """Only so many are told."""
    with pytest.raises(ApiRefused) as refused:
        check("VerificationAsked", {**ASKED, "fields": [f"{number}" for number in range(60)]})
    assert len(refused.value.members["errors"]) == MAX_TOLD


def test_states_and_refusals_are_those_of_the_counter() -> None:
    """The document and the table of problems know every one, and no other."""
    told = SCHEMAS["Verification"]["properties"]["state"]["enum"]
    assert told == [state.value for state in State]
    assert set(_OF_REFUSAL) == {refusal.value for refusal in Refusal}
