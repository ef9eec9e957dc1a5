"""The commands that open a chip: PACE and basic access control, with their passwords.

Lives here: choosing a protocol and a password, the run under way, what a wrong guess costs. Not
here: the protocols themselves (`pace`, `bac`), when a session ends (`chip`).
Source: Doc 9303-11 sections 4.3.4 (BAC) and 4.4.4 (PACE).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from provisioning.softcard import groups
from provisioning.softcard.arithmetic import Rng
from provisioning.softcard.bac import NONCE, BasicAccess
from provisioning.softcard.channel import SecureMessaging
from provisioning.softcard.command import CLA, MAX_SHORT, SW, Answer, Command, Refused
from provisioning.softcard.image import CardImage, PaceOffer
from provisioning.softcard.pace import Pace
from provisioning.softcard.passwords import PasswordReference, Passwords
from provisioning.softcard.protocols import PaceMapping, encode_oid
from provisioning.softcard.suite import FOR_PASSWORD

PROTOCOL = 0x80
PASSWORD = 0x83
DOMAIN_PARAMETERS = 0x84

Opening = tuple[Answer, SecureMessaging | None]
"""An answer, and the session that it begins."""


class AccessControl:
    """What lies between a chip at rest and an open one. Every method raises Refused.

    `wait` lets seconds pass.
    """

    def __init__(self, image: CardImage, rng: Rng, wait: Callable[[float], None]) -> None:
        self._access = image.access
        self._chip_auth = image.chip_auth
        self._rng = rng
        self._wait = wait
        self._passwords = Passwords(image.access)
        self._pace: tuple[Pace, PasswordReference] | None = None
        self._basic: BasicAccess | None = None

    def forget(self) -> None:
        """Break the run under way."""
        self._pace = None
        self._basic = None

    def choose(self, given: Mapping[int, bytes]) -> Answer:
        """MSE:Set AT: choose protocol and password. 63Cx tells that tries are missing."""
        offer = self._offer(given.get(PROTOCOL), given.get(DOMAIN_PARAMETERS))
        reference, secret = self._password(given.get(PASSWORD))
        group = groups.by_parameter_id(offer.parameter_id)
        if group is None:
            raise Refused(SW.REFERENCE_NOT_FOUND)
        key = offer.protocol.suite.derive(secret, FOR_PASSWORD)
        run = Pace(offer.protocol, group, key, self._rng, self._static_key(offer))
        self._pace = run, reference
        return Answer(sw=self._passwords.warning(reference))

    def step(self, command: Command) -> Opening:
        """GENERAL AUTHENTICATE: the next step of PACE."""
        self._basic = None
        if self._pace is None:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        # A step that does not end well leaves no run behind.
        (pace, reference), self._pace = self._pace, None
        if command.parameters:
            raise Refused(SW.INCORRECT_P1_P2)
        if command.ne is None or command.ne < MAX_SHORT:
            raise Refused(SW.WRONG_LENGTH)
        refusal = self._passwords.refusal(reference)
        if refusal is not None:
            raise Refused(refusal)
        if not pace.begun:
            self._wait(self._passwords.delay)
        try:
            data = pace.step(command.data, last=command.cla != CLA.CHAINED)
        finally:
            if pace.guess_failed:
                self._passwords.wrong(reference)
        if pace.session is None:
            self._pace = pace, reference
        else:
            self._passwords.right()
        return Answer(data), pace.session

    def challenge(self, command: Command) -> Answer:
        """GET CHALLENGE: begin a run of basic access control."""
        secret = self._passwords.secret(PasswordReference.MRZ)
        if secret is None:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if command.parameters:
            raise Refused(SW.INCORRECT_P1_P2)
        if command.data or command.ne is None or command.ne < NONCE:
            raise Refused(SW.WRONG_LENGTH)
        self._wait(self._passwords.delay)
        self._basic = BasicAccess(secret, self._rng)
        return Answer(self._basic.challenge)

    def authenticate(self, command: Command) -> Opening:
        """EXTERNAL AUTHENTICATE: end it. The challenge serves once."""
        basic, self._basic, self._pace = self._basic, None, None
        if command.parameters:
            raise Refused(SW.INCORRECT_P1_P2)
        if basic is None:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if command.ne is None:
            raise Refused(SW.WRONG_LENGTH)
        try:
            data = basic.authenticate(command.data)
        except Refused as refused:
            if refused.sw == SW.AUTHENTICATION_FAILED:
                self._passwords.wrong(PasswordReference.MRZ)
            raise
        self._passwords.right()
        return command.answer_whole(data), basic.session

    def _offer(self, oid: bytes | None, parameter_id: bytes | None) -> PaceOffer:
        """Return the offer chosen; tag 84 may be left out where there is one group only."""
        offers = self._access.pace
        fitting = [offer for offer in offers if encode_oid(offer.protocol.oid) == oid]
        if not fitting:
            raise Refused(SW.INCORRECT_DATA)
        if parameter_id is None:
            if len({offer.parameter_id for offer in offers}) > 1:
                raise Refused(SW.REFERENCE_NOT_FOUND)
            return fitting[0]
        for offer in fitting:
            if parameter_id == bytes([offer.parameter_id]):
                return offer
        raise Refused(SW.REFERENCE_NOT_FOUND)

    def _static_key(self, offer: PaceOffer) -> int | None:
        """Return the private key of chip authentication mapping, None for other mappings."""
        if offer.protocol.mapping is not PaceMapping.CHIP_AUTHENTICATION:
            return None
        key = self._chip_auth.for_mapping(offer.parameter_id)
        return None if key is None else int.from_bytes(key.secret, "big")

    def _password(self, wanted: bytes | None) -> tuple[PasswordReference, bytes]:
        if wanted is None:
            raise Refused(SW.INCORRECT_DATA)
        for reference in PasswordReference:
            secret = self._passwords.secret(reference)
            if wanted == bytes([reference]) and secret is not None:
                return reference, secret
        raise Refused(SW.REFERENCE_NOT_FOUND)
