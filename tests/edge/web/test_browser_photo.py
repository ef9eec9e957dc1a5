"""Is the face of a card really seen? Every form of it, on the board, in Chromium."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from edge.tap.photo import portrait
from tests.reader.lds import faces

from .conftest import Opener, Served

pytestmark = pytest.mark.browser

SIZE = (413, 531)


def picture(kind: str, *, plain: bool = False) -> bytes:
    """Return a picture with something in it."""
    file = io.BytesIO()
    drawn = Image.linear_gradient("L").resize(SIZE).convert("RGB")
    drawn.save(file, kind, **({"no_jp2": True} if plain else {}))
    return file.getvalue()


def newer(image: bytes) -> bytes:
    """Return DG2 with a face image block of ISO/IEC 39794-5."""
    one = faces.representation(faces.whole(0, 0), faces.flat(image))
    return faces.ef_dg2(faces.block(one), tag=0x7F2E)


def older(image: bytes) -> bytes:
    """Return DG2 with a facial record of ISO/IEC 19794-5."""
    return faces.ef_dg2(faces.record(faces.face(image)))


@pytest.mark.parametrize("record", [older, newer])
@pytest.mark.parametrize(
    ("kind", "plain"),
    [("JPEG", False), ("JPEG2000", False), ("JPEG2000", True)],
    ids=["JPEG", "JPEG 2000", "bare codestream"],
)
def test_face_on_the_board(
    served: Served,
    open_page: Opener,
    record: Callable[[bytes], bytes],
    kind: str,
    plain: bool,
) -> None:
    """The browser has decoded what the board shows, in the size of the card's picture."""
    shown = portrait(record(picture(kind, plain=plain)))
    assert shown is not None
    assert look(served, open_page, shown) == SIZE


def test_face_of_a_real_passport(served: Served, open_page: Opener, vectors: Path) -> None:
    """The Dutch specimen's JPEG 2000."""
    data = (vectors / "specimen" / "jmrtd_loes2006" / "ef0102.bin").read_bytes()
    shown = portrait(data)
    assert shown is not None
    assert look(served, open_page, shown) == (449, 598)


def look(served: Served, open_page: Opener, shown: bytes) -> tuple[int, int]:
    """Admit somebody with this photo and return the size that the browser sees."""
    served.terminal.admit("3", photo=shown)
    page = open_page("/bang")
    photo = page.locator("img.photo")
    expect(photo).to_be_visible()
    page.wait_for_function("document.querySelector('img.photo').complete")
    width, height = photo.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    return width, height
