"""A log that goes to the centre on a stick, and the acknowledgement that comes back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import ConfigInvalid
from edge.identity.key import TerminalIdentity, load_or_create
from edge.log.append import EventLog
from edge.sync.courier import TerminalExport
from edge.sync.courier_ledger import CourierLedger
from edge.sync.plan import AckMeaning
from edge.sync.uplink import Uplink, UplinkState
from edge.wire.bundle import MANIFEST, Way, read_segment_name
from edge.wire.event import Event
from edge.wire.segment import MAX_EVENTS
from provisioning.errors import CentreStoreUnavailable
from tests.edge.log.made import NAME, NUMBER, TERMINAL, check_in, copy_log, fill, make_log, moment
from tests.edge.sync.carried import Stick
from tests.provisioning.centre.made import Centre

YEAR = timedelta(days=365)


def held(centre: Centre, log: EventLog) -> tuple[Event, ...]:
    """Return what the centre holds of the newest epoch."""
    return centre.store.events(log.terminal, log.epoch)


def test_there_and_back(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """Every event arrives once; the acknowledgement comes home and nothing waits any more."""
    fill(log, 3)
    done = stick.export(log, identity)
    assert (done.events, done.waiting, done.written, done.stopped) == (4, 4, 1, None)
    taken = stick.at_centre()
    assert (taken.segments, taken.terminals, taken.bundles) == (1, {TERMINAL}, 1)
    assert (taken.refused, taken.missing, taken.unanswered) == ([], [], set())
    assert held(centre, log) == log.events()
    home = stick.take(log).down
    assert home is not None
    assert (home.acks, home.high_water, home.refused, home.missing) == (1, 4, (), ())
    assert log.unsent() == 0
    assert centre.requests == 0


def test_the_very_bytes_of_the_network(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """A file of the stick, posted as it is, is taken, and the answer is what a stick takes home."""
    fill(log, 3)
    stick.export(log, identity)
    (segment,) = stick.segments()
    status, answer = centre.post(segment.read_text("ascii"))
    assert status == 200
    stick.down().mkdir(parents=True)
    (stick.down() / f"ack-{log.epoch}.jws").write_text(answer)
    home = stick.take(log).down
    assert home is not None
    assert home.high_water == 4


def test_any_number_of_terminals_on_one_stick(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """Names that differ in capitals only do not meet; each takes home its own."""
    names = ["tt-0001", "TT-0002", "con", "Nul", "a.b", "x" * 64]
    others: list[EventLog] = []
    for number, name in enumerate(names):
        other = make_log(tmp_path / f"{number}.db", name)
        fill(other, number + 1)
        stick.export(other, centre.enrol(tmp_path / f"identity-{number}", name))
        others.append(other)
    fill(log, 7)
    stick.export(log, identity)
    folders = [path.name for path in stick.up().parent.iterdir()]
    assert len({name.lower() for name in folders}) == 7
    taken = stick.at_centre()
    assert taken.terminals == {TERMINAL, *names}
    for one in (log, *others):
        assert held(centre, one) == one.events()
        assert one.unsent() > 0
        stick.take(one)
        assert one.unsent() == 0
    for other in others:
        other.close()


def test_a_long_log_is_many_segments(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """As over the network, and their names in order are the events in order."""
    fill(log, MAX_EVENTS + 20)
    assert stick.export(log, identity).written == 2
    names = [read_segment_name(path.name) for path in stick.segments()]
    assert [(name.first, name.last) for name in names if name] == [
        (1, MAX_EVENTS),
        (MAX_EVENTS + 1, MAX_EVENTS + 21),
    ]
    stick.at_centre()
    assert held(centre, log) == log.events()


def test_export_again_goes_on(stick: Stick, log: EventLog, identity: TerminalIdentity) -> None:
    """What lies there whole is not written again; what is new is added; one bundle, one name."""
    context = fill(log, 3)
    first = stick.export(log, identity)
    before = stick.files()
    again = stick.export(log, identity)
    assert stick.files() == before
    assert (again.written, again.bundle) == (0, first.bundle)
    check_in(log, context, 9)
    more = stick.export(log, identity)
    assert (more.written, more.events) == (1, 5)
    manifest = str((stick.up() / MANIFEST).relative_to(stick.path))
    assert dict(before.items() - stick.files().items()) == {manifest: before[manifest]}
    assert more.bundle is not None
    assert first.bundle is not None
    assert more.bundle.id != first.bundle.id


@pytest.mark.parametrize("content", [b"", b"a.b.c", None], ids=["empty", "rubbish", "cut"])
def test_a_segment_that_was_spoilt_is_written_again(
    content: bytes | None,
    centre: Centre,
    stick: Stick,
    log: EventLog,
    identity: TerminalIdentity,
) -> None:
    """A file under the right name that is not whole is no copy."""
    fill(log, 3)
    stick.export(log, identity)
    (segment,) = stick.segments()
    segment.write_bytes(segment.read_bytes()[:-9] if content is None else content)
    taken = stick.at_centre()
    assert [one.name for one in taken.refused] == [segment.name]
    assert [one.name for one in taken.missing] == [segment.name]
    assert held(centre, log) == ()
    assert stick.export(log, identity).written == 1
    assert not stick.at_centre().refused
    assert held(centre, log) == log.events()


def test_what_was_acknowledged_leaves_the_stick(
    stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """It makes room at the next export; what another terminal left is not touched."""
    context = fill(log, 3)
    stick.export(log, identity)
    stick.at_centre()
    stick.take(log)
    foreign = stick.up("TT-0002")
    foreign.mkdir()
    kept = foreign / stick.segments()[0].name
    kept.write_bytes(b"of another terminal")
    assert stick.export(log, identity).bundle is None
    assert stick.segments() == []
    check_in(log, context, 9)
    assert stick.export(log, identity).events == 1
    assert len(stick.segments()) == 1
    assert kept.exists()


def test_segments_that_this_log_lost_stay_on_the_stick(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """A terminal whose disk died and was put back empty removes nothing: the centre takes it."""
    fill(log, 3)
    stick.export(log, identity)
    lost = log.events()
    fresh = make_log(tmp_path / "fresh.db")
    fill(fresh, 1)
    stick.export(fresh, identity)
    assert not stick.at_centre().refused
    assert centre.store.events(TERMINAL, log.epoch) == lost
    assert held(centre, fresh) == fresh.events()
    fresh.close()


def test_the_same_stick_twice(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """Taken again it changes nothing, on either side, and the ledgers say that it is known."""
    fill(log, 3)
    stick.export(log, identity)
    stick.at_centre()
    assert stick.take(log).known is False
    again = stick.at_centre()
    assert (again.segments, again.bundles, again.known, again.refused) == (1, 1, 1, [])
    assert held(centre, log) == log.events()
    before = len(log.events())
    home = stick.take(log)
    assert home.down is not None
    assert home.down.acks == 0
    assert len(log.events()) == before


def test_network_and_stick_at_once(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """What came by the network meanwhile comes once more on the stick, and is held once."""
    context = fill(log, 3)
    stick.export(log, identity)
    check_in(log, context, 9)
    assert uplink.run_once(moment(50)).state is UplinkState.UP_TO_DATE
    assert not stick.at_centre().refused
    assert held(centre, log) == log.events()
    assert log.unsent() == 0


def test_an_old_acknowledgement_moves_nothing_back(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity, uplink: Uplink
) -> None:
    """One that lay in a drawer, while newer ones came by network, says less and is passed over."""
    context = fill(log, 3)
    stick.export(log, identity)
    stick.at_centre()
    check_in(log, context, 9)
    uplink.run_once(moment(50))
    assert log.acknowledged() == 5
    home = stick.take(log).down
    assert home is not None
    assert (home.acks, home.high_water, log.unsent()) == (0, 5, 0)


def test_a_centre_that_went_back_is_brought_all_again(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """Its database was lost: the answer to what is new says so, and the next stick has it all."""
    context = fill(log, 3)
    stick.export(log, identity)
    stick.at_centre()
    stick.take(log)
    centre.stop()
    for file in tmp_path.glob("centre.db*"):
        file.unlink()
    centre.start()
    check_in(log, context, 9)
    assert stick.export(log, identity).events == 1
    stick.at_centre()
    home = stick.take(log).down
    assert home is not None
    assert (home.acks, home.high_water) == (1, 0)
    assert stick.export(log, identity).events == 5
    stick.at_centre()
    stick.take(log)
    assert log.unsent() == 0
    assert held(centre, log) == log.events()


def test_a_year_in_a_drawer(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """The certificate has run out since; records still come home, and the answer is believed."""
    fill(log, 3)
    stick.export(log, identity)
    centre.now += YEAR * 2
    taken = stick.at_centre()
    assert (taken.segments, taken.refused) == (1, [])
    assert held(centre, log) == log.events()
    home = stick.take(log).down
    assert home is not None
    assert home.high_water == 4


def test_ten_years_in_a_drawer(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """Beyond what a certificate may have run out the stick brings nothing, and loses nothing."""
    fill(log, 3)
    stick.export(log, identity)
    before = stick.files()
    centre.now += YEAR * 10
    taken = stick.at_centre()
    assert (taken.segments, len(taken.refused)) == (0, 2)
    assert held(centre, log) == ()
    assert stick.files() == before


def test_a_copied_log_comes_home_by_stick(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """An acknowledgement ahead of the log begins a new epoch, once, as over the network."""
    context = fill(log, 2)
    log.close()
    clone = make_log(copy_log(log.path, tmp_path / "clone.db"))
    log.recheck()
    check_in(log, context, 7)
    stick.export(log, identity)
    stick.at_centre()
    home = stick.take(clone).down
    assert home is not None
    assert home.copied is not None
    assert home.copied.meaning is AckMeaning.AHEAD
    assert len(clone.epochs) == 2
    again = stick.take(clone).down
    assert again is not None
    assert again.copied is None
    assert len(clone.epochs) == 2
    assert clone.verify().ok
    clone.close()


def test_the_centres_database_is_away(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """It is said so; nothing on the stick says that anything arrived, and later all does."""
    fill(log, 3)
    stick.export(log, identity)
    centre.stop()
    database = tmp_path / "centre.db"
    good = database.read_bytes()
    for file in tmp_path.glob("centre.db*"):
        file.unlink()
    database.write_bytes(b"not a database" * 1000)
    with pytest.raises(CentreStoreUnavailable):
        stick.at_centre()
    assert not stick.down().exists()
    centre.store.close()
    database.write_bytes(good)
    centre.start()
    assert stick.at_centre().segments == 1


def test_a_terminal_without_a_certificate(log: EventLog, stick: Stick, tmp_path: Path) -> None:
    """It says what to do before anything is written."""
    fresh = load_or_create(tmp_path / "fresh", TERMINAL)
    with pytest.raises(ConfigInvalid, match="Enrol"):
        TerminalExport(log, fresh, stick.key)
    assert stick.files() == {}


def test_nobody_who_finds_the_stick_reads_a_name(
    stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """Neither a person's name or number nor the terminal's stands on it in the clear."""
    fill(log, 3)
    stick.export(log, identity)
    stick.at_centre()
    names = " ".join(stick.files()).encode()
    content = names + b"".join(stick.files().values())
    for text in (NAME, NUMBER):
        assert text.encode() not in content
        assert text.encode("utf-16-le") not in content
    assert TERMINAL.encode() not in names


def test_the_ledger_is_for_ever(stick: Stick, log: EventLog, identity: TerminalIdentity) -> None:
    """Each passage stands in it with its stick and who did it; a row cannot be removed."""
    fill(log, 3)
    done = stick.export(log, identity)
    stick.export(log, identity)
    stick.at_centre()
    stick.take(log)
    ledger = CourierLedger(log.path.with_suffix(".courier"))
    assert done.bundle is not None
    ups = ledger.passages(Way.UP, most=10)
    assert [(one.id, one.events, one.stick) for one in ups] == [(done.bundle.id, 4, "GÓI-XÃ")] * 2
    down = ledger.last(Way.DOWN)
    assert down is not None
    assert (down.files, down.by) == (1, "technician")
