"""A stranger's centre takes a stick: written from section 13 of `docs/protocol.md` alone.

Beside `plain_centre`, which is written from the rest of that page; nothing of this project is
imported.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.docs.plain_centre import (
    AT,
    MAX_SEGMENT,
    TERMINAL,
    PlainCentre,
    Refused,
    canonical,
    from_text,
    is_bytes,
    is_text,
    need,
    to_text,
    whole,
)

BUNDLE = "tramthe-bundle+jws"
MAX_BUNDLE = 4194304
MAX_CALL = 65536
MAX_ANCHORS = 4194304
MAX_PLACES = 4096
PLACE = re.compile(r"[0-9a-f]{32}")
SEGMENT = re.compile(r"[0-9a-f]{32}-[0-9]{16}-[0-9]{16}\.jws")
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,95}")


def place_of(terminal: str) -> str:
    """Return the folder's name of a terminal."""
    return hashlib.sha256(terminal.encode()).hexdigest()[:32]


def take_stick(centre: PlainCentre, stick: Path, at: datetime) -> list[str]:
    """Take what a stick has and answer on it; return what a person should be told."""
    told: list[str] = []
    answers: dict[tuple[str, str], str] = {}  # by terminal and the file's name
    root = stick / "tramthe"
    places = [one for one in sorted(root.glob("up/*")) if PLACE.fullmatch(one.name)]
    for place in places[:MAX_PLACES]:
        if place.is_symlink() or not place.is_dir():
            continue
        for file in sorted(place.iterdir()):
            if SEGMENT.fullmatch(file.name):
                try:
                    take_segment(centre, file, answers)
                except (Refused, UnicodeDecodeError) as error:
                    told.append(f"{place.name}/{file.name}: {error}")
        if (place / "call.jws").exists() and "/v1/inbox" in centre.more:
            try:
                call = read(place / "call.jws", MAX_CALL).decode("ascii")
                _, said = centre.more["/v1/inbox"](call, None, lapsed=True)
                claims = json.loads(from_text(said.split(".")[1]))
                answers[claims["terminal"], "inbox.txt"] = said
            except (Refused, UnicodeDecodeError) as error:
                told.append(f"{place.name}/call.jws: {error}")
        if (place / "bundle.jws").exists():
            told += check_manifest(centre, place)
    for (terminal, name), said in answers.items():
        down = root / "down" / place_of(terminal)
        down.mkdir(parents=True, exist_ok=True)
        write(down / name, said.encode())
    for terminal in sorted({terminal for terminal, _ in answers}):
        down = root / "down" / place_of(terminal)
        found = [entry(file) for file in sorted(down.glob("ack-*.jws"))]
        stamp = at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
        said = centre.signed(
            {"terminal": terminal, "way": "down", "at": stamp, "files": found}, BUNDLE
        )
        write(down / "bundle.jws", said.encode())
    return told


def take_segment(centre: PlainCentre, file: Path, answers: dict[tuple[str, str], str]) -> None:
    """Take a segment, and add what is said of it to the answers. Raises Refused."""
    text = read(file, MAX_SEGMENT).decode("ascii")
    said, anchors = centre.take(text, None, lapsed=True)
    claims = json.loads(from_text(said.split(".")[1]))
    answers[claims["terminal"], f"ack-{claims['epoch']}.jws"] = said
    for anchor in anchors:
        had = answers.get((claims["terminal"], "anchors.txt"), "")
        if len(had) + len(anchor) < MAX_ANCHORS:
            answers[claims["terminal"], "anchors.txt"] = f"{had}{anchor}\n"


def read(file: Path, most: int) -> bytes:
    """Return a plain file. Raises Refused for anything else, and for a larger one."""
    need(not file.is_symlink() and file.is_file(), "no plain file")
    need(file.stat().st_size <= most, "too large")
    return file.read_bytes()


def write(file: Path, data: bytes) -> None:
    """Put a file into its place, whole or not at all."""
    new = file.with_name(f".{file.name}.new")
    with new.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def entry(file: Path) -> dict[str, Any]:
    """Return what a manifest says of a file."""
    data = file.read_bytes()
    digest = to_text(hashlib.sha256(data).digest())
    return {"name": file.name, "sha256": digest, "size": len(data)}


def check_manifest(centre: PlainCentre, place: Path) -> list[str]:
    """Return which files of a terminal's bundle are not there as it says."""
    try:
        text = read(place / "bundle.jws", MAX_BUNDLE).decode("ascii")
        terminal, payload = centre.opened(text, BUNDLE, MAX_BUNDLE, lapsed=True)
        bundle = json.loads(payload)
        need(canonical(bundle) == payload, "not canonical")
        check_bundle(bundle)
        need(bundle["terminal"] == terminal and bundle["way"] == "up", "of somebody else")
        need(place_of(terminal) == place.name, "of another place")
        centre.db.execute("create table if not exists bundle (id primary key)")
        name = hashlib.sha256(payload).hexdigest()
        centre.db.execute("insert or ignore into bundle values (?)", (name,))
    except (Refused, ValueError, KeyError, TypeError) as error:
        return [f"{place.name}/bundle.jws: {error}"]
    return [
        f"{place.name}/{one['name']}: absent or another"
        for one in bundle["files"]
        if not (place / one["name"]).is_file() or entry(place / one["name"]) != one
    ]


def check_bundle(bundle: dict[str, Any]) -> None:
    """Raise Refused unless a manifest has its form."""
    need(set(bundle) == {"terminal", "way", "at", "files"}, "members")
    need(is_text(bundle["terminal"], TERMINAL) and is_text(bundle["at"], AT), "terminal or time")
    need(bundle["way"] in ("up", "down") and len(bundle["files"]) <= 10_000, "way or files")
    names = []
    for one in bundle["files"]:
        need(set(one) == {"name", "sha256", "size"} and whole(one["size"], 0), "an entry")
        need(is_text(one["name"], NAME) and is_bytes(one["sha256"], 32, 32), "an entry")
        names.append(one["name"])
    need(names == sorted(set(names)), "not in order")
