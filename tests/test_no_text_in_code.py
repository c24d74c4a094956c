"""No text for people stands in code or templates: it is in catalogues and in the rules' labels.

Chinese and Tibetan in code are looked for in every module; English sentences where the code prints
them. What stands there all the same has its reason beside it; a reason that is no longer needed is
a failure, too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from tools.messages.domains import ROOT, SOURCE
from tools.messages.extract import docstrings_of

SCRIPTS = re.compile("[\u0f00-\u0fff\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
SENTENCE = re.compile(r"[A-Za-z]{2,},? [a-z]{2,},? [a-z]{2,}")
COUNTER = ROOT / "examples" / "counter"
READ = (
    r"\b(?:alt|title|placeholder|aria-(?:label|description|valuetext)|label|value)="
    r"\"([^\"]*[^\W\d_][^\"]*)\""
)
PRINTS = {"say_line", "warn_line", "line", "write"}

# File or folder -> why Chinese or Tibetan stands in its code.
REASONS = {
    "cli/app.py": "the command's help is English and has the Chinese term beside it",
    "cli/demo": "the demonstration is told in English with the Chinese terms",
    "cli/options.py": "the command's help is English and has the Chinese term beside it",
    "cli/walking_fields.py": "what may be typed: 全部, and 、 between numbers",
    "documents.py": "what may be typed for yes and no",
    "drawing/diagram.py": "signs that Mermaid would take for its own, and what stands for them",
    "drawing/wording.py": "signs at which a line may not be broken",
    "formats.py": "大写金额 are Chinese in every language, by a rule and not by translation",
    "forms/plain.py": "what may be typed for yes and no",
    "identifiers.py": "which characters a name may have",
    "misreadings.py": "full-width signs that are taken for YAML's own",
    "papers": "a certificate is printed in Chinese whatever its reader's language; its words "
    "are in its catalogues, and signs between them are looked for when it is read back",
    "testing": "invented persons and answers",
    "typed.py": "how people write days and amounts",
}
# Modules of the library that print English by themselves, and why.
ENGLISH = {
    "cli/__init__.py": "bad usage and missing extras are told in English, as typer does",
    "cli/checking.py": "problems of a book are English throughout, with their codes",
    "cli/demo": "the demonstration is told in English with the Chinese terms",
    "cli/inflight.py": "for whoever runs the service: English, as its logs",
    "cli/keeping.py": "for whoever runs the service: English, as its logs",
}


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text of a module but its docstrings."""
    docstrings = docstrings_of(tree)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and node not in docstrings
            and isinstance(node.value, str)
        ):
            yield node.lineno, node.value


def not_shown(tree: ast.AST) -> set[int]:
    """The lines of what is raised, asserted, logged or told by ``--help``, which is English, for
    whoever runs the service; and of what is only compared with."""
    found = set[int]()
    for node in ast.walk(tree):
        logs = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("debug", "info", "warning", "error", "exception", "critical")
        )
        helps = isinstance(node, ast.keyword) and node.arg in ("help", "description")
        if logs or helps or isinstance(node, ast.Raise | ast.Assert | ast.Compare):
            found.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return found


