"""The certificate by stick: a request goes out, the office's answer comes back.

Lives here: both halves at the terminal. Not here: the files' paths (the command line), checking a
certificate (`check`). No claim is needed: who carries the stick answers for it, and the office
compares the fingerprint that both sides show.
"""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from edge.enrol.check import fitting, name_of, of_key
from edge.enrol.faults import EnrolFault, refused
from edge.enrol.kept import EnrolFiles, Progress, State
from edge.enrol.request import fingerprint, make_request, subject_for, subject_of
from edge.errors import ConfigInvalid, WireMalformed
from edge.identity import place as places
from edge.identity.key import (
    KEY,
    NEXT_KEY,
    TerminalIdentity,
    change,
    load_or_create,
    next_key,
    store_certificate,
)
from edge.identity.place import FILE, KeyPlace
from edge.wire import est
from edge.wire.event import timestamp
from verify.moment import Moment

MAX_ANSWER = 128 * 1024  # bytes of what comes back
_PEM = b"-----BEGIN CERTIFICATE-----"


def request_out(
    folder: Path,
    at: Moment,
    *,
    terminal: str | None = None,
    organisation: str | None = None,
    place: KeyPlace = FILE,
) -> tuple[bytes, str]:
    """Return a request (PEM) and the fingerprint of its key, for the office.

    `terminal` and `organisation` are needed where there is no certificate yet; where there is one,
    the request is for the next, with a new key. Asked again, it is the same key.
    Raises ConfigInvalid, RecordingLocked, KeyUnusable, OSError.
    """
    identity = load_or_create(folder, terminal or "", place=place)
    if identity.certificate is not None:
        subject = subject_of(identity.certificate)
        key = next_key(folder, place)
    elif terminal is None or organisation is None:
        raise ConfigInvalid(
            "This terminal has no certificate yet: its request has to say who it is.",
            next_step="Give --terminal and --organisation.",
        )
    else:
        subject = subject_for(terminal, organisation)
        own = places.held(folder, KEY) is place.kind
        key = identity.key if own else next_key(folder, place)
    known_by = fingerprint(key.public_key())
    EnrolFiles(folder).keep_progress(Progress(State.WAITING, timestamp(at.at), key=known_by))
    csr = x509.load_der_x509_csr(make_request(key, subject))
    return csr.public_bytes(Encoding.PEM), known_by


def answer_in(
    folder: Path,
    data: bytes,
    at: Moment,
    *,
    terminal: str | None,
    authorities: tuple[bytes, ...],
) -> TerminalIdentity:
    """Keep the certificate that came back, and return the identity with it.

    `data`: certificates in PEM, DER or certs-only CMS; `authorities`: whoever may have issued it,
    DER; `terminal`: whom it has to name where there is no certificate yet, None where any name
    will do. Raises EnrolmentRefused, RecordingLocked, KeyUnusable, OSError.
    """
    files = EnrolFiles(folder)
    identity = load_or_create(folder, "")
    answer = read_answer(data)
    found, key = _ours(folder, identity, answer)
    before = None if identity.certificate is None else name_of(identity.certificate)
    name = before or terminal or name_of(found) or ""
    trusted = (*files.authorities(), *authorities)
    fitting(answer, key.public_key(), name, trusted, at)
    if key is identity.key:
        identity = store_certificate(folder, identity, found)
    else:
        identity = identity.having(change(folder, key, found))
    progress = Progress(State.ENROLLED, timestamp(at.at), key=fingerprint(key.public_key()))
    files.keep_progress(progress)
    return identity


def read_answer(data: bytes) -> tuple[bytes, ...]:
    """Return the certificates (DER) of an answer. Raises EnrolmentRefused."""
    try:
        if len(data) > MAX_ANSWER:
            raise ValueError("larger than an answer")
        if _PEM in data:
            found = x509.load_pem_x509_certificates(data)
            return tuple(one.public_bytes(Encoding.DER) for one in found)
        der = est.read_body(data, max_size=MAX_ANSWER)
        try:
            return est.read_certificates(der)
        except WireMalformed:
            return (x509.load_der_x509_certificate(der).public_bytes(Encoding.DER),)
    except (ValueError, WireMalformed) as error:
        raise refused(
            EnrolFault.ANSWER_MALFORMED, "What came back holds no certificate."
        ) from error


def _ours(
    folder: Path, identity: TerminalIdentity, answer: tuple[bytes, ...]
) -> tuple[bytes, ec.EllipticCurvePrivateKey]:
    """Return the certificate that is for a key of this terminal's, and that key."""
    keys = [identity.key]
    kind = places.held(folder, NEXT_KEY)
    if kind is not None:
        keys.insert(0, places.load(folder, NEXT_KEY, kind))
    for key in keys:
        one = of_key(answer, key.public_key())
        if one is not None:
            return one, key
    raise refused(
        EnrolFault.CERTIFICATE_UNFIT,
        "The certificate that came back is not taken: it is of another key.",
    )
