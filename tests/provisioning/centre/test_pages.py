"""The answers for machines."""

from __future__ import annotations

from tests.provisioning.centre.made import Centre


def test_health(centre: Centre) -> None:
    """The health answer stands for the database too."""
    response = centre.app.test_client().get("/v1/health")
    assert (response.status_code, response.json) == (200, {"ok": True})


def test_unknown_page(centre: Centre) -> None:
    """A wrong address is a short answer in JSON."""
    response = centre.app.test_client().get("/wp-login.php")
    assert response.status_code == 404
    assert response.json is not None
