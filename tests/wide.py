"""Which tests are wide: sweeps and looks beside which a shorter test of the same promise stands.

`make test` leaves them out, so that a change is judged within minutes; `make wide` runs them, and
whoever changes what they look at, or makes a release, does.
"""

from __future__ import annotations

PARTS = (
    "test_axe.py::test_no_violation[",
    "test_browser_screens.py::test_nothing_runs_over_the_edge",
    "test_demo.py::test_interrupted_with_its_own_pcscd",
    "test_demo.py::test_interrupted_over_anothers_pcscd",
    "test_fleet_of_forty.py::test_forty_through_a_year",
    "test_any_order_any_number_of_times",
    "test_pulled_at_random_moments",
)
"""What stands somewhere in it; of the accessibility sweep the English pages alone."""


def is_wide(node_id: str) -> bool:
    """Return whether a test is left out of `make test`."""
    if "test_axe.py::" in node_id:
        return PARTS[0] in node_id and "-en]" in node_id
    return any(part in node_id for part in PARTS[1:])
