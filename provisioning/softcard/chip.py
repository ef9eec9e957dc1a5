"""The chip: takes a command APDU, gives an answer, keeps what a chip keeps.

Lives here: dispatch, passwords and their tries, the life of a session, active authentication.
Written from the standards alone; no protocol step is shared with `reader.channel`. It is a test
card: it keeps its secrets in ordinary memory and its running time tells about them.
Sources: ISO/IEC 7816-4; Doc 9303-11 sections 4.4.4 (PACE commands), 6.1 (active authentication),
9.8.3 and 9.8.5 (end of a session); TR-03110-3 section B.11.1 (63Cx, suspended, blocked).
"""

from __future__ import annotations

import hashlib
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key

from provisioning.errors import SoftCardInvalid
from provisioning.softcard import arithmetic
from provisioning.softcard.arithmetic import Rng
from provisioning.softcard.channel import SecureMessaging
from provisioning.softcard.command import CLA, INS, MAX_SHORT, SW, Answer, Command, Refused
from provisioning.softcard.filesystem import FileSystem
from provisioning.softcard.image import CardImage
from provisioning.softcard.pace import Pace, PasswordReference, encode_oid, password_key
from reader import curves, tlv
from reader.curves import Curve
from reader.errors import MalformedData

SET_AT_FOR_PACE = 0xC1A4  # P1-P2 of MSE: set authentication template, mutual authentication
CHALLENGE = 8  # bytes, RND.IFD
DG15 = 0x010F
SUSPENDED_AT = 1  # tries left
LEAST_SIGNING_BITS = 256  # SHA-256 may not be longer than the key (section 6.1.2.3)


