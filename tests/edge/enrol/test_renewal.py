"""The next certificate: in time, with a new key, by the door that is open; nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from edge.enrol.due import is_due
from edge.enrol.faults import EnrolFault
from edge.enrol.kept import State
from edge.errors import EnrolmentRefused
from edge.identity.key import CERTIFICATE_FILE, NEXT_FILE, Pair, load_or_create
from edge.wire.event import timestamp
from edge.wire.reenrol import Reenrol, open_reenrol, sign_reenrol
from provisioning.office.certificates import TERMINAL_VALIDITY
from tests.edge.enrol.conftest import Blank, on
from tests.edge.log.made import START, TERMINAL, moment
from verify import jws

LIFE = TERMINAL_VALIDITY.days


class Seconds:
    """A clock that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_when_it_is_due(enrolled: Blank) -> None:
    """From two thirds of the life on, also once it has ended; never for what is no certificate."""
    own = enrolled.identity.certificate
    assert not is_due(own, START + TERMINAL_VALIDITY * 2 / 3 - timedelta(minutes=1))
    assert is_due(own, START + TERMINAL_VALIDITY * 2 / 3 + timedelta(minutes=1))
    assert is_due(own, START + 2 * TERMINAL_VALIDITY)
    assert not is_due(None, START)
    assert not is_due(b"no certificate", START)


def test_renewed_in_time(enrolled: Blank) -> None:
    """A new key and certificate, used from that moment on and after the next start; once."""
    identity = enrolled.identity
    before, told = identity.pair, []
    renewal = enrolled.renewal(identity, renewed=lambda: told.append(identity.pair))
    at = on(LIFE * 0.7)
    enrolled.server.now = at.at
    assert renewal.after_a_pass(on(LIFE * 0.6)) is None
    step = renewal.after_a_pass(at)
    assert step is not None
    assert step.state is State.ENROLLED
    assert told == [identity.pair]
    assert identity.key.public_key() != before.key.public_key()
    assert enrolled.identity.certificate == identity.certificate != before.certificate
    assert enrolled.identity.wrap_key == identity.wrap_key
    assert [one for one in enrolled.server.asked if "simplereenroll" in one] == [
        "terminals simplereenroll"
    ]
    assert renewal.after_a_pass(at) is None


def test_what_the_old_key_signed_stays_verifiable(enrolled: Blank) -> None:
    """It carries its certificate, which the renewal takes from nobody."""
    old = enrolled.identity.pair
    assert old.certificate is not None
    signed = sign_reenrol(Reenrol(b"\x30\x00", timestamp(START)), old.key, old.certificate)
    identity = enrolled.identity
    enrolled.renewal(identity).ask(on(LIFE * 0.7))
    assert identity.certificate != old.certificate
    assert open_reenrol(signed, lambda header: jws.certificate_key(header.x5c[0]))


def test_back_after_a_year(enrolled: Blank) -> None:
    """Known but ended: by the other door, where it waits; the same key asks until it is let in."""
    identity = enrolled.identity
    at = on(LIFE + 365)
    enrolled.server.now, enrolled.server.quarantine = at.at, True
    clock = Seconds()
    renewal = enrolled.renewal(identity, monotonic=clock)
    waiting = renewal.after_a_pass(at)
    assert waiting is not None
    assert (waiting.state, waiting.after) == (State.WAITING, 7.0)
    assert renewal.after_a_pass(at) is None  # not before it was told
    clock.now = 8.0
    assert renewal.after_a_pass(at) == waiting
    enrolled.server.quarantine = False
    clock.now = 16.0
    done = renewal.after_a_pass(at)
    assert done is not None
    assert done.state is State.ENROLLED
    doors = {one.partition(" ")[0] for one in enrolled.server.asked if "simplereenroll" in one}
    assert doors == {"lapsed"}
    assert not enrolled.server.alarms


