"""What can be wrong with a terminal, as stable codes, and what a technician does about each.

Not here: finding it (`judge_machine`, `judge_terminal`). A code never changes its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, unique


@unique
class Trouble(StrEnum):
    """Why a check is not well."""

    NOT_FOUND_OUT = "NOT_FOUND_OUT"
    NOT_TOLD = "NOT_TOLD"
    NOT_CONFIGURED = "NOT_CONFIGURED"
    CONFIGURATION = "CONFIGURATION"
    SERVICE_SILENT = "SERVICE_SILENT"
    RECORDING_LOCKED = "RECORDING_LOCKED"
    PCSC_LIBRARY = "PCSC_LIBRARY"
    PCSCD_SILENT = "PCSCD_SILENT"
    READER_ABSENT = "READER_ABSENT"
    READER_NOT_TAKEN = "READER_NOT_TAKEN"
    READER_OTHER = "READER_OTHER"
    CARD_PASSWORD = "CARD_PASSWORD"  # noqa: S105 -- a code, not a password
    CARD_REJECTED = "CARD_REJECTED"
    CARD_UNDECIDED = "CARD_UNDECIDED"
    CARD_SLOW = "CARD_SLOW"
    READER_IN_USE = "READER_IN_USE"
    CLOCK_UNKNOWN = "CLOCK_UNKNOWN"
    CLOCK_BEHIND = "CLOCK_BEHIND"
    BATTERY_CLOCK_ABSENT = "BATTERY_CLOCK_ABSENT"
    BATTERY_CLOCK_UNUSED = "BATTERY_CLOCK_UNUSED"
    STATE_FOLDER_ABSENT = "STATE_FOLDER_ABSENT"
    DISK_PASSING = "DISK_PASSING"
    DISK_READ_ONLY = "DISK_READ_ONLY"
    DISK_LOW = "DISK_LOW"
    DISK_FULL = "DISK_FULL"
    DISK_REFUSES = "DISK_REFUSES"
    DISK_SLOW = "DISK_SLOW"
    MEMORY_LOW = "MEMORY_LOW"
    SWAP_ON_DISK = "SWAP_ON_DISK"
    HOT = "HOT"
    POWER_LOW = "POWER_LOW"
    POWER_WAS_LOW = "POWER_WAS_LOW"
    NETWORK_DOWN = "NETWORK_DOWN"
    NETWORK_NO_ROUTE = "NETWORK_NO_ROUTE"
    CENTRE_UNREACHABLE = "CENTRE_UNREACHABLE"
    CENTRE_CERTIFICATE = "CENTRE_CERTIFICATE"
    CENTRE_REFUSES = "CENTRE_REFUSES"
    CERTIFICATE_ABSENT = "CERTIFICATE_ABSENT"
    CERTIFICATE_OTHER_NAME = "CERTIFICATE_OTHER_NAME"
    CERTIFICATE_ENDED = "CERTIFICATE_ENDED"
    CERTIFICATE_ENDING = "CERTIFICATE_ENDING"
    CERTIFICATE_WAITING = "CERTIFICATE_WAITING"
    COUNTER_DOOR_SHUT = "COUNTER_DOOR_SHUT"
    COUNTER_DOOR_ENDED = "COUNTER_DOOR_ENDED"
    COUNTER_DOOR_ENDING = "COUNTER_DOOR_ENDING"
    ACCESS_POINT_NO_RADIO = "ACCESS_POINT_NO_RADIO"
    ACCESS_POINT_HELPER = "ACCESS_POINT_HELPER"
    IDENTITY_DAMAGED = "IDENTITY_DAMAGED"
    TERMINAL_WIPED = "TERMINAL_WIPED"
    TRUST_ABSENT = "TRUST_ABSENT"
    LIST_ABSENT = "LIST_ABSENT"
    LIST_OLD = "LIST_OLD"
    LIST_SET_ASIDE = "LIST_SET_ASIDE"
    LOG_ABSENT = "LOG_ABSENT"
    LOG_NOT_WHOLE = "LOG_NOT_WHOLE"
    QUEUE_OLD = "QUEUE_OLD"
    GPIO_ABSENT = "GPIO_ABSENT"
    GPIO_CLOSED = "GPIO_CLOSED"
    SCANNER_ABSENT = "SCANNER_ABSENT"
    SCANNER_CLOSED = "SCANNER_CLOSED"
    SCREEN_ABSENT = "SCREEN_ABSENT"
    PACKAGE_BROKEN = "PACKAGE_BROKEN"
    PACKAGE_OTHER = "PACKAGE_OTHER"
    UPDATE_WAITS = "UPDATE_WAITS"


ADVICE: Mapping[Trouble, str] = {
    Trouble.NOT_FOUND_OUT: "Run it again as root; if it stays, send this table to a colleague.",
    Trouble.NOT_TOLD: "Nothing, where this machine is no Raspberry Pi.",
    Trouble.NOT_CONFIGURED: "Name the configuration with --config.",
    Trouble.CONFIGURATION: "Run `tramthe config check` with the same file.",
    Trouble.SERVICE_SILENT: "Start the terminal; its log says why it ended.",
    Trouble.RECORDING_LOCKED: "Open the terminal's page /trang-thai: it says why and the way out.",
    Trouble.PCSC_LIBRARY: "Install the terminal with its part for readers (pyscard).",
    Trouble.PCSCD_SILENT: "Install pcscd, then: systemctl restart pcscd.socket pcscd",
    Trouble.READER_ABSENT: "Plug the reader in, in another socket or with another cable.",
    Trouble.READER_NOT_TAKEN: "Install libccid, then: systemctl restart pcscd. Else update the "
    "reader's firmware, or use another model.",
    Trouble.READER_OTHER: "Plug in the reader that `reader` in terminal.toml names, or remove the "
    "key to take any.",
    Trouble.CARD_PASSWORD: "Give the six digits that are printed on this very card.",
    Trouble.CARD_REJECTED: "Try a card that is known to be good; if that is refused too, import "
    "the newest trust list.",
    Trouble.CARD_UNDECIDED: "Take the newest lists; if it stays, tell the office the reason.",
    Trouble.CARD_SLOW: "Take metal and other cards away from the reader; else try another cable, "
    "or another reader.",
    Trouble.READER_IN_USE: "The running terminal serves the card: stop it first, or lay the card "
    "and look at its screen.",
    Trouble.CLOCK_UNKNOWN: "Connect the network for a minute, or set the time at the desk.",
    Trouble.CLOCK_BEHIND: "Set the system's clock: timedatectl set-time, or connect the network.",
    Trouble.BATTERY_CLOCK_ABSENT: "Fit a battery clock (a DS3231 on I2C): without one the time is "
    "lost with the power.",
    Trouble.BATTERY_CLOCK_UNUSED: "Let the system set its clock from it at the start: hwclock "
    "--systohc once, and a new start.",
    Trouble.STATE_FOLDER_ABSENT: "Mount the partition of the state folder, or correct `state` in "
    "terminal.toml.",
    Trouble.DISK_PASSING: "Put the state folder on a disk of its own: what is written here is lost "
    "with the power.",
    Trouble.DISK_READ_ONLY: "The card or disk is failing, or mounted read-only: back up the log "
    "(`tramthe log backup`), then replace it.",
    Trouble.DISK_LOW: "Take the log to the centre and remove what is not the terminal's.",
    Trouble.DISK_FULL: "Make room now: nothing is recorded on a full disk.",
    Trouble.DISK_REFUSES: "Back up the log (`tramthe log backup`), then replace the card or disk.",
    Trouble.DISK_SLOW: "The card or disk is worn or poor: back up the log and replace it.",
    Trouble.MEMORY_LOW: "End other programs, or start the machine again.",
    Trouble.SWAP_ON_DISK: "Turn it off, since names could reach the disk: swapoff -a, and remove "
    "dphys-swapfile.",
    Trouble.HOT: "Give it air: out of the sun, away from heaters, a case with openings.",
    Trouble.POWER_LOW: "Use the board's own supply and a short, thick cable; take other devices "
    "off its USB.",
    Trouble.POWER_WAS_LOW: "It was too low since the start: use the board's own supply and cable.",
    Trouble.NETWORK_DOWN: "Plug the cable in, or join the Wi-Fi. Until then a stick carries all.",
    Trouble.NETWORK_NO_ROUTE: "The router gives no address: start it again, or set one by hand.",
    Trouble.CENTRE_UNREACHABLE: "Nothing is lost and it is tried again by itself. If it stays: "
    "another network, or ask the office whether the centre runs.",
    Trouble.CENTRE_CERTIFICATE: "Set the clock if it is wrong. If it is right, check the centre's "
    "address and its root in terminal.toml; do not go on in somebody else's network.",
    Trouble.CENTRE_REFUSES: "Tell the office what stands here.",
    Trouble.CERTIFICATE_ABSENT: "Enrol the terminal: until then nothing it records is taken.",
    Trouble.CERTIFICATE_OTHER_NAME: "Correct `terminal` in terminal.toml, or enrol the terminal "
    "under its new name.",
    Trouble.CERTIFICATE_ENDED: "Have the office renew it: the log is kept, and sent afterwards.",
    Trouble.CERTIFICATE_ENDING: "The terminal asks for the next one by itself. If it does not "
    "come: `tramthe enrol status`, and tell the office before that day.",
    Trouble.CERTIFICATE_WAITING: "Read the key to the office: once it has approved it, the "
    "certificate comes by itself.",
    Trouble.COUNTER_DOOR_SHUT: "Start nginx (`systemctl status nginx`) with the site that "
    "`tramthe provision counter` wrote; or take `counter_hosts` out of terminal.toml.",
    Trouble.COUNTER_DOOR_ENDED: "No PC comes in: renew it (`tramthe provision counter`), then "
    "reload nginx.",
    Trouble.COUNTER_DOOR_ENDING: "Renew it (`tramthe provision counter`), then reload nginx.",
    Trouble.ACCESS_POINT_NO_RADIO: "Plug a USB Wi-Fi adapter in that can be an access point under "
    "WPA3, or take `access_point` out of terminal.toml.",
    Trouble.ACCESS_POINT_HELPER: "Provision the terminal with `--access-point`; if it was, start "
    "the helper (`systemctl start tramthe-access-point.socket`).",
    Trouble.IDENTITY_DAMAGED: "Restore the identity folder from the terminal's disk, or enrol the "
    "terminal anew.",
    Trouble.TERMINAL_WIPED: "Take it to the office. To set the machine up anew, remove its state "
    "folder first.",
    Trouble.TRUST_ABSENT: "Import the trust list (`tramthe trust import`): without it no card is "
    "judged.",
    Trouble.LIST_ABSENT: "Take it from the repository or a stick (`tramthe crl import`).",
    Trouble.LIST_OLD: "Connect the network, or bring the newest list on a stick.",
    Trouble.LIST_SET_ASIDE: "Its signer is trusted no more: take the newest lists.",
    Trouble.LOG_ABSENT: "Start the terminal once; if it ran here before, look for its disk.",
    Trouble.LOG_NOT_WHOLE: "Keep the file as it is, copy it away, then `tramthe log rescue`.",
    Trouble.QUEUE_OLD: "Connect the network, or carry it: `tramthe courier export`.",
    Trouble.GPIO_ABSENT: "This machine has no GPIO: remove the pins from terminal.toml.",
    Trouble.GPIO_CLOSED: "Put the terminal's user into the group gpio.",
    Trouble.SCANNER_ABSENT: "Plug the scanner in; `ls /dev/serial/by-id /dev/input/by-id` shows "
    "its name.",
    Trouble.SCANNER_CLOSED: "Put the terminal's user into the groups dialout and input.",
    Trouble.SCREEN_ABSENT: "Plug the screen in, and switch it on before the terminal; where none "
    "belongs here, nothing.",
    Trouble.PACKAGE_BROKEN: "Finish it: dpkg --configure -a; then, with the package at hand, apt "
    "install --reinstall ./tramthe_*.deb",
    Trouble.PACKAGE_OTHER: "Start the terminal again: another version was installed meanwhile.",
    Trouble.UPDATE_WAITS: "Install it while no meeting is open.",
}
"""What to do, one sentence or two, in words for a technician at the machine."""
