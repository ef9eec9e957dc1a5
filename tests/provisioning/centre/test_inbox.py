"""The inbox at the centre: numbers given out once, sealed, answered, alarmed about."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.identity.key import TerminalIdentity
from edge.net.http import HttpAnswer
from edge.sync.ask_inbox import make_call
from edge.sync.inbox import Aside
from edge.wire import hybrid
from edge.wire.canonical import to_base64url
from edge.wire.inbox import Command, MessageKind, key_id
from edge.wire.inbox_call import CALL_TYP, MAX_CALL, PublicKey, open_head, split
from provisioning.centre.inbox import InboxAlarm
from provisioning.errors import OfficeInputInvalid
from provisioning.office.pki import create_terminal_ca, issue_terminal, new_key
from tests.edge.log.made import TERMINAL
from tests.edge.sync.inbox_made import NOW, Wired, command, later, roster_body
from tests.provisioning.centre.made import Centre
from verify import jws


@pytest.fixture
def wired(centre: Centre, identity: TerminalIdentity, tmp_path: Path) -> Wired:
    """Return a terminal that the centre knows the inbox key of."""
    made = Wired(centre, identity, tmp_path)
    made.call()
    return made


def check(wired: Wired) -> str:
    """Send a command."""
    return wired.send(MessageKind.COMMAND, command(Command.CHECK_LOG))


def call(wired: Wired, **changes: Any) -> str:
    """Return the terminal's call, some of it changed, signed by it."""
    assert wired.identity.certificate is not None
    compact, _ = make_call(wired.inbox, wired.identity.key, wired.identity.certificate, NOW)
    payload = jws.unverified_payload(compact, typ=CALL_TYP, max_size=MAX_CALL)
    certificate = changes.pop("x5c", (wired.identity.certificate,))
    key = changes.pop("key_pair", wired.identity.key)
    return jws.sign({**payload, **changes}, typ=CALL_TYP, key=key, x5c=certificate)


def ask(wired: Wired, compact: str | bytes) -> tuple[int, bytes]:
    """Send a call and return status and body."""
    answer = wired.centre.app.test_client().post("/v1/inbox", data=compact)
    return answer.status_code, answer.data


def test_terminal_that_never_called_cannot_be_sent_to(centre: Centre, tmp_path: Path) -> None:
    """There is no key to seal to, and what to do is said."""
    wired = Wired(centre, centre.enrol(tmp_path / "identity"), tmp_path)
    with pytest.raises(OfficeInputInvalid, match="has not told"):
        check(wired)
    assert wired.office.pending(TERMINAL) == ()


def test_numbers_follow_each_other(wired: Wired) -> None:
    """From 1, one after the other, for each terminal by itself; nothing is given out twice."""
    numbers: list[int] = []

    def send() -> None:
        for _ in range(3):
            body = command(Command.CHECK_LOG)
            number = wired.office.send(TERMINAL, MessageKind.COMMAND, body, NOW.at)
            numbers.append(number)

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 10))


def test_pending_as_bytes_for_a_folder(wired: Wired) -> None:
    """What waits can be carried as it is, and is taken as it would be by the network."""
    sent = [check(wired), check(wired)]
    assert list(wired.office.pending(TERMINAL)) == sent
    assert wired.take(*wired.office.pending(TERMINAL)).taken == (1, 2)
    assert len(wired.office.pending(TERMINAL)) == 2  # it does not know yet
    wired.call()
    assert wired.office.pending(TERMINAL) == ()


def test_acknowledged_high_water(wired: Wired) -> None:
    """What the terminal has taken is known at the centre from its next call."""
    for _ in range(3):
        check(wired)
    (row,) = wired.office.standing()
    assert (row.last, row.waiting) == (3, 3)
    wired.call()
    wired.call()
    (row,) = wired.office.standing(TERMINAL)
    assert (row.high_water, row.waiting, row.gaps, row.set_aside) == (3, 0, (), ())


