"""An author's mistakes: for every kind of them, what `sstibet check` says about it.

Every folder of ``books/bad`` is one mistake. Its ``edit.txt`` says in a comment what it is, and
changes a sound book: ``file``, the text to ``find`` there (exactly once) and what to ``replace``
it by, on one line or on lines that begin with ``| ``; ``remove: FILE``; ``book: NAME`` for another
sound book than ``books/good/small``; ``make: MAKER FILE`` for what no text file can hold (see
``MAKERS``). Any other file of the folder is laid over the book as it is. ``expected.txt`` is what
an author reads. After a change of the words::

    UPDATE_GOLDEN=1 pytest tests/test_bad_books.py && git diff tests/books/bad

The diff is to be read as an author would: is it the right line, is the cure in it, is it said once?
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import sstibet
from sstibet.frames import FORMATS, render, source_in
from sstibet.problems import Problem, all_codes, explain_code

BOOKS = Path(__file__).parent / "books"
BAD = BOOKS / "bad"
NAMES = sorted(folder.name for folder in BAD.iterdir() if folder.is_dir())
UPDATING = os.environ.get("UPDATE_GOLDEN") == "1" and not os.environ.get("CI")

# Codes that no book on a disk shows to `check`, each with the reason and the tests that show it.
UNSHOWN = {
    "float": "only a program gives a float; a file holds text (test_facts)",
    "wrong_type": "only a program gives a value of another type; a file holds text (test_facts)",
    "example_fails": "a net below the checks: no book is known that falls into it",
    "too_many_problems": "its golden would hold a thousand frames (test_reader)",
    "text_broken": "a file that the reader takes holds no half of a character (test_identifiers)",
    "id_number_of_type": "only a form asks a type and a number together (test_identifiers)",
    "doubled_row": "an example is told what came out instead, not why (test_facts)",
    "machine_stranded": "only a store shows it, to --against (test_inflight)",
    "edition_gone": "only a store shows it, to --against (test_inflight)",
    "replay_differs": "only a store shows it, to --against (test_inflight)",
    "not_a_key": "only settings have keys (test_vault)",
    "setting_out_of_bounds": "only settings have it (test_accounts)",
    "weak_hashing": "only settings have it (test_accounts)",
    "memory_evidence": "only --strict tells it (test_cli)",
    "synthetic_evidence": "only --strict tells it (test_cli)",
}


# Reading edit.txt


@dataclass
class Edit:
    """One text of one file and what stands in its stead."""

    file: str
    find: str = ""
    replace: str = ""


@dataclass
class Recipe:
    """How a bad book is made from a sound one."""

    comment: str = ""
    book: str = "small"
    edits: list[Edit] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    made: list[tuple[str, str]] = field(default_factory=list)


def read_recipe(path: Path) -> Recipe:
    """The recipe in an ``edit.txt``."""
    recipe, target = Recipe(), ""
    for line in path.read_text("utf-8").split("\n"):
        key, _, value = line.partition(": ")
        if line.startswith("#"):
            recipe.comment += line[1:]
        elif line.startswith("|"):
            edit = recipe.edits[-1]
            before = getattr(edit, target)
            setattr(edit, target, (before + "\n" if before else "") + line[2:])
        elif line.rstrip(":") in ("find", "replace"):
            target = line.rstrip(":")
        elif key == "file":
            recipe.edits.append(Edit(value))
        elif key in ("find", "replace"):
            setattr(recipe.edits[-1], key, value)
        elif key == "book":
            recipe.book = value
        elif key == "remove":
            recipe.removed.append(value)
        elif key == "make":
            maker, _, file = value.partition(" ")
            recipe.made.append((maker, file))
        elif line:
            raise ValueError(f"{path}: {line!r} is no line of a recipe")
    return recipe


# What no text file in a repository can hold


def _rewritten(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(change(path.read_bytes()))

    return make


def _directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


MAKERS: dict[str, Callable[[Path], None]] = {
    "gbk": _rewritten(lambda data: data.decode("utf-8").encode("gbk")),
    "utf_16": _rewritten(lambda data: data.decode("utf-8").encode("utf-16")),
    "byte_order_mark": _rewritten(lambda data: b"\xef\xbb\xbf" + data),
    "nothing": _rewritten(lambda data: b""),
    "only_a_comment": _rewritten(lambda data: b"# to be written\n"),
    "half_of_it": _rewritten(lambda data: data[: data.index(b"of_base: 8") + 7]),
    "long_line": _rewritten(lambda data: data + b"more: " + b"x" * 50_000_000 + b"\n"),
    "deep_flow": _rewritten(lambda data: data + b"more: " + b"[" * 10_000 + b"]" * 10_000 + b"\n"),
    "deep_block": _rewritten(lambda data: data + b"more: \n" + b"".join(
        b" " * depth + b"a:\n" for depth in range(1, 2_501)
    )),  # 10,000 levels indented one by one would be 50 MB: too large before it is too deep
    "deep_list": _rewritten(lambda data: data + b"more: \n " + b"- " * 10_000 + b"x\n"),
    "a_directory": _directory,
    "a_pipe": _pipe,
    "a_link_to_itself": _link_to_itself,
}  # fmt: skip


def build(name: str, folder: Path) -> Path:
    """The bad book, made in ``folder``."""
    recipe = read_recipe(BAD / name / "edit.txt")
    assert recipe.comment.strip(), "say in a comment what the mistake is"
    root = folder / "book"
    shutil.copytree(BOOKS / "good" / recipe.book, root)
    for edit in recipe.edits:
        path = root / edit.file
        text = path.read_text("utf-8") if path.exists() else ""
        assert text.count(edit.find) == 1, f"{edit.find!r} must stand in {edit.file} exactly once"
        path.write_text(text.replace(edit.find, edit.replace), "utf-8", newline="")
    for file in recipe.removed:
        (root / file).unlink()
    for source in (BAD / name).rglob("*"):
        if source.is_file() and source.name not in ("edit.txt", "expected.txt"):
            target = root / source.relative_to(BAD / name)
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(source, target)
    for maker, file in recipe.made:
        MAKERS[maker](root / file)
    return root


@pytest.fixture(params=NAMES)
def bad(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """A bad book's name and folder."""
    return request.param, build(request.param, tmp_path)


