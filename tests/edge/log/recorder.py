"""A process that records until it cannot, or until it is killed; run by the tests.

    recorder.py LOG [COUNT] [FILE_SIZE_LIMIT]

Prints each event's number after it is durable; where recording locks, prints the fault and
whether the log is whole; then lifts its own limit and prints the number of one more event.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from edge.errors import RecordingLocked
from edge.log.chain import verify_file
from tests.edge.log.made import check_in, make_log, moment


def main(path: Path, count: int, limit: int) -> None:
    """Record `count` events under a limit of the size of any file."""
    log = make_log(path)
    open_now = log.open_contexts()
    context = open_now[-1] if open_now else log.open_context({}, moment())
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        for number in range(count):
            sys.stdout.write(f"{check_in(log, context, number).seq}\n")
            sys.stdout.flush()
    except RecordingLocked as error:
        report = verify_file(path)
        sys.stdout.write(f"{error.fault} {log.fault} {report.ok} {report.events}\n")
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            sys.stdout.write(f"{check_in(log, context, count).seq}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
