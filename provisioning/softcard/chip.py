"""The chip: takes a command APDU, gives an answer, keeps what a chip keeps.

Lives here: which command goes where, and the life of a session. Not here: how a chip is opened
(`access_control`) and proves itself (`chip_auth`, `active_auth`), its files (`filesystem`),
APDUs in pieces (`transmission`).
Written from the standards alone; no protocol step is shared with `reader.channel`. It is a test
card: it keeps its secrets in ordinary memory and its running time tells about them.
Sources: ISO/IEC 7816-4; Doc 9303-11 sections 4.3.2 and 4.4.2 (plain commands), 6.1.3 and 6.2.4
(proofs), 9.8.1 to 9.8.5 (begin, change and end of a session).
"""

from __future__ import annotations

import os
from collections.abc import Callable

from provisioning.softcard import active_auth, objects
from provisioning.softcard.access_control import AccessControl, Opening
from provisioning.softcard.arithmetic import Rng
from provisioning.softcard.channel import SecureMessaging
from provisioning.softcard.chip_auth import ChipAuthentication
from provisioning.softcard.command import CLA, INS, SW, Answer, Command, Refused
from provisioning.softcard.filesystem import CARD_SECURITY, FileSystem, Opened
from provisioning.softcard.image import CardImage
from provisioning.softcard.patience import Patience
from provisioning.softcard.transmission import Transmission

SET_AT_FOR_PACE = 0xC1A4  # P1-P2 of MSE: set authentication template, mutual authentication
SET_AT_FOR_CHIP = 0x41A4  # the same, internal authentication
SET_KAT = 0x41A6  # set key agreement template
CHALLENGE = 8  # bytes, RND.IFD
DG15 = 0x010F

_Act = Callable[[Command, Opened], Answer]


