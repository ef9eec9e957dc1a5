"""What the product costs, as ratios to what it cannot avoid.

Run by `make bench`, never by the tests. Each row compares a piece of the product with the bare
library calls underneath it, both measured by turns in one run, so that a slow or busy machine
slows both. `docs/bench.md` says how to read the figures.
"""
