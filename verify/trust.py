"""The trust list: who may sign what, signed by the root.

Lives here: the value, its JSON form and the rules by which one is taken. Each anchor has one
purpose and need not be self-signed; one key, however it is written, never has two, and what a
certificate says of its own use must fit. Not here: which anchor may sign which list (`lists`) or
which document (`passive`), and where the list in force lies (`edge.holdings`).
Source: DESIGN section 5. Object identifiers of our own are under 2.25 (ITU-T X.667).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum, unique
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crl.status import Purpose
from verify import certificate, jws, keys
from verify.errors import TrustListRefused, VerifyError
from verify.identity import Identity, identity
from verify.names import name_key

TYP = "tramthe-trust-list+jws"
VERSION = 1
MAX_TRUST_LIST = 8 * 1024 * 1024  # characters; 600 country authorities take 1.2 million
MAX_ANCHORS = 4096
MAX_CENTRE_KEYS = 16
MAX_RESETS = 64
MAX_NUMBER = (1 << 53) - 1
MAX_LIST_NUMBER = (1 << 159) - 1  # cRLNumber, RFC 5280 section 5.2.3: 20 octets

STATUS_SIGNER_EKU = "2.25.165682236868809059566356330485100206967"
"""Extended key usage of a card status list's signer."""

SEAL_SUITE = "MLKEM768-X25519/HKDF-SHA256/AES-256-GCM"
"""HPKE base mode; there is one suite and no fallback."""
SEAL_PUBLIC_SIZE = 1184 + 32  # bytes: ML-KEM-768, then X25519
SIGN_ALGORITHM = jws.ALGORITHM

_KID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEX = re.compile(r"[0-9a-f]{1,40}")


@unique
class AnchorPurpose(StrEnum):
    """The one thing that an anchor vouches for."""

    DOCUMENT = "document"
    CARD_STATUS = "card-status"
    TERMINAL = "terminal"
    CENTRE = "centre"


