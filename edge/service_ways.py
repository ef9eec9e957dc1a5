"""The ways out of a terminal: to the centre, to its inbox and questions, to the repository.

Lives here: making each of them of the configuration, or None where the terminal has no such way.
Not here: what goes that way (`edge.sync`, `edge.repository`, `edge.enrol`), when each is used
(`edge.service`).
"""

from __future__ import annotations

import logging
import secrets
import time
from typing import TYPE_CHECKING

from edge.config import Config
from edge.errors import (
    InboxNotKept,
)
from edge.identity import wiped
from edge.identity.place import place_of
from edge.layout import StateLayout
from edge.net.line import Line
from edge.net.tls import ClientCertificate, Tls
from edge.repository.follow import Follower
from edge.sync.centre_key import centre_key
from edge.sync.fetch_inbox import InboxFetch
from edge.sync.inbox import Inbox, InboxState
from edge.sync.inbox_acts import TerminalActs
from edge.sync.inbox_store import Row
from edge.sync.repeat import PassLoop, UplinkLoop, fraction
from edge.sync.report import Reporter
from edge.sync.support_out import SupportOut
from edge.sync.uplink import Uplink, UplinkResult, UplinkState

if TYPE_CHECKING:
    from edge.enrol.renewal import Renewal
    from edge.service import Service
    from edge.sync.farewell import Farewell

INBOX_EVERY = 12
"""The inbox is asked for once in so many of the longest pauses of the way to the centre: an hour
of the usual five minutes."""

log = logging.getLogger("tramthe.service")


def uplink(service: Service, config: Config) -> UplinkLoop | None:
    """Return the way to the centre, None for a terminal that has none."""
    key, identity = centre_key(service.holdings.trust), service.identity
    if config.centre is None or key is None or identity is None:
        return None
    uplink = Uplink(service.log, identity, service.line, config.centre, key)
    centre, support = config.centre, SupportOut(StateLayout(config.state).support, identity)
    reporter = Reporter(identity, service.line, centre, service.report)

    def passed(result: UplinkResult) -> None:
        service.synced_pass(result)
        if result.state is UplinkState.UP_TO_DATE:
            reporter.after_a_pass(service.clock.now())
            support.after_a_pass(service.line, centre, service.clock.now().at)
        if result.state not in (UplinkState.UNREACHABLE, UplinkState.BUSY):
            service.renew()

    return UplinkLoop(
        uplink,
        service.clock.now,
        passed,
        longest=float(config.sync_seconds),
        ended=service.line.close,
    )


def farewell(service: Service, config: Config, layout: StateLayout) -> Farewell | None:
    """Return what brings a wiped terminal's last word to the centre, None for any other."""
    word = None if config.centre is None else wiped.statement(layout.identity)
    if word is None or config.centre is None:
        return None
    from edge.sync.farewell import Farewell  # no other terminal needs it

    line = Line(Tls(config.centre_roots, None, lambda: service.clock.floor))
    return Farewell(word, line, config.centre, service.clock.now, line.close)


def follower(service: Service, config: Config, layout: StateLayout) -> Follower | None:
    """Return the way to the repository, None for a terminal that has none."""
    if config.repository is None:
        return None
    return Follower(
        config.repository,
        layout,
        service.holdings,
        service.clock,
        minutes=config.repository_minutes,
        ca_file=config.repository_roots,
        on_result=lambda _: service.looked(),
        choose=None if config.software is None else service.choose_version,
    )


def line(service: Service, config: Config) -> Line:
    """Return the one line to the centre, for the one thread that talks to it."""
    return Line(secured(service, config))


def secured(service: Service, config: Config) -> Tls:
    """Return how connections to the centre are secured, by the certificate that there is now."""
    pair = None if service.identity is None else service.identity.pair
    shown = None if pair is None else pair.shown
    client = None if pair is None or shown is None else ClientCertificate(shown, pair.key)
    return Tls(config.centre_roots, client, lambda: service.clock.floor)


def renewal(service: Service, config: Config) -> Renewal | None:
    """Return what renews the certificate, None for a terminal that has none, or no centre."""
    from edge.enrol.renewal import Centre, Renewal  # not at the start: once in a year or two

    identity = service.identity
    if config.centre is None or identity is None:
        return None
    return Renewal(
        StateLayout(config.state).identity,
        identity,
        Centre(
            config.centre,
            lambda: service.clock.floor,
            config.centre_roots,
            service.holdings.terminal_authorities,
        ),
        monotonic=time.monotonic,
        place=place_of(config),
        renewed=lambda: service.line.secure(secured(service, config)),
    )


def inbox(service: Service, layout: StateLayout) -> Inbox | None:
    """Return what the centre sends to this terminal alone, None before it can be sent anything."""
    key, identity = centre_key(service.holdings.trust), service.identity
    if key is None or identity is None:
        return None
    acts = TerminalActs(
        log=service.log,
        now=service.clock.now,
        centre=key,
        use_roster=service.take_roster,
        drop_roster=service.drop_roster,
        use_batch=service.take_batch,
        destroy=service.wipe,
        make_support=service.make_support,
    )
    return InboxState.of(identity, layout).acting(key, acts)


def inbox_row(inbox: Inbox | None) -> Row | None:
    """Return how far the inbox is, None where there is none or it cannot be read."""
    try:
        return None if inbox is None else inbox.store.row()
    except InboxNotKept as error:
        log.error("the inbox cannot be used: %s", error.message)
        return None


def inbox_fetch(service: Service, config: Config) -> InboxFetch | None:
    """Return the way to the inbox, None for a terminal that reaches no centre by network."""
    if config.centre is None or service.inbox is None or service.identity is None:
        return None
    return InboxFetch(
        service.inbox,
        service.identity,
        service.line,
        config.centre,
        every=config.sync_seconds * INBOX_EVERY,
        monotonic=time.monotonic,
        jitter=fraction,
    )


def questions(service: Service, config: Config) -> PassLoop | None:
    """Return what asks the centre for questions, None where no back office comes by that way."""
    inbox, identity = service.inbox, service.identity
    if not config.centre_questions or config.centre is None or inbox is None or identity is None:
        return None
    from edge.procedure.centre_questions import build  # not at the start: few terminals have it

    return build(
        identity,
        line(service, config),
        config.centre,
        inbox.centre,
        private=inbox.keys.private,
        desk=lambda: service.counter,
        now=service.clock.now,
        rng=secrets.token_bytes,
    )
