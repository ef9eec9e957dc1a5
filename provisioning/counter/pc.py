"""What a counter's PC is given: the root, policies of its browsers, and a page that says it all.

Lives here: the bytes of each file. Not here: where they are written (`folder`), the certificates
(`authority`).
Sources: Firefox administrators' reference (Certificates, LocalNetworkAccess), Chrome Enterprise
policy list (LocalNetworkAccessAllowedForUrls from version 139, LocalNetworkAllowedForUrls from
146; the same in Edge), Windows certutil, NSS certutil.

The page says to compare the root's SHA-256 with what the terminal printed: it came on the same
stick as the root, so by itself it proves nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cache
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from jinja2 import Environment, PackageLoader, StrictUndefined

from provisioning.counter.hosts import Door
from provisioning.errors import OfficeInputInvalid

ROOT_DER, ROOT_PEM, PAGE = "tram-the-quay.crt", "tram-the-quay.pem", "huong-dan.html"
FIREFOX, CHROME = "firefox/policies.json", "chrome/tram-the-quay.json"
REG_ADD, REG_REMOVE = "windows/them.reg", "windows/go.reg"
NAMES = frozenset({ROOT_DER, ROOT_PEM, PAGE, FIREFOX, CHROME, REG_ADD, REG_REMOVE})
MAX_BACK_OFFICES = 8
LOCAL_TIME = timezone(timedelta(hours=7))  # Asia/Ho_Chi_Minh has had no other since 1975
_FIRST_VALUE = 7701
"""Where our entries of a numbered registry list begin, so that removing them takes no others."""
_LISTS = ("LocalNetworkAccessAllowedForUrls", "LocalNetworkAllowedForUrls")
_VENDORS = ("Google\\Chrome", "Microsoft\\Edge")
_ORIGIN = re.compile(r"https://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?")


@dataclass(frozen=True, slots=True)
class CounterPc:
    """The PC of one organisation's counter, and the terminal that it opens."""

    code: str
    door: Door
    root: bytes = field(repr=False)
    """Certificate, DER."""
    back_offices: tuple[str, ...] = ()
    """Origins whose pages call the terminal from elsewhere."""

    @property
    def nickname(self) -> str:
        """Return the root's common name, which is how Windows and NSS list it."""
        names = x509.load_der_x509_certificate(self.root).subject.rfc4514_string()
        found = re.search(r"CN=([^,]+)", names)
        return found[1] if found else self.code


def check_origin(text: str) -> str:
    """Return a back office's origin. Raises OfficeInputInvalid.

    Only TLS: browsers let no other page ask for a machine of the local network.
    """
    origin = text.strip().lower().rstrip("/")
    if not _ORIGIN.fullmatch(origin):
        raise OfficeInputInvalid(
            f"{text} is not the origin of a page behind TLS.",
            next_step="Give it without a path, such as https://hoso.example.vn.",
        )
    return origin


def grouped(digest: bytes) -> str:
    """Return a digest as people compare it: groups of four hexadecimal digits."""
    text = digest.hex().upper()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def fingerprint(der: bytes) -> str:
    """Return SHA-256 of a certificate, in groups."""
    return grouped(hashlib.sha256(der).digest())


def files(pc: CounterPc) -> Mapping[str, bytes]:
    """Return the folder's files by their path in it."""
    root = x509.load_der_x509_certificate(pc.root)
    found = {
        ROOT_DER: pc.root,
        ROOT_PEM: root.public_bytes(Encoding.PEM),
        FIREFOX: _json(_firefox(pc)),
        PAGE: _page(pc, root).encode(),
    }
    if pc.back_offices:
        found[CHROME] = _json({name: list(pc.back_offices) for name in _LISTS})
        found[REG_ADD] = _registry(pc.back_offices, remove=False)
        found[REG_REMOVE] = _registry(pc.back_offices, remove=True)
    return found


def _firefox(pc: CounterPc) -> dict[str, object]:
    policies: dict[str, object] = {"Certificates": {"Install": [ROOT_PEM]}}
    if pc.back_offices:
        policies["LocalNetworkAccess"] = {"SkipDomains": sorted(map(_host, pc.back_offices))}
    return {"policies": policies}


def _host(origin: str) -> str:
    """Return an origin's host: Firefox takes these, for whoever asks and for whoever is asked."""
    return urlsplit(origin).hostname or ""


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"


def _registry(origins: Sequence[str], *, remove: bool) -> bytes:
    """Return a file for Windows' registry editor: UTF-16 with its mark, lines ended by CR LF."""
    lines = ["Windows Registry Editor Version 5.00", ""]
    for vendor in _VENDORS:
        for name in _LISTS:
            lines.append(f"[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\{vendor}\\{name}]")
            for place, origin in enumerate(origins, _FIRST_VALUE):
                lines.append(f'"{place}"=-' if remove else f'"{place}"="{origin}"')
            lines.append("")
    return b"\xff\xfe" + "\r\n".join(lines).encode("utf-16-le")


def _page(pc: CounterPc, root: x509.Certificate) -> str:
    template = _environment().get_template("pc.html")
    return template.render(
        pc=pc,
        root_der=ROOT_DER,
        root_pem=ROOT_PEM,
        firefox=FIREFOX,
        chrome=CHROME,
        reg_add=REG_ADD,
        reg_remove=REG_REMOVE,
        sha256=fingerprint(pc.root).split(),
        sha1=hashlib.sha1(pc.root).hexdigest(),  # noqa: S324 -- how Windows names a certificate
        until=_date(root.not_valid_after_utc),
        address=str(pc.door.hosts.addresses[0]) if len(pc.door.hosts.addresses) == 1 else "",
        named=[name for name in pc.door.hosts.names if not name.endswith(".local")],
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("provisioning.counter"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _date(at: datetime) -> str:
    return at.astimezone(LOCAL_TIME).strftime("%d/%m/%Y")
