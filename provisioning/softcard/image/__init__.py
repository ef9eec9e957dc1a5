"""A software card at rest: a folder with `card.toml`, the files and the chip's private keys.

Lives here: the value and its form on disk, written by `provisioning.office.personalise` and read
by `chip`. Not here: the chip's behaviour.

    card.toml                what the chip is, below (0600)
    files/mf/011C.bin        files of the master file, by identifier
    files/app/0101.bin       files of the application
    keys/active-auth.der     active authentication's private key, PKCS#8 DER (0600)
    keys/chip-auth-1.bin     the n-th private key for chip authentication, big endian (0600)
    other/                   another card, for `faults.swap_at`

The two folders are apart because identifiers are not: 011D is EF.CardSecurity in the master file
and EF.SOD in the application (Doc 9303-10 section 4). Keys of card.toml; those marked = may be
left out and are then as shown:

    name, title, atr, aid    texts; atr and aid in hexadecimal
    mf_files, app_files      identifiers of the files there are
    hidden                   application files that answer 6A82 though personalised

    [access]                 how the chip is opened: by PACE, by BAC or by either
    can                    = absent     six digits; absent: PACE has no CAN
    mrz_information        = absent     number, birth, expiry with check digits; absent: no MRZ
    bac                    = false      basic access control; needs mrz_information
    can_tries              = absent     tries counted down on a wrong CAN; absent: no counting
    can_tries_left         = can_tries  where the counter stands: 1 suspended, 0 blocked
    wrong_delay            = 0.0        seconds before the next guess after a wrong one

    [[access.pace]]          one for each PACEInfo in EF.CardAccess
    protocol                 `id-PACE-ECDH-GM-AES-CBC-CMAC-128` and the like
    parameter_id             standardised domain parameters: 0 to 2, 8 to 18

    [[chip_auth.keys]]       one for each key; keys/chip-auth-n.bin is its private half
    parameter_id             the group it lies in
    key_id                 = absent     the number it has in DG14
    protocols              = []         `id-CA-ECDH-AES-CBC-CMAC-128` and the like; none for a
                                        key that is there for chip authentication mapping alone

    [active_auth]            there where keys/active-auth.der is
    hash                   = "sha256"   sha1 (RSA only), sha224, sha256, sha384, sha512
    signature              = "plain"    ECDSA: plain, der; RSA: 9796-2, 9796-2-smaller

    [behaviour]              how the chip keeps house; all have the pilot card's defaults
    master_file            = true       false: SELECT of 3F00 answers 6D00
    no_short_identifiers   = absent     "6A86" or "6A82": the answer to a short file identifier
    extended_length        = true       false: 6700 for extended length fields
    max_le                 = 65536      bytes; more asked for answers 6700 (what counts under
                                        secure messaging is the length inside)
    command_buffer         = 65544      bytes of one command APDU; a longer one answers 6700
    answer_buffer          = 65000      bytes of data in one response APDU
    command_chaining       = false      true: long data may come in pieces (class 10, 1C)
    response_block         = absent     bytes of one response APDU; the rest by GET RESPONSE
    read_limit             = absent     bytes that one READ BINARY gives at most
    file_end               = "warn"     a read beyond the end: warn (6282 if a number was asked
                                        for), always (6282 for 00 too), silent (9000), exact (6Cxx)
    odd_read               = true       false: no READ BINARY with odd instruction
    odd_read_from          = 0          least offset that it takes, else 6B00
    wait                   = 0.0        seconds before an answer
    wait_at                = absent     the n-th answer alone, counted from power-on

    [faults]                 where the chip breaks the rules: at the n-th command since power-on
    stall_at               = absent     no answer, for ever
    endless_at             = absent     from then on every answer promises more (61FF)
    bare_status_at         = absent     `bare_status` without secure messaging, the session gone
    bare_status            = "6A82"
    wrong_checksum_at      = absent     one bit of the checksum is wrong
    swap_at                = absent     from then on the card in `other` answers
"""

from provisioning.softcard.image.card import CardImage
from provisioning.softcard.image.disk import MAX_FILES
from provisioning.softcard.image.parts import (
    MAX_FILE,
    Access,
    ActiveAuth,
    Behaviour,
    ChipAuth,
    ChipAuthKey,
    Faults,
    FileEnd,
    PaceOffer,
    Signature,
)

__all__ = [
    "MAX_FILE",
    "MAX_FILES",
    "Access",
    "ActiveAuth",
    "Behaviour",
    "CardImage",
    "ChipAuth",
    "ChipAuthKey",
    "Faults",
    "FileEnd",
    "PaceOffer",
    "Signature",
]
