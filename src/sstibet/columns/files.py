"""Quotes for files of any length: CSV and Parquet, read and written batch by batch.

What is written goes to a file beside the target that takes its place only when it's whole; nobody
ever finds half a table.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from sstibet.columns.table import Book, Plan

Progress = Callable[[int, int, int], None]
_BATCH = 65_536  # rows of Parquet at a time
_BLOCK = 4 << 20  # bytes of CSV at a time
_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows were written, and how many of them bear a code instead of a price."""

    rows: int
    bad: int


def quote_file(
    book: Book,
    source: str | Path,
    target: str | Path,
    *,
    scheme: str | None = None,
    progress: Progress | None = None,
) -> Counts:
    """Quote every row of a file, as `quote_table` does, into another file.

    Args:
        book: the rule book.
        source: a ``.csv`` file in UTF-8 with a header, every cell of which is text and an empty
            one no fact; or a ``.parquet`` file.
        target: a ``.csv`` or ``.parquet`` file; one that is there is replaced at the end.
        scheme: the scheme of every row, where the file has no such column.
        progress: called after every batch with the rows done, the bytes read and all bytes.

    Raises:
        ValueError: the file is not what its name says, or its columns can't be taken.
        TypeError: a column's type can't be taken.
        OSError: reading or writing failed.
    """
    source, target = Path(source), Path(target)
    for path in (source, target):
        if path.suffix.lower() not in (".csv", ".parquet"):
            raise ValueError(f"{path.name} is neither .csv nor .parquet")
    if target.exists() and target.samefile(source):
        raise ValueError(f"{target.name} is the file that is read; write to another one")
    rows = bad = 0
    with _opened(source) as (schema, batches), _beside(target) as temporary:
        plan = Plan(book, schema, scheme)
        added = [_writable(field, target) for field in plan.added]
        whole = pa.schema([*schema, *added], schema.metadata)
        with _writer(temporary, target, whole) as writer:
            for batch, bytes_done, bytes_total in batches:
                columns = plan.quote(pa.Table.from_batches([batch]))
                rows, bad = rows + batch.num_rows, bad + columns[-2].is_valid().sum().as_py()
                new = [each.cast(field.type) for each, field in zip(columns, added, strict=True)]
                writer.write_table(pa.Table.from_arrays([*batch.columns, *new], schema=whole))
                if progress is not None:
                    progress(rows, bytes_done, bytes_total)
    return Counts(rows, bad)


Batches = Iterator[tuple[pa.RecordBatch, int, int]]


@contextmanager
def _opened(source: Path) -> Iterator[tuple[pa.Schema, Batches]]:
    """A file's schema, and its batches with the bytes read so far and all of them."""
    size = source.stat().st_size
    with pa.OSFile(str(source)) as file:
        if source.suffix.lower() == ".parquet":
            yield _parquet(file, size)
        else:
            yield _csv(source, file, size)


def _parquet(file: Any, size: int) -> tuple[pa.Schema, Batches]:
    import pyarrow.parquet as pq

    parquet = pq.ParquetFile(file)
    whole = max(parquet.metadata.num_rows, 1)

    def batches() -> Batches:
        done = 0
        for batch in parquet.iter_batches(batch_size=_BATCH, use_threads=False):
            done += batch.num_rows
            yield batch, size * done // whole, size

    return parquet.schema_arrow, batches()


def _csv(source: Path, file: Any, size: int) -> tuple[pa.Schema, Batches]:
    """Every column is read as text, so that the book's own reading of it counts."""
    names = _header(source)
    as_text = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
    )
    in_blocks = pa_csv.ReadOptions(use_threads=False, block_size=_BLOCK)
    quoted = pa_csv.ParseOptions(newlines_in_values=True)
    try:
        reader = pa_csv.open_csv(file, in_blocks, quoted, as_text)
    except pa.ArrowInvalid as error:
        raise _csv_error(source, error) from error

    def batches() -> Batches:
        while True:
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                return
            except pa.ArrowInvalid as error:
                raise _csv_error(source, error) from error
            yield batch, min(file.tell(), size) if not file.closed else size, size

    return reader.schema, batches()


def _header(source: Path) -> list[str]:
    """The names of a CSV file's columns."""
    with source.open("rb") as file:
        start = file.read(4)
    for mark, encoding in _BOMS.items():
        if start.startswith(mark):
            raise ValueError(f"{source.name} is {encoding}; save it as CSV UTF-8")
    try:
        with pa_csv.open_csv(source, pa_csv.ReadOptions(use_threads=False)) as reader:
            return list(reader.schema.names)
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise _csv_error(source, error) from error


def _csv_error(source: Path, error: Exception) -> ValueError:
    if isinstance(error, UnicodeDecodeError) or "UTF8" in str(error) or "UTF-8" in str(error):
        return ValueError(
            f"{source.name} is not UTF-8 (GBK, perhaps); save it as CSV UTF-8, "
            "for example with: iconv -f gb18030 -t utf-8"
        )
    return ValueError(f"{source.name}: {error}")


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A new file in the target's folder, which takes the target's place if all goes well."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _writable(field: pa.Field, target: Path) -> pa.Field:
    """A field as its file can hold it: CSV has no dictionaries."""
    if target.suffix.lower() == ".csv" and pa.types.is_dictionary(field.type):
        return field.with_type(field.type.value_type)
    return field


def _writer(temporary: Path, target: Path, schema: pa.Schema) -> Any:
    if target.suffix.lower() == ".csv":
        return pa_csv.CSVWriter(temporary, schema)
    import pyarrow.parquet as pq

    return pq.ParquetWriter(temporary, schema)
