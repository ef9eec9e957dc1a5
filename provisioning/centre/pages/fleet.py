"""The terminals: when they came last and what is held of them."""

from __future__ import annotations

from provisioning.centre import fleet as questions
from provisioning.centre.pages.blueprint import bp
from provisioning.centre.pages.desk import desk
from provisioning.centre.pages.guard import needs
from provisioning.centre.pages.show import show
from provisioning.centre.people.roles import Act


@bp.get("/")
@needs(Act.FLEET)
def fleet() -> str:
    """Show the terminals."""
    return show("centre/fleet.html", rows=questions.epochs(desk().database))
