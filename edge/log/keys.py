"""Context keys at rest: wrapped by the terminal's own key while the context lives.

Lives here: wrapping, and the keys in use. Not here: what they seal (`edge.wire.seal`), the
terminal's own key (`edge.identity`).
Source: AES-256-GCM, NIST SP 800-38D; terminal, epoch and context are the additional data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.errors import SealBroken
from edge.wire import canonical
from edge.wire.seal import NONCE_SIZE

WRAP_KEY_SIZE = 32  # bytes
_TYPE = "tramthe-wrapped-context-key"


@dataclass(frozen=True, slots=True)
class KeyWrap:
    """The terminal's own key, applied to the context keys of one epoch. Raises SealBroken."""

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
