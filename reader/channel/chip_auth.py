"""Chip authentication, version 1: new session keys that only the genuine chip can have.

Lives here: the choice among the chip's keys, the commands, and what becomes of the session. Not
here: key agreement (`group`), reading the key (`chip_key`), and any judgement (`verify`): the key
proves something only where the security object vouches for DG14.
Source: Doc 9303-11 sections 6.2 (protocol) and 9.2.5 to 9.2.7 (identifiers).

The run has no answer that proves anything. The proof is the first answer under the new keys, and
any command will do: `Restarted.over` is the new layer, and `Restarted.run` tells what it has seen.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from reader import tlv
from reader.apdu import INS, SHORT_LE, SW, CommandApdu, Exchange, ResponseApdu
from reader.channel import chip_key
from reader.channel.group import Group, Rng
from reader.channel.kdf import CipherSuite, SessionKeys, session_keys
from reader.channel.modular import ModularGroup
from reader.channel.points import LibraryCurve
from reader.channel.secure_messaging import SecureMessaging
from reader.errors import MalformedData
from reader.evidence import ChipAuthRun
from reader.lds.security_infos import ChipAuthInfo, ChipAuthKey, SecurityInfos

_VERSION = 1
_ID_CA = "0.4.0.127.0.7.2.2.3"
_ID_CA_VALUE = bytes.fromhex("04007F0007020203")
_KINDS = {1: ModularGroup.public_tag, 2: LibraryCurve.public_tag}  # id-CA-DH, id-CA-ECDH
_ID_PK = {"0.4.0.127.0.7.2.2.1.1": 1, "0.4.0.127.0.7.2.2.1.2": 2}  # id-PK-DH, id-PK-ECDH


@dataclass(frozen=True, slots=True)
class _Protocol:
    """A protocol identifier, taken apart."""

    value: bytes
    """The identifier's value octets."""
    kind: int
    suite: CipherSuite


_PROTOCOLS = {
    f"{_ID_CA}.{kind}.{number}": _Protocol(_ID_CA_VALUE + bytes((kind, number)), kind, suite)
    for kind in _KINDS
    for number, suite in enumerate(CipherSuite, start=1)
}


class Variant(NamedTuple):
    """A protocol and a key of the chip that this terminal can run; made by `choose`."""

    protocol: str
    """Object identifier, dotted."""
    identifier: bytes
    """Its value octets."""
    suite: CipherSuite
    group: Group
    chip_public: bytes
    """The chip's static public value."""
    public_key: bytes
    """The key that it came from, a SubjectPublicKeyInfo (DER)."""
    key_id: int | None

    def __repr__(self) -> str:  # a chip's key tells its card from all others
        return f"Variant({self.protocol}, key_id={self.key_id})"

    @property
    def legacy(self) -> bool:
        """Whether only older chips need it: 3DES, or a group that is small or slow."""
        return self.group.legacy or self.suite is CipherSuite.TDES


class Restarted:
    """The chip has taken the new keys, so it says: its first answer under them is the proof."""

    def __init__(self, keys: SessionKeys, unproved: ChipAuthRun) -> None:
        self.keys = keys
        """The send sequence counter is zero."""
        self._unproved = unproved
        self._proved = False
        self._sw = unproved.sw

    @property
    def run(self) -> ChipAuthRun:
        """What is known by now; `proved` from the first right answer on.

        Where the first answer was none under the new keys, `sw` is the status it came with.
        """
        run = self._unproved
        return ChipAuthRun(run.protocol, run.key_id, run.public_key, self._proved, self._sw)

    def over(self, lower: Exchange) -> Exchange:
        """Return secure messaging under the new keys; `lower` is what the old one lay over."""
        session = SecureMessaging(self.keys)

        def exchange(command: CommandApdu) -> ResponseApdu:
            received = lower(session.protect(command))
            if self._proved:
                return session.unprotect(received)
            self._sw = received.sw
            answer = session.unprotect(received)
            self._proved, self._sw = True, SW.OK
            return answer

        return exchange


