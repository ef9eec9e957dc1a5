"""The one error tree of `verify`: checking that could not be done at all.

A card that fails a check is a verdict, never one of these.
"""

from __future__ import annotations


class VerifyError(Exception):
    """Root of the tree; never raised itself. `next_step` says what a person does now."""

    def __init__(self, message: str, *, next_step: str) -> None:
        if type(self) is VerifyError:
            raise TypeError("raise one of the subclasses of VerifyError")
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}"


class MalformedObject(VerifyError):
    """A certificate, CMS object, key or JWS does not have its standard's form."""


class UnsupportedAlgorithm(VerifyError):
    """A well-formed object uses an algorithm or curve that this terminal lacks."""


class AlgorithmNotAllowed(UnsupportedAlgorithm):
    """An algorithm or key size that this terminal knows and holds too weak."""


class BadSignature(VerifyError):
    """A signature does not hold."""


class TrustListRefused(VerifyError):
    """A trust list is not signed by the root, is older than the one in force, or is malformed."""


class CorrectionRefused(VerifyError):
    """A time correction is not signed by the root, was taken before, or is malformed."""


class PolicyRefused(VerifyError):
    """An algorithm policy is not signed by the root, is older than the one in force, or is none."""


class MasterListRefused(VerifyError):
    """A master list does not verify to its root, is older than the one held, or is malformed."""


class ReceiptRefused(VerifyError):
    """A receipt, or the centre's word on one, has claims that are none of ours."""
