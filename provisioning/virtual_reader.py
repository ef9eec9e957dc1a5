"""A card reader without hardware: pcscd with vsmartcard-vpcd, started as a child if none runs.

Lives here: finding out what this machine can do, and the child's life. Not here: the software
card that goes into the reader (`softcard`), and reading (`reader.transport`).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

from provisioning.errors import DemoFailed
from reader.transport import list_readers

VPCD_HOST = "127.0.0.1"
VPCD_PORT = 35963
VPCD_SECOND_PORT = 35964
"""Where a card is laid on the second of vpcd's two readers."""
VPCD_READER = "Virtual PCD"
"""How vpcd's readers are named in PC/SC."""
PCSC_SOCKET = Path("/run/pcscd/pcscd.comm")
START_SECONDS = 10.0
STOP_SECONDS = 5.0


def missing() -> str | None:
    """Return why the virtual reader cannot be had here, None where it can (or runs already)."""
    if shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        return "pcscd is not installed"
    if not any(Path("/etc/reader.conf.d").glob("*vpcd*")):
        return "vsmartcard-vpcd is not installed"
    return None


def pcscd_runs() -> bool:
    """Return whether a pcscd answers on its socket."""
    probe = socket.socket(socket.AF_UNIX)
    probe.settimeout(1.0)
    try:
        probe.connect(str(PCSC_SOCKET))
    except OSError:
        return False
    finally:
        probe.close()
    return True


class VirtualReader:
    """The running virtual reader; as a context manager it stops what it started, nothing else.

    Raises DemoFailed from `start` where it cannot be had; the message says why.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Return the reader's PC/SC name once it is there."""
        if not pcscd_runs():
            why = missing()
            if why is not None:
                raise _unavailable(why)
            self._child = _spawn()
        deadline = time.monotonic() + START_SECONDS
        while True:
            names = [name for name in list_readers() if VPCD_READER in name]
            if names:
                return names[0]
            if self._child is not None and self._child.poll() is not None:
                raise _unavailable("pcscd ended by itself")
            if self._child is None or time.monotonic() > deadline:
                self.stop()
                raise _unavailable("a pcscd runs, but without the virtual reader")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop pcscd if this object started it; harmless when repeated."""
        child, self._child = self._child, None
        if child is None:
            return
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def kill(self) -> None:
        """End pcscd if this object started it, as a crash would: at once and untidily."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()

    def pause(self) -> None:
        """Let pcscd hang until `resume`, if this object started it."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused pcscd go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None:
            self._child.send_signal(number)

    def __enter__(self) -> VirtualReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _spawn() -> subprocess.Popen[bytes]:
    program = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise _unavailable("pcscd is not installed")
    PCSC_SOCKET.parent.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(  # noqa: S603 -- a fixed program
        [program, "--foreground"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _unavailable(why: str) -> DemoFailed:
    return DemoFailed(
        f"The virtual card reader cannot be had: {why}.",
        next_step="Install pcscd and vsmartcard-vpcd, or stop the other pcscd, and try again.",
    )
