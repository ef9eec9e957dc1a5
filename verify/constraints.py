"""Name constraints: which names an authority may give below itself.

Lives here: whether a certificate's names lie in the subtrees that the authorities above it
permitted, and outside those they excluded. Not here: the form of the extension (`extensions`),
and which certificates of a path are looked at (`validation`).
Source: RFC 5280 sections 4.2.1.10 and 6.1.3 (b), (c). Directory names, RFC822, DNS, URI and IP
names are understood; a constraint on another form refuses every name of that form. What cannot
be read counts as outside of what is permitted and inside of what is excluded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from verify import names
from verify.certificate import Certificate
from verify.errors import MalformedObject
from verify.extensions import (
    DIRECTORY,
    DNS,
    EMAIL,
    IP_ADDRESS,
    URI,
    GeneralName,
    NameConstraints,
    alternative_names,
)

MAX_COMPARISONS = 1 << 16  # names times subtrees on one path

_URI_HOST_ENDS = "/?#"


class _Unreadable(Exception):
    """A name or a constraint has not the form its kind asks for; never leaves this module."""


@dataclass(slots=True)
class NameSpace:
    """What the authorities so far permit and exclude. One from the anchor down changes it."""

    _above: list[NameConstraints]
    _compared: int = 0

    @classmethod
    def unbounded(cls) -> NameSpace:
        """Return the space in which every name lies."""
        return cls([])

    def narrow(self, constraints: NameConstraints | None) -> None:
        """Take an authority's own constraints (6.1.4 (g)): every one of them must hold below."""
        if constraints is not None:
            self._above.append(constraints)

    def fault(self, certificate: Certificate) -> str | None:
        """Return why a certificate's names are not allowed here, None where they are."""
        if not self._above:
            return None
        for name in _names_of(certificate):
            for constraints in self._above:
                self._compared += len(constraints.permitted) + len(constraints.excluded)
                if self._compared > MAX_COMPARISONS:
                    return "there are too many names and constraints"
                why = _fault(name, constraints)
                if why is not None:
                    return why
        return None


def _names_of(certificate: Certificate) -> Iterator[GeneralName]:
    """Yield subject and alternative names; an address in the subject counts without the latter."""
    alternative = alternative_names(certificate)
    if not names.is_empty(certificate.subject_der):
        yield GeneralName(DIRECTORY, certificate.subject_der)
        if alternative is None:
            for address in names.email_addresses(certificate.subject_der):
                yield GeneralName(EMAIL, address)
    yield from alternative or ()


def _fault(name: GeneralName, constraints: NameConstraints) -> str | None:
    permitted = [base for base in constraints.permitted if base.tag == name.tag]
    excluded = [base for base in constraints.excluded if base.tag == name.tag]
    if not permitted and not excluded:
        return None
    lies_in = _WITHIN.get(name.tag)
    if lies_in is None:
        return "a name is of a kind whose constraints are not understood"
    try:
        if permitted and not any(lies_in(name.value, base.value, False) for base in permitted):
            return "a name lies outside of what an authority above permits"
        if any(lies_in(name.value, base.value, True) for base in excluded):
            return "a name lies in what an authority above excludes"
    except (_Unreadable, MalformedObject):
        return "a name or its constraint cannot be read"
    return None


def _directory(name: bytes, base: bytes, excluding: bool) -> bool:
    del excluding
    whole, prefix = names.relative_names(name), names.relative_names(base)
    return whole[: len(prefix)] == prefix


def _email(name: bytes, base: bytes, excluding: bool) -> bool:
    """Compare a mailbox: with one mailbox, with a host (its own only), with `.domain` below it."""
    del excluding
    local, at, host = _text(name).rpartition("@")
    if not at or not local or not host:
        raise _Unreadable
    wanted = _text(base)
    if "@" in wanted:
        wanted_local, _, wanted_host = wanted.rpartition("@")
        return local == wanted_local and host.lower() == wanted_host.lower()
    return _host(host, wanted)


def _dns(name: bytes, base: bytes, excluding: bool) -> bool:
    """Compare whole labels from the right. A leading dot, which has no meaning here, is strict."""
    host, domain = _text(name).lower(), _text(base).lower()
    if not host or host[0] == "." or ".." in host or host[-1] == ".":
        raise _Unreadable
    if not domain:
        return True
    bare = domain.lstrip(".")
    if host == bare:
        return excluding or domain == bare
    return host.endswith("." + bare)


def _uri(name: bytes, base: bytes, excluding: bool) -> bool:
    """Compare the host; a URI without a host that is a domain name cannot be judged."""
    del excluding
    _, separator, rest = _text(name).partition("://")
    authority = rest
    for end in _URI_HOST_ENDS:
        authority = authority.partition(end)[0]
    host = authority.rpartition("@")[2].partition(":")[0]
    doubtful = "\\" in authority or host[:1] in ("", "[", ".") or host.endswith(".")
    if not separator or doubtful or _is_address(host):
        raise _Unreadable
    return _host(host, _text(base))


def _host(host: str, wanted: str) -> bool:
    host, wanted = host.lower(), wanted.lower()
    if wanted.startswith("."):
        return host.endswith(wanted) and len(host) > len(wanted)
    return host == wanted or not wanted


def _is_address(host: str) -> bool:
    return all(part.isdigit() for part in host.split("."))


def _ip_address(name: bytes, base: bytes, excluding: bool) -> bool:
    """Compare an address with a network and its mask, of four or sixteen octets each."""
    del excluding
    if len(name) not in (4, 16) or len(base) not in (8, 32):
        raise _Unreadable
    size = len(base) // 2
    return len(name) == size and all(
        octet & mask == network & mask
        for octet, network, mask in zip(name, base[:size], base[size:], strict=True)
    )


def _text(value: bytes) -> str:
    try:
        text = value.decode("ascii")
    except UnicodeDecodeError as error:
        raise _Unreadable from error
    if not all(" " < character <= "~" for character in text):
        raise _Unreadable
    return text


_WITHIN: dict[int, Callable[[bytes, bytes, bool], bool]] = {
    DIRECTORY: _directory,
    EMAIL: _email,
    DNS: _dns,
    URI: _uri,
    IP_ADDRESS: _ip_address,
}
