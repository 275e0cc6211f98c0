"""What the Python suites share: cases, deadlines, and where the broker is.

A suite decorates functions with @case and ends with main(). Every case prints one line, `ok NAME`
or `FAILED NAME: why`, which tests/interop/run collects. Cases run in parallel, so each uses queues
of its own; those that need the machine for themselves say alone=True.
"""

import concurrent.futures
import os
import sys
import threading
import time
import traceback
import urllib.parse
import uuid

PARALLEL = 8  # most cases wait more than they work
PATIENCE = 10  # seconds for anything that should happen at once; generous, machines are busy

_url = urllib.parse.urlsplit(os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/%2F"))
HOST = _url.hostname
PORT = _url.port or 5672
USER = urllib.parse.unquote(_url.username or "guest")
PASSWORD = urllib.parse.unquote(_url.password or "guest")
BROKER_PID = int(os.environ.get("BROKER_PID", "0"))  # 0: not ours, so not looked at

_cases = []
_print_lock = threading.Lock()


def case(name, alone=False):
    """Registers a function as a test case; its name is a sentence on behaviour."""
    def register(function):
        _cases.append((name, function, alone))
        return function
    return register


def say(line):
    with _print_lock:
        print(line, flush=True)


def fresh_name(kind="queue"):
    """A name that no other case, and no earlier run, has used."""
    return f"interop.{kind}.{uuid.uuid4().hex[:12]}"


def wait_until(condition, what, seconds=PATIENCE):
    """Waits until condition() is true and returns what it returned."""
    end = time.monotonic() + seconds
    pause = threading.Event()  # never set: what is waited for has no way to tell us
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds} s still not: {what}")
        pause.wait(0.01)


def expect(actual, wanted, what=""):
    if actual != wanted:
        raise AssertionError(f"{what + ': ' if what else ''}{actual!r} instead of {wanted!r}")


def require(condition, what):
    if not condition:
        raise AssertionError(f"not so: {what}")


def _run(name, function):
    try:
        function()
    except Exception as error:  # pylint: disable=broad-except: every failure becomes a line
        where = traceback.extract_tb(error.__traceback__)
        suite = [f for f in where if f.filename.endswith("_suite.py")]
        line = f"{os.path.basename(suite[-1].filename)}:{suite[-1].lineno}" if suite else "?"
        why = " ".join(f"{type(error).__name__}: {error}".split())
        say(f"FAILED {name}: {why} ({line})")
        return False
    say(f"ok {name}")
    return True


def main():
    """Runs all cases, or those whose name contains an argument of the command line."""
    chosen = [c for c in _cases
              if len(sys.argv) < 2 or any(word in c[0] for word in sys.argv[1:])]
    passed = [_run(name, function) for name, function, alone in chosen if alone]
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        passed += pool.map(lambda c: _run(c[0], c[1]), [c for c in chosen if not c[2]])
    sys.exit(0 if all(passed) else 1)
