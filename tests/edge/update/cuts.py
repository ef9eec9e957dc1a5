"""Pulls the plug at the end of each step of an update, and inside the way back, and looks.

A program of its own: it forks, which a test process with threads must not. Usage: steps|carry WORK.
Prints how many plugs were pulled; fails where a promise was broken.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from edge.log.chain import verify_file
from edge.update.install import Step
from edge.update.keep import carry_back, keep
from edge.update.places import PROGRAM, Software
from edge.update.trees import running_tree
from tests.edge.log.made import START
from tests.edge.repository.cuts import CUT, Counter
from tests.edge.update.made import BASE, LATER, Inline, begun, events, installer, package

PREPARED = "1.0.1"
"""A version before, which migrates nothing: what is left for LATER lies in a tree too."""


def _died(act: Callable[[], object]) -> bool:
    """Run an act in a process of its own; whether it was killed, or cut."""
    child = os.fork()
    if child == 0:
        act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, CUT, -signal.SIGKILL):
        raise SystemExit(f"the process that was to be killed ended with {code}")
    return code != 0


def _kill_at(step: Step) -> Callable[[Step], None]:
    def at_end(done: Step) -> None:
        if done is step:
            os.kill(os.getpid(), signal.SIGKILL)

    return at_end


def _require(fact: bool, what: str) -> None:
    if not fact:
        raise SystemExit(what)


def _whole(host: Inline, where: str) -> None:
    """Require one whole version that runs, on a whole log in which nothing is missing."""
    version = running_tree(host.software)
    if version is not None:
        said = (host.software.tree(version) / PROGRAM / "version").read_text()
        _require(said == version, f"{where}: the tree of {version} is {said}")
    _require(host.fault is None, f"{where}: recording is locked: {host.fault}")
    noted = host.noted.read_text().split()
    there = {row[9].hex() for row in events(host.state / "log.sqlite") if isinstance(row[9], bytes)}
    _require(set(noted) <= there, f"{where}: an event is lost")


def _on_again(host: Inline, where: str) -> None:
    """Let the machine start, as systemd does it: the hook, the terminal, then root's part."""
    for _ in range(2):
        installer(host).settle()
        host.start()
        _whole(host, where)
        installer(host).resume()
        _require(not host.software.journal.exists(), f"{where}: it has no end")
        host.stop()


def steps(work: Path) -> int:
    """Kill at the end of every step, on the way to a good version and to a bad one."""
    pulled = 0
    prepared = work / "prepared"
    prepared.mkdir()
    host = Inline(*begun(prepared))
    host.start()
    installer(host).install(package(prepared, PREPARED), PREPARED)
    later = package(work, LATER)
    for sick in ((), (LATER,)):
        reached = set()
        for step in Step:
            place = Path(shutil.copytree(prepared, work / f"{step}-{len(sick)}", symlinks=True))
            host = Inline(place / "state", Software(place / "software"), sick=sick)

            def go(host: Inline = host, step: Step = step) -> None:
                host.start()
                installer(host, _kill_at(step)).install(later, LATER)

            if _died(go):
                reached.add(step)
                _on_again(host, f"killed after {step}")
                ended = running_tree(host.software)
                _require(ended in ((PREPARED,) if sick else (PREPARED, LATER)), f"{step}: {ended}")
            shutil.rmtree(place)
        way = set(Step) - ({Step.RECORDED, Step.ENDED} if sick else _BACK)
        _require(reached == way, f"not reached: {way - reached}")
        pulled += len(reached)
    return pulled


_BACK = {
    Step.LEAVING, Step.LEFT, Step.CARRIED, Step.SWITCHED_BACK, Step.RETURN_RECORDED, Step.RETURNED,
}  # fmt: skip


def carry(work: Path) -> int:
    """Cut before every file operation of the way back of a migrated log."""
    state, software = begun(work)
    host = Inline(state, software)
    host.start()
    keep(state, START)
    (software.tree(LATER) / PROGRAM).mkdir(parents=True)
    software.current.symlink_to(f"versions/{LATER}")
    host.start()
    before = events(state / "log.sqlite")
    at = 0
    while True:
        place = Path(shutil.copytree(work / "state", work / f"cut-{at}" / "state"))

        def cut(place: Path = place, at: int = at) -> None:
            counter = Counter(str(place), at)
            sys.addaudithook(counter.audit)
            sys.setprofile(counter.profile)
            carry_back(place)
            sys.setprofile(None)

        died = _died(cut)
        _require((place / "log.sqlite").exists(), f"cut at {at}: there is no log")
        carried = carry_back(place)
        _require(all(one.whole for one in carried), f"cut at {at}: a copy was needed")
        _require(events(place / "log.sqlite") == before, f"cut at {at}: an event is lost")
        _require(verify_file(place / "log.sqlite").ok, f"cut at {at}: the log is not whole")
        shutil.rmtree(place.parent)
        if not died:
            return at
        at += 1


if __name__ == "__main__":
    if BASE >= LATER:
        raise SystemExit("the base comes first")
    print({"steps": steps, "carry": carry}[sys.argv[1]](Path(sys.argv[2])))  # noqa: T201 -- a program
