"""One run of the program with one call made to fail, and what is wrong with how it took it."""

import difflib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
BUILD = os.path.abspath(os.environ.get("BUILD", os.path.join(ROOT, "build")))
PROGRAM = os.path.join(BUILD, "sockeye")
LIBRARY = os.path.join(BUILD, "torture", "libfail.so")

# libpcap and ncurses end the program themselves where they find no memory, with these lines.
OWN_WORDS = re.compile(r"sockeye|out of dynamic memory|.*: Out of memory")
SANITIZER = re.compile(r"(ERROR: \w+Sanitizer|runtime error:|WARNING: ThreadSanitizer)[^\n]*")
VALGRIND_REPORT = re.compile(r"^==\d+== [^\n]+", re.M)  # of a process that it began, too
UNSEEN = (b"unseen", b"cannot be read", b"not known")
NONSENSE = re.compile(r"Success\b|\(null\)|errno 0\b|: *$|Unknown error")


VALGRIND = [
    "valgrind", "--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect",
    "--show-leak-kinds=definite,indirect", "--error-exitcode=99", "--fair-sched=yes",
    "--suppressions=" + os.path.join(ROOT, "tests", "torture", "valgrind.suppressions"),
]
wrapper = []  # what runs the program


class Strike:
    """Which call is to fail: at a site, or the n-th of its name; and how."""

    def __init__(self, call="", site="", nth=1, kind="none", error=0, caller=""):
        self.call, self.site, self.nth, self.kind, self.error = call, site, nth, kind, error
        self.caller = caller

    def environment(self):
        wanted = {
            "TORTURE_CALL": self.call,
            "TORTURE_NTH": str(self.nth),
            "TORTURE_KIND": self.kind,
            "TORTURE_ERRNO": str(self.error),
        }
        if self.site:
            wanted["TORTURE_SITE"] = self.site
            wanted["TORTURE_CALLER"] = self.caller
        return wanted

    def key(self, kind=None):
        return (self.call, self.site, self.nth, kind or self.kind, self.error)

    def __str__(self):
        more = f" errno {self.error}" if self.error else ""
        return f"{self.call} {self.kind}{more}, call {self.nth}" + (
            f" of {self.site}" if self.site else ""
        )


class Run:
    """What came of it."""

    def __init__(self):
        self.status, self.out, self.err, self.files = None, b"", b"", {}
        self.hung, self.seconds, self.hit, self.more, self.notes = False, 0.0, "", False, {}
        self.complaints = []

    def words(self):
        return self.err.decode("utf-8", "replace")

    def complain(self, text):
        self.complaints.append(text)


def sanitizer_library():
    """Its own library must come behind ours, and both before all others."""
    try:
        linked = subprocess.run(["ldd", PROGRAM], capture_output=True, text=True).stdout
    except OSError:
        return None
    found = re.search(r"lib[at]san\S* => (\S+)", linked)
    return found[1] if found else None


SANITIZER_LIBRARY = sanitizer_library()
slower = 3 if SANITIZER_LIBRARY else 1  # than the plain program


def environment(work, strike, leaks=True):
    libraries = [LIBRARY] + ([SANITIZER_LIBRARY] if SANITIZER_LIBRARY else [])
    keep = {"PATH": os.environ["PATH"]}
    # Without memory libraries cannot even give back what they have.
    leaks = leaks and not (strike.kind == "ever" and strike.call in ("malloc", "calloc", "realloc"))
    suppressed = os.path.join(ROOT, "tests", "leak.suppressions")
    return {
        **keep,
        "HOME": work + "/home",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "xterm-256color",
        **({} if wrapper else {"LD_PRELOAD": " ".join(libraries), "TORTURE_OUT": work + ".sites"}),
        "ASAN_OPTIONS": f"verify_asan_link_order=0:exitcode=99:detect_leaks={int(leaks)}",
        "LSAN_OPTIONS": f"suppressions={suppressed}:print_suppressions=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        **strike.environment(),
    }


