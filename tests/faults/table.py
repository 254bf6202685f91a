"""The table of faults: its rows, and what is expected of each.

A row is a small function that makes its fault on the hosts of a lab (lab.py) and yields what to ask:
an Ask.  The functions stand in rows_*.py, one file a chapter; README.md says how to add one.
"""
import collections
import importlib

PLACES = ('loopback', 'hosts', 'far')
# Medians that a verdict may take, in seconds.
CLASSES = {'refused': 0.15, 'local': 0.15, 'bind': 0.15, 'silence': 1.5, 'stalled': 2.5,
           'closing': 2.5, 'reset': 2.5, 'udp': 1.5, 'unix': 0.15, 'names': 6.0, 'protocol': 1.5,
           'healthy': 2.5, 'several': 2.5,
           'program': 2.5}
CHAPTERS = ('refused', 'silence', 'local', 'stall', 'closing', 'reset', 'datagram', 'unix',
            'names', 'protocol', 'program', 'healthy', 'several')

Row = collections.namedtuple(
    'Row', 'cause name make chapter places families expect vaguer also unprivileged control')
rows = []


class Ask:
    """What is asked, by `sockeye why` with these arguments.

    expect: another cause than that of the row; limits: a function that is called in the process
    that will ask, before it is the program; meanwhile: what happens once it observes; environment: more
    variables for it."""

    def __init__(self, *args, expect=None, limits=None, meanwhile=None, environment=None):
        self.args, self.expect, self.limits, self.meanwhile = args, expect, limits, meanwhile
        self.environment = environment or {}


def row(cause, chapter, places='loopback hosts far', families='4 6', expect=None, vaguer=(),
        also=None, unprivileged=False):
    """A row of the table: cause is what it makes.

    expect: cause by place where that differs, or several of which each is right, the best first;
    vaguer: what somebody who may see less may take it for, if not with certainty; also: a second
    cause that must be told; unprivileged: it only happens to users without rights."""
    def add(make):
        rows.append(Row(cause, make.__name__.replace('_', '-'), make, chapter, places.split(),
                        [int(f) for f in families.split()], expect or {}, tuple(vaguer), also,
                        unprivileged, cause == 'healthy'))
        return make
    return add


def expected(entry, place, asked):
    """The causes that are right, the best first."""
    wanted = asked.expect
    if wanted is None:
        wanted = entry.expect.get(place, entry.cause) if isinstance(entry.expect, dict) \
            else entry.expect
    return (wanted,) if isinstance(wanted, str) else tuple(wanted)


def chosen(all_variants, unprivileged):
    """(row, place, family, unprivileged) of what is to be run: each cause once and every control,
    and one of each chapter by a user without rights; or all variants of everything."""
    seen, chapters = set(), {'several'}
    for entry in rows:
        variants = [(p, f) for p in entry.places for f in entry.families]
        if not all_variants:
            if entry.cause in seen and not entry.control and entry.also is None:
                continue
            seen.add(entry.cause)
            # Each has its turn: neighbours in the table differ in family and in place.
            variants = [variants[len(seen) * 3 % len(variants)]]
            if entry.chapter not in chapters:
                chapters.add(entry.chapter)
                yield entry, *variants[0], True
        for place, family in variants:
            yield entry, place, family, unprivileged or entry.unprivileged


def load():
    """Import every chapter; the rows stand in the order of these."""
    for chapter in CHAPTERS:
        importlib.import_module('rows_' + chapter)
