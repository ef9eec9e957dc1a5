"""Basic access control: the lines of the machine-readable zone become 3DES session keys.

Lives here: the two commands, the challenge and response, the initial send sequence counter. Not
here: key derivation (`kdf`), the ciphers (`blocks`), and what protects the commands afterwards
(`secure_messaging`).
Source: Doc 9303-11 sections 4.3 (protocol) and 9.8.6.3 (counter); worked example in appendix D.

The keys are only as strong as the zone's own entropy (appendix A): who records a session and
knows or guesses the zone can read it later. It serves chips that offer nothing better.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass

from reader.apdu import INS, SW, CommandApdu, Exchange, tries_left
from reader.channel import blocks
from reader.channel.blocks import CHECKSUM
from reader.channel.group import Rng
from reader.channel.kdf import CipherSuite, SessionKeys, encode_password, session_keys
from reader.channel.password import PasswordRefused
from reader.errors import CardRefused, ChannelBroken
from reader.evidence import Password, PasswordKind, PasswordState

_SEED = 16  # bytes of the hash that make the key seed, section 4.3.2
_NONCE = 8  # bytes of RND.IC and RND.IFD, section 4.3.1
_KEYING = 16  # bytes of K.IC and K.IFD
_TOKEN = 2 * _NONCE + _KEYING + CHECKSUM  # bytes of either side's proof
_TDES = CipherSuite.TDES
_REFUSED_PASSWORD = frozenset(
    {
        SW.AUTHENTICATION_FAILED,
        SW.SECURITY_STATUS_NOT_SATISFIED,
        SW.AUTHENTICATION_BLOCKED,
        SW.REFERENCE_DATA_NOT_USABLE,
        SW.CONDITIONS_NOT_SATISFIED,
        SW.SM_OBJECTS_INCORRECT,
        SW.WRONG_DATA,
    }
)
"""The standard names none (4.3.4.2, "other"); chips tell a wrong checksum in these ways."""


@dataclass(frozen=True, slots=True)
class BasicAccess:
    """The session that came about."""

    keys: SessionKeys
    counter: int
    """The send sequence counter to begin with."""


def run(
    exchange: Exchange, password: Password, *, rng: Rng = os.urandom
) -> BasicAccess | PasswordRefused:
    """Open the chip with the MRZ information; one guess. `rng` gives RND.IFD, then K.IFD.

    A password of another kind is refused as NONE_GIVEN and nothing sent. Raises CardRefused
    (with the status word) where the chip does not offer basic access control, ChannelBroken
    where its proof is wrong, MalformedData for characters no zone has, and what `exchange` raises.
    """
    if password.kind is not PasswordKind.MRZ:
        return PasswordRefused(PasswordState.NONE_GIVEN, None)
    document = session_keys(encode_password(password)[:_SEED], _TDES)
    chip_nonce = _challenge(exchange)
    nonce, keying = rng(_NONCE), rng(_KEYING)
    sealed = blocks.encrypt(_TDES, document.enc, nonce + chip_nonce + keying)
    proof = sealed + blocks.token(_TDES, document.mac, sealed)
    command = CommandApdu(0x00, INS.EXTERNAL_AUTHENTICATE, 0x00, 0x00, proof, le=_TOKEN)
    answer = exchange(command)
    left = tries_left(answer.sw)
    if left is not None or answer.sw in _REFUSED_PASSWORD:
        return PasswordRefused(PasswordState.WRONG, left)
    if not answer.ok:
        raise _refused("mutual authentication", answer.sw)
    chip_keying = _open(document, answer.data, chip_nonce + nonce)
    secret = bytes(a ^ b for a, b in zip(keying, chip_keying, strict=True))
    counter = int.from_bytes(chip_nonce[-4:] + nonce[-4:], "big")
    return BasicAccess(session_keys(secret, _TDES), counter)


def _challenge(exchange: Exchange) -> bytes:
    """Fetch RND.IC."""
    answer = exchange(CommandApdu(0x00, INS.GET_CHALLENGE, 0x00, 0x00, le=_NONCE))
    if not answer.ok:
        raise _refused("the challenge of basic access control", answer.sw)
    if len(answer.data) != _NONCE:
        raise _broken("its challenge has an impossible length")
    return answer.data


def _open(document: SessionKeys, proof: bytes, nonces: bytes) -> bytes:
    """Check the chip's proof, E.IC and M.IC, and return K.IC (section 4.3.1, step 4)."""
    if len(proof) != _TOKEN:
        raise _broken("its proof has an impossible length")
    sealed, checksum = proof[:-CHECKSUM], proof[-CHECKSUM:]
    if not hmac.compare_digest(checksum, blocks.token(_TDES, document.mac, sealed)):
        raise _broken("the checksum of its proof is wrong")
    plain = blocks.decrypt(_TDES, document.enc, sealed)
    if not hmac.compare_digest(plain[: len(nonces)], nonces):
        raise _broken("its proof is for another challenge")
    return plain[len(nonces) :]


def _refused(step: str, sw: int) -> CardRefused:
    return CardRefused(
        f"The card refused {step} (status {sw:04X}).",
        next_step="Lay the card again; if it stays so, the chip is damaged or not one of ours.",
        sw=sw,
    )


def _broken(why: str) -> ChannelBroken:
    return ChannelBroken(
        f"The card could not be opened safely: {why}.",
        next_step="Lift the card and lay it again, flat and still.",
    )
