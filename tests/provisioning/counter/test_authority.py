"""The counter authority: by openssl, by our checks, and beside the terminals' own authority."""

from __future__ import annotations

import subprocess
from dataclasses import fields
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from provisioning import terminals
from provisioning.cli.common import office_time
from provisioning.counter.authority import CounterAuthority, create, issue_server
from provisioning.counter.confined import SERVER_VALIDITY, check_chain, is_confined, permitted
from provisioning.counter.hosts import Hosts
from provisioning.errors import OfficeInputInvalid, TerminalUnknown
from provisioning.office.certificates import to_pem
from provisioning.office.pilot import PilotPki
from provisioning.office.pki import Authority, create_terminal_ca, issue_terminal, new_key
from tests.provisioning.counter.conftest import ADDRESS, CODE, NAME
from tests.provisioning.counter.forged import (
    CLIENT_AUTH,
    forged_authority,
    forged_root,
    forged_server,
)
from tests.tools import needed

HOSTS = Hosts.of([NAME, ADDRESS])
KEY = new_key()


@pytest.fixture(scope="module")
def held() -> CounterAuthority:
    """Return an authority for a name and an address."""
    return create(CODE, HOSTS, at=office_time())


def openssl(
    folder: Path, chain: list[bytes], root: bytes, *more: str, purpose: str = "sslserver"
) -> str:
    """Return what `openssl verify` says of a chain under a root: OK, or why not."""
    (folder / "root.pem").write_bytes(to_pem(root))
    (folder / "leaf.pem").write_bytes(to_pem(chain[0]))
    (folder / "between.pem").write_bytes(b"".join(to_pem(one) for one in chain[1:]))
    between = ["-untrusted", str(folder / "between.pem")] if chain[1:] else []
    files = ["-CAfile", str(folder / "root.pem"), *between, str(folder / "leaf.pem")]
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", purpose, *more, *files],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return "OK" if done.returncode == 0 else done.stderr + done.stdout


def test_openssl_takes_the_door_for_its_hosts(held: CounterAuthority, tmp_path: Path) -> None:
    """For the name and for the address, as a server and as nothing else."""
    server = issue_server(held, KEY.public_key(), HOSTS, at=office_time())
    chain = [server, held.issuing.certificate]
    assert openssl(tmp_path, chain, held.root, "-verify_hostname", NAME) == "OK"
    assert openssl(tmp_path, chain, held.root, "-verify_ip", ADDRESS) == "OK"
    assert "hostname mismatch" in openssl(
        tmp_path, chain, held.root, "-verify_hostname", f"a.{NAME}"
    )
    for purpose in ("sslclient", "smimesign", "codesign" if _knows_codesign() else "smimeencrypt"):
        assert "purpose" in openssl(tmp_path, chain, held.root, purpose=purpose)


def _knows_codesign() -> bool:
    said = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[1] >= "3.2"


@pytest.mark.parametrize(
    "name", ["example.com", "khac.internal", f"x{NAME}", "192.168.7.3", "8.8.8.8", "fd00::1"]
)
def test_openssl_refuses_other_names_of_a_stolen_key(
    name: str, held: CounterAuthority, tmp_path: Path
) -> None:
    """Whatever is signed with the issuing key, or by an authority made below it."""
    server = forged_server(held.issuing, [name])
    said = openssl(tmp_path, [server.certificate, held.issuing.certificate], held.root)
    assert "permitted subtree violation" in said or "excluded subtree violation" in said
    below = forged_authority(held.issuing)
    deeper = forged_server(below, [NAME])
    chain = [deeper.certificate, below.certificate, held.issuing.certificate]
    assert "path length" in openssl(tmp_path, chain, held.root)


def nss(folder: Path, chain: list[bytes], root: bytes, usage: str) -> str:
    """Return what NSS, a verifier of another make, says of a chain for one of its usages."""
    folder.mkdir()
    certutil = [needed("certutil", "libnss3-tools"), "-d", f"sql:{folder}"]
    subprocess.run([*certutil, "-N", "--empty-password"], check=True)
    for name, trust, der in (("root", "C,,", root), ("between", ",,", chain[1])):
        added = [*certutil, "-A", "-n", name, "-t", trust]
        subprocess.run(added, input=der, check=True)
    subprocess.run([*certutil, "-A", "-n", "leaf", "-t", ",,"], input=chain[0], check=True)
    done = subprocess.run(
        [*certutil, "-V", "-n", "leaf", "-u", usage], capture_output=True, text=True, check=False
    )
    return "OK" if done.returncode == 0 else done.stdout + done.stderr


