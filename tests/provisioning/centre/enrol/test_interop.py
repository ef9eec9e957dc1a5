"""Enrolment through a real nginx, by software that is not ours: strongSwan, curl, OpenSSL.

strongSwan's `pki --est` is an EST client with a TLS and a CMS of its own.
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge.wire import est
from edge.wire.claim import Claim
from edge.wire.reenrol import JOSE
from provisioning.centre.app import Front
from provisioning.centre.nginx import ENROL_BURST, Site, bundle, configuration
from provisioning.centre.process import SOCKET_MODE
from provisioning.cli.common import office_time
from provisioning.demo.children import free_port
from provisioning.office.pki import key_pem, new_key
from tests.provisioning.centre.enrol.office import Blank, Office
from tests.provisioning.centre.fronted import DOORS, serving, tls
from tests.provisioning.nginx_run import nginx
from tests.tools import needed

NAME = "centre.test"
WITHIN = 60
"""Seconds for another's program; far beyond what it needs."""
_FINDING = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'


@dataclass(frozen=True)
class Front443:
    """nginx with an office's centre behind it."""

    office: Office
    folder: Path
    port: int
    trust: Path

    def url(self, door: str, path: str = "") -> str:
        """Return an address behind a door."""
        return f"https://{door}.{NAME}:{self.port}{path}"

    def run(
        self, command: Sequence[str | Path], data: bytes | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program, in the folder."""
        done = subprocess.run(
            command, cwd=self.folder, input=data, capture_output=True, timeout=WITHIN, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done

    def curl(self, door: str, path: str, *more: str | Path) -> tuple[int, dict[str, str], bytes]:
        """Ask with curl; return status, headers and body."""
        done = self.run(
            [
                needed("curl"), "-s", "-S", "--cacert", self.trust, "--resolve",
                f"{door}.{NAME}:{self.port}:127.0.0.1", "-D", "headers", *more,
                self.url(door, path),
            ]
        )  # fmt: skip
        first, *lines = (self.folder / "headers").read_text().splitlines()
        fields = (line.partition(":") for line in lines if line)
        return int(first.split()[1]), {k.lower(): v.strip() for k, _, v in fields}, done.stdout

    def openssl(self, *arguments: str, data: bytes | None = None) -> str:
        """Run OpenSSL's command and return what it says."""
        done = self.run([needed("openssl"), *arguments], data)
        return (done.stdout + done.stderr).decode()

    def pki(self, *arguments: str | Path) -> bytes:
        """Run strongSwan's command and return what it writes."""
        return self.run([*self._finding(), needed("pki", "strongswan-pki"), *arguments]).stdout

    def pki_until(self, said: bytes, *arguments: str | Path) -> bool:
        """Run strongSwan's command until it says something; return whether it did."""
        command = [*self._finding(), needed("pki", "strongswan-pki"), *arguments]
        with subprocess.Popen(command, cwd=self.folder, stderr=subprocess.PIPE) as child:
            assert child.stderr is not None
            found = any(said in line for line in child.stderr)
            child.kill()
        return found

    def _finding(self) -> list[str | Path]:
        """Return what runs a command where the centre's names are found."""
        hosts = self.folder / "hosts"
        hosts.write_text(f"127.0.0.1 {' '.join(f'{door}.{NAME}' for door in DOORS)}\n")
        mapped = ["--map-root-user"] if os.geteuid() else []
        unshare = needed("unshare", "util-linux")
        return [unshare, "--mount", *mapped, "sh", "-c", _FINDING, "sh", hosts]


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front443]:
    """Return nginx before an office's centre, by today's clock: others' software has no other."""
    folder, now = tmp_path_factory.mktemp("interop"), office_time()
    office = Office(f"sqlite:///{folder / 'c.db'}", Front.NGINX, now)
    trust, key = tls(folder, NAME, now)
    (folder / "ca.pem").write_bytes(bundle([office.centre.ca.certificate]))
    unix, port = folder / "c.sock", free_port()
    site = folder / "site.conf"
    site.write_text(configuration(Site(NAME, trust, key, folder / "ca.pem", unix, port)))
    with serving(office.centre.app, unix), nginx(folder, site, port):
        assert unix.stat().st_mode & 0o777 == SOCKET_MODE
        yield Front443(office, folder, port, trust)
    office.centre.store.close()


