"""People at the terminal: who may do what, PINs, lock-out, recovery, open desks.

Rules and values, with time and randomness as arguments; only `store` touches the disk.
"""
