"""The operator's page and the answers for machines."""

from __future__ import annotations

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from tests.edge.log.made import NAME, TERMINAL
from tests.provisioning.centre.made import Centre, signed


def test_page_before_any_terminal(centre: Centre) -> None:
    """An empty centre says so."""
    response = centre.app.test_client().get("/")
    assert response.status_code == 200
    assert "Chưa có trạm nào" in response.get_data(as_text=True)


def test_page_lists_terminals_with_counts(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """Terminal, high water and last time are there; names are not."""
    centre.post(signed(log, identity))
    text = centre.app.test_client().get("/").get_data(as_text=True)
    assert TERMINAL in text
    assert ">4<" in text
    assert "2026-11-21T12:00:00.000Z" in text
    assert NAME not in text


def test_pages_are_not_kept_and_run_no_script(centre: Centre) -> None:
    """Nothing of the centre stays in a browser, and nothing foreign is loaded."""
    headers = centre.app.test_client().get("/").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_health(centre: Centre) -> None:
    """The health answer stands for the database too."""
    response = centre.app.test_client().get("/v1/health")
    assert (response.status_code, response.json) == (200, {"ok": True})


def test_unknown_page(centre: Centre) -> None:
    """A wrong address is a short answer in JSON."""
    response = centre.app.test_client().get("/wp-login.php")
    assert response.status_code == 404
    assert response.json is not None
