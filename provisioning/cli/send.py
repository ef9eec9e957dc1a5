"""`tramthe centre send`: a meeting, a roster, cards to hand over, a command to one terminal.

Lives here: reading what is to be sent, and `centre inbox`, which shows how far it got. Not here:
numbers, seals and tables (`provisioning.centre.inbox`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from edge.meeting.opening import Opening, default
from edge.meeting.planned import ID, Planned
from edge.meeting.roster import MAX_ROSTER, Roster
from edge.meeting.roster_rows import MAX_FILE, read
from edge.meeting.roster_table import preview
from edge.meeting.rules import Kind
from edge.procedure.handover_book import MAX_TITLE
from edge.procedure.handover_inbox import SentList
from edge.procedure.handover_list import preview as cards
from edge.wire.ack import sign_ack
from edge.wire.event import ID_SIZE
from edge.wire.inbox import Command, MessageKind
from provisioning.centre.database import Database
from provisioning.centre.held import acknowledgements
from provisioning.centre.inbox import CentreInbox
from provisioning.centre.process import CentreFolder
from provisioning.cli.centre_database import DATABASE, FOLDER, opened
from provisioning.cli.common import Time, office_time, read_file
from provisioning.errors import OfficeInputInvalid

_Command = TypeVar("_Command", bound=Callable[..., object])

_TERMINAL = click.argument("terminal")
_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))


def _of_centre(command: _Command) -> _Command:
    return FOLDER(_TERMINAL(DATABASE(command)))


def _inbox(folder: Path, database: Database) -> CentreInbox:
    signer = CentreFolder.load(folder).signer
    return CentreInbox(database, signer.key, signer.kid)


def _send(
    folder: Path,
    database: str | None,
    terminal: str,
    kind: MessageKind,
    body: Mapping[str, Any],
) -> None:
    with opened(folder, database) as store:
        number = _inbox(folder, store).send(terminal, kind, body, office_time())
    click.echo(f"number {number} to {terminal}: {kind.value}")


_EXAMPLES = """
\b
Examples:
  tramthe centre send roster /srv/centre tram-001 roster.xlsx
  tramthe centre send command /srv/centre tram-001 check-log
  tramthe centre send meeting /srv/centre tram-001 --kind regular --begins 2026-12-03T12:00:00Z
