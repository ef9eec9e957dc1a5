"""What the HTTP server answers by itself, in the centre's own form of errors.

Lives here: the answer to what never becomes a request of the application: a body that is too
large, lines that are no HTTP. Not here: the form (`problem`), the application's own errors.
"""

from __future__ import annotations

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask
from waitress.utilities import Error

from provisioning.centre.problem import BLANK, MEDIA_TYPE, Kind, to_bytes

_DETAIL = "The server did not take this as a request."
_NEXT = "Compare it with the centre's /v1/openapi.json; send one segment at a time."


class ProblemTask(ErrorTask):
    """Answers with a problem where the library answers with plain text."""

    def execute(self) -> None:
        """Write the answer; the connection ends with it."""
        error = vars(self.request)["error"]
        if not isinstance(error, Error):
            raise TypeError("the library says no error")
        body = to_bytes(Kind(BLANK, error.reason, error.code), _DETAIL, _NEXT)
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [("Content-Type", MEDIA_TYPE), ("Cache-Control", "no-store")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class ProblemChannel(HTTPChannel):
    """One connection."""

    error_task_class = ProblemTask
