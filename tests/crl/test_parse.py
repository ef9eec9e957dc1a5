"""Lists from octets: what is read, and every form that is refused."""

from __future__ import annotations

import hashlib
import mmap
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from crl import limits
from crl.errors import CrlError, ListMalformed, ListRefused, ListTooLarge
from crl.parse import Entry, parse, parse_header
from crl.point import Coverage, DistributionPoint
from crl.rules import RefusalReason
from crl.status import ReasonCode
from tests.crl.made import (
    AKI,
    DELTA,
    ECDSA_SHA256,
    IDP,
    ISSUER,
    NOW,
    NUMBER,
    REASON,
    SCOPE,
    Office,
    Recipe,
    der,
    entry,
    extension,
    idp,
    integer,
    moment,
    name,
    point,
)

UNKNOWN = "550463"


@pytest.fixture(scope="module")
def pkits(vectors: Path) -> list[Path]:
    """Return the CRLs of NIST PKITS."""
    return sorted((vectors / "pkits" / "crls").glob("*.crl"))


def test_complete_list_is_read_whole(office: Office) -> None:
    """Header and entries say what was signed, and the hasher saw exactly the signed part."""
    key_id = der(0x30, der(0x80, b"key"), der(0x82, b"\x01"))
    recipe = Recipe(scope=SCOPE, extra=[extension(AKI, key_id)], number=0x1_0000_0000_0000_0000)
    data = office.sign(recipe)
    hasher = hashlib.sha256()

    found = parse(data)
    entries = list(found.entries(hasher))

    header = found.header
    assert (header.number, header.scope) == (2**64, SCOPE)
    assert (header.issuer, header.signature_algorithm) == (name("Status signer"), ECDSA_SHA256)
    assert header.this_update == NOW - timedelta(days=1)
    assert header.next_update == NOW + timedelta(days=30)
    assert (header.point, header.base_number) == (point(SCOPE), None)
    assert header.authority_key_id == b"key"
    assert header.fingerprint == hashlib.sha256(ECDSA_SHA256 + header.signature).digest()
    assert entries == [
        Entry(7, NOW, ReasonCode.CERTIFICATE_HOLD),
        Entry(9, NOW, ReasonCode.UNSPECIFIED),
    ]
    assert hasher.digest() == hashlib.sha256(recipe.tbs()).digest()
    assert parse_header(memoryview(data)) == header


def test_list_without_entries(office: Office) -> None:
    """An office that has revoked nothing publishes too; the signed part is still hashed."""
    recipe = Recipe(entries=[])
    hasher = hashlib.sha256()
    assert list(parse(office.sign(recipe)).entries(hasher)) == []
    assert hasher.digest() == hashlib.sha256(recipe.tbs()).digest()


def test_long_list_is_hashed_and_walked_without_holding_its_entries(office: Office) -> None:
    """Memory does not grow with the number of entries: millions must pass on a small machine."""
    recipe = Recipe(entries=[entry(2**120 + n, ReasonCode.SUPERSEDED) for n in range(20_000)])
    data = office.sign(recipe)
    assert len(data) > 10 * limits.HASH_BLOCK
    hasher = hashlib.sha256()
    tracemalloc.start()
    try:
        count = sum(1 for _ in parse(data).entries(hasher))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < len(data) / 4
    assert hasher.digest() == hashlib.sha256(recipe.tbs()).digest()


@pytest.mark.parametrize(
    ("field", "coverage"),
    [
        (der(0x81, b"\xff"), Coverage.USER_CERTIFICATES),
        (der(0x82, b"\xff"), Coverage.CA_CERTIFICATES),
        (der(0x83, b"\x06\x40"), Coverage.SOME_REASONS),
        (der(0x85, b"\xff"), Coverage.ATTRIBUTE_CERTIFICATES),
        (der(0x81, b"\x00"), Coverage.ALL),
    ],
)
def test_distribution_point_says_what_the_list_covers(
    office: Office, field: bytes, coverage: Coverage
) -> None:
    """A partial list is known as one (the rules refuse it)."""
    data = office.sign(Recipe(extra=[extension(IDP, idp(field), critical=True)]))
    assert parse_header(data).point.coverage is coverage


