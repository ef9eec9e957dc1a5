"""Asking the centre for what is new in the inbox, and what its answer begins with.

Lives here: the call and the head of the answer, the same by the network and on a stick. Not here:
the messages (`take_inbox`), sending (`fetch_inbox`), the forms (`edge.wire.inbox_call`).
"""

from __future__ import annotations

import os
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import InboxNotKept
from edge.sync.inbox import Inbox, InboxState
from edge.wire.event import timestamp
from edge.wire.inbox_call import NONCE_SIZE, Call, Head, open_head, sign_call
from verify.errors import BadSignature
from verify.moment import Moment


def make_call(
    inbox: InboxState,
    key: ec.EllipticCurvePrivateKey,
    certificate: bytes,
    at: Moment,
    rng: Callable[[int], bytes] = os.urandom,
) -> tuple[str, bytes]:
    """Return the call that asks for what is new, signed by the terminal's key, and its nonce.

    By the network it is a request; on a stick it is a file. Raises InboxNotKept.
    """
    row = inbox.store.row()
    nonce = rng(NONCE_SIZE)
    try:
        announced = inbox.keys.current(at)
    except OSError as error:
        raise _key_not_kept() from error
    call = Call(
        terminal=inbox.terminal,
        high_water=row.high_water,
        highest=row.highest,
        gaps=row.gaps,
        set_aside=row.set_aside,
        nonce=nonce,
        at=timestamp(at.at),
        key=announced,
    )
    return sign_call(call, key, certificate), nonce


def take_head(compact: str, inbox: Inbox, at: Moment, nonce: bytes | None = None) -> Head:
    """Take note of what the centre gave out last and of the key that it seals to.

    `nonce`: of the call that this must answer; None for one that came on a stick, where an older
    one only says less. Raises WireMalformed, verify.errors.VerifyError, InboxNotKept.
    """
    head = open_head(compact, inbox.centre)
    if head.terminal != inbox.terminal or nonce not in (None, head.nonce):
        raise BadSignature(
            "The answer is another terminal's, or to an earlier question.",
            next_step="Check the centre's address; it is asked again by itself.",
        )
    inbox.store.given_out(head.last)
    try:
        inbox.keys.centre_seals_to(head.generation, head.kid, at)
    except OSError as error:
        raise _key_not_kept() from error
    return head


def _key_not_kept() -> InboxNotKept:
    return InboxNotKept(
        "The inbox key cannot be kept on this disk.",
        next_step="Free space on the disk, or replace it.",
    )
