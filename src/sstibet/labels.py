"""Labels: one text in the book's languages, and what stands in for a language that is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from sstibet.documents import Filled, Named
from sstibet.problems import BadValue

# Tibetan is used only where a term is attested; elsewhere a reader is shown the Chinese term of
# the law, never a guess (see CONTRIBUTING, "Languages").
STAND_IN = "zh"


@dataclass(frozen=True, slots=True)
class Label:
    """A text by language code, Chinese always among them.

    >>> Label({"zh": "个人账户", "en": "individual account"}).text("bo")
    '个人账户'
    """

    texts: dict[str, str]

    def text(self, language: str) -> str:
        """The text in ``language``, or the Chinese one where it has none."""
        return self.texts.get(language) or self.texts[STAND_IN]

    def language(self, language: str) -> str:
        """The language that :meth:`text` really answers in, for a ``lang`` attribute."""
        return language if language in self.texts else STAND_IN

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.texts.items())))

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        texts = handler.generate_schema(Annotated[dict[str, Filled], Named()])
        return core_schema.no_info_after_validator_function(_label, texts)


def _label(texts: dict[str, str]) -> Label:
    if STAND_IN not in texts:
        raise BadValue("missing_language", "the Chinese text is missing", "add 'zh: …'")
    return Label(texts)
