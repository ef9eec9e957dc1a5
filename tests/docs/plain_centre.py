"""A centre written from `docs/protocol.md` and `docs/events.md` alone.

Nothing of this project is imported: HTTP and SQLite of the standard library, signatures and
certificates by `cryptography`. Sections of the page stand where each is used; "events" before a
number means the other page. Slow and plain on purpose.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sqlite3
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import utils as dss
from cryptography.x509 import oid

SEGMENT = "tramthe-segment+jws"
MAX_SEGMENT = 1048576
LAPSED = timedelta(days=800)
GRACE = timedelta(days=7)
MAX_HEADER = 65536
MAX_EVENTS = 500
LISTED = 100
ANCHORS = 100
LARGEST = 2**53 - 1
TERMINAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
ID = re.compile(r"[0-9a-f]{32}")
CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
CAME_AT = "%Y-%m-%dT%H:%M:%SZ"
QUALITIES = {"synchronised", "held", "asserted", "floor-only"}
# events 5: + always, ? may have, - never: context, outcome, reason, tag, body
KINDS = {
    "epoch-begun": "--+--", "context-opened": "+---+", "roster-part": "+---+", "amended": "+---+",
    "sitting-begun": "+---+", "check-in": "++??+", "confirmed": "+--++", "withdrawn": "+-+++",
    "hand-entry": "+++++", "absence": "++-++", "departure": "+-?++", "added": "+--++",
    "annulled": "+-+?+", "correction": "+--?+", "figures-announced": "+---+",
    "hand-entries-confirmed": "+--?+", "sheet": "++--+", "context-closed": "+-?-?",
    "exported": "++-?+", "verification": "++??+", "receipt": "+--++", "handed-over": "++?++",
    "time-asserted": "?---?", "fault": "?-+--",
}  # fmt: skip
MEMBERS = {
    *("at", "body", "context", "epoch", "hash", "kind", "outcome", "prev"),
    *("quality", "reason", "sealed", "seq", "tag", "terminal"),
}
TABLES = """
create table if not exists event (terminal, epoch, seq, hash, prev, data, came,
    primary key (terminal, epoch, seq));
