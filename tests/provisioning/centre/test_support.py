"""A support bundle is asked for, comes sealed, and is opened where the private key lies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge.errors import ConfigInvalid, SealBroken, WireMalformed
from edge.identity.key import Pair, TerminalIdentity
from edge.sync.support_out import SupportOut
from edge.wire.inbox import Command, MessageKind
from edge.wire.support import MAX_CLEAR, MAX_SUPPORT, kept_bundle, open_bundle, seal_bundle
from provisioning.centre import support
from provisioning.centre.support import KEPT
from tests.edge.log.made import SEAL, START, TERMINAL
from tests.edge.sync.inbox_made import Wired, command
from tests.provisioning.centre.made import Centre
from verify.errors import VerifyError

KEY = (SEAL.kid, SEAL.public)
ARCHIVE = b"PK not really an archive"


def sealed(identity: TerminalIdentity, order: int = 1, terminal: str = TERMINAL) -> str:
    """Return a bundle as a terminal hands it in."""
    assert identity.certificate is not None
    return seal_bundle(
        *(ARCHIVE, terminal, order, START),
        centre=KEY,
        key=identity.key,
        certificate=identity.certificate,
    )


def handed_in(centre: Centre, compact: str | bytes) -> int:
    """Hand a bundle in and return the status of the answer."""
    return centre.app.test_client().post("/v1/support", data=compact).status_code


def test_bundle_comes_and_is_opened(centre: Centre, identity: TerminalIdentity) -> None:
    """Kept as it came; who holds the database cannot read it, who has the seal key can."""
    assert handed_in(centre, sealed(identity, 7)) == 200
    (one,) = support.kept(centre.store.database)
    assert (one.terminal, one.order) == (TERMINAL, 7)
    assert ARCHIVE not in one.compact.encode()
    bundle = kept_bundle(one.compact)
    assert bundle.kid == SEAL.kid
    assert bundle.open(SEAL.private) == ARCHIVE
    for changed in (replace(bundle, order=8), replace(bundle, terminal="TT-9999")):
        with pytest.raises(SealBroken):
            changed.open(SEAL.private)


def test_newest_few_are_kept(centre: Centre, identity: TerminalIdentity) -> None:
    """The same again changes nothing; beyond the cap the oldest go."""
    for order in (*range(1, KEPT + 3), KEPT + 2):
        assert handed_in(centre, sealed(identity, order)) == 200
    found = support.kept(centre.store.database, TERMINAL)
    assert [one.order for one in found] == list(range(KEPT + 2, 2, -1))
    assert support.kept(centre.store.database, "TT-9999") == ()


def test_bundle_that_is_refused(centre: Centre, identity: TerminalIdentity, tmp_path: Path) -> None:
    """Another's name, another authority, another paper, nonsense, too large: nothing is kept."""
    assert identity.certificate is not None
    stranger = Centre(f"sqlite:///{tmp_path / 'other.db'}")
    foreign = stranger.enrol(tmp_path / "foreign")
    stranger.stop()
    for compact in (
        sealed(identity, terminal="TT-9999"),
        sealed(foreign),
        "a.b.c",
        b"\xff",
        b"x" * (MAX_SUPPORT + 1),
    ):
        assert handed_in(centre, compact) == 403
    assert support.kept(centre.store.database) == ()


def test_archive_beyond_the_cap(identity: TerminalIdentity) -> None:
    """Is not sealed; the largest fits its message."""
    assert identity.certificate is not None
    more = {"centre": KEY, "key": identity.key, "certificate": identity.certificate}
    largest = seal_bundle(bytes(MAX_CLEAR), TERMINAL, 1, START, **more)  # type: ignore[arg-type]
    assert len(largest) <= MAX_SUPPORT
    with pytest.raises(WireMalformed):
        seal_bundle(bytes(MAX_CLEAR + 1), TERMINAL, 1, START, **more)  # type: ignore[arg-type]


def test_signature_of_another(identity: TerminalIdentity, centre: Centre, tmp_path: Path) -> None:
    """The certificate inside is looked at, and the key that is asked for counts."""
    other = centre.enrol(tmp_path / "second")
    with pytest.raises(VerifyError):
        open_bundle(sealed(identity), lambda _: other.key.public_key())


def out(identity: TerminalIdentity, tmp_path: Path) -> SupportOut:
    """Return the terminal's side."""
    return SupportOut(tmp_path / "support.jws", identity)


def test_it_waits_until_the_centre_has_it(
    centre: Centre, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """Out of reach it stays; then it goes once; of two the later one waits."""
    waiting = out(identity, tmp_path)
    assert not waiting.after_a_pass(centre.http, "http://centre/", START)
    waiting.keep(b"first", 1, KEY, START)
    waiting.keep(ARCHIVE, 2, KEY, START)
    centre.down = True
    assert not waiting.after_a_pass(centre.http, "http://centre/", START)
    centre.down = False
    assert waiting.after_a_pass(centre.http, "http://centre/", START)
    before = centre.requests
    assert not waiting.after_a_pass(centre.http, "http://centre/", START)
    assert centre.requests == before
    (one,) = support.kept(centre.store.database)
    assert kept_bundle(one.compact).open(SEAL.private) == ARCHIVE


def test_what_the_centre_refuses_is_let_go(
    centre: Centre, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """The same again would be refused again with each pass."""
    waiting = out(TerminalIdentity("TT-9999", identity.pair, identity.wrap_key), tmp_path)
    waiting.keep(ARCHIVE, 1, KEY, START)
    assert not waiting.after_a_pass(centre.http, "http://centre/", START)
    assert list(tmp_path.glob("support.jws")) == []


def test_terminal_that_cannot_sign_or_keep(identity: TerminalIdentity, tmp_path: Path) -> None:
    """Without a certificate it says so; a disk that refuses is the caller's to tell."""
    bare = identity.having(Pair(identity.key, None))
    with pytest.raises(ConfigInvalid):
        out(bare, tmp_path).keep(ARCHIVE, 1, KEY, START)
    with pytest.raises(OSError, match="No such file"):
        out(identity, tmp_path / "none").keep(ARCHIVE, 1, KEY, START)


def test_message_asks_for_it(centre: Centre, identity: TerminalIdentity, tmp_path: Path) -> None:
    """By its number; of two that came the wrong way round only the later one makes a bundle."""
    wired = Wired(centre, identity, tmp_path)
    wired.call()
    messages = [wired.send(MessageKind.COMMAND, command(Command.SEND_SUPPORT)) for _ in range(2)]
    outcome = wired.take(*reversed(messages))
    assert sorted(outcome.taken) == [1, 2]
    assert wired.acts.did == [("support", 2)]
