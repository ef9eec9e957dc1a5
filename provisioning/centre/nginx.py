"""What nginx needs before the centre: a site that ends TLS and says by which door a request came.

Lives here: the text of that site, and the terminal authorities in the form that nginx reads. Not
here: what each door leads to (`door`, `app`), running nginx.
Source: ngx_http_ssl_module, ngx_http_limit_req_module, ngx_http_proxy_module.

Five names on one port, told apart by SNI:

    NAME             people: pages, no client certificate
    terminals.NAME   terminals: their certificate is asked for and checked here
    lapsed.NAME      terminals whose certificate has run out: nginx answers them 400 wherever it
                     asks for one, so here it does not; what they send speaks by its own signature.
                     So do those whose key stays in a token
    enrol.NAME       terminals that have no certificate yet: a claim speaks for them
    api.NAME         servers of back offices: a token speaks for each

What nginx refuses by itself it says in the centre's own form (`problem`).

Each header that the application believes is set here, whatever the caller sent; spellings with an
underscore, which WSGI could not tell from ours, are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge.wire import est
from edge.wire.segment import MAX_SEGMENT
from provisioning.centre.door import CERTIFICATE_HEADER, DOOR_HEADER, Door
from provisioning.centre.gate import RETRY_AFTER
from provisioning.centre.problem import BLANK, COME_AGAIN, MEDIA_TYPE, Kind, to_bytes
from provisioning.errors import OfficeInputInvalid
from provisioning.nginx import TLS, check_paths

SITE = "tramthe-centre.conf"
AUTHORITIES = "tramthe-terminal-ca.pem"
RATE = 20
"""What terminals send, a second from one address; a village's terminals share one."""
BURST = 100
ENROL_RATE = 2
"""Questions of enrolment, a second from one address: a claim is no password to be tried."""
ENROL_BURST = 100
"""A technician's box of terminals that are switched on together."""
KEPT = 30
"""Seconds that an unused connection stays: longer than a terminal keeps it, as 200,000 share us."""
_NEXT = "Nothing is lost: what waits stays where it is. Ask whoever runs the centre."
_PROBLEMS = (
    ("400 495 496 497", 400, "The request or the certificate of its connection is not taken."),
    ("404", 404, "There is nothing at this address."),
    ("408", 408, "The request did not come to its end in time."),
    ("413", 413, f"The body is larger than {MAX_SEGMENT} bytes."),
    ("429", 429, "Too many requests come from this address; come again later."),
    ("500 502 503 504", 503, "The centre behind this server does not answer."),
)
"""What nginx answers by itself: its codes, the status that is sent, and what it says."""
_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63})+")


@dataclass(frozen=True, slots=True)
class Site:
    """Where things are. OfficeInputInvalid for what would not stand safely in the file."""

    name: str
    """DNS name that people use; the certificate is for it and for the four names below it."""
    certificate: Path
    key: Path
    authorities: Path
    socket: Path
    port: int = 443

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise OfficeInputInvalid(
                f"{self.name} is not the full name of a host.",
                next_step="Give a name in small letters, such as centre.example.vn.",
            )
        check_paths(self.certificate, self.key, self.authorities, self.socket)


def bundle(anchors: Sequence[bytes]) -> bytes:
    """Return the terminal authorities' certificates (DER) as one PEM file."""
    found = (x509.load_der_x509_certificate(anchor) for anchor in anchors)
    return b"".join(one.public_bytes(Encoding.PEM) for one in found)


def configuration(site: Site) -> str:
    """Return the site, for a file that nginx includes in its `http` block."""
    return _HEAD.format(socket=site.socket, rate=RATE, enrol_rate=ENROL_RATE) + "".join(
        (
            _server(site, site.name, "", _people()),
            _server(site, f"terminals.{site.name}", _ASKED.format(ca=site.authorities),
                    _terminals(Door.MUTUAL, "$ssl_client_escaped_cert")),
            _server(site, f"lapsed.{site.name}", "", _terminals(Door.LAPSED, '""')),
            _server(site, f"enrol.{site.name}", "", _enrolment(Door.ENROL, '""') + _NOTHING_ELSE),
            _server(site, f"api.{site.name}", "", _back_offices() + _NOTHING_ELSE),
        )
    )  # fmt: skip