def test_only_what_is_missing_is_sent(wired: Wired) -> None:
    """A terminal with a gap gets the gap, and what is above."""
    sent = [check(wired) for _ in range(5)]
    wired.take(sent[0], sent[2])
    status, answer = ask(wired, call(wired))
    assert (status, split(answer)[1]) == (200, (sent[1], sent[3], sent[4]))


def test_long_inbox_comes_in_several_answers(wired: Wired) -> None:
    """Whatever waits is there after one pass."""
    for _ in range(60):
        check(wired)
    wired.call()
    assert wired.store.row().high_water == 60


def test_call_again_is_harmless(wired: Wired) -> None:
    """The same call, sent again by whoever recorded it, changes nothing but the time."""
    old = call(wired)
    check(wired)
    wired.call()
    wired.call()
    before = wired.office.standing()[0]
    assert ask(wired, old)[0] == 200
    after = wired.office.standing()[0]
    assert (after.high_water, after.generation) == (before.high_water, before.generation)


def test_key_of_each_month(wired: Wired) -> None:
    """A new key is told with the next call, and sealed to from then on."""
    first = wired.keys.current(NOW)
    wired.call(later(31))
    second = wired.keys.current(later(31))
    assert (second.generation, wired.office.standing()[0].generation) == (2, 2)
    assert second != first
    assert wired.take(check(wired), at=later(31)).taken == (1,)


def test_message_under_way_when_the_key_changed(wired: Wired) -> None:
    """Sealed to last month's key it still opens; a year later it is set aside, and that is told."""
    early, late = check(wired), check(wired)
    for month in range(1, 3):
        wired.keys.current(later(31 * month))
        head = ask(wired, call(wired))[1]
        opened = open_head(split(head)[0], wired.inbox.centre)
        wired.keys.centre_seals_to(opened.generation, opened.kid, later(31 * month))
    assert wired.take(early, at=later(62)).taken == (1,)
    wired.keys.current(later(365))
    assert wired.take(late, at=later(365)).set_aside == ((2, Aside.KEY_GONE),)
    wired.call(later(365))
    (row,) = wired.office.standing()
    assert (row.high_water, row.set_aside) == (2, (2,))


def test_two_keys_of_one_generation(wired: Wired) -> None:
    """A copied terminal shows: the first key stays, and an alarm is raised."""
    public = wired.keys.current(NOW)
    other = PublicKey(1, new_public())
    foreign = {"generation": 1, "public": jws_text(other.public)}
    assert ask(wired, call(wired, key=foreign))[0] == 200
    (row,) = wired.office.standing()
    assert row.alarms == ((InboxAlarm.KEY_REUSED, key_id(other.public)),)
    assert wired.take(check(wired)).taken == (1,)
    assert public.generation == row.generation


def test_copy_of_the_identity_recovers(wired: Wired) -> None:
    """The copy is told that the centre seals to another key, and makes the next generation."""
    wired.keys.centre_seals_to(1, "inbox-0123456789abcdef", NOW)
    assert wired.keys.current(NOW).generation == 2


def test_database_put_back_from_a_copy(wired: Wired) -> None:
    """Numbers go on behind what the terminal has taken: none is given out twice."""
    assert ask(wired, call(wired, high_water=7, highest=7))[0] == 200
    (row,) = wired.office.standing()
    assert (row.last, row.alarms) == (7, ((InboxAlarm.NUMBER_AHEAD, "7"),))
    check(wired)
    assert wired.office.sent(TERMINAL)[0].number == 8


def new_public() -> bytes:
    """Return a fresh public inbox key."""
    return hybrid.public_bytes(os.urandom(hybrid.SEED_SIZE))


def jws_text(data: bytes) -> str:
    """Return bytes as the wire writes them."""
    return to_base64url(data)


