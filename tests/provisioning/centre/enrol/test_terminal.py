"""A terminal's way with the real centre behind nginx: blank, enrolled, away, back, renewed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge.enrol.faults import EnrolFault
from edge.enrol.first import FirstEnrolment, Step
from edge.enrol.kept import State
from edge.enrol.renewal import Centre as Where
from edge.enrol.renewal import Renewal
from edge.errors import EnrolmentRefused
from edge.identity.key import TerminalIdentity, load_or_create
from edge.log.append import EventLog
from edge.net.line import Line
from edge.net.tls import ClientCertificate, Tls
from edge.sync.centre_key import CentreKey
from edge.sync.uplink import Uplink, UplinkState
from provisioning.centre.app import Front
from provisioning.centre.nginx import Site, bundle, configuration
from provisioning.cli.common import office_time
from provisioning.demo.children import free_port
from provisioning.office.certificates import TERMINAL_VALIDITY
from tests.edge.enrol.conftest import names
from tests.edge.log.made import TERMINAL, check_in, fill, make_log
from tests.provisioning.centre.enrol.office import Office
from tests.provisioning.centre.fronted import serving, tls
from tests.provisioning.centre.made import KID
from tests.provisioning.nginx_run import nginx
from verify.moment import Moment, TimeQuality

__all__ = ["names"]

NAME = "centre.test"
AWAY = TERMINAL_VALIDITY + timedelta(days=365)


@dataclass
class Far:
    """A terminal and its centre behind nginx."""

    office: Office
    folder: Path
    port: int
    trust: Path

    @property
    def now(self) -> Moment:
        """Return what time it is for both."""
        return Moment(self.office.now, TimeQuality.SYNCHRONISED)

    @property
    def identity(self) -> TerminalIdentity:
        """Return what a start finds."""
        return load_or_create(self.folder / "identity", TERMINAL)

    def claim(self) -> bytes:
        """Return a claim of the centre's, as its file."""
        root = x509.load_pem_x509_certificate(self.trust.read_bytes()).public_bytes(Encoding.DER)
        address = f"https://enrol.{NAME}:{self.port}"
        return replace(self.office.claim(), enrol=address, anchors=(root,)).to_bytes()

    def ask(self, folder: Path | None = None) -> Step:
        """Ask for the first certificate."""
        return self.first(folder).ask(self.now)

    def first(self, folder: Path | None = None) -> FirstEnrolment:
        """Return the first enrolment of the terminal, or of another."""
        return FirstEnrolment(folder or self.folder / "identity", lambda: self.office.at)

    def renewal(self, identity: TerminalIdentity, line: Line) -> Renewal:
        """Return what renews its certificate."""
        where = Where(f"https://terminals.{NAME}:{self.port}", lambda: self.office.at, self.trust)
        return Renewal(
            self.folder / "identity", identity, where, monotonic=lambda: 0.0,
            renewed=lambda: line.secure(self.secured(identity)),
        )  # fmt: skip

    def secured(self, identity: TerminalIdentity) -> Tls:
        """Return how the way up is secured, by the certificate that there is now."""
        pair = identity.pair
        assert pair.certificate is not None
        shown = ClientCertificate(pair.certificate, pair.key)
        return Tls(self.trust, shown, lambda: self.office.at)

    def bring_up(self, log: EventLog, identity: TerminalIdentity, line: Line) -> int:
        """Bring the log up; return up to where the centre holds it."""
        key = CentreKey(KID, self.office.centre.sign_key.public_key())
        url = f"https://terminals.{NAME}:{self.port}"
        result = Uplink(log, identity, line, url, key).run_once(self.now)
        assert result.state is UplinkState.UP_TO_DATE, result.why
        assert not result.alarms
        return result.high_water


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    """Return nginx before a centre whose authority began before a certificate's life and a year."""
    folder, today = tmp_path_factory.mktemp("far"), office_time()
    office = Office(f"sqlite:///{folder / 'c.db'}", Front.NGINX, today - AWAY)
    trust, key = tls(folder, NAME, today)
    (folder / "ca.pem").write_bytes(bundle([office.centre.ca.certificate]))
    unix, port = folder / "c.sock", free_port()
    site = folder / "site.conf"
    site.write_text(configuration(Site(NAME, trust, key, folder / "ca.pem", unix, port)))
    with serving(office.centre.app, unix), nginx(folder, site, port):
        yield Far(office, folder, port, trust)
    office.centre.store.close()


def test_from_blank_to_renewed(far: Far, names: None) -> None:
    """Quarantine, a copied claim, a year in a drawer, a renewal: no event is lost."""
    claim = far.claim()
    far.first().begin(claim, far.now)
    assert far.ask().state is State.WAITING
    thief = far.folder / "thief"
    far.first(thief).begin(claim, far.now)
    with pytest.raises(EnrolmentRefused) as caught:
        far.ask(thief)
    assert caught.value.fault == EnrolFault.CLAIM_REFUSED
    far.office.approve()
    assert far.ask().state is State.ENROLLED

    identity = far.identity
    line = Line(far.secured(identity))
    log = make_log(far.folder / "log.sqlite", wrap_key=identity.wrap_key)
    context = fill(log, 3)
    far.office.centre.now = office_time()
    before = identity.certificate
    assert far.bring_up(log, identity, line) == log.head().seq  # by the door for ended ones
    check_in(log, context, 10)
    renewal = far.renewal(identity, line)
    waiting = renewal.after_a_pass(far.now)
    assert waiting is not None
    assert waiting.state is State.WAITING
    assert identity.certificate == before
    far.office.approve()
    assert renewal.ask(far.now).state is State.ENROLLED
    assert identity.certificate != before
    assert far.bring_up(log, identity, line) == log.head().seq

    check_in(log, context, 11)
    second = identity.certificate
    assert renewal.ask(far.now).state is State.ENROLLED  # in force: nobody has to approve it
    assert far.identity.certificate == identity.certificate != second
    assert far.bring_up(log, identity, line) == log.head().seq
    line.close()
    log.close()
    assert len(far.office.alarms()) == 1  # the thief's
