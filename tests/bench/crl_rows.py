"""Rows `crl-…`: taking over and asking revocation lists of up to 5.4 million entries.

Lives here: what is measured. Not here: the lists (`crl_stock`), turns and clocks (`measure`).
Every import goes through `ListStore.import_list` with `verify.lists.TrustAuthority`: form, rules,
every entry, signature, copy, index, fsync, state file, on the disk that holds `build`.
"""

from __future__ import annotations

import atexit
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path

from crl.rules import ListKey
from crl.status import Purpose, ReasonCode, Status
from crl.store import ListStore
from provisioning.office.signed_list import Facts, write_list
from tests.bench import crl_stock
from tests.bench.crl_stock import AT, DAY, NUMBER, SCOPE, Recipe, Signer
from tests.bench.measure import MILLISECONDS, Row, compare, cpu_time
from verify.lists import TrustAuthority

GOAL = 0.25
SMALL = 1_000
LINEAR = 108_000
LARGE = 5_400_000
ROUNDS = {SMALL: 15, LINEAR: 9, 1_000_000: 5, LARGE: 3}
MEMORY = 64.0  # MB
INDEX = 50.0  # MB
LOOK_UP = 10.0  # microseconds
DELTA = 0.01
CHANGES = 500  # entries of the delta
ASKED = 100_000  # serials
FRESH = timedelta(days=10)

_INGEST = (
    "ListStore.import_list of {what}, {sign}: every entry and the signature checked, list and "
    "index written and synced, in force / `openssl crl -verify -noout` of the same file, CPU of "
    "the child process."
)
_FORMS = {
    "plain": "{count:,} entries (serials of 16 octets, reason codes, ascending)",
    "mixed": "{count:,} entries (serials of 8 to 20 octets, reason codes, ascending)",
    "shuffled": "{count:,} entries (serials of 8 to 20 octets, 3 of 10 without a reason, no order)",
}


@cache
def _folder(build: Path) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="crl-bench-", dir=build))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _made(build: Path, recipe: Recipe, rsa: bool) -> tuple[Path, Signer]:
    """Return a list's file and its signer; beside it the signer's certificate for openssl."""
    signer = crl_stock.rsa_3072() if rsa else crl_stock.p256()
    path = _folder(build) / f"{recipe.count}-{recipe.form}-{rsa}.crl"
    recipe.write(path, signer)
    path.with_suffix(".pem").write_bytes(signer.pem())
    path.with_suffix(".cer").write_bytes(signer.certificate)
    return path, signer


def _import(folder: Path, file: Path, signer: Signer) -> ListStore:
    store = ListStore(folder)
    store.import_list(file, Purpose.CARD_STATUS, TrustAuthority(signer.trust()), AT, SCOPE)
    return store


@cache
def _held(build: Path) -> tuple[ListStore, ListKey, float]:
    """Return a store with the largest list, its key, and the CPU that taking it over cost."""
    file, signer = _made(build, Recipe(LARGE), False)
    folder = _folder(build) / "held"
    cost = cpu_time(lambda: _import(folder, file, signer))
    store = ListStore(folder)
    (key,) = store.keys()
    return store, key, cost


def _ours(build: Path, file: Path, signer: Signer) -> float:
    with tempfile.TemporaryDirectory(dir=_folder(build)) as folder:
        return cpu_time(lambda: _import(Path(folder) / "lists", file, signer))


def _openssl(file: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    pem = str(file.with_suffix(".pem"))
    arguments = ["-inform", "DER", "-in", str(file), "-CAfile", pem, "-noout"]
    done = subprocess.run(
        ["openssl", "crl", "-verify", *arguments], capture_output=True, check=True
    )
    if b"verify OK" not in done.stderr + done.stdout:
        raise RuntimeError("openssl does not verify the list")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _ingest(name: str, recipe: Recipe, rsa: bool, build: Path) -> Row:
    file, signer = _made(build, recipe, rsa)
    what = _FORMS[recipe.form].format(count=recipe.count)
    return compare(
        name,
        _INGEST.format(what=what, sign="RSA 3072" if rsa else "P-256"),
        measured=lambda: _ours(build, file, signer),
        reference=lambda: _openssl(file),
        rounds=ROUNDS[recipe.count],
        goal=None if recipe.count < LINEAR else GOAL,
    )


def _flat(build: Path) -> Row:
    small, large = (_made(build, Recipe(count), False) for count in (LINEAR, LARGE))
    row = compare(
        "crl-flat",
        f"CPU for one entry of taking over {LARGE:,} / of taking over {LINEAR:,}.",
        measured=lambda: _ours(build, *large) / LARGE * 1e9,
        reference=lambda: _ours(build, *small) / LINEAR * 1e9,
        rounds=ROUNDS[LARGE],
        goal=1.2,
    )
    return replace(
        row, unit="ns CPU", figure=row.figure / MILLISECONDS, reference=row.reference / MILLISECONDS
    )


def _memory(build: Path) -> Row:
    file, _ = _made(build, Recipe(LARGE), False)
    with tempfile.TemporaryDirectory(dir=_folder(build)) as folder:
        arguments = [str(file), str(file.with_suffix(".cer")), f"{folder}/lists", str(LARGE)]
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.crl_child", *arguments],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(build.parent)},
        )
    return _against_limit(
        "crl-rss-5400000",
        f"Peak of resident memory of a process that takes over {LARGE:,} entries and asks for "
        "1,000 of them, the interpreter and all imports included / the limit.",
        int(done.stdout) / 1e6,
        MEMORY,
        "MB",
    )