def printed(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The texts in what a module prints itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in PRINTS:
                for argument in node.args:
                    yield from texts(argument)


def text_of_template(source: str) -> Iterator[str]:
    """The text that a template shows by itself: between tags, and in attributes that are read."""
    source = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|<!--.*?-->", "", source, flags=re.DOTALL)
    source = re.sub(r"<(script|style)\b.*?</\1>", "", source, flags=re.DOTALL)
    for attribute in re.finditer(READ, source):
        if not re.fullmatch(r"[\w-]+", attribute[1], re.ASCII):  # an id or a value is no text
            yield attribute[1]
    for text in re.split(r"<[^>]*>", re.sub(r"[\w-]+=\"[^\"]*\"", "", source)):
        if re.search(r"[^\W\d_]{2}", re.sub(r"&\w+;", "", text)):
            yield text.strip()


def reason_for(file: str, reasons: dict[str, str]) -> str | None:
    """The entry that a file's text is excused by."""
    return next((each for each in reasons if file == each or file.startswith(f"{each}/")), None)


class TestTheLibrary:
    """src/sstibet: Chinese and Tibetan in the code only where a reason is given."""

    def test_chinese_and_tibetan_stand_in_code_only_for_a_reason(self) -> None:
        unexcused, used = list[str](), set[str | None]()
        for path in sorted(SOURCE.rglob("*.py")):
            file = str(path.relative_to(SOURCE))
            for line, text in texts(ast.parse(path.read_text("utf-8"))):
                if SCRIPTS.search(text):
                    used.add(reason_for(file, REASONS))
                    if reason_for(file, REASONS) is None:
                        unexcused.append(f"{file}:{line}: {text!r}")
        assert unexcused == []
        assert set(REASONS) - used == set(), "a reason that nothing needs any more"

    def test_no_module_prints_a_sentence_of_its_own(self) -> None:
        unexcused, used = list[str](), set[str | None]()
        for path in sorted(SOURCE.rglob("*.py")):
            file = str(path.relative_to(SOURCE))
            for line, text in printed(ast.parse(path.read_text("utf-8"))):
                if SENTENCE.search(text):
                    used.add(reason_for(file, ENGLISH))
                    if reason_for(file, ENGLISH) is None:
                        unexcused.append(f"{file}:{line}: {text!r}")
        assert unexcused == []
        assert set(ENGLISH) - used == set(), "a reason that nothing needs any more"


# What programmers read in the API's description (OpenAPI), and never those who pay.
DESCRIBED = {
    "examples/counter/api/describing.py": "descriptions in the OpenAPI document",
    "examples/counter/api/shapes.py": "an invented person as an example in the OpenAPI document",
}


@pytest.mark.skipif(not COUNTER.is_dir(), reason="this checkout has no counter")
class TestTheCounter:
    """The example holds no text for those who pay, in modules or in templates."""

    def test_its_modules(self) -> None:
        found, used = list[str](), set[str | None]()
        for path in sorted(COUNTER.rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            spared = not_shown(tree)
            for line, text in texts(tree):
                if line not in spared and (SCRIPTS.search(text) or SENTENCE.search(text)):
                    file = str(path.relative_to(ROOT))
                    used.add(reason_for(file, DESCRIBED))
                    if reason_for(file, DESCRIBED) is None:
                        found.append(f"{file}:{line}: {text!r}")
        assert found == []
        assert set(DESCRIBED) - used == set(), "a reason that nothing needs any more"

    def test_its_templates(self) -> None:
        found = [
            f"{path.relative_to(ROOT)}: {text!r}"
            for path in sorted(COUNTER.rglob("*.html"))
            for text in text_of_template(path.read_text("utf-8"))
        ]
        assert found == []


class TestTheGuard:
    """Text that is planted is seen."""

    @pytest.mark.parametrize(
        "source",
        [
            "<p>Pay now</p>",
            "<p>缴费</p>",
            "<h1>{{ _('a') }} 元</h1><p>费用</p>",
            '<img alt="the bank card">',
            '<input placeholder="姓名">',
            "{% if x %}Done{% endif %}",
        ],
    )
    def test_in_a_template(self, source: str) -> None:
        assert list(text_of_template(source))

    @pytest.mark.parametrize(
        "source",
        [
            "<p class=\"a b\">{{ _('pay.now') }}</p>",
            '<script nonce="x">let some = "text of code"</script>',
            '<input value="{{ value }}" aria-describedby="pay-hint">{# a remark #} &nbsp; 1/2 ·',
        ],
    )
    def test_what_is_none_is_left_alone(self, source: str) -> None:
        assert list(text_of_template(source)) == []

    def test_in_code(self) -> None:
        planted = ast.parse('"""doc 文"""\nx = "文"\nsay_line("there are three words")\n')
        assert [text for _, text in texts(planted)] == ["文", "there are three words"]
        assert [text for _, text in printed(planted)] == ["there are three words"]

    def test_what_is_raised_logged_or_compared_is_not_shown(self) -> None:
        planted = ast.parse(
            'log.error("it has gone wrong")\nraise ValueError("not so at all")\nx = "一" <= y\n'
        )
        assert not_shown(planted) == {1, 2, 3}
