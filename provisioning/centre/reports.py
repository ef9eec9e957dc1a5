"""What terminals say of themselves: is it theirs, and keeping the newest of each.

Lives here: one row a terminal. Not here: the form (`edge.wire.report`), pages (`fleet`).
An older report of the same epoch that comes again changes nothing: one is newer when its log is
longer, or its clock later where the log is the same length. One of another epoch counts as newer,
for a log may begin anew under a clock that is behind. A clock that was ahead and is set right shows
with the next event that the terminal records.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from edge.errors import WireMalformed
from edge.wire.event import timestamp
from edge.wire.report import MAX_REPORT, TYP, Report
from provisioning.centre.authorities import TerminalAuthorities
from provisioning.centre.database import INSERTS, Database
from provisioning.centre.door import Door
from provisioning.centre.office_tables import REPORT
from provisioning.centre.speaker import Speaker
from provisioning.errors import ReportRefused, TerminalUnknown
from provisioning.fleet.admission import admission, turned_away
from verify import jws
from verify.errors import VerifyError


def take(
    database: Database,
    compact: str,
    authorities: TerminalAuthorities,
    at: datetime,
    door: Door = Door.PLAIN,
    caller: str | None = None,
) -> None:
    """Keep a report that its own terminal signed, where it is newer than what is held.

    `caller`: the terminal that the connection's certificate names. Raises ReportRefused,
    CertificateEnded where the registry does not know the terminal as one in service.
    """
    speaker = Speaker(authorities, at, lapsed=door is Door.LAPSED)
    try:
        payload = jws.verify(compact, typ=TYP, key_for=speaker.key_for, max_size=MAX_REPORT)
        report = Report.from_payload(payload)
        speaker.check(report.terminal, caller)
    except (VerifyError, WireMalformed, TerminalUnknown) as error:
        raise ReportRefused(error.message, next_step="Look at the terminal's enrolment.") from error
    with database.writing() as connection:
        found = admission(connection, report.terminal, speaker.key)
        if not found.connects:
            raise turned_away(found, door, ReportRefused)
        keep(connection, report, at)


def keep(connection: sa.Connection, report: Report, at: datetime) -> bool:
    """Keep a report where it is newer than what is held; return whether it was.

    One statement, so that several of one terminal at once end as one after the other would.
    """
    values = report.to_payload() | {"received_at": timestamp(at)}
    statement = INSERTS[connection.dialect.name](REPORT).values(values)
    said = statement.excluded
    newer = sa.or_(
        said.epoch != REPORT.c.epoch,
        sa.tuple_(said.seq, said.at) > sa.tuple_(REPORT.c.seq, REPORT.c.at),
    )
    kept = statement.on_conflict_do_update(
        index_elements=("terminal",),
        set_={name: said[name] for name in values if name != "terminal"},
        where=newer,
    ).returning(REPORT.c.terminal)
    return connection.execute(kept).first() is not None
