"""Chip authentication version 1, the chip's side.

Lives here: the commands, which key and protocol they choose, and the agreement. Not here: the
change of session (`chip`), the keys' public halves (`provisioning.office`).
Source: Doc 9303-11 sections 6.2.1 to 6.2.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from provisioning.softcard import groups, objects
from provisioning.softcard.channel import SecureMessaging
from provisioning.softcard.command import SW, Answer, Command, Refused
from provisioning.softcard.image import ChipAuthKey
from provisioning.softcard.protocols import ChipAuthProtocol, encode_oid
from provisioning.softcard.suite import SessionKeys, Suite
from reader import tlv

PROTOCOL = 0x80
PRIVATE_KEY = 0x84
KAT_PUBLIC_KEY = 0x91
PUBLIC_KEY = 0x80  # inside GENERAL AUTHENTICATE's template
EMPTY = tlv.encode(objects.DYNAMIC_AUTHENTICATION_DATA, b"")


@dataclass(frozen=True, slots=True)
class _Chosen:
    key: ChipAuthKey
    protocol: ChipAuthProtocol


class ChipAuthentication:
    """The chip's keys, and which of them the terminal chose. The methods raise Refused.

    MSE:Set KAT is implemented where a key has a protocol with 3DES, MSE:Set AT with GENERAL
    AUTHENTICATE where one has AES; the latter then takes 3DES too (section 6.2.4).
    """

    def __init__(self, keys: Sequence[ChipAuthKey]) -> None:
        self._keys = tuple(key for key in keys if key.protocols)
        suites = {protocol.suite for key in keys for protocol in key.protocols}
        self.takes_kat = Suite.TDES in suites
        self.takes_at = bool(suites - {Suite.TDES})
        self._chosen: _Chosen | None = None

    def forget(self) -> None:
        """Drop the choice."""
        self._chosen = None

    def key_agreement_template(self, given: Mapping[int, bytes]) -> SecureMessaging:
        """MSE:Set KAT: agree at once, always for 3DES."""
        key = self._key(given.get(PRIVATE_KEY))
        protocol = next((each for each in key.protocols if each.suite is Suite.TDES), None)
        if protocol is None or KAT_PUBLIC_KEY not in given:
            raise Refused(SW.INCORRECT_DATA)
        return _agree(_Chosen(key, protocol), given[KAT_PUBLIC_KEY])

    def authentication_template(self, given: Mapping[int, bytes]) -> None:
        """MSE:Set AT: choose key and protocol."""
        key = self._key(given.get(PRIVATE_KEY))
        oid = given.get(PROTOCOL)
        protocol = next((each for each in key.protocols if encode_oid(each.oid) == oid), None)
        if protocol is None:
            raise Refused(SW.INCORRECT_DATA)
        self._chosen = _Chosen(key, protocol)

    def general_authenticate(self, command: Command) -> tuple[Answer, SecureMessaging]:
        """GENERAL AUTHENTICATE: agree with what was chosen."""
        chosen, self._chosen = self._chosen, None
        if chosen is None:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if command.parameters:
            raise Refused(SW.INCORRECT_P1_P2)
        session = _agree(chosen, objects.dynamic(command.data, PUBLIC_KEY))
        return command.answer_whole(EMPTY), session

    def _key(self, reference: bytes | None) -> ChipAuthKey:
        """Return the key of tag 84, which may be left out where there is one key only."""
        if reference is None:
            if len(self._keys) != 1:
                raise Refused(SW.INCORRECT_DATA)
            return self._keys[0]
        wanted = int.from_bytes(reference, "big")
        for key in self._keys:
            if reference and key.key_id == wanted:
                return key
        raise Refused(SW.REFERENCE_NOT_FOUND)


def _agree(chosen: _Chosen, public: bytes) -> SecureMessaging:
    """Return the session agreed with the terminal's ephemeral public key."""
    group = groups.by_parameter_id(chosen.key.parameter_id)
    if group is None or not group.holds(public):
        raise Refused(SW.INCORRECT_DATA)
    shared = group.power(public, int.from_bytes(chosen.key.secret, "big"))
    if shared is None:
        raise Refused(SW.INCORRECT_DATA)
    suite = chosen.protocol.suite
    return SecureMessaging.begin(SessionKeys.from_secret(suite, group.secret(shared)))
