"""Pages that a start does not need, loaded with the first request that is for one of them.

Lives here: a Flask that takes parts of itself in then, and does nothing for an address or a request
that nobody needs. Not here: which pages those are (`desks`, `counters`). A start is measured: it
needs the board, the status and whatever reads a card. A desk is opened later, and most terminals
never stand on a counter.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Flask
from werkzeug.routing import Rule

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from flask import Request
    from werkzeug.routing import MapAdapter

_BESIDE = ("_anchor", "_method", "_scheme", "_external")
"""What Flask hands over beside the values of an address."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Pages that come together.

    `needed` says of a request whether it is for one of them; `install` puts them in. `addresses`:
    endpoints without variables and their paths, which the pages of a start link to; a link alone
    then brings nothing.
    """

    needed: Callable[[WSGIEnvironment], bool]
    install: Callable[[Flask], None]
    addresses: Mapping[str, str] = field(default_factory=dict)


class LateRule(Rule):
    """An address whose writer is compiled when it is first written: few pages link to most.

    Werkzeug compiles two for each rule when it is added, which is most of what a part costs.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = cache(partial(super()._compile_builder, append_unknown))

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            return compiled()(rule, **values)

        return build


class LaterFlask(Flask):
    """A Flask with parts that are installed when they are first asked for.

    The address of a page that is not there yet, and whose part does not name it, is another
    reason.
    """

    url_rule_class = LateRule

    def __init__(self, name: str, parts: Sequence[Part]) -> None:
        self._away = tuple(parts)
        self._lock = threading.RLock()
        self._installing = False
        super().__init__(name)
        self.url_build_error_handlers.append(self._build)

    def load(self) -> None:
        """Install every part; harmless when repeated."""
        for part in self._away:
            self._take(part)

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer a request, having installed what it needs."""
        for part in self._away:
            if part.needed(environ):
                self._take(part)
        return super().wsgi_app(environ, start_response)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return what Flask is about to call as it is: no view here is a coroutine."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return the addresses as this request sees them.

        Flask reads the form of its Host here, twice. The door (`security`) compares the whole Host
        with those of this terminal before an address is acted upon.
        """
        if request is None:
            return super().create_url_adapter(None)
        return self.url_map.bind(
            request.environ.get("HTTP_HOST", ""),
            request.root_path,
            url_scheme=request.scheme,
            default_method=request.method,
            path_info=request.path,
            query_args=request.query_string.decode(errors="replace"),
        )

    def _take(self, part: Part) -> None:
        with self._lock:
            if self._installing or part not in self._away:
                return
            self._installing = True
            try:
                part.install(self)
            finally:
                self._installing = False
                self._away = tuple(one for one in self._away if one is not part)

    def _check_setup_finished(self, f_name: str) -> None:
        """Let a part be installed after the first request, and nothing else."""
        if not self._installing:
            super()._check_setup_finished(f_name)

    def _build(self, error: Exception, endpoint: str, values: dict[str, Any]) -> str:
        away = self._away
        for part in away:
            if endpoint in part.addresses and not any(values[one] for one in _BESIDE):
                asked = {k: v for k, v in values.items() if k not in _BESIDE and v is not None}
                return part.addresses[endpoint] + (f"?{urlencode(asked)}" if asked else "")
        if not away:
            raise error
        self._take(away[0])
        return self.url_for(endpoint, **values)
