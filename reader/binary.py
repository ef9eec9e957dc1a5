"""One elementary file from the chip: few commands, nothing read twice.

Lives here: READ BINARY by short file identifier with the file identifier as the way out, the
exact length from the first bytes, the sizes that card and reader carry. Not here: which files
are read (`read`) and what stands in them (`lds`).
Source: Doc 9303-10 sections 3.6.2 and 3.6.3 (SELECT, READ BINARY).
"""

from __future__ import annotations

from reader import tlv
from reader.apdu import INS, SHORT_LE, SW, CommandApdu, Exchange, ResponseApdu, exact_length
from reader.errors import CardRefused, MalformedData
from reader.lds import atr_info
from reader.lds.files import FileId

MAX_FILE = 256 * 1024  # bytes; a face image takes some 20,000
_HEADER = 8  # bytes that surely hold the first tag and length
_MAX_OFFSET = 0x7FFF  # P1-P2 of the even READ BINARY
_OFFSET_OBJECT = 0x54
_DATA_OBJECT = 0x53
_DATA_HEADER = 4  # bytes of tag and length around the data of the odd READ BINARY
_STATUS_WORD = 2  # bytes
_MASTER_FILE = b"\x3f\x00"


def read_file(exchange: Exchange, file_id: FileId, *, chunk: int) -> bytes:
    """Return the one data object that is the file, read by at most `chunk` bytes at a time.

    Raises CardRefused (with the status word) where the card does not give it, MalformedData
    where what it gives is no such object, and what `exchange` raises.
    """
    data = _read_first(exchange, file_id, chunk)
    _, head, length = tlv.header(data)
    total = head + length
    if total > MAX_FILE:
        raise _malformed(file_id, f"it claims {total} bytes")
    data = data[:total]
    while len(data) < total:
        part = _read_at(exchange, file_id, len(data), min(chunk, total - len(data)))
        if not part:
            raise _malformed(file_id, f"it ends after {len(data)} of {total} bytes")
        data += part[: total - len(data)]
    return data


def response_data(exchange: Exchange) -> int:
    """Return the most response data that EF.ATR/INFO promises, in bytes.

    `SHORT_LE` where there is no such file by its short identifier, or it promises nothing that
    can be understood. The master file must be selected.
    """
    answer = _read(exchange, 0x80 | FileId.ATR_INFO.sfi, 0x00, SHORT_LE)
    if not _carries_data(answer):
        return SHORT_LE
    try:
        promised = atr_info.extended_length(answer.data)
    except MalformedData:
        promised = None
    return SHORT_LE if promised is None else max(SHORT_LE, promised.response - _STATUS_WORD)


def select_master_file(exchange: Exchange) -> None:
    """SELECT the master file; some chips answer 6D00 and are in it all the same."""
    exchange(CommandApdu(0x00, INS.SELECT, 0x00, 0x0C, _MASTER_FILE))


def _read_first(exchange: Exchange, file_id: FileId, chunk: int) -> bytes:
    """Select the file and return its first bytes, at most `chunk`, in one command if it can be."""
    answer = _read(exchange, 0x80 | file_id.sfi, 0x00, chunk)
    if not _carries_data(answer) and answer.sw != SW.SECURITY_STATUS_NOT_SATISFIED:
        _select(exchange, file_id)
        answer = _read(exchange, 0x00, 0x00, chunk)
    if not _carries_data(answer):
        raise _refused(file_id, answer.sw)
    return answer.data


def _refused(file_id: FileId, sw: int) -> CardRefused:
    """Return the error for a file that the card does not give."""
    return CardRefused(
        f"The card does not give file {file_id.value} (status {sw:04X}).",
        next_step="Lay the card again; if it stays so, the chip is damaged or not one of ours.",
        sw=sw,
    )


def _select(exchange: Exchange, file_id: FileId) -> None:
    command = CommandApdu(0x00, INS.SELECT, 0x02, 0x0C, file_id.fid.to_bytes(2, "big"))
    sw = exchange(command).sw
    if sw != SW.OK:
        raise _refused(file_id, sw)


def _read(exchange: Exchange, p1: int, p2: int, le: int) -> ResponseApdu:
    """READ BINARY; where the card dislikes the length, once more with the one it takes."""
    answer = exchange(CommandApdu(0x00, INS.READ_BINARY, p1, p2, le=le))
    exact = _HEADER if answer.sw == SW.WRONG_LENGTH else exact_length(answer.sw)
    if exact is not None and exact < le:
        answer = exchange(CommandApdu(0x00, INS.READ_BINARY, p1, p2, le=exact))
    return answer


def _read_at(exchange: Exchange, file_id: FileId, offset: int, size: int) -> bytes:
    if offset <= _MAX_OFFSET:
        answer = _read(exchange, offset >> 8, offset & 0xFF, size)
        data = answer.data
    else:
        answer = _read_far(exchange, offset, max(1, size - _DATA_HEADER))
        data = tlv.unwrap(answer.data, _DATA_OBJECT) if _carries_data(answer) else b""
    if answer.sw not in (SW.OK, SW.END_OF_FILE):
        raise _refused(file_id, answer.sw)
    return data


def _read_far(exchange: Exchange, offset: int, size: int) -> ResponseApdu:
    """READ BINARY with an odd instruction: the offset in DO54, the data in DO53."""
    width = (offset.bit_length() + 7) // 8
    data = tlv.encode(_OFFSET_OBJECT, offset.to_bytes(width, "big"))
    le = size + _DATA_HEADER
    return exchange(CommandApdu(0x00, INS.READ_BINARY_ODD, 0x00, 0x00, data, le=le))


def _carries_data(answer: ResponseApdu) -> bool:
    return answer.sw in (SW.OK, SW.END_OF_FILE) and bool(answer.data)


def _malformed(file_id: FileId, why: str) -> MalformedData:
    return MalformedData(
        f"File {file_id.value} of the card is malformed: {why}.",
        next_step="Lay the card again; if it stays so, the chip is damaged or not one of ours.",
    )
