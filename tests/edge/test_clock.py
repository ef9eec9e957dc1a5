"""The terminal's clock and the floor that it keeps on disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from crl.status import Status
from edge.clock import Clock
from edge.floor import BUILD_TIME, MAX_ADVANCE, Floor, Sighting, advanced, corrected
from provisioning.office.trust import sign_time_correction
from tests.verify.made import DG13, PROFILE, Lists, World, answer, dg1, dg13, issue
from verify import pipeline
from verify.correction import TimeCorrection
from verify.errors import CorrectionRefused
from verify.moment import TimeQuality
from verify.policy import DEFAULT

T = datetime(2026, 11, 20, tzinfo=UTC)
DAY = timedelta(days=1)
ASLEEP = datetime(1970, 1, 1, tzinfo=UTC)
ROOT = ec.generate_private_key(ec.SECP256R1())


def make(folder: Path, system: datetime, *, synchronised: bool = False) -> Clock:
    """Return a clock over a file in `folder`."""
    return Clock(
        folder / "floor",
        system=lambda: system,
        synchronised=lambda: synchronised,
        held=lambda: True,
    )


def said(at: datetime, witness: str = "status") -> Sighting:
    """Return that a list was dated so."""
    return Sighting(at, witness)


def document(**changes: object) -> bytes:
    """Return a floor file, some members changed."""
    later = "2027-01-01T00:00:00+00:00"
    whole = {"floor": later, "ground": later, "said": {}, "seen": [], "correction": 0}
    return json.dumps({**whole, **changes}).encode()


def signed(number: int, latest: datetime) -> str:
    """Return a correction of the root."""
    return sign_time_correction(TimeCorrection(number, latest), ROOT)


def test_system_clock_behind_the_floor_is_not_believed(tmp_path: Path) -> None:
    """A Pi that woke in 1970 lives at the floor, and says so."""
    make(tmp_path, T).saw_verified_list(said(T))
    moment = make(tmp_path, ASLEEP, synchronised=True).now()
    assert (moment.at, moment.quality) == (T, TimeQuality.FLOOR_ONLY)


def test_floor_survives_a_restart(tmp_path: Path) -> None:
    """What a verified list proved is still known after the power comes back."""
    make(tmp_path, T).saw_verified_list(said(T))
    assert make(tmp_path, ASLEEP).now().at == T


def test_the_network_sets_the_clock_and_not_the_floor(tmp_path: Path) -> None:
    """However far ahead a synchronised clock is, the floor stays where signatures put it."""
    clock = make(tmp_path, T + 3650 * DAY, synchronised=True)
    assert clock.now().quality is TimeQuality.SYNCHRONISED
    assert clock.floor == BUILD_TIME
    assert make(tmp_path, ASLEEP).now().at == BUILD_TIME


def test_lists_of_the_far_future_at_every_start(tmp_path: Path) -> None:
    """One signer's move the floor by the cap, not by the cap a start or a list."""
    for year in range(1, 5):
        for _ in range(3):
            make(tmp_path, T).saw_verified_list(said(T + year * 500 * DAY))
    assert make(tmp_path, T).floor == BUILD_TIME + MAX_ADVANCE


def test_what_two_signers_say_survives_a_restart(tmp_path: Path) -> None:
    """Each terminal's life is long: who said what is remembered with the floor."""
    make(tmp_path, T).saw_verified_list(said(T + 900 * DAY, "status"))
    make(tmp_path, T).saw_verified_list(said(T + 800 * DAY, "csca"))
    assert make(tmp_path, ASLEEP).floor == T + 900 * DAY


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff{",
        b"[]",
        b"{}",
        document(floor=5),
        document(floor="2027-01-01T00:00:00"),
        document(floor="9999-12-31T23:59:59-12:00"),
        document(ground="yesterday"),
        document(said=[]),
        document(said={"status": 1}),
        document(seen=1),
        document(seen=["2027-01-01T00:00:00+00:00"]),
        document(seen=[["2027-01-01T00:00:00+00:00", "status", "more"]]),
        document(correction=True),
        b"[" * 16_000,
        document()[:-1] + b" " * 20_000 + b"}",
    ],
)
def test_floor_file_is_damaged(tmp_path: Path, content: bytes) -> None:
    """The terminal starts at the build time, and the next list mends the file."""
    (tmp_path / "floor").write_bytes(content)
    clock = make(tmp_path, T)
    assert clock.floor == BUILD_TIME
    clock.saw_verified_list(said(T))
    assert make(tmp_path, ASLEEP).floor == T


def test_floor_file_is_whole(tmp_path: Path) -> None:
    """What the test before breaks was good."""
    (tmp_path / "floor").write_bytes(document())
    assert make(tmp_path, T).floor == datetime(2027, 1, 1, tzinfo=UTC)


def test_floor_file_older_than_this_version(tmp_path: Path) -> None:
    """Nothing on disk puts a terminal before its own build."""
    early = "2020-01-01T00:00:00+00:00"
    (tmp_path / "floor").write_bytes(document(floor=early, ground=early))
    assert make(tmp_path, ASLEEP).floor == BUILD_TIME


def test_floor_cannot_be_written(tmp_path: Path) -> None:
    """A read-only disk does not stop the floor from counting until the next start."""
    clock = make(tmp_path / "absent", T)
    clock.saw_verified_list(said(T + DAY))
    assert clock.floor == T + DAY


def test_correction(tmp_path: Path) -> None:
    """Lowers the floor, is remembered, and counts once, also after a restart."""
    clock = make(tmp_path, ASLEEP)
    clock.saw_verified_list(said(T + 300 * DAY))
    assert clock.correct(signed(1, T), ROOT.public_key()) == T
    again = make(tmp_path, ASLEEP)
    assert again.now().at == T
    again.saw_verified_list(said(T + DAY))
    with pytest.raises(CorrectionRefused):
        again.correct(signed(1, T), ROOT.public_key())
    assert again.floor == T + DAY


