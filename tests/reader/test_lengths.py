"""How much is asked for: announced, remembered, tried; and what chips make of a trial."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader import tlv
from reader.apdu import EXTENDED_LE, SHORT_LE, CommandApdu, ResponseApdu
from reader.binary import FileReader
from reader.channel.kdf import CipherSuite, SessionKeys
from reader.channel.secure_messaging import SecureMessaging, max_plain
from reader.errors import CardRefused, CardRemoved, ReaderError
from reader.lds.files import FileId
from reader.lengths import Habits, announced, begin
from reader.transmission import transmission
from tests.reader.channel.chip_side import ChipSide
from tests.reader.files import Files, content

AES = CipherSuite.AES_128
TDES = CipherSuite.TDES
DG1, DG2 = FileId.DG1.fid, FileId.DG2.fid
BIG = max_plain(4096, AES)


@pytest.mark.parametrize(
    ("atr_info", "size"),
    [
        (tlv.encode(0x7F66, bytes.fromhex("0202100002022000")), 0x2000 - 2),
        (b"\x43\x01\xb8" + tlv.encode(0x7F66, bytes.fromhex("020201000203010002")), 0x10000),
        (tlv.encode(0x7F66, bytes.fromhex("0202100002022000")) + b"\x47", 0x2000 - 2),
        (tlv.encode(0x7F66, bytes.fromhex("0202100002020010")), 0x0E),
        (tlv.encode(0x7F66, bytes.fromhex("02021000")), None),
        (tlv.encode(0x7F66, b"\x02"), None),
        (b"\x43\x01\xb8", None),
        (b"\x7f", None),
        (b"", None),
    ],
)
def test_buffers_in_atr_info(atr_info: bytes, size: int | None) -> None:
    """The response buffer less its status word; None where nothing sensible stands."""
    assert announced(atr_info) == size


@given(st.binary(max_size=60))
def test_any_atr_info(content_of_file: bytes) -> None:
    """Whatever stands there, the habits that follow are good ones."""
    habits = begin(AES, carried=EXTENDED_LE, announced=announced(content_of_file))
    assert habits.chunk == 223 or SHORT_LE < habits.chunk < EXTENDED_LE


@pytest.mark.parametrize(("suite", "short"), [(AES, 223), (TDES, 231)])
def test_nothing_is_known(suite: CipherSuite, short: int) -> None:
    """The short form, whatever the reader carries."""
    for carried in (SHORT_LE, 300, EXTENDED_LE):
        assert begin(suite, carried=carried) == Habits(short)
        assert not begin(suite, carried=carried).extended


@pytest.mark.parametrize("suite", [AES, TDES])
def test_what_the_chip_announces(suite: CipherSuite) -> None:
    """Up to what the reader carries; a buffer hardly larger than a short one is not worth it."""
    assert begin(suite, carried=EXTENDED_LE, announced=4098).chunk == max_plain(4098, suite)
    assert begin(suite, carried=1000, announced=4098).chunk == max_plain(1000, suite)
    short = Habits(max_plain(SHORT_LE, suite))
    for carried, named in ((SHORT_LE, 4098), (EXTENDED_LE, 270), (EXTENDED_LE, 14), (270, 4098)):
        assert begin(suite, carried=carried, announced=named) == short


def test_a_trial() -> None:
    """Where the caller wants one and nothing is announced; never beyond the reader."""
    assert begin(AES, carried=EXTENDED_LE, trial=4096) == Habits(223, BIG)
    assert begin(AES, carried=1000, trial=4096) == Habits(223, max_plain(1000, AES))
    assert begin(AES, carried=SHORT_LE, trial=4096) == Habits(223)
    assert begin(AES, carried=EXTENDED_LE, announced=300, trial=4096).trial is None


def test_what_is_remembered() -> None:
    """It decides over all else; a size is tried once more, for the ATR proves no chip."""
    kept = Habits(BIG, None, short_identifiers=False, over_read=False, offset_width=4)
    habits = begin(AES, carried=EXTENDED_LE, announced=300, remembered=kept, trial=9000)
    assert habits == Habits(223, BIG, short_identifiers=False, over_read=False, offset_width=4)
    assert begin(AES, carried=1000, remembered=kept).trial == max_plain(1000, AES)
    works = Habits(223, short_identifiers=True)
    assert begin(AES, carried=SHORT_LE, remembered=works).short_identifiers is None
    assert begin(AES, carried=SHORT_LE, remembered=kept).trial is None


@pytest.mark.parametrize("chunk", [1, 50, 223, 231, 256])
def test_a_short_form_that_is_remembered(chunk: int) -> None:
    """The short form it is, at the size of today's cipher; a hostile chip's tiny one is gone."""
    assert begin(AES, carried=EXTENDED_LE, remembered=Habits(chunk), trial=4096) == Habits(223)
    assert begin(TDES, carried=EXTENDED_LE, remembered=Habits(chunk)) == Habits(231)


@pytest.mark.parametrize(("chunk", "trial"), [(0, None), (223, 223), (223, 10)])
def test_habits_that_cannot_be(chunk: int, trial: int | None) -> None:
    """They never come to life."""
    with pytest.raises(ValueError, match="chunk"):
        Habits(chunk, trial)


def tried(files: Callable[[CommandApdu], ResponseApdu]) -> FileReader:
    """Return the first reading of a chip whose buffers nobody announced."""
    return FileReader(files, begin(AES, carried=EXTENDED_LE, trial=4096))


def test_a_trial_that_succeeds() -> None:
    """The first large file settles it, at no cost; small ones leave it open."""
    files = Files({DG1: content(90), DG2: content(20_000)})
    reader = tried(files)
    reader.read(FileId.DG1)
    assert reader.habits == Habits(223, BIG, short_identifiers=True)
    assert reader.read(FileId.DG2) == content(20_000)
    assert reader.habits == Habits(BIG, short_identifiers=True)
    assert len(files.commands) == 1 + -(-20_004 // BIG)


def test_a_chip_that_gives_only_short_answers() -> None:
    """Asking for more costs nothing there: as many commands as in the short form."""
    files = Files({DG2: content(20_000)}, gives=223)
    assert tried(files).read(FileId.DG2) == content(20_000)
    assert len(files.commands) == -(-20_004 // 223)


@pytest.mark.parametrize("sw", [0x6700, 0x6B00, 0x6A86, 0x6F00])
def test_a_trial_that_is_refused(sw: int) -> None:
    """One command lost; the file comes home in the short form, and the outcome is kept."""
    files = Files({DG1: content(90), DG2: content(2000)}, takes=256, too_much=sw)
    reader = tried(files)
    assert reader.read(FileId.DG1) == content(90)
    assert reader.habits == Habits(223, short_identifiers=True)
    assert reader.read(FileId.DG2) == content(2000)
    assert len(files.commands) == 2 + -(-2004 // 223)
    assert not begin(AES, carried=EXTENDED_LE, remembered=reader.habits, trial=4096).extended


def test_a_trial_that_is_answered_with_a_length() -> None:
    """6Cxx: where the file is longer, the chip gives no more at once; else it was the file's."""
    files = Files({DG1: content(90), DG2: content(2000)}, takes=200, too_much=0x6C00)
    reader = tried(files)
    assert reader.read(FileId.DG2) == content(2000)
    assert reader.habits == Habits(200, short_identifiers=True)
    reader = tried(Files({DG1: content(90)}, at_end=None))
    assert reader.read(FileId.DG1) == content(90)
    assert reader.habits.trial == BIG


