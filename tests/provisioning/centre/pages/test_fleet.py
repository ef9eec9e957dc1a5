"""The terminals as an operator sees them."""

from __future__ import annotations

from pathlib import Path

from flask.testing import FlaskClient

from edge.log.append import EventLog
from tests.edge.log.made import NAME, TERMINAL
from tests.provisioning.centre.made import Centre, signed


def test_before_any_terminal(administrator: FlaskClient) -> None:
    """An empty centre says so."""
    text = administrator.get("/").get_data(as_text=True)
    assert "Chưa có trạm nào" in text


def test_terminals_with_counts(
    pages: Centre, administrator: FlaskClient, log: EventLog, tmp_path: Path
) -> None:
    """Terminal, high water and last time are there; names are not."""
    pages.post(signed(log, pages.enrol(tmp_path / "identity")))
    text = administrator.get("/").get_data(as_text=True)
    assert TERMINAL in text
    assert ">4<" in text
    assert "hôm nay 19:00" in text
    assert NAME not in text


def test_pages_are_not_kept_and_run_no_script(administrator: FlaskClient) -> None:
    """Nothing of the centre stays in a browser, and nothing foreign is loaded."""
    headers = administrator.get("/").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert "script-src" not in headers["Content-Security-Policy"]