def test_correction_of_another_root(tmp_path: Path) -> None:
    """Changes nothing."""
    clock = make(tmp_path, T)
    clock.saw_verified_list(said(T))
    stranger = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(CorrectionRefused):
        clock.correct(signed(1, BUILD_TIME), stranger.public_key())
    assert clock.floor == T


def test_correction_that_cannot_be_remembered(tmp_path: Path) -> None:
    """Is not applied: it could be taken again for ever."""
    clock = make(tmp_path / "absent", T)
    clock.saw_verified_list(said(T + 300 * DAY))
    with pytest.raises(OSError, match="absent"):
        clock.correct(signed(1, T), ROOT.public_key())
    assert clock.floor == T + 300 * DAY


def test_correction_while_the_service_runs(tmp_path: Path) -> None:
    """Another process lowers the floor: the running clock follows, and does not write it back."""
    running, command = make(tmp_path, ASLEEP), make(tmp_path, ASLEEP)
    running.saw_verified_list(said(T + 300 * DAY))
    command.correct(signed(1, T), ROOT.public_key())
    assert running.now().at == T
    running.saw_verified_list(said(T + DAY))
    assert make(tmp_path, ASLEEP).floor == T + DAY


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """A process killed while it moves the floor leaves the old floor or the new one."""
    program = (
        "import sys; from datetime import timedelta; from pathlib import Path\n"
        "from edge.clock import Clock; from edge.floor import Sighting\n"
        "clock = Clock(Path(sys.argv[1])); at = clock.floor\n"
        "while True:\n"
        "    at += timedelta(minutes=1); clock.saw_verified_list(Sighting(at, 'a'))\n"
        "    print(at.isoformat(), flush=True)"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "floor")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as child:
        assert child.stdout is not None
        told = [child.stdout.readline() for _ in range(20)]
        child.send_signal(signal.SIGKILL)
        told += child.stdout.read().splitlines()
    last = datetime.fromisoformat([line.strip() for line in told if line.strip()][-1])
    kept = make(tmp_path, ASLEEP).floor
    assert last <= kept <= last + timedelta(minutes=1)


class Terminal(RuleBasedStateMachine):
    """Lists, corrections, restarts and bad clocks in any order."""

    times = st.datetimes(
        min_value=datetime(2026, 1, 1),  # noqa: DTZ001 -- hypothesis adds the zone
        max_value=datetime(2040, 1, 1),  # noqa: DTZ001 -- hypothesis adds the zone
        timezones=st.just(UTC),
    ).map(lambda at: at.replace(microsecond=0))

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.system = T
        self.clock = self._clock()
        self.model = Floor()
        self.number = 0

    def _clock(self) -> Clock:
        return Clock(
            Path(self.folder.name) / "floor",
            system=lambda: self.system,
            synchronised=lambda: False,
            held=lambda: False,
        )

    def teardown(self) -> None:
        """Remove the folder."""
        self.folder.cleanup()

    @rule(at=times, witness=st.sampled_from(["status", "csca"]))
    def list_verified(self, at: datetime, witness: str) -> None:
        """Let a verified list come."""
        self.model = advanced(self.model, said(at, witness))
        self.clock.saw_verified_list(said(at, witness))

    @rule()
    def restarted(self) -> None:
        """Pull the plug."""
        self.clock = self._clock()

    @rule(at=times)
    def clock_set(self, at: datetime) -> None:
        """Somebody, or the network, set the system clock."""
        self.system = at

    @rule(at=times)
    def root_corrects(self, at: datetime) -> None:
        """Apply a new correction."""
        self.number += 1
        before = self.clock.floor
        self.model = corrected(self.model, TimeCorrection(self.number, at))
        self.clock.correct(signed(self.number, at), ROOT.public_key())
        assert self.clock.floor == max(BUILD_TIME, min(before, at))

    @precondition(lambda self: self.number > 0)
    @rule(at=times)
    def correction_played_again(self, at: datetime) -> None:
        """Offer an old number."""
        with pytest.raises(CorrectionRefused):
            self.clock.correct(signed(self.number, at), ROOT.public_key())

    @invariant()
    def floor_holds(self) -> None:
        """See the floor where it was put, and time not before it."""
        assert self.clock.floor == self.model.at
        assert self.clock.now().at == self.clock.time() == max(self.system, self.model.at)


Terminal.TestCase.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
TestTerminal = Terminal.TestCase


@pytest.mark.parametrize("years", [-20, -1, 1, 20])
def test_dates_on_cards_do_not_move_the_floor(tmp_path: Path, years: int) -> None:
    """Cards and their signers from any year are judged, and the clock stays where it is."""
    world = World.new()
    clock = make(tmp_path, T)
    clock.saw_verified_list(said(T - DAY))
    kept = (tmp_path / "floor").read_bytes()
    issued = T + years * 365 * DAY
    signer = issue("DS Far", world.authority, begins=issued, ends=issued + 3650 * DAY)
    dated = {13: dg13({**DG13, 9: issued.strftime("%d/%m/%Y")}), 1: dg1(expiry="990101")}
    changed = {file: dated.get(file.data_group or 0, data) for file, data in world.groups().items()}
    lists = Lists(answer(Status.GOOD), answer(Status.GOOD))
    pipeline.verify(
        world.card(changed, signer=signer), PROFILE, world.trust(), lists, DEFAULT, clock.now()
    )
    assert clock.floor == T - DAY
    assert (tmp_path / "floor").read_bytes() == kept
