"""A book in memory, one file of which can be exchanged and the whole read again quickly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sstibet import Problem, Rulebook, loading, rulebook
from sstibet.files import Files


class Workshop:
    """Reads a book again and again with other bytes in some of its files.

    What is read of files that are the same as before is kept: their documents are frozen values.
    The checks over the whole book run every time.
    """

    def __init__(self, root: Path) -> None:
        files = Files.of(root)
        assert not files.problems
        self.root, self.data = root, dict(files.data)
        self._read: dict[tuple[str, bytes], Any] = {}
        self._typed: dict[int, Any] = {}
        self._keep = True
        self.load({})
        self._keep = False

    def load(self, changed: Mapping[str, bytes]) -> tuple[Rulebook | None, list[Problem]]:
        """The book with these files changed, or its problems."""
        read_bytes, validate = loading.read_bytes, loading.validate
        loading.read_bytes, loading.validate = self._reading(read_bytes), self._typing(validate)
        try:
            files = Files(self.root, {**self.data, **changed})
            contents, book_digest, problems = rulebook._read_whole(files)
        finally:
            loading.read_bytes, loading.validate = read_bytes, validate
        if contents is None or problems:
            return None, problems
        return Rulebook(contents, book_digest, self.root), []

    def unchecked(self, changed: Mapping[str, bytes]) -> Rulebook:
        """The book with these files changed, taken as it is: typed, but not checked."""
        loaded = loading.load_documents(Files(self.root, {**self.data, **changed}))
        assert loaded.contents is not None
        return Rulebook(loaded.contents, "", self.root)

    def _reading(self, read_bytes: Any) -> Any:
        def read(data: bytes, name: str) -> Any:
            found = self._read.get((name, data))
            if found is None:
                found = read_bytes(data, name)
                if self._keep:
                    self._read[name, data] = found
            return found

        return read

    def _typing(self, validate: Any) -> Any:
        def typed(kind: Any, document: Any, problems: list[Problem]) -> Any:
            found = self._typed.get(id(document))
            if found is None:
                found = validate(kind, document, problems)
                if self._keep and not problems:
                    self._typed[id(document)] = found
            return found

        return typed
