"""Log lines of long-running commands: JSON, one object a line.

Not here: what is logged. No line carries a name, a number of a person, a key or a payload, save
those of `--trace traffic` (`trace`).
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from edge.clock import system_time


class JsonLines(logging.Formatter):
    """One JSON object for each record: time, level, logger, message, and the message's template.

    The template is a constant of the code, which a support bundle may tell where the message with
    what was filled into it may not be.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. An exception adds its type only, since its text may hold a name."""
        line = {
            "at": system_time().isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "template": str(record.msg),
        }
        if record.exc_info is not None and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False)


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send every log record of this process to standard error as JSON lines."""
    _install(logging.StreamHandler(sys.stderr), level)


def log_to_file(path: Path, level: int = logging.INFO) -> None:
    """Send every log record of this process to a file, for a command that talks to a person."""
    _install(logging.FileHandler(path, encoding="utf-8"), level)


def show_plainly(logger: str) -> None:
    """Send one logger's messages to standard error as they are, for a person who looks on."""
    shown = logging.getLogger(logger)
    shown.handlers = [logging.StreamHandler(sys.stderr)]
    shown.propagate = False


def _install(handler: logging.Handler, level: int) -> None:
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a long poll is no overload
