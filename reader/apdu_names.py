"""Commands and status words by the names that the standards give them, for people who look on.

Lives here: text from bytes, for any bytes at all; never a payload, save what SELECT selects. Not
here: what the reader does about a status word (`apdu.SW`).
Source: ISO/IEC 7816-4:2020 tables 5 to 7 (instructions, status words), 7816-8 (security), Doc
9303-11 (how PACE, chip authentication and basic access use them).
"""

from __future__ import annotations

from reader.apdu import bytes_left, exact_length, tries_left

_INSTRUCTIONS = {
    0x20: "VERIFY",
    0x2A: "PERFORM SECURITY OPERATION",
    0x44: "ACTIVATE FILE",
    0x70: "MANAGE CHANNEL",
    0x82: "EXTERNAL AUTHENTICATE",
    0x84: "GET CHALLENGE",
    0x86: "GENERAL AUTHENTICATE",
    0x87: "GENERAL AUTHENTICATE",
    0x88: "INTERNAL AUTHENTICATE",
    0xB2: "READ RECORD",
    0xC0: "GET RESPONSE",
    0xC2: "ENVELOPE",
    0xC3: "ENVELOPE",
    0xCA: "GET DATA",
    0xCB: "GET DATA",
}
_SECURITY_ENVIRONMENT = {
    (0xC1, 0xA4): "MSE:Set AT (PACE)",
    (0x41, 0xA4): "MSE:Set AT (chip authentication)",
    (0x41, 0xA6): "MSE:Set KAT (chip authentication)",
    (0x81, 0xA4): "MSE:Set AT (terminal authentication)",
    (0x81, 0xB6): "MSE:Set DST",
}
_SELECTED = {0x00: "file", 0x01: "child", 0x02: "EF", 0x03: "parent", 0x04: "application"}
_SELECT_MAX = 16  # bytes of an application's name
_PROTECTED = 0x0C  # bits of CLA: secure messaging
_CHAINED = 0x10  # bit of CLA: more of the command follows
_STATUS = {
    0x9000: "ok",
    0x6281: "data may be corrupted",
    0x6282: "end of file before Le",
    0x6283: "selected file deactivated",
    0x6300: "authentication failed",
    0x6400: "execution error",
    0x6581: "memory failure",
    0x6700: "wrong length",
    0x6881: "logical channel not supported",
    0x6882: "secure messaging not supported",
    0x6883: "last command of the chain expected",
    0x6884: "command chaining not supported",
    0x6982: "security status not satisfied",
    0x6983: "authentication method blocked",
    0x6984: "reference data not usable",
    0x6985: "conditions of use not satisfied",
    0x6986: "command not allowed, no current EF",
    0x6987: "secure messaging objects missing",
    0x6988: "secure messaging objects incorrect",
    0x6A80: "incorrect data",
    0x6A81: "function not supported",
    0x6A82: "file or application not found",
    0x6A86: "incorrect P1-P2",
    0x6A87: "Lc inconsistent with P1-P2",
    0x6A88: "referenced data not found",
    0x6B00: "offset outside the file",
    0x6D00: "instruction not supported",
    0x6E00: "class not supported",
    0x6F00: "no diagnosis",
}


def command_name(command: bytes) -> str:
    """Return a command by name: `READ BINARY sfi 1E offset 0`; protected ones begin with SM."""
    if len(command) < 4:
        return "malformed command"
    cla, ins, p1, p2 = command[:4]
    protected = cla & 0x80 == 0 and cla & _PROTECTED == _PROTECTED
    match ins:
        case 0x22:
            other = f"MSE P1-P2 {p1:02X}{p2:02X}"
            name = _SECURITY_ENVIRONMENT.get((p1, p2), other)
        case 0xA4:
            name = _select(p1, b"" if protected else _short_data(command))
        case 0xB0 if p1 & 0x80:
            name = f"READ BINARY sfi {p1 & 0x1F:02X} offset {p2}"
        case 0xB0:
            name = f"READ BINARY offset {p1 << 8 | p2}"
        case 0xB1 if p1 == 0 and 0 < p2 < 0x1F:
            name = f"READ BINARY (odd) sfi {p2:02X}"
        case 0xB1:
            name = "READ BINARY (odd)"
        case _:
            name = _INSTRUCTIONS.get(ins, f"INS {ins:02X}")
    part = " (part of a chain)" if cla & 0x80 == 0 and cla & _CHAINED else ""
    return f"{'SM ' if protected else ''}{name}{part}"


def status_name(sw: int) -> str:
    """Return a status word and what it means: `6A82 file or application not found`."""
    left, exact, tries = bytes_left(sw), exact_length(sw), tries_left(sw)
    if left is not None:
        meaning = f"{left} bytes more"
    elif exact is not None:
        meaning = f"wrong Le, {exact} bytes there"
    elif tries is not None:
        meaning = f"verification failed, tries left: {tries}"
    else:
        meaning = _STATUS.get(sw, "not named by the standard")
    return f"{sw:04X} {meaning}"


def _select(p1: int, data: bytes) -> str:
    what = _SELECTED.get(p1, f"P1 {p1:02X}")
    named = f" {data.hex().upper()}" if 0 < len(data) <= _SELECT_MAX else ""
    return f"SELECT {what}{named}"


def _short_data(command: bytes) -> bytes:
    size = command[4] if len(command) > 5 else 0
    return command[5 : 5 + size]
