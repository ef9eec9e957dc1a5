"""The centre's sign key of the trust list, and acknowledgements under it.

Not here: what an acknowledgement means (`plan`), taking one (`acks`).
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import WireMalformed
from edge.log.epochs import Epoch
from edge.log.view import LogView
from edge.wire.ack import Ack, open_ack
from verify.errors import BadSignature, VerifyError
from verify.jws import JwsHeader


class CentreKey:
    """One key by its id; nothing else in a header is followed."""

    def __init__(self, kid: str, key: ec.EllipticCurvePublicKey) -> None:
        self._kid = kid
        self._key = key

    def __call__(self, header: JwsHeader) -> ec.EllipticCurvePublicKey:
        """Return the key where the header names it. Raises BadSignature."""
        if header.kid != self._kid or header.x5c:
            raise BadSignature(
                "It names another key than the centre's.",
                next_step="Bring the trust list of this centre to the terminal first.",
            )
        return self._key

    def ack(self, data: bytes) -> Ack:
        """Return the acknowledgement that the centre signed.

        Raises WireMalformed, verify.errors.VerifyError.
        """
        return open_ack(data.decode("ascii", "replace"), self)


def believed(log: LogView, epoch: Epoch, key: CentreKey | None) -> Ack | None:
    """Return the acknowledgement in the log if the centre signed it and it is for this epoch.

    Anything else on the disk counts for nothing. Raises LogDamaged.
    """
    kept = log.last_ack(epoch)
    if kept is None or key is None:
        return None
    try:
        signed = key.ack(kept.compact.encode())
    except (VerifyError, WireMalformed):
        return None
    return signed if (signed.terminal, signed.epoch) == (log.terminal, epoch.id) else None