def shown(claim: Claim) -> str:
    """Return a claim as user and password."""
    return base64.b64decode(claim.authorization().removeprefix("Basic ")).decode()


def test_strongswan_enrols_and_renews(front: Front443) -> None:
    """Its client waits, gets the certificate, and renews it by the connection's certificate."""
    keys = {name: new_key() for name in ("first", "next")}
    for name, key in keys.items():
        (front.folder / f"{name}.key").write_bytes(key_pem(key))
        request = front.pki("--req", "--type", "ecdsa", "--in", f"{name}.key", "--dn", "CN=SWAN-1")
        (front.folder / f"{name}.req").write_bytes(request)
    claim = front.office.claim("SWAN-1")
    anchors = ("--cacert", front.trust, "--cacert", "ca.pem", "--outform", "pem")
    first = (
        "--est", "--url", front.url("enrol"), "--in", "first.req",
        "--userpass", shown(claim), *anchors,
    )  # fmt: skip
    assert front.pki_until(b"pending", *first)
    front.office.approve("SWAN-1")
    certificate = front.pki(*first)
    (front.folder / "first.pem").write_bytes(certificate)
    renewed = front.pki(
        "--est", "--url", front.url("terminals"), "--in", "next.req",
        "--cert", "first.pem", "--key", "first.key", *anchors,
    )  # fmt: skip
    found = [x509.load_pem_x509_certificate(one) for one in (certificate, renewed)]
    assert [one.public_key() for one in found] == [key.public_key() for key in keys.values()]
    assert found[0].serial_number != found[1].serial_number


def test_strongswan_reads_the_authorities(front: Front443) -> None:
    """Its client takes the list of authorities and writes them out."""
    front.pki(
        "--estca", "--url", front.url("enrol"), "--cacert", front.trust,
        "--caout", "est-ca.pem", "--outform", "pem", "--force",
    )  # fmt: skip
    found = x509.load_pem_x509_certificate((front.folder / "est-ca.pem").read_bytes())
    assert found.public_bytes(Encoding.DER) == front.office.centre.ca.certificate


def test_curl_and_openssl_go_the_whole_way(front: Front443) -> None:
    """A request by OpenSSL, brought by curl; every structure read by OpenSSL."""
    status, _, body = front.curl("enrol", est.CACERTS)
    listed = base64.b64decode(body)
    assert status == 200
    said = front.openssl("pkcs7", "-inform", "DER", "-print_certs", data=listed)
    assert "CN = Terminal CA" in said
    status, headers, body = front.curl("enrol", est.CSRATTRS)
    said = front.openssl("asn1parse", "-inform", "DER", data=base64.b64decode(body))
    assert (status, headers["content-type"]) == (200, est.ATTRIBUTES)
    assert {"id-ecPublicKey", "prime256v1"} <= set(said.replace(":", " ").split())
    front.openssl(
        "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", "curl.key", "-subj", "/CN=CURL-1", "-outform", "DER", "-out", "curl.req",
    )  # fmt: skip
    body = base64.encodebytes((front.folder / "curl.req").read_bytes())
    (front.folder / "curl.b64").write_bytes(body)
    claim = front.office.claim("CURL-1")
    asks = ("-H", f"Content-Type: {est.PKCS10}", "--data-binary", "@curl.b64")
    enrols = ("-u", shown(claim), *asks)
    assert front.curl("enrol", est.ENROL, *asks)[0] == 401
    status, headers, _ = front.curl("enrol", est.ENROL, *enrols)
    assert (status, int(headers["retry-after"]) > 0) == (202, True)
    front.office.approve("CURL-1")
    status, headers, body = front.curl("enrol", est.ENROL, *enrols)
    assert (status, headers["content-type"]) == (200, est.CERTIFICATES)
    listed = base64.b64decode(body)
    pem = front.openssl("pkcs7", "-inform", "DER", "-print_certs", data=listed)
    (front.folder / "curl.pem").write_text(pem[pem.index("-----BEGIN") :])
    said = front.openssl(
        "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "ca.pem", "curl.pem"
    )
    assert said.strip() == "curl.pem: OK"
    own = ("--cert", "curl.pem", "--key", "curl.key")
    assert front.curl("terminals", est.RENEW, *own, *asks)[0] == 200
    assert (
        front.curl("terminals", "/v1/health", "--cert", "curl.pem", "--key", "curl.key")[0] == 200
    )


