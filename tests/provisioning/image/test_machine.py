"""What a machine is to become: each value checked before a card is touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from edge.config.read import examine
from edge.errors import ConfigInvalid
from provisioning.errors import OfficeInputInvalid
from provisioning.image import machine
from provisioning.image.configured import write_config
from tests.provisioning.image.conftest import SECRET, SSH_KEY

AT = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ssid", "passphrase", "psk"),
    [
        ("IEEE", "password", "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"),
        (
            "ThisIsASSID",
            "ThisIsAPassword",
            "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af",
        ),
        (
            "Z" * 32,
            "a" * 32,
            "becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62",
        ),
    ],
)
def test_a_passphrase_becomes_the_key(ssid: str, passphrase: str, psk: str) -> None:
    """By the test vectors of IEEE 802.11 annex J.4.2."""
    assert machine.join(ssid, passphrase).psk == psk


def test_a_key_stays_what_it_is() -> None:
    """64 hexadecimal digits are the key already."""
    assert machine.join("x", "AB" * 32).psk == "ab" * 32


def test_a_network_does_not_show_its_key() -> None:
    """Neither in a log nor in an error."""
    assert "f42c6fc5" not in repr(machine.join("IEEE", "password"))


@pytest.mark.parametrize(
    ("ssid", "passphrase"),
    [
        ("", "password"),
        ("ă" * 17, "password"),
        ("two\nlines", "password"),
        ("x", "seven77"),
        ("x", "g" * 64),
        ("x", "mật khẩu dài"),
        ("x", "tab\tinside"),
    ],
)
def test_a_network_that_cannot_be_joined(ssid: str, passphrase: str) -> None:
    """Is refused, and the refusal repeats no passphrase."""
    with pytest.raises(OfficeInputInvalid) as refused:
        machine.join(ssid, passphrase)
    assert passphrase not in str(refused.value)


@pytest.mark.parametrize(
    ("terminal", "host"), [("99-0417", "99-0417"), ("Tram_01.A", "tram-01-a"), ("a", "a")]
)
def test_the_host_name_follows_from_the_name(terminal: str, host: str) -> None:
    """Small letters, digits and hyphens."""
    assert machine.host_name(terminal) == host


@pytest.mark.parametrize("name", ["", "-a", "a-", "a b", "A", "a" * 64, "a.b", "ă"])
def test_no_host_name(name: str) -> None:
    """RFC 1123's labels and no others."""
    with pytest.raises(OfficeInputInvalid):
        machine.check_host(name)


@pytest.mark.parametrize("name", ["", "a b", "../a", "a" * 65, "trạm"])
def test_no_terminal(name: str) -> None:
    """Names as the log and the centre know them."""
    with pytest.raises(OfficeInputInvalid):
        machine.check_terminal(name)


@pytest.mark.parametrize("layout", ["", "us;reboot", "US", "a"])
def test_no_keyboard(layout: str) -> None:
    """A layout's name and nothing that a shell would do."""
    with pytest.raises(OfficeInputInvalid):
        machine.check_keyboard(layout)


def test_public_keys() -> None:
    """Comments and empty lines are left out."""
    assert machine.ssh_keys(f"# ours\n\n{SSH_KEY}\n{SSH_KEY}\n") == (SSH_KEY, SSH_KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment",
        "ssh-ed25519 notbase64!",
        "ssh-rsa " + SSH_KEY.split()[1],
        f'command="reboot" {SSH_KEY}',
        "ssh-dss AAAAB3NzaC1kc3M=",
        f"{SSH_KEY}\nhello",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----",
        SSH_KEY + " " + "x" * 9000,
    ],
)
def test_no_public_keys(text: str) -> None:
    """Private keys, options and other kinds are refused."""
    with pytest.raises(OfficeInputInvalid):
        machine.ssh_keys(text)


def test_a_claim_names_terminal_and_centre(claim: Callable[..., bytes], anchor: bytes) -> None:
    """And its anchors are what the centre's server is under."""
    read = machine.read_claim(claim(), None, AT)
    assert read.terminal == "99-0417"
    assert machine.centre_of(read) == "https://terminals.centre.example:8443"
    roots = x509.load_pem_x509_certificates(machine.roots_of(read).encode())
    assert roots == [x509.load_der_x509_certificate(anchor)]


def test_another_terminals_claim(claim: Callable[..., bytes]) -> None:
    """Says whose it is."""
    with pytest.raises(OfficeInputInvalid, match="99-0417, not of 99-0418"):
        machine.read_claim(claim(), "99-0418", AT)


def test_a_claim_that_is_over(claim: Callable[..., bytes]) -> None:
    """Is found out at the desk and not in the mountains."""
    with pytest.raises(OfficeInputInvalid, match="good until"):
        machine.read_claim(claim(until="2026-11-29T00:00:00.000Z"), None, AT)


def test_no_claim() -> None:
    """Says so, and shows nothing of it."""
    with pytest.raises(OfficeInputInvalid) as refused:
        machine.read_claim(b'{"v":1,"secret":"' + SECRET.hex().encode() + b'"}', None, AT)
    assert SECRET.hex() not in str(refused.value)


def test_the_configuration(tmp_path: Path, claim: Callable[..., bytes]) -> None:
    """What all share, this terminal's name, and the centre by its claim."""
    shared = tmp_path / "shared.toml"
    shared.write_text('terminal = "another"\nlamp_pins = [17, 27, 22]\nreader = "ACR \\"x\\""\n')
    read = machine.read_claim(claim(), None, AT)
    made = tmp_path / "terminal.toml"
    made.write_text(write_config("99-0417", shared, read), "utf-8")
    config = examine(made, {}).require()
    assert (config.terminal, str(config.state)) == ("99-0417", machine.STATE)
    assert (config.lamp_pins, config.reader) == ((17, 27, 22), 'ACR "x"')
    assert config.centre == "https://terminals.centre.example:8443"
    assert str(config.centre_roots) == machine.CENTRE_ROOTS


def test_a_centre_that_all_share(tmp_path: Path, claim: Callable[..., bytes]) -> None:
    """Outranks the claim's, and so do the system's roots for it."""
    shared = tmp_path / "shared.toml"
    shared.write_text('centre = "https://terminals.other.example"\n')
    said = write_config("99-0417", shared, machine.read_claim(claim(), None, AT))
    assert 'centre = "https://terminals.other.example"' in said
    assert "centre_roots" not in said


def test_a_shared_file_with_a_fault(tmp_path: Path) -> None:
    """Is named with its line before any card is written."""
    shared = tmp_path / "shared.toml"
    shared.write_text("lamp_pins = 99\n")
    with pytest.raises(ConfigInvalid, match=r"shared.toml.*lamp_pins"):
        write_config("99-0417", shared, None)
