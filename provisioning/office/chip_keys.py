"""The chip's own keys: made, kept as PKCS #8, shown as SubjectPublicKeyInfo.

Lives here: key pairs in every standardised group, and the forms in which a group is given. Not
here: which key a card gets (`personalise`), certificates' keys (`pki`).
Public halves are computed with the software card's own arithmetic, because no library that we
have knows all of the groups.
Sources: Doc 9303-11 sections 9.4 to 9.6; RFC 5480 and RFC 3279 sections 2.3.3 and 2.3.5 (public
keys); PKCS #3 section 9; RFC 5958 and RFC 5915 (private keys).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from provisioning.errors import OfficeInputInvalid
from provisioning.office import der
from provisioning.office.options import KeyForm
from provisioning.office.pki import Rng
from provisioning.softcard import arithmetic, groups, modp
from provisioning.softcard.groups import Group
from reader import curves
from reader.curves import Curve

_EC_PUBLIC_KEY = "1.2.840.10045.2.1"
_PRIME_FIELD = "1.2.840.10045.1.1"
_DH_PUBLIC_NUMBER = "1.2.840.10046.2.1"
_PKCS3_AGREEMENT = "1.2.840.113549.1.3.1"
_STANDARDISED = "0.4.0.127.0.7.1.2"
_RSA_EXPONENT = 65_537


@dataclass(frozen=True, slots=True)
class GroupKey:
    """A key pair in a standardised group."""

    parameter_id: int
    secret: int = field(repr=False)

    @property
    def secret_octets(self) -> bytes:
        """Return the private number, big endian."""
        return self.secret.to_bytes((self.secret.bit_length() + 7) // 8, "big")

    def public_info(self, form: KeyForm) -> bytes:
        """Return the SubjectPublicKeyInfo (DER), its group given in this form.

        Raises OfficeInputInvalid for a form that the group does not have.
        """
        element = self._public()
        if form is KeyForm.STANDARDISED:
            algorithm = der.sequence(der.oid(_STANDARDISED), der.integer(self.parameter_id))
        else:
            algorithm = _algorithm(self.parameter_id, form)
        on_curve = curves.by_parameter_id(self.parameter_id) is not None
        number = element if on_curve else der.integer(int.from_bytes(element, "big"))
        return der.sequence(algorithm, der.bit_string(number))

    def pkcs8(self) -> bytes:
        """Return the private key of a curve as PKCS #8, the curve by its name."""
        curve = curves.by_parameter_id(self.parameter_id)
        if curve is None:
            raise _invalid("active authentication has keys on curves, or RSA")
        size = (curve.n.bit_length() + 7) // 8
        private = der.sequence(
            der.integer(1),
            der.octets(self.secret.to_bytes(size, "big")),
            der.explicit(1, der.bit_string(self._public())),
        )
        algorithm = der.sequence(der.oid(_EC_PUBLIC_KEY), der.oid(curve.oid))
        return der.sequence(der.integer(0), algorithm, der.octets(private))

    def _public(self) -> bytes:
        group = group_of(self.parameter_id)
        element = group.power(group.generator, self.secret)
        if element is None:
            raise _invalid("a private key is a multiple of its group's order")
        return element


def new_group_key(parameter_id: int, rng: Rng) -> GroupKey:
    """Return a new key pair. Raises OfficeInputInvalid for an id that names no group."""
    return GroupKey(parameter_id, arithmetic.draw(group_of(parameter_id).order, rng))


def new_rsa_key(bits: int) -> tuple[bytes, bytes]:
    """Return (PKCS #8, SubjectPublicKeyInfo) of a new RSA key, made by the library's randomness.

    Raises OfficeInputInvalid for a size that the library does not make.
    """
    try:
        key = rsa.generate_private_key(_RSA_EXPONENT, bits)
    except ValueError as error:
        raise _invalid(f"an RSA key cannot have {bits} bits") from error
    private = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public


def is_curve(parameter_id: int) -> bool:
    """Return whether the id names a curve."""
    return curves.by_parameter_id(parameter_id) is not None


def group_of(parameter_id: int) -> Group:
    """Return the group of a standardised id. Raises OfficeInputInvalid where there is none."""
    group = groups.by_parameter_id(parameter_id)
    if group is None:
        raise _invalid(f"there are no standardised domain parameters {parameter_id}")
    return group


def _algorithm(parameter_id: int, form: KeyForm) -> bytes:
    curve = curves.by_parameter_id(parameter_id)
    if curve is not None and form is KeyForm.NAMED:
        return der.sequence(der.oid(_EC_PUBLIC_KEY), der.oid(curve.oid))
    if curve is not None and form is KeyForm.EXPLICIT:
        return der.sequence(der.oid(_EC_PUBLIC_KEY), _curve(curve))
    for group in modp.GROUPS:
        if group.parameter_id == parameter_id and form is KeyForm.EXPLICIT:
            numbers = (group.p, group.g, group.order)
            return der.sequence(der.oid(_DH_PUBLIC_NUMBER), _integers(*numbers))
        if group.parameter_id == parameter_id and form is KeyForm.PKCS3:
            return der.sequence(der.oid(_PKCS3_AGREEMENT), _integers(group.p, group.g))
    raise _invalid(f"domain parameters {parameter_id} are not given as {form.value}")


def _curve(curve: Curve) -> bytes:
    """Return ECParameters (RFC 3279 section 2.3.5)."""
    size = curve.field_size
    base = arithmetic.encode(curve, arithmetic.base_point(curve))
    return der.sequence(
        der.integer(1),
        der.sequence(der.oid(_PRIME_FIELD), der.integer(curve.p)),
        der.sequence(
            der.octets(curve.a.to_bytes(size, "big")), der.octets(curve.b.to_bytes(size, "big"))
        ),
        der.octets(base),
        der.integer(curve.n),
        der.integer(curve.h),
    )


def _integers(*values: int) -> bytes:
    return der.sequence(*(der.integer(value) for value in values))


def _invalid(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"The chip cannot be made: {why}.", next_step="Choose other options for the chip."
    )
