"""Talking in a terminal or a pipe: lines written, answers read, and the few signs that stand for
something else than an answer."""

from __future__ import annotations

import sys
import unicodedata
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from sstibet.cli.terminal import word


class Back(Exception):
    """``<``: the field or page before."""


class Menu(Exception):
    """``!``: what may be done here."""


class Leave(Exception):
    """``q``, or nothing more to read: the item stays as it is."""


_SIGNS: Mapping[str, type[Exception]] = {"<": Back, "!": Menu, "q": Leave, "Q": Leave}
HELP = "?"


class Talk:
    """A conversation in a language.

    Args:
        language: of the words.
        script: answers given beforehand: lines in their order, or a mapping of a prompt's name (a
            fact, or ``do`` for what is chosen from a list) to an answer or a list of answers. What
            it does not answer is read from standard input.
    """

    def __init__(self, language: str, script: Sequence[str] | Mapping[str, Any] = ()) -> None:
        from rich.console import Console

        self.language = language
        self.named = {
            name: deque(each if isinstance(each, list) else [each])
            for name, each in (script.items() if isinstance(script, Mapping) else ())
        }
        self.lines = deque[str](() if isinstance(script, Mapping) else script)
        self.on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        self._console = Console(file=sys.stdout, highlight=False, soft_wrap=True)

    def word(self, key: str, **values: object) -> str:
        """One of the walk's words."""
        return word(f"walk.{key}", self.language, **values)

    def line(self, text: str = "", style: str = "") -> None:
        """One line; coloured on a terminal only."""
        from rich.text import Text

        self._console.print(Text(text, style=style))

    def say(self, key: str, style: str = "", **values: object) -> None:
        """One of the walk's words as a line."""
        self.line(self.word(key, **values), style)

    def ask(self, prompt: str, name: str, about: str = "", hidden: bool = False) -> str:
        """What is typed after a prompt, as it is typed.

        Args:
            prompt: what is asked.
            name: the prompt's name in a script.
            about: what ``?`` is answered with.
            hidden: a secret, which is shown nowhere.

        Raises:
            Back, Menu, Leave: a sign was typed instead of an answer.
        """
        while True:
            typed = self._read(f"{prompt}{self.word('colon')}", name, hidden)
            sign = unicodedata.normalize("NFKC", typed).strip()
            if sign in _SIGNS:
                raise _SIGNS[sign]
            if sign != HELP:
                return typed
            self.line(about or self.word("no_help"), "dim")
            self.say("signs", "dim")

    def _read(self, prompt: str, name: str, hidden: bool) -> str:
        given = self._given(name)
        if given is None and self.on_terminal:
            return self._typed(prompt, hidden)
        if given is None:
            given = sys.stdin.readline()
            if not given:
                self.line(prompt)
                raise Leave
        given = given.rstrip("\r\n")
        self.line(prompt + ("******" if hidden and len(given) > 1 else given), "cyan")
        return given

    def _given(self, name: str) -> str | None:
        """The script's next answer to this prompt."""
        if self.named.get(name):
            return str(self.named[name].popleft())
        if self.named and name == "confirm":
            return ""
        return self.lines.popleft() if self.lines else None

    def _typed(self, prompt: str, hidden: bool) -> str:
        from getpass import getpass

        try:
            return getpass(prompt) if hidden else input(prompt)
        except (EOFError, KeyboardInterrupt):
            self.line()
            raise Leave from None