@pytest.mark.parametrize("case", ["stranger", "other key", "other terminal", "two", "none", "old"])
def test_call_that_is_not_from_one_of_our_terminals(wired: Wired, case: str) -> None:
    """Refused with 403, and nothing of it is kept."""
    at = wired.centre.now
    own = wired.identity.certificate
    assert own is not None
    stranger = issue_terminal(
        create_terminal_ca("Other", at=at), wired.identity.key.public_key(), TERMINAL, at=at
    )
    compact = {
        "stranger": lambda: call(wired, x5c=(stranger,)),
        "other key": lambda: call(wired, key_pair=new_key()),
        "other terminal": lambda: call(wired, terminal="TT-0002"),
        "two": lambda: call(wired, x5c=(own, own)),
        "none": lambda: call(wired, x5c=()),
        "old": lambda: call(wired),
    }
    if case == "old":
        wired.centre.now = at + timedelta(days=4000)
    key = wired.keys.current(NOW)
    status, _ = ask(wired, compact[case]())
    assert status == 403
    assert wired.office.standing()[0].generation == key.generation


@pytest.mark.parametrize(
    ("body", "status"), [("", 403), ("a.b.c", 403), ("é", 403), ("x" * (MAX_CALL + 1), 403)]
)
def test_body_that_is_no_call(wired: Wired, body: str, status: int) -> None:
    """Refused without looking further."""
    assert ask(wired, body)[0] == status


def test_no_name_at_the_centre(wired: Wired, on_disk: Callable[[], bytes]) -> None:
    """A roster that waits is read by nobody who holds the database."""
    wired.send(MessageKind.ROSTER, roster_body("Lò Thị Mai"))
    held = on_disk()
    assert "Lò Thị Mai".encode() not in held
    assert "Lò Thị Mai".encode("utf-16-le") not in held


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda answer: replace(answer, body=b"<html>Log in to the hotel's network</html>"),
        lambda answer: replace(answer, body=answer.body[:-2]),
        lambda answer: replace(answer, body=answer.body.split(b"\n", 1)[1]),
        lambda answer: replace(answer, status=302),
        lambda answer: replace(answer, status=403),
        lambda answer: replace(answer, status=503),
    ],
)
def test_answer_that_is_not_the_centres(
    wired: Wired, rewrite: Callable[[HttpAnswer], HttpAnswer]
) -> None:
    """A proxy's own page, a cut or a refusal takes nothing; the next pass takes all."""
    check(wired)
    wired.centre.rewrite = rewrite
    fetched = wired.fetch.run_once(NOW)
    assert (fetched.taken, fetched.why is None, wired.fetch.due) == (0, False, True)
    wired.centre.rewrite = lambda answer: answer
    assert wired.fetch.run_once(NOW).taken == 1


def test_answer_kept_from_earlier_does_not_pass(wired: Wired) -> None:
    """Whoever sends yesterday's answer, to hide what was sent since, is found out."""
    kept: list[HttpAnswer] = []

    def keep(answer: HttpAnswer) -> HttpAnswer:
        kept.append(answer)
        return answer

    wired.centre.rewrite = keep
    wired.call()
    check(wired)
    wired.centre.rewrite = lambda _answer: kept[0]
    fetched = wired.fetch.run_once(NOW)
    assert fetched.why is not None
    assert wired.store.row().highest == 0


def test_message_held_back_shows(wired: Wired) -> None:
    """Whoever drops messages from the answer leaves a gap that the terminal knows of."""
    for _ in range(3):
        check(wired)
    wired.centre.rewrite = lambda answer: replace(
        answer, body=b"".join(answer.body.splitlines(keepends=True)[:1])
    )
    assert wired.fetch.run_once(NOW).taken == 0
    assert wired.store.row().gaps == ((1, 3),)


def test_asks_again_after_a_while(wired: Wired) -> None:
    """One question at the start, the next one about an hour later; sooner after a failure."""

    def due(clock: float) -> bool:
        wired.clock = clock
        return wired.fetch.due

    assert not due(3599.0)
    assert due(3600.0)
    wired.centre.down = True
    assert wired.fetch.run_once(NOW).why is not None
    assert due(3600.0)
    wired.centre.down = False
    wired.call()
    assert not due(3601.0)
