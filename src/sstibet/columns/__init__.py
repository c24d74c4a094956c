"""Quotes for a whole table at once, and for files of any length.

A row is a question of its own: ``on`` (required) and ``known_on`` are its days, ``scheme`` its
scheme unless one is named for all, and every column that is called like a fact of the book gives
that fact; an empty cell is a fact that wasn't given. Every other column passes through. What comes
out in a row is, to the fen, what ``book.on(on, known_on).quote(scheme, facts)`` answers; a row that
can't be priced bears its code, and touches no other.

The rules come compiled from the same pricers that make single quotes; see `sstibet.columns.rate`
and `sstibet.columns.pick`. Needs the extra ``table``.
"""

try:
    import numpy
    import pyarrow
except ImportError as error:
    raise ImportError(
        "whole tables need numpy and pyarrow: pip install sstibet[table]", name=error.name
    ) from error

from sstibet.columns.files import Counts, quote_file
from sstibet.columns.table import quote_table

__all__ = ["Counts", "quote_file", "quote_table"]

del numpy, pyarrow