@unique
class KeyUse(StrEnum):
    """What a key of the centre is for."""

    SEAL = "seal"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A trusted certificate. ValueError for a purpose without what belongs to it."""

    purpose: AnchorPurpose
    certificate: bytes = field(repr=False)
    """DER."""
    profiles: frozenset[str] = frozenset()
    """DOCUMENT: the card families that it may sign for, at least one."""
    scope: str | None = None
    """CARD_STATUS: the URI that its lists name as their scope."""

    def __post_init__(self) -> None:
        if bool(self.profiles) is not (self.purpose is AnchorPurpose.DOCUMENT):
            raise ValueError("exactly the document anchors name profiles")
        if bool(self.scope) is not (self.purpose is AnchorPurpose.CARD_STATUS):
            raise ValueError("exactly the card status anchors have a scope")

    @property
    def fingerprint(self) -> str:
        """Return SHA-256 of the certificate, hex."""
        return hashlib.sha256(self.certificate).hexdigest()


@dataclass(frozen=True, slots=True)
class CentreKey:
    """A key of the centre. ValueError for a key that is not of its use's algorithm.

    SEAL: `algorithm` SEAL_SUITE, `public` 1184 + 32 bytes. SIGN: `algorithm` ES256, `public` a
    SubjectPublicKeyInfo (DER) on P-256.
    """

    kid: str
    use: KeyUse
    algorithm: str
    public: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _KID.fullmatch(self.kid):
            raise ValueError("a key id has 1 to 64 letters, digits, dots, hyphens, underscores")
        if self.use is KeyUse.SEAL:
            if self.algorithm != SEAL_SUITE or len(self.public) != SEAL_PUBLIC_SIZE:
                raise ValueError(f"a seal key is a public key of {SEAL_SUITE}")
        elif self.algorithm != SIGN_ALGORITHM:
            raise ValueError(f"a sign key is for {SIGN_ALGORITHM}")
        else:
            _p256(self.public)

    @property
    def verification_key(self) -> ec.EllipticCurvePublicKey:
        """Return a SIGN key, loaded. ValueError for a SEAL key."""
        if self.use is not KeyUse.SIGN:
            raise ValueError("a seal key verifies nothing")
        return _p256(self.public)


@dataclass(frozen=True, slots=True)
class Reset:
    """A revocation list's number that terminals shall forget, after an office's slip.

    The next list of this purpose, issuer and scope is taken from the number after `number` on;
    those from `withdrawn` on never again, or the slip could be brought back. The list in force
    stays until then. ValueError for numbers that no list can have or that do not follow each
    other, and an issuer that is no Name.
    """

    purpose: Purpose
    issuer: bytes = field(repr=False)
    """Name, DER."""
    scope: str | None
    number: int
    withdrawn: int

    def __post_init__(self) -> None:
        if not 0 <= self.number < self.withdrawn <= MAX_LIST_NUMBER:
            raise ValueError("a reset's numbers follow each other and have up to 20 octets")
        try:
            name_key(self.issuer)
        except VerifyError as error:
            raise ValueError("a list's issuer is a Name") from error


@dataclass(frozen=True, slots=True)
class TrustList:
    """One issue of the list. ValueError for a number out of range or a key id that repeats."""

    number: int
    issued: datetime
    """UTC, whole seconds."""
    anchors: tuple[Anchor, ...]
    centre_keys: tuple[CentreKey, ...]
    resets: tuple[Reset, ...] = ()
    """To be carried out once, when the list is taken over."""

    def __post_init__(self) -> None:
        if not 0 < self.number <= MAX_NUMBER:
            raise ValueError("a trust list's number is from 1 to 2^53 - 1")
        if self.issued.utcoffset() != timedelta(0) or self.issued.microsecond:
            raise ValueError("a trust list is issued at a whole second in UTC")
        if len(self.anchors) > MAX_ANCHORS or len(self.centre_keys) > MAX_CENTRE_KEYS:
            raise ValueError("a trust list has too many entries")
        if len(self.resets) > MAX_RESETS:
            raise ValueError("a trust list resets too many numbers")
        if len({key.kid for key in self.centre_keys}) != len(self.centre_keys):
            raise ValueError("a key id repeats")
        _require_one_meaning(self.anchors)

    def anchors_for(self, purpose: AnchorPurpose) -> tuple[Anchor, ...]:
        """Return the anchors of one purpose."""
        return tuple(anchor for anchor in self.anchors if anchor.purpose is purpose)

    def centre_key(self, kid: str, use: KeyUse) -> CentreKey | None:
        """Return the centre's key of this id, if it is for this use."""
        return next((k for k in self.centre_keys if (k.kid, k.use) == (kid, use)), None)

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON object that the root signs under `TYP`."""
        return {
            "v": VERSION,
            "number": self.number,
            "issued": self.issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "anchors": [
                {
                    "purpose": anchor.purpose.value,
                    "certificate": base64.b64encode(anchor.certificate).decode(),
                    "profiles": sorted(anchor.profiles),
                    "scope": anchor.scope,
                }
                for anchor in self.anchors
            ],
            "centre_keys": [
                {
                    "kid": key.kid,
                    "use": key.use.value,
                    "alg": key.algorithm,
                    "public": base64.urlsafe_b64encode(key.public).rstrip(b"=").decode(),
                }
                for key in self.centre_keys
            ],
            "resets": [
                {
                    "purpose": reset.purpose.value,
                    "issuer": base64.b64encode(reset.issuer).decode(),
                    "scope": reset.scope,
                    "number": f"{reset.number:x}",
                    "withdrawn": f"{reset.withdrawn:x}",
                }
                for reset in self.resets
            ],
        }

    @classmethod
    def from_compact(
        cls,
        compact: str,
        root_key: ec.EllipticCurvePublicKey,
        previous_number: int | None = None,
    ) -> TrustList:
        """Return the list in a JWS that `root_key` signed.

        `previous_number` is that of the list in force, which only a greater one may replace;
        None takes any (nothing is in force, or this is that list read again from disk).
        Raises TrustListRefused.
        """
        try:
            payload = jws.verify(
                compact, typ=TYP, key_for=lambda _: root_key, max_size=MAX_TRUST_LIST
            )
        except VerifyError as error:
            raise _refused(error.message) from error
        try:
            taken = _from_payload(payload)
            _require_one_purpose(taken, root_key)
        except (ValueError, KeyError, TypeError, VerifyError) as error:
            raise _refused(f"It is malformed: {_why(error)}.") from error
        if previous_number is not None and taken.number <= previous_number:
            raise TrustListRefused(
                f"Trust list {taken.number} does not replace number {previous_number}: "
                "only a newer one may.",
                next_step="The list in force stays; get the newest one from the office.",
            )
        return taken


def _require_one_meaning(anchors: tuple[Anchor, ...]) -> None:
    """ValueError where two document anchors of one name vouch for different families.

    Revocation lists are filed by issuer name: the authority of one family must not be able to
    issue the list of another's.
    """
    families: dict[bytes, frozenset[str]] = {}
    for anchor in anchors:
        der = anchor.certificate
        families[der] = families.get(der, frozenset()) | anchor.profiles
    by_name: dict[bytes, frozenset[str]] = {}
    for der, profiles in families.items():
        name = certificate.parse(der).subject
        if profiles and by_name.setdefault(name, profiles) != profiles:
            raise ValueError("two document anchors of one name vouch for different profiles")


def _from_payload(payload: Mapping[str, Any]) -> TrustList:
    if payload["v"] != VERSION or type(payload["number"]) is not int:
        raise ValueError("its version or number is not one of ours")
    return TrustList(
        number=payload["number"],
        issued=_time(payload["issued"]),
        anchors=tuple(_anchor(entry) for entry in payload["anchors"]),
        centre_keys=tuple(_centre_key(entry) for entry in payload["centre_keys"]),
        resets=tuple(_reset(entry) for entry in payload["resets"]),
    )


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError("it is not issued at a time in UTC") from error


def _require_one_purpose(taken: TrustList, root_key: ec.EllipticCurvePublicKey) -> None:
    """Refuse a key that is to have two purposes, and a certificate that is for another one."""
    root = root_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    purposes: dict[Identity, AnchorPurpose | None] = {identity(root): None}
    for key in taken.centre_keys:
        owner = identity(key.public)
        if purposes.setdefault(owner, AnchorPurpose.CENTRE) is not AnchorPurpose.CENTRE:
            raise ValueError("one key is for two purposes")
    for anchor in taken.anchors:
        parsed = certificate.parse(anchor.certificate)
        if purposes.setdefault(identity(parsed.spki), anchor.purpose) is not anchor.purpose:
            raise ValueError("one key is for two purposes")
        uses = parsed.extended_key_usage or frozenset()
        if anchor.purpose is not AnchorPurpose.CARD_STATUS:
            if STATUS_SIGNER_EKU in uses:
                raise ValueError("a signer of card lists is an anchor for something else")
        elif uses != {STATUS_SIGNER_EKU} or "crl_sign" not in (parsed.key_usage or ()):
            raise ValueError("a card status anchor is no signer of card lists")


def _anchor(entry: Mapping[str, Any]) -> Anchor:
    der = base64.b64decode(entry["certificate"], validate=True)
    certificate.parse(der)
    profiles, scope = entry["profiles"], entry["scope"]
    if not all(isinstance(name, str) for name in profiles):
        raise ValueError("a profile is named by a string")
    if not (scope is None or isinstance(scope, str)):
        raise ValueError("a scope is a string")
    return Anchor(AnchorPurpose(entry["purpose"]), der, frozenset(profiles), scope)


def _centre_key(entry: Mapping[str, Any]) -> CentreKey:
    text = entry["public"]
    public = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    return CentreKey(entry["kid"], KeyUse(entry["use"]), entry["alg"], public)


def _reset(entry: Mapping[str, Any]) -> Reset:
    scope = entry["scope"]
    if not (scope is None or isinstance(scope, str)):
        raise ValueError("a scope is a string")
    issuer = base64.b64decode(entry["issuer"], validate=True)
    number, withdrawn = _number(entry["number"]), _number(entry["withdrawn"])
    return Reset(Purpose(entry["purpose"]), issuer, scope, number, withdrawn)


def _number(text: Any) -> int:
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        raise ValueError("a list's number is in hexadecimal")
    return int(text, 16)


def _p256(spki: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = keys.load_spki(spki).key
    except VerifyError as error:
        raise ValueError("a sign key is a public key on P-256") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("a sign key is a public key on P-256")
    return key


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return "a member is missing"
    if isinstance(error, binascii.Error | TypeError):
        return "a member has not its documented form"
    return error.message if isinstance(error, VerifyError) else str(error)


def _refused(why: str) -> TrustListRefused:
    return TrustListRefused(
        f"This trust list is not taken. {why}",
        next_step="The list in force stays; get the list again from the office.",
    )