"""


@click.group(short_help="Send something to one terminal.", epilog=_EXAMPLES)
def send() -> None:
    """Send something to one terminal: numbered, signed, sealed to its inbox key.

    It waits in the database until the terminal calls, or until a stick takes it along.
    """


@send.command(short_help="Call a meeting.")
@_of_centre
@click.option(
    "--kind", type=click.Choice([kind.value for kind in Kind]), required=True, help="Which kind."
)
@click.option("--title", default="", help="What the kind does not say.")
@click.option("--place", default="", help="Where.")
@click.option("--begins", type=Time(), help="The hour it is called for, RFC 3339.")
@click.option("--id", "name", help="Of a meeting called before: this takes its place.")
def meeting(
    folder: Path,
    terminal: str,
    database: str | None,
    kind: str,
    title: str,
    place: str,
    begins: datetime | None,
    name: str | None,
) -> None:
    """Call a meeting at TERMINAL: it stands at the desk, where one touch opens it.

    Prints the meeting's id, by which it can be changed or cancelled.
    """
    found = default(Kind(kind), begins=begins)
    opening = Opening(
        found.kind, title, place, begins, found.late_minutes, found.photo, found.quorums
    )
    planned = Planned(_id(name) if name else os.urandom(ID_SIZE).hex(), opening)
    _send(folder, database, terminal, MessageKind.MEETING, planned.to_object())
    click.echo(f"meeting {planned.id}")


@send.command(short_help="Send the organisation's roster.")
@_of_centre
@_FILE
@click.option("--organisation", help="Its name, for a CSV or XLSX file.")
@click.option("--code", help="Its 14-digit code, for a CSV or XLSX file.")
@click.option("--parent", help="The organisation above, for a CSV or XLSX file.")
def roster(
    folder: Path,
    terminal: str,
    database: str | None,
    file: Path,
    organisation: str | None,
    code: str | None,
    parent: str | None,
) -> None:
    """Send the roster in FILE (JSON of a terminal's roster, CSV or XLSX) to TERMINAL.

    It is in force there from the next meeting on. A row that cannot be taken refuses all of it.
    """
    found = _roster(file, organisation, code, parent)
    _send(folder, database, terminal, MessageKind.ROSTER, json.loads(found.to_bytes()))


@send.command(short_help="Send a list of new cards to hand over.")
@_of_centre
@_FILE
@click.option("--title", required=True, help="What the batch is called on screen.")
@click.option(
    "--target",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="By when, for rows that do not say.",
)
@click.option("--citizen-card", is_flag=True, help="People show who they are by citizen card only.")
@click.option("--id", "name", help="Of a batch sent before: this list corrects it.")
def handover(
    folder: Path,
    terminal: str,
    database: str | None,
    file: Path,
    title: str,
    target: datetime,
    citizen_card: bool,
    name: str | None,
) -> None:
    """Send the list of new cards in FILE (CSV or XLSX) to TERMINAL, where they are handed over.

    Begins the batch there unless another one runs. Prints the batch's id, by which its list can be
    corrected. A row that cannot be taken refuses all of it, and is named.
    """
    rows = read(read_file(file, MAX_FILE))
    due = target.date()
    found = cards(rows, due, office_time().date(), citizen_card=citizen_card)
    for row in found.problems:
        click.echo(f"row {row.row}, {row.column.value}: {row.problem.value}")
    if not found.ok or not 0 < len(title) <= MAX_TITLE:
        raise OfficeInputInvalid(
            f"{len(found.problems)} rows of the list cannot be taken, or it has none, or no title.",
            next_step="Correct the rows named above; a title has up to 80 characters.",
        )
    batch = _id(name) if name else os.urandom(ID_SIZE).hex()
    sent = SentList(batch, title, due, citizen_card, rows)
    _send(folder, database, terminal, MessageKind.HANDOVER, sent.to_object())
    click.echo(f"batch {sent.batch}")


@send.command(short_help="Send what is held of the terminal's log.")
@_of_centre
def acknowledgement(folder: Path, terminal: str, database: str | None) -> None:
    """Send TERMINAL the acknowledgement of each of its epochs, for one that got no answer."""
    signer = CentreFolder.load(folder).signer
    with opened(folder, database) as store:
        inbox = _inbox(folder, store)
        acks = acknowledgements(store, terminal)
        for ack in acks:
            body = {"ack": sign_ack(ack, signer.key, signer.kid)}
            number = inbox.send(terminal, MessageKind.ACKNOWLEDGEMENT, body, office_time())
            click.echo(f"number {number} to {terminal}: {ack.epoch} up to {ack.high_water}")
    if not acks:
        click.echo(f"Nothing is held of {terminal}.")


@send.command(short_help="Tell the terminal to do something itself.")
@_of_centre
@click.argument("name", type=click.Choice([command.value for command in Command]))
@click.option("--meeting", help="The id of the meeting, for cancel-meeting.")
def command(
    folder: Path, terminal: str, database: str | None, name: str, meeting: str | None
) -> None:
    """Tell TERMINAL to do NAME once it hears of it.

    forget-roster destroys the standing roster's key; new-inbox-key makes another inbox key before
    its time; check-log checks the whole log; cancel-meeting takes back a called meeting;
    send-support makes a support bundle, which names nobody, and sends it with the next pass
    (`tramthe centre support` shows and opens it).
    """
    wants = name == Command.CANCEL_MEETING
    if wants is (meeting is None):
        raise click.UsageError("--meeting goes with cancel-meeting, and with nothing else.")
    arguments = {} if meeting is None else {"meeting": _id(meeting)}
    body = {"command": name, "arguments": arguments}
    _send(folder, database, terminal, MessageKind.COMMAND, body)


@click.command(short_help="Show how far the inboxes are.")
@FOLDER
@click.argument("terminal", required=False)
@DATABASE
def inbox(folder: Path, terminal: str | None, database: str | None) -> None:
    """Show how far each terminal's inbox is; with TERMINAL each message to it too.

    Exit status 1 where an alarm was raised.
    """
    with opened(folder, database) as store:
        found = _inbox(folder, store)
        rows = found.standing(terminal)
        messages = found.sent(terminal) if terminal is not None else ()
    for row in rows:
        told = f"{len(row.set_aside)} set aside, heard {row.heard_at}"
        click.echo(f"{row.terminal}: {row.last} sent, {row.waiting} waiting, {told}")
        for code, detail in row.alarms:
            click.echo(f"  ALARM {code} {detail}")
        for message in messages:
            aside = "  set aside by the terminal" if message.number in row.set_aside else ""
            click.echo(f"  {message.number:>6}  {message.sent_at}  {message.kind}{aside}")
    if not rows:
        click.echo("No terminal has called." if terminal is None else f"{terminal} has not called.")
    click.get_current_context().exit(1 if any(row.alarms for row in rows) else 0)


def _id(text: str) -> str:
    if ID.fullmatch(text) is None:
        raise OfficeInputInvalid(
            "This is not the id of a meeting or batch.",
            next_step="Give the 32 digits that the sending of it printed.",
        )
    return text


def _roster(file: Path, organisation: str | None, code: str | None, parent: str | None) -> Roster:
    data = read_file(file, max(MAX_ROSTER, MAX_FILE))
    if data.lstrip()[:1] == b"{":
        return Roster.from_bytes(data)
    found = preview(read(data), None, office_time().date())
    if not found.ok:
        raise OfficeInputInvalid(
            f"{len(found.problems)} rows of the roster cannot be taken.",
            next_step="`tramthe roster import --preview` names each of them.",
        )
    if organisation is None or code is None:
        raise OfficeInputInvalid(
            "A CSV or XLSX file does not say whose roster it is.",
            next_step="Give --organisation and --code.",
        )
    return Roster(organisation, code, found.people, parent)
