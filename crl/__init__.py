"""Revocation lists: their form, the rules by which one replaces another, and look-up.

Knows no signature and no certificate: whoever calls hands in a hasher and a check.
"""