def test_clock_behind_while_it_has_ended(enrolled: Blank) -> None:
    """The usual door answers 400, as nginx does: by the other door within the same asking."""
    enrolled.server.now = START + TERMINAL_VALIDITY + timedelta(days=9)
    identity = enrolled.identity
    assert enrolled.renewal(identity).ask(on(LIFE * 0.9)).state is State.ENROLLED
    asked = [one for one in enrolled.server.asked if "simplereenroll" in one]
    assert asked == ["terminals simplereenroll", "lapsed simplereenroll"]


def test_restart_while_it_waits(enrolled: Blank) -> None:
    """The key that was asked for first is asked for again: no second request, no alarm."""
    enrolled.server.quarantine = True
    for _ in range(2):
        assert enrolled.renewal(enrolled.identity).ask(on(LIFE * 0.7)).state is State.WAITING
    assert not enrolled.server.alarms
    assert enrolled.identity.certificate is not None


def test_failure_is_tried_again_after_an_hour(enrolled: Blank) -> None:
    """Quietly; the terminal goes on with what it has, and says why when asked."""
    enrolled.server.answers["simplereenroll"] = 403, "text/plain", b"no"
    clock = Seconds()
    identity = enrolled.identity
    before = identity.pair
    renewal = enrolled.renewal(identity, monotonic=clock)
    failed = renewal.after_a_pass(on(LIFE * 0.7))
    assert failed is not None
    assert failed.state is State.FAILED
    assert identity.pair == before
    clock.now = 3599.0
    assert renewal.after_a_pass(on(LIFE * 0.7)) is None
    progress = enrolled.files.progress()
    assert progress is not None
    assert (progress.state, progress.fault) == (State.FAILED, "ENROL_CLAIM_REFUSED")
    del enrolled.server.answers["simplereenroll"]
    clock.now = 3601.0
    done = renewal.after_a_pass(on(LIFE * 0.7))
    assert done is not None
    assert done.state is State.ENROLLED


def test_another_name_is_not_taken(enrolled: Blank) -> None:
    """A renewal gives the terminal no other name."""
    enrolled.server.named = "TT-0002"
    identity = enrolled.identity
    with pytest.raises(EnrolmentRefused) as caught:
        enrolled.renewal(identity).ask(on(LIFE * 0.7))
    assert caught.value.fault == EnrolFault.CERTIFICATE_UNFIT
    assert enrolled.identity.certificate == identity.certificate


def test_server_that_lists_no_authorities_at_this_door(enrolled: Blank) -> None:
    """Those that were kept at enrolment are asked; without any, nothing is taken."""
    enrolled.server.answers["cacerts"] = 404, "", b""
    identity = enrolled.identity
    assert enrolled.renewal(identity).ask(on(LIFE * 0.7)).state is State.ENROLLED
    (enrolled.folder / "authorities.p7").unlink()
    with pytest.raises(EnrolmentRefused) as caught:
        enrolled.renewal(identity).ask(on(LIFE * 0.7))
    assert caught.value.fault == EnrolFault.NO_SERVER


def test_nothing_to_renew(blank: Blank) -> None:
    """A terminal without a certificate needs a claim."""
    with pytest.raises(EnrolmentRefused) as caught:
        blank.renewal(load_or_create(blank.folder, TERMINAL)).ask(moment())
    assert caught.value.fault == EnrolFault.NO_CLAIM
    assert not blank.server.asked


def test_a_pair_is_read_together(enrolled: Blank) -> None:
    """Whoever signs never meets the new key with the old certificate."""
    pair = enrolled.identity.pair
    assert isinstance(pair.key, ec.EllipticCurvePrivateKey)
    assert pair.shown == pair.certificate
    assert repr(pair) == repr(Pair(pair.key, b"other"))  # neither stands in it
    assert (enrolled.folder / CERTIFICATE_FILE).read_bytes() == pair.certificate
    assert not (enrolled.folder / NEXT_FILE).exists()
