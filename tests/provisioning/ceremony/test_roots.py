"""Terminals' authority, centre's keys, root of trust: what others are given and believe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key

from edge.wire import hybrid
from provisioning.ceremony import (
    centre_keys,
    certificate_list,
    inspect,
    status_signer,
    terminal_ca,
    trust_root,
)
from provisioning.ceremony.folder import Act, AuthorityFolder, begun
from provisioning.ceremony.numbers import NUMBER
from provisioning.ceremony.parts import Name, certificate_path, load_certificate, to_der
from provisioning.errors import OfficeInputInvalid
from provisioning.office import certificates
from provisioning.office.pilot import STATUS_SCOPE
from provisioning.office.pki import new_key
from provisioning.office.requests import Request, read_request
from tests.provisioning.ceremony.conftest import AT, PASSPHRASE, do
from tests.provisioning.quick import QUICK
from verify.errors import TrustListRefused
from verify.trust import Anchor, AnchorPurpose, KeyUse, TrustList

DAY = timedelta(days=1)
NAME = Name("Van phong", "Co quan", "VN")


def _begun(path: Path, act: Act) -> Iterator[AuthorityFolder]:
    with begun(path, cost=QUICK) as folder:
        do(folder, act)
        yield folder


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[AuthorityFolder]:
    """Give the authority that names terminals."""
    yield from _begun(tmp_path / "terminals", terminal_ca.create(NAME, AT))


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[AuthorityFolder]:
    """Give the centre's keys."""
    yield from _begun(tmp_path / "centre", centre_keys.create(NAME))


@pytest.fixture
def trust(tmp_path: Path) -> Iterator[AuthorityFolder]:
    """Give the root of trust."""
    yield from _begun(tmp_path / "trust", trust_root.create(NAME))


@pytest.fixture
def status(tmp_path: Path) -> Iterator[AuthorityFolder]:
    """Give a status signer."""
    signer = replace(NAME, common_name="Trang thai")
    yield from _begun(tmp_path / "status", status_signer.create(signer, STATUS_SCOPE, AT))


def _own(folder: AuthorityFolder) -> bytes:
    return to_der(load_certificate(folder, certificate_path()))


def test_list_of_revoked_terminals(terminals: AuthorityFolder) -> None:
    """Signed by the authority; what the centre's registry says is on it, and never comes off.

    The folder need not have issued it: a centre may sign with this key too.
    """
    serial = 0x5F3A90C1
    act = certificate_list.crl(terminals, {serial: AT}, AT + DAY)
    (path,) = (one for name, one in do(terminals, act, AT + DAY).items() if name.endswith(".crl"))
    do(terminals, certificate_list.crl(terminals, {}, AT + 2 * DAY), AT + 2 * DAY)
    made = x509.load_der_x509_crl(path.read_bytes())
    own = load_certificate(terminals, certificate_path())
    assert made.is_signature_valid(own.public_key())  # type: ignore[arg-type]  # an EC key
    assert made.issuer == own.subject
    assert list(certificate_list.last_revoked(terminals)) == [serial]
    with pytest.raises(OfficeInputInvalid):
        certificate_list.crl(terminals, {}, AT + 40 * 365 * DAY)


def _terminal_request(terminal_id: str) -> Request:
    name = certificates.terminal_name(terminal_id, "whatever it says")
    builder = x509.CertificateSigningRequestBuilder(subject_name=name)
    return read_request(builder.sign(new_key(), hashes.SHA256()).public_bytes(Encoding.DER))


def test_terminal_by_openssl(terminals: AuthorityFolder, openssl: Callable[..., str]) -> None:
    """Its certificate is a TLS client's, with its own key and id, of the authority's house."""
    request = _terminal_request("tt-0001")
    made = do(terminals, terminal_ca.sign(terminals, request, AT))
    (path,) = (path for name, path in made.items() if name.startswith("issued/"))
    moment = str(int((AT + DAY).timestamp()))
    said = openssl(
        "verify", "-x509_strict", "-purpose", "sslclient", "-attime", moment,
        "-CAfile", terminals.path / certificate_path(), path,
    )  # fmt: skip
    assert said.endswith("OK\n")
    found = x509.load_pem_x509_certificate(path.read_bytes())
    assert found.public_key() == request.key
    assert found.subject.rfc4514_string() == "CN=tt-0001,O=Co quan"
    assert list(inspect.faults(terminals)) == []


def test_terminal_again(terminals: AuthorityFolder) -> None:
    """A second certificate for an id is shown to be one, before anybody agrees."""
    do(terminals, terminal_ca.sign(terminals, _terminal_request("tt-1"), AT))
    again = terminal_ca.sign(terminals, _terminal_request("tt-1"), AT)
    other = terminal_ca.sign(terminals, _terminal_request("tt-2"), AT)
    assert (again.shown["certificates before"], other.shown["certificates before"]) == ("1", "0")


def test_terminal_without_an_id(terminals: AuthorityFolder) -> None:
    """A request that names none is refused."""
    builder = x509.CertificateSigningRequestBuilder(subject_name=x509.Name([]))
    request = read_request(builder.sign(new_key(), hashes.SHA256()).public_bytes(Encoding.DER))
    with pytest.raises(OfficeInputInvalid, match="id has 1 to 64"):
        terminal_ca.sign(terminals, request, AT)


