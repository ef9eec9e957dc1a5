"""Procedures: what a card is asked for at a counter, by whom, and what comes of it."""