class TryCounter:
    """Tries left with the CAN. It outlives power-off, as in a chip's permanent memory."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self.left = limit

    def wrong(self) -> None:
        """Take one try away."""
        if self.left:
            self.left -= 1

    def restore(self) -> None:
        """Give all tries back."""
        self.left = self._limit

    @property
    def used(self) -> bool:
        """Return whether a try is missing."""
        return self.left != self._limit

    def refusal(self) -> SW | None:
        """Return why the CAN may not be tried now: blocked, or suspended until the MRZ opens."""
        if self.left == 0:
            return SW.METHOD_BLOCKED
        if self.used and self.left == SUSPENDED_AT:
            return SW.CONDITIONS_NOT_SATISFIED
        return None


class Chip:
    """A chip made from an image. Raises SoftCardInvalid where its key cannot be used.

    `rng` gives nonce, ephemeral keys and signature nonces. Not for use by two threads at once.
    """

    def __init__(self, image: CardImage, rng: Rng = os.urandom) -> None:
        curve = curves.by_parameter_id(image.pace_parameter_id)
        if curve is None:
            raise _unusable("pace_parameter_id", "no such standardised curve")
        self._image = image
        self._rng = rng
        self._curve = curve
        self._signing = _load_key(image.active_auth_key)
        self._files = FileSystem(image)
        self._tries = TryCounter(image.can_tries)
        self._session: SecureMessaging | None = None
        self._pace: tuple[Pace, PasswordReference] | None = None

    @property
    def atr(self) -> bytes:
        """Return the answer to reset."""
        return self._image.atr

    def reset(self) -> None:
        """Lose power: session, selection and running protocol are gone; tries are not."""
        self._files.reset()
        self._session = None
        self._pace = None

    def transmit(self, command: bytes) -> bytes:
        """Answer a command APDU: any bytes get at least a status word."""
        # Only a protected command that passes its checks keeps the session (section 9.8.3).
        session, self._session = self._session, None
        try:
            parsed = Command.from_bytes(command)
            if parsed.cla == CLA.SECURED:
                return self._secured(parsed, session).to_bytes()
            return self._dispatch(parsed, opened=False).to_bytes()
        except Refused as refused:
            return Answer(sw=refused.sw).to_bytes()

    def _secured(self, command: Command, session: SecureMessaging | None) -> Answer:
        self._pace = None
        if session is None:
            raise Refused(SW.SM_OBJECT_INCORRECT)
        opened = session.open_command(command)
        self._session = session
        try:
            answer = self._dispatch(opened, opened=True)
        except Refused as refused:
            answer = Answer(sw=refused.sw)
        return session.protect(answer)

    def _dispatch(self, command: Command, *, opened: bool) -> Answer:
        if command.cla not in set(CLA):
            raise Refused(SW.CLA_NOT_SUPPORTED)
        if command.ins not in set(INS):
            raise Refused(SW.INS_NOT_SUPPORTED)
        if command.cla == CLA.CHAINED and command.ins != INS.GENERAL_AUTHENTICATE:
            raise Refused(SW.CHAINING_NOT_SUPPORTED)
        ins = INS(command.ins)
        if ins is not INS.GENERAL_AUTHENTICATE:
            # Anything else between two steps breaks the chain.
            self._pace = None
        match ins:
            case INS.SELECT:
                return self._files.select(command, opened=opened)
            case INS.READ_BINARY:
                return self._files.read(command, opened=opened)
            case INS.MANAGE_SECURITY_ENVIRONMENT:
                return self._set_at(command, opened=opened)
            case INS.GENERAL_AUTHENTICATE:
                return self._general_authenticate(command, opened=opened)
            case INS.INTERNAL_AUTHENTICATE:
                return self._internal_authenticate(command, opened=opened)

    def _set_at(self, command: Command, *, opened: bool) -> Answer:
        """MSE:Set AT: choose protocol and password. 63Cx tells that tries are missing."""
        if command.parameters != SET_AT_FOR_PACE:
            raise Refused(SW.INCORRECT_P1_P2)
        if opened:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        objects = _objects(command.data)
        if objects.get(0x80) != encode_oid(self._image.pace_protocol):
            raise Refused(SW.INCORRECT_DATA)
        parameter_id = objects.get(0x84, bytes([self._image.pace_parameter_id]))
        if parameter_id != bytes([self._image.pace_parameter_id]):
            raise Refused(SW.REFERENCE_NOT_FOUND)
        reference, key = self._password(objects.get(0x83))
        self._pace = Pace(self._curve, key, self._rng), reference
        if reference is PasswordReference.CAN and self._tries.used:
            return Answer(sw=SW.TRIES_LEFT | (self._tries.left or 0))
        return Answer()

    def _password(self, wanted: bytes | None) -> tuple[PasswordReference, bytes]:
        if wanted is None:
            raise Refused(SW.INCORRECT_DATA)
        passwords = {
            PasswordReference.MRZ: self._image.mrz_information,
            PasswordReference.CAN: self._image.can,
        }
        for reference, password in passwords.items():
            if wanted == bytes([reference]) and password is not None:
                return reference, password_key(reference, password)
        raise Refused(SW.REFERENCE_NOT_FOUND)

    def _general_authenticate(self, command: Command, *, opened: bool) -> Answer:
        if opened or self._pace is None:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        # A step that does not end well leaves no run behind.
        (pace, reference), self._pace = self._pace, None
        if command.parameters:
            raise Refused(SW.INCORRECT_P1_P2)
        if command.ne is None or command.ne < MAX_SHORT:
            raise Refused(SW.WRONG_LENGTH)
        refusal = self._tries.refusal() if reference is PasswordReference.CAN else None
        if refusal is not None:
            raise Refused(refusal)
        try:
            data = pace.step(command.data, last=command.cla != CLA.CHAINED)
        finally:
            if pace.guess_failed and reference is PasswordReference.CAN:
                self._tries.wrong()
        if pace.session is None:
            self._pace = pace, reference
        else:
            # Whoever knows either password holds the card: the CAN gets its tries back.
            self._tries.restore()
            self._session = pace.session
        return Answer(data)

    def _internal_authenticate(self, command: Command, *, opened: bool) -> Answer:
        """Sign the terminal's challenge (ECDSA, plain form, SHA-256)."""
        shows_key = DG15 in self._image.app_files and DG15 not in self._image.hidden
        if self._signing is None and not shows_key:
            raise Refused(SW.INS_NOT_SUPPORTED)
        if self._signing is None or not opened:
            raise Refused(SW.SECURITY_NOT_SATISFIED)
        if not self._files.in_application:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if command.parameters:
            raise Refused(SW.INCORRECT_P1_P2)
        curve, secret = self._signing
        if len(command.data) != CHALLENGE:
            raise Refused(SW.WRONG_LENGTH)
        digest = hashlib.sha256(command.data).digest()
        return command.answer_whole(arithmetic.sign(curve, secret, digest, self._rng))


def _objects(data: bytes) -> dict[int, bytes]:
    try:
        return {item.tag: item.value for item in tlv.iterate(data)}
    except MalformedData as error:
        raise Refused(SW.INCORRECT_DATA) from error


def _load_key(der: bytes | None) -> tuple[Curve, int] | None:
    if der is None:
        return None
    try:
        key = load_der_private_key(der, password=None)
    except (ValueError, TypeError) as error:
        raise _unusable("active_auth_key", "it is not a PKCS#8 private key") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise _unusable("active_auth_key", "it is not an elliptic-curve key")
    curve = curves.by_name(key.curve.name)
    if curve is None or curve.n.bit_length() < LEAST_SIGNING_BITS:
        raise _unusable("active_auth_key", f"its curve {key.curve.name} does not serve")
    return curve, key.private_numbers().private_value


def _unusable(key: str, why: str) -> SoftCardInvalid:
    return SoftCardInvalid(
        f"The software card's {key} cannot be used: {why}.",
        next_step="Personalise the card again.",
    )