def test_an_author_reads_where_and_how_to_mend_it(bad: tuple[str, Path]) -> None:
    name, root = bad
    problems = sstibet.check(root)
    assert problems, "this book is sound"
    assert problems == sorted(problems)
    shown = render(problems, source_in(root), "full") + "\n"
    golden = BAD / name / "expected.txt"
    if UPDATING and (not golden.exists() or shown != golden.read_text("utf-8")):
        golden.write_text(shown, "utf-8")
    assert shown == golden.read_text("utf-8")
    for problem in problems:
        assert problem.hint or explain_code(problem.code).cure, problem
    _same_places(problems, root)
    with pytest.raises(sstibet.RulebookError) as refused:
        sstibet.load(root)
    assert list(refused.value.problems) == sorted(set(problems))


def _same_places(problems: list[Problem], root: Path) -> None:
    """Every format names the same places and codes, in the same order."""
    said = {format: render(problems, source_in(root), format) for format in FORMATS}
    wanted = [(p.file, str(p.line), str(p.column), p.code) for p in problems]
    concise = re.findall(r"^(.+?):(\d+):(\d+): (\w+): ", said["concise"], re.M)
    pattern = r"^::error file=(.+?),line=(\d+),col=(\d+),title=(\w+)::"
    github = re.findall(pattern, said["github"], re.M)
    full = re.findall(r"^error\[(\w+)\]: .*\n *--> (.+):(\d+):(\d+)$", said["full"], re.M)
    objects = [
        tuple(str(each[key]) for key in ("file", "line", "column", "code"))
        for each in json.loads(said["json"])
    ]
    assert concise == github == objects == wanted
    assert [(file, line, column, code) for code, file, line, column in full] == wanted


def test_every_code_is_shown_or_excused() -> None:
    shown = set[str]()
    for name in NAMES:
        text = (BAD / name / "expected.txt").read_text("utf-8")
        shown.update(re.findall(r"^error\[(\w+)\]", text, re.M))
    assert shown <= set(all_codes())
    assert set(all_codes()) - shown == set(UNSHOWN)


def test_one_mistake_is_told_once() -> None:
    """No kind of mistake drowns its author in consequences; ``many_…`` are many mistakes."""
    for name in NAMES:
        text = (BAD / name / "expected.txt").read_text("utf-8")
        assert name.startswith("many_") or text.count("error[") <= 3, name
