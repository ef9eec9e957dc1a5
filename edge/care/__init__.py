"""Care for a running terminal: what is wrong with it, and what to do.

Probes (`probe_*`) look at one corner of the world each and return facts; rules (`judge_*`) make
checks of facts. Nothing here changes the terminal.
"""
