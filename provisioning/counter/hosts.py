"""Under which names a counter's PC finds its terminal, and which names may be vouched for at all.

Lives here: the value and what it gives for certificate, nginx and `terminal.toml`. Not here: the
certificates (`authority`).
Source: RFC 6762 (local), RFC 8375 (home.arpa), ICANN resolution 2024.07.29.06 (internal), RFC 1918
and RFC 4193 (addresses). A name that the public DNS could hand to somebody is refused, so that no
root of ours ever speaks for a site of the Internet; who has such a name has public certificates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from provisioning.errors import OfficeInputInvalid

Address = IPv4Address | IPv6Address

PRIVATE_ENDINGS = ("local", "internal", "lan", "home.arpa")
PRIVATE_NETWORKS = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
    IPv6Network("fc00::/7"),
)
DEFAULT_PORT = 8443
HTTPS_PORT = 443
MAX_HOSTS = 16
MAX_NAME = 253  # characters, RFC 1035 section 2.3.4

_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_NAME = re.compile(rf"({_LABEL}\.)+{_LABEL}")


@dataclass(frozen=True, slots=True)
class Hosts:
    """Names and addresses, each once, in the order given; at least one of either."""

    names: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.names) + len(self.addresses) <= MAX_HOSTS:
            raise OfficeInputInvalid(
                f"A counter's door has 1 to {MAX_HOSTS} names and addresses.",
                next_step="Give --host once for each that people type, such as tram-1.local.",
            )

    @classmethod
    def of(cls, texts: Sequence[str]) -> Hosts:
        """Return the hosts of what a person typed. Raises OfficeInputInvalid."""
        names: list[str] = []
        addresses: list[Address] = []
        for text in dict.fromkeys(text.strip().lower() for text in texts):
            address = _address(text)
            if address is None:
                names.append(_name(text))
            elif any(address in network for network in PRIVATE_NETWORKS):
                addresses.append(address)
            else:
                raise OfficeInputInvalid(
                    f"{text} is not an address of a private network.",
                    next_step="Give the terminal's address in 10/8, 172.16/12, 192.168/16, fc00/7.",
                )
        return cls(tuple(names), tuple(dict.fromkeys(addresses)))

    @property
    def texts(self) -> tuple[str, ...]:
        """Return all of them as text, names first; an IPv6 address without brackets."""
        return (*self.names, *(str(one) for one in self.addresses))

    def within(self, wider: Hosts) -> bool:
        """Return whether `wider` covers each: a name covers what is below it too."""
        return all(
            any(name == other or name.endswith(f".{other}") for other in wider.names)
            for name in self.names
        ) and set(self.addresses) <= set(wider.addresses)


@dataclass(frozen=True, slots=True)
class Door:
    """Where browsers find a terminal: its hosts, and nginx's port for TLS."""

    hosts: Hosts
    port: int = DEFAULT_PORT

    @property
    def host_values(self) -> tuple[str, ...]:
        """Return the exact Host values (RFC 9110 section 7.2) under which a request may come."""
        end = "" if self.port == HTTPS_PORT else f":{self.port}"
        return tuple(f"{bracketed(text)}{end}" for text in self.hosts.texts)

    @property
    def origins(self) -> tuple[str, ...]:
        """Return what people type, without a path: https://tram-1.local:8443."""
        return tuple(f"https://{value}" for value in self.host_values)


def bracketed(text: str) -> str:
    """Return a host as it stands in an address of the web (RFC 3986 section 3.2.2)."""
    return f"[{text}]" if ":" in text else text


def is_private_name(name: str) -> bool:
    """Return whether no public registry can give this name, or one below it, to anybody."""
    return (
        len(name) <= MAX_NAME
        and _NAME.fullmatch(name) is not None
        and any(name.endswith(f".{ending}") for ending in PRIVATE_ENDINGS)
    )


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _name(text: str) -> str:
    if not is_private_name(text):
        raise OfficeInputInvalid(
            f"{text} is not a name of a private network.",
            next_step=f"Give a name that ends in .{', .'.join(PRIVATE_ENDINGS)}, or an address.",
        )
    return text
