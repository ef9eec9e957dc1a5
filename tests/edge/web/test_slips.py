"""Receipts handed out at the counter: the slip on its page, the file, and to whom."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.procedure.slip import Paper, of_receipt
from edge.web.security import COOKIE
from tests.edge.procedure.receipts_made import KEY, ORDINARY, kept, slip_address
from verify import jws, receipt_jws
from verify.receipt_anchor import TYP, Anchored

from .fake_terminal import FakeTerminal


def browser(app: Flask, keeper: Doorkeeper, role: Role) -> FlaskClient:
    """Return a browser at which somebody of this role came in."""
    client = app.test_client()
    client.set_cookie(COOKIE, keeper.open_desk(None, role, Way.PIN))
    return client


@pytest.fixture
def officer(app: Flask, keeper: Doorkeeper) -> FlaskClient:
    """Return the officer's browser."""
    return browser(app, keeper, Role.OFFICER)


def test_the_slip_of_a_receipt(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """The receipt's own, in the catalogue's words, on a roll unless another paper is asked for."""
    context, place, compact = kept(terminal.counter.day)
    shown = officer.get(f"/thu-tuc/bien-nhan/{context}/{place}").text
    assert of_receipt(compact).number in shown
    assert "slip--80mm" in shown
    assert "Chuyển sinh hoạt đảng chính thức" in shown
    assert "Văn phòng Đảng uỷ xã Pha Hín, quầy 1" in shown


@pytest.mark.parametrize("paper", Paper)
def test_the_paper_that_was_chosen(
    paper: Paper, officer: FlaskClient, terminal: FakeTerminal
) -> None:
    """Each paper leads to the others, and says which one it is."""
    address = slip_address(terminal.counter.day)
    shown = officer.get(f"{address}?giay={paper.value}").text
    assert f'<main class="slip slip--{paper.value}"' in shown
    assert [f"giay={one.value}" in shown for one in Paper] == [True] * len(Paper)
    assert re.findall(r'giay=(\w+)" aria-current="true"', shown) == [paper.value]


def test_a_paper_that_there_is_not(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """The roll stands in."""
    address = slip_address(terminal.counter.day)
    assert "slip--80mm" in officer.get(f"{address}?giay=a3").text


def test_its_styles_come_from_the_terminal(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """The page asks for its own style sheet, which is there."""
    shown = officer.get(slip_address(terminal.counter.day)).text
    found = re.search(r'href="(/static/slip\.css[^"]+)"', shown)
    assert found is not None
    with officer.get(found[1]) as answer:
        assert answer.status_code == 200


def test_the_file_is_the_signed_receipt(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """Byte for byte, named after its number."""
    context, place, compact = kept(terminal.counter.day)
    answer = officer.get(f"/thu-tuc/bien-nhan/{context}/{place}/tep")
    assert answer.text == compact
    assert answer.content_type == "application/jose"
    number = of_receipt(compact).number.replace(" ", "-")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{number}.jws"'


def test_the_centres_word_beside_it(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """Not found while it has not come; then a file beside the receipt's, and the slip says so."""
    day = terminal.counter.day
    context, place, compact = kept(day)
    address = f"/thu-tuc/bien-nhan/{context}/{place}"
    assert officer.get(f"{address}/trung-tam").status_code == 404
    before = officer.get(address).text
    anchored = Anchored(receipt_jws.digest(compact), ORDINARY.moment.at + timedelta(days=2))
    word = jws.sign(anchored.to_payload(), typ=TYP, key=KEY, kid="sign-1")
    assert day._log.record_anchors({anchored.receipt: word}) == 1
    answer = officer.get(f"{address}/trung-tam")
    number = of_receipt(compact).number.replace(" ", "-")
    assert answer.text == word
    assert answer.content_type == "application/jose"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{number}-ack.jws"'
    after = officer.get(address).text
    assert "08/11/2026" not in before
    assert "08/11/2026" in after


def test_a_word_that_is_damaged(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """The slip and the receipt are there all the same."""
    day = terminal.counter.day
    context, place, compact = kept(day)
    address = f"/thu-tuc/bien-nhan/{context}/{place}"
    before = officer.get(address).text
    day._log.record_anchors({receipt_jws.digest(compact): "e30.e30.AAAA"})
    assert officer.get(address).text == before
    assert officer.get(f"{address}/tep").text == compact


@pytest.mark.parametrize("after", ["", "/tep", "/trung-tam"])
@pytest.mark.parametrize("where", ["{context}/9999", "0000/{place}", "{context}/0"])
def test_a_receipt_that_there_is_not(
    where: str, after: str, officer: FlaskClient, terminal: FakeTerminal
) -> None:
    """Another place, another day: not found."""
    context, place, _ = kept(terminal.counter.day)
    address = where.format(context=context, place=place)
    assert officer.get(f"/thu-tuc/bien-nhan/{address}{after}").status_code == 404


def test_a_card_whose_receipt_was_never_signed(
    officer: FlaskClient, terminal: FakeTerminal
) -> None:
    """The power went in between: there is nothing to print."""
    context, place, _ = kept(terminal.counter.day)
    day = terminal.counter.day
    event = day.record(ORDINARY.moment, outcome="REJECTED", reason=None, person_key=None, body={})
    assert event.context == context
    address = f"/thu-tuc/bien-nhan/{context}/{day.place(event)}"
    assert day.place(event) != place
    assert officer.get(address).status_code == 404


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.TECHNICIAN])
@pytest.mark.parametrize("after", ["", "/tep", "/trung-tam"])
def test_nobody_but_the_officer(
    role: Role, after: str, app: Flask, keeper: Doorkeeper, terminal: FakeTerminal
) -> None:
    """A dossier's number is the officer's to see."""
    context, place, compact = kept(terminal.counter.day)
    answer = browser(app, keeper, role).get(f"/thu-tuc/bien-nhan/{context}/{place}{after}")
    assert answer.status_code != 200
    assert compact not in answer.text
    assert "CSH-2026-0147" not in answer.text
