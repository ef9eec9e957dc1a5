"""The composed terminal at a counter: a question, its card, and a meeting beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edge.errors import ReaderHeld
from edge.files import replace_file
from edge.layout import StateLayout
from edge.procedure.catalogue import FOLDER, builtin_procedures
from edge.procedure.counter import MEETING, Asker, Wanted
from edge.procedure.sessions import Session, State
from provisioning.demo.prepare import Stage
from reader.evidence import Password, PasswordKind
from tests.edge.procedure.made import CODE, GOOD
from tests.edge.test_service import Running, Starter, start, starting
from verify.verdict import Outcome

__all__ = ["start"]

OFFICE = Asker("0011223344556677", "Một cửa xã Pha Hín", "https://motcua.example")


@pytest.fixture(scope="module")
def running(live: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a running terminal; `terminal` clears it for each test."""
    with starting(live, tmp_path_factory.mktemp("counter")) as begin:
        yield begin()


@pytest.fixture
def terminal(running: Running) -> Running:
    """Return a running terminal without a meeting, before which nobody asks."""
    running.clear()
    return running


def ask(terminal: Running, key: str) -> Session:
    """Ask for the next card, with the number of this one."""
    can = Password(PasswordKind.CAN, terminal.cast(key).image.can or "")
    wanted = Wanted("thu-nop-dang-phi", "DP-11", "n-0123456789", ("name",), can)
    return terminal.service.counter.counter.ask(OFFICE, wanted)


def test_a_question_is_answered_by_the_card_that_is_laid(terminal: Running) -> None:
    """The running terminal hands the card to whoever asked; no meeting is needed."""
    session = ask(terminal, "member-1")
    result = terminal.lay("member-1")
    assert result.verdict is not None
    assert result.verdict.outcome is Outcome.ACCEPTED
    ended = terminal.service.counter.counter.sessions.of(session.id, OFFICE.owner)
    assert ended is not None
    assert ended.state is State.DONE
    assert terminal.service.scene().counter


def test_an_open_meeting_has_the_reader(terminal: Running) -> None:
    """A page is told so, and members go on tapping."""
    terminal.service.open_meeting("regular")
    with pytest.raises(ReaderHeld) as caught:
        ask(terminal, "member-1")
    assert caught.value.holder == MEETING
    assert terminal.tap("member-1").decision is not None


def test_a_meeting_opens_while_a_question_waits(terminal: Running) -> None:
    """The meeting has the card, and the question is over."""
    session = ask(terminal, "member-1")
    terminal.service.open_meeting("regular")
    assert terminal.tap("member-1").decision is not None
    sessions = terminal.service.counter.counter.sessions
    ended = sessions.of(session.id, OFFICE.owner)
    assert ended is not None
    assert ended.state is State.CANCELLED


def test_after_a_restart_the_day_goes_on_and_no_meeting_is_open(start: Starter) -> None:
    """The counter's day is taken up by the next card, and for no meeting."""
    terminal = start()
    ask(terminal, "member-1")
    terminal.lay("member-1")
    terminal.service.stop()
    again = start(state=terminal.service._config.state)
    assert again.service.meeting() is None
    ask(again, "lost")
    again.lay("lost")
    ((context, _),) = again.service.counter.day.days()
    verified = again.service.counter.day.of(context)
    assert [one.outcome for one in verified] == ["ACCEPTED", "REJECTED"]
    assert all(one.receipt for one in verified)


def test_a_procedure_that_is_delivered_meanwhile(terminal: Running) -> None:
    """It can be asked for without a restart; one that is spoilt takes no other with it."""
    folder = StateLayout(terminal.service._config.state).delivered / FOLDER
    catalogue = terminal.service.counter.counter.catalogue
    assert catalogue().find(CODE) is None
    folder.mkdir(parents=True)
    replace_file(folder / f"{CODE}.toml", GOOD.encode())
    wanted = Wanted(CODE, "GT-2026-0001", "n-0123456789", ("name",), None)
    assert terminal.service.counter.counter.ask(OFFICE, wanted).question.procedure.code == CODE
    replace_file(folder / f"{CODE}.toml", b"name = ")
    assert catalogue().procedures == builtin_procedures()
    assert [one.name for one in catalogue().left_out] == [f"{CODE}.toml"]
