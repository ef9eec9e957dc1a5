"""The folder of a counter's door on the terminal: what is planned, the key, and what is handed out.

    plan.json                        what was decided; read again when the certificate is renewed
    plan.json.new                    the same, while its certificate is awaited
    request.jws, counter.csr         what goes to the office
    terminal/counter.key             nginx's private key (0600); never leaves the terminal
    terminal/counter.key.new         the same, while its certificate is awaited
    terminal/counter.pem             server's certificate and what is between it and the root
    terminal/tramthe-counter.conf    nginx's site
    terminal/terminal.toml.part      the line for terminal.toml
    pc/                              for the counter's PC (`pc`); holds nothing secret

Lives here: writing and reading it. Not here: what stands in the files. Raises OSError where the
disk refuses.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from edge.files import erase_file, replace_file
from edge.identity.key import TerminalIdentity
from provisioning.counter import pc, request, site
from provisioning.counter.confined import check_chain
from provisioning.counter.hosts import Door, Hosts
from provisioning.counter.pc import CounterPc
from provisioning.errors import OfficeInputInvalid
from provisioning.office.certificates import to_pem
from provisioning.office.pki import key_pem, new_key

PLAN, NEW_PLAN = "plan.json", "plan.json.new"
REQUEST, CSR = "request.jws", "counter.csr"
KEY, NEW_KEY, CHAIN, PART = "counter.key", "counter.key.new", "counter.pem", "terminal.toml.part"
MAX_FILE = 64 * 1024  # bytes of each
MAX_CHAIN = 6  # certificates


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided about a counter's door."""

    code: str
    door: Door
    upstream: int
    back_offices: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the plan as it is kept."""
        value = {
            "code": self.code,
            "hosts": list(self.door.hosts.texts),
            "port": self.door.port,
            "upstream": self.upstream,
            "back_offices": list(self.back_offices),
        }
        return json.dumps(value, indent=1).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Plan:
        """Return a kept plan. Raises OfficeInputInvalid."""
        try:
            value = json.loads(data)
            port, upstream = int(value["port"]), int(value["upstream"])
            hosts = Hosts.of([str(host) for host in value["hosts"]])
            origins = tuple(pc.check_origin(str(one)) for one in value["back_offices"])
            code = request.check_code(str(value["code"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise OfficeInputInvalid(
                "The plan of the counter's door is damaged.",
                next_step="Give --host and --organisation again.",
            ) from error
        return cls(code, Door(hosts, port), upstream, origins)


@dataclass(frozen=True, slots=True)
class CounterFolder:
    """One terminal's folder, made as it is written to."""

    root: Path

    @property
    def terminal(self) -> Path:
        """Return the folder that stays on the terminal."""
        return self.root / "terminal"

    @property
    def pc(self) -> Path:
        """Return the folder for the counter's PC."""
        return self.root / "pc"

    def plan(self) -> Plan | None:
        """Return what is in use, None where nothing is."""
        return self._plan(PLAN)

    def begin(self, plan: Plan, identity: TerminalIdentity) -> str:
        """Make a new key and the request for its certificate; the door in use goes on meanwhile.

        Raises OfficeInputInvalid, also for a folder whose path cannot stand in nginx's site.
        """
        self._site(plan)
        key = new_key()
        compact = request.make(identity, plan.code, plan.door, key)
        asked = request.read_own(compact)
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.terminal.mkdir(mode=0o700, exist_ok=True)
        replace_file(self.root / NEW_PLAN, plan.to_bytes(), mode=0o644)
        replace_file(self.terminal / NEW_KEY, key_pem(key))
        csr = x509.load_der_x509_csr(asked.csr).public_bytes(Encoding.PEM)
        replace_file(self.root / CSR, csr, mode=0o644)
        replace_file(self.root / REQUEST, compact.encode(), mode=0o644)
        return compact

    def finish(self, chain: Sequence[bytes], at: datetime) -> Plan:
        """Take the certificate that was asked for: server's first, root last (DER).

        Raises OfficeInputInvalid for a chain that no browser would take, for another key, or whose
        root no PC should be given; what was in use stays.
        """
        plan = self._awaited()
        check_chain(chain, plan.door.hosts, at)
        key = _load_key(_read(self.terminal / NEW_KEY))
        if x509.load_der_x509_certificate(chain[0]).public_key() != key.public_key():
            raise OfficeInputInvalid(
                "The answer is for another request than this terminal's newest.",
                next_step="Bring the office the newest request.jws, or look for its answer.",
            )
        text = site.configuration(self._site(plan))
        self._hand_out(plan, chain[-1])
        replace_file(self.terminal / CHAIN, chain_pem(chain[:-1]), mode=0o644)
        replace_file(self.terminal / KEY, key_pem(key))
        replace_file(self.terminal / site.SITE, text.encode(), mode=0o644)
        replace_file(self.terminal / PART, _part(plan.door).encode("ascii"), mode=0o644)
        replace_file(self.root / PLAN, plan.to_bytes(), mode=0o644)
        erase_file(self.terminal / NEW_KEY)
        for gone in (NEW_PLAN, REQUEST, CSR):
            erase_file(self.root / gone)
        return plan

    def in_use(self) -> tuple[Plan, x509.Certificate, bytes]:
        """Return the plan, the server's certificate, and the root (DER) that PCs were given.

        Raises OfficeInputInvalid where no certificate was taken yet.
        """
        plan = self.plan()
        try:
            server = x509.load_pem_x509_certificates(_read(self.terminal / CHAIN))[0]
            root = _read(self.pc / pc.ROOT_DER)
            x509.load_der_x509_certificate(root)
        except (FileNotFoundError, ValueError) as error:
            raise _nothing(self.root) from error
        if plan is None:
            raise _nothing(self.root)
        return plan, server, root

    def _plan(self, name: str) -> Plan | None:
        try:
            return Plan.from_bytes(_read(self.root / name))
        except FileNotFoundError:
            return None

    def _site(self, plan: Plan) -> site.Site:
        return site.Site(plan.door, self.terminal / CHAIN, self.terminal / KEY, plan.upstream)

    def _awaited(self) -> Plan:
        plan = self._plan(NEW_PLAN)
        if plan is None or not (self.terminal / NEW_KEY).exists():
            raise OfficeInputInvalid(
                "This terminal awaits no certificate for a counter's door.",
                next_step="Make a request first: `tramthe provision counter --host NAME`.",
            )
        return plan

    def _hand_out(self, plan: Plan, root: bytes) -> None:
        found = pc.files(CounterPc(plan.code, plan.door, root, plan.back_offices))
        for stale in pc.NAMES - found.keys():
            (self.pc / stale).unlink(missing_ok=True)
        for name, data in found.items():
            path = self.pc / name
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            replace_file(path, data, mode=0o644)


def read_chain(data: bytes) -> list[bytes]:
    """Return the certificates (DER) of a PEM file, in its order. Raises OfficeInputInvalid."""
    try:
        found = x509.load_pem_x509_certificates(data)
    except ValueError:
        found = []
    if not 2 <= len(found) <= MAX_CHAIN:
        raise OfficeInputInvalid(
            f"The answer is not a PEM file of 2 to {MAX_CHAIN} certificates.",
            next_step="Give what `tramthe provision counter-sign` wrote, or the CA's full chain.",
        )
    return [one.public_bytes(Encoding.DER) for one in found]


def chain_pem(chain: Sequence[bytes]) -> bytes:
    """Return certificates (DER) as one PEM file."""
    return b"".join(to_pem(one) for one in chain)


def _part(door: Door) -> str:
    values = ", ".join(f'"{value}"' for value in door.host_values)
    return f"counter_hosts = [{values}]\n"


def _load_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise OfficeInputInvalid(
            "The key of the counter's door is damaged.", next_step="Make the request again."
        )
    return key


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE)


def _nothing(root: Path) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"There is no counter's door in {root}.",
        next_step="Make one: `tramthe provision counter --host NAME`.",
    )
