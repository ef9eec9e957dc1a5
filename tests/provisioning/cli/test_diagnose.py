"""`tramthe diagnose`, at a provisioned terminal."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import time
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.care import acceptance, probe_card
from edge.care.diagnose import Terminal, diagnose
from edge.care.facts import CardTry
from edge.care.read_diagnosis import read_diagnosis
from edge.clock import Clock
from edge.config import Config
from edge.layout import StateLayout
from edge.service import Service
from provisioning.cli.held import holdings
from provisioning.demo.children import free_port
from provisioning.demo.prepare import TERMINAL, Stage
from provisioning.direct_reader import DirectReader
from provisioning.softcard.chip import Chip
from reader.errors import NoCard
from reader.evidence import Password, PasswordKind
from tests.docs import schemas
from tests.provisioning.cli.conftest import Tramthe
from tests.provisioning.cli.test_serve import answer, config, running
from verify.verdict import Outcome

_SQLITES = (".sqlite-shm", ".sqlite-wal")
_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
LIFTED = 1.0  # seconds until pcscd, which looks every 0.4, has surely seen that a card is gone


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this machine's own settings out."""
    for name in list(os.environ):
        if name.startswith("TRAMTHE_"):
            monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path, state: Path) -> Path:
    """Return a terminal's configuration."""
    path = tmp_path / "terminal.toml"
    config(path, terminal=TERMINAL, state=str(state), volatile_state=True, port=free_port())
    path.chmod(0o644)
    return path


def table(tramthe: Tramthe, file: Path) -> dict[str, dict[str, str | None]]:
    """Return the checks by name; exit status 1 if and only if one is a fault."""
    said = tramthe("diagnose", "--config", file, "--json")
    rows = json.loads(said.out)["checks"]
    faults = [row for row in rows if row["state"] == "fault"]
    assert said.status == (1 if faults else 0)
    for row in rows:
        assert row["figure"]
        assert (row["next_step"] is None) is (row["state"] == "ok")
    return {row["name"]: row for row in rows}


def test_every_part_is_looked_at(tramthe: Tramthe, file: Path) -> None:
    """One check or more of each, those of a whole terminal well."""
    rows = table(tramthe, file)
    assert {
        "configuration", "service", "pcscd", "reader", "scanner", "lamp", "buzzer", "clock",
        "certificate", "trust list", "list certificate", "list card-status", "log", "queue",
        "centre", "disk", "space", "write", "battery clock", "memory", "swap", "temperature",
        "power", "network", "versions", "package", "update", "button", "screen",
    } <= set(rows)  # fmt: skip
    for name in ("configuration", "certificate", "trust list", "list card-status", "write"):
        assert rows[name]["state"] == "ok", rows[name]


def test_nothing_is_changed_and_nobody_named(
    tramthe: Tramthe, stage: Stage, state: Path, file: Path, events: int
) -> None:
    """No file comes, goes or is written, but SQLite's own beside the log; no name, no number."""
    assert events

    def files() -> dict[Path, bytes]:
        found = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
        return {path: data for path, data in found.items() if path.suffix not in _SQLITES}

    before = files()
    said = tramthe("diagnose", "--config", file)
    assert files() == before
    for person in stage.cast.roster.people:
        assert person.name not in said.out
        for number in (person.number, person.personal_number):
            assert number is None or number not in said.out


def test_table_for_a_person(tramthe: Tramthe, file: Path) -> None:
    """A line for each check, what to do below it, the sum at the end."""
    lines = tramthe("diagnose", "--config", file).out.splitlines()
    assert any(line.startswith("ok         certificate") for line in lines)
    silent = next(n for n, line in enumerate(lines) if line.startswith("ATTENTION  service"))
    assert lines[silent + 1].lstrip().startswith("> Start the terminal")
    assert lines[-1].endswith(" well.")


def test_terminal_that_runs(tramthe: Tramthe, file: Path) -> None:
    """Beside the running terminal: it answers, and records."""
    port = json.loads(file.read_text().split("port = ")[1])
    with running("serve", "--config", file) as child:
        answer(f"http://127.0.0.1:{port}/api/v1/status", child)
        rows = table(tramthe, file)
        child.send_signal(signal.SIGTERM)
        child.communicate()
    assert rows["service"]["state"] == "ok"
    assert rows["recording"]["state"] == "ok"
    assert rows["log"]["state"] == "ok"


def test_terminal_without_its_keys(tramthe: Tramthe, state: Path, file: Path) -> None:
    """Never enrolled: told, and no key is made by asking."""
    for path in (state / "identity").iterdir():
        path.unlink()
    rows = table(tramthe, file)
    assert rows["certificate"]["trouble"] == "CERTIFICATE_ABSENT"
    assert list((state / "identity").iterdir()) == []


