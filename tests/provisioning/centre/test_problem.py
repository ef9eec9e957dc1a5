"""Every error of the centre has one form, and says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.wire.segment import MAX_SEGMENT
from provisioning.centre.gate import RETRY_AFTER, Gate
from provisioning.centre.problem import KINDS, MEDIA_TYPE
from tests.provisioning.centre.made import Centre, signed


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """Return a running centre."""
    made = Centre(f"sqlite:///{tmp_path / 'centre.db'}", gate=Gate(at_once=1, patience=0.01))
    yield made
    made.store.close()


def problem(centre: Centre, method: str, path: str, body: str | None = None) -> dict[str, Any]:
    """Return an answer's problem, its headers in lower case beside it."""
    response = centre.app.test_client().open(path, method=method, data=body)
    assert response.mimetype == MEDIA_TYPE
    said: dict[str, Any] = response.get_json(force=True)
    assert set(said) == {"type", "title", "status", "detail", "next_step"}
    assert said["status"] == response.status_code
    assert all(said.values())
    return {**said, **{name.lower(): value for name, value in response.headers}}


def test_types_have_one_status_each() -> None:
    """No type stands for two things."""
    kinds = list(KINDS.values())
    assert len({kind.type for kind in kinds}) == len(kinds)


def test_refused(centre: Centre) -> None:
    """No segment at all, and bytes that are no text."""
    for body in ("nothing", "\u1ea1"):
        said = problem(centre, "POST", "/v1/segments", body)
        assert (said["status"], said["type"]) == (403, "urn:tramthe:problem:segment-refused")


def test_too_large(centre: Centre) -> None:
    """Unread."""
    assert problem(centre, "POST", "/v1/segments", "x" * (MAX_SEGMENT + 1))["status"] == 413


def test_another_method(centre: Centre) -> None:
    """With those that there are."""
    said = problem(centre, "PUT", "/v1/segments", "x")
    assert (said["status"], said["type"]) == (405, "about:blank")
    assert "POST" in said["allow"]


def test_nothing_there(centre: Centre) -> None:
    """An address of no meaning."""
    assert problem(centre, "GET", "/v1/nothing")["status"] == 404


def test_busy(centre: Centre, log: EventLog, identity: TerminalIdentity) -> None:
    """With the time to come again."""
    compact = signed(log, identity)
    with centre.gate.pass_through():
        said = problem(centre, "POST", "/v1/segments", compact)
    assert (said["status"], said["retry-after"]) == (429, str(RETRY_AFTER))
    assert centre.post(compact)[0] == 200


def test_database_away(centre: Centre, log: EventLog, identity: TerminalIdentity) -> None:
    """On every route that needs it, with the time to come again."""
    database = Path(centre.database.removeprefix("sqlite:///"))
    centre.store.close()
    for file in database.parent.glob("centre.db*"):
        file.unlink()
    database.mkdir()
    for method, path in (("POST", "/v1/segments"), ("GET", "/v1/health"), ("GET", "/v1/ready")):
        said = problem(centre, method, path, signed(log, identity) if method == "POST" else None)
        assert (said["status"], said["retry-after"]) == (503, str(RETRY_AFTER))


def test_what_nobody_foresaw(centre: Centre) -> None:
    """A slip of the program tells nothing of itself."""

    @centre.app.get("/v1/slip")
    def slip() -> str:
        raise ValueError("Nguyễn Văn An")

    said = problem(centre, "GET", "/v1/slip")
    assert said["status"] == 500
    assert "Nguyễn" not in str(said)
