"""The terminal's identity folder: made once, on the terminal, and read at each start.

Lives here: the files, their permissions, and the change from one key and certificate to the next.
Not here: how a private key is kept (`place`), asking for a certificate (`edge.enrol`), what the
keys sign and wrap (`edge.wire`, `edge.log`).

    terminal-key.*   the private key; the suffix says how it is kept
    terminal.der     its certificate, once issued
    next-key.*       the key for which another certificate is asked, meanwhile
    next.der         that certificate: from its presence on, the change is made
    old-key.*        the key before, until it is erased
    wrap.key         32 random bytes that wrap the keys of living contexts

A change is four steps: `next.der` is written, key and certificate take their places, `next.der`
goes, the old key is erased. A plug pulled before the first is done leaves the old pair; after it
the next start finishes the change. What the old key signed carries its certificate and stays
verifiable.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import ConfigInvalid, KeyUnusable, RecordingLocked
from edge.files import replace_file, sync_folder
from edge.identity import place as places
from edge.identity.place import FILE, KeyPlace
from edge.identity.wiped import STATEMENT_FILE, destroy
from edge.log.fault import LogFault, locked
from edge.log.keys import WRAP_KEY_SIZE

KEY, NEXT_KEY, OLD_KEY = "terminal-key", "next-key", "old-key"
KEY_FILE = KEY + places.SUFFIXES[places.KeyKind.FILE]
WRAP_FILE = "wrap.key"
CERTIFICATE_FILE, NEXT_FILE = "terminal.der", "next.der"
MAX_FILE = 16 * 1024  # bytes of each

PATIENCE = 5.0  # seconds
_PAUSE = 0.02  # seconds
_FOLDER_MODE = 0o700
_NEXT_STEP = "Restore the identity folder from the terminal's disk, or enrol the terminal anew."


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and its certificate, DER; None until one is issued."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: bytes | None = field(repr=False)

    @property
    def shown(self) -> bytes | None:
        """Return the certificate where TLS can show it: the key of a token cannot be used there."""
        return self.certificate if places.exportable(self.key) else None


class TerminalIdentity:
    """The terminal's own keys, one object as long as the process lives.

    Key and certificate are read together (`pair`) where both matter: a renewal changes them.
    """

    __slots__ = ("_pair", "terminal_id", "wrap_key")

    def __init__(self, terminal_id: str, pair: Pair, wrap_key: bytes) -> None:
        self.terminal_id = terminal_id
        self.wrap_key = wrap_key
        self._pair = pair

    def __repr__(self) -> str:
        return f"TerminalIdentity(terminal_id={self.terminal_id!r})"

    @property
    def pair(self) -> Pair:
        """Return key and certificate as they belong together."""
        return self._pair

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """Return the private key."""
        return self._pair.key

    @property
    def certificate(self) -> bytes | None:
        """Return the certificate (DER), None until one is issued."""
        return self._pair.certificate

    def having(self, pair: Pair) -> TerminalIdentity:
        """Return another identity of the same terminal, with this key and certificate."""
        return TerminalIdentity(self.terminal_id, pair, self.wrap_key)

    def take_up(self, pair: Pair) -> None:
        """Use this key and certificate from now on."""
        self._pair = pair


def exists(folder: Path) -> bool:
    """Return whether there is an identity in `folder`. Raises OSError."""
    return places.held(folder, KEY) is not None


def load_or_create(
    folder: Path,
    terminal_id: str,
    rng: Callable[[int], bytes] = os.urandom,
    *,
    place: KeyPlace = FILE,
) -> TerminalIdentity:
    """Return the identity in `folder`, made now, its key in `place`, where the folder holds none.

    Raises RecordingLocked: LOG_KEY_MISSING where a file is missing, damaged or unreadable, for a
    new key in its place would make the log of an open meeting unreadable; LOG_WIPED where the
    office had the keys destroyed.
    """
    try:
        _make_folder(folder)
        if (folder / STATEMENT_FILE).exists():
            raise _wiped(folder)
        with suppress(OSError):  # a read-only disk: the keys are still good for reading
            folder.chmod(_FOLDER_MODE)
        with _alone(folder):
            if not exists(folder):
                _create(folder, rng, place)
            return _load(folder, terminal_id)
    except OSError as error:
        raise _missing("The terminal's identity folder cannot be read or made.") from error
    except KeyUnusable as error:
        raise _missing(error.message, error.next_step) from error


def store_certificate(
    folder: Path, identity: TerminalIdentity, certificate: bytes
) -> TerminalIdentity:
    """Keep the certificate (DER) issued for this terminal's key and return the identity with it.

    Raises ConfigInvalid for a certificate of another key, RecordingLocked where the disk refuses.
    """
    _require_own(certificate, identity.key)
    try:
        replace_file(folder / CERTIFICATE_FILE, certificate, mode=0o644)
    except OSError as error:
        raise _missing("The terminal's certificate cannot be kept.") from error
    return identity.having(Pair(identity.key, certificate))


def next_key(folder: Path, place: KeyPlace) -> ec.EllipticCurvePrivateKey:
    """Return the key for which another certificate is asked, made now where there is none.

    The same one until its certificate is kept, however often the power goes. Raises KeyUnusable,
    OSError.
    """
    kind = places.held(folder, NEXT_KEY)
    if kind is None:
        return places.make(folder, NEXT_KEY, place)
    return places.load(folder, NEXT_KEY, kind)


def change(folder: Path, key: ec.EllipticCurvePrivateKey, certificate: bytes) -> Pair:
    """Keep the certificate (DER) of `next_key`, let both take their places, and return them.

    Raises ConfigInvalid for a certificate of another key; OSError, and then the next start
    finishes what was begun.
    """
    _require_own(certificate, key)
    with _alone(folder):
        places.destroy(folder, OLD_KEY)
        replace_file(folder / NEXT_FILE, certificate, mode=0o644)
        _finish_change(folder)
    return Pair(key, certificate)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let no other process read or change the pair meanwhile.

    Waits for PATIENCE at most: a process that hangs keeps no terminal from starting.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    ends = time.monotonic() + PATIENCE
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > ends:
                    break
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(handle)


def _finish_change(folder: Path) -> None:
    """Go on where a change was cut short; nothing where none was begun. Raises OSError."""
    if (folder / NEXT_FILE).exists():
        places.move(folder, NEXT_KEY, KEY, OLD_KEY)
        replace_file(folder / CERTIFICATE_FILE, _read(folder / NEXT_FILE), mode=0o644)
        (folder / NEXT_FILE).unlink()
        sync_folder(folder)
    if places.held(folder, OLD_KEY) is not None:
        places.destroy(folder, OLD_KEY)


def _make_folder(folder: Path) -> None:
    """Make the folder; by root on the console, it is the service's all the same."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
    if os.geteuid() == 0:
        owner = folder.parent.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)


