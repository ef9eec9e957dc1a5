"""nginx's site for a counter: TLS from the local network, and the terminal's own pages behind it.

Lives here: the text of that site. Not here: certificates (`authority`), where the files lie
(`folder`), what the terminal lets in (`edge.web.security` and the key `counter_hosts`).
Source: ngx_http_core_module, ngx_http_ssl_module, ngx_http_proxy_module, ngx_http_map_module,
ngx_http_limit_req_module, ngx_http_limit_conn_module; RFC 6797 (HSTS); RFC 9110 section 15.5.20.

- Only the API and the officer's pages are there (`PAGES`). Board, desk and rosters name people, and
  the desk's card opens the desk of whoever waits before it: they stay on the terminal's own screen.
- A name that is none of the door's gets no handshake; a Host that is none gets 421. Browsers name
  no server where people typed an address, so with addresses the door answers the unnamed.
- Of a request's headers only `PASSED` go on: no caller can pose as a proxy, by any spelling.
- A request in clear text is closed without a word: a redirect would teach people to begin so.
- Nothing is logged below `crit`: nginx writes whole request lines there, questions and all.
- Only from private networks; waiting pages and streams of events are passed on byte by byte.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from edge.web.api.problem import MEDIA_TYPE, TABLE, TYPE, Code, to_bytes
from edge.web.serving import MAX_REQUEST
from provisioning.counter.hosts import PRIVATE_NETWORKS, Door, bracketed
from provisioning.nginx import TLS, check_paths

SITE = "tramthe-counter.conf"
RATE = 20
"""Requests a second from one address; a page asks for a dozen files when it is first opened."""
BURST = 60
CONNECTIONS = 24  # at a time from one address: four browsers of six
ALL_CONNECTIONS = 60  # at a time: below what the terminal's server takes (100)
SILENT_SECONDS = 60
"""That the terminal may say nothing: a waiting page is answered after 20 s, a stream has a sign of
life every 10 s."""
HSTS_SECONDS = 30 * 86400
"""Longer than an officer's holiday; short enough that the name can serve something else later."""

PASSED = (
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Local-Network",
    "Access-Control-Request-Method",
    "Access-Control-Request-Private-Network",
    "Authorization",
    "Cache-Control",
    "Content-Type",
    "Cookie",
    "HX-Boosted",
    "HX-Current-URL",
    "HX-Request",
    "HX-Target",
    "HX-Trigger",
    "HX-Trigger-Name",
    "If-Modified-Since",
    "If-None-Match",
    "Last-Event-ID",
    "Origin",
    "Referer",
    "Sec-Fetch-Dest",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Site",
    "Sec-Fetch-User",
    "User-Agent",
)
"""The headers that reach the terminal beside Host and Content-Length."""

START = "/thu-tuc"
"""Where the officer begins."""
PAGES = (
    "/static/",
    "~ ^/(thu-tuc|phat-the|trang-thai)(/|$)",
    "~ ^/dong-y(/(phan|khong))?$",
    "~ ^/mo-ban(/(phan|vai|khoa))?$",
)
"""Beside the API: the officer's pages, among them the one on which they wait for a card, the
terminal's state, and opening them by PIN. A PIN that is forgotten or new is a matter for the
terminal's own screen. What is not named is not there."""
ELSEWHERE = "Trang này chỉ mở trên màn hình của trạm."
_AWAY: dict[str, object] = {
    "type": f"{TYPE}terminal-away",
    "title": "The terminal does not answer",
    "status": 503,
    "detail": "Cửa mở nhưng trạm phía sau không trả lời.",
    "code": "terminal-away",
    "next_step": "Chờ một phút rồi gọi lại; vẫn thế thì xem trạm đã bật chưa và gọi kỹ thuật viên.",
}
"""The one problem that the terminal cannot name itself."""
_REFUSALS = {413: "413", 429: "429", 503: "500 502 503 504"}
"""What nginx answers by itself: the status that is sent, and its own codes for that."""


@dataclass(frozen=True, slots=True)
class Site:
    """One terminal's door. OfficeInputInvalid for a path that would not stand in the file."""

    door: Door
    certificate: Path
    """The chain, PEM, the server's first; the root is not in it."""
    key: Path
    upstream: int
    """The terminal's port on loopback."""

    def __post_init__(self) -> None:
        check_paths(self.certificate, self.key)


def configuration(site: Site) -> str:
    """Return the site, for a file that nginx includes in its `http` block."""
    door = site.door
    by_address = bool(door.hosts.addresses)
    tls = TLS.format(certificate=site.certificate, key=site.key)
    known = "".join(f'  "{value}" 1;\n' for value in door.host_values)
    names = " ".join(bracketed(text) for text in door.hosts.texts)
    head = _HEAD.format(upstream=site.upstream, rate=RATE, known=known)
    served = _SERVER.format(
        listen=_listen(site, default=by_address),
        names=names,
        tls=tls,
        body=MAX_REQUEST,
        burst=BURST,
        connections=CONNECTIONS,
        all_connections=ALL_CONNECTIONS,
        hsts=_HSTS,
        networks="".join(f"  allow {network};\n" for network in _networks()),
        passed="".join(f"  proxy_set_header {name} {_sent(name)};\n" for name in PASSED),
        refusals=_refusals(),
        silent=SILENT_SECONDS,
        locations=_location("/api/", "json") + "".join(_location(where, "text") for where in PAGES),
        start=START,
        elsewhere=_quotable(ELSEWHERE),
    )
    refused = _REFUSED.format(
        listen=_listen(site, default=not by_address), names="~." if by_address else "_"
    )
    return head + served + refused


