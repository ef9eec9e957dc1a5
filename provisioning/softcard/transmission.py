"""Below the commands: long commands and answers in pieces, and what a chip takes at all.

Lives here: command chaining, GET RESPONSE, the limits of length fields and buffers. Not here:
what a command means (`chip`), secure messaging, which lies above (`channel`).
Sources: ISO/IEC 7816-4:2020 sections 5.3.3 (command chaining), 5.3.4 (response chaining) and
11.8.1 (GET RESPONSE).
"""

from __future__ import annotations

from dataclasses import replace

from provisioning.softcard.command import CLA, INS, MAX_SHORT, SW, Answer, Command, Refused
from provisioning.softcard.image import Behaviour

_WHOLE = {CLA.CHAINED: CLA.PLAIN, CLA.SECURED_CHAINED: CLA.SECURED}


class Transmission:
    """The pieces of a command that is coming in, and of an answer that is going out."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._gathered: Command | None = None
        self._waiting = Answer()

    def reset(self) -> None:
        """Drop all pieces, as when power goes."""
        self._gathered = None
        self._waiting = Answer()

    def limit(self, command: Command) -> int:
        """Return how many bytes of data the answer to a command may have in all."""
        buffer = self._behaviour.answer_buffer
        if self._behaviour.response_block is not None:
            return buffer
        return min(command.ne or 0, buffer)

    def require_length(self, command: Command) -> None:
        """Refuse a command that asks for more than this chip ever gives at once.

        Under secure messaging what counts is the length inside.
        """
        if (command.ne or 0) > self._behaviour.max_le:
            raise Refused(SW.WRONG_LENGTH)

    def take(self, command: Command, size: int) -> Command | Answer:
        """Return the whole command of `size` bytes, or the answer where none is whole yet.

        Raises Refused.
        """
        gathered, self._gathered = self._gathered, None
        waiting, self._waiting = self._waiting, Answer()
        behaviour = self._behaviour
        if command.extended and not behaviour.extended_length:
            raise Refused(SW.WRONG_LENGTH)
        if size > behaviour.command_buffer:
            raise Refused(SW.WRONG_LENGTH)
        if command.ins == INS.GET_RESPONSE and behaviour.response_block is not None:
            return self._next_piece(command, waiting)
        if self._is_piece(command):
            if not behaviour.command_chaining:
                raise Refused(SW.CHAINING_NOT_SUPPORTED)
            self._gathered = _joined(gathered, command)
            self._require_room(self._gathered)
            return Answer()
        command = replace(command, room=behaviour.answer_buffer)
        if gathered is None or not _continues(gathered, command):
            return command
        whole = replace(command, data=gathered.data + command.data)
        self._require_room(whole)
        return whole

    def give(self, command: Command, answer: Answer) -> Answer:
        """Return the answer, or its first piece and the promise of more (61xx)."""
        block = self._behaviour.response_block
        if block is None or len(answer.data) <= min(block, command.ne or block):
            return answer
        return self._piece(answer, min(block, command.ne or block))

    def _next_piece(self, command: Command, waiting: Answer) -> Answer:
        if not waiting.data:
            raise Refused(SW.CONDITIONS_NOT_SATISFIED)
        if command.cla not in {CLA.PLAIN, CLA.SECURED} or command.data or command.ne is None:
            self._waiting = waiting
            return Answer(sw=SW.WRONG_LENGTH)
        return self._piece(waiting, min(self._behaviour.response_block or MAX_SHORT, command.ne))

    def _piece(self, answer: Answer, size: int) -> Answer:
        left = len(answer.data) - size
        if left <= 0:
            return answer
        self._waiting = Answer(answer.data[size:], answer.sw)
        return Answer(answer.data[:size], SW.MORE_BYTES | (left if left < MAX_SHORT else 0))

    def _is_piece(self, command: Command) -> bool:
        """Return whether more is to come. A plain chain of GENERAL AUTHENTICATE is PACE's."""
        if command.cla == CLA.CHAINED:
            return command.ins != INS.GENERAL_AUTHENTICATE
        return command.cla == CLA.SECURED_CHAINED

    def _require_room(self, command: Command) -> None:
        if len(command.data) > self._behaviour.command_buffer:
            self._gathered = None
            raise Refused(SW.WRONG_LENGTH)


def _joined(gathered: Command | None, piece: Command) -> Command:
    """Return what has come so far, under the class of the command it will be."""
    whole = replace(piece, cla=_WHOLE[CLA(piece.cla)])
    if gathered is None or not _continues(gathered, whole):
        return whole
    return replace(whole, data=gathered.data + piece.data)


def _continues(gathered: Command, command: Command) -> bool:
    return gathered.header == command.header
