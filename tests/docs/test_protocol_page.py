"""`docs/protocol.md` says what the program does; its examples and vectors are made by it."""

from __future__ import annotations

import base64
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from edge.stick import open_folder
from edge.sync.repeat import FIRST_WAIT, LONGEST_WAIT
from edge.sync.way import DEADLINE, SLOWEST
from edge.wire import segment_answer
from edge.wire.ack import MAX_ACK, MAX_CODE, MAX_LISTED, AlarmCode
from edge.wire.bundle import (
    ANCHORS,
    CALL,
    INBOX,
    MANIFEST,
    MAX_ANCHORS_FILE,
    MAX_BUNDLE,
    MAX_FILES,
    MAX_TERMINALS,
    REPOSITORY,
)
from edge.wire.inbox import MAX_CLEAR, MAX_DEPTH, MAX_MESSAGE, Command, MessageKind
from edge.wire.inbox_call import MAX_ANSWER, MAX_CALL, MAX_HEAD, MAX_MESSAGES
from edge.wire.report import MAX_REPORT
from edge.wire.segment import MAX_EVENT_BYTES, MAX_EVENTS, MAX_SEGMENT
from provisioning.centre.app import Signer
from provisioning.centre.authorities import LAPSED_FOR
from provisioning.centre.courier import open_courier
from provisioning.centre.openapi import document
from provisioning.centre.store import CentreStore
from provisioning.conformance.examine import RULES
from tests.docs import make_protocol, plain_centre
from tests.docs.plain_stick import take_stick
from tests.docs.schemas import check
from verify.jws import MAX_HEADER

TEXT = make_protocol.PAGE.read_text("utf-8")
VECTORS: dict[str, Any] = json.loads(make_protocol.FILE.read_bytes())
SAY_AGAIN = "python -m tests.docs.make_protocol"


def test_vectors_made_again() -> None:
    """The script makes the file that is published; the project's centre answers as it says."""
    assert make_protocol.make(VECTORS) == VECTORS, SAY_AGAIN
    fresh = make_protocol.make(None)
    shape = [(one["name"], one["status"], one["acknowledgement"]) for one in VECTORS["exchanges"]]
    assert [(o["name"], o["status"], o["acknowledgement"]) for o in fresh["exchanges"]] == shape


def test_examples_made_again() -> None:
    """Every block on the page, and the table of rules, is what the program makes."""
    assert make_protocol.page(TEXT, VECTORS) == TEXT, SAY_AGAIN


def test_a_stranger_answers_the_same(tmp_path: Path) -> None:
    """The centre written from the pages gives every published answer."""
    authority = x509.load_der_x509_certificate(base64.b64decode(VECTORS["authority"]))
    sign = VECTORS["centre_sign_key"]
    key = ec.derive_private_key(int(sign["private"], 16), ec.SECP256R1())
    now = datetime.fromisoformat(VECTORS["at"])
    centre = plain_centre.PlainCentre(tmp_path / "c.db", [authority], key, sign["kid"], now)
    for exchange in VECTORS["exchanges"]:
        if exchange["status"] == 200:
            said, anchors = centre.take(exchange["segment"], None)
            assert payload_of(said) == exchange["acknowledgement"], exchange["name"]
            assert [payload_of(one) for one in anchors] == exchange["anchors"], exchange["name"]
            check("acknowledgement", payload_of(said))
        else:
            with pytest.raises(plain_centre.Refused):
                centre.take(exchange["segment"], None)
    centre.db.close()


def payload_of(compact: str) -> Any:
    """Return what a signed object says."""
    return json.loads(plain_centre.from_text(compact.split(".")[1]))


def test_the_signed_acknowledgement() -> None:
    """Holds under the published key."""
    point = bytes.fromhex(VECTORS["centre_sign_key"]["public"])
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    head, payload, signature = VECTORS["acknowledgement"].split(".")
    plain_centre.check_signature(
        key, f"{head}.{payload}".encode(), plain_centre.from_text(signature)
    )
    claims = json.loads(plain_centre.from_text(payload))
    assert claims == VECTORS["exchanges"][0]["acknowledgement"]


