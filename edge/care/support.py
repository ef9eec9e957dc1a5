"""The support bundle: everything that a colleague elsewhere needs, and nothing that names a member.

Lives here: what goes in, its cap, the archive. Not here: the facts (`support_facts`), the journal
(`journal`), sealing it to the centre (`edge.wire.support`).

It is built of a list of facts, each known to name nobody; nothing is taken and then cleaned. The
archive is a ZIP with `manifest.json`, `diagnosis.json`, `facts.json` and `journal.jsonl`; the
newest lines of the journal go in as far as there is room.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from edge.care.check import Check
from edge.care.diagnosis import Diagnosis, in_json
from edge.care.journal import Journal
from edge.wire.event import timestamp

TYPE, VERSION = "tramthe-support", 1
MAX_BUNDLE = 256 * 1024  # bytes: half a minute of a line of 64 kbit/s
MAX_FACTS = 128 * 1024  # bytes in the clear of each part beside the journal
_TYPED = frozenset({"state folder", "scanner", "counter door", "access point"})
"""Checks whose figure repeats what somebody typed into the configuration: it is left out."""
_DATE = (1980, 1, 1, 0, 0, 0)


def make(found: Diagnosis, facts: Mapping[str, Any], journal: Journal) -> bytes:
    """Return the archive, at most MAX_BUNDLE bytes."""
    lines = list(journal.lines)
    while True:
        data = _archive(_parts(found, facts, journal, lines))
        if len(data) <= MAX_BUNDLE or not lines:
            return data
        lines = lines[len(lines) // 2 + 1 :]


def _parts(
    found: Diagnosis, facts: Mapping[str, Any], journal: Journal, lines: Sequence[Mapping[str, Any]]
) -> dict[str, bytes]:
    parts = {
        "diagnosis.json": _capped({**found.to_object(), "checks": [*map(told, found.checks)]}),
        "facts.json": _capped(facts),
        "journal.jsonl": b"".join(_json(line) + b"\n" for line in lines),
    }
    manifest = {
        "type": TYPE,
        "v": VERSION,
        "terminal": found.terminal,
        "at": timestamp(found.at.at),
        "quality": found.at.quality.value,
        "journal": {
            "lines": len(lines),
            "left_out_for_room": len(journal.lines) - len(lines),
            "of_other_programs": journal.others,
            "missing": journal.missing,
        },
        "files": [
            {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in parts.items()
        ],
    }
    return {"manifest.json": _json(manifest), **parts}


def told(check: Check) -> Mapping[str, Any]:
    """Return what is told of a check: its figure only where no text of the configuration is."""
    whole = in_json(check)
    if check.name not in _TYPED:
        return whole
    return {**whole, "figure": "left out", "parts": ["left out"]}


def _capped(value: Mapping[str, Any]) -> bytes:
    data = _json(value)
    return data if len(data) <= MAX_FACTS else _json({"left_out": "too large", "bytes": len(data)})


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()


def _archive(parts: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
