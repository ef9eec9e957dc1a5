"""The event log of a terminal: append-only, chained by hash, bodies sealed.

Forms and cryptography stand in `edge.wire`; carrying events to the centre in `edge.sync`.
"""
