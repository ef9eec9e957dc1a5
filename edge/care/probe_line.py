"""Questions over the network: to the centre, and to what answers on this machine.

Not here: what to make of the answers (`judge_terminal`).
"""

from __future__ import annotations

import json
import socket
import ssl
import time
from urllib.parse import urlsplit

from cryptography import x509

from edge.care.facts import CounterDoor, Exchange, Service
from edge.errors import CentreUnreachable, EdgeError
from edge.net.http import request
from edge.net.tls import Tls

DEADLINE = 8.0  # seconds; somebody waits
OWN_DEADLINE = 5.0
MAX_HEALTH = 4096  # bytes
MAX_STATUS = 256 * 1024
HEALTH, STATUS = "/v1/health", "/api/v1/status"


def centre(base: str, tls: Tls, deadline: float = DEADLINE) -> Exchange:
    """Ask the centre whether it is well."""
    started = time.monotonic()
    try:
        answer = request(
            "GET", base + HEALTH, None, deadline=deadline, max_bytes=MAX_HEALTH, tls=tls
        )
    except EdgeError as error:
        return Exchange(
            time.monotonic() - started,
            None,
            error.message,
            error.next_step,
            error.obstacle if isinstance(error, CentreUnreachable) else None,
        )
    return Exchange(time.monotonic() - started, answer.status)


def counter_door(value: str, deadline: float = OWN_DEADLINE) -> CounterDoor:
    """Ask nginx on this machine for the certificate that it shows under a Host value.

    It is looked at and not believed: the PC does that, which knows the root.
    """
    at = urlsplit(f"//{value}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("127.0.0.1", at.port or 443), timeout=deadline) as raw,
            context.wrap_socket(raw, server_hostname=at.hostname) as line,
        ):
            shown = x509.load_der_x509_certificate(line.getpeercert(binary_form=True) or b"")
    except (OSError, ValueError):
        return CounterDoor(value, None)
    return CounterDoor(value, shown.not_valid_after_utc)


def service(host: str, port: int, deadline: float = OWN_DEADLINE) -> Service:
    """Ask the running terminal how it is; a page of another program is no answer."""
    started = time.monotonic()
    try:
        answer = request(
            "GET",
            f"http://{host}:{port}{STATUS}",
            None,
            deadline=deadline,
            max_bytes=MAX_STATUS,
        )
        said = json.loads(answer.body)
    except (EdgeError, ValueError, RecursionError):
        return Service(answered=False, seconds=time.monotonic() - started)
    took = time.monotonic() - started
    if not isinstance(said, dict) or "locked" not in said:
        return Service(answered=False, seconds=took)
    locked = said["locked"]
    return Service(answered=True, seconds=took, locked=None if locked is None else str(locked))
