"""One body of each kind, as the vectors publish them; everybody in them is made up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge.wire.kinds import EventKind as Kind

PERSON_KEY = "personal_number:001084000123"
NAME = "Nguyễn Thị Hồng Phương Thảo Ngọc"
RECEIPT = (
    (Path(__file__).parents[2] / "provisioning" / "golden" / "receipt-1.jws").read_text("ascii")
).strip()
SECOND = "8899aabbccddeeff0011223344556677"
FIRST = "00112233445566778899aabbccddeeff"

_WHO = {"person": "p07", "name": NAME}
_ENTRY = {
    "id": "p07",
    "name": NAME,
    "category": "official",
    "birth": "1984-02-29",
    "number": "012345678",
    "personal_number": "001084000123",
    "can": "123456",
    "standing": "active",
    "committee": False,
    "post": None,
}
_LIST = {
    "status": "good",
    "number": "6923f1c0",
    "this_update": "2026-11-20T09:00:00+00:00",
}
_JUDGED = {
    "profile": "dang-vien",
    "policy": "default-1",
    "verdict": "accepted",
    "checks": [{"step": step, "status": "passed", "reason": None} for step in range(1, 9)],
    "anchor": "5c" * 32,
    "chip": "1f3a9c4477aa00bb1f3a9c4477aa00bb",
    "signer_status": _LIST,
    "card_status": _LIST,
    "number": "012345678",
}

COUNTER: dict[str, Any] = {"kind": "counter", "by": "p02"}
"""With which a counter's day opens."""
BODIES: Mapping[Kind, dict[str, Any]] = {
    Kind.CONTEXT_OPENED: {
        "kind": "regular",
        "roster": {
            "v": 1,
            "organisation": "Chi bộ bản Nậm Khoai",
            "code": "99168053000004",
            "parent": "Đảng bộ xã Pha Hín",
        },
    },
    Kind.ROSTER_PART: {"part": 1, "parts": 1, "people": [_ENTRY]},
    Kind.AMENDED: {"opening": {"kind": "members-congress", "title": "", "place": "Nhà văn hoá"}},
    Kind.SITTING_BEGUN: {"number": 1, "title": "Phiên trù bị"},
    Kind.CHECK_IN: {**_JUDGED, **_WHO},
    Kind.CONFIRMED: {**_WHO, "of": {"epoch": FIRST, "seq": 6}},
    Kind.WITHDRAWN: {**_WHO, "of": {"epoch": FIRST, "seq": 5}},
    Kind.HAND_ENTRY: {**_WHO, "by": "p02"},
    Kind.ABSENCE: {**_WHO, "said": "before", "note": "Đi công tác"},
    Kind.DEPARTURE: {**_WHO, "by": "p02"},
    Kind.ADDED: {"entry": {"id": "g01", "name": "Khách A", "category": "guest"}},
    Kind.ANNULLED: {"of": {"epoch": FIRST, "seq": 9}, "by": "p02"},
    Kind.CORRECTION: {**_WHO, "changes": {"birth": "1984-02-28"}, "note": "Theo lý lịch"},
    Kind.FIGURES_ANNOUNCED: {"figures": {"summoned": 36, "present": 30}},
    Kind.HAND_ENTRIES_CONFIRMED: {"by": "p01", "entries": [{"epoch": FIRST, "seq": 9}]},
    Kind.SHEET: {"number": 0, "sha256": "ab" * 32, "by": "p02"},
    Kind.CONTEXT_CLOSED: {"by": "p02"},
    Kind.EXPORTED: {"number": 0, "sha256": "ab" * 32, "by": "p02"},
    Kind.VERIFICATION: {
        "procedure": "chuyen-sinh-hoat-chinh-thuc",
        "dossier": "2026-000117",
        "origin": "https://motcua.xa.example",
        **_JUDGED,
        **_WHO,
    },
    Kind.RECEIPT: {"of": {"epoch": SECOND, "seq": 11}, "receipt": RECEIPT},
    Kind.HANDED_OVER: {
        **_WHO,
        "number": "012345678",
        "of": {"epoch": SECOND, "seq": 11},
        "report": "12/BC-CB",
        "by": "p02",
    },
    Kind.TIME_ASSERTED: {"before": "2026-11-21T11:58:00.000Z", "by": "p02"},
}
