"""Destroying the keys of contexts that are due: the act to the rule of `due`.

Each step can be repeated, and what a power cut interrupts is due again: an erased key file is
erased or full of zeros, never half a key; a context that was closed is closed.
"""

from __future__ import annotations

from edge.log.append import EventLog
from edge.log.due import Act, due
from edge.wire.kinds import CloseReason
from verify.moment import Moment


def destroy_due(log: EventLog, now: Moment) -> tuple[str, ...]:
    """Do what is due at `now` and return the contexts whose keys were destroyed.

    Where recording is locked, only keys of closed contexts go. Raises RecordingLocked, LogDamaged.
    """
    gone = []
    for context, act in due(log.contexts(), now):
        if act is not Act.DESTROY and log.fault is not None:
            continue
        match act:
            case Act.COUNT:
                log.count_age(context, now.at)
                continue
            case Act.CLOSE:
                log.close_context(context, now, reason=CloseReason.KEY_LOST)
                continue
            case Act.EXPIRE:
                log.close_context(context, now, reason=CloseReason.EXPIRED)
            case Act.DESTROY:
                pass
        log.destroy_key(context)
        gone.append(context)
    return tuple(gone)
