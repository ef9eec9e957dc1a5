"""What every answer is to Flask: with fields that stand fast, and JSON that is there whole.

Lives here: the classes of answers. Not here: which fields stand fast (`security` for every answer,
`edge.web.api` for its own), nor what goes over the line (`serving`). A question at the counter
waits for each call on this way: `verify-roundtrip` in docs/bench.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Answer(Response):
    """Flask's answer, and fields that nobody needs to look at any more.

    A field in `headers` is folded, quoted and compared with all the others on its way. `ready`
    holds names and values that are ASCII, without an end of line, and in no other place of the same
    answer; they go out as they are.
    """

    ready: Mapping[str, str] = MappingProxyType({})

    def get_wsgi_response(
        self, environ: WSGIEnvironment
    ) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """Return body, status and all fields."""
        body, status, fields = super().get_wsgi_response(environ)
        fields.extend(self.ready.items())
        return body, status, fields


class JsonAnswer(Answer):
    """A value as JSON (RFC 8259), with a body whose length is known from the beginning.

    So nothing is left to find out of its fields when it is sent, and it is sent before Flask clears
    up behind the view: by the write callable of PEP 3333. It is for a status that has a body; an
    address in its fields is quoted already, or stands in `ready`.
    """

    def __init__(self, value: object, status: int = 200) -> None:
        super().__init__(json.dumps(value), status, content_type="application/json")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send the answer, without its body to HEAD; nothing is left to be iterated."""
        write = start_response(self.status, [*self.headers, *self.ready.items()])
        try:
            if environ["REQUEST_METHOD"] != "HEAD":
                write(self.data)
        finally:
            self.close()
        return ()