class Chip:
    """A chip made from an image. Raises SoftCardInvalid where its key cannot be used.

    `rng` gives nonces, ephemeral keys and signature nonces; `wait` lets seconds pass. Not for
    use by two threads at once, except that `leave` may come from any.
    """

    def __init__(
        self,
        image: CardImage,
        rng: Rng = os.urandom,
        wait: Callable[[float], None] | None = None,
    ) -> None:
        self._image = image
        self._rng = rng
        self._patience = Patience()
        self._wait = wait or self._patience.wait
        active = image.active_auth
        self._signer = None if active is None else active_auth.load(active)
        self._files = FileSystem(image)
        self._access = AccessControl(image, rng, self._wait)
        self._chip_auth = ChipAuthentication(image.chip_auth.keys)
        self._transmission = Transmission(image.behaviour)
        self._acts = self._instructions()
        self._commands = 0
        self._session: SecureMessaging | None = None
        self._next_session: SecureMessaging | None = None
        self._opened = Opened.NO

    @property
    def atr(self) -> bytes:
        """Return the answer to reset."""
        return self._image.atr

    def reset(self) -> None:
        """Lose power: session, selection and running protocol are gone; tries are not."""
        self._patience.renew()
        self._commands = 0
        self._files.reset()
        self._transmission.reset()
        self._break_runs()
        self._end_session()

    def leave(self) -> None:
        """Give up a wait: the card is being lifted."""
        self._patience.give_up()

    def transmit(self, command: bytes) -> bytes:
        """Answer a command APDU: any bytes get at least a status word."""
        self._commands += 1
        behaviour = self._image.behaviour
        if behaviour.wait and behaviour.wait_at in {None, self._commands}:
            self._wait(behaviour.wait)
        try:
            parsed = Command.from_bytes(command)
            taken = self._transmission.take(parsed, len(command))
            if isinstance(taken, Answer):
                if parsed.cla == CLA.CHAINED:
                    self._end_session()
                return taken.to_bytes()
            answer = self._secured(taken) if taken.cla == CLA.SECURED else self._plain(taken)
        except Refused as refused:
            self._end_session()
            return Answer(sw=refused.sw).to_bytes()
        return self._transmission.give(parsed, answer).to_bytes()

    def _plain(self, command: Command) -> Answer:
        # A plain command aborts the session, also where it is refused (section 9.8.3).
        self._end_session()
        answer = self._dispatch(command, Opened.NO)
        self._session, self._next_session = self._next_session, None
        return answer

    def _secured(self, command: Command) -> Answer:
        session = self._session
        if session is None:
            self._break_runs()
            raise Refused(SW.SM_OBJECT_INCORRECT)
        plain = session.open_command(command, self._transmission.limit(command))
        try:
            answer = self._dispatch(plain, self._opened)
        except Refused as refused:
            answer = Answer(sw=refused.sw)
        protected = session.protect(answer, odd=command.odd)
        if self._next_session is not None:
            # The answer that ends the agreement still went under the old keys (section 9.8.2).
            self._session, self._next_session = self._next_session, None
        return protected

    def _end_session(self) -> None:
        self._session = self._next_session = None
        self._opened = Opened.NO

    def _break_runs(self) -> None:
        self._access.forget()
        self._chip_auth.forget()

    def _instructions(self) -> dict[int, _Act]:
        """Return what this chip knows; the rest it has never heard of."""
        image = self._image
        acts: dict[int, _Act] = {
            INS.SELECT: self._files.select,
            INS.READ_BINARY: self._files.read,
            INS.INTERNAL_AUTHENTICATE: self._internal_authenticate,
        }
        if image.behaviour.odd_read:
            acts[INS.READ_BINARY_ODD] = self._files.read_odd
        if image.access.bac:
            acts[INS.GET_CHALLENGE] = self._get_challenge
            acts[INS.EXTERNAL_AUTHENTICATE] = self._external_authenticate
        if image.access.pace or image.chip_auth.keys:
            acts[INS.MANAGE_SECURITY_ENVIRONMENT] = self._manage_security_environment
            acts[INS.GENERAL_AUTHENTICATE] = self._general_authenticate
        return acts

    def _dispatch(self, command: Command, opened: Opened) -> Answer:
        if command.cla not in {CLA.PLAIN, CLA.SECURED, CLA.CHAINED}:
            raise Refused(SW.CLA_NOT_SUPPORTED)
        self._transmission.require_length(command)
        act = self._acts.get(command.ins)
        if act is None:
            raise Refused(SW.INS_NOT_SUPPORTED)
        if command.ins not in {INS.GENERAL_AUTHENTICATE, INS.EXTERNAL_AUTHENTICATE}:
            # Anything else between two steps breaks the run.
            self._break_runs()
        return act(command, opened)

    def _begin(self, opening: Opening, opened: Opened) -> Answer:
        answer, session = opening
        if session is not None:
            self._next_session = session
            self._opened = opened
        return answer

    def _get_challenge(self, command: Command, opened: Opened) -> Answer:
        self._require_basic_access(opened)
        return self._access.challenge(command)

    def _external_authenticate(self, command: Command, opened: Opened) -> Answer:
        self._require_basic_access(opened)
        return self._begin(self._access.authenticate(command), Opened.BASIC)

    def _require_basic_access(self, opened: Opened) -> None:
        """Refuse where its keys are not at hand: they belong to the application."""
        if opened or not self._files.in_application:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)

    def _manage_security_environment(self, command: Command, opened: Opened) -> Answer:
        chip = self._chip_auth
        known = {
            SET_AT_FOR_PACE: bool(self._image.access.pace),
            SET_AT_FOR_CHIP: chip.takes_at,
            SET_KAT: chip.takes_kat,
        }
        if not known.get(command.parameters, False):
            raise Refused(SW.INCORRECT_P1_P2)
        if command.parameters == SET_AT_FOR_PACE:
            if opened:
                raise Refused(SW.CONDITIONS_NOT_SATISFIED)
            return self._access.choose(objects.by_tag(command.data))
        self._require_chip_auth(opened)
        given = objects.by_tag(command.data)
        if command.parameters == SET_AT_FOR_CHIP:
            chip.authentication_template(given)
        else:
            self._next_session = chip.key_agreement_template(given)
        return Answer()

    def _general_authenticate(self, command: Command, opened: Opened) -> Answer:
        if not opened:
            return self._begin(self._access.step(command), Opened.PACE)
        answer, self._next_session = self._chip_auth.general_authenticate(command)
        return answer

    def _require_chip_auth(self, opened: Opened) -> None:
        """Refuse outside a session, and where the chip does not publish its key."""
        if not opened:
            raise Refused(SW.SECURITY_NOT_SATISFIED)
        if not self._files.in_application and CARD_SECURITY not in self._image.mf_files:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)

    def _internal_authenticate(self, command: Command, opened: Opened) -> Answer:
        """Sign the terminal's challenge."""
        shows_key = DG15 in self._image.app_files and DG15 not in self._image.hidden
        if self._signer is None and not shows_key:
            raise Refused(SW.INS_NOT_SUPPORTED)
        if self._signer is None or not opened:
            raise Refused(SW.SECURITY_NOT_SATISFIED)
        if not self._files.in_application:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if command.parameters:
            raise Refused(SW.INCORRECT_P1_P2)
        if len(command.data) != CHALLENGE:
            raise Refused(SW.WRONG_LENGTH)
        return command.answer_whole(self._signer.sign(command.data, self._rng))