def test_keys_that_are_damaged(tramthe: Tramthe, state: Path, file: Path) -> None:
    """A fault of the certificate's line, and the rest is looked at."""
    (state / "identity" / "wrap.key").write_bytes(b"short")
    rows = table(tramthe, file)
    assert rows["certificate"]["trouble"] == "IDENTITY_DAMAGED"
    assert rows["versions"]["state"] == "ok"


def test_terminal_that_trusts_nobody(tramthe: Tramthe, state: Path, file: Path) -> None:
    """No trust list, no list that is believed."""
    for path in (state / "holdings").glob("*"):
        if path.is_file():
            path.unlink()
    rows = table(tramthe, file)
    assert rows["trust list"]["trouble"] == "TRUST_ABSENT"
    assert rows["list card-status"]["state"] == "fault"


@pytest.fixture
def events(state: Path) -> int:
    """Open a meeting, with no centre there, and return how many events that made."""
    settings = Config(terminal=TERMINAL, state=state, port=free_port(), volatile_state=True)
    service = Service(settings, DirectReader())
    service.start()
    try:
        service.open_meeting("regular")
        return service.log.head().seq
    finally:
        service.stop()


def test_log_that_waits_for_the_centre(tramthe: Tramthe, file: Path, events: int) -> None:
    """What no centre acknowledged is counted, with its first day; the chain is whole."""
    rows = table(tramthe, file)
    assert rows["log"]["state"] == rows["queue"]["state"] == "ok"
    assert (rows["log"]["figure"] or "").startswith(f"{events} event")
    assert f"{events} event" in (rows["queue"]["figure"] or "")
    assert " since 20" in (rows["queue"]["figure"] or "")


def test_log_that_was_altered(tramthe: Tramthe, state: Path, file: Path, events: int) -> None:
    """Named as not whole."""
    with sqlite3.connect(state / "log.sqlite") as log:
        for (name,) in log.execute(_TRIGGERS).fetchall():
            log.execute(f"DROP TRIGGER {name}")
        log.execute("UPDATE event SET at = '2020-01-01T00:00:00.000Z' WHERE place = 1")
        assert log.total_changes == 1 <= events
    assert table(tramthe, file)["log"]["trouble"] == "LOG_NOT_WHOLE"


def test_log_that_is_none(tramthe: Tramthe, state: Path, file: Path) -> None:
    """A fault of the log's line; the queue cannot be told, and the rest is."""
    (state / "log.sqlite").write_bytes(b"SQLite format 3\x00" + bytes(4000))
    rows = table(tramthe, file)
    assert rows["log"]["trouble"] == "LOG_NOT_WHOLE"
    assert rows["queue"]["state"] == "unknown"
    assert rows["versions"]["state"] == "ok"


def test_configuration_that_is_broken(tramthe: Tramthe, file: Path) -> None:
    """Its faults are counted, and what can be looked at is."""
    file.write_text(file.read_text().replace("port = ", "port = -") + "\nprot = 5\n")
    rows = table(tramthe, file)
    assert rows["configuration"]["figure"] == "2 faults, 1 remark"
    assert rows["service"]["state"] == "unknown"
    assert rows["certificate"]["state"] == "ok"


def test_configuration_that_everybody_may_change(tramthe: Tramthe, file: Path) -> None:
    """A fault, counted here as `tramthe config check` counts it."""
    file.chmod(0o666)
    checked = tramthe("config", "check", file)
    assert (checked.status, checked.out.splitlines()[-1]) == (1, "1 fault, 1 remark.")
    rows = table(tramthe, file)
    assert rows["configuration"]["figure"] == "1 fault, 1 remark"


def test_without_any_configuration(tramthe: Tramthe, tmp_path: Path) -> None:
    """The machine is looked at all the same; a file that is not there is exit status 3."""
    said = tramthe("diagnose", "--json")
    rows = {row["name"]: row for row in json.loads(said.out)["checks"]}
    assert said.status == 1
    assert rows["state folder"]["trouble"] == "NOT_CONFIGURED"
    assert rows["versions"]["state"] == "ok"
    assert tramthe("diagnose", "--config", tmp_path / "absent").status == 3


