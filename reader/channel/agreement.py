"""Which group an identifier names.

Lives here: the standardised domain parameters as groups, each by the fastest arithmetic that
there is for it. Not here: the arithmetic (`points`, `plain_points`, `modular`).
Source: Doc 9303-11 section 9.5.1, table 12.
"""

from __future__ import annotations

from reader.channel import points
from reader.channel.group import Group
from reader.channel.modular import ModularGroup
from reader.channel.plain_points import PlainCurve
from reader.channel.points import LibraryCurve
from reader.curves import CURVES, Curve
from reader.dh_groups import DH_GROUPS

_OF_CURVE: dict[Curve, Group] = {
    curve: LibraryCurve(curve) if points.is_supported(curve) else PlainCurve(curve)
    for curve in CURVES
}
_BY_ID: dict[int, Group] = {
    **{curve.parameter_id: group for curve, group in _OF_CURVE.items()},
    **{dh.parameter_id: ModularGroup(dh.p, dh.g, dh.q) for dh in DH_GROUPS},
}


def by_parameter_id(parameter_id: int) -> Group | None:
    """Return the group of this standardised domain parameter id, or None."""
    return _BY_ID.get(parameter_id)


def of_curve(curve: Curve) -> Group:
    """Return the group of a curve of the table."""
    return _OF_CURVE[curve]