def test_the_published_stick(tmp_path: Path) -> None:
    """The project's centre and a stranger's both take it, and answer as it says."""
    stick = VECTORS["stick"]
    down = {path: text for path, text in stick.items() if path.startswith("tramthe/down/")}
    at = datetime.fromisoformat(VECTORS["at"])
    sign = VECTORS["centre_sign_key"]
    key = ec.derive_private_key(int(sign["private"], 16), ec.SECP256R1())
    anchor = base64.b64decode(VECTORS["authority"])
    for own in (True, False):
        folder = tmp_path / str(own)
        for path, text in stick.items():
            if path not in down:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(text.encode())
        if own:
            store = CentreStore(f"sqlite:///{tmp_path / 'own.db'}")
            courier = open_courier(store, [anchor], Signer(key, sign["kid"]), lambda: at)
            with open_folder(folder) as opened, opened.existing("tramthe") as root:
                taken = courier.take(root)
            store.close()
            assert (taken.segments, taken.refused, taken.missing) == (1, [], [])
        else:
            known = [x509.load_der_x509_certificate(anchor)]
            centre = plain_centre.PlainCentre(tmp_path / "c.db", known, key, sign["kid"], at)
            assert take_stick(centre, folder, at) == []
            centre.db.close()
        for path, text in down.items():
            made = (folder / path).read_text("ascii")
            assert shape(made) == shape(text), path


def shape(compact: str) -> tuple[object, object]:
    """Return header and payload, without what a signature drawn by chance changes."""
    header, payload = (json.loads(plain_centre.from_text(p)) for p in compact.split(".")[:2])
    for one in payload.get("files", []):
        one.pop("sha256")
    return header, payload


def test_every_number_is_the_programs() -> None:
    """Limits as the code has them."""
    for number in (
        MAX_SEGMENT,
        MAX_ACK,
        MAX_HEADER,
        MAX_EVENT_BYTES,
        MAX_BUNDLE,
        MAX_TERMINALS,
        MAX_FILES,
        MAX_CALL,
        MAX_HEAD,
        MAX_MESSAGE,
        MAX_CLEAR,
        MAX_ANSWER,
        segment_answer.MAX_ANSWER,
        segment_answer.MAX_ANCHOR,
        MAX_ANCHORS_FILE,
        MAX_REPORT,
    ):
        assert f"{number:,}" in TEXT
    for phrase in (
        f"whole number, 1 to {MAX_EVENTS}",
        f"up to {MAX_LISTED} pairs",
        f"up to {segment_answer.MAX_ANCHORS}, of the lowest numbers",
        f"up to {MAX_MESSAGES} messages",
        f"more than {MAX_DEPTH} objects and lists",
        f"1 to {MAX_CODE} characters",
        f"waits {DEADLINE:.0f} seconds for an answer",
        f"at {SLOWEST:,} a second",
        f"{FIRST_WAIT:.0f} seconds to {LONGEST_WAIT:.0f}",
        f"ended at most {LAPSED_FOR.days} days ago",
    ):
        assert phrase in " ".join(TEXT.split()), phrase


def test_every_code_and_route_stands_there() -> None:
    """With its word on the wire."""
    for code in (*AlarmCode, *MessageKind, *Command):
        assert f"`{code.value}`" in TEXT
    paths = document()["paths"]
    for path in set(paths) - {"/v1/metrics"}:
        assert path in TEXT
    for methods in paths.values():
        for operation in methods.values():
            for status in operation["responses"]:
                assert re.search(rf"^\| (?:\d+, )?{status}\b", TEXT, re.MULTILINE), status


def test_every_file_of_a_stick_stands_there() -> None:
    """By the name that the program gives it."""
    for name in (
        f"up/PLACE/{CALL}",
        f"down/PLACE/{INBOX}",
        f"down/PLACE/{ANCHORS}",
        f"{REPOSITORY}/",
    ):
        assert f"| `{name}` |" in TEXT
    for way in ("up", "down"):
        assert f"| `{way}/PLACE/{MANIFEST}` |" in TEXT


def test_rules_point_to_sections() -> None:
    """Each rule's section is there."""
    sections = set(re.findall(r"^## (\d+)\. ", TEXT, re.MULTILINE))
    assert {rule.section for rule in RULES} <= sections


def test_files_that_it_points_to() -> None:
    """Are there."""
    root = make_protocol.ROOT
    for name in re.findall(r"`((?:docs|tests)/[a-z_/.]+\.(?:py|json))`", TEXT):
        assert (root / name).is_file(), name
    for name in re.findall(r"\]\(([a-z/.]+)\)", TEXT):
        assert (root / "docs" / name).is_file(), name