create table if not exists aside (terminal, epoch, seq, data, unique (terminal, epoch, seq, data));
create table if not exists alarm (terminal, epoch, seq, code, unique (terminal, epoch, seq, code));
"""
PLACE = "select hash, prev from event where terminal = ? and epoch = ? and seq = ?"
CAME = "select came from event where terminal = ? and epoch = ? and seq = ? and hash = ?"
HELD = """
select seq from event where terminal = ? and epoch = ? union
select seq from aside where terminal = ? and epoch = ? order by seq
"""
BEGINNINGS = """
select epoch, prev, data, came from event where terminal = ? and seq = 1 order by came, rowid
"""
ASIDE = "select distinct seq from aside where terminal = ? and epoch = ? order by seq"
ALARMS = "select seq, code from alarm where terminal = ? and epoch = ? order by seq, code"
ROUTES = {"/v1/segments": "POST", "/v1/health": "GET", "/v1/ready": "GET"}


class Refused(Exception):
    """The segment is not taken."""


def need(holds: bool, why: str) -> None:
    """Refuse unless something holds."""
    if not holds:
        raise Refused(why)


def canonical(value: object) -> bytes:
    """Events 2: RFC 8785, for objects whose numbers are whole."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def to_text(data: bytes) -> str:
    """Section 2: base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_text(text: object) -> bytes:
    """Section 2: in its one spelling. ValueError."""
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise ValueError("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if to_text(data) != text:
        raise ValueError("not in canonical base64url")
    return data


def whole(value: object, least: int, most: int = LARGEST) -> bool:
    """Tell whether a JSON value is a whole number in a range."""
    return type(value) is int and least <= value <= most


def is_text(value: object, form: re.Pattern[str]) -> bool:
    """Tell whether a JSON value is text of a form."""
    return isinstance(value, str) and form.fullmatch(value) is not None


def is_bytes(value: object, least: int, most: int) -> bool:
    """Tell whether a JSON value is so many bytes in base64url."""
    try:
        return least <= len(from_text(value)) <= most
    except ValueError:
        return False


def signed_object(compact: str, typ: str, most: int) -> tuple[dict[str, Any], bytes, bytes, bytes]:
    """Section 2, 1 to 3: return header, payload, what is signed, signature."""
    need(len(compact) <= most, "too long")
    parts = compact.split(".")
    need(len(parts) == 3, "not three parts")
    raw, payload, signature = (from_text(part) for part in parts)
    header = json.loads(raw)
    need(isinstance(header, dict) and canonical(header) == raw, "header not canonical")
    need(len(raw) <= MAX_HEADER, "header too long")
    need(set(header) <= {"alg", "typ", "kid", "x5c"}, "other members in the header")
    need(header.get("alg") == "ES256", "another algorithm")
    need(header.get("typ") == typ, "another type")
    return header, payload, ".".join(parts[:2]).encode(), signature


def check_signature(key: ec.EllipticCurvePublicKey, data: bytes, signature: bytes) -> None:
    """Section 2, 4."""
    need(len(signature) == 64, "a signature of another size")
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        key.verify(dss.encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Refused("the signature does not hold") from None


def terminal_of(certificate: x509.Certificate) -> str:
    """Section 10, 3."""
    names = certificate.subject.get_attributes_for_oid(oid.NameOID.COMMON_NAME)
    need(len(names) == 1, "not one common name")
    return str(names[0].value)


def check_certificate(
    certificate: x509.Certificate, authorities: Iterable[x509.Certificate], now: datetime
) -> ec.EllipticCurvePublicKey:
    """Section 10: return the key of a terminal's certificate, now in force (8)."""
    key = certificate.public_key()
    need(isinstance(key, ec.EllipticCurvePublicKey), "another kind of key")
    assert isinstance(key, ec.EllipticCurvePublicKey)
    need(isinstance(key.curve, ec.SECP256R1), "another curve")
    need(any(issued(certificate, one, now) for one in authorities), "an unknown authority")
    need(certificate.not_valid_before_utc <= now, "not yet in force")
    need(now <= certificate.not_valid_after_utc, "has run out")
    found = {one.oid: one.value for one in certificate.extensions}
    constraints = found.get(oid.ExtensionOID.BASIC_CONSTRAINTS)
    need(not isinstance(constraints, x509.BasicConstraints) or not constraints.ca, "a CA")
    usage = found.get(oid.ExtensionOID.KEY_USAGE)
    need(isinstance(usage, x509.KeyUsage) and usage.digital_signature, "not for signatures")
    extended = found.get(oid.ExtensionOID.EXTENDED_KEY_USAGE)
    need(isinstance(extended, x509.ExtendedKeyUsage), "not for terminals")
    assert isinstance(extended, x509.ExtendedKeyUsage)
    need(oid.ExtendedKeyUsageOID.CLIENT_AUTH in extended, "not for terminals")
    known = {type(usage), type(extended), type(constraints)}
    need(all(type(one.value) in known for one in certificate.extensions if one.critical), "unknown")
    return key


def issued(certificate: x509.Certificate, authority: x509.Certificate, now: datetime) -> bool:
    """Section 10, 1."""
    try:
        certificate.verify_directly_issued_by(authority)
        usage = authority.extensions.get_extension_for_class(x509.KeyUsage).value
        basic = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    within = authority.not_valid_before_utc <= now <= authority.not_valid_after_utc
    return within and usage.key_cert_sign and basic.ca


def check_payload(payload: bytes) -> dict[str, Any]:
    """Section 2, 5, and the table of section 3."""
    found: dict[str, Any] = json.loads(payload)
    need(isinstance(found, dict), "no object")
    need(canonical(found) == payload, "payload not canonical")
    members = {"terminal", "epoch", "first", "last", "count", "prev", "head", "events"}
    need(set(found) == members, "other members")
    need(is_text(found["terminal"], TERMINAL), "terminal")
    need(is_text(found["epoch"], ID), "epoch")
    need(whole(found["first"], 1) and whole(found["last"], 1), "numbers")
    need(whole(found["count"], 1, MAX_EVENTS), "count")
    need(is_bytes(found["prev"], 32, 32) and is_bytes(found["head"], 32, 32), "hashes")
    need(isinstance(found["events"], list), "no events")
    need(len(found["events"]) == found["count"], "count")
    need(found["last"] == found["first"] + found["count"] - 1, "numbers do not agree")
    need(all(isinstance(event, dict) for event in found["events"]), "events are no objects")
    return found