def test_indirect_list_and_delta_are_known_as_such(office: Office) -> None:
    """Neither may pass for a complete list of its issuer."""
    indirect = extension(IDP, idp(der(0x84, b"\xff"), scope=None), critical=True)
    delta = extension(DELTA, integer(4), critical=True)
    assert parse_header(office.sign(Recipe(extra=[indirect]))).point.indirect
    assert parse_header(office.sign(Recipe(extra=[delta]))).base_number == 4


def test_delta_may_take_entries_off_and_a_complete_list_may_not(office: Office) -> None:
    """Section 5.3.1: removeFromCRL stands in delta lists only."""
    entries = [entry(7, ReasonCode.REMOVE_FROM_CRL)]
    delta = Recipe(entries=entries, extra=[extension(DELTA, integer(4), critical=True)])
    assert [e.reason for e in parse(office.sign(delta)).entries()] == [ReasonCode.REMOVE_FROM_CRL]
    with pytest.raises(ListMalformed, match="removeFromCRL"):
        list(parse(office.sign(Recipe(entries=entries))).entries())


def _list_with(*extensions: bytes) -> Recipe:
    return Recipe(extensions=der(0xA0, der(0x30, *extensions)))


_NUMBER = extension(NUMBER, integer(5))
_NULL = b"\x05\x00"
_DEEP = der(0x30, *[bytes([0x30, 2 * n]) for n in range(10, -1, -1)])
_NUMBER_AND_TAIL = der(0x30, bytes.fromhex("0603551d14"), der(0x04, integer(5)), _NULL)
_CRITICAL_01 = der(0x30, bytes.fromhex("0603551d14"), der(0x01, b"\x01"), der(0x04, integer(5)))


def _list_at(value: bytes) -> Recipe:
    return _list_with(_NUMBER, extension(IDP, value, critical=True))


MALFORMED = {
    "version 1": Recipe(version=b""),
    "version 3": Recipe(version=integer(2)),
    "two algorithms": Recipe(outer_algorithm=bytes.fromhex("300a06082a8648ce3d040303")),
    "issuer is no SEQUENCE": Recipe(issuer=der(0x31)),
    "issuer is not whole": Recipe(issuer=bytes.fromhex("30023105")),
    "issuer nested too deep": Recipe(issuer=_DEEP),
    "no nextUpdate": Recipe(next_update=b""),
    "nextUpdate before thisUpdate": Recipe(next_update=moment(NOW - timedelta(days=2))),
    "thisUpdate with an offset": Recipe(this_update=der(0x17, b"261121190000+0700")),
    "no extensions": Recipe(extensions=b""),
    "extensions under another tag": Recipe(extensions=der(0xA1, der(0x30, _NUMBER))),
    "something after the extensions": Recipe(extensions=der(0xA0, der(0x30, _NUMBER)) + _NULL),
    "no cRLNumber": _list_with(extension(AKI, der(0x30))),
    "cRLNumber negative": _list_with(extension(NUMBER, integer(-5))),
    "cRLNumber padded": _list_with(extension(NUMBER, bytes.fromhex("02020005"))),
    "cRLNumber with a tail": _list_with(extension(NUMBER, integer(5) + b"\x05\x00")),
    "cRLNumber twice": _list_with(_NUMBER, _NUMBER),
    "cRLNumber of 22 octets": _list_with(extension(NUMBER, integer(2**170))),
    "extension with a tail": _list_with(_NUMBER_AND_TAIL),
    "critical is 01": _list_with(_CRITICAL_01),
    "delta indicator not critical": _list_with(_NUMBER, extension(DELTA, integer(4))),
    "distribution point not critical": _list_with(_NUMBER, extension(IDP, idp())),
    "distribution point with a tail": _list_at(idp() + _NULL),
    "distribution point without a name in its name": _list_at(der(0x30, der(0xA0, der(0xA0)))),
    "distribution point's name in no known form": _list_at(der(0x30, der(0xA0, der(0xA2, _NULL)))),
    "distribution point with two names": _list_at(der(0x30, der(0xA0, *[der(0xA1, _NULL)] * 2))),
    "directory name with a tail": _list_at(
        der(0x30, der(0xA0, der(0xA0, der(0xA4, der(0x30), _NULL))))
    ),
    "reasons are empty": _list_at(idp(der(0x83, b"\x00"))),
    "reasons with an unused bit that is set": _list_at(idp(der(0x83, b"\x05\x61"))),
    "reasons unknown": _list_at(idp(der(0x83, b"\x00\x40\x01"))),
    "distribution point out of order": _list_at(idp(der(0x82, b"\xff"), der(0x81, b"\xff"))),
    "distribution point with an unknown field": _list_at(idp(der(0x86, b"\xff"))),
    "scope with a line feed": _list_at(idp(scope="urn:a\nb")),
    "scope is empty": _list_at(idp(scope="")),
    "key identifier with a tail": _list_with(_NUMBER, extension(AKI, der(0x30) + b"\x05\x00")),
}