def test_each_name_has_its_own(front: Front443) -> None:
    """No claim but at `enrol`, no renewal there; `terminals` asks for a certificate first."""
    post = ("--data-binary", "x")
    assert front.curl("enrol", est.RENEW, *post)[0] == 404
    assert front.curl("lapsed", est.ENROL, *post)[0] == 404
    assert front.curl("lapsed", est.RENEW, *post)[0] == 400
    assert front.curl("terminals", est.RENEW, *post)[0] == 400
    assert front.curl("enrol", est.SERVER_KEY, *post)[0] == 403
    for path in ("/v1/segments", "/dang-nhap", "/", f"{est.BASE}/", "/.well-known/other"):
        assert front.curl("enrol", path)[0] == 404, path


@pytest.mark.parametrize("spelling", ["X-Tramthe-{}", "X_Tramthe_{}", "X-Tramthe_{}"])
def test_headers_that_only_nginx_may_set(front: Front443, spelling: str) -> None:
    """Whoever comes to `enrol` or `lapsed` as somebody with a certificate is nobody."""
    other = front.office.enrolled("HEADER-" + str(front.office.requests()))
    assert other.certificate is not None
    pem = x509.load_der_x509_certificate(other.certificate).public_bytes(Encoding.PEM)
    (front.folder / "forged.req").write_bytes(est.to_body(other.request(new_key())))
    forged = (
        "-H", f"{spelling.format('Door')}: mutual",
        "-H", f"{spelling.format('Certificate')}: {pem.decode().replace(chr(10), '%0A')}",
        "--data-binary", "@forged.req",
    )  # fmt: skip
    assert front.curl("enrol", est.RENEW, *forged)[0] == 404
    assert front.curl("lapsed", est.RENEW, *forged)[0] == 400


def test_lapsed_terminal_asks_by_its_old_key(front: Front443) -> None:
    """Without a certificate of the connection; in force it is renewed at once."""
    old = front.office.enrolled("LAPSED-1")
    (front.folder / "signed.jws").write_bytes(old.signed(new_key(), front.office.now))
    asks = ("-H", f"Content-Type: {JOSE}", "--data-binary", "@signed.jws")
    assert front.curl("lapsed", est.RENEW, *asks)[0] == 200


def test_too_many_tries(front: Front443) -> None:
    """Guesses of a claim end at nginx: 429 with the time to come again."""
    blank = Blank("TRIES-1")
    (front.folder / "tries.req").write_bytes(est.to_body(blank.request()))
    wrong = ("-u", "claim-none:" + "A" * 43, "--data-binary", "@tries.req")
    again = f"[1-{ENROL_BURST * 3}]"
    status, headers, _ = front.curl("enrol", f"{est.ENROL}?{again}", "-o", "/dev/null", *wrong)
    assert status == 401
    every = (front.folder / "headers").read_text()
    assert "HTTP/1.1 429" in every
    assert "Retry-After: 20" in every
    assert headers
