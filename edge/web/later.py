"""Pages that few terminals need, loaded with the first request that is for one of them.

Lives here: a Flask that takes its counter in then. Not here: which pages those are (`counters`).
A start is measured, and most terminals never stand on a counter: their pages, the local API and
what is behind it are a tenth of the program.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class LaterFlask(Flask):
    """A Flask with a part that is installed when it is first asked for.

    `needed` says of a request whether it needs it. An address of that part which a page links
    to is another reason.
    """

    def __init__(
        self,
        name: str,
        needed: Callable[[WSGIEnvironment], bool],
        install: Callable[[Flask], None],
    ) -> None:
        self._needed = needed
        self._install = install
        self._loading = threading.RLock()
        self._begun = self._whole = False
        super().__init__(name)
        self.url_build_error_handlers.append(self._build)

    def load(self) -> None:
        """Install the later part; harmless when repeated."""
        with self._loading:
            if not self._begun:
                self._begun = True
                self._install(self)
                self._whole = True

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer a request, having installed what it needs."""
        if not self._whole and self._needed(environ):
            self.load()
        return super().wsgi_app(environ, start_response)

    def _check_setup_finished(self, f_name: str) -> None:
        """Let the later part be installed after the first request, and nothing else."""
        if not self._begun or self._whole:
            super()._check_setup_finished(f_name)

    def _build(self, error: Exception, endpoint: str, values: dict[str, Any]) -> str:
        if self._whole:
            raise error
        self.load()
        return self.url_for(endpoint, **values)
