"""What terminals say of themselves: is it theirs, and keeping the newest of each.

Lives here: one row a terminal. Not here: the form (`edge.wire.report`), pages (`fleet`).
An older report that comes again changes nothing: one is newer when its log is longer, or its clock
later where the log is the same length, or its log began anew. A clock that was ahead and is set
right shows with the next event that the terminal records.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import WireMalformed
from edge.wire.event import timestamp
from edge.wire.report import MAX_REPORT, TYP, Report
from provisioning.centre.authorities import Known, TerminalAuthorities
from provisioning.centre.database import Database
from provisioning.centre.door import Door
from provisioning.centre.office_tables import REPORT
from provisioning.errors import ReportRefused, TerminalUnknown
from verify import jws
from verify.errors import VerifyError


def read(
    compact: str,
    authorities: TerminalAuthorities,
    at: datetime,
    door: Door = Door.PLAIN,
    caller: str | None = None,
) -> Report:
    """Return a report that its own terminal signed. Raises ReportRefused.

    `caller`: the terminal that the connection's certificate names.
    """
    signer: list[Known] = []

    def key_for(header: jws.JwsHeader) -> ec.EllipticCurvePublicKey:
        if len(header.x5c) != 1:
            raise _refused("A report carries its terminal's certificate and no other.")
        known = authorities.known(header.x5c[0], at, lapsed=door is Door.LAPSED)
        signer.append(known)
        return known.key

    try:
        payload = jws.verify(compact, typ=TYP, key_for=key_for, max_size=MAX_REPORT)
        report = Report.from_payload(payload)
    except (VerifyError, WireMalformed, TerminalUnknown) as error:
        raise _refused(error.message) from error
    if signer[0].terminal != report.terminal or caller not in (None, report.terminal):
        raise _refused("A report speaks for another terminal than its signer.")
    return report


def keep(database: Database, report: Report, at: datetime) -> bool:
    """Keep a report where it is newer than what is held; return whether it was."""
    values = report.to_payload() | {"received_at": timestamp(at)}
    of = REPORT.c.terminal == report.terminal
    with database.writing() as connection:
        held = connection.execute(sa.select(REPORT).where(of).with_for_update()).one_or_none()
        if held is None:
            connection.execute(sa.insert(REPORT).values(**values))
            return True
        newer = report.epoch != held.epoch or (report.seq, report.at) > (held.seq, held.at)
        if newer:
            connection.execute(sa.update(REPORT).where(of).values(**values))
    return newer


def _refused(message: str) -> ReportRefused:
    return ReportRefused(message, next_step="Look at the terminal's enrolment.")
