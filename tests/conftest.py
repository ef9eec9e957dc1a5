"""Fixtures for every area: the virtual card reader, shared by whoever needs real PC/SC."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from provisioning.errors import DemoFailed
from provisioning.virtual_reader import (
    VPCD_HOST,
    VPCD_PORT,
    VirtualReader,
    missing,
    pcscd_runs,
)
from reader.errors import PcscUnavailable

# A slow machine is no failure of the promise: speed is the bench's business.
settings.register_profile(
    "tramthe", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("tramthe")

LOCK = Path(tempfile.gettempdir()) / "tramthe-virtual-reader.lock"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of the one virtual reader on one worker, where others would wait for it."""
    for item in items:
        if item.get_closest_marker("card") is not None:
            item.add_marker(pytest.mark.xdist_group("virtual-reader"))


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
        pytest.skip(f"no virtual card reader: {why}")
    virtual = VirtualReader()
    try:
        virtual.start()
    except (DemoFailed, PcscUnavailable) as error:
        pytest.skip(f"no virtual card reader: {error.message}")
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
        pytest.skip("the running pcscd is not ours to stop")
    yield virtual
    if not pcscd_runs():
        virtual.start()
