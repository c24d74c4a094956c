"""Inputs to begin with: sound ones, those that were hard for others, and those that broke a law
here once (``found/TARGET-…``, each mended since)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
_ROOT = HERE.parents[1]
_DIGITS = b"9" * 1_000_000

_YAML = (
    b"a: [1, 2]\nb: {c: d}\n",
    b"[" * 100_000, b"{a: " * 5_000, b"- " * 50_000, b"a:\n" + b" " * 100_000 + b"b", b"? " * 9_999,
    b"a: &a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n", b"a: !!python/object/apply:os.system [ls]",
    b"\xef\xbb\xbfa: b", b"a: \xff", b"a\0b: c", "a: \ud800".encode("utf-8", "surrogatepass"),
    "a\u202e: བོད".encode(), b"a: " + _DIGITS, b"%YAML 9.9\n---\n", b"--- a\n--- b\n...\n", b"'",
    b'"\\x',
    b'"\\ud800"', b"|9\n a", b"a: >-\n\t b", "a： b\n".encode(), b"\r\r\r", b": : :",
    b"<<: {a: b}\n<<: c",
)  # fmt: skip
_SNAPSHOT = (
    b'{"format":1,"head":["r","i",1,"a",1,"d"],"caller":null,"state":"s","version":0,'
    b'"answers":%b,"drafts":{},"pending":[],"deadline":null,"numbered":0}'
)
_JSON = (
    b"[" * 100_000, b'{"a":' * 50_000, _DIGITS, b"1e999999", b"NaN", b"-Infinity", b'"\\ud800"',
    b"{}", b"null", b"\xef\xbb\xbf{}", b'{"format":1}', b'{"format":' + b"[" * 5_000,
    _SNAPSHOT % b"{}", _SNAPSHOT % b'{"a":1e999}', _SNAPSHOT % b'{"a":NaN}', _SNAPSHOT % b"[]",
    _SNAPSHOT % (b'{"a":' + b"[" * 900 + b"]" * 900 + b"}"),
)  # fmt: skip
_KEY = b"keys:\n  - {id: a, secret: a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=}\n"
_CSV = (
    b"\0on,base\n2025-10-15,7066.20\n", b"\0" + b"a," * 50_000, b"\0\xff\xfe", b"\0on,base\n\"\n",
    b"\0on,base,months\n2025-10-15," + b"9" * 100_000 + b",1\n", b"\0on,on\n1,2\n", b"\3PAR1",
    b"\3PAR1" + b"\0" * 100 + b"PAR1", b"\0\n\n\n", b"\0on;base\n1;2\n",
    b"\0" + "on,base\n\u202e,٣\n".encode(),
)  # fmt: skip
_SEEDS = {
    "reader": _YAML,
    "settings": (*_YAML, _KEY, _KEY * 2),
    "snapshots": _JSON,
    "tables": _CSV,
    "signed": tuple(
        b"\0\0\0\0\0\0\0\0\0"[:n] + b'{"facts":' + b"[" * deep + b"]" * deep + b"}"
        for deep in (300, 450, 700, 950, 30_000) for n in range(3, 9)
    ),
    "patterns": (
        b"\x14(a?){20}b\0", b"\x0a(a|a)(a|a)", b"\x20" + b"(" * 30 + b"a", b"\x0c(a{0,99}){99}b",
        rb"\x10[\d-\]a]{1,9}", b"\x30(a?b?){30}(a?b?){30}c",
    ),
}  # fmt: skip


def seeds(target: str) -> Iterator[bytes]:
    """What a target begins with."""
    yield from _SEEDS.get(target, ())
    if target == "reader":
        for file in sorted((_ROOT / "tests" / "books" / "good" / "small").glob("*.yaml")):
            yield file.read_bytes()
    for found in sorted((HERE / "found").glob(f"{target}-*")):
        yield found.read_bytes()
    yield b""
    for n in range(40):  # one choice after another
        yield bytes((n * 7 + k * k * (n % 5 + 1)) % 256 for k in range(60))
