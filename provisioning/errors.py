"""The one error tree of `provisioning`: work that could not be done, each with its next step."""

from __future__ import annotations


class ProvisioningError(Exception):
    """Root of the tree; never raised itself. `next_step` says what a person does now."""

    def __init__(self, message: str, *, next_step: str) -> None:
        if type(self) is ProvisioningError:
            raise TypeError("raise one of the subclasses of ProvisioningError")
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}"


class OfficeInputInvalid(ProvisioningError):
    """An office command was given input that cannot be used."""


class SoftCardInvalid(ProvisioningError):
    """A software card's folder cannot be used."""


class VirtualReaderBusy(ProvisioningError):
    """The virtual reader takes one card at a time and another client holds it."""


class VirtualReaderAbsent(ProvisioningError):
    """Nothing listens on the virtual reader's port."""


class DemoFailed(ProvisioningError):
    """The demonstration could not be set up or ended otherwise than expected."""


class TerminalUnknown(ProvisioningError):
    """A certificate is not that of one of our terminals."""


class SegmentRefused(ProvisioningError):
    """The centre does not take a segment: not from one of our terminals, or not a segment."""


class InboxRefused(ProvisioningError):
    """The centre does not answer a call: not from one of our terminals, or not a call."""


class BackOfficeUnknown(ProvisioningError):
    """The caller's token is none of a back office."""


class QuestionMalformed(ProvisioningError):
    """What a back office sent is no question."""


class TerminalNotAsked(ProvisioningError):
    """A terminal cannot be asked by this back office, or not yet."""


class TooManyQuestions(ProvisioningError):
    """A back office has as many questions under way at a terminal as it may."""


class CallRefused(ProvisioningError):
    """The centre hands no questions out: not one of our terminals, or not a call."""


class CentreStoreUnavailable(ProvisioningError):
    """The centre's database cannot be used."""


class CentreSchemaNewer(ProvisioningError):
    """A later version of this program made the centre's database."""


class CentreBusy(ProvisioningError):
    """The centre has as much to do as it takes at once."""


class CentreNotReached(ProvisioningError):
    """A centre that is examined gives no answer at all."""


class PasswordUnfit(ProvisioningError):
    """Characters that cannot be an operator's password."""


class ReportRefused(ProvisioningError):
    """The centre does not take a report: not from one of our terminals, or not a report."""


class CertificateEnded(ProvisioningError):
    """The registry no longer takes the certificate of a terminal's connection."""


class FleetRefused(ProvisioningError):
    """The registry of terminals does not do what it is told: it does not fit where one stands."""


class BootPartitionUnfit(ProvisioningError):
    """A folder is no boot partition that a terminal can be made of."""


class MachineUnfit(ProvisioningError):
    """A running machine cannot be made a terminal."""


class RequestRefused(ProvisioningError):
    """A request for a terminal's certificate is none, or asks for what no terminal may have."""


class ClaimRefused(ProvisioningError):
    """Whoever asks for a first certificate shows no claim that this centre made."""


class EnrolmentRefused(ProvisioningError):
    """A certificate is not given to whoever asks: used up, ended, retired, or of another key."""


class AuthorityUnavailable(ProvisioningError):
    """The authority that names terminals cannot sign at this time."""
