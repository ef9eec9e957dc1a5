"""The acceptance report: what is signed, what is refused, and the paper of it."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from edge.care import acceptance
from edge.care.acceptance import TYP, Acceptance
from edge.care.check import attention, each, fault, ok, unknown
from edge.care.diagnosis import Diagnosis
from edge.care.read_diagnosis import MAX_CHECKS, read_diagnosis
from edge.care.said import say
from edge.care.trouble import Trouble
from edge.errors import WireMalformed
from edge.meeting.sheet_jws import short_code, terminal_signer
from edge.web.acceptance_page import document
from tests.docs import schemas
from verify import jws
from verify.errors import BadSignature, VerifyError
from verify.moment import Moment, TimeQuality

_AT = Moment(datetime(2026, 11, 29, 12, tzinfo=UTC), TimeQuality.SYNCHRONISED)
_CARD = ok("card", ("dang-vien", say("accepted"), say("read in %(time)s s", time="1.2")))
_HOT = attention("temperature", "81 °C", Trouble.HOT)
_FULL = fault("space", say("%(free)s free of %(total)s", free="1", total="2"), Trouble.DISK_FULL)
_SILENT = unknown("power", say("the board does not tell"), Trouble.NOT_TOLD)


def diagnosis(*checks: Any, terminal: str | None = "tram-001") -> Diagnosis:
    """Return a diagnosis of these checks."""
    return Diagnosis(terminal, _AT, checks or (_CARD, _HOT, _SILENT))


@pytest.fixture(scope="module")
def key() -> ec.EllipticCurvePrivateKey:
    """Return a terminal's key."""
    return ec.generate_private_key(ec.SECP256R1())


def test_what_was_signed_is_read_back(key: ec.EllipticCurvePrivateKey) -> None:
    """The same value, of the key that is asked for; another key is refused."""
    made = acceptance.sign(Acceptance(diagnosis(), "10000000ab"), terminal_signer(key))
    again = acceptance.verify(made.compact, lambda _: key.public_key())
    assert again == made
    assert again.report.diagnosis.to_object() == diagnosis().to_object()
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(BadSignature):
        acceptance.verify(made.compact, lambda _: other)


def test_another_paper_of_the_terminal_is_none(key: ec.EllipticCurvePrivateKey) -> None:
    """A `typ` of its own: what was signed as something else is no acceptance report."""
    signer = terminal_signer(key)
    foreign = signer(Acceptance(diagnosis(), None).to_object(), "tramthe-sheet+jws")
    with pytest.raises(VerifyError):
        acceptance.unproven(foreign)
    nameless = jws.sign(Acceptance(diagnosis(), None).to_object(), typ=TYP, key=key)
    with pytest.raises(WireMalformed, match="name of the report's key"):
        acceptance.unproven(nameless)


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ((_CARD, _HOT, _SILENT), True),
        ((_CARD, _FULL), False),
        ((_HOT,), False),
        ((fault("card", "x", Trouble.CARD_REJECTED),), False),
    ],
)
def test_acceptable(checks: tuple[Any, ...], expected: bool) -> None:
    """No fault, and a card that was read and accepted."""
    assert Acceptance(diagnosis(*checks), None).acceptable is expected


def test_terminal_without_a_name_and_serial_number_that_is_none() -> None:
    """Neither is signed."""
    with pytest.raises(WireMalformed):
        Acceptance(diagnosis(terminal=None), None)
    with pytest.raises(WireMalformed):
        Acceptance(diagnosis(), "two words")


def test_diagnosis_as_the_schema_says() -> None:
    """What is written is what is published, and is read back; the gravest check speaks for all."""
    for made in (diagnosis(), diagnosis(_FULL, _CARD), diagnosis(_CARD, terminal=None)):
        written = made.to_object()
        schemas.check("diagnosis", written)
        assert read_diagnosis(written).to_object() == written
    assert diagnosis(_CARD, _HOT, _FULL).to_object()["state"] == "fault"
    assert diagnosis(_CARD, _SILENT).to_object()["state"] == "ok"
    assert diagnosis(_CARD, _HOT, _FULL).gravest_first == (_FULL, _HOT, _CARD)


