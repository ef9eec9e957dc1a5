"""The table of chips: it leaves nothing out, and each of its cards can be laid and opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from provisioning.matrix import MATRIX, make
from provisioning.office.face import FaceForm
from provisioning.office.options import ChipOptions, EcdsaKey, KeyForm, RsaKey
from provisioning.office.personalise import Family
from provisioning.office.pilot import PilotPki
from provisioning.softcard.faults import card_of
from provisioning.softcard.groups import GROUPS
from provisioning.softcard.image import (
    Behaviour,
    CardImage,
    Faults,
    FileEnd,
    PaceOffer,
    Signature,
)
from provisioning.softcard.protocols import (
    Agreement,
    ChipAuthProtocol,
    PaceMapping,
    PaceProtocol,
)
from provisioning.softcard.slot import Card
from provisioning.softcard.suite import Suite
from reader.lds import com, dg14
from reader.lds.files import FileId
from tests.provisioning.softcard import opening
from tests.provisioning.softcard.terminal import Session

AT = datetime(2026, 11, 7, 12, tzinfo=UTC)
EXPIRES = date(2036, 10, 5)
OPTIONS = [order.options for order in MATRIX.values()]
SUITES = {
    Suite.TDES: "3DES",
    Suite.AES_128: "AES-128",
    Suite.AES_192: "AES-192",
    Suite.AES_256: "AES-256",
}


@pytest.fixture(scope="module")
def order() -> Callable[[str], CardImage]:
    """Return a maker of the table's cards, all under one pilot."""
    pilot = PilotPki.create(AT)
    return lambda name: make(name, pilot, at=AT, expires=EXPIRES)


def test_every_variant_of_the_protocols() -> None:
    """PACE in each mapping with each cipher and in each group; chip authentication likewise."""
    offered = {offer.protocol for options in OPTIONS for offer in options.pace}
    for agreement in Agreement:
        for mapping in PaceMapping:
            for suite in Suite:
                try:
                    wanted = PaceProtocol(agreement, mapping, suite)
                except ValueError:
                    continue
                assert wanted in offered, wanted.name
    groups = {offer.parameter_id for options in OPTIONS for offer in options.pace}
    assert groups == {group.parameter_id for group in GROUPS}
    keys = [key for options in OPTIONS for key in options.chip_auth]
    run = {protocol for key in keys for protocol in key.protocols}
    assert run == {ChipAuthProtocol(kind, suite) for kind in Agreement for suite in Suite}
    assert {key.form for key in keys} == set(KeyForm)
    assert {key.key_id is None for key in keys} == {True, False}


def test_every_signature() -> None:
    """Each encoding and hash function of active authentication, and cards without it."""
    signers = [options.active_auth for options in OPTIONS]
    assert None in signers
    of_rsa = {(key.hash, key.signature) for key in signers if isinstance(key, RsaKey)}
    of_ecdsa = {(key.hash, key.signature) for key in signers if isinstance(key, EcdsaKey)}
    assert {name for name, _ in of_rsa} == {"sha1", "sha224", "sha256", "sha384", "sha512"}
    assert {name for name, _ in of_ecdsa} == {"sha224", "sha256", "sha384", "sha512"}
    assert {form for _, form in of_rsa | of_ecdsa} == set(Signature)


@pytest.mark.parametrize(
    ("part", "kind"), [("behaviour", Behaviour), ("faults", Faults), ("", ChipOptions)]
)
def test_every_option_has_another_value_somewhere(part: str, kind: type) -> None:
    """No habit, no fault and no option is left at its default throughout."""
    values = [getattr(options, part) if part else options for options in OPTIONS]
    pilot = kind()
    # The card that takes another's place is made with the card itself.
    for field in (f.name for f in fields(kind) if f.name != "other"):
        seen = {repr(getattr(value, field)) for value in values}
        assert seen - {repr(getattr(pilot, field))}, field


def test_every_kind_of_family_end_and_face() -> None:
    """Cards of all families, both standards for the face, every way with the end of a file."""
    assert {order.family for order in MATRIX.values()} == set(Family)
    assert {options.face for options in OPTIONS} == set(FaceForm)
    assert {options.behaviour.file_end for options in OPTIONS} == set(FileEnd)


