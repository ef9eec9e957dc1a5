"""The record of one act, as people print and sign it.

Lives here: its text, Vietnamese first. Not here: where it lies (`folder`). Its SHA-256 stands in
the ledger beside those of the files that the act made; the paper with the signatures is what a
folder is compared with when somebody doubts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

WITNESSES = 2
_HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
_RULE = "-" * 76
_LINE = "_" * 24


def render(
    *,
    number: int,
    act: str,
    at: datetime,
    facts: Mapping[str, str],
    files: Mapping[str, str],
    before: str,
) -> bytes:
    """Return the record (UTF-8) of act `number`.

    `files`: SHA-256 (hex) by path; `before`: the ledger's head before the act.
    """
    local = at.astimezone(_HANOI)
    lines = [
        f"BIÊN BẢN NGHI THỨC KHOÁ SỐ {number} / RECORD OF KEY CEREMONY {number}",
        _RULE,
        f"Việc / Act:  {act}",
        f"Lúc / At:    {at:%Y-%m-%d %H:%M:%S} UTC ({local:%d/%m/%Y %H:%M:%S} Hà Nội)",
        "",
        *(f"{name + ':':<24} {text}" for name, text in facts.items()),
        "",
        "Tệp và SHA-256 / Files and SHA-256:",
        *(f"  {path}\n    {grouped(digest)}" for path, digest in files.items()),
        "",
        "Sổ trước việc này / Ledger before this act:",
        f"    {grouped(before)}",
        _RULE,
        "Những người có mặt / Those present:",
    ]
    for witness in range(1, WITNESSES + 1):
        lines += [
            "",
            f"{witness}. Họ và tên / Name {_LINE}  Chức vụ / Post {_LINE}",
            f"   Ký / Signature  {_LINE}  Ngày / Date    {_LINE}",
        ]
    return ("\n".join(lines) + "\n").encode()


def grouped(digest: str) -> str:
    """Return a digest in groups of four, for reading aloud."""
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))
