"""Opening and re-verification over both engines: what is asked of the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.wire.kinds import EventKind
from provisioning.centre.again import LOOK_BACK, NO_EVIDENCE, verify_again, waiting
from provisioning.centre.opening import Opener, Purpose, contexts, records
from provisioning.errors import CentreStoreUnavailable
from reader.evidence import CardEvidence
from tests.edge.log.made import NAME, SEAL, TERMINAL, moment
from tests.provisioning.centre.made import KID, Centre, signed
from verify.moment import Moment
from verify.verdict import Verdict

WHO = Purpose("Thái", "thẩm tra")


def never(_evidence: CardEvidence, _at: Moment) -> Verdict:
    """Stand where nothing is to be judged."""
    raise AssertionError("there was nothing to judge by")


def opener(centre: Centre) -> Opener:
    """Return what opens at this centre."""
    keys = {SEAL.kid: SEAL.private}
    return Opener(centre.store.database, keys, centre.sign_key, KID)


def test_context_is_opened(centre: Centre, log: EventLog, identity: TerminalIdentity) -> None:
    """Each event of it and no other, its body as it was sealed; recorded first."""
    other = log.open_context({"kind": "thematic"}, moment(50))
    assert centre.post(signed(log, identity))[0] == 200
    database = centre.store.database
    first, second = contexts(database, TERMINAL)
    assert (second.context, first.context != other) == (other, True)
    assert first.context is not None
    found = opener(centre).open_context(TERMINAL, first.context, WHO, centre.now)
    assert len(list(records(database, centre.sign_key.public_key()))) == 1
    rows = list(found)
    assert [row.event.seq for row in rows] == [1, 2, 3, 4]
    assert all(row.body is not None and row.why is None for row in rows)
    assert rows[0].body == {"kind": "regular", "chair": NAME}


def test_only_uncertain_check_ins_wait(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """One that was certain is left alone; one without anything to judge by is said to be so."""
    context = log.open_context({"kind": "regular"}, moment(60))
    for outcome in ("UNCONFIRMED", "ADMITTED"):
        log.append(
            EventKind.CHECK_IN,
            context=context,
            at=moment(61),
            outcome=outcome,
            person_key="number:1",
            body={"note": "UNCONFIRMED"},
        )
    assert centre.post(signed(log, identity))[0] == 200
    database, now = centre.store.database, centre.now
    (event,) = waiting(database, now)
    assert event.outcome == "UNCONFIRMED"
    for added in (True, False):
        (found,) = verify_again(
            database, opener(centre), never, WHO, now, key=centre.sign_key, kid=KID
        )
        assert (found.seq, found.outcome, found.added) == (event.seq, NO_EVIDENCE, added)
    assert waiting(database, now + LOOK_BACK + timedelta(days=1)) == ()


def test_database_that_goes_away_judges_nobody(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """What could not be read is an error: nothing is said of a check-in for it."""
    for n in (60, 70):
        context = log.open_context({"kind": "regular"}, moment(n))
        log.append(
            EventKind.CHECK_IN,
            context=context,
            at=moment(n + 1),
            outcome="UNCONFIRMED",
            person_key="number:1",
            body={"note": "nothing to judge by"},
        )
    assert centre.post(signed(log, identity))[0] == 200
    database, now = centre.store.database, centre.now
    found = verify_again(database, opener(centre), never, WHO, now, key=centre.sign_key, kid=KID)
    assert next(found).outcome == NO_EVIDENCE
    with database.writing() as connection:
        connection.execute(sa.text("ALTER TABLE event RENAME TO elsewhere"))
    with pytest.raises(CentreStoreUnavailable):
        next(found)
