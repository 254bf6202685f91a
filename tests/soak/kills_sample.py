"""The same few moments of kills.py in every run of the tests."""

import sys

sys.dont_write_bytecode = True
from kills import moments

SEED, MOMENTS = "sample", 12


def main():
    for number, kind, at, wrong in moments(SEED, MOMENTS):
        name = f"killed {at:.3f} s after it began, {kind} leaves nothing (moment {number})"
        # It runs a program of somebody else's, so it has no helper: an instance of tracefs that it
        # leaves goes when the next is made.
        if kind == "WhyProgram":
            wrong = [line for line in wrong if not line.startswith("the tracefs instance")]
        print(f"{'not ok' if wrong else 'ok'} {name}", flush=True)
        for line in wrong:
            print("# " + line.replace("\n", "\n# "), flush=True)


main()