@pytest.mark.parametrize("recipe", MALFORMED.values(), ids=MALFORMED.keys())
def test_header_out_of_form_is_refused(office: Office, recipe: Recipe) -> None:
    """Each is refused as malformed, though correctly signed."""
    with pytest.raises(ListMalformed) as refused:
        parse(office.sign(recipe))
    assert refused.value.next_step


BAD_ENTRIES = {
    "issuer without a directory name": der(
        0x30, integer(1), moment(NOW), der(0x30, extension("551d1d", der(0x30, der(0x86, b"u:"))))
    ),
    "issuer with a tail": der(
        0x30, integer(1), moment(NOW), der(0x30, extension("551d1d", der(0x30) + b"\x05\x00"))
    ),
    "not a SEQUENCE": der(0x31, integer(1), moment(NOW)),
    "serial missing": der(0x30, moment(NOW)),
    "serial padded": der(0x30, bytes.fromhex("02020001"), moment(NOW)),
    "serial of 22 octets": der(0x30, integer(2**170), moment(NOW)),
    "date missing": der(0x30, integer(1)),
    "date impossible": der(0x30, integer(1), der(0x17, b"261131000000Z")),
    "something behind the extensions": der(0x30, integer(1), moment(NOW), der(0x30), b"\x05\x00"),
    "unknown reason": der(
        0x30, integer(1), moment(NOW), der(0x30, extension(REASON, integer(7, 0x0A)))
    ),
    "reason with a tail": der(
        0x30, integer(1), moment(NOW), der(0x30, extension(REASON, integer(1, 0x0A) + b"\x05\x00"))
    ),
    "reason twice": der(
        0x30, integer(1), moment(NOW), der(0x30, *[extension(REASON, integer(1, 0x0A))] * 2)
    ),
}


@pytest.mark.parametrize("bad", BAD_ENTRIES.values(), ids=BAD_ENTRIES.keys())
def test_entry_out_of_form_is_refused_where_it_stands(office: Office, bad: bytes) -> None:
    """The walk is lazy: entries before the bad one come, then the error."""
    walk = parse(office.sign(Recipe(entries=[entry(3), bad]))).entries()
    assert next(walk).serial == 3
    with pytest.raises(ListMalformed):
        next(walk)


def test_unknown_critical_extension_of_the_list_is_refused(office: Office) -> None:
    """Section 5.2: such a list must not be used; a non-critical one is passed over."""
    parse(office.sign(Recipe(extra=[extension(UNKNOWN, b"\x05\x00")])))
    with pytest.raises(ListRefused) as refused:
        parse(office.sign(Recipe(extra=[extension(UNKNOWN, b"\x05\x00", critical=True)])))
    assert refused.value.reason == RefusalReason.UNKNOWN_CRITICAL_EXTENSION


