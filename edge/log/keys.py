"""Context keys at rest: wrapped by the terminal's own key while the context lives.

Lives here: wrapping, the files that hold wrapped keys, and the keys in use. Not here: what they
seal (`edge.wire.seal`), the terminal's own key (`edge.identity`), when a key is due to be
destroyed (`due`).
Source: AES-256-GCM, NIST SP 800-38D; terminal, epoch and context are the additional data.

Each key stands in a file of its own, never in the database: a database copies its pages into its
write-ahead log, keeps them there while anybody reads, and moves them when a page splits; a small
file is overwritten where it lies and is gone (docs/adr/0006).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.errors import KeyDestroyed, SealBroken
from edge.files import erase_file, replace_file
from edge.wire import canonical, seal
from edge.wire.seal import NONCE_SIZE, ContextKeys

WRAP_KEY_SIZE = 32  # bytes
MAX_WRAPPED = 1024  # bytes; a wrapped key has 60
_TYPE = "tramthe-wrapped-context-key"
_SUFFIX = ".key"
_KEY_FILE = re.compile(r"\.([0-9a-f]{32})\.key")


@dataclass(frozen=True, slots=True)
class KeyWrap:
    """The terminal's own key, applied to the keys of contexts opened in one epoch.

    Raises SealBroken.
    """

    key: bytes = field(repr=False)
    terminal: str
    epoch: str

    def __post_init__(self) -> None:
        if len(self.key) != WRAP_KEY_SIZE:
            raise SealBroken(
                "The terminal's wrap key has not 32 bytes.",
                next_step="Restore the terminal's identity folder.",
            )

    def wrap(self, context: str, context_key: bytes, rng: Callable[[int], bytes]) -> bytes:
        """Return nonce, ciphertext and tag."""
        nonce = rng(NONCE_SIZE)
        return nonce + AESGCM(self.key).encrypt(nonce, context_key, self._bound_to(context))

    def unwrap(self, context: str, wrapped: bytes) -> bytes:
        """Return the context key. Raises SealBroken where this terminal's key is another."""
        try:
            return AESGCM(self.key).decrypt(
                wrapped[:NONCE_SIZE], wrapped[NONCE_SIZE:], self._bound_to(context)
            )
        except (InvalidTag, ValueError) as error:
            raise SealBroken(
                "The key of a context does not open with this terminal's key.",
                next_step="Restore the terminal's identity folder, or call the technician.",
            ) from error

    def _bound_to(self, context: str) -> bytes:
        return canonical.encode(
            {"context": context, "epoch": self.epoch, "terminal": self.terminal, "type": _TYPE}
        )


class KeyFiles:
    """The wrapped keys beside a log, `LOG.CONTEXT.key`: one file for each living context."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def keep(self, context: str, wrapped: bytes) -> None:
        """Keep a key, durably. Raises OSError."""
        replace_file(self.path(context), wrapped)

    def read(self, context: str) -> bytes | None:
        """Return a wrapped key, None where it is destroyed. Raises OSError."""
        try:
            with self.path(context).open("rb") as file:
                wrapped = file.read(MAX_WRAPPED)
        except FileNotFoundError:
            return None
        return wrapped if any(wrapped) else None

    def contexts(self) -> frozenset[str]:
        """Return the contexts with a key file. Raises OSError."""
        found = (_KEY_FILE.fullmatch(path.name, len(self._log.name)) for path in self._files())
        return frozenset(match[1] for match in found if match is not None)

    def erase(self, context: str) -> None:
        """Destroy a key; harmless when repeated. Raises OSError."""
        erase_file(self.path(context))

    def sweep(self, known: Set[str]) -> None:
        """Remove what a power cut left, given the contexts that are known.

        Half-written files, keys of contexts that never opened, and keys whose destruction had
        begun. Raises OSError.
        """
        for context in self.contexts():
            if context not in known or self.read(context) is None:
                self.erase(context)
        for half in self._log.parent.glob(f".{self._log.name}.*{_SUFFIX}.new"):
            erase_file(half)

    def path(self, context: str) -> Path:
        """Return where the key of a context is kept."""
        return self._log.with_name(f"{self._log.name}.{context}{_SUFFIX}")

    def _files(self) -> Iterator[Path]:
        return self._log.parent.glob(f"{self._log.name}.*{_SUFFIX}")


class Keyring:
    """The keys of living contexts, opened as they are asked for.

    `wrap_key` is the terminal's own, None where it is lost. Raises SealBroken for one of another
    size.
    """

    def __init__(self, files: KeyFiles, wrap_key: bytes | None, terminal: str) -> None:
        self.files = files
        self.terminal = terminal
        self._wrap_key = wrap_key
        if wrap_key is not None:
            KeyWrap(wrap_key, terminal, "")
        self._open: dict[tuple[str, str], ContextKeys] = {}

    @property
    def usable(self) -> bool:
        """Return whether the terminal's own key is there."""
        return self._wrap_key is not None

    def keep(
        self, context: str, context_key: bytes, epoch: str, rng: Callable[[int], bytes]
    ) -> None:
        """Keep the key of a context that opens in `epoch`, durably. Raises OSError, SealBroken."""
        self.files.keep(context, self._wrap(epoch).wrap(context, context_key, rng))

    def keys(self, context: str, opened_in: str, epoch: str) -> ContextKeys:
        """Return the keys for events of `epoch` in a context that was opened in `opened_in`.

        Raises KeyDestroyed, SealBroken; OSError where the disk does not answer.
        """
        held = self._open.get((context, epoch))
        if held is None:
            wrapped = self.files.read(context)
            if wrapped is None:
                raise destroyed()
            key = self._wrap(opened_in).unwrap(context, wrapped)
            held = self._open[context, epoch] = seal.derive_keys(key, self.terminal, epoch)
        return held

    def destroy(self, context: str) -> None:
        """Destroy a context's key, on the disk and here. Raises OSError."""
        self.files.erase(context)
        self._open = {known: keys for known, keys in self._open.items() if known[0] != context}

    def _wrap(self, epoch: str) -> KeyWrap:
        if self._wrap_key is None:
            raise SealBroken(
                "The terminal's own key is lost, so its records do not open.",
                next_step="Restore the terminal's identity folder, or call the technician.",
            )
        return KeyWrap(self._wrap_key, self.terminal, epoch)


def destroyed() -> KeyDestroyed:
    """Return the error for a body that only the centre can open by now."""
    return KeyDestroyed(
        "The names in these records are no longer kept on this terminal.",
        next_step="Use the sheet that was exported, or ask the office: the centre can open them.",
    )
