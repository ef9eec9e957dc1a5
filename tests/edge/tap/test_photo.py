"""The photo: decoded elsewhere, under limits, and never at the price of a tap."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from edge.tap import decode_child
from edge.tap.fault import Fault
from edge.tap.photo import decode, portrait
from edge.tap.scene import SceneState
from provisioning.office import lds
from provisioning.office.security_object import security_object
from provisioning.softcard.chip import Chip
from reader.lds.files import FileId
from tests.edge.tap.conftest import Rig
from tests.reader.lds import faces


def picture(
    kind: str, size: tuple[int, int] = (413, 531), mode: str = "RGB", plain: bool = False
) -> bytes:
    """Return a picture with something in it."""
    drawn = Image.linear_gradient("L").resize(size).convert(mode)
    file = io.BytesIO()
    drawn.save(file, kind, **({"no_jp2": True} if plain else {}))
    return file.getvalue()


def dg2(face: bytes) -> bytes:
    """Return DG2 around a picture."""
    return lds.dg2(face, size=(413, 531), sex="F", made=date(2026, 10, 1))


def seen(shown: bytes | None) -> tuple[str | None, tuple[int, int]]:
    """Return form and size of what the browser gets."""
    assert shown is not None
    with Image.open(io.BytesIO(shown)) as opened:
        opened.load()
        return opened.format, opened.size


@pytest.mark.parametrize(
    ("kind", "plain"), [("JPEG", False), ("JPEG2000", False), ("JPEG2000", True)]
)
def test_both_forms_of_a_face(kind: str, plain: bool) -> None:
    """JPEG, JPEG 2000 in its box form and as a bare codestream: the browser gets a JPEG."""
    assert seen(portrait(dg2(picture(kind, plain=plain)))) == ("JPEG", (413, 531))


@pytest.mark.parametrize(
    ("kind", "plain"), [("JPEG", False), ("JPEG2000", False), ("JPEG2000", True)]
)
def test_a_face_in_the_newer_record(kind: str, plain: bool) -> None:
    """ISO/IEC 39794-5, which new cards carry: every form of picture in it is shown as well."""
    face = faces.representation(faces.whole(0, 0), faces.flat(picture(kind, plain=plain)))
    newer = faces.ef_dg2(faces.block(face), tag=0x7F2E)
    assert seen(portrait(newer)) == ("JPEG", (413, 531))


def test_a_face_of_a_real_passport(vectors: Path) -> None:
    """The Dutch specimen's JPEG 2000, in its own size."""
    data = (vectors / "specimen" / "jmrtd_loes2006" / "ef0102.bin").read_bytes()
    assert seen(portrait(data)) == ("JPEG", (449, 598))


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK"])
def test_a_face_in_grey_or_with_four_channels(mode: str) -> None:
    """Whatever the chip holds, the browser gets ordinary colours."""
    kind = "JPEG" if mode == "CMYK" else "JPEG2000"
    assert seen(decode(picture(kind, mode=mode)))[0] == "JPEG"


def test_a_large_face() -> None:
    """Made to fit the screen, in its own proportions."""
    _, (width, height) = seen(decode(picture("JPEG", (1500, 2000))))
    assert (width, height) == decode_child.SHOWN


def test_what_a_camera_wrote_beside_the_picture() -> None:
    """Comments, thumbnails and places do not reach the browser."""
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Chi bo ban Nam Khoai"
    Image.new("RGB", (40, 50)).save(file, "JPEG", exif=exif, comment=b"Nam Khoai")
    assert b"Nam Khoai" in file.getvalue()
    shown = decode(file.getvalue())
    assert shown is not None
    assert b"Nam Khoai" not in shown


@pytest.fixture(scope="module")
def bombs() -> dict[str, bytes]:
    """Return 64 million pixels in some kilobytes."""
    made = {}
    for kind in ("JPEG", "JPEG2000"):
        file = io.BytesIO()
        Image.new("L", (8000, 8000)).save(file, kind)
        made[kind] = file.getvalue()
    return made


