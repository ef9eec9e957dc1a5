"""What a reading brings home: the card's bytes and what was done with it, unjudged.

Lives here: the frozen values that pass from `reader` to `verify` and on to disk, and their
wire form. Not here: any opinion on them (`verify.pipeline`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Any

from reader.errors import MalformedData
from reader.lds import dg1
from reader.lds.dg1 import Mrz
from reader.lds.files import FileId

EVIDENCE_VERSION = 2
MAX_EVIDENCE = 4 * 1024 * 1024  # bytes of the wire form


@unique
class PasswordKind(StrEnum):
    """What a chip can be asked to be opened with (Doc 9303-11 section 4.4.4.1, tag 83)."""

    MRZ = "mrz"
    CAN = "can"


@dataclass(frozen=True, slots=True)
class Password:
    """A password for PACE.

    `value` is the CAN's digits, or the MRZ information (document number, birth, expiry, each
    with its check digit; Doc 9303-11 section 4.4.4.1), in ASCII.
    """

    kind: PasswordKind
    value: str = field(repr=False)


@unique
class PasswordState(StrEnum):
    """Why a reading ended without opening the chip."""

    NONE_GIVEN = "none-given"
    WRONG = "wrong"
    TOO_FEW_TRIES = "too-few-tries"
    """The card counts, and one more guess would go below the profile's minimum."""


@dataclass(frozen=True, slots=True)
class NeedsPassword:
    """The chip lies there and waits: a state, not an error."""

    kinds: frozenset[PasswordKind]
    tries_left: int | None
    """As the card tells (63Cx); None where it does not count, or has not said."""
    state: PasswordState
    chip_hint: bytes | None = field(default=None, repr=False)
    """EF.CardAccess as read: never identifies a person."""


@unique
class CardAccessSource(StrEnum):
    """Where the PACE parameters came from."""

    READ = "read"
    REMEMBERED = "remembered"


@dataclass(frozen=True, slots=True)
class MappingProof:
    """What chip authentication mapping leaves behind (Doc 9303-11 section 4.4.3.5).

    `public_key` is the chip's mapping key PK_Map,IC, an uncompressed point; `data` is CA_IC, a
    scalar, as decrypted from data object 8A. Genuine where PK_Map,IC = CA_IC * PK_IC, PK_IC
    being the key that EF.CardSecurity vouches for.
    """

    public_key: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class PaceFacts:
    """The PACE run: what was agreed, by which file. No key, no password."""

    protocol: str
    """Object identifier, dotted (Doc 9303-11 section 9.2.1)."""
    parameter_id: int
    password_kind: PasswordKind
    source: CardAccessSource
    mapping: MappingProof | None = None
    """Where the protocol was PACE-CAM."""


@dataclass(frozen=True, slots=True)
class ActiveAuthRun:
    """One INTERNAL AUTHENTICATE: the terminal's challenge and what came back.

    `response` is empty where the chip refused; `sw` is its status word.
    """

    challenge: bytes
    response: bytes
    sw: int


@dataclass(frozen=True, slots=True)
class ChipAuthRun:
    """One run of chip authentication (Doc 9303-11 section 6.2).

    The proof is that the chip answered under the new keys, which this terminal alone saw: whoever
    judges the evidence later trusts the terminal for it.
    """

    protocol: str
    """Object identifier of the ChipAuthenticationInfo, dotted."""
    key_id: int | None
    public_key: bytes
    """The SubjectPublicKeyInfo (DER) with which the keys were agreed, as DG14 gave it."""
    proved: bool
    """Whether an answer came back under the new keys, its checksum right."""
    sw: int
    """Status word of the last command, 9000 where all was well."""


