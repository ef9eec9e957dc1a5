"""Chip authentication: the chip agreed on new keys with the key that DG14 lists, and used them.

Lives here: whether a run was one with a listed key, by a listed protocol, and whether it ended in
an answer under the new keys. Not here: running it (`reader.channel`), and what a missing proof
means (`chip`).
Source: Doc 9303-11 sections 6.2, 9.2.5 to 9.2.7; BSI TR-03110 part 3 section A.1.1.2 (a chip of
the first generation lists its key alone: the protocol is then the one with 3DES).

A key that no signed file lists proves nothing, for anybody can make one. The answer was under
keys that only this terminal had: whoever judges the evidence later trusts the terminal for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from reader.evidence import ChipAuthRun
from reader.lds.security_infos import ChipAuthInfo, ChipAuthKey, SecurityInfos
from verify import chip_keys
from verify.checks import ON_OUR_WORD, failed, passed, unsure
from verify.errors import AlgorithmNotAllowed, MalformedObject, UnsupportedAlgorithm
from verify.policy import Algorithms
from verify.reasons import Reason
from verify.verdict import Check, Step

_STEP = Step.CHIP
_WHAT = "chip authentication"
_VERSION = 1  # the only one that asks no proof of the terminal first
_DONE = 0x9000  # status word
_OTHER_KEYS = frozenset({0x6987, 0x6988})  # status words: what protects the command is not right
_PROTOCOLS = {  # of a key, to the stem of its protocols
    "0.4.0.127.0.7.2.2.1.1": "0.4.0.127.0.7.2.2.3.1.",  # id-PK-DH, id-CA-DH
    "0.4.0.127.0.7.2.2.1.2": "0.4.0.127.0.7.2.2.3.2.",  # id-PK-ECDH, id-CA-ECDH
}
_3DES = "1"  # the last arc of the variant with 3DES


def judge(
    run: ChipAuthRun | None, infos: SecurityInfos | None, allowed: Algorithms
) -> Check | None:
    """Judge one run by the infos of a DG14 that is vouched for; None where nothing was asked."""
    if run is None:
        return None
    listed = [] if infos is None else [k for k in infos.chip_auth_keys if _is_of(run, k)]
    if infos is None or not listed:
        return failed(_STEP, Reason.CHIP_AUTH_FAILED, f"{_WHAT}: no signed file lists the key")
    if not any(_is_run_of(run, info, key) for key in listed for info in _infos(infos, key)):
        return failed(_STEP, Reason.CHIP_AUTH_FAILED, f"{_WHAT}: DG14 lists another protocol")
    if not run.proved:
        tried = run.sw == _DONE or run.sw in _OTHER_KEYS
        reason = Reason.CHIP_AUTH_FAILED if tried else Reason.CHIP_AUTH_WITHHELD
        return failed(_STEP, reason, f"{_WHAT}: the chip answered {run.sw:04X}")
    try:
        key = chip_keys.load(run.public_key)
        chip_keys.require_curve_allowed(key, allowed)
        chip_keys.require_length_allowed(key, allowed)
    except AlgorithmNotAllowed as error:
        return unsure(_STEP, Reason.ALGORITHM_NOT_ALLOWED, f"{_WHAT}: {error.message}")
    except UnsupportedAlgorithm as error:
        return unsure(_STEP, Reason.CHIP_AUTH_UNSUPPORTED, f"{_WHAT}: {error.message}")
    except MalformedObject as error:
        return unsure(_STEP, Reason.FILE_MALFORMED, error.message)
    return passed(_STEP, f"{_WHAT}, {run.protocol}; {ON_OUR_WORD}")


def _is_of(run: ChipAuthRun, key: ChipAuthKey) -> bool:
    stem = _PROTOCOLS.get(key.protocol)
    return key.public_key == run.public_key and stem is not None and run.protocol.startswith(stem)


def _infos(infos: SecurityInfos, key: ChipAuthKey) -> Iterator[ChipAuthInfo]:
    """Yield what DG14 says can be run with a key.

    By its number; the only key of its kind is meant whatever the numbers say, for some issuers
    number one side only.
    """
    if not infos.chip_auth:
        yield ChipAuthInfo(_PROTOCOLS[key.protocol] + _3DES, _VERSION, key.key_id)
    alone = sum(one.protocol == key.protocol for one in infos.chip_auth_keys) == 1
    for info in infos.chip_auth:
        if alone or info.key_id == key.key_id:
            yield info


def _is_run_of(run: ChipAuthRun, info: ChipAuthInfo, key: ChipAuthKey) -> bool:
    return (
        info.version == _VERSION
        and run.protocol == info.protocol
        and run.key_id in (info.key_id, key.key_id)
    )
