"""Which terminal speaks in a signed object: a segment, a call, a report, the manifest of a stick.

Lives here: that it carries one certificate, a terminal's, and speaks for that terminal alone. Not
here: whose a certificate is (`authorities`), what is signed, and how it is refused.
"""

from __future__ import annotations

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.centre.authorities import TerminalAuthorities
from provisioning.errors import TerminalUnknown
from verify import jws

_NEXT_STEP = "Look at the terminal's enrolment."


class Speaker:
    """The signer of one object, judged as of `at`; `lapsed` as `TerminalAuthorities.known`."""

    def __init__(
        self, authorities: TerminalAuthorities, at: datetime, *, lapsed: bool = False
    ) -> None:
        self._authorities = authorities
        self._at = at
        self._lapsed = lapsed
        self._terminal: str | None = None
        self.key = ""
        """Fingerprint of the signer's key, once it was asked for."""

    def key_for(self, header: jws.JwsHeader) -> ec.EllipticCurvePublicKey:
        """Return the key that the object has to hold under.

        Raises TerminalUnknown, verify.errors.VerifyError.
        """
        if len(header.x5c) != 1:
            raise _unknown("It carries not exactly its terminal's certificate.")
        known = self._authorities.known(header.x5c[0], self._at, lapsed=self._lapsed)
        self._terminal = known.terminal
        self.key = known.fingerprint
        return known.key

    def check(self, terminal: str, caller: str | None = None) -> None:
        """Raise TerminalUnknown unless `terminal` is the signer, and the caller where one is known.

        `caller`: the terminal that the connection's certificate names.
        """
        if self._terminal != terminal:
            raise _unknown("It speaks for another terminal than its signer.")
        if caller not in (None, terminal):
            raise _unknown("It comes over the connection of another terminal.")


def _unknown(message: str) -> TerminalUnknown:
    return TerminalUnknown(message, next_step=_NEXT_STEP)