def test_nss_takes_the_door_and_refuses_other_names(held: CounterAuthority, tmp_path: Path) -> None:
    """As a server's for its own names; for nothing else, and for no other name."""
    between = held.issuing.certificate
    good = issue_server(held, KEY.public_key(), HOSTS, at=office_time())
    assert nss(tmp_path / "server", [good, between], held.root, "V") == "OK"
    assert nss(tmp_path / "client", [good, between], held.root, "C") != "OK"
    for name in ("example.com", "8.8.8.8", "khac.internal"):
        forged = forged_server(held.issuing, [name])
        said = nss(tmp_path / name, [forged.certificate, between], held.root, "V")
        assert "not permitted to issue" in said


@pytest.mark.parametrize("hosts", [[NAME], [ADDRESS], ["fd00::7"], [NAME, ADDRESS, "fd00::7"]])
def test_a_kind_of_name_that_is_not_permitted_is_shut_out(hosts: list[str], tmp_path: Path) -> None:
    """Constraints bind only the kinds they speak of, so every kind is spoken of."""
    made = create(CODE, Hosts.of(hosts), at=office_time())
    assert made.hosts == Hosts.of(hosts)
    for name in ("example.com", "8.8.8.8", "2001:db8::1"):
        server = forged_server(made.issuing, [name])
        said = openssl(tmp_path, [server.certificate, made.issuing.certificate], made.root)
        assert "subtree violation" in said
    good = issue_server(made, KEY.public_key(), Hosts.of(hosts), at=office_time())
    assert openssl(tmp_path, [good, made.issuing.certificate], made.root) == "OK"


def test_the_roots_key_is_nowhere(held: CounterAuthority) -> None:
    """Nothing that is returned holds it; root and issuing are two keys."""
    keys = [getattr(held, one.name) for one in fields(held)]
    assert [type(one) for one in keys] == [bytes, Authority]
    root = x509.load_der_x509_certificate(held.root)
    assert root.public_key() != held.issuing.key.public_key()
    held.issuing.x509.verify_directly_issued_by(root)


def test_both_are_confined_and_last_five_years(held: CounterAuthority) -> None:
    """Root and issuing alike: a verifier that skips the one's constraints meets the other's."""
    for certificate in (x509.load_der_x509_certificate(held.root), held.issuing.x509):
        assert is_confined(certificate)
        assert permitted(certificate) == HOSTS
        left = certificate.not_valid_after_utc - certificate.not_valid_before_utc
        assert left == timedelta(days=5 * 365)


def test_a_door_lasts_397_days_at_most(held: CounterAuthority) -> None:
    """And never longer than its authority, which issues nothing in its last month."""
    server = x509.load_der_x509_certificate(
        issue_server(held, KEY.public_key(), HOSTS, at=office_time())
    )
    assert server.not_valid_after_utc - server.not_valid_before_utc == SERVER_VALIDITY
    end = held.issuing.x509.not_valid_after_utc
    late = x509.load_der_x509_certificate(
        issue_server(held, KEY.public_key(), HOSTS, at=end - timedelta(days=40))
    )
    assert late.not_valid_after_utc == end
    with pytest.raises(OfficeInputInvalid, match="ends on"):
        issue_server(held, KEY.public_key(), HOSTS, at=end - timedelta(days=29))


def test_other_hosts_are_not_issued(held: CounterAuthority) -> None:
    """Said here, before any browser has to refuse it."""
    with pytest.raises(OfficeInputInvalid, match="vouches for"):
        issue_server(held, KEY.public_key(), Hosts.of(["khac.internal"]), at=office_time())
    other = new_key(curve=ec.SECP384R1())
    with pytest.raises(OfficeInputInvalid, match="P-256"):
        issue_server(held, other.public_key(), HOSTS, at=office_time())


def test_a_door_is_never_taken_for_a_terminal(
    held: CounterAuthority, pilot_now: PilotPki, tmp_path: Path
) -> None:
    """Another authority, another use, and no name where a terminal's stands.

    Even where somebody makes the counter's authority one of the terminals', or has the terminals'
    authority sign a door's certificate.
    """
    now = office_time()
    server = issue_server(held, KEY.public_key(), HOSTS, at=now)
    for anchor in (pilot_now.terminal_ca.certificate, held.issuing.certificate, held.root):
        with pytest.raises(TerminalUnknown):
            terminals.check(server, [anchor], now)
    with pytest.raises(TerminalUnknown, match="does not name"):
        terminals.name_of(server)
    lent = forged_server(pilot_now.terminal_ca, [NAME], common_name="TT-0001")
    with pytest.raises(TerminalUnknown, match="connections"):
        terminals.check(lent.certificate, [pilot_now.terminal_ca.certificate], now)
    said = openssl(
        tmp_path, [lent.certificate], pilot_now.terminal_ca.certificate, purpose="sslclient"
    )
    assert "purpose" in said