@pytest.mark.parametrize("days", [-1, 14 * 365])
def test_terminal_that_outlives_its_authority(terminals: AuthorityFolder, days: int) -> None:
    """Nothing is certified that the authority could not vouch for to its end."""
    with pytest.raises(OfficeInputInvalid, match="outlive"):
        terminal_ca.sign(terminals, _terminal_request("tt-1"), AT + days * DAY)


def test_centre_opens_what_is_sealed_to_it(centre: AuthorityFolder) -> None:
    """The public file seals, the folder opens with its passphrase, and with no other."""
    public = {key.use: key for key in centre_keys.read_public(centre.read(centre_keys.PUBLIC))}
    kid, private = centre_keys.seal_key(centre, PASSPHRASE)
    assert kid == public[KeyUse.SEAL].kid == centre.first["seal key"]
    sealed = hybrid.seal(b"a name", public[KeyUse.SEAL].public, b"header")
    assert hybrid.open_sealed(sealed, private, b"header") == b"a name"
    with pytest.raises(OfficeInputInvalid, match="does not open"):
        centre_keys.seal_key(centre, PASSPHRASE + "!")
    kid, sign = centre_keys.sign_key(centre, PASSPHRASE)
    assert kid == public[KeyUse.SIGN].kid
    assert public[KeyUse.SIGN].verification_key == sign.public_key()


def test_key_let_out(centre: AuthorityFolder) -> None:
    """That the signing key was given to a serving machine stands in the ledger."""
    taken: list[tuple[str, ec.EllipticCurvePrivateKey]] = []
    act = centre_keys.hand_over(centre, "/srv/centre", lambda *pair: taken.append(pair))
    do(centre, act)
    entry = centre.ledger.entries[-1]
    assert (entry.act, entry.facts["to"]) == ("hand-over", "/srv/centre")
    assert [kid for kid, _ in taken] == [entry.facts["sign key"]]


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"v":1,"centre_keys":[{}]}', b"\xff"])
def test_public_file_that_is_none(data: bytes) -> None:
    """Our own error."""
    with pytest.raises(OfficeInputInvalid, match="no public keys"):
        centre_keys.read_public(data)


def test_trust_list(
    trust: AuthorityFolder,
    root: AuthorityFolder,
    status: AuthorityFolder,
    terminals: AuthorityFolder,
    centre: AuthorityFolder,
) -> None:
    """A terminal that was given the public half takes it, and the next one after it only."""
    anchors = [
        Anchor(AnchorPurpose.DOCUMENT, _own(root), frozenset({"dang-vien"})),
        trust_root.status_anchor(_own(status)),
        Anchor(AnchorPurpose.TERMINAL, _own(terminals)),
    ]
    keys = centre_keys.read_public(centre.read(centre_keys.PUBLIC))
    compacts = []
    for _ in range(2):
        act, _ = trust_root.trust_list(trust, anchors, keys, AT)
        made = do(trust, act)
        (path,) = (path for name, path in made.items() if name.endswith(".jws"))
        compacts.append(path.read_text())
    given = load_pem_public_key((trust.path / trust_root.PUBLIC).read_bytes())
    assert isinstance(given, ec.EllipticCurvePublicKey)
    first = TrustList.from_compact(compacts[0], given)
    second = TrustList.from_compact(compacts[1], given, first.number)
    assert first.anchors == second.anchors == tuple(anchors)
    assert first.centre_keys == keys
    assert trust_root.last_list(trust) == second
    with pytest.raises(TrustListRefused):
        TrustList.from_compact(compacts[0], given, second.number)
    assert [int(e.facts[NUMBER], 16) for e in trust.ledger.of("trust-list")] == [
        int(AT.timestamp()), int(AT.timestamp()) + 1,
    ]  # fmt: skip


def test_trust_list_that_no_terminal_would_take(
    trust: AuthorityFolder, status: AuthorityFolder, root: AuthorityFolder
) -> None:
    """One key for two purposes, a list's signer for documents: never let out of the office."""
    families = frozenset({"dang-vien"})
    for anchors in (
        [
            Anchor(AnchorPurpose.DOCUMENT, _own(root), families),
            Anchor(AnchorPurpose.TERMINAL, _own(root)),
        ],
        [Anchor(AnchorPurpose.DOCUMENT, _own(status), families)],
        [Anchor(AnchorPurpose.CARD_STATUS, _own(root), scope=STATUS_SCOPE)],
    ):
        act, _ = trust_root.trust_list(trust, anchors, (), AT)
        with pytest.raises(OfficeInputInvalid, match="not signed"):
            do(trust, act)
    assert trust_root.last_list(trust) is None
    assert len(trust.ledger.entries) == 1


def test_status_anchor_without_a_scope() -> None:
    """A certificate that names no URI is no status signer's."""
    key = new_key()
    span = certificates.Span.of(AT, DAY)
    builder = certificates.body(NAME.x509, key.public_key(), issuer=NAME.x509, serial=1, valid=span)
    with pytest.raises(OfficeInputInvalid, match="one scope"):
        trust_root.status_anchor(certificates.sign(builder, key.public_key(), key))