def choose(infos: SecurityInfos, *, legacy: bool = False) -> Variant | None:
    """Return the protocol and key to run, from DG14 or EF.CardSecurity; None where there is none.

    AES goes before 3DES; else the order is the file's. Old chips name keys and no protocol: 3DES is
    meant. A key that is malformed, of no group that this terminal knows, or no element of its
    group is passed over. `legacy` takes also what `Variant.legacy` says only older chips need.
    """
    found = [variant for variant in _variants(infos) if legacy or not variant.legacy]
    return min(found, key=lambda variant: variant.suite is CipherSuite.TDES, default=None)


def run(exchange: Exchange, variant: Variant, *, rng: Rng = os.urandom) -> Restarted | ChipAuthRun:
    """Run chip authentication as `choose` decided, over the session that there is.

    `rng` gives the private key. Where the chip refuses, its status word is in the ChipAuthRun, and
    the session goes on under the old keys (section 6.2.2); else nothing may be sent under them.
    Raises what `exchange` raises.
    """
    own = variant.group.key_pair(variant.group.draw(rng))
    if variant.suite is CipherSuite.TDES:
        sw = _set_key_agreement_template(exchange, variant, own.public)
    else:
        sw = _authenticate(exchange, variant, own.public)
    unproved = ChipAuthRun(variant.protocol, variant.key_id, variant.public_key, False, sw)
    if sw != SW.OK:
        return unproved
    return Restarted(session_keys(own.agree(variant.chip_public), variant.suite), unproved)


def _set_key_agreement_template(exchange: Exchange, variant: Variant, public: bytes) -> int:
    """MSE:Set KAT (6.2.4.1), all that there is for 3DES. Returns the status word."""
    data = tlv.encode(0x91, public) + _key_reference(variant)
    command = CommandApdu(0x00, INS.MANAGE_SECURITY_ENVIRONMENT, 0x41, 0xA6, data)
    return exchange(command).sw


def _authenticate(exchange: Exchange, variant: Variant, public: bytes) -> int:
    """MSE:Set AT and GENERAL AUTHENTICATE (6.2.4.2). Returns the status word that ended it."""
    data = tlv.encode(0x80, variant.identifier) + _key_reference(variant)
    sw = exchange(CommandApdu(0x00, INS.MANAGE_SECURITY_ENVIRONMENT, 0x41, 0xA4, data)).sw
    if sw != SW.OK:
        return sw
    body = tlv.encode(0x7C, tlv.encode(0x80, public))
    return exchange(CommandApdu(0x00, INS.GENERAL_AUTHENTICATE, 0x00, 0x00, body, SHORT_LE)).sw


def _key_reference(variant: Variant) -> bytes:
    """Tag 84: named where the chip numbers its keys."""
    number = variant.key_id
    if number is None:
        return b""
    return tlv.encode(0x84, number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big"))


def _variants(infos: SecurityInfos) -> Iterator[Variant]:
    """Yield what could be run, in the order of the file."""
    for info in infos.chip_auth:
        known = _PROTOCOLS.get(info.protocol)
        if known is not None and info.version == _VERSION:
            for key in _keys_of(info, known.kind, infos.chip_auth_keys):
                yield from _variant(info.protocol, key, info.key_id)
    if not infos.chip_auth:
        for key in infos.chip_auth_keys:
            yield from _variant(f"{_ID_CA}.{_ID_PK.get(key.protocol)}.1", key, None)


def _keys_of(info: ChipAuthInfo, kind: int, keys: tuple[ChipAuthKey, ...]) -> list[ChipAuthKey]:
    """Return the keys that an info may mean: those of its number, or the only one of its kind.

    Numbers are needed only where a chip has several keys (section 9.2.5), and some chips give
    one to the key and not to the info, or the reverse.
    """
    same = [key for key in keys if _ID_PK.get(key.protocol) == kind]
    numbered = [key for key in same if key.key_id == info.key_id]
    return numbered or (same if len(same) == 1 else [])


def _variant(protocol: str, key: ChipAuthKey, key_id: int | None) -> Iterator[Variant]:
    """Yield the variant, where the key is one that this terminal can agree with."""
    known = _PROTOCOLS.get(protocol)
    number = key_id if key.key_id is None else key.key_id
    if known is None or (number is not None and number < 0):
        return
    try:
        loaded = chip_key.load(key.public_key)
    except MalformedData:
        return
    if loaded is not None and loaded.group.public_tag == _KINDS[known.kind]:
        yield Variant(
            protocol,
            known.value,
            known.suite,
            loaded.group,
            loaded.public,
            key.public_key,
            number,
        )
