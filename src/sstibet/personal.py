"""Personal values that mask themselves (个人信息脱敏): what is shown of each kind, and values that
show no more than that wherever they are printed, formatted, logged or compared.

>>> who = Personal("549901199001010017", "resident_id")
>>> print(who, f"{who}", [who])
549901********0017 549901********0017 [<Personal 549901********0017>]
>>> who.reveal(), who == "549901199001010017"
('549901199001010017', True)
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

T = TypeVar("T")

STAR = "*"
NOTHING_SHOWN = STAR * 6

# kind -> (characters shown at the front, at the end)
SHOWN_ENDS = {
    "resident_id": (6, 4),
    "id_number": (6, 4),
    "mobile": (3, 4),
    "bank_card": (0, 4),
    "account_number": (0, 4),
}
# What a person may see of their own on a screen and nobody in a log: a name's first character is
# left; of texts, dates and all else nothing.
_FIRST_ONLY = ("person_name",)


def mask(kind: str, value: object) -> str:
    """What a log may show of a value of a kind: of numbers their known ends, of a name its first
    character, of all else nothing."""
    text = str(value)
    ends = SHOWN_ENDS.get(kind)
    if ends is not None:
        return both_ends(*ends, text)
    if kind in _FIRST_ONLY and len(text) > 1:
        return text[0] + STAR * 2
    return NOTHING_SHOWN


def both_ends(head: int, tail: int, text: str) -> str:
    """The first and the last characters, with a star for each one between. A text that would be
    shown nearly whole keeps only its last two."""
    hidden = len(text) - head - tail
    if hidden < 4:
        return STAR * max(len(text) - 2, 4) + text[-2:] if len(text) > 4 else STAR * 4
    return text[:head] + STAR * hidden + text[len(text) - tail :]


class Personal(Generic[T]):
    """A personal value: a text or a day that says something of a person.

    It is no ``str``, so that no joining of texts lets it out. Printing, ``repr``, formatting,
    logging and the locals of a traceback show it masked; `reveal` gives it. It equals, and has the
    hash of, what it holds. Pickling is refused: whoever stores it reveals it first, knowingly.
    """

    __slots__ = ("_kind", "_value")
    _kind: str
    _value: T

    def __init__(self, value: T, kind: str = "text") -> None:
        if isinstance(value, Personal):
            raise TypeError("this is a Personal already")
        object.__setattr__(self, "_value", value)
        object.__setattr__(self, "_kind", kind)

    def reveal(self) -> T:
        """The value itself. What is done with it then is the caller's to answer for."""
        return self._value

    @property
    def masked(self) -> str:
        """What may be shown: see `mask`."""
        return mask(self._kind, self._value)

    @property
    def kind(self) -> str:
        """The dictionary's kind, by which it is masked."""
        return self._kind

    def __repr__(self) -> str:
        return f"<Personal {self.masked}>"

    def __str__(self) -> str:
        return self.masked

    def __format__(self, spec: str) -> str:
        return format(self.masked, spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        theirs = other._value if isinstance(other, Personal) else other
        if isinstance(self._value, str) and isinstance(theirs, str):
            # In constant time, as one of them may be a password or a code.
            both = (each.encode("utf-8", "surrogatepass") for each in (self._value, theirs))
            return hmac.compare_digest(*both)
        return type(self._value) is type(theirs) and bool(self._value == theirs)

    def __hash__(self) -> int:
        return hash(self._value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Personal doesn't change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a Personal doesn't change")

    def __copy__(self) -> Personal[T]:
        return self

    def __deepcopy__(self, memo: object) -> Personal[T]:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Personal isn't pickled: a pickle holds it in plain text; reveal() it")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        from pydantic_core import core_schema

        # A model may hold one; as JSON it is masked, as in every other text.
        shown = core_schema.plain_serializer_function_ser_schema(str, when_used="json")
        return core_schema.is_instance_schema(cls, serialization=shown)


DEEPEST = 32  # an answer is a value, rows of values at the deepest


class Veiled(dict[str, Any]):
    """Plain answers, of which a print or a traceback tells no more than how many they are."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{len(self)} answers>"

    def __rich_repr__(self) -> Iterator[Any]:
        yield f"{len(self)} answers"


def veiled(answers: Mapping[str, Any] | None) -> Veiled:
    """What somebody gave, with what is `Personal` in it revealed, behind a veil."""
    return Veiled({name: revealed(value) for name, value in (answers or {}).items()})


def revealed(value: Any, depth: int = DEEPEST) -> Any:
    """A value with every `Personal` in it, in rows as well, replaced by what it holds. What lies
    deeper than any answer can is left as it is, for those who say that it is too deep."""
    if isinstance(value, Personal):
        return value.reveal()
    if depth and isinstance(value, Mapping):
        return {name: revealed(each, depth - 1) for name, each in value.items()}
    if depth and isinstance(value, (list, tuple)) and _has_any(value):
        return type(value)(revealed(each, depth - 1) for each in value)
    return value


def _has_any(values: list[Any] | tuple[Any, ...]) -> bool:
    return any(isinstance(each, (Personal, Mapping, list, tuple)) for each in values)
