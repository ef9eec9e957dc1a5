"""The network's name, a meeting's passphrase, and the text that a phone's camera joins by."""

from __future__ import annotations

import os

import pytest

from edge.config.kinds import MAX_SSID, ssid
from edge.phones.wifi import DIGITS, OwnWifi, make_passphrase, name_of, qr_text


def test_a_passphrase_is_what_the_randomness_makes_it() -> None:
    """Digits alone, all of them, leading zeros too; the same bytes give the same."""
    assert make_passphrase(bytes) == "0" * DIGITS
    assert make_passphrase((10**DIGITS + 42).to_bytes) == f"{42:0{DIGITS}d}"
    assert make_passphrase(lambda size: b"\xff" * size).isdecimal()


def test_no_two_meetings_have_the_same() -> None:
    """Of the system's randomness, with every digit at every place."""
    made = [make_passphrase(os.urandom) for _ in range(500)]
    assert len(set(made)) == len(made)
    assert all(set(place) == set("0123456789") for place in zip(*made, strict=True))


def test_what_a_phone_reads() -> None:
    """SAE alone is asked for, so that a phone joins no network of the same name under WPA2."""
    assert qr_text("TramThe 99-0417", "4821733300195520") == (
        "WIFI:T:SAE;S:TramThe 99-0417;P:4821733300195520;;"
    )


def test_signs_with_a_meaning_are_escaped() -> None:
    """A name cannot end its field and begin another: a backslash goes before each such sign."""
    text = qr_text('a;P:x;"b\\c,d', "1;2")
    assert text == 'WIFI:T:SAE;S:a\\;P\\:x\\;\\"b\\\\c\\,d;P:1\\;2;;'


def test_a_name_for_each_terminal() -> None:
    """Two in one hall differ, and every one fits what a network may be called."""
    assert name_of("99-0417") == "TramThe 99-0417"
    long = name_of("x" * 60 + "7")
    assert (len(long), long[-1]) == (MAX_SSID, "7")
    assert ssid().convert(long) == long


@pytest.mark.parametrize("name", ["", " Tram", "Tram ", "Trạm Thẻ", "x" * 33, "a\tb", 7])
def test_a_name_that_cameras_read_differently(name: object) -> None:
    """Is refused where it is written: letters with accents come out of a QR code in two ways."""
    with pytest.raises(ValueError, match="without accents"):
        ssid().convert(name)


def test_as_networkmanager_has_it() -> None:
    """The name as octets, in which no sign means anything; the address without its port."""
    wifi = OwnWifi("a;b", "192.168.50.1:8080")
    assert (wifi.octets, wifi.address) == ("97;59;98;", "192.168.50.1")
