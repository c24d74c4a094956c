"""Pages of what the library says by itself: the codes of problems, the commands, the ports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import typer

from bookpages.writing import both, code, fenced, heading, page, place, plain, table, toctree
from sstibet.cli.app import app
from sstibet.contents import Contents
from sstibet.problems import all_codes, explain_code

# The groups of problem_codes.yaml, told by the comments between them: file name, title, what it is.
GROUPS = (
    ("reading", "Reading YAML", "What the reader finds, whatever a file is about."),
    ("strict", "Found with strict checking", "What `sstibet check --strict` finds besides."),
    ("values", "Values and shapes", "What is wrong with a single value, or with one entry."),
    (
        "book",
        "The book as a whole",
        "What is found once all files are read: names, gaps, machines.",
    ),
    ("settings", "Settings", "What only a file of settings can have."),
)
_CODE = re.compile(r"^(\w+):$")
_WIDTH = 88


def groups() -> dict[str, list[str]]:
    """The codes of each group, in their order in the file."""
    text = files("sstibet").joinpath("problem_codes.yaml").read_text("utf-8")
    found, names = {name: list[str]() for name, _, _ in GROUPS}, iter(GROUPS)
    group, after_code = next(names)[0], False
    for line in text.splitlines():
        if line.startswith("#") and after_code:
            group, after_code = next(names)[0], False
        elif (match := _CODE.match(line)) is not None:
            found[group].append(match[1])
            after_code = True
    lost = set(all_codes()) - {each for codes in found.values() for each in codes}
    if lost:
        raise ValueError(f"problem_codes.yaml has codes that no group takes: {sorted(lost)}")
    return found


def problems() -> Iterator[tuple[str, str]]:
    """A page for each group, and the one that lists them all."""
    found = groups()
    for name, title, about in GROUPS:
        lines = [about]
        for each in found[name]:
            lines += _problem(each)
        yield name, page(plain(title), f"problems-{name}", lines)
    lines = [
        "Every problem has a code, a word that never changes its meaning. In a terminal:",
        "`sstibet explain-code CODE`.",
        *table(
            ["code", "what it is"],
            (
                (f"[{code(each)}](#problem-{each})", plain(explain_code(each).title))
                for each in all_codes()
            ),
        ),
        *toctree((name for name, _, _ in GROUPS), hidden=""),
    ]
    yield "index", page("Codes of problems [错误代码]{.language-zh-CN}", "problems", lines)


def _problem(name: str) -> list[str]:
    told = explain_code(name)
    lines = [f"(problem-{name})=", f"## `{name}`: {plain(told.title)}", ""]
    lines += [f"**Cause.** {plain(told.cause)}", "", f"**Cure.** {plain(told.cure)}", ""]
    for title, text in (("Wrong", told.wrong), ("Right", told.right)):
        if text:
            lines += [f"{title}:", *fenced(text)]
    return lines


def commands() -> str:
    """What every command says of itself."""
    group: Any = typer.main.get_command(app)
    lines = ["What `--help` prints."]
    named = {"": group, **group.commands}
    for name, command in named.items():
        path = f"sstibet {name}".strip()
        # Typer's own context and formatter, at one width whatever the terminal.
        context = command.make_context(path, [], resilient_parsing=True, max_content_width=_WIDTH,
                                       terminal_width=_WIDTH)  # fmt: skip
        lines += ["", f"(command-{name or 'sstibet'})=", f"## `{path}`"]
        lines += fenced(command.get_help(context))
    return page("The command line [命令行]{.language-zh-CN}", "commands", lines)


def ports(contents: Contents) -> str:
    """What each port can be asked, and every answer it may give."""
    lines = [
        "Besides its own answers every verb may answer `failed` (it wasn't reached, nothing was",
        "done), and one that needs a secret `lost` (nobody knows what was done).",
    ]
    for name, port in contents.ports.items():
        lines += ["", f"(port-{name})=", f"## {heading(port.label)}", ""]
        lines.append(f"{code(name)} {place(port.where)}")
        rows = []
        for verb, asked in port.verbs.items():
            for n, (answer, told) in enumerate(asked.answers.items()):
                needs = [*map(code, asked.needs), *(f"({code(each)})" for each in asked.may_need)]
                given = [*map(code, told.gives), *(f"({code(each)})" for each in told.may_give)]
                notes = [
                    *(["by a callback"] if asked.later and not told.progress else []),
                    *(["more follows"] if told.progress else []),
                    *([f"confirms {', '.join(map(code, told.confirms))}"] if told.confirms else []),
                ]
                rows.append(
                    (
                        f"**{code(verb)}**<br>{both(asked.label)}" if n == 0 else code(verb),
                        ", ".join(needs) if n == 0 else "",
                        f"{code(answer)}<br>{both(told.label)}" if told.label else code(answer),
                        ", ".join(given),
                        ", ".join(notes),
                    )
                )
        lines += table(["verb", "needs", "answers", "brings", "besides"], rows)
    lines.append("\nIn brackets: what may be told or brought, and needn't.")
    return page("What ports are asked [端口]{.language-zh-CN}", "ports-table", lines)
