"""What the HTTP server answers by itself to a call of the API, in the API's own form of errors.

Lives here: the answer to what never becomes a request of the application, such as a body that is
too large for the server. Not here: the form (`problem`), and what a page hears: plain text.
"""

from __future__ import annotations

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask
from waitress.utilities import Error

from edge.web.api.scope import PREFIX


class ProblemTask(ErrorTask):
    """Answers a call of the API with a problem, where the library answers with plain text."""

    def execute(self) -> None:
        """Write the answer; the connection ends with it."""
        error = vars(self.request)["error"]
        if not isinstance(error, Error):
            raise TypeError("the library says no error")
        if not str(getattr(self.request, "path", "")).startswith(PREFIX):
            super().execute()
            return
        from edge.web.api.problem import MEDIA_TYPE, TABLE, Code, to_bytes  # seldom needed

        codes = {413: Code.TOO_LARGE, 500: Code.INTERNAL}
        code = codes.get(error.code, Code.BAD_REQUEST)
        kind = TABLE[code]
        body = to_bytes(code, kind.says, kind.next_step)
        self.status = f"{kind.status} {kind.title}"
        self.response_headers = [("Content-Type", MEDIA_TYPE), ("Cache-Control", "no-store")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class ProblemChannel(HTTPChannel):
    """One connection."""

    error_task_class = ProblemTask
