"""An item as text, and back. What stands in it is plain, so the text is the item itself."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import from_json as quick_parse
from pydantic_core import to_json as quick_json

from sstibet.items.value import Caller, Head, Item, Pending

FORMAT = 1


def dump(item: Item) -> str:
    """The item as JSON."""
    return dumped(item).decode()


def dumped(item: Item) -> bytes:
    """The bytes of `dump`."""
    head, caller = item.head, item.head.caller
    return to_bytes(
        {
            "format": FORMAT,
            "head": [head.ref, head.item, head.machine, head.actor, head.opened, head.digest],
            "caller": caller and [caller.ref, caller.item, caller.call, caller.number],
            "state": item.state,
            "version": item.version,
            "answers": dict(item.answers),
            "drafts": dict(item.drafts),
            "pending": [[each.name, each.number] for each in item.pending],
            "deadline": item.deadline,
            "numbered": item.numbered,
        }
    )


def load(text: str) -> Item:
    """The item that `dump` wrote. ValueError where the text holds anything else."""
    try:
        read = _DECODER.decode(text)
    except RecursionError:
        raise ValueError("this is no snapshot of an item") from None
    _check_format(read)
    try:
        item = _item(read)
        sound = _sound(item)
    except (KeyError, TypeError, ValueError, AttributeError):
        sound = False
    if not sound:
        raise ValueError("this is no snapshot of an item")
    return item


def restored(told: bytes) -> Item:
    """The item that `dumped` wrote, where a seal says that it did."""
    try:
        read = quick_parse(told)
    except ValueError:  # half a character; or too deep for it
        return load(told.decode())
    _check_format(read)
    return _item(read)


def _check_format(read: Any) -> None:
    if isinstance(read, dict) and read.get("format") != FORMAT:
        raise ValueError(f"a snapshot of format {read.get('format')!r} cannot be read")


def _item(read: Any) -> Item:
    caller, pending = read["caller"], read["pending"]
    return Item(
        Head(*(*read["head"], Caller(*caller) if caller else None)),
        read["state"],
        read["version"],
        read["answers"],
        read["drafts"],
        tuple([Pending(name, number) for name, number in pending]) if pending else (),
        read["deadline"],
        read["numbered"],
    )


def _refused(text: str) -> Any:
    raise ValueError("an item holds no such number")


_DECODER = json.JSONDecoder(parse_float=_refused, parse_constant=_refused)


def _sound(item: Item) -> bool:
    """Whether everything is of the type that it has in an item."""
    head, caller = item.head, item.head.caller
    texts = [item.state, head.ref, head.item, head.actor, head.digest]
    numbers = [item.version, item.numbered, head.machine, head.opened]
    numbers += [] if item.deadline is None else [item.deadline]
    for each in item.pending:
        texts.append(each.name)
        numbers.append(each.number)
    if caller is not None:
        texts += [caller.ref, caller.item, caller.call]
        numbers.append(caller.number)
    named = [item.answers, item.drafts, *item.drafts.values()]
    return (
        {*map(type, texts)} == {str}
        and {*map(type, numbers)} == {int}
        and ({*map(type, named)} == {dict})
    )


def to_json(value: Any) -> str:
    """Plain values as one line of JSON, which any disk can hold: what was typed may hold half a
    character, and then every character is written as its number."""
    text = _ENCODER.encode(value)
    return text if holds_only_characters(text) else _ASCII.encode(value)


def to_bytes(value: Any) -> bytes:
    """The bytes of `to_json`, for what is known to be plain."""
    try:
        return quick_json(value)
    except ValueError:  # half a character; too deep for it; or no plain value, which is refused
        return to_json(value).encode()


def holds_only_characters(text: str) -> bool:
    """Whether a text can be written down: half a character can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ASCII = json.JSONEncoder(separators=(",", ":"))
