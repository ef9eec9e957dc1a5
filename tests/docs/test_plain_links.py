"""How epochs follow each other: the plain centre and ours say the same of the same segments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from edge.wire.event import genesis
from edge.wire.kinds import EventKind
from provisioning.centre.epoch_links import catch_up
from provisioning.centre.lineage import GRACE
from provisioning.conformance.identity import Identity, enrol
from provisioning.conformance.run import Run
from tests.docs.plain_centre import PlainCentre
from tests.edge.log.made import START
from tests.provisioning.centre.made import KID, Centre
from tests.provisioning.centre.test_lineage import unlinked

SECOND = timedelta(seconds=1)
STRANGE = bytes(range(32))


class Both:
    """Our centre and the plain one, and a terminal that both know."""

    def __init__(self, folder: Path) -> None:
        self.ours = Centre(f"sqlite:///{folder / 'ours.db'}")
        key = self.ours.sign_key
        self.plain = PlainCentre(folder / "plain.db", [self.ours.ca.x509], key, KID, START)
        self.who: Identity = enrol(self.ours.ca, "99-0417", START, days=400)
        self._numbers = count(1)

    def run(self, prev: bytes | None = None) -> Run:
        """Return an epoch from nothing, or one that says that it follows something."""
        epoch = f"{next(self._numbers):032x}"
        made = Run.make(self.who, epoch, 3, START)
        begun = {"kind": EventKind.EPOCH_BEGUN, "reason": "RESTORED", "prev": prev}
        return made if prev is None else made.rechained({1: begun})

    def bring(self, *runs: Run) -> None:
        """Let runs arrive at both, a second apart."""
        for run in runs:
            compact = run.signed(1, 3)
            self.plain.take(compact, None)
            assert self.ours.post(compact)[0] == 200
            self.wait(SECOND)

    def wait(self, span: timedelta) -> None:
        """Let time pass at both."""
        self.ours.now += span
        self.plain.now = self.ours.now

    def said(self) -> set[str]:
        """Return the epochs that follow nothing, of which both say so."""
        while catch_up(self.ours.store.database, self.ours.now):
            pass
        ours = {one.epoch for one in unlinked(self.ours) if one.epoch is not None}
        assert ours == {epoch for _, epoch in self.plain.unlinked()}
        return ours


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    """Return the two."""
    made = Both(tmp_path)
    yield made
    made.ours.store.close()
    made.plain.db.close()


def test_good_line(both: Both) -> None:
    """From one to the next, by events and by genesis hashes, in any order of arrival."""
    root = both.run()
    second = both.run(root.hash_of(2))
    third = both.run(genesis(both.who.terminal, second.epoch))
    fourth = both.run(genesis(both.who.terminal, third.epoch))
    both.bring(fourth, third, root, second)
    assert both.said() == set()
    both.wait(GRACE)
    assert both.said() == set()


def test_nothing_before_it(both: Both) -> None:
    """A strange hash after its time; a second beginning and one from itself at once."""
    root, again = both.run(), both.run()
    strange = both.run(STRANGE)
    itself = both.run(STRANGE)
    itself = both.run(genesis(both.who.terminal, f"{int(itself.epoch, 16) + 1:032x}"))
    both.bring(root, again, strange, itself)
    assert both.said() == {again.epoch, itself.epoch}
    both.wait(GRACE)
    assert both.said() == {again.epoch, itself.epoch, strange.epoch}


def test_ring(both: Both) -> None:
    """Two that name each other, and one that hangs on them."""
    one = both.run(genesis(both.who.terminal, f"{2:032x}"))
    two = both.run(genesis(both.who.terminal, one.epoch))
    behind = both.run(genesis(both.who.terminal, two.epoch))
    both.bring(both.run(), one, two, behind)
    both.wait(GRACE)
    assert both.said() == {one.epoch, two.epoch, behind.epoch}


def test_copy_and_latecomer(both: Both) -> None:
    """An event that was set aside counts; so does one that came late."""
    root = both.run()
    clone = root.rechained({3: {"reason": "CLONE"}})
    after = both.run(clone.hash_of(3))
    lost = both.run(root.hash_of(1))
    late = both.run(lost.hash_of(3))
    both.bring(root, clone, after, late)
    both.wait(GRACE)
    assert both.said() == {late.epoch}
    both.bring(lost)
    both.wait(GRACE)
    assert both.said() == set()
