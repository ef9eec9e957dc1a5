"""The pictures of docs/centre.md: `python -m tests.provisioning.centre.pages.pictures FOLDER`."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from provisioning.centre.people.roles import Role
from tests.conftest import CHROMIUM, CHROMIUM_ARGS
from tests.provisioning.centre.made import Centre
from tests.provisioning.centre.pages.conftest import PASSWORD, add
from tests.provisioning.centre.pages.stage import fill, fill_more, serving

WIDTH, COLOURS = 860, 80
"""Small enough for a poor network."""
PICTURES = {
    "trung-tam-cac-tram": "/?loc=het",
    "trung-tam-canh-bao": "/canh-bao",
    "trung-tam-cuoc-hop": "/cuoc-hop",
    "trung-tam-to-chuc": "/to-chuc/99168053000000",
}


def take(folder: Path) -> None:
    """Take each picture into a folder."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        centre = Centre(f"sqlite:///{place}/centre.db")
        fill(centre.store.database, centre.now)
        fill_more(centre.store.database, centre.now)
        add(centre, "lan", Role.ADMINISTRATOR)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        with serving(centre.app) as url:
            page = browser.new_page(viewport={"width": 1366, "height": 900}, locale="vi-VN")
            page.goto(f"{url}/dang-nhap")
            page.fill("#ten", "lan")
            page.fill("#mat-khau", PASSWORD)
            page.click("main .btn--main")
            for name, path in PICTURES.items():
                page.goto(url + path)
                shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
                small = shot.resize(
                    (WIDTH, shot.height * WIDTH // shot.width), Image.Resampling.LANCZOS
                )
                small.quantize(COLOURS, dither=Image.Dither.NONE).save(
                    folder / f"{name}.png", optimize=True
                )
            browser.close()
        centre.store.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]))
