"""Cases of the API's tests: a sentence and a function that gets the broker all cases share."""

import traceback

_cases = []


def case(name):
    """Registers a function as a test case; its name is a sentence on behaviour."""
    def register(function):
        _cases.append((name, function))
        return function
    return register


def expect(actual, wanted, what=""):
    if actual != wanted:
        raise AssertionError(f"{what + ': ' if what else ''}{actual!r} instead of {wanted!r}")


def require(condition, what):
    if not condition:
        raise AssertionError(f"not so: {what}")


def run(broker, words):
    """Runs the cases whose names have all words; returns how many passed and failed."""
    passed = failed = 0
    for name, function in _cases:
        if not all(word in name for word in words):
            continue
        try:
            function(broker)
        except Exception as error:  # pylint: disable=broad-except: every failure becomes a line
            failed += 1
            where = [f for f in traceback.extract_tb(error.__traceback__)
                     if f.filename.endswith("_cases.py")]
            line = f" ({where[-1].name}:{where[-1].lineno})" if where else ""
            text = " ".join(f"{type(error).__name__}: {error}".split())
            print(f"FAILED {name}: {text[:600]}{line}", flush=True)
        else:
            passed += 1
            print(f"ok {name}", flush=True)
    return passed, failed
