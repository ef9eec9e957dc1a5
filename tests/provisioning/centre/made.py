"""A centre with its keys, and terminals enrolled at it, all in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from edge.errors import CentreUnreachable
from edge.identity.key import TerminalIdentity, load_or_create, store_certificate
from edge.log.append import EventLog
from edge.net.http import HttpAnswer
from edge.sync.centre_key import CentreKey
from edge.sync.uplink import Uplink
from edge.wire.segment import Segment, gather, sign_segment
from provisioning.centre.app import Front, Signer, create_app
from provisioning.centre.fleet import EpochRow, epochs
from provisioning.centre.gate import Gate
from provisioning.centre.store import CentreStore
from provisioning.enrol.desk import Issue
from provisioning.office.pki import Authority, create_terminal_ca, issue_terminal, new_key
from tests.edge.log.made import START, TERMINAL

KID = "sign-test"


@cache
def _empty() -> bytes:
    """Return a SQLite database that is up to date, made once: bringing one up takes long."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "centre.db"
        CentreStore(f"sqlite:///{file}").close()
        return file.read_bytes()


def lay_empty(file: Path) -> str:
    """Lay a database with nothing in it where there is none; return its address."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(_empty())
    return f"sqlite:///{file}"


@dataclass
class Centre:
    """A running centre. `down` makes it unreachable; `rewrite` changes its answers."""

    database: str
    """Its address. One of SQLite is made where there is none."""
    ca: Authority = field(default_factory=lambda: create_terminal_ca("Terminal CA", at=START))
    now: datetime = START
    down: bool = False
    rewrite: Callable[[HttpAnswer], HttpAnswer] = lambda answer: answer
    requests: int = 0
    front: Front = Front.NOTHING
    gate: Gate = field(default_factory=Gate)
    issue: Issue | None = None

    def __post_init__(self) -> None:
        self.sign_key = new_key()
        kind, _, file = self.database.partition(":///")
        if kind == "sqlite":
            lay_empty(Path(file))
        self.start()

    def start(self) -> None:
        """Start, or start again, over the same database."""
        self.store = CentreStore(self.database)
        self.app: Flask = create_app(
            self.store,
            [self.ca.certificate],
            Signer(self.sign_key, KID),
            lambda: self.now,
            front=self.front,
            gate=self.gate,
            issue=self.issue,
        )
        self.down = False

    def stop(self) -> None:
        """Stop answering and let the database go."""
        self.store.close()
        self.down = True

    def http(
        self, method: str, url: str, body: bytes | None, *, deadline: float, max_bytes: int
    ) -> HttpAnswer:
        """Answer as the network would (`edge.net.http.Http`)."""
        self.requests += 1
        if self.down:
            raise CentreUnreachable("The centre is down.", next_step="Wait.")
        path = url.removeprefix("http://centre")
        response = self.app.test_client().open(path, method=method, data=body)
        assert len(response.data) <= max_bytes
        assert deadline > 0
        headers = {name.lower(): value for name, value in response.headers.items()}
        return self.rewrite(HttpAnswer(response.status_code, headers, response.data))

    def enrol(self, folder: Path, terminal: str = TERMINAL) -> TerminalIdentity:
        """Return a terminal's identity under this centre's authority."""
        fresh = load_or_create(folder, terminal)
        certificate = issue_terminal(self.ca, fresh.key.public_key(), terminal, at=self.now)
        return store_certificate(folder, fresh, certificate)

    def uplink(self, log: EventLog, identity: TerminalIdentity) -> Uplink:
        """Return the terminal's way to this centre."""
        key = CentreKey(KID, self.sign_key.public_key())
        return Uplink(log, identity, self.http, "http://centre/", key)

    def epochs(self) -> tuple[EpochRow, ...]:
        """Return what the centre says it holds."""
        return epochs(self.store.database)

    def post(self, compact: str) -> tuple[int, str]:
        """Send one segment; return status and body."""
        response = self.app.test_client().post("/v1/segments", data=compact)
        return response.status_code, response.get_data(as_text=True)


def signed(log: EventLog, identity: TerminalIdentity, **changes: object) -> str:
    """Return all events of a log as one signed segment, some of its fields changed."""
    segment = gather(log.events())
    assert segment is not None
    assert identity.certificate is not None
    changed: Segment = replace(segment, **changes)  # type: ignore[arg-type]
    return sign_segment(changed, identity.key, identity.certificate)
