"""Logs as earlier programs left them, from the dumps in `past`."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from edge.log.file import PRAGMAS
from edge.log.keys import KeyFiles

PAST = Path(__file__).with_name("past")
SCHEMAS = sorted(path.stem for path in PAST.glob("*.sql"))


def past_log(schema: str, path: Path) -> None:
    """Make a log of a past schema, with the keys beside it that it had."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript((PAST / f"{schema}.sql").read_text("utf-8"))
        for pragma in PRAGMAS:
            connection.execute(pragma)
    keys = PAST / f"{schema}.keys.json"
    for context, wrapped in json.loads(keys.read_bytes()).items() if keys.is_file() else ():
        KeyFiles(path).keep(context, bytes.fromhex(wrapped))
