"""Inbox keys: a new one each month, old ones destroyed, none piled up, none lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from edge.identity.inbox_keys import INDEX_FILE, KEPT_FOR, LIFE, InboxKeys
from edge.wire import hybrid
from edge.wire.inbox import key_id
from edge.wire.inbox_call import PublicKey
from tests.edge.log.made import START
from verify.moment import Moment, TimeQuality


def on(days: float, quality: TimeQuality = TimeQuality.SYNCHRONISED) -> Moment:
    """Return the time so many days after the start."""
    return Moment(START + timedelta(days=days), quality)


@pytest.fixture
def keys(tmp_path: Path) -> InboxKeys:
    """Return the keys of an empty folder."""
    return InboxKeys(tmp_path)


def known(keys: InboxKeys, key: PublicKey, at: Moment) -> None:
    """Let the centre be seen to seal to a key."""
    assert keys.centre_seals_to(key.generation, key_id(key.public), at)


def test_one_key_until_the_month_is_over(keys: InboxKeys) -> None:
    """The same key for a month, then the next generation; both open meanwhile."""
    first = keys.current(on(0))
    known(keys, first, on(0))
    assert keys.current(on(29)) == first
    second = keys.current(on(LIFE.days))
    assert (first.generation, second.generation) == (1, 2)
    assert second.public != first.public
    assert keys.private(key_id(first.public)) is not None
    assert keys.private(key_id(second.public)) is not None


def test_what_is_sealed_opens(keys: InboxKeys) -> None:
    """The private key is that of the public one."""
    public = keys.current(on(0)).public
    private = keys.private(key_id(public))
    assert private is not None
    assert hybrid.open_sealed(hybrid.seal(b"roster", public, b"info"), private, b"info") == (
        b"roster"
    )


def test_no_key_follows_one_that_nobody_knows(keys: InboxKeys) -> None:
    """A terminal without any way to the centre keeps one key, a year long."""
    first = keys.current(on(0))
    assert keys.current(on(365)) == first


def test_old_key_is_destroyed(keys: InboxKeys, tmp_path: Path) -> None:
    """Three months after the centre was seen to seal to the next one, and not before."""
    first = keys.current(on(0))
    known(keys, first, on(0))
    second = keys.current(on(31))
    keys.current(on(31 + KEPT_FOR.days))
    assert keys.private(key_id(first.public)) is not None
    known(keys, second, on(40))
    keys.current(on(39 + KEPT_FOR.days))
    assert keys.private(key_id(first.public)) is not None
    keys.current(on(40 + KEPT_FOR.days))
    assert keys.private(key_id(first.public)) is None
    assert not (tmp_path / "inbox-1.key").exists()
    assert InboxKeys(tmp_path).private(key_id(first.public)) is None


def test_poor_clock_neither_renews_nor_destroys(keys: InboxKeys) -> None:
    """A clock that is no more than a floor, or was typed in, decides nothing about keys."""
    first = keys.current(on(0))
    known(keys, first, on(0))
    for quality in (TimeQuality.FLOOR_ONLY, TimeQuality.ASSERTED):
        assert keys.current(on(400, quality)) == first
    second = keys.current(on(31))
    known(keys, second, on(31, TimeQuality.FLOOR_ONLY))
    keys.current(on(400))
    assert keys.private(key_id(first.public)) is not None


def test_restart_keeps_keys_and_dates(keys: InboxKeys, tmp_path: Path) -> None:
    """A terminal that is started again goes on with the same keys."""
    first = keys.current(on(0))
    known(keys, first, on(3))
    again = InboxKeys(tmp_path)
    assert again.dates() == keys.dates()
    assert again.current(on(29)) == first
    assert again.current(on(31)).generation == 2


def test_key_that_a_command_made_meanwhile(keys: InboxKeys, tmp_path: Path) -> None:
    """A running service opens what is sealed to it, and takes it for no sign of a lost folder."""
    known(keys, keys.current(on(0)), on(0))
    made = InboxKeys(tmp_path).current(on(LIFE.days))
    assert made.generation == 2
    assert keys.private(key_id(made.public)) is not None
    known(keys, made, on(LIFE.days))
    assert keys.current(on(LIFE.days)) == made


def test_key_before_its_time(keys: InboxKeys) -> None:
    """The office may ask for another key; the same command twice makes one."""
    first = keys.current(on(0))
    for _ in range(2):
        assert keys.renew(key_id(first.public), on(1)).generation == 2


@pytest.mark.parametrize("text", ["", "[]", '{"1": {}}', '{"x": {"made": null, "known": null}}'])
def test_damaged_dates(keys: InboxKeys, tmp_path: Path, text: str) -> None:
    """Keys without dates still open, and begin to count anew."""
    first = keys.current(on(0))
    (tmp_path / INDEX_FILE).write_text(text, encoding="utf-8")
    again = InboxKeys(tmp_path)
    assert again.current(on(10)) == first
    known(again, first, on(10))
    assert again.current(on(39)) == first
    assert again.current(on(41)).generation == 2


def test_half_erased_key_is_none(keys: InboxKeys, tmp_path: Path) -> None:
    """What a power cut leaves of a key being erased is no key."""
    first = keys.current(on(0))
    (tmp_path / "inbox-1.key").write_bytes(bytes(hybrid.SEED_SIZE))
    again = InboxKeys(tmp_path)
    assert again.private(key_id(first.public)) is None
    assert again.current(on(1)).generation == 2


def test_folder_that_was_lost(tmp_path: Path) -> None:
    """Where the centre seals to a key that is not here, another is made that counts from there."""
    keys = InboxKeys(tmp_path)
    assert keys.current(on(0)).generation == 1
    assert not keys.centre_seals_to(7, "inbox-0123456789abcdef", on(0))
    assert keys.current(on(0)).generation == 8


def test_old_answer_changes_nothing(keys: InboxKeys) -> None:
    """An answer of long ago names a key that is destroyed: nothing is made for it."""
    first = keys.current(on(0))
    known(keys, first, on(0))
    second = keys.current(on(31))
    assert not keys.centre_seals_to(1, "inbox-0123456789abcdef", on(32))
    assert keys.current(on(32)) == second