def _hex_digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class CardEvidence:
    """Everything `verify` needs to judge a card, again and offline.

    `refused` names the files that were asked for and not given, with the status word.
    `profile` is the proposal under which files were chosen; `verify` fixes it.
    """

    profile: str
    aid: bytes
    files: Mapping[FileId, bytes]
    refused: Mapping[FileId, int]
    pace: PaceFacts | None
    active_auth: ActiveAuthRun | None
    atr: bytes = b""
    chip_auth: ChipAuthRun | None = None
    basic_access: bool = False
    """The chip was opened by basic access control; `pace` is None then."""
    _mrz: Mrz | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", MappingProxyType(dict(self.files)))
        object.__setattr__(self, "refused", MappingProxyType(dict(self.refused)))

    @property
    def mrz(self) -> Mrz:
        """What DG1 says, unjudged, and read once for all who ask.

        Raises KeyError where DG1 is not there, MalformedData.
        """
        mrz = self._mrz
        if mrz is None:
            mrz = dg1.parse(self.files[FileId.DG1])
            object.__setattr__(self, "_mrz", mrz)
        return mrz

    def __repr__(self) -> str:
        sizes = ", ".join(f"{k}={len(v)}B#{_hex_digest(v)}" for k, v in self.files.items())
        return f"CardEvidence(profile={self.profile!r}, files=[{sizes}])"

    def to_bytes(self) -> bytes:
        """Return the wire form: one JSON object, keys sorted, binary as base64."""
        pace = self.pace
        run = self.active_auth
        chip = self.chip_auth
        document = {
            "v": EVIDENCE_VERSION,
            "profile": self.profile,
            "aid": self.aid.hex(),
            "atr": self.atr.hex(),
            "files": {k.value: _b64(v) for k, v in self.files.items()},
            "refused": {k.value: v for k, v in self.refused.items()},
            "pace": None
            if pace is None
            else {
                "protocol": pace.protocol,
                "parameter_id": pace.parameter_id,
                "password_kind": pace.password_kind.value,
                "source": pace.source.value,
                "mapping": None
                if pace.mapping is None
                else {
                    "public_key": _b64(pace.mapping.public_key),
                    "data": _b64(pace.mapping.data),
                },
            },
            "basic_access": self.basic_access,
            "active_auth": None
            if run is None
            else {
                "challenge": _b64(run.challenge),
                "response": _b64(run.response),
                "sw": run.sw,
            },
            "chip_auth": None
            if chip is None
            else {
                "protocol": chip.protocol,
                "key_id": chip.key_id,
                "public_key": _b64(chip.public_key),
                "proved": chip.proved,
                "sw": chip.sw,
            },
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> CardEvidence:
        """Read the wire form. Raises MalformedData for anything else."""
        if len(data) > MAX_EVIDENCE:
            raise _malformed(f"it is larger than {MAX_EVIDENCE} bytes")
        try:
            document = json.loads(data)
        except RecursionError as error:
            raise _malformed("it is nested too deeply") from error
        except ValueError as error:  # of the text's encoding too
            raise _malformed("it is not JSON") from error
        try:
            return cls._from_document(document)
        except KeyError as error:
            raise _malformed("a field is missing") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise _malformed("a field has another form") from error

    @classmethod
    def _from_document(cls, document: Any) -> CardEvidence:
        if document["v"] != EVIDENCE_VERSION:
            raise _malformed(f"its version is {document['v']!r}")
        pace = document["pace"]
        run = document["active_auth"]
        chip = document["chip_auth"]
        return cls(
            profile=_text(document["profile"]),
            aid=bytes.fromhex(document["aid"]),
            atr=bytes.fromhex(document["atr"]),
            files={FileId(k): _unb64(v) for k, v in document["files"].items()},
            refused={FileId(k): _whole(v) for k, v in document["refused"].items()},
            pace=None
            if pace is None
            else PaceFacts(
                protocol=_text(pace["protocol"]),
                parameter_id=_whole(pace["parameter_id"]),
                password_kind=PasswordKind(pace["password_kind"]),
                source=CardAccessSource(pace["source"]),
                mapping=None
                if pace["mapping"] is None
                else MappingProof(
                    public_key=_unb64(pace["mapping"]["public_key"]),
                    data=_unb64(pace["mapping"]["data"]),
                ),
            ),
            basic_access=_truth(document["basic_access"]),
            active_auth=None
            if run is None
            else ActiveAuthRun(
                challenge=_unb64(run["challenge"]),
                response=_unb64(run["response"]),
                sw=_whole(run["sw"]),
            ),
            chip_auth=None
            if chip is None
            else ChipAuthRun(
                protocol=_text(chip["protocol"]),
                key_id=None if chip["key_id"] is None else _whole(chip["key_id"]),
                public_key=_unb64(chip["public_key"]),
                proved=_truth(chip["proved"]),
                sw=_whole(chip["sw"]),
            ),
        )


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unb64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not a truth value")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not an integer")
    return value


def _malformed(why: str) -> MalformedData:
    return MalformedData(
        f"This is not a kept card reading: {why}.",
        next_step="Give a file that `tramthe card read --save FILE` wrote.",
    )
