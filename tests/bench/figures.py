"""A figure of a bench: a line for whoever watches and, in a run that keeps them, a record for the
table of all (benchmarks.py): one JSON object a line in the file that BENCH_RECORDS names.

    bench     the program that measured it
    title     what of; with `unit` the same in the records of one row
    ours      the median of sockeye's figures
    other     {"name", "figure", "ratio", "low", "high", "limit"}: measured by turns with ours; ratio
              is the median of those within a turn, low and high its quartiles; limit: it does nothing
              but what must be done; null where a figure stands alone
    wanted    {"word": "at most" or "at least", "bound", "of": "ratio" or "figure", "met"} or null
    runs      how many the median is of"""

import json
import os
import sys

QUICK = bool(os.environ.get("BENCH_QUICK"))  # to see that a bench works, not what it says
LIMITS = ("minimal C", "minimal libpcap", "minimal ncurses", "bare dump", "bare dump, TCP_INFO", "empty program")


def rounds(count):
    return 2 if QUICK else count


def text(number):
    """With about three digits that count."""
    if number is None:
        return "?"
    size = abs(number)
    digits = 0 if size >= 100 or number == int(number) else 1 if size >= 10 else 2 if size >= 0.1 else 3
    return f"{number:,.{digits}f}"


def keep(record):
    path = os.environ.get("BENCH_RECORDS")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"bench": os.path.basename(sys.argv[0]), **record}) + "\n")


def tell(title, unit, ours, runs, other=None, at_least=None, at_most=None, of=None, name="sockeye"):
    """One figure.  at_least, at_most: what it, or its ratio to the other where there is one, should
    be; of: "figure" or "ratio" says which."""
    of = of or ("ratio" if other else "figure")
    wanted = None
    if at_least is not None or at_most is not None:
        value = other["ratio"] if of == "ratio" else ours
        met = value >= at_least if at_least is not None else value <= at_most
        wanted = {
            "word": "at most" if at_least is None else "at least",
            "bound": at_most if at_least is None else at_least,
            "of": of,
            "met": met,
        }
    line = f"{title:30} {name} {text(ours)} {unit}"
    if other:
        other = {"limit": other["name"] in LIMITS, **other}
        line += f", {other['name']} {text(other['figure'])}:  ratio {text(other['ratio'])}"
        if "low" in other:
            line += f" ({other['low']:.2f} to {other['high']:.2f})"
    if wanted:
        line += f"  {wanted['word']} {text(wanted['bound'])}: {'met' if wanted['met'] else 'MISSED'}"
    print(line, flush=True)
    keep({"title": title, "unit": unit, "ours": ours, "other": other, "wanted": wanted, "runs": runs})


def skipped(title, reason):
    print(f"{title:30} skipped: {reason}", flush=True)
    keep({"title": title, "skipped": str(reason)})
