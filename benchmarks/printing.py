"""A certificate printed, against typst compiling a page with one word on it."""

from __future__ import annotations

from datetime import date
from typing import Any

from benchmarks.measure import Report, medians
from sstibet import Money
from sstibet.papers import Certificate, Ed25519Signer, PaidLine, Sealed, seal

ADDRESS = "https://example.invalid/verify"
BARE = b'#set text(font: "Noto Serif CJK SC")\n\xe8\xaf\x81\xe6\x98\x8e'


def certificate(count: int) -> Sealed:
    """A certificate of an invented person, with so many lines."""
    lines = tuple(
        PaidLine(
            f"4540162510{n:08d}",
            "城乡居民基本养老保险费",
            f"{1990 + n}",
            date(2025, 10, 15),
            Money(50_000 + n),
        )
        for n in range(count)
    )
    made = Certificate(
        "tax", "454015251000000001", "454016251000000000", date(2025, 10, 20),
        "国家税务总局某某市税务局（虚构）", "格桑梅朵", "201", "549902199001010017", lines, True,
    )  # fmt: skip
    return seal(made, Ed25519Signer("k1", bytes(range(32))))


def check() -> int:
    """Papers are read back as what was sealed; how many pages they have."""
    from sstibet.papers.press import Press
    from sstibet.papers.reading import read_pdf

    press, pages = Press(ADDRESS), 0
    for count in (1, 30):
        sealed = certificate(count)
        assert read_pdf(press.pdf(sealed)) == sealed
        pages += len(press.png(sealed))
    return pages


def speed(report: Report) -> None:
    """Warm: a press, and a compiler, that have printed before."""
    import typst

    from sstibet.papers.press import Press

    press, bare = Press(ADDRESS), typst.Compiler()
    some: list[Any] = [certificate(5 + n % 2) for n in range(2)]  # never the same twice running
    many: list[Any] = [certificate(30 + n % 2) for n in range(2)]
    turn = [0]

    def other(sealed: list[Any]) -> Any:
        turn[0] += 1
        return sealed[turn[0] % 2]

    jobs = {
        "bare": lambda: bare.compile(BARE + b" " * (turn[0] % 7), format="pdf"),
        "pdf": lambda: press.pdf(other(some)),
        "png": lambda: press.png(other(some)),
        "long": lambda: press.pdf(other(many)),
    }
    for job in jobs.values():
        job()
    took = medians(jobs, rounds=31)
    what = "to typst compiling one word"
    report.ratio(f"a certificate as PDF {what}, 5 lines, warm", took["pdf"] / took["bare"], 30)
    report.note(f"a certificate as PDF {what}, 30 lines", took["long"] / took["bare"])
    report.note("a certificate as PDF, 5 lines, in milliseconds", took["pdf"] * 1000)
    report.note("a certificate as PNG, 5 lines, in milliseconds", took["png"] * 1000)
