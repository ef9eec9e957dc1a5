"""Killed while a list is taken over: what was in force stays in force, whole."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType

import pytest

from crl.status import Purpose, ReasonCode, Status
from crl.store import ListStore
from tests.crl.made import DELTA, NOW, SCOPE, Office, Recipe, entry, extension, integer
from tests.crl.test_delta import ask, numbers

MOST = 200
"""Steps that touch the disk; a list takes some thirty."""

TOUCHING = frozenset(
    ("write", "flush", "fsync", "replace", "unlink", "open", "mkdir", "close", "flock", "__exit__")
)
OLD = Recipe(scope=SCOPE, number=5, entries=[entry(n, ReasonCode.SUPERSEDED) for n in range(9, 60)])
NEW = replace(OLD, number=6, entries=[entry(n) for n in range(30, 90)])
DELTA_ON_OLD = Recipe(
    scope=SCOPE,
    number=6,
    entries=[entry(70), *(entry(n, ReasonCode.REMOVE_FROM_CRL) for n in range(9, 30))],
    extra=[extension(DELTA, integer(5), critical=True)],
)


def die_at(step: int, work: Callable[[], object]) -> bool:
    """Do the work in a child killed (-9) before its `step`th touch of the disk; True if it was."""
    child = os.fork()
    if child == 0:
        left = step

        def count(_frame: FrameType, event: str, called: object) -> None:
            nonlocal left
            if event == "c_call" and getattr(called, "__name__", "") in TOUCHING:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(count)
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _take(store: ListStore, data: bytes, office: Office) -> None:
    store.import_list(data, Purpose.CARD_STATUS, office, NOW, SCOPE)


@pytest.mark.parametrize("recipe", [NEW, DELTA_ON_OLD], ids=["complete", "delta"])
def test_killed_at_any_point_one_list_or_the_other_is_in_force(
    recipe: Recipe, office: Office, tmp_path: Path
) -> None:
    """At every step that touches the disk; and the list can be taken over afterwards."""
    data = office.sign(recipe)
    old = office.sign(OLD)
    seen: list[bool] = []
    for step in range(1, MOST):
        folder = tmp_path / str(step)
        _take(ListStore(folder), old, office)
        store = ListStore(folder)
        killed = die_at(step, partial(_take, store, data, office))
        for reopened in (store, ListStore(folder)):
            taken = numbers(reopened)[-1] == 6
            assert ask(reopened, 9).status is (Status.GOOD if taken else Status.REVOKED)
            assert ask(reopened, 35).status is Status.REVOKED
            assert ask(reopened, 70).status is (Status.REVOKED if taken else Status.GOOD)
        seen.append(taken)
        _take(store, data, office)
        assert ask(store, 70).status is Status.REVOKED
        assert not list(folder.glob("*.tmp"))
        if not killed:
            break
    assert not killed
    assert len(seen) > 15
    assert seen == sorted(seen), "once in force, it stays in force"


def test_killed_at_any_point_of_the_first_list_the_store_is_empty_or_has_it(
    office: Office, tmp_path: Path
) -> None:
    """A first start that was cut short is no damage."""
    data = office.sign(OLD)
    for step in range(1, MOST):
        store = ListStore(tmp_path / str(step))
        killed = die_at(step, partial(_take, store, data, office))
        assert ask(store, 9).status in (Status.NOT_COVERED, Status.REVOKED)
        _take(store, data, office)
        assert ask(store, 9).status is Status.REVOKED
        if not killed:
            break
    assert not killed
