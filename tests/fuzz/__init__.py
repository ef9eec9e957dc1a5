"""Bytes from a stranger, by the million: `make fuzz`, and the same targets inside `make test`.

`targets` is the table: what is fed (`feed_*`), where the fuzzer begins (`seeds*`), and what may
come out. `tree` and `json_tree` bend bytes without losing their form; `child` is one fuzzing
process (the only importer of atheris), `__main__` runs them one after another.
"""
