"""Fixtures for every area: the vectors, and the virtual card reader for real PC/SC."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PosixPath
from typing import TYPE_CHECKING, Any, Self

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings

from edge.web.later import LateRule
from provisioning.virtual_reader import (
    VPCD_HOST,
    VPCD_PORT,
    VirtualReader,
    missing,
    pcscd_runs,
)
from tests.templates import CompiledTemplates
from tests.wide import is_wide

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A slow machine is no failure of the promise: speed is the bench's business.
settings.register_profile(
    "tramthe", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("tramthe")

# A shell has what it starts in the background ignore Ctrl-C, and children take that over: those of
# the tests, which press it, would not hear it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# A terminal and a centre make one application and compile its pages and addresses once; the tests
# make one each. (A terminal's addresses are of this class anyway; `test_later` holds it to the
# library's own.)
Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}
Flask.url_rule_class = LateRule

PATIENCE = 20_000  # milliseconds that a page may take before a test fails
LOCK = Path(tempfile.gettempdir()) / "tramthe-virtual-reader.lock"


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in its own hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of the one virtual reader on one worker, where others would wait for it."""
    for item in items:
        if is_wide(item.nodeid):
            item.add_marker(pytest.mark.wide)
        if item.get_closest_marker("card") is not None:
            item.add_marker(pytest.mark.xdist_group("virtual-reader"))


class Vectors(PosixPath):
    """The folder of vectors: what is asked of it and absent skips the test, and says so."""

    def __truediv__(self, name: str | os.PathLike[str]) -> Self:
        inside = super().__truediv__(name)
        if not inside.exists():
            pytest.skip(f"no vectors: {inside} is absent (TRAMTHE_VECTORS names the folder)")
        return inside


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Return the folder of vectors, or skip where it is absent."""
    default = Path(__file__).resolve().parents[2] / "shared" / "vectors"
    folder = Path(os.environ.get("TRAMTHE_VECTORS", default))
    if not folder.is_dir():
        pytest.skip(f"no vectors: {folder} is absent (TRAMTHE_VECTORS names the folder)")
    return Vectors(folder)


@pytest.fixture(scope="session")
def transcript(vectors: Path) -> Callable[[str], dict[str, Any]]:
    """Return a reader of the published APDU recordings by name."""

    def load(name: str) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((vectors / "transcripts" / f"{name}.json").read_bytes())
        return loaded

    return load


@pytest.fixture(scope="session")
def _reader_lock() -> Iterator[None]:
    """Hold the machine's one virtual reader against other test processes, to the session's end."""
    with LOCK.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def _virtual_reader(_reader_lock: None) -> Iterator[tuple[VirtualReader, bool]]:
    """Start pcscd unless one answers; tell whether it is ours, and stop only what is."""
    ours = not pcscd_runs()
    why = missing() if ours else None
    if why is not None:
        pytest.fail(f"no virtual card reader: {why} (run .ci/setup dev)")
    virtual = VirtualReader()
    virtual.start()
    yield virtual, ours
    virtual.stop()


@pytest.fixture(scope="session")
def virtual_reader(_virtual_reader: tuple[VirtualReader, bool]) -> tuple[str, int]:
    """Host and port at which a software card is laid on the running virtual reader."""
    return VPCD_HOST, VPCD_PORT


@pytest.fixture
def own_pcscd(_virtual_reader: tuple[VirtualReader, bool]) -> Iterator[VirtualReader]:
    """Give the service itself to tests that stop and start it; it runs again afterwards."""
    virtual, ours = _virtual_reader
    if not ours:
        pytest.skip("pcscd runs already, and what others use is not stopped for a test")
    yield virtual
    if not pcscd_runs():
        virtual.start()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium, one for all tests of a process: Playwright takes no second."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is not installed; run .ci/setup dev")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGS)
        yield browser
        browser.close()
