"""Bringing the log to the centre: `plan` decides, `uplink` sends. Nothing is ever deleted."""
