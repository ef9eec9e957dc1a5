"""What lets the tables lie on several servers: a segment touches the rows of one terminal."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.wire.segment import gather
from provisioning.centre.tables import ALARM, ASIDE, EPOCH, EVENT, GAP
from tests.edge.log.made import TERMINAL
from tests.provisioning.centre.made import Centre, signed
from tests.provisioning.centre.test_segments import objects

TABLES = (EVENT, ASIDE, ALARM, EPOCH, GAP)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_key_leads_with_the_terminal(table: sa.Table) -> None:
    """The distribution column is in every key, first, and nothing points to another table."""
    assert next(iter(table.primary_key)).name == "terminal"
    assert not table.foreign_keys


def test_every_statement_of_a_segment_names_its_terminal(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """A gap, what fills it, one again, a poisoned one: each question goes to one terminal."""
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    late = gather(log.events()[2:])
    assert late is not None
    poisoned = tuple(objects(log))
    poisoned[1]["outcome"] = "OTHER"
    parts = (
        signed(log, identity, first=3, prev=late.prev, head=late.head, events=late.events),
        signed(log, identity),
        signed(log, identity),
        signed(log, identity, events=poisoned),
    )
    sa.event.listen(centre.store.database.engine, "before_cursor_execute", note)
    for compact in parts:
        assert centre.post(compact)[0] == 200
    statements = [(text, values) for text, values in asked if _touches_rows(text)]
    assert len(statements) > 2 * len(parts)
    for text, values in statements:
        assert "terminal" in text, text
        assert TERMINAL in repr(values) or " FROM incoming " in text, text


def _touches_rows(statement: str) -> bool:
    return statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE")
