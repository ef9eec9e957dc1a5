"""Name constraints, kind by kind, at the edges where a wrong yes would let a stranger in."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.verify.made import AT, DAY, SIGNER_EXTENSIONS, issue, name
from verify import certificate
from verify.certificate import Certificate
from verify.constraints import NameSpace
from verify.errors import MalformedObject
from verify.extensions import NameConstraints, name_constraints

DNS, URI, MAIL = x509.DNSName, x509.UniformResourceIdentifier, x509.RFC822Name


def bearer(*names: x509.GeneralName, subject: str = "Bearer") -> Certificate:
    """Return a certificate with these alternative names."""
    extensions = [*SIGNER_EXTENSIONS]
    if names:
        extensions.append((x509.SubjectAlternativeName(names), False))
    return certificate.parse(issue(subject, extensions=extensions).certificate)


def constraints(
    permitted: Sequence[x509.GeneralName] | None = None,
    excluded: Sequence[x509.GeneralName] | None = None,
) -> NameConstraints:
    """Return the constraints as an authority's certificate has them."""
    extension = x509.NameConstraints(permitted, excluded)
    made = issue("Authority", extensions=[(extension, True)])
    found = name_constraints(certificate.parse(made.certificate))
    assert found is not None
    return found


def allowed(one: Certificate, *above: NameConstraints) -> bool:
    """Whether the names are allowed under these authorities."""
    space = NameSpace.unbounded()
    for each in above:
        space.narrow(each)
    return space.fault(one) is None


@pytest.mark.parametrize(
    ("name", "base", "inside"),
    [
        (DNS("a.example"), DNS("a.example"), True),
        (DNS("x.a.example"), DNS("a.example"), True),
        (DNS("X.A.EXAMPLE"), DNS("a.example"), True),
        (DNS("xa.example"), DNS("a.example"), False),
        (DNS("example"), DNS("a.example"), False),
        (DNS("a.example"), DNS(""), True),
        (MAIL("me@a.example"), MAIL("a.example"), True),
        (MAIL("me@x.a.example"), MAIL("a.example"), False),
        (MAIL("me@x.a.example"), MAIL(".a.example"), True),
        (MAIL("me@a.example"), MAIL(".a.example"), False),
        (MAIL("me@A.example"), MAIL("me@a.EXAMPLE"), True),
        (MAIL("Me@a.example"), MAIL("me@a.example"), False),
        (URI("https://a.example/x"), URI("a.example"), True),
        (URI("https://x.a.example/"), URI("a.example"), False),
        (URI("https://x.a.example:8443/"), URI(".a.example"), True),
        (URI("https://me@a.example?q"), URI("a.example"), True),
        (URI("https://a.example@evil.example/"), URI("a.example"), False),
        (
            x509.IPAddress(IPv4Address("10.1.2.3")),
            x509.IPAddress(IPv4Network("10.1.0.0/16")),
            True,
        ),
        (
            x509.IPAddress(IPv4Address("10.2.2.3")),
            x509.IPAddress(IPv4Network("10.1.0.0/16")),
            False,
        ),
        (x509.IPAddress(IPv4Address("10.1.2.3")), x509.IPAddress(IPv6Network("::/0")), False),
        (x509.DirectoryName(name("A")), x509.DirectoryName(name(" a ")), True),
        (x509.DirectoryName(name("AB")), x509.DirectoryName(name("A")), False),
    ],
    ids=str,
)
def test_inside_or_outside(name: x509.GeneralName, base: x509.GeneralName, inside: bool) -> None:
    """What is permitted inside is what is excluded inside; outside it is the reverse."""
    if isinstance(base, x509.DirectoryName):
        one = certificate.parse(issue(_common(name)).certificate)
    else:
        one = bearer(name)
    assert allowed(one, constraints([base])) is inside
    assert allowed(one, constraints(None, [base])) is not inside


def _common(name: x509.GeneralName) -> str:
    assert isinstance(name, x509.DirectoryName)
    return str(name.value.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        (URI("urn:example:a"), URI("a.example")),
        (URI("https://10.1.2.3/"), URI("a.example")),
        (URI("https://[::1]/"), URI("a.example")),
        (URI("https://a.example./"), URI("a.example")),
        (URI("https://evil\\@a.example/"), URI("a.example")),
        (DNS("a.example."), DNS("a.example")),
        (DNS(".a.example"), DNS("a.example")),
        (MAIL._init_without_validation("a.example"), MAIL("a.example")),
        (
            x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
            x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
        ),
    ],
    ids=str,
)
def test_name_that_cannot_be_judged(name: x509.GeneralName, base: x509.GeneralName) -> None:
    """It is neither inside of what is permitted nor outside of what is excluded."""
    assert not allowed(bearer(name), constraints([base]))
    assert not allowed(bearer(name), constraints(None, [base]))


def test_kinds_do_not_touch_each_other() -> None:
    """A constraint on one kind says nothing of names of another."""
    assert allowed(bearer(DNS("b.example")), constraints([MAIL("a.example")]))
    assert allowed(bearer(), constraints([DNS("a.example")]))


def test_every_authority_above_counts() -> None:
    """Two authorities permit only what both permit; exclusion outdoes permission."""
    one, other = constraints([DNS("a.example")]), constraints([DNS("b.example")])
    wide = constraints([DNS("example")], [DNS("x.a.example")])
    assert allowed(bearer(DNS("a.example")), one, wide)
    assert not allowed(bearer(DNS("a.example")), one, other)
    assert not allowed(bearer(DNS("x.a.example")), one, wide)
    both = bearer(DNS("a.example"), DNS("c.example"))
    assert not allowed(both, one)


def test_address_in_the_subject() -> None:
    """Without alternative names an emailAddress in the subject is a mailbox like any other."""
    subject = x509.Name([x509.NameAttribute(NameOID.EMAIL_ADDRESS, "me@b.example")])
    old = _with_subject(subject, ())
    new = _with_subject(subject, (DNS("a.example"),))
    assert not allowed(old, constraints([MAIL("a.example")]))
    assert allowed(old, constraints([MAIL("b.example")]))
    assert allowed(new, constraints([MAIL("a.example")]))


def _with_subject(subject: x509.Name, names: tuple[x509.GeneralName, ...]) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder(
        issuer_name=name("CA"),
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=5,
        not_valid_before=AT - DAY,
        not_valid_after=AT + DAY,
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    return certificate.parse(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))


@pytest.mark.parametrize(
    "value",
    ["3000", "300aa008300682016180010 1", "300da00b3009820161800101810101", "3005a203820161"],
    ids=["empty", "minimum", "maximum", "unknown field"],
)
def test_constraints_of_another_form(value: str) -> None:
    """A minimum, a maximum or an unknown field is malformed; an empty one constrains nothing."""
    extension = x509.UnrecognizedExtension(
        x509.ObjectIdentifier("2.5.29.30"), bytes.fromhex(value.replace(" ", ""))
    )
    one = certificate.parse(issue("Authority", extensions=[(extension, True)]).certificate)
    if value == "3000":
        assert name_constraints(one) == NameConstraints((), ())
        return
    with pytest.raises(MalformedObject):
        name_constraints(one)


def test_too_many_names_and_constraints() -> None:
    """A thousand names against hundreds of subtrees are refused, not compared for ever."""
    names = [DNS(f"n{number}.a.example") for number in range(200)]
    bases = [DNS("example"), *(DNS(f"c{number}.example") for number in range(249))]
    many = constraints(bases, None)
    assert allowed(bearer(*names[:9]), many)
    above = [many] * 4
    assert not allowed(bearer(*names), *above)
