"""The elementary files, read back by the reader and taken apart by openssl."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

from PIL import Image

from provisioning.office import lds, portrait
from provisioning.office.pki import new_key, public_der
from reader import tlv
from reader.lds import com, dg2, dg13, dg15
from reader.lds.files import FileId

Openssl = Callable[..., str]


def test_com_lists_its_groups() -> None:
    """The reader finds LDS 1.7 and the groups in the order given."""
    groups = (FileId.DG1, FileId.DG2, FileId.DG13, FileId.DG14, FileId.DG15)
    read = com.parse(lds.com(groups))
    assert (read.lds_version, read.unicode_version) == ("0107", "040000")
    assert read.data_groups == groups


def test_atr_info_says_how_long_an_apdu_may_be() -> None:
    """The reader may ask for the chip's buffer at once."""
    data = lds.atr_info(bytes.fromhex("940160"), (32_767, 32_767))
    assert data.hex() == "4703940160" + "7f660802027fff02027fff"


def test_dg15_is_a_key_that_openssl_reads(tmp_path: Path, openssl: Openssl) -> None:
    """The SubjectPublicKeyInfo goes in and comes out whole."""
    spki = public_der(new_key().public_key())
    assert dg15.parse(lds.dg15(spki)) == spki
    path = tmp_path / "key.der"
    path.write_bytes(spki)
    said = openssl("pkey", "-pubin", "-inform", "DER", "-in", path, "-noout", "-text")
    assert "prime256v1" in said


def test_dg2_holds_the_drawn_face() -> None:
    """The reader finds one JPEG of the size that the record says, and Pillow opens it."""
    jpeg = portrait.draw("nk-01")
    data = lds.dg2(jpeg, size=portrait.SIZE, sex="F", made=date(2026, 10, 8))
    (face,) = dg2.parse(data)
    assert (face.media_type, face.width, face.height) == ("image/jpeg", *portrait.SIZE)
    assert face.data == jpeg
    with Image.open(io.BytesIO(face.data)) as image:
        image.load()
        assert (image.format, image.size) == ("JPEG", portrait.SIZE)


def test_facial_record_says_whose_face() -> None:
    """Sex and creation date stand where ISO/IEC 19794-5 and CBEFF put them."""
    data = lds.dg2(b"\xff\xd8\xff", size=(3, 4), sex="M", made=date(2026, 10, 8))
    record = data[data.index(b"FAC\x00010\x00") :]
    assert int.from_bytes(record[8:12], "big") == len(record)
    assert record[14 + 6] == 1  # male
    assert tlv.encode(0x83, bytes.fromhex("20261008000000")) in data


def test_same_person_same_picture() -> None:
    """A face follows from its seed alone; others look otherwise."""
    assert portrait.draw("nk-01") == portrait.draw("nk-01")
    assert portrait.draw("nk-01") != portrait.draw("nk-02")


def test_dg3_has_no_fingerprint() -> None:
    """DG3 is there, with nothing in it."""
    assert lds.dg3_empty().hex() == "63067f6103020100"


def test_dg13_comes_back_as_written() -> None:
    """Vietnamese text and a pair of names pass through the nested form."""
    fields: dict[int, lds.Dg13Value] = {
        1: "099191004371",
        2: "H’Ƀlăm Niê",
        13: ("Cha", "Mẹ"),
        11: "08/10/2026",
    }
    data = lds.dg13(fields)
    assert dict(dg13.parse(data)) == fields
    assert data.startswith(b"\x6d")


def test_dg13_is_asn1(tmp_path: Path, openssl: Openssl) -> None:
    """The form is the citizen card's: a number, ISO 10646 UTF-8's identifier, a set of pairs."""
    path = tmp_path / "dg13.der"
    path.write_bytes(tlv.unwrap(lds.dg13({2: "Niê"}), 0x6D))
    lines = openssl("asn1parse", "-inform", "DER", "-in", path).splitlines()
    wanted = ["SEQUENCE", "INTEGER", "OBJECT", "SET", "SEQUENCE", "INTEGER", "UTF8STRING"]
    assert len(lines) == len(wanted)
    assert all(kind in line for kind, line in zip(wanted, lines, strict=True))
    assert lines[2].endswith(":1.0.10646.1.0.8")