def well_formed(event: dict[str, Any]) -> bool:
    """Events 1 and 5."""
    if set(event) != MEMBERS or not isinstance(event["kind"], str) or event["kind"] not in KINDS:
        return False
    fields = [event[name] for name in ("context", "outcome", "reason", "tag", "body")]
    needs = zip(KINDS[event["kind"]], fields, strict=True)
    if any({"+": field is None, "-": field is not None, "?": False}[n] for n, field in needs):
        return False
    if (event["sealed"] is not None) != (event["kind"] == "context-opened"):
        return False
    if event["context"] is None and (event["tag"] is not None or event["body"] is not None):
        return False
    if event["kind"] == "epoch-begun" and event["seq"] != 1:
        return False
    forms = (
        is_text(event["terminal"], TERMINAL),
        is_text(event["epoch"], ID),
        whole(event["seq"], 1),
        is_text(event["at"], AT) and is_time(event["at"]),
        event["quality"] in QUALITIES if isinstance(event["quality"], str) else False,
        event["context"] is None or is_text(event["context"], ID),
        event["outcome"] is None or is_text(event["outcome"], CODE),
        event["reason"] is None or is_text(event["reason"], CODE),
        event["tag"] is None or is_bytes(event["tag"], 32, 32),
        event["body"] is None or is_bytes(event["body"], 1, 256 * 1024),
        event["sealed"] is None or is_bytes(event["sealed"], 1, 2048),
        is_bytes(event["prev"], 32, 32),
        is_bytes(event["hash"], 32, 32),
    )
    return all(forms)


