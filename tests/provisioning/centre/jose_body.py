"""Told to schemathesis: a body of type application/jose is the text itself.

It imports this file, which `SCHEMATHESIS_HOOKS` names, in its own process.
"""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.serializer("application/jose")
def jose(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Return what is sent."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
