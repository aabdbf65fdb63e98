"""Named cases and their report: one JSON line per case on standard output, then a line that says how many there were.

The Go test reads the lines and makes a subtest of each; a script that dies on its way never prints the last line.
"""

import json
import traceback

_cases = []


def case(name):
    """Registers the decorated function, which takes a client's settings and raises on failure, under a name."""

    def register(function):
        _cases.append((name, function))
        return function

    return register


def cases_for(name, rows):
    """Registers one case per row of a table: the decorated function gets the settings and the row's values."""

    def register(function):
        for row_name, *values in rows:
            _cases.append((f"{name}/{row_name}", lambda settings, values=values: function(settings, *values)))
        return function

    return register


def run(settings, only=""):
    """Runs every case whose name contains the given text and reports each."""
    chosen = [(name, function) for name, function in _cases if only in name]
    for name, function in chosen:
        line = {"case": name, "ok": True}
        try:
            function(settings)
        except Exception:
            line = {"case": name, "ok": False, "detail": traceback.format_exc()}
        print(json.dumps(line), flush=True)
    print(json.dumps({"cases": len(chosen)}), flush=True)


def same(got, want, what="value"):
    """Fails unless the two are equal."""
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, want {want!r}")
