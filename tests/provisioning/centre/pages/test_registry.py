"""The registry's pages: what waits, who may approve it, what is shown of each terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask.testing import FlaskClient

from provisioning.centre.people.roles import Role
from provisioning.fleet import registry, requests, verbs
from provisioning.fleet.history import history
from provisioning.fleet.registry import State
from provisioning.fleet.requests import RequestState
from tests.provisioning.centre.fleet.made import OPERATOR, TECHNICIAN, Device, asked, enrolled
from tests.provisioning.centre.made import Centre

from .conftest import ComeIn, token

PAGE = "/so-dang-ky"


@contextmanager
def writing(pages: Centre) -> Iterator[sa.Connection]:
    """Give a transaction of the centre's database."""
    with pages.store.database.writing() as connection:
        yield connection


def test_empty_registry_says_who_decides(administrator: FlaskClient) -> None:
    """Every terminal with a certificate of the authority is taken, until there is one in it."""
    said = administrator.get(PAGE).get_data(as_text=True)
    assert "Sổ còn trống" in said
    assert "Sổ đăng ký trạm" in administrator.get("/").get_data(as_text=True)


def test_ticked_requests_are_approved(pages: Centre, come_in: ComeIn) -> None:
    """A box of three, one of them left out; the operator's name stands in the history."""
    with writing(pages) as connection:
        asks = [asked(connection, Device(f"tram-00{number}"), pages.now) for number in range(3)]
    operator = come_in(Role.OPERATOR)
    assert "3 trạm chờ duyệt" in operator.get("/").get_data(as_text=True)
    said = operator.get(PAGE).get_data(as_text=True)
    assert all(f"<code>{one.key[:8]}</code>" in said for one in asks)
    form = {"csrf_token": token(operator, PAGE), "yeu-cau": [str(one.number) for one in asks[:2]]}
    assert operator.post(f"{PAGE}/duyet", data=form).status_code == 303
    with writing(pages) as connection:
        states = [registry.get(connection, one.terminal).state for one in asks]
        assert history(connection, "tram-000")[-1].operator == "operator"
    assert states == [State.APPROVED, State.APPROVED, State.WAITING]


def test_refused_by_its_button(pages: Centre, come_in: ComeIn) -> None:
    """The ticks beside it do nothing then; refused twice is said, and changes nothing."""
    with writing(pages) as connection:
        one, other = (asked(connection, Device(f"tram-00{n}"), pages.now) for n in range(2))
    operator = come_in(Role.OPERATOR)
    form = {
        "csrf_token": token(operator, PAGE),
        "yeu-cau": str(other.number),
        "tu-choi": str(one.number),
    }
    assert operator.post(f"{PAGE}/duyet", data=form).status_code == 303
    assert operator.post(f"{PAGE}/duyet", data=form).status_code == 409
    with writing(pages) as connection:
        assert requests.request(connection, one.number).state is RequestState.REFUSED
        assert requests.request(connection, other.number).state is RequestState.WAITING


def test_viewer_sees_and_does_not_approve(pages: Centre, come_in: ComeIn) -> None:
    """No button, and the form is refused all the same."""
    with writing(pages) as connection:
        one = asked(connection, Device(), pages.now)
    viewer = come_in(Role.VIEWER)
    said = viewer.get(PAGE).get_data(as_text=True)
    assert one.key[:8] in said
    assert "yeu-cau" not in said
    form = {"csrf_token": token(viewer, "/tai-khoan"), "yeu-cau": str(one.number)}
    assert viewer.post(f"{PAGE}/duyet", data=form).status_code == 403
    with writing(pages) as connection:
        assert requests.request(connection, one.number).state is RequestState.WAITING


def test_two_keys_of_one_name_are_not_ticked(pages: Centre, administrator: FlaskClient) -> None:
    """A person compares each with the label first."""
    right, wrong = Device(), Device()
    with writing(pages) as connection:
        first = asked(connection, right, pages.now)
        requests.bring(connection, wrong.name, wrong.csr, wrong.fingerprint, pages.now)
        alone = asked(connection, Device("tram-002"), pages.now)
    said = administrator.get(PAGE).get_data(as_text=True)
    assert said.count("hai khóa") == 2
    assert said.count("checked") == 1
    assert f'value="{alone.number}" checked' in said
    both = {
        "csrf_token": token(administrator, PAGE),
        "yeu-cau": [str(first.number), str(first.number + 1)],
    }
    assert administrator.post(f"{PAGE}/duyet", data=both).status_code == 409
    with writing(pages) as connection:
        assert requests.request(connection, first.number).state is RequestState.WAITING


def test_one_terminal_with_all_that_was_done(pages: Centre, administrator: FlaskClient) -> None:
    """Certificates, links, history; a terminal that nobody knows is not found."""
    with writing(pages) as connection:
        enrolled(connection, Device("tram-001"), pages.now)
        enrolled(connection, Device("tram-002"), pages.now)
        verbs.replace(connection, "tram-001", "tram-002", OPERATOR, pages.now)
        verbs.lost(connection, "tram-002", OPERATOR, pages.now)
    said = administrator.get(f"{PAGE}/tram-002").get_data(as_text=True)
    for text in ("báo mất", "dù ghi giờ nào", TECHNICIAN, "tram-001", "Cấp chứng thư", OPERATOR):
        assert text in said, text
    listed = administrator.get(f"{PAGE}?loc=lost").get_data(as_text=True)
    assert "tram-002" in listed
    assert "tram-001" not in listed
    assert administrator.get(f"{PAGE}/tram-009").status_code == 404
    table = administrator.get(f"{PAGE}.csv").get_data(as_text=True)
    assert "tram-001" in table
    assert "ngừng dùng" in table