def _server(site: Site, name: str, more: str, locations: str) -> str:
    return _SERVER.format(
        port=site.port, name=name, tls=TLS.format(certificate=site.certificate, key=site.key),
        body=MAX_SEGMENT, kept=KEPT, more=more, locations=locations,
        problems="".join(_problem(*one) for one in _PROBLEMS),
    )  # fmt: skip


def _problem(codes: str, status: int, detail: str) -> str:
    again = f"    add_header Retry-After {RETRY_AFTER} always;\n" if status in COME_AGAIN else ""
    body = to_bytes(Kind(BLANK, HTTPStatus(status).phrase, status), detail, _NEXT).decode()
    return _PROBLEM.format(
        codes=codes, status=status, media_type=MEDIA_TYPE, again=again, body=body
    )


def _terminals(door: Door, certificate: str) -> str:
    limits = f"    limit_req zone=tramthe_segments burst={BURST} nodelay;\n"
    return (
        _location("= /v1/segments", door, certificate, limits)
        + _location("= /v1/inbox", door, certificate, limits)
        + _location("= /v1/reports", door, certificate, limits)
        + _location("= /v1/questions", door, certificate, limits)
        + _location("= /v1/support", door, certificate, limits)
        + _location(r"~ ^/v1/(health|ready|openapi\.json)$", door, certificate)
        + _enrolment(door, certificate)
        + _NOTHING_ELSE
    )


def _enrolment(door: Door, certificate: str) -> str:
    limits = f"    limit_req zone=tramthe_enrol burst={ENROL_BURST} nodelay;\n"
    return _location(f"{est.BASE}/", door, certificate, limits)


def _back_offices() -> str:
    limits = f"    limit_req zone=tramthe_api burst={BURST} nodelay;\n"
    return _location("/api/v1/", Door.BACK_OFFICE, '""', limits)


def _people() -> str:
    return _location("/", Door.OPERATOR, '""')


def _location(where: str, door: Door, certificate: str, more: str = "") -> str:
    return _LOCATION.format(
        where=where, door_header=DOOR_HEADER, door=door.value,
        certificate_header=CERTIFICATE_HEADER, certificate=certificate, more=more,
    )  # fmt: skip


_HEAD = """\
# Written by `tramthe centre nginx`; write it anew rather than edit it.
upstream tramthe_centre {{ server unix:{socket}; keepalive 32; }}
limit_req_zone $binary_remote_addr zone=tramthe_segments:10m rate={rate}r/s;
limit_req_zone $binary_remote_addr zone=tramthe_enrol:10m rate={enrol_rate}r/s;
limit_req_zone $binary_remote_addr zone=tramthe_api:10m rate={rate}r/s;

"""
_SERVER = """\
server {{
  listen {port} ssl;
  server_name {name};
{tls}  keepalive_timeout {kept}s;
  client_max_body_size {body};
  client_body_timeout 60s;
  limit_req_status 429;
{problems}{more}{locations}}}

"""
_PROBLEM = """\
  error_page {codes} ={status} @problem{status};
  location @problem{status} {{
    internal;
    default_type {media_type};
{again}    return {status} '{body}';
  }}
"""
_NOTHING_ELSE = "  location / { return 404; }\n"
_ASKED = """\
  ssl_client_certificate {ca};
  ssl_verify_client on;
  ssl_verify_depth 3;
"""
_LOCATION = """\
  location {where} {{
{more}    proxy_pass http://tramthe_centre;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header {door_header} {door};
    proxy_set_header {certificate_header} {certificate};
    proxy_read_timeout 60s;
  }}
"""