def test_a_terminal_is_never_taken_for_a_door(
    held: CounterAuthority, pilot_now: PilotPki, tmp_path: Path
) -> None:
    """Its certificate is under another root and for clients, whatever its id looks like."""
    now = office_time()
    root = pilot_now.terminal_ca
    begin, short = now - timedelta(hours=1), timedelta(days=90)
    identity = issue_terminal(root, KEY.public_key(), NAME, at=begin, validity=short)
    assert "purpose" in openssl(tmp_path, [identity], root.certificate)
    with pytest.raises(OfficeInputInvalid, match="root"):
        check_chain([identity, root.certificate], HOSTS, now)
    assert "unable to get" in openssl(tmp_path, [identity, held.issuing.certificate], held.root)
    with pytest.raises(OfficeInputInvalid, match="no browser"):
        check_chain([identity, held.issuing.certificate, held.root], HOSTS, now)
    lent = issue_terminal(held.issuing, KEY.public_key(), "TT-1", at=begin, validity=short)
    with pytest.raises(OfficeInputInvalid, match="no browser"):
        check_chain([lent, held.issuing.certificate, held.root], HOSTS, now)


def _limits(
    inside: list[x509.GeneralName] | None, outside: list[x509.GeneralName] | None
) -> x509.NameConstraints:
    return x509.NameConstraints(inside, outside)


NO_V6 = x509.IPAddress(IPv6Network("::/0"))
NO_V4 = x509.IPAddress(IPv4Network("0.0.0.0/0"))
INSIDE = x509.DNSName(NAME)


@pytest.mark.parametrize(
    "root",
    [
        pytest.param(forged_root(None), id="no constraints"),
        pytest.param(forged_root(HOSTS, critical=False), id="not critical"),
        pytest.param(forged_root(HOSTS, uses=None), id="for every use"),
        pytest.param(
            forged_root(HOSTS, uses=[ExtendedKeyUsageOID.SERVER_AUTH, *CLIENT_AUTH]),
            id="for clients too",
        ),
        pytest.param(
            forged_root(HOSTS, uses=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]), id="for any use"
        ),
        pytest.param(forged_root(None, limits=_limits([INSIDE], [NO_V4])), id="every IPv6"),
        pytest.param(forged_root(None, limits=_limits([INSIDE], [NO_V6])), id="every IPv4"),
        pytest.param(forged_root(None, limits=_limits(None, [NO_V4, NO_V6])), id="every name"),
        pytest.param(
            forged_root(
                None, limits=_limits([INSIDE, x509.DNSName("example.com")], [NO_V4, NO_V6])
            ),
            id="a public name",
        ),
        pytest.param(
            forged_root(None, limits=_limits([x509.DNSName("local")], [NO_V4, NO_V6])),
            id="every local name",
        ),
        pytest.param(
            forged_root(
                None,
                limits=_limits([INSIDE, x509.IPAddress(IPv4Network("0.0.0.0/0"))], [NO_V6]),
            ),
            id="every address, permitted",
        ),
    ],
)
def test_a_root_that_no_pc_is_given(root: Authority) -> None:
    """One that could vouch for more than private names of servers is not handed out."""
    assert not is_confined(root.x509)
    server = forged_server(root, [NAME, ADDRESS])
    with pytest.raises(OfficeInputInvalid, match="no PC"):
        check_chain([server.certificate, root.certificate], HOSTS, office_time())


def test_a_chain_that_no_browser_would_take(held: CounterAuthority) -> None:
    """Too long a life, ended, another host, a piece missing, not certificates."""
    now, issuing = office_time(), held.issuing
    rest = [issuing.certificate, held.root]
    for server, why in (
        (forged_server(issuing, [NAME, ADDRESS], validity=timedelta(days=398)), "397 days"),
        (forged_server(issuing, [NAME, ADDRESS], validity=timedelta(minutes=1)), "no browser"),
        (forged_server(issuing, [NAME]), ADDRESS),
        (forged_server(issuing, [NAME, ADDRESS], uses=CLIENT_AUTH), "no browser"),
    ):
        with pytest.raises(OfficeInputInvalid, match=why):
            check_chain([server.certificate, *rest], HOSTS, now)
    good = issue_server(held, KEY.public_key(), HOSTS, at=now)
    check_chain([good, *rest], HOSTS, now)
    for chain in ([good], [good, held.root], [good, issuing.certificate], [b"x", *rest]):
        with pytest.raises(OfficeInputInvalid):
            check_chain(chain, HOSTS, now)


def test_an_authority_of_terminals_is_no_root_for_a_pc() -> None:
    """The mistake that this whole arrangement is against."""
    ca = create_terminal_ca("Terminal CA", at=office_time() - timedelta(days=1))
    assert not is_confined(ca.x509)
    with pytest.raises(OfficeInputInvalid):
        permitted(ca.x509)
