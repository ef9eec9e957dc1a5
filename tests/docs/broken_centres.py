"""`plain_centre` with one rule of the protocol broken, for each rule that the examiner asks about.

Each by replacing one piece of its source, so that the plain centre itself stays plain.
"""

from __future__ import annotations

import types
from pathlib import Path

from tests.docs import plain_centre, plain_inbox

REFUSED = "        except (Refused, UnicodeDecodeError):\n"
SLOWLY = "with self.lock, self.transaction():\n            __import__('time').sleep(0.3)\n"

BROKEN: dict[str, tuple[str, str]] = {
    "health": ('"/v1/health": "GET", ', ""),
    "ready": (', "/v1/ready": "GET"', ""),
    "other-method": ('{"Allow": route}', "{}"),
    "problems": ('said["next_step"] =', 'said["note"] ='),
    "too-large": ("if size > MAX_SEGMENT:", "if size > 2 * MAX_SEGMENT:"),
    "answer-form": ('return "application/jose", ack', 'return "text/plain", ack'),
    "answer-signed": ('"kid": self.kid', '"kid": "another"'),
    "whole-run": ("if gaps else expected - 1", "if gaps else expected"),
    "one-after-the-other": ('held[0] != segment["prev"]', 'held[1] != segment["prev"]'),
    "same-again": ('elif there[0] != event["hash"]:', "else:"),
    "later-first": ("if seq > expected:", "if seq > expected and seq < 4:"),
    "several-gaps": ("gaps[:LISTED]", "gaps[:1]"),
    "epochs-apart": (
        "terminal = ? and epoch = ? union",
        "terminal = ? and epoch >= substr(?, 1, 0) union",
    ),
    "terminals-apart": (
        "terminal = ? and epoch = ? union",
        "terminal >= substr(?, 1, 0) and epoch = ? union",
    ),
    "next-epoch": ('seq == 1 and event["kind"] != "epoch-begun"', "seq == 1"),
    "event-altered": ('if event["hash"] != event_hash(event):', "if False:"),
    "event-malformed": ("if not well_formed(event):", "if set(event) != MEMBERS:"),
    "unknown-kind": (
        '    if set(event) != MEMBERS or not isinstance(event["kind"], str)',
        """    need(event.get("kind") != "vote", "an unknown kind")
    if set(event) != MEMBERS or not isinstance(event["kind"], str)""",
    ),
    "event-misplaced": (
        '(event["terminal"], event["epoch"], event["seq"]) != place',
        'event["seq"] != place[2]',
    ),
    "last-aside": (
        '"head": None if head is None else',
        '"head": ("A" * 43 if high_water else None) if head is None else',
    ),
    "good-after-aside": (
        'ASIDE = "select distinct seq from aside where terminal = ?',
        'ASIDE = "select seq from aside where seq not in (select seq from event) and terminal = ?',
    ),
    "many-aside": ("for (seq,) in aside][:LISTED]", "for (seq,) in aside]"),
    "fork-inside": ('if before is not None and event["prev"] != before:  # 4', "if False:"),
    "fork-between": ('if held is not None and held[0] != segment["prev"]:  # 7', "if False:"),
    "fork-behind": (
        "if held is not None and before is not None and held[1] != before:  # 8",
        "if False:",
    ),
    "number-reused": ('self.set_aside(place, event["seq"], event, "SEQ_REUSED")', "pass"),
    "wrong-genesis": ('if from_nothing and event["prev"] != genesis(*place):  # 5', "if False:"),
    "follows-itself": ('if to_follow and event["prev"] == genesis(*place):  # 5', "if False:"),
    "wrong-head": ('if before is not None and before != segment["head"]:  # 6', "if False:"),
    "any-time": ('is_time(event["at"])', 'is_time(event["at"]) and event["at"] < "2090"'),
    "full-segment": ("MAX_EVENTS = 500", "MAX_EVENTS = 499"),
    "large-segment": ("if size > MAX_SEGMENT:", "if size > 900_000:"),
    "no-jws": (REFUSED, "        except Refused:\n"),
    "altered": ('raise Refused("the signature does not hold") from None', "return"),
    "other-key": (
        "check_signature(key, data, signature)\n",
        'need(len(signature) == 64, "a signature of another size")\n',
    ),
    "unknown-authority": (
        "any(issued(certificate, one, now) for one in authorities)",
        "any(certificate.issuer == one.subject for one in authorities)",
    ),
    "certificates": ("isinstance(shown, list) and len(shown) == 1", "len(shown) > 0"),
    "other-terminal": ('need(signer == segment["terminal"],', "need(True,"),
    "certificate-dates": ("need(now <= certificate.not_valid_after_utc,", "need(True,"),
    "certificate-uses": ("need(oid.ExtendedKeyUsageOID.CLIENT_AUTH in extended,", "need(True,"),
    "other-type": ('need(header.get("typ") == typ,', "need(True,"),
    "algorithms": ('header.get("alg") == "ES256"', 'header.get("alg") in ("ES256", "ES384")'),
    "foreign-header": ('set(header) <= {"alg", "typ", "kid", "x5c"}', "len(header) > 1"),
    "not-canonical": ("need(canonical(found) == payload,", "need(True,"),
    "payload-form": ("need(set(found) == members,", "need(set(found) >= members,"),
    "epoch-form": ("[0-9a-f]{32}", "[0-9a-fA-F]{32}"),
    "too-many-events": ("MAX_EVENTS = 500", "MAX_EVENTS = 501"),
    "at-once": (
        "with self.lock, self.transaction():\n",
        f'need(not self.lock.locked(), "busy")\n        {SLOWLY}',
    ),
    "come-again": (
        """        try:
            take =""",
        """        if self.centre.lock.locked():
            return self.problem(429, "Busy.")
        try:
            with self.centre.lock:
                __import__("time").sleep(0.3)
            take =""",
    ),
    "receipt-anchored": (
        '"receipt": from_text(event["tag"])',
        '"receipt": from_text(event["hash"])',
    ),
    "receipt-unasked": ('event["kind"] == "receipt" and row', 'event["tag"] and row'),
    "receipt-again": (
        """row = self.db.execute(CAME, place).fetchone()
""",
        """row = self.db.execute(CAME, place).fetchone()
            self.late = getattr(self, "late", 0) + 1
            row = row and [f"{row[0][:-3]}{self.late % 60:02}Z"]
""",
    ),
    "receipt-aside": (
        "taken = self.keep(segment)\n",
        """self.keep(segment)
            taken = [one for one in segment["events"] if one["kind"] == "receipt"]
""",
    ),
    "receipt-reused": ('and seq = ? and hash = ?"\nHELD', "and seq = ? and ? <> ''\"\nHELD"),
    "receipts-many": ("found[:ANCHORS]", "found"),
    "tls-certificate": ("ssl.CERT_REQUIRED", "ssl.CERT_OPTIONAL"),
    "tls-terminal": ('need(caller is None or caller == segment["terminal"],', "need(True,"),
}
"""By rule: what stands in the source once, and what takes its place."""
BROKEN_INBOX: dict[str, tuple[str, str]] = {
    "inbox-head": ('"nonce": call["nonce"]', '"nonce": "A" * 22'),
    "inbox-key": ("if generation > held:  # 1", "if generation >= held:"),
    "inbox-refused": ('need(signer == call["terminal"],', "need(True,"),
}
"""The same of `plain_inbox`."""


def broken(rule: str) -> tuple[types.ModuleType, types.ModuleType]:
    """Return centre and inbox with a rule broken. ValueError where its place is not there once."""
    if rule in BROKEN_INBOX:
        return plain_centre, _broken(rule, plain_inbox, *BROKEN_INBOX[rule])
    return _broken(rule, plain_centre, *BROKEN[rule]), plain_inbox


def _broken(rule: str, plain: types.ModuleType, old: str, new: str) -> types.ModuleType:
    source = Path(str(plain.__file__)).read_text("utf-8")
    if source.count(old) != 1:
        raise ValueError(f"{rule}: its place stands {source.count(old)} times in the source")
    module = types.ModuleType(f"broken_{rule.replace('-', '_')}")
    code = compile(source.replace(old, new), f"{plain.__name__} without {rule}", "exec")
    exec(code, module.__dict__)  # noqa: S102 -- our own source, one piece replaced
    return module
