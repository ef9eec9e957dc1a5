"""The support bundle that the centre asked for: kept until the centre has it.

Lives here: one file, and sending it after a pass. Not here: its form (`edge.wire.support`), making
one (`edge.care.support`), the way to the centre (`way`). Only the newest waits: a later order makes
a bundle that says more. One that does not arrive is no failure: it goes with the next pass.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from edge.errors import CentreRefused, ConfigInvalid, EdgeError
from edge.files import replace_file
from edge.identity.key import TerminalIdentity
from edge.net.http import Http
from edge.sync.way import Way
from edge.wire.support import MAX_SUPPORT, seal_bundle

SUPPORT_PATH = "/v1/support"
MAX_ANSWER = 1024  # bytes

_log = logging.getLogger("tramthe.sync")


class SupportOut:
    """The bundle of one terminal that waits in `file`, if any."""

    def __init__(self, file: Path, identity: TerminalIdentity) -> None:
        self._file = file
        self._identity = identity

    def keep(self, archive: bytes, order: int, centre: tuple[str, bytes], at: datetime) -> None:
        """Seal a bundle to the centre's seal key (id, public key), and keep it until it is sent.

        Raises ConfigInvalid where the terminal has no certificate, WireMalformed, SealBroken,
        OSError.
        """
        identity = self._identity
        pair = identity.pair
        if pair.certificate is None:
            raise ConfigInvalid(
                "This terminal has no certificate yet.", next_step="Enrol the terminal first."
            )
        compact = seal_bundle(
            *(archive, identity.terminal_id, order, at),
            centre=centre,
            key=pair.key,
            certificate=pair.certificate,
        )
        replace_file(self._file, compact.encode())

    def after_a_pass(self, http: Http, centre_url: str, at: datetime) -> bool:
        """Send what waits; return whether the centre has it. Never raises.

        What the centre refuses is let go: the same again would be refused again.
        """
        compact = self._waiting()
        if compact is None:
            return False
        way = Way(http, centre_url, lambda: self._identity.pair)
        try:
            way.begin(at)
            way.ask("POST", SUPPORT_PATH, compact, max_bytes=MAX_ANSWER, at=at)
        except CentreRefused as error:
            _log.warning("support bundle: %s", error.message)
            self._drop()
            return False
        except EdgeError as error:
            _log.info("support bundle: %s", error.message)
            return False
        _log.info("the support bundle is at the centre")
        self._drop()
        return True

    def _waiting(self) -> bytes | None:
        try:
            with self._file.open("rb") as file:
                compact = file.read(MAX_SUPPORT + 1)
        except OSError:
            return None
        return compact if len(compact) <= MAX_SUPPORT else None

    def _drop(self) -> None:
        with suppress(OSError):
            self._file.unlink()