def _create(folder: Path, rng: Callable[[int], bytes], place: KeyPlace) -> None:
    """Write the private key last: its presence says that the folder is complete."""
    if not (folder / WRAP_FILE).exists():
        replace_file(folder / WRAP_FILE, rng(WRAP_KEY_SIZE))
    places.make(folder, KEY, place)


def _load(folder: Path, terminal_id: str) -> TerminalIdentity:
    _finish_change(folder)
    kind = places.held(folder, KEY)
    if kind is None:
        raise _missing("The terminal's private key is missing.")
    key = places.load(folder, KEY, kind)
    wrap_key = _read(folder / WRAP_FILE)
    if len(wrap_key) != WRAP_KEY_SIZE:
        raise _missing("The terminal's wrap key is damaged.")
    certificate = None
    if (folder / CERTIFICATE_FILE).exists():
        certificate = _read(folder / CERTIFICATE_FILE)
        if _public_key(certificate) != key.public_key():
            raise _another_key(kind)
    return TerminalIdentity(terminal_id, Pair(key, certificate), wrap_key)


def _another_key(kind: places.KeyKind) -> RecordingLocked:
    message = "The terminal's certificate is not that of its key."
    if kind is places.KeyKind.CREDENTIAL:  # systemd gave the service the key before a renewal
        return _missing(message, "Restart the service; if that does not help, enrol it anew.")
    return _missing(message)


def _require_own(certificate: bytes, key: ec.EllipticCurvePrivateKey) -> None:
    if _public_key(certificate) != key.public_key():
        raise ConfigInvalid(
            "The certificate is not for this terminal's key.",
            next_step="Ask the office for the certificate of this terminal.",
        )


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE)


def _public_key(certificate: bytes) -> object:
    try:
        return x509.load_der_x509_certificate(certificate).public_key()
    except ValueError:
        return None


def _wiped(folder: Path) -> RecordingLocked:
    destroy(folder)
    return locked(LogFault.WIPED)


def _missing(message: str, next_step: str = _NEXT_STEP) -> RecordingLocked:
    return RecordingLocked(message, next_step=next_step, fault=LogFault.KEY_MISSING.value)
