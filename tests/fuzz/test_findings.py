"""What the fuzzers found, kept: each input broke a promise once, and must not again.

The input is in hex, reduced by hand; the name says what it is.
"""

from __future__ import annotations

import pytest

from tests.fuzz.targets import TARGETS

# {"anchors":[],"centre_keys":[],"issued":"2026-11-01T08:30:00Z\u0ee7",...}
UNPRINTABLE_TIME = (
    "7b22616e63686f7273223a5b5d2c2263656e7472655f6b657973223a5b5d2c22697373756564223a"
    "22323032362d31312d30315430383a33303a30305ae0bba7222c226e756d626572223a312c2272657365747322"
    "3a5b5d2c2276223a317d"
)

# The same in a correction of the clock, and in an algorithm policy.
UNPRINTABLE_LATEST = (
    "7b226c6174657374223a22323032362d31312d30315430383a33303a30305ae0bba7222c226e756d6265"
    "72223a312c2276223a317d"
)
UNPRINTABLE_ISSUED = (
    "7b2263617272696564223a5b5d2c22697373756564223a22323032362d31312d30315430383a33303a30"
    "305ae0bba7222c226e616d65223a2261222c226e6577223a7b2265635f62697473223a3235362c226861"
    "73686573223a5b22736861323536225d2c226b696e6473223a5b226563647361225d2c227273615f6269"
    "7473223a323034387d2c226e756d626572223a312c2276223a317d"
)
# The state of a store of lists, whose checksum the target makes right: "scope":[].
SCOPE_IS_A_LIST = (
    "5b7b22707572706f7365223a22636172642d737461747573222c22697373756572223a22222c2273636f"
    "7065223a5b5d2c227061727473223a5b7b226e756d626572223a2237222c2262617365223a6e756c6c2c"
    "226b6579223a6e756c6c2c2266696e6765727072696e74223a223030222c2268617368223a2273686132"
    "3536222c22646967657374223a223030222c22696e646578223a223030227d5d7d5d"
)

FINDINGS = {
    "trust-list: a character that no screen can show came out in the error": (
        "trust-list",
        UNPRINTABLE_TIME,
    ),
    "correction: likewise": ("correction", UNPRINTABLE_LATEST),
    "store-files: a scope that is no text gave TypeError": ("store-files", SCOPE_IS_A_LIST),
    "policy: likewise": ("policy", UNPRINTABLE_ISSUED),
}


@pytest.mark.parametrize("what", FINDINGS)
def test_finding(what: str) -> None:
    """It is refused with our own error, which can be shown and says what to do next."""
    target, data = FINDINGS[what]
    assert not TARGETS[target].run(bytes.fromhex(data))