def test_unknown_critical_extension_of_an_entry_is_refused(office: Office) -> None:
    """Section 5.3: the whole list must not be used; a non-critical one is passed over."""

    def with_extension(critical: bool) -> Recipe:
        extensions = der(0x30, extension(UNKNOWN, b"\x05\x00", critical=critical))
        return Recipe(entries=[der(0x30, integer(1), moment(NOW), extensions)])

    assert [e.serial for e in parse(office.sign(with_extension(False))).entries()] == [1]
    with pytest.raises(ListRefused) as refused:
        list(parse(office.sign(with_extension(True))).entries())
    assert refused.value.reason == RefusalReason.UNKNOWN_CRITICAL_EXTENSION


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        pytest.param(
            der(0xA0, der(0xA1, name("x")[2:])),
            DistributionPoint(relative_name=name("x")[2:]),
            id="relative to the issuer",
        ),
        pytest.param(
            der(0xA0, der(0xA0, der(0xA4, name("x")))),
            DistributionPoint(full_name=(der(0xA4, name("x")),)),
            id="directory name",
        ),
        pytest.param(
            der(0xA0, der(0xA0, der(0x86, b"a:"), der(0x86, b"b:"))),
            DistributionPoint(full_name=(der(0x86, b"a:"), der(0x86, b"b:"))),
            id="two URIs",
        ),
        pytest.param(
            der(0x83, b"\x05\x60"),
            DistributionPoint(
                only_some_reasons=frozenset({ReasonCode.KEY_COMPROMISE, ReasonCode.CA_COMPROMISE})
            ),
            id="two reasons",
        ),
        pytest.param(
            der(0x83, b"\x07\x00\x80"),
            DistributionPoint(only_some_reasons=frozenset({ReasonCode.AA_COMPROMISE})),
            id="the last reason",
        ),
    ],
)
def test_distribution_point_is_read_in_every_form(
    office: Office, form: bytes, expected: DistributionPoint
) -> None:
    """Whoever validates a path needs its names and reasons; the rules take one URI only."""
    recipe = Recipe(extra=[extension(IDP, der(0x30, form), critical=True)])
    found = parse_header(office.sign(recipe))
    assert (found.point, found.scope) == (expected, None)


def test_indirect_entries_say_whose_certificate_they_name(office: Office) -> None:
    """Section 5.3.3: the list's own issuer until another is named, then that one."""

    def named(serial: int, whose: str) -> bytes:
        value = der(0x30, der(0x86, b"urn:x"), der(0xA4, name(whose)))
        extensions = der(0x30, extension(ISSUER, value, critical=True))
        return der(0x30, integer(serial), moment(NOW), extensions)

    entries = [entry(1), named(2, "A"), entry(3), named(4, "B")]
    indirect = [extension(IDP, idp(der(0x84, b"\xff")), critical=True)]
    found = parse(office.sign(Recipe(entries=entries, extra=indirect)))
    assert [e.issuer for e in found.entries()] == [None, name("A"), name("A"), name("B")]
    with pytest.raises(ListMalformed, match="outside an indirect list"):
        list(parse(office.sign(Recipe(entries=entries))).entries())


def _long_entry() -> bytes:
    extensions = der(0x30, extension(UNKNOWN, bytes(limits.MAX_ENTRY_EXTENSIONS)))
    return der(0x30, integer(1), moment(NOW), extensions)


TOO_LARGE = {
    "issuer": Recipe(issuer=name("x" * limits.MAX_NAME)),
    "algorithm": Recipe(algorithm=der(0x30, der(0x04, bytes(limits.MAX_ALGORITHM)))),
    "extensions": Recipe(extra=[extension(UNKNOWN, bytes(limits.MAX_EXTENSIONS))]),
    "extension count": Recipe(
        extra=[extension(f"5505{n:02x}", b"\x05\x00") for n in range(limits.MAX_EXTENSION_COUNT)]
    ),
    "scope": Recipe(scope="urn:" + "x" * limits.MAX_URI),
    "entry extensions": Recipe(entries=[_long_entry()]),
}


