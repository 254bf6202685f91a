"""The same few moments of kills.py in every run of the tests."""

import sys

sys.dont_write_bytecode = True
from kills import moments

SEED, MOMENTS = "sample", 12


def main():
    for number, kind, at, wrong in moments(SEED, MOMENTS):
        name = f"killed {at:.3f} s after it began, {kind} leaves nothing (moment {number})"
        print(f"{'not ok' if wrong else 'ok'} {name}", flush=True)
        for line in wrong:
            print("# " + line.replace("\n", "\n# "), flush=True)


main()
