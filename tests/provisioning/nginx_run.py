"""A real nginx with one of our sites, in a folder of its own, for as long as a block runs."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.tools import needed

WITHIN = 20.0  # seconds


@contextmanager
def nginx(folder: Path, site: Path, port: int) -> Iterator[None]:
    """Run nginx with `site`, which listens on `port` of loopback; its files lie in `folder`."""
    whole = folder / "nginx.conf"
    whole.write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log {folder}/access.log; client_body_temp_path {folder}/b;\n"
        f"proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;\n"
        f"uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; include {site}; }}\n"
    )
    # Its workers go on as root, as the test does: what they read lies in private folders.
    user = [] if os.geteuid() else ["-g", "user root;"]
    command = [needed("nginx"), "-p", str(folder), "-c", str(whole), *user]
    with (folder / "stderr.log").open("wb") as said:
        child = subprocess.Popen(command, stderr=said)
        try:
            _until(port, child, folder / "stderr.log")
            yield
        finally:
            child.terminate()
            child.wait(WITHIN)


def _until(port: int, child: subprocess.Popen[bytes], said: Path) -> None:
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert child.poll() is None, said.read_text()
            time.sleep(0.02)
        else:
            return
    raise AssertionError("nginx does not listen")


def until_socket(path: Path, child: subprocess.Popen[bytes], said: Path) -> None:
    """Return once something answers on a Unix socket; fail where its process ends before."""
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(path))
        except OSError:
            assert child.poll() is None, said.read_text()
            time.sleep(0.02)
        else:
            return
    raise AssertionError("nothing listens on the socket")