def _changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    found = deepcopy(diagnosis(_FULL, _CARD).to_object())
    place: Any = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return found


@pytest.mark.parametrize(
    "value",
    [
        None, [], {"v": 1},
        _changed(("v",), 2),
        _changed(("more",), 1),
        _changed(("terminal",), "two words"),
        _changed(("terminal",), 5),
        _changed(("at",), "yesterday"),
        _changed(("at",), "2026-11-29T12:00:00"),
        _changed(("at",), 5),
        _changed(("quality",), "good"),
        _changed(("state",), "ok"),
        _changed(("checks",), []),
        _changed(("checks",), [diagnosis(_CARD).to_object()["checks"][0]] * (MAX_CHECKS + 1)),
        _changed(("checks", 0), "fault"),
        _changed(("checks", 0, "state"), "poor"),
        _changed(("checks", 0, "state"), "ok"),
        _changed(("checks", 0, "trouble"), "NO_SUCH"),
        _changed(("checks", 0, "trouble"), None),
        _changed(("checks", 0, "name"), ""),
        _changed(("checks", 0, "name"), "x" * 1001),
        _changed(("checks", 0, "figure"), "all is well"),
        _changed(("checks", 0, "next_step"), None),
        _changed(("checks", 0, "next_step"), "bell\x07"),
        _changed(("checks", 0, "parts"), []),
        _changed(("checks", 0, "parts"), ["x" * 900] * 2),
        _changed(("checks", 0, "parts", 0), 5),
        _changed(("checks", 0, "parts", 0), {"says": "x"}),
        _changed(("checks", 0, "parts", 0, "says"), "%(free)s of %(total)d"),
        _changed(("checks", 0, "parts", 0, "says"), "%(free)s"),
        _changed(("checks", 0, "parts", 0, "says"), "%s"),
        _changed(("checks", 0, "parts", 0, "says"), "%(free)1000000s%(total)s"),
        _changed(("checks", 0, "parts", 0, "values"), ["free"]),
    ],
)  # fmt: skip
def test_diagnosis_that_is_none(value: Any) -> None:
    """Each other form is refused: a size, a gap, a word of two meanings."""
    with pytest.raises(WireMalformed):
        read_diagnosis(value)


def test_device_that_names_itself_oddly() -> None:
    """Signs that nobody can read are shown as question marks, and the report stays readable."""
    (found,) = each(
        [("reader", lambda: [ok("reader", ("A\x07\x1b[2J", say("%(usb)s", usb="\0")))])]
    )
    assert found.figure == "A??[2J, ?"
    assert read_diagnosis(diagnosis(found).to_object()).checks[0].figure == found.figure


def test_paper(key: ec.EllipticCurvePrivateKey) -> None:
    """Terminal, board, both codes, every check in Vietnamese, boxes; nothing to fetch or run."""
    signed = acceptance.sign(
        Acceptance(diagnosis(_CARD, _FULL, ok("x", "<b>")), "10000000ab"), terminal_signer(key)
    )
    page = document(signed)
    for text in (
        "Biên bản nghiệm thu trạm", "tram-001", "10000000ab", short_code(signed.digest),
        short_code(signed.key), "Thẻ thử", "được nhận, đọc trong 1.2 giây", "còn trống 1 trên 2",
        "ổ đầy thì không ghi được gì", "&lt;b&gt;", "1 phải sửa, 0 nên làm, 0 chưa rõ, 2 tốt",
        "Chưa nghiệm thu được", "19:00:00, ngày 29/11/2026",
    ):  # fmt: skip
        assert text in page
    assert page.count("accept__box") >= 5
    assert "<script" not in page
    assert "src=" not in page
