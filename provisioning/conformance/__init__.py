"""Examining any centre from outside, by the rules of docs/protocol.md: `tramthe centre check`.

Not here: our own centre (`provisioning.centre`), which is examined like every other.
"""
