"""``python -m benchmarks``: every limit that the library keeps, as ratios of the same run.

``--short`` checks only that all yardsticks do the same job as the library, and times nothing;
``--full`` quotes files of ten million rows. Exit status 1 where a limit is missed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import sstibet
from benchmarks import deciding, door, durable, job, opinion, printing, serving
from benchmarks.generate import generate
from benchmarks.measure import Report, fresh, inside, medians
from benchmarks.naive import Editions, kernel, naive

GIB = 2**30


def main(arguments: list[str]) -> int:
    """Run what is asked for."""
    if set(arguments) - {"--short", "--full"}:
        print("usage: python -m benchmarks [--short | --full]", file=sys.stderr)
        return 2
    book = sstibet.load()
    by_hand = job.editions(book)
    compared = job.check_scalar(book, by_hand)
    short = "--short" in arguments
    asked = job.check_table(book, by_hand, 20_000 if short else 1_000_000)
    print(f"{compared:,} single quotes and {len(asked.base):,} rows as by hand, to the fen")
    print(f"{deciding.check(book)} events lead where they lead in transitions")
    print(f"{door.check()} tries at the door are answered alike, whoever is known")
    print(f"{printing.check()} pages of certificates are read back as they were sealed")
    print(f"{serving.check()} pages of the counter are whole and small")
    if opinion.able():
        print(f"{opinion.check(book)} decisions as by durable-rules")
    with TemporaryDirectory(prefix="sstibet-bench-") as folder:
        kept = Path(folder) / "kept"
        kept.mkdir()
        print(f"{durable.check(book, kept)} steps kept whole by every side")
        if short:
            problems = sstibet.check(generate(Path(folder) / "book", 40))
            assert not problems, problems
            print("a generated book of 40 files passes every check")
            return 0
        report = Report()
        steps = Path(folder) / "steps"
        steps.mkdir()
        # First, in a process as small as a service's own: here the clock on the wall counts.
        durable.speed(report, book, steps)
        scalar(report, book, by_hand)
        table(report, book, by_hand, asked)
        deciding.speed(report, book)
        deciding.size(report, book)
        opinion.measure(report, book)
        door.speed(report)
        printing.speed(report)
        serving.speed(report)
        start(report, Path(folder))
        large_book(report, Path(folder), 4000)
        files(report, book, Path(folder), 10_000_000 if "--full" in arguments else 1_000_000)
    return 1 if report.missed else 0


def scalar(report: Report, book: sstibet.Rulebook, by_hand: Editions) -> None:
    """One quote with its lines, and one price, against a naive Decimal function."""
    day = by_hand.starts[-1]
    rules = book.on(day)
    base = str(by_hand.bounds[-1][0] + 1)
    for months in ("1", "12"):
        facts = {"base": base, "months": months}

        def quote(facts: dict[str, str] = facts) -> object:
            made = rules.quote(job.SCHEME, facts)
            assert isinstance(made, sstibet.Quote)
            return made.lines, made.due

        jobs: dict[str, Callable[[], object]] = {
            "naive": lambda facts=facts: naive(by_hand, day, facts),
            "quote": quote,
            "price": lambda facts=facts: rules.price(job.SCHEME, facts),
        }
        took = medians(jobs, rounds=101, number=100)
        name = f"{months} month{'s' if months != '1' else ''}"
        what = "to the naive Decimal function"
        report.ratio(f"quote with lines {what}, {name}", took["quote"] / took["naive"], 12)
        report.ratio(f"price without lines {what}, {name}", took["price"] / took["naive"], 2)


def table(report: Report, book: sstibet.Rulebook, by_hand: Editions, asked: job.Rows) -> None:
    """A million rows of mixed days against a hand-written numpy kernel."""
    one = job.Rows(
        asked.table.set_column(2, "months", [[1] * len(asked.months)]),
        asked.on,
        asked.base,
        asked.months // asked.months,
    )
    for name, rows in (("1 to 12 months", asked), ("1 month each", one)):
        took = medians(
            {
                "table": lambda rows=rows: book.quote_table(rows.table, job.SCHEME),
                "kernel": lambda rows=rows: kernel(by_hand, rows.on, rows.base, rows.months),
            },
            rounds=11,
        )
        what = f"rows a second to a numpy int64 kernel, {len(asked.base):,} rows, {name}"
        report.ratio(what, took["kernel"] / took["table"], 0.5, least=True)


def start(report: Report, folder: Path) -> None:
    """A fresh process that loads the shipped book, against one that imports pydantic."""
    cache = folder / "cache"
    cache.mkdir(mode=0o700)
    load = "import sstibet; sstibet.load()"
    took: dict[str, list[float]] = {"pydantic": [], "cold": [], "warm": []}
    for _ in range(15):
        took["pydantic"].append(fresh("import pydantic", cache))
        for kept in cache.iterdir():
            kept.unlink()
        took["cold"].append(fresh(load, cache))
        took["warm"].append(fresh(load, cache))
    yardstick, what = median(took["pydantic"]), "to 'import pydantic', fresh process"
    report.ratio(f"import and load {what}, book kept", median(took["warm"]) / yardstick, 3)
    report.note(f"import and load {what}, book new", median(took["cold"]) / yardstick)


def large_book(report: Report, folder: Path, count: int) -> None:
    """A book of thousands of files, first and second time, against bare parsing of its files."""
    root, cache = generate(folder / "book", count), folder / "large-cache"
    parse = (
        "import pathlib, yaml",
        (
            f"for file in pathlib.Path({str(root)!r}).rglob('*.yaml'):\n"
            "    for event in yaml.parse(file.read_bytes(), Loader=yaml.CSafeLoader): pass"
        ),
    )
    load = ("import sstibet", f"sstibet.load({str(root)!r})")
    bare, cold, warm = [], [], []
    for turn in range(3):
        kept = cache / str(turn)
        kept.mkdir(mode=0o700, parents=True)
        kept.parent.chmod(0o700)
        bare.append(inside(*parse, kept))
        cold.append(inside(*load, kept))
        warm.append(inside(*load, kept))
    size = sum(file.stat().st_size for file in root.rglob("*.yaml")) / 1e6
    report.note(f"first load of {count:,} files ({size:.1f} MB), in seconds", median(cold))
    report.note("first load to bare yaml.parse of the same files", median(cold) / median(bare))
    report.ratio("second load to the first", median(warm) / median(cold), 0.1)


def files(report: Report, book: sstibet.Rulebook, folder: Path, count: int) -> None:
    """The largest memory that a process takes for files of many rows."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    by_hand = job.editions(book)
    for kind in ("csv", "parquet"):
        source = folder / f"in.{kind}"
        step = 500_000
        schema = job.rows(by_hand, 1).table.schema
        writer = pa_csv.CSVWriter if kind == "csv" else pq.ParquetWriter
        with writer(str(source), schema) as sink:
            for turn in range(count // step):
                rows = job.rows(by_hand, step, turn)
                sink.write_table(pa.table(rows.table, schema=schema))
        script = (
            "import resource, sstibet\n"
            "from sstibet.columns import quote_file\n"
            f"done = quote_file(sstibet.load(), {str(source)!r}, "
            f"{str(folder / f'out.{kind}')!r}, scheme={job.SCHEME!r})\n"
            f"assert done.rows == {count}, done\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)"
        )
        command = [sys.executable, "-c", script]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        what = f"peak memory in GiB, {count:,} rows of {kind} in and out"
        report.ratio(what, int(said) / GIB, 1)
        source.unlink()
        (folder / f"out.{kind}").unlink()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