def is_time(text: str) -> bool:
    """Tell whether a time of the right form is one."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def event_hash(event: dict[str, Any]) -> str:
    """Events 3."""
    rest = {name: value for name, value in event.items() if name != "hash"}
    return to_text(hashlib.sha256(canonical(rest)).digest())


def genesis(terminal: str, epoch: str) -> str:
    """Events 3."""
    return to_text(hashlib.sha256(f"tramthe-log-v1{terminal}{epoch}".encode()).digest())


class PlainCentre:
    """A centre. `authorities`: certificates that terminals' are issued under."""

    def __init__(
        self,
        database: Path,
        authorities: list[x509.Certificate],
        key: ec.EllipticCurvePrivateKey,
        kid: str,
        now: datetime | None = None,
    ) -> None:
        self.authorities, self.key, self.kid, self.now = authorities, key, kid, now
        self.lock = threading.Lock()
        self.more: dict[str, Callable[..., tuple[str, str]]] = {}
        self.db = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self.db.executescript("pragma journal_mode=wal; pragma synchronous=full;" + TABLES)

    def opened(
        self, compact: str, typ: str, most: int, *, lapsed: bool = False
    ) -> tuple[str, bytes]:
        """Sections 2 and 3: return whose a terminal's signed object is, and its payload.

        `lapsed`: a certificate that has run out counts for some time (7). Raises Refused.
        """
        try:
            header, payload, data, signature = signed_object(compact, typ, most)
            shown: list[Any] = header.get("x5c") or []
            need(isinstance(shown, list) and len(shown) == 1, "not one certificate")
            certificate = x509.load_der_x509_certificate(base64.b64decode(shown[0], validate=True))
            now = self.time()
            ended = certificate.not_valid_after_utc
            at = ended if lapsed and ended < now <= ended + LAPSED else now
            key = check_certificate(certificate, self.authorities, at)
            check_signature(key, data, signature)
            return terminal_of(certificate), payload
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Refused(str(error)) from error

    def time(self) -> datetime:
        """Section 8: return what the centre's clock says."""
        return self.now or datetime.now(UTC)  # noqa: TID251 -- a centre has one

    def take(
        self, compact: str, caller: str | None, *, lapsed: bool = False
    ) -> tuple[str, list[str]]:
        """Sections 3 to 5 and 16: return acknowledgement and anchors. Raises Refused."""
        signer, payload = self.opened(compact, SEGMENT, MAX_SEGMENT, lapsed=lapsed)
        try:
            segment = check_payload(payload)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Refused(str(error)) from error
        need(signer == segment["terminal"], "another terminal")
        need(caller is None or caller == segment["terminal"], "another terminal's connection")
        with self.lock, self.transaction():
            taken = self.keep(segment)
            said = self.acknowledgement(segment["terminal"], segment["epoch"])
            anchors = self.anchors(taken)
        word = "tramthe-receipt-anchor+jws"
        return self.signed(said, "tramthe-ack+jws"), [self.signed(one, word) for one in anchors]

    def answer(self, compact: str, caller: str | None) -> tuple[str, str]:
        """Section 6: return media type and body of the answer. Raises Refused."""
        ack, anchors = self.take(compact, caller)
        if not anchors:
            return "application/jose", ack
        return "application/jose-lines", "".join(f"{line}\n" for line in (ack, *anchors))

    def anchors(self, taken: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Section 16: return what is said of the receipts among events that were taken."""
        found = []
        for event in taken:
            place = (event["terminal"], event["epoch"], event["seq"], event["hash"])
            row = self.db.execute(CAME, place).fetchone()
            if event["kind"] == "receipt" and row is not None:
                found.append({"v": 1, "receipt": from_text(event["tag"]).hex(), "at": row[0]})
        return found[:ANCHORS]

    def signed(self, said: dict[str, Any], typ: str) -> str:
        """Section 2: return an object under the centre's key."""
        head = {"alg": "ES256", "kid": self.kid, "typ": typ}
        text = f"{to_text(canonical(head))}.{to_text(canonical(said))}"
        r, s = dss.decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{to_text(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of it or nothing; on the disk when it ends."""
        self.db.execute("begin immediate")
        try:
            yield
            self.db.execute("commit")
        except BaseException:
            self.db.execute("rollback")
            raise

    def keep(self, segment: dict[str, Any]) -> list[dict[str, Any]]:
        """Section 4, its numbers beside the lines. Return the events that could be believed."""
        place = (segment["terminal"], segment["epoch"])
        before: str | None = segment["prev"]
        taken: list[dict[str, Any]] = []
        for seq, event in enumerate(segment["events"], start=segment["first"]):
            why = self.unbelievable(event, (*place, seq))  # 1 to 3
            if why is not None:
                self.set_aside(place, seq, event, why)
                before = None
                continue
            if before is not None and event["prev"] != before:  # 4
                self.alarm(place, seq, "CHAIN_FORKED")
            from_nothing = seq == 1 and event["kind"] != "epoch-begun"
            if from_nothing and event["prev"] != genesis(*place):  # 5
                self.alarm(place, seq, "CHAIN_FORKED")
            to_follow = event["kind"] == "epoch-begun"
            if to_follow and event["prev"] == genesis(*place):  # 5
                self.alarm(place, seq, "CHAIN_FORKED")
            before = event["hash"]
            taken.append(event)
        if before is not None and before != segment["head"]:  # 6
            self.alarm(place, segment["last"], "SEGMENT_HEAD_DIFFERS")
        held = self.held(place, segment["first"] - 1)
        if held is not None and held[0] != segment["prev"]:  # 7
            self.alarm(place, segment["first"], "CHAIN_FORKED")
        held = self.held(place, segment["last"] + 1)
        if held is not None and before is not None and held[1] != before:  # 8
            self.alarm(place, segment["last"] + 1, "CHAIN_FORKED")
        for event in taken:  # 9
            there = self.held(place, event["seq"])
            if there is None:
                came = (self.time() + timedelta(microseconds=999_999)).strftime(CAME_AT)
                row = (*place, event["seq"], event["hash"], event["prev"], canonical(event), came)
                self.db.execute("insert into event values (?, ?, ?, ?, ?, ?, ?)", row)
            elif there[0] != event["hash"]:
                self.set_aside(place, event["seq"], event, "SEQ_REUSED")
        return taken

    def unbelievable(self, event: dict[str, Any], place: tuple[str, str, int]) -> str | None:
        """Section 4, 1 to 3: return the code of what is wrong with an event."""
        if not well_formed(event):
            return "EVENT_MALFORMED"
        if (event["terminal"], event["epoch"], event["seq"]) != place:
            return "EVENT_MISPLACED"
        if event["hash"] != event_hash(event):
            return "EVENT_HASH_DIFFERS"
        return None

    def held(self, place: tuple[str, str], seq: int) -> tuple[str, str] | None:
        """Return hash and prev of the event that is in a place."""
        found: tuple[str, str] | None = self.db.execute(PLACE, (*place, seq)).fetchone()
        return found

    def set_aside(self, place: tuple[str, str], seq: int, event: object, why: str) -> None:
        """Section 4: keep what came outside its place."""
        row = (*place, seq, canonical(event))
        self.db.execute("insert or ignore into aside values (?, ?, ?, ?)", row)
        self.alarm(place, seq, why)

    def alarm(self, place: tuple[str, str], seq: int, code: str) -> None:
        """Section 4: once for each number and code."""
        row = (*place, seq, code)
        self.db.execute("insert or ignore into alarm values (?, ?, ?, ?)", row)

    def unlinked(self) -> list[tuple[str, str]]:
        """Section 4, 10 to 12: return terminal and epoch of each that follows nothing, now."""
        found = []
        for (terminal,) in self.db.execute("select distinct terminal from event").fetchall():
            first, following = None, set[str]()
            others: list[tuple[str, str, bool]] = []
            for epoch, prev, data, came in self.db.execute(BEGINNINGS, (terminal,)).fetchall():
                if json.loads(data)["kind"] == "epoch-begun":
                    late = datetime.fromisoformat(came) + GRACE <= self.time()
                    others.append((epoch, prev, late or prev == genesis(terminal, epoch)))
                elif first is None:  # 10
                    first = epoch
                    following.add(epoch)
                else:
                    found.append((terminal, epoch))
            for _ in others:  # 11: as often as one may wait for another
                beginnings = {genesis(terminal, epoch) for epoch in following}
                for epoch, prev, _ in others:
                    if prev in beginnings or prev in self.hashes(terminal, epoch):
                        following.add(epoch)
            found += [(terminal, e) for e, _, late in others if late and e not in following]  # 12
        return found

    def hashes(self, terminal: str, epoch: str) -> set[str]:
        """Return those of events of a terminal's other epochs, in their place or beside it."""
        query = "select data from {} where terminal = ? and epoch <> ?"
        held = self.db.execute(query.format("event"), (terminal, epoch)).fetchall()
        aside = self.db.execute(query.format("aside"), (terminal, epoch)).fetchall()
        events = [json.loads(data) for (data,) in held + aside]
        good = [event for event in events if isinstance(event, dict) and well_formed(event)]
        return {event["hash"] for event in good if event["hash"] == event_hash(event)}

    def acknowledgement(self, terminal: str, epoch: str) -> dict[str, Any]:
        """Section 5."""
        place = (terminal, epoch)
        expected, gaps = 1, list[list[int]]()
        for (seq,) in self.db.execute(HELD, place * 2):
            if seq > expected:
                gaps.append([expected, seq - 1])
            expected = seq + 1
        high_water = gaps[0][0] - 1 if gaps else expected - 1
        head = self.held(place, high_water)
        aside, alarms = self.db.execute(ASIDE, place), self.db.execute(ALARMS, place).fetchall()
        return {
            "terminal": terminal,
            "epoch": epoch,
            "high_water": high_water,
            "gaps": gaps[:LISTED],
            "head": None if head is None else head[0],
            "set_aside": [seq for (seq,) in aside][:LISTED],
            "alarms": [{"seq": seq, "code": code} for seq, code in alarms][:LISTED],
        }


class Handler(BaseHTTPRequestHandler):
    """Section 6."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True
    centre: PlainCentre

    def answer(self, method: str) -> None:
        """Answer a request."""
        route = "POST" if self.path in self.centre.more else ROUTES.get(self.path)
        if route is None:
            return self.problem(404, "There is nothing at this address.")
        if method != route:
            return self.problem(405, "Not this method.", {"Allow": route})
        if route == "GET":
            return self.send(200, "application/json", b'{"ok":true}')
        size = int(self.headers.get("Content-Length", "0"))
        if size > MAX_SEGMENT:
            self.rfile.read(size if size < 4 * MAX_SEGMENT else 0)  # so that the answer is heard
            return self.problem(413, "Too large.", {"Connection": "close"})
        try:
            take = self.centre.more.get(self.path, self.centre.answer)
            kind, said = take(self.rfile.read(size).decode("ascii"), self.caller())
        except (Refused, UnicodeDecodeError):
            return self.problem(403, "The segment is not taken.")
        except sqlite3.OperationalError:
            return self.problem(503, "The database is away.", {"Retry-After": "5"})
        return self.send(200, kind, said.encode())

    def caller(self) -> str | None:
        """Section 7: return the terminal of the connection's certificate."""
        if not isinstance(self.connection, ssl.SSLSocket):
            return None
        shown = self.connection.getpeercert(binary_form=True)
        return None if shown is None else terminal_of(x509.load_der_x509_certificate(shown))

    def problem(self, status: int, detail: str, more: dict[str, str] | None = None) -> None:
        """Send an error."""
        said = {"type": "about:blank", "title": "Not taken", "status": status, "detail": detail}
        said["next_step"] = "Nothing is lost. Ask whoever runs the centre."
        self.send(status, "application/problem+json", canonical(said), more)

    def send(self, status: int, kind: str, body: bytes, more: dict[str, str] | None = None) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, **(more or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        """Answer GET."""
        self.answer("GET")

    def do_POST(self) -> None:
        """Answer POST."""
        self.answer("POST")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Listens on loopback. A terminal that hangs up is no error."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


def serve(centre: PlainCentre, tls: ssl.SSLContext | None = None) -> Server:
    """Return a server that listens on a free port."""
    handler = type("OfThisCentre", (Handler,), {"centre": centre})
    server = Server(("127.0.0.1", 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    return server


def tls(certificate: Path, key: Path, authorities: Path) -> ssl.SSLContext:
    """Section 7: the door of `terminals.`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(authorities)
    context.verify_mode = ssl.CERT_REQUIRED
    return context
