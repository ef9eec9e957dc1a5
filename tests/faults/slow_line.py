"""A terminal with a backlog comes home over a line of 64 kbit/s, 800 ms each way, 5 % lost.

    unshare --net --mount python -m tests.faults.slow_line FOLDER EVENTS

The terminal runs in a network namespace of its own; between it and the namespace of nginx and the
centre there is nothing but this line. What `tc netem` does in the kernel is done here to each IP
packet, between two tun devices, because not every kernel has netem: packets wait for their turn at
the line's rate in a queue of LIMIT, some are lost, the rest arrive DELAY later. TCP and TLS are the
kernel's and the product's own. Prints what it came to, as a line of JSON.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from provisioning.cli.common import office_time
from tests.faults.front import Front
from tests.faults.ledger import Ledger
from tests.faults.office import DAY, Terminal
from tests.torture.draw import Draw

RATE = 64_000 // 8  # bytes a second, each way
DELAY = 0.8  # seconds, each way
LOSS = 5  # per cent of the packets, each way
LIMIT = 50  # packets that wait for their turn
HERE, THERE = "10.77.0.1", "10.77.0.2"
_TUNSETIFF, _TUN_NO_INFO = 0x400454CA, 0x1001
_MTU = 1500


class OneWay:
    """One direction of the line."""

    def __init__(self, source: int, target: int, seed: str) -> None:
        self._source, self._target = source, target
        self._draw = Draw(seed)
        self._free = 0.0
        self._flying: deque[tuple[float, bytes]] = deque()
        self._leaving: deque[float] = deque()
        self.sent = self.lost = self.bytes = 0

    def run(self, stop: threading.Event) -> None:
        """Carry packets until told to stop."""
        while not stop.is_set():
            now = time.monotonic()
            while self._flying and self._flying[0][0] <= now:
                os.write(self._target, self._flying.popleft()[1])
            wait = min(0.2, self._flying[0][0] - now) if self._flying else 0.2
            if select.select([self._source], [], [], max(0.0, wait))[0]:
                self._take(os.read(self._source, 2 * _MTU))

    def _take(self, packet: bytes) -> None:
        now = time.monotonic()
        self.sent += 1
        while self._leaving and self._leaving[0] <= now:
            self._leaving.popleft()
        if len(self._leaving) >= LIMIT or self._draw.below(100) < LOSS:
            self.lost += 1
            return
        self._free = max(now, self._free) + len(packet) / RATE
        self._leaving.append(self._free)
        self._flying.append((self._free + DELAY, packet))
        self.bytes += len(packet)


def device(name: str) -> int:
    """Make a tun device and return its handle."""
    handle = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(handle, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _TUN_NO_INFO))
    return handle


def ip(*words: str, inside: Sequence[str] = ()) -> None:
    """Run the `ip` command."""
    subprocess.run([*inside, "ip", *words], check=True)


def main() -> None:
    """Bring a backlog home."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    now = office_time()
    with ExitStack() as stack:
        holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        stack.callback(holder.wait)
        stack.callback(holder.kill)
        near, far = device("near"), device("far")
        until_apart(holder.pid)
        inside = ["nsenter", "-t", str(holder.pid), "-n"]
        ip("link", "set", "lo", "up")
        ip("link", "set", "far", "netns", str(holder.pid))
        ip("addr", "add", HERE, "peer", THERE, "dev", "near")
        ip("link", "set", "near", "up")
        ip("addr", "add", THERE, "peer", HERE, "dev", "far", inside=inside)
        ip("link", "set", "far", "up", inside=inside)
        ways = [OneWay(near, far, "down"), OneWay(far, near, "up")]
        stop = threading.Event()
        for way in ways:
            thread = threading.Thread(target=way.run, args=(stop,))
            thread.start()
            stack.callback(thread.join)
        stack.callback(stop.set)
        front = Front(folder, f"sqlite:///{folder / 'centre.sqlite'}", HERE)
        front.start(now - DAY, now + DAY)
        stack.callback(front.stop)
        front.office.start()
        stack.callback(front.office.kill)
        front.wait_socket()
        ledger = Ledger(folder / "ledger")
        prefix = [*inside, *(front.finding() or ())]
        terminal = Terminal(
            front.office.enrol("TT-0001", roots=front.roots), front.url, ledger, 5.0, prefix
        )
        stack.callback(terminal.kill)
        terminal.start().tap(count)
        begun = time.monotonic()
        terminal.loop()
        terminal.comes_home(600.0)
        seconds = time.monotonic() - begun
        held = ledger.compare(front.office.database)
        down, up = ways
        figures = {
            "events": held, "seconds": round(seconds, 1), "bytes up": up.bytes,
            "bytes down": down.bytes, "packets": up.sent + down.sent, "lost": up.lost + down.lost,
        }  # fmt: skip
        sys.stdout.write(json.dumps(figures) + "\n")


def until_apart(pid: int) -> None:
    """Return once a process has a network namespace of its own."""
    ours = os.readlink("/proc/self/ns/net")
    while os.readlink(f"/proc/{pid}/ns/net") == ours:
        time.sleep(0.01)


if __name__ == "__main__":
    main()