class EchoServer:
    """Sends back what it receives, on a port of its own, until it is closed."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.got = bytearray()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.echo, args=(peer,), daemon=True).start()

    def echo(self, peer):
        try:
            with peer:
                while data := peer.recv(65536):
                    self.got += data
                    peer.sendall(data)
        except OSError:
            pass  # a client that was made to fail may well reset

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def read_files(folder):
    found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


CUT_REPORTS = 5


def is_cut(run):
    """A report of a crash that does not come to where: without memory one thread ends the program with
    a line while another, in the C library's getaddrinfo(), crashes."""
    return SANITIZER.search(run.words()) and not re.search(rb"^ +#0 ", run.err, re.M)


def execute(scenario, strike):
    """The scenario once.  Without a descriptor Landlock is told of no folder, and then the leak
    sanitizer may not look into /proc, either: that run says nothing of leaks."""
    run = execute_once(scenario, strike, True)
    for _ in range(CUT_REPORTS):
        if is_cut(run):
            run = execute_once(scenario, strike, True)
    if b"LeakSanitizer has encountered a fatal error" in run.err:
        run = execute_once(scenario, strike, False)
    return run


def execute_once(scenario, strike, leaks):
    """In a folder of its own."""
    run = Run()
    run.strike = strike
    run.work = tempfile.mkdtemp(prefix="torture.")
    folder = run.work + "/work"
    os.makedirs(run.work + "/home")
    os.makedirs(folder)
    peer = scenario.peer() if scenario.peer else None
    try:
        scenario.prepare(folder)
        begin = time.monotonic()
        scenario.start(run, folder, peer, environment(run.work, strike, leaks))
        run.seconds = time.monotonic() - begin
        run.files = read_files(folder)
        run.peer = peer
        if os.path.exists(run.work + ".sites"):
            with open(run.work + ".sites", encoding="utf-8") as file:
                run.lines = [line.rstrip("\n").split("\t") for line in file]
            os.unlink(run.work + ".sites")
        else:
            run.lines = []
        run.hit = next((line for line in run.lines if line[0] == "hit"), None)
        run.more = any(line[0] == "more" for line in run.lines)
        return run
    finally:
        if peer:
            peer.close()
        shutil.rmtree(run.work, ignore_errors=True)


def finish(run, process, seconds, data=None):
    """Waits for the end of a subprocess.Popen with pipes."""
    try:
        run.out, run.err = process.communicate(data, timeout=seconds * slower)
    except subprocess.TimeoutExpired:
        run.hung = True
        process.kill()
        run.out, run.err = process.communicate()
    run.status = process.returncode


def difference(scenario, before, now):
    """The first line that was and is no more, and the first that is new."""
    before, now = (scenario.shape(out).decode("utf-8", "replace") for out in (before, now))
    lines = difflib.unified_diff(before.splitlines(), now.splitlines(), lineterm="", n=0)
    return "".join("\n#   " + line for line in list(lines)[3:7])


def names(out):
    """Of errnos."""
    return set(re.findall(rb"\bE[A-Z_]{3,}\b", out))


def told(run, base):
    """It ended otherwise, said more on stderr, or told in its output what it could not see."""
    lines = lambda err: sorted(re.sub(rb"[0-9]+", b"0", err).splitlines())
    return (
        run.status != base.status
        or lines(run.err) != lines(base.err)
        or bool(names(run.out) - names(base.out))
        or any(run.out.count(word) > base.out.count(word) for word in UNSEEN)
    )


def crashes_in_a_library(run):
    """Whoever called the C library, in which it stands, where that is not looking a name up."""
    if re.search(rb"^ +#\d+ 0x\w+ in (__interceptor_)?getaddrinfo ", run.err, re.M):
        return True
    stack = re.findall(rb"^ +#\d+ 0x\w+ in \S+ (.*)$", run.err, re.M)
    inner = re.compile(rb"\(.*/lib(c|asan)\.so|\.\.?/|(nptl|csu|string|stdlib|stdio-common|libio|malloc|time)/")
    outside = [place for place in stack if not inner.match(place)]
    return bool(outside and re.match(rb"\(.*/lib(tinfo|ncursesw|pcap)", outside[0]))


