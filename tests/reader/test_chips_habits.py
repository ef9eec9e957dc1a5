"""Whole readings of the software card with the habits of chips, under AES and under 3DES."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from provisioning.softcard.chip import Chip
from provisioning.softcard.image import Behaviour, CardImage, FileEnd
from reader import tlv
from reader.apdu import CardConnection
from reader.errors import ReadingCancelled
from reader.evidence import Password
from reader.lds.files import FileId
from reader.memory import NOTHING, Known
from reader.profile import CardProfile, builtin_profiles
from reader.read import Reading, read

ImageMaker = Callable[..., CardImage]
Lay = Callable[..., CardConnection]
EXTENDED_ATR = bytes.fromhex("3B85800180739401402A")  # card capabilities: extended length
EMRTD_AID = bytes.fromhex("A0000002471001")
SHORT = {"aes": 223, "tdes": 231}  # plain bytes in a short answer
BUFFER = 4096  # bytes, of the chips that announce one
ATR_INFO = tlv.encode(0x7F66, tlv.encode(0x02, BUFFER.to_bytes(2, "big")) * 2)

HABITS = [
    Behaviour(),
    Behaviour(extended_length=False),
    Behaviour(extended_length=False, no_short_identifiers="6A86"),
    Behaviour(no_short_identifiers="6A82", file_end=FileEnd.ALWAYS),
    Behaviour(file_end=FileEnd.SILENT),
    Behaviour(file_end=FileEnd.EXACT),
    Behaviour(file_end=FileEnd.EXACT, extended_length=False),
    Behaviour(max_le=256),
    Behaviour(max_le=1000),
    Behaviour(answer_buffer=300),
    Behaviour(read_limit=100),
    Behaviour(response_block=256),
    Behaviour(response_block=100, extended_length=False, command_chaining=True),
    Behaviour(odd_read_from=0x8000),
]


@pytest.fixture(scope="module", params=["aes", "tdes"])
def suite(request: pytest.FixtureRequest) -> str:
    """Return the cipher of the session: PACE with AES, or basic access control."""
    return str(request.param)


@pytest.fixture
def icao() -> CardProfile:
    """Return the built-in profile of any eMRTD, with the photo read late."""
    profile = next(profile for profile in builtin_profiles() if profile.name == "icao")
    assert FileId.DG2 in profile.read_late
    return profile


@pytest.fixture
def make(make_image: ImageMaker, suite: str) -> ImageMaker:
    """Return the maker of eMRTDs with these habits, opened under `suite`."""

    def made(behaviour: Behaviour, photo: bytes, **changes: object) -> CardImage:
        image = make_image(
            aid=EMRTD_AID,
            files={FileId.DG2.fid: tlv.encode(0x75, photo), FileId.DG14.fid: None},
            behaviour=behaviour,
            **changes,
        )
        if suite == "aes":
            return image
        return replace(
            image,
            mf_files={k: v for k, v in image.mf_files.items() if k != FileId.CARD_ACCESS.fid},
            access=replace(image.access, pace=(), bac=True, can=None, can_tries=None),
        )

    return made


def opened(
    card: CardConnection, profile: CardProfile, password: Password, known: Known = NOTHING
) -> Reading:
    """Read the card, failing the test where it stays closed."""
    outcome = read(card, [profile], password, known=known)
    assert isinstance(outcome, Reading)
    return outcome


def photo(size: int) -> bytes:
    """Return bytes no two stretches of which are alike."""
    return b"".join(n.to_bytes(4, "big") for n in range(size // 4))


@pytest.mark.parametrize("size", [20_000, 40_000])
@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("behaviour", HABITS, ids=str)
def test_every_file_comes_home(
    make: ImageMaker,
    lay: Lay,
    icao: CardProfile,
    mrz_password: Password,
    behaviour: Behaviour,
    extended: bool,
    size: int,
) -> None:
    """Byte for byte, now and late; and once more with what the first reading has shown."""
    atr = {"atr": EXTENDED_ATR} if extended else {}
    image = make(behaviour, photo(size), **atr)
    chip = Chip(image)
    known = NOTHING
    for _ in range(2):
        reading = opened(lay(chip), icao, mrz_password, known)
        for file_id, content in reading.evidence.files.items():
            if not file_id.in_master_file:
                assert content == image.app_files[file_id.fid]
        assert reading.evidence.active_auth is not None
        assert reading.evidence.active_auth.sw == 0x9000
        assert reading.read_late(FileId.DG2) == image.app_files[FileId.DG2.fid]
        known = reading.known


@pytest.mark.parametrize("size", [1000, 20_000, 32_764])
def test_a_photo_in_the_short_form(
    make: ImageMaker,
    lay: Lay,
    icao: CardProfile,
    mrz_password: Password,
    suite: str,
    size: int,
) -> None:
    """Exactly as many commands as the file has short answers."""
    image = make(Behaviour(extended_length=False), photo(size))
    reading = opened(lay(Chip(image)), icao, mrz_password)
    before = reading.apdus
    content = reading.read_late(FileId.DG2)
    assert reading.apdus - before == -(-len(content) // SHORT[suite])


@pytest.mark.parametrize("size", [1000, 20_000, 32_000])
def test_a_photo_in_the_chips_own_buffer(
    make: ImageMaker,
    lay: Lay,
    icao: CardProfile,
    mrz_password: Password,
    suite: str,
    size: int,
) -> None:
    """Exactly as many commands as the file has buffers, each filled to the last whole block."""
    image = make(Behaviour(answer_buffer=BUFFER - 2), photo(size), atr=EXTENDED_ATR)
    image = replace(image, mf_files={**image.mf_files, FileId.ATR_INFO.fid: ATR_INFO})
    block = 16 if suite == "aes" else 8
    most = (BUFFER - 2 - 14 - 6) // block * block - 1
    reading = opened(lay(Chip(image)), icao, mrz_password)
    before = reading.apdus
    content = reading.read_late(FileId.DG2)
    assert reading.apdus - before == -(-len(content) // most)


def test_a_photo_given_up_and_read_after_all(
    make: ImageMaker, lay: Lay, icao: CardProfile, mrz_password: Password
) -> None:
    """Between two commands; the channel is whole, and the photo can be begun again."""
    image = make(Behaviour(extended_length=False), photo(20_000))
    reading = opened(lay(Chip(image)), icao, mrz_password)
    before = reading.apdus
    with pytest.raises(ReadingCancelled):
        reading.read_late(FileId.DG2, cancelled=lambda: reading.apdus == before + 5)
    assert reading.apdus == before + 5
    assert reading.read_late(FileId.DG2) == image.app_files[FileId.DG2.fid]