@pytest.mark.parametrize("recipe", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_part_beyond_its_cap_is_refused(office: Office, recipe: Recipe) -> None:
    """Each part has its own limit, checked before anybody trusts or decodes it."""
    recipe = replace(recipe, outer_algorithm=recipe.algorithm)
    with pytest.raises(ListTooLarge):
        list(parse(office.sign(recipe)).entries())


def test_signature_beyond_its_cap_is_refused(office: Office) -> None:
    """No key we take makes signatures of that size."""
    tbs = Recipe().tbs()
    signature = der(0x03, b"\x00", bytes(limits.MAX_SIGNATURE))
    with pytest.raises(ListTooLarge):
        parse(der(0x30, tbs, ECDSA_SHA256, signature))


@pytest.mark.parametrize("bits", [b"", b"\x00", b"\x01\x80"], ids=["none", "empty", "odd bits"])
def test_signature_that_is_not_whole_octets_is_refused(bits: bytes) -> None:
    """A BIT STRING with unused bits or nothing in it is no signature."""
    with pytest.raises(ListMalformed):
        parse(der(0x30, Recipe().tbs(), ECDSA_SHA256, der(0x03, bits)))


def test_more_entries_than_the_cap_are_refused(office: Office) -> None:
    """The count is held while walking."""
    found = parse(office.sign(Recipe(entries=[entry(n) for n in range(3)])))
    assert len(list(found.entries(most=3))) == 3
    with pytest.raises(ListTooLarge):
        list(found.entries(most=2))


def test_list_beyond_the_size_cap_is_refused_unread(tmp_path: Path) -> None:
    """Size comes first of all; a mapped file is as good as bytes."""
    with (tmp_path / "sparse").open("w+b") as file:
        file.truncate(limits.MAX_LIST + 1)
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    with pytest.raises(ListTooLarge):
        parse(memoryview(mapped))


def test_cut_anywhere_or_with_a_tail_is_refused(office: Office) -> None:
    """Every octet is accounted for."""
    data = office.sign(Recipe(scope=SCOPE))
    for size in range(len(data)):
        with pytest.raises(ListMalformed):
            parse(data[:size])
    with pytest.raises(ListMalformed):
        parse(data + b"\x00")


@given(data=st.data())
def test_no_foreign_error_escapes_from_damaged_octets(data: st.DataObject) -> None:
    """Whatever one or two octets become, the outcome is a list or an error of our own."""
    octets = bytearray(der(0x30, Recipe(scope=SCOPE).tbs(), ECDSA_SHA256, der(0x03, b"\x00sig")))
    for _ in range(data.draw(st.integers(1, 2))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        list(parse(bytes(octets)).entries(hashlib.sha256()))
    except CrlError as error:
        assert error.next_step  # noqa: PT017 - either outcome is right, a foreign error is not


_NOT_TAKEN: dict[str, str] = {
    "BadCRLSignatureCACRL": "malformed",  # its signature has an unused bit
    "UnknownCRLEntryExtensionCACRL": RefusalReason.UNKNOWN_CRITICAL_EXTENSION,
    "UnknownCRLExtensionCACRL": RefusalReason.UNKNOWN_CRITICAL_EXTENSION,
}


def test_pkits_lists_read_as_another_implementation_reads_them(pkits: list[Path]) -> None:
    """Header and entries of every NIST list equal what `cryptography` finds in it."""
    not_taken: dict[str, str] = {}
    for path in pkits:
        data = path.read_bytes()
        hasher = hashlib.sha256()
        try:
            found = parse(data)
            entries = {e.serial: (e.since, e.reason) for e in found.entries(hasher)}
        except ListRefused as refused:
            not_taken[path.stem] = refused.reason
            continue
        except ListMalformed:
            not_taken[path.stem] = "malformed"
            continue
        other = x509.load_der_x509_crl(data)
        header = found.header
        numbers = other.extensions.get_extension_for_class(x509.CRLNumber)
        assert header.number == numbers.value.crl_number
        assert header.issuer == other.issuer.public_bytes()
        assert header.this_update == other.last_update_utc
        assert header.next_update == other.next_update_utc
        assert header.signature == other.signature
        assert hasher.digest() == hashlib.sha256(other.tbs_certlist_bytes).digest()
        assert entries == {e.serial_number: _as_cryptography_reads(e) for e in other}
    assert not_taken == _NOT_TAKEN


def _as_cryptography_reads(entry: x509.RevokedCertificate) -> tuple[datetime, ReasonCode]:
    try:
        flag = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return entry.revocation_date_utc, ReasonCode.UNSPECIFIED
    words = "".join("_" + c if c.isupper() else c for c in flag.value).upper()
    name = {"REMOVE_FROM_C_R_L": "REMOVE_FROM_CRL", "A_A_COMPROMISE": "AA_COMPROMISE"}.get(words)
    return entry.revocation_date_utc.astimezone(UTC), ReasonCode[name or words]
