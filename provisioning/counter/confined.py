"""Confined to a counter's names: what a root must be before a PC is given it.

Lives here: the name constraints, the test whether a certificate has them, and the check of a whole
chain as a browser makes it. Not here: making certificates (`authority`).
Source: RFC 5280 sections 4.2.1.10 and 4.2.1.12; CA/Browser Forum Baseline Requirements section
7.1.5 (how a type of name is shut out as a whole).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from provisioning.counter.hosts import PRIVATE_NETWORKS, Hosts, is_private_name
from provisioning.errors import OfficeInputInvalid

SERVER_VALIDITY = timedelta(days=397)
"""What browsers took at most of public roots for years; ours, installed by hand, ask no more."""
SERVER_AUTH = [ExtendedKeyUsageOID.SERVER_AUTH]
_NO_ADDRESS = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))


def server_names(hosts: Hosts) -> list[x509.DNSName | x509.IPAddress]:
    """Return the hosts as a server's certificate names them."""
    return [
        *(x509.DNSName(name) for name in hosts.names),
        *(x509.IPAddress(address) for address in hosts.addresses),
    ]


def constraints(hosts: Hosts) -> x509.NameConstraints:
    """Permit these hosts alone; a type of name that none of them has is shut out as a whole."""
    inside: list[x509.GeneralName] = [x509.DNSName(name) for name in hosts.names]
    inside += [x509.IPAddress(ip_network(address)) for address in hosts.addresses]
    outside: list[x509.GeneralName] = []
    if not hosts.names:
        outside.append(x509.DNSName(""))
    kinds = {address.version for address in hosts.addresses}
    outside += [x509.IPAddress(every) for every in _NO_ADDRESS if every.version not in kinds]
    return x509.NameConstraints(inside, outside or None)


def check_chain(chain: Sequence[bytes], hosts: Hosts, at: datetime) -> None:
    """Check a server's chain as a browser does: server's certificate first, root last (DER).

    And that the root is confined, so that a PC may be given it. Raises OfficeInputInvalid.
    """
    try:
        loaded = [x509.load_der_x509_certificate(der) for der in chain]
    except ValueError as error:
        raise _unfit("a certificate of it cannot be read") from error
    if len(loaded) < 2:
        raise _unfit("it has to lead from the server's certificate to its root")
    server, between, root = loaded[0], loaded[1:-1], loaded[-1]
    if root.issuer != root.subject:
        raise _unfit("its last certificate is not a root")
    if not is_confined(root):
        raise _unfit(
            "its root could vouch for names beyond the counter, and no PC is to be given that"
        )
    if server.not_valid_after_utc - server.not_valid_before_utc > SERVER_VALIDITY:
        raise _unfit(f"the server's certificate is for longer than {SERVER_VALIDITY.days} days")
    for name in server_names(hosts):
        verifier = PolicyBuilder().store(Store([root])).time(at).build_server_verifier(name)
        try:
            verifier.verify(server, between)
        except VerificationError as error:
            raise _unfit(f"no browser would take it for {name.value}") from error


def is_confined(certificate: x509.Certificate) -> bool:
    """Return whether a certificate can vouch for private names of servers and nothing else."""
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        found = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    except (x509.ExtensionNotFound, ValueError):
        return False
    inside, outside = _subtrees(found.value)
    names = [one.value for one in inside if isinstance(one, x509.DNSName)]
    shut = any(isinstance(one, x509.DNSName) and one.value == "" for one in outside)
    return (
        found.critical
        and list(uses) == SERVER_AUTH
        and (shut or (bool(names) and all(is_private_name(name) for name in names)))
        and all(_addresses_confined(inside, outside, version) for version in (4, 6))
    )


def permitted(certificate: x509.Certificate) -> Hosts:
    """Return the names and single addresses that a confined certificate may vouch for.

    Raises OfficeInputInvalid where it is not confined.
    """
    if not is_confined(certificate):
        raise _unfit("its authority is not confined to a counter's names")
    found = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    inside, _ = _subtrees(found)
    return Hosts.of(
        [one.value for one in inside if isinstance(one, x509.DNSName)]
        + [
            str(one.value.network_address)
            for one in inside
            if isinstance(one, x509.IPAddress)
            and isinstance(one.value, IPv4Network | IPv6Network)
            and one.value.num_addresses == 1
        ]
    )


def _subtrees(
    found: x509.NameConstraints,
) -> tuple[list[x509.GeneralName], list[x509.GeneralName]]:
    return list(found.permitted_subtrees or ()), list(found.excluded_subtrees or ())


def _addresses_confined(
    inside: Sequence[x509.GeneralName], outside: Sequence[x509.GeneralName], version: int
) -> bool:
    if x509.IPAddress(_NO_ADDRESS[version == 6]) in outside:
        return True
    networks = [
        one.value
        for one in inside
        if isinstance(one, x509.IPAddress) and one.value.version == version
    ]
    return bool(networks) and all(_private(network) for network in networks)


def _private(network: IPv4Network | IPv6Network | IPv4Address | IPv6Address) -> bool:
    if isinstance(network, IPv4Address | IPv6Address):
        return False
    return any(
        network.version == wider.version and network.subnet_of(wider)  # type: ignore[arg-type]
        for wider in PRIVATE_NETWORKS
    )


def _unfit(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"This chain of certificates is not taken: {why}.",
        next_step="Ask the office for it again, made from this terminal's newest request.",
    )
