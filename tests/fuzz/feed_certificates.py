"""Certificates, chains, CMS objects and master lists under the fuzzer.

Each raises VerifyError (or the error of a part) for what it refuses, and AssertionError for a
promise that was broken.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import islice

from reader import tlv
from tests.fuzz import seeds, seeds_signed
from tests.verify import made
from verify import (
    algorithms,
    certificate,
    cms,
    crl_processing,
    distribution,
    extensions,
    keys,
    masterlist,
    names,
    path,
    signatures,
    validation,
)
from verify.certificate import Certificate
from verify.errors import BadSignature, VerifyError

MAX_CHAIN = 8  # certificates
SETTINGS = (
    validation.Settings(),
    validation.Settings(frozenset({"2.16.840.1.101.3.2.1.48.1"}), explicit_policy=True),
    validation.Settings(inhibit_mapping=True, inhibit_any_policy=True),
)
_EXTENSIONS: tuple[Callable[[Certificate], object], ...] = (
    extensions.policies,
    extensions.mappings,
    extensions.policy_constraints,
    extensions.inhibit_any_policy,
    extensions.name_constraints,
    extensions.alternative_names,
    extensions.distribution_points,
)


def signed_object(data: bytes) -> None:
    """Verify; what holds then holds over the very content that was signed."""
    found = cms.verify_signed_data(data)
    assert found.signer.der in data
    assert found.econtent


def one_certificate(data: bytes) -> None:
    """Read a certificate, load its key, and look for a chain from it to itself."""
    read = certificate.parse(data)
    assert read.tbs in data
    assert read.signature in data
    path.judge(path.Chain((read,), read), made.NOW)
    path.find(read, (read,), (read,))
    for reader in _EXTENSIONS:
        with suppress(VerifyError):
            reader(read)
    with suppress(VerifyError):
        algorithms.scheme(read.signature_algorithm)
    key = keys.load_spki(read.spki)
    assert key.bits > 0
    signatures.verify(key, read.signature_algorithm, read.signature, read.tbs)


def points(data: bytes) -> None:
    """Compare the points of a certificate with those of the list that follows it."""
    item, end = tlv.parse_one(data)
    read = certificate.parse(item.to_bytes())
    issued = crl_processing.read(data[end:])
    for point in extensions.distribution_points(read):
        distribution.scope(issued.header, issued.issuer, point, read)


def chain(data: bytes) -> None:
    """Validate certificates that stand one after another, the anchor last, as if they linked."""
    read = [certificate.parse(item.to_bytes()) for item in islice(tlv.iterate(data), MAX_CHAIN)]
    if len(read) < 2:
        raise BadSignature("There is no chain.", next_step="None.")
    chain = path.Chain(tuple(read[:-1]), read[-1])
    path.judge(chain, made.NOW)
    for settings in SETTINGS:
        validated = validation.validate(chain, made.NOW, settings)
        assert all(str(fault.detail).isprintable() for fault in validated.faults)


def part(data: bytes) -> None:
    """Read the parts of certificates by themselves: names, keys, algorithms."""
    refused: VerifyError | None = None
    for parser in (names.name_key, names.attribute_multiset, keys.load_spki, algorithms.scheme):
        try:
            parser(data)
        except VerifyError as error:
            refused = error
        else:
            return
    if refused is not None:
        raise refused


def master_list(data: bytes) -> None:
    """Verify a master list to the made authority; what holds is the content that was signed."""
    root = seeds.world().authority.certificate
    taken = masterlist.verify_master_list(data, root, made.NOW)
    signed = cms.verify_signed_data(data).econtent
    assert signed in seeds_signed.master_contents().values()
    assert all(one.der in signed for one in taken.certificates)


def master_content(data: bytes) -> None:
    """Read the content of a master list that is signed as it should be."""
    root = seeds.world().authority.certificate
    taken = masterlist.verify_master_list(seeds_signed.master_list(data), root, made.NOW)
    assert all(one.der in data for one in taken.certificates)
