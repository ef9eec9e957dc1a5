"""Run in a network of its own: who may come to the door, by the address that they come from.

`python -m tests.provisioning.counter.from_outside FOLDER SITE PORT ROOT HOST ADDRESS...` prints the
status that nginx answers to each address, as JSON.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.provisioning.nginx_run import WITHIN, nginx


def status(address: str, port: int, root: Path, host: str) -> int:
    """Come from an address of this machine to the door, at that same address."""
    context = ssl.create_default_context(cafile=str(root))
    raw = socket.create_connection((address, port), WITHIN, source_address=(address, 0))
    connection = http.client.HTTPConnection("unused", timeout=WITHIN)
    connection.sock = context.wrap_socket(raw, server_hostname=host)
    with closing(connection):
        connection.request("GET", "/thu-tuc", headers={"Host": f"{host}:{port}"})
        return connection.getresponse().status


def main(folder: Path, site: Path, port: int, root: Path, host: str, *addresses: str) -> None:
    """Give loopback these addresses, and ask from each."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for one in addresses:
        subprocess.run(["ip", "address", "add", f"{one}/32", "dev", "lo"], check=True)
    with nginx(folder, site, port):
        print(json.dumps({one: status(one, port, root, host) for one in addresses}))  # noqa: T201


if __name__ == "__main__":
    given = sys.argv[1:]
    main(Path(given[0]), Path(given[1]), int(given[2]), Path(given[3]), *given[4:])
