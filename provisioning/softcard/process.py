"""The card tray as a process of its own: a folder of cards, a page, the virtual reader.

Lives here: putting the parts together, and serving on loopback until the process is ended.
Not here: the parts; the command line (`__main__`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask
from waitress.server import create_server

from provisioning.softcard.catalogue import TrayCard, load_catalogue
from provisioning.softcard.faults import card_of
from provisioning.softcard.image import CardImage
from provisioning.softcard.kind import describe
from provisioning.softcard.slot import Slot
from provisioning.softcard.tray import create_app
from provisioning.softcard.vpcd import VpcdSlot

LOOPBACK = "127.0.0.1"
THREADS = 4  # laying waits up to two seconds for the reader; the page answers meanwhile


def load_cards(folder: Path) -> tuple[tuple[TrayCard, ...], Mapping[str, CardImage]]:
    """Return the tray of a folder: what `tray.json` says, and the cards' images by key.

    Raises SoftCardInvalid naming the key or file at fault.
    """
    cards = load_catalogue(folder)
    return cards, {card.key: CardImage.load(folder / card.key) for card in cards}


def allowed_hosts(port: int) -> frozenset[str]:
    """Return the Host values under which a page on this port of loopback is called."""
    return frozenset({f"{LOOPBACK}:{port}", f"localhost:{port}"})


def make_app(
    folder: Path, slot: Slot, *, port: int, static_folder: Path, terminal_url: str | None
) -> Flask:
    """Return the page over a folder of cards that are laid in `slot`; the rest as in `serve`."""
    cards, images = load_cards(folder)
    return create_app(
        slot,
        cards,
        {key: card_of(image) for key, image in images.items()},
        kinds={key: describe(image) for key, image in images.items()},
        static_folder=static_folder,
        allowed_hosts=allowed_hosts(port),
        terminal_url=terminal_url,
    )


def serve(
    cards_folder: Path,
    *,
    port: int,
    static_folder: Path,
    vpcd: tuple[str, int],
    terminal_url: str | None = None,
) -> None:
    """Serve the tray on loopback until KeyboardInterrupt or SystemExit; then lift the card.

    `terminal_url`: as in `create_app`.
    Raises SoftCardInvalid where the folder cannot be used, OSError where the port is taken.
    """
    slot = VpcdSlot(*vpcd)
    app = make_app(
        cards_folder, slot, port=port, static_folder=static_folder, terminal_url=terminal_url
    )
    try:
        server = create_server(app, host=LOOPBACK, port=port, threads=THREADS, ident="tramthe")
        server.run()
    finally:
        slot.close()
