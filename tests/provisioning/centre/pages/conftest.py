"""A centre's pages, and browsers before them in which somebody came in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from provisioning.centre.people.accounts import Operators
from provisioning.centre.people.roles import Role
from tests.provisioning.centre.made import Centre

FIRST, PASSWORD = "mat khau dau tien", "con meo tren cay"

ComeIn = Callable[[Role], FlaskClient]


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Centre]:
    """Return a centre over SQLite: what differs between engines lies below the pages."""
    made = Centre(f"sqlite:///{tmp_path / 'pages.db'}")
    yield made
    made.store.close()


@pytest.fixture
def stranger(pages: Centre) -> FlaskClient:
    """Return a browser in which nobody came in."""
    return pages.app.test_client()


@pytest.fixture
def come_in(pages: Centre) -> ComeIn:
    """Return what lets an operator of a role come in, and gives their browser."""

    def opened(role: Role) -> FlaskClient:
        add(pages, role.value, role)
        client = pages.app.test_client()
        assert log_in(client, role.value, PASSWORD).status_code == 303
        return client

    return opened


@pytest.fixture
def administrator(come_in: ComeIn) -> FlaskClient:
    """Return an administrator's browser."""
    return come_in(Role.ADMINISTRATOR)


def add(centre: Centre, name: str, role: Role) -> None:
    """Add an operator who has chosen a password."""
    operators = Operators(centre.store.database)
    operators.add(name, role, FIRST, centre.now)
    operators.change_password(name, PASSWORD, centre.now)


def token(client: FlaskClient, page: str) -> str:
    """Return what a form on this page carries."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).get_data(as_text=True))
    assert found is not None
    return found[1]


def log_in(client: FlaskClient, name: str, password: str, **more: str) -> TestResponse:
    """Fill in the form of the login."""
    form = {"ten": name, "mat-khau": password, "csrf_token": token(client, "/dang-nhap"), **more}
    return client.post("/dang-nhap", data=form)
