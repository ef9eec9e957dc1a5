"""Wiping this terminal by the office's order: the last thing that its key signs, then no key.

Lives here: the order of the steps. Not here: the forms (`edge.wire.wipe`), the files
(`edge.identity.wiped`), that the order is the centre's and for this terminal (`edge.sync`).
Source: DESIGN section 13. Without a secure element a flash medium may keep old blocks; what the
office can rely on is that the terminal's certificates are revoked.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edge.errors import ConfigInvalid
from edge.identity.key import TerminalIdentity
from edge.identity.wiped import wipe
from edge.log.append import EventLog
from edge.wire.event import timestamp
from edge.wire.wipe import Statement, sign_statement
from verify.moment import Moment

DESTROYED = ("terminal-key", "wrap-key", "inbox-keys", "people", "pairings", "roster-key")


def wipe_terminal(
    order: str,
    identity: TerminalIdentity,
    folder: Path,
    log: EventLog,
    at: Moment,
    drop_roster: Callable[[], None],
) -> None:
    """Sign what is destroyed, keep that, destroy the keys in `folder` and the roster's.

    The log's records stay, and nothing here opens them any more. Raises ConfigInvalid for a
    terminal without a certificate, OSError.
    """
    pair = identity.pair
    if pair.certificate is None:
        raise ConfigInvalid(
            "A terminal without a certificate cannot say that it was wiped.",
            next_step="Take the terminal to the office.",
        )
    head = log.head()
    said = Statement(
        terminal=identity.terminal_id,
        order=order,
        at=timestamp(at.at),
        quality=at.quality,
        epoch=log.epoch,
        seq=head.seq,
        destroyed=DESTROYED,
    )
    wipe(folder, sign_statement(said, pair.key, pair.certificate))
    with suppress(OSError):  # sealed under a key of the folder, which is gone
        drop_roster()
