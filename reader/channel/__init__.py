"""The secure channel to a chip: PACE, secure messaging, chip and active authentication.

Each layer takes an `Exchange` (a command APDU in, a response APDU out) and knows nothing of
PC/SC, files or profiles. Every random number is an argument, so that a recording can be replayed.
"""
