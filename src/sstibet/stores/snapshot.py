"""An item as text, and back. What stands in it is plain, so the text is the item itself."""

from __future__ import annotations

import json
from typing import Any

from sstibet.items.value import Caller, Head, Item, Pending

FORMAT = 1


def dump(item: Item) -> str:
    """The item as JSON."""
    head, caller = item.head, item.head.caller
    return to_json(
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
        read = json.loads(text, parse_float=_refused, parse_constant=_refused)
    except RecursionError:
        raise ValueError("this is no snapshot of an item") from None
    if isinstance(read, dict) and read.get("format") != FORMAT:
        raise ValueError(f"a snapshot of format {read.get('format')!r} cannot be read")
    try:
        caller = read["caller"]
        item = Item(
            Head(*(*read["head"], Caller(*caller) if caller else None)),
            read["state"],
            read["version"],
            read["answers"],
            read["drafts"],
            tuple(Pending(name, number) for name, number in read["pending"]),
            read["deadline"],
            read["numbered"],
        )
        sound = _sound(item)
    except (KeyError, TypeError, ValueError, AttributeError):
        sound = False
    if not sound:
        raise ValueError("this is no snapshot of an item")
    return item


def _refused(text: str) -> Any:
    raise ValueError("an item holds no such number")


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
        all(type(each) is str for each in texts)
        and all(type(each) is int for each in numbers)
        and all(type(each) is dict for each in named)
    )


def to_json(value: Any) -> str:
    """Plain values as one line of JSON, which any disk can hold: what was typed may hold half a
    character, and then every character is written as its number."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text
