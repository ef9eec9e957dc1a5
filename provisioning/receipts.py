"""What a receipt proves, and what it does not, to somebody who keeps a dossier.

Lives here: the questions, and the standing that their answers come to. Not here: the claims
(`verify.receipt`), their signed form (`verify.receipt_jws`), whose certificate it is (`terminals`),
the given key (`proof`), words of the command.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, unique
from functools import partial

from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.proof import Answer, Finding, GivenKey, lower, signature, terminal
from verify import certificate, jws, receipt_jws
from verify.errors import BadSignature, VerifyError
from verify.moment import TimeQuality
from verify.receipt import Receipt, handed_digest
from verify.receipt_anchor import Anchored
from verify.verdict import CheckStatus, Step


@unique
class Standing(Enum):
    """What a receipt is worth."""

    FALSE = "FALSE"
    """Something does not hold: nothing may be built on it."""
    UNPROVEN = "NOT PROVEN"
    """Nothing is wrong, but whose signature it is nobody has said."""
    SIGNED = "signed"
    """By a terminal of an authority that you know, or by the key that you gave."""
    ANCHORED = "anchored"
    """Signed, and the centre says that it had it then: that holds for years."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is there to check a receipt with."""

    key: GivenKey | None = None
    """A terminal's key, got from elsewhere."""
    authorities: Sequence[bytes] = ()
    """Certificates of terminal authorities, DER."""
    anchor: str | None = None
    """The centre's word on this receipt, a compact JWS."""
    centre: Sequence[ec.EllipticCurvePublicKey] = ()
    """Keys by which the centre signs."""
    nonce: str | None = None
    """What the back office sent along when it asked."""
    handed: tuple[Mapping[str, str], bytes] | None = None
    """The fields that it got, and their salt."""


@dataclass(frozen=True, slots=True)
class Findings:
    """A receipt and what is proved of it."""

    receipt: Receipt
    anchored: Anchored | None
    """None where there is no word of the centre, or none that holds."""
    findings: tuple[Finding, ...]
    standing: Standing


def examine(compact: str, given: Given) -> Findings:
    """Return what a receipt proves with what is given to check it.

    Raises verify.errors.VerifyError for what is no receipt at all.
    """
    receipt = receipt_jws.unproven(compact)
    header = jws.read_header(compact, max_size=receipt_jws.MAX_RECEIPT)
    named, at = receipt.place.terminal, receipt.moment.at
    found = [
        signature(header, given.key, lambda key: receipt_jws.read(compact, lambda _: key)),
        terminal("receipt", named, at, header, given=given.key, authorities=given.authorities),
    ]
    anchored = None
    if given.anchor is not None:
        anchored, word = _anchor(compact, given.anchor, given.centre)
        found.append(word)
        if anchored is not None and header.x5c:
            found.append(_in_time(header.x5c[0], anchored))
    if given.nonce is not None:
        found.append(_nonce(receipt, given.nonce))
    if given.handed is not None:
        found.append(_handed(receipt, *given.handed))
    return Findings(receipt, anchored, tuple(found), _standing(found, anchored))


def not_proven(found: Findings) -> tuple[str, ...]:
    """Return what no check of a receipt can show: said with every answer, good or bad."""
    receipt = found.receipt
    facts = []
    chip = next(line for line in receipt.checks if line.step is Step.CHIP)
    if chip.status is CheckStatus.PASSED:
        facts.append(
            "that the chip was no copy: the terminal saw the chip answer, and nobody can see it "
            "again; this rests on the terminal"
        )
    quality = receipt.moment.quality
    if quality is not TimeQuality.SYNCHRONISED:
        facts.append(f"the exact time: the terminal's clock was {quality.value}")
    if found.anchored is None:
        facts.append(
            "that it is as old as it says: whoever held the terminal's key later could have made "
            "it; the centre's word would show it"
        )
    facts.append("that the terminal had not been reported lost: ask the centre")
    return tuple(facts)


def _standing(found: Sequence[Finding], anchored: Anchored | None) -> Standing:
    answers = {one.answer for one in found}
    if Answer.FAILS in answers:
        return Standing.FALSE
    if any(one.answer is Answer.UNPROVEN for one in found[:2]):
        return Standing.UNPROVEN
    return Standing.ANCHORED if anchored and answers == {Answer.HOLDS} else Standing.SIGNED


def _anchor(
    compact: str, word: str, keys: Sequence[ec.EllipticCurvePublicKey]
) -> tuple[Anchored | None, Finding]:
    if not keys:
        return None, Finding(Answer.UNPROVEN, "whose word it is: no key of the centre was given")
    for key in keys:
        try:
            anchored = Anchored.from_compact(word, partial(_always, key))
            break
        except BadSignature:
            continue
        except VerifyError as error:
            return None, Finding(Answer.FAILS, lower(error.message))
    else:
        return None, Finding(Answer.FAILS, "the word on it is signed by no key of the centre")
    if not hmac.compare_digest(anchored.receipt, receipt_jws.digest(compact)):
        return None, Finding(Answer.FAILS, "the centre's word is on another receipt")
    return anchored, Finding(Answer.HOLDS, f"the centre had it on {anchored.at:%Y-%m-%dT%H:%M:%SZ}")


def _always(key: ec.EllipticCurvePublicKey, _: jws.JwsHeader) -> ec.EllipticCurvePublicKey:
    return key


def _in_time(der: bytes, anchored: Anchored) -> Finding:
    ends = certificate.parse(der).not_after
    if anchored.at <= ends:
        return Finding(Answer.HOLDS, "the centre had it before the terminal's certificate ran out")
    return Finding(
        Answer.UNPROVEN,
        f"that it is older than the end of the terminal's certificate ({ends:%Y-%m-%d})",
    )


def _nonce(receipt: Receipt, nonce: str) -> Finding:
    if hmac.compare_digest(receipt.request.nonce.encode(), nonce.encode()):
        return Finding(Answer.HOLDS, "it answers the question with this nonce")
    return Finding(Answer.FAILS, "it answers another question: its nonce is another")


def _handed(receipt: Receipt, fields: Mapping[str, str], salt: bytes) -> Finding:
    if receipt.handed is None:
        return Finding(Answer.FAILS, "nothing was handed over, and yet there are fields")
    if hmac.compare_digest(receipt.handed, handed_digest(fields, salt)):
        return Finding(Answer.HOLDS, "the fields are those that were handed over with it")
    return Finding(Answer.FAILS, "the fields are not those that were handed over with it")
