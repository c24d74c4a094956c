"""The command ``sstibet``: every question of the library from a terminal or a script.

Each command stands in a module of its own: ``asking`` (quote, refund, may-pay), ``checking``
(check, explain-code, schema), ``showing``, ``tabling``, ``walking``, ``drawing``, ``demo``,
``keeping`` (new-key, rotate, forget). ``exporting`` is for another engine, ``shapes`` what
``--json`` prints, ``pages`` what people read, ``options`` what is asked for on the line.

Exit status: 0 the answer was given, 1 the answer is no or something is wrong or missing, 2 the
question itself could not be asked.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["main", "run"]

_EXTRA = "the command needs its extra: pip install 'sstibet[cli]'"


def main() -> None:
    """The entry point: run the command line and leave with its exit status."""
    # The system may have decoded the arguments by a locale that isn't UTF-8.
    arguments = [os.fsencode(each).decode("utf-8", "surrogateescape") for each in sys.argv[1:]]
    raise SystemExit(run(arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status; prints to stdout and stderr."""
    _speak_utf8()
    try:
        import rich
        import typer
    except ModuleNotFoundError as error:
        sys.stderr.write(f"sstibet: {error.name} is not installed; {_EXTRA}\n")
        return 2
    del rich, typer
    from sstibet.cli.app import app
    from sstibet.text import UnknownName

    try:
        app(args=list(arguments), prog_name="sstibet")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BrokenPipeError:
        return _closed_pipe()
    except (UnknownName, OSError) as error:
        sys.stderr.write(f"Error: {_sentence(error)}\n")
        return 2
    return 0


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _speak_utf8() -> None:
    """Write UTF-8 whatever the locale says; what cannot be encoded is escaped, never fatal."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def _closed_pipe() -> int:
    # The reader has gone (`sstibet … | head`); what Python flushes at exit goes nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
