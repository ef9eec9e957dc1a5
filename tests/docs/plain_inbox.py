"""A stranger's inbox: written from section 14 of `docs/protocol.md` and section 9 of events.md.

Beside `plain_centre`, which is written from the rest of that page; nothing of this project is
imported.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.docs.plain_centre import (
    AT,
    LISTED,
    TERMINAL,
    PlainCentre,
    Refused,
    canonical,
    from_text,
    is_bytes,
    is_text,
    is_time,
    need,
    to_text,
    whole,
)

CALL, HEAD, MESSAGE = (f"tramthe-inbox{name}+jws" for name in ("-call", "-head", ""))
MAX_CALL = 65536
MAX_BODY = 4194304
MAX_ANSWER = 12582912
MAX_MESSAGES = 50
TABLES = """
create table if not exists box (terminal primary key, last, generation, public, high_water, told);
create table if not exists message (terminal, number, signed, primary key (terminal, number));
create table if not exists box_alarm (terminal, code, unique (terminal, code));
"""
SUITE = b"HPKE" + bytes.fromhex("647a00010002")
LABEL = bytes.fromhex("5c2e2f2f5e5c")
Call = dict[str, Any]


class PlainInbox:
    """The inboxes of a centre's terminals."""

    def __init__(self, centre: PlainCentre) -> None:
        self.centre = centre
        self.db = centre.db
        self.db.executescript(TABLES)
        centre.more["/v1/inbox"] = self.said

    def said(self, compact: str, caller: str | None, *, lapsed: bool = False) -> tuple[str, str]:
        """Section 6: return media type and body of the answer. Raises Refused."""
        return "application/jose-lines", self.answer(compact, caller, lapsed=lapsed)

    def answer(self, compact: str, caller: str | None, *, lapsed: bool = False) -> str:
        """Return head and messages. Raises Refused."""
        signer, payload = self.centre.opened(compact, CALL, MAX_CALL, lapsed=lapsed)
        try:
            call = json.loads(payload)
            need(canonical(call) == payload, "not canonical")
            check_call(call)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Refused(str(error)) from error
        need(signer == call["terminal"], "another terminal")
        need(caller in (None, signer), "another terminal's connection")
        with self.centre.lock, self.centre.transaction():
            last, generation, public = self.hear(call)
            waiting = list(self.waiting(call))
        head = {
            "terminal": call["terminal"],
            "nonce": call["nonce"],
            "last": last,
            "generation": generation,
            "kid": key_id(public),
            "at": stamp(self.centre.now or datetime.now(UTC)),  # noqa: TID251 -- it has a clock
        }
        said = self.centre.signed(head, HEAD) + "\n"
        for message in waiting[:MAX_MESSAGES]:
            if len(said) + len(message) < MAX_ANSWER:
                said += message + "\n"
        return said

    def hear(self, call: Call) -> tuple[int, int, bytes]:
        """Keep what a call tells (1 to 3); return the last number, and the terminal's key."""
        terminal, key = call["terminal"], call["key"]
        generation, public = key["generation"], from_text(key["public"])
        row = (terminal, 0, generation, public, 0, "")
        self.db.execute("insert or ignore into box values (?, ?, ?, ?, ?, ?)", row)
        query = "select last, generation, public, high_water from box where terminal = ?"
        last, held, kept, high_water = self.db.execute(query, (terminal,)).fetchone()
        if generation > held:  # 1
            held, kept = generation, public
        elif generation == held and public != kept:
            self.alarm(terminal, "key reused")
        if call["high_water"] >= high_water:  # 2
            told = json.dumps([call["gaps"], call["set_aside"]])
            change = (call["high_water"], told, terminal)
            self.db.execute("update box set high_water = ?, told = ? where terminal = ?", change)
        if call["highest"] > last:  # 3
            last = call["highest"]
            self.alarm(terminal, "number ahead")
        update = "update box set last = ?, generation = ?, public = ? where terminal = ?"
        self.db.execute(update, (last, held, kept, terminal))
        return last, held, kept

    def waiting(self, call: Call) -> Iterator[str]:
        """Step 4."""
        gaps = call["gaps"]
        above = max([call["high_water"], *(last for _, last in gaps)])
        if len(gaps) < LISTED:
            above = max(above, call["highest"])
        query = "select number, signed from message where terminal = ? order by number"
        for number, signed in self.db.execute(query, (call["terminal"],)):
            if number > above or any(first <= number <= last for first, last in gaps):
                yield signed

    def send(self, terminal: str, kind: str, body: dict[str, Any], at: datetime) -> int:
        """Keep a message; return its number."""
        clear = canonical(body)
        need(len(clear) <= MAX_BODY, "too large")
        with self.centre.lock, self.centre.transaction():
            query = "update box set last = last + 1 where terminal = ? returning last, public"
            number, public = self.db.execute(query, (terminal,)).fetchone()
            bound = {"number": number, "kind": kind, "at": stamp(at), "kid": key_id(public)}
            info = {"type": "tramthe-inbox", "sender": "centre", "recipient": terminal, **bound}
            sealed = to_text(seal(clear, public, canonical(info)))
            signed = self.centre.signed({"terminal": terminal, "sealed": sealed, **bound}, MESSAGE)
            self.db.execute("insert into message values (?, ?, ?)", (terminal, number, signed))
        return int(number)

    def alarm(self, terminal: str, code: str) -> None:
        """Keep what a person has to look at."""
        self.db.execute("insert or ignore into box_alarm values (?, ?)", (terminal, code))