def is_a_library_s(run):
    """Some libraries take harm where they themselves find no memory: terminfo, ncurses, libpcap and
    the C library's getaddrinfo() crash, OpenSSL forgets what it holds.  The program cannot help it,
    only restore the terminal.  (libtinfo 6.4 reads through the NULL of strdup(3) in _nc_setupterm(),
    of its hash table in _nc_find_type_entry() and of tsearch(3) in _nc_tiparm(), all of them below
    newterm(); ui/console/term_curses.c looks before whether there is memory at all.)"""
    if not run.hit or run.hit[1] not in ("malloc", "calloc", "realloc"):
        return False
    crashed = run.status in (-signal.SIGSEGV, -signal.SIGABRT) or b"AddressSanitizer" in run.err
    if re.match(r"(libc\.\S+ )?lib(tinfo|ncursesw|pcap)", run.hit[4]) or crashes_in_a_library(run):
        return crashed
    if re.match(r"(libc|libnss\w*|libresolv)\.", run.hit[4]):
        return crashed and "lookup.c" in places(run.hit)
    return re.match(r"lib(crypto|ssl)", run.hit[4]) and b"LeakSanitizer" in run.err


def judge(scenario, run, base):
    """What is wrong with it, in words; the first is what matters most."""
    if scenario.forgives(run):
        return []
    if is_a_library_s(run):
        return scenario.judge(run, base)
    words = run.words()
    found = []
    report = SANITIZER.search(words) or VALGRIND_REPORT.search(words)
    if report:
        found.append("sanitizer: " + report[0])
    elif run.hung:
        found.append("does not end")
    elif run.status < 0:
        found.append(f"dies of {signal.Signals(-run.status).name}")
    elif run.status not in (0, 1, 2, 3):
        found.append(f"ends with status {run.status}")
    if found:
        return found + run.complaints
    said = [line for line in words.splitlines() if line.strip()]
    if run.status != base.status and not names(run.out) - names(base.out):
        in_tap = b"not ok" in run.out
        if not in_tap and not any(OWN_WORDS.match(line) for line in said):
            found.append(f"status {run.status} and no word why")
    if not told(run, base) and not scenario.same(run.out, base.out):
        found.append("other output, and no word why" + difference(scenario, base.out, run.out))
    found += [f"nonsense is said: {line}" for line in said if NONSENSE.search(line)]
    if len(said) > len(base.words().splitlines()) + 3:
        found.append(f"{len(said)} lines are said")
    return found + run.complaints + scenario.judge(run, base)


def named(offsets):
    """For each place in the program, given as what is returned to, (function, file and line), and
    those that it is inlined into."""
    called = [hex(int(offset, 16) - 1) for offset in offsets]
    shown = subprocess.run(
        ["addr2line", "-a", "-i", "-f", "-s", "-e", PROGRAM, *called], capture_output=True, text=True
    ).stdout
    found = []
    for group in re.split(r"^0x[0-9a-f]+\n", shown, flags=re.M)[1:]:
        lines = group.splitlines()
        found.append([(lines[i], lines[i + 1]) for i in range(0, len(lines) - 1, 2)])
    return found


def own_frames(line):
    return [f.split("+")[1] for f in line[4].split() if f.startswith("program+")]


def callers(run):
    """Of each site the functions of the program that it lies in."""
    sites = {line[2]: own_frames(line)[0] for line in run.lines}
    return {site: [f for f, _ in place] for site, place in zip(sites, named(sites.values()))}


def places(line):
    """A site's line in words: who called, and where in the program."""
    outside = [f for f in line[4].split() if not f.startswith("program")]
    inside = [f"{name} {where}" for place in named(own_frames(line)) for name, where in place]
    return " < ".join(outside + inside)