def _index(build: Path) -> Row:
    _held(build)
    size = sum(path.stat().st_size for path in (_folder(build) / "held").glob("*.idx"))
    description = f"The index file of {LARGE:,} entries / the limit."
    return _against_limit("crl-index", description, size / 1e6, INDEX, "MB")


def _look_up(name: str, kinds: tuple[bool, ...], build: Path) -> Row:
    """Ask for serials spread over the list; each answer is compared with what was put on it."""
    store, key, _ = _held(build)
    recipe = Recipe(LARGE)
    step = LARGE // ASKED
    questions = [
        # One beside a serial on the list is none on it: serials lie 2^100 apart.
        (recipe.serial(index) + (not present), Status.REVOKED if present else Status.GOOD)
        for index in range(0, step * ASKED, step)
        for present in kinds
    ]
    wrong = 0

    def ask() -> None:
        nonlocal wrong
        for serial, expected in questions:
            wrong += store.lookup(key, serial, AT, FRESH).status is not expected

    ask()  # warm: the files are in the system's memory
    figure = cpu_time(ask) / len(questions) * 1e6
    if wrong:
        raise RuntimeError(f"{wrong} look-ups gave a wrong answer")
    kind = {True: f"{ASKED:,} serials on it, each found", False: f"{ASKED:,} beside, none found"}
    asked = ", ".join(kind[present] for present in kinds)
    return _against_limit(
        name,
        f"ListStore.lookup in a list of {LARGE:,} entries, warm, mean of {asked} / the limit.",
        figure,
        LOOK_UP,
        "µs CPU",
        goal=1.0 if len(kinds) > 1 else None,
    )


def _delta(build: Path) -> Row:
    """Lay deltas of 500 changes on the largest list: new entries, released ones, other reasons."""
    store, _, full = _held(build)
    _, signer = _made(build, Recipe(LARGE), False)
    recipe = Recipe(LARGE)
    file = _folder(build) / "delta.crl"
    number = NUMBER
    authority = TrustAuthority(signer.trust())
    kinds = (ReasonCode.REMOVE_FROM_CRL, ReasonCode.SUPERSEDED, ReasonCode.CERTIFICATE_HOLD)

    def lay() -> float:
        nonlocal number
        number += 1
        entries = [
            (recipe.serial(9973 * index) + index % 2, kinds[index % 3], AT)
            for index in range(CHANGES)
        ]
        with file.open("wb") as out:
            facts = Facts(number, AT, AT + 30 * DAY, SCOPE, base_number=NUMBER)
            write_list(out, signer.signer, facts, entries)
        return cpu_time(lambda: store.import_list(file, Purpose.CARD_STATUS, authority, AT, SCOPE))

    return compare(
        "crl-delta",
        f"Taking over a delta of {CHANGES} entries on {LARGE:,} / taking over those.",
        measured=lay,
        reference=lambda: full,
        rounds=15,
        goal=DELTA,
    )


def _against_limit(
    name: str,
    description: str,
    figure: float,
    limit: float,
    unit: str,
    goal: float | None = 1.0,
) -> Row:
    ratio = figure / limit
    return Row(
        name=name,
        description=description,
        figure=round(figure, 3),
        unit=unit,
        reference=limit,
        ratio=round(ratio, 3),
        goal=goal,
        spread=(round(ratio, 3), round(ratio, 3)),
        rounds=1,
    )


def _ingest_rows() -> dict[str, Callable[[Path], Row]]:
    chosen = [
        ("crl-ingest-1000", Recipe(SMALL), False),
        ("crl-ingest-108000", Recipe(LINEAR), False),
        ("crl-ingest-108000-rsa", Recipe(LINEAR), True),
        ("crl-ingest-108000-mixed", Recipe(LINEAR, "mixed"), False),
        ("crl-ingest-1000000", Recipe(1_000_000), False),
        ("crl-ingest-1000000-mixed", Recipe(1_000_000, "mixed"), False),
        ("crl-ingest-1000000-shuffled", Recipe(1_000_000, "shuffled"), False),
        ("crl-ingest-5400000", Recipe(LARGE), False),
        ("crl-ingest-5400000-mixed", Recipe(LARGE, "mixed"), True),
    ]
    return {name: partial(_ingest, name, recipe, rsa) for name, recipe, rsa in chosen}


ROWS: dict[str, Callable[[Path], Row]] = {
    **_ingest_rows(),
    "crl-flat": _flat,
    "crl-rss-5400000": _memory,
    "crl-index": _index,
    "crl-lookup": partial(_look_up, "crl-lookup", (True, False)),
    "crl-lookup-present": partial(_look_up, "crl-lookup-present", (True,)),
    "crl-lookup-absent": partial(_look_up, "crl-lookup-absent", (False,)),
    "crl-delta": _delta,
}
