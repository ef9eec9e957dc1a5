"""From a chip to bytes: talks to the card, believes nothing it says.

Decides nothing about whether a card is genuine; that is `verify`.
"""