def _listen(site: Site, *, default: bool) -> str:
    end = f"{site.door.port} ssl{' default_server' if default else ''};\n"
    more = any(address.version == 6 for address in site.door.hosts.addresses)
    return f"  listen {end}" + (f"  listen [::]:{end}" if more else "")


def _networks() -> list[str]:
    """Return from where the door is open: private networks, this machine, and its own links."""
    return [*map(str, PRIVATE_NETWORKS), "127.0.0.0/8", "169.254.0.0/16", "::1", "fe80::/10"]


def _location(where: str, form: str) -> str:
    pages = "".join(
        f"    error_page {codes} ={status} @{form}{status};\n"
        for status, codes in _REFUSALS.items()
    )
    return _LOCATION.format(where=where, pages=pages)


def _sent(header: str) -> str:
    """Return nginx's variable of a request's header; an empty one is not passed on."""
    return f"$http_{header.lower().replace('-', '_')}"


def _refusals() -> str:
    """Return each refusal's two answers: the API's problem for programs, a line for people."""
    return "".join(
        _PROBLEM.format(
            form=form,
            status=status,
            media=media,
            body=_quotable(body),
            hsts=_HSTS,
            again="" if status == 413 else "    add_header Retry-After 1 always;\n",
        )
        for status in _REFUSALS
        for form, media, body in (
            ("json", MEDIA_TYPE, json.dumps(_problem(status), ensure_ascii=False)),
            (
                "text",
                "text/plain; charset=utf-8",
                "{detail} {next_step}".format(**_problem(status)),
            ),
        )
    )


def _problem(status: int) -> dict[str, object]:
    codes = {413: Code.TOO_LARGE, 429: Code.TOO_MANY}
    if status not in codes:
        return _AWAY
    kind = TABLE[codes[status]]
    found: dict[str, object] = json.loads(to_bytes(codes[status], kind.says, kind.next_step))
    return found


def _quotable(text: str) -> str:
    """Return a text that stands in nginx's quotes as it is. ValueError for one that would not."""
    if set(text) & set("'\\$\n"):
        raise ValueError("a text with a quote, a backslash or a dollar")
    return text


_HSTS = f'add_header Strict-Transport-Security "max-age={HSTS_SECONDS}" always;'
"""Said again wherever another header is added: nginx inherits all of them or none."""
_HEAD = """\
# Written by `tramthe provision counter`; write it anew rather than edit it.
upstream tramthe_counter {{ server 127.0.0.1:{upstream}; keepalive 16; }}
limit_req_zone $binary_remote_addr zone=tramthe_counter:1m rate={rate}r/s;
limit_conn_zone $binary_remote_addr zone=tramthe_counter_each:1m;
limit_conn_zone $server_name zone=tramthe_counter_all:1m;
map $http_host $tramthe_counter_host {{
  default 0;
{known}}}

"""
_SERVER = """\
server {{
{listen}  server_name {names};
{tls}  ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;
  ssl_session_cache shared:tramthe_counter_tls:1m;
  access_log off;
  error_log stderr crit;
  client_max_body_size {body};
  client_header_timeout 15s;
  client_body_timeout 15s;
  send_timeout 30s;
  keepalive_timeout 60s;
  large_client_header_buffers 4 8k;
  limit_req zone=tramthe_counter burst={burst} nodelay;
  limit_conn tramthe_counter_each {connections};
  limit_conn tramthe_counter_all {all_connections};
  limit_req_status 429;
  limit_conn_status 429;
{networks}  deny all;
  {hsts}
  error_page 497 @clear;
  location @clear {{ return 444; }}
  if ($tramthe_counter_host = 0) {{ return 421; }}
  proxy_http_version 1.1;
  proxy_pass_request_headers off;
  proxy_set_header Host $http_host;
  proxy_set_header Connection "";
{passed}  proxy_buffering off;
  proxy_read_timeout {silent}s;
  proxy_send_timeout 30s;
  proxy_redirect off;
  absolute_redirect off;
  proxy_cookie_flags ~ secure;
{refusals}{locations}  location = / {{ return 302 {start}; }}
  location / {{
    default_type "text/plain; charset=utf-8";
    {hsts}
    return 404 '{elsewhere}';
  }}
}}

"""
_PROBLEM = """\
  location @{form}{status} {{
    internal;
    default_type "{media}";
{again}    add_header Cache-Control no-store always;
    {hsts}
    return {status} '{body}';
  }}
"""
_LOCATION = """\
  location {where} {{
    proxy_pass http://tramthe_counter;
{pages}  }}
"""
_REFUSED = """\
server {{
{listen}  server_name {names};
  ssl_reject_handshake on;
  access_log off;
  error_log stderr crit;
  server_tokens off;
  error_page 497 @clear;
  location @clear {{ return 444; }}
  return 421;
}}
"""
