"""Basic access control, the chip's side.

Lives here: the chip's challenge and the answer to EXTERNAL AUTHENTICATE. Not here: the commands
around them (`chip`), the MRZ information itself (`passwords`).
Source: Doc 9303-11 sections 4.3.1, 4.3.3, 9.7.2 and 9.8.6.3.
"""

from __future__ import annotations

import hmac

from provisioning.softcard.arithmetic import Rng
from provisioning.softcard.channel import SecureMessaging
from provisioning.softcard.command import SW, Refused
from provisioning.softcard.suite import MAC, SessionKeys, Suite

NONCE = 8  # bytes, RND.IC and RND.IFD
KEYING_MATERIAL = 16  # bytes, K.IC and K.IFD
SEED = 16  # bytes of the hashed MRZ information
CRYPTOGRAM = 2 * NONCE + KEYING_MATERIAL  # bytes
COUNTER_PART = 4  # bytes of each nonce that make the counter
SUITE = Suite.TDES


class BasicAccess:
    """One run, from the challenge on. After `authenticate` the session is there.

    `mrz_hash` is SHA-1 over the MRZ information.
    """

    def __init__(self, mrz_hash: bytes, rng: Rng) -> None:
        self._keys = SessionKeys.from_secret(SUITE, mrz_hash[:SEED])
        self._rng = rng
        self.challenge = rng(NONCE)
        self.session: SecureMessaging | None = None

    def authenticate(self, data: bytes) -> bytes:
        """Check the terminal's cryptogram and return the chip's. Raises Refused."""
        if len(data) != CRYPTOGRAM + MAC:
            raise Refused(SW.WRONG_LENGTH)
        theirs, checksum = data[:CRYPTOGRAM], data[CRYPTOGRAM:]
        if not hmac.compare_digest(SUITE.token(self._keys.mac, theirs), checksum):
            raise Refused(SW.AUTHENTICATION_FAILED)
        plain = SUITE.decrypt(self._keys.enc, theirs)
        other, own = plain[:NONCE], plain[NONCE : 2 * NONCE]
        if not hmac.compare_digest(own, self.challenge):
            raise Refused(SW.AUTHENTICATION_FAILED)
        material = self._rng(KEYING_MATERIAL)
        sealed = SUITE.encrypt(self._keys.enc, self.challenge + other + material)
        shared = bytes(a ^ b for a, b in zip(plain[2 * NONCE :], material, strict=True))
        counter = self.challenge[-COUNTER_PART:] + other[-COUNTER_PART:]
        self.session = SecureMessaging.begin(
            SessionKeys.from_secret(SUITE, shared), int.from_bytes(counter, "big")
        )
        return sealed + SUITE.token(self._keys.mac, sealed)