def test_state_folder_that_is_gone(tramthe: Tramthe, state: Path, file: Path) -> None:
    """A partition that was not mounted."""
    state.rename(state.with_name("elsewhere"))
    assert table(tramthe, file)["state folder"]["trouble"] == "STATE_FOLDER_ABSENT"
    config(file, terminal=TERMINAL, state="/" + "x" * 300)
    rows = table(tramthe, file)
    assert rows["state folder"]["trouble"] == "STATE_FOLDER_ABSENT"
    assert "too long" in (rows["state folder"]["figure"] or "")
    assert rows["memory"]["state"]


@pytest.mark.card
def test_reader_that_pcscd_has(
    tramthe: Tramthe, file: Path, virtual_reader: tuple[str, int]
) -> None:
    """The service answers, and its reader is named; another that is asked for is missed."""
    rows = table(tramthe, file)
    assert rows["pcscd"]["state"] == rows["reader"]["state"] == "ok"
    assert "Virtual PCD" in (rows["reader"]["figure"] or "")
    file.write_text(f'{file.read_text()}\nreader = "no such one"\n')
    assert table(tramthe, file)["reader"]["trouble"] == "READER_OTHER"


def _tried(stage: Stage, state: Path, key: str, can: str | None = None) -> CardTry:
    """Read and judge a card of the cast in process, by its own number unless another is given."""
    card = next(card for card in stage.cast.cards if card.key == key)
    reader = DirectReader()
    reader.lay(Chip(card.image))
    held, clock = holdings(state), Clock(StateLayout(state).floor)
    number = Password(PasswordKind.CAN, can or card.image.can or "")
    return probe_card.card(
        reader, held.profiles, number, lambda evidence: held.judge(evidence, clock.now())
    )


def test_wifi_for_phones(tmp_path: Path) -> None:
    """Looked at where it is configured: its name, the radio, the helper that puts it up."""
    values = {"terminal": "TRAM-7", "access_point": "10.42.0.1"}

    def row() -> str:
        found = diagnose(Terminal(values, 0, 0, root=tmp_path, ask=lambda: ()))
        return next(
            f"{one.state.value} {one.figure}" for one in found if one.name == "access point"
        )

    assert row() == "fault TramThe TRAM-7, no radio"
    (tmp_path / "sys/class/net/wlan0/phy80211").mkdir(parents=True)
    assert row() == "fault TramThe TRAM-7, nothing puts it up"
    (tmp_path / "run").mkdir()
    (tmp_path / "run/tramthe-access-point.sock").touch()
    assert row() == "ok TramThe TRAM-7, wlan0"


def test_card_that_is_good(stage: Stage, state: Path) -> None:
    """Its family, its verdict and the time; nothing of its holder."""
    found = _tried(stage, state, "member-1")
    assert (found.profile, found.outcome, found.reason) == ("dang-vien", Outcome.ACCEPTED, None)
    assert found.seconds > 0
    assert not any(person.name in repr(found) for person in stage.cast.roster.people)


def test_card_that_is_revoked(stage: Stage, state: Path) -> None:
    """Rejected with the reason code of the door."""
    found = _tried(stage, state, "lost")
    assert found.outcome is Outcome.REJECTED
    assert found.reason


def test_card_of_another_number(stage: Stage, state: Path) -> None:
    """One guess, and no verdict."""
    found = _tried(stage, state, "member-1", can="000000")
    assert (found.profile, found.outcome) == (None, None)


def test_no_card_is_laid(stage: Stage, state: Path) -> None:
    """Said by what is missing."""
    held = holdings(state)
    with pytest.raises(NoCard, match="no card was laid"):
        probe_card.card(
            DirectReader(),
            held.profiles,
            Password(PasswordKind.CAN, "123456"),
            lambda evidence: held.judge(evidence, Clock(StateLayout(state).floor).now()),
            wait=0.3,
        )


def test_card_while_the_terminal_runs(tramthe: Tramthe, file: Path) -> None:
    """The terminal's reader is left to it."""
    port = json.loads(file.read_text().split("port = ")[1])
    with running("serve", "--config", file) as child:
        answer(f"http://127.0.0.1:{port}/api/v1/status", child)
        said = tramthe("diagnose", "--config", file, "--can", "123456", "--json")
        child.send_signal(signal.SIGTERM)
        child.communicate()
    rows = {row["name"]: row for row in json.loads(said.out)["checks"]}
    assert (rows["card"]["state"], rows["card"]["trouble"]) == ("unknown", "READER_IN_USE")


@pytest.mark.parametrize("can", ["12345", "1234567", "12345a", "١٢٣٤٥٦", ""])
def test_number_that_is_none(tramthe: Tramthe, file: Path, can: str) -> None:
    """Six digits, or exit status 2."""
    assert tramthe("diagnose", "--config", file, "--can", can).status == 2


