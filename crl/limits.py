"""What a list may be at most, checked before anything in it is trusted.

Only constants. The population is 5.6 million cards; an entry takes about 35 octets.
"""

from __future__ import annotations

from datetime import timedelta

MAX_LIST = 512 * 1024 * 1024  # octets of a whole list
MAX_ENTRIES = 10_000_000  # revoked entries
MAX_NAME = 4096  # octets of the issuer's Name
MAX_ALGORITHM = 512  # octets of an AlgorithmIdentifier
MAX_SIGNATURE = 2048  # octets of the signature value
MAX_EXTENSIONS = 16384  # octets of crlExtensions
MAX_ENTRY_EXTENSIONS = 1024  # octets of crlEntryExtensions
MAX_EXTENSION_COUNT = 32  # extensions in one SEQUENCE
MIN_ENTRY = 20  # octets of the shortest entry: a serial of one octet and a UTCTime
MAX_ENTRY = MAX_ENTRY_EXTENSIONS + 64  # octets of a whole entry
MAX_DEPTH = 8  # nested constructed values in a Name, AlgorithmIdentifier or interpreted extension
MAX_NUMBER = 21  # octets of cRLNumber: 20 (RFC 5280 section 5.2.3) and one for the sign
MAX_SERIAL = 21  # octets of a serial: 20 (RFC 5280 section 4.1.2.2) and one for the sign
MAX_URI = 512  # octets of a distribution point's URI
MAX_NAMES = 16  # general names of a distribution point or a certificateIssuer
MAX_REASON_FLAGS = 4  # octets of onlySomeReasons
MAX_STATE = 4 * 1024 * 1024  # octets of the store's state file

MAX_AHEAD = timedelta(days=400)
"""How far thisUpdate may lie after `at`. A terminal without a battery clock lags behind, and a
list moves its clock's floor; further than this one list may not carry it (DESIGN section 7)."""

HASH_BLOCK = 64 * 1024  # octets handed to a hasher at once
CHUNK = 1024 * 1024  # octets of entries that are looked at together
MAX_DELTAS = 8  # delta lists held on top of one complete list
MAX_INDEX_PAGES = 1 << 16  # pages of an index: 28 million entries in ordinary ones
