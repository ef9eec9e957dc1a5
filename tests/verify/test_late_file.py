"""The photo that comes after the verdict."""

from __future__ import annotations

from reader.lds.files import FileId
from tests.verify.made import World, hash_list, security_object, signed_data
from verify.pipeline import verify_file
from verify.reasons import Reason
from verify.verdict import CheckStatus

PHOTO = b"\x75\x03\x7f\x61\x00"


def test_photo_as_signed(world: World) -> None:
    """A late file that matches its hash passes."""
    sod = world.sod({**world.groups(), FileId.DG2: PHOTO})
    assert verify_file(sod, FileId.DG2, PHOTO).status is CheckStatus.PASSED


def test_changed_photo(world: World) -> None:
    """Any other byte is LATE_FILE_MISMATCH, which withdraws what the verdict brought."""
    sod = world.sod({**world.groups(), FileId.DG2: PHOTO})
    for other in (PHOTO[:-1] + b"\x01", PHOTO + b"\x00", b""):
        check = verify_file(sod, FileId.DG2, other)
        assert (check.status, check.reason) == (CheckStatus.FAILED, Reason.LATE_FILE_MISMATCH)


def test_photo_that_nobody_signed(world: World) -> None:
    """A file that the security object does not list fails, and EF.COM is none of it."""
    for file in (FileId.DG2, FileId.COM):
        check = verify_file(world.sod(world.groups()), file, PHOTO)
        assert (check.status, check.reason) == (CheckStatus.FAILED, Reason.FILE_NOT_LISTED)


def test_garbled_security_object() -> None:
    """Bytes that are no security object fail."""
    assert verify_file(b"\x77\x00", FileId.DG2, PHOTO).reason is Reason.SOD_MALFORMED


def test_weak_hash_list(world: World) -> None:
    """A hash too weak to rely on vouches for no photo."""
    content = hash_list({FileId.DG2: PHOTO}, "sha1")
    sod = security_object(signed_data(content, world.signer))
    assert verify_file(sod, FileId.DG2, PHOTO).reason is Reason.ALGORITHM_NOT_ALLOWED
