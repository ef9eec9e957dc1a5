"""The sample page from another origin over TLS, through the counter's door: nginx and its root."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from provisioning.demo.children import free_port
from provisioning.demo.prepare import Stage
from provisioning.office.certificates import to_pem
from provisioning.office.pki import key_pem
from tests.conftest import PATIENCE
from tests.e2e.back_office import FILE, FOLDER, Desk, Office, verified
from tests.e2e.conftest import Starter
from tests.provisioning.counter.conftest import CODE, NAME, run
from tests.provisioning.counter.forged import forged_root, forged_server
from tests.provisioning.counter.served import pc
from tests.provisioning.nginx_run import nginx

pytestmark = pytest.mark.browser

HOST = "hoso.example.vn"


def own_site(folder: Path, port: int) -> tuple[Path, Path]:
    """Write the back office's own site; return its configuration and the root it is under."""
    folder.mkdir()
    root = forged_root(None)
    server = forged_server(root, [HOST])
    (folder / "root.pem").write_bytes(to_pem(root.certificate))
    (folder / "server.pem").write_bytes(to_pem(server.certificate))
    (folder / "server.key").write_bytes(key_pem(server.key))
    (folder / "site.conf").write_text(
        f"server {{ listen {port} ssl; server_name {HOST}; root {FOLDER}; charset utf-8;\n"
        f"types {{ text/html html; }} ssl_certificate {folder}/server.pem;\n"
        f"ssl_certificate_key {folder}/server.key; }}\n"
    )
    return folder / "site.conf", folder / "root.pem"


@pytest.mark.parametrize("follow", ["poll", "stream"])
def test_the_whole_way_over_tls(
    chromium: Browser, prepared: Stage, state: Path, start: Starter, tmp_path: Path, follow: str
) -> None:
    """Paired, asked, answered, saved, verified; not one warning, nothing in clear text."""
    door, upstream, port = free_port(), free_port(), free_port()
    prepared.pilot.save(tmp_path / "office")
    run(
        "provision", "counter", "--state", state, "--office", tmp_path / "office",
        "--port", door, "--upstream", upstream, "--host", NAME, "--organisation", CODE,
        "--back-office", f"https://{HOST}:{port}",
    )  # fmt: skip
    made = state / "counter-door"
    site, root = own_site(tmp_path / "site", port)
    (tmp_path / "door").mkdir()
    terminal = start(port=upstream, counter_hosts=(f"{NAME}:{door}",))
    roots = (made / "pc" / "tram-the-quay.pem", root)
    with (
        nginx(tmp_path / "door", made / "terminal" / "tramthe-counter.conf", door),
        nginx(tmp_path / "site", site, port),
        pc(chromium, tmp_path / "pc", *roots, names=(NAME, HOST)) as browser,
        chromium.new_context() as at_desk,
    ):
        desk = Desk.of(terminal, at_desk)
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        asked: list[str] = []
        page.on("console", lambda message: asked.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"https://{HOST}:{port}/{FILE}")
        office = Office(desk, page, f"https://{NAME}:{door}")
        office.pair()
        office.ask("CSH-2026-0147", follow=follow)
        office.waits()
        office.answered("member-1", "Thẻ hợp lệ")
        expect(page.locator("#told")).to_contain_text("Họ và tên")
        receipt = office.save("Lưu biên nhận", tmp_path)
        handed = office.save("Lưu các mục kèm theo", tmp_path)
        said = verified(receipt, "--state", state, "--handed", handed, "--nonce", office.nonce())
    assert f"https://{HOST}:{port}" in said
    ours = (f"https://{HOST}:{port}/", f"https://{NAME}:{door}/api/v1/", "blob:")
    assert [text for text in asked if not text.startswith(ours)] == []
