"""The one error tree of `edge`: work that could not be done, each with its next step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum, unique
from typing import Any


class EdgeError(Exception):
    """Root of the tree; never raised itself. `next_step` says what a person does now."""

    def __init__(self, message: str, *, next_step: str) -> None:
        if type(self) is EdgeError:
            raise TypeError("raise one of the subclasses of EdgeError")
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}"


class ConfigInvalid(EdgeError):
    """A configuration value cannot be used; names the key."""


class RecordingLocked(EdgeError):
    """The log cannot take an event durably; `fault` is the stable code (`edge.log.fault`)."""

    def __init__(self, message: str, *, next_step: str, fault: str) -> None:
        super().__init__(message, next_step=next_step)
        self.fault = fault


class LogDamaged(EdgeError):
    """The log on disk is not whole."""


class CopyFailed(EdgeError):
    """A copy of the log could not be made, or is not one that can be put back."""


class SealBroken(EdgeError):
    """Sealed bytes do not open: wrong key, wrong context or altered."""


class WireMalformed(EdgeError):
    """A segment, acknowledgement or event has not its documented form."""


@unique
class Obstacle(StrEnum):
    """What stands between this machine and a server. Stable codes."""

    NAME = "NAME"
    """Nobody knows the name of the address: no network, or no such name."""
    NO_WAY = "NO_WAY"
    NOBODY = "NOBODY"
    """The machine is there, and nothing listens at the port."""
    CERTIFICATE = "CERTIFICATE"
    """The certificate that it shows does not hold here."""
    SILENCE = "SILENCE"


class CentreUnreachable(EdgeError):
    """No answer from the centre in time; what waits stays queued.

    `obstacle`: what is in the way.
    """

    def __init__(
        self, message: str, *, next_step: str, obstacle: Obstacle = Obstacle.SILENCE
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.obstacle = obstacle


class CentreCutOff(CentreUnreachable):
    """The centre was reached, but the exchange did not come to its end: line or time ran out."""


class CentreBusy(EdgeError):
    """The centre asks to be left alone for a while: `after` seconds, None where it does not say."""

    def __init__(self, message: str, *, next_step: str, after: float | None) -> None:
        super().__init__(message, next_step=next_step)
        self.after = after


class CertificateNotTaken(EdgeError):
    """A server refused the connection because of the certificate that we showed."""


class CentreRefused(EdgeError):
    """The centre answered, but not with a valid acknowledgement."""


class InboxNotKept(EdgeError):
    """What the centre sent cannot be kept on the disk; it is fetched again."""


class KeyUnusable(EdgeError):
    """The terminal's private key is damaged, or what keeps it does not give it."""


class EnrolmentRefused(EdgeError):
    """No certificate is issued, or none that is taken; `fault`: its stable code (`edge.enrol`)."""

    def __init__(self, message: str, *, next_step: str, fault: str) -> None:
        super().__init__(message, next_step=next_step)
        self.fault = fault


class RosterInvalid(EdgeError):
    """A roster cannot be used; names the row."""


class SheetInvalid(EdgeError):
    """A closing sheet has not its documented form, or its sums are not those of its list."""


class MeetingState(EdgeError):
    """The meeting is not in the state that the act needs."""


class HandoverRefused(EdgeError):
    """A card of a batch cannot be dealt with so; `code` says why where a page shows it."""

    def __init__(self, message: str, *, next_step: str, code: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.code = code


class KeyDestroyed(MeetingState):
    """The key of the records is destroyed: only the centre opens them."""


class PinUnfit(EdgeError):
    """Digits that cannot be a PIN; `fault` is the stable code (`edge.people.pin`)."""

    def __init__(self, message: str, *, next_step: str, fault: str) -> None:
        super().__init__(message, next_step=next_step)
        self.fault = fault


class PeopleDamaged(EdgeError):
    """The file of PINs and recovery does not open; nobody comes in by PIN."""


class PeopleNotKept(EdgeError):
    """The file of PINs and recovery cannot be written: no try is taken that cannot be counted."""


class PairingRefused(EdgeError):
    """A page is not paired; `fault` is the stable code (`edge.procedure.pairing`)."""

    def __init__(self, message: str, *, next_step: str, fault: str) -> None:
        super().__init__(message, next_step=next_step)
        self.fault = fault


class ApiRefused(EdgeError):
    """A request to the local API is not answered; `code` is of `edge.web.api.problem`.

    `after`: seconds until it is worth coming again. `members`: what the problem says besides.
    """

    def __init__(
        self,
        message: str,
        *,
        next_step: str,
        code: str,
        after: float | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.code = code
        self.after = after
        self.members = members or {}


class ClaimInvalid(EdgeError):
    """A claim's part about people has not its documented form."""


class RepositoryUnreachable(EdgeError):
    """The repository's server or folder does not answer, or not in time; what came is kept."""


class RepositoryRefused(EdgeError):
    """What the repository offers is not taken; `fault` is the stable code (`edge.repository`)."""

    def __init__(self, message: str, *, next_step: str, fault: str) -> None:
        super().__init__(message, next_step=next_step)
        self.fault = fault


class RepositoryBusy(EdgeError):
    """Another process takes from the repository at this moment."""


class UpdateFailed(EdgeError):
    """The program was not brought to another version; `fault` is the stable code (`edge.update`).

    The version that ran before runs on.
    """

    def __init__(self, message: str, *, next_step: str, fault: str) -> None:
        super().__init__(message, next_step=next_step)
        self.fault = fault


class ProcedureInvalid(EdgeError):
    """A procedure of the catalogue cannot be used; `key` is the one at fault, dotted."""

    def __init__(self, message: str, *, next_step: str, key: str) -> None:
        super().__init__(message, next_step=next_step)
        self.key = key


class StickFailed(EdgeError):
    """A stick cannot be read or written; `fault` is the stable code (`edge.stick`)."""

    def __init__(self, message: str, *, next_step: str, fault: str) -> None:
        super().__init__(message, next_step=next_step)
        self.fault = fault


class ReaderHeld(EdgeError):
    """The reader serves somebody else: `holder` as the screen names them, `since` when (UTC).

    `holder` is `meeting` while a meeting is open.
    """

    def __init__(self, message: str, *, next_step: str, holder: str, since: datetime) -> None:
        super().__init__(message, next_step=next_step)
        self.holder = holder
        self.since = since


class SessionOver(EdgeError):
    """A question at the counter has come too far for what was asked of it."""


class QuestionRefused(EdgeError):
    """A question at the counter is not asked; `fault` is the stable code (`edge.procedure`)."""

    def __init__(
        self, message: str, *, next_step: str, fault: str, names: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.fault = fault
        self.names = names
        """The fields at fault, where it is about fields."""
