"""The support bundle of a full terminal: nothing in it names a member, however it is written."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import shutil
import stat
import unicodedata
import urllib.parse
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.care import journal
from edge.care.support import MAX_BUNDLE
from edge.config import Keyboard
from edge.layout import StateLayout
from edge.meeting.roster import Category
from edge.people.roles import Role
from edge.procedure.counter import Asker, Wanted
from edge.sync.courier_ledger import CourierLedger
from edge.web.papers import knowledge
from edge.wire.bundle import Bundle, Entry, Way
from edge.wire.event import timestamp
from edge.wire.kinds import AbsenceOutcome, AnnulReason, HandReason
from provisioning import people
from provisioning.cli.logs import JsonLines
from provisioning.demo.prepare import TERMINAL, Stage
from reader.evidence import Password, PasswordKind
from tests.edge.test_service import Running, running

GUEST = "Trần Thị Mỹ Duyên"
SPOKEN = (people.NGOC, people.NIE, people.DOI)


def plain(text: str) -> str:
    """Return a text without its marks."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in bare if not unicodedata.combining(sign))


def spellings(text: str) -> set[str]:
    """Return a text as programs and people may write it."""
    bare = plain(text)
    written = {text, unicodedata.normalize("NFD", text), bare, bare.replace(" ", "-")}
    written |= {bare.replace(" ", "<"), "<".join(reversed(bare.split(" ", 1))).replace(" ", "<")}
    written |= {one.upper() for one in written} | {one.lower() for one in written}
    escaped = {json.dumps(one)[1:-1] for one in written}
    return written | escaped | {urllib.parse.quote(one) for one in written}