def test_a_trial_that_is_refused_by_a_chip_with_small_answers() -> None:
    """What the short form then shows is told apart from the trial: it may still be over-read."""
    files = Files({DG1: content(60), DG2: content(2000)}, takes=100)
    reader = tried(files)
    assert reader.read(FileId.DG2) == content(2000)
    assert reader.habits == Habits(55, short_identifiers=True)
    assert reader.read(FileId.DG1) == content(60)


def test_a_trial_that_is_refused_in_the_middle_of_a_file() -> None:
    """The part is asked for again in the short form, and no more is taken than that asks for."""
    files = Files({DG2: content(900)}, gives=100)

    def exchange(command: CommandApdu) -> ResponseApdu:
        if command.p1 & 0x80:
            return files(command)
        if (command.le or 0) > 223:
            return ResponseApdu(b"", 0x6F00)
        whole = files.content[DG2]
        offset = command.p1 << 8 | command.p2
        return ResponseApdu(whole[offset : offset + (command.le or 0)] + b"\xff" * 9, 0x9000)

    reader = tried(exchange)
    assert reader.read(FileId.DG2) == content(900)
    assert reader.habits == Habits(223, short_identifiers=True)


@pytest.mark.parametrize("habits", [Habits(4000), Habits(223, 4000)])
def test_a_length_that_the_short_form_asks_for_and_does_not_carry(habits: Habits) -> None:
    """240 bytes, protected, fit no short answer: the short form's own size is taken."""
    reader = FileReader(Files({DG2: content(2000)}, takes=240, too_much=0x6C00), habits)
    assert reader.read(FileId.DG2) == content(2000)
    assert reader.habits == Habits(223, short_identifiers=True)


