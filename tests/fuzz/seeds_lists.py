"""Revocation lists to begin with: complete, delta, scoped, uneven, and a store's files."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from functools import cache
from itertools import cycle

from crl import columns, parse, state
from crl.index import IndexWriter
from crl.rules import ListHeader, ListKey, Part, Remembered
from crl.source import Memory
from crl.status import Purpose, ReasonCode
from reader import tlv
from tests.crl import made as lists_made
from tests.fuzz import seeds
from tests.fuzz.seeds import Seeds

_DISTRIBUTION_POINTS, _ISSUED_POINT = bytes.fromhex("0603551d1f"), bytes.fromhex("0603551d1c")


@cache
def office() -> lists_made.Office:
    """Return the signer of the made lists."""
    return lists_made.Office()


@cache
def lists() -> Seeds:
    """Return revocation lists: complete, delta, scoped, indirect, empty."""
    recipe = lists_made.Recipe
    many = [lists_made.entry(1 << 100 | n, ReasonCode.SUPERSEDED) for n in range(300)]
    uneven = [lists_made.entry(1 << n % 120, None if n % 3 else ReasonCode(1)) for n in range(200)]
    return {
        **seeds.files("pkits/crls/*"),
        "made/two": office().sign(recipe()),
        "made/empty": office().sign(recipe(entries=())),
        "made/scoped": office().sign(recipe(scope=lists_made.SCOPE)),
        "made/many": office().sign(recipe(entries=many)),
        "made/uneven": office().sign(recipe(entries=uneven)),
        "made/delta": office().sign(
            recipe(
                extra=(
                    lists_made.extension(lists_made.DELTA, lists_made.integer(3), critical=True),
                )
            )
        ),
    }


@cache
def list_headers() -> tuple[ListHeader, ListHeader]:
    """Return the headers of a complete list and of a delta."""
    complete, delta = lists()["made/two"], lists()["made/delta"]
    return parse.parse_header(complete), parse.parse_header(delta)


@cache
def list_entries() -> Seeds:
    """Return entries of lists, one after another: long runs, short ones, and uneven."""
    entry = lists_made.entry
    reasons = [*ReasonCode, None]
    sizes = [
        entry(1 << bits | number, ReasonCode.SUPERSEDED)
        for bits in (7, 62, 100, 126)
        for number in range(20)
    ]
    return {
        "made/even": b"".join(sizes[:20]),
        "made/runs": b"".join(sizes),
        "made/uneven": b"".join(
            entry(1 << number % 120, reasons[number % len(reasons)]) for number in range(60)
        ),
        "made/bare": b"".join(entry(1 << 100 | number) for number in range(90)),
        **{
            name: b"".join(item.to_bytes() for item in tlv.iterate(data[slice(*found.entries)]))
            for name, data in seeds.files("pkits/crls/*").items()
            if len(data) > 900 and (found := parse.outline(Memory(data)))
        },
    }


@cache
def store_files() -> Seeds:
    """Return what a store keeps beside its lists: the lists of its state, and an index."""
    part = Part(
        number=7,
        fingerprint=bytes(32),
        hash="sha256",
        digest=bytes(32),
        index=bytes(32),
        base_number=None,
        authority_key_id=b"key",
    )
    delta = replace(part, number=9, base_number=7)
    key_of = ListKey(Purpose.CARD_STATUS, b"issuer", lists_made.SCOPE)
    state_of = json.loads(state.encode([Remembered(key_of, part, (delta,))]))
    out, spill = io.BytesIO(), io.BytesIO()
    writer = IndexWriter(spill)
    writer.add(b"".join(columns.record(number, bytes([number % 128])) for number in range(300)))
    writer.finish(out, bytes(32))
    return {
        "made/state": json.dumps(state_of["lists"]).encode(),
        "made/index": out.getvalue(),
    }


@cache
def scopes() -> Seeds:
    """Return certificates with distribution points, each followed by a list with one."""
    points = [data for data in seeds.certificates().values() if _DISTRIBUTION_POINTS in data]
    issued = {name: data for name, data in lists().items() if _ISSUED_POINT in data}
    pairs = zip(
        cycle(points or [seeds.certificates()["made/pointed"]]), issued.items(), strict=False
    )
    return {name: first + second for first, (name, second) in pairs}
