"""By which door a request came in, as nginx says it.

Lives here: the names that `nginx` writes and `app` reads. Behind a Unix socket that only nginx may
open, these headers are nginx's word: it sets each of them itself, whatever the caller sent.
"""

from __future__ import annotations

from enum import StrEnum, unique

DOOR_HEADER = "X-Tramthe-Door"
CERTIFICATE_HEADER = "X-Tramthe-Certificate"
"""The caller's certificate, PEM, URL-encoded (nginx's `$ssl_client_escaped_cert`)."""


@unique
class Door(StrEnum):
    """Which way a request took."""

    PLAIN = "plain"
    """No nginx before us: an office's own machine, the demonstration. Never said by a header."""
    MUTUAL = "mutual"
    """TLS with a client certificate of a terminal authority."""
    LAPSED = "lapsed"
    """TLS without a client certificate, for terminals whose certificate has run out, or whose key
    stays in a token that TLS cannot use: what they send speaks by its own signature."""
    ENROL = "enrol"
    """TLS without a client certificate, for terminals that have none yet: they show a claim."""
    BACK_OFFICE = "back-office"
    """TLS without a client certificate, for servers of back offices: they show a token."""
    OPERATOR = "operator"
    """TLS for people: pages, and nothing of the terminals."""
    SOCKET = "socket"
    """No nginx on the way: whoever may open the socket on this machine. Never said by a header."""


NAMED = {door.value: door for door in Door if door not in (Door.PLAIN, Door.SOCKET)}
"""The doors that nginx names."""
