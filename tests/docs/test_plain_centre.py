"""A stranger's centre, written from the pages alone, is a centre; with any rule broken it is none.

Against it: the published exchanges, the examiner, and a terminal of this project, over TLS.
"""

from __future__ import annotations

import re
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from edge.identity.key import load_or_create, store_certificate
from edge.net.line import Line as TerminalLine
from edge.net.tls import ClientCertificate, Tls
from edge.sync.centre_key import CentreKey
from edge.sync.uplink import Uplink, UplinkState
from edge.wire.segment import MAX_EVENTS
from provisioning.cli.common import office_time
from provisioning.conformance.bench import Bench
from provisioning.conformance.examine import RULES, examine
from provisioning.conformance.identity import enrol, shown
from provisioning.conformance.line import Line
from provisioning.conformance.rule import Outcome
from provisioning.office.pki import Authority, create_terminal_ca, issue_terminal, new_key
from tests.docs import plain_centre, plain_inbox, plain_stick
from tests.docs.broken_centres import BROKEN, BROKEN_INBOX, broken
from tests.edge.log.made import fill, make_log, moment
from tests.edge.net.tls_made import files

KID = "sign-stranger"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Running:
    """A centre that answers at `url`, behind TLS under the root `root`."""

    url: str
    root: Path
    ca: Authority
    key: ec.EllipticCurvePrivateKey
    centre: plain_centre.PlainCentre


@contextmanager
def running(
    module: types.ModuleType,
    folder: Path,
    inbox: types.ModuleType = plain_inbox,
    *,
    secure: bool = True,
) -> Iterator[Running]:
    """Serve a centre until the block ends, over TLS or in the clear."""
    now = office_time()
    ca, key = create_terminal_ca("Terminal CA", at=now - 20 * DAY), new_key()
    (folder / "ca.pem").write_bytes(ca.x509.public_bytes(Encoding.PEM))
    certificate, secret = files(folder, now - DAY, now + DAY)
    centre = module.PlainCentre(folder / "centre.db", [ca.x509], key, KID)
    inbox.PlainInbox(centre)
    door = module.tls(certificate, secret, folder / "ca.pem") if secure else None
    server = module.serve(centre, door)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        url = f"http{'s' * secure}://127.0.0.1:{server.server_address[1]}"
        yield Running(url, certificate, ca, key, centre)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        centre.db.close()


@contextmanager
def bench(there: Running) -> Iterator[Bench]:
    """Return the examiner's bench, everything given that any rule needs."""
    at = office_time()
    who = enrol(there.ca, "check-1", at)
    with shown(who) as pem:
        yield Bench(
            Line(there.url, there.root),
            who,
            at,
            (KID, there.key.public_key()),
            there.ca,
            pem,
            wait=lambda _: None,
        )


def test_every_rule_holds(tmp_path: Path) -> None:
    """The examiner asks about each, and finds nothing."""
    with running(plain_centre, tmp_path) as there, bench(there) as asking:
        found = {finding.rule.name: finding for finding in examine(asking)}
    assert {name: (f.outcome, f.why) for name, f in found.items()} == {
        rule.name: (Outcome.OK, "") for rule in RULES
    }


def test_every_rule_has_a_broken_centre() -> None:
    """So that no rule can be one that never fails."""
    assert set(BROKEN) | set(BROKEN_INBOX) == {rule.name for rule in RULES}


@pytest.mark.parametrize("rule", [*BROKEN, *BROKEN_INBOX])
def test_broken_rule_is_found(rule: str, tmp_path: Path) -> None:
    """By the rule's own question, which says what is wrong."""
    secure = rule.startswith("tls-")
    centre, inbox = broken(rule)
    with running(centre, tmp_path, inbox, secure=secure) as there, bench(there) as asking:
        (finding,) = examine(asking, {rule})
    assert finding.outcome is Outcome.FAILED
    assert finding.why


def test_a_terminal_in_use_keeps_its_inbox(tmp_path: Path) -> None:
    """Not even a centre that lets one terminal speak for another is told its name."""
    centre, inbox = broken("inbox-refused")
    with running(centre, tmp_path, inbox, secure=False) as there, bench(there) as asking:
        (finding,) = examine(asking, {"inbox-refused"})
        boxes = {name for (name,) in there.centre.db.execute("select terminal from box")}
    assert finding.outcome is Outcome.FAILED
    assert len(boxes) == 2
    assert asking.who.terminal not in boxes


class Hoarder(plain_centre.PlainCentre):
    """Refuses a signature of another size, and keeps what it was under all the same."""

    def take(
        self, compact: str, caller: str | None, *, lapsed: bool = False
    ) -> tuple[str, list[str]]:
        """Return acknowledgement and anchors. Raises Refused."""
        try:
            return super().take(compact, caller, lapsed=lapsed)
        except plain_centre.Refused as refused:
            if str(refused) == "a signature of another size":
                payload = plain_centre.from_text(compact.split(".")[1])
                self.keep(plain_centre.check_payload(payload))
            raise


def test_refused_and_kept_all_the_same(tmp_path: Path) -> None:
    """An error for an answer is not enough: what was refused must not be held."""
    module = types.ModuleType("hoarder")
    module.__dict__.update(plain_centre.__dict__, PlainCentre=Hoarder)
    with running(module, tmp_path, secure=False) as there, bench(there) as asking:
        (finding,) = examine(asking, {"altered"})
    assert finding.outcome is Outcome.FAILED
    assert "keeps some" in finding.why


def test_a_terminal_uploads(tmp_path: Path) -> None:
    """A real log, by the terminal's own line: every event is held, and the terminal knows it."""
    log = make_log(tmp_path / "events.db")
    fill(log, MAX_EVENTS + 20)
    with running(plain_centre, tmp_path) as there:
        fresh = load_or_create(tmp_path / "identity", log.terminal)
        at = office_time()
        issued = issue_terminal(there.ca, fresh.key.public_key(), log.terminal, at=at - DAY)
        identity = store_certificate(tmp_path / "identity", fresh, issued)
        line = TerminalLine(Tls(there.root, ClientCertificate(issued, identity.key)))
        key = CentreKey(KID, there.key.public_key())
        uplink = Uplink(log, identity, line, there.url, key)
        result = uplink.run_once(replace(moment(), at=at))
        line.close()
        held = there.centre.db.execute("select data from event order by seq").fetchall()
    assert (result.state, result.high_water) == (UplinkState.UP_TO_DATE, log.head().seq)
    assert result.alarms == ()
    assert [row[0] for row in held] == [event.to_bytes() for event in log.events()]
    log.close()


def test_nothing_of_the_project_is_needed() -> None:
    """The plain centre, its stick and its inbox import nothing of ours."""
    for plain in (plain_centre, plain_stick, plain_inbox):
        source = Path(str(plain.__file__)).read_text("utf-8")
        for package in ("edge", "reader", "crl", "verify", "provisioning"):
            assert f"import {package}" not in source
            assert f"from {package}" not in source
        assert set(re.findall(r"from tests\.(\S+)", source)) <= {"docs.plain_centre"}


def test_certificate_of_a_terminal_is_x509() -> None:
    """What the authority issues is what section 10 says."""
    ca = create_terminal_ca("Terminal CA", at=office_time() - DAY)
    who = enrol(ca, "TT-1", office_time())
    found = x509.load_der_x509_certificate(who.certificate)
    plain_centre.check_certificate(found, [ca.x509], office_time())
    assert plain_centre.terminal_of(found) == "TT-1"