@pytest.mark.card
def test_card_over_pcscd(
    stage: Stage, tramthe: Tramthe, file: Path, virtual_reader: tuple[str, int]
) -> None:
    """The whole way: a software card on the virtual reader, read and judged by the command."""
    host, port = virtual_reader
    member = next(card for card in stage.cast.cards if card.key == "member-1")
    address = ("--host", host, "--port", port)
    with running("softcard", "insert", stage.cards / "member-1", *address) as child:
        assert child.stdout is not None
        said = tramthe("diagnose", "--config", file, "--can", member.image.can, "--json")
        child.send_signal(signal.SIGINT)
        child.communicate()
    time.sleep(LIFTED)  # or the next test is given the card that has just left
    rows = {row["name"]: row for row in json.loads(said.out)["checks"]}
    assert rows["card"]["figure"].startswith("dang-vien, accepted, read in ")


def test_json_as_it_is_published(tramthe: Tramthe, file: Path) -> None:
    """The schema holds, and a program reads it back."""
    said = json.loads(tramthe("diagnose", "--config", file, "--json").out)
    schemas.check("diagnosis", said)
    found = read_diagnosis(said)
    assert found.terminal == TERMINAL
    assert found.to_object() == said


def test_acceptance_report(tramthe: Tramthe, file: Path, state: Path, tmp_path: Path) -> None:
    """Signed by the terminal, checked by the command, made paper; another's key is refused.

    Without a card it is not acceptable, and says so.
    """
    report, paper, again = (tmp_path / name for name in ("a.jws", "a.html", "b.html"))
    written = ("--report", report, "--paper", paper)
    said = tramthe("diagnose", "--config", file, "--json", *written)
    assert f"signed by {TERMINAL}" in said.err
    made = json.loads(said.out)
    assert acceptance.unproven(report.read_text().strip()).report.diagnosis.to_object() == made
    checked = tramthe("acceptance", "verify", report, "--state", state, "--paper", again)
    assert checked.status == 1
    assert "NOT ACCEPTABLE" in checked.out
    assert "HOLDS" in checked.out.upper()
    assert "FALSE" not in checked.out
    assert again.read_text("utf-8") == paper.read_text("utf-8")
    other = tmp_path / "other.pem"
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    other.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    again.unlink()
    false = tramthe("acceptance", "verify", report, "--key", other, "--paper", again)
    assert (false.status, again.exists()) == (1, False)
    assert "FALSE" in false.out


def test_what_is_no_acceptance_report(tramthe: Tramthe, tmp_path: Path) -> None:
    """Exit status 3 for a file that is none; 2 for paper without a report or on top of it."""
    file = tmp_path / "a.jws"
    file.write_text("a.b.c")
    assert tramthe("acceptance", "verify", file).status == 3
    assert tramthe("acceptance", "verify", file, "--paper", file).status == 2
    assert tramthe("diagnose", "--paper", file).status == 2


def test_report_of_a_terminal_without_a_key(tramthe: Tramthe, state: Path, file: Path) -> None:
    """Nothing signs it, so nothing is written."""
    for path in (state / "identity").iterdir():
        path.unlink()
    report = file.with_name("a.jws")
    said = tramthe("diagnose", "--config", file, "--report", report)
    assert (said.status, report.exists()) == (3, False)
    assert "no key" in said.err


def test_support_bundle(tramthe: Tramthe, file: Path, state: Path, events: int) -> None:
    """One file that only its owner reads, whole by its manifest; the log's sums are in it."""
    output = file.with_name("bundle.zip")
    said = tramthe("support-bundle", output, "--config", file)
    assert said.status == 0
    data = output.read_bytes()
    assert f"{len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}" in said.out
    assert output.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(output) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        for entry in manifest["files"]:
            assert hashlib.sha256(archive.read(entry["name"])).hexdigest() == entry["sha256"]
        facts = json.loads(archive.read("facts.json"))
    assert manifest["terminal"] == TERMINAL
    assert facts["log"]["epochs"][0]["events"] == events
    assert facts["asked"]["by"] == "the command line"


def test_support_bundle_of_a_terminal_that_is_broken(tramthe: Tramthe, file: Path) -> None:
    """No state folder, no key, no configuration that holds: what can be told is."""
    file.write_text("port = 'x'\n")
    output = file.with_name("bundle.zip")
    assert tramthe("support-bundle", output, "--config", file).status == 0
    with zipfile.ZipFile(output) as archive:
        checks = json.loads(archive.read("diagnosis.json"))["checks"]
    assert {"configuration", "versions", "memory"} <= {check["name"] for check in checks}