def test_a_trial_that_breaks_the_conversation() -> None:
    """The reading is lost, its outcome is not: the next one does not try."""

    def exchange(_: CommandApdu) -> ResponseApdu:
        raise CardRemoved("gone", next_step="lay it again")

    reader = tried(exchange)
    with pytest.raises(CardRemoved):
        reader.read(FileId.DG1)
    assert reader.habits == Habits(223)


@pytest.mark.parametrize("sw", [0x6A82, 0x6982])
def test_a_trial_on_a_file_that_is_not_there(sw: int) -> None:
    """Says nothing of lengths: the trial stays open."""
    reader = tried(lambda _: ResponseApdu(b"", sw))
    with pytest.raises(CardRefused):
        reader.read(FileId.DG1)
    assert reader.habits.trial == BIG


def test_short_identifiers_that_do_not_work() -> None:
    """Found out at the first file, and not tried again in this reading or the next."""
    for sw in (0x6A81, 0x6A86, 0x6982, 0x6A82, 0x6B00, 0x6700, 0x6D00):
        files = Files({DG1: content(90), DG2: content(900)}, short_identifiers=False, no_short=sw)
        reader = FileReader(files, Habits(223))
        assert reader.read(FileId.DG1) == content(90)
        assert reader.habits == Habits(223, short_identifiers=False)
        begun = len(files.commands)
        assert reader.read(FileId.DG2) == content(900)
        assert len(files.commands) == begun + 1 + -(-904 // 223)
        assert begin(AES, carried=SHORT_LE, remembered=reader.habits).short_identifiers is False


def test_a_file_that_is_missing_where_short_identifiers_work() -> None:
    """One command tells; it is not looked for by its other name."""
    files = Files({DG1: content(90)})
    reader = FileReader(files, Habits(223))
    reader.read(FileId.DG1)
    with pytest.raises(CardRefused) as caught:
        reader.read(FileId.DG2)
    assert caught.value.sw == 0x6A82
    assert len(files.commands) == 2


def test_a_file_whose_short_identifier_alone_fails() -> None:
    """For any other reason than not being there it is still selected; nothing is unlearned."""
    files = Files({DG1: content(90), DG2: content(90)})

    def exchange(command: CommandApdu) -> ResponseApdu:
        return ResponseApdu(b"", 0x6A86) if command.p1 == 0x82 else files(command)

    reader = FileReader(exchange, Habits(223))
    reader.read(FileId.DG1)
    assert reader.read(FileId.DG2) == content(90)
    assert reader.habits.short_identifiers is True


@pytest.mark.parametrize("suite", list(CipherSuite))
@pytest.mark.parametrize("size", [240, 250, 3000, 4307, 4336, 36_793, 36_865])
def test_pieces_close_to_the_short_limit_under_secure_messaging(
    suite: CipherSuite, size: int
) -> None:
    """A last piece of 224 to 256 bytes, protected, fits no short answer: the command is wide."""
    keys = SessionKeys(suite, b"\x01" * suite.key_size, b"\x02" * suite.key_size)
    chip, files = ChipSide(keys), Files({DG2: content(size)})

    def card(command: CommandApdu) -> ResponseApdu:
        plain = files(chip.open(command))
        answer = chip.protect(plain.data, plain.sw)
        assert len(answer.data) <= (command.le or 0)
        return answer

    for habits in (
        begin(suite, carried=EXTENDED_LE, announced=4096 + 2),
        begin(suite, carried=SHORT_LE),
        begin(suite, carried=EXTENDED_LE, trial=4096),
    ):
        secure = SecureMessaging(keys, counter=chip.counter).over(
            transmission(card, extended=habits.extended)
        )
        assert FileReader(secure, habits).read(FileId.DG2) == content(size)


def test_a_file_that_never_ends() -> None:
    """A chip that gives one byte at a time is stopped by the size of its file."""
    sent: list[CommandApdu] = []

    def exchange(command: CommandApdu) -> ResponseApdu:
        sent.append(command)
        return ResponseApdu(b"\x7f" if len(sent) < 3 else b"\x84", 0x9000)

    with pytest.raises(ReaderError):
        tried(exchange).read(FileId.DG2)
    assert len(sent) < 12
