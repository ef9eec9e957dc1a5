"""Asking root's helper for the access point, and keeping it for as long as the line is open.

Lives here: the line to `tramthe-access-point.socket` and its two words. Not here: what the helper
does (the script `access-point` of the package), when it is asked (`desk`).

The line is the whole agreement. A passphrase goes in, one word comes back, and the access point is
there until either side lets go: a terminal that was stopped, or killed, leaves no network behind.
The passphrase stands in no file of ours; NetworkManager has it below /run, for root alone.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Self

from edge.access_point import AccessPointFault

HELPER = Path("/run/tramthe-access-point.sock")
START_SECONDS = 60.0
"""How long the access point may take: scanning for a quiet channel is part of it."""
MAX_ANSWER = 256  # bytes
_UP = b"up "


class NotPutUp(Exception):
    """The access point is not there; `fault` says why, `again` whether it may be soon."""

    def __init__(self, fault: AccessPointFault, *, again: bool = False) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.again = again


class Line:
    """An open line to the helper. `let_go` may be called from any thread, at any moment."""

    def __init__(self, place: Path) -> None:
        """Connect. Raises NotPutUp."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(START_SECONDS)
            self._socket.connect(str(place))
        except OSError as error:
            self._socket.close()
            raise NotPutUp(AccessPointFault.HELPER_ABSENT) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def put_up(self, passphrase: str, octets: str) -> None:
        """Return once the network is on the air. Raises NotPutUp.

        `octets`: its name, as the helper's own file has it (`OwnWifi.octets`): a QR code with
        another name would lead phones elsewhere.
        """
        answer = b""
        try:
            self._socket.sendall(f"{passphrase}\n".encode())
            while not answer.endswith(b"\n") and len(answer) < MAX_ANSWER:
                more = self._socket.recv(MAX_ANSWER)
                if not more:
                    break
                answer += more
        except TimeoutError as error:
            raise NotPutUp(AccessPointFault.NOT_STARTED) from error
        except OSError as error:
            raise NotPutUp(AccessPointFault.NOT_STARTED, again=not answer) from error
        if not answer:  # the turn before is still being cleared away
            raise NotPutUp(AccessPointFault.NOT_STARTED, again=True)
        if not answer.startswith(_UP):
            raise NotPutUp(AccessPointFault.NOT_STARTED)
        if answer.removeprefix(_UP).strip() != octets.encode():
            raise NotPutUp(AccessPointFault.NAMED_OTHERWISE)

    def holds(self, seconds: float) -> bool:
        """Return after so long whether the helper holds its end; at once where it does not."""
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(1) != b""
        except TimeoutError:
            return True
        except OSError:
            return False

    def let_go(self) -> None:
        """End the access point; whoever waits on the line hears of it."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended already