@pytest.mark.parametrize("kind", ["JPEG", "JPEG2000"])
def test_a_decompression_bomb(bombs: dict[str, bytes], kind: str) -> None:
    """A hundred times the pixels of a face: nothing is shown."""
    assert decode(bombs[kind]) is None


def test_a_picture_that_lies_about_its_size(bombs: dict[str, bytes]) -> None:
    """A box that says 100 x 100 around 64 million pixels does not get them decoded."""
    bomb = bytearray(bombs["JPEG2000"])
    at = bomb.index(b"ihdr") + 4
    bomb[at : at + 8] = (100).to_bytes(4, "big") * 2
    assert decode(bytes(bomb)) is None


@pytest.mark.parametrize("tenths", range(10))
def test_a_jpeg_2000_file_cut_short(tenths: int) -> None:
    """Anywhere: there is a picture or there is none, and no exception."""
    whole = picture("JPEG2000")
    shown = decode(whole[: len(whole) * tenths // 10])
    assert shown is None or seen(shown)[0] == "JPEG"


@pytest.mark.parametrize("seed", range(8))
def test_a_jpeg_2000_file_with_flipped_bits(seed: int) -> None:
    """In the header, where decoders break: a picture or none, and no exception."""
    broken = bytearray(picture("JPEG2000"))
    for step in range(6):
        at = (seed * 37 + step * 101) % 220
        broken[at] ^= 1 << (seed + step) % 8
    shown = decode(bytes(broken))
    assert shown is None or seen(shown)[0] == "JPEG"


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"GIF89a" + bytes(50), bytes(600_000)])
def test_what_is_no_face(data: bytes) -> None:
    """Other forms are not tried, too large ones not read."""
    assert decode(data) is None


def test_a_picture_of_another_kind() -> None:
    """A PNG is a picture, but none that a card carries: its decoder is not let near it."""
    assert decode(picture("PNG")) is None


def test_a_decoder_that_hangs() -> None:
    """At the deadline the child is ended and there is no picture."""
    assert decode(picture("JPEG"), seconds=0.0) is None


def test_no_biometric_record() -> None:
    """DG2 without a face that we read."""
    assert portrait(b"\x75\x00") is None


LIMITED = """
import os, socket, sys
sys.path.insert(0, sys.argv[1])
import decode_child
decode_child.limit()
def refused(act):
    try:
        act()
    except (OSError, MemoryError):
        return True
    return False
print(refused(lambda: open("/etc/hostname")))
print(refused(lambda: open("/tmp/face", "w")))
print(refused(socket.socket))
print(refused(lambda: bytearray(400 << 20)))
print(os.write(int(sys.argv[2]), bytes(1 << 20)) == decode_child.MAX_OUTPUT)
"""


def test_what_the_decoder_may_do() -> None:
    """Once limited it opens no file and no socket, takes no memory and writes no large answer."""
    folder = str(Path(decode_child.__file__).parent)
    answer = os.memfd_create("answer")
    try:
        command = [sys.executable, "-I", "-c", LIMITED, folder, str(answer)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, pass_fds=[answer], env={}
        )
    finally:
        os.close(answer)
    assert done.stdout.split() == ["True"] * 5


def test_a_signed_photo_that_cannot_be_seen(rig: Rig) -> None:
    """The green stands, the next card is taken, and there is a sentence in the photo's place."""
    image = rig.cast("member-1").image
    there = [file for file in FileId if file.data_group and file.fid in image.app_files]
    groups = {file: image.app_files[file.fid] for file in there}
    groups[FileId.DG2] = dg2(picture("JPEG2000")[:120])
    files = {
        **image.app_files,
        FileId.DG2.fid: groups[FileId.DG2],
        FileId.SOD.fid: security_object(groups, rig.stage.pilot.party_signer),
    }
    rig.choose("member-1")
    scene = rig.lay(Chip(replace(image, app_files=files)))
    assert (scene.state, scene.photo) == (SceneState.ACCEPTED, None)
    assert scene.photo_fault == Fault.PHOTO_UNREADABLE
    assert rig.present == 1
    rig.lift()
    again = rig.tap("member-2")
    assert (again.state, again.photo_fault) == (SceneState.ACCEPTED, None)
    assert again.photo is not None
