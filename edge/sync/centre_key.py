"""The centre's sign key of the trust list, and what is believed under it.

Lives here: which key that is, and acknowledgements under it. Not here: what an acknowledgement
means (`plan`), taking one (`acks`), messages (`take_inbox`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import CentreRefused, WireMalformed
from edge.log.epochs import Epoch
from edge.log.view import LogView
from edge.wire.ack import Ack, open_ack
from verify.errors import BadSignature, VerifyError
from verify.jws import JwsHeader
from verify.trust import KeyUse, TrustList

UNBELIEVED = (VerifyError, WireMalformed)
"""What says that something is not the centre's, or has not its form."""

_log = logging.getLogger("tramthe.sync")


@dataclass(frozen=True, slots=True)
class CentreKey:
    """One key by its id; nothing else in a header is followed."""

    kid: str
    key: ec.EllipticCurvePublicKey

    def __call__(self, header: JwsHeader) -> ec.EllipticCurvePublicKey:
        """Return the key where the header names it. Raises BadSignature."""
        if header.kid != self.kid or header.x5c:
            raise BadSignature(
                "It names another key than the centre's.",
                next_step="Bring the trust list of this centre to the terminal first.",
            )
        return self.key

    def ack(self, data: bytes) -> Ack:
        """Return the acknowledgement that the centre signed.

        Raises WireMalformed, verify.errors.VerifyError.
        """
        return open_ack(data.decode("ascii", "replace"), self)

    def anchored(self, compact: str) -> bytes:
        """Return the SHA-256 of the receipt of which the centre says that it had it.

        Raises verify.errors.VerifyError.
        """
        from verify.receipt_anchor import Anchored  # not at the start: few terminals sign receipts

        return Anchored.from_compact(compact, self).receipt


def centre_key(trust: TrustList | None) -> CentreKey | None:
    """Return the centre's sign key of a trust list, None where there is none."""
    keys = () if trust is None else trust.centre_keys
    found = next((key for key in keys if key.use is KeyUse.SIGN), None)
    return None if found is None else CentreKey(found.kid, found.verification_key)


def believed(log: LogView, epoch: Epoch, key: CentreKey | None) -> Ack | None:
    """Return the acknowledgement in the log if the centre signed it and it is for this epoch.

    Anything else on the disk counts for nothing: what waits goes again, which harms no one. Raises
    LogDamaged.
    """
    kept = log.last_ack(epoch)
    if kept is None or key is None:
        return None
    try:
        signed = key.ack(kept.compact.encode())
    except UNBELIEVED:
        _log.error("the acknowledgement on the disk is not the centre's; what waits goes again")
        return None
    return signed if (signed.terminal, signed.epoch) == (log.terminal, epoch.id) else None


def not_the_centres() -> CentreRefused:
    """Return the error of an answer over the network that the centre did not sign."""
    return CentreRefused(
        "The answer is not signed by the centre, or malformed.",
        next_step="Nothing is lost. Check the centre's address and the trust list.",
    )
