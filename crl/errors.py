"""The one error tree of `crl`: a list that could not be taken or looked up.

That a list was refused is an error here, since the work (to import it) was not done; the list
before it stays in force.
"""

from __future__ import annotations


class CrlError(Exception):
    """Root of the tree; never raised itself. `next_step` says what a person does now."""

    def __init__(self, message: str, *, next_step: str) -> None:
        if type(self) is CrlError:
            raise TypeError("raise one of the subclasses of CrlError")
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}"


class ListMalformed(CrlError):
    """The bytes are not a CRL that RFC 5280 section 5 allows."""


class ListUnreadable(CrlError):
    """The file with the list cannot be read: a stick was pulled, a disk fails."""


class ListTooLarge(CrlError):
    """A cap on size or entries was passed, before anything was trusted."""


class ListRefused(CrlError):
    """A well-formed list that the rules do not accept: `reason` is a stable code."""

    def __init__(self, message: str, *, next_step: str, reason: str) -> None:
        super().__init__(message, next_step=next_step)
        self.reason = reason


class StoreDamaged(CrlError):
    """What lies on disk is not what was stored."""


class IndexDamaged(StoreDamaged):
    """An index is not what was written; the list beside it may still be whole."""


class StoreUnwritable(CrlError):
    """The disk is full or read-only; the list before stays in force."""
