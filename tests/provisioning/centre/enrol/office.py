"""An office that enrols terminals: its centre with the authority, claims, terminals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from werkzeug.test import TestResponse

from edge.wire import est
from edge.wire.claim import Claim, secret_hash
from edge.wire.event import timestamp
from edge.wire.reenrol import JOSE, Reenrol, sign_reenrol
from provisioning.centre.alarms import AlarmRow, alarms
from provisioning.centre.app import Front
from provisioning.centre.door import DOOR_HEADER, Door
from provisioning.enrol.issue import InProcess
from provisioning.fleet import claims, decisions, registry, requests
from provisioning.fleet.registry import State
from provisioning.fleet.requests import RequestState
from provisioning.office.pki import create_terminal_ca, new_key
from tests.edge.log.made import START
from tests.provisioning.centre.made import Centre

ORGANISATION = "01234567890123"
VALID = timedelta(days=7)
OPERATOR = "lan"


def subject(terminal: str) -> x509.Name:
    """Return the subject of a terminal's request."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, terminal)])


@dataclass
class Blank:
    """A terminal that has a key, and perhaps a certificate."""

    terminal: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    certificate: bytes | None = None

    def request(self, key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
        """Return its request (DER), for its own key or the next one."""
        builder = x509.CertificateSigningRequestBuilder(subject(self.terminal))
        return builder.sign(key or self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def signed(self, key: ec.EllipticCurvePrivateKey, at: datetime) -> bytes:
        """Return the request for the next key, signed by the old one."""
        assert self.certificate is not None
        asked = Reenrol(self.request(key), timestamp(at))
        return sign_reenrol(asked, self.key, self.certificate).encode()


@dataclass
class Office:
    """A centre and its authority."""

    database_url: str
    front: Front = Front.NOTHING
    at: datetime = START

    def __post_init__(self) -> None:
        ca = create_terminal_ca("Terminal CA", at=self.at)
        issue = InProcess(ca.certificate, ca.key).issue
        self.centre = Centre(self.database_url, ca=ca, issue=issue, front=self.front, now=self.at)
        self.database = self.centre.store.database

    @property
    def now(self) -> datetime:
        """Return the centre's time."""
        return self.centre.now

    def wait(self, span: timedelta) -> None:
        """Let time pass."""
        self.centre.now += span

    def claim(self, terminal: str = "TT-0001", valid: timedelta = VALID) -> Claim:
        """Give out a claim."""
        secret = new_key().private_numbers().private_value.to_bytes(32, "big")
        until = self.now + valid
        with self.database.writing() as connection:
            made = claims.new_claim(
                connection,
                id=f"claim-{secret[:4].hex()}",
                digest=secret_hash(secret),
                terminal=terminal,
                organisation=ORGANISATION,
                technician="Hoa",
                until=until,
                at=self.now,
                operator=OPERATOR,
            )
        anchors = (self.centre.ca.certificate,)
        return Claim(
            made.id, secret, "https://enrol.centre.test", anchors, terminal, ORGANISATION,
            "Hoa", timestamp(until),
        )  # fmt: skip

    def enrol(self, claim: Claim, request: bytes) -> TestResponse:
        """Send a first request."""
        return self.centre.app.test_client().post(
            est.ENROL,
            data=est.to_body(request),
            content_type=est.PKCS10,
            headers={"Authorization": claim.authorization(), **self._by(Door.ENROL)},
        )

    def renew(self, blank: Blank, key: ec.EllipticCurvePrivateKey) -> TestResponse:
        """Send a request that the old key signed."""
        body = blank.signed(key, self.now)
        return self.centre.app.test_client().post(
            est.RENEW, data=body, content_type=JOSE, headers=self._by(Door.LAPSED)
        )

    def _by(self, door: Door) -> dict[str, str]:
        return {DOOR_HEADER: door.value} if self.centre.front is Front.NGINX else {}

    def approve(self, terminal: str = "TT-0001") -> None:
        """Approve what waits of a terminal."""
        with self.database.writing() as connection:
            for one in requests.requests(connection, RequestState.WAITING, terminal=terminal):
                decisions.approve(connection, one.number, OPERATOR, self.now)

    def refuse(self, terminal: str = "TT-0001") -> None:
        """Refuse what waits of a terminal."""
        with self.database.writing() as connection:
            for one in requests.requests(connection, RequestState.WAITING, terminal=terminal):
                decisions.refuse(connection, one.number, OPERATOR, "unknown", self.now)

    def put(self, state: State, terminal: str = "TT-0001") -> None:
        """Put a terminal into a state."""
        with self.database.writing() as connection:
            registry.enter(connection, terminal, state, self.now)

    def state(self, terminal: str = "TT-0001") -> State | None:
        """Return where a terminal stands."""
        with self.database.reading() as connection:
            found = registry.find(connection, terminal)
        return None if found is None else found.state

    def requests(self) -> int:
        """Return how many requests there are."""
        with self.database.reading() as connection:
            return len(requests.requests(connection))

    def alarms(self) -> tuple[AlarmRow, ...]:
        """Return the alarms."""
        return alarms(self.database)

    def enrolled(self, terminal: str = "TT-0001") -> Blank:
        """Return a terminal that went the whole way."""
        blank, claim = Blank(terminal), self.claim(terminal)
        self.enrol(claim, blank.request())
        self.approve(terminal)
        (blank.certificate,) = given(self.enrol(claim, blank.request()))
        return blank


def given(response: TestResponse) -> tuple[bytes, ...]:
    """Return the certificates of an answer."""
    assert response.status_code == 200, response.get_data(as_text=True)
    assert est.media_type(response.headers["Content-Type"]) == "application/pkcs7-mime"
    return est.read_certificates(est.read_body(response.data, max_size=est.MAX_CERTIFICATES))