def check_call(call: Call) -> None:
    """Raise Refused unless a call has its form."""
    members = {"terminal", "high_water", "highest", "gaps", "set_aside", "nonce", "at", "key"}
    need(set(call) == members and set(call["key"]) == {"generation", "public"}, "members")
    need(is_text(call["terminal"], TERMINAL), "terminal")
    need(is_text(call["at"], AT) and is_time(call["at"]), "time")
    need(whole(call["high_water"], 0) and whole(call["highest"], call["high_water"]), "numbers")
    need(len(call["gaps"]) <= LISTED and len(call["set_aside"]) <= LISTED, "too many")
    need(isinstance(call["gaps"], list) and isinstance(call["set_aside"], list), "no list")
    below = call["high_water"]
    for first, last in call["gaps"]:
        need(whole(first, below + 1) and whole(last, first), "a gap")
        below = last
    need(all(whole(number, 1) for number in call["set_aside"]), "set aside")
    need(is_bytes(call["nonce"], 16, 16), "nonce")
    need(whole(call["key"]["generation"], 1), "generation")
    need(is_bytes(call["key"]["public"], 1216, 1216), "key")


def stamp(at: datetime) -> str:
    """Events 1."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def key_id(public: bytes) -> str:
    """Return the id of an inbox key."""
    return f"inbox-{hashlib.sha256(public).hexdigest()[:16]}"


def seal(clear: bytes, public: bytes, info: bytes) -> bytes:
    """Events 9: an HPKE message to a terminal's key."""
    secret, encapsulated = MLKEM768PublicKey.from_public_bytes(public[:1184]).encapsulate()
    ephemeral = X25519PrivateKey.generate()
    own, theirs = ephemeral.public_key().public_bytes_raw(), public[1184:]
    exchanged = ephemeral.exchange(X25519PublicKey.from_public_bytes(theirs))
    shared = hashlib.sha3_256(secret + exchanged + own + theirs + LABEL).digest()
    key, nonce = schedule(shared, info)
    return encapsulated + own + AESGCM(key).encrypt(nonce, clear, b"")


def unseal(message: bytes, seed: bytes, info: bytes) -> bytes:
    """Events 9, by the terminal: its key as ML-KEM's seed (64 bytes) and X25519's scalar (32)."""
    curve = X25519PrivateKey.from_private_bytes(seed[64:])
    secret = MLKEM768PrivateKey.from_seed_bytes(seed[:64]).decapsulate(message[:1088])
    sender, own = message[1088:1120], curve.public_key().public_bytes_raw()
    exchanged = curve.exchange(X25519PublicKey.from_public_bytes(sender))
    shared = hashlib.sha3_256(secret + exchanged + sender + own + LABEL).digest()
    key, nonce = schedule(shared, info)
    return AESGCM(key).decrypt(nonce, message[1120:], b"")


def schedule(shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """RFC 9180 section 5.1, base mode: return key and first nonce."""

    def extract(salt: bytes, label: bytes, key: bytes) -> bytes:
        return hmac.digest(salt, b"HPKE-v1" + SUITE + label + key, "sha256")

    def expand(key: bytes, label: bytes, size: int) -> bytes:
        text = size.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label + context
        return hmac.digest(key, text + b"\x01", "sha256")[:size]

    context = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(shared, b"secret", b"")
    return expand(secret, b"key", 32), expand(secret, b"base_nonce", 12)


def opened(compact: str, seed: bytes) -> dict[str, Any]:
    """Return a message's body; whoever reads for a terminal checks the signature first."""
    message = json.loads(from_text(compact.split(".")[1]))
    need(re.fullmatch(r"[a-z][a-z-]{0,31}", message["kind"]) is not None, "kind")
    bound = {name: message[name] for name in ("number", "kind", "at", "kid")}
    info = {
        "type": "tramthe-inbox", "sender": "centre", "recipient": message["terminal"], **bound,
    }  # fmt: skip
    body: dict[str, Any] = json.loads(unseal(from_text(message["sealed"]), seed, canonical(info)))
    return body
