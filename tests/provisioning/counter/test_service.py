"""The running terminal behind its door: `provision counter`, its line in terminal.toml, `serve`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from playwright.sync_api import Browser, expect

from edge.care.probe_line import counter_door
from edge.config.read import load
from provisioning.cli.main import tramthe
from provisioning.demo.children import Child
from tests.provisioning.counter.conftest import ADDRESS, NAME, TERMINAL, Made, door_of
from tests.provisioning.counter.served import Way, pc, running

pytestmark = pytest.mark.xdist_group("counter-service")

NO_READER = "a reader that is not there"


@pytest.fixture(scope="module")
def made(standing: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return the door of another terminal of that office: this one runs."""
    state = tmp_path_factory.mktemp("service") / "state"
    standing.office.enrol(state)
    return door_of(standing.office, state)


@pytest.fixture(scope="module")
def configuration(made: Made) -> Path:
    """Return the terminal's configuration, with the line that the command wrote."""
    state = made.folder.parent
    values = {
        "terminal": TERMINAL,
        "state": str(state),
        "port": made.upstream,
        "reader": NO_READER,
    }
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in values.items()]
    part = (made.folder / "terminal" / "terminal.toml.part").read_text()
    path = state.parent / "terminal.toml"
    path.write_text("".join(lines) + part)
    return path


@pytest.fixture(scope="module")
def served(made: Made, configuration: Path) -> Iterator[Made]:
    """Run the terminal and its door."""
    command = ["provisioning.cli.main", "serve", "--config", str(configuration)]
    with (
        Child("terminal", command, configuration.with_name("terminal.log")) as child,
        running(configuration.with_name("nginx"), made.site, made.port),
    ):
        child.wait_ready(f"http://127.0.0.1:{made.upstream}/api/v1/status")
        yield made


def test_the_line_for_the_configuration(made: Made, configuration: Path) -> None:
    """The terminal takes it as it was written."""
    hosts = load(configuration, {}).counter_hosts
    assert hosts == (f"{NAME}:{made.port}", f"{ADDRESS}:{made.port}")


def test_under_its_names_and_no_other(served: Made) -> None:
    """Each of nginx's names is the terminal's too; whoever comes past nginx by another is not."""
    way = Way(served.port, served.root)
    for host in (NAME, ADDRESS):
        answer, said = way.ask(host, "/api/v1/status", host=f"{host}:{served.port}")
        assert (answer.status, json.loads(said) != {}) == (200, True)
        preflight, _ = way.ask(
            host,
            "/api/v1/verifications",
            host=f"{host}:{served.port}",
            method="OPTIONS",
            headers=[
                ("Origin", "https://hoso.example.vn"),
                ("Access-Control-Request-Method", "POST"),
                ("Sec-Fetch-Site", "cross-site"),
                ("Sec-Fetch-Mode", "cors"),
            ],
        )
        assert "Access-Control-Allow-Origin" not in preflight.headers


def test_a_diagnosis_looks_at_what_nginx_shows(served: Made, configuration: Path) -> None:
    """Under the name and the address alike; a certificate that nginx has not reloaded is old."""
    chain = (served.folder / "terminal" / "counter.pem").read_bytes()
    end = x509.load_pem_x509_certificates(chain)[0].not_valid_after_utc
    for host in (NAME, ADDRESS):
        assert counter_door(f"{host}:{served.port}").not_after == end
    assert counter_door(f"khac.internal:{served.port}").not_after is None
    said = CliRunner().invoke(tramthe, ["diagnose", "--config", str(configuration)])
    row = next(line for line in said.output.splitlines() if "counter door" in line)
    assert f"{NAME}:{served.port}, until {end:%Y-%m-%d}" in row


@pytest.mark.browser
def test_opened_on_the_counters_pc(chromium: Browser, served: Made, tmp_path: Path) -> None:
    """The terminal's state and the page for the PIN, without a warning; the board is not there."""
    url = f"https://{NAME}:{served.port}"
    with pc(chromium, tmp_path / "pc", served.root, names=[NAME]) as browser:
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        answer = page.goto(f"{url}/trang-thai")
        assert answer is not None
        assert answer.ok
        assert page.evaluate("fetch('/api/v1/status').then(answer => answer.ok)") is True
        assert page.evaluate("document.fonts.ready.then(fonts => fonts.size)") > 0
        page.goto(f"{url}/mo-ban")
        expect(page.locator("main")).not_to_contain_text("Đặt thẻ")
        assert complaints == []
        shut = page.goto(f"{url}/bang")
        assert shut is not None
        assert shut.status == 404
