"""Faults on the way home, with real processes and a ledger that neither side can write to."""
