"""One fuzzing process: `python -m tests.fuzz.child TARGET [libFuzzer arguments]`.

Our packages and asn1crypto are imported under atheris, so that libFuzzer sees which branches an
input reached. Half of the new inputs are bent by `tree` or `json_tree`, half by libFuzzer.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["asn1crypto", "crl", "edge", "reader", "verify"]):
    from tests.fuzz.targets import TARGETS


class _Numbers:
    """Numbers below a bound from a seed (the generator of Knuth's MMIX): repeatable, not secret."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, bound: int) -> int:
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self._state >> 33) % bound


def main(arguments: list[str]) -> None:
    """Fuzz until libFuzzer ends the process."""
    program, name, *rest = arguments
    target = TARGETS[name]

    def bend(data: bytes, max_size: int, seed: int) -> bytes:
        if seed & 1:
            mutated: bytes = atheris.Mutate(data, max_size)
            return mutated
        bent = target.bend(data, _Numbers(seed).below)
        return bent if len(bent) <= max_size else bent[:max_size]

    atheris.Setup([program, *rest, f"-max_len={target.max_size}"], target.run, custom_mutator=bend)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
