"""Active authentication: the chip signed the terminal's challenge with the key in DG15.

Lives here: what the answer to INTERNAL AUTHENTICATE proves. ECDSA under the hash that DG14 names,
its answer plain as the standard asks or as a SEQUENCE, as real cards give it; RSA with message
recovery (`iso9796`), where the signature itself names the hash.
Not here: sending the challenge (`reader.channel`), and what a missing proof means (`chip`).
Source: Doc 9303-11 section 6.1.

An answer that holds but is below what the policy allows (RSA of 1024 bits, SHA-1) proves nothing
and refutes nothing: it is in doubt. One that does not hold fails, however weak it is.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from reader import curves
from reader.evidence import ActiveAuthRun
from reader.lds.security_infos import SecurityInfos
from verify import algorithms, iso9796, keys, signatures
from verify.algorithms import Kind, Scheme
from verify.checks import failed, passed, unsure
from verify.ecdsa import CurveKey
from verify.errors import (
    AlgorithmNotAllowed,
    BadSignature,
    MalformedObject,
    UnsupportedAlgorithm,
)
from verify.keys import PublicKey
from verify.policy import Algorithms
from verify.reasons import Reason
from verify.verdict import Check, Step

CHALLENGE_SIZE = 8  # bytes, RND.IFD

_STEP = Step.CHIP
_WHAT = "active authentication"
_SEQUENCE = 0x30
_HASH_BITS = {"sha1": 160, "sha224": 224, "sha256": 256, "sha384": 384, "sha512": 512}


def judge(
    run: ActiveAuthRun | None, spki: bytes, infos: SecurityInfos | None, allowed: Algorithms
) -> Check | None:
    """Judge one INTERNAL AUTHENTICATE by the key (SPKI) of a DG15 that is vouched for.

    `infos` are DG14's where it is vouched for. None where nothing was asked.
    """
    if run is None:
        return None
    if not run.response:
        words = f"{_WHAT}: the chip answered {run.sw:04X}"
        return failed(_STEP, Reason.CHIP_AUTH_WITHHELD, words)
    try:
        key = keys.load_spki(spki)
        signatures.require_curve_allowed(key, allowed)
        used = _verify(key, infos, run)
        signatures.require_allowed(used, allowed)
        signatures.require_key_allowed(key, allowed)
    except AlgorithmNotAllowed as error:
        return unsure(
            _STEP, Reason.ALGORITHM_NOT_ALLOWED, f"active authentication: {error.message}"
        )
    except UnsupportedAlgorithm as error:
        return unsure(_STEP, Reason.CHIP_AUTH_UNSUPPORTED, f"{_WHAT}: {error.message}")
    except MalformedObject as error:
        return unsure(_STEP, Reason.FILE_MALFORMED, error.message)
    except BadSignature:
        return failed(_STEP, Reason.CHIP_AUTH_FAILED, _WHAT)
    return passed(_STEP, f"{_WHAT}, {used.name}")


def _verify(key: PublicKey, infos: SecurityInfos | None, run: ActiveAuthRun) -> Scheme:
    if len(run.challenge) != CHALLENGE_SIZE:
        raise signatures.bad_signature()
    if isinstance(key.key, rsa.RSAPublicKey) and not key.pss_only:
        hash_name = iso9796.verify(key.key, run.response, run.challenge)
        return Scheme(Kind.RSA_RECOVERY, hash_name)
    if not isinstance(key.key, ec.EllipticCurvePublicKey | CurveKey):
        raise algorithms.unsupported("kind of key for active authentication")
    if infos is None or infos.active_auth is None:
        raise algorithms.unsupported("hash of active authentication, which DG14 leaves out")
    hash_name = algorithms.ecdsa_hash(infos.active_auth.signature_algorithm)
    order = _order(key.key)
    if _HASH_BITS[hash_name] > order.bit_length():  # section 6.1.2.3
        raise algorithms.unsupported(f"use of {hash_name} with a key that is shorter")
    return _verify_ecdsa(key, hash_name, order, run)


def _verify_ecdsa(key: PublicKey, hash_name: str, order: int, run: ActiveAuthRun) -> Scheme:
    """Return the scheme that holds: a plain answer has one length, any other is a SEQUENCE.

    A short SEQUENCE can have that length too.
    """
    kinds = []
    if len(run.response) == 2 * ((order.bit_length() + 7) // 8):
        kinds.append(Kind.ECDSA_PLAIN)
    if run.response[0] == _SEQUENCE:
        kinds.append(Kind.ECDSA)
    for kind in kinds:
        used = Scheme(kind, hash_name)
        try:
            signatures.verify_any(key, used, run.response, run.challenge)
        except BadSignature:
            continue
        return used
    raise signatures.bad_signature()


def _order(key: ec.EllipticCurvePublicKey | CurveKey) -> int:
    """Return the order of the key's curve; every curve that is loaded stands in the table."""
    curve = key.curve if isinstance(key, CurveKey) else curves.by_name(key.curve.name)
    if curve is None:
        raise algorithms.unsupported("elliptic curve")
    return curve.n