def in_base64(text: str) -> set[bytes]:
    """Return what stands in base64, wherever in it the text begins."""
    data = text.encode()
    found = set()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data)
        found.add(whole[-(-before * 8 // 6) : (before + len(data)) * 8 // 6])
    return found | {one.translate(bytes.maketrans(b"+/", b"-_")) for one in found}


def told(data: bytes, text: str) -> bool:
    """Return whether the data tell a name or a number, in any spelling."""
    if text.isdecimal():
        return any(
            re.search(rb"(?<![0-9a-f])" + one.encode() + rb"(?![0-9a-f])", data) is not None
            for one in {text, text[-9:]}
        ) or any(one in data for one in in_base64(text) if len(text) > 6)
    return any(
        one.encode() in data
        or one.encode("utf-16-le") in data
        or any(part in data for part in in_base64(one))
        for one in spellings(text)
    )


@pytest.mark.parametrize(
    "written",
    [
        lambda name: name.encode(),
        lambda name: json.dumps(name).encode(),
        lambda name: base64.b64encode(b"x" + name.encode() + b"yz"),
        lambda name: plain(name).upper().replace(" ", "<").encode(),
        lambda name: unicodedata.normalize("NFD", name).encode(),
        lambda name: urllib.parse.quote(name).encode(),
        lambda name: name.encode("utf-16-le"),
        lambda name: plain(name).lower().replace(" ", "-").encode(),
    ],
)
def test_the_search_finds_a_name(written: object) -> None:
    """A search that found nothing anywhere would prove nothing."""
    assert callable(written)
    assert told(b"{" + written(people.NGOC.entry.name) + b"}", people.NGOC.entry.name)
    assert not told(b"{}", people.NGOC.entry.name)


def members() -> list[str]:
    """Return every name and number of everybody, and what the guest is called."""
    found = [GUEST]
    for member in people.MEMBERS:
        entry = member.entry
        found.append(entry.name)
        found += [text for text in (member.can, entry.number, entry.personal_number) if text]
        found += [entry.name.rpartition(" ")[2]] if len(plain(entry.name.split()[-1])) > 5 else []
    return found


@pytest.fixture(scope="module")
def full(live: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a terminal after an evening, named after people wherever somebody can type."""
    folder = tmp_path_factory.mktemp("full")
    state = folder / people.NGOC.entry.name
    shutil.copytree(live.terminal, state)
    name = plain(people.NIE.entry.name).lower().replace(" ", "-")
    with running(
        live,
        state,
        scanner=Keyboard(people.NIE.entry.name),
        counter_hosts=(f"{name}.local:9",),
        reader=None,
        test_card=people.DOI.entry.number,
        sticks=(folder / people.DOI.entry.name,),
    ) as terminal:
        _evening(terminal)
        _counter(terminal)
        _stick(terminal)
        yield terminal


def _evening(terminal: Running) -> None:
    """Open, tap, write in by hand, annul, correct, close, sign the sheet."""
    service = terminal.service
    service.open_meeting("regular")
    for key in ("member-1", "lost", "stranger"):
        terminal.tap(key)
        terminal.reader.lift()
    desk = service.desk.acting("secretary")
    others = [one for one in service.book.require_list().people if one.id != people.NGOC.id]
    desk.hand_entry(others[0].id, HandReason.FORGOTTEN, late=False)
    desk.absence(others[1].id, AbsenceOutcome.EXCUSED, note=f"{others[1].name} ốm")
    desk.guest(GUEST, Category.GUEST)
    desk.correct(others[2].id, {"name": f"{others[2].name} A"})
    entry = desk.require().entries[-1]
    desk.annul(entry.seq, AnnulReason.BY_MISTAKE, note=f"ghi nhầm {others[0].name}")
    desk.announce()
    desk.confirm_by_hand(by=others[3].id)
    context = desk.require().context
    service.close_meeting()
    service.sheets.sign(context, knowledge(service.status()))


def _counter(terminal: Running) -> None:
    """Ask about a dossier that is named after somebody, and make its receipt."""
    can = Password(PasswordKind.CAN, terminal.cast("member-1").image.can or "")
    office = Asker("0011223344556677", people.NIE.entry.name, "https://motcua.example")
    dossier = f"Hồ sơ {people.NGOC.entry.name}"
    wanted = Wanted("thu-nop-dang-phi", dossier, "n-0123456789", ("name",), can)
    terminal.service.counter.counter.ask(office, wanted)
    terminal.lay("member-1")
    terminal.reader.lift()


def _stick(terminal: Running) -> None:
    """Note a stick that carries somebody's name."""
    at = terminal.service.clock.now().at
    bundle = Bundle(TERMINAL, Way.UP, timestamp(at), (Entry.of("call.jws", b"x"),))
    layout = StateLayout(terminal.service._config.state)
    label = people.NGOC.entry.name
    CourierLedger(layout.courier).enter(bundle, at, stick=label, events=3, by=label)


@pytest.fixture
def journald(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand for journald, with lines that name everybody."""
    lines = []
    for number, text in enumerate(members()):
        record = logging.LogRecord(
            "tramthe.service", logging.ERROR, "", 1, "the roster cannot be used: %s", (text,), None
        )
        for message in (JsonLines().format(record), f"{text} nói", json.dumps({"name": text})):
            fields = {
                "__REALTIME_TIMESTAMP": str(1795000000000000 + number),
                "_SYSTEMD_UNIT": "tramthe.service",
                "MESSAGE": message,
                "_HOSTNAME": text,
            }
            lines.append(json.dumps(fields, ensure_ascii=number % 2 == 0))
    (tmp_path / "lines").write_text("\n".join(lines), "utf-8")
    program = tmp_path / "journalctl"
    program.write_text(f"#!/bin/sh\nexec cat '{tmp_path / 'lines'}'\n")
    program.chmod(stat.S_IRWXU)
    monkeypatch.setattr(journal.ask, "__defaults__", ((str(program),), 20.0))


def _journal_said() -> list[bytes]:
    program = str(journal.ask.__defaults__[0][0])  # type: ignore[index]
    return Path(program).with_name("lines").read_bytes().splitlines()


@pytest.mark.usefixtures("journald")
def test_nothing_names_a_member(full: Running) -> None:
    """No name, number, CAN or number of an identity card, in any spelling, of anybody.

    The same search finds each of them in what the journal says.
    """
    said = b"\n".join(_journal_said())
    assert [text for text in members() if not told(said, text)] == []
    data = full.service.support_bundle()
    assert len(data) <= MAX_BUNDLE
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    everything = b"\n".join([data, *parts.values(), *(name.encode() for name in parts)])
    assert [text for text in members() if told(everything, text)] == []
    lines = parts["journal.jsonl"].splitlines()
    assert len(lines) == len(members())
    assert all(json.loads(line)["values"] == [None] for line in lines)
    assert json.loads(parts["manifest.json"])["journal"]["of_other_programs"] == 2 * len(lines)
    assert b"the roster cannot be used" in parts["journal.jsonl"]


@pytest.mark.usefixtures("journald")
def test_what_a_colleague_finds(full: Running) -> None:
    """Versions, the configuration without what was typed, the log's heads, lists, what waits."""
    with zipfile.ZipFile(io.BytesIO(full.service.support_bundle())) as archive:
        facts = json.loads(archive.read("facts.json"))
        found = json.loads(archive.read("diagnosis.json"))
    assert [name for name, value in facts.items() if "unknown" in str(value)[:12]] == []
    log = full.service.log
    (epoch,) = facts["log"]["epochs"]
    assert (epoch["epoch"], epoch["last"]) == (log.epoch, log.head().seq)
    assert epoch["head"] == log.head().hash.hex()
    assert facts["log"]["kinds"]["hand-entry"] == 2
    assert facts["configuration"]["terminal"] == TERMINAL
    for key in ("scanner", "counter_hosts", "test_card", "sticks", "state"):
        assert facts["configuration"][key] == "set"
    assert len(facts["holdings"]["lists"]) == 4
    assert facts["sticks"]["last"]["events"] == 3
    assert {"versions", "identity", "clock", "inbox", "files", "package"} <= set(facts)
    checks = {check["name"]: check for check in found["checks"]}
    assert checks["scanner"]["figure"] == checks["counter door"]["figure"] == "left out"
    assert "not acknowledged" in checks["queue"]["figure"]


def test_technician_downloads_it(full: Running) -> None:
    """From the page, as a ZIP."""
    full.open_desk(Role.TECHNICIAN)
    assert 'href="/chan-doan/goi"' in full.get("/chan-doan")
