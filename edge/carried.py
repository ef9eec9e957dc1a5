"""What a stick had for a terminal, as data: for the buttons and the command line.

Not here: taking it (`carry`), what became of each part (`edge.sync.courier_outcome`,
`edge.sync.inbox`, `edge.repository.outcome`), words for the screen (`edge.web`).
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.repository.outcome import RepositoryResult
from edge.sync.courier_outcome import Imported
from edge.sync.inbox import Outcome


@dataclass(frozen=True, slots=True)
class Received:
    """What a stick had. `repository`, `down`: None where there is no such folder for us.

    `known`: the bundle for this terminal had been taken before.
    """

    repository: RepositoryResult | None
    down: Imported | None
    known: bool
    inbox: Outcome | None = None
    """What came of the messages for this terminal, None where there were none."""

    @property
    def nothing(self) -> bool:
        """Return whether the stick had nothing of ours at all."""
        return self.repository is None and self.down is None and self.inbox is None
