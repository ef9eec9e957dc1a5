"""Chip authentication mapping: PACE itself proved that the chip holds the key it was issued with.

Lives here: whether the chip's mapping key is the multiple of its issued key that it said. Not
here: running PACE (`reader.channel.pace`), and who vouches for the issued key (`card_security`).
Source: Doc 9303-11 sections 4.4.3.5.2 (PK_Map,IC = CA_IC * PK_IC), 9.2.1 and 9.2.6 (the key's
number is that of the domain parameters).

CA_IC is a scalar of one session, and all else is public, so nothing here hides its running time.
Anybody can make up a pair that fits; it proves something because PACE ran with it. So whoever
judges the evidence later trusts the terminal for that.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec

from reader import arithmetic, curves
from reader.arithmetic import Point
from reader.curves import Curve
from reader.evidence import CardEvidence, MappingProof
from reader.lds.files import FileId
from reader.lds.security_infos import SecurityInfos
from verify import chip_keys, keys
from verify.card_security import CardSecurity
from verify.checks import ON_OUR_WORD, failed, passed, unsure
from verify.ecdsa import CurveKey
from verify.errors import AlgorithmNotAllowed, MalformedObject, UnsupportedAlgorithm
from verify.policy import Algorithms
from verify.reasons import Reason
from verify.verdict import Check, CheckStatus, Step

PACE_CAM = "0.4.0.127.0.7.2.2.4.6."  # id-PACE-ECDH-CAM and its ciphers

_PK_ECDH = "0.4.0.127.0.7.2.2.1.2"
_STEP = Step.CHIP
_WHAT = "chip authentication mapping"


def judge(
    evidence: CardEvidence, security: CardSecurity | None, allowed: Algorithms
) -> Check | None:
    """Judge what PACE with this mapping left behind; None where it did not run.

    It did not run either where EF.CardSecurity was never asked for: nothing then holds its key.
    """
    pace = evidence.pace
    if pace is None:
        return None
    if not pace.protocol.startswith(PACE_CAM):
        return None if pace.mapping is None else _failed("of another protocol")
    if pace.mapping is None or FileId.CARD_SECURITY in evidence.refused:
        hidden = "its data" if pace.mapping is None else FileId.CARD_SECURITY.value
        return failed(_STEP, Reason.CHIP_AUTH_WITHHELD, f"{_WHAT}: {hidden}")
    if security is None or security.infos is None:
        return None if security is None else security.check
    try:
        fault = _fault(pace.mapping, pace.parameter_id, security.infos, allowed)
    except AlgorithmNotAllowed as error:
        return unsure(_STEP, Reason.ALGORITHM_NOT_ALLOWED, f"{_WHAT}: {error.message}")
    except UnsupportedAlgorithm as error:
        return unsure(_STEP, Reason.CHIP_AUTH_UNSUPPORTED, f"{_WHAT}: {error.message}")
    except MalformedObject as error:
        return unsure(_STEP, Reason.FILE_MALFORMED, error.message)
    if fault is not None:
        return _failed(fault)
    if security.check.status is not CheckStatus.PASSED:
        return security.check
    return passed(_STEP, f"{_WHAT}; {ON_OUR_WORD}")


def _fault(
    proof: MappingProof, parameter_id: int, infos: SecurityInfos, allowed: Algorithms
) -> str | None:
    listed = [
        info.public_key
        for info in infos.chip_auth_keys
        if info.protocol == _PK_ECDH and info.key_id == parameter_id
    ]
    if not listed:
        return f"EF.CardSecurity lists no key {parameter_id}"
    curve = curves.by_parameter_id(parameter_id)
    for spki in listed:
        key = chip_keys.load(spki)
        chip_keys.require_curve_allowed(key, allowed)
        if isinstance(key, CurveKey) and key.curve == curve and _holds(proof, key):
            chip_keys.require_length_allowed(key, allowed)
            return None
    return "the chip does not hold the key that was issued to it"


def _holds(proof: MappingProof, key: CurveKey) -> bool:
    """Whether PK_Map,IC = CA_IC * PK_IC."""
    curve = key.curve
    mapped = arithmetic.decode(curve, proof.public_key)
    scalar = int.from_bytes(proof.data, "big")
    size = (curve.n.bit_length() + 7) // 8
    if mapped is None or len(proof.data) > size or not 0 < scalar < curve.n:
        return False
    library = keys.library_curve(curve.name)
    if library is None:
        return arithmetic.multiply(curve, scalar, key.point) == mapped
    return _holds_by_library(library, curve, scalar, key.point, mapped)


def _holds_by_library(
    library: ec.EllipticCurve, curve: Curve, scalar: int, point: Point, mapped: Point
) -> bool:
    """Compare with the library's x-only products, several times faster than our own arithmetic.

    x(c * P) leaves c * P and its inverse; only for the former is x(c * (P + G)) that of
    c * P + c * G.
    """
    private = ec.derive_private_key(scalar, library)
    if _x_of(private, point) != mapped.x:
        return False
    numbers = private.public_key().public_numbers()
    shifted = arithmetic.add(curve, point, arithmetic.base_point(curve))
    wanted = arithmetic.add(curve, mapped, Point(numbers.x, numbers.y))
    if shifted is None or wanted is None:  # P is the inverse of G, or the sign is wrong
        return arithmetic.multiply(curve, scalar, point) == mapped
    return _x_of(private, shifted) == wanted.x


def _x_of(private: ec.EllipticCurvePrivateKey, point: Point) -> int:
    public = ec.EllipticCurvePublicNumbers(point.x, point.y, private.curve).public_key()
    return int.from_bytes(private.exchange(ec.ECDH(), public), "big")


def _failed(why: str) -> Check:
    return failed(_STEP, Reason.CHIP_AUTH_FAILED, f"{_WHAT}: {why}")
