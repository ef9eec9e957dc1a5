"""Sessions end by themselves, are shared by processes, and each act in one is written down."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from provisioning.centre.database import Database
from provisioning.centre.people import audit
from provisioning.centre.people.accounts import Operators
from provisioning.centre.people.roles import RULES, Act, Role, may
from provisioning.centre.people.sessions import IDLE, LIFETIME, Entry, Sessions
from provisioning.centre.people.tables import AUDIT
from provisioning.errors import CentreStoreUnavailable
from tests.edge.log.made import START

TOKEN = "t" * 43
SECOND = timedelta(seconds=1)


@pytest.fixture(params=list(Role))
def role(request: pytest.FixtureRequest, operators: Operators, sessions: Sessions) -> Role:
    """Return the role in which somebody came in, with a password of their own."""
    role: Role = request.param
    operators.add("lan", role, "mat khau dau tien", START)
    operators.change_password("lan", "con meo tren cay", START)
    sessions.open(TOKEN, "lan", START)
    return role


def test_each_act_in_each_role(role: Role, sessions: Sessions, database: Database) -> None:
    """What the table says is let happen or refused, and stands in the audit before it happens."""
    for act in Act:
        entry, session = sessions.enter(TOKEN, act, f"/{act}", START)
        allowed = role in RULES[act]
        assert entry is (Entry.ALLOWED if allowed else Entry.REFUSED)
        assert session is not None
        (row, *_) = audit.read(database)
        expected = "allowed" if allowed else "refused"
        assert (row.operator, row.act, row.outcome, row.subject) == (
            "lan",
            act,
            expected,
            f"/{act}",
        )


def test_every_act_has_its_rule() -> None:
    """No act that nobody may do; an administrator may do all, a viewer changes nothing."""
    assert set(RULES) == set(Act)
    assert all(may(Role.ADMINISTRATOR, act) for act in Act)
    assert not any(may(Role.VIEWER, act) for act in (Act.SETTLE, Act.EXPORT, Act.AUDIT, Act.ASIDE))


def test_idle_session_ends(operators: Operators, sessions: Sessions) -> None:
    """Half an hour after the last act; each act keeps it open as long again."""
    operators.add("lan", Role.VIEWER, "mat khau dau tien", START)
    operators.change_password("lan", "con meo tren cay", START)
    sessions.open(TOKEN, "lan", START)
    at = START + IDLE - SECOND
    assert sessions.enter(TOKEN, Act.FLEET, "/", at)[0] is Entry.ALLOWED
    assert sessions.enter(TOKEN, Act.FLEET, "/", at + IDLE)[0] is Entry.NOBODY


def test_busy_session_ends_too(operators: Operators, sessions: Sessions) -> None:
    """After a day's work, however busy it was."""
    operators.add("lan", Role.VIEWER, "mat khau dau tien", START)
    operators.change_password("lan", "con meo tren cay", START)
    sessions.open(TOKEN, "lan", START)
    at, step = START, IDLE - SECOND
    while at + step < START + LIFETIME:
        at += step
        assert sessions.enter(TOKEN, Act.FLEET, "/", at)[0] is Entry.ALLOWED
    assert sessions.enter(TOKEN, Act.FLEET, "/", START + LIFETIME)[0] is Entry.NOBODY


def test_given_password_opens_nothing_else(operators: Operators, sessions: Sessions) -> None:
    """Until it is changed there is one page."""
    operators.add("lan", Role.ADMINISTRATOR, "mat khau dau tien", START)
    sessions.open(TOKEN, "lan", START)
    for act in Act:
        entry, _ = sessions.enter(TOKEN, act, "/", START)
        assert entry is (Entry.ALLOWED if act is Act.OWN_PASSWORD else Entry.NEW_PASSWORD)


def test_other_process_knows_the_session(
    operators: Operators, sessions: Sessions, database_url: str
) -> None:
    """A browser may meet any process of the centre; what it left is left everywhere."""
    operators.add("lan", Role.VIEWER, "mat khau dau tien", START)
    sessions.open(TOKEN, "lan", START)
    database = Database(database_url)
    other = Sessions(database)
    assert other.find(TOKEN, START) is not None
    other.close(TOKEN, START)
    database.close()
    assert sessions.find(TOKEN, START) is None


def test_id_of_a_session_is_not_kept(
    operators: Operators, sessions: Sessions, database: Database
) -> None:
    """Who reads the database, or a copy of it, does not come in with it."""
    operators.add("lan", Role.VIEWER, "mat khau dau tien", START)
    sessions.open(TOKEN, "lan", START)
    with database.reading() as connection:
        rows = connection.execute(sa.text("SELECT * FROM operator_session")).all()
    assert len(rows) == 1
    assert TOKEN not in str(rows)
    assert TOKEN.encode() not in b"".join(bytes(rows[0][:1][0]) for _ in rows)


@pytest.mark.parametrize(
    "change",
    [sa.update(AUDIT).values(operator="ai do"), sa.delete(AUDIT)],
    ids=["changed", "deleted"],
)
def test_audit_is_only_added_to(
    operators: Operators, database: Database, change: sa.Update
) -> None:
    """The database itself refuses, whatever program asks."""
    operators.add("lan", Role.VIEWER, "mat khau dau tien", START)
    with pytest.raises(CentreStoreUnavailable), database.writing() as connection:
        connection.execute(change)
    (row,) = audit.read(database)
    assert row.operator == "console"