@pytest.mark.parametrize("name", MATRIX)
def test_a_card_on_disk(order: Callable[[str], CardImage], tmp_path: Path, name: str) -> None:
    """It is made, goes to disk, comes back as it was, and makes a chip."""
    image = order(name)
    assert image.name == name
    image.save(tmp_path / name)
    assert CardImage.load(tmp_path / name) == image
    assert card_of(image).atr == image.atr


def _whole(card: Card) -> Callable[[bytes], bytes]:
    """Return an exchange that fetches answers in pieces and asks again with an exact length."""

    def transmit(command: bytes) -> bytes:
        answer = card.transmit(command)
        data = answer[:-2]
        while answer[-2] == 0x61:
            answer = card.transmit(b"\x00\xc0\x00\x00" + answer[-1:])
            data += answer[:-2]
        return data + answer[-2:]

    return transmit


def _open(image: CardImage, card: Card) -> Session:
    """Open a card by the first way it offers, and select its application."""
    transmit = _whole(card)
    if not image.access.pace:
        opening.plain(transmit, f"00A4040C{len(image.aid):02X}{image.aid.hex()}")
        assert image.mrz_information is not None
        return opening.basic_access(transmit, image.mrz_information)
    run = _pace(image, transmit, image.access.pace[0])
    assert run.session.ask("00A4040C", image.aid) == "9000"
    return run.session


def _pace(image: CardImage, transmit: Callable[[bytes], bytes], offer: PaceOffer) -> opening.Opened:
    text = image.can or image.mrz_information
    assert text is not None
    protocol = offer.protocol
    return opening.pace(
        transmit,
        f"{protocol.agreement}-{protocol.mapping}",
        SUITES[protocol.suite],
        offer.parameter_id,
        opening.password(text, can=image.can is not None),
        can=image.can is not None,
    )


WITHOUT_FAULTS = [name for name, order in MATRIX.items() if order.options.faults == Faults()]


@pytest.mark.parametrize("name", WITHOUT_FAULTS)
def test_a_card_opened(order: Callable[[str], CardImage], name: str) -> None:
    """By PACE or BAC to EF.COM, which lists what is there; its proofs run."""
    image = order(name)
    card = card_of(image)
    session = _open(image, card)
    files = {FileId(file).fid for file in com.parse(image.app_files[FileId.COM.fid]).data_groups}
    assert files | {FileId.COM.fid, FileId.SOD.fid} == set(image.app_files)
    assert session.ask("00A4020C", FileId.COM.fid.to_bytes(2, "big")) == "9000"
    size = len(image.app_files[FileId.COM.fid])
    answer = session.ask("00B00000", le=bytes([size]))
    assert answer == "9000" + image.app_files[FileId.COM.fid].hex().upper()
    session = _authenticate(image, session)
    if image.active_auth is not None:
        extended = image.behaviour.extended_length and image.behaviour.max_le > 256
        le = b"\x00\x00" if extended else b"\x00"
        assert session.ask("00880000", os.urandom(8), le, extended=extended)[:4] == "9000"


def _authenticate(image: CardImage, session: Session) -> Session:
    """Run chip authentication with each key in each way; return the last session."""
    for key in image.chip_auth.keys:
        if not key.protocols or image.behaviour.command_chaining:
            continue
        infos = dg14.parse(image.app_files[FileId.DG14.fid])
        assert {info.protocol for info in infos.chip_auth} >= {p.oid for p in key.protocols}
        public = opening.public(key.parameter_id, int.from_bytes(key.secret, "big"))
        key_id = b"" if key.key_id is None else opening.short(key.key_id)
        for protocol in key.protocols:
            session = opening.chip_authentication(
                session,
                SUITES[protocol.suite],
                key.parameter_id,
                public,
                key_id=key_id,
                kat=protocol.suite is Suite.TDES,
            )
            assert session.ask("00A4020C", b"\x01\x01") == "9000"
    return session


def test_mapping_proves_the_published_key(order: Callable[[str], CardImage]) -> None:
    """The static key of EF.CardSecurity times what the chip gave is the mapping key."""
    image = order("cam-party")
    run = _pace(image, card_of(image).transmit, image.access.pace[0])
    static = opening.public(12, int.from_bytes(image.chip_auth.keys[0].secret, "big"))
    assert static in image.mf_files[FileId.CARD_SECURITY.fid]
    assert opening.public(12, run.chip_data, static) == run.mapping_key


def test_a_name_that_is_not_in_the_table(order: Callable[[str], CardImage]) -> None:
    """There is no such card."""
    with pytest.raises(KeyError):
        order("unheard-of")
